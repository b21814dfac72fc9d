"""wordvec's own JSON files: kind, version and a checksum of the whole text."""

from __future__ import annotations

import json
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wordvec._io.checksums import UNSEALED, check_seal, seal
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.kinds import CHECKED_VERSION, FileKind, checked_version

_T = TypeVar("_T")
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


def json_value(text: bytes | str, encoding_errors: str = "surrogatepass") -> Any:
    """Return the value of a JSON text from a file: the one parser for all that files hold.

    Raises
    ------
    ValueError
        If it is not JSON in UTF-8, or its values lie deeper in each other than any program writes them.
    """
    try:
        # Some editors begin every file with a byte order mark.
        return json.loads(text if isinstance(text, str) else text.decode("utf-8-sig", encoding_errors))
    except RecursionError as error:
        raise ValueError("its brackets are nested too deeply") from error


def parse_json(text: bytes | str) -> Any:
    """Return the value of a JSON text that is one of wordvec's files, or part of one.

    Raises
    ------
    DamagedFileError
        As `json_value`.
    """
    try:
        return json_value(text)
    except ValueError as error:
        raise DamagedFileError(f"it is damaged, or something else: it is not JSON ({error})") from error


def parse_json_object(text: bytes | str) -> dict[str, Any]:
    """Return the entries of a JSON object; raise as `parse_json`, and UnreadableFileError for another value."""
    content = parse_json(text)
    if not isinstance(content, dict):
        raise UnreadableFileError("it holds something else: it is not a JSON object")
    return content


def unpack_fields(kind: type[_T], values: Mapping[str, Any]) -> _T:
    """Return a dataclass with the entries of a JSON object, of the types that its fields say.

    Parameters
    ----------
    kind : class
        A dataclass with fields of the types int (a count or a seed, at least 0), float, bool and list[float].
    values : dict

    Raises
    ------
    TypeError
        If a field is missing or unknown.
    DamagedFileError
        If a value is of another type.
    """
    types = typing.get_type_hints(kind)
    for name, value in values.items():
        if name in types and not _FITS[types[name]](value):
            raise DamagedFileError(f"it is damaged: its {name} is {value!r:.60}")
    return kind(**values)


def _is_real(value: Any) -> bool:
    return type(value) in (int, float)


_FITS: dict[Any, Callable[[Any], bool]] = {
    int: lambda value: type(value) is int and 0 <= value < 1 << 63,
    float: _is_real,
    bool: lambda value: type(value) is bool,
    list[float]: lambda value: isinstance(value, list) and all(map(_is_real, value)),
}


def unpack_json(text: bytes, kind: FileKind) -> dict[str, Any]:
    """Return the entries of a file, checked.

    Raises
    ------
    DamagedFileError
        If it is not JSON, or does not have its checksum.
    UnreadableFileError
        If it is of another kind or was written by a newer version.
    """
    content = parse_json_object(text)
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


def check_encodes(text: str, where: str) -> None:
    """Raise ValueError if a text of JSON holds half of a surrogate pair, which no file and no tokenizer takes."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{where}: character {error.start} of the text is a lone surrogate ({text[error.start]!r}), which is "
            "not valid text. Correct it, or drop the entry."
        ) from None
