"""Averaged word and n-gram embeddings trained with the labels, as a scikit-learn classifier of texts."""

from __future__ import annotations

import dataclasses
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_is_fitted

from wordvec._encoded_texts import (
    EncodedTexts,
    check_texts,
    choose_tokenizer,
    encode_all,
    look_up,
    tokenizer_name,
)
from wordvec._estimators import check_init_vectors, shared_rows, stored_parameters
from wordvec._progress import TrainingBar
from wordvec._validation import check_bool
from wordvec.supervised_features import FeatureTable, rank_words, select_ngrams
from wordvec.supervised_files import StoredClassifier, read_classifier, write_classifier
from wordvec.supervised_labels import look_up_labels, number_labels
from wordvec.supervised_training import (
    SupervisedRun,
    check_supervised_options,
    model_of,
    new_model,
    probabilities,
)
from wordvec.training import n_threads_for
from wordvec.vectors import KeyedVectors
from wordvec.vocabulary import Vocabulary

_OWNER = "EmbeddingClassifier"


class EmbeddingClassifier(ClassifierMixin, BaseEstimator):
    """Classify texts by the mean of the embeddings of their words and n-grams.

    Joulin, Grave, Bojanowski and Mikolov (2016), arXiv:1607.01759, known as fastText's supervised mode:
    embeddings and a softmax layer are trained together on the labels. Here steps are AdaGrad's instead of plain
    gradient steps, which needs fewer epochs and no choice of the step size, and n-grams are not hashed into
    buckets that may hold several: each that was seen in training has a row of its own, and there are no others.
    The same seed gives the same bits at any number of threads.

    Parameters
    ----------
    vector_size : int
        Floats in an embedding, D.
    word_ngrams : int
        Words of the longest n-gram; 1 for words alone.
    epochs : int
        Passes over the texts.
    learning_rate : float
        AdaGrad's step size at the start; it falls linearly to zero.
    dropout : float
        Share of the words and n-grams that are left out of a text at random in training.
    min_count, min_ngram_count : int
        Rarer words and n-grams are left out. An n-gram is made of words that are kept.
    max_ngrams : int
        Only so many n-grams are kept, the most frequent ones; a row takes 4 * (vector_size + 1) bytes or a
        little more.
    tokenizer : {"auto", "word", "whitespace", "zh"} or callable
        How a raw text becomes tokens, see `wordvec.text.resolve_tokenizer`; "auto" chooses "zh" for texts with
        many Han characters, "word" for others. Lists of tokens are taken as they are.
    lowercase : bool
        Whether the tokens of raw texts are lower-cased.
    class_weight : "balanced", dict of class to float, or None
        Weights of the losses of classes; "balanced" is inverse to how often they occur.
    init_vectors : KeyedVectors, optional
        Vectors to start from, of `vector_size` floats; n-grams and other words start at random.
    patience : int, optional
        With validation texts: stop when so many epochs have brought no better model, see `best_epoch_`.
    mode : {"deterministic", "racing"}
        Whether threads wait for each other, so that one seed gives one result, or not.
    n_jobs : int, optional
        Threads, at most one a core; -1 for all cores.
    random_state : int, RandomState or None
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Attributes
    ----------
    classes_ : ndarray (C,)
    wv_ : KeyedVectors
        The embeddings of the words.
    weights_ : float32 (C, D)
        The softmax layer.
    class_prior_ : float64 (C,)
        Shares of the classes in training; what a text without any known word gets as probabilities.
    loss_curve_ : list of float
        Loss of each epoch: the mean over texts of -log(probability of their class), weighted by class, each
        taken in training before its step, summed in float64.
    validation_loss_curve_, validation_scores_ : list of float
        Loss and accuracy on the validation texts after each epoch, if there are any.
    n_iter_ : int
        Epochs done.
    best_epoch_ : int
        The epoch whose model it is: with validation texts the one with the highest accuracy on them, the lower
        loss where equal, else the last one.
    interrupted_ : bool
        Whether Ctrl-C ended training early.
    seed_ : int

    Examples
    --------
    >>> from wordvec.supervised import EmbeddingClassifier
    >>> texts = ["a good film", "good and funny", "a bad film", "bad and dull"]
    >>> model = EmbeddingClassifier(epochs=50).fit(texts, ["pos", "pos", "neg", "neg"])
    >>> model.predict(["so good", "so bad"]).tolist()
    ['pos', 'neg']
    """

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
        lowercase: bool = True,
        class_weight: Any = None,
        init_vectors: KeyedVectors | None = None,
        patience: int | None = None,
        mode: str = "deterministic",
        n_jobs: int | None = -1,
        random_state: Any = 1,
        verbose: bool | None = None,
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

    def fit(
        self, texts: Any, labels: Any, *, validation: tuple[Any, Any] | None = None
    ) -> EmbeddingClassifier:
        """Train from the beginning.

        Ctrl-C during training stops it; the model then holds what it has learned so far, and `interrupted_`
        is True.

        Parameters
        ----------
        texts : list of str, or of lists of str
        labels : list or array (n_texts,); one class each
        validation : tuple of texts and labels, optional
            Held-out texts that choose the epoch to keep. They must not be the ones to report figures on.

        Raises
        ------
        TypeError, ValueError
            If a parameter, a text or a label is not what it should be; the message names the row.
        FloatingPointError
            If training diverges.
        """
        options, limits = check_supervised_options(self)
        check_init_vectors(self.init_vectors, options.vector_size, _OWNER)
        lowercase = check_bool("lowercase", self.lowercase, _OWNER)
        texts = check_texts(texts, _OWNER)
        classes, numbers = number_labels(labels, len(texts), _OWNER)
        class_weight = compute_class_weight(self.class_weight, classes=classes, y=classes[numbers])
        self._choose_tokenizer(self.tokenizer, lowercase, texts)
        vocabulary, encoded = self._encode(texts, limits.min_count)
        n_words = len(vocabulary)
        features = FeatureTable(select_ngrams(encoded, n_words, limits), n_words, limits.word_ngrams)
        held_out = None if validation is None else self._held_out(validation, classes, vocabulary, features)
        model = new_model(len(features), len(classes), options.vector_size, options.seed)
        if self.init_vectors is not None:
            rows, source_rows = shared_rows(self.init_vectors, vocabulary, _OWNER)
            model.table[rows, : options.vector_size] = self.init_vectors.vectors[source_rows]
        prior = np.bincount(numbers) / len(numbers)
        n_threads = n_threads_for(self.n_jobs)
        run = SupervisedRun(options, features.rows(encoded), numbers, class_weight, model, n_threads)
        n_items = len(run.used) * options.epochs
        with TrainingBar(self.verbose, total=n_items, done=0, unit="text") as bar:
            is_whole = run.train(prior, on_chunk=bar.update_to, held_out=held_out, patience=self.patience)
        self._set_fitted(
            StoredClassifier(
                parameters=self._parameters(options.seed),
                tokenizer=self._tokenizer_name,
                word_ngrams=limits.word_ngrams,
                classes=classes,
                prior=prior,
                words=vocabulary.index_to_key,
                counts=vocabulary.counts,
                ngram_keys=features.ngram_keys,
                vectors=model.table[:, : options.vector_size],
                weights=model.weights[:, : options.vector_size],
                state=run.state,
            )
        )
        self.interrupted_ = not is_whole
        if self.interrupted_:
            warnings.warn(
                f"Training was interrupted in epoch {run.state.epoch + 1} of {options.epochs}. "
                "The model holds what it has learned so far.",
                stacklevel=2,
            )
        return self

    def predict_proba(self, texts: Any) -> np.ndarray:
        """Return the probabilities of the classes, float64 (n_texts, C), in the order of `classes_`.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        TypeError
            If a text is neither str nor a list of str; the message names the row.
        """
        check_is_fitted(self)
        encoded = look_up(check_texts(texts, _OWNER), self._tokenize, self.wv_.key_to_index, _OWNER)
        rows, size = self._features.rows(encoded), self.wv_.vector_size
        return probabilities(self._model, size, rows, self.class_prior_, n_threads_for(self.n_jobs))

    def predict(self, texts: Any) -> np.ndarray:
        """Return the most probable class of each text, of several the first.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        TypeError
            If a text is neither str nor a list of str; the message names the row.
        """
        places = self.predict_proba(texts).argmax(axis=1)
        return self.classes_[places]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to one safetensors file, without `init_vectors` and a tokenizer that is a callable.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        ValueError
            If the classes are neither str, int nor bool.
        OSError
            If the file cannot be written.
        """
        write_classifier(Path(path), self.to_stored())

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> EmbeddingClassifier:
        """Read a model that `save` wrote.

        Parameters
        ----------
        path : path
        tokenizer : callable, optional
            The one of training, if it was a callable: a file cannot hold it.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a whole file of a classifier, a newer version wrote it, or its tokenizer is missing.
        """
        stored = read_classifier(Path(path))
        if (stored.tokenizer is None) != callable(tokenizer):
            needs = (
                "was trained with a callable as tokenizer; pass it"
                if stored.tokenizer is None
                else "has its own"
            )
            raise ValueError(f"The tokenizer parameter of {_OWNER}.load: the model {str(path)!r} {needs}.")
        return cls.from_stored(stored, tokenizer)

    def to_stored(self) -> StoredClassifier:
        """Return what `save` writes, for files that hold a classifier beside other things.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        """
        check_is_fitted(self)
        return self._stored

    @classmethod
    def from_stored(cls, stored: StoredClassifier, tokenizer: Any = None) -> EmbeddingClassifier:
        """Return the model of `to_stored`; with the tokenizer of training, if that was a callable."""
        if callable(tokenizer):
            stored.parameters["tokenizer"] = tokenizer
        model = cls(**stored.parameters)
        model._choose_tokenizer(tokenizer or stored.tokenizer, model.lowercase, [])
        model._set_fitted(stored)
        model.interrupted_ = False
        return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def _choose_tokenizer(self, tokenizer: Any, lowercase: bool, texts: list[Any]) -> None:
        self._tokenizer_name = None if callable(tokenizer) else tokenizer_name(tokenizer, texts, _OWNER)
        self._tokenize = choose_tokenizer(self._tokenizer_name or tokenizer, lowercase, texts, _OWNER)

    def _encode(self, texts: list[Any], min_count: int) -> tuple[Vocabulary, EncodedTexts]:
        encoded, words = encode_all(texts, self._tokenize, _OWNER)
        encoded, words, counts = rank_words(encoded, words, min_count)
        return Vocabulary(words, counts), encoded

    def _held_out(
        self, validation: Any, classes: np.ndarray, vocabulary: Vocabulary, features: FeatureTable
    ) -> tuple[EncodedTexts, np.ndarray]:
        """Return rows of the validation texts, and their labels as numbers of classes."""
        if not isinstance(validation, (tuple, list)) or len(validation) != 2:
            raise TypeError(
                f"The validation parameter of {_OWNER}.fit must be a tuple of texts and labels. "
                f"Got {type(validation).__name__} instead."
            )
        owner = f"{_OWNER}.fit's validation"
        texts = check_texts(validation[0], owner)
        numbers = look_up_labels(validation[1], len(texts), classes, owner)
        encoded = look_up(texts, self._tokenize, vocabulary.key_to_index, owner)
        return features.rows(encoded), numbers

    def _parameters(self, seed: int) -> dict[str, Any]:
        parameters = stored_parameters(self, seed)
        if callable(self.tokenizer):
            parameters["tokenizer"] = None
        if isinstance(self.class_weight, dict):
            # JSON's keys are str; the weights have done their work.
            parameters["class_weight"] = None
        return parameters

    def _set_fitted(self, stored: StoredClassifier) -> None:
        self._stored = stored  # what `save` writes: parameters may be set anew before that
        self._prepare()
        self.classes_ = stored.classes
        self.class_prior_ = stored.prior
        self.wv_ = KeyedVectors(stored.vectors[: len(stored.words)].copy(), stored.words, stored.counts)
        self.weights_ = stored.weights
        state = stored.state
        self.loss_curve_ = state.loss_curve
        self.validation_loss_curve_ = state.validation_loss_curve
        self.validation_scores_ = state.validation_scores
        self.n_iter_ = state.epoch
        self.best_epoch_ = state.best_epoch
        self.seed_ = stored.parameters["random_state"]

    def _prepare(self) -> None:
        """Set what predicting needs: padded tables, places of n-grams."""
        stored = self._stored
        size = stored.vectors.shape[1]
        self._model = model_of(stored.vectors, stored.weights)
        # The same memory, so that there are not two tables.
        self._stored = dataclasses.replace(stored, vectors=self._model.table[:, :size])
        self._features = FeatureTable(stored.ngram_keys, len(stored.words), stored.word_ngrams)

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in super().__getstate__().items()
            if name not in ("_model", "_features")
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if hasattr(self, "_stored"):
            self._prepare()
