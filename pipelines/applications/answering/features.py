"""Features of the reader: one row of numbers for each span of a passage that may answer a question."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .questions import Question
from .words import KINDS, Words

__all__ = ["Candidates", "SentenceMatch", "candidates_of", "feature_names"]

_MOST_WORDS = {"en": 10, "zh": 14}
_MOST_CLAUSE_WORDS = 40
_LENGTHS = (1, 2, 3, 4, 6, 9, 14)  # the upper ends of classes of lengths
_SENTENCE = ("share", "bm25", "best", "around", "pairs", "cosine")
_SPAN = (
    "left", "right", "near left", "near right", "inside", "matched words", "marks", "coverage", "head inside",
    "head last", "head before", "head after", "word before", "word after", "mark before", "mark after", "clause",
    "first", "from question", "text before", "text after", "loosely before", "loosely after", "in clause",
    "clause before", "clause after", "content before", "content after", "log length",
)  # fmt: skip
_PLACES = ("first", "last", "before", "after", "second before", "holds")
_NEAR = 4


@dataclass(frozen=True)
class SentenceMatch:
    """A sentence of a passage, and how well it matches a question.

    Attributes
    ----------
    words : Words
    begin : int
        The index of its first character in the passage.
    text : str
    matched : float64 (N,)
        The weight of each word that is in the question, otherwise 0.
    scores : tuple of float
        One for each of `_SENTENCE`.
    total : float
        The weight of all words of the question.
    """

    words: Words
    begin: int
    text: str
    matched: np.ndarray
    scores: tuple[float, ...]
    total: float

    @property
    def fit(self) -> float:
        """The match of the sentence, for selecting the sentences whose spans are examined."""
        share, bm25, _, around, _, cosine = self.scores
        return share + bm25 + 0.5 * around + 0.25 * cosine


@dataclass(frozen=True)
class Candidates:
    """Spans of a sentence with their features.

    Attributes
    ----------
    begins, ends : int64 (C,)
        Offsets in characters of the passage.
    features : float32 (C, F)
        In the order of `feature_names`.
    """

    begins: np.ndarray
    ends: np.ndarray
    features: np.ndarray


@functools.cache
def feature_names(language: str) -> tuple[str, ...]:
    """Return the names of the features of a language."""
    lengths = [f"length {end}" for end in _LENGTHS] + ["length more"]
    kinds = [f"{place} {kind}" for place in _PLACES for kind in KINDS[language]]
    return (*(f"sentence {name}" for name in _SENTENCE), *_SPAN, *lengths, *kinds)


def candidates_of(question: Question, sentence: SentenceMatch) -> Candidates:
    """Return the candidate spans of a sentence for a question."""
    words = sentence.words
    firsts, lasts, is_clause = _spans(words)
    n_kinds, C = len(KINDS[words.language]), len(firsts)
    lengths = lasts - firsts + 1
    blocks = [np.tile(np.array(sentence.scores), (C, 1))]
    blocks.append(_span_block(question, sentence, firsts, lasts, is_clause))
    classes = np.searchsorted(_LENGTHS, lengths, "left")
    blocks.append(np.eye(len(_LENGTHS) + 1)[classes])
    one_hot = np.eye(n_kinds)
    # Two places before the sentence and one after it, so that word k is at k + 2.
    edged = np.concatenate([[0, 0], words.kinds, [1]])
    around = (firsts + 2, lasts + 2, firsts + 1, lasts + 3, firsts)
    blocks += [one_hot[edged[places]] for places in around]
    sums = np.concatenate([np.zeros((1, n_kinds)), np.cumsum(one_hot[words.kinds], axis=0)])
    blocks.append(np.minimum(sums[lasts + 1] - sums[firsts], 1))
    features = np.concatenate(blocks, axis=1, dtype=np.float32)
    return Candidates(sentence.begin + words.begins[firsts], sentence.begin + words.ends[lasts], features)


def _spans(words: Words) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the first and the last word of each span, and whether it consists of whole clauses."""
    n, most = len(words), _MOST_WORDS[words.language]
    kinds = KINDS[words.language]
    may_begin, may_end = ~words.is_mark, ~words.is_mark
    for number, kind in enumerate(words.kinds.tolist()):
        may_begin[number] |= kinds[kind] in ("title open", "quote open", "money")
        may_end[number] |= kinds[kind] in ("title close", "quote close", "percent")
    grid_first, grid_length = np.meshgrid(np.arange(n), np.arange(most), indexing="ij")
    firsts, lasts = grid_first.ravel(), (grid_first + grid_length).ravel()
    kept = lasts < n
    firsts, lasts = firsts[kept], lasts[kept]
    kept = may_begin[firsts] & may_end[lasts]
    pairs = set(zip(firsts[kept].tolist(), lasts[kept].tolist()))
    ends_clause = [
        number for number in range(n) if words.is_mark[number] and kinds[words.kinds[number]] in _CUTS
    ]
    edges = [-1, *ends_clause, n]
    clauses = {
        (a + 1, b - 1)
        for place, a in enumerate(edges)
        for b in edges[place + 1 :]
        if 0 < b - a - 1 <= _MOST_CLAUSE_WORDS and may_begin[a + 1] and may_end[b - 1]
    }
    ordered = sorted(pairs | clauses)
    table = np.array(ordered, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1], np.array([pair in clauses for pair in ordered], bool)


