"""Cooccurrence: counts of words near each other, which can be saved, merged and converted to PPMI."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse

from wordvec._io.kinds import COUNTS, check_exists, unreadable_as
from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.spelling import unknown_word
from wordvec._utils.validation import check_bool, check_float, check_int
from wordvec.counts.blocks import CountArrays, merged_counts, ppmi_scores
from wordvec.counts.checks import (
    MAX_MULTIPLE,
    MAX_UNIT,
    check_columns,
    check_starts,
    checked_array,
    checked_csr,
    checked_total,
)
from wordvec.counts.files import read_counts, write_counts
from wordvec.text.vocabulary import Vocabulary

__all__ = ["MAX_MULTIPLE", "Cooccurrence"]

_HOW = ("window", "symmetric", "distance_weighting")  # pairs were counted; None for what is unknown


class Cooccurrence:
    """Counts of word pairs, by row: entry p of row r says how often `col[p]` occurs near word r.

    Parameters
    ----------
    starts : int64 (V + 1,)
        Row r consists of the entries from starts[r] to starts[r + 1].
    col : int32 (nnz,)
        The context word of each entry, strictly ascending within a row.
    value : float64 (nnz,)
        The counts, positive and finite. Arrays, also memory maps, are kept without a copy, as read-only views.
    vocabulary : Vocabulary
        The words of rows and columns.
    window : int, optional
        Largest distance of a pair that was counted; None if unknown.
    symmetric : bool, optional
        Whether a pair counts for both words; otherwise rows are words and columns are words to their left. None if
        unknown.
    distance_weighting : bool, optional
        Whether a pair at distance d counts as 1 / d; otherwise as 1. None if unknown.
    unit : int
        If positive, every value is k / unit with an integer k of at most 2**51. Sums of such values are exact, so they
        are the same in any order. 0 for counts of unknown origin.

    Attributes
    ----------
    total : float
        The sum of the counts.

    Raises
    ------
    TypeError, ValueError
        If arrays and vocabulary do not match, or a count is negative, zero, NaN or infinite; the message says where.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> counts = Cooccurrence.from_scipy(csr_array([[0, 2.5], [2.5, 1]]), ["old", "man"])
    >>> counts.top("old")
    [('man', 2.5)]
    """

    def __init__(
        self,
        starts: np.ndarray,
        col: np.ndarray,
        value: np.ndarray,
        vocabulary: Vocabulary,
        *,
        window: int | None = None,
        symmetric: bool | None = None,
        distance_weighting: bool | None = None,
        unit: int = 0,
    ) -> None:
        if not isinstance(vocabulary, Vocabulary):
            raise ParameterError(
                "vocabulary",
                "Cooccurrence",
                "be a Vocabulary",
                vocabulary,
                "Cooccurrence.from_scipy takes a list of words, too.",
            )
        self.vocabulary = vocabulary
        self.window = None if window is None else check_int("window", window, "Cooccurrence", 1)
        self.symmetric = _known_bool("symmetric", symmetric)
        self.distance_weighting = _known_bool("distance_weighting", distance_weighting)
        self.unit = check_int("unit", unit, "Cooccurrence", 0, MAX_UNIT - 1)
        self.starts = checked_array("starts", starts, np.int64, len(vocabulary) + 1)
        self.col = checked_array("col", col, np.int32, None)
        self.value = checked_array("value", value, np.float64, len(self.col))
        check_starts(self.starts, len(self.col))
        check_columns(self.starts, self.col, vocabulary.index_to_key)
        self.total = checked_total(self.starts, self.col, self.value, self.unit, vocabulary.index_to_key)

    @property
    def nnz(self) -> int:
        """The number of word pairs with a count."""
        return len(self.col)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, both V."""
        return len(self.vocabulary), len(self.vocabulary)

    @property
    def row(self) -> np.ndarray:
        """The row of each entry, int32 (nnz,), a new array at each access."""
        return np.repeat(np.arange(len(self.vocabulary), dtype=np.int32), np.diff(self.starts))

    def __repr__(self) -> str:
        known = [f", {name}={value}" for name in _HOW if (value := getattr(self, name)) is not None]
        return (
            f"Cooccurrence({counted(len(self.vocabulary), 'word')}, {counted(self.nnz, 'pair')}, total={self.total:g}"
            f"{''.join(known)})"
        )

    @classmethod
    def from_scipy(
        cls,
        matrix: Any,
        vocabulary: Vocabulary | Sequence[str] | None = None,
        *,
        window: int | None = None,
        symmetric: bool | None = None,
        distance_weighting: bool | None = None,
    ) -> Cooccurrence:
        """Convert a scipy.sparse matrix or array of counts; duplicates are summed.

        A CSR matrix of float64 in canonical order shares its memory.

        Parameters
        ----------
        matrix : scipy.sparse matrix or array (V, V)
            A stored zero is an error, like a negative count; ``matrix.eliminate_zeros()`` removes stored zeros.
        vocabulary : Vocabulary or list of str, optional
            The words. With a list of str, the count of a word is the sum of its row, rounded, at least 1. By default
            the words are "0", "1" and so on.
        window, symmetric, distance_weighting : optional
            How the pairs were counted, if known; only counts that agree in this can be merged.

        Raises
        ------
        TypeError, ValueError
            If it is not a square sparse matrix of counts that fits the vocabulary.
        """
        csr = checked_csr(matrix)
        n_words = csr.shape[0]
        if vocabulary is None:
            vocabulary = [str(row) for row in range(n_words)]
        elif not isinstance(vocabulary, (Vocabulary, Sequence, np.ndarray)) or isinstance(vocabulary, str):
            rule = "be a Vocabulary, a list of words or None"
            raise ParameterError("vocabulary", "Cooccurrence.from_scipy", rule, vocabulary)
        if len(vocabulary) != n_words:
            rule = f"hold {counted(n_words, 'word')}, one for each row of the matrix"
            raise ParameterError("vocabulary", "Cooccurrence.from_scipy", rule, vocabulary)
        if not isinstance(vocabulary, Vocabulary):
            sums = np.rint(csr @ np.ones(n_words))
            vocabulary = Vocabulary(vocabulary, np.clip(sums, 1, MAX_MULTIPLE).astype(np.int64))
        indices = csr.indices.astype(np.int32, copy=False)
        return cls(
            csr.indptr.astype(np.int64, copy=False),
            indices,
            csr.data,
            vocabulary,
            window=window,
            symmetric=symmetric,
            distance_weighting=distance_weighting,
        )

    def to_scipy(self) -> scipy.sparse.csr_array:
        """Return the counts as a CSR array (V, V) that shares their memory, read-only.

        From 2**31 entries on, SciPy needs wider indices and copies `col`.
        """
        return self._arrays().to_scipy()

    def top(self, word: str, topn: int = 10) -> list[tuple[str, float]]:
        """Return the context words with the highest counts for `word`, equal counts in vocabulary order.

        Raises
        ------
        UnknownWordError
            If the word is not in the vocabulary; a KeyError that names the nearest spellings.
        """
        topn = check_int("topn", topn, "Cooccurrence.top", 1)
        if not isinstance(word, str):
            raise TypeError(f"A word must be a str. Got {word!r} instead.")
        row = self.vocabulary.key_to_index.get(word)
        if row is None:
            raise unknown_word(word, self.vocabulary.index_to_key)
        first, last = self.starts[row : row + 2].tolist()
        values = np.asarray(self.value[first:last])
        best = np.argsort(-values, kind="stable")[:topn]
        words = self.vocabulary.index_to_key
        return [(words[col], count) for col, count in zip(self.col[first:last][best], values[best].tolist())]

    def merge(self, other: Cooccurrence) -> Cooccurrence:
        """Return the sum of the counts of two parts of a text.

        The vocabularies are merged by `Vocabulary.merge`, which adds their counts, so each part should come with a
        vocabulary of that part alone. The sum over parts equals the count of the whole text if the same words were left
        out of each part.

        If both have a `unit`, the sums are exact and rounded once: parts can be merged in any order and grouping with
        the same bits, up to the order of words of equal count. Without it, or if a sum exceeds 2**51 units or the
        common unit 2**53, floats are added, whose last bits depend on the grouping.

        Raises
        ------
        TypeError
            If `other` is not a Cooccurrence.
        ValueError
            If they were counted with different settings, or the settings of only one are known.
        """
        if not isinstance(other, Cooccurrence):
            raise ParameterError(
                "other",
                "Cooccurrence.merge",
                "be a Cooccurrence",
                other,
                "Cooccurrence.from_scipy takes a sparse matrix.",
            )
        for name in _HOW:
            ours, theirs = getattr(self, name), getattr(other, name)
            if ours != theirs:
                advice = "Count both parts with the same settings."
                if None in (ours, theirs):
                    known = theirs if ours is None else ours
                    advice = (
                        "None is for unknown: if both were counted alike, tell Cooccurrence.from_scipy so, with "
                        f"{name}={known!r}."
                    )
                raise ValueError(
                    f"Counts with {name}={ours!r} and with {name}={theirs!r} cannot be merged. {advice}"
                )
        how = {name: getattr(self, name) for name in _HOW}
        return Cooccurrence(**merged_counts(self._arrays(), other._arrays())._asdict(), **how)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write counts, words and settings to a .safetensors or .npz file, atomically.

        Raises
        ------
        ValueError
            If the extension is neither of these.
        OSError
            If the file cannot be written; then nothing is left under its name.
        """
        arrays = {"starts": self.starts, "col": self.col, "value": self.value}
        settings = {name: getattr(self, name) for name in (*_HOW, "unit")}
        write_counts(path, arrays, self.vocabulary, settings)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Cooccurrence:
        """Read counts that `save` wrote; the format is detected from the content.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of this kind, or a newer version wrote it.
        """
        path = Path(path)
        check_exists(path, COUNTS)
        with unreadable_as(f"The file {str(path)!r}", COUNTS):
            return cls(**read_counts(path))

    def ppmi(self, context_exponent: float = 0.75, shift: float = 1.0) -> scipy.sparse.csr_array:
        """Return the positive pointwise mutual information of each pair, float32 CSR (V, V).

        max(0, log(P(w, c) / (P(w) P(c))) - log(shift)), with P(c) proportional to the context's count to the power
        `context_exponent`: Levy, Goldberg and Dagan (2015), TACL 3, section 3. Only positive values are stored.

        Parameters
        ----------
        context_exponent : float
            From 0 to 1. Below 1, rare contexts count as more likely than they are, which reduces PMI's bias towards
            them; 1 is the plain definition.
        shift : float
            Negative samples of the equivalent skip-gram model (Levy and Goldberg 2014, section 3.2);
            1 for none.

        Raises
        ------
        TypeError, ValueError
            If a parameter is invalid.
        """
        context_exponent = check_float("context_exponent", context_exponent, "Cooccurrence.ppmi", 0.0, 1.0)
        shift = check_float("shift", shift, "Cooccurrence.ppmi", 0.0, low_open=True)
        return ppmi_scores(self._arrays(), context_exponent, shift)

    def _arrays(self) -> CountArrays:
        return CountArrays(self.starts, self.col, self.value, self.vocabulary, self.unit)


def as_cooccurrence(counts: Any, vocabulary: Vocabulary | Sequence[str] | None, owner: str) -> Cooccurrence:
    """Return the argument of an estimator's `fit_cooccurrence` as a Cooccurrence.

    Raises
    ------
    TypeError, ValueError
        If it is neither that nor a scipy.sparse matrix of counts, or there are two vocabularies.
    """
    if isinstance(counts, Cooccurrence):
        if vocabulary is not None:
            raise ParameterError(
                "vocabulary",
                f"{owner}.fit_cooccurrence",
                "be None, because a Cooccurrence has its own vocabulary",
                vocabulary,
                "Leave it out.",
            )
        return counts
    if not scipy.sparse.issparse(counts):
        raise ParameterError(
            "counts",
            f"{owner}.fit_cooccurrence",
            "be a Cooccurrence or a scipy.sparse matrix",
            counts,
            "Cooccurrence.load(path) reads a file, scipy.sparse.csr_array(counts) takes a dense matrix, and "
            f"{owner}.fit a text.",
        )
    return Cooccurrence.from_scipy(counts, vocabulary)


def _known_bool(name: str, value: Any) -> bool | None:
    return None if value is None else check_bool(name, value, "Cooccurrence")
