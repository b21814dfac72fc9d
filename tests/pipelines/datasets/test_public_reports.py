"""Ten reports about other tools' readers, rebuilt with small inputs of our own; each says which one it is."""

import json

import numpy as np
import pytest

from wordvec import KeyedVectors, LineCorpus, Word2Vec
from wordvec.pipelines.cli import main
from wordvec.pipelines.tagging import read_conll, read_conllu
from wordvec.tokenizers import Tokenizer

PARAGRAPH, LINE, NEXT_LINE = "\u2029", "\u2028", "\x85"


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command; return exit code, stdout, stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        return stop.value.code or 0, *capsys.readouterr()

    return call


def trained(run, table, model):
    code, _, err = run("classify", "train", table, "-o", model, "--quiet", "--jobs", 1)
    assert code == 0, err


def predicted(run, model, *arguments):
    code, out, err = run("classify", "predict", model, *arguments, "--json")
    assert code == 0, err
    return [json.loads(line)["label"] for line in out.split("\n")[:-1]]


# https://github.com/pandas-dev/pandas/issues/10647 and https://github.com/huggingface/datasets/issues/4467:
# the texts NA and null were read as missing values.
@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl"])
def test_texts_that_say_null_are_texts(form, tmp_path, run):
    rows = [("null", "odd"), ("a warm film", "good"), ("NA", "odd"), ("far too dull", "bad")] * 12
    table = tmp_path / f"t.{form}"
    if form == "jsonl":
        table.write_text("".join(json.dumps({"text": t, "label": y}) + "\n" for t, y in rows))
    else:
        sep = {"csv": ",", "tsv": "\t"}[form]
        table.write_text("".join(f"{t}{sep}{y}\n" for t, y in [("text", "label"), *rows]))
    trained(run, table, tmp_path / "m.safetensors")
    assert predicted(run, tmp_path / "m.safetensors", table) == [y for _, y in rows]


@pytest.mark.parametrize("words", [["NaN", "null", "NA", "inf"], ["nan", "-inf", "None", "1e5"]])
@pytest.mark.parametrize("name", ["v.vec", "v.glove.txt", "v.bin"])
def test_vectors_of_words_that_say_null(words, name, tmp_path):
    KeyedVectors(np.eye(4, dtype=np.float32), words).save(tmp_path / name)
    loaded = KeyedVectors.load(tmp_path / name)
    assert loaded.index_to_key == words
    np.testing.assert_array_equal(loaded.vectors, np.eye(4))


# https://github.com/huggingface/datasets/issues/3729: U+2029 and others ended a line.
@pytest.mark.parametrize("inside", [PARAGRAPH, NEXT_LINE, "\f"])
def test_only_newlines_end_a_line(inside, tmp_path, run):
    corpus = tmp_path / "c.txt"
    corpus.write_text(f"one{inside}two three\nfour\n", encoding="utf-8", newline="")
    assert len(list(LineCorpus(corpus))) == 2
    table = tmp_path / "t.txt"
    rows = [f"__label__good fine{inside}film", f"__label__bad dull {inside}thing"] * 20
    table.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="")
    trained(run, table, tmp_path / "m.safetensors")
    texts = tmp_path / "p.txt"
    texts.write_text(f"fine{inside}film\nthing {inside}dull", encoding="utf-8", newline="")
    assert predicted(run, tmp_path / "m.safetensors", texts) == ["good", "bad"]


@pytest.mark.parametrize("inside", [PARAGRAPH, LINE, NEXT_LINE, "\v", "\f", "\x1c"])
def test_only_newlines_end_a_line_of_columns(inside, tmp_path):
    columns = tmp_path / "c.conll"
    columns.write_text(f"An{inside}na\tB-PER\nleft\tO\n\nOslo\tB-LOC\n", encoding="utf-8", newline="")
    corpus = read_conll(columns)
    assert corpus.tokens == [[f"An{inside}na", "left"], ["Oslo"]]
    assert corpus.column("tag") == [["B-PER", "O"], ["B-LOC"]]
    vectors = tmp_path / "v.vec"
    vectors.write_text(f"2 2\nAn{inside}na 1 2\nOslo 3 4\n", encoding="utf-8", newline="")
    assert KeyedVectors.load(vectors).index_to_key == [f"An{inside}na", "Oslo"]


