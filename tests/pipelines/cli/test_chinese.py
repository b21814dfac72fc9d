"""Tests of Chinese text on the command line: user dictionaries, characters as words, conversion."""

import gzip
import io
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


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ([], "他 是 云 计算 专家"),
        (["--user-dict", "words.txt"], "他 是 云计算 专家"),
        (["--user-dict", "words.txt", "--pos"], "他/r 是/v 云计算/n 专家/n"),
    ],
)
def test_segment(run, files, monkeypatch, options, line):
    monkeypatch.chdir(files)
    (files / "in.txt.gz").write_bytes(gzip.compress("他是云计算专家\r\n\n他是云计算专家".encode()))
    assert run("segment", "in.txt.gz", *options)[:2] == (0, f"{line}\n\n{line}\n")


@pytest.mark.parametrize("arguments", [[], ["-"]])
@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("\ufeff他是专家\r\n\n他是专家", "他 是 专家\n\n他 是 专家\n"),
        ("\u3000他是\t专家 😀ＡＢＣ\n", "他 是 专家 😀 ＡＢＣ\n"),
        ("\n\n", "\n\n"),
        ("", ""),
    ],
)
def test_segment_of_standard_input(run, monkeypatch, arguments, text, out):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert run("segment", *arguments)[:2] == (0, out)


def test_segment_names_the_option_for_parts_of_speech(run, write, tmp_path):
    write("train.txt", "他 PN\n是 VC\n\n专家 NN\n他 PN\n")
    assert run("tag", "train", tmp_path / "train.txt", "-o", tmp_path / "m", "-q")[0] == 0
    found = run("segment", tmp_path / "train.txt", "--tagger", tmp_path / "m")
    assert fails(found, "does not cut them", "Pass --pos")


def test_segment_as_json_and_converted(run, files, monkeypatch):
    pytest.importorskip("opencc")
    monkeypatch.chdir(files)
    (files / "in.txt").write_text("他是雲計算專家\n\n", "utf-8")
    code, out, _ = run("segment", "in.txt", "--json", "--convert", "t2s", "--user-dict", "words.txt", "--pos")
    first, blank = map(json.loads, out.splitlines())
    assert first == {
        "text": "他是云计算专家", "tokens": ["他", "是", "云计算", "专家"], "tags": ["r", "v", "n", "n"],
    }  # fmt: skip
    assert code == 0 and blank == {"text": "", "tokens": [], "tags": []}
    assert fails(run("segment", "no.txt"), "'no.txt' does not exist")


@pytest.mark.parametrize("suffix", ["", "-n"])
def test_segment_by_a_tagger(run, files, monkeypatch, suffix):
    from wordvec.pipelines.tagging import CRFTagger, TokenFeatures, words_to_bmes

    monkeypatch.chdir(files)
    pairs = [words_to_bmes(words) for words in (["面包师", "打开", "店门"], ["他", "打开", "面包"]) * 5]
    X, y = [list(c) for c, _ in pairs], [[f"{tag}{suffix}" for tag in tags] for _, tags in pairs]
    CRFTagger(features=TokenFeatures(kind="char"), c2=0.1).fit(X, y).save("m.safetensors")
    (files / "in.txt").write_text("他打开店门\n\n打开 面包\n", "utf-8")
    start = ("segment", "in.txt", "--tagger", "m.safetensors")
    assert run(*start)[:2] == (0, "他 打开 店门\n\n打开 面包\n")
    assert fails(run(*start, "--user-dict", "words.txt"), "no user dictionary")
    if suffix:
        assert run(*start, "--pos")[:2] == (0, "他/n 打开/n 店门/n\n\n打开/n 面包/n\n")
    else:
        assert fails(run(*start, "--pos"), "knows no parts of speech")


@pytest.mark.parametrize("scheme", ["IOE2", "BIOS", "BMS", "BILOU", "BMEWO", "BIEO"])
@pytest.mark.parametrize("suffix", ["", "-n"])
def test_segment_by_a_tagger_of_another_scheme(run, files, monkeypatch, scheme, suffix):
    from wordvec.pipelines.tagging import CRFTagger, TokenFeatures, convert_tags, words_to_bmes

    monkeypatch.chdir(files)
    # Words of three, two and one character show every letter.
    pairs = [words_to_bmes(words) for words in (["面包师", "打开", "店门"], ["他", "打开", "面包"]) * 5]
    X, y = [list(c) for c, _ in pairs], [[f"{tag}{suffix}" for tag in tags] for _, tags in pairs]
    tags = convert_tags(y, scheme)
    CRFTagger(features=TokenFeatures(kind="char"), c2=0.1).fit(X, tags).save("m.safetensors")
    (files / "in.txt").write_text("他打开店门\n\n打开 面包\n", "utf-8")
    expected = "他 打开 店门\n\n打开 面包\n"
    assert run("segment", "in.txt", "--tagger", "m.safetensors")[:2] == (0, expected)


def test_a_tagger_of_words_gives_the_parts_of_speech(run, files, monkeypatch):
    from wordvec.pipelines.tagging import CRFTagger

    monkeypatch.chdir(files)
    CRFTagger().fit([["他", "是", "专家"]] * 5, [["PN", "VC", "NN"]] * 5).save("m.safetensors")
    (files / "in.txt").write_text("他是专家\n", "utf-8")
    assert run("segment", "in.txt", "--tagger", "m.safetensors", "--pos")[1] == "他/PN 是/VC 专家/NN\n"
    assert fails(run("segment", "in.txt", "--tagger", "m.safetensors"), "does not cut them")


def test_user_words_of_tag_predict(run, files, monkeypatch):
    from wordvec.pipelines.tagging import CRFTagger

    monkeypatch.chdir(files)
    CRFTagger().fit([["他", "是", "专家"]] * 5, [["PN", "VC", "NN"]] * 5).save("m.safetensors")
    (files / "in.txt").write_text("他是云计算专家\n", "utf-8")
    start = ("tag", "predict", "m.safetensors", "in.txt", "--format", "text", "--json")
    for options in (["--user-dict", "words.txt"], ["--tokenizer", "zh", "--user-dict", "words.txt"]):
        code, out, _ = run(*start, *options)
        assert code == 0 and json.loads(out)["tokens"] == ["他", "是", "云计算", "专家"]
    assert fails(
        run(*start, "--tokenizer", "chars", "--user-dict", "words.txt"), "--user-dict", "--tokenizer zh"
    )
