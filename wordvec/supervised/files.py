"""A supervised embedding classifier in one safetensors file: tables, words, n-grams, settings as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wordvec._io.archive import open_archive, write_archive
from wordvec._io.json_files import parse_json, parse_json_object, unpack_fields
from wordvec._io.kinds import EMBEDDING_CLASSIFIER
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec.supervised.features import N_MARKS
from wordvec.supervised.training import SupervisedState, model_of
from wordvec.text.tokenizers import TokenizerRecord

if TYPE_CHECKING:
    from wordvec.kernels.supervised import Model

_LABEL_KINDS = {"str": str, "int": int, "bool": bool}


@dataclasses.dataclass(frozen=True)
class StoredClassifier:
    """Everything needed for prediction and further training, and the training record."""

    parameters: dict[str, Any]  # of the estimator
    tokenizer: TokenizerRecord  # with the name that "auto" stood for
    word_ngrams: int
    classes: np.ndarray  # (C,)
    class_counts: np.ndarray  # int64 (C,), texts of each in training; float64, their weights if they had any
    words: list[str]
    counts: np.ndarray  # int64 (V,)
    ngram_keys: np.ndarray  # uint64 (n_ngrams,)
    vectors: np.ndarray  # float32 (V + N_MARKS + n_ngrams, vector_size)
    vector_sums: np.ndarray  # float32 (V + N_MARKS + n_ngrams,); AdaGrad's sums of squares
    weights: np.ndarray  # float32 (C, vector_size)
    weight_sums: np.ndarray  # float32 (C,)
    state: SupervisedState

    @property
    def prior(self) -> np.ndarray:
        """The weighted class frequencies in training, float64 (C,)."""
        weights = self.parameters["class_weight"]
        shares = self.class_counts.astype(np.float64)
        if weights == "balanced":
            shares = (shares > 0).astype(np.float64)
        elif weights is not None:
            shares *= [weights.get(label, 1.0) for label in self.classes.tolist()]
        return shares / shares.sum()

    def model(self) -> Model:
        """Return a copy of the tables with rows padded for the kernels."""
        return model_of(self.vectors, self.vector_sums, self.weights, self.weight_sums)

    def of_model(self, model: Model) -> StoredClassifier:
        """Return the same with the tables of `model`, sharing its memory."""
        return dataclasses.replace(self, **tables_of(model, self.vectors.shape[1]))


def tables_of(model: Model, size: int) -> dict[str, Any]:
    """Return the tables of a model under the names of a `StoredClassifier`, sharing its memory."""
    return {
        "vectors": model.table[:, :size],
        "vector_sums": model.table[:, size],
        "weights": model.weights[:, :size],
        "weight_sums": model.weights[:, size],
    }


def write_classifier(path: Path, stored: StoredClassifier) -> None:
    """Write a classifier under a temporary name, then rename it.

    Raises
    ------
    ValueError
        If the classes are neither str, int nor bool.
    FileNotFoundError
        If the folder does not exist.
    OSError
        If the disk is full or read-only.
    """
    tensors, metadata = pack_classifier(stored)
    write_archive(path, EMBEDDING_CLASSIFIER, tensors, metadata, aligned="vectors")


def pack_labels(classes: np.ndarray, owner: str) -> str:
    """Return classes as JSON.

    Raises
    ------
    ValueError
        If they are neither str, int nor bool.
    """
    labels = classes.tolist()
    kind = type(labels[0]).__name__
    if kind not in _LABEL_KINDS or any(type(label).__name__ != kind for label in labels):
        raise ValueError(
            f"A file of {owner} can hold classes that are str, int or bool. Got {labels[0]!r} ({kind}). "
            "Train with labels of these types."
        )
    return json.dumps({"kind": kind, "labels": labels})


def unpack_labels(text: str) -> np.ndarray:
    """Return the classes that `pack_labels` packed, (C,)."""
    classes = parse_json_object(text)
    kind = _LABEL_KINDS[classes["kind"]]
    if any(type(label) is not kind for label in classes["labels"]):
        raise ValueError("its classes are not all of the type that it says")
    return np.array(classes["labels"])


def pack_classifier(stored: StoredClassifier) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return a classifier as tensors and texts.

    Raises
    ------
    ValueError
        If the classes are neither str, int nor bool.
    """
    words, word_offsets = pack_strings(stored.words)
    tensors = {
        "word_offsets": word_offsets,
        "counts": stored.counts,
        "ngram_keys": stored.ngram_keys.view(
            np.int64
        ),  # the format's unsigned type is younger than some readers
        "class_counts": stored.class_counts,
        "vectors": stored.vectors,
        "vector_sums": stored.vector_sums,
        "weights": stored.weights,
        "weight_sums": stored.weight_sums,
        "words": words,
    }
    metadata = {
        "parameters": _pack_parameters(stored.parameters),
        "tokenizer": json.dumps(stored.tokenizer),
        "word_ngrams": str(stored.word_ngrams),
        "classes": pack_labels(stored.classes, "EmbeddingClassifier"),
        "state": json.dumps(dataclasses.asdict(stored.state)),
    }
    return tensors, metadata


