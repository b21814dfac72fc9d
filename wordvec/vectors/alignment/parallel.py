"""`dictionary_from_parallel`: pairs of words that translate each other in both directions, by IBM model 1."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.validation import check_float, check_int
from wordvec.text.lists import iterate_rows

__all__ = ["ScoredPair", "dictionary_from_parallel"]

MIN_MEMORY, MAX_MEMORY = 1 << 24, 1 << 30
# An entry is an id and a probability; both directions are kept until they are intersected.
_ENTRY_BYTES = 2 * (4 + 8)
_NULL = 0  # the word of the source that stands for none


class ScoredPair(NamedTuple):
    """A word, its translation, and the geometric mean of their probabilities given each other, at most 1."""

    source: str
    target: str
    score: float


@dataclass(frozen=True)
class _Side:
    """The sentences of one language: ids, from 1, of the words that are frequent enough; 0 is the null word."""

    words: list[str]
    ids: np.ndarray  # int32 (n,)
    starts: np.ndarray  # int64 (n_sentences + 1,)


def dictionary_from_parallel(
    source_sentences: Iterable[Sequence[str]],
    target_sentences: Iterable[Sequence[str]],
    *,
    n_iter: int = 5,
    min_count: int = 3,
    min_probability: float = 0.1,
    max_memory: int = MAX_MEMORY,
) -> list[ScoredPair]:
    """Return pairs of words that translate each other in parallel sentences.

    IBM model 1 estimates the probability of each target word given a source word, and the reverse; a pair is kept if
    both are large enough. A word may have several translations.

    Parameters
    ----------
    source_sentences, target_sentences : iterable of list of str, or LineCorpus
        Sentence k of one is the translation of sentence k of the other. Each is read once.
    n_iter : int
        Steps of expectation maximisation in each direction.
    min_count : int
        Rarer words get no translation and are removed from the sentences.
    min_probability : float
        The minimum probability in both directions, from 0 to 1.
    max_memory : int
        Bytes for the probabilities, 16 MiB or more.

    Returns
    -------
    list of ScoredPair
        By decreasing score, ties in order of the words.

    Raises
    ------
    ValueError
        If the texts differ in their number of sentences, no word is frequent enough, or the pairs of words that occur
        together exceed `max_memory`.

    Examples
    --------
    >>> english = [["the", "house"], ["the", "book"], ["a", "book"], ["a", "house"]] * 3
    >>> german = [["das", "Haus"], ["das", "Buch"], ["ein", "Buch"], ["ein", "Haus"]] * 3
    >>> pairs = dictionary_from_parallel(english, german, n_iter=20)
    >>> sorted((pair.source, pair.target) for pair in pairs)
    [('a', 'ein'), ('book', 'Buch'), ('house', 'Haus'), ('the', 'das')]

    References
    ----------
    Brown, Della Pietra, Della Pietra and Mercer (1993), "The Mathematics of Statistical Machine Translation: Parameter
    Estimation", Computational Linguistics 19(2), section 4.1.
    """
    owner = "dictionary_from_parallel"
    n_iter = check_int("n_iter", n_iter, owner, 1)
    min_count = check_int("min_count", min_count, owner, 1)
    min_probability = check_float("min_probability", min_probability, owner, 0, 1)
    max_memory = check_int("max_memory", max_memory, owner, MIN_MEMORY)
    source = _encoded("source_sentences", source_sentences, min_count)
    target = _encoded("target_sentences", target_sentences, min_count)
    if len(source.starts) != len(target.starts):
        rule = f"have a sentence for each of the {len(source.starts) - 1:,} of source_sentences"
        raise ParameterError("target_sentences", owner, rule, len(target.starts) - 1)
    forwards = _model1(source, target, n_iter, max_memory)
    backwards = _model1(target, source, n_iter, max_memory)
    return _intersected(source.words, target.words, forwards, backwards, min_probability)


def _encoded(name: str, sentences: Iterable[Sequence[str]], min_count: int) -> _Side:
    """Return sentences as ids of the words that are frequent enough, by decreasing count."""
    number_of_word: dict[str, int] = {}
    numbers, lengths = array("i"), array("q", [0])
    for place, sentence in enumerate(iterate_rows(sentences, "dictionary_from_parallel", name, "sentence")):
        if isinstance(sentence, str):
            rule = f"hold lists of words, as {name}[{place}] is not"
            raise ParameterError(name, "dictionary_from_parallel", rule, sentence)
        numbers.extend([number_of_word.setdefault(word, len(number_of_word)) for word in sentence])
        lengths.append(len(sentence))
    tokens = np.frombuffer(numbers, np.int32)
    counts = np.bincount(tokens, minlength=len(number_of_word))
    order = np.argsort(-counts, kind="stable")
    kept = order[counts[order] >= min_count]
    if not len(kept):
        rule = f"hold a word that is seen {min_count} times, the {{min_count}}"
        raise ParameterError(name, "dictionary_from_parallel", rule, sentences)
    id_of_number = np.zeros(len(counts), np.int32)
    id_of_number[kept] = np.arange(1, len(kept) + 1)
    ids = id_of_number[tokens]
    n_kept_before = np.concatenate([[0], np.cumsum(ids > 0)])
    spellings = list(number_of_word)
    return _Side([spellings[number] for number in kept], ids[ids > 0], n_kept_before[np.cumsum(lengths)])


def _model1(source: _Side, target: _Side, n_iter: int, max_memory: int) -> tuple[np.ndarray, ...]:
    """Return t(f | e) of IBM model 1 for words that occur together: ids e, ids f, float64; each (n_entries,)."""
    from wordvec.kernels.text import translations as kernels

    n_sentences = len(source.starts) - 1
    # The empty word stands first in every sentence.
    ids = np.insert(source.ids, source.starts[:-1], _NULL)
    place_starts = np.zeros(len(source.words) + 2, np.int64)
    places = np.empty(len(ids), np.int32)
    kernels.invert(ids, source.starts + np.arange(n_sentences + 1), place_starts, places)
    row_starts = np.zeros(len(place_starts), np.int64)
    met = (place_starts, places, target.ids, target.starts)
    kernels.count_entries(*met, np.full(len(target.words) + 1, -1, np.int32), row_starts)
    n_bytes = _ENTRY_BYTES * int(row_starts[-1])
    if n_bytes > max_memory:
        raise AdvisedError(
            f"{row_starts[-1]:,} pairs of words meet in the sentences, and their probabilities take {n_bytes:,} bytes.",
            "a larger {min_count}",
            f"{{max_memory={n_bytes}}}",
        )
    entry_ids = np.empty(row_starts[-1], np.int32)
    kernels.list_entries(*met, np.full(len(target.words) + 1, -1, np.int32), entry_ids)
    n_entries_E = np.diff(row_starts)
    # Uniform at first; from any positive start, model 1 climbs to a global maximum.
    probabilities = 1 / np.repeat(n_entries_E, n_entries_E)
    totals, entry_of_V = np.empty(len(target.ids)), np.zeros(len(target.words) + 1, np.int64)
    for _ in range(n_iter):
        kernels.expect_and_maximise(*met, row_starts, entry_ids, probabilities, totals, entry_of_V)
    return np.repeat(np.arange(len(n_entries_E)), n_entries_E), entry_ids, probabilities


def _intersected(
    source_words: list[str],
    target_words: list[str],
    forwards: tuple[np.ndarray, ...],
    backwards: tuple[np.ndarray, ...],
    min_probability: float,
) -> list[ScoredPair]:
    """Return pairs that are probable enough in both directions."""
    probable = []
    for givens, others, probabilities in (forwards, backwards):
        kept = (probabilities >= min_probability) & (givens != _NULL)
        probable.append((givens[kept].tolist(), others[kept].tolist(), probabilities[kept].tolist()))
    given_target = {(e, f): p for f, e, p in zip(*probable[1])}
    pairs = [
        ScoredPair(source_words[e - 1], target_words[f - 1], float(np.sqrt(p * given_target[e, f])))
        for e, f, p in zip(*probable[0])
        if (e, f) in given_target
    ]
    return sorted(pairs, key=lambda pair: (-pair.score, pair.source, pair.target))
