"""Reading tagged sentences from files of every format, for Python and for commands."""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.validation import check_choice

from .tag_checks import Places, check_names, in_scheme, mapped_tags, settled_tags
from .tagged_detection import TAGGED_FORMATS, Sample, format_of_name

if TYPE_CHECKING:
    from ..tagging import TaggedCorpus
    from ..tagging.features.extractor import FeatureExtractor
    from ..tagging.fitted import FittedTagger


@dataclass(frozen=True)
class TaggedLayout:
    """The layout of a file of tagged sentences.

    Attributes
    ----------
    format : {"conll", "conllu", "csv", "jsonl", "word/tag", "text"}, optional
        By default it is detected from the extension and the beginning of the file: columns with one token per line,
        CoNLL-U (and CoNLL-X), a table with a header, JSON lines (or an array), or one sentence per line with
        ``word/tag``. Text has no tags.
    columns : sequence of str
        Names of the columns of CoNLL, or of a table without a header; empty for the usual names.
    encoding : str
    errors : {"strict", "replace", "ignore"}
        Treatment of bytes that are not valid in `encoding`.
    tag_map : mapping of str to str
        New names for tags, or for the types of span tags: ``{"NR": "PER", "NS": "LOC"}``.
    """

    format: str | None = None
    columns: Sequence[str] = ()
    encoding: str = "utf-8"
    errors: str = "strict"
    tag_map: Mapping[str, str] = field(default_factory=dict)


# Everything as extensions and contents say.
DEFAULT_TAGGED = TaggedLayout()


def split_names(names: str | None) -> list[str]:
    """Return the names in a comma-separated list; empty for None."""
    return [] if names is None else [name.strip() for name in names.split(",")]


def split_pairs(pairs: str | None) -> dict[str, str]:
    """Return names and their new names from ``NR=PER,NS=LOC``; empty for None.

    Raises
    ------
    ParameterError
        If a part is not a pair, or a name occurs twice.
    """
    found: dict[str, str] = {}
    for part in split_names(pairs):
        old, _, new = (side.strip() for side in part.rpartition("="))
        if not (old and new) or old in found:
            raise ParameterError("tag_map", "TaggedLayout", "be pairs such as NR=PER,NS=LOC", pairs)
        found[old] = new
    return found


def read_corpus(path: Path, layout: TaggedLayout) -> TaggedCorpus:
    """Read a file of tagged sentences with all its columns.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it does not match `layout`, or has no tagged sentences; the message names the line.
    """
    from ..tagging.files.conll import read_conll, read_conllu
    from ..tagging.files.json_sentences import read_json_sentences
    from ..tagging.files.lines import existing_file
    from ..tagging.files.token_tables import read_token_table
    from ..tagging.files.word_tags import read_word_tags

    names = check_names(layout.tag_map)
    kind = tagged_format(path, layout)
    file = existing_file(path, "read_tagged", layout.encoding, layout.errors)
    if kind == "conll":
        return read_conll(path, layout.columns or None, encoding=layout.encoding, errors=layout.errors)
    if kind == "csv":
        return read_token_table(file, layout.encoding, layout.errors, layout.columns)
    if layout.columns:
        raise AdvisedError(
            f"The columns of {_TITLES[kind]} have their names, which {str(path)!r} cannot be given others for.",
            advice="Leave {columns} out.",
        )
    if kind == "conllu":
        _tell_format(path, kind, layout)
        return read_conllu(path, encoding=layout.encoding, errors=layout.errors)
    if kind == "jsonl":
        return read_json_sentences(file, layout.encoding, layout.errors, names=names)
    _tell_format(path, kind, layout)
    return read_word_tags(file, layout.encoding, layout.errors)


_TITLES = {"conllu": "CoNLL-U", "jsonl": "JSON", "word/tag": "word/tag"}


def _tell_format(path: Path, kind: str, layout: TaggedLayout) -> None:
    """Report the format of a file if it was not given; other readers do so themselves."""
    if layout.format is None and kind in _FORMS and format_of_name(path) != kind:
        assume(f"{str(path)!r}: {_FORMS[kind]}")


_FORMS = {
    "conllu": "CoNLL-U, ten columns with tabs between",
    "word/tag": "a sentence a line, words followed by their tags",
}


