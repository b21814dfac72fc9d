"""Storage of topic models: fitted document features and topics as JSON and tensors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Self

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from wordvec._io.kinds import TOPICS
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec._utils.parameters import restored
from wordvec.text.tokenizers import choose_tokenizer
from wordvec.vectors.estimator_files import (
    plain_parameters,
    read_estimator,
    stored_tokenizer,
    write_estimator,
)
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..features.vectorizer import EmbeddingVectorizer
from .features import EMBEDDING, LEXICAL, join_parts, new_tfidf
from .report import Topic

__all__ = ["OWNER", "StoredTopics"]

OWNER = "TopicModel"


class StoredTopics:
    """The part of `TopicModel` that writes and reads files."""

    def save(self: Any, path: str | os.PathLike[str]) -> None:
        """Write the model with its word vectors, but without a callable tokenizer, to one safetensors file.

        For a RandomState, the file stores the seed that `fit` drew from it.

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
        features, tensors = _pack_features(self.vectorizer_)
        header = {
            "parameters": plain_parameters(self, "vectors", seed=getattr(self, "_seed", None)),
            "tokenizer": self._tokenizer_record,
            "stop_words": sorted(self.stop_words_),
            "features": features,
            "topics": _pack_topics(self.topics_),
            "silhouette": self.silhouette_,
            "silhouettes": list(self.silhouettes_.items()),
        }
        arrays = {"cluster_centers": self.cluster_centers_, "labels": self.labels_}
        write_estimator(path, TOPICS, OWNER, header, tensors | arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> Self:
        """Read a model that `save` wrote; its predictions are bit-identical.

        Its `vectors` are the word vectors that it used, even if they were trained by an estimator.

        Parameters
        ----------
        path : path
        tokenizer : callable, optional
            The tokenizer used in training, if it was a callable, which a file cannot store.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of a topic model, a newer version wrote it, or its tokenizer is missing.
        """
        with read_estimator(path, TOPICS, OWNER) as (header, tensors):
            chosen = stored_tokenizer(header["tokenizer"], tokenizer, OWNER)
            features, vectors = _unpack_features(header["features"], tensors)
            parameters = header["parameters"]
            if parameters["topic_range"] is not None:
                parameters["topic_range"] = tuple(parameters["topic_range"])
            parameters["tokenizer"] = parameters["tokenizer"] or chosen
            model: Any = restored(cls, {"vectors": vectors, **parameters})
            model._seed = parameters["random_state"]
            model.vectorizer_ = features
            model.cluster_centers_, model.labels_ = tensors["cluster_centers"], tensors["labels"]
            model.n_topics_ = model._n_features_out = len(model.cluster_centers_)
            model.topics_ = _unpack_topics(header["topics"])
            model.silhouette_ = header["silhouette"]
            model.silhouettes_ = dict(header["silhouettes"])
            model.stop_words_ = frozenset(header["stop_words"])
            model._tokenizer_record = header["tokenizer"]
            model.tokenizer_ = choose_tokenizer(chosen, model.lowercase, [], OWNER)
            # Parts that do not fit each other would show late.
            model.predict([["a"]])
            return model


def _pack_features(features: Pipeline) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the features that `fit_features` fitted as a header and tensors."""
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


def _unpack_features(
    header: Mapping[str, Any], tensors: Mapping[str, np.ndarray]
) -> tuple[Pipeline, KeyedVectors | None]:
    """Return the features that `_pack_features` packed, and their word vectors, if there are any."""
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


def _pack_topics(topics: list[Topic]) -> list[dict[str, Any]]:
    """Return topics as JSON types."""
    return [asdict(topic) for topic in topics]


def _unpack_topics(topics: list[dict[str, Any]]) -> list[Topic]:
    """Return the topics that `_pack_topics` packed."""
    return [Topic(**topic | {"keywords": list(map(tuple, topic["keywords"]))}) for topic in topics]


def _of(part: str, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.partition(".")[2]: array for name, array in tensors.items() if name.startswith(f"{part}.")}
