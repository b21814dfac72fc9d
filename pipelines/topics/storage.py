"""Fitted document features and topics as JSON and tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.pipeline import Pipeline

from wordvec._io.strings import pack_strings, unpack_strings
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..features.vectorizer import EmbeddingVectorizer
from .features import EMBEDDING, LEXICAL, join_parts, new_tfidf
from .report import Topic

__all__ = ["pack_features", "pack_topics", "unpack_features", "unpack_topics"]


def pack_features(features: Pipeline) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what `fit_features` fitted as a header and tensors."""
    parts = dict(features[0].transformer_list)
    header: dict[str, Any] = {}
    tensors: dict[str, np.ndarray] = {}
    if EMBEDDING in parts:
        header[EMBEDDING], arrays = parts[EMBEDDING][0].to_stored()
        tensors |= {f"{EMBEDDING}.{name}": array for name, array in arrays.items()}
    if LEXICAL in parts:
        tfidf, svd = parts[LEXICAL][0], parts[LEXICAL][1]
        terms, offsets = pack_strings(tfidf.get_feature_names_out().tolist())
        arrays = {"terms": terms, "offsets": offsets, "idf": tfidf.idf_, "components": svd.components_}
        tensors |= {f"{LEXICAL}.{name}": array for name, array in arrays.items()}
    return header, tensors


def unpack_features(
    header: Mapping[str, Any], tensors: Mapping[str, np.ndarray]
) -> tuple[Pipeline, KeyedVectors | None]:
    """Return the features that `pack_features` packed, and their word vectors, if there are any."""
    embedding = lexical = vectors = None
    if EMBEDDING in header:
        embedding = EmbeddingVectorizer.from_stored(header[EMBEDDING], _of(EMBEDDING, tensors))
        vectors = embedding.wv_
    if f"{LEXICAL}.idf" in tensors:
        arrays = _of(LEXICAL, tensors)
        terms = unpack_strings(arrays["terms"], arrays["offsets"])
        tfidf, svd = new_tfidf(), TruncatedSVD(len(arrays["components"]))
        tfidf.vocabulary_ = {term: column for column, term in enumerate(terms)}
        tfidf.idf_ = arrays["idf"]
        svd.components_ = arrays["components"]
        svd.n_features_in_ = svd.components_.shape[1]
        lexical = tfidf, svd
    return join_parts(embedding, lexical), vectors


def pack_topics(topics: list[Topic]) -> list[dict[str, Any]]:
    """Return topics for JSON."""
    return [asdict(topic) for topic in topics]


def unpack_topics(topics: list[dict[str, Any]]) -> list[Topic]:
    """Return the topics that `pack_topics` packed."""
    return [Topic(**topic | {"keywords": list(map(tuple, topic["keywords"]))}) for topic in topics]


def _of(part: str, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.partition(".")[2]: array for name, array in tensors.items() if name.startswith(f"{part}.")}
