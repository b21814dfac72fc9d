"""Texts as a sparse matrix of token weights, whose product with a static encoder's table gives their means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from wordvec._utils.errors import ParameterError
from wordvec.encoders.folders import StaticFolder
from wordvec.encoders.words import Words, WordTokens

_BATCH = 4096  # texts that are looked up at a time


def words_of_texts(words: WordTokens, texts: Sequence[str], first: int = 0) -> list[tuple[np.ndarray, Words]]:
    """Return groups of texts, each with their indices and words; `first` is the index of the first text.

    Raises
    ------
    ParameterError
        If a text cannot be encoded as UTF-8.
    """
    try:
        return words.encode(texts)
    except UnicodeEncodeError as error:
        place = next(k for k, text in enumerate(texts) if not _is_encodable(text))
        raise ParameterError(
            f"texts[{first + place}]", "StaticEncoder", "be text without lone surrogates", texts[place]
        ) from error


def bags_of_tokens(
    words: WordTokens, model: StaticFolder, texts: Sequence[str], most: int, max_chars: int | None
) -> sparse.csr_matrix:
    """Return the weights of the table's rows in the mean of each text, float64 (n, n_rows).

    A text without known tokens has an empty row.

    Parameters
    ----------
    words : WordTokens
        Built from the model's tokenizer.
    model : StaticFolder
    texts : list of str
    most : int
        Maximum number of tokens of a text to use, unknown ones included.
    max_chars : int, optional
        Maximum number of characters of a text to use.

    Raises
    ------
    ParameterError
        If a text cannot be encoded as UTF-8.
    """
    texts = [text[:max_chars] for text in texts]
    parts = [_part(words, model, texts, first, most) for first in range(0, len(texts), _BATCH)]
    if not parts:
        return sparse.csr_matrix((0, len(model.vectors)))
    return sparse.vstack(parts, format="csr")


def _part(
    words: WordTokens, model: StaticFolder, texts: Sequence[str], first: int, most: int
) -> sparse.csr_matrix:
    """Return the matrix for a batch of texts."""
    texts = texts[first : first + _BATCH]
    found = []
    for places, group in words_of_texts(words, texts, first):
        is_word = group.items >= 0
        # The number of the text of each word: how many texts have ended before it.
        of_word: np.ndarray = (np.cumsum(~is_word) - ~is_word)[is_word]
        items = group.items[is_word]
        sizes = group.starts[items + 1] - group.starts[items]
        ends = np.cumsum(sizes)
        of_token: np.ndarray = np.repeat(of_word, sizes)
        order = np.arange(len(of_token))
        tokens = group.ids[np.repeat(group.starts[items] - ends + sizes, sizes) + order]
        firsts = np.searchsorted(of_token, np.arange(len(places)))
        rows = model.mapping[tokens]
        is_kept = (rows >= 0) & (order - firsts[of_token] < most)
        found.append((places[of_token[is_kept]], rows[is_kept], model.weights[tokens[is_kept]]))
    of_token, rows, weights = (np.concatenate(arrays) for arrays in zip(*found))
    counts = np.bincount(of_token, minlength=len(texts))
    shares = weights.astype(np.float64) / counts[of_token]
    return sparse.csr_matrix((shares, (of_token, rows)), shape=(len(texts), len(model.vectors)))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
