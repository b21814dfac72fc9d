"""Tokens of texts that are cut over bytes are those of the library, for each kind of tokenizer and each code point."""

import random

import numpy as np
import pytest

tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers  # noqa: E402

from wordvec.encoders.words import WordTokens  # noqa: E402

TEXTS = [
    "", " ", "The cat sat.", "  two  blanks ", "don't we'll I'VE they're'd '", "3.14 and 2,000 42nd", "a\tb\r\nc\n",
    "Ünïcödé façade ÇA ŒUVRE", "中文分词 and 한국어 テスト", "x" * 300, "[UNK] [CLS] literally", "emoji 👍🏽 ok 🇩🇪",
    "re-use under_score a/b (c) \u201cd\u201d \u2014 e\u2026", "\u00a0\u2003wide\u3000", "zero\u200bwidth \ufeffmark",
    "İstanbul ΣΊΣΥΦΟΣ ẞ ǅ", "a\u0301 e\u0323\u0301 \u0301start", "   \n\n  \n x", "tail  ", "\n", "▁ under ▁▁bar",
    "\x00nul", "\x07bell\x7f", "ﬁ ½ ① Å",
]  # fmt: skip
WORDS = [
    "the",
    "cat",
    "sat",
    "don't",
    "under",
    "score",
    "über",
    "3.14",
    "façade",
    "œuvre",
    "한국어",
    *"中文分词abc().,!",
]


def trained(model, trainer, normalizer, cutter):
    backend = Tokenizer(model)
    if normalizer is not None:
        backend.normalizer = normalizer
    if cutter is not None:
        backend.pre_tokenizer = cutter
    draw = random.Random(3)
    lines = [" ".join(draw.choices(WORDS, k=8)) for _ in range(400)] + [
        text for text in TEXTS if "\0" not in text
    ]
    backend.train_from_iterator(lines, trainer)
    return backend


def bert(**options):
    trainer = trainers.WordPieceTrainer(
        vocab_size=200, special_tokens=["[UNK]", "[CLS]"], show_progress=False
    )
    model = models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100)
    return trained(model, trainer, normalizers.BertNormalizer(**options), pre_tokenizers.BertPreTokenizer())


def word_level(normalizer, cutter):
    trainer = trainers.WordLevelTrainer(special_tokens=["[UNK]"], show_progress=False)
    return trained(models.WordLevel(unk_token="[UNK]"), trainer, normalizer, cutter)


def gpt2(normalizer=None, **options):
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["[UNK]"],
        show_progress=False,
    )
    return trained(models.BPE(), trainer, normalizer, pre_tokenizers.ByteLevel(**options))


def unigram(normalizer=None, **options):
    trainer = trainers.UnigramTrainer(
        vocab_size=150, special_tokens=["[UNK]"], unk_token="[UNK]", show_progress=False
    )
    backend = trained(models.Unigram(), trainer, normalizer, pre_tokenizers.Metaspace(**options))
    backend.decoder = decoders.Metaspace()
    return backend


def merges(normalizer, cutter, **options):
    trainer = trainers.BpeTrainer(
        vocab_size=150, special_tokens=["[UNK]"], limit_alphabet=40, show_progress=False
    )
    return trained(models.BPE(unk_token="[UNK]", **options), trainer, normalizer, cutter)


KINDS = {
    "bert": lambda: bert(),
    "bert, cased": lambda: bert(lowercase=False),
    "bert, accents": lambda: bert(strip_accents=False),
    "bert, raw": lambda: bert(clean_text=False, handle_chinese_chars=False),
    "whitespace": lambda: word_level(normalizers.Lowercase(), pre_tokenizers.Whitespace()),
    "white space alone": lambda: word_level(None, pre_tokenizers.WhitespaceSplit()),
    "nfkc": lambda: word_level(normalizers.NFKC(), pre_tokenizers.Whitespace()),
    "gpt2": lambda: gpt2(add_prefix_space=False),
    "gpt2, blank": lambda: gpt2(add_prefix_space=True),
    "gpt2, nfc": lambda: gpt2(normalizers.NFC(), add_prefix_space=False),
    "metaspace": lambda: unigram(),
    "metaspace, nfkc": lambda: unigram(normalizers.NFKC()),
    "metaspace, first": lambda: unigram(prepend_scheme="first"),
    "metaspace, never": lambda: unigram(prepend_scheme="never"),
    "merges": lambda: merges(normalizers.Lowercase(), pre_tokenizers.Whitespace()),
    "merges, fused": lambda: merges(None, pre_tokenizers.Metaspace(), fuse_unk=True),
    "merges, suffix": lambda: merges(None, pre_tokenizers.WhitespaceSplit(), end_of_word_suffix="</w>"),
    # Left to the library.
    "pattern": lambda: word_level(None, pre_tokenizers.Split(Regex(r"\w+"), "removed", invert=True)),
    "charsmap": lambda: unigram(
        normalizers.Sequence([normalizers.Replace(Regex(" {2,}"), " "), normalizers.NFKC()])
    ),
}


