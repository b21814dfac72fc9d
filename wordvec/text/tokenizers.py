"""Tokenizers: text to ``list[str]``.

Each is a callable that takes a piece of text without line ends. All of them can be pickled, so that a
`LineCorpus` can.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Choice, Function, Rule
from wordvec._utils.validation import check_choice, import_optional
from wordvec.text.conversion import converter
from wordvec.text.english import split_ptb, split_ud
from wordvec.text.language import majority_language
from wordvec.text.segmenter import Segmenter, cut_chinese, default_segmenter
from wordvec.text.user_words import UserDict

__all__ = [
    "CORPUS_TOKENIZER_RULE",
    "TOKENIZERS",
    "TOKENIZER_RULE",
    "TextTokenizer",
    "Tokenizer",
    "TokenizerRecord",
    "choose_tokenizer",
    "conversion_of",
    "cuts_chinese",
    "cut_chinese",
    "name_of",
    "nltk_tokenizer",
    "plain_name",
    "record_of",
    "resolve_tokenizer",
    "settle_tokenizer",
    "spacy_tokenizer",
    "split_characters",
    "split_unicode_words",
    "tokenizer_name",
]

Tokenizer = Callable[[str], list[str]]
# What files hold of a tokenizer: its name, a name with user words and conversion, or None for a callable.
TokenizerRecord: TypeAlias = "str | dict[str, Any] | None"

# Estimators also take "auto", which chooses by the language of the texts.
TOKENIZERS = ("whitespace", "word", "ptb", "ud", "zh", "chars")
CORPUS_TOKENIZER_RULE: Rule = Choice(*TOKENIZERS) | Function()
TOKENIZER_RULE: Rule = Choice("auto", *TOKENIZERS) | Function()


def resolve_tokenizer(
    tokenizer: str | Tokenizer, lowercase: bool = False, owner: str = "LineCorpus"
) -> Tokenizer:
    """Return the callable that `tokenizer` names.

    Parameters
    ----------
    tokenizer : {"whitespace", "word", "ptb", "ud", "zh", "chars"} or callable
        - ``"whitespace"``: `str.split`.
        - ``"word"``: words and numbers of any script with spaces; see `split_unicode_words`.
        - ``"ptb"``, ``"ud"``: English with punctuation, in the manner of the Penn Treebank and of Universal
          Dependencies; see `split_ptb` and `split_ud`.
        - ``"zh"``: Chinese, segmented by rjieba (``pip install "wordvec[nlp]"``); white space is dropped.
        - ``"chars"``: every character but white space.
        - a callable: ``str -> list[str]``; `TextTokenizer` is one, with user words and conversion of characters.
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
        chosen = _NAMED[CORPUS_TOKENIZER_RULE.check("tokenizer", tokenizer, owner)]
    if chosen is cut_chinese:
        default_segmenter()  # a missing library is an error here, not at the first line
    return functools.partial(_lowered, chosen) if lowercase else chosen


