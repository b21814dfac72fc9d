"""What the estimators share: starting from given vectors, and the parameters that a file stores."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.keyed_vectors import KeyedVectors


def check_init_vectors(source: Any, size: int, owner: str) -> None:
    """Raise TypeError or ValueError unless `source` is None or KeyedVectors of `size` floats."""
    if source is None:
        return
    if not isinstance(source, KeyedVectors):
        raise TypeError(
            f"The init_vectors parameter of {owner} must be KeyedVectors. "
            f"Got {type(source).__name__} instead. KeyedVectors.load(path) reads a file."
        )
    if source.vector_size != size:
        raise ValueError(
            f"The init_vectors parameter of {owner} must hold vectors of vector_size={size}. "
            f"Got {source.vector_size} floats a vector. Set vector_size={source.vector_size}."
        )


def shared_rows(source: KeyedVectors, vocabulary: Vocabulary, owner: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that the words of both have in `vocabulary` and in `source`, two int64 (n,).

    Raises
    ------
    ValueError
        If they share no word.
    """
    pairs = [(row, source.key_to_index[w]) for row, w in enumerate(vocabulary.index_to_key) if w in source]
    if not pairs:
        raise ValueError(
            f"The init_vectors parameter of {owner} shares no word with the text. "
            "Check that both are written alike (lower case, script)."
        )
    rows, source_rows = np.array(pairs, np.int64).T
    return rows, source_rows


def stored_parameters(estimator: BaseEstimator, seed: int) -> dict[str, Any]:
    """Return the parameters as JSON can hold them: what training started from is not among them."""
    return {**estimator.get_params(deep=False), "init_vectors": None, "random_state": seed}
