"""NBSVM: the equations of the paper, and the contract of scikit-learn."""

import math
import pickle

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import normalize
from sklearn.utils.estimator_checks import parametrize_with_checks

from wordvec.pipelines.classification.nbsvm import NBSVMClassifier
from wordvec.pipelines.classification.rows import unit_rows

from .support import reviews

# scikit-learn gives these data with negative numbers, whatever the tags say.
NEGATIVE = {"check_class_weight_classifiers": "its data has negative numbers"}
# As scikit-learn's own tests have it of LinearSVC; test_weights.py compares within the solver's tolerance.
STOCHASTIC = {
    f"check_sample_weight_equivalence_on_{kind}_data": "the solver visits texts in random order"
    for kind in ("dense", "sparse")
}


@pytest.fixture
def counts():
    """Counts in which each class has columns of its own."""
    rng = np.random.default_rng(4)
    y = np.arange(60) % 3
    X = rng.poisson(0.4, size=(60, 12))
    X[np.arange(60), y * 4 + rng.integers(4, size=60)] += rng.integers(1, 3, size=60)
    return X.astype(float), np.array(["a", "b", "c"])[y]


def naive_ratios(X, is_positive, alpha):
    """Equation 1 of the paper, a feature at a time."""
    p = [alpha + sum(1 for row, yes in zip(X, is_positive) if yes and row[v] > 0) for v in range(X.shape[1])]
    q = [
        alpha + sum(1 for row, yes in zip(X, is_positive) if not yes and row[v] > 0)
        for v in range(X.shape[1])
    ]
    return np.array([math.log((p[v] / sum(p)) / (q[v] / sum(q))) for v in range(X.shape[1])])


def naive_features(X, ratios):
    rows = np.where(X > 0, 1.0, 0.0) * ratios
    norms = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)


def naive_svm(features, is_positive, C, weights):
    """The minimum of the squared hinge loss with the L2 penalty, of the intercept too."""
    signs = np.where(is_positive, 1.0, -1.0)
    rows = np.column_stack([features, np.ones(len(features))])

    def loss(w):
        slack = np.maximum(0.0, 1.0 - signs * (rows @ w))
        return 0.5 * w @ w + C * (weights * slack**2).sum(), w - 2 * C * rows.T @ (weights * signs * slack)

    return minimize(
        loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options=dict(gtol=1e-9, ftol=1e-15)
    ).x


def test_ratios_worked_by_hand():
    X = np.array([[2, 1, 0], [1, 0, 0], [0, 3, 1]])
    model = NBSVMClassifier(alpha=1.0).fit(X, ["yes", "yes", "no"])
    # p = (1 + 2, 1 + 1, 1 + 0) / 6 and q = (1, 2, 2) / 5
    expected = np.log(np.array([3, 2, 1]) / 6) - np.log(np.array([1, 2, 2]) / 5)
    assert model.log_count_ratios_ == pytest.approx(expected[None])


@pytest.mark.parametrize(
    ("C", "alpha", "class_weight"), [(1.0, 1.0, None), (0.3, 0.5, "balanced"), (1.0, 2.0, {"b": 3.0})]
)
@pytest.mark.parametrize("classes", ["ab", "abc"])
def test_it_is_the_naive_one(counts, C, alpha, class_weight, classes):
    X, y = counts
    chosen = np.isin(y, list(classes))
    chosen[:4] &= y[:4] != "a"  # unequal classes
    X, y = X[chosen], y[chosen]
    model = NBSVMClassifier(C=C, alpha=alpha, class_weight=class_weight, random_state=0).fit(X, y)
    weights = np.ones(len(y))
    for label in classes:
        if class_weight == "balanced":
            weights[y == label] = len(y) / len(classes) / (y == label).sum()
        elif class_weight:
            weights[y == label] = class_weight.get(label, 1.0)
    scores = []
    for row, label in enumerate(classes if len(classes) > 2 else "b"):
        ratios = naive_ratios(X, y == label, alpha)
        assert model.log_count_ratios_[row] == pytest.approx(ratios)
        w = naive_svm(naive_features(X, ratios), y == label, C, weights)
        found = [*model.coef_[row], model.intercept_[row]]
        # liblinear stops at a tolerance of 1e-4.
        assert np.abs(w - found).max() < 2e-3
        scores.append(naive_features(X, ratios) @ w[:-1] + w[-1])
    scores = np.array(scores).T
    decision = model.decision_function(X)
    assert np.abs(decision.reshape(scores.shape) - scores).max() < 5e-3
    best = scores.argmax(axis=1) if len(classes) > 2 else (scores[:, 0] > 0).astype(int)
    assert model.predict(X).tolist() == [classes[k] for k in best]


