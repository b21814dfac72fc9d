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
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np

from wordvec._validation import check_choice

__all__ = [
    "SCHEMES",
    "UNTYPED",
    "Span",
    "allowed_transitions",
    "convert_tags",
    "detect_scheme",
    "spans_to_tags",
    "tags_to_spans",
    "validate_tags",
]

Span = tuple[str, int, int]
# A role is a letter of BIOES and a type.
_Role = tuple[str, str]

UNTYPED = "_"
_OUTSIDE: _Role = ("O", "")
# The letters of each scheme, in the order in which BIOES has them: begin, inside, end, single.
_LETTERS = {"IOB1": "BI", "IOB2": "BI", "BIOES": "BIES", "BMES": "BMES", "BILOU": "BILU"}
# No letter means different things in two schemes.
_MEANINGS = {letter: meaning for letters in _LETTERS.values() for letter, meaning in zip(letters, "BIES")}
SCHEMES = tuple(_LETTERS)


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
    if not steps or not all(isinstance(tag, str) and _role(tag, None) for tag in tags):
        return None
    letters = {tag[0] for tag in tags} - {"O"}
    is_bare = all(len(tag) == 1 for tag in tags)
    order = ["IOB2", "IOB1", *(["BMES", "BIOES"] if is_bare else ["BIOES", "BMES"]), "BILOU"]
    candidates = [scheme for scheme in order if letters <= set(_LETTERS[scheme])]
    n_illegal = [_count_illegal(steps, scheme) for scheme in candidates]
    if not candidates or (is_bare and min(n_illegal)):
        return None
    return candidates[n_illegal.index(min(n_illegal))]


def validate_tags(tag_sequences: Iterable[Sequence[str]], scheme: str) -> None:
    """Raise for the first step that `scheme` forbids.

    Raises
    ------
    ValueError
        If a tag is not of the scheme, or cannot stand where it stands; the message names the sentence, the
        place in it, and the tag.
    """
    check_choice("scheme", scheme, "validate_tags", SCHEMES)
    for number, tags in enumerate(_checked_sequences(tag_sequences)):
        name = f"tag_sequences[{number}]"
        roles = [*_roles(tags, scheme, name), _OUTSIDE]
        before = _OUTSIDE
        for k, role in enumerate(roles):
            if not _is_allowed(before, role, scheme):
                raise ValueError(f"{_illegal_step(name, tags, k)} in {scheme}. Correct the tags.")
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
    for number, tags in enumerate(_checked_sequences(tag_sequences)):
        spans = _lenient_spans(_roles(tags, source, f"tag_sequences[{number}]"))
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
    roles = _roles(tags, scheme, "tags")
    spans = _lenient_spans(roles)
    if not strict:
        return spans
    if scheme == "IOB1":
        return _strict_iob1_spans(roles, spans)
    return [span for span in spans if _is_complete(roles, span, has_ends=scheme != "IOB2")]


def spans_to_tags(spans: Iterable[Span], n_tokens: int, scheme: str) -> list[str]:
    """Return the tags of a sentence of `n_tokens` tokens with these spans, given in any order.

    Raises
    ------
    ValueError
        If two spans overlap, or one is empty or goes past the sentence.
    """
    check_choice("scheme", scheme, "spans_to_tags", SCHEMES)
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
    n_labels = len(labels)
    if scheme is None:
        return np.ones(n_labels, bool), np.ones((n_labels, n_labels), bool), np.ones(n_labels, bool)
    check_choice("scheme", scheme, "allowed_transitions", SCHEMES)
    roles = _roles(labels, scheme, "labels")
    edge = _OUTSIDE
    start = np.array([_is_allowed(edge, role, scheme) for role in roles], bool)
    end = np.array([_is_allowed(role, edge, scheme) for role in roles], bool)
    steps = [_is_allowed(before, role, scheme) for before in roles for role in roles]
    return start, np.array(steps, bool).reshape(n_labels, n_labels), end


@lru_cache(maxsize=1 << 12)
def _role(tag: str, scheme: str | None) -> _Role | None:
    """Return what a tag means, or None if it is not a tag of the scheme (of any scheme for None)."""
    if tag == "O":
        return _OUTSIDE
    letters: Any = _MEANINGS if scheme is None else _LETTERS[scheme]
    letter, hyphen, kind = tag.partition("-")
    if len(letter) != 1 or letter not in letters or bool(hyphen) != bool(kind):
        return None
    return _MEANINGS[letter], kind or UNTYPED


