"""Files of token corpora: three arrays that can be memory-mapped, and a description of their origin."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._io.checksums import checksum_of_file
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.folders import replace_folder_when_written
from wordvec._io.json_files import pack_json, unpack_json
from wordvec._io.kinds import CONTENT_ERRORS, TOKEN_CORPUS, unreadable_as
from wordvec._utils.validation import check_parent_folder

DESCRIPTION = "corpus.json"
ARRAYS = ("token_ids", "sentence_starts", "document_starts")
VALIDATION = "validation"
_CHECKSUMS = "checksums"
_MAGIC = b"\x93NUMPY\x01\x00"
_CHUNK = 1 << 22


def dtype_of_ids(vocab_size: int) -> np.dtype[Any]:
    """Return uint16, or uint32 if needed to hold every id."""
    return np.dtype(np.uint16 if vocab_size <= 1 << 16 else np.uint32)


@contextlib.contextmanager
def replace_folder_when_whole(folder: Path) -> Iterator[Path]:
    """Yield a new folder next to `folder` that replaces it when the block ends without an error.

    Raises
    ------
    FileExistsError
        If `folder` exists and is not a token corpus; it is left unchanged.
    """
    check_parent_folder(folder)
    is_corpus = folder.is_dir() and ((folder / DESCRIPTION).is_file() or not any(folder.iterdir()))
    if (folder.exists() or folder.is_symlink()) and not is_corpus:
        raise FileExistsError(
            f"{str(folder)!r} exists and is not a token corpus, so nothing is written over it. Choose another folder."
        )
    try:
        with replace_folder_when_written(folder, keep_others=False) as new:
            yield new
    except OSError as error:
        if error.errno is not None and error.filename is None:
            raise OSError(error.errno, error.strerror, str(folder)) from error
        raise


def read_description(folder: Path) -> dict[str, Any]:
    """Return the content of corpus.json.

    Raises
    ------
    FileNotFoundError, ValueError
        If it is missing, or was not written by wordvec.
    """
    file = folder / DESCRIPTION
    if not file.is_file():
        raise FileNotFoundError(
            f"The folder {str(folder)!r} holds no token corpus ({DESCRIPTION} is missing). Make one with "
            "TokenCorpus.build."
        )
    with unreadable_as(f"The file {str(file)!r}", TOKEN_CORPUS):
        description = unpack_json(file.read_bytes(), TOKEN_CORPUS)
        sizes = [description[name] for name in ("vocab_size", "n_tokens", "n_sentences", "n_documents")]
        are_sizes = all(type(size) is int and 0 <= size < 1 << 62 for size in sizes)
        if not are_sizes or type(description["tokenizer"]) is not str:
            raise UnreadableFileError("its sizes are not numbers, or its tokenizer has no name")
        end = description["end_token_id"]
        if end is not None and not (type(end) is int and 0 <= end < description["vocab_size"]):
            raise UnreadableFileError("its end token is not a token of its vocabulary")
        checksums = description.get(_CHECKSUMS)
        if checksums is not None and not (isinstance(checksums, dict) and set(checksums) >= set(ARRAYS)):
            raise UnreadableFileError("its checksums are not those of its arrays")
    return description


def write_description(folder: Path, description: dict[str, Any]) -> None:
    """Write corpus.json, with the checksums of the arrays, as the last file of a folder."""
    checksums = {name: checksum_of_file(folder / f"{name}.npy") for name in ARRAYS}
    with (folder / DESCRIPTION).open("xb") as file:
        file.write(pack_json(TOKEN_CORPUS, {**description, _CHECKSUMS: checksums}))
        file.flush()
        os.fsync(file.fileno())


def read_arrays(
    folder: Path, description: dict[str, Any], *, verify: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return token_ids, memory-mapped, sentence_starts and document_starts.

    Parameters
    ----------
    verify : bool
        Whether to check the checksum of token_ids, too, which reads all of them; the others are always checked.

    Raises
    ------
    ValueError
        If a file is missing or damaged, or does not match the description.
    """
    n_tokens, n_sentences = description["n_tokens"], description["n_sentences"]
    n_entries = (n_tokens, n_sentences + 1, description["n_documents"] + 1)
    ends = (None, n_tokens, n_sentences)
    arrays = []
    for name, size, end in zip(ARRAYS, n_entries, ends):
        file = folder / f"{name}.npy"
        dtype = dtype_of_ids(description["vocab_size"]) if end is None else np.dtype(np.int64)
        try:
            with file.open("rb") as raw:
                # The next versions may promise a header of gigabytes, which NumPy takes memory for.
                if raw.read(len(_MAGIC)) != _MAGIC:
                    raise DamagedFileError("it is not an array of NumPy's first format")
            # A mapped array takes no memory, whatever size its header promises.
            array = np.load(file, mmap_mode="r")
            # Those of the first version have none.
            checksums = description.get(_CHECKSUMS)
            if checksums and (verify or end is not None) and checksums[name] != checksum_of_file(file):
                raise DamagedFileError("it does not have the checksum that it had when it was written")
        except (OSError, *CONTENT_ERRORS) as error:
            raise ValueError(
                f"{str(file)!r} is missing or damaged ({error}). Build the token corpus again."
            ) from error
        is_whole = array.shape == (size,) and array.dtype == dtype
        array = array if end is None or not is_whole else np.array(array)
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
    """Write the documents marked in `chosen`, bool (n_documents,), as a separate token corpus."""
    n_sentences = np.diff(document_starts)
    lengths = np.diff(sentence_starts)[np.repeat(chosen, n_sentences)]
    starts = {
        "sentence_starts": np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))),
        "document_starts": np.concatenate(([0], np.cumsum(n_sentences[chosen], dtype=np.int64))),
    }
    for name, array in starts.items():
        np.save(folder / f"{name}.npy", array.astype(np.int64))
    n_tokens = int(lengths.sum())
    bounds = sentence_starts[document_starts]
    # Runs of chosen documents: each begins and ends where `chosen` changes.
    edges = np.flatnonzero(np.diff(chosen, prepend=False, append=False))
    # Not through a memory map: on a full disk that ends the process (SIGBUS).
    with (folder / "token_ids.npy").open("xb") as file:
        layout = {
            "descr": np.lib.format.dtype_to_descr(token_ids.dtype),
            "fortran_order": False,
            "shape": (n_tokens,),
        }
        np.lib.format.write_array_header_1_0(file, layout)
        for first, last in zip(edges[::2], edges[1::2]):
            for start in range(bounds[first], bounds[last], _CHUNK):
                file.write(token_ids[start : min(start + _CHUNK, bounds[last])].tobytes())
    counts = {"n_tokens": n_tokens, "n_sentences": len(lengths), "n_documents": int(chosen.sum())}
    write_description(folder, {**description, **counts})
