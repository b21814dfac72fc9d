"""A reader of tagged sentences in JSON: tokens with their tags, or texts with character spans."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted, listed
from wordvec.schemes.spans import Span, spans_to_tags
from wordvec.text.language import majority_language

from .corpora import TaggedCorpus
from .json_lines import json_values
from .lines import no_sentence
from .span_records import (
    SPAN_NAMES,
    CharacterSpan,
    SpanError,
    raw_spans,
    resolved_spans,
    says_inclusive,
)

__all__ = ["Cut", "is_tagged_record", "read_json_sentences"]

# How a text becomes tokens: where each begins and ends.
Cut = Callable[[str], Sequence[tuple[int, int]]]

_TOKENS = ("tokens", "words", "token", "word", "chars", "characters", "sentence", "text")
# The first of these that holds a tag for each token is what taggers learn by default.
_TAGS = ("ner_tags", "ner", "tags", "labels", "label", "tag", "bio_tags", "iob_tags", "entities", "chunk_tags",
         "pos_tags", "upos", "pos", "xpos")  # fmt: skip
_TEXTS = ("text", "content", "sentence", "data", "raw_text", "document", "context", "query")
_WORD = re.compile(r"\S+")
_CHARACTER = re.compile(r"\S")


@dataclass
class _Sentence:
    """A record: its tokens or its text, and their annotations."""

    line: int
    tokens: Sequence[str] | str
    columns: dict[str, list[str]] = field(default_factory=dict)
    numbered: set[str] = field(default_factory=set)
    spans: list[CharacterSpan] | None = None


def read_json_sentences(
    file: Path, encoding: str, errors: str, *, cut: Cut | None = None, names: Iterable[str] = ()
) -> TaggedCorpus:
    """Read JSON lines, or an array of objects.

    Parameters
    ----------
    file : Path
    encoding, errors : str
    cut : callable, optional
        How texts are split into tokens. By default Chinese texts are split into characters, others at white space. A
        token in which a span begins or ends is always split there.
    names : iterable of str
        The numeric tags, as str, that will be replaced by names.

    Returns
    -------
    TaggedCorpus
        The column "token" and those of the file; for spans, "tag" (IOB2).

    Raises
    ------
    ValueError
        If the file is not JSON, or a record contains no sentence with tags; the message names the line.
    """
    sentences = []
    for line, value in json_values(file, encoding, errors):
        try:
            sentences.append(_sentence(line, value))
        except SpanError as error:
            raise ValueError(f"{str(file)!r}, line {line}: {error}. Correct the line.") from error
    sentences = [sentence for sentence in sentences if sentence.tokens]
    if not sentences:
        raise no_sentence(file)
    have_spans = [sentence.spans is not None for sentence in sentences]
    if any(have_spans):
        return _with_spans(file, sentences, cut)
    return _with_columns(file, sentences, set(names))


def is_tagged_record(value: Any) -> bool:
    """Return whether a value of a JSON file contains tokens, or a text with spans."""
    try:
        found = _sentence(0, value)
    except SpanError:
        # The reader reports what is wrong.
        spans = [value.get(name) for name in SPAN_NAMES] if isinstance(value, dict) else []
        return isinstance(value, dict) and (
            _listed_tokens(value) is not None or any(isinstance(item, (list, dict)) for item in spans)
        )
    return bool(found.columns) or found.spans is not None or not isinstance(found.tokens, str)


def _sentence(line: int, value: Any) -> _Sentence:
    if (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], dict)
    ):
        value = {"text": value[0], **value[1]}  # spaCy's training data
    if not isinstance(value, dict):
        raise SpanError(f"a JSON {type(value).__name__}, where an object with a sentence is expected")
    record = value
    if isinstance(value.get("data"), Mapping):  # Label Studio
        record = {**value["data"], **{name: item for name, item in value.items() if name != "data"}}
    tokens = _listed_tokens(record)
    if tokens is not None:
        name, words = tokens
        columns, numbered = _columns(record, name, len(words), is_strict=True)
        spans = None if columns else _spans(record, exclude=name)
        return _Sentence(line, words, columns, numbered, spans)
    name = next((name for name in _TEXTS if isinstance(record.get(name), str)), "")
    if not name:
        raise SpanError(
            f"no tokens and no text among {', '.join(map(repr, list(record)[:10])) or 'no fields'}"
        )
    text = record[name]
    for words in (text.split(), list(text)):
        columns, numbered = _columns(record, name, len(words))
        if columns:
            return _Sentence(line, words, columns, numbered)
    return _Sentence(line, text, spans=_spans(record, exclude=name))


def _listed_tokens(record: Mapping[str, Any]) -> tuple[str, list[str]] | None:
    for name in _TOKENS:
        words = record.get(name)
        if isinstance(words, list) and words and all(isinstance(word, Mapping) for word in words):
            words = [word.get("text") for word in words]  # Prodigy
            if isinstance(record.get("text"), str):
                continue  # whose spans count characters
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return name, words
    return None


def _columns(
    record: Mapping[str, Any], tokens: str, n_tokens: int, *, is_strict: bool = False
) -> tuple[dict[str, list[str]], set[str]]:
    """Return the fields with a value for each token, the most likely tags first, and those with numeric values."""
    columns: dict[str, list[str]] = {}
    numbered: set[str] = set()
    names = [name for name in _TAGS if name in record]
    for name in [*names, *(name for name in record if name not in names)]:
        values = record[name]
        if isinstance(values, str) and name in _TAGS and n_tokens > 1:
            values = values.split()
        if name == tokens or not isinstance(values, list) or not values or len(values) != n_tokens:
            if is_strict and name in names and values and _are_tags(values):
                raise SpanError(f"{counted(len(values), 'tag')} in {name!r} for {counted(n_tokens, 'token')}")
            continue
        if _are_tags(values):
            columns[name] = list(map(str, values))
            if not isinstance(values[0], str):
                numbered.add(name)
    return columns, numbered


def _are_tags(values: Any) -> bool:
    return isinstance(values, list) and (
        all(isinstance(value, str) and value for value in values)
        or all(isinstance(value, int) and not isinstance(value, bool) for value in values)
    )


def _spans(record: Mapping[str, Any], exclude: str) -> list[CharacterSpan] | None:
    for name in SPAN_NAMES:
        if name in record and name != exclude and isinstance(record[name], (list, dict, type(None))):
            return raw_spans(record[name])
    return None


def _with_columns(file: Path, sentences: list[_Sentence], mapped: set[str]) -> TaggedCorpus:
    # Those of the first sentence that has some; every other one needs them, too.
    names = next((list(sentence.columns) for sentence in sentences if sentence.columns), [])
    names = [name for name in names if any(name in sentence.columns for sentence in sentences)]
    tagged = next((name for name in names if name in _TAGS and not _is_numbered(sentences, name)), None)
    tagged = tagged or next((name for name in names if name in _TAGS), names[0] if names else None)
    for sentence in sentences:
        if isinstance(sentence.tokens, str) or (tagged is not None and tagged not in sentence.columns):
            what = "no tokens" if isinstance(sentence.tokens, str) else f"no tags in {tagged!r}"
            raise ValueError(
                f"{str(file)!r}, line {sentence.line}: {what}, which taggers learn from. Add them, or drop the line."
            )
    if tagged is not None and _is_numbered(sentences, tagged):
        numbers = {tag for sentence in sentences for tag in sentence.columns[tagged]}
        if not numbers <= mapped:
            missing = sorted(numbers - mapped, key=int)
            raise AdvisedError(
                f"{str(file)!r}, line {sentences[0].line}: the tags in {tagged!r} are numbers "
                f"({listed(missing, 5)}), and the file does not say what they mean.",
                advice="Name each with {tag_map}, such as 0=O,1=B-PER.",
            )
    kept = [name for name in names if all(name in sentence.columns for sentence in sentences)]
    columns = {"token": [list(sentence.tokens) for sentence in sentences]}
    columns |= {name: [sentence.columns[name] for sentence in sentences] for name in kept if name != "token"}
    if tagged is None:
        assume(f"{str(file)!r}: JSON, tokens without tags")
    else:
        others = [name for name in kept if name != tagged]
        rest = f" (not {', '.join(others)})" if others else ""
        assume(f"{str(file)!r}: JSON, tokens with their tags in {tagged!r}{rest}")
    return TaggedCorpus(columns, tagged or "tag", lines=[[sentence.line] for sentence in sentences])


def _is_numbered(sentences: list[_Sentence], name: str) -> bool:
    return any(name in sentence.numbered for sentence in sentences)


def _with_spans(file: Path, sentences: list[_Sentence], cut: Cut | None) -> TaggedCorpus:
    for sentence in sentences:
        if sentence.spans is None:
            raise ValueError(
                f"{str(file)!r}, line {sentence.line}: no spans, which taggers learn from. Add them ([] for none), or "
                "drop the line."
            )
    texts = [sentence.tokens for sentence in sentences if isinstance(sentence.tokens, str)]
    is_chinese = majority_language(texts) == "zh" if texts else False
    votes = [
        vote
        for sentence in sentences
        for span in sentence.spans or ()
        if (vote := says_inclusive(sentence.tokens, span)) is not None
    ]
    are_inclusive = 2 * sum(votes) > len(votes)
    words, tags = [], []
    overlaps: list[int] = []
    for sentence in sentences:
        try:
            spans = resolved_spans(sentence.tokens, sentence.spans or (), are_inclusive=are_inclusive)
        except SpanError as error:
            raise ValueError(f"{str(file)!r}, line {sentence.line}: {error}. Correct the line.") from error
        kept = outermost(spans)
        if len(kept) < len(set(spans)):
            overlaps.append(sentence.line)
        if isinstance(sentence.tokens, str):
            found, kept = _cut_text(
                sentence.tokens, kept, cut or _pieces(_CHARACTER if is_chinese else _WORD)
            )
        else:
            found = list(sentence.tokens)
        words.append(found)
        tags.append(spans_to_tags(kept, len(found), "IOB2"))
    keep = [k for k, found in enumerate(words) if found]
    if not keep:
        raise no_sentence(file)
    ends = "its last character" if are_inclusive else "one after its last character"
    how = (
        "as asked for"
        if cut
        else "into characters"
        if is_chinese
        else "at white space and at the ends of spans"
    )
    what = f"texts with spans, cut {how}, the end of a span {ends}" if texts else "tokens with spans"
    assume(f"{str(file)!r}: JSON, {what}")
    if overlaps:
        warnings.warn(
            f"{str(file)!r}: spans overlap in {counted(len(overlaps), 'text')}, first in line "
            f"{overlaps[0]}; of these, the one that begins first is kept, and of several the longest.",
            stacklevel=2,
        )
    return TaggedCorpus(
        {"token": [words[k] for k in keep], "tag": [tags[k] for k in keep]},
        lines=[[sentences[k].line] for k in keep],
    )


def outermost(spans: Iterable[Span]) -> list[Span]:
    """Return non-overlapping spans in order; of overlapping ones, the one that begins first and is longest is kept."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (span[1], -span[2], span[0])):
        if not kept or span[1] >= kept[-1][2]:
            kept.append(span)
    return kept


def _pieces(pattern: re.Pattern[str]) -> Cut:
    return lambda text: [match.span() for match in pattern.finditer(text)]


def _cut_text(text: str, spans: list[Span], cut: Cut) -> tuple[list[str], list[Span]]:
    """Return the tokens of a text, which is also split at the ends of spans, and the spans as token indices."""
    borders = sorted({border for _, start, end in spans for border in (start, end)})
    tokens = []
    for start, end in cut(text):
        inside = [border for border in borders if start < border < end]
        tokens += [(a, b) for a, b in pairwise([start, *inside, end]) if text[a:b].strip()]
    first = {start: k for k, (start, _) in enumerate(tokens)}
    last = {end: k + 1 for k, (_, end) in enumerate(tokens)}
    kept = [(kind, first[start], last[end]) for kind, start, end in spans if start in first and end in last]
    return [text[start:end] for start, end in tokens], kept
