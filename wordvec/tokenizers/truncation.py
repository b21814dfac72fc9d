"""Truncation of encoded texts, and of pairs of texts, to a maximum number of tokens."""

from __future__ import annotations

from typing import Any

import tokenizers

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted

__all__ = ["TRUNCATIONS", "truncate_all"]

TRUNCATIONS = ("error", "right", "left")


def truncate_all(
    backend: tokenizers.Tokenizer,
    inputs: list[Any],
    encodings: list[tokenizers.Encoding],
    max_length: int,
    truncation: str,
    add_special_tokens: bool,
) -> None:
    """Replace encodings of more than `max_length` tokens by shorter ones of the same inputs, in place.

    Parameters
    ----------
    backend : tokenizers.Tokenizer
    inputs : list of str or of pairs of str
    encodings : list of tokenizers.Encoding
        Those of `inputs`.
    max_length : int
        Maximum number of tokens, special ones included.
    truncation : {"error", "right", "left"}
        Whether to raise an error, or the side at which tokens are cut off.
    add_special_tokens : bool

    Raises
    ------
    ValueError
        If an encoding is too long and `truncation` is "error", or special tokens leave no room for text.
    """
    for k, encoding in enumerate(encodings):
        if len(encoding) <= max_length:
            continue
        if truncation == "error":
            raise ValueError(
                f"Text {k} of Tokenizer.encode has {counted(len(encoding), 'token')}, and max_length is {max_length}. "
                'Shorten it, or pass truncation="right" (or "left") to have it cut.'
            )
        encodings[k] = _truncated(backend, inputs[k], max_length, truncation, add_special_tokens)


def _truncated(
    backend: tokenizers.Tokenizer, given: Any, max_length: int, side: str, add_special_tokens: bool
) -> tokenizers.Encoding:
    parts = list(given) if isinstance(given, tuple) else [given]
    added = backend.num_special_tokens_to_add(len(parts) == 2) if add_special_tokens else 0
    if max_length < added + len(parts):
        rule = f"leave room for {counted(added, 'special token')} and text"
        raise ParameterError("max_length", "Tokenizer.encode", rule, max_length)
    encodings: list[Any] = [backend.encode(part, add_special_tokens=False) for part in parts]
    for encoding, n_kept in zip(encodings, _shares([len(e) for e in encodings], max_length - added)):
        encoding.truncate(n_kept, direction=side)
    first, second = [*encodings, None][:2]
    return backend.post_process(first, second, add_special_tokens)


def _shares(lengths: list[int], room: int) -> list[int]:
    """Return how many tokens one text, or each text of a pair, keeps: the longer text is cut first."""
    if len(lengths) == 1:
        return [room]
    first = min(lengths[0], max(room - lengths[1], room - room // 2))
    return [first, room - first]
