"""The ids of a text on their way to an encoded corpus: in memory, or past a limit in a temporary file."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np

from wordvec._io.spill import mapped_file, temporary_file, write_array
from wordvec.kernels.tokenise import LINE_END, finish_items

_WHAT = "the encoded corpus"


class TokenStream:
    """The ids of a text with LINE_END between sentences, in memory, or past `max_bytes` in a temporary file.

    The files have no name (or none that outlives the process), so nothing is left behind, whatever happens.

    Parameters
    ----------
    max_bytes : int
        What the ids, and then the finished arrays, may take in memory.
    chunk_items : int
        Ids in a chunk, the unit of copying.
    """

    def __init__(self, max_bytes: int, chunk_items: int) -> None:
        self._max_bytes = max_bytes
        self._chunk_items = chunk_items
        self._chunks: list[np.ndarray] = []
        self._n_last = 0  # items in the last chunk
        self._n_items = 0
        self._n_lines = 0
        self._file: Any | None = None

    def append(self, items: np.ndarray) -> None:
        """Add int32 ids and LINE_END.

        Raises
        ------
        OSError
            If the disk is full.
        """
        self._n_items += len(items)
        self._n_lines += int(np.count_nonzero(items == LINE_END))
        if self._file is None and 4 * self._n_items + 8 * self._n_lines > self._max_bytes:
            self._file = temporary_file()
            for chunk in self._drain():
                write_array(self._file, chunk, _WHAT)
        if self._file is not None:
            write_array(self._file, items, _WHAT)
            return
        while len(items):
            if not self._chunks or self._n_last == self._chunk_items:
                self._chunks.append(_anonymous(self._chunk_items))
                self._n_last = 0
            part = items[: self._chunk_items - self._n_last]
            self._chunks[-1][self._n_last : self._n_last + len(part)] = part
            self._n_last += len(part)
            items = items[len(part) :]

    def finish(self, final_ids: np.ndarray, n_tokens: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the corpus with final ids; the stream is used up.

        Parameters
        ----------
        final_ids : int32 (n_provisional,)
            The final id of each provisional one, -1 for a word to drop.
        n_tokens : int
            Tokens that are kept.

        Returns
        -------
        token_ids : int32 (n_tokens,)
        starts : int64 (n_sentences + 1,)
            Lines without tokens give no sentence.

        Raises
        ------
        OSError
            If the disk is full.
        """
        if self._file is not None:
            return self._finish_file(self._file, final_ids)
        token_ids = np.empty(n_tokens, np.int32)
        starts = np.zeros(self._n_lines + 1, np.int64)
        n_done, n_sentences, last_end = 0, 0, 0
        for chunk in self._drain():
            # In place first: the last chunk holds more items than there is room for tokens.
            n_kept, n_ends, last_end = finish_items(
                chunk, final_ids, n_done, last_end, chunk, starts[n_sentences + 1 :]
            )
            token_ids[n_done : n_done + n_kept] = chunk[:n_kept]
            n_done += n_kept
            n_sentences += n_ends
        return token_ids, starts[: n_sentences + 1]

    def _drain(self) -> Iterator[np.ndarray]:
        """Yield the chunks, each of which is freed when the next is asked for."""
        self._chunks.reverse()
        while self._chunks:
            chunk = self._chunks.pop()
            yield chunk if self._chunks else chunk[: self._n_last]

    def _finish_file(self, file: Any, final_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # The tokens overwrite the items in the same file: writing never overtakes reading.
        starts_file = temporary_file()
        write_array(starts_file, np.zeros(1, np.int64), _WHAT)
        items = np.empty(self._chunk_items, np.int32)
        ends = np.empty(self._chunk_items, np.int64)
        n_read, n_done, n_sentences, last_end = 0, 0, 0, 0
        while n_read < self._n_items:
            file.seek(4 * n_read)
            part = items[: min(self._chunk_items, self._n_items - n_read)]
            file.readinto(part)
            n_read += len(part)
            n_kept, n_ends, last_end = finish_items(part, final_ids, n_done, last_end, part, ends)
            file.seek(4 * n_done)
            write_array(file, part[:n_kept], _WHAT)
            write_array(starts_file, ends[:n_ends], _WHAT)
            n_done += n_kept
            n_sentences += n_ends
        file.truncate(4 * n_done)
        return mapped_file(file, np.int32, n_done), mapped_file(starts_file, np.int64, n_sentences + 1)


def _anonymous(n_items: int) -> np.ndarray:
    # Memory from mmap goes back to the system as soon as a chunk is freed; malloc may keep it.
    return np.frombuffer(mmap.mmap(-1, 4 * n_items), np.int32)
