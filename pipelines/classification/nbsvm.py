"""`NBSVMClassifier`: a linear support vector machine on n-grams weighted by naive Bayes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from wordvec._io.kinds import NBSVM
from wordvec._utils.parameters import Choice, Instance, Integer, Real, Rule, Seed, check_parameters, restored
from wordvec.supervised.files import pack_labels, unpack_labels
from wordvec.supervised.labels import balanced_weights, check_sample_weight, named_weights
from wordvec.vectors.estimator_files import plain_parameters, read_estimator, write_estimator

from .compact import (
    CompactMatrix,
    Packed,
    dense_columns,
    narrow,
    pack_matrix,
    prefixed,
    unpack_matrix,
    with_prefix,
)
from .rows import unit_rows

_OWNER = "NBSVMClassifier"


class NBSVMClassifier(ClassifierMixin, BaseEstimator):
    """Classify with a linear support vector machine on features weighted by naive Bayes.

    NBSVM [1]_: features are binary, and feature v has the value r_v = log(p_v / q_v), where p and q are the smoothed
    relative frequencies of v in the texts of a class and in all others. More than two classes are handled one against
    the rest. Rows are normalised to unit length, so that the same C suits short and long texts.

    Parameters
    ----------
    C : float
        Inverse strength of the L2 penalty.
    alpha : float
        Added to each count before the ratios.
    class_weight : dict, "balanced" or None
    max_iter : int
        Maximum number of iterations of the solver; scikit-learn warns if they do not suffice.
    random_state : int, RandomState or None
        Seed of the order in which the solver visits texts.

    Attributes
    ----------
    classes_ : array (C,)
    log_count_ratios_ : float64 (C, V), or (1, V) for two classes
    counts_ : LogCountRatios, or None
        The counts from which the ratios are computed; None in files of older versions.
    coef_, intercept_ : float64 (C, V) and (C,), or one row for two classes
        Coefficients on the weighted features, and intercepts.
    n_iter_ : int
        Number of solver iterations, the maximum over classes.

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
        "max_iter": Integer(1),
        "random_state": Seed(),
    }

    def __init__(
        self,
        *,
        C: float = 1.0,
        alpha: float = 1.0,
        class_weight: Any = None,
        max_iter: int = 1000,
        random_state: Any = None,
    ) -> None:
        self.C = C
        self.alpha = alpha
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NBSVMClassifier:
        """Train on counts.

        Parameters
        ----------
        X : sparse or dense (n_texts, V)
            Counts of n-grams; a count above zero means that the n-gram is present.
        y : array (n_texts,)
        sample_weight : array (n_texts,), optional
            The weight of each text, in the ratios and in the machine: 2 counts a text twice.

        Raises
        ------
        ValueError
            If a value is negative or NaN, there is only one class, or a parameter is out of range.
        """
        from sklearn.svm import LinearSVC  # which takes a while to import, and predictions do without

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
        each = check_sample_weight(sample_weight, len(y), _OWNER)
        if self.class_weight == "balanced":
            weights = balanced_weights(len(self.classes_), numbers, each)[numbers]
        else:
            weights = named_weights(self.class_weight, self.classes_, _OWNER)[numbers]
        weights = weights if each is None else weights * each
        present = _present(X)
        kinds = range(len(self.classes_)) if len(self.classes_) > 2 else (1,)
        self.counts_: LogCountRatios | None = LogCountRatios.count(
            present, [numbers == kind for kind in kinds], parameters.alpha, each
        )
        self.log_count_ratios_ = np.array(list(self.counts_.of_columns(np.arange(present.shape[1]))))
        rows, intercepts, steps = [], [], []
        for kind, ratio in zip(kinds, self.log_count_ratios_):
            svm = LinearSVC(C=parameters.C, max_iter=parameters.max_iter, random_state=self._seed % 2**32)
            svm.fit(_weighted(present, ratio), numbers == kind, sample_weight=weights)
            rows.append(svm.coef_[0])
            intercepts.append(svm.intercept_[0])
            steps.append(svm.n_iter_)
        self.coef_ = np.array(rows)
        self.intercept_ = np.array(intercepts)
        self.n_iter_ = int(max(steps))
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Return signed distances, float64 (n_texts, C); for two classes (n_texts,), positive for the second.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", reset=False)
        scores = nb_scores(X, self.log_count_ratios_, self.coef_, self.intercept_)
        return scores.ravel() if scores.shape[1] == 1 else scores

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each text."""
        scores = self.decision_function(X)
        places = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[places]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to one safetensors file; a RandomState is saved as the seed that `fit` drew from it.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
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
        header["classes"], header["n_iter"] = pack_labels(self.classes_, _OWNER), self.n_iter_
        names = getattr(self, "feature_names_in_", None)
        header["feature_names"] = None if names is None else names.tolist()
        coef, header["coef"] = pack_matrix(self.coef_, None)
        ratios, header["ratios"] = pack_ratios(
            self.log_count_ratios_ if self.counts_ is None else self.counts_
        )
        tensors = {"intercept": self.intercept_} | prefixed("coef", coef) | prefixed("ratios", ratios)
        write_estimator(path, NBSVM, _OWNER, header, tensors)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> NBSVMClassifier:
        """Read a model that `save` wrote; its predictions are the same to the bit.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of an NBSVM classifier, or a newer version wrote it.
        """
        with read_estimator(path, NBSVM, _OWNER) as (header, tensors):
            classes, names = unpack_labels(header.pop("classes")), header.pop("feature_names")
            weights = header["class_weight"]
            header["class_weight"] = dict(weights) if isinstance(weights, list) else weights
            packed = [header.pop(name, None) for name in ("coef", "ratios")]
            n_iter = header.pop("n_iter", 0)
            model = restored(cls, {"max_iter": 1000} | header)  # which earlier versions did not write
            model.n_iter_ = int(n_iter)
            model._seed = header["random_state"]
            model.classes_ = classes
            model.intercept_, model.counts_ = tensors["intercept"], None
            if packed[0] is None:  # of an earlier version
                model.coef_, model.log_count_ratios_ = tensors["coef"], tensors["ratios"]
            else:
                coef = unpack_matrix(with_prefix("coef", tensors), packed[0])
                everything = np.arange(coef.shape[1])
                model.coef_ = coef.columns(everything)
                ratios = unpack_ratios(with_prefix("ratios", tensors), packed[1])
                if isinstance(ratios, LogCountRatios):
                    model.counts_ = ratios
                    model.log_count_ratios_ = np.array(list(ratios.of_columns(everything)))
                else:
                    model.log_count_ratios_ = ratios.columns(everything)
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


@dataclass(frozen=True)
class LogCountRatios:
    """The log-count ratios of classes against the rest, stored as counts.

    r = log((p / |p|) / (q / |q|)), equation 1 of the paper, where p is `alpha` plus the number of texts of a class that
    contain a feature, and q the same for the other texts.

    Attributes
    ----------
    counts : (R, V), dense, sparse or compact
        The number of texts of the row's class that contain each feature.
    totals : int64 (V,), or float64 of weighted texts
        The number of texts that contain each feature.
    class_sums : float64 (R,)
        Sums of the rows of `counts`.
    alpha : float
    """

    counts: Any
    totals: np.ndarray
    class_sums: np.ndarray
    alpha: float

    @property
    def shape(self) -> tuple[int, int]:
        """Classes and features."""
        shape: tuple[int, int] = self.counts.shape
        return shape

    @classmethod
    def count(
        cls,
        present: sparse.csr_array,
        classes: Sequence[np.ndarray],
        alpha: float,
        sample_weight: np.ndarray | None = None,
    ) -> LogCountRatios:
        """Count the features of texts.

        Parameters
        ----------
        present : (n_texts, V) of zeros and ones
        classes : list of bool (n_texts,)
            For each row, which texts belong to the class.
        alpha : float
        sample_weight : float64 (n_texts,), optional
            The weight of each text.
        """
        of_texts = np.array(classes, np.float64)
        if sample_weight is None:
            totals = np.asarray(present.sum(axis=0)).ravel().astype(np.int64)
        else:
            of_texts *= sample_weight
            totals = sample_weight @ present
        membership = sparse.csr_array(of_texts)
        counts = sparse.csc_array(membership @ present)
        return cls(counts, totals, np.asarray(counts.sum(axis=1), np.float64).ravel(), alpha)

    def of_columns(self, columns: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the ratios of some features row by row, float64 (n,)."""
        smoothing, total = self.alpha * len(self.totals), self.totals.sum()
        for in_class, counts in zip(self.class_sums.tolist(), dense_columns(self.counts, columns)):
            p, q = self.alpha + counts, self.alpha + (self.totals[columns] - counts)
            yield np.log(p / (smoothing + in_class)) - np.log(q / (smoothing + (total - in_class)))


