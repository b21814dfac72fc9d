"""KeyedVectors in one safetensors file: the table, the words' UTF-8 bytes, their offsets, the counts.

The words are one uint8 tensor; word w is its bytes from word_offsets[w] to word_offsets[w + 1]. Reading and
writing is done here, without the safetensors package, because a table must be mapped from the disk and
written from memory without a copy; that package reads the result (test_safetensors_reads_our_file).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from wordvec._io.compression import DamagedFileError

MAX_HEADER_BYTES = 100_000_000
ALIGNMENT = 64
BLOCK_BYTES = 1 << 24
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "|u1"}
TENSORS = {"vectors": ("F32", "F16"), "words": ("U8",), "word_offsets": ("I64",), "counts": ("I64",)}


def is_safetensors(start: bytes) -> bool:
    """Return whether the first bytes of a file can be those of a safetensors file."""
    return len(start) >= 9 and start[8:9] == b"{" and struct.unpack("<Q", start[:8])[0] <= MAX_HEADER_BYTES


def write_safetensors(
    file: IO[bytes], vectors: np.ndarray, words: Sequence[str], counts: np.ndarray | None
) -> None:
    """Write vectors float32 or float16 (V, D), words and counts int64 (V,), if any."""
    word_bytes, word_offsets = pack_words(words)
    # The eight-byte tensors come first, so that all are aligned; see ALIGNMENT below for the table.
    tensors = {"word_offsets": word_offsets}
    if counts is not None:
        tensors["counts"] = counts
    tensors["vectors"] = vectors
    tensors["words"] = word_bytes
    write_tensors(file, tensors, {"format": "wordvec", "version": "1"}, aligned="vectors")


def write_tensors(
    file: IO[bytes], tensors: dict[str, np.ndarray], metadata: dict[str, str], aligned: str
) -> None:
    """Write tensors in safetensors' format, without a second copy of them; `aligned` at 64 bytes of the file."""
    header: dict[str, Any] = {"__metadata__": metadata}
    names = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.nbytes
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [start, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    # Spaces after the JSON are allowed.
    text += b" " * (-(8 + len(text) + header[aligned]["data_offsets"][0]) % ALIGNMENT)
    file.write(struct.pack("<Q", len(text)) + text)
    for tensor in tensors.values():
        # In blocks of rows: a tensor need not be contiguous, and a copy of it would double what it takes.
        rows = max(1, BLOCK_BYTES * len(tensor) // max(1, tensor.nbytes))
        for first in range(0, len(tensor), rows):
            file.write(np.ascontiguousarray(tensor[first : first + rows]).data)


def pack_words(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the words' UTF-8 bytes, uint8, and where each starts and the last one ends, int64 (V + 1,)."""
    try:
        encoded = [word.encode() for word in words]
    except UnicodeEncodeError as error:
        raise ValueError(
            f"The word {error.object!r} holds a lone surrogate, which no file can hold. Clean the text."
        ) from error
    offsets = np.zeros(len(words) + 1, np.int64)
    np.cumsum([len(word) for word in encoded], out=offsets[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), offsets


def unpack_words(word_bytes: np.ndarray, offsets: np.ndarray) -> list[str]:
    """Return the words that `pack_words` packed; `offsets` may stop before the last one.

    Raises
    ------
    DamagedFileError
        If the offsets do not cut the bytes into words, or a word is not UTF-8.
    """
    raw = word_bytes.tobytes()
    if offsets[0] != 0 or offsets[-1] > len(raw) or (np.diff(offsets) < 0).any():
        raise DamagedFileError("word_offsets do not cut the words' bytes into words")
    bounds = offsets.tolist()
    try:
        return [raw[start:stop].decode() for start, stop in zip(bounds, bounds[1:])]
    except UnicodeDecodeError as error:
        raise DamagedFileError(f"a word is not valid UTF-8 ({error.object[:40]!r})") from error


def read_safetensors(
    path: Path, *, limit: int | None, mmap: bool
) -> tuple[np.ndarray, list[str], np.ndarray | None]:
    """Read vectors (V, D), mapped from the disk if `mmap`, words, and counts or None.

    Raises
    ------
    DamagedFileError
        If the file is cut off, its header lies, or it holds other tensors than KeyedVectors'.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        tensors, data_start = _read_header(file, size)
        shape = tensors["vectors"]["shape"]
        n_words = shape[0]
        if len(shape) != 2 or not all(shape) or tensors["word_offsets"]["shape"] != [n_words + 1]:
            raise DamagedFileError(f"{n_words + 1} word_offsets must go with vectors of the shape {shape}")
        counts = _read_tensor(file, tensors["counts"], data_start) if "counts" in tensors else None
        if counts is not None and counts.shape != (n_words,):
            raise DamagedFileError(f"the shape of counts is {list(counts.shape)}, with {n_words} words")
        words = _read_words(file, tensors, data_start, n_words if limit is None else min(limit, n_words))
        vectors: np.ndarray
        if mmap:
            dtype, start = DTYPES[tensors["vectors"]["dtype"]], tensors["vectors"]["data_offsets"][0]
            vectors = np.memmap(path, dtype, "r", data_start + start, (n_words, shape[1]))
        else:
            vectors = _read_tensor(file, tensors["vectors"], data_start, len(words))
    return vectors[: len(words)], words, None if counts is None else counts[: len(words)]


def _read_header(file: IO[bytes], size: int) -> tuple[dict[str, Any], int]:
    """Return the checked entries of our tensors, and where in the file their data starts."""
    start = file.read(8)
    n_bytes = struct.unpack("<Q", start)[0] if len(start) == 8 else size
    if 8 + n_bytes > min(size, MAX_HEADER_BYTES):
        raise DamagedFileError(f"the header promises {n_bytes} bytes, the file has {size}")
    try:
        header = json.loads(file.read(n_bytes))
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"the header is not JSON ({error})") from error
    tensors = {name: header.get(name) for name in TENSORS if name in header or name != "counts"}
    for name, tensor in tensors.items():
        if tensor is None:
            raise DamagedFileError(
                f"there is no tensor {name!r}: it is not a file of word vectors by wordvec"
            )
        _check_tensor(name, tensor, size - 8 - n_bytes)
    return tensors, 8 + n_bytes


def _check_tensor(name: str, tensor: Any, data_bytes: int) -> None:
    try:
        dtype, shape, (start, stop) = tensor["dtype"], tensor["shape"], tensor["data_offsets"]
        numbers = [*shape, start, stop]
        whole = all(type(number) is int and 0 <= number < 1 << 62 for number in numbers)
        fits = whole and stop - start == math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits or dtype not in TENSORS[name] or not shape:
        raise DamagedFileError(f"the header's entry for {name!r} is wrong: {str(tensor)[:100]}")
    if stop > data_bytes:
        raise DamagedFileError(f"the tensor {name!r} is cut off: it ends at byte {stop} of {data_bytes}")


def _read_tensor(
    file: IO[bytes], tensor: dict[str, Any], data_start: int, n_rows: int | None = None
) -> np.ndarray:
    shape = tensor["shape"] if n_rows is None else [n_rows, *tensor["shape"][1:]]
    file.seek(data_start + tensor["data_offsets"][0])
    array = np.fromfile(file, DTYPES[tensor["dtype"]], math.prod(shape))
    return array.reshape(shape)


def _read_words(file: IO[bytes], tensors: dict[str, Any], data_start: int, n_words: int) -> list[str]:
    offsets = _read_tensor(file, tensors["word_offsets"], data_start)
    word_bytes = _read_tensor(file, tensors["words"], data_start)
    if offsets[-1] != len(word_bytes):
        raise DamagedFileError("word_offsets do not cut the words' bytes into words")
    return unpack_words(word_bytes, offsets[: n_words + 1])
