"""The rules by which a tokenizer normalises and splits text, probed with the `tokenizers` library by code point."""

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
    """The rules by which code points are normalised and delimit words.

    Attributes
    ----------
    is_gpt2 : bool
        Whether words are split by GPT-2's pattern and processed as bytes.
    form : str or None
        The Unicode normalisation form that texts must have for the tables to be valid.
    with_blank : bool
        Whether GPT-2's pattern requires a space before a text.
    prefix : uint8
        For Metaspace: what is put before a text that does not begin with a space.
    tables : int32 (0x1100,), uint64 (P, 256), uint8
        The page of each 256 code points, pages, and bytes, see `wordvec.kernels.text.pieces`; never changed in place,
        only replaced together, so that other threads may use them in the meantime.
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
        """Return the rules of a tokenizer, given its tokenizer.json; None if they do not apply per code point."""
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
        """Add the units of the code points from 256 * number on, unless they are present."""
        page_of, pages, changed = self.tables
        if page_of[number] >= 0:
            return
        units = np.empty(256, np.uint64)
        found = self._units(range(256 * number, 256 * number + 256))
        n_bytes = len(changed)
        for k, (kind, text) in enumerate(found):
            units[k] = kind | len(text) << 3 | n_bytes << 11
            n_bytes += len(text)
        page_of = page_of.copy()
        page_of[number] = len(pages)
        added = np.frombuffer(b"".join(text for _, text in found), np.uint8)
        self.tables = (page_of, np.concatenate([pages, units[None]]), np.concatenate([changed, added]))

    def _units(self, codes: range) -> list[tuple[int, bytes]]:
        """Return the kind of each code point, and its normalised form.

        The library is queried for many at a time, because the calls themselves dominate the cost.
        """
        # Words are kept without the byte 0.
        units = [(OTHER, b"")] * len(codes)
        places = [k for k, code in enumerate(codes) if code != 0 and not 0xD800 <= code < 0xE000]
        chars = [chr(codes[k]) for k in places]
        if self.is_gpt2:
            found = [(kind, char.encode()) for kind, char in zip(self._gpt2_kinds(chars), chars)]
        elif self._kind == "Metaspace":
            found = [
                (
                    START if char in (" ", self._mark) else LETTER,
                    (self._mark if char == " " else char).encode(),
                )
                for char in chars
            ]
        else:
            found = self._normal_units(chars)
        for k, unit in zip(places, found):
            units[k] = unit
        return units

    def _normal_units(self, chars: list[str]) -> list[tuple[int, bytes]]:
        """Return the kind of each character, and its normalised form."""
        texts = self._normal(chars) if self._normalizes else chars
        units: list[tuple[int, str]] = [(DROPPED, "")] * len(chars)
        places, rest = [], []
        for k, (char, text) in enumerate(zip(chars, texts)):
            if text == f" {char} " and not char.isspace():
                units[k] = SINGLE, char  # all cutters cut at spaces
            elif text:
                places.append(k)
        blocks = _blocks(places)
        found = self._cut(["a" + "".join(texts[k] for k in block) + "a" for block in blocks])
        for block, words in zip(blocks, found):
            if len(words) > 1:
                rest += block
            else:
                for k in block:
                    units[k] = LETTER, texts[k]
        inside = self._cut([f"a{texts[k]}a" for k in rest])
        doubled = self._cut([2 * texts[k] for k in rest])
        for k, one, two in zip(rest, inside, doubled):
            units[k] = _unit(texts[k], one, two)
        return [self._checked(char, *unit) for char, unit in zip(chars, units)]

    def _checked(self, char: str, kind: int, text: str) -> tuple[int, bytes]:
        # Marks that are not dropped may change places with others beside them.
        if self._normalizes and unicodedata.combining(char) and unicodedata.category(char) != "Mn":
            return OTHER, b""
        data = text.encode()
        return (kind, data) if len(data) <= _MOST_BYTES else (OTHER, b"")

    def _normal(self, chars: list[str]) -> list[str]:
        """Return the normalised form of each character; only "|" itself becomes "|"."""
        normalize = self._backend.normalizer.normalize_str
        texts: list[str] = normalize("|".join(chars)).split("|")
        return texts if len(texts) == len(chars) else [normalize(char) for char in chars]

    def _gpt2_kinds(self, chars: list[str]) -> list[int]:
        """Return the kind of each character in GPT-2's pattern."""
        kinds = [SPACE] * len(chars)
        blocks = _blocks(list(range(len(chars))))
        for _ in range(2):
            # A run is one word: with a letter, with a digit, with "!" or, what is left, with white space alone.
            for other, kind in (("x", LETTER), ("1", NUMBER), ("!", MARK)):
                words = self._cut([other + "".join(chars[k] for k in block) for block in blocks])
                rest = []
                for block, found in zip(blocks, words):
                    if len(found) > 1:
                        rest.append(block)
                    else:
                        for k in block:
                            kinds[k] = kind
                blocks = rest
            blocks = [[k] for block in blocks for k in block]
        return kinds

    def _cut(self, texts: list[str]) -> list[list[str]]:
        """Return the words of each text; with GPT-2's pattern in its own alphabet."""
        # The end of a line ends a word under all rules.
        words = self._backend.pre_tokenizer.pre_tokenize_str("\n".join(texts))
        found: list[list[str]] = []
        number, stop = 0, -1
        for text in texts:
            start, stop = stop + 1, stop + 1 + len(text)
            while number < len(words) and words[number][1][0] < start:
                number += 1
            first = number
            while number < len(words) and words[number][1][0] < stop:
                number += 1
            found.append([word for word, _ in words[first:number]])
        return found


def _blocks(places: list[int]) -> list[list[int]]:
    """Return indices in blocks of 16: neighbours in Unicode are mostly of one kind, so one query suffices."""
    return [places[k : k + 16] for k in range(0, len(places), 16)]


def _unit(text: str, inside: list[str], doubled: list[str]) -> tuple[int, str]:
    """Return the kind of a text, and its form as a word, given its words inside a word, and when doubled."""
    if inside == [f"a{text}a"]:
        return LETTER, text
    if inside == ["a", "a"]:
        return SPACE, ""
    if len(inside) == 3 and inside[0] == inside[2] == "a":
        return (SINGLE if doubled == [inside[1]] * 2 else MARK), inside[1]
    return OTHER, text
