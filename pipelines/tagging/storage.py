"""Storage of a fitted tagger in one safetensors file: arrays, texts and settings as JSON.

Texts are uint8 tensors of JSON in UTF-8, not parts of the header, which safetensors limits to 100 MB. Lone surrogates,
which occur in texts read with ``errors="surrogateescape"``, are kept.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from wordvec._io.archive import Archive, open_archive, write_archive, write_archive_to
from wordvec._io.json_files import parse_json, parse_json_object
from wordvec._io.kinds import TAGGER, unreadable_as
from wordvec._utils.errors import ParameterError
from wordvec._utils.fitted import check_fitted
from wordvec._utils.parameters import restored
from wordvec._utils.validation import check_path
from wordvec.vectors.keyed_vectors import KeyedVectors

from .decoding import Constraints
from .features.attributes import AttributeIndex
from .features.dictionary import TagDictionary
from .features.lexicon import Lexicon, TableClusters
from .features.storage import plain, plain_parameters, read_parameters
from .kernels.sparse import Lists
from .lexical import lexicon_tensors
from .model import ChainModel, FeatureSet
from .options import CRF_RULES, OWNER, check_vectors
from .raw_text import checked_tokenizer
from .word_vectors import CHANGED_VECTORS, check_dense

_Tensors = Mapping[str, np.ndarray]
# Parameters that tensors hold.
_LARGE = ("vectors", "features", "gazetteers")
# Fitted attributes that JSON holds.
_FITTED = ("scheme_", "objective_", "loss_curve_", "validation_curve_", "n_iter_")


class StoredTagger:
    """The part of `CRFTagger` that writes and reads files."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted tagger to one safetensors file, with its extractor and its vectors.

        An existing file at `path` is replaced only when the new one is complete. The file stores `seed_`, the seed
        drawn from `random_state`, which becomes the `random_state` of the tagger that is read.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        ValueError
            If the extractor is not a `TokenFeatures`, or the vectors were changed after `fit`.
        OSError
            If the file cannot be written.
        """
        target = check_path("path", path, f"{OWNER}.save")
        write_archive(target, TAGGER, *_packed(self))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a tagger that `save` wrote; its predictions are bit-identical.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        TypeError
            If `path` is not a path.
        ValueError
            If it is not a complete file of a tagger, or a newer version wrote it.
        """
        path = check_path("path", path, f"{OWNER}.load")
        with open_archive(path, TAGGER) as archive:
            return _unpacked(cls, archive)


def tagger_to_bytes(tagger: StoredTagger) -> bytes:
    """Return the bytes that `save` would write."""
    file = io.BytesIO()
    write_archive_to(file, TAGGER, *_packed(tagger))
    return file.getvalue()


def tagger_from_bytes(kind: type[Any], data: bytes) -> Any:
    """Return the tagger, of the class `kind`, that `tagger_to_bytes` packed.

    Raises
    ------
    ValueError
        If the bytes are not those of a complete tagger, or a newer version wrote them.
    """
    with unreadable_as("These bytes", TAGGER):
        return _unpacked(kind, Archive(io.BytesIO(data), TAGGER))


def _packed(tagger: Any) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return the tensors and the metadata of a tagger's file."""
    check_fitted(tagger, "model_")
    model, tables = tagger.model_, check_vectors(tagger.vectors)
    check_dense(model.dense_OEL, tables, tagger.vector_window, CHANGED_VECTORS)
    extractor = tagger.features if tagger.features_ is None else tagger.features_
    parameters = {name: getattr(tagger, name) for name in sorted(CRF_RULES)} | {"random_state": tagger.seed_}
    clusters, lexicon = lexicon_tensors(tagger.lexicon_, tables)
    settings = {
        "parameters": {name: parameters[name] for name in parameters if name not in _LARGE},
        "fitted": {name: getattr(tagger, name) for name in _FITTED},
        "n_tables": len(tables),
        "has_single_table": isinstance(tagger.vectors, KeyedVectors),
        "has_extractor": tagger.features is not None,
        "takes_words": tagger.features_ is not None,
        "file_layout": tagger.file_layout_,
        "tokenizer": tagger.tokenizer_,
    }
    tensors = {
        "state_weights": model.state_weights,
        "transition_weights": model.transition_LL,
        "dense_weights": model.dense_OEL,
        "state_indptr": model.features.states.indptr,
        **{f"counts{k}": table.counts for k, table in enumerate(tables) if table.counts is not None},
        "state_labels": model.features.states.items,
        "transitions": model.features.transitions,
        **{f"vectors{k}": table.vectors for k, table in enumerate(tables)},
        "labels": _text(tagger.classes_.tolist()),
        "attributes": _text(tagger.attributes_.index_to_attribute),
        "extractor": _text(_extractor_settings(extractor, tagger)),
        **{f"words{k}": _text(table.index_to_key) for k, table in enumerate(tables)},
        **clusters,
    }
    if lexicon is not None:
        tensors["lexicon"] = _text(lexicon)
    return tensors, {"settings": json.dumps(settings, default=plain)}


def _extractor_settings(extractor: Any, tagger: Any) -> dict[str, Any] | None:
    """Return the parameters of an extractor as JSON types."""
    if extractor is None:
        return None
    if type(extractor) is not tagger._extractor_class:
        fix = "Train on the lists of features that it makes, which need no extractor."
        raise ParameterError("features", OWNER, "be TokenFeatures to be stored", extractor, fix)
    return plain_parameters(extractor)


