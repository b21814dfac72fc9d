"""Conversion of tags from one scheme to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wordvec._utils.validation import check_choice

from .prefixes import SCHEMES, checked_sequences, split_tags
from .spans import lenient_spans, spell_spans

__all__ = ["convert_tags"]


def convert_tags(
    tag_sequences: Iterable[Sequence[str]], to: str, source: str | None = None
) -> list[list[str]]:
    """Return the tags of the same spans in another scheme.

    Illegal transitions are interpreted as by `tags_to_spans`, and the output is legal, even if `to` is the scheme of
    the input. Call `validate_tags` first to reject them.

    Parameters
    ----------
    tag_sequences : iterable of sequences of str
        The tags of each sentence.
    to : str
        One of the schemes of `detect_scheme`.
    source : one of these, optional
        The scheme of the given tags. By default the prefixes of all schemes are understood; no prefix has different
        meanings in two schemes.

    Returns
    -------
    list of lists of str

    Raises
    ------
    TypeError
        If the tags are not lists of tags.
    ValueError
        If a tag is not of the scheme `source`, or not of any scheme.

    Examples
    --------
    >>> convert_tags([["B-PER", "I-PER", "O", "B-LOC"]], "BIOES")
    [['B-PER', 'E-PER', 'O', 'S-LOC']]
    """
    check_choice("to", to, "convert_tags", SCHEMES)
    if source is not None:
        check_choice("source", source, "convert_tags", SCHEMES)
    converted = []
    for number, tags in enumerate(checked_sequences(tag_sequences)):
        spans = lenient_spans(split_tags(tags, source, f"tag_sequences[{number}]"))
        converted.append(spell_spans(spans, len(tags), to))
    return converted
