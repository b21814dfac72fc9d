"""A dictionary of the training data, for features of tokens: the tags of words, and the names in sentences.

A sentence that the dictionary was made from would find its own tags in it, and training would trust it far more than
it deserves. So each training sentence is looked up in a dictionary of the other folds alone (`cross_fitted`), as in
stacking (Wolpert 1992, "Stacked generalization", Neural Networks 5); new sentences in a dictionary of all folds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from wordvec.schemes.prefixes import UNTYPED
from wordvec.schemes.spans import tags_to_spans

from ..kernels.extraction import mark_longest
from .encoding import NumberedWords, number_values, number_words
from .extraction import Column, LexicalColumn, column_of, escaped
from .phrases import PhraseTable

N_FOLDS = 10
# Neighbouring sentences are often of one document, which repeats its names: whole blocks of them share a fold, so
# that they do not learn more from each other than a new document could.
_MOST_IN_BLOCK, _BLOCKS_IN_FOLD = 100, 10
# A word keeps its three most frequent tags, if at least a twentieth of its tokens have them.
_MOST_TAGS, _LEAST_SHARE = 3, 0.05
_UNKNOWN = "?"
_LONGEST_PHRASE = 8
_ROLES = "BIES"


class TagDictionary:
    """The tags of words, and the types of names, in training data.

    Parameters
    ----------
    tags : mapping of str to str
        The frequent tags of words in lower case, for the column ``dict.tags``; empty for no such column.
    phrases : mapping of tuple of str to str
        The types of names, for the columns ``dict.name``, where the longest names are marked from left to right, and
        ``dict.begins``, ``dict.ends`` and ``dict.inside``, the lengths of the longest ones; empty for no such columns.
    """

    def __init__(self, tags: Mapping[str, str], phrases: Mapping[tuple[str, ...], str]) -> None:
        self.tags, self.phrases = dict(tags), dict(phrases)
        self._types = sorted(set(self.phrases.values()))
        words = number_words(list(self.phrases))
        self._word_ids = {word: number for number, word in enumerate(words.types)}
        lengths = np.diff(words.starts)
        self._table = PhraseTable(words.type_ids, len(words.types), words.starts[:-1], lengths)
        kinds = np.array([self._types.index(kind) for kind in self.phrases.values()], np.int64)
        self._kinds = [_most_frequent(counts) for counts in self._table.counts(kinds, len(self._types))]

    def columns(self, words: NumberedWords) -> list[LexicalColumn]:
        """Return the columns of new sentences."""
        found = []
        if self.tags:
            values = (self.tags.get(word.lower(), _UNKNOWN) for word in words.types)
            found.append(_tag_column(column_of(values, len(words.types))))
        if self.phrases:
            own_ids = np.array([self._word_ids.get(word, -1) for word in words.types], np.int32)
            hits = _Hits(len(words.type_ids))
            for level, (places, nodes) in enumerate(self._table.find(words.starts, own_ids[words.type_ids])):
                hits.add(level + 1, places, self._kinds[level][nodes])
            found += hits.columns(self._types)
        return found

    def plain(self) -> dict[str, Any]:
        """Return the dictionary as JSON types."""
        return {"tags": self.tags, "phrases": [[list(phrase), kind] for phrase, kind in self.phrases.items()]}

    @classmethod
    def of_plain(cls, value: Any) -> TagDictionary:
        """Return the dictionary that `plain` returned as JSON types, or raise ValueError."""
        tags, phrases = value["tags"], {tuple(phrase): kind for phrase, kind in value["phrases"]}
        strings = chain(tags, tags.values(), phrases.values(), chain.from_iterable(phrases))
        if not all(isinstance(each, str) for each in strings):
            raise ValueError("its dictionary does not hold strings")
        return cls(tags, phrases)


def draw_folds(n_sentences: int, seed: int) -> np.ndarray:
    """Return the fold of each sentence, int64 (n_sentences,): blocks of neighbours, dealt out at random."""
    size = min(max(n_sentences // (N_FOLDS * _BLOCKS_IN_FOLD), 1), _MOST_IN_BLOCK)
    n_blocks = -(-n_sentences // size)
    of_block = np.random.default_rng(seed).permutation(np.arange(n_blocks) % N_FOLDS)
    return np.repeat(of_block, size)[:n_sentences]


def cross_fitted(
    X: Sequence[Any], tags: Sequence[Sequence[str]], folds: np.ndarray, *, by_name: bool
) -> tuple[TagDictionary, list[LexicalColumn]]:
    """Return the dictionary of training sentences, and their own columns by the dictionaries of the other folds.

    Parameters
    ----------
    X : list of sentences
    tags : list of lists of str
    folds : int64 (n_sentences,)
        The fold of each sentence.
    by_name : bool
        Whether to look up whole names, for tokens that are characters; otherwise the tags of words.
    """
    words = number_words(X)
    token_folds = np.repeat(folds, np.diff(words.starts))
    if by_name:
        return TagDictionary({}, _phrases(X, tags)), _cross_fitted_names(words, tags, token_folds)
    known_tags, column = _cross_fitted_tags(words, tags, token_folds)
    return TagDictionary(known_tags, {}), [column]


def _cross_fitted_tags(
    words: NumberedWords, tags: Sequence[Sequence[str]], token_folds: np.ndarray
) -> tuple[dict[str, str], LexicalColumn]:
    lower, lower_of_type = number_values(map(str.lower, words.types), len(words.types))
    labels, tag_ids = number_values(chain.from_iterable(tags), len(words.type_ids))
    # Labels in sorted order, so that ties are broken by name, not by the order of the sentences.
    rank = np.argsort(np.argsort(labels))
    labels, tag_ids = sorted(labels), rank[tag_ids]
    word_ids = lower_of_type[words.type_ids].astype(np.int64)
    pairs, pair_of = np.unique(word_ids * len(labels) + tag_ids, return_inverse=True)
    totals = np.bincount(pair_of, minlength=len(pairs))
    codes = np.zeros(len(word_ids), np.int64)
    for fold in range(N_FOLDS):
        is_own = token_folds == fold
        others = totals - np.bincount(pair_of[is_own], minlength=len(pairs))
        codes[is_own] = _tag_codes(pairs, others, len(lower), len(labels))[word_ids[is_own]]
    distinct, code_of = np.unique(codes, return_inverse=True)
    column = Column([_spelled(code, labels) for code in distinct.tolist()], code_of.astype(np.int32), False)
    whole = _tag_codes(pairs, totals, len(lower), len(labels)).tolist()
    spelled = {code: _spelled(code, labels) for code in set(whole)}
    return {word: spelled[code] for word, code in zip(lower, whole)}, _tag_column(column)


def _tag_codes(pairs: np.ndarray, counts: np.ndarray, n_words: int, n_labels: int) -> np.ndarray:
    """Return a number for the frequent tags of each word, int64 (n_words,), 0 for none.

    Its digits to the base ``n_labels + 1`` are the tags from 1, the most frequent one last.

    Parameters
    ----------
    pairs : int64 (n_pairs,)
        ``word * n_labels + tag``, ascending.
    counts : int64 (n_pairs,)
    """
    kept = np.flatnonzero(counts)
    word_ids, tag_ids = np.divmod(pairs[kept], n_labels)
    numbers = counts[kept]
    order = np.lexsort((tag_ids, -numbers, word_ids))
    word_ids, tag_ids, numbers = word_ids[order], tag_ids[order], numbers[order]
    firsts = np.searchsorted(word_ids, word_ids)
    place = np.arange(len(word_ids)) - firsts
    sums = np.bincount(word_ids, numbers, n_words)
    frequent = (place < _MOST_TAGS) & (numbers >= _LEAST_SHARE * sums[word_ids])
    codes = np.zeros(n_words, np.int64)
    digits = (tag_ids + 1) * (n_labels + 1) ** place.clip(max=_MOST_TAGS)
    np.add.at(codes, word_ids[frequent], digits[frequent])
    return codes


def _spelled(code: int, labels: Sequence[str]) -> str:
    """Return the tags of a number from `_tag_codes`, the most frequent one first."""
    tags = []
    while code:
        code, digit = divmod(code, len(labels) + 1)
        tags.append(escaped(labels[digit - 1]))
    return "|".join(tags) or _UNKNOWN


def _cross_fitted_names(
    words: NumberedWords, tags: Sequence[Sequence[str]], token_folds: np.ndarray
) -> list[LexicalColumn]:
    spans = list(_spans(tags))
    types = sorted({kind for _, kind, _, _ in spans})
    number_of = {kind: number for number, kind in enumerate(types)}
    kinds = np.array([number_of[kind] for _, kind, _, _ in spans], np.int64)
    sentences, firsts, lasts = (np.array([span[k] for span in spans], np.int64) for k in (0, 2, 3))
    begins = words.starts[sentences] + firsts
    table = PhraseTable(words.type_ids, len(words.types), begins, lasts - firsts)
    own_folds = token_folds[begins]
    totals = table.counts(kinds, len(types))
    best = [np.empty((N_FOLDS, len(counts)), np.int32) for counts in totals]
    for fold in range(N_FOLDS):
        own = table.counts(np.where(own_folds == fold, kinds, -1), len(types))
        for level, counts in enumerate(totals):
            best[level][fold] = _most_frequent(counts - own[level])
    hits = _Hits(len(words.type_ids))
    for level, (places, nodes) in enumerate(table.find(words.starts, words.type_ids)):
        hits.add(level + 1, places, best[level][token_folds[places], nodes])
    return hits.columns(types)


def _spans(tags: Sequence[Sequence[str]]) -> Iterator[tuple[int, str, int, int]]:
    """Yield the sentence, type, start and end of each name that is not too long."""
    for number, sentence in enumerate(tags):
        for kind, first, last in tags_to_spans(sentence):
            if last - first <= _LONGEST_PHRASE:
                yield number, kind, first, last


def _phrases(X: Sequence[Any], tags: Sequence[Sequence[str]]) -> dict[tuple[str, ...], str]:
    """Return the most frequent type of each name."""
    counts = Counter((tuple(X[s][first:last]), kind) for s, kind, first, last in _spans(tags))
    found: dict[tuple[str, ...], str] = {}
    for phrase, kind in sorted(counts):
        if phrase not in found or counts[phrase, kind] > counts[phrase, found[phrase]]:
            found[phrase] = kind
    return found


def _most_frequent(counts: np.ndarray) -> np.ndarray:
    """Return the most frequent kind of each node, -1 where there is none."""
    return np.where(counts.any(axis=1), counts.argmax(axis=1), -1).astype(np.int32)


class _Hits:
    """The longest phrases that begin, end and continue at each token, and the types of those that begin."""

    def __init__(self, n_tokens: int) -> None:
        self._begins, self._ends, self._inside, self._kinds = np.zeros((4, n_tokens), np.int32)

    def add(self, length: int, places: np.ndarray, kinds: np.ndarray) -> None:
        """Note phrases that are longer than those before; a kind of -1 is no phrase."""
        firsts = places[kinds >= 0]
        self._begins[firsts] = length
        self._kinds[firsts] = kinds[kinds >= 0]
        self._ends[firsts + length - 1] = length
        for distance in range(1, length - 1):
            self._inside[firsts + distance] = length

    def columns(self, types: Sequence[str]) -> list[LexicalColumn]:
        """Return the column that marks phrases from left to right, the longest first, and those of lengths."""
        codes = np.full(len(self._begins), -1, np.int32)
        mark_longest(self._begins, self._kinds, codes)
        values = [f"{role}-{kind}" if kind != UNTYPED else role for kind in types for role in _ROLES]
        columns = {"name": Column(values, codes, by_type=False)}
        lengths = list(map(str, range(_LONGEST_PHRASE + 1)))
        for name, own in (("begins", self._begins), ("ends", self._ends), ("inside", self._inside)):
            columns[name] = Column(lengths, own, by_type=False)
        return [LexicalColumn(f"dict.{name}", column, has_bigrams=True) for name, column in columns.items()]


def _tag_column(column: Column) -> LexicalColumn:
    return LexicalColumn("dict.tags", column, has_bigrams=True)
