"""What a model file of fastText or floret holds: settings, words and labels, and its tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wordvec._io.errors import DamagedFileError
from wordvec.vectors.subwords.rows import DenseRows, Rows
from wordvec.vectors.subwords.scheme import NGramScheme
from wordvec.vectors.subwords.table import SubwordTable

MAGIC = 793712314
NEWEST_VERSION = 12
LOSSES = {1: "hs", 2: "ns", 3: "softmax", 4: "ova"}
FLORET_MODE = 2  # of floret's two modes its own hash; 1 is fastText's
MODELS = {1: "cbow", 2: "skipgram", 3: "supervised"}


@dataclass(frozen=True)
class FastTextArguments:
    """What a model was trained with, by fastText's names.

    Attributes
    ----------
    loss : {"hs", "ns", "softmax", "ova"}
    model : {"cbow", "skipgram", "supervised"}
    hashCount : int
        Of floret; 0 for fastText's hash.
    """

    dim: int
    ws: int
    epoch: int
    minCount: int
    neg: int
    wordNgrams: int
    loss: str
    model: str
    bucket: int
    minn: int
    maxn: int
    hashCount: int
    lrUpdateRate: int
    t: float


@dataclass(frozen=True, eq=False)
class FastTextFile:
    """The content of a model file.

    Attributes
    ----------
    version : int
        0 for the files before the first version.
    arguments : FastTextArguments
    words, starts : uint8 (n_bytes,), int64 (n_words + n_labels + 1,)
        Words, then labels, by falling count each.
    counts : int64 (n_words + n_labels,)
    n_words, n_labels : int
    n_tokens : int
    scheme : NGramScheme
    input : DenseRows or QuantizedRows
        Rows of words, then of n-grams.
    output : DenseRows or QuantizedRows, or None
        A row a word or, of supervised models, a label; none in files that lack it.
    """

    version: int
    arguments: FastTextArguments
    words: np.ndarray
    starts: np.ndarray
    counts: np.ndarray
    n_words: int
    n_labels: int
    n_tokens: int
    scheme: NGramScheme
    input: Rows
    output: Rows | None

    def keys(self, encoding: str = "utf-8", errors: str = "strict", limit: int | None = None) -> list[str]:
        """Return words and labels as text, at most `limit` of them.

        Raises
        ------
        DamagedFileError
            If one cannot be decoded; names it.
        """
        starts = self.starts if limit is None else self.starts[: limit + 1]
        raw = self.words[: starts[-1]].tobytes()
        if encoding == "utf-8" and errors == "strict" and b"\n" not in raw:
            # One call for all: a file has millions of words.
            try:
                return with_newlines(self.words, starts).decode().split("\n")[:-1]
            except UnicodeDecodeError:
                pass  # the loop below says which
        pieces = zip(starts[:-1].tolist(), starts[1:].tolist())
        return [self._decoded(row, raw[a:b], encoding, errors) for row, (a, b) in enumerate(pieces)]

    def subword_table(self, numbers: np.ndarray, encoding: str) -> SubwordTable:
        """Return the table of the words with these numbers (int64), in their order."""
        from wordvec.kernels.fasttext import copy_pieces

        starts = np.empty(len(numbers) + 1, np.int64)
        words = np.empty(int((self.starts[numbers + 1] - self.starts[numbers]).sum()), np.uint8)
        copy_pieces(self.words, self.starts[numbers], self.starts[numbers + 1], words, starts)
        context = None
        if isinstance(self.output, DenseRows) and self.arguments.model != "supervised":
            context = self.output
        # floret has rows of words, too, but uses that of the first word alone.
        own_rows = np.where(numbers == 0, 0, -1) if self.scheme.hash_count else numbers.copy()
        return SubwordTable(
            scheme=self.scheme,
            rows=self.input,
            first_row=self.n_words,
            words=words,
            starts=starts,
            own_rows=own_rows,
            encoding=encoding,
            context=context,
        )

    def are_different(self, n_words: int) -> bool:
        """Return whether no two of the first words have the same bytes."""
        from wordvec.kernels.fasttext import fill_dictionary

        slots = np.zeros((1 << (2 * n_words + 1).bit_length(), 2), np.uint64)
        return bool(fill_dictionary(self.words, self.starts[: n_words + 1], slots) == n_words)

    def _decoded(self, row: int, raw: bytes, encoding: str, errors: str) -> str:
        try:
            return raw.decode(encoding, errors)
        except UnicodeDecodeError as error:
            noun = f"word {row}" if row < self.n_words else f"label {row - self.n_words}"
            raise DamagedFileError(
                f"{noun} is not valid {encoding} ({raw[:40]!r}: {error.reason})",
                "the right {encoding}",
                '{errors="replace"} to go on',
            ) from error


def with_newlines(words: np.ndarray, starts: np.ndarray) -> bytes:
    """Return words uint8 (n_bytes,) with a newline after each."""
    from wordvec.kernels.fasttext import copy_pieces

    joined = np.empty(int(starts[-1]) + len(starts) - 1, np.uint8)
    copied = np.empty(len(starts), np.int64)
    # Each piece takes one byte more, which is then overwritten.
    padded = np.append(words[: starts[-1]], np.uint8(0))
    copy_pieces(padded, starts[:-1], starts[1:] + 1, joined, copied)
    joined[copied[1:] - 1] = ord("\n")
    return joined.tobytes()
