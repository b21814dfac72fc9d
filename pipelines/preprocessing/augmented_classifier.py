"""`AugmentedClassifier`: any classifier, trained on texts and edited copies of them."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from wordvec._utils.parameters import Having, Integer, Rule, check_parameters


class AugmentedClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """A classifier that is trained on texts and edited copies of them, and predicts unedited texts.

    Copies are made only within `fit`, so that in cross-validation no copy of a held-out text is used for training.

    Parameters
    ----------
    classifier : classifier of texts
        For example a pipeline that begins with a vectorizer. A clone of it is fitted.
    augmenter : EDA, or another object with augment(texts, labels, n_copies=...)
    n_copies : int
        Edited copies of each text; 0 for none.

    Attributes
    ----------
    classifier_ : the fitted classifier
    classes_ : ndarray

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from wordvec.pipelines import EDA
    >>> linear = make_pipeline(TfidfVectorizer(), LogisticRegression())
    >>> model = AugmentedClassifier(linear, EDA(insert_rate=0.0, swap_rate=0.1))
    >>> model.fit(["a good film", "a bad film"], ["pos", "neg"]).predict(["good"]).tolist()
    ['pos']

    References
    ----------
    Wei and Zou (2019), "EDA: easy data augmentation techniques for boosting performance on text classification
    tasks", arXiv:1901.11196.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "classifier": Having("fit", "predict"),
        "augmenter": Having("augment", fix="EDA has it."),
        "n_copies": Integer(0),
    }

    def __init__(self, classifier: Any, augmenter: Any, *, n_copies: int = 4) -> None:
        self.classifier = classifier
        self.augmenter = augmenter
        self.n_copies = n_copies

    def fit(self, X: Any, y: Any) -> AugmentedClassifier:
        """Train a clone of the classifier on the texts and their copies.

        Parameters
        ----------
        X : list of str, or of lists of str
        y : list or array, the label of each text

        Raises
        ------
        TypeError, ValueError
            As for `EDA.augment` or the classifier.
        """
        parameters = check_parameters(self)
        texts, labels = self.augmenter.augment(X, y, n_copies=parameters.n_copies)
        self.classifier_ = clone(self.classifier).fit(texts, labels)
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X: Any) -> Any:
        """Return the predictions of the fitted classifier."""
        check_is_fitted(self)
        return self.classifier_.predict(X)

    def save(self, path: Any) -> None:
        """Raise TypeError: save the classifier, which may be of any library, by that library's own means.

        Raises
        ------
        TypeError
            Always.
        """
        raise TypeError(
            f"AugmentedClassifier holds a foreign estimator, classifier_ ({type(self.classifier).__name__}); save that "
            "by its own means: no pickle is written here."
        )

    @available_if(lambda self: _has(self, "predict_proba"))
    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the fitted classifier."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(X)

    @available_if(lambda self: _has(self, "decision_function"))
    def decision_function(self, X: Any) -> Any:
        """Return the decision values of the fitted classifier."""
        check_is_fitted(self)
        return self.classifier_.decision_function(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


def _has(model: AugmentedClassifier, method: str) -> bool:
    return hasattr(getattr(model, "classifier_", model.classifier), method)
