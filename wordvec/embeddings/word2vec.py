"""`Word2Vec`: skip-gram and CBOW word vectors as a scikit-learn estimator."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.progress import ReadingBar
from wordvec._utils.threads import n_threads_for
from wordvec._utils.timing import Stopwatch
from wordvec.embeddings.base import EmbeddingTrainer, shared_rows
from wordvec.embeddings.checkpoints import (
    Checkpoint,
    ModelKind,
    checkpoint_in,
    hash_corpus,
)
from wordvec.embeddings.foreign_names import WORD2VEC_PARAMETERS
from wordvec.embeddings.sharded_training import ShardedRun
from wordvec.embeddings.shards import Shards
from wordvec.embeddings.word2vec_fitting import (
    encode_validation,
    lessened,
    marked_whole,
    restore,
    tensor_shapes,
    train_run,
)
from wordvec.embeddings.word2vec_options import WORD2VEC_RULES, Word2VecOptions
from wordvec.embeddings.word2vec_training import Word2VecRun, Word2VecState, new_tables, rates_of_rows
from wordvec.text.corpus import DEFAULT_MAX_MEMORY, EncodedCorpus, encode_corpus
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.keyed_vectors import KeyedVectors

Sentences = Iterable[Sequence[str]]

_KIND = ModelKind(
    name="Word2Vec",
    options_type=Word2VecOptions,
    state_type=Word2VecState,
    tensor_shapes=tensor_shapes,
    train_on="train a finished model on with Word2Vec.load(...).partial_fit(...)",
)


class Word2Vec(EmbeddingTrainer):
    """Word vectors by skip-gram or CBOW with negative sampling.

    Vectors are trained to distinguish the context of a word from negative samples, words drawn at random (Mikolov
    et al. 2013). Text is trained in blocks of words that share their negative samples (Ji et al. 2016), so that the
    computation consists of products of small matrices.

    Training needs 8 bytes x vocabulary x `vector_size` for the two tables, a few MB for each thread, and what
    `encode_corpus` needs for the text (at most `max_memory`).

    Parameters
    ----------
    architecture : {"skipgram", "cbow"}
        Predict the words around a word from it, or the word from those around it. CBOW is the faster one,
        skip-gram the better one for rare words and analogies.
    vector_size : int
        Floats in a word vector, D.
    window : int
        Farthest distance between a word and its context, in kept words.
    shrink_windows : bool
        Whether near words count more: with weight (window + 1 - distance) / window, as in word2vec. False
        gives all words of the window weight 1.
    window_weights : {"expected", "random"}, optional
        How `shrink_windows` is done: by weights, or by a window drawn for each word, of which the weights are
        the expectation. By default "expected" for skip-gram and "random" for CBOW, which measured best.
    negative : int
        Negative samples for each pair (for each word, in CBOW), in expectation.
    shared_negatives : int, optional
        Negative samples shared by 16 consecutive words, weighted so that each pair meets `negative` in
        expectation; a multiple of 4. More are slower and closer to independent draws. By default 32 for
        skip-gram, 24 with several shards, 16 for CBOW.
    ns_exponent : float
        Negative samples are drawn in proportion to count ** ns_exponent.
    sample : float
        Words whose share of the text is above this are thinned out at random; 0 keeps all words.
    min_count : int
        Rarer words are left out.
    max_vocab_size : int, optional
        The number of words that are kept, the most frequent ones; all by default.
    epochs : int
        Passes over the text.
    learning_rate : float, optional
        Learning rate at the start. By default 0.05 for skip-gram (0.049 with several shards), 0.1 for CBOW with the
        exact gradient and 0.05 with word2vec's, for CBOW in several shards 1.4 times as much; in `partial_fit` less
        for the vectors of known words.
    min_learning_rate : float
        Learning rate at the end; it falls linearly with the share of the text that is done. Never above
        `learning_rate`.
    cbow_mean : bool
        Whether CBOW averages the context's vectors or adds them up. Skip-gram has no use for it.
    gradient : {"exact", "word2vec"}
        The gradient of CBOW's mean, or word2vec's, which leaves out the division by the size of the context
        (Irsoy et al. 2020).
    mode : {"deterministic", "racing"}
        "deterministic": one seed gives one result, to the bit, at any number of threads (on one machine with
        the same versions). "racing": threads update the tables without waiting for each other (Hogwild), which is
        faster, and different each time with more than one thread.
    n_shards : int
        Parts of the text that are trained at the same time and put together 128 times an epoch or more often, on one
        machine or on many (see `wordvec.distributed.train`): the result depends on this number, not on the machines.
        1 trains the text from its beginning to its end. More need the tables three times.
    exchange : {"float32", "float16"}
        The type to which the steps of a row are rounded; with "float16" there is less to send where a machine has one
        shard.
    common_components : int
        Principal components of the trained vectors that are halved in `wv_`, which is then centred, too: what all
        vectors share says little about any word (Mu and Viswanath 2018, who remove the components). 0 leaves the
        vectors as they were trained. Mean and components are those of the 20,000 most frequent words; nothing changes
        with fewer than 10 x D words. `partial_fit` and checkpoints continue from the unchanged vectors. 2 is better
        for relatedness and a little worse for similarity, see the benchmarks.
    patience : int, optional
        Stop when the loss on the `validation` sentences of `fit` has not fallen for this number of epochs.
    init_vectors : KeyedVectors, optional
        Words found here start from their vectors instead of random ones.
    max_memory : int
        Bytes for the encoded text; what would pass it goes to a temporary file.
    checkpoint_every : int, optional
        Chunks of text (65,536 tokens; 262,144 in racing mode; rounds of shards) between two checkpoints. There is one
        at the end of each epoch in any case, if `fit` was given a `checkpoint`.
    n_jobs : int, optional
        Threads, at most one a core; -1 for all cores, None for one.
    random_state : int, RandomState or None
        The seed of every draw. None takes a new one, see `seed_`.
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    wv_ : KeyedVectors
        The word vectors: the input table, with common components reduced where `common_components` asks for it.
    context_vectors_ : float32 (V, D)
        The output table, as it was trained.
    vocabulary_ : Vocabulary
    loss_curve_ : list of float
        Loss of each epoch, in nats a pair: the weighted negative log-likelihood

            sum of w [log(1 + exp(-s)) + K/N sum over the N shared negatives of log(1 + exp(s_negative))]

        divided by the sum of the weights w of the true pairs (in CBOW, of words: w = 1). s is the score of a
        pair, K is `negative`, N is `shared_negatives`. Each term is taken before its update, in float64, on a
        seeded sample of the blocks: one in 64, more if an epoch has under 128,000 blocks, all if it has under
        4,000.
    validation_loss_curve_ : list of float
        The same on the `validation` sentences, at the end of each epoch.
    n_iter_ : int
        Epochs done.
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    fit_times_ : dict of str to float
        Seconds that the last fit took for "reading" (counting and encoding words) and "training".
    seed_ : int

    Examples
    --------
    A language of two topics, in which words that are used alike become neighbours. Of real text,
    ``LineCorpus("corpus.txt")`` takes the place of the list.

    >>> from wordvec import Word2Vec
    >>> import random
    >>> draw = random.Random(1)
    >>> animals, fruits = "cat dog horse cow".split(), "pear plum fig apple".split()
    >>> topics = [(animals, ["sleeps", "eats"]), (fruits, ["ripens", "falls"])]
    >>> sentences = [["the", draw.choice(nouns), draw.choice(verbs)] for nouns, verbs in topics * 500]
    >>> model = Word2Vec(vector_size=16, epochs=10, sample=0, random_state=1).fit(sentences)
    >>> sorted(word for word, _ in model.wv_.most_similar("cat", topn=3))
    ['cow', 'dog', 'horse']
    >>> model.wv_.doesnt_match(["pear", "plum", "dog", "fig"])
    'dog'

    References
    ----------
    Mikolov, Chen, Corrado and Dean (2013), "Efficient estimation of word representations in vector space",
    arXiv:1301.3781.

    Mikolov, Sutskever, Chen, Corrado and Dean (2013), "Distributed representations of words and phrases and their
    compositionality", arXiv:1310.4546.

    Ji, Satish, Li and Dubey (2016), "Parallelizing word2vec in shared and distributed memory", arXiv:1604.04661.

    Irsoy, Benton and Stratos (2020), "Corrected CBOW performs as well as skip-gram", arXiv:2012.15332.

    Mu and Viswanath (2018), "All-but-the-top: simple and effective postprocessing for word representations",
    arXiv:1702.01417.
    """

    _foreign_parameters = WORD2VEC_PARAMETERS
    _parameter_rules = WORD2VEC_RULES
    _kind = _KIND
    _options_type: type[Word2VecOptions] = Word2VecOptions
    _run_type: type[Word2VecRun] = Word2VecRun

    def __init__(
        self,
        architecture: str = "skipgram",
        *,
        vector_size: int = 100,
        window: int = 5,
        shrink_windows: bool = True,
        window_weights: str | None = None,
        negative: int = 5,
        shared_negatives: int | None = None,
        ns_exponent: float = 0.75,
        sample: float = 1e-3,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        epochs: int = 5,
        learning_rate: float | None = None,
        min_learning_rate: float = 1e-4,
        cbow_mean: bool = True,
        gradient: str = "exact",
        mode: str = "deterministic",
        n_shards: int = 1,
        exchange: str = "float32",
        common_components: int = 0,
        patience: int | None = None,
        init_vectors: KeyedVectors | None = None,
        max_memory: int = DEFAULT_MAX_MEMORY,
        checkpoint_every: int | None = None,
        n_jobs: int | None = -1,
        random_state: Any = 1,
        verbose: bool | None = None,
    ) -> None:
        self.architecture = architecture
        self.vector_size = vector_size
        self.window = window
        self.shrink_windows = shrink_windows
        self.window_weights = window_weights
        self.negative = negative
        self.shared_negatives = shared_negatives
        self.ns_exponent = ns_exponent
        self.sample = sample
        self.min_count = min_count
        self.max_vocab_size = max_vocab_size
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.min_learning_rate = min_learning_rate
        self.cbow_mean = cbow_mean
        self.gradient = gradient
        self.mode = mode
        self.n_shards = n_shards
        self.exchange = exchange
        self.common_components = common_components
        self.patience = patience
        self.init_vectors = init_vectors
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
        validation: Sentences | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
    ) -> Word2Vec:
        """Train from the beginning.

        Ctrl-C stops at the end of a chunk; the model then holds what it has learned so far, and
        `interrupted_` is True.

        Parameters
        ----------
        X : LineCorpus, or iterable of lists of str that can be read more than once
            Sentences.
        y : ignored
        validation : like `X`, optional
            Held-out text whose loss is taken after each epoch; see `patience`.
        checkpoint : path, optional
            Folder in which the state of training is kept; it is made if it does not exist.
        resume : bool
            Go on from the checkpoint there, if there is one. The result is the same, to the bit, as without
            the interruption (in deterministic mode).

        Raises
        ------
        TypeError, ValueError
            If a parameter, the text or the checkpoint is invalid; without `resume`, if there is the
            checkpoint of a run that has not ended.
        FloatingPointError
            If training diverges.
        """
        options = self._options_type.of(self)
        owner = type(self).__name__
        if self.patience is not None and validation is None:
            rule = "be None where fit has no held-out text"
            raise ParameterError("patience", owner, rule, self.patience, "Pass {validation} to fit, too.")
        with checkpoint_in(checkpoint, resume, f"{owner}.fit") as path:
            watch = Stopwatch()
            with ReadingBar(self.verbose) as bar:
                vocabulary, encoded = encode_corpus(
                    X,
                    min_count=self.min_count,
                    max_vocab_size=self.max_vocab_size,
                    max_memory=self.max_memory,
                    progress=bar.update_to,
                )
            watch.lap("reading")
            tables = self._new_tables(options, vocabulary)
            self._train(options, vocabulary, encoded, tables, validation, path, resume)
            self.fit_times_ = watch.lap("training")
        return self

    def partial_fit(self, X: Sentences, y: Any = None) -> Word2Vec:
        """Train on with new text; new words that are frequent enough join the vocabulary.

        Known words keep their rows, new ones follow. Takes `epochs` passes over the new text; `loss_curve_` is
        that of the new text. `patience` does not matter here. Without a model so far it is `fit`.

        Where `learning_rate` is None, what was learned is kept: the learning rate falls from the start as in
        `fit`, but a known word's vector takes a part of it, n / (n + 2 c) for a word that occurred c times before
        and n times in the new text. New words and `context_vectors_` take all of it. A `learning_rate` that is
        set holds for all rows as it is; that of a first training would forget much of it.

        Parameters
        ----------
        X : as for `fit`
        y : ignored
        """
        if not hasattr(self, "wv_"):
            return self.fit(X)
        options = self._options_type.of(self)
        fitted = self._stored.options
        for name in self._fixed(fitted):
            if getattr(options, name) != getattr(fitted, name):
                rule, fix = (
                    f"keep the value of the first fit, {getattr(fitted, name)}",
                    "Set it back, or call fit.",
                )
                raise ParameterError(name, type(self).__name__, rule, getattr(options, name), fix)
        watch = Stopwatch()
        seen = Vocabulary.from_corpus(X, min_count=1)
        words, counts = np.array(seen.index_to_key, object), seen.counts
        is_known = np.array([word in self.vocabulary_ for word in words])
        taken = is_known | (counts >= self.min_count)
        if self.max_vocab_size is not None:
            # The most frequent new words come first.
            fresh = np.flatnonzero(taken & ~is_known)
            taken[fresh[max(0, self.max_vocab_size - len(self.vocabulary_)) :]] = False
        vocabulary = self.vocabulary_.update(Vocabulary(words[taken].tolist(), counts[taken]))
        vocabulary, encoded = encode_corpus(X, vocabulary=vocabulary, max_memory=self.max_memory)
        watch.lap("reading")
        tables = self._grown_tables(options, vocabulary)
        row_rates = None
        if self.learning_rate is None:
            row_rates = rates_of_rows(self.vocabulary_.counts, vocabulary.counts)
        self._train(options, vocabulary, encoded, tables, None, None, False, row_rates)
        self.fit_times_ = watch.lap("training")
        return self

    @staticmethod
    def _fixed(options: Any) -> tuple[str, ...]:
        """Return the options that decide the shapes of tables, which `partial_fit` keeps."""
        return ("vector_size",)

    def _new_tables(self, options: Any, vocabulary: Vocabulary) -> Any:
        """Return what a run starts from."""
        tables = new_tables(len(vocabulary), options.vector_size, options.seed)
        if self.init_vectors is not None:
            rows, source_rows = shared_rows(self.init_vectors, vocabulary, "Word2Vec")
            tables[rows, : options.vector_size] = self.init_vectors.vectors[source_rows]
        return tables

    def _grown_tables(self, options: Any, vocabulary: Vocabulary) -> Any:
        """Return what a run goes on from with a vocabulary whose first words are those of the model."""
        n_old, n_words = len(self.vocabulary_), len(vocabulary)
        tables = new_tables(n_words, options.vector_size, options.seed)
        known = tables[:n_old, : options.vector_size]
        if "common" in self._stored.tensors:
            restore(self.wv_.vectors, self._stored.tensors["common"], known)
        else:
            known[:] = self.wv_.vectors
        tables[n_words : n_words + n_old, : options.vector_size] = self.context_vectors_
        return tables

    def _train(
        self,
        options: Any,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        tables: Any,
        validation: Sentences | None,
        checkpoint: Path | None,
        resume: bool,
        row_rates: np.ndarray | None = None,
    ) -> None:
        n_threads = n_threads_for(self.n_jobs)
        run: Any
        if options.n_shards > 1:
            shards = Shards(len(encoded.token_ids), options.n_shards)
            whole = self._run_type(options, vocabulary, encoded, tables, n_threads, row_rates, shards)
            run = ShardedRun(whole, encoded)
        else:
            run = self._run_type(options, vocabulary, encoded, tables, n_threads, row_rates)
        held_out = None if validation is None else encode_validation(self, validation, run, vocabulary)
        corpus_hash, inputs = "", {}
        if checkpoint is not None:
            corpus_hash = hash_corpus(vocabulary, encoded)
            inputs = {"validation": None if held_out is None else hash_corpus(vocabulary, held_out)}
        train_run(
            self,
            run,
            options,
            vocabulary,
            scale=encoded.n_raw_tokens / run.n_items,
            corpus_hash=corpus_hash,
            inputs=inputs,
            held_out=held_out,
            checkpoint=checkpoint,
            resume=resume,
        )

    def _checkpoint(self, kind: ModelKind, options: Any, *parts: Any) -> Checkpoint:
        return marked_whole(super()._checkpoint(kind, options, *parts))

    def _set_fitted(self, stored: Checkpoint) -> None:
        stored = lessened(stored)
        vocabulary = stored.vocabulary
        self.wv_ = KeyedVectors(stored.tensors["input"], vocabulary.index_to_key, vocabulary.counts)
        # The array of the attribute, so that a pickle holds each table once.
        self._set_state(stored, {**stored.tensors, "input": self.wv_.vectors})

    def _set_state(self, stored: Checkpoint, tensors: dict[str, np.ndarray]) -> None:
        state = stored.state
        self.vocabulary_ = stored.vocabulary
        self.context_vectors_ = tensors["output"]
        self.loss_curve_ = state.loss_curve
        self.validation_loss_curve_ = state.validation_loss_curve
        self.n_iter_ = state.epoch
        self.interrupted_ = False
        self.seed_ = stored.options.seed
        self._stored = replace(stored, tensors=tensors)
