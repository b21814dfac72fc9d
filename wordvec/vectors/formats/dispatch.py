"""Reading and writing of vector files in any format: word2vec, GloVe, safetensors, and fastText's and floret's models.

On writing the extension decides, on reading the content.
"""

from __future__ import annotations

import codecs
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._io.atomic import replace_when_whole
from wordvec._io.compression import compressed, decompressed, split_compression
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.validation import check_choice, check_int
from wordvec.vectors.formats.detection import FORMATS, Layout, detect_layout
from wordvec.vectors.formats.fasttext import read_fasttext
from wordvec.vectors.formats.fasttext_writing import write_fasttext
from wordvec.vectors.formats.floret import read_floret, write_floret
from wordvec.vectors.formats.repeated import DUPLICATES, merge_repeated, row_names
from wordvec.vectors.formats.safetensors import read_safetensors, unpacked, write_safetensors
from wordvec.vectors.formats.text import read_text, with_newlines, write_text
from wordvec.vectors.formats.word2vec_binary import MAX_WORD_BYTES, read_binary, write_binary
from wordvec.vectors.int8_table import Int8Table
from wordvec.vectors.neighbors import first_nonfinite_row
from wordvec.vectors.subwords.table import SubwordTable, whole_words
from wordvec.vectors.table import WordTable

__all__ = ["FORMATS", "StoredVectors", "detect_format", "read_stored", "read_vectors", "save_vectors"]

# The longer extension comes before the one it ends with.
EXTENSIONS = {
    ".bin": "word2vec-binary",
    ".floret": "floret",
    ".glove.txt": "glove",
    ".glove": "glove",
    ".txt": "word2vec-text",
    ".vec": "word2vec-text",
    ".safetensors": "safetensors",
}


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
        .glove.txt GloVe text (no header), .floret floret's table of n-grams, each also with .gz, .bz2, .xz or .zst;
        .safetensors, which alone keeps counts, float16, int8 and words with spaces.
    format : one of FORMATS, optional
        Chooses the format whatever the extension is; "fasttext" a model of fastText, which holds n-grams, too.
    dtype : "float32", "float16" or "int8", optional
        How safetensors stores the vectors; as they are if None. With int8, a quarter of the size, each row has a scale,
        and no number is off by more than 1/254 of the largest in its row. Word2vec and GloVe files are float32.

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
        check_choice("dtype", dtype, "save", ("float32", "float16", "int8"))
        if dtype != "float32" and chosen != "safetensors":
            raise ValueError(f"{dtype} needs a .safetensors file; {chosen} holds float32 only.")
    _check_words(kv.index_to_key, chosen)
    if chosen in ("fasttext", "floret"):
        _save_subwords(kv, path, chosen, compression)
        return
    if kv.subwords is not None:
        warnings.warn(
            f"{str(path)!r} holds the vectors of the {len(kv):,} words alone: n-grams, for other words, are kept by "
            "format='fasttext'.",
            stacklevel=3,
        )
    if not len(kv):
        raise ValueError(
            f"These vectors have n-grams and no words: {chosen} cannot hold them. Save as .floret."
        )
    is_int8 = dtype == "int8" or (dtype is None and chosen == "safetensors" and kv.quantized is not None)
    vectors: np.ndarray | Int8Table
    if is_int8:
        vectors = kv.quantized or Int8Table.rounded(kv.vectors)
    else:
        vectors = kv.vectors if dtype is None else _converted(kv, dtype)
    with replace_when_whole(path) as raw, compressed(raw, compression) as file:
        if chosen == "safetensors":
            write_safetensors(file, vectors, kv.index_to_key, kv.counts)
        elif chosen == "word2vec-binary":
            write_binary(file, np.asarray(vectors), kv.index_to_key)
        else:
            write_text(file, np.asarray(vectors), kv.index_to_key, header=chosen == "word2vec-text")


def _save_subwords(kv: WordTable, path: str | os.PathLike[str], chosen: str, compression: str) -> None:
    table = kv.subwords
    if table is None and chosen == "floret":
        raise ValueError(
            "A table of floret holds n-grams, and these vectors are of whole words: train FastText."
        )
    with replace_when_whole(path) as raw, compressed(raw, compression) as file:
        if chosen == "floret":
            assert table is not None
            write_floret(file, table)
        else:
            write_fasttext(
                file, kv.index_to_key, kv.counts, table or whole_words(kv.vectors, kv.index_to_key)
            )


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


