"""Tokenizers: text to ``list[str]``.

Each is a callable that takes a piece of text without line ends. All of them can be pickled, so that a
`LineCorpus` can.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Choice, Function, Rule
from wordvec._utils.validation import import_optional
from wordvec.text.language import majority_language

Tokenizer = Callable[[str], list[str]]


# What estimators and commands take; "auto" chooses by the language of the texts.
TOKENIZERS = ("auto", "word", "whitespace", "zh")
TOKENIZER_RULE: Rule = Choice(*TOKENIZERS) | Function()


def resolve_tokenizer(
    tokenizer: str | Tokenizer, lowercase: bool = False, owner: str = "LineCorpus"
) -> Tokenizer:
    """Return the callable that `tokenizer` names.

    Parameters
    ----------
    tokenizer : {"whitespace", "word", "zh"} or callable
        - ``"whitespace"``: `str.split`.
        - ``"word"``: words and numbers of any script with spaces; see `split_unicode_words`.
        - ``"zh"``: Chinese, segmented by rjieba (``pip install "wordvec[nlp]"``); white space is dropped.
        - a callable: ``str -> list[str]``.
    lowercase : bool
        Whether tokens are lower-cased with `str.lower`.
    owner : str
        The class or function that has the parameter, for messages.

    Raises
    ------
    ImportError
        If the library that the tokenizer needs is not installed.
    ParameterError
        If `tokenizer` is neither callable nor one of the names.
    """
    if callable(tokenizer):
        chosen: Tokenizer = tokenizer
    else:
        chosen = _NAMED[(Choice(*_NAMED) | Function()).check("tokenizer", tokenizer, owner)]
    if chosen is cut_chinese:
        _rjieba()  # a missing library is an error here, not at the first line
    return functools.partial(_lowered, chosen) if lowercase else chosen


def choose_tokenizer(
    tokenizer: str | Tokenizer, lowercase: bool, texts: Sequence[Any], owner: str
) -> Tokenizer:
    """Return the callable that `tokenizer` names; "auto" chooses by the language of `texts`.

    Raises
    ------
    ImportError
        If rjieba is needed and not installed.
    ParameterError
        If `tokenizer` is neither callable nor one of the names.
    """
    if callable(tokenizer):
        return resolve_tokenizer(functools.partial(_checked_tokens, tokenizer, owner), lowercase)
    return resolve_tokenizer(tokenizer_name(tokenizer, texts, owner), lowercase)


def tokenizer_name(tokenizer: str, texts: Sequence[Any], owner: str) -> str:
    """Return the checked name of a tokenizer; "auto" chooses by the language of `texts`.

    Raises
    ------
    ParameterError
        If `tokenizer` is none of the names.
    """
    TOKENIZER_RULE.check("tokenizer", tokenizer, owner)
    if tokenizer == "auto":
        return "zh" if majority_language(texts) == "zh" else "word"
    return tokenizer


def _lowered(tokenizer: Tokenizer, text: str) -> list[str]:
    # Tokens are lowered, not the text: a tokenizer may need the case to find its tokens.
    return [token.lower() for token in tokenizer(text)]


def _checked_tokens(tokenizer: Callable[[str], Iterable[Any]], owner: str, text: str) -> list[str]:
    tokens = tokenizer(text)
    listed = list(tokens) if hasattr(tokens, "__iter__") and not isinstance(tokens, (str, bytes)) else None
    if listed is None or not all(isinstance(token, str) for token in listed):
        raise ParameterError("tokenizer", owner, f"return a list of str for {text[:20]!r}", tokens)
    return listed


def split_unicode_words(text: str) -> list[str]:
    """Return the words and numbers of `text`, without punctuation.

    A word is a run of letters, digits and the marks that combine with them. Inside a word one apostrophe,
    hyphen, underscore or zero-width joiner is kept (``don't``, ``well-known``), inside a number one point or
    comma (``3.14``). Scripts without spaces come out as one word per run.
    """
    return _word_pattern().findall(text)


@functools.cache
def _word_pattern() -> re.Pattern[str]:
    # Marks are not part of \w in the standard library's `re`, which would cut words of Hindi, for example.
    points = [point for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point))[0] == "M"]
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    marks = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    run = f"(?:[^\\W_]++[{marks}]*+)++"
    inside = "['\u2019\u02bc\\-\u2010\u2011_\u200c\u200d]|(?<=\\d)[.,](?=\\d)"
    return re.compile(f"{run}(?:(?:{inside}){run})*")


def cut_chinese(text: str) -> list[str]:
    """Return the words of Chinese `text`, segmented by rjieba; white space is dropped.

    Raises
    ------
    ImportError
        If rjieba is not installed.
    """
    return [token for token in _rjieba().cut(text) if not token.isspace()]


_NAMED: dict[str, Tokenizer] = {"whitespace": str.split, "word": split_unicode_words, "zh": cut_chinese}


@functools.cache
def _rjieba() -> ModuleType:
    return import_optional("rjieba", pip="wordvec[nlp]", purpose='tokenizer="zh"')


def spacy_tokenizer(language: str = "en") -> Tokenizer:
    """Return the rule-based tokenizer of a spaCy language, without white space; needs spaCy, but no model.

    Parameters
    ----------
    language : str
        spaCy's code of the language, e.g. ``"en"``.

    Raises
    ------
    ImportError
        If spaCy, or a library that it needs for this language, is not installed.
    """
    return _SpacyTokenizer(language)


class _SpacyTokenizer:
    def __init__(self, language: str) -> None:
        spacy = import_optional("spacy", pip="wordvec[nlp]", purpose="spacy_tokenizer")
        self._language = language
        self._tokenizer = spacy.blank(language).tokenizer

    def __call__(self, text: str) -> list[str]:
        return [token.text for token in self._tokenizer(text) if not token.is_space]

    def __reduce__(self) -> tuple[Any, ...]:
        return _SpacyTokenizer, (self._language,)


def nltk_tokenizer() -> Tokenizer:
    """Return NLTK's Treebank-style word tokenizer, which needs NLTK, but no downloaded data.

    Raises
    ------
    ImportError
        If NLTK is not installed.
    """
    tokenize = import_optional("nltk.tokenize", pip="wordvec[nlp]", purpose="nltk_tokenizer")
    return tokenize.NLTKWordTokenizer().tokenize
