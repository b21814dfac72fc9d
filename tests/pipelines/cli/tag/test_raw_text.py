"""`wordvec tag predict` on raw text: tokens as in training, offsets in characters, blank lines, sentences."""

from __future__ import annotations

import json

import pytest

from wordvec.pipelines import CRFTagger, TokenFeatures
from wordvec.pipelines.workflows import tag_file

from ..support import fails

LINES = [
    "Dr. Smith's team flew to Paris, London and New York.",
    "",
    "“Anna  Berg” (Oslo)\u3000left… at 5 p.m. She didn't stay.",
    " \t ",
    "\u00a0Cafe\u0301 in\tRome \U0001f600 Rome!",
]


ENGLISH = """Dr./O Smith/B-PER 's/O team/O flew/O to/O Paris/B-LOC ,/O London/B-LOC and/O New/B-LOC York/I-LOC ./O
Anna/B-PER Berg/I-PER left/O Rome/B-LOC (/O Oslo/B-LOC )/O ./O"""
NAMES = ("ptb", "ud", "word", "whitespace", "chars", "zh")


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    pairs = [[word.split("/") for word in line.split()] for line in ENGLISH.splitlines()] * 3
    X, y = ([[pair[k] for pair in sentence] for sentence in pairs] for k in (0, 1))
    path = tmp_path_factory.mktemp("english") / "t.safetensors"
    CRFTagger(c2=0.01, verbose=False).fit(X, y).save(path)
    return path


@pytest.fixture(scope="module")
def chinese(tmp_path_factory):
    X, y = [list("王小明住在北京。"), list("他去上海")], ["BMEOOBEO", "OOBE"]
    tags = [[f"{t}-N" if t != "O" else t for t in row] for row in y]
    path = tmp_path_factory.mktemp("chinese") / "t.safetensors"
    CRFTagger(features=TokenFeatures(kind="char"), c2=0.01, verbose=False).fit(X * 3, tags * 3).save(path)
    return path


def predictions(run, model, path, *options):
    code, text, err = run("tag", "predict", model, path, "--json", *options)
    assert code == 0
    return [json.loads(line) for line in text.splitlines()], err


def assert_indexes(row):
    text = row["text"]
    assert [text[a:b] for a, b in row["offsets"]] == row["tokens"]
    for span in row["spans"]:
        assert text[span["start"] : span["end"]] == span["text"] and row["unit"] == "characters"
        assert row["offsets"][span["token_start"]][0] == span["start"]
        assert row["offsets"][span["token_end"] - 1][1] == span["end"]


@pytest.mark.parametrize("options", [[], *(["--tokenizer", name] for name in NAMES)])
def test_an_object_for_each_line_with_offsets_in_characters(run, english, write, options):
    found, err = predictions(
        run, english, write("a.txt", "\n".join(LINES) + "\n"), "--format", "text", *options
    )
    assert [row["text"] for row in found] == LINES
    for row in found:
        assert_indexes(row)
    assert [row["tokens"] for row in found if not row["text"].strip()] == [[], []]
    assert ("tokenizer 'ptb'" in err) == (not options)


def test_words_are_split_as_the_training_data(run, english, stdin):
    stdin(LINES[0] + "\n")
    code, text, err = run("tag", "predict", english)
    rows = [line.split("\t") for line in text.splitlines() if line]
    assert code == 0 and "Assumed: the texts: tokens as in the tagger's training data, tokenizer 'ptb'" in err
    assert [row[0] for row in rows] == [
        "Dr.",
        "Smith",
        "'s",
        "team",
        "flew",
        "to",
        "Paris",
        ",",
        "London",
        "and",
        "New",
        "York",
        ".",
    ]
    assert [row[0] for row in rows if row[1] != "O"] == ["Smith", "Paris", "London", "New", "York"]


@pytest.mark.parametrize(
    "line",
    [
        "王小明住在北京。",
        " 王小明　住在 北京",
        "\ufeff王小明住在北京",
        "ＡＢ王小明,住在北京",
        "\U00020000王小明在上海",
    ],
)
def test_chinese_characters(run, chinese, write, line):
    (row,), _ = predictions(run, chinese, write("a.txt", f"{line}\n"), "--format", "text")
    assert_indexes(row)
    assert "王小明" in row["text"] and "".join(row["tokens"]) == "".join(row["text"].split())


def test_sentences_of_a_line(run, english, write):
    path = write("a.txt", LINES[2] + "\n\nOslo.\n")
    found, _ = predictions(run, english, path, "--format", "text", "--split-sentences")
    assert [row.get("line") for row in found] == [1, 1, 2, 3]
    for row in found:
        assert_indexes(row)
        if row["tokens"]:
            assert row["sentence"] == [row["offsets"][0][0], row["offsets"][-1][1]]
    whole, _ = predictions(run, english, path, "--format", "text")
    assert len(whole) == 3 and "sentence" not in whole[0]


