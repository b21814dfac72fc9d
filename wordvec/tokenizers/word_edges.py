"""Word boundaries between the pieces of a tokenizer, for whole-word masking."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import tokenizers

# From here on come Han characters, kana and their punctuation, which are written without spaces: each
# character stands for itself, and so does each syllable of Hangul, which comes later.
_FIRST_CJK = "\u2e80"
_FIRST_LEAD_OF_THREE = 0xE0  # the first bytes of UTF-8 characters of three or four begin here
_PART = "\ufffd"  # what the decoder puts for a part of a character


def word_edges(backend: tokenizers.Tokenizer) -> tuple[np.ndarray, np.ndarray]:
    """Return which pieces may continue a word, and after which pieces a word may continue; bool (V,) each.

    A WordPiece piece continues a word if it begins with "##". In other tokenizers a piece continues a word if it begins
    with an alphanumeric character and follows a piece that ends in one; " word" begins a word because of its space.
    Byte-level pieces that begin inside a character continue it.
    """
    state = json.loads(backend.to_str())
    vocabulary = backend.get_vocab()
    n_ids = max(vocabulary.values(), default=-1) + 1
    continues, joins = np.zeros(n_ids, bool), np.zeros(n_ids, bool)
    special = {token.content for token in backend.get_added_tokens_decoder().values() if token.special}
    if state["model"]["type"] == "WordPiece":
        prefix = state["model"]["continuing_subword_prefix"]
        for piece, piece_id in vocabulary.items():
            joins[piece_id] = piece not in special
            continues[piece_id] = piece.startswith(prefix) and joins[piece_id]
        return continues, joins
    decoders = _decoder_types(state.get("decoder"))
    if state["model"]["type"] == "WordLevel" and "Fuse" not in decoders:
        return continues, joins  # whole words
    for piece, piece_id in vocabulary.items():
        if piece not in special:
            edges = (
                _byte_edges(piece)
                if "ByteLevel" in decoders
                else (_is_inner(piece[:1]), _is_inner(piece[-1:]))
            )
            continues[piece_id], joins[piece_id] = edges
    return continues, joins


def is_byte_level(backend: tokenizers.Tokenizer) -> bool:
    """Return whether pieces are byte-level, like GPT-2's, with the space before a word in its first piece."""
    return "ByteLevel" in _decoder_types(json.loads(backend.to_str()).get("decoder"))


def _decoder_types(decoder: dict[str, Any] | None) -> set[str]:
    if decoder is None:
        return set()
    return {decoder["type"], *(part["type"] for part in decoder.get("decoders", ()))}


def _is_inner(char: str) -> bool:
    return char.isalnum() and char < _FIRST_CJK


def _byte_edges(piece: str) -> tuple[bool, bool]:
    raw = bytes(_BYTE_OF_CHAR.get(char, 0) for char in piece)
    text = raw.decode("utf-8", "replace")
    # Parts of a character belong together. The first byte of one, alone, begins a word in scripts without
    # spaces (three or four bytes), but hardly in others (two bytes).
    begins_in_part, ends_in_part = text[0] == _PART, text[-1] == _PART
    return (
        raw[0] < _FIRST_LEAD_OF_THREE if begins_in_part else _is_inner(text[0]),
        ends_in_part or _is_inner(text[-1]),
    )


def _byte_alphabet() -> dict[str, int]:
    """Return the byte of each character of byte-level BPE: printable Latin-1 is kept, the rest starts at U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(256 + k): byte for k, byte in enumerate(others)}


_BYTE_OF_CHAR = _byte_alphabet()
_CHAR_OF_BYTE = {byte: char for char, byte in _BYTE_OF_CHAR.items()}


def bytes_as_characters(text: str) -> str:
    """Return the characters that represent the bytes of a text in byte-level vocabularies."""
    return "".join(_CHAR_OF_BYTE[byte] for byte in text.encode())
