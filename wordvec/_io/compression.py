"""Compressed files: readers for .gz, .bz2, .xz, .zst, .zip and .tar, and writers for the first four."""

from __future__ import annotations

import bz2
import contextlib
import errno
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from wordvec._io.archives import ARCHIVE_ERRORS, is_tar, is_zip, tar_member, zip_member
from wordvec._io.errors import DamagedFileError
from wordvec._io.remote import RemoteFile
from wordvec._utils.validation import import_optional

COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")
_MAGIC = {".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ\x00", ".zst": b"\x28\xb5\x2f\xfd"}
# What libraries raise for data that are cut off or damaged; bz2 raises a bare OSError, too.
_DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, *ARCHIVE_ERRORS)
_ZSTD_READ_BYTES = 1 << 15
_BUFFER_BYTES = 1 << 17


def split_compression(name: str) -> tuple[str, str]:
    """Return a lower-case file name without its compression suffix, and that suffix or ""."""
    for suffix in COMPRESSIONS:
        if name.lower().endswith(suffix):
            return name.lower().removesuffix(suffix), suffix
    return name.lower(), ""


@contextlib.contextmanager
def compressed(file: BinaryIO, suffix: str) -> Iterator[IO[bytes]]:
    """Wrap a file open for writing so that the data are compressed according to `suffix`.

    Equal data give identical bytes.

    Raises
    ------
    ImportError
        If .zst is asked for and the library for it is not installed.
    """
    packed: Any
    if suffix == ".gz":
        # No name and no time in the header.
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0)
    elif suffix == ".bz2":
        packed = bz2.BZ2File(file, "wb")
    elif suffix == ".xz":
        packed = lzma.LZMAFile(file, "wb")  # noqa: SIM115 - closed below
    elif suffix == ".zst":
        packed = _zstd_writer(file)
    else:
        yield file
        return
    with packed:
        yield packed


@contextlib.contextmanager
def decompressed(
    path: Path | RemoteFile, *, by_name: bool = False, archives: bool = True
) -> Iterator[tuple[IO[bytes], BinaryIO]]:
    """Open a file for reading; return its decompressed bytes, and the file itself, whose `tell` shows progress.

    An archive (.zip, or .tar, compressed or not) must contain exactly one file, which is read.

    Parameters
    ----------
    by_name : bool
        Whether the suffix counts when the first bytes match no known compression, so that reading reports a damaged
        file.
    archives : bool
        Whether the file in an archive is read; otherwise the decompressed bytes of the archive itself are returned.

    Raises
    ------
    DamagedFileError
        If the compressed data is truncated or damaged, wherever in the block this is detected.
    UnreadableFileError
        If an archive contains no file, several files, or an encrypted one.
    ImportError
        If it is a .zst file and the library for it is not installed.
    """
    with path.open("rb") as raw, contextlib.ExitStack() as opened:
        is_packed = False
        try:
            if archives and is_zip(raw):
                is_packed = True
                _, stream = opened.enter_context(zip_member(raw))
            else:
                kind = _compression_of(raw)
                if not kind and by_name:
                    kind = split_compression(path.name)[1]
                is_packed = bool(kind)
                stream = _decoded(raw, kind)
                if archives and is_tar(stream, path.name):
                    is_packed = True
                    _, stream = opened.enter_context(tar_member(lambda: _decoded(raw, kind)))
                elif archives and kind == ".zst":
                    stream = _decoded(raw, kind)  # it cannot go back to its start
            yield stream, raw
        except (*_DAMAGE, OSError) as error:
            # gzip and bz2 report bad data as an OSError without a number; a real one has its errno. An archive's
            # damaged list of contents leads to places that no file can have.
            if not is_packed or getattr(error, "errno", None) not in (None, errno.EINVAL):
                raise
            raise DamagedFileError(f"the compressed data is cut off or damaged ({error})") from error


def unpacked_name(path: Path) -> str:
    """Return the lower-case name of the file inside a compressed one: an archive's only file, or without the suffix.

    Raises
    ------
    UnreadableFileError, OSError
        As `decompressed`.
    """
    with path.open("rb") as raw, contextlib.suppress(*_DAMAGE):
        kind = _compression_of(raw)
        if is_zip(raw):
            with zip_member(raw) as (name, _):
                return PurePosixPath(name).name.lower()
        if is_tar(_decoded(raw, kind), path.name):
            with tar_member(lambda: _decoded(raw, kind)) as (name, _):
                return PurePosixPath(name).name.lower()
    return split_compression(path.name)[0]  # also of a damaged file: who reads it will say so


def _decoded(raw: BinaryIO, kind: str) -> Any:
    """Return the decompressed bytes of a file from its start."""
    raw.seek(0)
    if kind == ".gz":
        return gzip.GzipFile(fileobj=raw, mode="rb")
    if kind == ".bz2":
        return bz2.BZ2File(raw)
    if kind == ".xz":
        return lzma.LZMAFile(raw)
    if kind == ".zst":
        return io.BufferedReader(_ZstdReader(raw), _BUFFER_BYTES)
    return raw


def _compression_of(raw: BinaryIO) -> str:
    """Return the suffix of the compression that a file's first bytes identify, or ""."""
    raw.seek(0)
    start = raw.read(10)
    if start.startswith(b"BZh") and start[4:] == b"1AY&SY":
        return ".bz2"
    # A frame to be skipped, which parallel compressors write first.
    if start[1:4] == b"\x2a\x4d\x18" and start[0] & 0xF0 == 0x50:
        return ".zst"
    return next((suffix for suffix, magic in _MAGIC.items() if start.startswith(magic)), "")


def _zstd_writer(file: BinaryIO) -> Any:
    """Return a file that compresses what is written, with a checksum, and does not close `file`."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdFile(file, "w", options={zstd.CompressionParameter.checksum_flag: 1})
    zstandard = import_optional("zstandard", pip="wordvec[zstd]", purpose="Writing .zst files")
    return zstandard.ZstdCompressor(write_checksum=True).stream_writer(file, closefd=False)


class _ZstdReader(io.RawIOBase):
    """Decompressed bytes of a .zst file of any number of frames; a damaged or truncated one raises EOFError.

    (The reader of the library zstandard takes a truncated file for a shorter one.)
    """

    def __init__(self, raw: BinaryIO) -> None:
        if sys.version_info >= (3, 14):
            from compression import zstd

            self._new_decompressor: Any = zstd.ZstdDecompressor
            self._error: type[Exception] = zstd.ZstdError
        else:
            zstandard = import_optional("zstandard", pip="wordvec[zstd]", purpose="Reading .zst files")
            self._new_decompressor = zstandard.ZstdDecompressor().decompressobj
            self._error = zstandard.ZstdError
        self._raw = raw
        self._decompressor: Any = None
        self._compressed = b""
        self._decoded = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._decoded:
            self._compressed = self._compressed or self._raw.read(_ZSTD_READ_BYTES)
            if not self._compressed:
                if self._decompressor is not None:
                    raise EOFError("it ends inside a frame")
                return 0
            self._decode_some()
        n_bytes = min(len(buffer), len(self._decoded))
        buffer[:n_bytes] = self._decoded[:n_bytes]
        self._decoded = self._decoded[n_bytes:]
        return n_bytes

    def _decode_some(self) -> None:
        if self._decompressor is None:
            self._decompressor = self._new_decompressor()
        try:
            self._decoded = self._decompressor.decompress(self._compressed)
        except self._error as error:
            raise EOFError(str(error)) from error
        self._compressed = b""
        if self._decompressor.eof:
            self._compressed = self._decompressor.unused_data
            self._decompressor = None
