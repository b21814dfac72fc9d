"""Retrieval terms of English and Chinese texts, and their BM25 weights."""

from __future__ import annotations

import re

import numpy as np
from scipy.sparse import csr_array

from wordvec.text.language import HAN
from wordvec.text.tokenizers import split_unicode_words

__all__ = ["bm25_idf", "bm25_weights", "english_key", "retrieval_terms"]

_K1, _B = 1.2, 0.75
_HAN_RUN = re.compile(f"[{HAN}]+")
_SUFFIXES = ("ing", "ed", "es", "ly", "s", "d", "e")


def retrieval_terms(text: str, language: str) -> list[str]:
    """Return the stemmed words of a text; for Chinese, its characters and character pairs.

    >>> retrieval_terms("He wanted \u8336\u676f", "zh")
    ['he', 'want', '\u8336', '\u676f', '\u8336\u676f']
    """
    found = []
    for word in split_unicode_words(text):
        runs = _HAN_RUN.findall(word) if language == "zh" else []
        for run in runs:
            found += [*run, *(run[place : place + 2] for place in range(len(run) - 1))]
        if not runs:
            found.append(english_key(word))
    return found


def english_key(word: str) -> str:
    """Return a word in lower case, without inflectional ending.

    >>> [english_key(word) for word in ("Winning", "parties", "used", "1990s")]
    ['winn', 'parti', 'us', '1990']
    """
    small = word.lower()
    for suffix in _SUFFIXES:
        if small.endswith(suffix) and len(small) - len(suffix) >= 3 - (suffix in ("ed", "e", "d")):
            return small[: -len(suffix)]
    return small


def bm25_idf(n_with: np.ndarray, n_texts: int) -> np.ndarray:
    """Return log(1 + (n - df + 1/2) / (df + 1/2)) for terms that occur in `n_with` texts."""
    idf: np.ndarray = np.log1p((n_texts - n_with + 0.5) / (n_with + 0.5))
    return idf


def bm25_weights(counts: csr_array, idf: np.ndarray, mean_length: float) -> csr_array:
    """Return the weight of each term in each text; their sum over a query's terms is its score.

    Robertson and Zaragoza (2009), "The probabilistic relevance framework: BM25 and beyond", eq. 3.15.

    Parameters
    ----------
    counts : csr_array (N, V)
        Numbers of occurrences.
    idf : float64 (V,)
    mean_length : float
        Mean number of terms in a text.
    """
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    norm = _K1 * (1 - _B + _B * lengths / max(mean_length, 1e-9))
    weights = counts.astype(np.float64)
    rows = np.repeat(norm, np.diff(weights.indptr))
    weights.data *= (_K1 + 1) / (weights.data + rows) * idf[weights.indices]
    return weights
