"""`GloVe`: word vectors from the logarithms of co-occurrence counts, as a scikit-learn estimator."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from wordvec._utils.loops import has_stalled
from wordvec._utils.threads import n_threads_for
from wordvec._utils.timing import Stopwatch
from wordvec.counts.cooccurrence import Cooccurrence, as_cooccurrence
from wordvec.counts.counting import count_for
from wordvec.embeddings.base import EmbeddingTrainer, shared_rows, warn_if_interrupted
from wordvec.embeddings.checkpoints import (
    Checkpoint,
    ModelKind,
    checkpoint_in,
    hash_arrays,
    hash_vectors,
    resume_run,
)
from wordvec.embeddings.glove_options import GLOVE_RULES, GloVeOptions
from wordvec.embeddings.glove_training import GloVeRun, GloVeState
from wordvec.text.corpus import DEFAULT_MAX_MEMORY
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.formats.models import combine_glove
from wordvec.vectors.keyed_vectors import KeyedVectors

Sentences = Iterable[Sequence[str]]


def _model_shapes(n_words: int, options: GloVeOptions) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for name in ("word", "context"):
        shapes[f"{name}_vectors"] = (n_words, options.vector_size)
        shapes[f"{name}_bias"] = (n_words, 2)
    return shapes


def _run_shapes(n_words: int, options: GloVeOptions) -> dict[str, tuple[int, ...]]:
    shape = (n_words, options.vector_size)
    return {**_model_shapes(n_words, options), "word_sums": shape, "context_sums": shape}


_MODEL = ModelKind(
    name="GloVe",
    options_type=GloVeOptions,
    state_type=GloVeState,
    tensor_shapes=_model_shapes,
    train_on="start a new run from the vectors of a finished model with init_vectors=GloVe.load(...).wv_",
)
# A checkpoint also holds AdaGrad's sums.
_RUN = _MODEL._replace(tensor_shapes=_run_shapes)


class GloVe(EmbeddingTrainer):
    """Word vectors by factorisation of the logarithms of co-occurrence counts.

    The dot product of two words' vectors, plus a bias for each, is fitted to the logarithm of how often they occur
    near each other (Pennington et al. 2014), by AdaGrad. The same seed gives the same bits at any number of threads.

    Parameters
    ----------
    vector_size : int
        Floats in a word vector, D.
    window : int
        Largest distance of a pair, counted in words of the vocabulary.
    symmetric : bool
        Whether words to the right count as context as well as those to the left.
    distance_weighting : bool
        Whether a pair at distance d counts as 1 / d; otherwise as 1.
    x_max : float
        Pairs with at least this count have full weight, others (count / x_max) ** `weight_exponent`. 100 suits billions
        of words, 10 a text of a hundred million bytes.
    weight_exponent : float
        The paper's alpha.
    learning_rate : float
        AdaGrad's initial learning rate.
    epochs : int
        Passes over the pairs.
    output : {"sum", "word", "both"}
        The vectors in `wv_`: word vector + context vector (the paper's choice), the word vector alone, or both
        concatenated, 2 * D floats.
    min_count : int
        Rarer words are left out.
    max_vocab_size : int, optional
        Keep only this many words, the most frequent ones; all by default.
    tol, patience : float, int, optional
        Stop early when the loss has not decreased by a relative `tol` for `patience` epochs. By default all epochs are
        run.
    init_vectors : KeyedVectors, optional
        Initial vectors of `vector_size` floats, half of each in either table; other words start from random vectors.
    retrofit_penalty : float
        Weight mu of the penalty mu / 2 * |w + c - given|**2 that keeps the sum of both vectors of each word of
        `init_vectors` near the given vector, as in Mittens (Dingwall and Potts 2018, arXiv:1803.09901).
    max_memory : int
        Bytes of memory for the text, then the counts, then the ordered pairs, each of which goes to temporary files
        beyond this limit; at least 1 MiB. Counts and pairs take 12 bytes per pair each and are in memory at the same
        time for a while. The tables take another 16 * vector_size bytes per word.
    checkpoint_every : int, optional
        Rounds between two checkpoints; an epoch has 16 rounds, more with a large vocabulary. By default a checkpoint is
        made after each epoch.
    n_jobs : int, optional
        Threads, at most one per core; -1 for all cores.
    random_state : int, RandomState or None
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    wv_ : KeyedVectors
    word_vectors_, context_vectors_ : float32 (V, D)
    word_biases_, context_biases_ : float32 (V,)
    vocabulary_ : Vocabulary
    loss_curve_ : list of float
        Loss of each epoch: the mean over pairs of f(X) (w . c + b + b' - log X)**2 / 2, each evaluated before its step,
        summed in float64; the penalty, if any, is added before dividing by the number of pairs.
    n_iter_ : int
        Epochs done.
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    fit_times_ : dict of str to float
        Seconds that the last fit took for "counting" (including reading and encoding; not in `fit_cooccurrence`) and
        "training".
    seed_ : int

    Examples
    --------
    By default a vector is the sum of a word's two vectors, so that words that occur together are neighbours, as well as
    words that are used alike.

    >>> from wordvec import GloVe
    >>> import random
    >>> draw = random.Random(1)
    >>> animals, fruits = "cat dog horse cow".split(), "pear plum fig apple".split()
    >>> topics = [(animals, ["sleeps", "eats"]), (fruits, ["ripens", "falls"])]
    >>> sentences = [["the", draw.choice(nouns), draw.choice(verbs)] for nouns, verbs in topics * 500]
    >>> model = GloVe(vector_size=16, epochs=50, random_state=1).fit(sentences)
    >>> {word for word, _ in model.wv_.most_similar("cat", topn=4)} <= {"dog", "horse", "cow", "sleeps", "eats", "the"}
    True
    >>> model.loss_curve_[-1] < model.loss_curve_[0] / 10
    True

    References
    ----------
    Pennington, Socher and Manning (2014), "GloVe: global vectors for word representation",
    doi:10.3115/v1/D14-1162.

    Duchi, Hazan and Singer (2011), "Adaptive subgradient methods for online learning and stochastic optimization",
    JMLR 12.

    Dingwall and Potts (2018), "Mittens: an extension of GloVe for learning domain-specialized representations",
    arXiv:1803.09901.
    """

    _parameter_rules = GLOVE_RULES
    _kind = _MODEL

    def __init__(
        self,
        *,
        vector_size: int = 100,
        window: int = 10,
        symmetric: bool = True,
        distance_weighting: bool = True,
        x_max: float = 10.0,
        weight_exponent: float = 0.75,
        learning_rate: float = 0.05,
        epochs: int = 15,
        output: str = "sum",
        min_count: int = 5,
        max_vocab_size: int | None = None,
        tol: float = 1e-3,
        patience: int | None = None,
        init_vectors: KeyedVectors | None = None,
        retrofit_penalty: float = 0.0,
        max_memory: int = DEFAULT_MAX_MEMORY,
        checkpoint_every: int | None = None,
        n_jobs: int | None = -1,
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.vector_size = vector_size
        self.window = window
        self.symmetric = symmetric
        self.distance_weighting = distance_weighting
        self.x_max = x_max
        self.weight_exponent = weight_exponent
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.output = output
        self.min_count = min_count
        self.max_vocab_size = max_vocab_size
        self.tol = tol
        self.patience = patience
        self.init_vectors = init_vectors
        self.retrofit_penalty = retrofit_penalty
        self.max_memory = max_memory
        self.checkpoint_every = checkpoint_every
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Sentences,
        y: Any = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
    ) -> GloVe:
        """Count co-occurrences and train from scratch.

        Ctrl-C during training stops at the end of a round; the model then holds what it has learned so far,
        and `interrupted_` is True.

        Parameters
        ----------
        X : LineCorpus, or iterable of lists of str that can be read more than once
            Sentences.
        y : ignored
        checkpoint : path, optional
            Folder for the state of training; created if it does not exist.
        resume : bool
            Resume from the checkpoint there, if there is one. The text is counted again; the result is the same, to the
            bit, as without the interruption.

        Raises
        ------
        TypeError, ValueError
            If a parameter, the text or the checkpoint is invalid; without `resume`, if there is a checkpoint of an
            unfinished run.
        FloatingPointError
            If training diverges.
        OSError
            If a file cannot be read, or the disk for temporary files is full.
        """
        options = GloVeOptions.of(self)
        with checkpoint_in(checkpoint, resume, "GloVe.fit") as path:
            watch = Stopwatch()
            counts = count_for(self, X, "GloVe")
            watch.lap("counting")
            start = self._prepare(self._new_run(options, counts), counts, path, resume)
            del counts  # frees memory for training
            self._train(*start)
            self.fit_times_ = watch.lap("training")
        return self

    def fit_cooccurrence(
        self,
        counts: Any,
        *,
        vocabulary: Vocabulary | Sequence[str] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
    ) -> GloVe:
        """Train on existing counts; `window`, `min_count` and the other parameters of counting are not used.

        Parameters
        ----------
        counts : Cooccurrence, or scipy.sparse matrix or array (V, V) of positive counts
        vocabulary : Vocabulary or list of str, optional
            The words of a scipy.sparse matrix; "0", "1" and so on by default.
        checkpoint, resume : as for `fit`

        Raises
        ------
        TypeError, ValueError
            If the counts are not square, positive and finite, or another argument is invalid.
        FloatingPointError
            If training diverges.
        """
        options = GloVeOptions.of(self)
        with checkpoint_in(checkpoint, resume, "GloVe.fit_cooccurrence") as path:
            counts = as_cooccurrence(counts, vocabulary, "GloVe")
            watch = Stopwatch()
            self._train(*self._prepare(self._new_run(options, counts), counts, path, resume))
            self.fit_times_ = watch.lap("training")
        return self

    def _new_run(self, options: GloVeOptions, counts: Cooccurrence) -> GloVeRun:
        return GloVeRun(options, counts, n_threads_for(self.n_jobs), self.max_memory)

    def _prepare(
        self, run: GloVeRun, counts: Cooccurrence, path: Path | None, resume: bool
    ) -> tuple[GloVeRun, Vocabulary, Path | None, str, dict[str, Any]]:
        """Return a new or resumed run, its vocabulary, and the checkpoint's path, hash and inputs."""
        if self.init_vectors is not None:
            rows, source_rows = shared_rows(self.init_vectors, counts.vocabulary, "GloVe")
            run.start_from(rows, self.init_vectors.vectors[source_rows])
        if path is None:
            return run, counts.vocabulary, None, "", {}
        targets = [] if run.targets is None else [run.targets, run.is_target]
        counts_hash = hash_arrays(counts.vocabulary, counts.starts, counts.col, counts.value, *targets)
        inputs = {
            "patience": self.patience,
            "tol": self.tol,
            "init_vectors": hash_vectors(self.init_vectors),
        }
        if resume and path.exists():
            resume_run(run, path, _RUN, counts_hash, inputs)
        return run, counts.vocabulary, path, counts_hash, inputs

    def _train(
        self,
        run: GloVeRun,
        vocabulary: Vocabulary,
        path: Path | None,
        counts_hash: str,
        inputs: dict[str, Any],
    ) -> None:
        def stored(kind: ModelKind) -> Checkpoint:
            tensors = run.tensors(with_sums=kind is _RUN)
            return self._checkpoint(kind, run.options, vocabulary, tensors, run.state, counts_hash, inputs)

        is_whole = self._run(
            run,
            unit="pair",
            n_done=run.state.n_pairs_done,
            has_ended=lambda: has_stalled(run.state.loss_curve, self.patience, self.tol),
            path=path,
            stored=lambda: stored(_RUN),
        )
        self._set_fitted(stored(_MODEL))
        warn_if_interrupted(self, run, is_whole, stacklevel=3)

    def _set_fitted(self, stored: Checkpoint) -> None:
        tensors, state, vocabulary = stored.tensors, stored.state, stored.vocabulary
        self._stored = stored
        self.vocabulary_ = vocabulary
        self.word_vectors_ = tensors["word_vectors"]
        self.context_vectors_ = tensors["context_vectors"]
        self.word_biases_ = tensors["word_bias"][:, 0]
        self.context_biases_ = tensors["context_bias"][:, 0]
        self.wv_ = KeyedVectors(
            combine_glove(self.word_vectors_, self.context_vectors_, stored.parameters["output"]),
            vocabulary.index_to_key,
            vocabulary.counts,
        )
        self.loss_curve_ = state.loss_curve
        self.n_iter_ = state.epoch
        self.interrupted_ = False
        self.seed_ = stored.options.seed
