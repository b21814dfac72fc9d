"""The classical features of words and of Chinese characters: the extractor of taggers, without scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Self

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.fitted import check_fitted
from wordvec._utils.messages import counted, shown
from wordvec._utils.parameters import Boolean, Choice, Integer, check_parameters

from .attributes import AttributeIndex
from .encoding import EncodedSentences, NumberedWords, number_words
from .extraction import (
    Column,
    Conjunctions,
    LexicalColumn,
    Template,
    column_of,
    edges,
    encode_templates,
    neighbours,
    repetitions,
)
from .gazetteers import Gazetteer
from .lexicon import cluster_columns, gazetteer_columns
from .orthography import FLAGS, character_type, cut_runs, letter_classes
from .rules import ColumnNames, GazetteerNames, WordClusters

__all__ = ["Columns", "FeatureExtractor", "LexicalColumns"]

Spans = list[tuple[int, ...]]
LexicalColumns = Callable[[NumberedWords], Iterable[LexicalColumn]]


class Columns(Sequence[str]):
    """The words of a sentence with further columns, such as their parts of speech.

    It takes the place of a list of words.

    Parameters
    ----------
    words : sequence of str
    **columns : sequence of str
        As long as `words` each.

    Raises
    ------
    TypeError
        If the words or a column are not a list.
    ValueError
        If a column has another length.

    Examples
    --------
    >>> from wordvec.pipelines import TokenFeatures
    >>> sentence = Columns(["EU", "rejects"], pos=["NNP", "VBZ"])
    >>> len(sentence), sentence[0]
    (2, 'EU')
    >>> TokenFeatures(window=0, max_affix=0, columns=["pos"]).fit_transform([sentence])[0][1]
    ['w[0]=rejects', 'lower[0]=rejects', 'shape[0]=xxxx', 'EOS', 'pos[0]=VBZ']
    """

    def __init__(self, words: Sequence[str], **columns: Sequence[str]) -> None:
        self.words = words
        self.columns = columns
        for name, values in (("words", words), *columns.items()):
            # Characters may come as a str, their other columns not.
            is_text = isinstance(values, str) and values is not words
            if is_text or isinstance(values, bytes) or not hasattr(values, "__getitem__"):
                raise TypeError(
                    f"The {name} of Columns must be a list of strings. Got {shown(values)} instead."
                )
            if len(values) != len(words):
                raise ValueError(
                    f"The column {name!r} of Columns must have one value for each word. "
                    f"Got {counted(len(values), 'value')} for {counted(len(words), 'word')}."
                )

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, place: Any) -> Any:
        return self.words[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and (self.words, self.columns) == (other.words, other.columns)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        columns = "".join(f", {name}={values!r}" for name, values in self.columns.items())
        return f"Columns({self.words!r}{columns})"


class FeatureExtractor:
    """`TokenFeatures` without the interface of scikit-learn, which a tagger read from a file does not need.

    Parameters, attributes and errors are those of `TokenFeatures`.
    """

    _parameter_rules = {
        "kind": Choice("word", "char"),
        "window": Integer(0, 5),
        "max_affix": Integer(0, 20),
        "conjunctions": Boolean(),
        "columns": ColumnNames(),
        "gazetteers": GazetteerNames(),
        "clusters": WordClusters(),
    }

    def __init__(
        self,
        *,
        kind: str = "word",
        window: int = 2,
        max_affix: int = 4,
        conjunctions: bool = True,
        columns: Sequence[str] = (),
        gazetteers: Mapping[str, Any] | None = None,
        clusters: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        self.kind = kind
        self.window = window
        self.max_affix = max_affix
        self.conjunctions = conjunctions
        self.columns = columns
        self.gazetteers = gazetteers
        self.clusters = clusters

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Check the parameters and index the gazetteers; the sentences are not read.

        Raises
        ------
        ParameterError
            If a parameter breaks its rule.
        TypeError
            If a phrase of a gazetteer is neither a str nor a list of str.
        """
        found = check_parameters(self, owner="TokenFeatures")
        self.n_granularities_ = len(next(iter(found.clusters.values()), ())) if found.clusters else 0
        self.gazetteers_ = {
            name: Gazetteer(name, phrases, characters=self.kind == "char")
            for name, phrases in found.gazetteers.items()
        }
        return self

    def transform(self, X: Sequence[Any]) -> list[list[list[str]]]:
        """Return the attributes of each token of each sentence, as lists of lists of str.

        Parameters
        ----------
        X : list of list of str, or of Columns

        Raises
        ------
        NotFittedError
            If the extractor is not fitted.
        TypeError, ValueError
            As for `encode`.
        """
        index = AttributeIndex()
        encoded = self.encode(X, index, grow=True)
        names = index.index_to_attribute
        bounds, ids = encoded.indptr.tolist(), encoded.indices.tolist()
        tokens = [[names[k] for k in ids[a:b]] for a, b in zip(bounds, bounds[1:])]
        starts = encoded.starts.tolist()
        return [tokens[a:b] for a, b in zip(starts, starts[1:])]

    def encode(
        self,
        X: Sequence[Any],
        index: AttributeIndex,
        *,
        grow: bool,
        min_freq: int = 1,
        more: LexicalColumns | None = None,
    ) -> EncodedSentences:
        """Return the attributes of each token as ids.

        Parameters
        ----------
        X : list of list of str, or of Columns
        index : AttributeIndex
        grow : bool
            Whether attributes that are not in `index` are added to it; otherwise they are dropped.
        min_freq : int
            Attributes of fewer tokens of `X` are dropped, not added to `index`. Only with `grow`.
        more : callable, optional
            A function from the numbered words of `X` to further columns, for a tagger's own lexical features.

        Returns
        -------
        EncodedSentences

        Raises
        ------
        NotFittedError
            If the extractor is not fitted.
        TypeError, ValueError
            If a sentence is not a list of words, or lacks a column; the message names the sentence.
        """
        check_fitted(self, "gazetteers_")
        if isinstance(X, str) or not hasattr(X, "__len__"):
            raise ParameterError("X", "TokenFeatures", "be a list of sentences", X)
        if self.kind == "word":
            _refuse_texts(X)
        words = number_words(X)
        if self.kind == "char":
            _warn_of_words(words.types)
        templates = list(self._templates(X, words, more))
        return encode_templates(words, templates, index, grow=grow, min_freq=min_freq)

    def _templates(
        self, X: Sequence[Any], words: NumberedWords, more: LexicalColumns | None
    ) -> Iterator[Template]:
        offsets = range(-self.window, self.window + 1)
        if self.kind == "word":
            yield from self._word_templates(words, offsets)
        else:
            yield from self._character_templates(words, offsets)
        yield from edges(words)
        for name in self.columns:
            column = column_of(_column_values(X, name), len(words.type_ids), by_type=False)
            yield from neighbours(name, column, offsets)
            yield from self._ngrams(words, name, column, _bigrams(offsets) + _trigrams(offsets))
        for name, column, has_bigrams in chain(self._own_columns(words), more(words) if more else ()):
            yield from neighbours(name, column, offsets)
            if has_bigrams:
                yield from self._ngrams(words, name, column, _touching(_bigrams(offsets)))

    def _word_templates(self, words: NumberedWords, offsets: range) -> Iterator[Template]:
        n_types = len(words.types)
        types = Column(words.types, _identity(words))
        # There are many words, but few distinct letter classes: runs are cut in these only.
        classes = column_of(map(letter_classes, words.types), n_types)
        cut = column_of(map(cut_runs, classes.values), len(classes.values))
        shapes = Column(cut.values, cut.codes[classes.codes])
        yield from neighbours("w", types, offsets)
        yield from neighbours("lower", column_of(map(str.lower, words.types), n_types), offsets)
        yield from neighbours("shape", shapes, offsets)
        lengths = np.fromiter(map(len, words.types), np.int64, n_types)
        for n in range(1, self.max_affix + 1):
            for name, part in ((f"pre{n}=", slice(n)), (f"suf{n}=", slice(-n, None))):
                affixes = column_of(map(itemgetter(part), words.types), n_types)
                affixes.codes[lengths < n] = -1
                yield Template(name, affixes, 0)
        for name, has in FLAGS.items():
            flags = np.array([0 if has(value) else -1 for value in shapes.values], np.int32)
            yield Template(name, Column([""], flags[shapes.codes]), 0)
        yield from self._ngrams(words, "w", types, _touching(_bigrams(offsets)))

    def _character_templates(self, words: NumberedWords, offsets: range) -> Iterator[Template]:
        characters = Column(words.types, _identity(words))
        types = column_of(map(character_type, words.types), len(words.types))
        yield from neighbours("c", characters, offsets)
        yield from neighbours("type", types, offsets)
        for distance in (1, 2):
            repeated = repetitions(words, distance)
            for start in offsets[: len(offsets) - distance]:
                yield Template(f"same[{start}|{start + distance}]", repeated, start)
        skip: Spans = [(-1, 1)] if self.window else []
        yield from self._ngrams(words, "c", characters, _bigrams(offsets) + skip + _trigrams(offsets))
        yield from self._ngrams(words, "type", types, [s for s in _trigrams(offsets) if s[1] == 0])

    def _ngrams(self, words: NumberedWords, name: str, column: Column, spans: Spans) -> Iterator[Template]:
        if self.conjunctions and spans:
            yield from Conjunctions(words, name, column).templates(spans)

    def _own_columns(self, words: NumberedWords) -> Iterator[LexicalColumn]:
        yield from gazetteer_columns(self.gazetteers_, words)
        if self.clusters:
            find = self.clusters.get
            yield from cluster_columns([find(w, find(w.lower())) for w in words.types], self.n_granularities_)


