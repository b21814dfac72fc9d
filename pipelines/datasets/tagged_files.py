"""Tagged sentences by the columns of their files, and plain text as tokens."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.errors import AdvisedError
from wordvec._utils.validation import check_choice

if TYPE_CHECKING:
    from ..tagging import CRFTagger, TaggedCorpus, TokenFeatures

TOKENIZERS = ("whitespace", "word", "zh", "chars")
# The number of lines that decide whether a file has columns or is text.
_N_LOOKED_AT = 1000
# This many lines of text never have the same number of words.
_N_LIKE_COLUMNS = 30


@dataclass(frozen=True)
class TaggedLayout:
    """How a file of tagged sentences is laid out.

    Attributes
    ----------
    format : {"conll", "conllu", "text"}, optional
        Without it, .conllu in the name means CoNLL-U, everything else CoNLL.
    columns : sequence of str
        Names of the columns of CoNLL; none for the customary names.
    encoding : str
    """

    format: str | None = None
    columns: Sequence[str] = ()
    encoding: str = "utf-8"


# Everything as extensions and the number of columns say.
DEFAULT_TAGGED = TaggedLayout()


def split_names(names: str | None) -> list[str]:
    """Return names that stand between commas; none for None."""
    return [] if names is None else [name.strip() for name in names.split(",")]


def read_corpus(path: Path, layout: TaggedLayout) -> TaggedCorpus:
    """Read a CoNLL or CoNLL-U file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not what `layout` says; the message names the line.
    """
    from ..tagging.files.conll import read_conll, read_conllu

    check_choice("format", layout.format or "conll", "TaggedLayout", ("conll", "conllu"))
    if not is_conllu(path, layout):
        return read_conll(path, layout.columns or None, encoding=layout.encoding)
    if layout.columns:
        raise AdvisedError(
            f"The columns of CoNLL-U have their names, which {str(path)!r} cannot be given others for.",
            advice="Leave {columns} out.",
        )
    return read_conllu(path, encoding=layout.encoding)


def read_tagged(
    files: Sequence[Path], layout: TaggedLayout = DEFAULT_TAGGED, target: str | None = None
) -> tuple[list[list[str]], list[list[str]]]:
    """Return the words and the tags of the sentences of all files.

    Parameters
    ----------
    files : sequence of Path
        CoNLL or CoNLL-U.
    layout : TaggedLayout
    target : str, optional
        The column of the tags: by default "tag", of CoNLL-U "upos".

    Returns
    -------
    words, tags : lists of lists of str
        One inner list a sentence, of equal lengths.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is not what `layout` says.
    """
    words: list[list[str]] = []
    tags: list[list[str]] = []
    for path in files:
        corpus = read_corpus(path, layout)
        tags += column_of(corpus, target or corpus.tag_column, path, is_target=True)
        words += column_of(corpus, "token", path)
    return words, tags


def read_as_trained(tagger: CRFTagger, path: Path, layout: TaggedLayout, *, has_tags: bool) -> TaggedCorpus:
    """Read a file as `read_corpus` does, its columns named as they were in training if that fits.

    It fits where a file has as many columns, or where tags are only to be predicted (not `has_tags`), all but
    theirs.

    Raises
    ------
    FileNotFoundError, ValueError
        As for `read_corpus`.
    """
    from ..tagging.files.conll import count_columns

    known = tagger.file_layout_
    if known is None or layout.columns or is_conllu(path, layout):
        return read_corpus(path, layout)
    n_columns = count_columns(path, encoding=layout.encoding)
    if n_columns == len(known["columns"]):
        return read_corpus(path, replace(layout, columns=known["columns"]))
    untagged = [name for name in known["columns"] if name != known["target"]]
    if n_columns == len(untagged) and not has_tags:
        corpus = read_corpus(path, replace(layout, columns=untagged))
        # It may be another column that is missing.
        if n_columns == 1 or not _values(corpus, untagged[-1]) <= set(tagger.classes_.tolist()):
            return corpus
    return read_corpus(path, layout)


def _values(corpus: TaggedCorpus, name: str) -> set[str]:
    return set(itertools.chain.from_iterable(corpus.column(name)))


def is_conllu(path: Path, layout: TaggedLayout) -> bool:
    """Return whether a file with tagged sentences is CoNLL-U."""
    return ".conllu" in path.suffixes if layout.format is None else layout.format == "conllu"


def sentences_of(corpus: TaggedCorpus, extra_columns: Sequence[str], path: Path) -> list[Any]:
    """Return the words of each sentence, with the columns that are features, too.

    Raises
    ------
    ValueError
        If the file has no such column.
    """
    from ..tagging.features.token_features import Columns

    words = column_of(corpus, "token", path)
    if not extra_columns:
        return words
    columns = {name: column_of(corpus, name, path) for name in extra_columns}
    return [
        Columns(sentence, **{name: values[s] for name, values in columns.items()})
        for s, sentence in enumerate(words)
    ]


def column_of(corpus: TaggedCorpus, name: str, path: Path, *, is_target: bool = False) -> list[list[str]]:
    """Return a column of each sentence, or raise ValueError that names those that there are.

    Parameters
    ----------
    corpus : TaggedCorpus
    name : str
    path : the file of the corpus, for messages
    is_target : whether the column is one that a `target` names
    """
    if name not in corpus.columns:
        choice = "Choose one with {target}, or name" if is_target else "Name"
        raise AdvisedError(
            f"{str(path)!r} has no column {name!r}, but {', '.join(corpus.columns)}.",
            advice=f"{choice} the columns of the file in their order with {{columns}}.",
        )
    return corpus.columns[name]


def load_tagger(path: Path, n_jobs: int) -> CRFTagger:
    """Read a tagger whose tokens are words.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it holds something else.
    """
    from ..tagging.crf import CRFTagger

    tagger = CRFTagger.load(path)
    extractor_of(tagger)
    tagger.n_jobs = n_jobs
    return tagger


def extractor_of(tagger: CRFTagger) -> TokenFeatures:
    """Return the extractor of a tagger, or raise ValueError if its tokens are no words."""
    if tagger.features_ is None:
        raise ValueError(
            "This tagger was trained on lists of features, which files of words do not have. "
            "Use it from Python, or train one with wordvec tag train."
        )
    return tagger.features_


def is_text(path: Path, layout: TaggedLayout, tags: set[str]) -> bool:
    """Return whether a file is text with a sentence a line, not CoNLL; `tags` are those of a tagger."""
    if layout.format is not None or layout.columns:
        return layout.format == "text"
    if {".conll", ".conllu"} & set(path.suffixes):
        return False
    return not has_columns(path, layout.encoding, tags)


def has_columns(path: Path, encoding: str, tags: set[str]) -> bool:
    """Return whether a file looks like CoNLL: equally many columns in its lines, and many lines or tags."""
    from ..tagging.files.lines import existing_file, numbered_lines

    file = existing_file(path, "read_text", encoding, "strict")
    lines = itertools.islice(numbered_lines(file, encoding, "strict"), _N_LOOKED_AT)
    rows = [line.split() for _, line in lines if not line.startswith("-DOCSTART-")]
    sizes = Counter(map(len, filter(None, rows)))
    n_columns, n_lines = max(sizes.items(), key=itemgetter(1), default=(0, 0))
    # Nine in ten, so that one bad line is told as such, not tagged as text.
    if n_columns < 2 or n_lines < 0.9 * sizes.total():
        return False
    if n_lines >= _N_LIKE_COLUMNS:
        return True
    columns = list(zip(*(row for row in rows if len(row) == n_columns)))
    # Half of them: the file may have tags that the tagger has never seen.
    return any(2 * sum(field in tags for field in column) >= n_lines for column in columns[1:])


def read_text(path: Path, tokenizer: str, encoding: str) -> Iterator[list[str]]:
    """Yield the tokens of each line that has any.

    Raises
    ------
    FileNotFoundError, ImportError, ValueError
        If there is no such file, the tokenizer's library is missing, or the bytes are not text.
    """
    from ..tagging.files.lines import existing_file, numbered_lines

    file = existing_file(path, "read_text", encoding, "strict")
    split = _tokenizer(tokenizer)
    return (tokens for _, line in numbered_lines(file, encoding, "strict") if (tokens := split(line)))


def _tokenizer(name: str) -> Callable[[str], list[str]]:
    from wordvec.text.tokenizers import resolve_tokenizer

    check_choice("tokenizer", name, "read_text", TOKENIZERS)
    return _characters if name == "chars" else resolve_tokenizer(name)


def _characters(line: str) -> list[str]:
    return [character for character in line if not character.isspace()]
