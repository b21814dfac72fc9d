"""Counting and encoding a corpus in parts, on any number of machines, with the same bits as `encode_corpus`.

Each part of the text is read once, encoded with ids of its own words, and its words are counted. The words of adjacent
parts are merged pairwise, in order of first occurrence, until there is a single list, from which the vocabulary is
chosen. Then each part is converted to the ids of the vocabulary.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from wordvec._io.parts import cut_sources
from wordvec._io.spill import GrowingArray
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec._io.tables import BlockRows, Rows
from wordvec.distributed.cluster import import_ray
from wordvec.text.corpus import LineCorpus, read_words
from wordvec.text.token_stream import TokenStream
from wordvec.text.vocabulary import Vocabulary, select_words

PART_BYTES = 32 << 20
_BLOCK_BYTES = 1 << 19


class PackedWords(NamedTuple):
    """Distinct words in order of first occurrence, in arrays that are sent without copying."""

    data: np.ndarray  # uint8; UTF-8
    offsets: np.ndarray  # int64 (n_words + 1,)
    counts: np.ndarray  # int64 (n_words,)

    @classmethod
    def of(cls, words: list[str], counts: np.ndarray) -> PackedWords:
        """Pack words; lone surrogates are kept."""
        return cls(*pack_strings(words, "surrogatepass"), counts)

    def words(self) -> list[str]:
        """Return the words."""
        return unpack_strings(self.data, self.offsets, "surrogatepass")


class PartIds(NamedTuple):
    """The text of a part as ids of its own words."""

    items: np.ndarray  # int32 (n,); with LINE_END after each line
    groups: np.ndarray | None  # int32; the word of each number, -1 for none; None if all are the same


@dataclass(frozen=True)
class Block(Rows):
    """A block of a Ray Data data set, in Ray's object store."""

    ref: Any
    column: str
    size = 0

    def __str__(self) -> str:
        return "Dataset"

    def tables(self) -> Iterator[Any]:
        """Yield the block's table."""
        yield import_ray().get(self.ref)

    def cut(self, part_bytes: int) -> list[Rows]:
        """Return the block itself."""
        return [self]


def cut_corpus(corpus: LineCorpus) -> list[LineCorpus]:
    """Split a corpus into corpora of parts of its files."""
    parts: list[LineCorpus] = []
    for part in cut_sources(corpus.files, corpus.encoding, PART_BYTES):
        pieces = (
            [Block(ref, part.column) for ref in part.references()] if isinstance(part, BlockRows) else [part]
        )
        for piece in pieces:
            parts.append(copy.copy(corpus))
            parts[-1].files = [piece]
    return parts


def count_part(corpus: LineCorpus) -> tuple[PartIds, PackedWords]:
    """Read a part; return its ids and its words with counts.

    Needs 4 bytes for each token and line, and 80 bytes plus its own length for each distinct word.

    Raises
    ------
    ValueError
        If it cannot be read as text; the message names the file and the line.
    """
    items = GrowingArray(np.int32, "the encoded corpus", _BLOCK_BYTES)
    found = read_words(corpus, items.append, _BLOCK_BYTES, None)
    words = found.select(np.arange(len(found.counts)))
    return PartIds(items.finish(), found.groups), PackedWords.of(words, found.counts)


def merge_words(left: PackedWords, right: PackedWords) -> PackedWords:
    """Return the words of a text, merged from those of its first and second part."""
    words, others = left.words(), right.words()
    places = {word: place for place, word in enumerate(words)}
    numbers = np.array([places.setdefault(word, len(places)) for word in others], np.int64)
    counts = np.zeros(len(places), np.int64)
    counts[: len(words)] = left.counts
    counts[numbers] += right.counts
    return PackedWords.of(list(places), counts)


def choose_words(found: PackedWords, min_count: int, max_vocab_size: int | None) -> Vocabulary:
    """Return the vocabulary of a text with these words.

    Raises
    ------
    ValueError
        If no word is frequent enough, or there are no words.
    """
    order = select_words(found.counts, min_count, max_vocab_size)
    words = found.words()
    return Vocabulary([words[k] for k in order.tolist()], found.counts[order], int(found.counts.sum()))


def finish_part(
    ids: PartIds, found: PackedWords, vocabulary: Vocabulary, with_hash: bool = False
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[int, str]]:
    """Return a part as ids of the vocabulary.

    Returns
    -------
    piece : token_ids, int32 (n,), and starts, int64 (m + 1,)
        As in an EncodedCorpus.
    size : int, str
        The number of tokens, and with `with_hash` a SHA-256 of the piece, otherwise "".
    """
    final = np.full(len(found.counts) + 1, -1, np.int32)
    find = vocabulary.key_to_index.get
    final[:-1] = [find(word, -1) for word in found.words()]
    n_tokens = int(found.counts[final[:-1] >= 0].sum())
    stream = TokenStream(1 << 62, _BLOCK_BYTES)
    for first in range(0, len(ids.items), _BLOCK_BYTES):
        stream.append(ids.items[first : first + _BLOCK_BYTES])
    token_ids, starts = stream.finish(final if ids.groups is None else final[ids.groups], n_tokens)
    digest = hashlib.sha256(token_ids.data)
    digest.update(starts.data)
    return (token_ids, starts), (n_tokens, digest.hexdigest() if with_hash else "")
