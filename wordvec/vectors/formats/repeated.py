"""Words that stand in several rows of a file of vectors: one row of each is kept."""

from __future__ import annotations

import warnings

import numpy as np

from wordvec._io.errors import DamagedFileError
from wordvec._utils.messages import counted
from wordvec.vectors.checks import first_duplicate

DUPLICATES = ("first", "last", "error")
_BLOCK_ROWS = 8192


def row_names(chosen: str) -> tuple[str, int]:
    """Return what rows of a format are called, and the number of the first."""
    return {"word2vec-text": ("line", 2), "glove": ("line", 1)}.get(chosen, ("row", 1))


def merge_repeated(
    vectors: np.ndarray,
    words: list[str],
    counts: np.ndarray | None,
    duplicates: str,
    source: str,
    chosen: str,
    may_be_replaced: bool,
    are_different: bool = False,
) -> tuple[np.ndarray, list[str], np.ndarray | None]:
    """Return a table in which no word stands twice, in the memory of the old one; warn if one did.

    Parameters
    ----------
    vectors, words, counts
        Rows of a file; `vectors` and `counts` are changed.
    duplicates : {"first", "last", "error"}
    source : str
        The file, in messages.
    chosen : str
        The format of the file.
    may_be_replaced : bool
        Whether bytes of words may have been replaced in decoding, which makes words equal.
    are_different : bool
        Whether it is known that no word stands twice.

    Raises
    ------
    DamagedFileError
        If there is such a word, and `duplicates` is "error" or it is a .safetensors file.
    """
    if are_different or len(set(words)) == len(words):
        return vectors, words, counts
    kind, first_number = row_names(chosen)
    row, again = first_duplicate(words)
    finding = f"{kind} {again + first_number} repeats the word {words[row]!r} of {kind} {row + first_number}"
    if chosen == "safetensors":  # whose writers know no such rows
        raise DamagedFileError(finding)
    if duplicates == "error":
        raise DamagedFileError(finding, "{duplicates='first'} or 'last' to keep one row of each word")
    rows: dict[str, int] = {}
    kept = np.zeros(len(words), bool)
    for place, word in enumerate(words):
        first = rows.setdefault(word, place)
        kept[first] = True
        if duplicates == "last" and first != place:
            vectors[first] = vectors[place]
            if counts is not None:
                counts[first] = counts[place]
    positions = np.flatnonzero(kept)
    for start in range(0, len(positions), _BLOCK_ROWS):
        block = positions[start : start + _BLOCK_ROWS]
        vectors[start : start + len(block)] = vectors[block]
    n_left_out = len(words) - len(positions)
    note = (
        f"{source}: {counted(n_left_out, 'row')} left out: {finding}; the {duplicates} of each word is kept"
    )
    if may_be_replaced and "\ufffd" in words[row]:
        note += " (bytes that could not be decoded were replaced; the handler backslashreplace keeps such words apart)"
    warnings.warn(f"{note}.", stacklevel=3)
    return vectors[: len(positions)], list(rows), None if counts is None else counts[positions]
