"""Files at addresses such as s3://, gs:// and https://, found and opened through fsspec."""

from __future__ import annotations

import contextlib
import errno
import glob
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from wordvec._utils.validation import import_optional

_URL = re.compile(r"[a-z][a-z0-9+.-]+(?:::[a-z0-9+.-]+)*://", re.IGNORECASE)
_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class RemoteFile:
    """A file at an address; read in the place of a path, also in another process.

    Attributes
    ----------
    url : str
    size : int
        Bytes; 0 if the server does not tell.
    is_seekable : bool
        Whether it can be read from any place on. One that cannot is copied to a temporary folder when it is opened.
    """

    url: str
    size: int
    is_seekable: bool

    @property
    def name(self) -> str:
        """That of the file, without its folder."""
        return PurePosixPath(urlsplit(self.url).path).name

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
            if self.is_seekable:
                files, path = _at(self.url)
                opened = files.open(path, "rb", block_size=_BLOCK_BYTES)
            else:
                files, path = _at(f"simplecache::{self.url}")
                opened = files.open(path, "rb")
        return io.BufferedReader(_Reader(opened, self.url), _BLOCK_BYTES)


def is_url(name: str) -> bool:
    """Return whether a text is an address and not a path."""
    return _URL.match(name) is not None


def expand_url(url: str) -> list[RemoteFile]:
    """Return the files that an address names: one file, all of a folder, sorted, or those that match a glob.

    Hidden files, and files in hidden folders, are skipped in folders. Over http, a folder is an address that ends in
    "/", and its files are those that its page links to.

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
    if "::" in url:
        raise ValueError(
            f"{url!r} is a chain of addresses, which is not read. Give the address of the files."
        )
    with _told(url):
        files, path = _at(url)
        is_web = urlsplit(url).scheme.lower() in ("http", "https")
        found = {} if is_web and "*" in path else _info(files, path)
        if not found and glob.has_magic(path):
            found = files.glob(path, detail=True)
            if not found:
                raise FileNotFoundError(f"The glob {url!r} matches no file. Check the pattern.")
        elif not found:
            raise _missing(url)
        elif found[path]["type"] == "directory" or (is_web and path.endswith("/")):
            found = {
                name: info
                for name, info in files.find(path, detail=True).items()
                if not any(part.startswith(".") for part in name[len(path) :].split("/"))
            }
            if not found:
                raise FileNotFoundError(f"The folder {url!r} holds no files, so there is no text to read.")
        return [
            _file(files, name, info, is_web)
            for name, info in sorted(found.items())
            if info["type"] == "file" and not name.endswith("/")
        ]


def _file(files: Any, path: str, info: dict[str, Any], is_web: bool) -> RemoteFile:
    url = files.unstrip_protocol(path)
    if not is_web:
        return RemoteFile(url, info["size"], True)
    size = files.info(path)["size"] or 0  # a page of links says nothing of it
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
    """Return the file system of an address, and the path in it."""
    core = import_optional("fsspec.core", pip="wordvec[remote]", purpose=f"Reading {url!r}")
    return core.url_to_fs(url)


def _info(files: Any, path: str) -> dict[str, Any]:
    """Return what is known of a path, by the path, or nothing if there is no such one."""
    try:
        return {path: files.info(path)}
    except FileNotFoundError as error:
        if _is_unreachable(error):
            raise
        return {}


def _missing(url: str) -> FileNotFoundError:
    return FileNotFoundError(f"There is no file at {url!r}. Check the address.")


def _is_unreachable(error: FileNotFoundError) -> bool:
    """Return whether a server did not answer, which fsspec takes for a missing file."""
    return isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, FileNotFoundError)


@contextlib.contextmanager
def _told(url: str) -> Iterator[None]:
    """Tell errors of any library as ours."""
    try:
        yield
    except ImportError as error:
        if "wordvec[" in str(error):
            raise
        raise ImportError(
            f'{url!r} cannot be read: {error} (pip install "wordvec[remote]" brings what http and s3 need).'
        ) from error
    except ValueError as error:
        raise ValueError(f"{url!r} cannot be read: {error}.") from error
    except PermissionError as error:
        raise PermissionError(f"{url!r} may not be read: {error}. Check the credentials.") from error
    except Exception as error:  # each library has exceptions of its own
        if isinstance(error, FileNotFoundError) and not _is_unreachable(error):
            raise (error if repr(url) in str(error) else _missing(url)) from error
        finding = str(error.__cause__ if isinstance(error, FileNotFoundError) else error).rstrip(".")
        told = ConnectionError(f"{url!r} cannot be read: {finding or type(error).__name__}.")
        told.errno = errno.EIO  # not an error of decompression
        raise told from error


class _Reader(io.RawIOBase):
    """A file of fsspec whose errors are told as ours."""

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
