"""Text files: finding and opening them, compressed or not, and reading them in blocks or lines."""

from __future__ import annotations

import codecs
import glob
import io
import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar
from urllib.parse import unquote

from wordvec._io.compression import decompressed
from wordvec._io.errors import DamagedFileError, UnreadableFileError, not_a_file
from wordvec._io.parts import FilePart, Source, is_start, open_part
from wordvec._io.remote import expand_url, is_url
from wordvec._io.tables import ParquetRows, Rows, rows_of
from wordvec._utils.errors import AdvisedError, ParameterError

_T = TypeVar("_T")

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_FLAT_URL = re.compile(r"(?:https?|s3|gs|hdfs|memory):/[^/]")
_BESIDE_PARQUET = ("_SUCCESS", "_metadata", "_common_metadata")

PathsLike = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def expand_paths(paths: PathsLike, owner: str) -> list[Path]:
    """Return the files that `paths` names: files, folders (all they hold, sorted) and globs.

    Hidden files, and files in hidden folders, are skipped in folders.

    Raises
    ------
    FileNotFoundError
        If a path does not exist, a folder holds no file, or a glob matches none.
    TypeError, ValueError
        If `paths` is of another type, or an empty list.
    """
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    if not isinstance(paths, Sequence) or isinstance(paths, (bytes, bytearray)):
        raise ParameterError("paths", owner, "be a path, a glob, or a list of them", paths)
    if not paths:
        raise ParameterError("paths", owner, "name at least one file or folder", paths)
    return [file for path in paths for file in _expand_path(path, owner)]


def expand_sources(paths: Any, text_column: str, owner: str) -> list[Any]:
    """Return the sources that `paths` names: local and remote files, columns of Parquet files or of a data set.

    What Spark writes beside Parquet files of a folder is skipped.

    Raises
    ------
    FileNotFoundError, TypeError, ValueError, OSError, ImportError
        As `expand_paths` and `expand_url`, and if there is no such column of text.
    """
    rows = rows_of(paths, text_column)
    if rows is not None:
        return [rows]
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    if isinstance(paths, Sequence) and not isinstance(paths, (bytes, bytearray)) and paths:
        found = [file for path in paths for file in _expand_source(path, owner)]
    else:
        found = list(expand_paths(paths, owner))  # which says what is wrong
    if any(_is_parquet(file) for file in found):
        found = [file for file in found if file.name not in _BESIDE_PARQUET]
    return [ParquetRows.of(file, text_column) if _is_parquet(file) else file for file in found]


def _expand_source(path: Any, owner: str) -> list[Any]:
    if isinstance(path, str) and path.lower().startswith("file://"):
        return expand_paths(unquote(path[len("file://") :]), owner)
    if isinstance(path, str) and is_url(path):
        return expand_url(path)
    if isinstance(path, os.PathLike) and _FLAT_URL.match(os.fspath(path)) and not Path(path).exists():
        raise ValueError(f"{os.fspath(path)!r} was an address before it became a Path. Pass it as a str.")
    return list(expand_paths([path], owner))


def _is_parquet(file: Any) -> bool:
    return file.name.lower().endswith(".parquet")


def _expand_path(path: Any, owner: str) -> list[Path]:
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if not isinstance(name, str):
        raise ParameterError("paths", owner, "hold str or Path", path)
    if name and Path(name).is_dir():
        files = _visible_files(Path(name))
        if not files:
            raise FileNotFoundError(f"The folder {name!r} holds no files, so there is no text to read.")
        return files
    if name and Path(name).exists():
        if not Path(name).is_file():
            raise not_a_file(name)
        return [Path(name)]
    if glob.has_magic(name):
        files = [Path(match) for match in sorted(glob.glob(name, recursive=True))]  # noqa: PTH207
        files = [file for file in files if file.is_file()]
        if not files:
            raise FileNotFoundError(f"The glob {name!r} matches no file. Check the pattern.")
        return files
    raise not_a_file(name)


def _visible_files(folder: Path) -> list[Path]:
    def fail(error: OSError) -> None:
        raise error  # a folder that may not be read is not skipped in silence

    files = []
    for place, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(place, name) for name in names if not name.startswith(".")]
    return sorted(file for file in files if file.is_file())


@contextmanager
def open_source(path: Source, *, archives: bool = True) -> Iterator[tuple[IO[bytes], BinaryIO]]:
    """Open a source for reading; return decompressed bytes, and the file itself, whose `tell` shows progress.

    `archives` is that of `decompressed`.

    Raises
    ------
    ValueError
        If compressed data is damaged or truncated, or an archive does not hold one file.
    """
    if isinstance(path, FilePart):
        with open_part(path) as opened:
            yield opened
        return
    if isinstance(path, Rows):
        with path.open() as opened:
            yield opened
        return
    try:
        with decompressed(path, by_name=True, archives=archives) as (stream, raw):
            yield stream, raw
    except DamagedFileError as error:
        raise ValueError(
            f"The file {str(path)!r} cannot be read: {error}. Fetch or compress it again."
        ) from error
    except UnreadableFileError as error:
        raise ValueError(f"The file {str(path)!r} cannot be read: {error}.") from error


