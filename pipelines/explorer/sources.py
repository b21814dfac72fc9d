"""What can be explored: word vectors, tables of words or texts, and objects with `to_columns`."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted, listed, shown
from wordvec.vectors.keyed_vectors import KeyedVectors

from .columns import Column, column_of, columns_of
from .spaces import Space

__all__ = ["matched_columns", "space_of", "space_of_texts", "vectors_of_texts"]

OWNER = "explore"
# Names of columns with a meaning.
WORD, TEXT, VECTOR = "word", "text", "vector"


def space_of(source: Any, vectors: Any = None, *, name: str = "", seed: int = 0) -> Space:
    """Return what is to be explored.

    Parameters
    ----------
    source : KeyedVectors, what has `wv_`, what has `to_columns()`, or a mapping of columns
        A table has a column `text` or a column `word`. Its other columns provide colours.
    vectors : optional
        Where a table's vectors come from, if it has no column `vector`: an array (n, D), a row each; `KeyedVectors`,
        of which the words are shown, or from which texts get vectors by `EmbeddingVectorizer` with uSIF; or what has
        `encode` or `transform`, for texts: `StaticEncoder`, a fitted `EmbeddingVectorizer` or `TransformerFeatures`.
    name : str
    seed : int
        Of clusters.

    Raises
    ------
    ParameterError
        If it is something else, or vectors are missing.
    """
    words = source if isinstance(source, KeyedVectors) else getattr(source, "wv_", None)
    if isinstance(words, KeyedVectors):
        return Space(name or "words", words, seed=seed)
    table = _table_of(source)
    if TEXT in table:
        texts = [text if isinstance(text, str) else " ".join(map(str, text)) for text in table[TEXT]]
        given = vectors if VECTOR not in table or vectors is not None else np.array(list(table[VECTOR]))
        found = vectors_of_texts(given, list(table[TEXT]))
        columns = columns_of(table, without=(TEXT, VECTOR))
        return space_of_texts(texts, found, columns, name=name or "texts", seed=seed)
    if WORD not in table:
        rule = f"have a column {TEXT!r} or {WORD!r}"
        raise ParameterError("source", OWNER, rule, list(table), "Rename the one that holds texts or words.")
    if isinstance(vectors, KeyedVectors):
        return Space(name or "words", vectors, matched_columns(vectors.index_to_key, table), seed=seed)
    rows = np.array(list(table[VECTOR])) if VECTOR in table and vectors is None else vectors
    own = KeyedVectors(_checked_rows(rows, len(table[WORD])), list(map(str, table[WORD])))
    return Space(name or "words", own, columns_of(table, without=(WORD, VECTOR)), seed=seed)


def space_of_texts(
    texts: Sequence[str],
    vectors_ND: np.ndarray,
    columns: Mapping[str, Column],
    *,
    name: str,
    path: Path | None = None,
    is_part: bool = False,
    seed: int = 0,
) -> Space:
    """Return texts with their vectors, float (N, D)."""
    vectors = KeyedVectors(vectors_ND, list(map(str, range(len(texts)))))
    return Space(name, vectors, columns, texts=texts, path=path, is_part=is_part, seed=seed)


def matched_columns(words: Sequence[str], table: Mapping[str, Sequence[Any]]) -> dict[str, Column]:
    """Return the columns of a table for words, by its column `word`; words without a row have missing values.

    Parameters
    ----------
    words : sequence of str
    table : mapping of column names to values
        If a word has several rows, the first counts, and a warning says so.

    Raises
    ------
    ParameterError
        If the table has no column `word`, or none of its words is among `words`.
    """
    if WORD not in table:
        fix = "It says which row is of which word."
        raise ParameterError("table", OWNER, f"have a column {WORD!r}", list(table), fix)
    place_of: dict[str, int] = {}
    for place, word in enumerate(table[WORD]):
        place_of.setdefault(str(word), place)
    again = [word for word, n_rows in Counter(map(str, table[WORD])).items() if n_rows > 1]
    if again:
        warnings.warn(
            f"{counted(len(again), 'word')} of the table {'has' if len(again) == 1 else 'have'} several rows, of which "
            f"the first counts: {listed(list(map(shown, again)))}.",
            stacklevel=2,
        )
    places = [place_of.get(word) for word in words]
    n_found = len(places) - places.count(None)
    if not n_found:
        rule = f"have words of the vectors in its column {WORD!r}"
        fix = f"None of them is among the {counted(len(words), 'word')}."
        raise ParameterError("table", OWNER, rule, list(place_of), fix)
    if n_found < len(place_of):
        lost = sorted(place_of.keys() - set(words))
        warnings.warn(
            f"{counted(len(lost), 'word')} of the table {'is' if len(lost) == 1 else 'are'} not among the vectors: "
            f"{listed(list(map(shown, lost)))}.",
            stacklevel=2,
        )
    return {
        name: column_of([None if place is None else table[name][place] for place in places])
        for name in columns_of(table, without=(WORD, VECTOR, "frequency"))
    }


def _table_of(source: Any) -> dict[str, Any]:
    columns = source.to_columns() if hasattr(source, "to_columns") else source
    if not hasattr(columns, "keys"):
        rule = "be KeyedVectors, a fitted model with wv_, a mapping of columns, or have to_columns()"
        raise ParameterError("source", OWNER, rule, source)
    table = {str(name): columns[name] for name in columns.keys()}  # noqa: SIM118 - pandas' iterates over values
    lengths = {name: len(values) for name, values in table.items()}
    if len(set(lengths.values())) != 1 or not all(lengths.values()):
        raise ParameterError("source", OWNER, "have columns of one length, with a row or more", lengths)
    return table


def vectors_of_texts(vectors: Any, texts: list[Any]) -> np.ndarray:
    """Return the vectors of texts, (n, D), from what `space_of` takes for its `vectors`."""
    if isinstance(vectors, KeyedVectors):
        from ..features.vectorizer import EmbeddingVectorizer

        return EmbeddingVectorizer(vectors, pooling="usif").fit_transform(texts)
    for method in ("encode", "transform"):
        if hasattr(vectors, method) and not isinstance(vectors, str):
            return _checked_rows(np.asarray(getattr(vectors, method)(texts)), len(texts))
    return _checked_rows(vectors, len(texts))


def _checked_rows(vectors: Any, n_rows: int) -> np.ndarray:
    rows = None if vectors is None else np.asarray(vectors)
    if rows is None or rows.ndim != 2 or len(rows) != n_rows or rows.dtype.kind not in "fiu":
        rule = (
            f"be an array of numbers with {counted(n_rows, 'row')}, KeyedVectors, or have encode or transform"
        )
        raise ParameterError("vectors", OWNER, rule, vectors)
    return rows
