"""Folders of response selectors: tables, terms and responses as tensors and JSON, and an encoder's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from wordvec._io.folders import replace_folder_when_written
from wordvec._io.kinds import SELECTOR
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import restored
from wordvec.vectors.estimator_files import plain_parameters, read_estimator, write_estimator

from ...features.vectorizer import EmbeddingVectorizer
from .encoding import EncoderScores
from .features import FEATURES, PairFeatures
from .fitting import Confidence, FittedSelector
from .lexicon import Lexicon
from .scorer import PairScorer

__all__ = ["read_selector", "write_selector"]

_OWNER = "ResponseSelector"
_FILE, _ENCODER = "selector.safetensors", "encoder"
_Tensors = Mapping[str, np.ndarray]


def write_selector(folder: Path, selector: Any) -> None:
    """Write a fitted selector; the files of a folder are replaced together.

    Raises
    ------
    ParameterError
        If its encoder has no method `save`.
    OSError
        If the folder cannot be written.
    """
    model, encoded, confidence = selector._model, selector._encoded, selector._confidence_
    if encoded is not None and not callable(getattr(encoded.encoder, "save", None)):
        raise ParameterError("encoder", _OWNER, "have a method save(folder) to be saved", encoded.encoder)
    vectorizer, tensors = None, {}
    if model.features.vectorizer is not None:
        vectorizer, tensors = model.features.vectorizer.to_stored()
    tensors = dict(tensors)
    for name, lexicon in (("terms", model.features.terms), ("patterns", model.features.patterns)):
        tensors |= _packed(name, list(lexicon.number_of)) | {f"{name}.idf": lexicon.idf}
    for name in ("known_histories", "known_responses"):
        rows = getattr(model.features, name)
        tensors |= {f"{name}.{part}": getattr(rows, part) for part in ("data", "indices", "indptr")}
    tensors |= _packed("responses", model.texts) | {
        "weights": model.scorer.weights,
        "history_table": model.scorer.histories,
        "response_table": model.scorer.responses,
    }
    if confidence is not None:
        tensors["confidence"] = confidence.weights
    lexicons = (model.features.terms, model.features.patterns)
    header = {
        "parameters": plain_parameters(selector, "vectors", "encoder", seed=selector.seed_),
        "language": model.features.language,
        "epochs": model.epochs,
        "features": list(FEATURES),
        "unseen_idf": [lexicon.unseen_idf for lexicon in lexicons],
        "mean_length": [lexicon.mean_length for lexicon in lexicons],
        "vectorizer": vectorizer,
        "confidence": None if confidence is None else confidence.threshold,
        "encoder": None if encoded is None else [type(encoded.encoder).__name__, encoded.weight],
        "n_pairs": selector.n_pairs_,
        "seed": selector.seed_,
    }
    with replace_folder_when_written(folder) as new:
        write_estimator(new / _FILE, SELECTOR, _OWNER, header, tensors)
        if encoded is not None:
            encoded.encoder.save(new / _ENCODER)


def read_selector(folder: Path, kind: type) -> Any:
    """Return the selector in a folder.

    Raises
    ------
    FileNotFoundError
        If there is no selector.
    ValueError
        If a file is damaged or written by a newer version.
    """
    file = folder / _FILE
    if not file.is_file():
        raise FileNotFoundError(
            f"{str(folder)!r} holds no response selector. It is a folder that {_OWNER}.save wrote."
        )
    with read_estimator(file, SELECTOR, _OWNER) as (header, tensors):
        if header["features"] != list(FEATURES):
            raise ValueError("its features are those of another version")
        vectorizer = None
        if header["vectorizer"] is not None:
            vectorizer = EmbeddingVectorizer.from_stored(header["vectorizer"], tensors)
        vectors = None if vectorizer is None else vectorizer.wv_
        selector: Any = restored(kind, header["parameters"] | {"vectors": vectors, "encoder": None})
        features = PairFeatures(header["language"], vectorizer)
        features.terms, features.patterns = (
            _lexicon(name, tensors, header["unseen_idf"][k], header["mean_length"][k])
            for k, name in enumerate(("terms", "patterns"))
        )
        width = max(1, len(features.terms.idf))
        features.known_histories = _rows("known_histories", tensors, width)
        features.known_responses = _rows("known_responses", tensors, width)
        texts = _unpacked("responses", tensors)
        scorer = PairScorer(tensors["weights"], tensors["history_table"], tensors["response_table"])
        _check_shapes(scorer, features)
        model = FittedSelector(features, scorer, texts, int(header["epochs"]))
        confidence = None
        if header["confidence"] is not None:
            confidence = Confidence(tensors["confidence"], float(header["confidence"]))
        encoder = header["encoder"]
        selector.n_pairs_, selector.seed_ = int(header["n_pairs"]), int(header["seed"])
    encoded = None
    if encoder is not None:
        encoded = EncoderScores(_load_encoder(folder / _ENCODER, encoder[0]), float(encoder[1]))
        selector.encoder = encoded.encoder
    selector._set(model, encoded, confidence)
    return selector


def _load_encoder(folder: Path, name: str) -> Any:
    if name != "TransformerClassifier":
        raise ValueError(
            f"The encoder in {str(folder)!r} is a {name}, which {_OWNER}.load cannot read. Save a selector with a "
            "TransformerClassifier."
        )
    from wordvec.transformer import TransformerClassifier

    return TransformerClassifier.load(folder)


def _packed(name: str, texts: list[str]) -> dict[str, np.ndarray]:
    data, offsets = pack_strings(texts, "surrogatepass")
    return {f"{name}.text": data, f"{name}.offsets": offsets}


def _unpacked(name: str, tensors: _Tensors) -> list[str]:
    return unpack_strings(tensors[f"{name}.text"], tensors[f"{name}.offsets"], "surrogatepass")


def _lexicon(name: str, tensors: _Tensors, unseen_idf: float, mean_length: float) -> Lexicon:
    terms = _unpacked(name, tensors)
    if len(terms) != len(tensors[f"{name}.idf"]):
        raise ValueError(f"its {name} and their weights do not fit together")
    numbers = {term: number for number, term in enumerate(terms)}
    return Lexicon(numbers, tensors[f"{name}.idf"], float(unseen_idf), float(mean_length))


def _rows(name: str, tensors: _Tensors, width: int) -> csr_array:
    parts = [tensors[f"{name}.{part}"] for part in ("data", "indices", "indptr")]
    rows = csr_array(tuple(parts), shape=(len(parts[2]) - 1, width))
    rows.check_format()
    return rows


def _check_shapes(scorer: PairScorer, features: PairFeatures) -> None:
    n, width = features.n_patterns, scorer.responses.shape[-1]
    shapes = [scorer.weights.shape, scorer.histories.shape, scorer.responses.shape]
    if shapes != [(len(FEATURES),), (3 * n, width), (n, width)]:
        raise ValueError("its tables do not fit together")
