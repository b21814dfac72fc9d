"""Stray tags: the few that do not belong to the scheme of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .prefixes import OUTSIDE, checked_sequences, split_tag
from .spans import lenient_spans, spell_spans

__all__ = ["find_stray_tags", "without_stray_tags"]


def find_stray_tags(tag_sequences: Iterable[Sequence[str]], scheme: str | None) -> list[tuple[int, int, str]]:
    """Return the tags that are not of a scheme (None: not of any scheme), as (sentence, token, tag).

    Parameters
    ----------
    tag_sequences : iterable of sequences of str
        The tags of each sentence.
    scheme : str or None
        One of those of `detect_scheme`.

    Raises
    ------
    TypeError
        If the tags are not lists of tags.

    Examples
    --------
    >>> find_stray_tags([["B-PER", "O"], ["0", "B-LOC"]], "IOB2")
    [(1, 0, '0')]
    """
    sentences = list(checked_sequences(tag_sequences))
    distinct = {tag for tags in sentences for tag in tags if isinstance(tag, str)}
    stray = {tag for tag in distinct if split_tag(tag, scheme) is None}
    if not stray and all(isinstance(tag, str) for tags in sentences for tag in tags):
        return []
    return [
        (number, place, tag)
        for number, tags in enumerate(sentences)
        for place, tag in enumerate(tags)
        if not isinstance(tag, str) or tag in stray
    ]


def without_stray_tags(tag_sequences: Sequence[Sequence[str]], scheme: str) -> list[Any]:
    """Return the tags, with sentences that contain a foreign tag rewritten in `scheme`.

    A tag of another scheme is read by the rules of that scheme; a tag of none is read as ``"O"``.

    Parameters
    ----------
    tag_sequences : sequence of sequences of str
        The tags of each sentence.
    scheme : str
        One of those of `detect_scheme`.

    Examples
    --------
    >>> without_stray_tags([["B-PER", "0", "S-LOC"], ["O"]], "IOB2")
    [['B-PER', 'O', 'B-LOC'], ['O']]
    """
    repaired: list[Any] = list(tag_sequences)
    for number in {number for number, _, _ in find_stray_tags(tag_sequences, scheme)}:
        parts = [
            (split_tag(tag, None) if isinstance(tag, str) else None) or OUTSIDE for tag in repaired[number]
        ]
        repaired[number] = spell_spans(lenient_spans(parts), len(parts), scheme)
    return repaired
