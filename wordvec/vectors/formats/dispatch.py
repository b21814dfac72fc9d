"""Reading and writing of vector files in any format: word2vec text and binary, GloVe text, safetensors.

On writing the extension decides, on reading the content.
"""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import IO

import numpy as np

from wordvec._io.atomic import replace_when_whole
from wordvec._io.compression import compressed, decompressed, split_compression
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.tensors import is_safetensors
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.validation import check_choice, check_int
from wordvec.vectors.checks import first_duplicate
from wordvec.vectors.formats.safetensors import read_safetensors, write_safetensors
from wordvec.vectors.formats.text import (
    can_be_text,
    count_numbers,
    parse_header,
    read_text,
    write_text,
)
from wordvec.vectors.formats.word2vec_binary import can_be_binary, read_binary, write_binary
from wordvec.vectors.neighbors import first_nonfinite_row
from wordvec.vectors.table import WordTable

__all__ = ["FORMATS", "detect_format", "read_vectors", "save_vectors"]

FORMATS = ("word2vec-text", "word2vec-binary", "glove", "safetensors")
# The longer extension comes before the one it ends with.
EXTENSIONS = {
    ".bin": "word2vec-binary",
    ".glove.txt": "glove",
    ".glove": "glove",
    ".txt": "word2vec-text",
    ".vec": "word2vec-text",
    ".safetensors": "safetensors",
}
SAMPLE_BYTES = 1 << 20
NUMBER_BYTES = b"0123456789+-.eE \t\r"
PRINTABLE_BYTES = bytes(range(0x20, 0x7F)) + b"\t\r"
CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\r"))


def save_vectors(
    kv: WordTable,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    dtype: str | None = None,
) -> None:
    """Write vectors to a file, whole or not at all.

    Parameters
    ----------
    path : path
        The extension chooses the format: .bin word2vec binary, .txt or .vec word2vec text, .glove or
        .glove.txt GloVe text (no header), each also with .gz, .bz2, .xz or .zst; .safetensors, which alone keeps
        counts, float16 and words with spaces.
    format : one of FORMATS, optional
        Chooses the format whatever the extension is.
    dtype : "float32" or "float16", optional
        How safetensors stores the vectors; as they are if None. Word2vec and GloVe files are float32.

    Raises
    ------
    ValueError
        If the extension is unknown, or the format cannot hold a word or the dtype.
    OSError
        If the file cannot be written; nothing is left under its name then.
    """
    name, compression = split_compression(Path(path).name)
    chosen = (
        _format_of_name(name, path) if format is None else check_choice("format", format, "save", FORMATS)
    )
    if chosen == "safetensors" and compression:
        raise ValueError(
            f"A safetensors file is mapped from the disk, so it cannot be {compression}: {str(path)!r}."
        )
    if dtype is not None:
        check_choice("dtype", dtype, "save", ("float32", "float16"))
        if dtype == "float16" and chosen != "safetensors":
            raise ValueError(f"float16 needs a .safetensors file; {chosen} holds float32 only.")
    vectors = kv.vectors if dtype is None else _converted(kv, dtype)
    _check_words(kv.index_to_key, chosen)
    with replace_when_whole(path) as raw, compressed(raw, compression) as file:
        if chosen == "safetensors":
            write_safetensors(file, vectors, kv.index_to_key, kv.counts)
        elif chosen == "word2vec-binary":
            write_binary(file, vectors, kv.index_to_key)
        else:
            write_text(file, vectors, kv.index_to_key, header=chosen == "word2vec-text")


def _converted(kv: WordTable, dtype: str) -> np.ndarray:
    """Return the table in another dtype, or raise ValueError if a number passes its range."""
    with np.errstate(over="ignore"):
        converted = kv.vectors.astype(dtype, copy=False)
    row = first_nonfinite_row(converted)
    if row is not None:
        raise ValueError(
            f"The vector of {kv.index_to_key[row]!r} (row {row}) passes the range of {dtype}. Save as float32."
        )
    return converted