def _bigrams(offsets: range) -> Spans:
    return list(zip(offsets, offsets[1:]))


def _trigrams(offsets: range) -> Spans:
    return list(zip(offsets, offsets[1:], offsets[2:]))


def _touching(spans: Spans) -> Spans:
    """Return the spans that contain the token itself."""
    return [span for span in spans if 0 in span]


def _identity(words: NumberedWords) -> np.ndarray:
    return np.arange(len(words.types), dtype=np.int32)


def _refuse_texts(X: Sequence[Any]) -> None:
    texts = (sentence.words if isinstance(sentence, Columns) else sentence for sentence in X)
    s, text = next(((s, text) for s, text in enumerate(texts) if isinstance(text, str)), (0, None))
    if text is not None:
        raise TypeError(
            f"Sentence {s} is the str {text[:20]!r}, so every character would become a word. Split it into words "
            'first, or set kind="char" to tag characters.'
        )


def _warn_of_words(types: list[str]) -> None:
    """Warn of tokens that are not single characters."""
    # Letters and digits are counted: one character may be several code points, as many emoji are.
    words = [token for token in types if len(token) > 1 and sum(map(str.isalnum, token)) > 1]
    if words:
        longest = max(words, key=len)
        warnings.warn(
            f'Features of kind "char" are those of single characters, but {shown(longest)} is a token here. Split '
            'tokens into characters, or take features of kind "word".',
            stacklevel=2,
        )


def _column_values(X: Sequence[Any], name: str) -> Iterable[str]:
    """Return the values of an extra column of every token, or raise."""
    for s, sentence in enumerate(X):
        if not isinstance(sentence, Columns) or name not in sentence.columns:
            raise ValueError(
                f"Sentence {s} has no column {name!r}, which the columns parameter of TokenFeatures asks for. "
                f"Pass it as Columns(words, {name}=[...])."
            )
        for t, value in enumerate(sentence.columns[name]):
            if not isinstance(value, str):
                raise TypeError(
                    f"The column {name!r} must hold strings. Got {value!r} at token {t} of sentence {s}."
                )
    return chain.from_iterable(sentence.columns[name] for sentence in X)
