"""Members of a `TextClassifier`: each is trained on prepared texts and returns a score for each class.

Scores are float64 (n_texts, C); for two classes they are (-s / 2, s / 2). The blend in `blend` converts them to
probabilities.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from wordvec.supervised.classifier import EmbeddingClassifier
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..features.vectorizer import EmbeddingVectorizer
from .linear_weights import ALWAYS, LEARNED, NEVER, LinearWeights, NBWeights, constant_scores
from .nbsvm import NBSVMClassifier
from .rows import unit_rows
from .texts import MIN_TEXTS, PreparedTexts, document_frequencies, n_texts_of

# Chosen on held-out training texts of the sets in tests/benchmarks/bench_classification.py.
LINEAR_C = (0.1, 0.5)
NB_C = 1.0
DOCUMENT_C = 10.0


class Member(Protocol):
    """The interface of a member."""

    def fit(self, texts: PreparedTexts, target: np.ndarray) -> Any:
        """Learn.

        Parameters
        ----------
        target : class indices, int (n_texts,), or bool (n_texts, C) if a text may have several labels
        """

    def scores(self, texts: PreparedTexts) -> np.ndarray:
        """Return float64 (n_texts, C)."""


@dataclass(frozen=True)
class Settings:
    """The base class of the members."""

    n_classes: int
    class_weight: np.ndarray | None  # float64 (C,), or (C, 2) of texts without and with each label
    n_jobs: int | None
    seed: int
    vectors: KeyedVectors | None = None
    max_iter: int = 1000


@dataclass
class LinearMember:
    """A linear support vector machine on TF-IDF of n-grams of words and characters."""

    settings: Settings
    C: float
    idf_: list[np.ndarray] = field(default_factory=list)
    model_: Any = None

    def fit(self, texts: PreparedTexts, target: np.ndarray) -> LinearMember:
        """Learn."""
        from sklearn.svm import LinearSVC  # here, and others below: predictions do without

        weights = texts.sample_weight
        self.idf_ = [_inverse_frequencies(texts.word_counts, texts.word_min_texts, weights)]
        if texts.char_counts is not None:
            self.idf_.append(_inverse_frequencies(texts.char_counts, MIN_TEXTS, weights))
        svm = LinearSVC(C=self.C, random_state=self.settings.seed, max_iter=self.settings.max_iter)
        features = self._features(texts)
        fitted = _weighted(svm, target, self.settings).fit(features, target, sample_weight=weights)
        self.model_ = linear_weights(fitted, features.shape[1])
        return self

    def scores(self, texts: PreparedTexts) -> np.ndarray:
        """Return float64 (n_texts, C)."""
        return two_sided(self.model_.decision_function(self._features(texts)), self.settings.n_classes)

    def _features(self, texts: PreparedTexts) -> sparse.csr_array:
        blocks = [texts.word_counts] if texts.char_counts is None else [texts.word_counts, texts.char_counts]
        return sparse.hstack([tf_idf(*pair) for pair in zip(blocks, self.idf_)], format="csr")


@dataclass
class NBMember:
    """`NBSVMClassifier` on n-grams of words."""

    settings: Settings
    model_: Any = None
    columns_: np.ndarray | None = None  # that were learned; None for all

    def fit(self, texts: PreparedTexts, target: np.ndarray) -> NBMember:
        """Learn."""
        model = NBSVMClassifier(C=NB_C, max_iter=self.settings.max_iter, random_state=self.settings.seed)
        known = texts.known_words()
        self.columns_ = None if known.all() else np.flatnonzero(known)
        counts = self._counts(texts)
        model = _weighted(model, target, self.settings)
        fitted = model.fit(counts, target, sample_weight=texts.sample_weight)
        self.model_ = nb_weights(fitted, counts.shape[1])
        return self

    def scores(self, texts: PreparedTexts) -> np.ndarray:
        """Return float64 (n_texts, C)."""
        return two_sided(self.model_.decision_function(self._counts(texts)), self.settings.n_classes)

    def _counts(self, texts: PreparedTexts) -> sparse.csr_array:
        return texts.word_counts if self.columns_ is None else texts.word_counts[:, self.columns_]


@dataclass
class EmbeddingMember:
    """`EmbeddingClassifier`, which starts from the word vectors if there are any; one label per text."""

    settings: Settings
    model_: Any = None

    def fit(self, texts: PreparedTexts, target: np.ndarray) -> EmbeddingMember:
        """Learn."""
        vectors = self.settings.vectors
        size: dict[str, Any] = {} if vectors is None else {"vector_size": vectors.vector_size}
        model = EmbeddingClassifier(
            init_vectors=vectors,
            class_weight=_by_number(self.settings.class_weight),
            n_jobs=self.settings.n_jobs,
            random_state=self.settings.seed,
            verbose=False,
            **size,
        )
        try:
            self.model_ = model.fit(texts.tokens, target, sample_weight=texts.sample_weight)
        except FloatingPointError as error:
            raise ValueError(
                "The numbers of TextClassifier.fit grew beyond all bounds. Lower the largest sample_weight, or scale "
                "the vectors down."
            ) from error
        if model.interrupted_:  # it ends its training on Ctrl-C; the classifier has more to learn
            raise KeyboardInterrupt
        return self

    def scores(self, texts: PreparedTexts) -> np.ndarray:
        """Return float64 (n_texts, C)."""
        return np.log(np.maximum(self.model_.predict_proba(texts.tokens), 1e-9))


@dataclass
class DocumentMember:
    """Logistic regression on uSIF document vectors."""

    settings: Settings
    model_: Any = None

    def fit(self, texts: PreparedTexts, target: np.ndarray) -> DocumentMember:
        """Learn."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import StandardScaler

        assert self.settings.vectors is not None
        regression = LogisticRegression(
            # The features have the variance 1 / D each in scikit-learn's usual scale.
            C=DOCUMENT_C / self.settings.vectors.vector_size,
            max_iter=self.settings.max_iter,
            tol=1e-3,
        )
        weights = texts.sample_weight
        self.model_ = Pipeline(
            [
                ("vectorizer", EmbeddingVectorizer(self.settings.vectors, pooling="usif")),
                ("scaler", StandardScaler()),
                ("classifier", _weighted(regression, target, self.settings)),
            ]
        )
        self.model_.fit(
            texts.tokens,
            target,
            vectorizer__sample_weight=weights,
            scaler__sample_weight=weights,
            classifier__sample_weight=weights,
        )
        return self

    def scores(self, texts: PreparedTexts) -> np.ndarray:
        """Return float64 (n_texts, C)."""
        found = self.model_.decision_function(texts.tokens)
        return two_sided(found, self.settings.n_classes)


