"""A fitted `TextClassifier` in one safetensors file: arrays, words, settings as JSON; no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from wordvec._io.archive import open_archive, write_archive
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import TEXT_CLASSIFIER, unreadable_as
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec.supervised.classifier import EmbeddingClassifier
from wordvec.supervised.files import pack_classifier, pack_labels, unpack_classifier, unpack_labels
from wordvec.text.tokenizers import Tokenizer, TokenizerRecord, choose_tokenizer, conversion_of
from wordvec.vectors.estimator_files import TokenizerArgumentError, stored_tokenizer
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..features.pooling import Pooling
from ..features.vectorizer import EmbeddingVectorizer
from .blend import Blend
from .ensemble import Ensemble
from .evidence import Evidence
from .file_checks import check_index, check_member
from .members import (
    ConstantScore,
    DocumentMember,
    EmbeddingMember,
    LabelwiseClassifier,
    LinearMember,
    Member,
    NBMember,
    Settings,
    by_columns,
)
from .nbsvm import NBSVMClassifier
from .ngrams import NgramIndex
from .texts import TextPreparer

_OWNER = "TextClassifier"
_KINDS: dict[str, type[Any]] = {
    model.__name__: model for model in (LinearSVC, LogisticRegression, NBSVMClassifier)
}
# The constant score of a label: 0 if no training text had it.
_ALWAYS, _LEARNED = 1, 2
_Tensors = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class StoredClassifier:
    """The contents of a file of a `TextClassifier`.

    Attributes
    ----------
    parameters : dict of str to value
        ``kind``, ``class_weight``, ``at_least_one``, ``lowercase`` and ``n_jobs``.
    seed : int
    tokenizer : TokenizerRecord
    classes : array (C,)
    is_multilabel, is_indicator : bool
        Whether a text may have several labels, and whether they came as a matrix.
    preparer : TextPreparer
    ensemble : Ensemble
    """

    parameters: dict[str, Any]
    seed: int
    tokenizer: TokenizerRecord
    classes: np.ndarray
    is_multilabel: bool
    is_indicator: bool
    preparer: TextPreparer
    ensemble: Ensemble

    @property
    def vectors(self) -> KeyedVectors | None:
        """The word vectors of training, None if there were none."""
        return vectors_of(self.ensemble.members)


def vectors_of(members: Mapping[str, Member]) -> KeyedVectors | None:
    """Return the word vectors of training, None if there were none."""
    document: Any = members.get("document")
    return None if document is None else document.model_[0].wv_


def write_model(path: Path, stored: StoredClassifier) -> None:
    """Write a fitted classifier under a temporary name, then rename it.

    Raises
    ------
    ValueError
        If the classes are neither str, int nor bool, or a word cannot be written.
    OSError
        If the file cannot be written.
    """
    ensemble = stored.ensemble
    tensors, header = _pack_preparer(stored.preparer)
    parameters = dict(stored.parameters)
    weights = parameters.pop("class_weight")
    header |= {
        "parameters": parameters,
        # JSON would make strings of the keys.
        "class_weight": list(map(list, weights.items())) if isinstance(weights, dict) else weights,
        "seed": stored.seed,
        "tokenizer": stored.tokenizer,
        "classes": pack_labels(stored.classes, _OWNER),
        "multilabel": stored.is_multilabel,
        "indicator": stored.is_indicator,
        "weights": ensemble.weights,
        "intercepts": ensemble.blend.intercepts.tolist(),
        "thresholds": None if ensemble.thresholds is None else ensemble.thresholds.tolist(),
        "C": ensemble.C,
    }
    evidence = ensemble.evidence
    tensors["evidence.words"] = evidence.words
    if evidence.characters is not None:
        tensors["evidence.characters"] = evidence.characters
    header["evidence"] = {"base": evidence.base.tolist(), "empty": evidence.empty.tolist()}
    for name, member in ensemble.members.items():
        arrays, settings = _PACKERS[name](member)
        tensors |= {f"{name}.{key}": array for key, array in arrays.items()}
        header[name] = settings
    text = json.dumps(header, default=lambda value: value.item())
    write_archive(path, TEXT_CLASSIFIER, tensors, {"header": text})


def read_model(path: Path, tokenizer: Any) -> StoredClassifier:
    """Read what `write_model` wrote.

    Parameters
    ----------
    path : Path
    tokenizer : callable, or None
        The one of training, if the file does not name it.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not a whole file of a classifier, a newer version wrote it, or its tokenizer is missing.
    """
    with open_archive(path, TEXT_CLASSIFIER, passing=(TokenizerArgumentError,)) as archive:
        header, tensors = parse_json_object(archive.metadata["header"]), archive.read_all()
        chosen = stored_tokenizer(header["tokenizer"], tokenizer, _OWNER)
    with unreadable_as(f"The file {str(path)!r}", TEXT_CLASSIFIER):
        tokenize = choose_tokenizer(chosen, header["parameters"]["lowercase"], [], _OWNER)
        return _unpack(header, tensors, tokenize)


def _unpack(header: dict[str, Any], tensors: _Tensors, tokenize: Tokenizer) -> StoredClassifier:
    for name, tensor in tensors.items():
        if tensor.dtype.kind not in "fiu" or not np.isfinite(tensor).all():
            raise ValueError(f"its tensor {name!r} has values that are no finite numbers")
    parameters = {
        name: header["parameters"][name] for name in ("kind", "at_least_one", "lowercase", "n_jobs")
    }
    weights = header["class_weight"]
    parameters["class_weight"] = dict(weights) if isinstance(weights, list) else weights
    classes = unpack_labels(header["classes"])
    n_classes = len(set(classes.tolist()))
    preparer = _unpack_preparer(header, tensors, tokenize)
    settings = Settings(n_classes, None, parameters["n_jobs"], header["seed"])
    members = {}
    for name in header["weights"]:
        arrays = {key.partition(".")[2]: tensors[key] for key in tensors if key.startswith(f"{name}.")}
        check_member(name, arrays, preparer)
        members[name] = _UNPACKERS[name](arrays, header[name], settings)
    stored = StoredClassifier(
        parameters=parameters,
        seed=header["seed"],
        tokenizer=header["tokenizer"],
        classes=classes,
        is_multilabel=header["multilabel"] is True,
        is_indicator=header["indicator"] is True,
        preparer=preparer,
        ensemble=_unpack_ensemble(header, tensors, members, preparer, n_classes),
    )
    # Lists of tokens need no tokenizer, whose errors would be taken for the file's.
    text = preparer.prepare([["a"]], _OWNER)
    proba = stored.ensemble.probabilities(text)
    if proba.shape != (1, n_classes) or not np.isfinite(proba).all():
        raise ValueError("its parts do not fit together")
    return stored


def _unpack_ensemble(
    header: dict[str, Any],
    tensors: _Tensors,
    members: dict[str, Member],
    preparer: TextPreparer,
    n_classes: int,
) -> Ensemble:
    weights, intercepts = (
        np.array(values, np.float64) for values in (list(header["weights"].values()), header["intercepts"])
    )
    thresholds = None
    if header["multilabel"] is True:
        thresholds = np.array(header["thresholds"], np.float64)
        if thresholds.shape != (n_classes,) or not ((thresholds >= 0) & (thresholds <= 1)).all():
            raise ValueError("its thresholds are no probabilities, one for each class")
    if intercepts.shape != (n_classes,) or not np.isfinite(intercepts).all():
        raise ValueError("its intercepts are not one number for each class")
    evidence = _unpack_evidence(header, tensors, members, preparer, n_classes)
    return Ensemble(members, Blend(weights, intercepts), header["C"], thresholds, evidence)


def _unpack_evidence(
    header: dict[str, Any],
    tensors: _Tensors,
    members: dict[str, Member],
    preparer: TextPreparer,
    n_classes: int,
) -> Evidence:
    base, empty = (np.array(header["evidence"][name], np.float64) for name in ("base", "empty"))
    words, characters = tensors["evidence.words"], tensors.get("evidence.characters")
    if base.shape != (n_classes,) or empty.shape != (n_classes,):
        raise ValueError("its frequencies are not one number for each class")
    for array, index in ((words, preparer.words), (characters, preparer.characters)):
        if index is not None and (array is None or array.dtype != np.float16 or array.shape != (len(index),)):
            raise ValueError("what its n-grams say is not one number for each")
    if not (np.isfinite(base).all() and np.isfinite(empty).all()):
        raise ValueError("its frequencies are no finite numbers")
    return Evidence(
        base,
        empty,
        words,
        characters,
        len(preparer.words.symbols),
        preparer.overlap,
        header["multilabel"] is True,
        vectors_of(members),
    )


def _pack_preparer(preparer: TextPreparer) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    tensors: dict[str, np.ndarray] = {}
    header: dict[str, Any] = {"chinese": preparer.is_chinese, "ngrams": {}}
    for name, index in (("words", preparer.words), ("characters", preparer.characters)):
        if index is not None:
            tensors[f"{name}.symbols"], tensors[f"{name}.offsets"] = pack_strings(index.symbols)
            tensors |= {f"{name}.level{n}": level for n, level in enumerate(index.levels)}
            header["ngrams"][name] = {"shortest": index.shortest, "levels": len(index.levels)}
    return tensors, header


def _unpack_preparer(header: dict[str, Any], tensors: _Tensors, tokenize: Tokenizer) -> TextPreparer:
    indices = {
        name: NgramIndex(
            unpack_strings(tensors[f"{name}.symbols"], tensors[f"{name}.offsets"]),
            settings["shortest"],
            [tensors[f"{name}.level{n}"] for n in range(settings["levels"])],
        )
        for name, settings in header["ngrams"].items()
    }
    for name, index in indices.items():
        check_index(name, index)
    convert = conversion_of(header["tokenizer"])
    return TextPreparer(tokenize, header["chinese"], indices["words"], indices.get("characters"), convert)


_Packed = tuple[dict[str, np.ndarray], dict[str, Any]]


def _pack_linear(member: LinearMember) -> _Packed:
    arrays, settings = _pack_rows(member.svm_)
    return arrays | {f"idf{n}": idf for n, idf in enumerate(member.idf_)}, settings | {"C": member.C}


def _unpack_linear(arrays: _Tensors, header: dict[str, Any], settings: Settings) -> Member:
    idf = [arrays[f"idf{n}"] for n in range(2) if f"idf{n}" in arrays]
    return LinearMember(settings, header["C"], idf, _unpack_rows(arrays, header, settings))


def _pack_nb(member: NBMember) -> _Packed:
    # Members that learned from all texts have all columns.
    return _pack_rows(member.model_)


def _unpack_nb(arrays: _Tensors, header: dict[str, Any], settings: Settings) -> Member:
    return NBMember(settings, _unpack_rows(arrays, header, settings))


def _pack_embedding(member: EmbeddingMember) -> _Packed:
    return pack_classifier(member.model_.to_stored())


def _unpack_embedding(arrays: _Tensors, header: dict[str, Any], settings: Settings) -> Member:
    return EmbeddingMember(
        settings, EmbeddingClassifier.from_stored(unpack_classifier(arrays.__getitem__, header))
    )


def _pack_document(member: DocumentMember) -> _Packed:
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
    # An infinite a is no JSON.
    a = None if pooling.a is None or not np.isfinite(pooling.a) else float(pooling.a)
    return arrays, settings | {"pooling": pooling.name, "a": a, "oov_rate": vectorizer.oov_rate_}


def _unpack_document(arrays: _Tensors, header: dict[str, Any], settings: Settings) -> Member:
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


def _pack_rows(model: Any) -> _Packed:
    """Return the weights of a linear model, or of one for each label."""
    is_labelwise = isinstance(model, LabelwiseClassifier)
    models = model.estimators_ if is_labelwise else [model]
    learned = [each for each in models if hasattr(each, "coef_")]
    kinds = [_LEARNED if hasattr(each, "coef_") else int(each.is_always) for each in models]
    arrays = {
        "coef": np.concatenate([each.coef_ for each in learned]),
        "intercept": np.concatenate([np.ravel(each.intercept_) for each in learned]),
    }
    if isinstance(learned[0], NBSVMClassifier):
        arrays["ratios"] = np.concatenate([each.log_count_ratios_ for each in learned])
    return arrays, {"model": type(learned[0]).__name__, "labels": kinds if is_labelwise else None}


def _unpack_rows(arrays: _Tensors, header: dict[str, Any], settings: Settings) -> Any:
    if header["labels"] is None:
        return _linear_model(arrays, header["model"], slice(None), settings.n_classes)
    model = LabelwiseClassifier(_KINDS[header["model"]]())
    model.estimators_, row = [], 0
    for kind in header["labels"]:
        if kind == _LEARNED:
            model.estimators_.append(_linear_model(arrays, header["model"], slice(row, row + 1), 2))
            row += 1
        else:
            model.estimators_.append(ConstantScore(kind == _ALWAYS))
    model.classes_ = np.arange(len(model.estimators_))
    return model


def _linear_model(arrays: _Tensors, name: str, rows: slice, n_classes: int) -> Any:
    model = _KINDS[name]()
    model.classes_ = np.arange(n_classes)
    model.coef_, model.intercept_ = arrays["coef"][rows], arrays["intercept"][rows]
    if len(model.coef_) != (n_classes if n_classes > 2 else 1):
        raise ValueError(f"it has {n_classes} classes and {len(model.coef_)} rows of weights")
    model.n_features_in_ = model.coef_.shape[1]
    if isinstance(model, NBSVMClassifier):
        model.log_count_ratios_ = arrays["ratios"][rows]
    else:
        model.coef_ = by_columns(model.coef_)
    return model


_PACKERS: dict[str, Any] = {
    "linear": _pack_linear, "nb": _pack_nb, "embedding": _pack_embedding, "document": _pack_document,
}  # fmt: skip
_UNPACKERS: dict[str, Any] = {
    "linear": _unpack_linear, "nb": _unpack_nb, "embedding": _unpack_embedding, "document": _unpack_document,
}  # fmt: skip
