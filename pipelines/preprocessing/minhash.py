"""Shingles and MinHash sketches of many texts at once, in NumPy.

Broder (1997), "On the resemblance and containment of documents"; bands as in Leskovec, Rajaraman and Ullman,
"Mining of Massive Datasets", chapter 3.
"""

from __future__ import annotations

import functools
import hashlib
import unicodedata

import numpy as np

from wordvec.kernels.hashing import GOLDEN, mix_array
from wordvec.text.tokenizers import split_unicode_words

__all__ = ["Shingler", "Sketcher", "band_layout", "jaccard", "normal_form", "text_hash"]


def normal_form(text: str) -> str:
    """Return `text` in the form used to compare duplicates: NFKC, case-folded, white space collapsed.

    >>> normal_form("  Ｈello   WORLD ")
    'hello world'
    """
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def text_hash(normal: str) -> int:
    """Return a 64-bit BLAKE2b hash, the same in every process; a million texts collide with probability 3e-8."""
    return int.from_bytes(hashlib.blake2b(_encoded(normal), digest_size=8).digest(), "little")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# Words repeat, so most look-ups replace a hash of 1 microsecond by one of 0.1.
_word_hash = functools.lru_cache(maxsize=1 << 17)(text_hash)


class Shingler:
    """Converts texts to hashes of their shingles: word or character n-grams.

    A text that is shorter than `ngram` is one shingle; a text without words or characters has none.

    Parameters
    ----------
    unit : {"word", "char"}
        Words are those of `split_unicode_words`, without punctuation. Characters include spaces.
    ngram : int
        Number of words or characters in a shingle.
    """

    def __init__(self, unit: str, ngram: int) -> None:
        self._ngram = ngram
        self._units = _word_hashes if unit == "word" else _character_hashes

    def __call__(self, normals: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the shingles of texts in normalised form.

        Returns
        -------
        shingles : uint64 (n_shingles,); a shingle that occurs twice in a text is repeated
        starts : int64 (n_texts + 1,); text t has shingles[starts[t]:starts[t + 1]]
        """
        hashes, lengths = self._units(normals, self._ngram)
        counts = np.where(lengths > 0, lengths - self._ngram + 1, 0)
        starts = np.concatenate([[0], np.cumsum(counts)])
        # The n-gram that starts at p ends inside the same text.
        first = np.arange(starts[-1]) + np.repeat(np.cumsum(lengths) - lengths - starts[:-1], counts)
        shingles = np.zeros(len(first), np.uint64)
        for k in range(self._ngram):
            shingles = shingles * GOLDEN + hashes[first + k]
        return mix_array(shingles), starts

    def set_of(self, normal: str) -> np.ndarray:
        """Return the set of shingles of one text: uint64, sorted, without repeats."""
        return np.unique(self([normal])[0])


def _word_hashes(normals: list[str], at_least: int) -> tuple[np.ndarray, np.ndarray]:
    padded = []
    for normal in normals:
        words = split_unicode_words(normal)
        padded.append(words + [""] * (at_least - len(words)) if words else words)
    flat = [_word_hash(word) for words in padded for word in words]
    return np.array(flat, np.uint64), np.array([len(words) for words in padded], np.int64)


def _character_hashes(normals: list[str], at_least: int) -> tuple[np.ndarray, np.ndarray]:
    padded = [normal.ljust(at_least, "\0") if normal else normal for normal in normals]
    points = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32)
    return mix_array(points.astype(np.uint64)), np.array([len(normal) for normal in padded], np.int64)


def jaccard(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Jaccard index of two non-empty sets of shingles from `Shingler.set_of`.

    >>> jaccard(np.array([1, 2, 3], np.uint64), np.array([2, 3, 4], np.uint64))
    0.5
    """
    merged = np.sort(np.concatenate([first, second]), kind="stable")
    shared = int(np.count_nonzero(merged[1:] == merged[:-1]))
    return shared / (len(merged) - shared)


def band_layout(threshold: float, num_perm: int) -> tuple[int, int]:
    """Return the numbers of bands and of rows per band that find pairs at `threshold`.

    It maximises the rows, so that fewer pairs are compared in vain, while a pair with a similarity of exactly
    `threshold` is still found with probability 0.9, and more similar pairs with a higher one.

    >>> band_layout(0.8, 128)
    (16, 8)
    """
    for n_rows in range(num_perm, 1, -1):
        n_bands = num_perm // n_rows
        if 1 - (1 - threshold**n_rows) ** n_bands >= 0.9:
            return n_bands, n_rows
    return num_perm, 1


class Sketcher:
    """Sketches sets of shingles: one key for each band; similar sets share a key.

    Parameters
    ----------
    n_bands, n_rows : int
        Each key is a hash of the minima of `n_rows` permutations.
    seed : int
        Seed of the permutations.
    """

    def __init__(self, n_bands: int, n_rows: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        # h -> a * h + b mod 2^32 with an odd a is a permutation of all 32-bit hashes.
        self._factors = rng.integers(2**31, size=(n_bands, n_rows), dtype=np.uint32) * np.uint32(
            2
        ) + np.uint32(1)
        self._terms = rng.integers(2**32, size=(n_bands, n_rows), dtype=np.uint32)

    def __call__(self, shingles: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return uint64 (n_texts, n_bands), the keys of the bands.

        Parameters
        ----------
        shingles : uint64 (n_shingles,)
        starts : int64 (n_texts + 1,); no text may be empty
        """
        high = (shingles >> np.uint64(32)).astype(np.uint32)
        keys = np.zeros((len(starts) - 1, len(self._factors)), np.uint64)
        scratch = np.empty_like(high)
        for band, (factors, terms) in enumerate(zip(self._factors, self._terms)):
            for factor, term in zip(factors, terms):
                np.multiply(high, factor, out=scratch)
                np.add(scratch, term, out=scratch)
                minima = np.minimum.reduceat(scratch, starts[:-1])
                keys[:, band] = mix_array(keys[:, band] * GOLDEN + minima)
        return keys
