"""Tag schemes: how the tags of tokens spell spans (entities, chunks, words).

========  ===========================================================================================
IOB1      I inside a span; B only where a span begins right behind another of its type
IOB2      B begins each span, I goes on
BIOES     B begins, I goes on, E ends a span of several tokens; S is a span of one token
BMES      BIOES with M for I; with bare letters these are the tags of Chinese word segmentation
BILOU     BIOES with L for E and U for S
========  ===========================================================================================

A tag is a letter, a hyphen and the type (``"B-PER"``), or the bare letter of a span without a type, which
counts as type ``"_"``. ``"O"`` is a token outside all spans. A span is ``(type, start, end)``, half-open.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from wordvec._utils.messages import shown
from wordvec._utils.validation import check_choice, check_int

from .prefixes import (
    LETTERS,
    OUTSIDE,
    SCHEMES,
    UNTYPED,
    Role,
    check_tag_list,
    checked_sequences,
    is_allowed,
    is_tag,
    read_role,
    read_roles,
)

__all__ = [
    "SCHEMES",
    "UNTYPED",
    "Span",
    "allowed_transitions",
    "convert_tags",
    "detect_scheme",
    "is_tag",
    "span_types",
    "spans_to_tags",
    "tags_to_spans",
    "validate_tags",
]

Span = tuple[str, int, int]


def detect_scheme(tag_sequences: Iterable[Sequence[str]]) -> str | None:
    """Return the scheme of some sentences' tags, or None for tags of another kind (parts of speech).

    Of the schemes that have all the letters, the one with the fewest illegal steps is taken, so that a few
    errors in the data do not matter. Data with a span in it is never legal in both IOB1 and IOB2. Other ties
    go to the first of IOB2, IOB1, BIOES, BMES, BILOU, except that bare letters are rather BMES than BIOES.
    So tags that are all ``"O"`` are IOB2. Bare letters may be names of anything: if they break a rule of the
    scheme anywhere, or if there are no tags, the answer is None.

    Parameters
    ----------
    tag_sequences : iterable of sequences of str
        The tags of each sentence.

    Returns
    -------
    str or None
        One of `SCHEMES`, or None.
    """
    steps = _count_steps(tag_sequences)
    tags = {tag for step in steps for tag in step}
    if not steps or not all(map(is_tag, tags)):
        return None
    letters = {tag[0] for tag in tags} - {"O"}
    is_bare = all(len(tag) == 1 for tag in tags)
    order = ["IOB2", "IOB1", *(["BMES", "BIOES"] if is_bare else ["BIOES", "BMES"]), "BILOU"]
    candidates = [scheme for scheme in order if letters <= set(LETTERS[scheme])]
    n_illegal = [_count_illegal(steps, scheme) for scheme in candidates]
    if not candidates or (is_bare and min(n_illegal)):
        return None
    return candidates[n_illegal.index(min(n_illegal))]


def validate_tags(
    tag_sequences: Iterable[Sequence[str]], scheme: str, *, name: str = "tag_sequences"
) -> None:
    """Raise for the first step that `scheme` forbids.

    Parameters
    ----------
    tag_sequences : iterable of sequences of str
    scheme : {"IOB1", "IOB2", "BIOES", "BMES", "BILOU"}
    name : str
        What messages call the sequences.

    Raises
    ------
    ValueError
        If a tag is not of the scheme, or cannot stand where it stands; the message names the sentence, the
        place in it, and the tag.
    """
    check_choice("scheme", scheme, "validate_tags", SCHEMES)
    for number, tags in enumerate(checked_sequences(tag_sequences, name)):
        roles = [*read_roles(tags, scheme, f"{name}[{number}]"), OUTSIDE]
        before = OUTSIDE
        for k, role in enumerate(roles):
            if not is_allowed(before, role, scheme):
                raise ValueError(
                    f"{_illegal_step(f'{name}[{number}]', tags, k)} in {scheme}. Correct the tags."
                )
            before = role


def convert_tags(
    tag_sequences: Iterable[Sequence[str]], to: str, source: str | None = None
) -> list[list[str]]:
    """Return the same spans, spelt in another scheme.

    Illegal steps are read as `tags_to_spans` reads them, and come out legal, also where `to` is the scheme
    that the tags have. Call `validate_tags` before to refuse them.

    Parameters
    ----------
    tag_sequences : iterable of sequences of str
        The tags of each sentence.
    to : {"IOB1", "IOB2", "BIOES", "BMES", "BILOU"}
    source : one of these, optional
        The scheme that the tags have. Without it any letter of any scheme is understood, for none of them
        means different things in two schemes.

    Raises
    ------
    ValueError
        If a tag is not of the scheme `source`, or of any.
    """
    check_choice("to", to, "convert_tags", SCHEMES)
    if source is not None:
        check_choice("source", source, "convert_tags", SCHEMES)
    converted = []
    for number, tags in enumerate(checked_sequences(tag_sequences)):
        spans = _lenient_spans(read_roles(tags, source, f"tag_sequences[{number}]"))
        converted.append(_spelt(spans, len(tags), to))
    return converted


def tags_to_spans(tags: Sequence[str], scheme: str | None = None, *, strict: bool = False) -> list[Span]:
    """Return the spans of one sentence, by their place.

    Parameters
    ----------
    tags : sequence of str
    scheme : {"IOB1", "IOB2", "BIOES", "BMES", "BILOU"}, optional
        Without it any letter of any scheme is understood.
    strict : bool
        How illegal sequences are read. False: as CoNLL's and seqeval's default reading does, where every
        token that is not "O" belongs to a span, and a span ends behind E and S, before B and S, and where
        the type changes. True: only what the scheme spells out in full is a span, as in seqeval's strict
        mode; this needs the scheme. On legal sequences the two agree.

    Returns
    -------
    list of (str, int, int)
        Type, start, end; half-open.

    Raises
    ------
    ValueError
        If a tag is not of the scheme, or `strict` comes without one.
    """
    if scheme is not None:
        check_choice("scheme", scheme, "tags_to_spans", SCHEMES)
    elif strict:
        raise ValueError(
            "The scheme parameter of tags_to_spans must be given for strict=True. "
            f"Pass one of {', '.join(SCHEMES)}."
        )
    roles = read_roles(tags, scheme, "tags")
    spans = _lenient_spans(roles)
    if not strict:
        return spans
    if scheme == "IOB1":
        return _strict_iob1_spans(roles, spans)
    return [span for span in spans if _is_complete(roles, span, has_ends=scheme != "IOB2")]


def span_types(labels: Iterable[str]) -> set[str]:
    """Return the types of spans that tags can spell; `UNTYPED` for bare letters."""
    return {kind for label in labels for kind, _, _ in tags_to_spans([label])}


def spans_to_tags(spans: Iterable[Span], n_tokens: int, scheme: str) -> list[str]:
    """Return the tags of a sentence of `n_tokens` tokens with these spans, given in any order.

    Raises
    ------
    ValueError
        If two spans overlap, or one is empty or goes past the sentence.
    """
    check_choice("scheme", scheme, "spans_to_tags", SCHEMES)
    check_int("n_tokens", n_tokens, "spans_to_tags", 0)
    if isinstance(spans, str) or not isinstance(spans, Iterable):
        raise TypeError(
            f"The spans parameter of spans_to_tags must be a list of (type, start, end). Got {shown(spans)} instead."
        )
    in_order = sorted((_checked_span(span, n_tokens) for span in spans), key=lambda span: span[1:])
    for before, span in zip(in_order, in_order[1:]):
        if span[1] < before[2]:
            raise ValueError(
                f"The spans {before!r} and {span!r} overlap, and a token has one tag only. Leave one of them out."
            )
    return _spelt(in_order, n_tokens, scheme)


def allowed_transitions(
    labels: Sequence[str], scheme: str | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which labels may begin a sentence, follow each other, and end one.

    A label may lead nowhere: if "B-X" is there and neither "I-X" nor "E-X", no legal BIOES sequence has it.

    Parameters
    ----------
    labels : sequence of str
        L different tags.
    scheme : {"IOB1", "IOB2", "BIOES", "BMES", "BILOU"} or None
        None allows everything.

    Returns
    -------
    start_allowed : bool (L,)
    transition_allowed : bool (L, L); [i, j] is whether label j may follow label i
    end_allowed : bool (L,)

    Raises
    ------
    ValueError
        If a label is not a tag of the scheme.
    """
    check_tag_list(labels, "labels")
    n_labels = len(labels)
    if scheme is None:
        return np.ones(n_labels, bool), np.ones((n_labels, n_labels), bool), np.ones(n_labels, bool)
    check_choice("scheme", scheme, "allowed_transitions", SCHEMES)
    roles = read_roles(labels, scheme, "labels")
    edge = OUTSIDE
    start = np.array([is_allowed(edge, role, scheme) for role in roles], bool)
    end = np.array([is_allowed(role, edge, scheme) for role in roles], bool)
    steps = [is_allowed(before, role, scheme) for before in roles for role in roles]
    return start, np.array(steps, bool).reshape(n_labels, n_labels), end