# https://github.com/ufal/udpipe/issues/21: blanks in the column FORM, which CoNLL-U allows.
def test_words_with_blanks_in_conllu(tmp_path, run):
    words = [("paid", "VERB"), ("10 000", "NUM"), ("francs", "NOUN")]
    rows = "".join(f"{k}\t{w}\t{w}\t{t}\t_\t_\t0\t_\t_\t_\n" for k, (w, t) in enumerate(words, 1))
    path = tmp_path / "t.conllu"
    path.write_text((rows + "\n") * 8, encoding="utf-8")
    assert read_conllu(path).tokens[0] == ["paid", "10 000", "francs"]
    model = tmp_path / "m.safetensors"
    code, _, err = run("tag", "train", path, "-o", model, "--quiet", "--jobs", 1)
    assert code == 0, err
    code, out, err = run("tag", "predict", model, path, "--json")
    assert code == 0, err
    answers = [json.loads(line) for line in out.split("\n")[:-1]]
    assert [answer["tokens"] for answer in answers] == [["paid", "10 000", "francs"]] * 8
    assert answers[0]["tags"] == ["VERB", "NUM", "NOUN"]
    code, out, err = run("tag", "predict", model, path)
    again = tmp_path / "again.conll"
    again.write_text(out, encoding="utf-8")
    assert code == 0 and read_conll(again).tokens == read_conllu(path).tokens


# https://github.com/explosion/spaCy/issues/1967: a type with a hyphen was cut at it.
@pytest.mark.parametrize("kind", ["JOB-NAME", "B-1", "Multi-tissue_structure", "X-O"])
@pytest.mark.parametrize("scheme", ["IOB2", "BIOES"])
def test_types_with_hyphens(kind, scheme, tmp_path, run):
    last = "E" if scheme == "BIOES" else "I"
    text = f"chief B-{kind}\ncook {last}-{kind}\nspoke O\nhere S-{kind}\n\n".replace(
        "S-", "S-" if scheme == "BIOES" else "B-"
    )
    path, model = tmp_path / "t.conll", tmp_path / "m.safetensors"
    path.write_text(text * 8)
    assert run("tag", "train", path, "-o", model, "--quiet", "--jobs", 1)[0] == 0
    code, out, err = run("tag", "predict", model, path, "--json")
    assert code == 0, err
    spans = json.loads(out.splitlines()[0])["spans"]
    assert [span["type"] for span in spans] == [kind, kind]
    code, out, err = run("tag", "evaluate", model, path)
    assert code == 0 and kind in out and "1.0" in out, (out, err)


# https://github.com/pytorch/text/issues/349: a quotation mark at the start of a field swallowed the rows after it.
@pytest.mark.parametrize("mark", ['"', "'", '" " "'])
def test_lone_quotation_marks_in_tsv(mark, tmp_path, run):
    rows = [
        (f"{mark} a warm film", "good"),
        (f"{mark}dull and bad", "bad"),
        ("warm", "good"),
        ("dull", "bad"),
    ]
    table = tmp_path / "t.tsv"
    table.write_text("".join(f"{t}\t{y}\n" for t, y in [("text", "label"), *rows * 12]))
    trained(run, table, tmp_path / "m.safetensors")
    assert predicted(run, tmp_path / "m.safetensors", table) == [y for _, y in rows * 12]


# https://github.com/WorksApplications/SudachiTra/issues/64 and https://github.com/PaddlePaddle/PaddleNLP/issues/5974:
# ids behind a hole in the vocabulary were shifted.
def test_a_hole_in_a_vocabulary_shifts_no_ids(tmp_path):
    vocabulary = {"[UNK]": 0, "a": 1, "film": 4, "warm": 7}
    model = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    described = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": model,
    }
    empty = dict.fromkeys(("truncation", "padding", "normalizer", "post_processor", "decoder"))
    (tmp_path / "tokenizer.json").write_text(json.dumps(described | empty))
    loaded = Tokenizer.load(tmp_path)
    ids = loaded.encode("a warm film")
    assert list(ids) == [1, 7, 4]
    assert loaded.decode(ids).split() == ["a", "warm", "film"]
    loaded.save(tmp_path / "again")
    assert list(Tokenizer.load(tmp_path / "again").encode("a warm film")) == [1, 7, 4]


