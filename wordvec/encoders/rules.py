"""How a tokenizer normalises and cuts text, found out code point by code point from the `tokenizers` library itself."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from wordvec.kernels.text.pieces import DROPPED, LETTER, MARK, NUMBER, OTHER, SINGLE, SPACE, START

if TYPE_CHECKING:
    import tokenizers

# Normalisers and cutters that look at one code point at a time.
_NORMALIZERS = {"BertNormalizer", "Lowercase", "StripAccents"}
_CUTTERS = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}
# Of these a text that is normal already is left as it is.
Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: dict[str, Form] = {"NFC": "NFC", "NFD": "NFD", "NFKC": "NFKC", "NFKD": "NFKD"}
_MOST_BYTES = 255


class Rules:
    """What the code points of texts become before a tokenizer looks at words, and how they cut words.

    Attributes
    ----------
    is_gpt2 : bool
        Whether words are cut by GPT-2's pattern, and their bytes stand for themselves.
    form : str or None
        The form of Unicode that texts must have for the tables to hold.
    with_blank : bool
        Whether GPT-2's pattern wants a blank before a text.
    prefix : uint8
        What stands before a text that does not begin with a blank, of Metaspace.
    tables : int32 (0x1100,), uint64 (P, 256), uint8
        The page of each 256 code points, pages, and bytes, see `wordvec.kernels.text.pieces`; never changed, but
        replaced together, so that other threads may use them meanwhile.
    """

    def __init__(self, backend: tokenizers.Tokenizer, state: dict[str, Any], kind: str) -> None:
        self._backend = backend
        self._kind = kind
        self.is_gpt2 = kind == "ByteLevel"
        normalizer, cutter = state.get("normalizer"), state["pre_tokenizer"]
        self.form: Form | None = FORMS.get(normalizer["type"]) if normalizer is not None else None
        self._normalizes = normalizer is not None and self.form is None
        self.with_blank = self.is_gpt2 and bool(cutter["add_prefix_space"])
        prefix = ""
        if kind == "Metaspace":
            self._mark = cutter["replacement"]
            prefix = "" if cutter.get("prepend_scheme", "always") == "never" else self._mark
        self.prefix = np.frombuffer(prefix.encode(), np.uint8)
        no_pages = np.full(0x1100, -1, np.int32)
        self.tables = (no_pages, np.zeros((0, 256), np.uint64), np.zeros(0, np.uint8))

    @classmethod
    def of(cls, backend: tokenizers.Tokenizer, state: dict[str, Any]) -> Rules | None:
        """Return the rules of a tokenizer, given its tokenizer.json, or None if they are not of one code point each."""
        normalizer, cutter = state.get("normalizer"), state.get("pre_tokenizer")
        if cutter is None or state["model"].get("dropout"):
            return None
        kind = cutter["type"]
        steps = [] if normalizer is None else normalizer.get("normalizers", [normalizer])
        is_simple = all(step["type"] in _NORMALIZERS for step in steps)
        has_form = normalizer is not None and normalizer["type"] in FORMS
        if kind in _CUTTERS:
            return cls(backend, state, kind) if is_simple or has_form else None
        if kind == "ByteLevel" and cutter.get("use_regex", True):
            return cls(backend, state, kind) if normalizer is None or has_form else None
        if kind == "Metaspace" and cutter.get("split", True):
            return cls(backend, state, kind) if normalizer is None or has_form else None
        return None

    def add_page(self, number: int) -> None:
        """Add the units of the code points from 256 * number on, if they are not there."""
        page_of, pages, changed = self.tables
        if page_of[number] >= 0:
            return
        units = np.empty(256, np.uint64)
        texts = []
        n_bytes = len(changed)
        for k in range(256):
            kind, text = self._unit(256 * number + k)
            units[k] = kind | len(text) << 3 | n_bytes << 11
            n_bytes += len(text)
            texts.append(text)
        page_of = page_of.copy()
        page_of[number] = len(pages)
        added = np.frombuffer(b"".join(texts), np.uint8)
        self.tables = (page_of, np.concatenate([pages, units[None]]), np.concatenate([changed, added]))

    def _unit(self, code: int) -> tuple[int, bytes]:
        """Return the kind of a code point, and what it becomes."""
        if 0xD800 <= code < 0xE000 or code == 0:  # words are kept without the byte 0
            return OTHER, b""
        char = chr(code)
        if self.is_gpt2:
            return self._gpt2_kind(char), char.encode()
        if self._kind == "Metaspace":
            return (START if char in (" ", self._mark) else LETTER), (
                self._mark if char == " " else char
            ).encode()
        # Marks that are not dropped may change places with others beside them.
        if self._normalizes and unicodedata.combining(char) and unicodedata.category(char) != "Mn":
            return OTHER, b""
        text = self._backend.normalizer.normalize_str(char) if self._normalizes else char
        if not text:
            return DROPPED, b""
        found = self._cut(f"a{text}a")
        if found == [f"a{text}a"]:
            kind = LETTER
        elif found == ["a", "a"]:
            return SPACE, b""
        elif len(found) == 3 and found[0] == found[2] == "a":
            kind = SINGLE if self._cut(text + text) == [found[1]] * 2 else MARK
            text = found[1]
        else:
            kind = OTHER
        data = text.encode()
        return (kind, data) if len(data) <= _MOST_BYTES else (OTHER, b"")

    def _gpt2_kind(self, char: str) -> int:
        # A run is one word: with "!", with a digit, with a letter or, what is left, with white space alone.
        for other, kind in (("!", MARK), ("1", NUMBER), ("x", LETTER)):
            if len(self._cut(other + char)) == 1:
                return kind
        return SPACE

    def _cut(self, text: str) -> list[str]:
        """Return the words of a text; of GPT-2's pattern in its own alphabet, without a blank before them."""
        found = self._backend.pre_tokenizer.pre_tokenize_str(text)
        return [word for word, _ in found]
