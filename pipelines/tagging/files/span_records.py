"""Character spans in the formats of annotation tools, read from a record and checked against its text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["SPAN_NAMES", "CharacterSpan", "SpanError", "raw_spans", "resolved_spans", "says_inclusive"]

# Where tools put the spans of a text; the first that a record has counts.
SPAN_NAMES = (
    "label", "labels", "entities", "entity", "spans", "annotations", "annotation", "ner", "entity_list",
    "entity_mentions", "results",
)  # fmt: skip
_STARTS = ("start", "start_offset", "start_idx", "start_index", "begin", "from")
_ENDS = ("end", "end_offset", "end_idx", "end_index", "to")
_PAIRS = ("span", "range", "pos", "position", "offset", "offsets", "index", "indices")
_KINDS = (
    "label", "labels", "type", "entity_type", "entity_label", "entity_group", "tag", "category", "class", "kind",
    "entity", "name",
)  # fmt: skip
_SURFACES = ("text", "entity", "word", "mention", "surface", "surface_form", "name", "value", "span")


class SpanError(ValueError):
    """A record's spans are in an unknown format, or do not fit its text."""


@dataclass(frozen=True)
class CharacterSpan:
    """A span as given in a record; its end may be inclusive or exclusive.

    Attributes
    ----------
    kind : str
    start, end : int
    surface : str, optional
        Its text, if the record contains it.
    """

    kind: str
    start: int
    end: int
    surface: str | None = None


def raw_spans(value: Any) -> list[CharacterSpan]:
    """Return the spans of a record's field in any known format.

    Known formats are ``[start, end, label]`` (doccano, spaCy), objects with start, end and label under their usual
    names (Prodigy, Label Studio and others), and ``{label: {text: [[start, end]]}}`` (CLUENER).

    Raises
    ------
    SpanError
        If the format is not one of these.
    """
    if value is None:
        return []
    if isinstance(value, Mapping):
        return list(_grouped(value))
    if not isinstance(value, list):
        raise SpanError(f"the spans are {_shown(value)}, not a list")
    return [span for item in value for span in _item_spans(item)]


def resolved_spans(
    text: Sequence[str], spans: Sequence[CharacterSpan], *, are_inclusive: bool
) -> list[tuple[str, int, int]]:
    """Return spans with exclusive ends, without leading and trailing white space.

    Parameters
    ----------
    text : str, or list of the tokens to which the offsets refer
    spans : sequence of CharacterSpan
    are_inclusive : bool
        Whether the ends of spans without a text are inclusive.

    Raises
    ------
    SpanError
        If a span extends beyond the text, is empty, or its text differs from that in the record.
    """
    found = []
    for span in spans:
        end = span.end + are_inclusive
        if span.surface is not None and isinstance(text, str):
            end = _end_by_surface(text, span)
        if not 0 <= span.start < end <= len(text):
            raise SpanError(
                f"the span {span.start} to {span.end} ({span.kind}) is not in the text, whose length is {len(text)}"
            )
        start = span.start
        while start < end and not text[start].strip():
            start += 1
        while end > start and not text[end - 1].strip():
            end -= 1
        if start == end:
            raise SpanError(f"the span {span.start} to {span.end} ({span.kind}) is white space")
        found.append((span.kind, start, end))
    return found


def says_inclusive(text: Any, span: CharacterSpan) -> bool | None:
    """Return whether a span's text shows that its end is inclusive; None if it does not show it."""
    if span.surface is None or not isinstance(text, str):
        return None
    if text[span.start : span.end] == span.surface:
        return False
    return True if text[span.start : span.end + 1] == span.surface else None


def _end_by_surface(text: str, span: CharacterSpan) -> int:
    for end in (span.end, span.end + 1):
        if text[span.start : end] == span.surface:
            return end
    shown = text[max(span.start, 0) : span.end]
    if shown.strip() == (span.surface or "").strip():
        return span.end
    raise SpanError(
        f"the span {span.start} to {span.end} ({span.kind}) is {shown[:40]!r} in the text, not "
        f"{str(span.surface)[:40]!r}"
    )


def _grouped(groups: Mapping[str, Any]) -> Iterator[CharacterSpan]:
    """Yield the spans of {label: {text: [[start, end]]}} or {label: [[start, end]]}."""
    for kind, names in groups.items():
        pairs = (
            [(name, place) for name, places in names.items() for place in places or ()]
            if isinstance(names, Mapping) and all(isinstance(places, list) for places in names.values())
            else [(None, place) for place in names]
            if isinstance(names, list)
            else None
        )
        if pairs is None or not all(_is_pair(place) for _, place in pairs):
            raise SpanError(f"the spans of {kind!r} are {_shown(names)}, not pairs of start and end")
        yield from (CharacterSpan(kind, place[0], place[1], name) for name, place in pairs)


def _item_spans(item: Any) -> Iterator[CharacterSpan]:
    if isinstance(item, (list, tuple)) and len(item) >= 3:
        numbers = [value for value in item[:3] if _is_integer(value)]
        kinds = [value for value in item[:3] if isinstance(value, str)]
        if len(numbers) == 2 and len(kinds) == 1 and kinds[0]:
            yield CharacterSpan(kinds[0], numbers[0], numbers[1])
            return
    if not isinstance(item, Mapping):
        raise SpanError(f"the span {_shown(item)} is not [start, end, label] or an object")
    if isinstance(item.get("result"), list):  # Label Studio: an annotation holds the results
        for inner in item["result"]:
            yield from _item_spans(inner)
        return
    if isinstance(item.get("value"), Mapping):
        if _first(item["value"], _STARTS) is not None:
            yield from _item_spans(item["value"])
        return  # a relation or a choice, no span
    if isinstance(item.get("points"), list):  # Dataturks
        for point in item["points"]:
            yield from _item_spans({**point, "label": item.get("label")})
        return
    yield _object_span(item)


def _object_span(item: Mapping[str, Any]) -> CharacterSpan:
    start, end = _first(item, _STARTS), _first(item, _ENDS)
    if start is None:
        pair = next(
            (item[name] for name in _PAIRS if _is_pair(item.get(name)) or _is_nested(item.get(name))), None
        )
        start, end = (pair[0] if _is_nested(pair) else pair) if pair is not None else (None, None)
    key = next((name for name in _KINDS if item.get(name)), None)
    kind = None if key is None else item[key]
    if isinstance(kind, list) and len(kind) == 1:
        kind = kind[0]
    if not (_is_integer(start) and _is_integer(end) and isinstance(kind, str)):
        raise SpanError(f"the span {_shown(item)} has no start, end and label that are known")
    surface = next(
        (item[name] for name in _SURFACES if name != key and isinstance(item.get(name), str)), None
    )
    return CharacterSpan(kind, start, end, surface)


def _first(item: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_pair(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and all(map(_is_integer, value))


def _is_nested(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and _is_pair(value[0])


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]
