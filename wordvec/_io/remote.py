"""Remote files at URLs such as s3://, gs:// and https://, found and opened through fsspec."""

from __future__ import annotations

import contextlib
import errno
import glob
import io
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from wordvec._io.errors import one_line
from wordvec._utils.validation import import_optional

_URL = re.compile(r"([a-z][a-z0-9+.-]+)(?:::[a-z0-9+.-]+)*://", re.IGNORECASE)
_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class RemoteFile:
    """A file at a URL, which can be read in place of a path, also in another process.

    Attributes
    ----------
    url : str
    size : int
        Size in bytes; 0 if the server does not report it.
    is_seekable : bool
        Whether it can be read from any position. If not, it is copied to a temporary folder when it is opened.
    """

    url: str
    size: int
    is_seekable: bool

    @property
    def name(self) -> str:
        """That of the file, without its folder."""
        # Elsewhere than in web addresses "?" and "#" are characters like others.
        path = urlsplit(self.url).path if _is_web(self.url) else self.url.partition("://")[2]
        return PurePosixPath(path).name

    def __str__(self) -> str:
        return self.url

    def open(self, mode: str = "rb") -> BinaryIO:
        """Open it for reading.

        Raises
        ------
        OSError
            If it cannot be reached or read, now or later.
        """
        with _told(self.url):
            files, path = _at(self.url)
            if self.is_seekable:
                opened = files.open(path, "rb", block_size=_BLOCK_BYTES)
            else:
                opened = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who reads it
                with files.open(path, "rb", block_size=0) as sent:
                    shutil.copyfileobj(sent, opened, _BLOCK_BYTES)
                opened.seek(0)
        return io.BufferedReader(_Reader(opened, self.url), _BLOCK_BYTES)


def is_url(name: str) -> bool:
    """Return whether a text is an address and not a path."""
    return _URL.match(name) is not None


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def expand_url(url: str) -> list[RemoteFile]:
    """Return the files that a URL names: one file, all files of a folder, sorted, or those that match a glob.

    Hidden files, and files in hidden folders, are skipped in folders. Over http, a folder is an address that ends in
    "/", and its files are those below it that its page links to.

    Raises
    ------
    ImportError
        If fsspec, or what it needs for this kind of address, is not installed.
    FileNotFoundError
        If there is no such file, or the folder holds none.
    ValueError
        If fsspec does not know this kind of address.
    OSError
        If the address does not answer.
    """
    found = _URL.match(url)
    if found is None or "::" in url:
        raise ValueError(
            f"{url!r} holds '::', which stands for a chain of addresses, and those are not read. Give the address of "
            "the files."
        )
    url = found[1].lower() + url[len(found[1]) :]
    with _told(url):
        files, path = _at(url)
        infos = _web_files(files, path, url) if _is_web(url) else _stored_files(files, path, url)
        return [_file(files, name, info) for name, info in sorted(infos.items())]


def _stored_files(files: Any, path: str, url: str) -> dict[str, Any]:
    """Return the metadata of the files that a path in a store names."""
    info = _info(files, path)
    if info is None and not glob.has_magic(path):
        raise _missing(url)
    if info is None:
        found = files.glob(path, detail=True)
        missing = f"The glob {url!r} matches no file. Check the pattern."
    elif info["type"] == "directory":
        found = {
            name: info
            for name, info in files.find(path, detail=True).items()
            if not any(part.startswith(".") for part in name[len(path) :].split("/"))
        }
        missing = f"The folder {url!r} holds no files, so there is no text to read."
    else:
        found, missing = {path: info}, f"{url!r} is a folder without files."
    found = {name: info for name, info in found.items() if info["type"] == "file" and not name.endswith("/")}
    if not found:
        raise FileNotFoundError(missing)
    return found


