"""Tokenizers by name that return offsets of tokens in a text, and the choice of the one that fits given tokens."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from wordvec._utils.validation import check_choice
from wordvec.text.english import ptb_spans, ud_spans
from wordvec.text.language import HAN, majority_language
from wordvec.text.tokenizers import TOKENIZERS, cut_chinese, resolve_tokenizer, split_unicode_words

__all__ = ["SPAN_TOKENIZERS", "SpanTokenizer", "align_tokens", "fitting_tokenizer", "span_tokenizer"]

SpanTokenizer = Callable[[str], list[tuple[int, int]]]
SPAN_TOKENIZERS = TOKENIZERS
_NOT_SPACE = re.compile(r"\S")
_RUN = re.compile(r"\S+")
_SAMPLED_SENTENCES = 20_000
_TRIED_TEXTS = 1_000


def span_tokenizer(
    tokenizer: str | Callable[[str], Iterable[str]], owner: str = "span_tokenizer"
) -> SpanTokenizer:
    """Return a function that maps a text to the offsets of its tokens.

    Parameters
    ----------
    tokenizer : {"whitespace", "word", "ptb", "ud", "zh", "chars"} or callable
        - ``"whitespace"``, ``"word"``, ``"zh"``: as for `resolve_tokenizer`.
        - ``"ptb"``, ``"ud"``: English; see `ptb_spans` and `ud_spans`.
        - ``"chars"``: each character except white space.
        - a callable ``str -> list[str]``, whose tokens are looked up in the text by `align_tokens`.
    owner : str
        The class or function that has the parameter, for messages.

    Returns
    -------
    callable
        ``str -> list of (begin, end)``, offsets in characters (code points) of the text as it was passed.

    Raises
    ------
    ImportError
        If the library that the tokenizer needs is not installed.
    ParameterError
        If `tokenizer` is neither callable nor one of the names.

    Examples
    --------
    >>> span_tokenizer("chars")("我 爱")
    [(0, 1), (2, 3)]
    """
    if callable(tokenizer):
        return functools.partial(_found, tokenizer)
    check_choice("tokenizer", tokenizer, owner, SPAN_TOKENIZERS)
    if tokenizer == "zh":
        resolve_tokenizer("zh", owner=owner)  # a missing library is an error here, not at the first text
    return _BY_NAME[tokenizer]


def align_tokens(text: str, tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Return the offsets of tokens in a text, in order.

    Parameters
    ----------
    text : str
    tokens : sequence of str
        In the order of the text. They may be altered, for example in case or width, and text between them may be
        missing.

    Returns
    -------
    list of (int, int)

    Examples
    --------
    >>> align_tokens("It's  Oslo.", ["It", "'s", "Oslo", "."])
    [(0, 2), (2, 4), (6, 10), (10, 11)]
    """
    spans = []
    place = 0
    for token in tokens:
        while place < len(text) and text[place].isspace():
            place += 1
        begin, end = place, place + len(token)
        if not text.startswith(token, place):
            begin, end = _find_changed(text, token, place)
        spans.append((begin, end))
        place = end
    return spans


def _find_changed(text: str, token: str, place: int) -> tuple[int, int]:
    """Return where a token is that does not match the text at `place`: altered there, or after dropped text."""
    wanted = unicodedata.normalize("NFKC", token).casefold()
    end = place
    while end < len(text) and len(
        seen := unicodedata.normalize("NFKC", text[place : end + 1]).casefold()
    ) <= len(wanted):
        end += 1
        if seen == wanted:
            return place, end
    found = text.find(token, place) if token else place
    if found >= 0:
        return found, found + len(token)
    match = re.compile(re.escape(token), re.IGNORECASE).search(text, place)
    if match is not None:
        return match.span()
    # Converted characters are mostly as many.
    same = _RUN.match(text, place, place + len(token))
    return same.span() if same is not None else (place, place)


