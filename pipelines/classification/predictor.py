"""The methods of a fitted `TextClassifier`: probabilities, decisions, explanations, reports, files."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from wordvec._io.kinds import TEXT_CLASSIFIER, unreadable_as
from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import shown
from wordvec._utils.parameters import restored
from wordvec._utils.validation import check_choice, check_path
from wordvec.text.lists import check_texts
from wordvec.text.tokenizers import Tokenizer, TokenizerRecord, name_of
from wordvec.vectors.estimator_files import stored_tokenizer

from ..preprocessing.overlap import OverlapReport, find_overlap, known_texts
from .blend import probabilities
from .checks import OWNER
from .ensemble import Ensemble
from .explaining import TextExplanation, explain_text
from .storage import StoredClassifier, read_model, write_model
from .texts import TextPreparer
from .thresholds import choose_labels
from .unseen import UNSEEN_LABELS, Targets, find_targets

if TYPE_CHECKING:
    from .report.report import ClassificationReport


class TextPredictor(ClassifierMixin, BaseEstimator):
    """The part of `TextClassifier` that needs no labelled data."""

    kind: str | None
    at_least_one: bool
    n_jobs: int | None
    classes_: np.ndarray
    tokenizer_: Tokenizer
    seed_: int
    multilabel_: bool
    indicator_: bool
    _preparer: TextPreparer
    _tokenizer_record: TokenizerRecord
    _fingerprints: np.ndarray | None

    def _set_ensemble(self, ensemble: Ensemble) -> None:
        self._ensemble = ensemble
        self.members_, self.weights_, self.C_ = ensemble.members, ensemble.weights, ensemble.C
        self.intercepts_, self.thresholds_ = ensemble.blend.intercepts, ensemble.thresholds

    def _scores(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        texts = check_texts(X, OWNER)
        if not texts:
            return np.empty((0, len(self.classes_)))
        prepared = self._preparer.prepare(texts, OWNER)
        embedding: Any = self.members_.get("embedding")
        if embedding is not None:
            embedding.model_.n_jobs = self.n_jobs  # as it is now, not as it was in fit or in the file
        return self._ensemble.scores(prepared)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of the classes, float64 (n_texts, C), in the order of `classes_`.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError
            If a text is neither str nor a list of str; the message names the row.
        """
        return probabilities(self._scores(X), is_multilabel=self.multilabel_)

    def decision_function(self, X: Any) -> np.ndarray:
        """Return scores: `predict` chooses the class with the highest score, or labels with scores above zero.

        Returns
        -------
        float64 (n_texts,)
            For two classes: the log odds of the second.
        float64 (n_texts, C)
            For more classes: log probabilities, up to a constant for each text. If a text may have several labels: by
            how much the log odds of each label exceed those of its threshold.

        Raises
        ------
        NotFittedError, TypeError
            As `predict_proba`.
        """
        scores = self._scores(X)
        thresholds = self._checked_thresholds()
        if thresholds is not None:
            return scores - logit(thresholds)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each text, an array (n_texts,).

        If a text may have several labels: a list of tuples of the classes whose probabilities reach their thresholds,
        or an array (n_texts, C) of zeros and ones if `fit` was given one.

        Raises
        ------
        NotFittedError, TypeError
            As `predict_proba`.
        """
        return self._decide(self.predict_proba(X))

    def _chosen(self, proba: np.ndarray) -> np.ndarray:
        """Return the indices of the chosen classes, or which labels each text gets."""
        thresholds = self._checked_thresholds()
        if thresholds is None:
            return proba.argmax(axis=1)
        return choose_labels(proba, thresholds, at_least_one=self.at_least_one)

    def _checked_thresholds(self) -> np.ndarray | None:
        """Return `thresholds_`, which callers may set, one for each label; None with one label per text.

        Raises
        ------
        ValueError
            If they are not probabilities, or texts have one label each.
        """
        if self.thresholds_ is None:
            return None
        if not self.multilabel_:
            raise ValueError(
                f"The thresholds_ of {OWNER} are for texts with several labels. With one label a text, leave them None "
                "and decide by predict_proba."
            )
        n_labels = len(self.classes_)
        try:
            thresholds = np.broadcast_to(np.asarray(self.thresholds_, np.float64), n_labels)
        except (TypeError, ValueError):
            thresholds = np.array([np.nan])
        if not ((thresholds >= 0) & (thresholds <= 1)).all():
            raise ValueError(
                f"The thresholds_ of {OWNER} must be probabilities, one for each of the {n_labels} labels or one for "
                f"all. Got {shown(self.thresholds_)} instead."
            )
        return thresholds

    def _decide(self, proba: np.ndarray) -> Any:
        chosen = self._chosen(proba)
        if not self.multilabel_:
            return self.classes_[chosen]
        if self.indicator_:
            return chosen.astype(np.int64)
        return [tuple(self.classes_[row].tolist()) for row in chosen]

    def explain(self, text: str | Sequence[str]) -> TextExplanation:
        """Return the contributions of a text's words to the decision, measured by removing each word.

        Parameters
        ----------
        text : str, or list of str

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError
            If it is neither.
        """
        check_is_fitted(self)
        if not isinstance(text, (str, list, tuple)):
            raise TypeError(
                f"The text of {OWNER}.explain must be one str, or a list of its words. "
                f"Got {type(text).__name__} instead."
            )
        proba, place, contributions = explain_text(
            self._preparer.converted(text),
            self.tokenizer_,
            self._preparer.is_chinese,
            self.predict_proba,
        )
        decision = self._decide(proba[np.newaxis])[0]
        classes = self.classes_.tolist()
        return TextExplanation(
            text=text if isinstance(text, str) else " ".join(text),
            prediction=decision.tolist() if isinstance(decision, (np.generic, np.ndarray)) else decision,
            probabilities=dict(zip(classes, proba.tolist())),
            label=classes[place],
            contributions=contributions,
        )

    def evaluate(
        self,
        X: Any,
        y: Any,
        *,
        unseen_labels: str = "count",
        training_texts: Any = None,
        near_duplicates: float | None = None,
    ) -> ClassificationReport:
        """Evaluate the classifier on labelled texts that it has not seen.

        The report says how many of the texts are also training texts, whose fingerprints the classifier keeps, and
        gives the scores without them.

        Parameters
        ----------
        X, y : texts and labels, as for `fit`
        unseen_labels : {"count", "error"}
            Whether labels not seen in training are counted as errors and named in the report, or raise an error.
        training_texts : list of str, or of lists of str, optional
            The training texts; by default their fingerprints are compared, which only finds exact copies.
        near_duplicates : float in (0, 1], optional
            With `training_texts`: the Jaccard index from which a text counts as a near-duplicate, see `find_overlap`.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError, ValueError
            If a text or a label is invalid, or `unseen_labels` is "error" and there are unseen labels.
        """
        check_is_fitted(self)
        from .report.report import make_report

        owner = f"{OWNER}.evaluate"
        texts = check_texts(X, owner)
        targets = self._targets(y, len(texts), owner, unseen_labels)
        proba = self.predict_proba(texts)
        several: dict[str, Any] = {}
        thresholds = self._checked_thresholds()
        if thresholds is not None:
            several = {
                "chosen": targets.padded(self._chosen(proba)),
                "thresholds": np.append(thresholds, np.full(len(targets.unseen), np.nan)),
            }
        return make_report(
            texts,
            targets.target,
            targets.padded(proba),
            targets.classes,
            **several,
            unseen=targets.unseen,
            overlap=self._overlap(texts, training_texts, near_duplicates, owner),
            kind=self.kind,
            random_state=self.seed_,
        )

    def _overlap(
        self, texts: Sequence[Any], training_texts: Any, near_duplicates: float | None, owner: str
    ) -> OverlapReport | None:
        """Return which texts are training texts; None if the classifier has no fingerprints."""
        if training_texts is not None:
            return find_overlap(training_texts, texts, threshold=near_duplicates)
        if near_duplicates is not None:
            rule = "be None without {training_texts}"
            fix = "The fingerprints in the classifier only find equal texts: pass {training_texts}, too."
            raise ParameterError("near_duplicates", owner, rule, near_duplicates, fix)
        return None if self._fingerprints is None else known_texts(self._fingerprints, texts)

    def _targets(self, y: Any, n_texts: int, owner: str, unseen_labels: str = "count") -> Targets:
        check_choice("unseen_labels", unseen_labels, owner, UNSEEN_LABELS)
        return find_targets(
            y, n_texts, self.classes_, owner, is_multilabel=self.multilabel_, unseen=unseen_labels
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model and its word vectors to one safetensors file; a callable tokenizer is not saved.

        The file contains an 8-byte fingerprint of each training text, from which the text cannot be recovered, but
        which reveals whether a given text was in the training data. Weights are rounded so that no probability changes
        by 0.001, which makes the file a fraction of the model's size in memory, smaller with more classes.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError
            If `path` is not a path.
        ValueError
            If the classes are neither str, int nor bool, a word contains a lone surrogate, or `thresholds_` were set to
            values that are not probabilities.
        OSError
            If the file cannot be written.
        """
        check_is_fitted(self)
        stored = StoredClassifier(
            parameters={
                name: getattr(self, name)
                for name in ("kind", "class_weight", "at_least_one", "lowercase", "max_iter", "n_jobs")
            },
            seed=self.seed_,
            tokenizer=self._tokenizer_record,
            classes=self.classes_,
            is_multilabel=self.multilabel_,
            is_indicator=self.indicator_,
            preparer=self._preparer,
            ensemble=dataclasses.replace(self._ensemble, thresholds=self._checked_thresholds()),
            fingerprints=self._fingerprints,
        )
        write_model(check_path("path", path, f"{OWNER}.save"), stored)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> Self:
        """Read a model that `save` wrote; probabilities agree to 0.001, and saving it again gives the same file.

        Its `vectors` are those with which the model was trained, even if they came from an estimator.

        Parameters
        ----------
        path : path
        tokenizer : callable, optional
            The tokenizer used in training, if it was a callable, which a file cannot hold.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        TypeError
            If `path` is not a path.
        ValueError
            If it is not a complete file of a classifier, a newer version wrote it, or its tokenizer is missing.
        """
        path = check_path("path", path, f"{OWNER}.load")
        stored = read_model(path, tokenizer)
        given = {
            "vectors": stored.vectors,
            "tokenizer": stored_tokenizer(stored.tokenizer, tokenizer, OWNER),
            "random_state": stored.seed,
        }
        with unreadable_as(f"The file {str(path)!r}", TEXT_CLASSIFIER):
            model = restored(cls, stored.parameters | given)
        model._preparer = stored.preparer
        model._set_ensemble(stored.ensemble)
        model._fingerprints = stored.fingerprints
        model.classes_ = stored.classes
        model._tokenizer_record = stored.tokenizer
        model.tokenizer_, model.tokenizer_name_ = stored.preparer.tokenize, name_of(stored.tokenizer)
        model.seed_ = stored.seed
        model.multilabel_, model.indicator_ = stored.is_multilabel, stored.is_indicator
        return model

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy; if a text may have several labels, the share of texts with all labels right.

        Labels not seen in training count as errors.
        """
        from sklearn.metrics import accuracy_score

        check_is_fitted(self)
        texts = check_texts(X, f"{OWNER}.score")
        targets = self._targets(y, len(texts), f"{OWNER}.score")
        chosen = self._chosen(self.predict_proba(texts))
        chosen = targets.padded(chosen) if self.multilabel_ else chosen
        return float(accuracy_score(targets.target, chosen, sample_weight=sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.classifier_tags.multi_label = True
        return tags
