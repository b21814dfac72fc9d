"""Checks of a `TextClassifier`'s parameters against its texts: word vectors, rare classes, multilabel options."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from wordvec._utils.errors import AdvisedError, AdvisedWarning, ParameterError
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..features.sources import learn_vectors, trained_vectors
from .texts import PreparedTexts

OWNER = "TextClassifier"


def word_vectors_of(source: Any, texts: PreparedTexts) -> KeyedVectors | None:
    """Return `source` if it is word vectors, or those that a clone of it learns from the texts.

    Raises
    ------
    ParameterError
        If it is a fitted estimator, or does not learn word vectors.
    """
    if source is None:
        return None
    if not isinstance(source, KeyedVectors) and trained_vectors(source) is not None:
        rule = "be KeyedVectors, or an estimator such as Word2Vec() that is not fitted"
        raise ParameterError("vectors", OWNER, rule, source, "Pass its wv_.")
    return learn_vectors(source, texts.tokens, OWNER)


def has_known_word(vectors: KeyedVectors | None, texts: PreparedTexts, rows: np.ndarray) -> bool:
    """Return whether the members can learn from these texts."""
    encoded, words = texts.tokens.part(rows).distinct()
    return bool(words) and (vectors is None or any(word in vectors.key_to_index for word in words))


def check_known_words(vectors: KeyedVectors | None, texts: PreparedTexts) -> None:
    """Raise ValueError if the vectors know no word of the texts."""
    if vectors is None or has_known_word(vectors, texts, np.arange(len(texts))):
        return
    word = next(token for tokens in texts.tokens for token in tokens)
    raise ParameterError(
        "vectors",
        OWNER,
        f"have a vector of at least one word of the texts, such as {word!r}",
        vectors,
        f"It has words such as {vectors.index_to_key[0]!r}: check that both are in the same language, and tokenized "
        "and lower-cased in the same way.",
    )


def warn_of_single_texts(classes: np.ndarray, target: np.ndarray) -> None:
    """Warn about classes that cannot be held out."""
    if target.ndim == 2:
        return
    single = classes[np.bincount(target, minlength=len(classes)) == 1]
    if len(single):
        warnings.warn(
            f"Only one text of {', '.join(map(repr, single[:5].tolist()))} in the labels: it cannot be held out, "
            "so the probabilities are less sure. Add texts of such classes, or drop them.",
            stacklevel=3,
        )


def warn_of_single_labels(target: np.ndarray, *, at_least_one: bool) -> None:
    """Warn about a multilabel option if each text has one label."""
    if at_least_one and target.ndim == 1:
        advice = "Several labels of a text come as lists, or are separated by {label_separator} in a file."
        warnings.warn(
            AdvisedWarning(AdvisedError("Each text has one label, and gets one in any case.", advice=advice)),
            stacklevel=3,
        )
