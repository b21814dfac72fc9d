"""Token counts of texts, by a tokenizer or any other counter."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Function, Having, Rule

__all__ = ["COUNTER_RULE", "count_tokens"]

COUNTER_RULE: Rule = Having("encode_lists", fix="A wordvec Tokenizer is one.") | Function() | None


def count_tokens(counter: Any, texts: Sequence[str], owner: str) -> np.ndarray:
    """Return the number of tokens of each text, int64 (N,).

    Parameters
    ----------
    counter : Tokenizer, or callable from str to int
    texts : list of str
    owner : str
        For messages.

    Raises
    ------
    ParameterError
        If a count is not a non-negative number.
    """
    if callable(getattr(counter, "encode_lists", None)):
        ids, _ = counter.encode_lists(texts, add_special_tokens=False)
        return np.array([len(row) for row in ids], np.int64)
    counts = [counter(text) for text in texts]
    for count in counts:
        if isinstance(count, bool) or not isinstance(count, numbers.Integral) or count < 0:
            rule = f"return the number of tokens of a text, not {type(count).__name__} {count!r:.40}"
            fix = "Pass lambda text: len(tokenizer.encode(text)) for example."
            raise ParameterError("counter", owner, rule, counter, fix)
    return np.array(counts, np.int64)
