"""Tagged sentences in columns: what the readers of tagged files return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ConlluCorpus", "TaggedCorpus"]


@dataclass(frozen=True)
class TaggedCorpus:
    """Sentences with one or more columns.

    Attributes
    ----------
    columns : dict of str to list of list of str
        ``columns[name][s][t]`` is what the column says of token t of sentence s.
    tag_column : str
        Which of them `tags` is.
    """

    columns: dict[str, list[list[str]]]
    tag_column: str = "tag"

    def __post_init__(self) -> None:
        self._check_lengths()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def n_tokens(self) -> int:
        """Tokens in all sentences."""
        return sum(map(len, next(iter(self.columns.values()))))

    @property
    def tokens(self) -> list[list[str]]:
        """The tokens of each sentence."""
        return self.column("token")

    @property
    def tags(self) -> list[list[str]]:
        """The tags of each sentence."""
        return self.column(self.tag_column)

    def column(self, name: str) -> list[list[str]]:
        """Return what a column says of the tokens of each sentence.

        Raises
        ------
        KeyError
            If there is no such column.
        """
        if name not in self.columns:
            raise KeyError(f"There is no column {name!r}. Choose one of {', '.join(self.columns)}.")
        return self.columns[name]

    def _check_lengths(self) -> None:
        if not self.columns:
            raise ValueError("A TaggedCorpus must have at least one column. Got none instead.")
        first, *others = self.columns
        for name in others:
            if len(self.columns[name]) != len(self):
                raise ValueError(
                    f"The column {first!r} has {len(self)} sentences and {name!r} has {len(self.columns[name])}. "
                    "Pass columns of the same sentences."
                )
            for number, (fields, other) in enumerate(zip(self.columns[first], self.columns[name])):
                if len(fields) != len(other):
                    raise ValueError(
                        f"Sentence {number} has {len(fields)} fields in column {first!r} and {len(other)} in "
                        f"{name!r}. Pass one for each token."
                    )


@dataclass(frozen=True)
class ConlluCorpus(TaggedCorpus):
    """Sentences of a CoNLL-U file; the columns are `CONLLU_COLUMNS` and hold the words.

    Attributes
    ----------
    comments : list of list of str
        The comment lines before each sentence, with their ``#``.
    other_nodes : list of list of (int, list of str)
        The multiword tokens (1-2) and empty nodes (1.1) of each sentence: how many words stand before, and
        the ten fields.
    """

    tag_column: str = "upos"
    comments: Sequence[list[str]] = ()
    other_nodes: Sequence[list[tuple[int, list[str]]]] = ()

    def __post_init__(self) -> None:
        self._check_lengths()
        for name in ("comments", "other_nodes"):
            if getattr(self, name) and len(getattr(self, name)) != len(self):
                raise ValueError(
                    f"There are {len(self)} sentences, and {name} has {len(getattr(self, name))} entries. "
                    "Pass one for each sentence, or none at all."
                )
