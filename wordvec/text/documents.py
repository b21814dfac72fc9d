"""Reading text files as documents and lines, for subword tokenizers and token corpora."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wordvec._io.text_files import PathsLike, read_lines
from wordvec._utils.validation import check_choice
from wordvec.text.corpus import LineCorpus, files_here

DOCUMENTS = ("auto", "blank-lines", "headers", "file")

# A longer line comes in pieces of this many characters, cut at white space.
_PIECE_CHARS = 1 << 16


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A line with its line end, a blank line of a document, or a part of a very long line.

    Attributes
    ----------
    text : str
    starts_document, starts_line : bool
        Neither is True for a blank line or for a later part of a long line.
    n_read : int
        Bytes of all files read so far, in compressed size where files are compressed.
    """

    text: str
    starts_document: bool
    starts_line: bool
    n_read: int


def text_files(paths: PathsLike, documents: str, encoding: str, errors: str, owner: str) -> list[Path]:
    """Return the files that `paths` names, after checking the other parameters of `read_pieces`."""
    check_choice("documents", documents, owner, DOCUMENTS)
    return files_here(LineCorpus(paths, encoding=encoding, errors=errors), owner)


def read_pieces(files: list[Path], documents: str, encoding: str, errors: str) -> Iterator[TextPiece]:
    r"""Yield the text of all files, without lines that only separate documents.

    Parameters
    ----------
    files : list of Path
    documents : {"auto", "blank-lines", "headers", "file"}
        What ends a document: a blank line; a line ``<doc ...>`` or ``</doc>`` of WikiExtractor; or the end of
        the file alone. "auto" chooses headers where the first line of a file is one, otherwise blank lines. Blank lines
        that do not end a document are part of it.
    encoding, errors : str
        As in `wordvec.LineCorpus`.
    """
    n_read = 0
    for file in files:
        style = documents
        starts_document = starts_line = True
        kept = ""  # white space at the end of a piece: it belongs to the next word
        for line, ends_line, raw in read_lines(file, encoding, errors, _PIECE_CHARS):
            text = kept + line
            is_whole = starts_line and ends_line
            is_blank = is_whole and (not line or line.isspace())
            if style == "auto" and not is_blank:
                style = "headers" if _is_header(line) else "blank-lines"
            if is_whole and _separates(line, is_blank, style, starts_document):
                starts_document = True
                continue
            if ends_line:
                kept, text = "", text.removesuffix("\r") + "\n"
            else:
                text = text.rstrip()
                kept = (kept + line)[len(text) :]
            yield TextPiece(text, starts_document, starts_line and not is_blank, n_read + raw.tell())
            starts_document, starts_line = False, ends_line
        n_read += file.stat().st_size


def _separates(line: str, is_blank: bool, style: str, starts_document: bool) -> bool:
    """Return whether a line is outside of documents, as blank lines before the first line of one are."""
    if is_blank:
        return style == "blank-lines" or (style != "file" and starts_document)
    return style == "headers" and _is_header(line)


def _is_header(line: str) -> bool:
    return line.startswith(("<doc ", "</doc>")) and line.rstrip().endswith(">")
