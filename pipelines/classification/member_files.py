"""Packing of a `TextClassifier`'s members for its file, with weights in as few bytes as is harmless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from wordvec._io.strings import pack_strings, unpack_strings
from wordvec.supervised.classifier import EmbeddingClassifier
from wordvec.supervised.files import pack_classifier, unpack_classifier
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..features.pooling import Pooling
from ..features.vectorizer import EmbeddingVectorizer
from .compact import (
    SCORE_STEP,
    Packed,
    narrow,
    pack_matrix,
    pack_repeated,
    prefixed,
    short_offsets,
    step_for,
    unpack_matrix,
    unpack_repeated,
    with_prefix,
)
from .linear_weights import ALWAYS, LEARNED, LinearWeights, NBWeights
from .members import (
    ConstantScore,
    DocumentMember,
    EmbeddingMember,
    LabelwiseClassifier,
    LinearMember,
    Member,
    NBMember,
    Settings,
    learned_models,
)
from .nbsvm import pack_ratios, unpack_ratios

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

# The embedding member's step: its texts are means of several rows, which are wrong in different directions.
_EMBEDDING_STEP = 2.0**-9
_Tensors = Mapping[str, np.ndarray]


def pack_member(name: str, member: Member, weight: float) -> Packed:
    """Return the arrays and the settings of a fitted member.

    Parameters
    ----------
    name : {"linear", "nb", "embedding", "document"}
    member : Member
    weight : float
        The weight of its scores, which determines the precision needed.
    """
    packed: Packed = _PACKERS[name](member, step_for(weight))
    return packed


def unpack_member(name: str, arrays: Mapping[str, Any], header: dict[str, Any], settings: Settings) -> Member:
    """Return the member of `expanded` arrays.

    Raises
    ------
    LookupError, TypeError, ValueError
        If a part is missing or does not match the others.
    """
    member: Member = _UNPACKERS[name](arrays, header, settings)
    return member


def expanded(arrays: _Tensors, header: Mapping[str, Any]) -> dict[str, Any]:
    """Return a member's arrays, with packed ones unpacked; files of an earlier version have none."""
    found: dict[str, Any] = dict(arrays)
    for key, settings in header.get("packed", {}).items():
        unpack = unpack_ratios if key == "ratios" else unpack_matrix
        found[key] = unpack(with_prefix(key, arrays), settings)
    for key in header.get("repeated", ()):
        found[key] = unpack_repeated(with_prefix(key, arrays))
    return found


def _pack_linear(member: LinearMember, step: float) -> Packed:
    arrays, settings = _pack_weights(member.model_, step)
    names = [f"idf{n}" for n in range(len(member.idf_))]
    for name, idf in zip(names, member.idf_):
        arrays |= prefixed(name, pack_repeated(idf))
    return arrays, settings | {"C": member.C, "repeated": names}


def _unpack_linear(arrays: Mapping[str, Any], header: dict[str, Any], settings: Settings) -> Member:
    idf = [arrays[f"idf{n}"] for n in range(2) if f"idf{n}" in arrays]
    labels = _labels(arrays, header, settings)
    coef = arrays["coef"]
    if isinstance(coef, np.ndarray):  # of an earlier version
        coef = np.asfortranarray(coef)
    return LinearMember(settings, header["C"], idf, LinearWeights(coef, arrays["intercept"], labels))


def _pack_nb(member: NBMember, step: float) -> Packed:
    # Members that learned from all texts have all columns.
    arrays, settings = _pack_weights(member.model_, step)
    ratios, settings["packed"]["ratios"] = pack_ratios(member.model_.ratios, step)
    return arrays | prefixed("ratios", ratios), settings


def _unpack_nb(arrays: Mapping[str, Any], header: dict[str, Any], settings: Settings) -> Member:
    labels = _labels(arrays, header, settings)
    return NBMember(settings, NBWeights(arrays["coef"], arrays["intercept"], arrays["ratios"], labels))


def _pack_weights(model: LinearWeights | NBWeights, step: float) -> Packed:
    coef, settings = pack_matrix(model.coef, step)
    arrays = prefixed("coef", coef) | {"intercept": model.intercept}
    return arrays, {"labels": model.labels, "packed": {"coef": settings}}


def _labels(
    arrays: Mapping[str, Any], header: Mapping[str, Any], settings: Settings
) -> tuple[int, ...] | None:
    """Return the kind of each label; raise ValueError unless the number of weight rows matches."""
    labels, n_rows = header["labels"], arrays["coef"].shape[0]
    n_wanted = settings.n_classes if settings.n_classes > 2 else 1
    if labels is not None:
        n_wanted = sum(kind == LEARNED for kind in labels)
    if n_rows != n_wanted:
        raise ValueError(f"it has {settings.n_classes} classes and {n_rows} rows of weights")
    return None if labels is None else tuple(labels)