def read_vectors(
    path: str | os.PathLike[str],
    *,
    limit: int | None = None,
    mmap: bool = False,
    verify: bool = False,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> tuple[np.ndarray, list[str], np.ndarray | None]:
    """Read vectors, words and counts from a file whose content tells its format and its compression.

    Parameters
    ----------
    limit : int, optional
        Read only the first rows, the most frequent words.
    mmap : bool
        Map the table from the disk instead of reading it; a .safetensors file only.
    verify : bool
        Check the data of a mapped table, too, which reads all of it once. What is read is always checked.
    encoding, errors : str
        How words of word2vec and GloVe files are decoded; errors="replace" takes damaged ones too.

    Returns
    -------
    vectors : float32 or float16 (V, D)
    words : list of str
    counts : int64 (V,), or None if the file holds none

    Raises
    ------
    ValueError
        If the content is no vector file or is damaged; names the file and the line or row.
    """
    path = Path(path)
    if limit is not None:
        limit = check_int("limit", limit, "load", 1)
    _check_encoding(encoding, errors)
    try:
        chosen = _detect(path)
        if mmap and chosen != "safetensors":
            raise ValueError(
                f"mmap=True needs a .safetensors file, {str(path)!r} is {chosen}. Convert it once: "
                'KeyedVectors.load(path).save("vectors.safetensors").'
            )
        counts = None
        if chosen == "safetensors":
            vectors, words, counts = read_safetensors(path, limit=limit, mmap=mmap, verify=verify)
        else:
            with decompressed(path) as (file, _):
                vectors, words = _read(file, chosen, limit, encoding, errors)
        _check_rows(vectors, words, chosen)
        return vectors, words, counts
    except UnreadableFileError as error:
        raise ValueError(f"{str(path)!r} cannot be read as word vectors: {error}.") from error


def detect_format(path: str | os.PathLike[str]) -> str:
    """Return which of FORMATS a file has, detected from its decompressed content.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    try:
        return _detect(Path(path))
    except UnreadableFileError as error:
        raise ValueError(f"{str(path)!r} cannot be read as word vectors: {error}.") from error


def _detect(path: Path) -> str:
    with decompressed(path) as (file, _):
        sample = file.read(SAMPLE_BYTES)
    if not sample:
        raise DamagedFileError("it is empty")
    if is_safetensors(sample):
        return "safetensors"
    header = parse_header(sample)
    if header is not None:
        return _text_or_binary(sample, *header)
    line, newline, _ = sample.partition(b"\n")
    whole = line if newline or len(sample) < SAMPLE_BYTES else line.rpartition(b" ")[0]
    if not count_numbers(whole):
        raise DamagedFileError(
            f"it starts with {sample[:40]!r}, which is neither a word2vec header, nor a word and its "
            "numbers, nor safetensors"
        )
    return "glove"


def _text_or_binary(sample: bytes, n_rows: int, vector_size: int) -> str:
    """Tell what follows a header; text if it can be both."""
    rows = sample.partition(b"\n")[2]
    if not _looks_like_text(rows, vector_size):
        return "word2vec-binary"
    # Floats look like text by accident: in a file of one number a row it takes no more than the bytes of "1\n".
    # A whole sample of floats has control bytes, so that no large text with a damaged row is taken for binary.
    is_whole = len(sample) < SAMPLE_BYTES
    may_be_binary = is_whole or len(sample.translate(None, CONTROL_BYTES)) < len(sample)
    if (
        may_be_binary
        and can_be_binary(rows, n_rows, vector_size, is_whole=is_whole)
        and not can_be_text(sample, is_whole=is_whole)
    ):
        return "word2vec-binary"
    return "word2vec-text"


def _looks_like_text(rows: bytes, vector_size: int) -> bool:
    """Tell by the first row. Floats in binary are seldom all digits and spaces."""
    numbers = rows.partition(b"\n")[0].partition(b" ")[2]
    n_fields = len(numbers.split())
    only_numbers = not numbers.translate(None, NUMBER_BYTES)
    # Any bytes could be one printable field, so that a row of text needs the right number or two of them.
    if not rows.strip() or (only_numbers and (n_fields == vector_size or n_fields > 1)):
        return True
    return not numbers.translate(None, PRINTABLE_BYTES) and n_fields == vector_size


def _read(
    file: IO[bytes], chosen: str, limit: int | None, encoding: str, errors: str
) -> tuple[np.ndarray, list[str]]:
    if chosen == "word2vec-binary":
        return read_binary(file, limit=limit, encoding=encoding, errors=errors)
    return read_text(file, header=chosen == "word2vec-text", limit=limit, encoding=encoding, errors=errors)


def _check_rows(vectors: np.ndarray, words: list[str], chosen: str) -> None:
    """Refuse what KeyedVectors would refuse too, but say where in the file it is."""
    kind, first = {"word2vec-text": ("line", 2), "glove": ("line", 1)}.get(chosen, ("row", 1))
    if len(set(words)) != len(words):
        row, again = first_duplicate(words)
        raise DamagedFileError(
            f"{kind} {again + first} repeats the word {words[row]!r} of {kind} {row + first}"
        )
    # The text reader lets finite numbers through only; a memory map is checked when it is read.
    if kind == "row" and not isinstance(vectors, np.memmap):
        bad = first_nonfinite_row(vectors)
        if bad is not None:
            raise DamagedFileError(f"row {bad + first}, the vector of {words[bad]!r}, holds NaN or infinity")


def _check_words(words: list[str], chosen: str) -> None:
    """Refuse words that the format cannot hold."""
    for row, word in enumerate(words):
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"The word {word!r} (row {row}) is not valid Unicode ({error.reason})."
            ) from error
        if chosen != "safetensors" and (not word or " " in word or "\n" in word):
            raise ValueError(
                f"The word {word!r} (row {row}) holds a space or a line break or is empty: {chosen} cannot "
                "hold it. Save as .safetensors, or rename the word."
            )


def _check_encoding(encoding: str, errors: str) -> None:
    try:
        codecs.lookup_error(errors)
    except LookupError:
        rule = "be the name of an error handler for bytes that cannot be decoded, such as 'replace'"
        raise ParameterError("errors", "load", rule, errors) from None
    try:
        keeps_ascii = b"a 1\n".decode(encoding) == "a 1\n"
    except (LookupError, UnicodeError):
        keeps_ascii = False
    if not keeps_ascii:
        raise ParameterError("encoding", "load", "be a text encoding that keeps ASCII as it is", encoding)


def _format_of_name(name: str, path: str | os.PathLike[str]) -> str:
    for extension, chosen in EXTENSIONS.items():
        if name.endswith(extension):
            return chosen
    known = ", ".join(EXTENSIONS)
    raise AdvisedError(
        f"The extension of {str(path)!r} is not that of a format of word vectors. Use one of {known} (all but the "
        "last also with .gz, .bz2, .xz or .zst).",
        "{format=...} for another extension",
    )
