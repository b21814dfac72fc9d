"""The best answers from the token scores of a passage, collected window by window."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import replace

import numpy as np

from wordvec.text.answers import Answer
from wordvec.transformer.data.passage_windows import Window

__all__ = ["AnswerCollector", "best_spans", "best_threshold"]

_N_SPANS = 20  # of a window, so that a score does not depend on how many answers are wanted
_MOST_FOUND = 4096  # answers that are remembered of one passage, however long it is


def best_spans(
    starts: np.ndarray, ends: np.ndarray, most_tokens: int, n: int
) -> list[tuple[int, int, float]]:
    """Return the n best spans of at most `most_tokens` tokens, best first, as (first, last, score).

    Parameters
    ----------
    starts, ends : float64 (T,)
        Scores of an answer's beginning and end at each token; a span's score is the sum of two.
    most_tokens, n : int
    """
    T = len(starts)
    if not T:
        return []
    width = min(most_tokens, T)
    # Row t holds the spans that begin at token t, by their lengths.
    padded = np.append(ends, np.full(width - 1, -np.inf))
    scores_TL = starts[:, None] + np.lib.stride_tricks.sliding_window_view(padded, width)
    flat = scores_TL.ravel()
    n = min(n, len(flat))
    found = np.argpartition(-flat, n - 1)[:n]
    # Of equal spans the first, and the shorter one.
    found = found[np.lexsort((found, -flat[found]))]
    spans = [(int(k) // width, int(k) // width + int(k) % width, float(flat[k])) for k in found]
    return [span for span in spans if span[2] > -np.inf]


class AnswerCollector:
    """Collects the answers to one question from the windows of its passage.

    The score of a span is the product of the probabilities that it begins and ends there, among all tokens of its
    window and "no answer"; scores of answers with the same text are summed. "No answer" gets its lowest probability
    over all windows.

    Parameters
    ----------
    passage : str
    top_k : int
    max_answer_length : int
    """

    def __init__(self, passage: str, top_k: int, max_answer_length: int) -> None:
        self.passage, self.top_k, self.max_answer_length = passage, top_k, max_answer_length
        self.null = math.inf
        self._found: dict[str, Answer] = {}

    def add(self, window: Window, start_T: np.ndarray, end_T: np.ndarray) -> None:
        """Add the scores of a row's tokens, float64 (T,), of which the first represents "no answer"."""
        tokens = window.tokens
        part = slice(window.first, window.first + len(tokens))
        has_null = window.first > 0
        logs = []
        for scores in (start_T, end_T):
            among = np.append(scores[part], scores[0]) if has_null else scores[part]
            total = np.logaddexp.reduce(among) if len(among) else 0.0
            logs.append((scores[part] - total, scores[0] - total if has_null else -np.inf))
        (starts, null_start), (ends, null_end) = logs
        self.null = min(self.null, math.exp(null_start + null_end))
        found: dict[str, Answer] = {}
        # More than are wanted, as several may be parts of the same words.
        n = max(_N_SPANS, 2 * self.top_k + 10)
        for first, last, score in best_spans(starts, ends, self.max_answer_length, n):
            begin, end = int(tokens.word_begins[first]), int(tokens.word_ends[last])
            end = _with_marks(self.passage, end)
            text = self.passage[begin:end]
            if not text:
                continue
            known = found.get(text.lower(), Answer(text, begin, end, 0.0))
            found[text.lower()] = replace(known, score=known.score + math.exp(score))
        self._merge(found)

    def _merge(self, found: dict[str, Answer]) -> None:
        """Merge the answers of a window, by their texts in lower case."""
        # Not added up: what stands where windows overlap, or often, would win.
        for text, answer in found.items():
            if text not in self._found or answer.score > self._found[text].score:
                self._found[text] = answer
        if len(self._found) > _MOST_FOUND:
            kept = sorted(self._found.items(), key=lambda item: -item[1].score)[: _MOST_FOUND // 2]
            self._found = dict(kept)

    def best(self, threshold: float | None) -> list[Answer]:
        """Return the best answers, at least one.

        Parameters
        ----------
        threshold : float, optional
            "No answer" is returned first if its log probability exceeds that of the best span by more than this; None:
            never.
        """
        answers = list(self._found.values())
        if threshold is not None or not answers:
            answers.append(Answer("", 0, 0, self.null if math.isfinite(self.null) else 0.0))
        rank = 1.0 if threshold is None else math.exp(-min(max(threshold, -700.0), 700.0))
        answers.sort(key=lambda answer: answer.score if answer.text else answer.score * rank, reverse=True)
        return answers[: self.top_k]

    def no_answer_margin(self) -> float:
        """Return by how much the log probability of no answer exceeds that of the best span."""
        best = max((answer.score for answer in self._found.values()), default=0.0)
        if not best or not self.null:
            return math.inf if not best else -math.inf
        return math.log(self.null) - math.log(best)


def best_threshold(margins: np.ndarray, gains: np.ndarray) -> float:
    """Return the threshold above which answering "no answer" gains most; in case of a tie, the one nearest to 0.

    Parameters
    ----------
    margins : float64 (N,)
        `AnswerCollector.no_answer_margin` of each question.
    gains : float64 (N,)
        The gain from answering "no answer" to each question.
    """
    order = np.argsort(margins)[::-1]
    falling = np.clip(margins[order], -1e6, 1e6)
    totals = np.insert(np.cumsum(gains[order]), 0, 0.0)
    limits = np.concatenate([[falling[0] + 1], falling, [falling[-1] - 1]])
    between = (limits[:-1] + limits[1:]) / 2
    # Between equal margins there is no threshold.
    may = limits[:-1] > limits[1:]
    chosen = between[may][totals[may] == totals[may].max()]
    return float(chosen[np.argmin(np.abs(chosen))])


def _with_marks(text: str, end: int) -> int:
    """Return the end of a span, including combining marks after its last character."""
    while end < len(text) and unicodedata.category(text[end])[0] == "M":
        end += 1
    return end
