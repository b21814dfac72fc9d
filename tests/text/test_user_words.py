"""Tests of user dictionaries: files of jieba's form and lists."""

import bz2

import pytest

from wordvec.text.user_words import read_user_words, user_words

FORM = r"A line is word \[frequency\] \[part of speech\], for example '云计算 1000 n'."


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("云计算", ("云计算", None, None)),
        ("云计算 5", ("云计算", 5, None)),
        ("云计算 n", ("云计算", None, "n")),
        ("\ufeff创新办\t3\ti", ("创新办", 3, "i")),
        ("  easy_install 3 eng \r", ("easy_install", 3, "eng")),
        ("凱特琳 nz", ("凱特琳", None, "nz")),
        ("2024 7", ("2024", 7, None)),
    ],
)
def test_lines(tmp_path, line, entry):
    path = tmp_path / "words.txt"
    path.write_text(f"{line}\n\n", "utf-8")
    assert read_user_words(path) == (entry,) == user_words(str(path), "Segmenter")


def test_packed_and_other_encodings(tmp_path):
    (tmp_path / "words.txt.bz2").write_bytes(bz2.compress("云计算 5\n区块链".encode()))
    assert [word for word, *_ in read_user_words(tmp_path / "words.txt.bz2")] == ["云计算", "区块链"]
    (tmp_path / "gbk.txt").write_bytes("云计算".encode("gb18030"))
    assert read_user_words(tmp_path / "gbk.txt", "gb18030")[0].word == "云计算"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("云计算 很多", "'很多' is neither a frequency nor a part of speech in Latin letters"),
        ("云计算 -3", "'-3' is neither a frequency nor a part of speech"),
        ("云计算 1.5 n", "'1.5' is neither a frequency"),
        ("云计算 n 5", "'5' is one field too many, or not in its place"),
        ("San Francisco 5 n", "'5' is one field too many, or not in its place"),
        ("云计算 5 n x", "'x' is one field too many"),
        ("云计算 99999999999", "the frequency 99999999999 is above 1,000,000,000"),
    ],
)
def test_bad_lines_are_named(tmp_path, line, problem):
    path = tmp_path / "words.txt"
    path.write_text(f"区块链\n\n{line}\n", "utf-8")
    with pytest.raises(ValueError, match=rf"words.txt', line 3: {problem}.*{FORM}"):
        read_user_words(path)


def test_files_that_are_none(tmp_path):
    (tmp_path / "empty").write_text("\n \n")
    with pytest.raises(ValueError, match="empty' holds no word. Each line is word"):
        read_user_words(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match="user dictionary '.*no' does not exist"):
        read_user_words(tmp_path / "no")
    with pytest.raises(FileNotFoundError, match="is a folder"):
        read_user_words(tmp_path)
    (tmp_path / "gbk").write_bytes("好\n云计算".encode("gb18030"))
    with pytest.raises(ValueError, match="gbk.*UTF-8|gbk.*utf-8"):
        read_user_words(tmp_path / "gbk")


def test_lists():
    assert user_words(["云计算", ("区块链", 5), ["链", None, "n"]], "Segmenter") == (
        ("云计算", None, None),
        ("区块链", 5, None),
        ("链", None, "n"),
    )
    assert user_words(None, "Segmenter") == ()


@pytest.mark.parametrize(
    "entry", ["", " ", 5, (), ("a", "b"), ("a", -1), ("a", True), ("a", 1, 2), ("a", 1, "n", 4)]
)
def test_bad_entries_are_named(entry):
    with pytest.raises(ValueError, match=r"The user_dict\[1\] parameter of Segmenter must be a word, or"):
        user_words(["云计算", entry], "Segmenter")
    with pytest.raises(TypeError, match="must be a path or a list of words"):
        user_words(5, "Segmenter")
