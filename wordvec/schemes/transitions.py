"""Legal transitions of tags: the rules of the schemes, as checks and as arrays for decoders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from wordvec._utils.validation import check_choice

from .prefixes import OUTSIDE, ROLES, SCHEMES, TagParts, check_tag_list, checked_sequences, split_tags

if TYPE_CHECKING:
    import numpy as np

__all__ = ["allowed_transitions", "is_allowed", "validate_tags"]


def is_allowed(before: TagParts, parts: TagParts, scheme: str) -> bool:
    """Return whether a tag may follow `before`; the edges of a sentence count as `OUTSIDE`."""
    if scheme == "IOB1":
        return parts[0] != "B" or before[1] == parts[1]
    if scheme == "IOE1":
        return before[0] != "E" or before[1] == parts[1]
    begin, inside, end, single = ROLES[scheme]
    goes_on = before[1] == parts[1] and before[0] in (begin, inside) and parts[0] in (inside, end)
    return goes_on or (before[0] in ("O", end, single) and parts[0] in ("O", begin, single))


def allowed_transitions(
    labels: Sequence[str], scheme: str | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which labels may begin a sentence, follow each other, and end a sentence.

    A label may be a dead end: if there is "B-X" but neither "I-X" nor "E-X", no legal BIOES sequence contains it.

    Parameters
    ----------
    labels : sequence of str
        L distinct tags.
    scheme : str or None
        One of those of `detect_scheme`; None allows everything.

    Returns
    -------
    start_allowed : bool (L,)
    transition_allowed : bool (L, L)
        ``[i, j]`` is whether label j may follow label i.
    end_allowed : bool (L,)

    Raises
    ------
    TypeError
        If the labels are not a list.
    ValueError
        If a label is not a tag of the scheme.

    Examples
    --------
    >>> start, transition, end = allowed_transitions(["O", "B-PER", "I-PER"], "IOB2")
    >>> start
    array([ True,  True, False])
    >>> transition
    array([[ True,  True, False],
           [ True,  True,  True],
           [ True,  True,  True]])
    """
    import numpy as np  # not with the module: commands detect schemes before they need arrays

    check_tag_list(labels, "labels")
    n_labels = len(labels)
    if scheme is None:
        return np.ones(n_labels, bool), np.ones((n_labels, n_labels), bool), np.ones(n_labels, bool)
    check_choice("scheme", scheme, "allowed_transitions", SCHEMES)
    tags = split_tags(labels, scheme, "labels")
    start = np.array([is_allowed(OUTSIDE, tag, scheme) for tag in tags], bool)
    end = np.array([is_allowed(tag, OUTSIDE, scheme) for tag in tags], bool)
    steps = [is_allowed(before, tag, scheme) for before in tags for tag in tags]
    return start, np.array(steps, bool).reshape(n_labels, n_labels), end


def validate_tags(
    tag_sequences: Iterable[Sequence[str]], scheme: str, *, name: str = "tag_sequences"
) -> None:
    """Raise ValueError for the first transition that `scheme` forbids.

    Parameters
    ----------
    tag_sequences : iterable of sequences of str
        The tags of each sentence.
    scheme : str
        One of those of `detect_scheme`.
    name : str
        The name of the sequences in messages.

    Raises
    ------
    TypeError
        If the tags are not lists of tags.
    ValueError
        If a tag is not of the scheme, or not allowed where it is; the message names the sentence, the position in it,
        and the tag.

    Examples
    --------
    >>> validate_tags([["B-PER", "I-PER", "O"]], "IOB2")
    >>> validate_tags([["O", "I-PER"]], "IOB2")
    Traceback (most recent call last):
    ...
    ValueError: tag_sequences[0][1] is 'I-PER', which cannot follow 'O' in IOB2. Correct the tags.
    """
    check_choice("scheme", scheme, "validate_tags", SCHEMES)
    for number, tags in enumerate(checked_sequences(tag_sequences, name)):
        sentence = f"{name}[{number}]"
        before = OUTSIDE
        for k, parts in enumerate([*split_tags(tags, scheme, sentence), OUTSIDE]):
            if not is_allowed(before, parts, scheme):
                raise ValueError(f"{_illegal_step(sentence, tags, k)} in {scheme}. Correct the tags.")
            before = parts


def _illegal_step(name: str, tags: Sequence[str], k: int) -> str:
    if k == len(tags):
        return f"{name}[{k - 1}] is {tags[k - 1]!r}, which cannot end a sentence"
    place = f"follow {tags[k - 1]!r}" if k else "begin a sentence"
    return f"{name}[{k}] is {tags[k]!r}, which cannot {place}"
