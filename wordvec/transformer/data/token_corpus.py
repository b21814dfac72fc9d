"""`TokenCorpus`: memory-mapped token ids for pre-training, with the starts of sentences and documents."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from wordvec._io.text_files import PathsLike
from wordvec._utils.messages import counted
from wordvec._utils.parameters import Real
from wordvec._utils.progress import ReadingBar
from wordvec._utils.validation import check_instance, check_int, check_path
from wordvec.text.documents import TextPiece, read_pieces, text_files
from wordvec.tokenizers.rows import check_texts
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.token_corpus_building import TokenWriter, encode_pieces, hold_out
from wordvec.transformer.data.token_corpus_files import (
    VALIDATION,
    dtype_of_ids,
    read_arrays,
    read_description,
    replace_folder_when_whole,
    write_part,
)

__all__ = ["TokenCorpus"]

_OWNER = "TokenCorpus.build"


@dataclass(frozen=True)
class TokenCorpus:
    """The token ids of a corpus, with the starts of its sentences (lines) and documents.

    Sentence s is ``token_ids[sentence_starts[s]:sentence_starts[s + 1]]``; document d consists of the sentences from
    ``document_starts[d]`` to ``document_starts[d + 1]``. The end token follows each document, as part of its last
    sentence.

    Attributes
    ----------
    token_ids : uint16 or uint32 (n_tokens,)
        uint16 if the vocabulary has at most 65,536 pieces. Memory-mapped.
    sentence_starts : int64 (n_sentences + 1,)
    document_starts : int64 (n_documents + 1,)
    vocab_size : int
    end_token_id : int or None
    tokenizer_fingerprint : str
        `Tokenizer.fingerprint` of the tokenizer that encoded the text.
    validation : TokenCorpus or None
        The held-out part.
    """

    token_ids: np.ndarray
    sentence_starts: np.ndarray
    document_starts: np.ndarray
    vocab_size: int
    end_token_id: int | None
    tokenizer_fingerprint: str
    validation: TokenCorpus | None = None

    @classmethod
    def build(
        cls,
        paths: PathsLike,
        tokenizer: Tokenizer,
        folder: str | os.PathLike[str],
        *,
        validation_fraction: float = 0.0,
        documents: str = "auto",
        encoding: str = "utf-8",
        errors: str = "strict",
        verbose: bool | None = None,
    ) -> TokenCorpus:
        """Encode text files into `folder`, or open it if it was built from the same files with the same tokenizer.

        Lines keep their line ends if the tokenizer has a token for them: byte-level BPE and characters do, WordPiece
        and words do not. Memory is needed for a few megabytes of text, and 8 bytes per line.

        Parameters
        ----------
        paths : str, Path or a list of them
            As in `wordvec.LineCorpus`; compressed files are read too.
        tokenizer : Tokenizer
        folder : str or Path
            Written under a temporary name and renamed when complete. An existing token corpus is replaced.
        validation_fraction : float
            Fraction to hold out, less than 1: every n-th document; or the last lines, if that would give fewer than 10
            documents.
        documents : {"auto", "blank-lines", "headers", "file"}
            What ends a document: a blank line; a line ``<doc ...>`` or ``</doc>`` of WikiExtractor; or the end
            of the file alone. "auto" chooses headers where the first line of a file is one, otherwise blank lines.
        encoding, errors : str
            As in `wordvec.LineCorpus`.
        verbose : bool, optional
            Whether a progress bar is shown; by default on a terminal.

        Raises
        ------
        FileExistsError
            If `folder` exists and is not a token corpus.
        FileNotFoundError
            If a path does not exist.
        TypeError, ValueError
            If a parameter breaks its rule, or a file cannot be read as text or holds none.
        """
        found = text_files(paths, documents, encoding, errors, _OWNER)
        files = [file.resolve() for file in found]
        check_instance("tokenizer", tokenizer, "TokenCorpus", Tokenizer)
        fraction = Real(0.0, 1.0, high_open=True).check("validation_fraction", validation_fraction, _OWNER)
        target = Path(os.path.realpath(check_path("folder", folder, _OWNER)))
        sizes = [file.stat() for file in files]
        description = {
            "tokenizer": tokenizer.fingerprint,
            "vocab_size": tokenizer.vocab_size,
            "end_token_id": tokenizer.end_token_id,
            "made_from": {
                "files": [[str(f), size.st_size, size.st_mtime_ns] for f, size in zip(files, sizes)],
                "options": [fraction, documents, encoding, errors],
            },
        }
        if (same := _open_if_same(target, description)) is not None:
            return same
        n_bytes = sum(size.st_size for size in sizes)
        with (
            replace_folder_when_whole(target) as temporary,
            ReadingBar(verbose, "Encoding text") as bar,
            tempfile.TemporaryFile(dir=temporary) as ids_file,
        ):
            writer = TokenWriter(ids_file, dtype_of_ids(tokenizer.vocab_size), tokenizer.end_token_id)
            pieces = read_pieces(files, documents, encoding, errors)
            for encoded in encode_pieces(pieces, tokenizer):
                writer.write(encoded)
                bar.update_to(encoded[-1][0].n_read if encoded else n_bytes, n_bytes)
            _write_parts(temporary, ids_file, writer, fraction, description)
        return cls.open(target)

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, verify: bool = False) -> TokenCorpus:
        """Open a corpus that `build` wrote.

        Parameters
        ----------
        verify : bool
            Check the ids, too, which are memory-mapped and otherwise read only when needed.

        Raises
        ------
        FileNotFoundError
            If there is no token corpus.
        ValueError
            If it is damaged.
        """
        folder = Path(folder)
        description = read_description(folder)
        held_out = folder / VALIDATION
        token_ids, sentence_starts, document_starts = read_arrays(folder, description, verify=verify)
        return cls(
            token_ids,
            sentence_starts,
            document_starts,
            vocab_size=description["vocab_size"],
            end_token_id=description["end_token_id"],
            tokenizer_fingerprint=description["tokenizer"],
            validation=cls.open(held_out, verify=verify) if held_out.is_dir() else None,
        )

    @classmethod
    def from_texts(cls, texts: Iterable[str], tokenizer: Tokenizer) -> TokenCorpus:
        """Encode documents in memory; each line of a text is a sentence.

        Raises
        ------
        TypeError, ValueError
            If they are not a list of str, or yield no tokens.
        """
        check_instance("tokenizer", tokenizer, "TokenCorpus", Tokenizer)
        pieces = (
            TextPiece(line + "\n", number == 0, bool(line.strip()), 0)
            for text in check_texts(texts, "texts", "TokenCorpus.from_texts")
            for number, line in enumerate(text.removesuffix("\n").split("\n"))
        )
        dtype = dtype_of_ids(tokenizer.vocab_size)
        with tempfile.TemporaryFile() as file:
            writer = TokenWriter(file, dtype, tokenizer.end_token_id)
            for encoded in encode_pieces(pieces, tokenizer):
                writer.write(encoded)
            sentence_starts, document_starts = _finish(writer)
            file.seek(0)
            token_ids = np.frombuffer(file.read(), dtype)
        return cls(
            token_ids,
            sentence_starts,
            document_starts,
            tokenizer.vocab_size,
            tokenizer.end_token_id,
            tokenizer.fingerprint,
        )

    @property
    def n_tokens(self) -> int:
        """The number of tokens, including those that end documents."""
        return len(self.token_ids)

    @property
    def n_sentences(self) -> int:
        """The number of lines that have tokens."""
        return len(self.sentence_starts) - 1

    @property
    def n_documents(self) -> int:
        """The number of documents that have tokens."""
        return len(self.document_starts) - 1

    def content_hash(self) -> str:
        """Return a SHA-256 of all ids and of the starts of sentences and documents, including the held-out part."""
        digest = hashlib.sha256()
        for array in (self.token_ids, self.sentence_starts, self.document_starts):
            digest.update(f"{array.dtype} {len(array)}".encode())
            for first in range(0, len(array), 1 << 22):
                digest.update(np.ascontiguousarray(array[first : first + (1 << 22)]).data)
        if self.validation is not None:
            digest.update(self.validation.content_hash().encode())
        return digest.hexdigest()

    def document(self, number: int) -> np.ndarray:
        """Return the ids of a document, with the end token; `number` from 0 to `n_documents` - 1."""
        check_int("number", number, "TokenCorpus.document", 0, self.n_documents - 1)
        first, last = self.sentence_starts[self.document_starts[[number, number + 1]]]
        return self.token_ids[first:last]

    def __repr__(self) -> str:
        held_out = "" if self.validation is None else f", {self.validation.n_tokens} more held out"
        return f"TokenCorpus({counted(self.n_tokens, 'token')}, {counted(self.n_documents, 'document')}{held_out})"


def _open_if_same(folder: Path, description: dict[str, Any]) -> TokenCorpus | None:
    """Return the corpus in `folder` if it is complete and was built from the same files in the same way."""
    try:
        found = read_description(folder)
        if all(found.get(key) == value for key, value in description.items()):
            return TokenCorpus.open(folder)
    except (OSError, ValueError):
        pass
    return None


def _finish(writer: TokenWriter) -> tuple[np.ndarray, np.ndarray]:
    starts = writer.finish()
    if not writer.n_tokens:
        raise ValueError("The texts of TokenCorpus hold no tokens. Pass text that is not empty.")
    return starts


def _write_parts(
    folder: Path, ids_file: IO[bytes], writer: TokenWriter, fraction: float, description: dict[str, Any]
) -> None:
    """Write the training part into `folder`, and the held-out part into a subfolder."""
    sentence_starts, document_starts = _finish(writer)
    sentence_starts, document_starts, held_out = hold_out(sentence_starts, document_starts, fraction)
    dtype = dtype_of_ids(description["vocab_size"])
    token_ids = np.memmap(ids_file, dtype, "r", shape=(writer.n_tokens,))
    starts = (token_ids, sentence_starts, document_starts)
    write_part(folder, *starts, ~held_out, description)
    if held_out.any():
        (folder / VALIDATION).mkdir()
        write_part(folder / VALIDATION, *starts, held_out, description)