def is_utf8(encoding: str) -> bool:
    """Return whether `encoding` is a name of UTF-8."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


def read_utf8_blocks(
    path: Source, encoding: str, errors: str, block_bytes: int
) -> Iterator[tuple[bytes, int]]:
    """Yield the text of a file as UTF-8 in blocks, each with the number of bytes of the file read so far.

    A file in UTF-8 is passed on as it is, without its byte order mark, and unchecked; any other encoding is
    transcoded. A block may end inside a character or a word.

    Raises
    ------
    ValueError
        If the file holds NUL bytes, is damaged, or cannot be decoded with ``errors="strict"``.
    """
    decoder = None if is_utf8(encoding) else codecs.getincrementaldecoder(encoding)(errors)
    at_start = is_start(path)
    with open_source(path) as (stream, raw):
        while True:
            block = text = stream.read(block_bytes)
            if decoder is not None:
                try:
                    text = decoder.decode(block, final=not block).encode("utf-8", "replace")
                except UnicodeError as error:
                    raise undecodable(path, encoding, error) from error
            elif at_start:
                text = block.removeprefix(codecs.BOM_UTF8)
            if b"\0" in text:
                raise _holds_nul(path, encoding)
            if text:
                yield text, raw.tell()
            if not block:
                return
            at_start = False


def read_ahead(items: Iterator[_T], depth: int = 2) -> Iterator[_T]:
    """Yield from `items`, which a second thread runs up to `depth` items ahead."""
    end: Any = object()
    with ThreadPoolExecutor(1) as thread:
        waiting = deque(thread.submit(next, items, end) for _ in range(depth))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(thread.submit(next, items, end))
            yield item


def read_lines(
    path: Source, encoding: str, errors: str, piece_chars: int = -1
) -> Iterator[tuple[str, bool, BinaryIO]]:
    r"""Yield the lines of a file, each with True (it ends a line) and the file, whose `tell` shows progress.

    Lines end at ``"\n"`` only, which is left out. One of more than `piece_chars` characters comes in pieces,
    cut after white space, all but the last with False; -1 cuts none.

    Raises
    ------
    ValueError
        As `read_utf8_blocks`, and for invalid UTF-8 too.
    """
    # "utf-8-sig" drops the byte order mark; "utf-16" and "utf-32" drop theirs by themselves.
    codec = encoding
    if is_utf8(encoding):
        codec = "utf-8-sig" if is_start(path) else "utf-8"
    with open_source(path) as (stream, raw):
        lines = io.TextIOWrapper(stream, encoding=codec, errors=errors, newline="\n")
        rest = ""
        is_line_open = False
        try:
            while text := lines.readline(piece_chars):
                if "\0" in text:
                    raise _holds_nul(path, encoding)
                if len(text) < piece_chars or text[-1] == "\n" or piece_chars < 0:
                    yield rest + text.removesuffix("\n"), True, raw
                    rest = ""
                    is_line_open = False
                    continue
                is_line_open = True
                cut = len(text)
                while cut and not text[cut - 1].isspace():
                    cut -= 1
                if cut:
                    yield rest + text[:cut], False, raw
                    rest = ""
                rest += text[cut:]
        except UnicodeError as error:
            raise undecodable(path, encoding, error) from error
        if is_line_open:
            yield rest, True, raw


def undecodable(source: Source, encoding: str, error: UnicodeError) -> ValueError:
    """Return the error for bytes that `encoding` does not know, with the number of their line."""
    path = source.path if isinstance(source, FilePart) else source
    detail = str(error)
    if isinstance(error, UnicodeDecodeError):
        if error.object.startswith(_UTF16_MARKS) and b"\0" in error.object:
            return AdvisedError(f"{str(path)!r} is text in UTF-16, not {encoding}.", "{encoding='utf-16'}")
        detail = f"byte 0x{error.object[error.start]:02x}: {error.reason}"
    other = ["{encoding=...} if the file uses another encoding"] if not isinstance(path, Rows) else []
    return AdvisedError(
        f"{str(path)!r}, line {_line_of_bad_bytes(path, encoding)}: not valid {encoding} ({detail}).",
        '{errors="replace"} to go on',
        *other,
    )


def _holds_nul(path: Source, encoding: str) -> ValueError:
    if isinstance(path, Rows):
        return ValueError(
            f"The column {path.column!r} of {str(path)!r} holds NUL characters. Take these rows out."
        )
    return AdvisedError(
        f"{str(path)!r} holds NUL bytes, so it is a binary file or not in {encoding}.",
        "only text files",
        "{encoding=...} if the file uses another encoding (UTF-16, for example)",
    )


def _line_of_bad_bytes(path: Source, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with open_source(path) as (stream, _):
        while block := stream.read(1 << 16):
            state = decoder.getstate()
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeError:
                # The decoder does not say how many lines came before: go through the block byte by byte.
                decoder.setstate(state)
                for k in range(len(block)):
                    try:
                        line += decoder.decode(block[k : k + 1]).count("\n")
                    except UnicodeError:
                        return line
    return line