@dataclass(frozen=True, eq=False)
class StoredVectors:
    """What a file of vectors holds.

    Attributes
    ----------
    vectors : float32 or float16 (V, D) or Int8Table, or None where they are computed from `subwords`
    words : list of str
    counts : int64 (V,), or None
    subwords : SubwordTable, or None
    """

    vectors: np.ndarray | Int8Table | None
    words: list[str]
    counts: np.ndarray | None = None
    subwords: SubwordTable | None = None


def read_vectors(
    path: str | os.PathLike[str], **options: Any
) -> tuple[np.ndarray, list[str], np.ndarray | None]:
    """Read vectors, words and counts from a file: those of `read_stored`, which has the same options and errors.

    Returns
    -------
    vectors : float32 or float16 (V, D)
    words : list of str
    counts : int64 (V,), or None if the file holds none
    """
    stored = read_stored(path, **options)
    vectors = stored.vectors
    if vectors is None and stored.subwords is not None:
        vectors = stored.subwords.known_vectors()
    assert vectors is not None
    return np.asanyarray(vectors), stored.words, stored.counts


def read_stored(
    path: str | os.PathLike[str],
    *,
    limit: int | None = None,
    mmap: bool = False,
    verify: bool = False,
    encoding: str = "utf-8",
    errors: str = "strict",
    duplicates: str = "first",
    format: str | None = None,
) -> StoredVectors:
    """Read a file of vectors; its format and compression are detected from its content.

    The files of whole models that `Word2Vec`, `FastText`, `GloVe`, `PPMISVD` and fastText save are read as well.

    Parameters
    ----------
    limit : int, optional
        Read only the first rows, the most frequent words.
    mmap : bool
        Map the table from the disk instead of reading it; a .safetensors file only. Models of fastText are mapped
        anyway.
    verify : bool
        Check the data of a mapped table, too, which reads all of it once. What is read is always checked.
    encoding, errors : str
        How words of word2vec, GloVe and fastText files are decoded; errors="replace" takes damaged ones too, and
        "backslashreplace" keeps apart what "replace" makes equal.
    duplicates : {"first", "last", "error"}
        Which row counts for a word that stands in several, with a warning: the first, as in gensim (files begin with
        the most frequent words), or the last, as in spaCy, in the place of the first; "error" refuses the file.
    format : one of FORMATS, optional
        What the file is, where its content could be several things.

    Raises
    ------
    ValueError
        If the file does not hold vectors or is damaged; the message names the file and the line or row.
    IsADirectoryError
        If the path is a folder.
    """
    path = Path(path)
    if limit is not None:
        limit = check_int("limit", limit, "load", 1)
    _check_encoding(encoding, errors)
    check_choice("duplicates", duplicates, "load", DUPLICATES)
    if format is not None:
        check_choice("format", format, "load", FORMATS)
    try:
        layout = detect_layout(path, format)
        if layout.format in ("fasttext", "floret"):
            return _read_subwords(path, layout, limit, encoding, errors, duplicates)
        if mmap and layout.format != "safetensors":
            raise ValueError(
                f"mmap=True needs a .safetensors file, {str(path)!r} is {layout.format}. Convert it once: "
                'KeyedVectors.load(path).save("vectors.safetensors").'
            )
        counts = None
        if layout.format == "safetensors":
            found, words, counts, subwords = read_safetensors(path, limit=limit, mmap=mmap, verify=verify)
            if found is None:
                return StoredVectors(None, words, counts, subwords)
            if isinstance(found, Int8Table):
                merge_repeated(found.rows, words, counts, duplicates, repr(str(path)), layout.format, False)
                return StoredVectors(found, words, counts)
            vectors = found
        else:
            with decompressed(path) as (file, raw):
                vectors, words = _read(file, raw, layout, limit, encoding, errors)
        vectors, words, counts = merge_repeated(
            vectors, words, counts, duplicates, repr(str(path)), layout.format, errors != "strict"
        )
        _check_finite(vectors, words, layout.format)
        return StoredVectors(vectors, words, counts)
    except UnreadableFileError as error:
        raise _unreadable(path, error) from error


