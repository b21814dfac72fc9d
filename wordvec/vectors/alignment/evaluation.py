"""Evaluation of an alignment: how often the nearest word is a translation listed in the dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wordvec._utils.messages import counted
from wordvec._utils.reports import Report
from wordvec.vectors.alignment.csls import MAX_MEMORY
from wordvec.vectors.alignment.dictionaries import IDENTICAL, checked_pairs, known_pairs
from wordvec.vectors.alignment.translation import translate
from wordvec.vectors.keyed_vectors import KeyedVectors

__all__ = ["AlignmentScores", "evaluate_alignment"]

_TOPN = 5


@dataclass(frozen=True)
class AlignmentScores(Report):
    """How well words are translated by their nearest neighbours.

    Attributes
    ----------
    precision_at_1, precision_at_5 : share of the words with a correct translation among the first 1 or 5 answers
    n_words : words of the source in the dictionary
    n_used : those that have a vector and a translation with a vector; the precisions are over these
    retrieval : "csls" or "cosine"
    """

    precision_at_1: float
    precision_at_5: float
    n_words: int
    n_used: int
    retrieval: str

    @property
    def coverage(self) -> float:
        """n_used / n_words."""
        return self.n_used / self.n_words

    def format(self) -> str:
        """Return the scores as one line."""
        return (
            f"P@1 {self.precision_at_1:.1%}, P@5 {self.precision_at_5:.1%} of {counted(self.n_used, 'word')} "
            f"({self.retrieval}; {self.coverage:.1%} of the {self.n_words:,} in the dictionary)"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields and the coverage."""
        return {**asdict(self), "coverage": self.coverage}


def evaluate_alignment(
    source: KeyedVectors,
    target: KeyedVectors,
    pairs: Iterable[Sequence[Any]] | str,
    *,
    retrieval: str = "csls",
    n_neighbors: int = 10,
    restrict_vocab: int | None = None,
    max_memory: int = MAX_MEMORY,
) -> AlignmentScores:
    """Return how often words are translated correctly, by a dictionary that the alignment must not have seen.

    As in MUSE, a word counts once, and as correct if any of its translations is found.

    Parameters
    ----------
    source, target : KeyedVectors
        In one space; see `align`.
    pairs : iterable of (str, str) or (str, str, float), or "identical"
        See `split_by_words` for a way to hold some out.
    retrieval, n_neighbors, restrict_vocab, max_memory
        See `translate`.

    Raises
    ------
    ValueError
        If no pair has both words in the vocabularies, or the vectors are not equally wide.
    """
    if not isinstance(pairs, str):
        pairs = checked_pairs(pairs, "evaluate_alignment")
    translations: dict[str, set[str]] = {}
    for word, translation in known_pairs(source, target, pairs):
        translations.setdefault(word, set()).add(translation)
    n_words = len(translations) if pairs == IDENTICAL else len({pair[0] for pair in pairs})
    if not translations:
        raise ValueError(
            "None of the pairs for the test has both words in the vocabularies. Are the words cased and cut as those "
            "of the vectors, and the source's first?"
        )
    words = list(translations)
    found = translate(
        source,
        target,
        words,
        _TOPN,
        retrieval=retrieval,
        n_neighbors=n_neighbors,
        restrict_vocab=restrict_vocab,
        max_memory=max_memory,
    )
    n_right = [
        sum(
            any(answer in translations[word] for answer, _ in answers[:most])
            for word, answers in zip(words, found)
        )
        for most in (1, _TOPN)
    ]
    return AlignmentScores(n_right[0] / len(words), n_right[1] / len(words), n_words, len(words), retrieval)
