"""Parsing of sub-questions and answers from the output of English and Chinese models."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from wordvec._io.json_files import json_value
from wordvec.text.language import HAN
from wordvec.text.sentences import split_sentences

__all__ = ["find_answer", "find_questions", "same_answer_key", "same_question_key", "short_answer"]

_HAN_NUMBER = "一二三四五六七八九十百"
_WORDS = "step|question|sub-?\\s?question|sub-?\\s?problem|problem|part"
_HAN_WORDS = "步骤|步|子问题|问题|问"
# "1.", "(1)", "1)", "1、", "①", "一、", "第一步：", "Step 1:", "Subquestion 1.", "问题1：", "-", "*", "•"; bold or not.
_ITEM = re.compile(
    rf"""(?:\*\*|__)?(?:
        (?:{_WORDS})\s*\#?\d+\s*[.:)：-]
      | 第\s*[{_HAN_NUMBER}\d]+\s*(?:{_HAN_WORDS}|个问题|个子问题)?\s*[:：、,，.]
      | (?:{_HAN_WORDS})\s*[{_HAN_NUMBER}\d]+\s*[:：、.．]
      | [(（]?\s*\d{{1,3}}\s*(?:[)）、．]|[.:：](?!\d))
      | [(（][{_HAN_NUMBER}]{{1,3}}[)）]
      | [{_HAN_NUMBER}]{{1,3}}\s*[、．.:：]
      | [\u2460-\u2473]
      | (?P<bullet>[-*\u2022\u00b7\u2013](?=\s))
    )(?:\*\*|__)?\s*(?P<item>.*)""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTES = {'"': '"', "\u201c": "\u201d", "\u300c": "\u300d", "\u300e": "\u300f", "\u2018": "\u2019", "'": "'"}
_DOUBLE = '"\u201c\u300c\u300e'
_QUOTED = re.compile(
    "|".join(
        f"{re.escape(a)}([^{re.escape(a + b)}\n]+){re.escape(b)}" for a, b in _QUOTES.items() if a in _DOUBLE
    )
)
_ENDS_QUESTION = re.compile(r"[?？][\"”’」』)）]*$")

