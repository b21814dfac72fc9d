"""Word vectors out of the files of whole models that Word2Vec, FastText, GloVe and PPMISVD save."""

from __future__ import annotations

from typing import IO

import numpy as np

from wordvec._io.archive import Archive
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import MODEL
from wordvec._io.strings import unpack_strings
from wordvec.vectors.subwords.scheme import trained_scheme
from wordvec.vectors.subwords.table import SubwordTable, table_of_words

# The tensor that holds the vectors themselves.
_TABLES = {"Word2Vec": "input", "PPMISVD": "vectors"}


def combine_glove(word: np.ndarray, context: np.ndarray, output: str) -> np.ndarray:
    """Return GloVe's vectors: the sum of word and context vectors, the word vectors, or both side by side."""
    if output == "sum":
        return word + context
    return word if output == "word" else np.hstack([word, context])


def read_model(
    file: IO[bytes], *, limit: int | None, mmap: bool, verify: bool
) -> tuple[np.ndarray | None, list[str], np.ndarray, SubwordTable | None]:
    """Read vectors float32 (V, D), words, counts and the table of n-grams, of which vectors are computed, if any.

    Raises
    ------
    UnreadableFileError
        If it is damaged, holds another model, or its vectors have to be computed and are to be mapped.
    """
    archive = Archive(file, MODEL)
    offsets, counts = archive.read("word_offsets"), archive.read("counts")
    n_read = len(counts) if limit is None else min(limit, len(counts))
    words = unpack_strings(archive.read("words"), offsets[: n_read + 1])
    name = archive.metadata.get("model", "Word2Vec")  # the first version knew no other
    if name == "FastText":
        return None, words, counts[:n_read], _ngrams(archive, words, len(counts))
    if name == "GloVe" and not mmap:
        word, context = (_rows(archive, f"{part}_vectors", n_read) for part in ("word", "context"))
        vectors = combine_glove(word, context, _glove_output(archive))
    elif name in _TABLES:
        vectors = archive.map(_TABLES[name], verify=verify) if mmap else _rows(archive, _TABLES[name], n_read)
    else:
        how = {
            "GloVe": " whose vectors have to be computed: load it without mmap",
            "DocumentVectors": ": DocumentVectors.load(path).dv_ has the vectors of its documents",
        }.get(name, "")
        raise UnreadableFileError(f"it holds a {name} model{how}")
    if len(words) != n_read or vectors.ndim != 2 or len(vectors) < n_read:
        raise DamagedFileError("it is damaged: its tensors do not fit each other")
    return vectors[:n_read], words, counts[:n_read], None


def _ngrams(archive: Archive, words: list[str], n_words: int) -> SubwordTable:
    """Return the table of the first words of a FastText model."""
    options = parse_json_object(archive.metadata.get("options", "{}"))
    values = {name: options.get(name) for name in ("min_n", "max_n", "bucket", "hash_count")}
    if not all(isinstance(value, int) and value >= 0 for value in values.values()):
        raise DamagedFileError(f"it is damaged: its n-grams are {values}")
    scheme = trained_scheme(**values)  # type: ignore[arg-type]
    n_own = 0 if scheme.hash_count and scheme.has_ngrams else n_words
    rows = archive.read("rows")
    if rows.ndim != 2 or rows.dtype != np.float32 or len(rows) != n_own + scheme.n_rows:
        raise DamagedFileError("it is damaged: its tensors do not fit each other")
    return table_of_words(scheme, words, rows, n_own)


def is_model(metadata: dict[str, str]) -> bool:
    """Return whether a safetensors file with these metadata holds a whole model."""
    return metadata.get("format") == MODEL.name


def _rows(archive: Archive, name: str, n_rows: int) -> np.ndarray:
    entry = archive.entry(name)
    if entry.dtype != "F32" or len(entry.shape) != 2 or entry.shape[0] < n_rows:
        raise DamagedFileError(f"it is damaged: its tensor {name!r} is {entry.dtype} {list(entry.shape)}")
    return archive.read(name, n_rows)


def _glove_output(archive: Archive) -> str:
    parameters = parse_json_object(archive.metadata.get("parameters", "{}"))
    return str(parameters.get("output", "sum"))
