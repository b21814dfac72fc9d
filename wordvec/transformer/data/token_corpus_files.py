"""The folder of a token corpus: three arrays that can be mapped, and a description of what they were made from."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._utils.validation import check_parent_folder

FORMAT = "wordvec token corpus 1"
DESCRIPTION = "corpus.json"
ARRAYS = ("token_ids", "sentence_starts", "document_starts")
VALIDATION = "validation"


def dtype_of_ids(vocab_size: int) -> np.dtype[Any]:
    """Return the smallest of uint16 and uint32 that holds every id."""
    return np.dtype(np.uint16 if vocab_size <= 1 << 16 else np.uint32)


@contextlib.contextmanager
def replace_folder_when_whole(folder: Path) -> Iterator[Path]:
    """Give a new folder beside `folder` that takes its name when the block ends without an error.

    Raises
    ------
    FileExistsError
        If `folder` holds something else than a token corpus; it is left as it is.
    """
    check_parent_folder(folder)
    is_corpus = folder.is_dir() and ((folder / DESCRIPTION).is_file() or not any(folder.iterdir()))
    if (folder.exists() or folder.is_symlink()) and not is_corpus:
        raise FileExistsError(
            f"{str(folder)!r} exists and is no token corpus, so nothing is written over it. Choose another folder."
        )
    temporary = folder.with_name(f".{secrets.token_hex(8)}.tmp")
    replaced = folder.with_name(f".{secrets.token_hex(8)}.old")
    temporary.mkdir()
    try:
        yield temporary
        if folder.exists():
            folder.rename(replaced)
        temporary.rename(folder)
        shutil.rmtree(replaced, ignore_errors=True)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        if replaced.exists() and not folder.exists():
            replaced.rename(folder)
        raise


def read_description(folder: Path) -> dict[str, Any]:
    """Return what corpus.json says.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is none, or it is none of ours.
    """
    file = folder / DESCRIPTION
    if not file.is_file():
        raise FileNotFoundError(
            f"The folder {str(folder)!r} holds no token corpus ({DESCRIPTION} is missing). Make one with "
            "TokenCorpus.build."
        )
    try:
        description = json.loads(file.read_text(encoding="utf-8"))
        is_ours = description["format"] == FORMAT
        sizes = [description[name] for name in ("vocab_size", "n_tokens", "n_sentences", "n_documents")]
        is_ours = (
            is_ours and all(type(size) is int for size in sizes) and type(description["tokenizer"]) is str
        )
    except (ValueError, KeyError, TypeError):
        is_ours = False
    if not is_ours:
        raise ValueError(
            f"{str(file)!r} does not describe a token corpus of this version of wordvec. Build it again."
        )
    return description


def write_description(folder: Path, description: dict[str, Any]) -> None:
    """Write corpus.json; the last file of a folder."""
    text = json.dumps({"format": FORMAT, **description}, indent=2, ensure_ascii=False)
    with (folder / DESCRIPTION).open("x", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_arrays(folder: Path, description: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return token_ids, mapped from the disk, sentence_starts and document_starts.

    Raises
    ------
    ValueError
        If a file is missing or damaged, or does not fit the description.
    """
    n_tokens, n_sentences = description["n_tokens"], description["n_sentences"]
    n_entries = (n_tokens, n_sentences + 1, description["n_documents"] + 1)
    ends = (None, n_tokens, n_sentences)
    arrays = []
    for name, size, end in zip(ARRAYS, n_entries, ends):
        file = folder / f"{name}.npy"
        dtype = dtype_of_ids(description["vocab_size"]) if end is None else np.dtype(np.int64)
        try:
            array = np.load(file, mmap_mode="r" if end is None else None)
        except (OSError, ValueError, EOFError) as error:
            raise ValueError(
                f"{str(file)!r} is missing or damaged ({error}). Build the token corpus again."
            ) from error
        is_whole = array.shape == (size,) and array.dtype == dtype
        if is_whole and end is not None:
            is_whole = array[0] == 0 and array[-1] == end and bool((np.diff(array) > 0).all())
        if not is_whole:
            raise ValueError(
                f"{str(file)!r} does not fit {DESCRIPTION}: it was cut off, or belongs to another corpus. "
                "Build the token corpus again."
            )
        arrays.append(array)
    token_ids, sentence_starts, document_starts = arrays
    return token_ids, sentence_starts, document_starts


def write_part(
    folder: Path,
    token_ids: np.ndarray,
    sentence_starts: np.ndarray,
    document_starts: np.ndarray,
    chosen: np.ndarray,
    description: dict[str, Any],
) -> None:
    """Write the documents that are `chosen`, bool (n_documents,), as a token corpus of their own."""
    n_sentences = np.diff(document_starts)
    lengths = np.diff(sentence_starts)[np.repeat(chosen, n_sentences)]
    starts = {
        "sentence_starts": np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))),
        "document_starts": np.concatenate(([0], np.cumsum(n_sentences[chosen], dtype=np.int64))),
    }
    for name, array in starts.items():
        np.save(folder / f"{name}.npy", array.astype(np.int64))
    n_tokens = int(lengths.sum())
    written = np.lib.format.open_memmap(
        folder / "token_ids.npy", mode="w+", dtype=token_ids.dtype, shape=(n_tokens,)
    )
    bounds = sentence_starts[document_starts]
    place = 0
    # Runs of chosen documents: each begins and ends where `chosen` changes.
    edges = np.flatnonzero(np.diff(chosen, prepend=False, append=False))
    for first, last in zip(edges[::2], edges[1::2]):
        run = token_ids[bounds[first] : bounds[last]]
        written[place : place + len(run)] = run
        place += len(run)
    written.flush()
    counts = {"n_tokens": n_tokens, "n_sentences": len(lengths), "n_documents": int(chosen.sum())}
    write_description(folder, {**description, **counts})
