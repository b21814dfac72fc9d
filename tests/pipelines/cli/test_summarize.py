"""Tests of `wordvec summarize`: forms of input and output, offsets, bad files."""

import gzip
import io
import json
import random

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines.applications.summarization import sentence_vectors

from .support import fails

ENGLISH = (
    "Good morning. The old bridge was closed in May.\r\nShips had hit the old bridge twice. \r\n\r\n"
    "In short, a new bridge will replace it. Nobody was hurt."
)
CHINESE = "海口对四种蔬菜限价。大白菜零售价两元一斤，专家说限价难有效果！\n总之，限价难以抑制菜价。他走了。"
MIXED = f"{ENGLISH}\n\n{CHINESE} The mayor agrees. 好的。"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("en.txt", ENGLISH), ("zh.txt", CHINESE), ("mixed.txt", MIXED)):
        (tmp_path / name).write_bytes(text.encode())
    return tmp_path


def stdin(monkeypatch, data):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))


def test_text(run, files, monkeypatch):
    assert run("summarize", "en.txt", "--sentences", "1")[:2] == (
        0,
        "In short, a new bridge will replace it.\n",
    )
    assert run("summarize", "zh.txt", "--words", "6")[1] == "总之，限价难以抑制菜价。\n"
    assert run("summarize", "en.txt", "--method", "lead", "--ratio", ".4")[1] == (
        "Good morning. The old bridge was closed in May.\n"
    )
    _, out, err = run("summarize", "en.txt", "zh.txt", "--sentences", "1")
    assert (
        out
        == "==> en.txt <==\nIn short, a new bridge will replace it.\n\n==> zh.txt <==\n总之，限价难以抑制菜价。\n"
    )
    assert "tokenizer 'zh'" in err and "tokenizer 'word'" in err
    stdin(monkeypatch, CHINESE.encode())
    assert run("summarize", "-", "--sentences", "1")[1] == "总之，限价难以抑制菜价。\n"
    (files / "en.txt.gz").write_bytes(gzip.compress(ENGLISH.encode("utf-16")))
    assert run("summarize", "en.txt.gz", "--sentences", "1", "--encoding", "utf-16")[1] == (
        "In short, a new bridge will replace it.\n"
    )


def test_a_table_is_said_to_be_read_as_one_text(run, files):
    (files / "a.csv").write_text(f'id,text\n1,"{ENGLISH}"\n')
    code, out, err = run("summarize", "a.csv", "en.txt", "--sentences", "1")
    assert code == 0 and out and "'a.csv': one plain text" in err and "'en.txt': one" not in err


@pytest.mark.parametrize("method", ["mmr", "centroid", "lexrank", "lead"])
@pytest.mark.parametrize(
    "options", [(), ("--by-line",), ("--ratio", "1"), ("--tokenizer", "chars", "--words", "30")]
)
def test_json_has_offsets_into_the_text_of_each_file(run, files, monkeypatch, method, options):
    stdin(monkeypatch, MIXED.encode())
    names = {"en.txt": ENGLISH, "zh.txt": CHINESE, "mixed.txt": MIXED, "-": MIXED}
    code, out, _ = run("summarize", *names, "--json", "--method", method, *options)
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [each["file"] for each in found] == list(names)
    for each in found:
        assert list(each) == ["file", "summary", "sentences", "n_sentences"]
        text = names[each["file"]]
        assert each["sentences"]
        for sentence in each["sentences"]:
            assert list(sentence) == ["text", "start", "end", "place", "score"]
            assert text[sentence["start"] : sentence["end"]] == sentence["text"]
    if "--ratio" in options:
        assert all(len(each["sentences"]) == each["n_sentences"] for each in found)


def test_word_vectors(run, files):
    words = ["bridge", "ships", "old", "new", "hurt", "nobody", "限价", "菜价", "专家"]
    rows = np.random.default_rng(1).normal(size=(len(words), 4)).astype(np.float32)
    KeyedVectors(rows, words).save("v.safetensors")
    for method in ("mmr", "lexrank"):
        options = ("--vectors", "v.safetensors", "--sentences", "1", "--method", method)
        assert run("summarize", "mixed.txt", "en.txt", *options)[0] == 0
    (files / "other.txt").write_text("Quite other words.", "utf-8")
    assert fails(run("summarize", "other.txt", "--vectors", "v.safetensors"), "None of the 3 tokens")
    assert fails(run("summarize", "en.txt", "--vectors", "en.txt"), "en.txt")


