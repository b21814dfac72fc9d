"""Corpora of tagged sentences in columns, as the readers of tagged files return them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from wordvec._utils.messages import counted, shown

__all__ = ["ConlluCorpus", "TaggedCorpus"]


def line_of(lines: int | Sequence[int], token: int) -> int:
    """Return the line of a token of a sentence, for an item of ``TaggedCorpus.lines``."""
    return lines + token if isinstance(lines, int) else lines[min(token, len(lines) - 1)]


@dataclass(frozen=True)
class TaggedCorpus:
    """A corpus of tagged sentences with one or more columns.

    Attributes
    ----------
    columns : dict of str to list of list of str
        ``columns[name][s][t]`` is the value of the column at token t of sentence s.
    tag_column : str
        The column that `tags` returns.
    lines : sequence
        The line numbers of the sentences in the file that they were read from, if any: that of the first token if the
        others follow on consecutive lines, or a list with the line of each token, whose last item applies to the rest.
        Lines are ignored when corpora are compared.

    Raises
    ------
    TypeError
        If the columns are not a dict of lists of lists.
    ValueError
        If there is no column, or columns differ in the number or lengths of their sentences.

    Examples
    --------
    >>> corpus = TaggedCorpus({"token": [["Ada", "left"], ["Bob"]], "tag": [["B-PER", "O"], ["B-PER"]]})
    >>> len(corpus), corpus.n_tokens, corpus.tags[0]
    (2, 3, ['B-PER', 'O'])
    """

    columns: dict[str, list[list[str]]]
    tag_column: str = "tag"
    lines: Sequence[int | Sequence[int]] = field(default=(), compare=False, repr=False, kw_only=True)

    def __post_init__(self) -> None:
        self._check_lengths()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def n_tokens(self) -> int:
        """The number of tokens in all sentences."""
        return sum(map(len, next(iter(self.columns.values()))))

    @property
    def tokens(self) -> list[list[str]]:
        """The tokens of each sentence."""
        return self.column("token")

    @property
    def tags(self) -> list[list[str]]:
        """The tags of each sentence."""
        return self.column(self.tag_column)

    @property
    def texts(self) -> list[str | None]:
        """The text of each sentence if the file contains it; else None."""
        return [None] * len(self)

    def column(self, name: str) -> list[list[str]]:
        """Return the values of a column, a list for each sentence.

        Raises
        ------
        KeyError
            If there is no such column.
        """
        if name not in self.columns:
            raise KeyError(f"There is no column {name!r}. Choose one of {', '.join(self.columns)}.")
        return self.columns[name]

    def line(self, sentence: int, token: int = 0) -> int | None:
        """Return the line of a token in its file, or None for a corpus that was not read from one."""
        return line_of(self.lines[sentence], token) if self.lines else None

    def _check_lengths(self) -> None:
        if not isinstance(self.columns, dict):
            raise TypeError(
                'The columns of a TaggedCorpus must be a dict such as {"token": X, "tag": y}. '
                f"Got {shown(self.columns)} instead."
            )
        if not self.columns:
            raise ValueError("A TaggedCorpus must have at least one column. Got none instead.")
        for name, sentences in self.columns.items():
            if not isinstance(name, str) or not isinstance(sentences, (list, tuple)):
                raise TypeError(
                    "The columns of a TaggedCorpus must be lists of sentences by their name. "
                    f"Got {shown(sentences)} for {shown(name)}."
                )
            for number, fields in enumerate(sentences):
                if not isinstance(fields, (list, tuple)):
                    raise TypeError(
                        f"Sentence {number} of the column {name!r} must be a list. Got {shown(fields)} instead."
                    )
        first, *others = self.columns
        for name in others:
            if len(self.columns[name]) != len(self):
                raise ValueError(
                    f"The column {first!r} has {counted(len(self), 'sentence')} and {name!r} has "
                    f"{len(self.columns[name])}. "
                    "Pass columns of the same sentences."
                )
            for number, (fields, other) in enumerate(zip(self.columns[first], self.columns[name])):
                if len(fields) != len(other):
                    raise ValueError(
                        f"Sentence {number} has {counted(len(fields), 'field')} in column {first!r} and "
                        f"{len(other)} in {name!r}. Pass one for each token."
                    )


@dataclass(frozen=True)
class ConlluCorpus(TaggedCorpus):
    """The sentences of a CoNLL-U file; the columns are `CONLLU_COLUMNS` and contain the words.

    Attributes
    ----------
    comments : list of list of str
        The comment lines before each sentence, with their ``#``.
    other_nodes : list of list of (int, list of str)
        The multiword tokens (1-2) and empty nodes (1.1) of each sentence: for each, the number of preceding words and
        its ten fields.
    """

    tag_column: str = "upos"
    comments: Sequence[list[str]] = ()
    other_nodes: Sequence[list[tuple[int, list[str]]]] = ()

    @property
    def texts(self) -> list[str | None]:
        """The text of each sentence, from its comment ``# text = ...``; None if there is no such comment."""
        start = "# text = "
        lines = (next((line for line in rows if line.startswith(start)), None) for rows in self.comments)
        found = [None if line is None else line.removeprefix(start) for line in lines]
        return found or [None] * len(self)

    def __post_init__(self) -> None:
        self._check_lengths()
        for name in ("comments", "other_nodes"):
            if getattr(self, name) and len(getattr(self, name)) != len(self):
                raise ValueError(
                    f"There must be one entry of {name} for each of {counted(len(self), 'sentence')}. "
                    f"Got {len(getattr(self, name))}. "
                    "Pass one for each sentence, or none at all."
                )
