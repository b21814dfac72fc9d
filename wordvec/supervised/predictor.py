"""Prediction, saving, loading and pickling of a fitted `EmbeddingClassifier`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from wordvec._io.kinds import EMBEDDING_CLASSIFIER, unreadable_as
from wordvec._utils.parameters import restored
from wordvec._utils.threads import n_threads_for
from wordvec.embeddings.base import warn_of_init_vectors
from wordvec.supervised.features import FeatureTable
from wordvec.supervised.files import StoredClassifier, read_classifier, write_classifier
from wordvec.supervised.training import probabilities
from wordvec.text.encoded_texts import look_up
from wordvec.text.lists import check_texts
from wordvec.text.tokenizers import settle_tokenizer
from wordvec.vectors.estimator_files import TokenizerArgumentError, stored_tokenizer
from wordvec.vectors.keyed_vectors import KeyedVectors

if TYPE_CHECKING:
    from wordvec.kernels.supervised import Model

_OWNER = "EmbeddingClassifier"


class EmbeddingPredictor(ClassifierMixin, BaseEstimator):
    """The part of `EmbeddingClassifier` that needs no labelled texts."""

    lowercase: bool
    n_jobs: int | None

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of the classes, float64 (n_texts, C), in the order of `classes_`.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        TypeError
            If a text is neither str nor a list of str; the message names the row.
        """
        check_is_fitted(self)
        encoded = look_up(check_texts(X, _OWNER), self._tokenize, self.wv_.key_to_index, _OWNER)
        rows, size = self._features.rows(encoded), self.wv_.vector_size
        return probabilities(self._model, size, rows, self.class_prior_, n_threads_for(self.n_jobs))

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the logarithms of the probabilities, float64 (n_texts, C); of two classes that of the second's odds.

        Above zero, or the highest one, is what `predict` chooses.

        Returns
        -------
        float64 (n_texts,) of two classes, (n_texts, C) of more

        Raises
        ------
        NotFittedError, TypeError
            As `predict_proba`.
        """
        logs = np.log(np.maximum(self.predict_proba(X), np.finfo(np.float64).tiny))
        return logs[:, 1] - logs[:, 0] if logs.shape[1] == 2 else logs

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each text; of equally probable ones the first.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        TypeError
            If a text is neither str nor a list of str; the message names the row.
        """
        places = self.predict_proba(X).argmax(axis=1)
        return self.classes_[places]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to one safetensors file, without a tokenizer that is a callable, and without `init_vectors`.

        A warning tells of `init_vectors`; a tokenizer is asked for by `load`.

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
        warn_of_init_vectors(self)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> Self:
        """Read a model that `save` wrote; it can be trained on with `partial_fit`.

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
        source = f"The file {str(path)!r}"
        with unreadable_as(source, EMBEDDING_CLASSIFIER, passing=(TokenizerArgumentError,)):
            return cls.from_stored(stored, stored_tokenizer(stored.tokenizer, tokenizer, _OWNER))

    def to_stored(self) -> StoredClassifier:
        """Return the content that `save` writes, for files that also hold other things.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        """
        check_is_fitted(self)
        return self._stored

    @classmethod
    def from_stored(cls, stored: StoredClassifier, tokenizer: Any = None) -> Self:
        """Return the model of `to_stored`; with the tokenizer of training, if that was a callable."""
        given = {"tokenizer": tokenizer} if callable(tokenizer) else {}
        if lacking := sorted(set(cls().get_params(deep=False)) - set(stored.parameters)):
            raise ValueError(f"it lacks the parameters {', '.join(lacking)}")
        model = restored(
            cls, {**stored.parameters, **given}, *(["tokenizer"] if stored.tokenizer is None else [])
        )
        model._choose_tokenizer(tokenizer or stored.tokenizer, model.lowercase, [])
        model._set_fitted(stored, stored.model())
        model.interrupted_ = False
        return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def _choose_tokenizer(self, tokenizer: Any, lowercase: bool, texts: Sequence[Any]) -> None:
        settled = settle_tokenizer(tokenizer, lowercase, texts, _OWNER)
        self._tokenize, self._tokenizer_record = settled

    def _set_fitted(self, stored: StoredClassifier, model: Model) -> None:
        self._prepare(stored, model)
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

    def _prepare(self, stored: StoredClassifier, model: Model) -> None:
        """Keep the content that `save` writes, since parameters may be changed later, and the model for prediction."""
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
