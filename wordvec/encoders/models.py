"""Tokenization of words by a tokenizer.json's model: WordPiece, WordLevel, BPE by kernels, others by the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from wordvec.kernels.hashing import move_slots
from wordvec.kernels.text.merges import add_pairs, merge_words
from wordvec.kernels.text.tries import NO_NODE, NO_TOKEN, cut_longest, find_node, grow_trie

if TYPE_CHECKING:
    import tokenizers

_NO_LIMIT = 1 << 62

Trie = tuple[np.ndarray, np.ndarray]


class Model(Protocol):
    """The interface of models that split words into tokens."""

    def tokens(self, arena: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the tokens of words.

        Parameters
        ----------
        arena : uint8
        starts : int64 (W + 1,); word w is arena[starts[w] : starts[w + 1] - 1]

        Returns
        -------
        ends : int64 (W,); tokens of word w end there
        ids : int32
        """


class LongestTokens:
    """WordPiece (greedy longest match), and WordLevel, which is the same for whole words only.

    Parameters
    ----------
    vocabulary : dict of str to int
    unknown_id : int
    prefix : str or None
        The prefix of tokens within words; None if words are not split.
    most_chars : int
        A longer word becomes the unknown token.
    """

    def __init__(
        self, vocabulary: dict[str, int], unknown_id: int, prefix: str | None, most_chars: int
    ) -> None:
        self._trie = _trie([token.encode() for token in vocabulary], list(vocabulary.values()))
        self._unknown_id, self._most_chars = unknown_id, most_chars
        self._inner_root = NO_NODE
        if prefix is not None:
            data = np.frombuffer(prefix.encode(), np.uint8)
            self._inner_root = int(find_node(self._trie, data, 0, len(data)))

    def tokens(self, arena: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the tokens of words, see `Model`."""
        ends, ids = _room(starts)
        cut_longest(
            arena, starts, self._trie, self._inner_root, self._most_chars, self._unknown_id, ends, ids
        )
        return ends, ids


class MergedPairs:
    """BPE on characters or, like GPT-2's, on bytes.

    Parameters
    ----------
    vocabulary : dict of str to int
    state : dict
        The model of tokenizer.json.
    by_bytes : bool
        Whether words are bytes, each represented in the vocabulary by a character of GPT-2's alphabet.
    """

    def __init__(self, vocabulary: dict[str, int], state: dict[str, Any], by_bytes: bool) -> None:
        self._takes_whole, self._by_bytes = bool(state.get("ignore_merges")), by_bytes
        spelled: list[tuple[bytes, int]] = []
        if not by_bytes:
            spelled = [(token.encode(), number) for token, number in vocabulary.items()]
        elif self._takes_whole:
            found = ((_from_alphabet(token), number) for token, number in vocabulary.items())
            spelled = [(data, number) for data, number in found if data is not None]
        self._trie = _trie([data for data, _ in spelled], [number for _, number in spelled])
        chars = [chr(BYTE_ALPHABET[byte] if by_bytes else byte) for byte in range(256)]
        byte_ids = [vocabulary.get(char, NO_TOKEN) for char in chars]
        fallback = range(256) if state.get("byte_fallback") else ()
        fallback_ids = [vocabulary[f"<0x{byte:02X}>"] for byte in fallback]
        self._alphabet = np.array(byte_ids, np.int32), np.array(fallback_ids, np.int32)
        unknown = state.get("unk_token")
        unknown_id = np.int32(NO_TOKEN if unknown is None else vocabulary[unknown])
        self._unknown = unknown_id, bool(state.get("fuse_unk"))
        merges = [pair if isinstance(pair, list) else pair.split(" ") for pair in state["merges"]]
        left = np.array([vocabulary[left] for left, _ in merges], np.int32)
        right = np.array([vocabulary[right] for _, right in merges], np.int32)
        slots_S2 = np.zeros((_power_of_two(2 * len(merges) + 2), 2), np.uint64)
        add_pairs(left, right, slots_S2)
        self._pairs = slots_S2, np.array([vocabulary[left + right] for left, right in merges], np.int32)

    def tokens(self, arena: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the tokens of words, see `Model`."""
        ends, ids = _room(starts)
        merge_words(
            arena,
            starts,
            self._takes_whole,
            self._by_bytes,
            self._alphabet,
            self._trie,
            self._unknown,
            self._pairs,
            ends,
            ids,
        )
        return ends, ids


class LibraryModel:
    """Any other model, called word by word in Python."""

    def __init__(self, model: tokenizers.models.Model, by_bytes: bool) -> None:
        self._model = model
        self._alphabet = BYTE_ALPHABET if by_bytes else None

    def tokens(self, arena: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the tokens of words, see `Model`."""
        words = [
            arena[start:stop].tobytes()
            for start, stop in zip(starts[:-1].tolist(), (starts[1:] - 1).tolist())
        ]
        if self._alphabet is None:
            texts = [word.decode() for word in words]
        else:
            texts = [word.decode("latin-1").translate(self._alphabet) for word in words]
        tokenize = self._model.tokenize
        found = [[token.id for token in tokenize(text)] for text in texts]
        ends = np.cumsum([len(ids) for ids in found], dtype=np.int64)
        return ends, np.array([token for ids in found for token in ids], np.int32)


def model_of(backend: tokenizers.Tokenizer, state: dict[str, Any], by_bytes: bool) -> Model:
    """Return the model of a tokenizer, given its tokenizer.json.

    Parameters
    ----------
    by_bytes : bool
        Whether the tokenizer works on the bytes of words, in GPT-2's alphabet.
    """
    model = state["model"]
    kind = model.get("type")
    unknown = model.get("unk_token")
    if kind in ("WordPiece", "WordLevel", "BPE"):
        vocabulary = model["vocab"]
        # Of two tokens with the same id, tokenizer.json tells one.
        is_whole = len(vocabulary) == backend.get_vocab_size(with_added_tokens=False)
        if kind == "BPE" and is_whole and _merges_plainly(model, by_bytes):
            return MergedPairs(vocabulary, model, by_bytes)
        if kind != "BPE" and is_whole and unknown in vocabulary and not by_bytes:
            if kind == "WordLevel":
                return LongestTokens(vocabulary, vocabulary[unknown], None, _NO_LIMIT)
            prefix, most_chars = model["continuing_subword_prefix"], model["max_input_chars_per_word"]
            return LongestTokens(vocabulary, vocabulary[unknown], prefix, most_chars)
    return LibraryModel(backend.model, by_bytes)


def _merges_plainly(model: dict[str, Any], by_bytes: bool) -> bool:
    """Return whether `MergedPairs` supports all options of a BPE model."""
    vocabulary, unknown = model["vocab"], model.get("unk_token")
    if model.get("continuing_subword_prefix") or model.get("end_of_word_suffix") or model.get("dropout"):
        return False
    if unknown is not None and unknown not in vocabulary:
        return False
    if not model.get("byte_fallback"):
        return True
    return not by_bytes and all(f"<0x{byte:02X}>" in vocabulary for byte in range(256))


def _room(starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.empty(len(starts) - 1, np.int64), np.empty(int(starts[-1] - starts[0]), np.int32)


def _trie(tokens: list[bytes], ids: list[int]) -> Trie:
    data = np.frombuffer(b"".join(tokens), np.uint8)
    starts = np.zeros(len(tokens) + 1, np.int64)
    np.cumsum([len(token) for token in tokens], out=starts[1:])
    slots_S2 = np.zeros((_power_of_two(len(data) + 2), 2), np.uint64)
    token_ids = np.full(len(data) + 1, NO_TOKEN, np.int32)
    n_nodes = int(grow_trie(data, starts, np.array(ids, np.int32), (slots_S2, token_ids)))
    # Half full: most look-ups then read one slot.
    sparse_S2 = np.zeros((_power_of_two(2 * n_nodes), 2), np.uint64)
    move_slots(slots_S2, sparse_S2)
    return sparse_S2, token_ids[:n_nodes].copy()


def _power_of_two(size: int) -> int:
    return 1 << (size - 1).bit_length()


def _byte_alphabet() -> dict[int, int]:
    """Return the printable character that represents each byte in GPT-2's vocabulary.

    Bytes that are printable in Latin-1 map to themselves, the others to the code points from 256 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: byte for byte in printable} | {byte: 256 + k for k, byte in enumerate(others)}


BYTE_ALPHABET = _byte_alphabet()
_BYTE_OF = {chr(code): byte for byte, code in BYTE_ALPHABET.items()}


def _from_alphabet(token: str) -> bytes | None:
    """Return the bytes of a token of GPT-2's vocabulary, or None if it has characters outside its alphabet."""
    try:
        return bytes([_BYTE_OF[char] for char in token])
    except KeyError:
        return None
