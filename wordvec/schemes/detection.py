"""Detection of the scheme that the tags of sentences follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from .prefixes import OUTSIDE, TagParts, checked_sequences, is_tag, split_tag
from .transitions import is_allowed

__all__ = ["count_steps", "detect_scheme", "illegal_steps", "nearest_scheme"]

# What follows which tag how often; each sentence stands between two ends, which are None.
Steps = Counter[tuple[Any, Any]]
# What is not a tag at all, such as a number.
_NO_TAG: Any = object()
# Shares of the tokens: a sentence in ten may have a tag by mistake; single letters are names of other things sooner.
_MAX_STRAY = 0.1
_MAX_STRAY_LETTERS = 0.02
# Of schemes that tags follow equally well, the first is taken: what is legal in BIOS without S is IOB2, too, and what
# is legal in BIEO without spans of one token is BIOES.
_ORDER = (
    "IOB2", "IOB1", "BIOES", "BMES", "BILOU", "IOE2", "IOE1", "BIOS", "BIEO", "BMS", "BMEO", "BMEWO"
)  # fmt: skip


def detect_scheme(tag_sequences: Iterable[Sequence[str]]) -> str | None:
    """Return the scheme of the tags of sentences, or None for tags of another kind (parts of speech).

    The scheme with the fewest illegal transitions and foreign tags is chosen, so that a few errors in the data do not
    matter; `read_tags` counts them. Stray tags, of another scheme or of none (a zero for the letter O), may be up to
    one in ten, and must be fewer than those with a type; `find_stray_tags` finds them. Data with a span in it is never
    legal in both IOB1 and IOB2, nor in both IOE1 and IOE2. Other ties go to the first of IOB2, IOB1, BIOES, BMES,
    BILOU, IOE2, IOE1, BIOS, BIEO, BMS, BMEO, BMEWO, except that bare prefixes are read as BMES rather than BIOES. So
    tags that are all ``"O"`` are IOB2, and tags of BIEO are BIOES if no span is a single token: their spans are the
    same in both. Bare prefixes may be names of anything: if they break a rule of the scheme anywhere, or if there are
    no tags, the result is None.

    Parameters
    ----------
    tag_sequences : iterable of sequences of str
        The tags of each sentence.

    Returns
    -------
    str or None
        "IOB1", "IOB2", "IOE1", "IOE2", "BIOES", "BMES", "BILOU", "BMEWO", "BIOS", "BMS", "BIEO" or "BMEO"; or None.

    Raises
    ------
    TypeError
        If the tags are not lists of tags.

    Examples
    --------
    >>> detect_scheme([["B-PER", "E-PER", "O", "S-LOC"]])
    'BIOES'
    >>> detect_scheme([["B-PER", "I-PER", "O", "S-LOC"]])
    'BIOS'
    >>> detect_scheme([list("BMESS")])
    'BMES'
    >>> detect_scheme([["NNP", "VBZ"]]) is None
    True
    """
    return nearest_scheme(count_steps(tag_sequences), may_be_mixed=False)


def count_steps(tag_sequences: Iterable[Sequence[str]]) -> Steps:
    """Count which tag follows which, including the two ends of each sentence."""
    steps: Steps = Counter()
    for tags in checked_sequences(tag_sequences):
        # A value other than a str is not a tag, and might not be hashable.
        known = [tag if isinstance(tag, str) else _NO_TAG for tag in tags]
        if known:
            steps.update(zip(chain((None,), known), chain(known, (None,))))
    return steps


def nearest_scheme(steps: Steps, *, may_be_mixed: bool) -> str | None:
    """Return the scheme with the fewest errors, or None if every scheme has too many.

    Parameters
    ----------
    steps : Counter of (tag, tag)
    may_be_mixed : bool
        Whether tags with a type may be of several schemes, no matter how many are not of the one returned.
    """
    counts: Counter[Any] = Counter()
    for (before, _), n_times in steps.items():
        counts[before] += n_times
    counts.pop(None, None)
    known = [tag for tag in counts if is_tag(tag)]
    if not known:
        return None
    if all(len(tag) == 1 for tag in known):
        costs = {scheme: _cost_of_letters(steps, counts, scheme) for scheme in _order_of_letters(counts)}
    else:
        costs = {scheme: _cost(steps, counts, scheme, may_be_mixed=may_be_mixed) for scheme in _ORDER}
    candidates = [scheme for scheme, cost in costs.items() if cost is not None]
    return min(candidates, key=lambda scheme: costs[scheme] or 0, default=None)


def illegal_steps(steps: Steps, scheme: str) -> set[tuple[Any, Any]]:
    """Return the steps that a scheme forbids, except those from or to a foreign tag."""
    found = set()
    for before, tag in steps:
        first, second = _parts(before, scheme), _parts(tag, scheme)
        if first is not None and second is not None and not is_allowed(first, second, scheme):
            found.add((before, tag))
    return found


def _cost(steps: Steps, counts: Counter[Any], scheme: str, *, may_be_mixed: bool) -> int | None:
    """Return the number of errors if the tags are read in a scheme, or None if there are too many."""
    n_tokens = counts.total()
    n_own = sum(counts[tag] for tag in counts if is_tag(tag, scheme))
    # Of those that are not its own, which must not be too many.
    n_others = n_tokens - sum(counts[tag] for tag in counts if is_tag(tag, None if may_be_mixed else scheme))
    n_typed = n_tokens - n_others - counts["O"]
    if n_others and (n_others > _MAX_STRAY * n_tokens or n_others >= n_typed):
        return None
    return _count_illegal(steps, scheme) + n_tokens - n_own


def _cost_of_letters(steps: Steps, counts: Counter[Any], scheme: str) -> int | None:
    """Return the number of errors if single letters are read as tags of a scheme; they may be names of anything."""
    n_tokens = counts.total()
    n_stray = n_tokens - sum(counts[tag] for tag in counts if is_tag(tag, scheme))
    return None if n_stray > _MAX_STRAY_LETTERS * n_tokens or _count_illegal(steps, scheme) else n_stray


def _order_of_letters(counts: Counter[Any]) -> list[str]:
    """Return the order in which schemes are tried for bare prefixes, which mostly encode segmentation."""
    order = ["IOB2", "IOB1", "BMES", "BIOES", *_ORDER[4:]]
    # The letter E alone is a name of something else.
    return [scheme for scheme in order if scheme not in ("IOE1", "IOE2") or "I" in counts]


def _count_illegal(steps: Steps, scheme: str) -> int:
    return sum(steps[step] for step in illegal_steps(steps, scheme))


def _parts(tag: Any, scheme: str) -> TagParts | None:
    if tag is None:
        return OUTSIDE
    return split_tag(tag, scheme) if isinstance(tag, str) else None
