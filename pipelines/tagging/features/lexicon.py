"""Sources of lexical features of a tagger: gazetteers, clusters of vectors, and a dictionary of the training data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .dictionary import TagDictionary
from .encoding import NumberedWords
from .extraction import LexicalColumn, column_of
from .gazetteers import Gazetteer

# The prefix of the names of features.
GAZETTEER = "gaz."


@dataclass(frozen=True)
class TableClusters:
    """The clusters of the words of a table of vectors.

    Attributes
    ----------
    key_to_index : mapping of str to int
    clusters_VN : int32 (V, N)
        At N granularities.
    """

    key_to_index: Mapping[str, int]
    clusters_VN: np.ndarray

    def rows(self, words: Iterable[str]) -> list[np.ndarray | None]:
        """Return the clusters of words, or of their lower-case forms; None for those that have no vector."""
        found = (word_row(self.key_to_index, word) for word in words)
        return [None if row < 0 else self.clusters_VN[row] for row in found]


@dataclass(frozen=True)
class Lexicon:
    """The sources of a tagger's lexical features.

    Attributes
    ----------
    gazetteers : dict of str to Gazetteer
    clusters : list of TableClusters
    first_granularity : int
        The number of the first granularity in the names of features.
    dictionary : TagDictionary, optional
    """

    gazetteers: dict[str, Gazetteer] = field(default_factory=dict)
    clusters: Sequence[TableClusters] = ()
    first_granularity: int = 0
    dictionary: TagDictionary | None = None

    def columns(self, words: NumberedWords) -> Iterator[LexicalColumn]:
        """Yield all columns of new sentences."""
        yield from self.static_columns(words)
        if self.dictionary is not None:
            yield from self.dictionary.columns(words)

    def static_columns(self, words: NumberedWords) -> Iterator[LexicalColumn]:
        """Yield the columns that do not come from the training data."""
        yield from gazetteer_columns(self.gazetteers, words)
        first = self.first_granularity
        for table in self.clusters:
            n_granularities = table.clusters_VN.shape[1]
            yield from cluster_columns(table.rows(words.types), n_granularities, first)
            first += n_granularities


def word_row(key_to_index: Mapping[str, int], word: str) -> int:
    """Return the row of a word in a table of vectors, or else that of its lower-case form; -1 for none."""
    row = key_to_index.get(word, -1)
    return row if row >= 0 else key_to_index.get(word.lower(), -1)


def gazetteer_columns(gazetteers: Mapping[str, Gazetteer], words: NumberedWords) -> Iterator[LexicalColumn]:
    """Yield the column of each list of names."""
    for name, gazetteer in gazetteers.items():
        yield LexicalColumn(GAZETTEER + name, gazetteer.column(words), has_bigrams=False)


def cluster_columns(
    rows: Sequence[Sequence[int] | np.ndarray | None], n_granularities: int, first: int = 0
) -> Iterator[LexicalColumn]:
    """Yield the column of each granularity, numbered from `first` on, by the clusters of the distinct words."""
    for granularity in range(n_granularities):
        values = (None if row is None else str(row[granularity]) for row in rows)
        yield LexicalColumn(f"cluster{first + granularity}", column_of(values, len(rows)), has_bigrams=True)
