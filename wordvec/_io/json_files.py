"""JSON files of our own: kind, version and a checksum of the whole text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from wordvec._io.checksums import UNSEALED, check_seal, seal
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.kinds import CHECKED_VERSION, FileKind, checked_version

_CHECKSUM = "crc32"


def json_header(kind: FileKind) -> dict[str, str]:
    """Return the first entries of a file, the checksum still missing."""
    return {"format": f"{kind.name} {kind.version}", _CHECKSUM: UNSEALED}


def pack_json(
    kind: FileKind, values: Mapping[str, Any], default: Callable[[Any], Any] | None = None
) -> bytes:
    """Return the text of a file with these entries; `default` is that of `json.dumps`."""
    text = json.dumps({**json_header(kind), **values}, indent=2, ensure_ascii=False, default=default)
    # A str may hold lone surrogates, which strict UTF-8 does not.
    return seal_json(text.encode("utf-8", "surrogatepass") + b"\n")


def seal_json(text: bytes) -> bytes:
    """Return a text that begins with the entries of `json_header`, with its checksum."""
    return seal(text, _CHECKSUM)


def unpack_json(text: bytes, kind: FileKind) -> dict[str, Any]:
    """Return the entries of a file, checked.

    Raises
    ------
    DamagedFileError
        If it is no JSON, or does not have its checksum.
    UnreadableFileError
        If it is of another kind or was written by a newer version.
    """
    try:
        content = json.loads(text.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"it is damaged, or something else: it is not JSON ({error})") from error
    if not isinstance(content, dict):
        raise UnreadableFileError("it holds something else")
    is_sealed = _CHECKSUM in content
    if is_sealed:
        check_seal(text, _CHECKSUM)
    found = content.get("format")
    # The descriptions of estimators had a number alone.
    name, _, version = (
        f"{kind.name} {found}".rpartition(" ") if type(found) is int else str(found).rpartition(" ")
    )
    known = checked_version(kind, {"format": name, "version": version}, is_sealed)
    if known >= CHECKED_VERSION and not is_sealed:
        raise DamagedFileError("it is damaged: its checksum is missing")
    return content
