"""Evidence: a bound, from n-gram counts, on how far a text's scores may deviate from the class frequencies.

Members normalise the features of a text to unit length, and have intercepts: a text with a single uninformative n-gram,
or with none, gets scores as large as a whole review. Counts in the training texts bound how informative an n-gram can
be; scores beyond that bound are not trusted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import logit, softmax

from wordvec.vectors.keyed_vectors import KeyedVectors

from .texts import MIN_TEXTS, PreparedTexts, TextPreparer, n_texts_of

# Texts with the frequencies of the classes that are added to those with an n-gram.
_PRIOR_TEXTS = 2.0
# A text of which fewer words are known is of another kind, or language: the known ones count accordingly less.
_KNOWN_SHARE = 0.5


@dataclass(frozen=True)
class Evidence:
    """The maximal evidence of n-grams, as differences of log odds: between two classes, or from a label's frequency.

    Attributes
    ----------
    base : float64 (C,)
        The scores of a text without evidence: log frequencies of classes, or log odds of labels.
    empty : float64 (C,)
        The members' scores for such a text.
    words : float16 (V,)
        Evidence of word n-grams, single words first; zero for those without letters.
    characters : float16 (V',), or None
        Evidence of character n-grams.
    n_words : int
        How many of `words` are single words.
    overlap : int
        In how many n-grams each character is.
    is_multilabel : bool
    vectors : KeyedVectors or None
        Words known only here have the mean evidence of single words.
    """

    base: np.ndarray
    empty: np.ndarray
    words: np.ndarray
    characters: np.ndarray | None
    n_words: int
    overlap: int
    is_multilabel: bool
    vectors: KeyedVectors | None

    def amounts(self, texts: PreparedTexts) -> np.ndarray:
        """Return the maximal evidence of each text, float64 (n_texts,).

        Evidence of word n-grams is summed, as if they were independent. Character n-grams repeat each other, `overlap`
        at a time, and say little about an unknown word: their evidence is combined as the root of the sum of squares.
        """
        strengths = self.words.astype(np.float64)
        found = _presence(texts.word_counts) @ strengths
        are_words = are_of_letters(texts.tokens.words)
        are_known = are_words.copy() if texts.is_known is None else are_words & texts.is_known
        if self.vectors is not None:
            have_vectors = np.array([word in self.vectors.key_to_index for word in texts.tokens.words], bool)
            are_new = are_words & ~are_known & have_vectors
            single = strengths[: self.n_words]
            found = found + _n_tokens(texts, are_new) * single.sum() / max(np.count_nonzero(single), 1)
            are_known |= are_new
        n_words = np.maximum(_n_tokens(texts, are_words), 1)
        found *= np.minimum(1.0, _n_tokens(texts, are_known) / (_KNOWN_SHARE * n_words))
        if self.characters is not None:
            assert texts.char_counts is not None
            squares = self.characters.astype(np.float64) ** 2
            found = found + np.sqrt(_presence(texts.char_counts) @ squares) / self.overlap
        return found

    def bounded(self, scores: np.ndarray, texts: PreparedTexts) -> np.ndarray:
        """Return scores whose distance from those of a text without evidence is at most the text's evidence.

        Most texts have more evidence than the members use; their scores are unchanged, to the bit. For the others, the
        unsupported part of the members' intercepts is removed, and the rest is scaled down.

        Parameters
        ----------
        scores : float64 (n_texts, C)
        texts : PreparedTexts
        """
        amounts = self.amounts(texts)[:, None]
        shifts = scores - self.base
        share = np.minimum(1.0, _ratio(amounts, self._size(shifts)))
        shifts = shifts - (1.0 - share) * (self.empty - self.base)
        shifts *= np.minimum(1.0, _ratio(amounts, self._size(shifts)))
        return np.where(share < 1.0, self.base + shifts, scores)

    def _size(self, shifts: np.ndarray) -> np.ndarray:
        """Return the size of each label's shift, (n_texts, C), or the largest shift of a class against the rest.

        For two classes this is the difference of their shifts, for more the difference from the mean of the others,
        weighted by their frequencies, (n_texts, 1). It is at least the increase of the class's log odds.
        """
        if self.is_multilabel:
            return np.abs(shifts)
        frequencies = softmax(self.base)
        above = shifts - (shifts @ frequencies)[:, None]
        # Weights may leave the other classes nothing.
        return (above / np.maximum(1.0 - frequencies, 1e-12)).max(axis=1, keepdims=True)


def base_scores(target: np.ndarray, weights: np.ndarray | None, n_classes: int) -> np.ndarray:
    """Return the scores that give the frequencies of classes or labels as probabilities, float64 (C,).

    Parameters
    ----------
    target : int (n_texts,), or bool (n_texts, C)
    weights : float64 (n_texts,) or (n_texts, C), optional
    """
    if target.ndim == 1:
        return np.log(
            np.bincount(target, weights, n_classes) / (len(target) if weights is None else weights.sum())
        )
    weights = np.ones(target.shape) if weights is None else weights
    total, with_label = weights.sum(axis=0), (weights * target).sum(axis=0)
    # A label that all texts have, or none, is not certain: half a text is against it.
    return logit(np.clip(with_label, 0.5 * total / (total + 1), total * (total + 0.5) / (total + 1)) / total)


def are_of_letters(tokens: Sequence[str]) -> np.ndarray:
    """Return which tokens are informative on their own, bool (n,): those with a letter or an emoji.

    Numbers and punctuation reflect the length and form of the training texts.
    """
    return np.array([any(map(_is_letter, token)) for token in tokens], bool)


def _is_letter(character: str) -> bool:
    return character.isalpha() or unicodedata.category(character) == "So"


def learn_evidence(
    preparer: TextPreparer,
    texts: PreparedTexts,
    target: np.ndarray,
    weights: np.ndarray | None,
    empty: np.ndarray,
    vectors: KeyedVectors | None,
) -> Evidence:
    """Count the classes of the texts that contain each n-gram.

    Parameters
    ----------
    preparer : TextPreparer
        It defines the columns of the counts.
    texts : PreparedTexts
    target : int (n_texts,), or bool (n_texts, C)
    weights : float64 (n_texts,) or (n_texts, C), optional
        The weight of each text, or of each of its labels, in the frequencies.
    empty, vectors : as in `Evidence`
    """
    is_multilabel = target.ndim == 2
    n_classes = len(empty)
    rows, classes = np.nonzero(target) if is_multilabel else (np.arange(len(target)), target)
    each = np.ones(len(target)) if texts.sample_weight is None else texts.sample_weight
    membership = sparse.csr_array((each[rows], (classes, rows)), shape=(n_classes, len(target)))
    characters = None
    if texts.char_counts is not None:
        characters = _strengths(texts.char_counts, membership, each, is_multilabel)
        characters[n_texts_of(texts.char_counts, texts.sample_weight) < MIN_TEXTS] = 0
    words = _strengths(texts.word_counts, membership, each, is_multilabel)
    are_words = are_of_letters(preparer.words.symbols)
    first, last = np.divmod(preparer.words.levels[0], len(are_words))
    words[~np.concatenate([are_words, are_words[first] | are_words[last]])] = 0
    return Evidence(
        base_scores(target, weights, n_classes),
        empty,
        words,
        characters,
        len(are_words),
        preparer.overlap,
        is_multilabel,
        vectors,
    )


def _strengths(
    counts: sparse.csr_array, membership: sparse.csr_array, each: np.ndarray, is_multilabel: bool
) -> np.ndarray:
    """Return how far the class distribution of the texts with each n-gram is from that of all texts, float16 (V,).

    For n texts with the n-gram, k of them of class c, whose frequency is f: p = (k + 2 f) / (n + 2), where 2 is
    `_PRIOR_TEXTS`. With one class per text, the largest difference of log(p / f) between classes; with several labels,
    the largest difference of the log odds of p and f.

    Parameters
    ----------
    counts : sparse (n_texts, V)
    membership : sparse (C, n_texts)
        The weight of a text in each of its classes.
    each : float64 (n_texts,)
        The weight of a text.
    """
    sizes = np.asarray(membership.sum(axis=1)).ravel()
    order = np.argsort(-sizes, kind="stable")
    frequencies = sizes[order] / each.sum()
    present = _presence(counts)
    n_holding = each @ present
    table = sparse.csc_array(membership[order] @ present)
    table.sort_indices()
    f = frequencies[table.indices]
    p = (table.data + _PRIOR_TEXTS * f) / (np.repeat(n_holding, np.diff(table.indptr)) + _PRIOR_TEXTS)
    absent = _absences(table, n_holding, np.append(frequencies, 0.0))
    if is_multilabel:
        is_open = f < 1.0
        shifts = np.where(is_open, logit(np.where(is_open, p, 0.5)) - logit(np.where(is_open, f, 0.5)), 0.0)
        return np.maximum(_by_column(np.maximum, np.abs(shifts), table), absent).astype(np.float16)
    shifts = np.log(p / f)
    lowest = np.minimum(_by_column(np.minimum, shifts, table), -absent)
    # Where all classes are, the lowest may be above zero only by rounding.
    return (_by_column(np.maximum, shifts, table) - lowest).astype(np.float16)


def _absences(table: sparse.csc_array, n_holding: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """Return the evidence from the absence of the most frequent absent class, float64 (V,).

    That is the difference of the log odds of p and f for k = 0, but at most n f, the number of texts expected among n.

    Parameters
    ----------
    table : sparse (C, V)
        Texts of each class with each n-gram, the most frequent class first.
    n_holding : float64 (V,)
        The number of texts with each n-gram.
    frequencies : float64 (C + 1,), descending to zero
    """
    places = np.arange(table.nnz) - np.repeat(table.indptr[:-1], np.diff(table.indptr))
    n_before = np.concatenate([[0], np.cumsum(table.indices == places)])
    f = frequencies[np.diff(n_before[table.indptr])]
    odds = np.log1p(n_holding / np.maximum(_PRIOR_TEXTS * (1.0 - f), np.finfo(np.float64).tiny))
    return np.minimum(odds, n_holding * f)


def _by_column(reduce: np.ufunc, values: np.ndarray, table: sparse.csc_array) -> np.ndarray:
    """Return the reduction of each column's values, float64 (V,); 0 for an empty column."""
    found = np.zeros(table.shape[1])
    columns = np.flatnonzero(np.diff(table.indptr))
    if len(columns):
        found[columns] = reduce.reduceat(values, table.indptr[columns])
    return found


def _presence(counts: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(counts.data)), counts.indices, counts.indptr), shape=counts.shape)


def _ratio(amounts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    return np.divide(
        amounts, sizes, out=np.ones(np.broadcast_shapes(amounts.shape, sizes.shape)), where=sizes > 0
    )


def _n_tokens(texts: PreparedTexts, is_counted: np.ndarray) -> np.ndarray:
    """Return how many tokens of each text are among the given words, int64 (n_texts,)."""
    encoded = texts.tokens.encoded
    return np.diff(np.concatenate([[0], np.cumsum(is_counted[encoded.ids])])[encoded.starts])