def _web_files(files: Any, path: str, url: str) -> dict[str, Any]:
    """Return the metadata of the files that a web address names."""
    if "*" in path:
        names, missing = files.glob(path), f"The glob {url!r} matches no file. Check the pattern."
    elif path.endswith("/"):
        links = [name for name in files.ls(path, detail=False) if name.startswith(path)]
        # A page links to itself in other orders, and to folders.
        names = [
            name
            for name in links
            if name[len(path) :].strip("/") and not re.search(r"\?|/$", name[len(path) :])
        ]
        missing = f"The page {url!r} links to no files, so there is no text to read."
    else:
        info = _info(files, path)
        if info is None:
            raise _missing(url)
        if info.get("url", path).endswith("/") or not urlsplit(path).path:
            raise ValueError("it is a folder, whose address has to end in '/'")
        return {path: info}
    if not names:
        raise FileNotFoundError(missing)
    return {name: files.info(name) for name in names}


def _file(files: Any, path: str, info: dict[str, Any]) -> RemoteFile:
    url, size = files.unstrip_protocol(path), info["size"] or 0
    if not _is_web(url):
        return RemoteFile(url, size, True)
    # One of a block is read whole.
    return RemoteFile(url, size, size > 0 and (size <= _BLOCK_BYTES or _sends_parts(files, path, size)))


def _sends_parts(files: Any, path: str, size: int) -> bool:
    """Return whether a web server sends the end of a file without its beginning."""
    with files.open(path, "rb", block_size=1) as opened:
        opened.seek(size - 1)
        try:
            return len(opened.read(1)) == 1
        except ValueError:
            return False


def _at(url: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it; what it knew of it is forgotten."""
    core = import_optional("fsspec.core", pip="wordvec[remote]", purpose=f"Reading {url!r}")
    files, path = core.url_to_fs(url)
    files.invalidate_cache()
    return files, path


def _info(files: Any, path: str) -> dict[str, Any] | None:
    """Return the metadata of a path, or None if it does not exist."""
    try:
        found: dict[str, Any] = files.info(path)
    except FileNotFoundError as error:
        if _is_unreachable(error):
            raise
        return None
    return found


def _missing(url: str) -> FileNotFoundError:
    return FileNotFoundError(f"There is no file at {url!r}. Check the address.")


def _is_unreachable(error: FileNotFoundError) -> bool:
    """Return whether a server did not answer, or refused to, which fsspec takes for a missing file."""
    cause = error.__cause__
    if (status := getattr(cause, "status", None)) is not None:
        return status not in (404, 410)
    return isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError)


@contextlib.contextmanager
def _told(url: str) -> Iterator[None]:
    """Convert errors of any library to ours."""
    try:
        yield
    except ImportError as error:
        if "wordvec[" in str(error):
            raise
        advice = ' (pip install "wordvec[remote]")' if url.startswith(("http", "s3")) else ""
        raise ImportError(f"{url!r} cannot be read: {_finding(error)}{advice}.") from error
    except ValueError as error:
        raise ValueError(f"{url!r} cannot be read: {_finding(error)}.") from error
    except Exception as error:  # each library has exceptions of its own
        cause: BaseException = error
        if isinstance(error, FileNotFoundError):
            if not _is_unreachable(error):
                raise (error if repr(url) in str(error) else _missing(url)) from error
            cause = error.__cause__ or error
        status = getattr(cause, "status", None)
        told: OSError = ConnectionError(f"{url!r} cannot be read: {_finding(cause)}.")
        if isinstance(error, PermissionError) or status in (401, 403):
            told = PermissionError(f"{url!r} may not be read: {_finding(cause)}. Check the credentials.")
        told.errno = errno.EIO  # not an error of decompression
        raise told from error


def _finding(error: BaseException) -> str:
    """Return the text of another library's error, in one line."""
    if (status := getattr(error, "status", None)) is not None:
        return f"the server answers {status} {getattr(error, 'message', '')}".rstrip()
    return one_line(error)


class _Reader(io.RawIOBase):
    """A file of fsspec whose errors are converted to ours."""

    def __init__(self, file: Any, url: str) -> None:
        self._file = file
        self._url = url

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        with _told(self._url):
            return int(self._file.seek(place, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        with _told(self._url):
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
