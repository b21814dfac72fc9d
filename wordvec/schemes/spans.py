"""Conversion between spans and the tags that encode them."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_choice, check_int

from .prefixes import OUTSIDE, PREFIXES, ROLES, SCHEMES, UNTYPED, TagParts, split_tags

__all__ = ["Span", "lenient_spans", "span_types", "spans_to_tags", "spell_spans", "tags_to_spans"]

# Type, start, end; half-open.
Span = tuple[str, int, int]


def tags_to_spans(tags: Sequence[str], scheme: str | None = None, *, strict: bool = False) -> list[Span]:
    """Return the spans of one sentence, in order of position.

    Parameters
    ----------
    tags : sequence of str
    scheme : str, optional
        One of those of `detect_scheme`. By default the prefixes of all schemes are understood.
    strict : bool
        How illegal sequences are read. False: as CoNLL's script and seqeval do by default, where every token that is
        not "O" belongs to a span, and a span ends after E and S, before B and S, and where the type changes. True: only
        spans whose tags follow the scheme exactly count, as in seqeval's strict mode; this requires `scheme`. On legal
        sequences the two agree.

    Returns
    -------
    list of (str, int, int)
        Type, start, end; half-open.

    Raises
    ------
    TypeError
        If the tags are not a list.
    ValueError
        If a tag is not of the scheme, or `strict` is used without one.

    Examples
    --------
    >>> tags_to_spans(["B-PER", "I-PER", "O", "B-LOC"])
    [('PER', 0, 2), ('LOC', 3, 4)]
    """
    if scheme is not None:
        check_choice("scheme", scheme, "tags_to_spans", SCHEMES)
    elif strict:
        raise ParameterError(
            "scheme",
            "tags_to_spans",
            "be given for strict=True",
            scheme,
            f"Pass one of {', '.join(SCHEMES)}.",
        )
    parts = split_tags(tags, scheme, "tags")
    spans = lenient_spans(parts)
    if not strict:
        return spans
    if scheme == "IOB1":
        return _strict_iob1_spans(parts, spans)
    if scheme == "IOE1":
        return _strict_ioe1_spans(parts, spans)
    begin, _, end, single = ROLES[scheme or ""]
    return [
        (kind, first, stop)
        for kind, first, stop in spans
        if (parts[first][0], parts[stop - 1][0]) == ((begin, end) if stop - first > 1 else (single, single))
    ]


def spans_to_tags(spans: Iterable[Span], n_tokens: int, scheme: str) -> list[str]:
    """Return the tags of a sentence with these spans.

    Parameters
    ----------
    spans : iterable of (str, int, int)
        Type, start, end; half-open, in any order.
    n_tokens : int
        Number of tokens in the sentence.
    scheme : str
        One of those of `detect_scheme`.

    Returns
    -------
    list of str (n_tokens,)

    Raises
    ------
    TypeError
        If the spans are not a list of spans.
    ValueError
        If two spans overlap, or one is empty or extends past the sentence.

    Examples
    --------
    >>> spans_to_tags([("LOC", 3, 4), ("PER", 0, 2)], 5, "BIOES")
    ['B-PER', 'E-PER', 'O', 'S-LOC', 'O']
    """
    check_choice("scheme", scheme, "spans_to_tags", SCHEMES)
    check_int("n_tokens", n_tokens, "spans_to_tags", 0)
    if isinstance(spans, str) or not isinstance(spans, Iterable):
        raise ParameterError("spans", "spans_to_tags", "be a list of (type, start, end)", spans)
    in_order = sorted((_checked_span(span, n_tokens) for span in spans), key=lambda span: span[1:])
    for before, span in zip(in_order, in_order[1:]):
        if span[1] < before[2]:
            raise ValueError(
                f"The spans {before!r} and {span!r} overlap, and a token has one tag only. Leave one of them out."
            )
    return spell_spans(in_order, n_tokens, scheme)


def span_types(labels: Iterable[str]) -> set[str]:
    """Return the span types that the tags can encode; `UNTYPED` for bare prefixes."""
    return {kind for label in labels for kind, _, _ in tags_to_spans([label])}


def lenient_spans(tags: list[TagParts]) -> list[Span]:
    """Return spans as CoNLL's evaluation script reads them: every token that is not "O" belongs to one."""
    spans = []
    first = 0
    before, before_type = OUTSIDE
    for k, (prefix, kind) in enumerate(chain(tags, (OUTSIDE,))):
        is_start = prefix != "O" and (prefix in "BS" or before in "OES" or kind != before_type)
        if before != "O" and (is_start or prefix == "O"):
            spans.append((before_type, first, k))
        if is_start:
            first = k
        before, before_type = prefix, kind
    return spans


def spell_spans(spans: list[Span], n_tokens: int, scheme: str) -> list[str]:
    """Return the tags of a sentence with these spans, which must be valid and in order."""
    begin, inside, last, single = PREFIXES[scheme]
    tags = ["O"] * n_tokens
    before: Span = ("", -1, -1)
    for span in spans:
        kind, start, end = span
        touches = before[0] == kind and before[2] == start
        suffix = "" if kind == UNTYPED else f"-{kind}"
        tags[start:end] = [inside + suffix] * (end - start)
        if scheme == "IOE1":
            if touches:
                tags[start - 1] = last + suffix
        elif scheme != "IOB1" or touches:
            tags[end - 1] = last + suffix
            tags[start] = (begin if end - start > 1 else single) + suffix
        before = span
    return tags


def _strict_iob1_spans(tags: list[TagParts], spans: list[Span]) -> list[Span]:
    """Return the spans of the lenient reading that seqeval's strict IOB1 keeps.

    A B that does not follow its own type begins nothing, but an I after it does. And a lone B is not a span if a B
    of another type comes next.
    """
    kept = []
    for kind, first, end in spans:
        start = first
        if tags[first][0] == "B":
            is_legal = first > 0 and tags[first - 1][1] == kind
            prefix, next_kind = tags[end] if end < len(tags) else OUTSIDE
            if is_legal and end == first + 1 and prefix == "B" and next_kind != kind:
                continue
            start += not is_legal
        if start < end:
            kept.append((kind, start, end))
    return kept


def _strict_ioe1_spans(tags: list[TagParts], spans: list[Span]) -> list[Span]:
    """Return the strict spans of IOE1: those of strict IOB1 on the reversed sentence."""
    n_tokens = len(tags)
    mirrored = [("B" if prefix == "E" else prefix, kind) for prefix, kind in reversed(tags)]
    turned = [(kind, n_tokens - end, n_tokens - start) for kind, start, end in reversed(spans)]
    kept = _strict_iob1_spans(mirrored, turned)
    return [(kind, n_tokens - end, n_tokens - start) for kind, start, end in reversed(kept)]


def _checked_span(span: Any, n_tokens: int) -> Span:
    try:
        kind, start, end = span
        start, end = operator.index(start), operator.index(end)
    except (TypeError, ValueError):
        raise TypeError(
            f"A span must be (type, start, end) with integer ends. Got {span!r} instead."
        ) from None
    if not isinstance(kind, str) or not kind:
        raise TypeError(f"The type of a span must be a str that is not empty. Got {span!r} instead.")
    if not 0 <= start < end <= n_tokens:
        raise ValueError(
            f"A span must have 0 <= start < end <= {n_tokens}, the number of tokens. Got {span!r} instead."
        )
    return kind, start, end
