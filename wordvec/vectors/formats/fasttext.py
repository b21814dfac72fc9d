"""Model files of fastText and floret, .bin and .ftz: settings, dictionary, and tables where they lie in the file.

Versions 11 and 12, and the files before them, which have no version. Tables of floats are mapped, not read.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from wordvec._io.compression import decompressed
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.tensors import is_safetensors
from wordvec._utils.messages import counted
from wordvec.vectors.formats.fasttext_content import (
    FLORET_MODE,
    LOSSES,
    MAGIC,
    MODELS,
    NEWEST_VERSION,
    FastTextArguments,
    FastTextFile,
)
from wordvec.vectors.formats.tables import MAX_VECTOR_SIZE
from wordvec.vectors.subwords.rows import CENTROIDS, DenseRows, QuantizedRows, Rows
from wordvec.vectors.subwords.scheme import FLORET_SEED, NGramScheme

# In the order of the file. floret has two more before the last two; t is 8 bytes.
_ARGUMENTS = (
    "dim", "ws", "epoch", "minCount", "neg", "wordNgrams", "loss", "model", "bucket", "minn", "maxn",
)  # fmt: skip
_FLORET = ("mode", "hashCount")
_ENTRY_BYTES = 10  # of a word of no letters
_MAX_NGRAM = 1 << 10
_SAMPLE_BYTES = 1 << 12


class _Reader:
    """Reads numbers one after the other from the bytes of a file; every length is checked before it is used."""

    def __init__(self, data: np.ndarray) -> None:
        self.data = data
        self.at = 0

    def take(self, n_bytes: int, what: str) -> int:
        """Return where the next `n_bytes` begin, and go past them."""
        begin = self.at
        if n_bytes < 0 or begin + n_bytes > len(self.data):
            missing = begin + n_bytes - len(self.data)
            raise DamagedFileError(
                f"it ends in {what}, of which {counted(missing, 'byte')} are missing: the file is cut off, or its "
                "header is damaged"
            )
        self.at = begin + n_bytes
        return begin

    def numbers(self, form: str, what: str) -> tuple[Any, ...]:
        """Return numbers that `struct` calls `form`, little-endian and packed."""
        begin = self.take(struct.calcsize("<" + form), what)
        return struct.unpack_from("<" + form, self.data.data, begin)

    def array(self, count: int, dtype: str, what: str) -> np.ndarray:
        """Return a copy of `count` numbers."""
        size = np.dtype(dtype).itemsize
        begin = self.take(count * size, what)
        return np.frombuffer(self.data[begin : self.at].tobytes(), dtype)

    def flag(self, what: str) -> bool:
        """Return a byte that is 0 or 1."""
        (value,) = self.numbers("B", what)
        if value > 1:
            raise DamagedFileError(f"the byte that says whether {what} is {value}, neither 0 nor 1")
        return bool(value)


def is_fasttext(sample: bytes) -> bool:
    """Tell whether the first bytes of a file are those of a model of fastText, of any age."""
    if sample[:4] == struct.pack("<i", MAGIC):
        return True
    try:
        _check_arguments(_arguments(struct.unpack_from("<12id", sample), False))
        size, n_words, n_labels, _ = struct.unpack_from("<iiiq", sample, struct.calcsize("<12id"))
    except (struct.error, UnreadableFileError):
        return False
    return _is_sum(size, n_words, n_labels)


def _is_sum(size: int, n_words: int, n_labels: int) -> bool:
    """Return whether these numbers of entries, words and labels are consistent."""
    return size > 0 and min(n_words, n_labels) >= 0 and n_words + n_labels == size


def has_fasttext(path: Path) -> bool:
    """Tell whether there is a file, compressed or not, with a model of fastText."""
    if not path.is_file():
        return False
    try:
        with decompressed(path) as (stream, _):
            sample = stream.read(_SAMPLE_BYTES)
    except UnreadableFileError:
        return False
    return not is_safetensors(sample) and is_fasttext(sample)


def read_fasttext(file: IO[bytes]) -> FastTextFile:
    """Read a model file, which stays mapped.

    Raises
    ------
    DamagedFileError
        If a part is cut off, or a number does not fit the rest.
    UnreadableFileError
        If a newer version wrote it.
    """
    try:
        return _read_parts(file)
    except DamagedFileError as error:
        raise DamagedFileError(f"it is a model of fastText, and damaged: {error}") from error


def _read_parts(file: IO[bytes]) -> FastTextFile:
    data = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
    reader = _Reader(data)
    magic, version = reader.numbers("ii", "the header")
    if magic != MAGIC:
        version, reader.at = 0, 0
    elif not 11 <= version <= NEWEST_VERSION:
        if version > NEWEST_VERSION:
            raise UnreadableFileError(
                f"it is a model of fastText in version {version}, and versions 11 and {NEWEST_VERSION} are known"
            )
        raise DamagedFileError(f"it is a model of fastText in version {version}, which never was")
    arguments = _read_arguments(reader, version)
    if version == 11 and arguments.model == "supervised":
        arguments = replace(arguments, maxn=0)  # they had none, whatever they say
    size, n_words, n_labels, n_tokens = reader.numbers("iiiq", "the header of the dictionary")
    n_kept = reader.numbers("q", "the header of the dictionary")[0] if version else -1
    _check_dictionary(size, n_words, n_labels, n_kept, arguments, len(data) - reader.at)
    words, starts, counts = _read_entries(reader, size, n_words)
    scheme = _read_scheme(reader, arguments, n_kept)
    input_ = _read_matrix(reader, version > 0 and reader.flag("the table is quantised"), "the table of words")
    _check_shape(input_, n_words + scheme.n_rows, arguments.dim, "the table of words and n-grams")
    output = None
    if reader.at < len(data):
        is_quantized = version > 0 and reader.flag("the output is quantised")
        # fastText itself asks both flags; the second alone says nothing.
        is_quantized = is_quantized and isinstance(input_, QuantizedRows)
        output = _read_matrix(reader, is_quantized, "the output table")
        n_targets = n_labels if arguments.model == "supervised" else n_words
        _check_shape(output, n_targets, arguments.dim, "the output table")
    elif arguments.model == "supervised":
        raise DamagedFileError("it ends before the output table: the file is cut off")
    return FastTextFile(
        version=version,
        arguments=arguments,
        words=words,
        starts=starts,
        counts=counts,
        n_words=n_words,
        n_labels=n_labels,
        n_tokens=n_tokens,
        scheme=scheme,
        input=input_,
        output=output,
    )


def _arguments(values: tuple[Any, ...], is_floret: bool) -> FastTextArguments:
    names = (*_ARGUMENTS, *(_FLORET if is_floret else ()), "lrUpdateRate", "t")
    found = dict(zip(names, values, strict=True))
    mode = found.pop("mode", 0)
    found["loss"] = LOSSES.get(found["loss"], str(found["loss"]))
    found["model"] = MODELS.get(found["model"], str(found["model"]))
    n_hashes = found.pop("hashCount", 0)
    return FastTextArguments(**found, hashCount=n_hashes if mode == FLORET_MODE else 0)


def _read_arguments(reader: _Reader, version: int) -> FastTextArguments:
    """Read the settings, which floret lays out in another way under the same version."""
    begin = reader.at
    plain = _arguments(reader.numbers("12id", "the settings"), False)
    if version != NEWEST_VERSION or _has_dictionary(reader):
        _check_arguments(plain)
        return plain
    after, reader.at = reader.at, begin
    try:
        floret = _arguments(reader.numbers("14id", "the settings"), True)
        if _has_dictionary(reader):
            _check_arguments(floret)
            return floret
    except UnreadableFileError:
        pass
    reader.at = after
    _check_arguments(plain)
    return plain


def _has_dictionary(reader: _Reader) -> bool:
    """Tell whether the header of a dictionary comes next."""
    if reader.at + 12 > len(reader.data):
        return False
    return _is_sum(*struct.unpack_from("<iii", reader.data.data, reader.at))


def _check_arguments(arguments: FastTextArguments) -> None:
    ranges = {
        "dim": (1, MAX_VECTOR_SIZE),
        "wordNgrams": (0, _MAX_NGRAM),
        "bucket": (0, 2**31 - 1),
        "minn": (0, 2**31 - 1),
        "maxn": (0, _MAX_NGRAM),
        "hashCount": (0, 4),
    }
    for name, (low, high) in ranges.items():
        value = getattr(arguments, name)
        if not low <= value <= high:
            raise DamagedFileError(f"its setting {name} is {value}, not {low} to {high}")
    for name, known in (("loss", LOSSES), ("model", MODELS)):
        value = getattr(arguments, name)
        if value not in known.values():
            raise DamagedFileError(f"its setting {name} is {value}, not one of {', '.join(map(str, known))}")
    if arguments.model != "supervised" and arguments.loss in ("softmax", "ova"):
        raise DamagedFileError(f"its loss {arguments.loss} does not go with its model {arguments.model}")


def _check_dictionary(
    size: int, n_words: int, n_labels: int, n_kept: int, arguments: FastTextArguments, n_bytes: int
) -> None:
    if not _is_sum(size, n_words, n_labels):
        raise DamagedFileError(f"its dictionary of {size} entries has {n_words} words and {n_labels} labels")
    if size * _ENTRY_BYTES + 8 * max(n_kept, 0) > n_bytes:
        raise DamagedFileError(
            f"its dictionary has {size:,} entries and {max(n_kept, 0):,} kept n-grams, and {n_bytes:,} bytes follow: "
            "the file is cut off, or its header is damaged"
        )
    if n_kept < -1 or n_kept > arguments.bucket:
        raise DamagedFileError(f"it has {arguments.bucket} buckets and kept {n_kept}")
    if arguments.model == "supervised" and n_labels < 1:
        raise DamagedFileError("it is a classifier without labels")
    if arguments.model != "supervised" and (n_labels or not n_words):
        raise DamagedFileError(f"it holds word vectors, of {n_words} words and {n_labels} labels")


def _read_entries(reader: _Reader, size: int, n_words: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from wordvec.kernels.fasttext import copy_pieces, find_entries  # here, as other formats need no kernel

    begins, ends = np.empty(size, np.int64), np.empty(size, np.int64)
    n_found, end = find_entries(reader.data, reader.at, begins, ends)
    if n_found < size:
        raise DamagedFileError(
            f"its dictionary ends after {n_found:,} of {size:,} entries: the file is cut off, or its header is damaged"
        )
    reader.at = end
    lengths = ends - begins
    words, starts = np.empty(int(lengths.sum()), np.uint8), np.empty(size + 1, np.int64)
    copy_pieces(reader.data, begins, ends, words, starts)
    tails = reader.data[(ends + 1)[:, np.newaxis] + np.arange(9)]
    counts = np.ascontiguousarray(tails[:, :8]).view("<i8").ravel()
    kinds = tails[:, 8]
    wrong = np.flatnonzero(kinds != (np.arange(size) >= n_words))
    if len(wrong):
        row = int(wrong[0])
        raise DamagedFileError(
            f"entry {row} of its dictionary is of kind {kinds[row]}; words (0) come first, {n_words} of them, then "
            "labels (1)"
        )
    if counts.min() < 0:
        raise DamagedFileError(f"entry {int(counts.argmin())} of its dictionary has a negative count")
    return words, starts, counts


def _read_scheme(reader: _Reader, arguments: FastTextArguments, n_kept: int) -> NGramScheme:
    scheme = NGramScheme(
        min_n=arguments.minn,
        max_n=arguments.maxn if arguments.maxn >= arguments.minn else 0,
        bucket=arguments.bucket,
        hash_count=arguments.hashCount,
        seed=FLORET_SEED if arguments.hashCount else 0,
    )
    if n_kept < 0:
        return scheme
    pairs = reader.array(2 * n_kept, "<i4", "the list of kept n-grams").reshape(n_kept, 2)
    order = np.argsort(pairs[:, 1], kind="stable")
    kept = pairs[order, 0].astype(np.int64)
    if (pairs[order, 1] != np.arange(n_kept)).any() or len(np.unique(kept)) != n_kept or (kept < 0).any():
        raise DamagedFileError(
            "its list of kept n-grams names a row or a bucket twice, or one that is not there"
        )
    return replace(scheme, kept=kept.astype(np.uint64))


def _read_matrix(reader: _Reader, is_quantized: bool, what: str) -> Rows:
    if is_quantized:
        return _read_quantized(reader, what)
    n_rows, size = reader.numbers("qq", what)
    if not (0 <= n_rows < 2**31 and 1 <= size <= MAX_VECTOR_SIZE):
        raise DamagedFileError(f"{what} has {n_rows} rows of {size} floats")
    return DenseRows(reader.data, reader.take(4 * n_rows * size, what), (n_rows, size))


def _read_quantized(reader: _Reader, what: str) -> QuantizedRows:
    has_norms = reader.flag("rows have norms")
    n_rows, size, n_codes = reader.numbers("qqi", what)
    if not (0 <= n_rows < 2**31 and 1 <= size <= MAX_VECTOR_SIZE):
        raise DamagedFileError(f"{what} has {n_rows} rows of {size} floats")
    codes = reader.array(n_codes, "u1", what)
    centroids = _read_centroids(reader, size, what)
    if n_codes != n_rows * len(centroids):
        raise DamagedFileError(f"{what} has {n_codes} codes for {n_rows} rows of {len(centroids)} parts")
    norm_codes, norm_centroids = np.empty(0, np.uint8), np.empty(0, np.float32)
    if has_norms:
        norm_codes = reader.array(n_rows, "u1", what)
        norm_centroids = _read_centroids(reader, 1, what).ravel()
    shaped = codes.reshape(n_rows, len(centroids))
    return QuantizedRows(shaped, centroids, norm_codes, norm_centroids, (n_rows, size))


def _read_centroids(reader: _Reader, size: int, what: str) -> np.ndarray:
    """Read the centroids of the parts of rows, float32 (parts, 256, width); a narrower last part ends in zeros."""
    dim, n_parts, width, last_width = reader.numbers("iiii", what)
    if dim != size or not 1 <= last_width <= width or (n_parts - 1) * width + last_width != size:
        raise DamagedFileError(
            f"{what} of {size} floats a row has {n_parts} parts of {width}, the last of {last_width}"
        )
    flat = reader.array(CENTROIDS * size, "<f4", what)
    centroids = np.zeros((n_parts, CENTROIDS, width), np.float32)
    n_full = (n_parts - 1) * width * CENTROIDS
    centroids[:-1] = flat[:n_full].reshape(n_parts - 1, CENTROIDS, width)
    centroids[-1, :, :last_width] = flat[n_full:].reshape(CENTROIDS, last_width)
    if not np.isfinite(centroids).all():
        raise DamagedFileError(f"{what} holds values that are not finite")
    return centroids


def _check_shape(rows: Rows, n_rows: int, size: int, what: str) -> None:
    if rows.shape != (n_rows, size):
        raise DamagedFileError(f"{what} has {rows.shape[0]} rows of {rows.shape[1]}, not {n_rows} of {size}")