def test_columns_count_tokens(run, english, write):
    found, _ = predictions(run, english, write("a.conll", "Anna\nBerg\nleft\n\nOslo\n"))
    assert all(row["unit"] == "tokens" and "text" not in row for row in found)
    assert all(
        (s["start"], s["end"]) == (s["token_start"], s["token_end"]) for row in found for s in row["spans"]
    )
    result = run("tag", "predict", english, write("b.conll", "Anna\n"), "--split-sentences")
    assert fails(result, "columns", "--split-sentences")


def test_blank_lines_are_counted_where_they_have_no_place(run, english, write):
    code, text, err = run("tag", "predict", english, write("a.txt", "Anna left.\n\n\nOslo.\n"))
    assert code == 0 and text.count("\n\n") == 2 and "2 blank lines" in err


def test_a_tagger_of_an_older_version(run, english, write, tmp_path):
    tagger = CRFTagger.load(english)
    tagger.tokenizer_ = None
    tagger.save(tmp_path / "old.safetensors")
    (row,), err = predictions(run, tmp_path / "old.safetensors", write("a.txt", "Anna left Oslo.\n"))
    assert row["tokens"] == ["Anna", "left", "Oslo."] and "'whitespace'" in err and "names none" in err


def test_explanation_of_a_sentence(run, english):
    code, text, _ = run("tag", "explain", english, "--text", "Anna left Oslo.", "--top", 2)
    assert code == 0 and "Oslo  B-LOC" in text and "for B-LOC" in text
    found = json.loads(run("tag", "explain", english, "--text", "Anna left Oslo.", "--json")[1])
    assert [token["token"] for token in found["tokens"]] == ["Anna", "left", "Oslo", "."]
    assert fails(run("tag", "explain", english, "--text", "x", "--plot", "a.png"), "--plot", "--text")


def test_blank_lines_among_sentences_have_their_number(run, english, write):
    rows, _ = predictions(
        run, english, write("a.txt", "Anna left. Bob left.\n \nAnna left.\n"), "--split-sentences"
    )
    places = [(row["line"], row["sentence"]) for row in rows]
    assert places == [(1, [0, 10]), (1, [11, 20]), (2, [0, 1]), (3, [0, 10])]


@pytest.mark.parametrize(
    "text", ["Anna O\nleft O\n\nEve O\nleft O\n", "Type O\nGroup O\nBlood O\n" * 10, "Anna\tB-PER\n"]
)
def test_columns_as_in_training_are_told(run, write, tmp_path, text):
    train = write("train.txt", "Anna B-PER\nleft O\n\nBob B-PER\nleft O\n")
    assert run("tag", "train", train, "-o", tmp_path / "m", "-q")[0] == 0
    code, _, err = run("tag", "predict", tmp_path / "m", write("new.txt", text))
    assert code == 0 and err.count("\n") == 1
    assert "CoNLL, with the columns token, tag, as in the training data of the tagger" in err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Anna/O left/O Oslo/B-LOC\n", "a sentence a line, words followed by their tags"),
        ('{"tokens": ["Anna", "left"]}\n', "JSON, tokens without tags"),
        ("".join(f"{n}\tAnna" + "\t_" * 8 + "\n" for n in (1, 2)), "CoNLL-U, ten columns"),
        ('{"text": "Anna left."}\n', "text, a sentence a line, though it looks like JSON without tokens"),
        ("<p>Anna left.</p>\n", "text, a sentence a line, though it looks like a page of HTML"),
    ],
)
def test_the_form_of_what_is_tagged_is_told(run, write, tmp_path, text, told):
    train = write("train.txt", "Anna B-PER\nleft O\n\nBob B-PER\nleft O\n")
    assert run("tag", "train", train, "-o", tmp_path / "m", "-q")[0] == 0
    file = write("new.txt", text)
    code, _, err = run("tag", "predict", tmp_path / "m", file)
    assert code == 0 and err.count(repr(str(file))) == 1 and f"Assumed: {str(file)!r}: {told}" in err


def test_python_gets_what_the_command_gets(run, english, write):
    tagger, path = CRFTagger.load(english), write("a.txt", "\n".join(LINES))
    found, _ = predictions(run, english, path, "--format", "text")
    for row, tagged, sentence in zip(found, tagger.tag_texts(LINES), tag_file(tagger, path), strict=True):
        same = json.loads(json.dumps(tagged.to_dict()))
        assert same == {key: row[key] for key in same}
        assert sentence.text == row["text"] and list(map(list, sentence.offsets)) == row["offsets"]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", '{"tokens": ["Anna", "left"], "tags": ["B-PER", "O"]}\n', "jsonl"),
        ("b.txt", "Anna/B-PER left/O\n", "word/tag"),
        ("c.txt", "Anna\tB-PER\nleft\tO\n", "conll"),
        ("d.txt", "Anna left\n", "text"),
    ],
)
def test_each_format_of_training_can_be_named(run, english, write, name, content, kind):
    found, _ = predictions(run, english, write(name, content), "--format", kind)
    assert [row["tokens"] for row in found] == [["Anna", "left"]]
