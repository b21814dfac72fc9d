"""A fitted `TextClassifier` in one safetensors file: arrays, words, settings as JSON; no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._io.archive import open_archive, write_archive
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import TEXT_CLASSIFIER, unreadable_as
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec.supervised.files import pack_labels, unpack_labels
from wordvec.text.tokenizers import Tokenizer, TokenizerRecord, choose_tokenizer, conversion_of
from wordvec.vectors.estimator_files import TokenizerArgumentError, stored_tokenizer
from wordvec.vectors.keyed_vectors import KeyedVectors

from .blend import Blend
from .compact import pack_ngrams, prefixed, short_offsets, unpack_ngrams, with_prefix
from .ensemble import Ensemble
from .evidence import Evidence
from .file_checks import check_index, check_member
from .member_files import expanded, pack_member, unpack_member
from .members import Member, Settings
from .ngrams import NgramIndex
from .texts import TextPreparer

_OWNER = "TextClassifier"
_Tensors = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class StoredClassifier:
    """The contents of a file of a `TextClassifier`.

    Attributes
    ----------
    parameters : dict of str to value
        ``kind``, ``class_weight``, ``at_least_one``, ``lowercase``, ``max_iter`` and ``n_jobs``.
    seed : int
    tokenizer : TokenizerRecord
    classes : array (C,)
    is_multilabel, is_indicator : bool
        Whether a text may have several labels, and whether they came as a matrix.
    preparer : TextPreparer
    ensemble : Ensemble
    fingerprints : uint64 (n,), or None
        Fingerprints of the training texts; None in files of older versions.
    """

    parameters: dict[str, Any]
    seed: int
    tokenizer: TokenizerRecord
    classes: np.ndarray
    is_multilabel: bool
    is_indicator: bool
    preparer: TextPreparer
    ensemble: Ensemble
    fingerprints: np.ndarray | None

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
    header["evidence"] = None
    if evidence is not None:
        tensors["evidence.words"] = evidence.words
        if evidence.characters is not None:
            tensors["evidence.characters"] = evidence.characters
        header["evidence"] = {"base": evidence.base.tolist(), "empty": evidence.empty.tolist()}
    for name, member in ensemble.members.items():
        arrays, settings = pack_member(name, member, ensemble.weights[name])
        tensors |= {f"{name}.{key}": array for key, array in arrays.items()}
        header[name] = settings
    if stored.fingerprints is not None:
        # The format's unsigned type is younger than some readers.
        tensors["fingerprints"] = stored.fingerprints.view(np.int64)
    text = json.dumps(header, default=lambda value: value.item())
    write_archive(path, TEXT_CLASSIFIER, tensors, {"header": text})


def read_model(path: Path, tokenizer: Any) -> StoredClassifier:
    """Read what `write_model` wrote.

    Parameters
    ----------
    path : Path
    tokenizer : callable, or None
        The tokenizer used in training, if the file does not name it.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not a complete file of a classifier, a newer version wrote it, or its tokenizer is missing.
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
            raise ValueError(f"its tensor {name!r} has values that are not finite numbers")
    if "intercepts" not in header:
        header = header | _of_version_2(header)
    parameters = {
        name: header["parameters"][name]
        for name in ("kind", "at_least_one", "lowercase", "max_iter", "n_jobs")
    }
    weights = header["class_weight"]
    parameters["class_weight"] = dict(weights) if isinstance(weights, list) else weights
    classes = unpack_labels(header["classes"])
    n_classes = len(set(classes.tolist()))
    preparer = _unpack_preparer(header, tensors, tokenize)
    settings = Settings(n_classes, None, parameters["n_jobs"], header["seed"])
    members = {}
    for name in header["weights"]:
        arrays = expanded(with_prefix(name, tensors), header[name])
        check_member(name, arrays, preparer)
        members[name] = unpack_member(name, arrays, header[name], settings)
    known = tensors.get("fingerprints")
    if known is not None and (known.ndim != 1 or known.dtype != np.int64):
        raise ValueError("its fingerprints of training texts are none")
    stored = StoredClassifier(
        parameters=parameters,
        seed=header["seed"],
        tokenizer=header["tokenizer"],
        classes=classes,
        is_multilabel=header["multilabel"] is True,
        is_indicator=header["indicator"] is True,
        preparer=preparer,
        ensemble=_unpack_ensemble(header, tensors, members, preparer, n_classes),
        fingerprints=None if known is None else known.view(np.uint64),
    )
    # Lists of tokens need no tokenizer, whose errors would be taken for the file's.
    text = preparer.prepare([["a"]], _OWNER)
    proba = stored.ensemble.probabilities(text)
    if proba.shape != (1, n_classes) or not np.isfinite(proba).all():
        raise ValueError("its parts do not fit together")
    return stored


def _of_version_2(header: dict[str, Any]) -> dict[str, Any]:
    """Return defaults for what files of version 2 lack: intercepts, separate thresholds, bounds by evidence."""
    n_classes = len(unpack_labels(header["classes"]))
    return {
        "parameters": {"at_least_one": False, "max_iter": 1000, **header["parameters"]},
        "intercepts": [0.0] * n_classes,
        "thresholds": [0.5] * n_classes if header["multilabel"] is True else None,
        "evidence": None,
    }


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
            raise ValueError("its thresholds are not probabilities, one for each class")
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
) -> Evidence | None:
    if header["evidence"] is None:
        return None
    base, empty = (np.array(header["evidence"][name], np.float64) for name in ("base", "empty"))
    words, characters = tensors["evidence.words"], tensors.get("evidence.characters")
    if base.shape != (n_classes,) or empty.shape != (n_classes,):
        raise ValueError("its frequencies are not one number for each class")
    for array, index in ((words, preparer.words), (characters, preparer.characters)):
        if index is not None and (array is None or array.dtype != np.float16 or array.shape != (len(index),)):
            raise ValueError("what its n-grams say is not one number for each")
    if not (np.isfinite(base).all() and np.isfinite(empty).all()):
        raise ValueError("its frequencies are not finite numbers")
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
            tensors[f"{name}.symbols"], offsets = pack_strings(index.symbols)
            tensors[f"{name}.offsets"] = short_offsets(offsets)
            n_prefixes = len(index.symbols)
            for n, level in enumerate(index.levels):
                tensors |= prefixed(f"{name}.level{n}", pack_ngrams(level, n_prefixes, len(index.symbols)))
                n_prefixes = len(level)
            header["ngrams"][name] = {"shortest": index.shortest, "levels": len(index.levels)}
    return tensors, header


def _unpack_preparer(header: dict[str, Any], tensors: _Tensors, tokenize: Tokenizer) -> TextPreparer:
    indices = {}
    for name, settings in header["ngrams"].items():
        symbols = unpack_strings(tensors[f"{name}.symbols"], tensors[f"{name}.offsets"])
        levels: list[np.ndarray] = []
        for n in range(settings["levels"]):
            n_prefixes = len(levels[-1] if levels else symbols)
            levels.append(_unpack_level(f"{name}.level{n}", tensors, n_prefixes, len(symbols)))
        indices[name] = NgramIndex(symbols, settings["shortest"], levels)
        check_index(name, indices[name])
    convert = conversion_of(header["tokenizer"])
    return TextPreparer(tokenize, header["chinese"], indices["words"], indices.get("characters"), convert)


def _unpack_level(name: str, tensors: _Tensors, n_prefixes: int, n_symbols: int) -> np.ndarray:
    if name in tensors:  # of an earlier version
        return tensors[name]
    return unpack_ngrams(with_prefix(name, tensors), n_prefixes, n_symbols)