_PARTICLES = frozenset("的是为在了于有叫由以被将把其这那该之一个和与")
_LIGHT = {
    language: frozenset(
        number
        for number, kind in enumerate(kinds)
        if kind
        in (
            "the", "a", "of", "in", "on", "at", "by", "to", "from", "for", "with", "as", "and", "or", "be", "have",
            "modal", "comma", "quote", "opening", "closing", "mark", "de", "particle", "is", "preposition",
            "title open", "title close", "quote open", "quote close", "pause", "dash",
        )
    )
    for language, kinds in KINDS.items()
}  # fmt: skip
_CUTS = ("comma", "stop", "opening", "closing", "mark", "dash")


def _span_block(
    question: Question, sentence: SentenceMatch, firsts: np.ndarray, lasts: np.ndarray, is_clause: np.ndarray
) -> np.ndarray:
    """Return the features of `_SPAN`, float64 (C, S)."""
    words, matched = sentence.words, sentence.matched / max(sentence.total, 1e-9)
    n = len(words)
    places = np.arange(n)
    sums = np.concatenate([[0.0], np.cumsum(matched)])
    counts = np.concatenate([[0.0], np.cumsum(matched > 0)])
    marks = np.concatenate([[0.0], np.cumsum(words.is_mark)])
    # How much of the question stands before each place, and after it, the nearer the more.
    distance = places[:, None] - places[None, :]
    before = (np.where(distance > 0, 1 / np.maximum(distance, 1), 0) * matched).sum(1)
    after = (np.where(distance < 0, 1 / np.maximum(-distance, 1), 0) * matched).sum(1)
    near_before = sums[:-1] - sums[np.maximum(places - _NEAR, 0)]
    near_after = sums[np.minimum(places + 1 + _NEAR, n)] - sums[1:]
    keys = words.keys
    is_head = np.array([bool(question.head) and key == question.head for key in keys], bool)
    heads = np.concatenate([[0.0], np.cumsum(is_head)])
    padded_head = np.concatenate([[False], is_head, [False]])
    asked = question.words
    left = asked.keys[question.wh - 1] if question.wh > 0 else None
    right = asked.keys[question.wh + 1] if question.wh + 1 < len(asked) else None
    is_left = np.array([False, *(key == left for key in keys), False])
    is_right = np.array([False, *(key == right for key in keys), False])
    is_mark = np.concatenate([[True], words.is_mark, [True]])
    inside = sums[lasts + 1] - sums[firsts]
    n_words = lasts - firsts + 1
    in_question = np.array([_holds(question.text, words, a, b) for a, b in zip(firsts, lasts)], float)
    contexts = _contexts(question, sentence)
    in_clause = _clause_sums(words, matched)
    light = np.array([kind in _LIGHT[words.language] for kind in words.kinds.tolist()], bool)
    is_matched = matched > 0
    columns = (
        before[firsts],
        after[lasts],
        near_before[firsts],
        near_after[lasts],
        inside,
        (counts[lasts + 1] - counts[firsts]) / n_words,
        np.minimum(marks[lasts + 1] - marks[firsts], 3),
        sums[-1] - inside,
        np.minimum(heads[lasts + 1] - heads[firsts], 1),
        padded_head[lasts + 1],
        padded_head[firsts],
        padded_head[lasts + 2],
        is_left[firsts],
        is_right[lasts + 2],
        is_mark[firsts],
        is_mark[lasts + 2],
        is_clause,
        firsts == 0,
        in_question,
        contexts[0][firsts],
        contexts[1][lasts],
        contexts[2][firsts],
        contexts[3][lasts],
        in_clause[1][firsts]
        + np.where(in_clause[3][firsts] < in_clause[3][lasts], in_clause[1][lasts], 0)
        - inside,
        in_clause[0][firsts],
        in_clause[2][lasts],
        _neighbour_matches(is_matched, light, -1)[firsts],
        _neighbour_matches(is_matched, light, 1)[lasts],
        np.log(n_words),
    )
    return np.stack([np.asarray(column, float) for column in columns], axis=1)


