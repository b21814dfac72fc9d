"""Word vectors from counts alone: positive pointwise mutual information and a truncated SVD."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from wordvec._utils.timing import Stopwatch
from wordvec._utils.validation import check_bool, check_float, check_int, check_seed
from wordvec.counts.cooccurrence import Cooccurrence, as_cooccurrence
from wordvec.counts.counting import MAX_WINDOW, MIN_MAX_MEMORY, count_for
from wordvec.embeddings.word2vec_options import check_common
from wordvec.text.corpus import DEFAULT_MAX_MEMORY
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.keyed_vectors import KeyedVectors

Sentences = Iterable[Sequence[str]]

_OWNER = "PPMISVD"
_MAX_VECTOR_SIZE = 10_000
_MAX_ITERATIONS = 100


class PPMISVD(BaseEstimator):
    """Word vectors by a truncated SVD of the positive pointwise mutual information of words and contexts.

    Levy, Goldberg and Dagan (2015), TACL 3, with their context distribution smoothing and eigenvalue
    weighting; the baseline that trained vectors are compared with. There is no training: one text has one
    result.

    The products of the randomised SVD (Halko et al. 2011, arXiv:0909.4061) are SciPy's and use one thread,
    so that the same bits come out on any number of cores. They cost 2 * (n_iter + 1) passes of
    `vector_size` + 10 multiplications for each stored pair. On top of the counts, memory holds 8 bytes for
    each positive pair, and about 12 bytes x vocabulary x (`vector_size` + 10).

    Parameters
    ----------
    vector_size : int
        Floats in a word vector, D; less than the vocabulary has words.
    window : int
        Farthest distance between a word and its context, in kept words.
    symmetric : bool
        Whether contexts stand on both sides of a word, or on its left only.
    distance_weighting : bool
        Whether a pair at distance d counts 1 / d; otherwise 1.
    min_count : int
        Rarer words are left out.
    max_vocab_size : int, optional
        Only so many words are kept, the most frequent ones.
    context_exponent : float
        Contexts are as likely as their count to this power, from 0 to 1.
    shift : float
        log(shift) is taken from the mutual information before it is cut off at 0; 1 takes nothing.
    eigenvalue_weight : float
        Vectors are U S ** eigenvalue_weight, from 0 to 1.
    n_iter : int
        Power iterations of the SVD. More come closer to the exact one, whose error they lessen most where
        the last singular values lie close together.
    max_memory : int
        Bytes for the encoded text, and for counting pairs; what would pass it goes to temporary files. At least
        1 MiB.
    n_jobs : int, optional
        Threads that count, at most one a core; -1 for all cores, None for one.
    random_state : int, RandomState or None
        The seed of the SVD's start. None takes a new one, which `seed_` tells.
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    wv_ : KeyedVectors
    singular_values_ : float32 (D,), falling
    vocabulary_ : Vocabulary
    fit_times_ : dict of str to float
        Seconds of each part of the last `fit`: "counting", unless counts were given, and "factorising".
    seed_ : int

    Examples
    --------
    >>> from wordvec import PPMISVD
    >>> import random
    >>> draw = random.Random(1)
    >>> animals, fruits = "cat dog horse cow".split(), "pear plum fig apple".split()
    >>> topics = [(animals, ["sleeps", "eats"]), (fruits, ["ripens", "falls"])]
    >>> sentences = [["the", draw.choice(nouns), draw.choice(verbs)] for nouns, verbs in topics * 500]
    >>> model = PPMISVD(vector_size=4).fit(sentences)
    >>> sorted(word for word, _ in model.wv_.most_similar("cat", topn=3))
    ['cow', 'dog', 'horse']

    References
    ----------
    Levy, Goldberg and Dagan (2015), "Improving distributional similarity with lessons learned from word
    embeddings", TACL 3.

    Halko, Martinsson and Tropp (2011), "Finding structure with randomness: probabilistic algorithms for
    constructing approximate matrix decompositions", arXiv:0909.4061.
    """

    def __init__(
        self,
        vector_size: int = 100,
        *,
        window: int = 5,
        symmetric: bool = True,
        distance_weighting: bool = True,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        context_exponent: float = 0.75,
        shift: float = 1.0,
        eigenvalue_weight: float = 0.5,
        n_iter: int = 4,
        max_memory: int = DEFAULT_MAX_MEMORY,
        n_jobs: int | None = -1,
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.vector_size = vector_size
        self.window = window
        self.symmetric = symmetric
        self.distance_weighting = distance_weighting
        self.min_count = min_count
        self.max_vocab_size = max_vocab_size
        self.context_exponent = context_exponent
        self.shift = shift
        self.eigenvalue_weight = eigenvalue_weight
        self.n_iter = n_iter
        self.max_memory = max_memory
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, sentences: Sentences, y: Any = None) -> PPMISVD:
        """Count the pairs of a text and factorise their mutual information.

        Parameters
        ----------
        sentences : LineCorpus, or iterable of lists of str that can be read more than once
        y : ignored

        Raises
        ------
        TypeError, ValueError
            If a parameter or the text is not what it should be, or the text has too few words.
        """
        options = _check_options(self)
        watch = Stopwatch()
        counts = count_for(self, sentences, _OWNER)
        watch.lap("counting")
        return self._factorise(options, counts, watch)

    def fit_cooccurrence(
        self, counts: Any, *, vocabulary: Vocabulary | Sequence[str] | None = None
    ) -> PPMISVD:
        """Factorise the mutual information of pairs that are counted already.

        How `fit` would count (`window` to `max_vocab_size`) does not matter here.

        Parameters
        ----------
        counts : Cooccurrence, or scipy.sparse matrix (V, V)
        vocabulary : Vocabulary or list of str, optional
            The words of a scipy.sparse matrix; "0", "1" and so on if not given.

        Raises
        ------
        TypeError, ValueError
            If a parameter or the counts are not what they should be.
        """
        options = _check_options(self)
        return self._factorise(options, as_cooccurrence(counts, vocabulary, _OWNER), Stopwatch())

    def _factorise(self, options: _Options, counts: Cooccurrence, watch: Stopwatch) -> PPMISVD:
        _check_n_words(options, counts.vocabulary)
        matrix = counts.ppmi(options.context_exponent, options.shift)
        if not matrix.nnz:
            raise ValueError(
                f"No pair of words occurs together more often than by chance (shift={options.shift:g}), so "
                "there is nothing to factorise. Pass more text, or lower shift."
            )
        left, singular_values = _truncated_svd(matrix, options)
        vocabulary = counts.vocabulary
        self.wv_ = KeyedVectors(
            _weighted(left, singular_values, options.eigenvalue_weight),
            vocabulary.index_to_key,
            vocabulary.counts,
        )
        self.singular_values_ = singular_values
        self.vocabulary_ = vocabulary
        self.seed_ = options.seed
        watch.lap("factorising")
        self.fit_times_ = watch.seconds
        return self


@dataclass(frozen=True)
class _Options:
    """The checked parameters that decide how counts are factorised."""

    vector_size: int
    context_exponent: float
    shift: float
    eigenvalue_weight: float
    n_iter: int
    seed: int


def _check_options(estimator: PPMISVD) -> _Options:
    check_int("window", estimator.window, _OWNER, 1, MAX_WINDOW)
    check_bool("symmetric", estimator.symmetric, _OWNER)
    check_bool("distance_weighting", estimator.distance_weighting, _OWNER)
    check_int("max_memory", estimator.max_memory, _OWNER, MIN_MAX_MEMORY)
    check_common(estimator, _OWNER)
    return _Options(
        vector_size=check_int("vector_size", estimator.vector_size, _OWNER, 1, _MAX_VECTOR_SIZE),
        context_exponent=check_float("context_exponent", estimator.context_exponent, _OWNER, 0.0, 1.0),
        shift=check_float("shift", estimator.shift, _OWNER, 0.0, low_open=True),
        eigenvalue_weight=check_float("eigenvalue_weight", estimator.eigenvalue_weight, _OWNER, 0.0, 1.0),
        n_iter=check_int("n_iter", estimator.n_iter, _OWNER, 0, _MAX_ITERATIONS),
        seed=check_seed(estimator.random_state, _OWNER),
    )


def _check_n_words(options: _Options, vocabulary: Vocabulary) -> None:
    if options.vector_size >= len(vocabulary):
        raise ValueError(
            f"The vector_size parameter of {_OWNER} must be less than the number of words, {len(vocabulary)}. "
            f"Got {options.vector_size} instead. Lower it, or keep more words (min_count, max_vocab_size)."
        )


def _truncated_svd(matrix: scipy.sparse.csr_array, options: _Options) -> tuple[np.ndarray, np.ndarray]:
    """Return the left singular vectors float32 (V, D) and singular values float32 (D,) of the D largest.

    Signs are fixed: the entry of greatest magnitude of each left vector is positive.
    """
    # RandomState takes 32 bits at a time; a seed of more is split.
    words = np.array([options.seed & 0xFFFFFFFF, options.seed >> 32], np.uint32)
    random_state = np.random.RandomState(words if words[1] else words[0])
    # BLAS adds up in another order with another number of threads.
    with threadpool_limits(limits=1, user_api="blas"):
        left, singular_values, _ = randomized_svd(
            matrix, options.vector_size, n_iter=options.n_iter, flip_sign=True, random_state=random_state
        )
    return left, singular_values


def _weighted(left: np.ndarray, singular_values: np.ndarray, weight: float) -> np.ndarray:
    """Return U S ** weight, float32 (V, D). Directions of a singular value that is rounding noise become 0."""
    is_noise = singular_values <= np.finfo(np.float32).eps * np.sqrt(len(left)) * singular_values[0]
    return left * np.where(is_noise, 0, singular_values**weight).astype(np.float32)
