"""Tokens of words by the kernels are those of the library, and of slow references."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import naive_subwords as naive
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")
from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402

from wordvec.encoders.models import BYTE_ALPHABET, LibraryModel, LongestTokens, MergedPairs, model_of  # noqa: E402
from wordvec.encoders.words import WordTokens  # noqa: E402

# Of all lengths in UTF-8, in and out of vocabularies.
LETTERS = "abcé中文👍"
WORDS = st.lists(
    st.one_of(
        st.text(st.sampled_from(LETTERS + "#<0>"), min_size=1, max_size=30),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12),
    ),
    min_size=1,
    max_size=20,
)
BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]


def numbered(tokens):
    return {token: 3 * k + 1 for k, token in enumerate(dict.fromkeys(tokens))}  # ids with holes


def word_piece(**options):
    draw = random.Random(1)
    pieces = ["".join(draw.choices(LETTERS, k=draw.randint(1, 5))) for _ in range(120)]
    vocabulary = numbered(
        ["[UNK]", "##", *pieces[:60], *("##" + piece for piece in pieces[30:]), *LETTERS[:5]]
    )
    return Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", **options))


def bpe(alphabet=LETTERS[:-1], extra=(), by_bytes=False, **options):
    """A tokenizer with merges of a random order, some of which never come to pass."""
    draw = random.Random(2)
    tokens, merges = [*alphabet], []
    while len(merges) < 150:
        left, right = draw.choice(tokens), draw.choice(tokens)
        if (left, right) not in merges and len(left + right) < 12:
            merges.append((left, right))
            tokens.append(left + right)
    draw.shuffle(merges)
    backend = Tokenizer(models.BPE(numbered(["<unk>", *extra, *tokens]), merges, **options))
    if by_bytes:
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return backend


BYTES = [chr(code) for code in BYTE_ALPHABET.values()]
BACKENDS = {
    "WordPiece": word_piece(),
    "WordPiece, short words": word_piece(max_input_chars_per_word=4),
    "WordPiece, no prefix": word_piece(continuing_subword_prefix=""),
    "WordPiece, a prefix that no token has": word_piece(continuing_subword_prefix="@@"),
    "WordLevel": Tokenizer(models.WordLevel(numbered(["[UNK]", *LETTERS, "ab", "中文"]), unk_token="[UNK]")),
    "BPE": bpe(),
    "BPE, unknown": bpe(unk_token="<unk>"),
    "BPE, fused": bpe(unk_token="<unk>", fuse_unk=True),
    "BPE, bytes of characters": bpe(extra=BYTE_TOKENS, byte_fallback=True, unk_token="<unk>"),
    "BPE, merges of them": bpe([*LETTERS[:3], *BYTE_TOKENS], byte_fallback=True),
    "BPE, whole words": bpe(ignore_merges=True, unk_token="<unk>"),
    "BPE, by bytes": bpe(BYTES, by_bytes=True),
    "BPE, some bytes": bpe(BYTES[:230], by_bytes=True, unk_token="<unk>", fuse_unk=True),
    "BPE, some bytes alone": bpe(BYTES[:230], by_bytes=True),
    "BPE, by bytes, whole words": bpe(BYTES, by_bytes=True, ignore_merges=True, extra=["a b", "中"]),
    "BPE, bytes with repeats": bpe("ab"),
    "BPE, dropout of 0": bpe(dropout=0.0),
}
OTHERS = {
    "a suffix": bpe(end_of_word_suffix="a"),
    "a prefix": bpe(continuing_subword_prefix=""),
    "some bytes of characters": bpe(extra=BYTE_TOKENS[:200], byte_fallback=True, unk_token="<unk>"),
    "one id for two tokens": Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1, "ab": 1}, unk_token="[UNK]")),
    "Unigram": Tokenizer(models.Unigram([("<unk>", 0.0), ("a", -1.0), ("ab", -1.5)], unk_id=0)),
}
MODELS = {
    kind: model_of(backend, json.loads(backend.to_str()), backend.pre_tokenizer is not None)
    for kind, backend in (BACKENDS | OTHERS).items()
}


def found(kind, words):
    """The ids of each word by our model."""
    data = [word.encode() for word in words]
    starts = np.cumsum([0, *(len(each) + 1 for each in data)])
    arena = np.frombuffer(bytearray(b"".join(each + b" " for each in data)), np.uint8)
    ends, ids = MODELS[kind].tokens(arena, starts)
    return [ids[start:stop].tolist() for start, stop in zip([0, *ends[:-1].tolist()], ends.tolist())]


def expected(kind, words):
    backend = (BACKENDS | OTHERS)[kind]
    if backend.pre_tokenizer is not None:
        words = ["".join(chr(BYTE_ALPHABET[byte]) for byte in word.encode()) for word in words]
    return [[token.id for token in backend.model.tokenize(word)] for word in words]


@pytest.mark.parametrize("kind", BACKENDS | OTHERS)
@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_tokens_are_those_of_the_library(kind, words):
    assert found(kind, words) == expected(kind, words)


def test_kernels_take_what_they_know():
    for kind in BACKENDS:
        assert type(MODELS[kind]) is (MergedPairs if kind.startswith("BPE") else LongestTokens), kind
    # An empty prefix is none.
    assert [kind for kind in OTHERS if type(MODELS[kind]) is not LibraryModel] == ["a prefix"]


@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_tokens_are_those_of_the_references(words):
    for kind in BACKENDS:
        state = json.loads(BACKENDS[kind].to_str())["model"]
        vocabulary = state["vocab"]
        if kind.startswith("BPE"):
            options = [state[name] for name in ("unk_token", "fuse_unk", "byte_fallback", "ignore_merges")]
            merges = [tuple(pair) for pair in state["merges"]]
            if BACKENDS[kind].pre_tokenizer is None:
                assert found(kind, words) == [
                    naive.merged(word, vocabulary, merges, *options) for word in words
                ]
        elif kind != "WordLevel":
            options = state["continuing_subword_prefix"], state["max_input_chars_per_word"]
            assert found(kind, words) == [
                naive.longest_tokens(word, vocabulary, "[UNK]", *options) for word in words
            ]


def test_long_words_take_no_quadratic_time():
    draw = random.Random(5)
    words = ["".join(draw.choices(LETTERS[:6], k=100_000)), "a" * 200_000, "ab" * 3]
    for kind in ("BPE", "BPE, by bytes", "BPE, bytes with repeats", "WordPiece"):
        assert found(kind, words) == expected(kind, words)


def test_threads_find_the_same():
    draw = random.Random(6)
    texts = [
        " ".join("".join(draw.choices(LETTERS, k=draw.randint(1, 9))) for _ in range(5)) for _ in range(4000)
    ]
    backend = BACKENDS["BPE, by bytes"]
    want = [each.ids for each in backend.encode_batch_fast(texts, add_special_tokens=False)]
    words = WordTokens(backend)

    def ids(first):
        ((_, group),) = words.encode(texts[first : first + 100])
        tokens = [
            group.ids[group.starts[k] : group.starts[k + 1]].tolist() if k >= 0 else None for k in group.items
        ]
        return [token for each in tokens for token in (each if each is not None else [-1])]

    with ThreadPoolExecutor(4) as pool:
        blocks = list(pool.map(ids, range(0, len(texts), 100)))
    assert blocks == [
        [token for each in want[k : k + 100] for token in (*each, -1)] for k in range(0, len(texts), 100)
    ]
