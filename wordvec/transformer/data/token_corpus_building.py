"""Building token corpora: encoding of texts, and the choice of the held-out part."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO

import numpy as np

from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted
from wordvec.text.documents import TextPiece
from wordvec.tokenizers.tokenizer import Tokenizer

# With this many held-out documents or more, they are spread over the corpus; with fewer its end is held out.
MIN_HELD_OUT_DOCUMENTS = 10

_BATCH_CHARS = 1 << 20


def encode_pieces(
    pieces: Iterable[TextPiece], tokenizer: Tokenizer
) -> Iterator[list[tuple[TextPiece, list[int]]]]:
    """Yield lists of pieces with their ids, long enough to use all threads of the tokenizer."""
    batch: list[TextPiece] = []
    n_chars = 0
    for piece in pieces:
        batch.append(piece)
        n_chars += len(piece.text)
        if n_chars >= _BATCH_CHARS:
            yield _encoded(batch, tokenizer)
            batch, n_chars = [], 0
    yield _encoded(batch, tokenizer)


def _encoded(batch: list[TextPiece], tokenizer: Tokenizer) -> list[tuple[TextPiece, list[int]]]:
    ids, _ = tokenizer.encode_lists([piece.text for piece in batch], add_special_tokens=False)
    return list(zip(batch, ids))


class TokenWriter:
    """Writes ids to a file, and records the starts of sentences and documents.

    Parameters
    ----------
    file : binary file
    dtype : dtype of the ids
    end_token_id : int or None
        Written after each document.
    """

    def __init__(self, file: IO[bytes], dtype: np.dtype, end_token_id: int | None) -> None:
        self.n_tokens = 0
        self.sentence_starts = array("q")
        self.document_starts = array("q")
        self._file = file
        self._dtype = dtype
        self._end = [] if end_token_id is None else [end_token_id]
        self._starts_document = self._starts_sentence = True

    def write(self, encoded: list[tuple[TextPiece, list[int]]]) -> None:
        """Append pieces; if a piece that starts a sentence has no ids, the next one starts it."""
        rows: list[list[int]] = []
        for piece, ids in encoded:
            self._starts_document |= piece.starts_document
            self._starts_sentence |= piece.starts_line
            if not ids:
                continue
            if self._starts_document:
                if self.n_tokens:
                    rows.append(self._end)
                    self.n_tokens += len(self._end)
                self.document_starts.append(len(self.sentence_starts))
            if self._starts_document or self._starts_sentence:
                self.sentence_starts.append(self.n_tokens)
            self._starts_document = self._starts_sentence = False
            rows.append(ids)
            self.n_tokens += len(ids)
        self._file.write(np.fromiter(chain.from_iterable(rows), self._dtype).data)

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        """End the last document; return sentence_starts and document_starts with their ends."""
        if self.n_tokens:
            self._file.write(np.array(self._end, self._dtype).data)
            self.n_tokens += len(self._end)
        self._file.flush()
        self.document_starts.append(len(self.sentence_starts))
        self.sentence_starts.append(self.n_tokens)
        return np.array(self.sentence_starts, np.int64), np.array(self.document_starts, np.int64)


def hold_out(
    sentence_starts: np.ndarray, document_starts: np.ndarray, fraction: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Choose the held-out part for validation.

    A ``fraction`` of the documents, evenly spaced; or, if these are fewer than MIN_HELD_OUT_DOCUMENTS, the last lines
    with that fraction of the tokens. The document cut in this way is continued as a separate one.

    Returns
    -------
    sentence_starts, document_starts : int64
        Unchanged, or with the cut added.
    held_out : bool (n_documents,)
    """
    n_documents = len(document_starts) - 1
    # Document d is taken where d * fraction passes a whole number.
    passed = np.floor(np.arange(n_documents + 1) * fraction + 0.5)
    held_out = np.diff(passed) > 0
    if not fraction or held_out.sum() >= MIN_HELD_OUT_DOCUMENTS:
        return sentence_starts, document_starts, held_out
    n_tokens = int(sentence_starts[-1])
    if n_tokens < 2:
        raise AdvisedError(
            f"Nothing can be held out of a corpus of {counted(n_tokens, 'token')}.",
            "more text",
            "{validation_fraction=0}",
        )
    wanted = min(max(round(n_tokens * (1 - fraction)), 1), n_tokens - 1)
    inner = sentence_starts[1:-1]
    if len(inner):
        cut = int(inner[np.abs(inner - wanted).argmin()])
    else:  # a single line
        cut = wanted
        sentence_starts = np.array([0, cut, n_tokens])
        document_starts = np.array([0, 2])
    sentence = int(np.searchsorted(sentence_starts, cut))
    document_starts = np.unique(np.append(document_starts, sentence))
    return sentence_starts, document_starts, document_starts[:-1] >= sentence
