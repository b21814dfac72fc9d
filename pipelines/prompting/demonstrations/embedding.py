"""Text vectors from any embedder: word vectors, vectorizers, callables; results are checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Rule
from wordvec.vectors.keyed_vectors import KeyedVectors
from wordvec.vectors.neighbors import first_nonfinite_row, unit_rows

from ...features.vectorizer import EmbeddingVectorizer

__all__ = ["EMBEDDER_RULE", "checked_vectors", "embed", "fitted_embedder", "is_refitted"]


class _EmbedderRule(Rule):
    """Rule of embedders: objects that turn texts into vectors."""

    description = "KeyedVectors, an object with transform(texts), or a callable"
    fix = "Of a trained Word2Vec or GloVe, pass model.wv_."

    def _checked(self, value: Any) -> Any:
        if isinstance(value, type) or not (
            isinstance(value, KeyedVectors) or callable(getattr(value, "transform", None)) or callable(value)
        ):
            raise ValueError
        return value

    def bad_values(self) -> list[Any]:
        """Return objects that do not embed, and a class."""
        return [None, "", 1, dict]


EMBEDDER_RULE = _EmbedderRule()


def is_refitted(embedder: Any) -> bool:
    """Return whether an embedder learns from the examples, so that more examples change all vectors."""
    if isinstance(embedder, KeyedVectors):
        return True
    return isinstance(embedder, BaseEstimator) and not _is_fitted(embedder)


def fitted_embedder(embedder: Any, texts: Sequence[str]) -> Any:
    """Return an embedder: uSIF vectors for KeyedVectors, a fitted clone of an unfitted object, others unchanged."""
    if isinstance(embedder, KeyedVectors):
        return EmbeddingVectorizer(embedder, pooling="usif").fit(texts)
    return clone(embedder).fit(texts) if is_refitted(embedder) else embedder


def embed(embedder: Any, texts: Sequence[str], owner: str, width: int | None = None) -> np.ndarray:
    """Return the unit-length vectors of texts, float32 (n_texts, D); zeros stay zero.

    Raises
    ------
    ParameterError
        If they are not one row of finite numbers for each text, with the given width if any.
    """
    transform = getattr(embedder, "transform", None)
    found = transform(texts) if callable(transform) else embedder(texts)
    return checked_vectors(found, len(texts), owner, "embedder", "return", width)


def checked_vectors(
    vectors: Any, n_rows: int, owner: str, name: str = "vectors", verb: str = "have", width: int | None = None
) -> np.ndarray:
    """Return given or computed vectors at unit length, float32 (n_rows, D).

    Parameters
    ----------
    vectors : array (n_rows, D)
    n_rows : int
    owner, name, verb : str
        For messages.
    width : int, optional
        The required D.

    Raises
    ------
    ParameterError
        If the shape is wrong, or a value is not a finite number.
    """
    shape = f"({n_rows}, {'D' if width is None else width})"
    rule = f"{verb} an array of numbers of shape {shape}, a row for each text"
    try:
        rows = np.asarray(vectors)
        is_number = rows.dtype.kind in "fiu"
    except (TypeError, ValueError):
        is_number = False
    if (
        not is_number
        or rows.ndim != 2
        or len(rows) != n_rows
        or not rows.shape[1]
        or width not in (None, rows.shape[1])
    ):
        raise ParameterError(name, owner, rule, vectors)
    with np.errstate(over="ignore"):
        rows = np.ascontiguousarray(rows, np.float32)
    bad = first_nonfinite_row(rows)
    if bad is not None:
        fix = f"Row {bad} holds NaN, or a number that is too large."
        raise ParameterError(name, owner, f"{verb} finite numbers alone", vectors, fix)
    return unit_rows(rows)


def _is_fitted(estimator: BaseEstimator) -> bool:
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True
