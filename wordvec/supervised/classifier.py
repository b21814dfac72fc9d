"""`EmbeddingClassifier`: a text classifier on averaged word and n-gram embeddings, trained on labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.progress import TrainingBar
from wordvec._utils.threads import n_threads_for
from wordvec.embeddings.base import shared_rows, stored_parameters, warn_if_interrupted
from wordvec.supervised.features import FeatureTable, rank_words, select_ngrams
from wordvec.supervised.files import StoredClassifier, tables_of
from wordvec.supervised.labels import (
    balanced_weights,
    check_classes,
    check_sample_weight,
    checked_validation,
    look_up_labels,
    named_weights,
    number_labels,
    without_zeros,
)
from wordvec.supervised.options import (
    SUPERVISED_RULES,
    FeatureLimits,
    HashedLimits,
    SupervisedOptions,
    checked_options,
)
from wordvec.supervised.predictor import EmbeddingPredictor
from wordvec.supervised.training import SupervisedRun, new_model
from wordvec.text.encoded_texts import encode_all, look_up
from wordvec.text.lists import check_texts
from wordvec.text.tokenized_texts import EncodedTexts
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.keyed_vectors import KeyedVectors

_OWNER = "EmbeddingClassifier"
# Parameters that decide the rows of the table and the encoding of texts.
_FIXED = (
    "vector_size", "word_ngrams", "min_count", "min_ngram_count", "max_ngrams", "tokenizer", "lowercase",
)  # fmt: skip


class EmbeddingClassifier(EmbeddingPredictor):
    """Classify texts by the mean of the embeddings of their words and n-grams.

    Known as fastText's supervised mode (Joulin et al. 2016): embeddings and a softmax layer are trained jointly on the
    labels. Here training uses AdaGrad instead of plain gradient steps, which needs fewer epochs and no tuning of the
    learning rate, and n-grams are not hashed into shared buckets: each n-gram seen in training has a row of its own,
    and others are ignored. The same seed gives the same bits with any number of threads.

    Parameters
    ----------
    vector_size : int
        Floats in an embedding, D.
    word_ngrams : int
        Length of the longest n-gram in words; 1 for words alone.
    epochs : int
        Passes over the texts.
    learning_rate : float
        AdaGrad's initial learning rate; it decays linearly to zero.
    dropout : float
        Fraction of the words and n-grams of a text that are dropped at random in training.
    min_count, min_ngram_count : int
        Rarer words and n-grams are left out. N-grams are made of the kept words.
    max_ngrams : int
        Keep only this many n-grams, the most frequent ones; a row takes 4 * (vector_size + 1) bytes or a little more.
        Ignored with `bucket`.
    tokenizer : {"auto", "whitespace", "word", "ptb", "ud", "zh", "chars"} or callable
        How raw texts are tokenized, see `wordvec.text.resolve_tokenizer`; "auto" chooses "zh" if most texts are
        Chinese, else "word". Lists of tokens are used as they are.
    lowercase : bool, optional
        Whether the tokens of raw texts are lower-cased; by default they are, except with `bucket`.
    class_weight : "balanced", dict of class to float, or None
        Weights of the classes; "balanced" makes them inversely proportional to the class frequencies. In training,
        frequent classes must win by a margin, so that the predicted probabilities are those for a class distribution
        adjusted by the weights, and rare classes are predicted more often (logit adjustment, Menon et al. 2021).
    init_vectors : KeyedVectors, optional
        Initial vectors of `vector_size` floats; n-grams and other words start from random vectors.
    patience : int, optional
        Early stopping with validation texts: stop after this many epochs without a better model, see `best_epoch_`.
    mode : {"deterministic", "racing"}
        Whether threads synchronise, so that a seed determines the result, or not.
    n_jobs : int, optional
        Threads, at most one per core; -1 for all cores.
    random_state : int, RandomState or None
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.
    bucket : int, optional
        Number of rows into which n-grams are hashed, as in fastText: the result is a fastText model, which is saved as
        .bin, or after `quantize` as .ftz, and which fastText reads. Texts are split at white space, the end of a line
        counts as a word, labels are str. Training needs 4 bytes for each word and n-gram of all texts.
    min_n, max_n : int
        With `bucket`: lengths of the shortest and of the longest character n-grams of each word; ``max_n=0`` means
        none.
    loss : {"softmax", "hs", "ova"}
        With `bucket`: softmax over all classes; hierarchical softmax, which is faster with hundreds of classes; or
        one-vs-all, where each class is decided on its own, so that a text may have several labels, or none.

    Attributes
    ----------
    classes_ : ndarray (C,)
    wv_ : KeyedVectors
        The embeddings of the words.
    weights_ : float32 (C, D)
        The softmax layer.
    class_prior_ : float64 (C,)
        Class frequencies in training, weighted by `class_weight` (with `bucket`, unweighted, since fastText files store
        counts); a text without any known word gets them as probabilities.
    loss_curve_ : list of float
        Loss of each epoch: the weighted mean over texts of -log(probability of their class), with the margins of
        `class_weight`, each evaluated in training before its step, summed in float64.
    validation_loss_curve_, validation_scores_ : list of float
        Loss and accuracy on the validation texts after each epoch, if there are any.
    n_iter_ : int
        Epochs done.
    best_epoch_ : int
        The epoch of the final model: with validation texts the one with the highest accuracy on them, ties broken by
        lower loss; otherwise the last one.
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    seed_ : int

    Examples
    --------
    >>> from wordvec import EmbeddingClassifier
    >>> texts = ["a good film", "good and funny", "a bad film", "bad and dull"]
    >>> model = EmbeddingClassifier(epochs=50).fit(texts, ["pos", "pos", "neg", "neg"])
    >>> model.predict(["so good", "so bad"]).tolist()
    ['pos', 'neg']

    References
    ----------
    Joulin, Grave, Bojanowski and Mikolov (2016), "Bag of tricks for efficient text classification",
    arXiv:1607.01759.

    Morin and Bengio (2005), "Hierarchical probabilistic neural network language model", AISTATS.

    Menon, Jayasumana, Rawat, Jain, Veit and Kumar (2021), "Long-tail learning via logit adjustment", ICLR,
    arXiv:2007.07314.

    Duchi, Hazan and Singer (2011), "Adaptive subgradient methods for online learning and stochastic optimization",
    JMLR 12.
    """

    _parameter_rules = SUPERVISED_RULES

    def __init__(
        self,
        *,
        vector_size: int = 50,
        word_ngrams: int = 2,
        epochs: int = 15,
        learning_rate: float = 0.05,
        dropout: float = 0.2,
        min_count: int = 1,
        min_ngram_count: int = 1,
        max_ngrams: int = 2_000_000,
        tokenizer: Any = "auto",
        lowercase: bool | None = None,
        class_weight: Any = None,
        init_vectors: KeyedVectors | None = None,
        patience: int | None = None,
        mode: str = "deterministic",
        n_jobs: int | None = -1,
        random_state: Any = 1,
        verbose: bool | None = None,
        bucket: int | None = None,
        min_n: int = 3,
        max_n: int = 0,
        loss: str = "softmax",
    ) -> None:
        self.vector_size = vector_size
        self.word_ngrams = word_ngrams
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.min_count = min_count
        self.min_ngram_count = min_ngram_count
        self.max_ngrams = max_ngrams
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.class_weight = class_weight
        self.init_vectors = init_vectors
        self.patience = patience
        self.mode = mode
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.bucket = bucket
        self.min_n = min_n
        self.max_n = max_n
        self.loss = loss

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, validation: tuple[Any, Any] | None = None
    ) -> EmbeddingClassifier:
        """Train from scratch.

        Ctrl-C during training stops it; the model then holds what it has learned so far, and `interrupted_`
        is True.

        Parameters
        ----------
        X : list of str, or of lists of str
            Texts, or their tokens.
        y : list or array (n_texts,)
            The class of each text; with ``loss="ova"`` also a list of labels.
        sample_weight : array (n_texts,), optional
            The weight of each text in the loss; texts with weight 0 are left out.
        validation : tuple of texts and labels, optional
            Held-out texts on which the best epoch is selected. Do not report final scores on them.

        Raises
        ------
        TypeError, ValueError
            If a parameter, a text or a label is invalid; the message names the row.
        FloatingPointError
            If training diverges.
        """
        options, limits = checked_options(self)
        texts = check_texts(X, _OWNER)
        weights = check_sample_weight(sample_weight, len(texts), _OWNER)
        texts, labels, weights = without_zeros(texts, y, weights)
        if isinstance(limits, HashedLimits):
            return self._fit_hashed(options, limits, texts, labels, weights, validation)
        classes, numbers = number_labels(labels, len(texts), _OWNER)
        return self._fit_first(options, limits, texts, classes, numbers, weights, validation)

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> EmbeddingClassifier:
        """Continue training with more texts; start a model if there is none.

        The first call, or `fit`, chooses the words and n-grams that have a row, so its texts should be representative.
        Later calls ignore new words and n-grams, as `predict` does.

        Each call makes `epochs` passes over the texts, with the learning rate decaying from its initial value as in
        `fit`; AdaGrad's sums are carried over, also in a loaded model. `loss_curve_`, `n_iter_`, `best_epoch_` and
        `seed_` describe the last call; `class_prior_` and the word counts cover all calls. `patience` is ignored here,
        `init_vectors` is used only in the first call. Ctrl-C works as in `fit`.

        Parameters
        ----------
        X, y : as for `fit`
        classes : list or array, optional
            All classes, including those of later calls. Needed only in the first call, if its labels do not include all
            classes.
        sample_weight : as for `fit`

        Raises
        ------
        TypeError, ValueError
            If a parameter, a text or a label is invalid, `class_weight` is "balanced", a
            parameter that determines the rows has changed since the first call, or no text has a known word. The model
            is left unchanged.
        FloatingPointError
            If training diverges. The model is left unchanged.
        """
        options, limits = checked_options(self)
        if self._hashed is not None or isinstance(limits, HashedLimits):
            raise ValueError(
                f"{_OWNER}.partial_fit does not train classifiers of fastText's kind, with n-grams in buckets. "
                "Call fit on all texts."
            )
        if self.class_weight == "balanced":
            rule = "be a dict of class to weight, or None, for partial_fit, which does not know the labels to come"
            raise ParameterError("class_weight", _OWNER, rule, self.class_weight)
        owner = f"{_OWNER}.partial_fit"
        texts = check_texts(X, owner)
        weights = check_sample_weight(sample_weight, len(texts), owner)
        texts, y, weights = without_zeros(texts, y, weights)
        if hasattr(self, "classes_"):
            self._check_unchanged(classes, owner)
            numbers = look_up_labels(y, len(texts), self.classes_, owner).astype(np.int32)
            return self._fit_on(options, texts, numbers, weights)
        if classes is None:
            advice = "Name all classes in the first call: partial_fit(X, y, classes)."
            classes, numbers = number_labels(y, len(texts), owner, advice)
        else:
            classes = check_classes(classes, owner)
            numbers = look_up_labels(y, len(texts), classes, owner).astype(np.int32)
        return self._fit_first(options, limits, texts, classes, numbers, weights, None)

    def _check_unchanged(self, classes: Any, owner: str) -> None:
        """Raise ValueError if classes or row parameters differ from those of the model."""
        if classes is not None and not np.array_equal(check_classes(classes, owner), self.classes_):
            rule = f"be the classes of the first call, {self.classes_.tolist()}"
            raise ParameterError("classes", owner, rule, classes, "Leave it out, or call fit.")
        given, fitted = self._parameters(self.seed_), self._stored.parameters
        for name in _FIXED:
            if given[name] != fitted[name]:
                rule = f"keep the value of the first fit, {fitted[name]!r}"
                raise ParameterError(name, _OWNER, rule, given[name], "Set it back, or call fit.")

    def _fit_first(
        self,
        options: SupervisedOptions,
        limits: FeatureLimits,
        texts: Sequence[Any],
        classes: np.ndarray,
        numbers: np.ndarray,
        sample_weight: np.ndarray | None,
        validation: tuple[Any, Any] | None,
    ) -> EmbeddingClassifier:
        """Choose the rows from the texts and train a new model."""
        if self.class_weight == "balanced":
            class_weight = balanced_weights(len(classes), numbers, sample_weight)
        else:
            class_weight = named_weights(self.class_weight, classes, _OWNER)
        self._choose_tokenizer(self.tokenizer, self.lowercase is not False, texts)
        vocabulary, encoded = self._encode(texts, limits.min_count)
        n_words = len(vocabulary)
        features = FeatureTable(select_ngrams(encoded, n_words, limits), n_words, limits.word_ngrams)
        held_out = None if validation is None else self._held_out(validation, classes, vocabulary, features)
        model = new_model(len(features), len(classes), options.vector_size, options.seed)
        if self.init_vectors is not None:
            rows, source_rows = shared_rows(self.init_vectors, vocabulary, _OWNER)
            model.table[rows, : options.vector_size] = self.init_vectors.vectors[source_rows]
        n_threads = n_threads_for(self.n_jobs)
        run = SupervisedRun(
            options,
            features.rows(encoded),
            numbers,
            class_weight,
            model,
            n_threads,
            sample_weight=sample_weight,
        )
        stored = StoredClassifier(
            parameters=self._parameters(options.seed),
            tokenizer=self._tokenizer_record,
            word_ngrams=limits.word_ngrams,
            classes=classes,
            class_counts=np.bincount(numbers, sample_weight, len(classes)),
            words=vocabulary.index_to_key,
            counts=vocabulary.counts,
            ngram_keys=features.ngram_keys,
            **tables_of(model, options.vector_size),
            state=run.state,
        )
        return self._train(run, stored, held_out)

    def _fit_hashed(
        self,
        options: SupervisedOptions,
        limits: HashedLimits,
        texts: Sequence[Any],
        y: Any,
        sample_weight: np.ndarray | None,
        validation: tuple[Any, Any] | None,
    ) -> EmbeddingClassifier:
        """Train a model in fastText's format."""
        from wordvec.supervised.hashed_training import HashedRun, checked_lines_and_labels

        lines, class_weight, held_out = checked_lines_and_labels(
            texts, y, limits.loss, self.class_weight, sample_weight, validation
        )
        n_threads = n_threads_for(self.n_jobs)
        training = HashedRun(
            lines, options, limits, class_weight, n_threads, sample_weight, self.init_vectors
        )
        run = training.run
        with TrainingBar(self.verbose, total=run.n_items * options.epochs, done=0, unit="text") as bar:
            is_whole = training.train(bar.update_to, held_out, self.patience)
        self._set_hashed(training.trained())
        self._set_record(run.state, options.seed)
        warn_if_interrupted(self, run, is_whole, stacklevel=3)
        return self

    def _fit_on(
        self,
        options: SupervisedOptions,
        texts: Sequence[Any],
        numbers: np.ndarray,
        sample_weight: np.ndarray | None,
    ) -> EmbeddingClassifier:
        """Continue training a copy of the model, which replaces the model at the end."""
        stored = self._stored
        class_weight = named_weights(self.class_weight, stored.classes, _OWNER)
        encoded = look_up(texts, self._tokenize, self.wv_.key_to_index, _OWNER)
        known = encoded.ids[encoded.ids >= 0]
        if not len(known):
            raise ValueError(
                f"The texts of {_OWNER}.partial_fit hold no known word. Its first call chooses the words: "
                "pass representative texts there, or call fit on all texts."
            )
        run = SupervisedRun(
            options,
            self._features.rows(encoded),
            numbers,
            class_weight,
            stored.model(),
            n_threads_for(self.n_jobs),
            stored.state.n_earlier_epochs + stored.state.epoch,
            sample_weight,
        )
        trained_on = dataclasses.replace(
            stored,
            parameters=self._parameters(options.seed),
            class_counts=stored.class_counts + np.bincount(numbers, sample_weight, len(stored.classes)),
            counts=stored.counts + np.bincount(known, minlength=len(stored.words)),
            state=run.state,
        )
        return self._train(run, trained_on, None)

    def _train(
        self, run: SupervisedRun, stored: StoredClassifier, held_out: tuple[EncodedTexts, np.ndarray] | None
    ) -> EmbeddingClassifier:
        """Run the training; the model is then `stored` with the tables and the state of the run."""
        n_items = run.n_items * run.options.epochs
        with TrainingBar(self.verbose, total=n_items, done=0, unit="text") as bar:
            is_whole = run.train_keeping_best(
                stored.prior, on_chunk=bar.update_to, held_out=held_out, patience=self.patience
            )
        self._set_fitted(stored, run.model)
        warn_if_interrupted(self, run, is_whole, stacklevel=4)
        return self

    def _encode(self, texts: Sequence[Any], min_count: int) -> tuple[Vocabulary, EncodedTexts]:
        encoded, words = encode_all(texts, self._tokenize, _OWNER)
        encoded, words, counts = rank_words(encoded, words, min_count)
        return Vocabulary(words, counts), encoded

    def _held_out(
        self, validation: Any, classes: np.ndarray, vocabulary: Vocabulary, features: FeatureTable
    ) -> tuple[EncodedTexts, np.ndarray]:
        """Return the rows of the validation texts, and their labels as class indices."""
        owner = f"{_OWNER}.fit's validation"
        texts, labels = checked_validation(validation, f"{_OWNER}.fit")
        texts = check_texts(texts, owner)
        numbers = look_up_labels(labels, len(texts), classes, owner)
        encoded = look_up(texts, self._tokenize, vocabulary.key_to_index, owner)
        return features.rows(encoded), numbers

    def _parameters(self, seed: int) -> dict[str, Any]:
        parameters = stored_parameters(self, seed)
        if callable(self.tokenizer):
            parameters["tokenizer"] = None
        return parameters
