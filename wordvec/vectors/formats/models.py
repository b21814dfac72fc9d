"""Word vectors out of the files of whole models that Word2Vec, GloVe and PPMISVD save."""

from __future__ import annotations

from typing import IO

import numpy as np

from wordvec._io.archive import Archive
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import MODEL
from wordvec._io.strings import unpack_strings

# The tensor that holds the vectors themselves.
_TABLES = {"Word2Vec": "input", "PPMISVD": "vectors"}


def combine_glove(word: np.ndarray, context: np.ndarray, output: str) -> np.ndarray:
    """Return GloVe's vectors: the sum of word and context vectors, the word vectors, or both side by side."""
    if output == "sum":
        return word + context
    return word if output == "word" else np.hstack([word, context])


def read_model(
    file: IO[bytes], *, limit: int | None, mmap: bool, verify: bool
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Read vectors float32 (V, D), words and counts from an open file of a model.

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
    if name == "GloVe" and not mmap:
        word, context = (_rows(archive, f"{part}_vectors", n_read) for part in ("word", "context"))
        vectors = combine_glove(word, context, _glove_output(archive))
    elif name in _TABLES:
        vectors = archive.map(_TABLES[name], verify=verify) if mmap else _rows(archive, _TABLES[name], n_read)
    else:
        how = " whose vectors have to be computed: load it without mmap" if name == "GloVe" else ""
        raise UnreadableFileError(f"it holds a {name} model{how}")
    if len(words) != n_read or vectors.ndim != 2 or len(vectors) < n_read:
        raise DamagedFileError("it is damaged: its tensors do not fit each other")
    return vectors[:n_read], words, counts[:n_read]


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
