"""The words of a corpus: how often each occurs, its id, and the distributions that training draws from."""

from __future__ import annotations

import gzip
import json
import math
import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._io.atomic import replace_when_whole
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.json_files import json_header, seal_json, unpack_json
from wordvec._io.kinds import VOCABULARY, check_exists, unreadable_as
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.parameters import Integer, Rule
from wordvec._utils.validation import check_arguments, check_float, check_int
from wordvec.kernels.elementary import powers
from wordvec.text.encoding import Progress, SentenceEncoder

# Which words of a text are kept: parameters of all that count words.
LIMIT_RULES: dict[str, Rule] = {"min_count": Integer(1), "max_vocab_size": Integer(1) | None}


class Vocabulary:
    """Words with their counts; the id of a word is its place.

    Built from a corpus or from counts, words are sorted by falling count, equal counts by first occurrence.

    Parameters
    ----------
    index_to_key : sequence of str
        The words, each once.
    counts : array of int (V,)
        How often each occurs, at least 1.
    n_total : int, optional
        Tokens in the text, including those of words that were dropped; the sum of `counts` if not given.

    Attributes
    ----------
    index_to_key : list of str
    key_to_index : dict of str to int
    counts : int64 (V,)
    n_total : int

    Raises
    ------
    TypeError, ValueError
        If words and counts do not fit together, a word is not a str or is repeated, or a count is not positive.
    """

    def __init__(self, index_to_key: Iterable[str], counts: Any, n_total: int | None = None) -> None:
        if isinstance(index_to_key, str):
            raise ParameterError(
                "index_to_key", "Vocabulary", "be a list of words, not one str", index_to_key
            )
        self.index_to_key = list(index_to_key)
        for place, word in enumerate(self.index_to_key):
            if not isinstance(word, str):
                raise TypeError(f"index_to_key[{place}] of Vocabulary must be a str. Got {word!r} instead.")
        self.key_to_index = {word: place for place, word in enumerate(self.index_to_key)}
        if len(self.key_to_index) < len(self.index_to_key):
            twice = next(word for k, word in enumerate(self.index_to_key) if self.key_to_index[word] != k)
            raise ParameterError("index_to_key", "Vocabulary", "not repeat a word", twice)
        given = np.asarray(counts)
        if given.size and given.dtype.kind not in "iu":
            raise ParameterError("counts", "Vocabulary", "be integers", given)
        self.counts = given.astype(np.int64)
        if self.counts.shape != (len(self.index_to_key),):
            rule = f"hold one count for each of the {len(self.index_to_key)} words"
            raise ParameterError("counts", "Vocabulary", rule, self.counts)
        if len(self) and self.counts.min() < 1:
            word = self.index_to_key[int(self.counts.argmin())]
            raise ParameterError("counts", "Vocabulary", "be at least 1", {word: int(self.counts.min())})
        n_kept = sum(self.counts.tolist())  # in Python's numbers, which do not overflow
        if n_kept > np.iinfo(np.int64).max:
            raise ParameterError("counts", "Vocabulary", "add up to less than 2**63", n_kept)
        self.n_total = check_int("n_total", n_kept if n_total is None else n_total, "Vocabulary", n_kept)

    @classmethod
    def from_counts(
        cls, counts: Mapping[str, int], *, min_count: int = 1, max_vocab_size: int | None = None
    ) -> Vocabulary:
        """Build from a mapping of word to count, a `collections.Counter` for example.

        Parameters
        ----------
        counts : mapping of str to int
            Its order decides between equal counts.
        min_count : int
            Rarer words are dropped.
        max_vocab_size : int, optional
            At most this many words are kept, the most frequent ones.

        Raises
        ------
        ValueError
            If no word is left.
        """
        if not isinstance(counts, Mapping):
            rule = "be a mapping of word to count"
            raise ParameterError("counts", "Vocabulary.from_counts", rule, counts)
        words = list(counts)
        count_array = np.array(list(counts.values()))
        order = select_words(count_array, min_count, max_vocab_size)
        return cls([words[k] for k in order], count_array[order], sum(count_array.tolist()))

    @classmethod
    def from_corpus(
        cls,
        corpus: Any,
        *,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        progress: Progress | None = None,
    ) -> Vocabulary:
        """Count the words of a corpus. To train on it too, `encode_corpus` saves one reading.

        Needs memory for the distinct words only: about 80 bytes and the word each for a `LineCorpus` that is
        split at white space, about 150 bytes and the word otherwise.

        Parameters
        ----------
        corpus : LineCorpus or iterable of sentences (lists of str)
        min_count, max_vocab_size : int
            As in `from_counts`.
        progress : callable, optional
            Called as ``progress(done, total)``, in bytes for a `LineCorpus`, else in sentences; total is 0 if
            unknown.

        Raises
        ------
        TypeError
            If `corpus` is not a corpus of sentences.
        ValueError
            If it holds no tokens, no word is frequent enough, or a file cannot be read as text.
        """
        check_limits(min_count, max_vocab_size)
        if hasattr(corpus, "count_words"):
            counts = corpus.count_words(progress=progress)
        else:
            encoder = SentenceEncoder()
            for _ in encoder.encode(corpus, progress):
                pass
            counts = dict(zip(encoder.index, encoder.counts.tolist()))
        return cls.from_counts(counts, min_count=min_count, max_vocab_size=max_vocab_size)

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word: object) -> bool:
        return word in self.key_to_index

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return (
            self.index_to_key == other.index_to_key
            and np.array_equal(self.counts, other.counts)
            and self.n_total == other.n_total
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Vocabulary({counted(len(self), 'word')}, {self.counts.sum()} of {self.n_total} tokens)"

    def update(self, other: Vocabulary) -> Vocabulary:
        """Return a vocabulary for training on: this one's words keep their ids, new ones follow.

        New words stand by falling count; the counts of words in both are added.
        """
        return self._extended(other)

    def merge(self, other: Vocabulary) -> Vocabulary:
        """Return the vocabulary of both texts together, by falling count.

        Exact when both were counted with ``min_count=1``; apply limits afterwards, with `truncate`.
        """
        both = self._extended(other)
        return both._taken(select_words(both.counts)) if len(both) else both

    def truncate(self, *, min_count: int = 1, max_vocab_size: int | None = None) -> Vocabulary:
        """Return the words that occur `min_count` times, of them the `max_vocab_size` most frequent.

        Raises
        ------
        ValueError
            If no word is left.
        """
        return self._taken(select_words(self.counts, min_count, max_vocab_size))

    def _extended(self, other: Vocabulary) -> Vocabulary:
        if not isinstance(other, Vocabulary):
            raise TypeError(f"A Vocabulary can only be joined with a Vocabulary. Got {other!r} instead.")
        new = [word for word in other.index_to_key if word not in self.key_to_index]
        new.sort(key=lambda word: -other.counts[other.key_to_index[word]])
        words = self.index_to_key + new
        counts = np.zeros(len(words), np.int64)
        counts[: len(self)] = self.counts
        place = {word: k for k, word in enumerate(words)}
        counts[[place[word] for word in other.index_to_key]] += other.counts
        return Vocabulary(words, counts, self.n_total + other.n_total)

    def _taken(self, order: np.ndarray) -> Vocabulary:
        return Vocabulary([self.index_to_key[k] for k in order], self.counts[order], self.n_total)

    def keep_probabilities(self, sample: float) -> np.ndarray:
        """Return the probability that an occurrence of each word is kept when frequent words are subsampled.

        With f the share of the word among all occurrences of words of the vocabulary, this is
        min(1, (sqrt(f / sample) + 1) * sample / f): word2vec.c's and gensim's form of Mikolov et al. (2013),
        arXiv:1310.4546, eq. 5.

        Parameters
        ----------
        sample : float
            Threshold, 1e-3 for example. 0 keeps everything. As in gensim, 1 or more stands for a number of
            occurrences, int(sample * (3 + sqrt(5)) / 2), in the place of sample * (all occurrences).

        Returns
        -------
        float64 (V,), in (0, 1]
        """
        sample = check_float("sample", sample, "Vocabulary.keep_probabilities", 0.0)
        if sample == 0:
            return np.ones(len(self))
        threshold = sample * self.counts.sum() if sample < 1 else int(sample * (3 + math.sqrt(5)) / 2)
        return np.minimum(1.0, (np.sqrt(self.counts / threshold) + 1) * (threshold / self.counts))

    def noise_probabilities(self, ns_exponent: float) -> np.ndarray:
        """Return the noise distribution: counts ** `ns_exponent`, normalised; float64 (V,).

        Mikolov et al. (2013), arXiv:1310.4546, section 2.2: 0.75. Negative exponents favour rare words.
        """
        ns_exponent = check_float("ns_exponent", ns_exponent, "Vocabulary.noise_probabilities", -10.0, 10.0)
        weights = powers(self.counts / self.counts.max(), ns_exponent)
        return weights / weights.sum()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file with one word a line; a name that ends in .gz is compressed.

        Raises
        ------
        FileNotFoundError
            If the folder does not exist.
        OSError
            If it cannot be written; what was under the name stays.
        """
        pairs = zip(self.index_to_key, self.counts.tolist())
        lines = ",\n".join(json.dumps(pair, ensure_ascii=False) for pair in pairs)
        header = json.dumps({**json_header(VOCABULARY), "n_total": self.n_total}).removesuffix("}")
        text = f'{header}, "words": [\n{lines}\n]}}\n'
        # A str may hold lone surrogates, which strict UTF-8 does not.
        data = seal_json(text.encode("utf-8", "surrogatepass"))
        if Path(path).suffix == ".gz":
            data = gzip.compress(data, mtime=0)
        with replace_when_whole(path) as file:
            file.write(data)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Vocabulary:
        """Read what `save` wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a whole vocabulary file.
        """
        path = Path(path)
        check_exists(path, VOCABULARY)
        data = path.read_bytes()
        with unreadable_as(f"The file {str(path)!r}", VOCABULARY):
            content = unpack_json(_unpacked(data), VOCABULARY)
            pairs = content["words"]
            if not isinstance(pairs, list):
                raise UnreadableFileError("its words are no list")
            words, counts = zip(*pairs) if pairs else ((), ())
            return cls(words, counts, content["n_total"])


def _unpacked(data: bytes) -> bytes:
    """Return the content of a file, decompressed if its first bytes are those of gzip."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as error:
        raise DamagedFileError(f"it is damaged: its compressed data cannot be read ({error})") from error


def check_limits(min_count: int, max_vocab_size: int | None) -> None:
    """Raise ParameterError if `min_count` or `max_vocab_size` is not a positive integer."""
    check_arguments(LIMIT_RULES, "Vocabulary", {"min_count": min_count, "max_vocab_size": max_vocab_size})


def select_words(counts: np.ndarray, min_count: int = 1, max_vocab_size: int | None = None) -> np.ndarray:
    """Return the places of the words to keep, by falling count, equal counts in their order.

    Parameters
    ----------
    counts : int64 (n_words,)
    min_count : int
        Rarer words are left out.
    max_vocab_size : int, optional
        At most this many are kept.

    Raises
    ------
    ValueError
        If no word is left.
    """
    check_limits(min_count, max_vocab_size)
    if not len(counts):
        raise ValueError("The corpus holds no tokens. Check that it is not empty, and its tokenizer.")
    kept = np.flatnonzero(counts >= min_count)
    if not len(kept):
        raise AdvisedError(
            f"No word occurs {min_count} times: the most frequent one occurs {counts.max()} times.",
            advice="Lower {min_count}, or pass more text.",
        )
    return kept[np.argsort(-counts[kept], kind="stable")][:max_vocab_size]