def _roles(tags: Sequence[str], scheme: str | None, name: str) -> list[_Role]:
    if isinstance(tags, str):
        raise TypeError(
            f"{name} is a str ({tags[:20]!r}), so every letter would be a tag. Pass a list of tags."
        )
    roles = []
    for k, tag in enumerate(tags):
        role = _role(tag, scheme) if isinstance(tag, str) else None
        if role is None:
            rule = f"a tag of {scheme}" if scheme else f"a tag of any of {', '.join(SCHEMES)}"
            raise ValueError(
                f'{name}[{k}] must be {rule}: a letter with or without a type, such as "B-PER", or "O". '
                f"Got {tag!r} instead."
            )
        roles.append(role)
    return roles


def _checked_sequences(tag_sequences: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    if isinstance(tag_sequences, str):
        raise TypeError(
            f"tag_sequences is a str ({tag_sequences[:20]!r}). Pass a list of tags for each sentence."
        )
    for number, tags in enumerate(tag_sequences):
        if isinstance(tags, str):
            raise TypeError(
                f"tag_sequences[{number}] is a str ({tags[:20]!r}), so every letter would be a tag. "
                "Pass a list of tags for each sentence."
            )
        yield tags


def _count_steps(tag_sequences: Iterable[Sequence[str]]) -> Counter[tuple[str, str]]:
    """Count which tag follows which; sentences lie between two "O"."""
    steps: Counter[tuple[str, str]] = Counter()
    for tags in _checked_sequences(tag_sequences):
        if len(tags):
            steps.update(zip(chain("O", tags), chain(tags, "O")))
    return steps


def _count_illegal(steps: Counter[tuple[str, str]], scheme: str) -> int:
    count = 0
    for (before, tag), n_times in steps.items():
        step = _role(before, scheme), _role(tag, scheme)
        if not _is_allowed(step[0] or _OUTSIDE, step[1] or _OUTSIDE, scheme):
            count += n_times
    return count


def _is_allowed(before: _Role, role: _Role, scheme: str) -> bool:
    """Return whether `role` may follow `before`; the edges of a sentence count as outside."""
    goes_on = before[0] in "BI" and before[1] == role[1]
    if scheme == "IOB1":
        return role[0] != "B" or goes_on
    if scheme == "IOB2":
        return role[0] != "I" or goes_on
    return role[0] in "IE" and goes_on if before[0] in "BI" else role[0] in "OBS"


def _illegal_step(name: str, tags: Sequence[str], k: int) -> str:
    if k == len(tags):
        return f"{name}[{k - 1}] is {tags[k - 1]!r}, which cannot end a sentence"
    place = f"follow {tags[k - 1]!r}" if k else "begin a sentence"
    return f"{name}[{k}] is {tags[k]!r}, which cannot {place}"


def _lenient_spans(roles: list[_Role]) -> list[Span]:
    spans = []
    first = 0
    before, before_type = _OUTSIDE
    for k, (role, kind) in enumerate(chain(roles, (_OUTSIDE,))):
        is_start = role != "O" and (role in "BS" or before in "OES" or kind != before_type)
        if before != "O" and (is_start or role == "O"):
            spans.append((before_type, first, k))
        if is_start:
            first = k
        before, before_type = role, kind
    return spans


def _is_complete(roles: list[_Role], span: Span, *, has_ends: bool) -> bool:
    first, last = roles[span[1]][0], roles[span[2] - 1][0]
    if not has_ends:
        return first == "B"
    return first == "S" or (first == "B" and last == "E")


def _strict_iob1_spans(roles: list[_Role], spans: list[Span]) -> list[Span]:
    """Return what seqeval's strict IOB1 keeps of the spans of the lenient reading.

    A B that does not stand behind its own type begins nothing, but an I behind it does. And a B alone is no
    span if a B of another type comes next.
    """
    kept = []
    for kind, first, end in spans:
        start = first
        if roles[first][0] == "B":
            is_legal = first > 0 and roles[first - 1][1] == kind
            role, next_kind = roles[end] if end < len(roles) else _OUTSIDE
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
    letters = _LETTERS[scheme]
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
