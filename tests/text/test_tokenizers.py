"""Tokenizers of words."""

import pickle
import sys
import unicodedata

import pytest

from wordvec.text.tokenizers import (
    _PLANES_WITH_MARKS,
    nltk_tokenizer,
    resolve_tokenizer,
    spacy_tokenizer,
    split_unicode_words,
)

ENGLISH = "It's a dog's life, isn't it?"


def test_whitespace_is_str_split():
    assert resolve_tokenizer("whitespace")(" a\tB\u3000c \u00a0") == ["a", "B", "c"]
    assert resolve_tokenizer("whitespace", lowercase=True)("A ÉTÉ ΟΔΟΣ") == ["a", "été", "οδος"]


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, world!", ["Hello", "world"]),
        ("Don't l\u2019été rock'n'roll", ["Don't", "l\u2019été", "rock'n'roll"]),
        ("'quoted' well-known -- dash- -dash", ["quoted", "well-known", "dash", "dash"]),
        ("3.14 and 1,000. A.B x,y", ["3.14", "and", "1,000", "A", "B", "x", "y"]),
        ("snake_case ____ _a_", ["snake_case", "a"]),
        ("cafe\u0301 नमस्ते दुनिया", ["cafe\u0301", "नमस्ते", "दुनिया"]),
        ("مى\u200cخواهم", ["مى\u200cخواهم"]),
        ("Straße могу 東京", ["Straße", "могу", "東京"]),
        ("", []),
        ("...", []),
    ],
)
def test_word_tokenizer(text, words):
    assert split_unicode_words(text) == words


def test_planes_without_marks():
    looked_through = {point for plane in _PLANES_WITH_MARKS for point in plane}
    others = (chr(point) for point in range(sys.maxunicode + 1) if point not in looked_through)
    assert not {c for c in others if unicodedata.category(c).startswith("M")}


def test_word_tokenizer_takes_linear_time_on_long_runs():
    text = "a" * 100_000 + "\u0301" * 100_000 + "!"
    assert split_unicode_words(text) == [text[:-1]]


def test_chinese_drops_white_space_only():
    pytest.importorskip("rjieba")
    tokens = resolve_tokenizer("zh", lowercase=True)("我来到北京 清华大学\u3000 Hello")
    assert tokens == ["我", "来到", "北京", "清华大学", "hello"]


def test_spacy_adapter():
    pytest.importorskip("spacy")
    assert spacy_tokenizer()(ENGLISH + "  \t ") == [
        "It",
        "'s",
        "a",
        "dog",
        "'s",
        "life",
        ",",
        "is",
        "n't",
        "it",
        "?",
    ]
    assert spacy_tokenizer("de")("Das ist z.B. gut.") == ["Das", "ist", "z.B.", "gut", "."]


def test_nltk_adapter():
    pytest.importorskip("nltk")
    assert nltk_tokenizer()(ENGLISH) == ["It", "'s", "a", "dog", "'s", "life", ",", "is", "n't", "it", "?"]


def split_at_commas(text):
    return text.split(",")


def test_callable_is_lowered_after_splitting():
    assert resolve_tokenizer(split_at_commas) is split_at_commas
    assert resolve_tokenizer(split_at_commas, lowercase=True)("New York,A") == ["new york", "a"]


@pytest.mark.smoke
@pytest.mark.parametrize(
    "make",
    [
        spacy_tokenizer,
        nltk_tokenizer,
        *(
            lambda name=name: resolve_tokenizer(name, lowercase=True)
            for name in ("whitespace", "word", "zh", "chars")
        ),
    ],
)
def test_every_tokenizer_survives_pickling(make):
    try:
        tokenizer = make()
    except ImportError as error:
        pytest.skip(str(error))
    assert pickle.loads(pickle.dumps(tokenizer))(ENGLISH) == tokenizer(ENGLISH)


def test_unknown_tokenizer_names_the_choices():
    with pytest.raises(
        ValueError,
        match="'whitespace', 'word', 'ptb', 'ud', 'zh', 'chars', or a callable. Got 'jieba' instead",
    ):
        resolve_tokenizer("jieba")
    with pytest.raises(ValueError, match="tokenizer parameter"):
        resolve_tokenizer(None)
