"""Detection of the scheme that the tags of some sentences follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from .prefixes import OUTSIDE, TagParts, checked_sequences, is_tag, split_tag
from .transitions import is_allowed

__all__ = ["detect_scheme"]

# What stands before and after the tags of a sentence.
_END: Any = object()
# Shares of the tokens: a sentence in ten may have a tag by mistake; single letters are names of other things sooner.
_MAX_STRAY = 0.1
_MAX_STRAY_LETTERS = 0.02


def detect_scheme(tag_sequences: Iterable[Sequence[str]]) -> str | None:
    """Return the scheme of some sentences' tags, or None for tags of another kind (parts of speech).

    The scheme with the fewest illegal transitions and tags that are not of it is chosen, so that a few errors in
    the data do not matter. Stray tags, of another scheme or of none (a zero for the letter O), may be one in ten,
    and fewer than those with a type; `find_stray_tags` finds them. Data with a span in it is never legal in both IOB1
    and IOB2. Other ties go to the first of IOB2, IOB1, BIOES, BMES, BILOU, except that bare prefixes are taken for
    BMES rather than BIOES. So tags that are all ``"O"`` are IOB2. Bare prefixes may be names of anything: if they
    break a rule of the scheme anywhere, or if there are no tags, the answer is None.

    Parameters
    ----------
    tag_sequences : iterable of sequences of str
        The tags of each sentence.

    Returns
    -------
    str or None
        One of "IOB1", "IOB2", "BIOES", "BMES", "BILOU", or None.

    Raises
    ------
    TypeError
        If the tags are not lists of tags.

    Examples
    --------
    >>> detect_scheme([["B-PER", "E-PER", "O", "S-LOC"]])
    'BIOES'
    >>> detect_scheme([list("BMESS")])
    'BMES'
    >>> detect_scheme([["NNP", "VBZ"]]) is None
    True
    """
    steps = _count_steps(tag_sequences)
    counts: Counter[Any] = Counter()
    for (_, tag), n_times in steps.items():
        counts[tag] += n_times
    counts[_END] = 0
    known = [tag for tag in counts if is_tag(tag)]
    if not steps or not known:
        return None
    is_bare = all(len(tag) == 1 for tag in known)
    order = ["IOB2", "IOB1", *(["BMES", "BIOES"] if is_bare else ["BIOES", "BMES"]), "BILOU"]
    costs = {scheme: _cost(steps, counts, scheme, is_bare=is_bare) for scheme in order}
    candidates = [scheme for scheme in order if costs[scheme] is not None]
    return min(candidates, key=lambda scheme: costs[scheme] or 0, default=None)


def _cost(steps: Counter[tuple[Any, Any]], counts: Counter[Any], scheme: str, *, is_bare: bool) -> int | None:
    """Return the number of errors if the tags are of a scheme, or None if there are too many for that."""
    own = {tag for tag in counts if is_tag(tag, scheme)}
    n_tokens = counts.total()
    n_own = sum(counts[tag] for tag in own)
    n_stray = n_tokens - n_own
    n_illegal = _count_illegal(steps, scheme)
    if is_bare:
        # Names of anything may be single letters.
        return n_stray if not n_illegal and n_stray <= _MAX_STRAY_LETTERS * n_tokens else None
    n_typed = n_own - counts["O"]
    if n_stray and (n_stray > _MAX_STRAY * n_tokens or n_stray >= n_typed):
        return None
    return n_illegal + n_stray


def _count_steps(tag_sequences: Iterable[Sequence[str]]) -> Counter[tuple[Any, Any]]:
    """Count which tag follows which; each sentence stands between two ends."""
    steps: Counter[tuple[Any, Any]] = Counter()
    for tags in checked_sequences(tag_sequences):
        # A value other than a str is not a tag, and might not be hashable.
        known = [tag if isinstance(tag, str) else None for tag in tags]
        if known:
            steps.update(zip(chain((_END,), known), chain(known, (_END,))))
    return steps


def _count_illegal(steps: Counter[tuple[Any, Any]], scheme: str) -> int:
    """Count the steps that a scheme forbids; those from and to a stray tag are not its."""
    count = 0
    for (before, tag), n_times in steps.items():
        first, second = _parts(before, scheme), _parts(tag, scheme)
        count += n_times * (
            first is not None and second is not None and not is_allowed(first, second, scheme)
        )
    return count


def _parts(tag: Any, scheme: str) -> TagParts | None:
    if tag is _END:
        return OUTSIDE
    return split_tag(tag, scheme) if isinstance(tag, str) else None
