"""Documents as sentences of word ids, with the offsets of each sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wordvec._utils.assumptions import assume
from wordvec.text.encoded_texts import encode_all
from wordvec.text.language import detect_language
from wordvec.text.lists import check_string, iterate_rows, row_error
from wordvec.text.sentences import sentence_spans
from wordvec.text.tokenized_texts import EncodedTexts
from wordvec.text.tokenizers import Tokenizer, choose_tokenizer, resolve_tokenizer

__all__ = ["Documents", "read_documents"]


@dataclass(frozen=True)
class Documents:
    """The sentences of documents, concatenated: those of document d are ``starts[d]`` to ``starts[d + 1]``.

    Attributes
    ----------
    texts : list of str
        The documents; sentences passed as a list are joined by line ends.
    spans : list of (int, int)
        Start and end of each sentence in its document.
    starts : int64 (n_documents + 1,)
    words : EncodedTexts
        The words of each sentence.
    vocabulary : list of str
        The word of each id.
    """

    texts: list[str]
    spans: list[tuple[int, int]]
    starts: np.ndarray
    words: EncodedTexts
    vocabulary: list[str]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def n_sentences(self) -> np.ndarray:
        """The number of sentences in each document, int64 (n_documents,)."""
        return np.diff(self.starts)

    @property
    def owners(self) -> np.ndarray:
        """The document of each sentence, int64 (n_sentences,)."""
        return np.repeat(np.arange(len(self)), self.n_sentences)

    @property
    def places(self) -> np.ndarray:
        """The index of each sentence in its document, from 0, int64 (n_sentences,)."""
        return np.arange(len(self.spans)) - np.repeat(self.starts[:-1], self.n_sentences)

    @property
    def lengths(self) -> np.ndarray:
        """The number of words in each sentence, int64 (n_sentences,)."""
        return np.diff(self.words.starts)


def read_documents(
    X: Any, tokenizer: str | Tokenizer, lowercase: bool, by_line: bool, owner: str
) -> Documents:
    """Split documents into sentences and words; tokens without a letter or digit are not words.

    Parameters
    ----------
    X : iterable of str, or of lists of str
        Texts, or the sentences of each.
    tokenizer : str or callable
        A name or callable of `choose_tokenizer`; "auto" takes "zh" for Chinese sentences and "word" for others.
    lowercase : bool
    by_line : bool
        Whether each line of a text is a sentence.
    owner : str
        For messages.

    Raises
    ------
    TypeError
        If a document is neither str nor a list of str; the message names it.
    ImportError
        If the tokenizer needs a library that is not installed.
    """
    texts: list[str] = []
    spans: list[tuple[int, int]] = []
    starts = [0]
    for row, document in enumerate(iterate_rows(X, owner)):
        text, found = _split(document, row, by_line, owner)
        texts.append(text)
        spans += found
        starts.append(len(spans))
    sentences = [texts[d][a:b] for d in range(len(texts)) for a, b in spans[starts[d] : starts[d + 1]]]
    tokenize = (
        _by_language(lowercase) if tokenizer == "auto" else choose_tokenizer(tokenizer, lowercase, [], owner)
    )
    if tokenizer == "auto" and sentences:
        _tell(sentences)
    encoded, vocabulary = encode_all(sentences, tokenize, owner)
    is_word = np.array([token.isalnum() or any(map(str.isalnum, token)) for token in vocabulary], bool)[
        encoded.ids
    ]
    n_kept = np.concatenate([[0], np.cumsum(is_word)])
    words = EncodedTexts(encoded.ids[is_word], n_kept[encoded.starts])
    return Documents(texts, spans, np.array(starts), words, vocabulary)


def _split(document: Any, row: int, by_line: bool, owner: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of a document, and the offsets of its sentences."""
    if isinstance(document, str):
        text = str(document)
        return text, _lines(text) if by_line else sentence_spans(text)
    if not isinstance(document, (list, tuple, np.ndarray)):
        raise row_error(document, row, owner, or_tokens=True)
    sentences = [check_string(sentence, row, owner) for sentence in document]
    spans = []
    begin = 0
    for sentence in sentences:
        spans += _stripped(sentence, begin)
        begin += len(sentence) + 1
    return "\n".join(sentences), spans


def _lines(text: str) -> list[tuple[int, int]]:
    spans = []
    begin = 0
    for line in text.split("\n"):
        spans += _stripped(line, begin)
        begin += len(line) + 1
    return spans


def _stripped(text: str, begin: int) -> list[tuple[int, int]]:
    """Return the offsets of a text at `begin`, stripped of white space."""
    bare = text.strip()
    if len(bare) == len(text) > 0:
        return [(begin, begin + len(text))]
    first = begin + len(text) - len(text.lstrip())
    return [(first, first + len(bare))] if bare else []


def _by_language(lowercase: bool) -> Tokenizer:
    """Return a tokenizer that depends on the language of each text; the Chinese one is loaded on demand."""
    split_words = resolve_tokenizer("word", lowercase)
    cut: list[Tokenizer] = []

    def tokenize(text: str) -> list[str]:
        if text.isascii() or detect_language(text) == "en":
            return split_words(text)
        if not cut:
            cut.append(resolve_tokenizer("zh", lowercase))
        return cut[0](text)

    return tokenize


def _tell(sentences: Sequence[str]) -> None:
    languages = {"en" if text.isascii() else detect_language(text) for text in sentences}
    if languages == {"en"}:
        assume("the texts: a language with spaces, tokenizer 'word'")
    elif languages == {"zh"}:
        assume("the texts: Chinese, tokenizer 'zh'")
    else:
        assume(
            "the texts: Chinese sentences among others, tokenizer 'zh' for these and 'word' for the others"
        )
