"""Lists of strings as arrays: their concatenated UTF-8 bytes, and the offset of each string."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wordvec._io.errors import DamagedFileError


def pack_strings(strings: Sequence[str], errors: str = "strict") -> tuple[np.ndarray, np.ndarray]:
    """Pack strings into two arrays.

    Parameters
    ----------
    strings : sequence of str
    errors : {"strict", "surrogatepass"}
        Whether lone surrogates, which UTF-8 proper does not have, are an error or kept.

    Returns
    -------
    data : uint8 (n_bytes,)
    offsets : int64 (n_strings + 1,)
        String k is ``data[offsets[k]:offsets[k + 1]]``.

    Raises
    ------
    ValueError
        If a string holds a lone surrogate and `errors` is "strict".
    """
    try:
        encoded = [string.encode("utf-8", errors) for string in strings]
    except UnicodeEncodeError as error:
        raise ValueError(
            f"The word {error.object!r} holds a lone surrogate, which no file can hold. Clean the text."
        ) from error
    offsets = np.zeros(len(strings) + 1, np.int64)
    np.cumsum([len(string) for string in encoded], out=offsets[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), offsets


def unpack_strings(data: np.ndarray, offsets: np.ndarray, errors: str = "strict") -> list[str]:
    """Return the strings that `pack_strings` packed; `offsets` may stop before the last one.

    Raises
    ------
    DamagedFileError
        If the offsets do not cut the bytes into strings, or one of them is not UTF-8.
    """
    raw = data.tobytes()
    if (
        not len(offsets)
        or offsets.dtype.kind != "i"
        or offsets[0] != 0
        or offsets[-1] > len(raw)
        or (np.diff(offsets) < 0).any()
    ):
        raise DamagedFileError("word_offsets do not cut the words' bytes into words")
    if (in_one_go := _cut_text(raw[: offsets[-1]], offsets, errors)) is not None:
        return in_one_go
    bounds = offsets.tolist()
    try:
        return [raw[start:stop].decode("utf-8", errors) for start, stop in zip(bounds, bounds[1:])]
    except UnicodeDecodeError as error:
        raise DamagedFileError(f"a word is not valid UTF-8 ({error.object[:40]!r})") from error


def _cut_text(raw: bytes, offsets: np.ndarray, errors: str) -> list[str] | None:
    """Return the strings, decoded as one, or None if that cannot be or an offset lies inside a character."""
    try:
        text = raw.decode("utf-8", errors)
    except UnicodeDecodeError:
        return None
    if len(text) != len(raw):
        continues = (np.frombuffer(raw, np.uint8) & 0xC0) == 0x80
        before = np.zeros(len(raw) + 1, np.int64)
        np.cumsum(continues, out=before[1:])
        if continues[offsets[offsets < len(raw)]].any():
            return None
        offsets = offsets - before[offsets]
    bounds = offsets.tolist()
    return [text[start:stop] for start, stop in zip(bounds, bounds[1:])]


def places_of(data: np.ndarray, offsets: np.ndarray, string: bytes) -> list[int]:
    """Return the indices of the packed strings that equal these bytes."""
    of_its_length = np.flatnonzero(np.diff(offsets) == len(string))
    return [k for k in of_its_length.tolist() if data[offsets[k] : offsets[k + 1]].tobytes() == string]