# https://github.com/piskvorky/gensim/issues/443: an iterator that was used up trained on nothing.
@pytest.mark.parametrize("make", [iter, lambda rows: (row for row in rows), lambda rows: map(list, rows)])
def test_an_iterator_as_corpus(make):
    rows = [["a", "warm", "film"], ["a", "dull", "film"]] * 10
    options = {"vector_size": 4, "min_count": 1, "epochs": 3, "sample": 0, "n_jobs": 1, "verbose": False}
    wanted = Word2Vec(**options).fit(rows)
    try:
        found = Word2Vec(**options).fit(make(rows))
    except (TypeError, ValueError) as error:
        assert "list" in str(error)
    else:
        np.testing.assert_array_equal(found.wv_.vectors, wanted.wv_.vectors)


# https://github.com/facebookresearch/fastText/issues/435: the last line was another one without a newline.
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_last_newline_changes_nothing(end, tmp_path, run):
    rows = ["__label__good a warm film", "__label__bad a dull film"] * 12
    (tmp_path / "t.txt").write_bytes("\n".join(rows).encode() + end.encode())
    trained(run, tmp_path / "t.txt", tmp_path / "m.safetensors")
    (tmp_path / "u.txt").write_bytes("\n".join(rows).encode() + b"\n")
    trained(run, tmp_path / "u.txt", tmp_path / "w.safetensors")
    answers = []
    for model, last in (("m", end), ("w", "\n"), ("w", "")):
        (tmp_path / "p.txt").write_bytes(f"dull film\nwarm film{last}".encode())
        answers.append(
            run("classify", "predict", tmp_path / f"{model}.safetensors", tmp_path / "p.txt", "--json")
        )
    assert answers[0][0] == 0
    assert answers[0][1] == answers[1][1] == answers[2][1]
    assert answers[0][1].count("\n") == 2


# https://github.com/flairNLP/flair/issues/3034: behind a token that is a blank, tags moved to other words.
@pytest.mark.parametrize("blank", ["\t O", "\u00a0 O", "\u3000\tO", "\u200b O", "  O"])
def test_a_blank_token_moves_no_tags(blank, tmp_path):
    path = tmp_path / "t.conll"
    lines = ["Ada B-PER", "Berg I-PER", "left O", blank, "Oslo B-LOC"]
    path.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    try:
        corpus = read_conll(path)
    except ValueError as error:
        assert f"{str(path)!r}, line 4" in str(error)
    else:
        tagged = list(zip(corpus.tokens[0], corpus.column("tag")[0]))
        assert [pair for pair in tagged if pair[0].strip("\u200b\u00a0\u3000 \t")] == [
            ("Ada", "B-PER"), ("Berg", "I-PER"), ("left", "O"), ("Oslo", "B-LOC")
        ]  # fmt: skip


# https://github.com/EricFillion/happy-transformer/issues/248: labels had to be numbers from 0 on.
@pytest.mark.parametrize("labels", [("-1", "1"), ("1.0", "2.5"), ("007", "7")])
def test_labels_that_are_any_numbers(labels, tmp_path, run):
    table = tmp_path / "t.csv"
    rows = list(zip(["a warm film", "a dull film"], labels)) * 12
    table.write_text("".join(f"{t},{y}\n" for t, y in [("text", "label"), *rows]))
    trained(run, table, tmp_path / "m.safetensors")
    assert predicted(run, tmp_path / "m.safetensors", table) == [y for _, y in rows]


def test_labels_that_are_any_numbers_in_json(tmp_path, run):
    table = tmp_path / "t.jsonl"
    rows = [{"text": "a warm film", "label": -1}, {"text": "a dull film", "label": 1}] * 12
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    trained(run, table, tmp_path / "m.safetensors")
    assert predicted(run, tmp_path / "m.safetensors", table) == ["-1", "1"] * 12
