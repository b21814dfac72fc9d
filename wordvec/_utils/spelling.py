"""The error for a word that is not in a vocabulary, with similar spellings that are."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Sequence
from itertools import islice

from wordvec._utils.messages import counted

# Words that are compared whatever their first character is. The rest of a large vocabulary is compared only
# where the first character agrees: that keeps a million words under 0.3 s.
N_FREQUENT = 20_000
N_SAME_LETTER = 60_000
N_SHORTLIST = 200


class UnknownWordError(KeyError):
    """A word is not in the vocabulary. A KeyError whose text is a sentence, not a repr."""

    def __str__(self) -> str:
        return str(self.args[0])


def unknown_word(word: str, vocabulary: Sequence[str], reason: str = "") -> UnknownWordError:
    """Return the error for `word`, which names words of `vocabulary` with a similar spelling.

    These are the words that differ only in case, or up to three others. `reason` says what else was tried.
    """
    also = f", and {reason}" if reason else ""
    message = f"The word {word!r} is not in the vocabulary ({counted(len(vocabulary), 'word')}){also}."
    folded = word.casefold()
    same = [other for other in vocabulary if len(other) == len(word) and other.casefold() == folded]
    if same:
        found = " and ".join(map(repr, same[:3]))
        return UnknownWordError(
            f"{message} {found} {'differs' if len(same) == 1 else 'differ'} in case alone."
        )
    nearest = nearest_spellings(word, vocabulary)
    if nearest:
        message += f" Nearest spellings: {', '.join(repr(other) for other in nearest)}."
    return UnknownWordError(message)


def nearest_spellings(word: str, vocabulary: Sequence[str], n: int = 3) -> list[str]:
    """Return up to `n` words of `vocabulary`, by decreasing frequency, that are spelt most like `word`.

    This applies `difflib.get_close_matches` to the 200 words that share the most character bigrams with `word`.
    """
    low, high = len(word) - 2, len(word) + 2
    heads = {word[:1].lower(), word[:1].upper()}
    candidates = [other for other in islice(vocabulary, N_FREQUENT) if low <= len(other) <= high]
    same_letter = (
        other
        for other in islice(vocabulary, N_FREQUENT, None)
        if other[:1] in heads and low <= len(other) <= high
    )
    candidates += islice(same_letter, N_SAME_LETTER)
    folded = word.lower()
    pairs = {folded[place : place + 2] for place in range(len(folded) - 1)}
    shortlist = heapq.nlargest(N_SHORTLIST, candidates, key=lambda other: _n_shared(pairs, other))
    return difflib.get_close_matches(word, shortlist, n=n)


def _n_shared(pairs: set[str], other: str) -> int:
    return sum(map(other.lower().__contains__, pairs))