def _count_steps(tag_sequences: Iterable[Sequence[str]]) -> Counter[tuple[Any, Any]]:
    """Count which tag follows which; sentences lie between two "O"."""
    steps: Counter[tuple[Any, Any]] = Counter()
    for tags in checked_sequences(tag_sequences):
        # A tag that is no str has no role, whatever it is, and might have no hash.
        known = [tag if isinstance(tag, str) else None for tag in tags]
        if known:
            steps.update(zip(chain("O", known), chain(known, "O")))
    return steps


def _count_illegal(steps: Counter[tuple[str, str]], scheme: str) -> int:
    count = 0
    for (before, tag), n_times in steps.items():
        step = read_role(before, scheme), read_role(tag, scheme)
        if not is_allowed(step[0] or OUTSIDE, step[1] or OUTSIDE, scheme):
            count += n_times
    return count


def _illegal_step(name: str, tags: Sequence[str], k: int) -> str:
    if k == len(tags):
        return f"{name}[{k - 1}] is {tags[k - 1]!r}, which cannot end a sentence"
    place = f"follow {tags[k - 1]!r}" if k else "begin a sentence"
    return f"{name}[{k}] is {tags[k]!r}, which cannot {place}"


def _lenient_spans(roles: list[Role]) -> list[Span]:
    spans = []
    first = 0
    before, before_type = OUTSIDE
    for k, (role, kind) in enumerate(chain(roles, (OUTSIDE,))):
        is_start = role != "O" and (role in "BS" or before in "OES" or kind != before_type)
        if before != "O" and (is_start or role == "O"):
            spans.append((before_type, first, k))
        if is_start:
            first = k
        before, before_type = role, kind
    return spans


