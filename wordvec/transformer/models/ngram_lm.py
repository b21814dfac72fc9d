"""N-gram language models with interpolated, modified Kneser-Ney smoothing.

Chen and Goodman (1999), sections 2.7 and 3. It needs only NumPy, not PyTorch: n-grams of each order are a sorted array
of (context, token) keys, where a context is the index of its own key one order below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from wordvec._utils.parameters import Integer, Real, Rule, check_parameters

__all__ = ["NGramLM"]

_OWNER = "NGramLM"
_MAX_ORDER = 10
_MAX_VOCAB_SIZE = 1 << 27  # each order has tables of some bytes for each token
# For counts too few to estimate discounts from: those of KenLM's lmplz --discount_fallback.
_FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)


@dataclass(frozen=True)
class _Counts:
    """The n-grams of one order, before smoothing.

    Attributes
    ----------
    keys : int64 (G,), ascending; context * (V + 1) + token
    suffixes : int64 (G,); the n-gram without its first token, one order below
    counts : int64 (G,); occurrences
    """

    keys: np.ndarray
    suffixes: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class _Level:
    """The n-grams of one order, smoothed.

    Attributes
    ----------
    keys : int64 (G,), ascending; context * (V + 1) + token
    log_probabilities : float64 (G,); of the token after its context, natural logarithm
    log_backoffs : float64 (contexts,); probability mass that a context leaves for tokens not seen after it
    """

    keys: np.ndarray
    log_probabilities: np.ndarray
    log_backoffs: np.ndarray


class NGramLM:
    """N-gram language model with interpolated, modified Kneser-Ney smoothing.

    The highest order counts occurrences, lower orders count the contexts in which an n-gram occurs; each count is
    discounted, and the freed probability mass goes to the order below, finally to a uniform distribution over the
    vocabulary, so that no token has probability 0. Each sequence starts after a begin symbol, which is never predicted;
    as in KenLM, n-grams that start with it keep their number of occurrences, since nothing precedes them. There is no
    end symbol: if ends are to be predicted, the ids must contain one.

    Parameters
    ----------
    order : int
        Length of the longest n-grams, 1 to 10; a token is predicted from the order - 1 tokens before it.
    vocab_size : int, optional
        V; ids run from 0 to V - 1. By default the largest id of the training text plus 1.
    discount : float, optional
        Subtracted from every count, as in Kneser and Ney (1995). By default three discounts for each order, for
        n-grams seen once, twice and more often, estimated from counts of counts (eq. 26 of the paper), or 0.5, 1 and
        1.5 if an order has too few n-grams.

    Attributes
    ----------
    vocab_size_ : int
    discounts_ : float64 (order, 3)
    n_ngrams_ : list of int
        Number of distinct n-grams of each order, including those with the begin symbol.

    Examples
    --------
    >>> from wordvec.transformer import NGramLM
    >>> model = NGramLM(order=3).fit([[0, 1, 2, 1], [0, 1, 2, 2], [0, 1, 1]])
    >>> model.n_ngrams_
    [4, 6, 5]
    >>> model.log_probabilities([0, 1, 2]).round(2)
    array([-0.47, -0.16, -0.61])

    References
    ----------
    Chen and Goodman (1999), "An empirical study of smoothing techniques for language modeling", Computer Speech and
    Language 13.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "order": Integer(1, _MAX_ORDER),
        "vocab_size": Integer(1) | None,
        "discount": Real(0.0, 1.0, low_open=True) | None,
    }

    def __init__(self, order: int = 3, vocab_size: int | None = None, discount: float | None = None) -> None:
        self.order = order
        self.vocab_size = vocab_size
        self.discount = discount

    def fit(self, sequences: Any) -> NGramLM:
        """Count the n-grams of token sequences and smooth the counts.

        Parameters
        ----------
        sequences : integers (T,), an iterable of those, an `EncodedCorpus` or a `TokenCorpus`
            Token ids: one text, or several independent ones (sentences of an EncodedCorpus, documents of a
            TokenCorpus; pass its `token_ids` for one text).

        Returns
        -------
        NGramLM
            Itself. 15 million tokens with a vocabulary of 8,000 take some 30 s and 3 GB of memory.

        Raises
        ------
        TypeError, ValueError
            If a parameter breaks its rule, the ids are not integers or outside the vocabulary, or there is no token.
        """
        parameters = check_parameters(self)
        token_ids, starts = joined_ids(sequences, _OWNER)
        if not len(token_ids):
            raise ValueError(f"{_OWNER}.fit needs at least one token. Got none.")
        self.vocab_size_ = parameters.vocab_size or int(token_ids.max()) + 1
        if self.vocab_size_ > _MAX_VOCAB_SIZE:
            raise ValueError(
                f"Token ids of {_OWNER} may go up to {_MAX_VOCAB_SIZE - 1:,}. Got {self.vocab_size_ - 1:,}. Number the "
                "tokens from 0 on."
            )
        self._check_known(token_ids)
        counted = self._count(self._with_begins(token_ids, starts), parameters.order)
        self.n_ngrams_ = [int(np.count_nonzero(found.counts)) for found in counted]
        self._smooth(counted)
        return self

    def log_probabilities(self, token_ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the natural log probability of each token given the preceding ones, float64 (T,).

        Raises
        ------
        TypeError, ValueError
            If the ids are not integers, or outside the vocabulary.
        """
        return self._scores(checked_ids(token_ids, "token_ids", _OWNER), np.zeros(1, np.int64))

    def next_log_probabilities(self, token_ids: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the natural log probability of each possible next token, float64 (V,).

        Raises
        ------
        TypeError, ValueError
            If the ids are not integers, or outside the vocabulary.
        """
        self.check_fitted()
        context = checked_ids(token_ids, "token_ids", _OWNER)
        self._check_known(context)
        V = self.vocab_size_
        stream = np.concatenate(([V], context.astype(np.int64)))
        scores: np.ndarray = self._levels[0].log_probabilities[:V].copy()
        for n, level in enumerate(self._levels[1:], 1):
            gram = self._place(stream[len(stream) - n :]) if n <= len(stream) else -1
            if gram < 0 or not len(level.keys):
                break  # a context that training never saw says nothing
            low, high = np.searchsorted(level.keys, [gram * (V + 1), gram * (V + 1) + V])
            scores += level.log_backoffs[gram]
            scores[level.keys[low:high] - gram * (V + 1)] = level.log_probabilities[low:high]
        return scores

    def perplexity(self, sequences: Any) -> float:
        """Return exp of the mean negative log probability over all tokens, including the first of a sequence.

        Parameters
        ----------
        sequences : as in `fit`

        Raises
        ------
        TypeError, ValueError
            If the ids are not integers, or outside the vocabulary, or there is no token.
        """
        token_ids, starts = joined_ids(sequences, _OWNER)
        if not len(token_ids):
            raise ValueError(f"{_OWNER}.perplexity needs at least one token. Got none.")
        return float(np.exp(-self._scores(token_ids, starts).mean()))

    def check_fitted(self) -> None:
        """Raise ValueError if `fit` has not been called."""
        if not hasattr(self, "_levels"):
            raise ValueError(f"This {_OWNER} is not fitted. Call fit first.")

    def _check_known(self, token_ids: np.ndarray) -> None:
        if len(token_ids) and token_ids.max() >= self.vocab_size_:
            raise ValueError(
                f"Token ids of this {_OWNER} run from 0 to {self.vocab_size_ - 1}. Got {token_ids.max()}. "
                "Use the tokenizer that made the training text, or a larger vocab_size."
            )

    def _place(self, gram: np.ndarray) -> int:
        """Return the index of an n-gram among those of its order; -1 if it is not in the training text."""
        place = int(gram[0])
        for token, level in zip(gram[1:].tolist(), self._levels[1:]):
            key = place * (self.vocab_size_ + 1) + token
            place = int(np.searchsorted(level.keys, key))
            if place == len(level.keys) or level.keys[place] != key:
                return -1
        return place

    def _with_begins(self, token_ids: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return int64 ids with the begin symbol, V, before each sequence."""
        return np.insert(token_ids.astype(np.int64), starts, self.vocab_size_)

    def _count(self, stream: np.ndarray, order: int) -> list[_Counts]:
        base = self.vocab_size_ + 1
        is_begin = stream == self.vocab_size_
        kinds = np.bincount(stream, minlength=base)
        counted = [_Counts(np.arange(base), np.zeros(base, np.int64), kinds)]
        grams = stream  # the n-gram that ends at each place; -1 where the sequence is too short for one
        for _ in range(1, order):
            keys = _keys(grams, stream, base)
            keys[is_begin] = -1
            places = np.flatnonzero(keys >= 0)
            unique, first, inverse, counts = np.unique(
                keys[places], return_index=True, return_inverse=True, return_counts=True
            )
            counted.append(_Counts(unique, grams[places[first]], counts))
            grams = np.full(len(stream), -1)
            grams[places] = inverse
        return counted

    def _smooth(self, counted: list[_Counts]) -> None:
        V, order = self.vocab_size_, len(counted)
        self.discounts_ = np.zeros((order, 3))
        self._levels: list[_Level] = []
        probabilities = np.empty(0)
        for level, found in enumerate(counted):
            counts = found.counts
            if level + 1 < order:
                followed = np.bincount(counted[level + 1].suffixes, minlength=len(counts))
                # Nothing precedes n-grams of the begin symbol, and only those.
                counts = np.where(followed > 0, followed, counts)
            if level == 0:
                counts[V] = 0  # the begin symbol is a context, never a prediction
            contexts = found.keys // (V + 1)  # of single tokens: 0, the empty context
            n_contexts = 1 if level == 0 else len(counted[level - 1].keys)
            discounts = self._discounts(counts)
            taken = np.concatenate(([0.0], discounts))[np.minimum(counts, 3)]
            totals = np.bincount(contexts, counts, n_contexts)
            with np.errstate(invalid="ignore", divide="ignore"):
                backoffs = np.bincount(contexts, taken, n_contexts) / totals
                log_backoffs = np.where(totals > 0, np.log(backoffs), 0.0)
            below = np.full(V + 1, 1 / V) if level == 0 else probabilities[found.suffixes]
            probabilities = (counts - taken) / totals[contexts] + backoffs[contexts] * below
            self.discounts_[level] = discounts
            self._levels.append(_Level(found.keys, np.log(probabilities), log_backoffs))

    def _discounts(self, counts: np.ndarray) -> np.ndarray:
        """Return the discounts for counts of 1, 2, and 3 or more, float64 (3,)."""
        if self.discount is not None:
            return np.full(3, float(self.discount))
        n = np.bincount(np.minimum(counts, 5), minlength=5).astype(np.float64)
        if (n[1:5] == 0).any():
            return np.array(_FALLBACK_DISCOUNTS)
        j = np.arange(1, 4)
        discounts = j - (j + 1) * n[1] / (n[1] + 2 * n[2]) * n[2:5] / n[1:4]
        if (discounts <= 0).any() or (discounts > j).any():
            return np.array(_FALLBACK_DISCOUNTS)
        return discounts

    def _scores(self, token_ids: np.ndarray, starts: np.ndarray) -> np.ndarray:
        self.check_fitted()
        self._check_known(token_ids)
        stream = self._with_begins(token_ids, starts)
        is_begin = stream == self.vocab_size_
        scores = self._levels[0].log_probabilities[stream]
        grams = stream
        for level in self._levels[1:]:
            if not len(level.keys):
                break  # no sequence of the training text is as long
            keys = _keys(grams, stream, self.vocab_size_ + 1)
            keys[is_begin] = -1
            contexts = np.concatenate(([-1], grams[:-1]))
            grams = np.minimum(np.searchsorted(level.keys, keys), len(level.keys) - 1)
            grams[level.keys[grams] != keys] = -1
            backed_off = scores + np.where(contexts >= 0, level.log_backoffs[contexts], 0.0)
            scores = np.where(grams >= 0, level.log_probabilities[grams], backed_off)
        return scores[~is_begin]


def _keys(grams: np.ndarray, stream: np.ndarray, base: int) -> np.ndarray:
    """Return the key of the n-gram that ends at each position, given those one shorter; -1 where there is none."""
    keys = np.full(len(stream), -1)
    keys[1:] = np.where(grams[:-1] >= 0, grams[:-1] * base + stream[1:], -1)
    return keys


def joined_ids(sequences: Any, owner: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the ids of all sequences, (n,), and where each starts, int64.

    Raises
    ------
    TypeError, ValueError
        If `sequences` are not token ids: integers (T,), an iterable of those, an `EncodedCorpus`, or a `TokenCorpus`,
        whose documents are the sequences.
    """
    if hasattr(sequences, "document_starts"):
        starts = np.asarray(sequences.sentence_starts)[np.asarray(sequences.document_starts[:-1])]
        return checked_ids(sequences.token_ids, "token_ids", owner), starts
    if hasattr(sequences, "token_ids") and hasattr(sequences, "starts"):
        starts = np.asarray(sequences.starts[:-1], np.int64)
        return checked_ids(sequences.token_ids, "token_ids", owner), starts
    if isinstance(sequences, np.ndarray) and sequences.ndim == 1 and sequences.dtype != object:
        return checked_ids(sequences, "sequences", owner), np.zeros(1, np.int64)
    if isinstance(sequences, str) or not isinstance(sequences, Iterable):
        raise TypeError(f"{owner} needs token ids or a list of sequences of them. Got {sequences!r} instead.")
    items = list(sequences)
    if items and np.ndim(items[0]) == 0:
        return checked_ids(items, "sequences", owner), np.zeros(1, np.int64)
    parts = [checked_ids(item, f"sequences[{place}]", owner) for place, item in enumerate(items)]
    starts = np.cumsum([0, *map(len, parts)])[:-1]
    return (np.concatenate(parts) if parts else np.empty(0, np.int64)), starts


def checked_ids(token_ids: Any, name: str, owner: str) -> np.ndarray:
    """Return integers (T,) of at least 0, or raise TypeError or ValueError."""
    ids = np.asarray(token_ids)
    if ids.ndim == 1 and not len(ids):
        return ids.astype(np.int64)
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise TypeError(
            f"{name} of {owner} must be token ids, a one-dimensional sequence of integers. "
            f"Got {ids.ndim} dimensions of {ids.dtype} instead. Encode text with a tokenizer first."
        )
    if ids.min() < 0:
        raise ValueError(f"{name} of {owner} must hold ids of at least 0. Got {ids.min()} instead.")
    return ids
