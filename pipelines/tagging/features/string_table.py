"""Tables that number strings, stored as bytes so that kernels can look them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from wordvec._io.strings import unpack_strings
from wordvec.kernels.hashing import move_slots

from ..kernels import attributes as kernels
from ..kernels.attributes import PADDING, SEPARATOR

_NO_ENDS = np.empty(0, np.int64)
_PADDING = SEPARATOR * PADDING


@dataclass(frozen=True)
class JoinedStrings:
    """Strings as bytes, a separator after each.

    Attributes
    ----------
    n_strings : int
    text : uint8 (n,)
        Followed by padding.
    ends : int64 (n_strings,)
        Where each string ends; empty if no string contains a separator.
    """

    n_strings: int
    text: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, strings: Sequence[str]) -> JoinedStrings:
        """Join strings; raise TypeError if one is not a str."""
        return cls.of_lists([strings])

    @classmethod
    def of_lists(cls, lists: Sequence[Sequence[str]]) -> JoinedStrings:
        """Join the strings of lists, one list after the other; raise TypeError if one is not a str."""
        n_strings = sum(map(len, lists))
        # str.join runs in C and checks the types. An empty list has nothing to join.
        joined = SEPARATOR.join(chain(map(SEPARATOR.join, filter(None, lists)), (_PADDING,)))
        text = np.frombuffer(_as_bytes(joined), np.uint8)
        ends = _NO_ENDS
        # A zero byte of UTF-8 is always a separator; NumPy counts these up to three times faster than str.count.
        if np.count_nonzero(text == ord(SEPARATOR)) > n_strings + PADDING:
            lengths = [len(_as_bytes(string)) + 1 for string in chain.from_iterable(lists)]
            ends = np.cumsum(lengths, dtype=np.int64) - 1
        return cls(n_strings, text, ends)


class StringTable:
    """Distinct strings and their numbers, which are 0, 1, 2, ... in the order in which they were added."""

    def __init__(self) -> None:
        self._size = 0
        self._arena = np.empty(1024, np.uint8)
        self._begins = np.zeros(64, np.int64)
        self._slots_S2 = np.zeros((64, 2), np.uint64)

    def __len__(self) -> int:
        return self._size

    def strings(self) -> list[str]:
        """Return the strings by number: a new list."""
        begins = self._begins[: self._size + 1]
        return unpack_strings(self._arena[: begins[-1]], begins, "surrogatepass")

    def find(self, joined: JoinedStrings) -> np.ndarray:
        """Return the numbers of strings, -1 for those that are not known, int32 (n_strings,)."""
        return self._number(joined, False)[0]

    def add(self, joined: JoinedStrings) -> np.ndarray:
        """Return the numbers of strings, int32 (n_strings,), and add those that are new."""
        n_most = self._size + joined.n_strings
        n_bytes = int(self._begins[self._size]) + len(joined.text)
        self._arena = _with_room(self._arena, n_bytes)
        self._begins = _with_room(self._begins, n_most + 1)
        if len(self._slots_S2) < 2 * n_most:
            slots_S2 = np.zeros((1 << (2 * n_most - 1).bit_length(), 2), np.uint64)
            move_slots(self._slots_S2, slots_S2)
            self._slots_S2 = slots_S2
        ids, self._size = self._number(joined, True)
        return ids

    def _number(self, joined: JoinedStrings, grow: bool) -> tuple[np.ndarray, int]:
        ids = np.empty(joined.n_strings, np.int32)
        size = kernels.number_strings(
            _words(joined.text), joined.ends, self._arena, _words(self._arena), self._begins, self._slots_S2,
            self._size, grow, ids,
        )  # fmt: skip
        return ids, size


def _as_bytes(text: str) -> bytes:
    # A str may contain lone surrogates.
    return text.encode("utf-8", "surrogatepass")


def _words(text: np.ndarray) -> np.ndarray:
    """Return the 8 bytes from each byte on as numbers, uint64: a view of the same memory."""
    return np.ndarray(len(text) - PADDING + 1, np.uint64, text.data, 0, (1,))


def _with_room(array: np.ndarray, size: int) -> np.ndarray:
    """Return an array that begins like this one and has at least `size` places."""
    if len(array) >= size:
        return array
    longer = np.empty(max(size, 2 * len(array)), array.dtype)
    longer[: len(array)] = array
    return longer