class TextTokenizer:
    """A tokenizer by name, with words of your own and conversion of characters; it can be pickled.

    It is used wherever a tokenizer can be chosen, and model files hold it: its name, words and conversion.

    Parameters
    ----------
    name : {"zh", "chars", "whitespace", "word", "ptb", "ud"}
        As in `resolve_tokenizer`.
    user_dict : path, or list of words or of (word, frequency, part of speech), optional
        Words that the Chinese segmenter should know; see `wordvec.text.Segmenter`.
    convert : str, optional
        How characters are converted before the text is split: ``"t2s"`` for simplified characters, ``"width"`` for
        full-width letters and digits; see `wordvec.text.convert_chinese`.

    Raises
    ------
    FileNotFoundError
        If the dictionary does not exist.
    ImportError
        If rjieba or OpenCC is needed and not installed.
    ParameterError, ValueError
        If a parameter or an entry of the dictionary is invalid.

    Examples
    --------
    >>> TextTokenizer("zh", user_dict=["云计算"], convert="width")("ＡＢＣ是云计算公司")
    ['ABC', '是', '云计算', '公司']
    """

    def __init__(
        self, name: str = "zh", *, user_dict: UserDict | None = None, convert: str | None = None
    ) -> None:
        self.name = check_choice("name", name, "TextTokenizer", TOKENIZERS)
        self.convert = convert
        if user_dict is not None and name != "zh":
            fix = "Pass {tokenizer='zh'}, or leave {user_dict} out."
            rule = "be left out: user words are for the Chinese segmenter"
            raise ParameterError("user_dict", "TextTokenizer", rule, user_dict, fix)
        self._convert = None if convert is None else converter(convert, "TextTokenizer")
        self._segmenter = Segmenter(user_dict) if user_dict is not None else None
        self._split = resolve_tokenizer(name) if self._segmenter is None else self._segmenter.cut

    @property
    def user_words(self) -> tuple[Any, ...]:
        """The words of the user dictionary, as (word, frequency, part of speech)."""
        return () if self._segmenter is None else self._segmenter.user_words

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of `text`."""
        return self._split(text if self._convert is None else self._convert(text))

    def to_dict(self) -> dict[str, Any]:
        """Return what files hold of the tokenizer, for JSON."""
        return {"name": self.name, "user_words": list(map(list, self.user_words)), "convert": self.convert}

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> TextTokenizer:
        """Return the tokenizer of `to_dict`.

        Raises
        ------
        ImportError
            If it needs a library that is not installed.
        KeyError, TypeError, ValueError
            If the record is damaged.
        """
        words = list(map(tuple, record["user_words"])) or None
        return cls(record["name"], user_dict=words, convert=record["convert"])

    def __reduce__(self) -> tuple[Any, ...]:
        return TextTokenizer.from_dict, (self.to_dict(),)

    def __deepcopy__(self, memo: dict[int, Any]) -> TextTokenizer:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextTokenizer) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.name, self.user_words, self.convert))

    def __repr__(self) -> str:
        words = f", user_dict={len(self.user_words)} words" if self.user_words else ""
        return f"TextTokenizer({self.name!r}{words}{f', convert={self.convert!r}' if self.convert else ''})"


def choose_tokenizer(
    tokenizer: str | Tokenizer, lowercase: bool, texts: Sequence[Any], owner: str
) -> Tokenizer:
    """Return the callable that `tokenizer` names; "auto" chooses by the language of `texts` and reports it.

    Raises
    ------
    ImportError
        If rjieba is needed and not installed.
    ParameterError
        If `tokenizer` is neither callable nor one of the names.
    """
    if isinstance(tokenizer, TextTokenizer):
        return resolve_tokenizer(tokenizer, lowercase)
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
        is_chinese = majority_language(texts) == "zh"
        name = "zh" if is_chinese else "word"
        # Of lists of tokens nothing is split.
        if any(isinstance(text, str) for text in itertools.islice(texts, 1)):
            assume(f"the texts: {'Chinese' if is_chinese else 'a language with spaces'}, tokenizer {name!r}")
        return name
    return tokenizer


def record_of(tokenizer: str | Tokenizer, texts: Sequence[Any], owner: str) -> TokenizerRecord:
    """Return what a file holds of a tokenizer: its name, that of a `TextTokenizer` with its settings, or None.

    Raises
    ------
    ParameterError
        If `tokenizer` is neither callable nor one of the names.
    """
    if isinstance(tokenizer, TextTokenizer):
        return tokenizer.to_dict()
    return None if callable(tokenizer) else tokenizer_name(tokenizer, texts, owner)


def settle_tokenizer(
    tokenizer: str | Tokenizer, lowercase: bool, texts: Sequence[Any], owner: str
) -> tuple[Tokenizer, TokenizerRecord]:
    """Return what `choose_tokenizer` returns, and what a file holds of it.

    Raises
    ------
    ImportError
        If a library that it needs is not installed.
    ParameterError
        If `tokenizer` is neither callable nor one of the names.
    """
    record = record_of(tokenizer, texts, owner)
    chosen = record if isinstance(record, str) else tokenizer
    return choose_tokenizer(chosen, lowercase, texts, owner), record


def name_of(record: TokenizerRecord) -> str | None:
    """Return the name of a tokenizer; None for a callable."""
    return str(record["name"]) if isinstance(record, dict) else record


def conversion_of(record: TokenizerRecord) -> str | None:
    """Return how a tokenizer converts characters, as `TextTokenizer` names it; None for not at all."""
    return record["convert"] if isinstance(record, dict) else None


def cuts_chinese(record: TokenizerRecord, texts: Sequence[Any]) -> bool:
    """Return whether the tokenizer of `record` is for text without blanks, and `texts` are such text."""
    name = name_of(record)
    return name == "zh" or (name == "chars" and majority_language(texts) == "zh")


def plain_name(tokenizer: Tokenizer) -> tuple[str | None, bool]:
    """Return the name of a tokenizer without settings, None for another, and whether tokens are lower-cased."""
    is_lowered = isinstance(tokenizer, functools.partial) and tokenizer.func is _lowered
    plain = tokenizer.args[0] if isinstance(tokenizer, functools.partial) and is_lowered else tokenizer
    return next((name for name, known in _NAMED.items() if known is plain), None), is_lowered


def _lowered(tokenizer: Tokenizer, text: str) -> list[str]:
    # Tokens are lowered, not the text: a tokenizer may need the case to find its tokens.
    return [token.lower() for token in tokenizer(text)]


def _checked_tokens(tokenizer: Callable[[str], Iterable[Any]], owner: str, text: str) -> list[str]:
    tokens = tokenizer(text)
    if type(tokens) is list and {*map(type, tokens)} <= {str}:  # nearly always, and the fastest check
        return tokens
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


# The planes of Unicode that hold marks; to look through all of them takes 0.1 s (test_planes_without_marks).
_PLANES_WITH_MARKS = (range(0x20000), range(0xE0000, 0xF0000))


@functools.cache
def _word_pattern() -> re.Pattern[str]:
    # Marks are not part of \w in the standard library's `re`, which would cut words of Hindi, for example.
    candidates = itertools.chain.from_iterable(_PLANES_WITH_MARKS)
    points = [point for point in candidates if unicodedata.category(chr(point))[0] == "M"]
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


def split_characters(text: str) -> list[str]:
    """Return the characters of `text` without white space."""
    return [character for character in text if not character.isspace()]


_NAMED: dict[str, Tokenizer] = dict(
    zip(TOKENIZERS, (str.split, split_unicode_words, split_ptb, split_ud, cut_chinese, split_characters))
)


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
