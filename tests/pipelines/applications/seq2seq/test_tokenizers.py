"""Subword tables of models that write: Chinese by characters, and everything there and back."""

import pytest

pytest.importorskip("torch")

from wordvec.pipelines.applications.seq2seq.tokenizers import as_within_text, decoded, new_tokenizer
from wordvec.transformer import Tokenizer

TEXTS = (
    ["北京市长会见了记者。"] * 5 + ["上海的市长 likes apples and pears"] * 5 + ["apples, pears, apples"] * 5
)


@pytest.mark.parametrize(
    "text", ["北京市", "apples and 市长", "上海apples", "😀 北 x", "</s> 京", "龘龘 ñandú", "a"]
)
def test_chinese_is_cut_alike_wherever_it_stands(text, tmp_path):
    tokenizer = new_tokenizer(TEXTS, 400, by_han=True)
    row = tokenizer.encode(text, add_special_tokens=False)
    assert decoded(tokenizer, row) == text
    one = [tokenizer.encode(character, add_special_tokens=False) for character in "市长"]
    inside = tokenizer.encode("京市长了", add_special_tokens=False)
    assert inside[-3 - len(one) + 2 :][:2] == [one[0][0], one[1][0]] and list(map(len, one)) == [1, 1]
    tokenizer.save(tmp_path / "t")
    assert Tokenizer.load(tmp_path / "t").encode("京市长了 apples") == tokenizer.encode("京市长了 apples")


def test_words_of_other_scripts_are_merged_as_before():
    pieces = [new_tokenizer(TEXTS, 400, by_han=by_han).encode(" apples") for by_han in (False, True)]
    assert list(map(len, pieces)) == [1, 1]
    assert len(new_tokenizer(TEXTS, 400).encode("北京市长")) < 4


def test_a_first_word_has_the_pieces_that_it_has_within_a_text():
    texts = [
        "Gavin wrote to us. I saw Gavin",
        "\u5409\u6797\u5728\u5357\u4eac",
        "",
        " \n",
        "Gavin\n  is\there",
    ]
    spaced = as_within_text(texts)
    assert spaced == [f" {texts[0]}", texts[1], "", "", " Gavin is here"]
    tokenizer = new_tokenizer([*spaced] * 3, 400, by_han=True)
    first, within = tokenizer.encode_lists([" Gavin", " saw Gavin"], add_special_tokens=False)[0]
    assert within[-len(first) :] == first
    assert decoded(tokenizer, first) == "Gavin"