def test_counts_do_not_matter_but_presence_does(counts):
    X, y = counts
    one = NBSVMClassifier(random_state=0).fit(X, y)
    other = NBSVMClassifier(random_state=0).fit(np.minimum(X, 1), y)
    assert (one.coef_ == other.coef_).all()
    assert (one.decision_function(7 * X) == one.decision_function(X)).all()


@pytest.mark.smoke
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix, sparse.csc_matrix, sparse.coo_array])
def test_sparse_and_dense_counts_are_the_same(counts, kind):
    X, y = counts
    dense, other = (NBSVMClassifier(random_state=0).fit(each, y) for each in (X, kind(X)))
    assert (dense.coef_ == other.coef_).all()
    assert (dense.decision_function(X) == other.decision_function(kind(X))).all()


def test_explicit_zeros_are_not_present(counts):
    X, y = counts
    stored = sparse.csr_array(np.ones_like(X))
    stored.data[:] = X.ravel()
    one, other = (NBSVMClassifier(random_state=0).fit(each, y) for each in (X, stored))
    assert one.log_count_ratios_ == pytest.approx(other.log_count_ratios_)


def test_the_input_is_left_alone(counts):
    X, y = counts
    given = sparse.csr_array(X)
    before = given.copy()
    NBSVMClassifier().fit(given, y).predict(given)
    assert (given.data == before.data).all()
    assert (given.indices == before.indices).all()


def test_a_row_without_features_gets_the_intercept(counts):
    X, y = counts
    model = NBSVMClassifier().fit(X, y)
    assert model.decision_function(np.zeros((1, 12)))[0] == pytest.approx(model.intercept_)


@parametrize_with_checks([NBSVMClassifier()], expected_failed_checks=lambda _: NEGATIVE | STOCHASTIC)
def test_scikit_learns_contract(estimator, check):
    check(estimator)


def test_in_scikit_learns_tools():
    texts, labels = reviews(60)
    model = make_pipeline(CountVectorizer(ngram_range=(1, 2)), NBSVMClassifier())
    assert cross_val_score(model, texts, labels, cv=3).mean() > 0.9
    search = GridSearchCV(model, {"nbsvmclassifier__C": [0.1, 1.0]}, cv=2).fit(texts, labels)
    assert search.predict(["good film"]).tolist() == ["pos"]
    fitted = model.fit(texts, labels)
    read = pickle.loads(pickle.dumps(fitted))
    assert (read.decision_function(texts) == fitted.decision_function(texts)).all()
    assert clone(NBSVMClassifier(C=3.0)).C == 3.0


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (dict(C=0), ValueError),
        (dict(C="x"), TypeError),
        (dict(alpha=0), ValueError),
        (dict(alpha=math.nan), ValueError),
    ],
)
def test_bad_parameters(counts, options, error):
    with pytest.raises(error, match=f"The {next(iter(options))} parameter of NBSVMClassifier"):
        NBSVMClassifier(**options).fit(*counts)


def test_bad_data(counts):
    X, y = counts
    with pytest.raises(ValueError, match="Negative values"):
        NBSVMClassifier().fit(-X, y)
    with pytest.raises(ValueError, match="NaN"):
        NBSVMClassifier().fit(np.where(X > 1, np.nan, X), y)
    with pytest.raises(ValueError, match=r"two classes. Got 1 class, \['a'\]"):
        NBSVMClassifier().fit(X, ["a"] * 60)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        NBSVMClassifier().fit(X, y[1:])
    with pytest.raises(NotFittedError):
        NBSVMClassifier().predict(X)
    with pytest.raises(ValueError, match="expecting 12 features"):
        NBSVMClassifier().fit(X, y).predict(X[:, 1:])


def test_unit_rows_are_scikit_learns_to_the_bit():
    rng = np.random.default_rng(1)
    matrix = sparse.csr_array(sparse.random_array((60, 300), density=0.2, rng=rng))
    matrix.data *= 10.0 ** rng.integers(-6, 6, matrix.nnz)
    matrix.data[: matrix.indptr[1]] = 0.0  # a row of zeros that are stored
    assert matrix.indptr[1]
    np.testing.assert_array_equal(unit_rows(matrix.copy()).data, normalize(matrix).data)