def _pack_embedding(member: EmbeddingMember, step: float) -> Packed:
    arrays, metadata = pack_classifier(member.model_.to_stored())
    # A probability moves with the longest row of weights, too.
    longest = float(np.linalg.norm(arrays["weights"], axis=1).max())
    scale = step * _EMBEDDING_STEP / SCORE_STEP
    vectors, settings = pack_matrix(arrays.pop("vectors").T, step_for(longest, scale))
    arrays |= {name: narrow(arrays[name]) for name in ("counts", "class_counts")}
    arrays["word_offsets"] = short_offsets(arrays["word_offsets"])
    return arrays | prefixed("vectors", vectors), {**metadata, "packed": {"vectors": settings}}


def _unpack_embedding(arrays: Mapping[str, Any], header: dict[str, Any], settings: Settings) -> Member:
    found = dict(arrays)
    if "packed" in header:
        found["vectors"] = arrays["vectors"].whole.T.astype(np.float32)
        found |= {name: arrays[name].astype(np.int64) for name in ("counts", "class_counts")}
    return EmbeddingMember(
        settings, EmbeddingClassifier.from_stored(unpack_classifier(found.__getitem__, header))
    )


def _pack_document(member: DocumentMember, step: float) -> Packed:
    vectorizer, scaler, regression = (step for _, step in member.model_.steps)
    arrays, settings = _pack_rows(regression)
    pooling, vectors = vectorizer.pooling_, vectorizer.wv_
    if vectors.counts is not None:
        arrays["counts"] = vectors.counts
    words, offsets = pack_strings(vectors.index_to_key)
    arrays |= {
        "vectors": np.asarray(vectors.vectors),
        "words": words,
        "word_offsets": offsets,
        "word_weights": pooling.word_weights,
        "directions": pooling.directions,
        "shares": pooling.shares,
        "mean": scaler.mean_,
        "scale": scaler.scale_,
    }
    # An infinite a is not JSON.
    a = None if pooling.a is None or not np.isfinite(pooling.a) else float(pooling.a)
    return arrays, settings | {"pooling": pooling.name, "a": a, "oov_rate": vectorizer.oov_rate_}


def _unpack_document(arrays: _Tensors, header: dict[str, Any], settings: Settings) -> Member:
    from sklearn.pipeline import make_pipeline  # here, as most classifiers have no such member
    from sklearn.preprocessing import StandardScaler

    words = unpack_strings(arrays["words"], arrays["word_offsets"])
    vectors = KeyedVectors(arrays["vectors"], words, arrays.get("counts"))
    vectorizer = EmbeddingVectorizer(vectors, pooling=header["pooling"])
    vectorizer.wv_ = vectors
    vectorizer.pooling_ = Pooling(
        header["pooling"], arrays["word_weights"], header["a"], arrays["directions"], arrays["shares"]
    )
    # Its texts come as lists of tokens.
    vectorizer.tokenizer_, vectorizer.oov_rate_ = str.split, header["oov_rate"]
    scaler = StandardScaler()
    scaler.mean_, scaler.scale_ = arrays["mean"], arrays["scale"]
    scaler.n_features_in_ = len(scaler.mean_)
    return DocumentMember(settings, make_pipeline(vectorizer, scaler, _unpack_rows(arrays, header, settings)))


def _pack_rows(model: Any) -> Packed:
    """Return the weights of a logistic regression, or of one per label."""
    learned, labels = learned_models(model)
    arrays = {
        "coef": np.concatenate([each.coef_ for each in learned]),
        "intercept": np.concatenate([np.ravel(each.intercept_) for each in learned]),
    }
    return arrays, {"labels": labels}


def _unpack_rows(arrays: _Tensors, header: dict[str, Any], settings: Settings) -> Any:
    if header["labels"] is None:
        return _regression(arrays, slice(None), settings.n_classes)
    from sklearn.linear_model import LogisticRegression

    model = LabelwiseClassifier(LogisticRegression())
    model.estimators_, row = [], 0
    for kind in header["labels"]:
        if kind == LEARNED:
            model.estimators_.append(_regression(arrays, slice(row, row + 1), 2))
            row += 1
        else:
            model.estimators_.append(ConstantScore(kind == ALWAYS))
    model.classes_ = np.arange(len(model.estimators_))
    return model


def _regression(arrays: _Tensors, rows: slice, n_classes: int) -> LogisticRegression:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression()
    model.classes_ = np.arange(n_classes)
    model.coef_, model.intercept_ = arrays["coef"][rows], arrays["intercept"][rows]
    if len(model.coef_) != (n_classes if n_classes > 2 else 1):
        raise ValueError(f"it has {n_classes} classes and {len(model.coef_)} rows of weights")
    model.n_features_in_ = model.coef_.shape[1]
    return model


_PACKERS: dict[str, Any] = {
    "linear": _pack_linear, "nb": _pack_nb, "embedding": _pack_embedding, "document": _pack_document,
}  # fmt: skip
_UNPACKERS: dict[str, Any] = {
    "linear": _unpack_linear, "nb": _unpack_nb, "embedding": _unpack_embedding, "document": _unpack_document,
}  # fmt: skip
