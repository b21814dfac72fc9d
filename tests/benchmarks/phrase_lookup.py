"""Translation by looking up phrases, the baseline of `bench_translation.py`: word alignments of IBM's model 1.

Brown et al. (1993); phrases consistent with the intersection of both directions as in Och and Ney (2004). A sentence
is cut from the left into the longest phrases that were seen, each gives its most frequent translation, in the same
order; a word that was never seen stays as it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

ITERATIONS, LONGEST = 8, 5
Sentence = Sequence[str]


def align(sources: Sequence[Sentence], targets: Sequence[Sentence]) -> list[list[int]]:
    """Return the place of the source word that each target word comes from, -1 for none (the empty word)."""
    source_ids: dict[str, int] = {"": 0}
    target_ids: dict[str, int] = {}
    first, second, group, places = [], [], [], []
    n_words = 0
    for source, target in zip(sources, targets):
        own = [0, *(source_ids.setdefault(word, len(source_ids)) for word in source)]
        for word in target:
            number = target_ids.setdefault(word, len(target_ids))
            first += own
            second += [number] * len(own)
            group += [n_words] * len(own)
            places += range(-1, len(source))
            n_words += 1
    source_of, target_of, word_of = (np.array(part, np.int64) for part in (first, second, group))
    pairs, pair_of = np.unique(source_of * len(target_ids) + target_of, return_inverse=True)
    source_of_pair = pairs // len(target_ids)
    t_P = np.full(len(pairs), 1.0 / len(target_ids))
    for _ in range(ITERATIONS):
        p = t_P[pair_of]
        p /= np.bincount(word_of, p, n_words)[word_of]
        counts_P = np.bincount(pair_of, p, len(pairs))
        t_P = counts_P / np.bincount(source_of_pair, counts_P, len(source_ids))[source_of_pair]
    # The best link of each target word; of equals the first.
    order = np.lexsort((-t_P[pair_of], word_of))
    best = order[np.unique(word_of[order], return_index=True)[1]]
    chosen = np.array(places, np.int64)[best].tolist()
    ends = np.cumsum([len(target) for target in targets])
    return [chosen[end - len(target) : end] for target, end in zip(targets, ends.tolist())]


class PhraseTable:
    """The most frequent translation of each phrase of at most LONGEST words."""

    def __init__(self, sources: Sequence[Sentence], targets: Sequence[Sentence]) -> None:
        found: defaultdict[tuple[str, ...], Counter[tuple[str, ...]]] = defaultdict(Counter)
        forward, backward = align(sources, targets), align(targets, sources)
        for source, target, ahead, back in zip(sources, targets, forward, backward):
            links = {(s, t) for t, s in enumerate(ahead) if s >= 0 and back[s] == t}
            for phrase, other in _consistent(source, target, links):
                found[phrase][other] += 1
        self.best = {phrase: max(others, key=lambda o: (others[o], o)) for phrase, others in found.items()}

    def translate(self, sentence: Sentence) -> list[str]:
        """Return the words of a translation."""
        made: list[str] = []
        place = 0
        while place < len(sentence):
            for length in range(min(LONGEST, len(sentence) - place), 0, -1):
                if (other := self.best.get(tuple(sentence[place : place + length]))) is not None:
                    made += other
                    break
            else:
                length = 1
                made.append(sentence[place])
            place += length
        return made


def _consistent(
    source: Sentence, target: Sentence, links: set[tuple[int, int]]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the phrase pairs that no link leaves: the shortest targets of source phrases."""
    found = []
    for start in range(len(source)):
        for end in range(start, min(start + LONGEST, len(source))):
            inside = [t for s, t in links if start <= s <= end]
            if not inside:
                continue
            low, high = min(inside), max(inside)
            is_whole = all(start <= s <= end for s, t in links if low <= t <= high)
            if is_whole and high - low < LONGEST:
                found.append((tuple(source[start : end + 1]), tuple(target[low : high + 1])))
    return found
