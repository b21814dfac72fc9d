"""Buffers of the token ids of a text that is being encoded: in memory, beyond a limit in a temporary file."""

from __future__ import annotations

import numpy as np

from wordvec._io.spill import GrowingArray
from wordvec.kernels.text.tokenise import LINE_END, finish_items

_WHAT = "the encoded corpus"


class TokenStream:
    """The ids of a text with LINE_END between sentences, in memory, or past `max_bytes` in a temporary file.

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
        self._items = GrowingArray(np.int32, _WHAT, chunk_items)
        self._n_lines = 0

    def append(self, items: np.ndarray) -> None:
        """Add int32 ids and LINE_END.

        Raises
        ------
        OSError
            If the disk is full.
        """
        self._n_lines += int(np.count_nonzero(items == LINE_END))
        if 4 * (self._items.size + len(items)) + 8 * self._n_lines > self._max_bytes:
            self._items.spill()
        self._items.append(items)

    def finish(self, final_ids: np.ndarray, n_tokens: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the corpus with final ids; the stream cannot be used afterwards.

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
        starts = GrowingArray(np.int64, _WHAT, self._chunk_items)
        if self._items.is_spilled:
            starts.spill()
        starts.append(np.zeros(1, np.int64))
        ends = np.empty(self._chunk_items, np.int64)
        n_done, last_end = 0, 0

        def finish(chunk: np.ndarray) -> int:
            nonlocal n_done, last_end
            n_kept, n_ends, last_end = finish_items(chunk, final_ids, n_done, last_end, chunk, ends)
            starts.append(ends[:n_ends])
            n_done += n_kept
            return n_kept

        token_ids = self._items.compact(finish, n_tokens)
        return token_ids, starts.finish()
