"""Checks and renaming of tags for training and scoring, with messages that name the line."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import listed
from wordvec.schemes.conversion import convert_tags
from wordvec.schemes.prefixes import split_tag
from wordvec.schemes.reading import read_tags
from wordvec.schemes.spelling import usual_spellings
from wordvec.schemes.stray import find_stray_tags

if TYPE_CHECKING:
    from ..tagging.files.corpora import TaggedCorpus


@dataclass(frozen=True)
class Places:
    """The locations of sentences in files.

    Attributes
    ----------
    corpora : sequence of (Path, TaggedCorpus)
        In order of the sentences.
    """

    corpora: Sequence[tuple[Path, TaggedCorpus]]

    @property
    def names(self) -> str:
        """The names of the files, for messages."""
        return listed([repr(str(path)) for path, _ in self.corpora], 3)

    def where(self, sentence: int, token: int) -> str:
        """Return the file, line and index of a sentence, for messages."""
        number = sentence
        for path, corpus in self.corpora:
            if number < len(corpus):
                line = corpus.line(number, token)
                place = f"sentence {number + 1}" if line is None else f"line {line} (sentence {number + 1})"
                return f"{str(path)!r}, {place}"
            number -= len(corpus)
        raise IndexError(sentence)


def settled_tags(
    tags: Sequence[Sequence[str]], places: Places, scheme: str | None = None, *, respell: bool = True
) -> list[list[str]]:
    """Return tags as read by `wordvec.schemes.read_tags`, with warnings that locate problems.

    Parameters
    ----------
    tags : sequence of sequences of str
    places : Places
    scheme : str, optional
        The scheme; by default it is detected, and if there is none, the tags are returned unchanged.
    respell : bool
        Whether the tags are used for training.
    """
    reading = read_tags(tags, scheme, respell=respell)
    if reading.scheme is None:
        _tell_of_other_spelling(tags, places)
    for problem in reading.problems(places.where):
        warnings.warn(f"{problem} Correct the tags, or map them to the right ones.", stacklevel=2)
    return list(map(list, reading.tags))


def in_scheme(tags: list[list[str]], places: Places, scheme: str) -> list[list[str]]:
    """Return tags in the scheme in which models learn them.

    Parameters
    ----------
    tags : list of lists of str
    places : Places
    scheme : {"auto", "none", a scheme of `detect_scheme`}
        "auto" detects the scheme, "none" keeps all tags unchanged; otherwise tags are converted to the scheme.

    Raises
    ------
    ValueError
        If a tag that does not encode a span would have to be converted.
    """
    if scheme == "none":
        return tags
    if scheme != "auto":
        check_spans_of(tags, places, scheme)
    tags = settled_tags(tags, places)
    return tags if scheme == "auto" else convert_tags(tags, scheme)


@contextmanager
def told_of_tags() -> Iterator[None]:
    """Suppress an estimator's warnings about problems that `settled_tags` has already reported with lines."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"[\d,]+ steps? from tag to tag|The tags of y look like")
        yield


def _tell_of_other_spelling(tags: Sequence[Sequence[str]], places: Places) -> None:
    """Warn about tags such as ``B_PER``, ``PER-B`` and ``b-per``, which are not recognised as spans."""
    if spelled := usual_spellings(tags):
        names = ",".join(f"{tag}={new}" for tag, new in spelled.items())
        warnings.warn(
            f"The tags of {places.names} look like those of spans, but are not written as such "
            f"({next(iter(spelled))!r}), so that no spans are found. Map them to have spans: {names}.",
            stacklevel=3,
        )


def check_spans_of(tags: Sequence[Sequence[str]], places: Places, to: str) -> None:
    """Raise ValueError for the first tag that does not encode a span and cannot be converted to the scheme `to`."""
    strays = find_stray_tags(tags, None)
    if strays:
        sentence, token, tag = strays[0]
        n_tokens = sum(map(len, tags))
        others = f", as {len(strays) - 1:,} more of {n_tokens:,} tags do not" if len(strays) > 1 else ""
        raise AdvisedError(
            f"{places.where(sentence, token)}: the tag {tag!r} is of no scheme of spans{others}, so the tags are no "
            f"spans that can be converted to {to}.",
            advice="Correct it, give it another name with {tag_map}, leave {scheme} out, or choose another column with "
            "{target}.",
        )


def check_several_tags(tags: Iterable[Sequence[str]], paths: Sequence[Path]) -> None:
    """Raise ValueError if all tokens have the same tag: there is nothing to learn, or it is the wrong column."""
    distinct = {tag for sentence in tags for tag in sentence}
    if len(distinct) == 1:
        names = ", ".join(repr(str(path)) for path in paths)
        raise AdvisedError(
            f"A tagger needs two different tags, and every token of {names} has the same: {sorted(distinct)!r}.",
            advice="Check the file, or choose the column of the tags with {target}.",
        )


def mapped_tags(tags: Sequence[Sequence[str]], names: Mapping[str, str]) -> list[list[str]]:
    """Return tags under other names.

    Parameters
    ----------
    tags : sequence of sequences of str
        The tags of each sentence.
    names : mapping of str to str
        For whole tags (``NN``), or for the types of span tags (``PER`` in ``B-PER``). A type renamed to "O" is removed.

    Examples
    --------
    >>> mapped_tags([["B-NR", "I-NR", "0", "B-T"]], {"NR": "PER", "0": "O", "T": "O"})
    [['B-PER', 'I-PER', 'O', 'O']]
    """
    return [_mapped(sentence, names) for sentence in tags]


def check_names(names: Any) -> Mapping[str, str]:
    """Return the names of tags, or raise ParameterError if they are not a mapping of str to str."""
    is_mapping = isinstance(names, Mapping)
    if not is_mapping or not all(isinstance(name, str) and name for pair in names.items() for name in pair):
        raise ParameterError(
            "tag_map", "TaggedLayout", "be a dict of tags or types and their new names", names
        )
    return dict(names)


def _mapped(tags: Sequence[str], names: Mapping[str, str]) -> list[str]:
    mapped: list[str] = []
    before = ""
    for tag in tags:
        prefix, hyphen, kind = tag.partition("-")
        new = names.get(tag)
        if new is None and hyphen and kind in names and split_tag(tag, None) is not None:
            new = "O" if names[kind] == "O" else f"{prefix}-{names[kind]}"
            # Two spans that come to be of one type stay two (IOB1 and the like).
            if new[:2] == "I-" and mapped and mapped[-1][1:] == new[1:] and before.partition("-")[2] != kind:
                new = f"B{new[1:]}"
        mapped.append(tag if new is None else new)
        before = tag
    return mapped
