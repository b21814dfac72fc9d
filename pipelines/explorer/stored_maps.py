"""Maps saved next to the vectors, so that the next start is instant."""

from __future__ import annotations

import errno
import hashlib
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._io.archive import open_archive, write_archive
from wordvec._io.checksums import byte_parts
from wordvec._io.errors import DamagedFileError
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import MAP
from wordvec.vectors.neighbors import row_blocks

__all__ = ["MapKey", "StoredMap", "checksum_of_table", "map_path", "read_map", "write_map"]

# Bytes among which the header of a map names its kind.
_HEADER = 4096


@dataclass(frozen=True)
class MapKey:
    """What a map is of: a table of vectors, a method and a seed."""

    checksum: str
    method: str
    seed: int


@dataclass(frozen=True)
class StoredMap:
    """Points, float32 (V, 2), and the share of neighbours that they preserve."""

    points: np.ndarray
    kept: float


def checksum_of_table(table_VD: Any) -> str:
    """Return a checksum of the vectors of a table, an array or an Int8Table."""
    digest = hashlib.blake2b(f"{table_VD.shape} {table_VD.dtype}".encode(), digest_size=16)
    for start, stop in row_blocks(*table_VD.shape):
        for part in byte_parts(np.asarray(table_VD[start:stop])):
            digest.update(part)
    return digest.hexdigest()


def map_path(path: Path, n_first: int | None = None) -> Path:
    """Return where the map of a file of vectors is kept, or that of its first rows: neither replaces the other."""
    part = "" if n_first is None else f".first-{n_first}"
    return path.with_name(f"{path.name}{part}.map.safetensors")


def read_map(path: Path, key: MapKey, n_rows: int) -> StoredMap | None:
    """Return the map in a file, or None if there is none, or one of other vectors, or it is damaged, or no map.

    Damage is reported as a warning, and the map is made again.
    """
    if not _is_map(path):
        return None
    try:
        with open_archive(path, MAP) as archive:
            header = parse_json_object(archive.metadata["map"])
            if header["key"] != vars(key):
                return None
            points, kept = archive.read("points"), float(header["kept"])
            if points.shape != (n_rows, 2) or points.dtype != np.float32 or not np.isfinite(points).all():
                raise DamagedFileError(f"it is damaged: its points have the shape {points.shape}")
    except (OSError, ValueError) as error:
        warnings.warn(f"{error} It is made again.", stacklevel=2)
        return None
    return StoredMap(points, kept)


def write_map(path: Path, key: MapKey, found: StoredMap) -> None:
    """Write a map.

    Raises
    ------
    OSError
        If the folder may not be written to, or the disk is full, or what has this name is no map.
    """
    if path.exists() and not _is_map(path):
        raise FileExistsError(errno.EEXIST, "what has this name is no map, and stays as it is", str(path))
    header = json.dumps({"key": vars(key), "kept": found.kept})
    write_archive(path, MAP, {"points": found.points}, {"map": header})


def _is_map(path: Path) -> bool:
    """Return whether a file begins as a map does; it may be damaged or cut off further on."""
    try:
        with path.open("rb") as file:
            start = file.read(_HEADER)
    except OSError:  # none, a folder, or nothing that may be read
        return False
    return start[8:9] == b"{" and json.dumps(MAP.name).encode() in start
