"""Detection of the scheme that the tags of some sentences follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from .prefixes import OUTSIDE, PREFIXES, checked_sequences, is_tag, split_tag
from .transitions import is_allowed

__all__ = ["detect_scheme"]


def detect_scheme(tag_sequences: Iterable[Sequence[str]]) -> str | None:
    """Return the scheme of some sentences' tags, or None for tags of another kind (parts of speech).

    Of the schemes that have all the prefixes, the one with the fewest illegal transitions is chosen, so that a
    few errors in the data do not matter. Data with a span in it is never legal in both IOB1 and IOB2. Other ties
    go to the first of IOB2, IOB1, BIOES, BMES, BILOU, except that bare prefixes are taken for BMES rather than
    BIOES. So tags that are all ``"O"`` are IOB2. Bare prefixes may be names of anything: if they break a rule of
    the scheme anywhere, or if there are no tags, the answer is None.

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
    tags = {tag for step in steps for tag in step}
    if not steps or not all(map(is_tag, tags)):
        return None
    prefixes = {tag[0] for tag in tags} - {"O"}
    is_bare = all(len(tag) == 1 for tag in tags)
    order = ["IOB2", "IOB1", *(["BMES", "BIOES"] if is_bare else ["BIOES", "BMES"]), "BILOU"]
    candidates = [scheme for scheme in order if prefixes <= set(PREFIXES[scheme])]
    n_illegal = [_count_illegal(steps, scheme) for scheme in candidates]
    if not candidates or (is_bare and min(n_illegal)):
        return None
    return candidates[n_illegal.index(min(n_illegal))]


def _count_steps(tag_sequences: Iterable[Sequence[str]]) -> Counter[tuple[Any, Any]]:
    """Count which tag follows which; each sentence stands between two "O"."""
    steps: Counter[tuple[Any, Any]] = Counter()
    for tags in checked_sequences(tag_sequences):
        # A value other than a str is not a tag, and might not be hashable.
        known = [tag if isinstance(tag, str) else None for tag in tags]
        if known:
            steps.update(zip(chain("O", known), chain(known, "O")))
    return steps


def _count_illegal(steps: Counter[tuple[str, str]], scheme: str) -> int:
    count = 0
    for (before, tag), n_times in steps.items():
        parts = split_tag(before, scheme), split_tag(tag, scheme)
        if not is_allowed(parts[0] or OUTSIDE, parts[1] or OUTSIDE, scheme):
            count += n_times
    return count
