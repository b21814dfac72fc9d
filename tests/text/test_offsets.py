"""Offsets of tokens, and the tokenizer that fits given tokens."""

from __future__ import annotations

import pytest

from wordvec.text import align_tokens, fitting_tokenizer, span_tokenizer, split_ud
from wordvec.text.offsets import SPAN_TOKENIZERS


@pytest.mark.parametrize("name", SPAN_TOKENIZERS)
def test_offsets_of_each_tokenizer(name):
    text = "  Anna's  cat, 我爱 北京。\u3000\U0001f600 ok"
    spans = span_tokenizer(name)(text)
    tokens = [text[a:b] for a, b in spans]
    assert all(tokens) and not any(token.isspace() for token in tokens)
    if name != "word":
        assert "".join(tokens) == "".join(text.split())


def test_a_callable_whose_tokens_are_changed():
    find = span_tokenizer(lambda text: text.lower().split())
    assert find("He saw  OSLO") == [(0, 2), (3, 6), (8, 12)]


@pytest.mark.parametrize(
    ("text", "tokens", "spans"),
    [
        ("It's  Oslo.", ["It", "'s", "Oslo", "."], [(0, 2), (2, 4), (6, 10), (10, 11)]),
        ("ＡＢＣ公司", ["ABC", "公司"], [(0, 3), (3, 5)]),
        ("Ⅲ区", ["III", "区"], [(0, 1), (1, 2)]),
        ("a b", ["x", "b", "c"], [(0, 1), (2, 3), (3, 3)]),
        ("a, b", ["a", "b"], [(0, 1), (3, 4)]),
        ("", ["a"], [(0, 0)]),
    ],
)
def test_alignment(text, tokens, spans):
    assert align_tokens(text, tokens) == spans


@pytest.mark.parametrize(
    ("sentences", "name"),
    [
        ([["Ada", "'s", "well-known", "cat", "left", "."]], "ptb"),
        ([["Ada", "'s", "well", "-", "known", "cat", "left", "."]], "ud"),
        ([["Ada's", "cat,", "left."], ["Oh!"]], "whitespace"),
        ([["Ada", "left"]], "ptb"),
        ([list("我爱北京"), list("他来了")], "chars"),
        ([["我", "爱", "北京", "天安门"], ["他们", "来", "了", "。"]], "zh"),
        ([["Der", "Hund", "schläft", "."]], "ptb"),
        ([], "ptb"),
        ([[]], "ptb"),
    ],
)
def test_the_tokenizer_that_fits(sentences, name):
    assert fitting_tokenizer(sentences) == name


def test_texts_decide_where_they_are_known():
    texts = ["Ada's well-known cat left.", None]
    assert fitting_tokenizer([split_ud(texts[0]), ["Yes"]], texts) == "ud"
    assert fitting_tokenizer([texts[0].split()], texts[:1]) == "whitespace"


@pytest.mark.parametrize(
    ("tokenizer", "error", "told"),
    [
        (
            lambda text: text.split()[::-1],
            ValueError,
            "made 'Ada' of 'Ada left', .* from character 8",
        ),
        (lambda text: [1], TypeError, "must return a list of str"),
        (lambda text: None, TypeError, "must return a list of str"),
        (lambda text: [*text.split(), "[SEP]"], ValueError, r"made '\[SEP\]'"),
    ],
)
def test_tokens_that_are_not_in_the_text_are_told(tokenizer, error, told):
    with pytest.raises(error, match=told):
        span_tokenizer(tokenizer)("Ada left")


def test_empty_tokens_of_a_function_are_none():
    assert span_tokenizer(lambda text: text.split(" "))("Ada  left ") == [(0, 3), (5, 9)]
