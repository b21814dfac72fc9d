"""Options shared by several commands, each declared once, and helpers to read them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from wordvec._utils.reports import Report
from wordvec.schemes.prefixes import SCHEMES

from ..datasets.table_layout import TableLayout
from ..datasets.tagged_files import TaggedLayout, split_names, split_pairs
from .output import print_json

STDIN = "-"

# Arguments.
Vectors = Annotated[Path, typer.Argument(metavar="VECTORS", help="A file of word vectors.")]
Corpus = Annotated[list[str], typer.Argument(metavar="CORPUS", help="Text files, folders or globs.")]
TaggerFile = Annotated[Path, typer.Argument(metavar="MODEL", help="A file that wordvec tag train wrote.")]
ClassifierFile = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A file that wordvec classify train wrote.")
]

# Reading text.
Encoding = Annotated[str, typer.Option("--encoding", metavar="NAME", help="Encoding of the text.")]
FileEncoding = Annotated[
    str, typer.Option("--encoding", metavar="NAME", help="Encoding of the text and of the evaluation files.")
]
FileErrors = Annotated[
    str,
    typer.Option(
        "--errors", metavar="strict|replace|ignore", help="Treatment of bytes that are not valid text."
    ),
]
Scheme = Annotated[
    str,
    typer.Option(
        "--scheme",
        metavar="SCHEME",
        help=f"auto, none, or one of {', '.join(SCHEMES)}: tags are converted to it, and those of a CRF legal in it. "
        "auto: the scheme of the data, where what is not legal is told and respelled; none: tags as they are. Taggers "
        "only.",
    ),
]
TagMap = Annotated[
    str | None,
    typer.Option(
        "--map",
        metavar="OLD=NEW,...",
        show_default="none",
        help="Rename tags or entity types: NR=PER,NS=LOC.",
    ),
]
Lowercase = Annotated[bool, typer.Option("--lowercase", help="Lower-case all words.")]
CorpusTokenizer = Annotated[
    str,
    typer.Option(
        "--tokenizer", metavar="whitespace|word|ptb|ud|zh|chars", help="How lines are split into words."
    ),
]
UserDict = Annotated[
    Path | None,
    typer.Option(
        "--user-dict",
        metavar="FILE",
        show_default="none",
        help="Words for --tokenizer zh, each line: word [frequency] [part of speech].",
    ),
]
Convert = Annotated[
    str | None,
    typer.Option(
        "--convert",
        metavar="t2s|s2t|width|...",
        show_default="none",
        help="Convert Chinese characters first: a configuration of OpenCC; width for full-width ASCII.",
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter", metavar="CHAR", show_default="a comma", help="Separator of the fields of CSV."
    ),
]
TextColumn = Annotated[
    str | None,
    typer.Option(
        "--text-column",
        metavar="NAME,...",
        show_default="text, review, ...",
        help="Column of the texts, or its number from 1; several are joined.",
    ),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        "--label-column",
        metavar="NAME,...",
        show_default="label, class, ...",
        help="Column of the labels, or its number from 1; several columns of 0 and 1 for multiple labels.",
    ),
]

# Reading word vectors.
VectorsEncoding = Annotated[str, typer.Option("--encoding", metavar="NAME", help="Encoding of the words.")]
VectorsErrors = Annotated[
    str,
    typer.Option(
        "--errors",
        metavar="strict|replace|...",
        help="Treatment of words that cannot be decoded; backslashreplace keeps words distinct that replace would "
        "make equal.",
    ),
]
FeatureVectorsEncoding = Annotated[
    str,
    typer.Option("--vectors-encoding", metavar="NAME", help="Encoding of the words of --vectors."),
]
FeatureVectorsErrors = Annotated[
    str,
    typer.Option(
        "--vectors-errors",
        metavar="strict|replace|...",
        help="Treatment of words of --vectors that cannot be decoded.",
    ),
]
Duplicates = Annotated[
    str,
    typer.Option("--duplicates", metavar="first|last|error", help="Which row of a repeated word to use."),
]
VectorsFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="word2vec-text|word2vec-binary|glove|safetensors|fasttext|floret",
        show_default="detected from the content",
        help="Format of the input vectors.",
    ),
]
OutFormat = Annotated[
    str | None,
    typer.Option(
        "--out-format",
        metavar="word2vec-text|word2vec-binary|glove|safetensors|fasttext|floret",
        show_default="by the extension",
        help="Format of the output vectors; fasttext and floret keep n-grams.",
    ),
]

# Running and reporting.
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", help="Threads; -1 for all cores.")]
Top = Annotated[int, typer.Option("--topn", "-n", metavar="N", help="Number of words to show.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress bar.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsJsonLines = Annotated[bool, typer.Option("--json", help="Print one line of JSON per text.")]


def given(options: Mapping[str, Any], *, without: str = "") -> dict[str, Any]:
    """Return the options that were given, so that the defaults of the called function apply to the others.

    Parameters
    ----------
    options : mapping
        The ``locals()`` of a command at its start; None means that an option was not given.
    without : str
        Names that the command uses itself, separated by spaces.
    """
    own = {*without.split(), "quiet", "as_json"}
    return {name: value for name, value in options.items() if value is not None and name not in own}


def corpus_tokenizer(name: str, user_dict: Path | None, convert: str | None) -> Any:
    """Return the tokenizer of a corpus: its name, or an object if there is a user dictionary or a conversion."""
    if user_dict is None and convert is None:
        return name
    from wordvec.text.tokenizers import TextTokenizer

    return TextTokenizer(name, user_dict=user_dict, convert=convert)


def verbosity(quiet: bool) -> bool | None:
    """Return `verbose` for an estimator: a progress bar on terminals, or none at all."""
    return False if quiet else None


# From options to the fields of the layout that they set.
_TABLE_OPTIONS = {"file_format": "format"} | {
    name: name
    for name in (
        "text_column", "label_column", "delimiter", "encoding", "errors", "header", "label_separator",
    )
}  # fmt: skip


def table_layout(options: Mapping[str, Any]) -> TableLayout:
    """Return the layout of tables of texts.

    Parameters
    ----------
    options : mapping
        The ``locals()`` of a command, from which its options are taken.
    """
    fields = {field: options[name] for name, field in _TABLE_OPTIONS.items() if name in options}
    return TableLayout(columns=split_names(options["columns"]), **fields)


def tagged_layout(
    columns: str | None,
    file_format: str | None,
    encoding: str,
    errors: str = "strict",
    tag_map: str | None = None,
) -> TaggedLayout:
    """Return the layout of files of tagged sentences."""
    return TaggedLayout(file_format, split_names(columns), encoding, errors, split_pairs(tag_map))


def show(report: Report, as_json: bool) -> None:
    """Print a report, as text or as JSON."""
    if as_json:
        print_json(report.to_dict())
    else:
        print(report)