def pack_ratios(ratios: LogCountRatios | np.ndarray, step: float | None = None) -> Packed:
    """Return ratios as arrays and settings; `step` applies to ratios without counts, of an older version."""
    if isinstance(ratios, LogCountRatios) and ratios.totals.dtype.kind == "f":
        ratios = np.array(list(ratios.of_columns(np.arange(len(ratios.totals)))))  # of fractions of texts
    if not isinstance(ratios, LogCountRatios):
        return pack_matrix(ratios, step)
    arrays, settings = pack_matrix(ratios.counts, 1.0)
    arrays |= {"totals": narrow(ratios.totals), "class_sums": ratios.class_sums}
    return arrays, settings | {"alpha": ratios.alpha}


def unpack_ratios(
    arrays: Mapping[str, np.ndarray], settings: Mapping[str, Any]
) -> LogCountRatios | CompactMatrix:
    """Return the ratios that `pack_ratios` packed.

    Raises
    ------
    KeyError, ValueError
        If `pack_ratios` cannot have written the arrays.
    """
    matrix = unpack_matrix(arrays, settings)
    if "alpha" not in settings:
        return matrix
    totals, sums, alpha = arrays["totals"], arrays["class_sums"], float(settings["alpha"])
    shapes = (matrix.shape[1],), (matrix.shape[0],)
    if totals.dtype.kind != "u" or sums.dtype != np.float64 or (totals.shape, sums.shape) != shapes:
        raise ValueError("its counts are none")
    if not 0 < alpha < np.inf or not 0 <= sums.min(initial=0) <= sums.max(initial=0) <= totals.sum():
        raise ValueError("its counts are none")
    return LogCountRatios(matrix, totals.astype(np.int64), sums, alpha)


