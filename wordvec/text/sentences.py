"""Sentence splitting of English and Chinese text, with offsets."""

from __future__ import annotations

import functools
import re

from wordvec.text.abbreviations import ABBREVIATIONS, CAPITAL_ABBREVIATIONS, SENTENCE_STARTERS, STATES, TITLES
from wordvec.text.language import HAN

__all__ = ["sentence_spans", "split_sentences"]

_CLOSERS = "\"'\u2019\u201d)\\]}\u300d\u300f\u300b\uff09\u3011"
_OPENERS = "\"'\u2018\u201c(\\[{*\u00ab\u00bf\u00a1-"
_TITLES = frozenset((*TITLES, "no", "nos", "p", "pp", "art"))
_ABBREVIATIONS = frozenset((*ABBREVIATIONS, *map(str.lower, (*CAPITAL_ABBREVIATIONS, *STATES))))
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]|[Pp]h\.D")
_NUMBER = re.compile(r"[(]?(?:\d{1,3}|[ivxIVX]+)")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the sentences of English or Chinese text.

    An English sentence ends at ``.``, ``!``, ``?`` or an ellipsis, including closing quotes and brackets, if white
    space and no lower-case letter follow; not after titles, initials and list numbers, and after other abbreviations
    only before a word that often begins a sentence. A Chinese one ends at ``。``, ``！``, ``？``, ``；`` or ``……``. An
    empty line ends a sentence, a single line end does not.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of (int, int)
        Begin and end of each sentence in characters; white space around a sentence is not part of it.

    Examples
    --------
    >>> text = "Dr. Lee left at 5 p.m. He said: “Why not?” 他说：“好的。”然后走了！"
    >>> [text[a:b] for a, b in sentence_spans(text)]
    ['Dr. Lee left at 5 p.m.', 'He said: “Why not?”', '他说：“好的。”', '然后走了！']
    """
    spans = []
    begin = 0
    for match in _pattern().finditer(text):
        if match["english"] and not _ends_sentence(text, begin, match):
            continue
        spans += _stripped(text, begin, match.end())
        begin = match.end()
    return [*spans, *_stripped(text, begin, len(text))]


def split_sentences(text: str) -> list[str]:
    """Return the sentences of `sentence_spans`."""
    return [text[begin:end] for begin, end in sentence_spans(text)]


@functools.cache
def _pattern() -> re.Pattern[str]:
    # Possessive, and from the first of several stops only: a run of stops is looked at once.
    stops = "[.!?\u2026]"
    english = f"(?<!{stops})(?P<stop>{stops}++)(?P<close>[{_CLOSERS}]*+)(?=\\s++(?P<next>[{_OPENERS}]*\\S))"
    chinese = (
        f"(?:[\u3002\uff01\uff1f\uff1b\uff61]+|\u2026{{2,}}|(?<=[{HAN}])(?:[!?;]+|\\.{{6}}|\u2026)(?=[{HAN}{_CLOSERS}]))"
        f"[\u3002\uff01\uff1f!?\u2026]*[{_CLOSERS}]*(?![\uff0c\u3001\u3002\uff1b\uff1a])"
    )
    return re.compile(f"(?P<chinese>{chinese})|(?P<english>{english})|\\n[^\\S\\n]*\\n")


def _ends_sentence(text: str, begin: int, match: re.Match[str]) -> bool:
    """Return whether a sentence that began at `begin` ends at a stop before white space."""
    following = match["next"]
    if following[-1].islower():
        return False
    if match["stop"] != ".":
        return True
    # The stop of an abbreviation closes no quote.
    words = text[max(begin, match.start() - 40) : match.start()].split()
    word = words[-1].lstrip(_OPENERS.replace("\\", "")) if words else ""
    if not word:
        return False
    small = word.lower()
    if small in _TITLES:
        return small in ("no", "art") and not following[-1].isdigit()
    if len(word) == 1 and word.isupper() and word != "I":
        return bool(match["close"]) and ")" in match["close"]
    if _NUMBER.fullmatch(word) and text[begin : match.start()].strip() == word:
        return False
    if small in _ABBREVIATIONS or _ACRONYM.fullmatch(word):
        begins = re.match(r"\w+", text[match.end() :].lstrip().lstrip(_OPENERS.replace("\\", ""))[:20])
        return bool(match["close"]) or (begins is not None and begins[0].lower() in SENTENCE_STARTERS)
    return True


def _stripped(text: str, begin: int, end: int) -> list[tuple[int, int]]:
    part = text[begin:end]
    first = begin + len(part) - len(part.lstrip())
    last = begin + len(part.rstrip())
    return [(first, last)] if first < last else []
