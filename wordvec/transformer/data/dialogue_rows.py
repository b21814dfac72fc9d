"""Dialogues as token ids: a speaker token before each turn, the end token after it; windows of whole turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import IGNORED

__all__ = ["SPEAKERS", "add_speakers", "dialogue_windows", "prompt_of", "turn_ids"]

# Speakers take turns; the first one is the first speaker.
SPEAKERS = ("<speaker1>", "<speaker2>")
_END = "</s>"


def add_speakers(tokenizer: Tokenizer) -> Tokenizer:
    """Return a tokenizer with speaker tokens and an end-of-turn token; no text is encoded as one of them."""
    special = dict(tokenizer.special_tokens)
    added = [*SPEAKERS]
    if tokenizer.end_token_id is None:
        special["eos"] = _END
        added.append(_END)
    tokenizer.backend.add_special_tokens(added)
    found = Tokenizer(tokenizer.backend, special)
    keep_special_tokens_apart(found)
    return found


def keep_special_tokens_apart(tokenizer: Tokenizer) -> None:
    """Make the tokenizer read "</s>" in a text as four characters, which do not end a turn."""
    tokenizer.backend.encode_special_tokens = True


def turn_ids(tokenizer: Tokenizer, turns: Sequence[str]) -> list[list[int]]:
    """Return the ids of each turn: speaker, text, end token."""
    rows, _ = tokenizer.encode_lists(turns, add_special_tokens=False)
    return [[_speaker(tokenizer, place), *row, _end(tokenizer)] for place, row in enumerate(rows)]


def dialogue_windows(turns: Sequence[list[int]], limit: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the ids of windows of whole turns, and the labels: the next token where it is to be learned.

    Every window but the first begins with turns of the preceding one, at most half of its length, as context; these are
    not learned again. A turn that is longer than a window is truncated.

    Parameters
    ----------
    turns : sequence of lists of int
        As returned by `turn_ids`.
    limit : int
        Maximum number of ids in a window.
    """
    cut = [turn[: limit + 1] for turn in turns]  # the last token of a window is predicted, not read
    first = 0  # the first turn that is new
    while first < len(cut):
        start, n_context = first, 0
        while start > 0 and n_context + len(cut[start - 1]) <= min(limit // 2, limit + 1 - len(cut[first])):
            start -= 1
            n_context += len(cut[start])
        end, size = first, n_context
        while end < len(cut) and size + len(cut[end]) <= limit + 1:
            size += len(cut[end])
            end += 1
        ids = [token for turn in cut[start:end] for token in turn]
        labels = [IGNORED] * n_context + ids[n_context:]
        yield ids[:-1], labels[1:]
        first = end


def prompt_of(tokenizer: Tokenizer, history: Sequence[str], room: int) -> list[int]:
    """Return the last turns of a history that fit, and the token of the next speaker.

    If the last turn alone is too long, its end is kept.
    """
    pieces = turn_ids(tokenizer, history)
    room -= 1
    kept: list[int] = []
    for piece in reversed(pieces):
        if len(kept) + len(piece) > room:
            break
        kept = piece + kept
    if not kept and room > 1:
        kept = [pieces[-1][0], *pieces[-1][1:][-(room - 1) :]]
    return [*kept, _speaker(tokenizer, len(history))]


def _speaker(tokenizer: Tokenizer, place: int) -> int:
    found = tokenizer.token_to_id(SPEAKERS[place % len(SPEAKERS)])
    if found is None:
        raise ValueError("The tokenizer has no token for speakers. Use the tokenizer of a DialogueModel.")
    return found


def _end(tokenizer: Tokenizer) -> int:
    found = tokenizer.end_token_id
    assert found is not None  # of add_speakers
    return found