def tagged_format(path: Path, layout: TaggedLayout) -> str:
    """Return the format of a file of tagged sentences: one of `TAGGED_FORMATS`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the format is not given and the file does not look like tagged sentences.
    """
    if layout.format is not None:
        return check_choice("format", layout.format, "TaggedLayout", TAGGED_FORMATS)
    sample = Sample(path, layout.encoding, layout.errors)
    found = sample.format()
    if found == "text" or (found == "conll" and not layout.columns):
        found = format_of_name(path) or ("conll" if layout.columns else found)
    if found == "text" and any(sample.lines):
        raise AdvisedError(
            f"{str(path)!r} looks like {sample.describe()}, not like tagged sentences in columns.",
            "{format='conll'} if it has a token and its tag a line, or another {format} ("
            + ", ".join(TAGGED_FORMATS[1:])
            + ")",
        )
    return "conll" if found == "text" else found


def read_tagged(
    files: Sequence[Path] | Path, layout: TaggedLayout = DEFAULT_TAGGED, target: str | None = None
) -> tuple[list[list[str]], list[list[str]]]:
    r"""Return the words and tags of the sentences in all files.

    Parameters
    ----------
    files : path, or sequence of paths
        CoNLL and its variants, CoNLL-U, CSV with one token or one sentence per row, JSON lines with tokens and tags or
        with texts and character spans, or word/tag; may be compressed.
    layout : TaggedLayout
    target : str, optional
        The column of the tags; by default the usual one of the format (the last in CoNLL, "upos" in CoNLL-U).

    Returns
    -------
    words, tags : lists of lists of str
        One inner list per sentence, of equal lengths.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it does not match `layout`; the message names the line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "names.jsonl"
    ...     _ = path.write_text('{"text": "Ada saw Rome", "label": [[0, 3, "NR"], [8, 12, "LOC"]]}\n')
    ...     read_tagged(path, TaggedLayout(tag_map={"NR": "PER"}))
    ([['Ada', 'saw', 'Rome']], [['B-PER', 'O', 'B-LOC']])
    """
    paths = [files] if isinstance(files, (str, os.PathLike)) else files
    words: list[list[str]] = []
    tags: list[list[str]] = []
    for path in map(Path, paths):
        corpus = read_corpus(path, layout)
        tags += tags_of(corpus, target, path, layout)
        words += column_of(corpus, "token", path)
    return words, tags


def read_tagged_spans(
    files: Sequence[Path],
    layout: TaggedLayout = DEFAULT_TAGGED,
    target: str | None = None,
    *,
    scheme: str = "auto",
    respell: bool = True,
) -> tuple[list[list[str]], list[list[str]]]:
    """Like `read_tagged`, but span tags are read by `in_scheme` or `settled_tags`, with warnings."""
    corpora = [(path, read_corpus(path, layout)) for path in files]
    tags = [sentence for path, corpus in corpora for sentence in tags_of(corpus, target, path, layout)]
    words = [sentence for path, corpus in corpora for sentence in column_of(corpus, "token", path)]
    places = Places(corpora)
    return words, in_scheme(tags, places, scheme) if respell else settled_tags(tags, places, respell=False)


def tags_of(corpus: TaggedCorpus, target: str | None, path: Path, layout: TaggedLayout) -> list[list[str]]:
    """Return the column of the tags, renamed as `layout` says.

    Raises
    ------
    ValueError
        If the file has no such column.
    """
    tags = column_of(corpus, corpus.tag_column if target is None else target, path, is_target=True)
    if not layout.tag_map:
        return tags
    mapped = mapped_tags(tags, layout.tag_map)
    if mapped == tags:
        warnings.warn(
            f"No tag of {str(path)!r} is called {' or '.join(layout.tag_map)}, so none got another name.",
            stacklevel=2,
        )
    return mapped


def names_for_training(corpus: TaggedCorpus) -> list[str]:
    """Return the names of a corpus's columns as in its file, where a token with its position is one column."""
    names = list(corpus.columns)
    return ["token+position", *names[2:]] if names[:2] == ["token", "position"] else names


def read_as_trained(
    tagger: FittedTagger, path: Path, layout: TaggedLayout, *, has_tags: bool
) -> TaggedCorpus:
    """Read a file like `read_corpus`, with its columns named as in training if they match.

    They match if the file has the same number of columns or, if tags are only predicted (not `has_tags`), all except
    the tags.

    Raises
    ------
    FileNotFoundError, ValueError
        As for `read_corpus`.
    """
    from ..tagging.files.conll import count_columns

    known = tagger.file_layout_
    if known is None or layout.columns:
        return read_corpus(path, layout)
    kind = layout.format or _format_for(tagger, path, layout)
    if kind != "conll":
        _tell_format(path, kind, layout)
        return read_corpus(path, replace(layout, format=kind))
    n_columns = count_columns(path, encoding=layout.encoding, errors=layout.errors)
    if n_columns == len(known["columns"]):
        _tell_columns(path, known["columns"])
        return read_corpus(path, replace(layout, format=kind, columns=known["columns"]))
    untagged = [name for name in known["columns"] if name != known["target"]]
    if n_columns == len(untagged) and not has_tags:
        corpus = read_corpus(path, replace(layout, format=kind, columns=untagged))
        # It may be another column that is missing.
        if n_columns == 1 or not _values(corpus, untagged[-1]) <= set(tagger.classes_.tolist()):
            _tell_columns(path, untagged)
            return corpus
    return read_corpus(path, replace(layout, format=kind))