def _read_subwords(
    path: Path, layout: Layout, limit: int | None, encoding: str, errors: str, duplicates: str
) -> StoredVectors:
    if layout.format == "floret":
        with decompressed(path) as (stream, raw):
            return StoredVectors(None, [], None, read_floret(stream, os.fstat(raw.fileno()).st_size))
    with unpacked(path) as file:
        found = read_fasttext(file)
    n_words = found.n_words if limit is None else min(limit, found.n_words)
    keys = found.keys(encoding, errors, n_words)
    numbers, words, counts = merge_repeated(
        np.arange(n_words)[:, np.newaxis],
        keys,
        found.counts[:n_words].copy(),
        duplicates,
        repr(str(path)),
        layout.format,
        errors != "strict",
        are_different=errors == "strict" and found.are_different(n_words),
    )
    return StoredVectors(None, words, counts, found.subword_table(numbers[:, 0], encoding))


def detect_format(path: str | os.PathLike[str]) -> str:
    """Return which of FORMATS a file has, detected from its decompressed content.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    try:
        return detect_layout(Path(path)).format
    except UnreadableFileError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str | os.PathLike[str], error: UnreadableFileError) -> ValueError:
    return AdvisedError(f"{str(path)!r} cannot be read as word vectors: {error}.", *error.ways)


def _read(
    file: Any, raw: Any, layout: Layout, limit: int | None, encoding: str, errors: str
) -> tuple[np.ndarray, list[str]]:
    file.read(layout.n_skipped)
    n_bytes = os.fstat(raw.fileno()).st_size  # a compressed file holds more
    if layout.format == "word2vec-binary":
        return read_binary(file, limit=limit, encoding=encoding, errors=errors, n_bytes=n_bytes)
    return read_text(
        with_newlines(file) if layout.has_returns else file,
        header=layout.format == "word2vec-text",
        limit=limit,
        encoding=encoding,
        errors=errors,
        vector_size=layout.vector_size,
        has_tabs=layout.has_tabs,
        n_bytes=n_bytes,
    )


def _check_finite(vectors: np.ndarray, words: list[str], chosen: str) -> None:
    """Refuse what KeyedVectors would refuse too, but say where in the file it is."""
    # The text reader lets finite numbers through only; a memory map is checked when it is read.
    if row_names(chosen)[0] == "row" and not isinstance(vectors, np.memmap):
        bad = first_nonfinite_row(vectors)
        if bad is not None:
            raise DamagedFileError(f"row {bad + 1}, the vector of {words[bad]!r}, holds NaN or infinity")


def _check_words(words: list[str], chosen: str) -> None:
    """Refuse words that the format cannot hold."""
    for row, word in enumerate(words):
        try:
            n_bytes = len(word.encode())
        except UnicodeEncodeError as error:
            raise ValueError(
                f"The word {word!r} (row {row}) is not valid Unicode ({error.reason})."
            ) from error
        if chosen != "safetensors" and (not word or " " in word or "\n" in word):
            raise ValueError(
                f"The word {word!r} (row {row}) holds a space or a line break or is empty: {chosen} cannot "
                "hold it. Save as .safetensors, or rename the word."
            )
        if chosen == "word2vec-binary" and n_bytes >= MAX_WORD_BYTES:
            raise ValueError(
                f"The word {word[:40]!r}... (row {row}) has {n_bytes:,} bytes; words of {chosen} have less than "
                f"{MAX_WORD_BYTES:,}. Save as .safetensors, or drop the word."
            )
        if chosen == "glove" and _ends_in_a_field(word):
            raise ValueError(
                f"The word {word!r} (row {row}) ends in a tab and a number, which in a glove file would be the first "
                "number of its vector. Save as .safetensors or .bin, or rename the word."
            )
        if chosen in ("word2vec-text", "glove", "fasttext") and "\0" in word:
            raise ValueError(
                f"The word {word!r} (row {row}) holds a NUL character: {chosen} cannot hold it. "
                "Save as .safetensors or .bin, or rename the word."
            )


def _ends_in_a_field(word: str) -> bool:
    _, tab, last = word.rpartition("\t")
    try:
        return bool(tab) and float(last) is not None
    except ValueError:
        return False


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
