"""Checks of the requirements of a selection method and its limits, before anything is computed."""

from __future__ import annotations

from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec.vectors.keyed_vectors import KeyedVectors

from ...features.vectorizer import EmbeddingVectorizer
from .examples import Examples
from .planning import NEEDS_VECTORS

__all__ = ["check_needs"]

_OWNER = "DemonstrationSelector"


def check_needs(selector: Any, examples: Examples, vectors: Any, owner: str) -> None:
    """Raise ValueError if a selector lacks what its method, template, balance or budget needs.

    Parameters
    ----------
    selector : DemonstrationSelector
        With checked parameters.
    examples : Examples
    vectors : array or None
        Vectors passed with the examples.
    owner : str
        For messages.
    """
    method, embedder = selector.method, selector.embedder
    for label in dict.fromkeys(examples.labels or ()):
        examples.template.verbalized(label)  # raises where a label has no words
    if method in NEEDS_VECTORS and embedder is None and vectors is None:
        fix = "Pass KeyedVectors, a vectorizer or a callable, or {method='bm25'}, which needs none."
        raise ParameterError("embedder", _OWNER, f"embed texts for method={method!r}", None, fix)
    has_words = isinstance(embedder, KeyedVectors | EmbeddingVectorizer | None)
    if method == "coverage" and not has_words and not callable(getattr(embedder, "transform_tokens", None)):
        rule = (
            "be KeyedVectors, an EmbeddingVectorizer, or have transform_tokens(texts), if method='coverage'"
        )
        raise ParameterError("embedder", _OWNER, rule, embedder, "Without one, terms are covered.")
    if vectors is not None and method not in NEEDS_VECTORS:
        raise ParameterError("vectors", owner, f"be left out if method={method!r}", vectors)
    if selector.budget is not None and selector.counter is None:
        fix = "Pass a Tokenizer, or a callable from a text to a number."
        raise ParameterError("counter", _OWNER, "count tokens where there is a budget", None, fix)
    if selector.balance:
        examples.label_codes(owner, "if balance=True")
    if selector.budget is not None:
        examples.label_codes(owner, "if there is a budget")
