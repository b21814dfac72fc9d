"""Warnings of tokens that are no words, from a sample of the text."""

import os
import warnings

import pytest

from wordvec import LineCorpus
from wordvec._utils.errors import AdvisedWarning
from wordvec.text.corpus import encode_corpus
from wordvec.text.word_boundaries import warn_of_tokens

CHINESE = "今天天气很好，我们一起去公园散步。\n他在北京大学读书，每天早上七点起床。\n"
JAPANESE = (
    "今日はとても天気がいいので、みんなで公園に行きました。\n彼は毎朝七時に起きて大学へ通っています。\n"
)
THAI = "วันนี้อากาศดีมากเราจึงไปเดินเล่นที่สวนสาธารณะด้วยกัน\nเขาตื่นนอนตอนเจ็ดโมงเช้าทุกวัน\n"
ENGLISH = (
    'The king, who was old, spoke. "An emperor," he said, "rules alone."\nThe queen left; nobody knew why.\n'
)


def warnings_of(path, text, encoding="utf-8", **options):
    path.write_text(text, encoding=encoding)
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        encode_corpus(LineCorpus(path, encoding=encoding, **options), min_count=1)
    return [str(warning.message) for warning in found if isinstance(warning.message, AdvisedWarning)]


@pytest.mark.parametrize(
    ("text", "options", "parts"),
    [
        (CHINESE, {}, ("Chinese without spaces", 'Pass tokenizer="zh", or text with spaces')),
        (CHINESE, {"tokenizer": "word"}, ("Chinese", 'tokenizer="zh"')),
        (CHINESE * 3, {"encoding": "gb18030"}, ("Chinese",)),
        (CHINESE.replace("，", "， "), {}, ("Chinese",)),
        ("用 iPhone 手机拍照片真的非常方便\n" * 3, {}, ("Chinese",)),
        (JAPANESE, {}, ("Japanese", "Cut it into words first")),
        (THAI, {}, ("Thai", "Cut it into words first")),
        (ENGLISH, {}, ("punctuation is part of", "'king,'", 'tokenizer="word" and lowercase=True')),
        (ENGLISH.lower(), {}, ('Pass tokenizer="word" to count',)),
        (ENGLISH, {"lowercase": True}, ('Pass tokenizer="word" to count',)),
        ("Der König, der alt war, sprach. Die Königin ging; niemand wusste es.\n", {}, ("'König,'",)),
        (
            "왕이 말했다. 여왕은 떠났다. 아무도 몰랐다.\n그는 학교에 갔다, 그리고 집에 왔다.\n",
            {},
            ("punctuation",),
        ),
    ],
)
def test_tokens_that_are_no_words_are_told(tmp_path, text, options, parts):
    found = warnings_of(tmp_path / "t.txt", text, **options)
    assert len(found) == 1 and str(tmp_path / "t.txt") in found[0]
    for part in parts:
        assert part in found[0]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("今天 天气 很 好 ， 我们 一起 去 公园 散步 。\n阿尔贝特爱因斯坦 是 物理 学家\n", {}),
        ("北京\n上海\n广州\n深圳市\n" * 5, {}),
        ("一 心 一 意\n", {}),
        ("今日 は とても 天気 が いい ので みんな で 公園 に 行き まし た\n", {}),
        ("วันนี้ อากาศ ดี มาก เรา จึง ไป เดิน เล่น ที่ สวน สาธารณะ\n", {}),
        (ENGLISH, {"tokenizer": "word"}),
        ("the king , who was old , spoke . `` An emperor , '' he said\nMr. Smith left the U.S. in Jan. etc.\n", {}),
        ("for (int i = 0; i < n; i++) {\n  total += value[i];\n  print(total, n);\n}\nif x == 1:\n" * 3, {}),
        ("anarchism originated as a term of abuse\n" * 5, {}),
        ("He quoted 今天天气很好我们去公园 and went home without a word of thanks to anybody\n", {}),
        ("king\nqueen\nman,\n", {}),
        ("왕이 말했다 여왕은 떠났다\n", {}),
        ("安娜\n", {}),
    ],
)  # fmt: skip
def test_words_are_not_warned_of(tmp_path, text, options):
    assert not warnings_of(tmp_path / "t.txt", text, **options)


def test_lists_of_tokens_and_pipes_are_left_alone(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encode_corpus([["今天天气很好我们去公园散步", "king,"] * 9], min_count=1)
        os.mkfifo(tmp_path / "pipe")
        warn_of_tokens(
            [tmp_path / "pipe"], str.split, "utf-8", "strict"
        )  # opening it would wait for a writer


def test_files_that_cannot_be_read_are_told_by_the_reader(tmp_path):
    (tmp_path / "t.txt").write_bytes(b"\xff\xfe king, queen,\n")
    with pytest.raises(ValueError, match="line 1: not valid utf-8"):
        encode_corpus(LineCorpus(tmp_path / "t.txt"), min_count=1)


def test_one_of_several_files_is_enough(tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text("one two three\n" if name != "c" else CHINESE, encoding="utf-8")
    with pytest.warns(AdvisedWarning, match=r"c\.txt"):
        encode_corpus(LineCorpus(tmp_path), min_count=1)
