"""Words of questions and passages with offsets and types, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wordvec.text.english import ptb_spans
from wordvec.text.offsets import align_tokens
from wordvec.text.segmenter import default_segmenter

from ...features.terms import english_key

__all__ = ["KINDS", "Words", "function_words", "words_of"]

# The kinds of words that the reader tells apart. "start" and "end" stand for the edges of a sentence.
KINDS = {
    "en": (
        "start", "end", "the", "a", "of", "in", "on", "at", "by", "to", "from", "for", "with", "as", "and", "or",
        "than", "about", "because", "that", "be", "have", "modal", "pronoun", "other function word", "year", "number",
        "number word", "ordinal", "month", "unit", "money", "percent", "name", "title", "capitals", "past form",
        "ing form", "adverb", "plural", "word", "comma", "stop", "opening", "closing", "quote", "dash", "mark",
    ),
    "zh": (
        "start", "end", "person", "place", "organisation", "other name", "number", "year", "time", "measure", "noun",
        "verb", "verbal noun", "adjective", "adverb", "pronoun", "de", "particle", "is", "at", "by", "for", "because",
        "preposition", "and", "locality", "foreign", "digits", "idiom", "title open", "title close", "quote open",
        "quote close", "opening", "closing", "comma", "pause", "stop", "dash", "other",
    ),
}  # fmt: skip


def _listed(text: str) -> list[str]:
    return text.split()


_MONTHS = _listed("january february march april may june july august september october november december")
_MONTHS += ["jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "oct", "nov", "dec"]
_NUMBERS = _listed(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion "
    "trillion dozen half zero once twice double"
)
_ORDINALS = _listed("first second third fourth fifth sixth seventh eighth ninth tenth last")
_UNITS = _listed(
    "year years month months week weeks day days hour hours minute minutes second seconds century centuries decade "
    "decades percent mile miles kilometers kilometres meters metres feet foot inches km m mi ft kg pounds tons tonnes "
    "acres people students square degrees dollars euros times points yards members"
)
_TITLES = _listed(
    "mr mrs ms dr sir king queen president prince princess pope saint st lord duke general professor"
)
_ENGLISH: dict[str, str] = {
    **dict.fromkeys(["the", "this", "these", "those", "its", "their", "his", "her", "our", "my", "your"], "the"),
    **dict.fromkeys(["a", "an", "any", "some", "each", "every", "no", "another"], "a"),
    **{word: word for word in ("of", "in", "on", "at", "by", "to", "from", "for", "with", "as", "or", "than")},
    **dict.fromkeys(["during", "within", "into", "inside", "throughout", "near", "between", "among"], "in"),
    **dict.fromkeys(["and", "&"], "and"),
    **dict.fromkeys(["about", "around", "approximately", "over", "nearly", "almost", "roughly", "only"], "about"),
    **dict.fromkeys(["because", "due", "since", "so"], "because"),
    **dict.fromkeys(["that", "which", "who", "whom", "whose", "where", "when", "what", "how", "why", "if"], "that"),
    **dict.fromkeys(["is", "are", "was", "were", "be", "been", "being", "'s", "called", "named", "known"], "be"),
    **dict.fromkeys(["has", "have", "had", "having"], "have"),
    **dict.fromkeys(
        ["will", "would", "can", "could", "may", "might", "must", "shall", "should", "do", "does", "did"], "modal"
    ),
    **dict.fromkeys(["he", "she", "it", "they", "we", "i", "you", "him", "them", "us", "there", "one"], "pronoun"),
    **dict.fromkeys(
        _listed(
            "but not also more most such other than then after before until while through under against both all many "
            "much few several very too just however although though n't up out off down when upon per via own same "
            "well even still often"
        ),
        "other function word",
    ),
    **dict.fromkeys(_MONTHS, "month"),
    **dict.fromkeys(_NUMBERS, "number word"),
    **dict.fromkeys(_ORDINALS, "ordinal"),
    **dict.fromkeys(_UNITS, "unit"),
    **dict.fromkeys(["$", "\u00a3", "\u20ac", "\u00a5", "us$"], "money"),
    "%": "percent",
    ",": "comma", ";": "comma", ":": "mark", ".": "stop", "!": "stop", "?": "stop",
    "(": "opening", "[": "opening", ")": "closing", "]": "closing",
    **dict.fromkeys(['"', "\u201c", "\u201d", "``", "''", "'", "\u2018", "\u2019"], "quote"),
    **dict.fromkeys(["-", "--", "\u2013", "\u2014"], "dash"),
}  # fmt: skip
_CHINESE_POS = {
    "nr": "person", "nrt": "person", "nrfg": "person", "ns": "place", "nt": "organisation", "nz": "other name",
    "m": "number", "mq": "number", "t": "time", "q": "measure", "n": "noun", "ng": "noun", "an": "noun", "v": "verb",
    "vg": "verb", "vd": "verb", "vi": "verb", "vq": "verb", "vn": "verbal noun", "a": "adjective", "ad": "adjective",
    "b": "adjective", "z": "adjective", "d": "adverb", "df": "adverb", "r": "pronoun", "uj": "de", "ul": "particle",
    "uz": "particle", "ud": "particle", "ug": "particle", "uv": "particle", "y": "particle", "p": "preposition",
    "c": "and", "f": "locality", "s": "locality", "eng": "foreign", "i": "idiom", "l": "idiom", "j": "other name",
}  # fmt: skip
_CHINESE: dict[str, str] = {
    "\u662f": "is", "\u4e3a": "is", "\u5373": "is", "\u53eb": "is", "\u79f0": "is", "\u5728": "at", "\u4e8e": "at",
    "\u4f4d\u4e8e": "at", "\u7531": "by", "\u88ab": "by", "\u56e0": "because", "\u56e0\u4e3a": "because",
    "\u7531\u4e8e": "because", "\u548c": "and", "\u4e0e": "and", "\u53ca": "and", "\u6216": "and", "\u4ee5": "for",
    "\u7684": "de", "\u300a": "title open", "\u300b": "title close", "\u201c": "quote open", "\u201d": "quote close",
    "\u300c": "quote open", "\u300d": "quote close", '"': "quote close", "\uff08": "opening", "(": "opening",
    "\uff09": "closing", ")": "closing", "\uff0c": "comma", ",": "comma", "\uff1b": "comma", "\uff1a": "comma",
    "\u3001": "pause", "\u00b7": "dash", "\u3002": "stop", "\uff01": "stop", "\uff1f": "stop", "-": "dash",
    "\u2014": "dash", "\u2014\u2014": "dash",
}  # fmt: skip
# Characters of pronouns, particles and auxiliaries.
_CHINESE_COMMON = (
    "\u6211\u4f60\u60a8\u4ed6\u5979\u5b83\u4eec\u8fd9\u90a3\u54ea\u4e2a\u4e86\u7740\u8fc7\u5417\u5462"
    "\u5427\u554a\u4e48\u4e0d\u6ca1\u6709\u4e5f\u5c31\u90fd\u5f88\u5230\u8bf4\u8981\u4f1a\u80fd\u53ef"
    "\u5f97\u5730\u7ed9\u4ec0\u600e\u8c01\u51e0\u591a\u8fd8\u53c8\u518d\u597d\u628a\u8ba9\u5bf9\u4ece"
)
_FUNCTION_KINDS = frozenset(
    ("the", "a", "of", "in", "on", "at", "by", "to", "from", "for", "with", "as", "or", "than", "and", "about",
     "because", "that", "be", "have", "modal", "pronoun", "other function word")
)  # fmt: skip
_YEAR = re.compile(r"1[0-9]{3}s?|20[0-9]{2}s?")
_NUMBER = re.compile(r"[+-]?\d[\d.,:/\u2013-]*\w{0,3}")
_CHINESE_YEAR = re.compile(r"(?:1\d|20)\d\d")


@dataclass(frozen=True)
class Words:
    """The words of a text.

    Attributes
    ----------
    texts, keys : list of str
        The words, and their keys for comparison: lower-cased and stemmed.
    begins, ends : int64 (N,)
        Offsets in characters of the text.
    kinds : int64 (N,)
        Indices into `KINDS` of the language.
    language : {"en", "zh"}
    """

    texts: list[str]
    keys: list[str]
    begins: np.ndarray
    ends: np.ndarray
    kinds: np.ndarray
    language: str

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def is_mark(self) -> np.ndarray:
        """Which words are punctuation marks; bool (N,)."""
        return np.array([not any(map(str.isalnum, text)) for text in self.texts], bool)


def words_of(text: str, language: str) -> Words:
    """Return the words of a text, tokenized as in the Penn Treebank or by the Chinese segmenter."""
    if language == "zh":
        tagged = default_segmenter().tag(text)
        spans = align_tokens(text, [word for word, _ in tagged])
        kinds = [_chinese_kind(word, pos) for word, pos in tagged]
    else:
        spans = ptb_spans(text)
        kinds = _english_kinds([text[begin:end] for begin, end in spans])
    texts = [text[begin:end] for begin, end in spans]
    begins, ends = np.array(spans, np.int64).reshape(-1, 2).T
    number_of = {kind: number for number, kind in enumerate(KINDS[language])}
    keys = [word.lower() if language == "zh" else english_key(word) for word in texts]
    return Words(texts, keys, begins, ends, np.array([number_of[kind] for kind in kinds], np.int64), language)


def function_words(language: str) -> frozenset[str]:
    """Return function words: articles, prepositions, pronouns, auxiliaries.

    >>> "the" in function_words("en"), "parcel" in function_words("en"), "\u7684" in function_words("zh")
    (True, False, True)
    """
    if language == "zh":
        return frozenset(word for word in _CHINESE if word.isalpha()) | frozenset(_CHINESE_COMMON)
    return frozenset(word for word, kind in _ENGLISH.items() if kind in _FUNCTION_KINDS)


def _english_kinds(words: Sequence[str]) -> list[str]:
    kinds: list[str] = []
    is_first = True
    for word in words:
        small = word.lower()
        kind = _ENGLISH.get(small)
        if kind == "month" and not word[0].isupper():
            kind = "modal" if small == "may" else None
        if kind is None:
            kind = _english_shape(word, small, is_first)
        kinds.append(kind)
        is_first = kind in ("stop", "quote", "opening") or (is_first and kind == "mark")
    return kinds


def _english_shape(word: str, small: str, is_first: bool) -> str:
    if _YEAR.fullmatch(small):
        return "year"
    if word[0].isdigit() or _NUMBER.fullmatch(word):
        return "ordinal" if small.endswith(("st", "nd", "rd", "th")) else "number"
    if not any(map(str.isalnum, word)):
        return "mark"
    if small.rstrip(".") in _TITLES and word[0].isupper():
        return "title"
    if len(word) > 1 and word.isupper():
        return "capitals"
    if word[0].isupper() and not (is_first and small.endswith(("ing", "ed", "ly"))):
        return "name"
    for suffix, kind in (("ed", "past form"), ("ing", "ing form"), ("ly", "adverb"), ("s", "plural")):
        if small.endswith(suffix) and len(small) > 3 and not small.endswith("ss"):
            return kind
    return "word"


def _chinese_kind(word: str, pos: str) -> str:
    kind = _CHINESE.get(word)
    if kind is not None:
        return kind
    if word.replace(".", "").replace(",", "").isdigit():
        return "year" if _CHINESE_YEAR.fullmatch(word) else "digits"
    if word in ("\u5e74", "\u6708", "\u65e5", "\u4e16\u7eaa", "\u5e74\u4ee3"):
        return "time"
    return _CHINESE_POS.get(pos, "other")
