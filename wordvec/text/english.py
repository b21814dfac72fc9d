"""Tokenizers of English with offsets, in the styles of the Penn Treebank and of UD English EWT.

Each is one regular expression whose alternatives are tried in order at each position. They follow the guidelines and
the training sets of the two corpora; nothing is normalised, so a token is the text between its offsets.
"""

from __future__ import annotations

import functools
import re

from wordvec.text.abbreviations import (
    ABBREVIATIONS,
    CAPITAL_ABBREVIATIONS,
    DATE_ABBREVIATIONS,
    PREFIXES,
    STATES,
    TOP_DOMAINS,
)

__all__ = ["ptb_spans", "split_ptb", "split_ud", "ud_spans"]

_APOSTROPHE = "['\u2019`\u00b4]"
_DASH = "[-\u2010\u2011]"
# Marks that combine with letters: of Latin and Cyrillic, Hebrew, Arabic, the scripts of India and South East Asia.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963"
    "\u0966-\u0df3\u0e31-\u0e4e\u0eb1-\u0ecd\u0f71-\u0f84\u102b-\u103e\u17b4-\u17d3\u200c\u200d"
)
_LETTER = f"(?:[^\\W\\d_][{_MARKS}]*+)"
_ALNUM = f"(?:{_LETTER}|\\d)"
_END = "(?![^\\W_])"
_CLITIC = f"{_APOSTROPHE}(?i:s|m|d|re|ve|ll){_END}"
_NEGATION = f"(?i:n){_APOSTROPHE}(?i:t){_END}"
# "don't" begins with a token that ends before the negation, "gonna" with one of three letters.
_STEM = f"{_LETTER}+?(?={_NEGATION})"
_JOINED = "(?i:can(?=not\\b)|gon(?=na\\b)|got(?=ta\\b)|wan(?=na\\b)|lem(?=me\\b)|gim(?=me\\b))"
_CUT = f"{_APOSTROPHE}(?i:em|til|tis|twas|cause|n){_END}"
# Not the full stop that ends the text, apart from quotes after it: that is a token of its own.
_STOP = "\\.(?![\\s\"'\u2019\u201d*]*$)"

_URL = (
    '(?:(?:https?|ftps?|file|mailto|news|ymsgr):(?://)?|www\\d?\\.)[^\\s<>"\u201c\u201d()\\[\\]|]*'
    '(?:\\([^\\s<>"()]*\\)[^\\s<>"()\\[\\]|]*)*[^\\s<>"\u201c\u201d()\\[\\]|.,;:!?\'\u2019*]'
)
_ADDRESS = "[\\w.+-]*\\w(?:\\.{3})?@[\\w-]*\\w(?:\\.[\\w-]*\\w)+"
_DOMAIN = (
    f'(?:[^\\W_][\\w-]*\\.)+(?i:{"|".join(TOP_DOMAINS)})(?![\\w@])(?:/[^\\s<>"()]*[^\\s<>"().,;:!?])?'
    "|[a-z][a-z\\d]+(?:\\.[a-z][a-z\\d-]+){2,}"
)
_FILE = "(?:[\\w#%!-]*[\\w!]\\.)+(?i:docx?|xlsx?|pptx?|pdf|txt|html?|zip|exe|jpe?g|gif|png|mp3|url|csv)(?![^\\W_])"
_ABBREVIATION = (
    f"(?:(?i:{'|'.join(ABBREVIATIONS)}){_STOP}|(?:{'|'.join(CAPITAL_ABBREVIATIONS)}){_STOP}"
    f"|(?<=, )(?:{'|'.join(STATES)}){_STOP}|(?:{'|'.join(DATE_ABBREVIATIONS)})\\.(?=\\s+[a-z\\d]|,)"
    "|(?i:nos?|art|pp?)\\.(?=\\s\\d))"
)
# U.S., a.m., Ph.D., and U.S where the stop is that of the sentence.
_ACRONYM = f"(?:(?:{_LETTER}\\.)+{_LETTER}{_END}(?!\\.[^\\W_])(?:{_STOP})?|Ph\\.D{_END}(?:{_STOP})?)"
_INITIAL = f"[^\\W\\d_a-z]{_STOP}(?=\\s+{_LETTER}|,)"
_RUNS = "``|''|\\.{2,}|\u2026+\\.*|[-\u2012-\u2015]{2,}|([*=_~+#|])\\1+|[.!?]+[!?]|!+\\.+"
_PICTURE = "[\u2190-\u2bff\u3030\u303d\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
_SHADE = "[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*+"
# Flags are pairs of letters; people and families are joined pictures.
_EMOJI = f"[\U0001f1e6-\U0001f1ff]{{2}}|{_PICTURE}{_SHADE}(?:\u200d{_PICTURE}{_SHADE})*+|[#*\\d]\ufe0f?\u20e3"
_FACE = "(?<!\\S)[:;=]['’]?-?[()D](?!\\S)"


