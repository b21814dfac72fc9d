"""Chinese word segmentation by rjieba, with user dictionaries and parts of speech."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from wordvec._utils.validation import import_optional
from wordvec.text.conversion import NARROWED
from wordvec.text.user_words import UserDict, UserWord, user_words

__all__ = ["Segmenter", "cut_chinese"]

# The part of speech of what is none, of spaces and punctuation, and of user words without one; as in jieba.
_NO_POS = "x"
# What rjieba's dictionary is looked up for. It cuts before and after everything else, so that no word of its
# dictionary can hold it.
_LOOKED_UP = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+")
# Full-width letters, digits, point and per cent sign are not words to rjieba: it sees the ASCII ones in their place.
_SEEN = NARROWED | {0xFF05: ord("%"), 0xFF0E: ord(".")}
_FULL_WIDTH = re.compile(f"[{''.join(map(chr, _SEEN))}]")


class Segmenter:
    """Chinese word segmenter based on rjieba, jieba in Rust; needs ``pip install "wordvec[nlp]"``.

    White space is dropped, and nothing else: the words are substrings of the text as written. A run of full-width
    letters or digits (``ＡＢＣ``) is segmented like its ASCII equivalent. Objects are immutable, can be pickled and may
    be shared by threads.

    Parameters
    ----------
    user_dict : path, or list of words or of (word, frequency, part of speech), optional
        Words to add to the segmenter's dictionary. A file has one per line, ``word [frequency] [part of speech]``, as
        for jieba. Words with characters that rjieba never joins (``卡尔·马克思``) are extracted from the text first,
        the longest match at each position.

    Attributes
    ----------
    user_words : tuple of UserWord

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If rjieba is not installed.
    ValueError
        If an entry is not of this form; the message names the file and the line.

    Examples
    --------
    >>> Segmenter(["云计算"]).cut("他是云计算专家")
    ['他', '是', '云计算', '专家']
    """

    def __init__(self, user_dict: UserDict | None = None) -> None:
        self.user_words = user_words(user_dict, "Segmenter")
        self._jieba: Any = _rjieba()
        self._apart: re.Pattern[str] | None = None
        self._pos: dict[str, str] = {}
        if self.user_words:
            self._add(self.user_words)

    def cut(self, text: str) -> list[str]:
        """Return the words of `text`."""
        return [word for word in self._pieces(text, self._jieba.cut) if not word.isspace()]

    def tag(self, text: str) -> list[tuple[str, str]]:
        """Return the words of `text` with their parts of speech, in the tags of jieba's dictionary.

        The tag set is that of ICTCLAS with ``eng`` for Latin letters and ``x`` for unknown words and punctuation.
        """
        tagged = self._pieces(text, self._tags)
        return [(word, pos or _NO_POS) for word, pos in tagged if not word.isspace()]

    def __reduce__(self) -> tuple[Any, ...]:
        return Segmenter, (self.user_words or None,)

    def __deepcopy__(self, memo: dict[int, Any]) -> Segmenter:
        return self

    def __repr__(self) -> str:
        return f"Segmenter({len(self.user_words)} user words)" if self.user_words else "Segmenter()"

    def _add(self, words: Iterable[UserWord]) -> None:
        self._jieba = self._jieba.Jieba()
        if not hasattr(self._jieba, "add_word"):
            raise ImportError(
                'A user dictionary needs rjieba 0.2.2 or newer. Install it with: pip install -U "wordvec[nlp]"'
            )
        apart = []
        for word, frequency, pos in words:
            seen = word.translate(_SEEN)
            if _LOOKED_UP.fullmatch(seen):
                self._jieba.add_word(seen, frequency, pos)
            elif frequency != 0:
                apart.append(seen)
                self._pos[seen] = pos or _NO_POS
        if apart:
            longest_first = sorted(set(apart), key=lambda word: (-len(word), word))
            # Words of Latin letters are not taken out of others.
            self._apart = re.compile("|".join(map(_at_edges, longest_first)))

    def _pieces(self, text: str, cut: Any) -> Iterator[Any]:
        """Yield the results of `cut` in the spelling of the text, white space included."""
        seen = text.translate(_SEEN) if _FULL_WIDTH.search(text) else text
        try:
            if self._apart is None and seen is text:
                return iter(cut(text))
            return _respelt(self._cut_apart(seen, cut), text)
        except UnicodeEncodeError:  # a surrogate without its partner, which Rust does not take
            return _respelt(self._cut_apart(seen.encode(errors="replace").decode(), cut), text)

    def _cut_apart(self, seen: str, cut: Any) -> list[Any]:
        if self._apart is None:
            return list(cut(seen))
        found: list[Any] = []
        end = 0
        for match in self._apart.finditer(seen):
            word = match.group()
            found += cut(seen[end : match.start()])
            found.append(word if cut != self._tags else (word, self._pos[word]))
            end = match.end()
        return found + list(cut(seen[end:]))

    def _tags(self, text: str) -> list[tuple[str, str]]:
        tagged: list[tuple[str, str]] = self._jieba.tag(text)
        return tagged


def cut_chinese(text: str) -> list[str]:
    """Return the words of Chinese `text`, segmented by rjieba; white space is dropped.

    Raises
    ------
    ImportError
        If rjieba is not installed.
    """
    return default_segmenter().cut(text)


@functools.cache
def default_segmenter() -> Segmenter:
    """Return the shared segmenter without user words."""
    return Segmenter()


def _respelt(pieces: Iterable[Any], text: str) -> Iterator[Any]:
    """Yield words, or words with their tags, in the spelling of `text`, of which they are respelled pieces."""
    end = 0
    for piece in pieces:
        begin, end = end, end + len(piece if isinstance(piece, str) else piece[0])
        yield text[begin:end] if isinstance(piece, str) else (text[begin:end], piece[1])


def _at_edges(word: str) -> str:
    before, after = (r"(?<![a-zA-Z0-9])", r"(?![a-zA-Z0-9])")
    starts, ends = (edge.isascii() and edge.isalnum() for edge in (word[0], word[-1]))
    return f"{before if starts else ''}{re.escape(word)}{after if ends else ''}"


@functools.cache
def _rjieba() -> ModuleType:
    return import_optional("rjieba", pip="wordvec[nlp]", purpose='tokenizer="zh"')