def nb_scores(X: Any, ratios: Any, coef: Any, intercept: np.ndarray) -> np.ndarray:
    """Return signed distances, float64 (n_texts, R).

    Parameters
    ----------
    X : sparse or dense (n_texts, V)
        Counts; a count above zero means that the n-gram is present.
    ratios : LogCountRatios, or a matrix (R, V), dense, sparse or compact
    coef : float64 (R, V), dense, sparse or compact
    intercept : float64 (R,)
    """
    present = _present(X)
    is_used = np.zeros(present.shape[1], bool)
    is_used[present.indices] = True
    used = np.flatnonzero(is_used)
    if not len(used):
        return np.zeros((present.shape[0], 1)) + intercept
    present = present[:, used]
    found = ratios.of_columns(used) if isinstance(ratios, LogCountRatios) else dense_columns(ratios, used)
    rows = dense_columns(coef, used)
    scores = np.empty((present.shape[0], len(rows)))
    for number, (ratio, row) in enumerate(zip(found, rows)):
        scores[:, number] = _weighted(present, ratio) @ row
    return scores + intercept


def _present(X: Any) -> sparse.csr_array:
    present = sparse.csr_array(X, copy=True)
    present.data = (present.data > 0).astype(np.float64)
    return present


def _weighted(present: sparse.csr_array, ratio: np.ndarray) -> sparse.csr_array:
    weighted = present.copy()
    weighted.data = weighted.data * ratio[weighted.indices]
    return unit_rows(weighted)
