"""What the tagger is given, checked and encoded: sentences, tags, vectors of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipelines.tagging.encoding import (
    AttributeIndex,
    EncodedSentences,
    encode_features,
    number_words,
)
from pipelines.tagging.features import TokenFeatures
from pipelines.tagging.objective import DenseTable
from pipelines.tagging.parallel import Workers
from wordvec.vectors import KeyedVectors

OWNER = "CRFTagger"
_ROWS = 4096


def check_sentences(X: Any) -> Sequence[Any]:
    """Return `X` if it is a sequence of sentences, or raise TypeError."""
    if isinstance(X, (str, bytes)) or not hasattr(X, "__len__") or not hasattr(X, "__getitem__"):
        raise TypeError(
            f"The X parameter of {OWNER} must be a list of sentences. Got {type(X).__name__} instead."
        )
    return X


def has_words(X: Sequence[Any], features: TokenFeatures | None) -> bool | None:
    """Return whether tokens are words (str), not features; None without any token.

    A sentence may be a str if the extractor `features` is one for characters.
    """
    for sentence in X:
        if isinstance(sentence, str) and not (features is not None and features.kind == "char"):
            return False  # the encoder of features complains about it
        if hasattr(sentence, "__len__") and len(sentence):
            return isinstance(sentence[0], str)
    return None


def check_tags(X: Sequence[Any], y: Any, name: str = "y") -> list[list[str]]:
    """Return the tags as lists, one tag for each token.

    Raises
    ------
    TypeError, ValueError
        If numbers or lengths differ (the message names the sentence), or a tag is no str.
    """
    if isinstance(y, str) or not hasattr(y, "__len__"):
        raise TypeError(
            f"The {name} parameter of {OWNER} must be a list with the tags of each sentence. Got {y!r} instead."
        )
    if len(y) != len(X):
        raise ValueError(
            f"The {name} parameter of {OWNER} must have one list of tags for each sentence. "
            f"Got {len(y)} lists for {len(X)} sentences."
        )
    checked = []
    for s, (tokens, tags) in enumerate(zip(X, y)):
        if isinstance(tags, str):
            raise TypeError(
                f"{name}[{s}] is the str {tags[:20]!r}, but must be a list of tags. Split it first."
            )
        if len(tags) != len(tokens):
            raise ValueError(
                f"Sentence {s} has {len(tokens)} tokens and {len(tags)} tags. Give each token one tag."
            )
        checked.append(list(tags))
    return checked


def encode_tags(tags: Sequence[Sequence[Any]], label_ids: dict[str, int]) -> np.ndarray:
    """Return the ids of all tags in a row, int32 (T,); -1 for None."""
    ids = []
    for s, sentence in enumerate(tags):
        for t, tag in enumerate(sentence):
            if tag is not None and tag not in label_ids:
                raise ValueError(
                    f"The tag {tag!r} of token {t} of sentence {s} was not in the training data. "
                    f"Known tags: {', '.join(label_ids)}."
                )
            ids.append(-1 if tag is None else label_ids[tag])
    return np.array(ids, np.int32)


def check_vectors(vectors: Any) -> list[KeyedVectors]:
    """Return the tables of vectors as a list, or raise TypeError."""
    tables = [] if vectors is None else [vectors] if isinstance(vectors, KeyedVectors) else vectors
    if not isinstance(tables, (list, tuple)) or not all(isinstance(table, KeyedVectors) for table in tables):
        raise TypeError(
            f"The vectors parameter of {OWNER} must be KeyedVectors, or a list of them. "
            f"Got {type(vectors).__name__} instead."
        )
    return list(tables)


def look_up(X: Sequence[Any], tables: list[KeyedVectors], window: int) -> tuple[np.ndarray, DenseTable]:
    """Return each token's row of a table of vectors, and that table with one row for each word type.

    A word that a table does not have is looked up in lower case; what it does not have then, is zeros.

    Returns
    -------
    dense_ids : int32 (T,); -1 for words that no table has
    table : DenseTable
    """
    words = number_words(X)
    found = np.array([[_row(table, word) for word in words.types] for table in tables], np.int64)
    found = found.reshape(len(tables), len(words.types))
    if len(tables) == 1 and (whole := _usable_whole(tables[0], found[0])) is not None:
        return found[0].astype(np.int32)[words.type_ids], DenseTable(whole, window)
    is_known = (found >= 0).any(axis=0)
    rows = np.where(is_known, np.cumsum(is_known) - 1, -1).astype(np.int32)
    sizes = np.cumsum([0, *(table.vector_size for table in tables)])
    vectors = np.zeros((int(is_known.sum()), int(sizes[-1])), np.float32)
    for table, ids, begin, end in zip(tables, found[:, is_known], sizes, sizes[1:]):
        has = np.flatnonzero(ids >= 0)
        for low in range(0, len(has), _ROWS):  # in parts: what is gathered at once is a copy
            part = has[low : low + _ROWS]
            vectors[part, begin:end] = np.asarray(table.vectors)[ids[part]]
    finite = np.isfinite(vectors.sum(axis=1))
    if not finite.all():
        word = np.array(words.types, object)[is_known][int(np.argmin(finite))]
        raise ValueError(
            f"The vectors parameter of {OWNER} has NaN or infinite numbers for the word {word!r}. "
            "Train the vectors again, or leave that word out."
        )
    return rows[words.type_ids], DenseTable(vectors, window)


def _usable_whole(table: KeyedVectors, rows: np.ndarray) -> np.ndarray | None:
    """Return all vectors of a table if most are needed, so that there is no copy of them; else None."""
    vectors = np.asarray(table.vectors)
    is_as_kernels_read = vectors.dtype == np.float32 and vectors.flags.c_contiguous and vectors.flags.aligned
    if not is_as_kernels_read or 2 * len(np.unique(rows[rows >= 0])) < len(vectors):
        return None
    # What is not finite may be in rows that no word needs; the copy leaves those out.
    return vectors if np.isfinite(vectors.sum(axis=1)).all() else None


def _row(table: KeyedVectors, word: str) -> int:
    row = table.key_to_index.get(word, -1)
    return row if row >= 0 else table.key_to_index.get(word.lower(), -1)


def encode_sentences(
    X: Sequence[Any],
    features: Any,
    index: AttributeIndex,
    *,
    grow: bool,
    min_freq: int,
    workers: Workers | None = None,
) -> EncodedSentences:
    """Encode sentences of words with a fitted extractor, or sentences of features (`features` is None)."""
    if features is None:
        return encode_features(X, index, grow=grow, workers=workers)
    return features.encode(X, index, grow=grow, min_freq=min_freq)
