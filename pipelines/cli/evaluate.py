"""`wordvec evaluate`: score word vectors on word similarity and analogies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import SeveralErrors

from .options import AsJson, Duplicates, FileErrors, Vectors
from .output import print_json

if TYPE_CHECKING:
    from wordvec.vectors.keyed_vectors import KeyedVectors


def evaluate(
    vectors: Vectors,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Word pairs or analogies; by default gensim's English sets."),
    ] = None,
    restrict_vocab: Annotated[
        int | None,
        typer.Option(
            "--restrict-vocab", metavar="N", help="Use only the N most frequent words. [default: 300000]"
        ),
    ] = None,
    case_sensitive: Annotated[
        bool, typer.Option("--case-sensitive", help="Distinguish words that differ only in case.")
    ] = False,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="pairs|analogies", show_default="by content", help="The kind of evaluation files."
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            show_default="by header or content",
            help="Columns of both words and the judgement, or of the four words (optionally after a section), by "
            "name or number.",
        ),
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(metavar="CHAR", show_default="by content", help="Separator of fields."),
    ] = None,
    encoding: Annotated[
        str,
        typer.Option(
            "--encoding", metavar="NAME", help="Encoding of the files, and of vectors that are not UTF-8."
        ),
    ] = "utf-8",
    errors: FileErrors = "strict",
    duplicates: Duplicates = "first",
    as_json: AsJson = False,
) -> None:
    """Score word vectors on word similarity (Spearman's correlation) and analogies (accuracy).

    A file holds word pairs (word, word, number on a line) or analogies (four words on a line, in sections that start
    with ": name"), as text, CSV or TSV, detected from the content. Without files, those that gensim ships are used,
    which needs: pip install "wordvec[gensim]". Files that cannot be read are reported and skipped.

    Example: wordvec evaluate vectors.bin --restrict-vocab 30000
    """
    from ..comparison.scoring import RESTRICT_VOCAB, format_scores, gensim_evaluation_files, score_files

    paths = files or gensim_evaluation_files("wordvec evaluate without files")
    scores, failed = score_files(
        _load_vectors(vectors, encoding, errors, duplicates),
        paths,
        RESTRICT_VOCAB if restrict_vocab is None else restrict_vocab,
        case_insensitive=not case_sensitive,
        kind=kind,
        columns=columns,
        delimiter=delimiter,
        encoding=encoding,
        errors=errors,
    )
    if as_json:
        print_json([score.to_dict() for score in scores])
    elif scores:
        print(format_scores(scores))
    if failed:
        raise SeveralErrors(failed)


def _load_vectors(path: Path, encoding: str, errors: str, duplicates: str) -> KeyedVectors:
    """Read vectors; words in valid UTF-8 are read as such if another encoding was given for the evaluation files."""
    from wordvec._io.text_files import is_utf8
    from wordvec._utils.parameters import TextEncoding

    from ..workflows.vectors import open_vectors

    TextEncoding().check("encoding", encoding, "an evaluation")
    if is_utf8(encoding):
        return open_vectors(path, errors=errors, duplicates=duplicates)
    try:
        kv = open_vectors(path, duplicates=duplicates)
    except ValueError:
        return open_vectors(path, encoding=encoding, errors=errors, duplicates=duplicates)
    if not all(map(str.isascii, kv.index_to_key)):
        assume(f"{str(path)!r}: words in UTF-8, as they are valid in it")
    return kv