def _is_complete(roles: list[Role], span: Span, *, has_ends: bool) -> bool:
    first, last = roles[span[1]][0], roles[span[2] - 1][0]
    if not has_ends:
        return first == "B"
    return first == "S" or (first == "B" and last == "E")


def _strict_iob1_spans(roles: list[Role], spans: list[Span]) -> list[Span]:
    """Return what seqeval's strict IOB1 keeps of the spans of the lenient reading.

    A B that does not stand behind its own type begins nothing, but an I behind it does. And a B alone is no
    span if a B of another type comes next.
    """
    kept = []
    for kind, first, end in spans:
        start = first
        if roles[first][0] == "B":
            is_legal = first > 0 and roles[first - 1][1] == kind
            role, next_kind = roles[end] if end < len(roles) else OUTSIDE
            if is_legal and end == first + 1 and role == "B" and next_kind != kind:
                continue
            start += not is_legal
        if start < end:
            kept.append((kind, start, end))
    return kept


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


def _spelt(spans: list[Span], n_tokens: int, scheme: str) -> list[str]:
    """Return the tags of spans that are checked and in order."""
    letters = LETTERS[scheme]
    begin, inside = letters[0], letters[1]
    last, single = (letters[2], letters[3]) if len(letters) > 2 else (inside, begin)
    tags = ["O"] * n_tokens
    before: Span = ("", -1, -1)
    for span in spans:
        kind, start, end = span
        suffix = "" if kind == UNTYPED else f"-{kind}"
        tags[start:end] = [inside + suffix] * (end - start)
        tags[end - 1] = last + suffix
        tags[start] = (begin if end - start > 1 else single) + suffix
        if scheme == "IOB1" and (before[0] != kind or before[2] != start):
            tags[start] = inside + suffix
        before = span
    return tags
