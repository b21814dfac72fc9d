"""Tests of the Chinese segmenter: user words, full-width letters, parts of speech."""

import copy
import pickle

import pytest
from hypothesis import given, settings, strategies as st

from wordvec.text import Segmenter, cut_chinese

pytest.importorskip("rjieba")

WORDS = [
    "云计算",
    ("卡尔·马克思", None, "nr"),
    ("ＣＲＦ模型", 5000, "nz"),
    "San Francisco",
    "Visual C++",
    "𠀀𠀁",
]
CUTS = [
    ("他是云计算专家", ["他", "是", "云计算", "专家"]),
    ("卡尔·马克思的书", ["卡尔·马克思", "的", "书"]),
    ("用CRF模型和ＣＲＦ模型", ["用", "CRF模型", "和", "ＣＲＦ模型"]),
    ("在San Francisco，不是San Franciscos", ["在", "San Francisco", "，", "不是", "San", "Franciscos"]),
    ("写Visual C++代码", ["写", "Visual C++", "代码"]),
    ("𠀀𠀁云计算", ["𠀀𠀁", "云计算"]),
]


@pytest.fixture(scope="module")
def segmenter():
    return Segmenter(WORDS)


@pytest.mark.parametrize(("text", "words"), CUTS)
def test_user_words_are_found(segmenter, text, words):
    assert segmenter.cut(text) == words != Segmenter().cut(text)
    assert [word for word, _ in segmenter.tag(text)] == words


def test_user_words_stay_with_their_segmenter(segmenter):
    assert segmenter.cut("云计算") == ["云计算"]
    assert cut_chinese("云计算") == Segmenter().cut("云计算") == ["云", "计算"]


def test_parts_of_speech(segmenter):
    assert segmenter.tag("卡尔·马克思爱用CRF模型 云计算。") == [
        ("卡尔·马克思", "nr"), ("爱", "v"), ("用", "p"), ("CRF模型", "nz"), ("云计算", "x"), ("。", "x"),
    ]  # fmt: skip
    assert Segmenter().tag("ＩＢＭ在北京")[::2] == [("ＩＢＭ", "eng"), ("北京", "ns")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ＡＢＣ１２３", ["ＡＢＣ１２３"]),
        ("用ｉＰｈｏｎｅ１５拍照", ["用", "ｉＰｈｏｎｅ１５", "拍照"]),
        ("涨了１２．５％，很多", ["涨", "了", "１２．５％", "，", "很多"]),
        ("ＩＢＭ、ＳＡＰ和SAP", ["ＩＢＭ", "、", "ＳＡＰ", "和", "SAP"]),
        ("２０２４年", ["２０２４", "年"]),
    ],
)
def test_full_width_letters_and_digits_are_words_as_written(text, words):
    assert cut_chinese(text) == words


def test_frequency_zero_takes_a_word_out():
    assert "北京大学" in cut_chinese("我在北京大学")
    assert Segmenter([("北京大学", 0)]).cut("我在北京大学") == ["我", "在", "北京", "大学"]


def test_of_two_words_at_one_place_the_longer():
    assert Segmenter(["张·三", "张·三丰"]).cut("张·三丰和张·三") == ["张·三丰", "和", "张·三"]


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.sampled_from("云计算卡尔·马克思ＡＢＣ１２．％ ab\t\n，é𠀀\ud800１"), max_size=20))
def test_nothing_but_white_space_is_lost(segmenter, text):
    kept = "".join(text.split())
    for words in (segmenter, Segmenter()):
        assert "".join("".join(words.cut(text)).split()) == kept
        assert "".join("".join(word for word, _ in words.tag(text)).split()) == kept


def test_copies_know_the_words(segmenter):
    for same in (pickle.loads(pickle.dumps(segmenter)), copy.deepcopy(segmenter)):
        assert same.user_words == segmenter.user_words
        assert all(same.cut(text) == words for text, words in CUTS)
