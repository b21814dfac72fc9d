"""Dialogue metrics: recall@k of response selection, and distinct-n of generated replies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_choice, check_int
from wordvec.text.language import majority_language
from wordvec.text.lists import check_strings
from wordvec.text.tokenizers import split_unicode_words

from .text import chinese_tokens

__all__ = ["distinct_n", "recall_at_k"]


def recall_at_k(scores: Iterable[Any], k: int = 1, true: int | Sequence[int] = 0) -> float:
    """Return recall@k: the share of queries whose true candidate is among the k best.

    A candidate with the same score as the true one counts as better, so that constant scores earn nothing.

    Parameters
    ----------
    scores : iterable of arrays (n_candidates,)
        As returned by `ResponseSelector.rank`; higher is better.
    k : int
    true : int or sequence of int
        The index of the true candidate, for all queries or for each.

    Raises
    ------
    ParameterError
        If `k` is not a positive number, an index is out of range, a score is not a number, or there are no queries.

    Examples
    --------
    >>> recall_at_k([[0.9, 0.1, 0.3], [0.2, 0.5, 0.1]]), recall_at_k([[0.9, 0.1, 0.3], [0.2, 0.5, 0.1]], k=2)
    (0.5, 1.0)

    References
    ----------
    Lowe, Pow, Serban and Pineau (2015), "The Ubuntu Dialogue Corpus", SIGDIAL.
    """
    check_int("k", k, "recall_at_k", 1)
    rows = [np.asarray(row, float) for row in scores]
    if not rows:
        raise ParameterError("scores", "recall_at_k", "hold the scores of at least one query", rows)
    places = [int(true)] * len(rows) if isinstance(true, int | np.integer) else list(true)
    if len(places) != len(rows):
        rule = f"have a place for each of the {len(rows)} queries"
        raise ParameterError("true", "recall_at_k", rule, f"{len(places)} places")
    n_found = 0
    for number, (row, place) in enumerate(zip(rows, places)):
        if row.ndim != 1 or np.isnan(row).any():
            raise ParameterError("scores", "recall_at_k", f"be numbers in each row; row {number} is not", row)
        if not 0 <= place < len(row):
            rule = f"be a place of the {len(row)} candidates of query {number}"
            raise ParameterError("true", "recall_at_k", rule, place)
        n_found += int((row >= row[place]).sum()) <= k
    return n_found / len(rows)


def distinct_n(texts: Iterable[str], n: int = 1, language: str | None = None) -> float:
    """Return distinct-n: the ratio of distinct to all n-grams of texts; 0.0 if there are none.

    Parameters
    ----------
    texts : iterable of str
    n : int
        Length of n-grams in words; 1 and 2 in the paper.
    language : {"en", "zh"}, optional
        "en" uses lower-cased words, "zh" Chinese characters and words of other scripts. By default "zh" if at least
        half of the texts are Chinese.

    Raises
    ------
    TypeError, ValueError
        If a text is not a str, or `n` or `language` is invalid.

    Examples
    --------
    >>> distinct_n(["I do not know", "I do"], 1), distinct_n(["I do not know", "I do"], 2)
    (0.6666666666666666, 0.75)

    References
    ----------
    Li, Galley, Brockett, Gao and Dolan (2016), "A diversity-promoting objective function for neural conversation
    models", NAACL.
    """
    check_int("n", n, "distinct_n", 1)
    rows = check_strings(texts, "distinct_n", "texts")
    if language is None:
        language = majority_language(rows)
    check_choice("language", language, "distinct_n", ("en", "zh"))
    grams = list(chain.from_iterable(_grams(_tokens(text, language), n) for text in rows))
    return len(set(grams)) / len(grams) if grams else 0.0


def _tokens(text: str, language: str) -> list[str]:
    if language == "zh":
        return chinese_tokens(text)
    return [word.lower() for word in split_unicode_words(text)]


def _grams(tokens: Sequence[str], n: int) -> Iterable[tuple[str, ...]]:
    return zip(*(tokens[first:] for first in range(n)))
