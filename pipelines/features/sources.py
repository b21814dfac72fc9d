"""Sources of word vectors: KeyedVectors, a fitted estimator, or one that learns them from the texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.base import clone

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Rule
from wordvec.vectors.keyed_vectors import KeyedVectors


class VectorSource(Rule):
    """Rule of a source: KeyedVectors, or an estimator with ``fit(sentences)`` and ``wv_``, fitted or not."""

    description = "KeyedVectors, or an estimator such as Word2Vec() with fit(sentences) and wv_"

    def advice(self, value: Any) -> str:
        """Return advice on how to get word vectors from `value`, or where to find others."""
        if isinstance(value, type):
            return f"Pass an instance: {value.__name__}()."
        if hasattr(value, "index_to_key"):
            return "KeyedVectors.from_gensim(vectors) takes gensim's."
        return "KeyedVectors.load(path) reads a file of vectors."

    def bad_values(self) -> list[Any]:
        """Return other types, and a class."""
        return ["vectors.bin", 1, {"good": [1.0]}, KeyedVectors]

    def _checked(self, value: Any) -> Any:
        found = trained_vectors(value)
        if found is None and (isinstance(value, type) or not hasattr(value, "fit")):
            raise ValueError
        if found is not None and not isinstance(found, KeyedVectors):
            raise ValueError
        return value


def trained_vectors(source: Any) -> KeyedVectors | None:
    """Return the word vectors in `source`, or None if they must be trained first."""
    return source if isinstance(source, KeyedVectors) else getattr(source, "wv_", None)


def learn_vectors(source: Any, sentences: Sequence[Any], owner: str) -> KeyedVectors:
    """Return the word vectors of a checked `source`; if it is not fitted, those learned by a clone.

    Raises
    ------
    ParameterError
        If the estimator does not learn KeyedVectors.
    """
    vectors = trained_vectors(source)
    if vectors is not None:
        return vectors
    trainer = clone(source).fit(sentences)
    # An estimator ends its own training on Ctrl-C; its caller must stop, too.
    if getattr(trainer, "interrupted_", False):
        raise KeyboardInterrupt
    learned = getattr(trainer, "wv_", None)
    if not isinstance(learned, KeyedVectors):
        raise ParameterError("vectors", owner, f"be {VectorSource.description}", source)
    return learned
