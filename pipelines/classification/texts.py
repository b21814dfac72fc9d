"""Preparation of texts for the members of a `TextClassifier`: words, characters, and n-grams, counted once."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from wordvec.text.conversion import converter
from wordvec.text.encoded_texts import encode_all
from wordvec.text.tokenized_texts import EncodedTexts, TokenizedTexts
from wordvec.text.tokenizers import Tokenizer

from .ngrams import NgramIndex, index_ngrams

LONGEST_WORDS = 2
# Characters: inside words with a blank on both sides; Han texts have no spaces.
CHARACTERS = (2, 5)
HAN_CHARACTERS = (1, 3)
# Above this mean length, characters bring nothing that the words have not, and take most of the time.
MAX_MEAN_CHARACTERS = 400
# The minimum number of training texts of an n-gram of characters, or of the words of long texts.
MIN_TEXTS = 2
_BREAK = "\x00"
_BLANKS = re.compile(r"\s+")
_N_CODES = 0x110000


@dataclass(frozen=True)
class PreparedTexts:
    """Texts, tokenized and counted once for all members.

    Attributes
    ----------
    tokens : TokenizedTexts
    word_counts : sparse (n_texts, V)
        How often each word n-gram occurs.
    char_counts : sparse (n_texts, V'), or None
        The same for character n-grams; None if the model does not use them.
    word_min_texts : int, or int64 (V,)
        The minimum number of texts with a word n-gram for a member to learn it.
    sample_weight : float64 (n_texts,), or None
        The weight of each text in training.
    is_known : bool (n_words,), or None
        Which of the words in `tokens` are known from training; None for all.
    """

    tokens: TokenizedTexts
    word_counts: sparse.csr_array
    char_counts: sparse.csr_array | None
    word_min_texts: int | np.ndarray = 1
    sample_weight: np.ndarray | None = None
    is_known: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.tokens)

    def part(self, rows: np.ndarray) -> PreparedTexts:
        """Return some of the texts."""
        return PreparedTexts(
            self.tokens.part(rows),
            self.word_counts[rows],
            None if self.char_counts is None else self.char_counts[rows],
            self.word_min_texts,
            None if self.sample_weight is None else self.sample_weight[rows],
            self.is_known,
        )

    def known_words(self) -> np.ndarray:
        """Return which word n-grams a member may learn, bool (V,); in a part, some occur only in other texts."""
        return n_texts_of(self.word_counts, self.sample_weight) >= self.word_min_texts


@dataclass(frozen=True)
class TextPreparer:
    """The splitting of texts into tokens, and the n-grams that have a column.

    Attributes
    ----------
    tokenize : callable
    is_chinese : bool
    words : NgramIndex
    characters : NgramIndex or None
    convert : str, optional
        How the tokenizer converts characters; applied to character n-grams, too.
    """

    tokenize: Tokenizer
    is_chinese: bool
    words: NgramIndex
    characters: NgramIndex | None
    convert: str | None = None

    def converted(self, text: Any) -> Any:
        """Return a text with characters converted as the tokenizer converts them."""
        return _converted([text], self.convert)[0]

    def prepare(self, texts: Sequence[Any], owner: str) -> PreparedTexts:
        """Return texts with the counts of n-grams known from training.

        Raises
        ------
        TypeError
            If a text is neither str nor a list of str; the message names it.
        """
        encoded, words = encode_all(texts, self.tokenize, owner)
        places = np.array([self._word_places.get(word, -1) for word in words], np.int32)
        word_counts = self.words.counts(EncodedTexts(places[encoded.ids], encoded.starts))
        char_counts = None
        if self.characters is not None:
            spelt = _converted(texts, self.convert)
            char_counts = self.characters.counts(_characters(spelt, self.is_chinese, self._code_places))
        return PreparedTexts(TokenizedTexts(encoded, words), word_counts, char_counts, is_known=places >= 0)

    @property
    def overlap(self) -> int:
        """The number of character n-grams that contain a character."""
        return (
            1
            if self.characters is None
            else sum(range(self.characters.shortest, self.characters.longest + 1))
        )

    # Both would take longer than the rest for a single text.
    @functools.cached_property
    def _word_places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words.symbols)}

    @functools.cached_property
    def _code_places(self) -> np.ndarray:
        assert self.characters is not None
        return _places_of_codes(np.array([ord(symbol) for symbol in self.characters.symbols], np.int64))


def learn_texts(
    texts: Sequence[Any],
    tokenize: Tokenizer,
    is_chinese: bool,
    owner: str,
    convert: str | None = None,
    sample_weight: np.ndarray | None = None,
) -> tuple[TextPreparer, PreparedTexts]:
    """Return a preparer with all n-grams of the texts, and the texts prepared.

    Parameters
    ----------
    texts : list of str, or of lists of str
    tokenize, is_chinese, convert : as in `TextPreparer`
    owner : str
        For messages.
    sample_weight : float64 (n_texts,), optional
        The weight of each text.

    Raises
    ------
    TypeError
        If a text is neither str nor a list of str; the message names it.
    ValueError
        If the texts have no tokens.
    """
    encoded, words = encode_all(texts, tokenize, owner)
    if not words:
        raise ValueError(
            f"The texts of {owner} hold no token. Check that they are not empty, and the tokenizer."
        )
    is_long = sum(map(_n_characters, texts)) > MAX_MEAN_CHARACTERS * len(texts)
    word_index, word_counts = index_ngrams(encoded, words, 1, LONGEST_WORDS)
    min_texts: int | np.ndarray = 1
    if is_long:
        min_texts = np.full(len(word_index), MIN_TEXTS)
        min_texts[: len(words)] = 1
        is_kept = n_texts_of(word_counts, sample_weight) >= min_texts
        min_texts = min_texts[is_kept]
        word_index, word_counts = word_index.keep(is_kept), word_counts[:, np.flatnonzero(is_kept)]
    char_index, char_counts = None, None
    if not is_long:
        spelt = _converted(texts, convert)
        symbols = _symbols(spelt, is_chinese)
        places = _places_of_codes(symbols)
        shortest, longest = HAN_CHARACTERS if is_chinese else CHARACTERS
        characters = _characters(spelt, is_chinese, places)
        char_index, char_counts = index_ngrams(
            characters, list(map(chr, symbols.tolist())), shortest, longest
        )
    preparer = TextPreparer(tokenize, is_chinese, word_index, char_index, convert)
    tokens = TokenizedTexts(encoded, words)
    return preparer, PreparedTexts(tokens, word_counts, char_counts, min_texts, sample_weight)


def document_frequencies(counts: sparse.csr_array, sample_weight: np.ndarray | None = None) -> np.ndarray:
    """Return the document frequency of each n-gram, int64 (V,), or the sum of the texts' weights, float64."""
    weights = None if sample_weight is None else np.repeat(sample_weight, np.diff(counts.indptr))
    return np.bincount(counts.indices, weights, counts.shape[1])


def n_texts_of(counts: sparse.csr_array, sample_weight: np.ndarray | None) -> np.ndarray:
    """Return the document frequency of each n-gram, (V,); a text with a weight above one counts as that many.

    A text with a weight below one still counts as one, so that weights which sum to one do not make n-grams rarer.
    """
    return document_frequencies(counts, None if sample_weight is None else np.maximum(sample_weight, 1.0))


def _n_characters(text: Any) -> int:
    return len(text) if isinstance(text, str) else sum(map(len, text))


def _converted(texts: Sequence[Any], convert: str | None) -> Sequence[Any]:
    """Return texts with converted characters; lists of tokens are unchanged."""
    if convert is None:
        return texts
    change = converter(convert, "TextClassifier")
    return [change(text) if isinstance(text, str) else text for text in texts]


def _spaced(text: Any, is_chinese: bool) -> str:
    """Return a text in lower case, with a space on both sides of each word and breaks between words."""
    if not isinstance(text, str):
        text = ("" if is_chinese else " ").join(text)
    if is_chinese:
        return _BLANKS.sub(_BREAK, text.lower())
    return " " + _BLANKS.sub(f" {_BREAK} ", text.lower().strip()) + " "


def _codes(texts: Sequence[Any], is_chinese: bool) -> tuple[np.ndarray, np.ndarray]:
    spaced = [_spaced(text, is_chinese) for text in texts]
    codes = np.frombuffer("".join(spaced).encode("utf-32-le", "surrogatepass"), np.uint32)
    return codes, np.concatenate([[0], np.cumsum(list(map(len, spaced)))]).astype(np.int64)


def _symbols(texts: Sequence[Any], is_chinese: bool) -> np.ndarray:
    """Return the code points that occur, ascending, without the break."""
    is_there = np.zeros(_N_CODES, bool)
    is_there[_codes(texts, is_chinese)[0]] = True
    is_there[ord(_BREAK)] = False
    return np.flatnonzero(is_there)


def _places_of_codes(symbols: np.ndarray) -> np.ndarray:
    """Return the index of each code point among the symbols, int32 (0x110000,); -1 for others."""
    places = np.full(_N_CODES, -1, np.int32)
    places[symbols] = np.arange(len(symbols))
    return places


def _characters(texts: Sequence[Any], is_chinese: bool, places: np.ndarray) -> EncodedTexts:
    codes, starts = _codes(texts, is_chinese)
    return EncodedTexts(places[codes], starts)
