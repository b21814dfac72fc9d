"""Scores of Chinese answers as in CMRC 2018: exact match, and F1 of the longest common substring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from wordvec.text.english import split_ptb

from .scores import paired_texts
from .text import SquadScores

__all__ = ["cmrc_scores"]

# What CMRC's script leaves out of answers.
_DROPPED = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
_FIRST_HAN, _LAST_HAN = "\u4e00", "\u9fa5"


def cmrc_scores(predictions: Iterable[str], references: Iterable[str | Sequence[str]]) -> SquadScores:
    """Score Chinese answers like the script of CMRC 2018: the best reference of each question counts.

    Case and punctuation marks are ignored. A Chinese character is a token, and so is a word of other scripts; F1 is
    that of the longest common run of tokens, so that the same characters in another order count less than in
    `squad_scores`.

    Parameters
    ----------
    predictions : iterable of str
    references : iterable of str or of lists of str
        The answers of each question.

    Returns
    -------
    SquadScores

    Raises
    ------
    TypeError
        If the texts are not strings.
    ValueError
        If there is not one list of references for each prediction, or there are no predictions.

    Examples
    --------
    >>> print(cmrc_scores(["《光荣》和ω-force。", "1992年"], [["光荣和ω-force"], ["在1992年", "1992年6月"]]))
    exact match 50.00, F1 90.00, 2 questions

    References
    ----------
    Cui, Liu, Che, Xiao, Chen, Ma, Wang and Hu (2019), "A span-extraction dataset for Chinese machine reading
    comprehension", EMNLP-IJCNLP. Their script splits other words by NLTK; here `split_ptb` does.
    """
    texts, answers = paired_texts(predictions, references, "cmrc_scores")
    exact = [float(_bare(text) in map(_bare, some)) for text, some in zip(texts, answers)]
    overlaps = [
        max(_run_f1(_tokens(text), _tokens(answer)) for answer in some) for text, some in zip(texts, answers)
    ]
    return SquadScores(100 * float(np.mean(exact)), 100 * float(np.mean(overlaps)), len(texts))


def _bare(text: str) -> str:
    return "".join(character for character in text.lower().strip() if character not in _DROPPED)


def _tokens(text: str) -> list[str]:
    spaced = (f" {c} " if _FIRST_HAN <= c <= _LAST_HAN else c for c in _bare(text))
    return [token for part in "".join(spaced).split() for token in split_ptb(part)]


def _run_f1(predicted: list[str], true: list[str]) -> float:
    """Return the F1 of the longest common run of tokens of two lists."""
    longest, previous = 0, [0] * (len(true) + 1)
    for token in predicted:
        current = [0, *(before + 1 if token == other else 0 for before, other in zip(previous, true))]
        longest, previous = max(longest, *current), current
    return 2 * longest / (len(predicted) + len(true)) if longest else 0.0
