"""`PPMISVD`: word vectors from positive pointwise mutual information by a truncated SVD."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import scipy.sparse
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Integer, Real, Rule, Seed, check_parameters
from wordvec._utils.timing import Stopwatch
from wordvec.counts.cooccurrence import Cooccurrence, as_cooccurrence
from wordvec.counts.counting import COUNTING_RULES, count_for
from wordvec.embeddings.base import EmbeddingTrainer
from wordvec.embeddings.checkpoints import Checkpoint, ModelKind
from wordvec.embeddings.parameters import VECTOR_SIZE, options_of
from wordvec.text.corpus import DEFAULT_MAX_MEMORY
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.keyed_vectors import KeyedVectors

Sentences = Iterable[Sequence[str]]

_OWNER = "PPMISVD"
_RULES: dict[str, Rule] = {
    **COUNTING_RULES,
    "vector_size": VECTOR_SIZE,
    "context_exponent": Real(0.0, 1.0),
    "shift": Real(0.0, low_open=True),
    "eigenvalue_weight": Real(0.0, 1.0),
    "n_iter": Integer(0, 100),
    "random_state": Seed(),
}


@dataclass(frozen=True)
class PPMISVDOptions:
    """The checked parameters that determine how counts are factorised."""

    epochs: ClassVar[int] = 0  # nothing is trained

    vector_size: int
    context_exponent: float
    shift: float
    eigenvalue_weight: float
    n_iter: int
    seed: int

    @classmethod
    def of(cls, estimator: Any) -> PPMISVDOptions:
        """Check the parameters of a `PPMISVD` and return its options."""
        found = check_parameters(estimator)
        return options_of(cls, found, seed=found.random_state)


@dataclass
class NoState:
    """The state, in its file, of a model that has no epochs."""

    epoch: int = 0
    loss_curve: list[float] = field(default_factory=list)


def _tensor_shapes(n_words: int, options: PPMISVDOptions) -> dict[str, tuple[int, ...]]:
    return {"vectors": (n_words, options.vector_size), "singular_values": (options.vector_size,)}


_KIND = ModelKind(
    name="PPMISVD",
    options_type=PPMISVDOptions,
    state_type=NoState,
    tensor_shapes=_tensor_shapes,
    train_on="fit again",
)


class PPMISVD(EmbeddingTrainer):
    """Word vectors from a truncated SVD of the positive pointwise mutual information of words and contexts.

    Levy, Goldberg and Dagan (2015), TACL 3, with their context distribution smoothing and eigenvalue weighting; the
    usual baseline for trained vectors. There is no iterative training.

    The products of the randomised SVD (Halko et al. 2011, arXiv:0909.4061) are SciPy's and use one thread,
    so that the same bits come out on any number of cores. They take 2 * (n_iter + 1) passes of `vector_size` + 10
    multiplications for each stored pair. In addition to the counts, memory holds 8 bytes for each positive pair, and
    about 12 bytes x vocabulary x (`vector_size` + 10).

    Parameters
    ----------
    vector_size : int
        Floats in a word vector, D; less than the number of words in the vocabulary.
    window : int
        Largest distance between a word and its context, counted in kept words.
    symmetric : bool
        Whether contexts are on both sides of a word, or on its left only.
    distance_weighting : bool
        Whether a pair at distance d counts as 1 / d; otherwise as 1.
    min_count : int
        Rarer words are left out.
    max_vocab_size : int, optional
        Keep only this many words, the most frequent ones; all by default.
    context_exponent : float
        Probabilities of contexts are proportional to count ** context_exponent, from 0 to 1.
    shift : float
        log(shift) is subtracted from the mutual information before it is clipped at 0; 1 subtracts nothing.
    eigenvalue_weight : float
        Vectors are U S ** eigenvalue_weight, from 0 to 1.
    n_iter : int
        Power iterations of the SVD. More iterations come closer to the exact SVD; they help most where the last
        singular values are close together.
    max_memory : int
        Bytes for the encoded text, and as many for counting pairs; beyond it they go to temporary files. At least 1
        MiB.
    n_jobs : int, optional
        Threads that count, at most one per core; -1 for all cores, None for one.
    random_state : int, RandomState or None
        The seed of the SVD's random initial matrix. None draws a new one, see `seed_`.
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    wv_ : KeyedVectors
    singular_values_ : float32 (D,), descending
    vocabulary_ : Vocabulary
    fit_times_ : dict of str to float
        Seconds that the last fit took for "counting" (not in `fit_cooccurrence`) and "factorisation".
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

    _parameter_rules = _RULES
    _kind = _KIND

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

    def fit(self, X: Sentences, y: Any = None) -> PPMISVD:
        """Count the pairs of a text and factorise their mutual information.

        Parameters
        ----------
        X : LineCorpus, or iterable of lists of str that can be read more than once
            Sentences.
        y : ignored

        Raises
        ------
        TypeError, ValueError
            If a parameter or the text is invalid, or the text has too few words.
        """
        options = PPMISVDOptions.of(self)
        watch = Stopwatch()
        counts = count_for(self, X, _OWNER)
        watch.lap("counting")
        self._factorise(options, counts)
        self.fit_times_ = watch.lap("factorisation")
        return self

    def fit_cooccurrence(
        self, counts: Any, *, vocabulary: Vocabulary | Sequence[str] | None = None
    ) -> PPMISVD:
        """Factorise the mutual information of existing counts.

        The parameters of counting (`window` to `max_vocab_size`) are not used here.

        Parameters
        ----------
        counts : Cooccurrence, or scipy.sparse matrix (V, V)
        vocabulary : Vocabulary or list of str, optional
            The words of a scipy.sparse matrix; "0", "1" and so on if not given.

        Raises
        ------
        TypeError, ValueError
            If a parameter or the counts are invalid.
        """
        options = PPMISVDOptions.of(self)
        watch = Stopwatch()
        self._factorise(options, as_cooccurrence(counts, vocabulary, _OWNER))
        self.fit_times_ = watch.lap("factorisation")
        return self

    def _factorise(self, options: PPMISVDOptions, counts: Cooccurrence) -> None:
        if options.vector_size >= len(counts.vocabulary):
            rule = f"be less than the number of words, {len(counts.vocabulary)}"
            fix = "Lower it, or keep more words ({min_count}, {max_vocab_size})."
            raise ParameterError("vector_size", _OWNER, rule, options.vector_size, fix)
        matrix = counts.ppmi(options.context_exponent, options.shift)
        if not matrix.nnz:
            raise ValueError(
                f"No pair of words occurs together more often than by chance (shift={options.shift:g}), so "
                "there is nothing to factorise. Pass more text, or lower shift."
            )
        left, singular_values = _truncated_svd(matrix, options)
        vectors = _weighted(left, singular_values, options.eigenvalue_weight)
        tensors = {"vectors": vectors, "singular_values": singular_values}
        self._set_fitted(self._checkpoint(_KIND, options, counts.vocabulary, tensors, NoState()))

    def _set_fitted(self, stored: Checkpoint) -> None:
        vocabulary = stored.vocabulary
        self.wv_ = KeyedVectors(stored.tensors["vectors"], vocabulary.index_to_key, vocabulary.counts)
        self.singular_values_ = stored.tensors["singular_values"]
        self.vocabulary_ = vocabulary
        self.seed_ = stored.options.seed
        # The array of the attribute, so that a pickle holds it once.
        tensors = {"vectors": self.wv_.vectors, "singular_values": self.singular_values_}
        self._stored = replace(stored, tensors=tensors)


def _truncated_svd(matrix: scipy.sparse.csr_array, options: PPMISVDOptions) -> tuple[np.ndarray, np.ndarray]:
    """Return the left singular vectors, float32 (V, D), of the D largest singular values, and these, float32 (D,).

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
    """Return U S ** weight, float32 (V, D). Directions whose singular value is rounding noise become 0."""
    is_noise = singular_values <= np.finfo(np.float32).eps * np.sqrt(len(left)) * singular_values[0]
    return left * np.where(is_noise, 0, singular_values**weight).astype(np.float32)