@pytest.mark.parametrize(
    ("data", "parts"),
    [(b"", ["'bad.txt' is empty"]), (b" \n\n\t", ["'bad.txt' is empty"]), (b"*** --- !!!", ["holds no word"]),
     (b"\x89PNG\r\n\x1a\n\0\0\0", ["'bad.txt'"]), (b"text \0 with NUL", ["NUL bytes", "binary"]),
     (b"caf\xe9 is closed.", ["line 1: not valid utf-8", "--encoding", "--errors replace"]),
     (b"\xff\xfea\0b\0", ["UTF-16", "--encoding utf-16"]), (b"\x1f\x8b\x08\0broken", ["'bad.txt' cannot be read"])],
)  # fmt: skip
def test_bad_files_are_one_line_and_cost_the_others_nothing(run, files, data, parts):
    (files / "bad.txt").write_bytes(data)
    assert fails(run("summarize", "bad.txt"), *parts)
    code, out, err = run("summarize", "bad.txt", "en.txt", "no.txt", "--sentences", "1", "--json")
    lines = err.splitlines()
    assert (code, len(lines)) == (2, 2), err
    assert all(part in lines[0] for part in parts) and "'no.txt' does not exist" in lines[1]
    assert [json.loads(line)["file"] for line in out.splitlines()] == ["en.txt"]


def test_the_standard_input_is_named_in_errors_and_warnings(run, files, monkeypatch):
    stdin(monkeypatch, b"")
    assert fails(run("summarize"), "Missing argument")
    assert fails(run("summarize", "-"), "The standard input is empty")
    stdin(monkeypatch, b"")
    lines = run("summarize", "-", "no.txt", "en.txt")[2].splitlines()
    assert len(lines) == 2 and "standard input is empty" in lines[0] and "'no.txt' does not exist" in lines[1]
    stdin(monkeypatch, b"caf\xe9")
    assert fails(
        run("summarize", "-"), "The standard input, line 1: not valid utf-8", "Pass --errors replace"
    )
    stdin(monkeypatch, b"word " * 500)
    assert "the standard input: one sentence" in run("summarize", "-")[2]


@pytest.mark.parametrize(
    ("options", "parts"),
    [(["--sentences", "0"], ["--sentences", "at least 1"]), (["--ratio", "1.5"], ["--ratio", "at most 1"]),
     (["--words", "9", "--sentences", "1"], ["--words", "left out where --sentences is passed"]),
     (["--method", "best"], ["--method", "'mmr', 'centroid', 'lexrank', 'lead'"]),
     (["--tokenizer", "nltk"], ["--tokenizer"]), (["--encoding", "utf-99"], ["--encoding"]),
     (["--vectors", "no.bin"], ["no.bin"])],
)  # fmt: skip
def test_bad_options(run, files, options, parts):
    assert fails(run("summarize", "en.txt", *options), *parts)


@pytest.mark.parametrize("options", [(), ("--by-line",)])
def test_a_text_without_sentence_ends(run, files, options):
    (files / "list.txt").write_text("\n".join(f"item {i} of a long list" for i in range(200)), "utf-8")
    code, out, err = run("summarize", "list.txt", "--sentences", "2", *options)
    assert code == 0 and out.count("item") == (2 if options else 200)
    assert ("lacks full stops there. Pass --by-line to take each line as a sentence" in err) == (not options)
    (files / "line.txt").write_text("word " * 500, "utf-8")
    assert "--by-line" not in run("summarize", "line.txt")[2]
    assert run("summarize", "line.txt", "--words", "3")[1].count("word") == 500


@pytest.mark.slow
@pytest.mark.parametrize("method", ["mmr", "lexrank"])
def test_five_megabytes_take_little_memory(run, files, method):
    rng = random.Random(1)
    words = [f"w{rng.randrange(20_000)}" for _ in range(900_000)]
    text = "".join(f"{word}{'. S' if k % 20 == 19 else ' '}" for k, word in enumerate(words))
    (files / "big.txt").write_text(text, "utf-8")
    code, out, _ = run("summarize", "big.txt", "--sentences", "5", "--method", method, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["n_sentences"] > 40_000
    assert all(text[s["start"] : s["end"]] == s["text"] for s in found["sentences"])


def test_lexrank_on_word_vectors_refuses_a_text_that_would_need_too_much_memory(run, files, monkeypatch):
    monkeypatch.setattr(sentence_vectors, "MOST_COMPARED", 3)
    KeyedVectors(np.eye(2, dtype=np.float32), ["bridge", "ships"]).save("v.safetensors")
    result = run("summarize", "en.txt", "--method", "lexrank", "--vectors", "v.safetensors")
    assert fails(result, "compares each sentence with each other", "Pass --method mmr or --method centroid")


def test_ctrl_c(run, files, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sentence_vectors, "_walk", interrupted)
    assert run("summarize", "en.txt", "--method", "lexrank") == (130, "", "wordvec: interrupted.\n")
