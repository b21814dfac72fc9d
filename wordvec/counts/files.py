"""Files of co-occurrence counts: the same arrays as safetensors or as npz, the words as UTF-8 bytes."""

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

from wordvec._io.archive import Archive, write_archive
from wordvec._io.atomic import replace_when_whole
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import COUNTS, checked_version
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec.text.vocabulary import Vocabulary

SETTINGS = ("window", "symmetric", "distance_weighting", "unit")
ARRAYS = ("starts", "word_offsets", "counts", "value", "col", "words")
# What reading a damaged zip file can raise, beyond ValueError.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError)


def write_counts(
    path: str | os.PathLike[str],
    arrays: dict[str, np.ndarray],
    vocabulary: Vocabulary,
    settings: dict[str, Any],
) -> None:
    """Write `starts`, `col` and `value`, the words and their counts, atomically.

    Parameters
    ----------
    path : path
        The extension determines the format: .safetensors or .npz.
    arrays : dict
        ``starts`` int64 (V + 1,), ``col`` int32 (nnz,), ``value`` float64 (nnz,).
    settings : dict
        A JSON value for each of SETTINGS.

    Raises
    ------
    ValueError
        If the extension is neither of these, or a word contains a lone surrogate.
    OSError
        If the file cannot be written; then nothing is left under its name.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".safetensors", ".npz"):
        raise ValueError(
            f"The extension of {str(path)!r} is not that of a format of co-occurrence counts. "
            "Use .safetensors or .npz."
        )
    words, word_offsets = pack_strings(vocabulary.index_to_key)
    parts = {**arrays, "counts": vocabulary.counts, "words": words, "word_offsets": word_offsets}
    tensors = {name: parts[name] for name in ARRAYS}
    metadata = {
        "settings": json.dumps({name: settings[name] for name in SETTINGS}),
        "n_total": str(vocabulary.n_total),
    }
    if suffix == ".safetensors":
        write_archive(path, COUNTS, tensors, metadata, aligned="value")
        return
    # Zip files bring checksums of their own.
    metadata = {"format": COUNTS.name, "version": str(COUNTS.version), **metadata}
    packed = np.frombuffer(json.dumps(metadata).encode(), np.uint8)
    with replace_when_whole(path) as file:
        np.savez(file, allow_pickle=False, metadata=packed, **tensors)


def read_counts(path: Path) -> dict[str, Any]:
    """Read counts that `write_counts` wrote; the format is detected from the content.

    Returns
    -------
    parameters : dict
        The arguments of `Cooccurrence`.

    Raises
    ------
    Exception
        If it is not a complete file of this kind; `wordvec._io.archive.unreadable_as` turns it into a clear message.
    """
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            metadata, tensors = _read_npz(path)
        else:
            archive = Archive(file, COUNTS)
            metadata, tensors = archive.metadata, {name: archive.read(name) for name in ARRAYS}
    words = unpack_strings(tensors["words"], tensors["word_offsets"])
    settings = parse_json_object(metadata["settings"])
    return {
        **{name: tensors[name] for name in ("starts", "col", "value")},
        "vocabulary": Vocabulary(words, tensors["counts"], int(metadata["n_total"])),
        **{name: settings[name] for name in SETTINGS},
    }


def _read_npz(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            if "metadata" not in file.files:
                raise UnreadableFileError("it holds something else")
            metadata = parse_json_object(file["metadata"].tobytes())
            checked_version(COUNTS, metadata)
            return metadata, {name: file[name] for name in ARRAYS}
    except _ZIP_ERRORS as error:
        raise DamagedFileError(f"it is damaged ({error!r})") from error
    except OSError as error:
        # What a damaged list of contents leads to: places that no file can have.
        if error.errno == errno.EINVAL:
            raise DamagedFileError("it is damaged: its list of contents is wrong") from error
        raise