def read_classifier(path: Path) -> StoredClassifier:
    """Read what `write_classifier` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not a complete file of a classifier, or a newer version wrote it.
    """
    with open_archive(path, EMBEDDING_CLASSIFIER) as archive:
        return unpack_classifier(archive.read, archive.metadata)


def unpack_classifier(
    get_tensor: Callable[[str], np.ndarray], metadata: Mapping[str, str]
) -> StoredClassifier:
    """Return the classifier that `pack_classifier` packed.

    Raises
    ------
    LookupError, TypeError, ValueError
        If a part is missing or does not match the others.
    """
    stored = StoredClassifier(
        parameters=_unpack_parameters(metadata["parameters"]),
        tokenizer=parse_json(metadata["tokenizer"]),
        word_ngrams=int(metadata["word_ngrams"]),
        classes=unpack_labels(metadata["classes"]),
        class_counts=get_tensor("class_counts"),
        words=unpack_strings(get_tensor("words"), get_tensor("word_offsets")),
        counts=get_tensor("counts"),
        ngram_keys=get_tensor("ngram_keys").view(np.uint64),
        vectors=get_tensor("vectors"),
        vector_sums=get_tensor("vector_sums"),
        weights=get_tensor("weights"),
        weight_sums=get_tensor("weight_sums"),
        state=unpack_fields(SupervisedState, parse_json_object(metadata["state"])),
    )
    _check(stored)
    return stored


def _pack_parameters(parameters: dict[str, Any]) -> str:
    packed = dict(parameters)
    if isinstance(packed["class_weight"], dict):
        # JSON's keys are str, classes need not be.
        packed["class_weight"] = list(packed["class_weight"].items())
    return json.dumps(packed, default=lambda value: value.item())


def _unpack_parameters(text: str) -> dict[str, Any]:
    parameters = parse_json_object(text)
    if isinstance(parameters["class_weight"], list):
        parameters["class_weight"] = dict(parameters["class_weight"])
    return parameters


def _check(stored: StoredClassifier) -> None:
    """Raise ValueError if the parts do not match."""
    n_words, n_classes, size = len(stored.words), len(stored.classes), stored.vectors.shape[-1]
    n_rows = n_words + N_MARKS + len(stored.ngram_keys)
    shapes: dict[str, tuple[np.ndarray, type, tuple[int, ...]]] = {
        "counts": (stored.counts, np.int64, (n_words,)),
        "ngram_keys": (stored.ngram_keys, np.uint64, (len(stored.ngram_keys),)),
        "class_counts": (
            stored.class_counts,
            np.float64 if stored.class_counts.dtype.kind == "f" else np.int64,
            (n_classes,),
        ),
        "vectors": (stored.vectors, np.float32, (n_rows, size)),
        "vector_sums": (stored.vector_sums, np.float32, (n_rows,)),
        "weights": (stored.weights, np.float32, (n_classes, size)),
        "weight_sums": (stored.weight_sums, np.float32, (n_classes,)),
    }
    for name, (tensor, dtype, shape) in shapes.items():
        if tensor.shape != shape or tensor.dtype != dtype:
            raise ValueError(
                f"its tensor {name!r} is {tensor.dtype} {tensor.shape}, not {np.dtype(dtype)} {shape}"
            )
        if tensor.dtype.kind == "f" and not np.isfinite(tensor).all():
            raise ValueError("it holds values that are not finite")
    if stored.word_ngrams != stored.parameters["word_ngrams"]:
        raise ValueError(f"it has n-grams of {stored.word_ngrams} words and was trained with others")
    if n_classes < 2 or size < 1 or stored.word_ngrams < 1:
        raise ValueError(f"it has {n_classes} classes and vectors of {size} floats")
    if min(stored.vector_sums.min(), stored.weight_sums.min()) <= 0:
        raise ValueError("its sums of squares are not positive")
    if stored.class_counts.min() < 0 or not stored.class_counts.any():
        raise ValueError("its classes have no texts")
    keys = np.sort(stored.ngram_keys)
    if (keys[1:] == keys[:-1]).any() or (keys[:1] == 0).any():
        raise ValueError("its n-grams are not all different")
