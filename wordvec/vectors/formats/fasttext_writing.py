"""Writing of word vectors with n-grams as a model file of fastText (version 12) or floret."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import IO

import numpy as np

from wordvec.vectors.formats.fasttext_content import (
    FLORET_MODE,
    LOSSES,
    MAGIC,
    MODELS,
    NEWEST_VERSION,
    FastTextArguments,
    FastTextFile,
)
from wordvec.vectors.subwords.rows import DenseRows, Rows
from wordvec.vectors.subwords.scheme import FLORET_SEED
from wordvec.vectors.subwords.table import SubwordTable

_LOSS_NUMBERS = {name: number for number, name in LOSSES.items()}
_MODEL_NUMBERS = {name: number for number, name in MODELS.items()}
_BLOCK_ROWS = 1 << 13
WORD, LABEL = 0, 1


def write_fasttext(
    file: IO[bytes], words: Sequence[str], counts: np.ndarray | None, table: SubwordTable
) -> None:
    """Write word vectors.

    Where `table` has no output table, the file's is zeros, which changes no vector; where there are no counts, words
    have falling ones.

    Raises
    ------
    ValueError
        If fastText cannot read such vectors back: a pruned table, a floret hash with other marks or another seed.
    """
    scheme = table.scheme
    if scheme.kept is not None:
        raise ValueError(
            "These vectors are of a pruned table, as a quantised classifier has, and a model file of word vectors has "
            "all n-grams. Save the words alone, as .vec or .safetensors."
        )
    if (scheme.before, scheme.after) != ("<", ">") or (scheme.hash_count and scheme.seed != FLORET_SEED):
        raise ValueError(
            f"A model file has the marks < and > and the seed {FLORET_SEED}; these vectors have {scheme.before} and "
            f"{scheme.after} and the seed {scheme.seed}. Save as .floret."
        )
    n_words = len(words)
    arguments = FastTextArguments(
        dim=table.vector_size,
        ws=5,
        epoch=5,
        minCount=1,
        neg=5,
        wordNgrams=1,
        loss="ns",
        model="skipgram",
        bucket=scheme.bucket if scheme.has_ngrams else 0,
        minn=scheme.min_n if scheme.has_ngrams else 0,
        maxn=scheme.max_n if scheme.has_ngrams else 0,
        hashCount=scheme.hash_count,
        lrUpdateRate=100,
        t=1e-4,
    )
    found = np.arange(n_words, 0, -1) if counts is None else np.maximum(counts, 1)
    write_head(file, arguments)
    keys = [word.encode() for word in words]
    write_dictionary(file, keys, found, [], np.empty(0, np.int64), None, int(found.sum()))
    _write_input(file, table, n_words)
    file.write(b"\0")
    _write_output(file, table, n_words)


def write_supervised(file: IO[bytes], model: FastTextFile) -> None:
    """Write a classifier, dense or quantised."""
    assert model.output is not None
    write_head(file, model.arguments)
    raw, bounds = model.words.tobytes(), model.starts.tolist()
    keys = [raw[a:b] for a, b in zip(bounds, bounds[1:])]
    n_words = model.n_words
    write_dictionary(
        file,
        keys[:n_words],
        model.counts[:n_words],
        keys[n_words:],
        model.counts[n_words:],
        model.scheme.kept,
        model.n_tokens,
    )
    _write_rows(file, model.input)
    _write_rows(file, model.output)


def _write_rows(file: IO[bytes], rows: Rows) -> None:
    """Write a table after the byte that says whether it is quantised."""
    if isinstance(rows, DenseRows):
        file.write(b"\0")
        write_dense(file, rows, rows.shape)
        return
    n_rows, size = rows.shape
    file.write(struct.pack("<BBqqi", 1, len(rows.norm_codes) > 0, n_rows, size, rows.codes.size))
    file.write(np.ascontiguousarray(rows.codes).tobytes())
    _write_centroids(file, rows.centroids, size)
    if len(rows.norm_codes):
        file.write(rows.norm_codes.tobytes())
        _write_centroids(file, rows.norm_centroids.reshape(1, -1, 1), 1)


def _write_centroids(file: IO[bytes], centroids: np.ndarray, size: int) -> None:
    n_parts, _, width = centroids.shape
    last = size - (n_parts - 1) * width
    file.write(struct.pack("<iiii", size, n_parts, width, last))
    file.write(centroids[:-1].astype("<f4").tobytes() + centroids[-1, :, :last].astype("<f4").tobytes())


def write_head(file: IO[bytes], arguments: FastTextArguments) -> None:
    """Write magic, version and settings."""
    a = arguments
    numbers = [
        a.dim,
        a.ws,
        a.epoch,
        a.minCount,
        a.neg,
        a.wordNgrams,
        _LOSS_NUMBERS[a.loss],
        _MODEL_NUMBERS[a.model],
    ]
    numbers += [
        a.bucket,
        a.minn,
        a.maxn,
        *([FLORET_MODE, a.hashCount] if a.hashCount else []),
        a.lrUpdateRate,
    ]
    file.write(struct.pack(f"<ii{len(numbers)}id", MAGIC, NEWEST_VERSION, *numbers, a.t))


def write_dictionary(
    file: IO[bytes],
    words: list[bytes],
    counts: np.ndarray,
    labels: list[bytes],
    label_counts: np.ndarray,
    kept: np.ndarray | None,
    n_tokens: int,
) -> None:
    """Write words and labels with their counts; `kept` are the buckets of a pruned table, in the order of its rows."""
    n_kept = -1 if kept is None else len(kept)
    n_words, n_labels = len(words), len(labels)
    file.write(struct.pack("<iiiqq", n_words + n_labels, n_words, n_labels, n_tokens, n_kept))
    for group, numbers, kind in ((words, counts, WORD), (labels, label_counts, LABEL)):
        pack = struct.Struct("<xqB").pack
        for begin in range(0, len(group), _BLOCK_ROWS):
            pairs = zip(group[begin : begin + _BLOCK_ROWS], numbers[begin : begin + _BLOCK_ROWS].tolist())
            file.write(b"".join(key + pack(count, kind) for key, count in pairs))
    if kept is not None:
        pairs_P2 = np.stack([kept.astype("<i4"), np.arange(len(kept), dtype="<i4")], axis=1)
        file.write(pairs_P2.tobytes())


def write_dense(file: IO[bytes], rows: DenseRows | None, shape: tuple[int, int]) -> None:
    """Write the first rows of a table, or zeros."""
    file.write(struct.pack("<qq", *shape))
    for begin in range(0, shape[0], _BLOCK_ROWS):
        end = min(begin + _BLOCK_ROWS, shape[0])
        block = np.zeros((end - begin, shape[1]), "<f4") if rows is None else rows.block(begin, end)
        file.write(block.astype("<f4").tobytes())


def _write_input(file: IO[bytes], table: SubwordTable, n_words: int) -> None:
    """Write the rows of words, in their order, then those of the buckets."""
    size = table.vector_size
    n_buckets = table.scheme.bucket if table.scheme.has_ngrams else 0
    file.write(b"\0")
    file.write(struct.pack("<qq", n_words + n_buckets, size))
    for begin in range(0, n_words, _BLOCK_ROWS):
        own = table.own_rows[begin : begin + _BLOCK_ROWS]
        found = np.zeros((len(own), size), np.float32)
        has_row = own >= 0
        rows = own[has_row].astype(np.int32)
        found[has_row] = table.rows.means(rows, np.arange(len(rows) + 1)) if len(rows) else 0
        if begin == 0 and table.scheme.hash_count and n_words and own[0] < 0:
            # floret adds the first word's own row to its n-grams: if that is their mean, the mean stays.
            found[0] = table.known_vectors(0, 1)[0]
        file.write(found.astype("<f4").tobytes())
    for begin in range(0, n_buckets, _BLOCK_ROWS):
        end = min(begin + _BLOCK_ROWS, n_buckets)
        block = table.rows.block(table.first_row + begin, table.first_row + end)
        file.write(block.astype("<f4").tobytes())


def _write_output(file: IO[bytes], table: SubwordTable, n_words: int) -> None:
    """Write the output table: that of `table` if it has a row for each word."""
    context = table.context
    is_whole = context is not None and len(table.own_rows) == context.shape[0] == n_words
    write_dense(file, context if is_whole else None, (n_words, table.vector_size))