_ANSWERS = re.compile(
    r"""
      \#\#\#\#\s*(?P<hashes>[^\n]+)
    | \\boxed\s*\{(?P<boxed>[^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*)\}
    | \boutputs?:?\s*(?P<outputs>["\u201c][^"\u201d\n]*["\u201d])
    | \banswers?\b(?:\s+to\s+[^\n:]{1,200}?)?[\s*]*
      (?:\bis\b|\bare\b|\bwould\s+be\b|[:=：])[\s:：]*(?P<english>[^\n]+)
    | (?:答案|得数|结果|(?<!回)答)[\s*]*(?:就|应该|应)?(?:[是为]|[:：=])[\s:：]*(?P<chinese>[^\n]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MOST_WORDS, _MOST_HAN = 6, 12
_NUMBER = re.compile(r"([-+]?[$€£¥]?\d[\d,]*(?:\.\d+)?%?)\.(?:\s|$)")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_AROUND = " \"'“”‘’「」『』*_`"
_BEHIND = f"{_AROUND}。.!！,，;；:：、"


def find_questions(text: str, question: str = "") -> list[str] | None:
    r"""Return the distinct sub-questions that a text lists, in order; None if it lists none.

    Recognised forms are lists with numbers or bullets, including "Step 1:", "（1）", "一、" and "第一步：";
    a JSON list; quoted questions after a colon, as in the prompts of Zhou et al. (2022); and lines that end in a
    question mark.

    Parameters
    ----------
    text : str
    question : str
        The question that is decomposed, which does not count as a sub-question. Quotes around sub-questions are
        removed, unless this question contains quotes.

    Examples
    --------
    >>> find_questions("We first answer:\n1. How old is Mo?\n2) **How old is Kody?**")
    ['How old is Mo?', 'How old is Kody?']
    >>> find_questions("“look twice after run” can be solved by: “look twice”, “run”.")
    ['look twice', 'run']
    >>> find_questions("第一步：小明几岁？\n第二步：小红几岁？")
    ['小明几岁？', '小红几岁？']
    >>> find_questions("I do not know.") is None
    True
    """
    keeps_quotes = _is_quoted(question.strip())
    for find in (_json_items, _listed_items, _quoted_items, _question_lines):
        if found := find(text):
            plain = [item if keeps_quotes else _without_quotes(item) for item in map(_plain_item, found)]
            return _without_repetitions(plain, question)
    return None


def _listed_items(text: str) -> list[str]:
    """Return the numbered items or, if there are none, the bulleted ones; an indented line continues an item."""
    items: dict[str, list[str]] = {"number": [], "bullet": []}
    kind = ""
    for line in text.splitlines():
        match = _ITEM.fullmatch(line.strip())
        if match and match["item"].strip(" *_"):
            kind = "bullet" if match["bullet"] else "number"
            items[kind].append(match["item"])
        elif kind and line[:1].isspace() and line.strip():
            items[kind][-1] += f" {line.strip()}"
        else:
            kind = ""
    found = items["number"] or items["bullet"]
    if len(found) == 1:  # "1. How many? 2. How much?"
        found = re.split(r"(?<=[?？.。;；])\s*[(（]?\d{1,2}[.)）、]\s*", found[0])
    return found


def _json_items(text: str) -> list[str]:
    start, end = text.find("["), text.rfind("]")
    if start < 0 or end < start:
        return []
    try:
        value = json_value(text[start : end + 1])
    except ValueError:
        return []
    is_list = isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)
    return value if is_list else []


def _quoted_items(text: str) -> list[str]:
    """Return the quoted items after the first colon outside quotes, or those of a text that consists of quotes only."""
    quoted = list(_QUOTED.finditer(text))
    outside = text
    for match in quoted:
        outside = outside[: match.start()] + "_" * len(match[0]) + outside[match.end() :]
    colon = re.search("[:：]", outside)
    is_list = colon is not None or not re.search(
        r"[^\W_]", re.sub(r"\b(?:and|then)\b|[和与然后]", "", outside)
    )
    if not is_list or find_answer(text) is not None:  # a text that answers quotes what it likes
        return []
    start = colon.end() if colon else 0
    return [match[0] for match in quoted if match.start() >= start]


def _question_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if _ENDS_QUESTION.search(line.strip())]


def _plain_item(item: str) -> str:
    """Return an item without surrounding emphasis and without the mark that separates it from the next."""
    item = item.strip().strip("*_").strip()
    is_parted = item.endswith((",", "，", ";", "；")) or item.endswith((".", "。")) and item[:1] in _QUOTES
    return item[:-1].rstrip() if is_parted else item


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and _QUOTES.get(text[0]) == text[-1] and text[-1] not in text[1:-1]


def _without_quotes(item: str) -> str:
    return item[1:-1].strip() if _is_quoted(item) else item


def _without_repetitions(items: list[str], question: str) -> list[str]:
    seen = {same_question_key(question)}
    kept = []
    for item in items:
        key = same_question_key(item)
        if key and key not in seen:
            kept.append(item)
            seen.add(key)
    return kept


def same_question_key(question: str) -> str:
    """Return the key that equal questions share: as `same_answer_key`, without a question mark."""
    return same_answer_key(same_answer_key(question).rstrip("? "))


def find_answer(text: str) -> str | None:
    r"""Return the answer that a text marks, or the last of several; None if it marks none.

    Markers are "the answer is ...", "Answer: ...", "#### ...", ``\boxed{...}`` and ``outputs "..."``; in Chinese
    "答案是……", "答案：……" and the like. The answer ends with its sentence, or is the quoted text.

    Examples
    --------
    >>> find_answer("Two and two are four. So the answer is 4. That is all.")
    '4'
    >>> find_answer('So, "think, machine" outputs "ke".'), find_answer("所以答案是 5 个。")
    ('ke', '5 个')
    >>> find_answer("I do not know.") is None
    True
    """
    found = None
    for match in _marked(text):
        found = match or found
    return found


def _marked(text: str) -> Iterator[str]:
    for match in _ANSWERS.finditer(text):
        kind = match.lastgroup
        assert kind is not None  # one of the groups matches
        value = match[kind].strip()
        if kind in ("english", "chinese"):
            # An answer may hold another mark: "the answer is: the result is 5".
            value = find_answer(value) or _first_of(value)
        yield _bare(value)


def _first_of(value: str) -> str:
    """Return the quoted text with which a value begins, or its first sentence."""
    value = value.strip().removeprefix("**").strip()
    closing = _QUOTES.get(value[:1])
    if closing and closing in value[1:]:
        return value[1 : value.index(closing, 1)]
    if match := _NUMBER.match(value):  # "4." may be the number of an item, too
        return match[1]
    sentences = split_sentences(value)
    return sentences[0] if sentences else ""


def _bare(value: str) -> str:
    """Return an answer without surrounding quotes and emphasis, and without the full stop."""
    value = value.strip()
    before = None
    while value != before:
        before = value
        value = value.strip("*_` ").removesuffix("。").removesuffix("．")
        if (
            value.endswith(".")
            and not value.endswith("..")
            and not re.search(r"(?:^|\W)(?:[^\W\d_]\.){2,}$", value)
        ):
            value = value[:-1]
        if len(value) > 1 and value[0] == value[-1] == "$" and "$" not in value[1:-1]:
            value = value[1:-1]
        if len(value) > 1 and _QUOTES.get(value[0]) == value[-1]:
            value = value[1:-1]
    return value


def short_answer(text: str) -> str | None:
    r"""Return a text that consists of an answer only: one line of at most 6 words, or 12 Chinese characters.

    Examples
    --------
    >>> short_answer(" 42.\n"), short_answer("It is large, so I think that it may be seven.")
    ('42', None)
    """
    lines = text.strip().splitlines()
    if len(lines) != 1 or len(split_sentences(lines[0])) != 1:
        return None
    n_han = len(re.findall(f"[{HAN}]", lines[0]))
    is_short = len(lines[0].split()) <= _MOST_WORDS and n_han <= _MOST_HAN
    return (_bare(lines[0]) or None) if is_short else None


def same_answer_key(answer: str) -> str:
    """Return the key that equal answers share: NFKC, lower case, no punctuation at the ends, "1,000" as "1000".

    Examples
    --------
    >>> same_answer_key(' "1,024". ') == same_answer_key("１０２４")
    True
    """
    text = " ".join(unicodedata.normalize("NFKC", answer).casefold().split())
    bare = text.lstrip(_AROUND).rstrip(_BEHIND) or text
    return bare.replace(",", "") if _GROUPED.fullmatch(bare) else bare
