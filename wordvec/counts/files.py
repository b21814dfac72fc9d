"""Co-occurrence counts in a file: the same arrays as safetensors or as npz, the words as UTF-8 bytes."""

from __future__ import annotations

import errno
import json
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from wordvec._io.atomic import replace_when_whole
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.formats.safetensors import (
    is_safetensors,
    pack_words,
    unpack_words,
    write_tensors,
)

FORMAT = "wordvec cooccurrence"
VERSION = 1
SETTINGS = ("window", "symmetric", "distance_weighting", "unit")
# In the order of the file: the eight-byte tensors come first, so that all are aligned.
ARRAYS = ("starts", "word_offsets", "counts", "value", "col", "words")
_BLOCK_ITEMS = 1 << 20
# All that reading cut-off, damaged or foreign bytes can raise. A damaged header may promise more than fits
# into memory.
DAMAGE = (
    SafetensorError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, TypeError,
    ValueError, RuntimeError, OverflowError, MemoryError,
)  # fmt: skip


def write_counts(
    path: str | os.PathLike[str],
    arrays: dict[str, np.ndarray],
    vocabulary: Vocabulary,
    settings: dict[str, Any],
) -> None:
    """Write `starts`, `col` and `value`, the words and their counts, whole or not at all.

    Parameters
    ----------
    path : path
        The extension chooses the format: .safetensors or .npz.
    arrays : dict
        ``starts`` int64 (V + 1,), ``col`` int32 (nnz,), ``value`` float64 (nnz,).
    settings : dict
        A value that JSON can hold for each of SETTINGS.

    Raises
    ------
    ValueError
        If the extension is another, or a word holds a lone surrogate.
    OSError
        If the file cannot be written; nothing is left under its name then.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".safetensors", ".npz"):
        raise ValueError(
            f"The extension of {str(path)!r} tells no format of co-occurrence counts. "
            "Use .safetensors or .npz."
        )
    words, word_offsets = pack_words(vocabulary.index_to_key)
    parts = {**arrays, "counts": vocabulary.counts, "words": words, "word_offsets": word_offsets}
    tensors = {name: parts[name] for name in ARRAYS}
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "settings": json.dumps({name: settings[name] for name in SETTINGS}),
        "n_total": str(vocabulary.n_total),
    }
    with replace_when_whole(path) as file:
        if suffix == ".npz":
            packed = np.frombuffer(json.dumps(metadata).encode(), np.uint8)
            np.savez(file, allow_pickle=False, metadata=packed, **tensors)
        else:
            # Zip files bring checksums of their own.
            write_tensors(file, tensors, metadata | {"crc32": _checksum(metadata, tensors)}, aligned="value")


def read_counts(path: Path) -> dict[str, Any]:
    """Read what `write_counts` wrote, not checked; the content tells the format.

    Returns
    -------
    parameters : dict
        What `Cooccurrence` takes.

    Raises
    ------
    Exception
        Any of DAMAGE if it is not a whole file of this kind, or a newer version wrote it.
    """
    with path.open("rb") as file:
        start = file.read(9)
    if start.startswith(b"PK"):
        metadata, tensors = _read_npz(path)
    elif is_safetensors(start):
        metadata, tensors = _read_safetensors(path)
    else:
        raise ValueError("it is neither a safetensors nor an npz file")
    words = unpack_words(tensors["words"], tensors["word_offsets"])
    settings = json.loads(metadata["settings"])
    return {
        **{name: tensors[name] for name in ("starts", "col", "value")},
        "vocabulary": Vocabulary(words, tensors["counts"], int(metadata["n_total"])),
        **{name: settings[name] for name in SETTINGS},
    }


def _check_metadata(metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise ValueError("it holds something else")
    if int(metadata["version"]) > VERSION:
        raise ValueError(f"a newer version of wordvec wrote it (format {metadata['version']})")
    return metadata


def _read_safetensors(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    with safe_open(path, framework="numpy") as file:
        metadata = _check_metadata(file.metadata())
        tensors = {name: file.get_tensor(name) for name in ARRAYS}
    if metadata.pop("crc32", None) != _checksum(metadata, tensors):
        raise ValueError("its checksum is not that of what it holds, so it is damaged")
    return metadata, tensors


def _checksum(metadata: dict[str, str], tensors: dict[str, np.ndarray]) -> str:
    checksum = zlib.crc32(json.dumps(metadata, sort_keys=True).encode())
    for tensor in tensors.values():
        # In blocks: an array that is mapped from the disk need not fit into memory.
        for first in range(0, len(tensor), _BLOCK_ITEMS):
            block = np.ascontiguousarray(tensor[first : first + _BLOCK_ITEMS])
            checksum = zlib.crc32(block.data, checksum)
    return f"{checksum:08x}"


def _read_npz(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            if "metadata" not in file.files:
                raise ValueError("it holds something else")
            metadata = _check_metadata(json.loads(file["metadata"].tobytes()))
            return metadata, {name: file[name] for name in ARRAYS}
    except OSError as error:
        # What a damaged list of contents leads to: places that no file can have.
        if error.errno == errno.EINVAL:
            raise ValueError("its list of contents is damaged") from error
        raise
