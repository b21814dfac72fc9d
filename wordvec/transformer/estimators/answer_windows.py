"""Windows of questions and passages in batches, with answer positions for training, and scored for prediction."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from wordvec._utils.messages import counted
from wordvec.tokenizers.rows import padded_rows
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.labelled_batches import AnswerBatches
from wordvec.transformer.data.passage_windows import PairTemplate, Window, passage_windows
from wordvec.transformer.models.heads import QuestionAnswerer

__all__ = ["answer_batches", "check_room", "question_windows", "window_logits"]

_MOST_QUESTION_TOKENS = 64  # as in BERT's own program for SQuAD


def check_room(tokenizer: Tokenizer, max_length: int, owner: str) -> None:
    """Raise ValueError if a window has no room for one token each of the question and the passage."""
    needed = PairTemplate.of(tokenizer).n_special + 2
    if max_length < needed:
        raise ValueError(
            f"A window of {owner} takes {max_length} tokens, and a question beside a passage needs at least {needed}. "
            "Raise max_length, or use a model that takes more."
        )


def question_windows(
    questions: list[str], passages: list[str], tokenizer: Tokenizer, max_length: int, stride: int
) -> Iterator[tuple[int, Window]]:
    """Yield the windows of each question, with its index.

    Warns
    -----
    UserWarning
        At the end, if questions were truncated.
    """
    template = PairTemplate.of(tokenizer)
    room = max_length - template.n_special
    most = min(_MOST_QUESTION_TOKENS, room // 2)
    n_cut = 0
    for number, (question, passage) in enumerate(zip(questions, passages)):
        ids = tokenizer.encode(question, add_special_tokens=False)
        n_cut += len(ids) > most
        ids = ids[:most]
        size = room - len(ids)
        # Beside a long question less of the passage fits.
        overlap = stride if stride < size else size // 2
        for window in passage_windows(ids, passage, tokenizer, template, max_length, overlap):
            yield number, window
    if n_cut:
        have = "has" if n_cut == 1 else "have"
        warnings.warn(
            f"{n_cut} of {counted(len(questions), 'question')} {have} more than {counted(most, 'token')}; their ends "
            "are cut off.",
            stacklevel=4,
        )


def answer_batches(
    windows: Iterable[tuple[int, Window]],
    places: list[tuple[int, int] | None],
    model: QuestionAnswerer,
    tokenizer: Tokenizer,
    batch_size: int,
    seed: int | None,
) -> AnswerBatches:
    """Return batches of windows with the positions of their answers; in the given order without a seed."""
    rows, segments, targets = [], [], []
    for number, window in windows:
        place = places[number]
        # A window that does not hold the answer has none: its first token stands for that.
        targets.append((place and window.target(*place)) or (0, 0))
        rows.append(window.ids)
        segments.append(window.segments)
    return AnswerBatches(
        rows,
        np.array(targets, np.int64).reshape(-1, 2),
        tokenizer,
        min(batch_size, len(rows)),
        seed or 0,
        token_type_ids=segments if _has_segments(model) else None,
        shuffle=seed is not None,
    )


def window_logits(model: QuestionAnswerer, windows: list[Window], tokenizer: Tokenizer) -> np.ndarray:
    """Return the start and end scores of the tokens of rows, float64 (B, T, 2)."""
    ids = torch.from_numpy(padded_rows([window.ids for window in windows], tokenizer.padding_id))
    mask = torch.from_numpy(padded_rows([[1] * len(window.ids) for window in windows], 0))
    segments = None
    if _has_segments(model):
        segments = torch.from_numpy(padded_rows([window.segments for window in windows], 0)).to(model.device)
    logits_BT2: Tensor = model(ids.to(model.device), mask.to(model.device), segments).logits
    return logits_BT2.detach().double().cpu().numpy()


def _has_segments(model: QuestionAnswerer) -> bool:
    return model.config.type_vocab_size > 1
