"""NBSVM: a linear support vector machine on n-grams that are weighted by naive Bayes."""

from __future__ import annotations

import os
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from wordvec._io.kinds import NBSVM
from wordvec._utils.parameters import Choice, Instance, Real, Rule, Seed, check_parameters, restored
from wordvec.supervised.files import pack_labels, unpack_labels
from wordvec.vectors.estimator_files import plain_parameters, read_estimator, write_estimator

_OWNER = "NBSVMClassifier"


class NBSVMClassifier(ClassifierMixin, BaseEstimator):
    """Classify by a linear support vector machine on features that are weighted by naive Bayes.

    NBSVM [1]_: feature v is present or not, and counts r_v = log(p_v / q_v), where p and q are the smoothed
    shares of the texts of a class, and of all others, that v has. More than two classes are taken one against
    the rest. The rows are brought to unit length, so that one C suits short and long texts.

    Parameters
    ----------
    C : float
        Inverse strength of the L2 penalty.
    alpha : float
        Added to each count before the ratios.
    class_weight : dict, "balanced" or None
    random_state : int, RandomState or None
        Of the order in which the solver visits texts.

    Attributes
    ----------
    classes_ : array (C,)
    log_count_ratios_ : float64 (C, V), or (1, V) for two classes
    coef_, intercept_ : float64 (C, V) and (C,), or one row for two classes
        On the weighted features.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.pipeline import make_pipeline
    >>> texts = ["a good film", "good and funny", "a bad film", "bad and dull"]
    >>> model = make_pipeline(CountVectorizer(ngram_range=(1, 2)), NBSVMClassifier())
    >>> model.fit(texts, ["pos", "pos", "neg", "neg"]).predict(["so good", "so dull"]).tolist()
    ['pos', 'neg']
    >>> names, ratios = model[0].get_feature_names_out(), model[1].log_count_ratios_[0]
    >>> for k in ratios.argsort()[[0, -1]]:
    ...     print(f"{names[k]:4} {ratios[k]:+.2f}")
    bad  -1.10
    good +1.10

    References
    ----------
    .. [1] Wang and Manning (2012), "Baselines and bigrams: simple, good sentiment and topic classification",
           ACL, https://aclanthology.org/P12-2018
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "C": Real(0.0, low_open=True),
        "alpha": Real(0.0, low_open=True),
        "class_weight": Choice("balanced") | Instance(dict, "Keys of a dict are classes.") | None,
        "random_state": Seed(),
    }

    def __init__(
        self, *, C: float = 1.0, alpha: float = 1.0, class_weight: Any = None, random_state: Any = None
    ) -> None:
        self.C = C
        self.alpha = alpha
        self.class_weight = class_weight
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> NBSVMClassifier:
        """Learn from counts.

        Parameters
        ----------
        X : sparse or dense (n_texts, V)
            Counts of n-grams; those above zero are present.
        y : array (n_texts,)

        Raises
        ------
        ValueError
            If a value is negative or NaN, there is one class only, or a parameter is out of range.
        """
        parameters = check_parameters(self)
        X, y = validate_data(self, X, y, accept_sparse="csr")
        check_non_negative(X, _OWNER)
        check_classification_targets(y)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{_OWNER} needs texts of at least two classes. Got 1 class, {self.classes_.tolist()}."
            )
        self._seed = parameters.random_state
        weights = compute_class_weight(self.class_weight, classes=self.classes_, y=y)[numbers]
        present = _present(X)
        kinds = range(len(self.classes_)) if len(self.classes_) > 2 else (1,)
        ratios, rows, intercepts = [], [], []
        for kind in kinds:
            ratio = log_count_ratios(present, numbers == kind, parameters.alpha)
            svm = LinearSVC(C=parameters.C, random_state=self._seed % 2**32)
            svm.fit(_weighted(present, ratio), numbers == kind, sample_weight=weights)
            ratios.append(ratio)
            rows.append(svm.coef_[0])
            intercepts.append(svm.intercept_[0])
        self.log_count_ratios_ = np.array(ratios)
        self.coef_ = np.array(rows)
        self.intercept_ = np.array(intercepts)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Return signed distances, float64 (n_texts, C); for two classes (n_texts,), positive for the second.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        """
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", reset=False)
        present = _present(X)
        columns = [
            _weighted(present, ratio) @ row + intercept
            for ratio, row, intercept in zip(self.log_count_ratios_, self.coef_, self.intercept_)
        ]
        return columns[0] if len(columns) == 1 else np.column_stack(columns)

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each text."""
        scores = self.decision_function(X)
        places = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[places]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to one safetensors file; for a RandomState, the seed that `fit` drew from it.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        ValueError
            If a parameter cannot be written.
        OSError
            If the file cannot be written.
        """
        check_is_fitted(self)
        header = plain_parameters(self, "class_weight", seed=getattr(self, "_seed", None))
        header["class_weight"] = self.class_weight
        # JSON would make strings of the keys.
        if isinstance(self.class_weight, dict):
            header["class_weight"] = list(map(list, self.class_weight.items()))
        header["classes"] = pack_labels(self.classes_, _OWNER)
        names = getattr(self, "feature_names_in_", None)
        header["feature_names"] = None if names is None else names.tolist()
        tensors = {"coef": self.coef_, "intercept": self.intercept_, "ratios": self.log_count_ratios_}
        write_estimator(path, NBSVM, _OWNER, header, tensors)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> NBSVMClassifier:
        """Read a model that `save` wrote; it predicts the same to the bit.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a whole file of an NBSVM classifier, or a newer version wrote it.
        """
        with read_estimator(path, NBSVM, _OWNER) as (header, tensors):
            classes, names = unpack_labels(header.pop("classes")), header.pop("feature_names")
            weights = header["class_weight"]
            header["class_weight"] = dict(weights) if isinstance(weights, list) else weights
            model = restored(cls, header)
            model._seed = header["random_state"]
            model.classes_ = classes
            model.coef_, model.intercept_ = tensors["coef"], tensors["intercept"]
            model.log_count_ratios_ = tensors["ratios"]
            n_rows = len(classes) if len(classes) > 2 else 1
            shapes = model.coef_.shape, model.log_count_ratios_.shape, (len(model.intercept_),)
            if not shapes[0] == shapes[1] == (n_rows, model.coef_.shape[1]) or shapes[2] != (n_rows,):
                raise ValueError("its parts do not fit together")
            model.n_features_in_ = model.coef_.shape[1]
            if names is not None:
                model.feature_names_in_ = np.array(names, object)
            return model

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        # On scikit-learn's dense numbers: only presence counts.
        tags.classifier_tags.poor_score = True
        return tags


def log_count_ratios(present: sparse.csr_array, is_positive: np.ndarray, alpha: float) -> np.ndarray:
    """Return r = log((p / |p|) / (q / |q|)), float64 (V,), of equation 1 of the paper.

    Parameters
    ----------
    present : (n_texts, V) of zeros and ones
    is_positive : bool (n_texts,)
    alpha : float
    """
    p = alpha + np.asarray(present[is_positive].sum(axis=0)).ravel()
    q = alpha + np.asarray(present[~is_positive].sum(axis=0)).ravel()
    return np.log(p / p.sum()) - np.log(q / q.sum())


def _present(X: Any) -> sparse.csr_array:
    present = sparse.csr_array(X, copy=True)
    present.data = (present.data > 0).astype(np.float64)
    return present


def _weighted(present: sparse.csr_array, ratio: np.ndarray) -> sparse.csr_array:
    weighted = present.copy()
    weighted.data = weighted.data * ratio[weighted.indices]
    return normalize(weighted, copy=False)