def ptb_spans(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the tokens of English text, in the style of the Penn Treebank and CoNLL-2003.

    Hyphenated words are one token, as are signed numbers, scores and dates; clitics, punctuation, currency
    signs, slashes between words and the last full stop of a text are tokens of their own. Quotation marks stay as
    they are.

    Parameters
    ----------
    text : str
        A sentence, or several.

    Returns
    -------
    list of (int, int)
        Begin and end of each token in characters; white space belongs to no token.

    Examples
    --------
    >>> [text[a:b] for text in ["It's Dr. Lee's one-day visit (to the U.S.)."] for a, b in ptb_spans(text)]
    ['It', "'s", 'Dr.', 'Lee', "'s", 'one-day', 'visit', '(', 'to', 'the', 'U.S.', ')', '.']

    References
    ----------
    Marcus, Santorini and Marcinkiewicz (1993), "Building a large annotated corpus of English: the Penn Treebank",
    Computational Linguistics 19(2).
    Tjong Kim Sang and De Meulder (2003), "Introduction to the CoNLL-2003 shared task", CoNLL.
    """
    return [match.span() for match in _ptb_pattern().finditer(text)]


def ud_spans(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the tokens of English text, in the style of UD English EWT.

    Words are split at hyphens, except after prefixes (``e-mail``, ``anti-war``); clitics and contracted words are split
    (``do n't``, ``can not``, ``gon na``); URLs, e-mail addresses, file names and emoticons are kept whole.

    Parameters and result are those of `ptb_spans`.

    Examples
    --------
    >>> [text[a:b] for text in ["I don't do well-known e-mail tricks :)"] for a, b in ud_spans(text)]
    ['I', 'do', "n't", 'do', 'well', '-', 'known', 'e-mail', 'tricks', ':)']

    References
    ----------
    Silveira et al. (2014), "A gold standard dependency corpus for English", LREC.
    """
    return [match.span() for match in _ud_pattern().finditer(text)]


def split_ptb(text: str) -> list[str]:
    """Return the tokens of `ptb_spans`."""
    return [match[0] for match in _ptb_pattern().finditer(text)]


def split_ud(text: str) -> list[str]:
    """Return the tokens of `ud_spans`."""
    return [match[0] for match in _ud_pattern().finditer(text)]


@functools.cache
def _ptb_pattern() -> re.Pattern[str]:
    # The signs inside a word; after an apostrophe there is no clitic, after a full stop no new sentence.
    inside = (
        f"(?:{_DASH}|{_APOSTROPHE}(?!(?i:s|m|d|re|ve|ll){_END})|[&_@]"
        "|\\.(?=[a-z]{2})|(?<=\\b[A-Z])\\.(?=[A-Z])|(?<=\\d)[.,:](?=\\d))"
    )
    word = f"{_ALNUM}+(?:{inside}{_ALNUM}+)*+(?:{_DASH}(?=\\s)|\\+(?=[\\s)]))?"
    joined = f"(?:{_DASH}{word})?"
    number = "[+]?\\.?\\d+(?:[.,:/-]\\.?\\d+)*+"
    return _compiled(
        _URL, _ADDRESS, _ACRONYM + joined, _ABBREVIATION + joined, _INITIAL,
        "(?:\\A|(?<=\\n))\\d{1,3}\\.(?=\\s+\\S)", "(?i:no)\\.\\d+", "\\d\\d\\.[A-Z]{3}\\.\\d\\d",
        _EMOJI, "[A-Z]{0,3}\\$", "C\\+\\+|[CF]#", _RUNS, _FACE,
        f"(?<=\\w){_NEGATION}", f"(?<=\\S){_CLITIC}", _CUT, _JOINED, _STEM,
        "\\d+\\.\\d+(?=/\\d)", f"{number}(?![^\\W_]|{_DASH}(?:{_ALNUM}|\\s))",
        f"(?:[+]?\\.?(?=\\d))?{word}", number, "\\S",
    )  # fmt: skip


@functools.cache
def _ud_pattern() -> re.Pattern[str]:
    inside = f"(?:{_APOSTROPHE}(?!(?i:s|m|d|re|ve|ll){_END})|[&_@])"
    word = f"{_ALNUM}+(?:{inside}{_ALNUM}+)*+"
    emoticon = "(?<![^\\s.!?])(?:[:;=]['\u2019]?[-o^]?[()DPp/|\\[\\]*]+|[(]+-?[:;=]|<3+|\\^_+\\^)(?!\\w)"
    phone = "(?:1-)?\\d{3}[-/.]\\d{3}[-.]\\d{4}|\\d{3}-\\d{4}"
    date = "\\d{1,4}[-/]\\d{1,2}[-/]\\d{2,4}|(?!1/[234]\\b|2/3|3/4)(?:0?[1-9]|1[0-2])/(?:[012]?\\d|3[01])"
    number = "\\d+(?:[.,:]\\d+)*+"
    # Clitics whose apostrophe was left out.
    bare = (
        "(?i:(?:do|wo|ca|did|does|could|would|should|is|was|are|were|have|has|had|ai)(?=nt\\b)"
        "|(?:i(?=(?:m|ve)\\b))|(?:you|they)(?=(?:re|ve)\\b)|we(?=ve\\b)|(?:that|he|she|there)(?=s\\b))"
    )
    return _compiled(
        _URL, _ADDRESS, _FILE, _DOMAIN, emoticon, _ACRONYM, _ABBREVIATION, _INITIAL,
        _EMOJI, "C\\+\\+|[CF]#|<<|>>|['\u2018\u2019]['\u2019]", _RUNS, "[A-Z]{1,2}\\$", "(?i:w/o(?:ut)?)\\b",
        f"(?<=\\w){_NEGATION}",
        f"(?<![\\d\\s])(?<!^){_CLITIC}", f"(?<=[1-9]){_CLITIC}", f"{_APOSTROPHE}\\d\\ds?(?!\\d)", _CUT, _JOINED,
        "(?i:c'm(?=on\\b))", _STEM, bare, f"(?<!\\d)(?:{phone}|{date}){_END}", f"\\d+0{_APOSTROPHE}s{_END}",
        f"(?:(?<!\\S)\\+)?{number}(?i:st|nd|rd|th|s)?{_END}",
        f"(?i:{'|'.join(PREFIXES)}){_DASH}{word}", f"{number}(?=[^\\W\\d_])", word, "\\.\\d+", "\\S",
    )  # fmt: skip


def _compiled(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives))
