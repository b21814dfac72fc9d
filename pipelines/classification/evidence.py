"""How much a text says about its classes, which bounds how far a decision may be from the frequencies of the classes.

Members bring the features of a text to unit length, and have intercepts: of a text with one n-gram that says little,
or with none, they make as much as of a whole review. Counts of the training texts tell how much an n-gram can say; what
the members make of a text beyond that is not believed.
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
    """What n-grams say at most, as differences of log-odds: between two classes, or to the frequency of a label.

    Attributes
    ----------
    base : float64 (C,)
        The scores of a text that says nothing: logarithms of the frequencies of classes, or of the odds of labels.
    empty : float64 (C,)
        The scores that the members give it.
    words : float16 (V,)
        Of n-grams of words, single words first; zeros if there is no letter in them.
    characters : float16 (V',), or None
    n_words : int
        How many of `words` are of single words.
    overlap : int
        In how many n-grams a character is.
    is_multilabel : bool
    vectors : KeyedVectors or None
        Words that they alone know say what single words do in the mean.
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
        """Return what each text says at most, float64 (n_texts,).

        The n-grams of words add up, as if they were independent. Those of characters repeat each other, `overlap` at
        a time, and say little of a word that is not known: of them the root of the sum of squares counts.
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
        """Return scores whose distance from those of a text that says nothing is at most what the text says.

        Most texts say more than the members make of them; their scores stay as they are, to the bit. Of others, the
        part of the members' intercepts that has no evidence is taken away, and the rest is shortened.

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
        """Return the size of each label's shift, (n_texts, C); or of the largest of a class against the rest.

        Of two classes that is the difference of their shifts, of more the one to the mean of the others, weighted by
        their frequencies, (n_texts, 1). It is never less than by how much the log-odds of the class rise.
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
    """Return which tokens say something on their own, bool (n,): those with a letter or a picture (an emoji).

    Numbers and punctuation tell of the texts that they were in, by their length and form.
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
    """Count in which classes n-grams are.

    Parameters
    ----------
    preparer : TextPreparer
        Whose columns the counts of the texts have.
    texts : PreparedTexts
    target : int (n_texts,), or bool (n_texts, C)
    weights : float64 (n_texts,) or (n_texts, C), optional
        What each text, or each of its labels, counts in the frequencies.
    empty, vectors : as `Evidence` has them
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
    """Return how far the classes of the texts with each n-gram are from those of all texts, float16 (V,).

    With n texts that have the n-gram, k of them of class c, whose frequency is f: p = (k + 2 f) / (n + 2), where 2 is
    `_PRIOR_TEXTS`. With one class a text, the largest difference of log(p / f) between classes; with several labels,
    the largest of log-odds of p and f.

    Parameters
    ----------
    counts : sparse (n_texts, V)
    membership : sparse (C, n_texts)
        What a text counts, where it is of a class.
    each : float64 (n_texts,)
        What a text counts.
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
    """Return what it says that the most frequent of the classes that are absent is absent, float64 (V,).

    That is the log-odds of p and f for k = 0; but n texts among which n f would be expected say n f at most.

    Parameters
    ----------
    table : sparse (C, V)
        Texts of each class with each n-gram, the most frequent class first.
    n_holding : float64 (V,)
        In how many texts each n-gram is.
    frequencies : float64 (C + 1,), falling to zero
    """
    places = np.arange(table.nnz) - np.repeat(table.indptr[:-1], np.diff(table.indptr))
    n_before = np.concatenate([[0], np.cumsum(table.indices == places)])
    f = frequencies[np.diff(n_before[table.indptr])]
    odds = np.log1p(n_holding / np.maximum(_PRIOR_TEXTS * (1.0 - f), np.finfo(np.float64).tiny))
    return np.minimum(odds, n_holding * f)


def _by_column(reduce: np.ufunc, values: np.ndarray, table: sparse.csc_array) -> np.ndarray:
    """Return the reduction of the values of each column, float64 (V,); 0 of an empty one."""
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
    """Return how many tokens of each text are among the words that count, int64 (n_texts,)."""
    encoded = texts.tokens.encoded
    return np.diff(np.concatenate([[0], np.cumsum(is_counted[encoded.ids])])[encoded.starts])
