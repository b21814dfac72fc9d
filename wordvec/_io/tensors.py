"""Reading and writing of safetensors files: a header in JSON, then the bytes of the tensors.

The safetensors package is not used, because a table must be memory-mapped and written without a copy, and checked while
it is read; that package can read the result (test_safetensors_reads_our_file).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from wordvec._io.checksums import BLOCK_BYTES, UNSEALED, BlockChecksums, byte_parts, checksum_of_array, seal
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.json_files import parse_json_object

MAX_HEADER_BYTES = 100_000_000
ALIGNMENT = 64
# Numbers that NumPy has not are read as the bits of integers.
DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1", "F8_E4M3": "|u1", "F8_E5M2": "|u1",
}  # fmt: skip
_NAMES = {
    np.dtype(dtype): name for name, dtype in DTYPES.items() if name != "BF16" and not name.startswith("F8")
}
# Entries of the metadata.
HEADER_CHECKSUM, DATA_CHECKSUMS = "header_crc32", "data_crc32"


class Entry(NamedTuple):
    """The place of a tensor in a file, its dtype and its shape."""

    dtype: str  # one of DTYPES
    shape: tuple[int, ...]
    start: int  # in the file
    stop: int


class Header(NamedTuple):
    """The header of a safetensors file, parsed."""

    length: bytes  # the eight bytes before the text
    text: bytes
    metadata: dict[str, str]
    entries: dict[str, Entry]


def is_safetensors(start: bytes) -> bool:
    """Return whether the first bytes of a file can be those of a safetensors file, perhaps a damaged one."""
    if len(start) < 9:
        return False
    # A text begins with other characters than NUL, so that it would promise a header of exabytes.
    return 0 < struct.unpack("<Q", start[:8])[0] <= MAX_HEADER_BYTES or start[8:].startswith(
        b'{"__metadata__"'
    )


def write_tensors(
    file: IO[bytes],
    tensors: Mapping[str, np.ndarray],
    metadata: Mapping[str, str],
    aligned: str | None = None,
    dtypes: Mapping[str, str] | None = None,
) -> None:
    """Write tensors with a checksum of the header and of the data, without a second copy of them.

    Parameters
    ----------
    file : binary file
    tensors : dict of str to array
        In the order of the file.
    metadata : dict of str to str
    aligned : str, optional
        The tensor that starts at a multiple of 64 bytes of the file; the first one by default.
    dtypes : dict of str to str, optional
        The type of a tensor that NumPy has not, such as "BF16", whose bits the array holds.
    """
    checksums = {name: checksum_of_array(tensor) for name, tensor in tensors.items()}
    sealed = {HEADER_CHECKSUM: UNSEALED, DATA_CHECKSUMS: json.dumps(checksums, separators=(",", ":"))}
    header: dict[str, Any] = {"__metadata__": {**sealed, **metadata}}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.nbytes
        dtype = (dtypes or {}).get(name) or _NAMES[tensor.dtype]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    first = header[aligned]["data_offsets"][0] if aligned is not None else 0
    # Spaces after the JSON are allowed.
    text += b" " * (-(8 + len(text) + first) % ALIGNMENT)
    length = struct.pack("<Q", len(text))
    file.write(length + seal(text, HEADER_CHECKSUM, length))
    for tensor in tensors.values():
        for part in byte_parts(tensor):
            file.write(part)


def read_header(file: IO[bytes]) -> Header:
    """Read the header of a safetensors file from its start.

    Raises
    ------
    DamagedFileError
        If the file is cut off, or its header promises other data than it holds.
    UnreadableFileError
        If it is another kind of file.
    """
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(64)
    if not is_safetensors(start):
        reason = "it holds something else: it is not a safetensors file" if start else "it is empty"
        raise UnreadableFileError(reason)
    n_bytes = struct.unpack("<Q", start[:8])[0]
    if 8 + n_bytes > min(size, MAX_HEADER_BYTES):
        raise DamagedFileError(
            f"it is damaged or cut off: the header promises {n_bytes} bytes, the file has {size}"
        )
    file.seek(8)
    text = file.read(n_bytes)
    try:
        parsed = parse_json_object(text)
        metadata = parsed.pop("__metadata__", None) or {}
        is_good = isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values())
    except ValueError as error:
        raise DamagedFileError(f"it is damaged: the header is not JSON ({error})") from error
    if not is_good:
        raise DamagedFileError("it is damaged: the header's metadata are not texts")
    entries = {name: _checked_entry(name, entry, 8 + n_bytes, size) for name, entry in parsed.items()}
    return Header(start[:8], text, metadata, entries)


def check_whole(header: Header, size: int) -> None:
    """Raise DamagedFileError unless the tensors fill a file of `size` bytes, without a gap."""
    place = 8 + len(header.text)
    for name, entry in sorted(header.entries.items(), key=lambda item: (item[1].start, item[1].stop)):
        if entry.start != place:
            raise DamagedFileError(f"it is damaged: the tensor {name!r} does not follow the one before it")
        place = entry.stop
    if place != size:
        raise DamagedFileError(f"it is damaged or cut off: its tensors end at byte {place} of {size}")


def read_tensor(
    file: IO[bytes], entry: Entry, n_rows: int | None = None, checksums: str | None = None
) -> np.ndarray:
    """Read a tensor, or its first `n_rows`, and check what is read.

    Parameters
    ----------
    checksums : str, optional
        Of the tensor's blocks.

    Raises
    ------
    DamagedFileError
        If it does not have these checksums, or is cut off.
    """
    shape = entry.shape if n_rows is None else (n_rows, *entry.shape[1:])
    array = np.empty(shape, DTYPES[entry.dtype])
    data = array.reshape(-1).view(np.uint8).data
    found = BlockChecksums()
    file.seek(entry.start)
    for first in range(0, len(data), BLOCK_BYTES):
        part = data[first : first + BLOCK_BYTES]
        if file.readinto(part) != len(part):  # type: ignore[attr-defined]
            raise DamagedFileError("it is cut off")
        found.update(part)
    if checksums is not None:
        # The rest of the last block of a part.
        n_rest = min(-len(data) % BLOCK_BYTES, entry.stop - entry.start - len(data))
        found.update(memoryview(file.read(n_rest)))
        _check_data(found.text(), checksums[: len(found.text())] if n_rows is not None else checksums)
    return array


def map_tensor(path: Path, entry: Entry, checksums: str | None = None) -> np.ndarray:
    """Map a tensor from the disk, read-only; with `checksums` its data are read once and checked."""
    array = np.memmap(path, DTYPES[entry.dtype], "r", entry.start, entry.shape)
    if checksums is not None:
        _check_data(checksum_of_array(array), checksums)
    return array


def _check_data(found: str, wanted: str) -> None:
    if found != wanted:
        raise DamagedFileError(
            "it is damaged: its data do not have the checksum that they had when they were written"
        )


def _checked_entry(name: str, entry: Any, data_start: int, size: int) -> Entry:
    try:
        dtype, shape, (start, stop) = entry["dtype"], entry["shape"], entry["data_offsets"]
        numbers = [*shape, start, stop]
        whole = all(type(number) is int and 0 <= number < 1 << 62 for number in numbers)
        fits = whole and stop - start == math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise DamagedFileError(f"it is damaged: the header's entry for {name!r} is wrong: {str(entry)[:100]}")
    if data_start + stop > size:
        raise DamagedFileError(
            f"it is damaged: the tensor {name!r} is cut off: it ends at byte {stop} of {size - data_start}"
        )
    return Entry(dtype, tuple(shape), data_start + start, data_start + stop)