def _holds(text: str, words: Words, first: int, last: int) -> bool:
    """Return whether a question contains a span verbatim."""
    if last - first > 5:
        return False
    joined = "" if words.language == "zh" else " "
    return joined.join(words.texts[first : last + 1]).lower() in text.lower()


def _clause_sums(words: Words, matched: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return, for each word, how much of the question its clause and the adjacent ones contain, and its clause."""
    kinds = KINDS[words.language]
    is_cut = np.array(
        [bool(mark) and kinds[kind] in _CUTS for mark, kind in zip(words.is_mark, words.kinds)], bool
    )
    clause = np.cumsum(is_cut)
    sums = np.bincount(clause, matched, minlength=int(clause[-1]) + 1)
    padded = np.concatenate([[0.0], sums, [0.0]])
    return padded[clause], padded[clause + 1], padded[clause + 2], clause


def _neighbour_matches(is_matched: np.ndarray, is_light: np.ndarray, step: int) -> np.ndarray:
    """Return whether the nearest content word before (-1) or after (1) each word is in the question."""
    found = np.zeros(len(is_matched))
    last = 0.0
    order = range(len(found)) if step < 0 else range(len(found) - 1, -1, -1)
    for number in order:
        found[number] = last
        if not is_light[number]:
            last = float(is_matched[number])
    return found


def _contexts(question: Question, sentence: SentenceMatch) -> tuple[np.ndarray, ...]:
    """Return how far the text before (and after) each word agrees with that before (and after) the question word.

    For Chinese, whose questions keep the word order of statements, up to eight characters are compared: first all of
    them, then without particles and copulas.
    """
    words = sentence.words
    n = len(words)
    found = tuple(np.zeros(n) for _ in range(4))
    if words.language != "zh":
        return found
    asked, wh = question.words, question.wh
    cut = int(asked.begins[wh]) if wh < len(asked) else len(question.text)
    stop = int(asked.ends[wh]) if wh < len(asked) else len(question.text)
    for place, bare in ((0, _bare), (2, _barest)):
        left, right = bare(question.text[:cut])[::-1], bare(question.text[stop:])
        for number in range(n):
            begin, end = int(words.begins[number]), int(words.ends[number])
            found[place][number] = _common(bare(sentence.text[max(0, begin - 16) : begin])[::-1], left)
            found[place + 1][number] = _common(bare(sentence.text[end : end + 16]), right)
    return found


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _barest(text: str) -> str:
    return "".join(character for character in text if character.isalnum() and character not in _PARTICLES)


def _common(first: Sequence[str], second: Sequence[str]) -> float:
    """Return the length of the common prefix of two texts, up to eight characters, scaled to 0 to 1."""
    n = 0
    for a, b in zip(first[:8], second[:8]):
        if a != b:
            break
        n += 1
    return n / 8
