"""Prediction, saving, loading and pickling of a fitted `EmbeddingClassifier`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from wordvec._io.kinds import EMBEDDING_CLASSIFIER, unreadable_as
from wordvec._utils.parameters import Boolean, restored
from wordvec._utils.threads import n_threads_for
from wordvec._utils.validation import check_float, check_int
from wordvec.embeddings.base import warn_of_init_vectors
from wordvec.supervised.features import FeatureTable
from wordvec.supervised.files import StoredClassifier, read_classifier, write_classifier
from wordvec.supervised.hashed import HashedModel, best_of, checked_lines
from wordvec.supervised.hashed_files import check_is_ours, read_hashed, save_hashed
from wordvec.supervised.training import SupervisedState, probabilities
from wordvec.text.encoded_texts import look_up
from wordvec.text.lists import check_texts
from wordvec.text.tokenizers import settle_tokenizer
from wordvec.vectors.estimator_files import TokenizerArgumentError, stored_tokenizer
from wordvec.vectors.keyed_vectors import KeyedVectors
from wordvec.vectors.subwords.rows import QuantizedRows

if TYPE_CHECKING:
    from wordvec.kernels.supervised import Model

_OWNER = "EmbeddingClassifier"
# What tells of training.
_RECORD = (
    "loss_curve_", "validation_loss_curve_", "validation_scores_", "n_iter_", "best_epoch_", "seed_",
    "interrupted_",
)  # fmt: skip
# Files of older versions lack these.
_LATER_PARAMETERS = {"bucket", "min_n", "max_n", "loss"}


class EmbeddingPredictor(ClassifierMixin, BaseEstimator):
    """The part of `EmbeddingClassifier` that needs no labelled data."""

    lowercase: bool | None
    n_jobs: int | None
    _hashed: HashedModel | None = None

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of the classes, float64 (n_texts, C), in the order of `classes_`.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError
            If a text is neither str nor a list of str; the message names the row.
        """
        self._check_is_fitted()
        if self._hashed is not None:
            texts = checked_lines(X, _OWNER)
            return self._hashed.probabilities(texts, n_threads_for(self.n_jobs))[:, self._label_numbers]
        encoded = look_up(check_texts(X, _OWNER), self._tokenize, self.wv_.key_to_index, _OWNER)
        rows, size = self._features.rows(encoded), self.wv_.vector_size
        return probabilities(self._model, size, rows, self.class_prior_, n_threads_for(self.n_jobs))

    def decision_function(self, X: Any) -> np.ndarray:
        """Return log probabilities, float64 (n_texts, C); for two classes the log odds of the second.

        `predict` chooses the class with the highest value, or the second of two if its log odds are above zero.

        Returns
        -------
        float64 (n_texts,) for two classes, (n_texts, C) for more

        Raises
        ------
        NotFittedError, TypeError
            As `predict_proba`.
        """
        logs = np.log(np.maximum(self.predict_proba(X), np.finfo(np.float64).tiny))
        return logs[:, 1] - logs[:, 0] if logs.shape[1] == 2 else logs

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each text, the first in case of a tie.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError
            If a text is neither str nor a list of str; the message names the row.
        """
        self._check_is_fitted()
        if self._hashed is not None:
            numbers = self._hashed.best(checked_lines(X, _OWNER), n_threads_for(self.n_jobs))
            return self.classes_[self._class_numbers[numbers]]
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_top(self, X: Any, k: int = 1, threshold: float = 0.0) -> list[list[tuple[Any, float]]]:
        """Return the most probable classes of each text with their probabilities, in descending order.

        Parameters
        ----------
        X : list of str, or of lists of str
        k : int
            How many classes at most; more than there are means all, with hierarchical softmax those of at least about
            1e-5.
        threshold : float
            The minimum probability.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError
            If a text is neither str nor a list of str; the message names the row.
        """
        self._check_is_fitted()
        k = check_int("k", k, f"{_OWNER}.predict_top", 1)
        threshold = check_float("threshold", threshold, f"{_OWNER}.predict_top", 0.0, 1.0)
        if self._hashed is not None:
            names = self._hashed.labels
            found = self._hashed.top(checked_lines(X, _OWNER), k, threshold, n_threads_for(self.n_jobs))
        else:
            names = self.classes_.tolist()
            found = best_of(self.predict_proba(X), k, threshold)
        return found.named(names)

    def quantize(
        self, *, cutoff: int | None = None, dsub: int = 2, qnorm: bool = True, qout: bool = False
    ) -> Self:
        """Return a compressed copy of a fastText model, which is saved as .ftz.

        Its rows take D / `dsub` bytes, and one more with `qnorm`, instead of 4 D (product quantisation, Jegou et al.
        2011; Joulin et al. 2016, "FastText.zip", arXiv:1612.03651). With `cutoff`, fewer words and n-grams are kept,
        too.

        Parameters
        ----------
        cutoff : int, optional
            Keep only this many words and n-grams, those with the largest norms; all by default.
        dsub : int
            Floats that are quantised together, as one of 256 centroids; a larger number is smaller and less accurate.
        qnorm : bool
            Whether the norms of rows are quantised separately from their directions.
        qout : bool
            Whether the output layer is quantised, too, which pays off with many classes.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        ValueError
            If it is not a fastText model (`bucket`), is quantised already, or a parameter is invalid.
        """
        from wordvec.supervised.quantization import quantized

        self._check_is_fitted()
        owner = f"{_OWNER}.quantize"
        if self._hashed is None:
            raise ValueError(
                f"{owner} needs a model of fastText's kind: train it with bucket=2_000_000, say."
            )
        if isinstance(self._hashed.file.input, QuantizedRows):
            raise ValueError(f"{owner} needs a model that is not quantised yet.")
        if cutoff is not None:
            cutoff = check_int("cutoff", cutoff, owner, 1)
        dsub = min(check_int("dsub", dsub, owner, 1), self._hashed.file.input.shape[1])
        qnorm, qout = Boolean().check("qnorm", qnorm, owner), Boolean().check("qout", qout, owner)
        small = clone(self)
        small._set_hashed(quantized(self._hashed, cutoff, dsub, qnorm, qout, self.seed_))
        for name in _RECORD:
            setattr(small, name, getattr(self, name))
        return small

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to one safetensors file; a callable tokenizer and `init_vectors` are not saved.

        A warning mentions `init_vectors`; `load` asks for the tokenizer. A fastText model (`bucket`) is written to a
        .bin file, or to an .ftz file if it is quantised.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        ValueError
            If the classes are neither str, int nor bool.
        OSError
            If the file cannot be written.
        """
        self._check_is_fitted()
        if self._hashed is not None:
            save_hashed(self._hashed, path)
        else:
            check_is_ours(path)
            write_classifier(Path(path), self.to_stored())
        warn_of_init_vectors(self)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, tokenizer: Any = None, label_prefix: str | None = None
    ) -> Self:
        """Read a model that `save` wrote, whose training `partial_fit` can continue, or a fastText .bin or .ftz file.

        A fastText model predicts as fastText does: it splits texts at white space, treats a line break as a space, adds
        the end-of-line token, and drops tokens that are labels. Its probabilities are not raised by 1e-5.

        Parameters
        ----------
        path : path
        tokenizer : callable, optional
            The tokenizer used in training, if it was a callable, which a file cannot hold.
        label_prefix : str, optional
            The prefix of a fastText model's labels, which `classes_` omit; by default "__label__", or the longest
            common prefix.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of a classifier, a newer version wrote it, or its tokenizer is missing.
        """
        source = f"The file {str(path)!r}"
        hashed = read_hashed(Path(path), label_prefix)
        if hashed is not None:
            return cls._of_hashed(hashed)
        stored = read_classifier(Path(path))
        with unreadable_as(source, EMBEDDING_CLASSIFIER, passing=(TokenizerArgumentError,)):
            return cls.from_stored(stored, stored_tokenizer(stored.tokenizer, tokenizer, _OWNER))

    def to_stored(self) -> StoredClassifier:
        """Return the content that `save` writes, for files that contain other parts, too.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        """
        self._check_is_fitted()
        if self._hashed is not None:
            raise ValueError("A classifier of fastText's kind is a file of its own: save it as .bin.")
        return self._stored

    @classmethod
    def _of_hashed(cls, hashed: HashedModel) -> Self:
        """Return a fastText model."""
        arguments = hashed.file.arguments
        model = cls()
        # What `fit` would train a like model with; negative sampling, which is not trained here, as a softmax.
        model.set_params(
            vector_size=arguments.dim,
            word_ngrams=max(1, arguments.wordNgrams),
            epochs=arguments.epoch,
            min_count=arguments.minCount,
            bucket=max(1, arguments.bucket),
            min_n=max(1, arguments.minn),
            max_n=arguments.maxn,
            loss="softmax" if arguments.loss == "ns" else arguments.loss,
        )
        model._set_hashed(hashed)
        epochs = arguments.epoch
        model._set_record(SupervisedState(epoch=epochs, best_epoch=epochs), seed=0)
        model.interrupted_ = False
        return model

    def _set_hashed(self, hashed: HashedModel) -> None:
        self._hashed = hashed
        for name in (
            "_stored",
            "_model",
            "_features",
            "_tokenize",
            "_tokenizer_record",
        ):  # of an earlier fit without buckets
            self.__dict__.pop(name, None)
        labels = np.array(hashed.labels)
        # classes_[k] is label _label_numbers[k] of the file, whose label k is classes_[_class_numbers[k]].
        self._label_numbers = np.argsort(labels)
        self._class_numbers = np.argsort(self._label_numbers)
        self.classes_ = labels[self._label_numbers]
        self.class_prior_ = hashed.prior[self._label_numbers]
        self.wv_ = hashed.word_vectors()
        self.weights_ = hashed.weights

    @classmethod
    def from_stored(cls, stored: StoredClassifier, tokenizer: Any = None) -> Self:
        """Return the model of `to_stored`; pass the tokenizer of training if it was a callable."""
        given = {"tokenizer": tokenizer} if callable(tokenizer) else {}
        if lacking := sorted(set(cls().get_params(deep=False)) - set(stored.parameters) - _LATER_PARAMETERS):
            raise ValueError(f"it lacks the parameters {', '.join(lacking)}")
        model = restored(
            cls, {**stored.parameters, **given}, *(["tokenizer"] if stored.tokenizer is None else [])
        )
        model._choose_tokenizer(tokenizer or stored.tokenizer, model.lowercase is not False, [])
        model._set_fitted(stored, stored.model())
        model.interrupted_ = False
        return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def _check_is_fitted(self) -> None:
        # scikit-learn's check takes as long as the prediction for a short text.
        if "classes_" not in self.__dict__:
            check_is_fitted(self)

    def _choose_tokenizer(self, tokenizer: Any, lowercase: bool, texts: Sequence[Any]) -> None:
        settled = settle_tokenizer(tokenizer, lowercase, texts, _OWNER)
        self._tokenize, self._tokenizer_record = settled

    def _set_fitted(self, stored: StoredClassifier, model: Model) -> None:
        self._hashed = None
        self._prepare(stored, model)
        self.classes_ = stored.classes
        self.class_prior_ = stored.prior
        self.wv_ = KeyedVectors(stored.vectors[: len(stored.words)].copy(), stored.words, stored.counts)
        self.weights_ = stored.weights
        self._set_record(stored.state, stored.parameters["random_state"])

    def _set_record(self, state: SupervisedState, seed: int) -> None:
        """Set the attributes that record training."""
        self.loss_curve_ = state.loss_curve
        self.validation_loss_curve_ = state.validation_loss_curve
        self.validation_scores_ = state.validation_scores
        self.n_iter_ = state.epoch
        self.best_epoch_ = state.best_epoch
        self.seed_ = seed

    def _prepare(self, stored: StoredClassifier, model: Model) -> None:
        """Store the content that `save` writes, since parameters may change later, and the model for prediction."""
        self._model = model
        # The same memory, so that there are not two tables.
        self._stored = stored.of_model(model)
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
            self._prepare(self._stored, self._stored.model())