def fitting_tokenizer(sentences: Sequence[Sequence[str]], texts: Sequence[str | None] = ()) -> str:
    """Return the name of the tokenizer that best reproduces the tokens of sentences.

    Parameters
    ----------
    sentences : sequence of sequences of str
        At most 20,000 are examined, evenly spaced.
    texts : sequence of str or None
        The text of each sentence, where it is known: then the tokenizers are tried on it.

    Returns
    -------
    {"whitespace", "ptb", "ud", "zh", "chars"}
        Without texts: "chars" if Chinese tokens are single characters, "zh" if they are words; "whitespace" if
        punctuation is attached to words; "ud" if words are split at hyphens; else "ptb".

    Examples
    --------
    >>> fitting_tokenizer([["Bob", "'s", "well-known", ",", "is", "n't", "he", "?"]])
    'ptb'
    >>> fitting_tokenizer([["Oh,", "really?"], ["No", "way!"]])
    'whitespace'
    """
    stride = -(-len(sentences) // _SAMPLED_SENTENCES) or 1
    sample = sentences[::stride]
    if majority_language(sample) == "zh":
        han = list(filter(_HAN_ALONE.fullmatch, itertools.chain.from_iterable(sample)))
        return "chars" if sum(len(token) == 1 for token in han) >= 0.95 * len(han) else "zh"
    known = [(text, tokens) for text, tokens in zip(texts[::stride], sample) if text]
    if len(known) >= 0.5 * len(sample) > 0:
        return max(
            ("ptb", "ud", "whitespace"), key=lambda name: _n_recovered(_BY_NAME[name], known[:_TRIED_TEXTS])
        )
    counts = Counter(itertools.chain.from_iterable(sample))
    alone = sum(counts[mark] for mark in _PUNCTUATION)
    if sum(n for token, n in counts.items() if _STUCK.fullmatch(token)) > alone:
        return "whitespace"
    hyphenated = sum(n for token, n in counts.items() if _HYPHENATED.fullmatch(token))
    cut = sum(map(_cut_hyphens, sample)) if "-" in counts else 0
    return "ud" if cut > hyphenated else "ptb"


def _n_recovered(tokenizer: SpanTokenizer, known: Sequence[tuple[str, Sequence[str]]]) -> float:
    """Return the F1 score of the token offsets that a tokenizer finds."""
    n_right = n_all = 0
    for text, tokens in known:
        found, wanted = tokenizer(text), align_tokens(text, tokens)
        n_right += len(set(found) & set(wanted))
        n_all += len(found) + len(wanted)
    return 2 * n_right / max(1, n_all)


def _cut_hyphens(sentence: Sequence[str]) -> int:
    """Return how many hyphens are between words of letters; with spaces they would mostly follow a name."""
    return sum(
        b == "-" and a.isalpha() and c.isalpha() and a[-1].islower() == c[0].islower()
        for a, b, c in zip(sentence, sentence[1:], sentence[2:])
    )


_HAN_ALONE = re.compile(f"[{HAN}]+")
_STUCK = re.compile(r"[^\W\d_]{2,}[,;:!?]|[^\W\d_A-Z]{4,}\.|[\"(][^\W\d_]{2,}")
_PUNCTUATION = '.,;:!?"()'
_HYPHENATED = re.compile(r"[^\W\d_]{2,}-[^\W\d_]{2,}")


def _whitespace_spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _RUN.finditer(text)]


def _character_spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _NOT_SPACE.finditer(text)]


def _aligned(tokenizer: Callable[[str], Iterable[str]], text: str) -> list[tuple[int, int]]:
    return align_tokens(text, list(tokenizer(text)))


def _found(tokenizer: Callable[[str], Iterable[str]], text: str) -> list[tuple[int, int]]:
    """Return the offsets of the tokens of a user's function, except empty ones; raise if one is not in the text."""
    tokens = tokenizer(text)
    tokens = list(tokens) if isinstance(tokens, Iterable) and not isinstance(tokens, str) else [tokens]
    if not all(isinstance(token, str) for token in tokens):
        raise TypeError(
            f"A tokenizer must return a list of str. Got {tokens!r:.60} for {text!r:.60} instead."
        )
    tokens = [token for token in tokens if token.strip()]
    spans = align_tokens(text, tokens)
    for token, (begin, end) in zip(tokens, spans):
        if begin == end:
            raise ValueError(
                f"The tokenizer made {token!r} of {text!r:.60}, but it is not there from character {begin} on."
            )
    return spans


_BY_NAME: dict[str, SpanTokenizer] = {
    "whitespace": _whitespace_spans,
    "word": functools.partial(_aligned, split_unicode_words),
    "ptb": ptb_spans,
    "ud": ud_spans,
    "zh": functools.partial(_aligned, cut_chinese),
    "chars": _character_spans,
}
