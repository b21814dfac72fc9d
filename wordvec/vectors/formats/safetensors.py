"""KeyedVectors in one safetensors file: the table, the words' UTF-8 bytes, their offsets, the counts.

A table of int8 has a scale for each row. The words are one uint8 tensor; word w is its bytes from word_offsets[w] to
word_offsets[w + 1]. Files that other programs wrote with these tensors are read as well.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from wordvec._io.archive import Archive, write_archive_to
from wordvec._io.compression import decompressed
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.kinds import VECTORS
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec._io.tensors import read_header
from wordvec._utils.messages import listed
from wordvec.vectors.formats.models import is_model, read_model
from wordvec.vectors.formats.tables import BLOCK_BYTES
from wordvec.vectors.int8_table import Int8Table
from wordvec.vectors.subwords.table import SubwordTable

TENSORS = {
    "vectors": ("F32", "F16", "I8"),
    "words": ("U8",),
    "word_offsets": ("I64",),
    "counts": ("I64",),
    "scales": ("F32",),
}
OPTIONAL = ("counts", "scales")


def write_safetensors(
    file: IO[bytes], vectors: np.ndarray | Int8Table, words: Sequence[str], counts: np.ndarray | None
) -> None:
    """Write vectors float32 or float16 (V, D) or of int8, words and counts int64 (V,), if any."""
    word_bytes, word_offsets = pack_strings(words)
    table = vectors.rows if isinstance(vectors, Int8Table) else vectors
    tensors = {"word_offsets": word_offsets, "vectors": table, "words": word_bytes}
    if isinstance(vectors, Int8Table):
        tensors["scales"] = vectors.scales
    if counts is not None:
        tensors["counts"] = counts
    write_archive_to(file, VECTORS, tensors, {}, aligned="vectors")


def read_safetensors(
    path: Path, *, limit: int | None, mmap: bool, verify: bool = False
) -> tuple[np.ndarray | Int8Table | None, list[str], np.ndarray | None, SubwordTable | None]:
    """Read vectors (V, D), mapped from the disk if `mmap`, words, counts or None, and n-grams or None.

    Vectors are None where they are means of n-grams.

    Parameters
    ----------
    verify : bool
        Whether the checksum of a mapped table is checked, too, which reads it; what is read is always checked.

    Raises
    ------
    UnreadableFileError
        If the file is cut off or damaged, or it holds other tensors than KeyedVectors'.
    """
    with unpacked(path, mmap) as file:
        metadata = read_header(file).metadata
        if is_model(metadata):
            return read_model(file, limit=limit, mmap=mmap, verify=verify)
        archive = Archive(file, VECTORS)
        if "vectors" not in archive and not (metadata.get("format") or "").startswith("wordvec"):
            raise UnreadableFileError(
                f"it holds tensors without words ({listed(archive.names, most=3)}): the weights of a model, which "
                "from_pretrained of its class reads"
            )
        entries = {name: archive.entry(name) for name in TENSORS if name in archive or name not in OPTIONAL}
        for name, entry in entries.items():
            if entry.dtype not in TENSORS[name] or not entry.shape:
                raise DamagedFileError(
                    f"the header's entry for {name!r} is wrong: {entry.dtype} {entry.shape}"
                )
        shape = entries["vectors"].shape
        n_words = shape[0]
        if len(shape) != 2 or not all(shape) or entries["word_offsets"].shape != (n_words + 1,):
            raise DamagedFileError(
                f"{n_words + 1} word_offsets must go with vectors of the shape {list(shape)}"
            )
        counts = archive.read("counts") if "counts" in archive else None
        if counts is not None and counts.shape != (n_words,):
            raise DamagedFileError(f"the shape of counts is {list(counts.shape)}, with {n_words} words")
        if counts is not None and counts.min() < 0:
            raise DamagedFileError("counts holds a negative number")
        offsets, word_bytes = archive.read("word_offsets"), archive.read("words")
        if offsets[-1] != len(word_bytes):
            raise DamagedFileError("word_offsets do not cut the words' bytes into words")
        n_read = n_words if limit is None else min(limit, n_words)
        words = unpack_strings(word_bytes, offsets[: n_read + 1])
        vectors = archive.map("vectors", verify=verify) if mmap else archive.read("vectors", n_read)
        table: np.ndarray | Int8Table = vectors[:n_read]
        if entries["vectors"].dtype == "I8":
            table = Int8Table(vectors[:n_read], _read_scales(archive, n_words)[:n_read])
    return table, words, None if counts is None else counts[:n_read], None


def _read_scales(archive: Archive, n_words: int) -> np.ndarray:
    if "scales" not in archive:
        raise DamagedFileError("its vectors are int8, and it holds no scales of their rows")
    scales = archive.read("scales")
    if scales.shape != (n_words,):
        raise DamagedFileError(f"the shape of scales is {list(scales.shape)}, with {n_words} words")
    if not (np.isfinite(scales) & (scales >= 0)).all():
        row = int(np.argmin(np.isfinite(scales) & (scales >= 0)))
        raise DamagedFileError(f"row {row + 1} has the scale {scales[row]}")
    return scales


@contextlib.contextmanager
def unpacked(path: Path, mmap: bool = False) -> Iterator[IO[bytes]]:
    """Open a file, or a temporary decompressed copy of a compressed one."""
    with decompressed(path) as (stream, raw):
        if stream is raw:
            raw.seek(0)
            yield raw
            return
        if mmap:
            raise UnreadableFileError("it is compressed, so it cannot be mapped: decompress it first")
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(stream, copy, BLOCK_BYTES)
            copy.seek(0)
            yield copy
