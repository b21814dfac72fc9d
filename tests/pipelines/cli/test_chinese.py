"""Tests of Chinese text on the command line: user dictionaries, characters as words, conversion."""

import json

import pytest

from .support import SMALL, fails

TEXT = "雲計算專家很好\n云计算专家很好\n" * 20


@pytest.fixture
def files(tmp_path):
    pytest.importorskip("rjieba")
    (tmp_path / "zh.txt").write_text(TEXT, "utf-8")
    (tmp_path / "words.txt").write_text("云计算 1000 n\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "known", "unknown"),
    [
        (["--tokenizer", "zh", "--user-dict", "words.txt"], "云计算", "计算"),
        (["--tokenizer", "zh", "--user-dict", "words.txt", "--convert", "t2s"], "云计算", "雲計算"),
        (["--tokenizer", "chars"], "雲", "云计算"),
        (["--tokenizer", "chars", "--convert", "t2s"], "云", "雲"),
    ],
)
def test_train(run, files, monkeypatch, options, known, unknown):
    pytest.importorskip("opencc")
    monkeypatch.chdir(files)
    assert run("train", "zh.txt", "-o", "v.txt", *options, *SMALL)[0] == 0
    words = {line.split()[0] for line in (files / "v.txt").read_text("utf-8").splitlines()[1:]}
    assert known in words and unknown not in words


def test_errors_name_options_files_and_lines(run, files, monkeypatch):
    monkeypatch.chdir(files)
    (files / "bad.txt").write_text("云计算\n区块链 很多\n", "utf-8")
    start = ("train", "zh.txt", "-o", "v.txt")
    assert fails(run(*start, "--user-dict", "words.txt"), "--user-dict", "--tokenizer zh")
    assert fails(run(*start, "--tokenizer", "zh", "--user-dict", "bad.txt"), "'bad.txt', line 2: '很多'")
    assert fails(run(*start, "--tokenizer", "zh", "--user-dict", "no.txt"), "'no.txt' does not exist")
    assert fails(run(*start, "--convert", "t2x"), "--convert", "'t2s', 's2t'")
    assert fails(
        run(*start, "--tokenizer", "jieba"), "--tokenizer", "'whitespace', 'word', 'ptb', 'ud', 'zh', 'chars'"
    )


def test_a_classifier_keeps_words_and_conversion(run, files, monkeypatch):
    pytest.importorskip("opencc")
    monkeypatch.chdir(files)
    rows = ["雲計算很好看,good", "云计算不错,good", "太差了,bad", "很糟糕,bad"] * 5
    (files / "train.csv").write_text("text,label\n" + "\n".join(rows), "utf-8")
    options = ["--user-dict", "words.txt", "--convert", "t2s", "--quiet"]
    code, _, err = run("classify", "train", "train.csv", "-o", "m.safetensors", *options)
    assert code == 0 and "tokenizer" not in err
    (files / "words.txt").unlink()
    (files / "new.txt").write_text("雲計算\n云计算\n", "utf-8")
    code, out, _ = run("classify", "predict", "m.safetensors", "new.txt", "--format", "text", "--json")
    first, second = map(json.loads, out.splitlines())
    assert code == 0 and first["label"] == second["label"] == "good"

    from wordvec.pipelines import TextClassifier

    assert TextClassifier.load("m.safetensors").tokenizer.user_words == (("云计算", 1000, "n"),)


def test_the_chosen_tokenizer_is_told(run, files, monkeypatch):
    monkeypatch.chdir(files)
    rows = ["很好看,good", "不错,good", "太差了,bad", "很糟糕,bad"] * 5
    (files / "train.csv").write_text("text,label\n" + "\n".join(rows), "utf-8")
    start = ("classify", "train", "train.csv", "-o", "m.safetensors", "--quiet")
    assert "Assumed: the texts: Chinese, tokenizer 'zh'." in run(*start)[2]
    assert "tokenizer" not in run(*start, "--tokenizer", "chars")[2]


@pytest.mark.parametrize("command", [["train"], ["compare"], ["classify", "train"]])
def test_help_names_the_tokenizers(run, command):
    from wordvec.text.tokenizers import TOKENIZERS

    words = set(run(*command, "--help")[1].replace("|", " ").split())
    assert {*TOKENIZERS, "--user-dict", "--convert"} <= words