def _tell_columns(path: Path, names: Sequence[str]) -> None:
    assume(
        f"{str(path)!r}: CoNLL, with the columns {', '.join(names)}, as in the training data of the tagger"
    )


def _format_for(tagger: FittedTagger, path: Path, layout: TaggedLayout) -> str:
    found = Sample(path, layout.encoding, layout.errors).format(set(tagger.classes_.tolist()))
    return found if found not in ("text", "conll") else format_of_name(path) or "conll"


def _values(corpus: TaggedCorpus, name: str) -> set[str]:
    return set(itertools.chain.from_iterable(corpus.column(name)))


def is_conllu(path: Path, layout: TaggedLayout) -> bool:
    """Return whether a file with tagged sentences is CoNLL-U."""
    if layout.format is not None or layout.columns:
        return layout.format == "conllu"
    return (
        Sample(path, layout.encoding, layout.errors).format() == "conllu" or format_of_name(path) == "conllu"
    )


def sentences_of(corpus: TaggedCorpus, extra_columns: Sequence[str], path: Path) -> list[Any]:
    """Return the words of each sentence, together with the feature columns.

    Raises
    ------
    ValueError
        If the file has no such column.
    """
    from ..tagging.features.extractor import Columns

    words = column_of(corpus, "token", path)
    if not extra_columns:
        return words
    columns = {name: column_of(corpus, name, path) for name in extra_columns}
    return [
        Columns(sentence, **{name: values[s] for name, values in columns.items()})
        for s, sentence in enumerate(words)
    ]


def column_of(corpus: TaggedCorpus, name: str, path: Path, *, is_target: bool = False) -> list[list[str]]:
    """Return a column of each sentence, or raise a ValueError that names the existing columns.

    Parameters
    ----------
    corpus : TaggedCorpus
    name : str
    path : the file of the corpus, for messages
    is_target : whether the column is named by a `target` parameter
    """
    if name not in corpus.columns and name.lower() in (
        lower := [column.lower() for column in corpus.columns]
    ):
        name = list(corpus.columns)[lower.index(name.lower())]
    if name not in corpus.columns:
        choice = "Choose one with {target}, or name" if is_target else "Name"
        raise AdvisedError(
            f"{str(path)!r} has no column {name!r}, but {', '.join(corpus.columns)}.",
            advice=f"{choice} the columns of the file in their order with {{columns}}.",
        )
    return corpus.columns[name]


def load_tagger(path: Path, n_jobs: int) -> FittedTagger:
    """Load a tagger whose tokens are words.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it does not hold such a tagger.
    """
    from ..tagging.fitted import FittedTagger

    tagger = FittedTagger.load(path)
    extractor_of(tagger)
    tagger.n_jobs = n_jobs
    return tagger


def extractor_of(tagger: FittedTagger) -> FeatureExtractor:
    """Return the extractor of a tagger, or raise ValueError if its tokens are not words."""
    if tagger.features_ is None:
        raise ValueError(
            "This tagger was trained on lists of features, which files of words do not have. "
            "Use it from Python, or train one with wordvec tag train."
        )
    return tagger.features_


def is_text(path: Path, layout: TaggedLayout, tags: set[str]) -> bool:
    """Return whether a file is text with one sentence per line, not tagged sentences; `tags` are a tagger's.

    A file has columns if one of them looks like the tagger's tags, or if it is divided into sentences by empty lines
    and a column looks like any tags. Anything else without a sign of a format is text, which is reported.
    """
    if layout.format is not None or layout.columns:
        return layout.format == "text"
    if format_of_name(path) is not None:
        return False
    sample = Sample(path, layout.encoding, layout.errors)
    if sample.format(tags) != "text":
        return False
    if any(sample.lines):
        looks = sample.describe()
        though = "" if looks.startswith("running") else f", though it looks like {looks}"
        assume(f"{str(path)!r}: text, a sentence a line{though}")
    return True