def _unpacked(kind: type[Any], archive: Archive) -> Any:
    """Return the tagger of a file, checked."""
    tensors, settings = archive.read_all(), parse_json_object(archive.metadata["settings"])
    tables = [_read_table(tensors, k) for k in range(settings["n_tables"])]
    extractor = _read_extractor(kind, tensors["extractor"])
    lexicon = _read_text(tensors["lexicon"]) if "lexicon" in tensors else None
    given = {
        "vectors": tables[0] if settings["has_single_table"] else tables or None,
        "features": extractor if settings["has_extractor"] else None,
        "gazetteers": None if lexicon is None else lexicon["gazetteers"] or None,
    }
    tagger = restored(kind, {**settings["parameters"], **given})
    labels = _read_text(tensors["labels"])
    tagger.classes_ = np.array(labels)
    if not labels or tagger.classes_.dtype.kind != "U" or len(set(labels)) != len(labels):
        raise ValueError("its tags are not different strings")
    for name in _FITTED:
        setattr(tagger, name, settings["fitted"][name])
    Constraints.of_scheme(labels, tagger.scheme_)
    tagger.attributes_ = AttributeIndex(_read_text(tensors["attributes"]))
    tagger.model_ = _read_model(tensors, len(tagger.attributes_), len(labels))
    check_dense(tagger.model_.dense_OEL, tables, tagger.vector_window, "its vectors do not fit its weights")
    # Older versions stored None for a RandomState.
    tagger.seed_ = settings["parameters"]["random_state"]
    tagger._takes_words = settings["takes_words"]
    tagger.file_layout_ = _checked_layout(settings.get("file_layout"))
    # Files of older versions do not have it.
    tagger.tokenizer_ = checked_tokenizer(settings.get("tokenizer"))
    # Another object than the parameter, as after `fit`.
    tagger.features_ = _read_extractor(kind, tensors["extractor"]).fit() if settings["takes_words"] else None
    if lexicon is None and (tagger.dictionary or tagger.n_clusters):
        raise ValueError("its lexicon is missing")
    tagger.lexicon_ = None if lexicon is None else _read_lexicon(tagger, lexicon, tensors, tables)
    return tagger


def _read_lexicon(
    tagger: Any, stored: dict[str, Any], tensors: _Tensors, tables: list[KeyedVectors]
) -> Lexicon:
    n_tables = len(tables) if tagger.n_clusters else 0
    dictionary = stored["dictionary"]
    return Lexicon(
        tagger._gazetteers(tagger.features_),
        [
            TableClusters(table.key_to_index, _array(tensors, f"clusters{k}", np.int32, (len(table), None)))
            for k, table in enumerate(tables[:n_tables])
        ],
        tagger.features_.n_granularities_,
        None if dictionary is None else TagDictionary.of_plain(dictionary),
    )


def _checked_layout(layout: Any) -> dict[str, Any] | None:
    """Return the columns of the files that a tagger was trained on; None if they are unknown."""
    if layout is None:
        return None
    columns, target = layout["columns"], layout["target"]
    if not all(isinstance(name, str) for name in [*columns, target]) or len(set(columns)) != len(columns):
        raise ValueError("the columns that it was trained on are not different names")
    return {"columns": list(columns), "target": target}


def _read_table(tensors: _Tensors, k: int) -> KeyedVectors:
    return KeyedVectors(tensors[f"vectors{k}"], _read_text(tensors[f"words{k}"]), tensors.get(f"counts{k}"))


def _read_extractor(kind: type[Any], tensor: np.ndarray) -> Any:
    parameters = _read_text(tensor)
    return None if parameters is None else kind._extractor_class(**read_parameters(parameters))


def _read_model(tensors: _Tensors, n_attributes: int, n_labels: int) -> ChainModel:
    """Return the weights, after checking all numbers that kernels use as array indices."""
    states = Lists(
        _array(tensors, "state_indptr", np.int64, (n_attributes + 1,)),
        _array(tensors, "state_labels", np.int32, (None,)),
    )
    n_states = len(states.items)
    bounds_fit = (
        states.indptr[0] == 0 and states.indptr[-1] == n_states and (np.diff(states.indptr) >= 0).all()
    )
    transitions = _array(tensors, "transitions", np.int32, (None, 2))
    ids = np.concatenate([states.items, transitions.ravel()])
    if not bounds_fit or ((ids < 0) | (ids >= n_labels)).any():
        raise ValueError("its features do not fit its tags and attributes")
    return ChainModel(
        FeatureSet(n_labels, states, transitions),
        _array(tensors, "state_weights", np.float64, (n_states,)),
        _array(tensors, "transition_weights", np.float64, (n_labels, n_labels)),
        _array(tensors, "dense_weights", np.float64, (None, None, n_labels)),
    )


def _array(tensors: _Tensors, name: str, dtype: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    """Return a tensor, checked; None in `shape` stands for any length."""
    tensor = tensors[name]
    fits = tensor.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, tensor.shape))
    if not fits or tensor.dtype != dtype:
        raise ValueError(f"its tensor {name!r} is {tensor.dtype} {tensor.shape}")
    if not np.isfinite(tensor).all():
        raise ValueError(f"its tensor {name!r} has values that are not finite")
    # Kernels would be compiled once more for arrays that are read-only or not aligned.
    return np.require(tensor, requirements=["C", "A", "W"])


def _text(value: Any) -> np.ndarray:
    """Return a value as JSON, uint8 (n_bytes,)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=plain)
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def _read_text(tensor: np.ndarray) -> Any:
    return parse_json(tensor.tobytes())