def tokens(words, n_texts):
    """The ids of each text, from what `encode` returns; of those that are given twice, the later."""
    found = [[] for _ in range(n_texts)]
    for places, group in words:
        texts = [[]]
        for item in group.items.tolist():
            if item < 0:
                texts.append([])
            else:
                texts[-1] += group.ids[group.starts[item] : group.starts[item + 1]].tolist()
        assert len(texts) == len(places) + 1 and not texts[-1]
        for place, ids in zip(places.tolist(), texts):
            found[place] = ids
    return found


def expected(backend, texts):
    return [backend.encode(text, add_special_tokens=False).ids for text in texts]


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_are_those_of_the_library(kind):
    backend = KINDS[kind]()
    words = WordTokens(backend)
    draw = random.Random(7)
    characters = sorted({*"".join(TEXTS)} - {"\0"})
    drawn = ["".join(draw.choices(characters, k=draw.randrange(30))) for _ in range(800)]
    for texts in (TEXTS, drawn, TEXTS[::-1], []):
        assert tokens(words.encode(texts), len(texts)) == expected(backend, texts)


@pytest.mark.parametrize("kind", ["bert", "gpt2", "metaspace"])
def test_one_text_does_not_depend_on_those_beside_it(kind):
    backend = KINDS[kind]()
    words = WordTokens(backend)
    for text in TEXTS:
        assert tokens(words.encode([text]), 1) == expected(backend, [text])


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["bert", "bert, cased", "bert, accents", "bert, raw", "whitespace", "gpt2", "metaspace"]
)
def test_each_code_point(kind):
    backend = KINDS[kind]()
    words = WordTokens(backend)
    # All of 0x20000 were compared once, for all kinds.
    codes = [*range(0x3100), *range(0x3100, 0xD800, 61), *range(0xE000, 0x20000, 61)]
    for form in ("a{0}b {0} {0}{0}", "{0}a 1{0}"):
        texts = [form.format(chr(code)) for code in codes]
        assert tokens(words.encode(texts), len(texts)) == [
            each.ids for each in backend.encode_batch_fast(texts, add_special_tokens=False)
        ]


def test_added_tokens_are_found_in_texts():
    backend = bert()
    backend.add_tokens(["new york"])
    backend.add_special_tokens(["<sep>"])
    texts = ["in New York", "new york <sep> [CLS]x", "<SEP> plain"]
    assert tokens(WordTokens(backend).encode(texts), 3) == expected(backend, texts)


@pytest.mark.parametrize("limit", ["_MOST_WORDS", "_MOST_BYTES"])
def test_words_are_forgotten_when_there_are_many(monkeypatch, limit):
    from wordvec.encoders import words as module

    monkeypatch.setattr(module, limit, 5)
    backend = bert()
    found = WordTokens(backend)
    for _ in range(3):
        assert tokens(found.encode(TEXTS), len(TEXTS)) == expected(backend, TEXTS)


def test_texts_that_grow():
    # One code point becomes 18 under this form.
    backend = word_level(normalizers.Lowercase(), pre_tokenizers.WhitespaceSplit())
    texts = ["İ" * 5000, "a", "İ" * 3]
    assert tokens(WordTokens(backend).encode(texts), 3) == expected(backend, texts)


def test_lone_surrogates_are_an_error():
    with pytest.raises(UnicodeEncodeError):
        WordTokens(bert()).encode(["fine", "bad \ud800"])


def test_the_mean_of_rows_is_that_of_numpy():
    from wordvec.kernels.text.pieces import mean_rows

    draw = np.random.default_rng(1)
    starts = np.array([0, 2, 3, 3, 6], np.int64)
    ids = np.array([0, 1, 2, 0, 3, 1], np.int32)
    rows, weights = np.array([1, -1, 0, 2], np.int32), draw.random(4).astype(np.float32)
    table = draw.standard_normal((3, 5)).astype(np.float32)
    items = np.array([0, 1, 3, -1, -1, 2, -1, 3, 3, -1], np.int32)
    texts = [[0, 1, 2, 0, 3, 1], [], [], [0, 3, 1, 0, 3, 1]]
    for most in (1, 3, 100):
        for normalize in (False, True):
            out = np.empty((4, 5), np.float32)
            mean_rows(items, starts, ids, rows, weights, table, most, normalize, out)
            for found, text in zip(out, texts):
                kept = [token for token in text[:most] if rows[token] >= 0]
                mean = sum((weights[t] * table[rows[t]] for t in kept), np.zeros(5)) / max(1, len(kept))
                mean /= np.linalg.norm(mean) + 1e-32 if normalize else 1
                np.testing.assert_allclose(found, mean, atol=1e-6)