def make_members(settings: Settings, *, is_multilabel: bool, c: float) -> dict[str, Member]:
    """Return unfitted members by name."""
    members: dict[str, Member] = {"linear": LinearMember(settings, c), "nb": NBMember(settings)}
    if not is_multilabel:
        members["embedding"] = EmbeddingMember(settings)
    if settings.vectors is not None:
        members["document"] = DocumentMember(settings)
    return members


@dataclass(frozen=True)
class ConstantScore:
    """The model of a label that all or no training texts have."""

    is_always: bool

    def decision_function(self, X: Any) -> np.ndarray:
        """Return float64 (n_texts,)."""
        return constant_scores(X.shape[0], self.is_always)


class LabelwiseClassifier(ClassifierMixin, BaseEstimator):
    """One classifier for each label, and a constant score for labels that all or no training texts have.

    Like scikit-learn's OneVsRestClassifier, whose scores for such labels are 0 and 1, where 0 would mean a probability
    of one half.

    Parameters
    ----------
    estimator : classifier
    class_weight : float64 (C, 2), optional
        The weights of texts without and with each label.
    """

    def __init__(self, estimator: Any, class_weight: np.ndarray | None = None) -> None:
        self.estimator = estimator
        self.class_weight = class_weight

    def fit(self, X: Any, y: np.ndarray, sample_weight: np.ndarray | None = None) -> LabelwiseClassifier:
        """Train a classifier for each label on its own."""
        self.estimators_: list[Any] = []
        for number, has_label in enumerate(np.asarray(y).T.astype(np.int64)):
            if has_label.min() == has_label.max():
                self.estimators_.append(ConstantScore(bool(has_label[0])))
                continue
            model = clone(self.estimator)
            if self.class_weight is not None:
                model.set_params(class_weight=_by_number(self.class_weight[number]))
            self.estimators_.append(model.fit(X, has_label, sample_weight=sample_weight))
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Return float64 (n_texts, C)."""
        return np.column_stack([model.decision_function(X) for model in self.estimators_])


def _weighted(model: Any, target: np.ndarray, settings: Settings) -> Any:
    """Return the model with class weights set, one model for each label if a text may have several."""
    if target.ndim == 2:
        return LabelwiseClassifier(model, settings.class_weight)
    return model.set_params(class_weight=_by_number(settings.class_weight))


def _by_number(weights: np.ndarray | None) -> dict[int, float] | None:
    return None if weights is None else dict(enumerate(weights.tolist()))


def two_sided(scores: np.ndarray, n_classes: int) -> np.ndarray:
    """Return scores with a column for each class."""
    if scores.ndim == 1 and n_classes == 2:
        return np.column_stack([-0.5 * scores, 0.5 * scores])
    return scores.reshape(len(scores), n_classes)


def linear_weights(model: Any, n_features: int) -> LinearWeights:
    """Return the weights of a fitted linear model, or of one per label."""
    learned, labels = learned_models(model)
    coef = np.concatenate([np.empty((0, n_features)), *(each.coef_ for each in learned)])
    # In the order in which SciPy multiplies them with sparse rows: it would copy others each time.
    return LinearWeights(np.asfortranarray(coef), _intercepts(learned), labels)


def nb_weights(model: Any, n_features: int) -> NBWeights:
    """Return the weights of a fitted `NBSVMClassifier`, or of one per label."""
    learned, labels = learned_models(model)
    coef = np.concatenate([np.empty((0, n_features)), *(each.coef_ for each in learned)])
    ratios: Any = coef
    if learned:
        ratios = dataclasses.replace(
            learned[0].counts_,
            counts=sparse.csc_array(sparse.vstack([each.counts_.counts for each in learned])),
            class_sums=np.concatenate([each.counts_.class_sums for each in learned]),
        )
    return NBWeights(coef, _intercepts(learned), ratios, labels)


def learned_models(model: Any) -> tuple[list[Any], tuple[int, ...] | None]:
    """Return the models that have weights, and the kind of each label."""
    if not isinstance(model, LabelwiseClassifier):
        return [model], None
    models = model.estimators_
    kinds = (LEARNED if hasattr(each, "coef_") else ALWAYS if each.is_always else NEVER for each in models)
    return [each for each in models if hasattr(each, "coef_")], tuple(kinds)


def _intercepts(models: list[Any]) -> np.ndarray:
    return np.concatenate([np.empty(0), *(np.ravel(each.intercept_) for each in models)])


def tf_idf(counts: sparse.csr_array, idf: np.ndarray) -> sparse.csr_array:
    """Return (1 + log(count)) * idf, with rows of unit length."""
    weighted = sparse.csr_array(
        ((1.0 + np.log(counts.data)) * idf[counts.indices], counts.indices, counts.indptr), shape=counts.shape
    )
    return unit_rows(weighted)


def _inverse_frequencies(
    counts: sparse.csr_array, min_texts: int | np.ndarray, sample_weight: np.ndarray | None
) -> np.ndarray:
    """Return log((1 + n) / (1 + df)) + 1 as scikit-learn does, float64 (V,); 0 for n-grams that are too rare."""
    n_texts = counts.shape[0] if sample_weight is None else sample_weight.sum()
    idf = np.log((1 + n_texts) / (1 + document_frequencies(counts, sample_weight))) + 1.0
    return np.where(n_texts_of(counts, sample_weight) >= min_texts, idf, 0.0)
