"""`wordvec lm predict`: what the estimators predict, in the forms of `classify predict` and `tag predict`."""

import io
import json
import shutil
import sys

import pytest

from wordvec.transformer import TransformerClassifier, TransformerTagger
from wordvec.transformer.estimators.base import FILE_NAME

from ....transformer.estimators.support import NEW_TEXTS, TAGGED, TAGS, sentences
from ..support import fails
from .support import SIZES, call, conll, table

OPTIONS = ["--epochs", 2, "--batch", 8, "--learning-rate", 0.01, "--quiet"]


@pytest.fixture(scope="module")
def classifier(masked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("classifier")
    (folder / "train.csv").write_text(table(*sentences(30, 5)))
    call("lm", "finetune", masked, folder / "train.csv", "-o", folder / "model", *OPTIONS)
    return folder / "model"


@pytest.fixture(scope="module")
def tagger(masked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tagger")
    tags = [[tag if tag == "O" else "B-QUAL" for tag in row] for row in TAGS]
    (folder / "train.conll").write_text(conll(TAGGED, tags))
    call("lm", "finetune", masked, folder / "train.conll", "-o", folder / "model", "--task", "tag", *OPTIONS)
    return folder / "model"


def test_labels_of_texts(run, classifier, write, monkeypatch):
    found = TransformerClassifier.load(classifier)
    labels = found.predict(NEW_TEXTS).tolist()
    file = write("new.txt", "\n".join(NEW_TEXTS) + "\n")
    code, text, err = run("lm", "predict", classifier, file)
    assert (code, err) == (0, f"wordvec: Assumed: {str(file)!r}: a text a line.\n")
    assert text.splitlines() == ["label\ttext", *(f"{a}\t{b}" for a, b in zip(labels, NEW_TEXTS))]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(NEW_TEXTS).encode())))
    rows = [json.loads(line) for line in run("lm", "predict", classifier, "--json", "-p")[1].splitlines()]
    assert [(row["label"], row["text"]) for row in rows] == list(zip(labels, NEW_TEXTS))
    probabilities = found.predict_proba(NEW_TEXTS)
    assert [list(row["probabilities"].values()) for row in rows] == pytest.approx(probabilities, abs=1e-6)


def test_texts_of_a_table(run, classifier, write):
    file = write("new.csv", "id,review\n" + "".join(f"{n},{text}\n" for n, text in enumerate(NEW_TEXTS)))
    code, text, _ = run("lm", "predict", classifier, file, "--text-column", "review", "--batch", 2)
    assert code == 0 and [line.split("\t")[1] for line in text.splitlines()[1:]] == NEW_TEXTS


def test_tags_of_words(run, tagger, write):
    words = [["the", "good", "film"], ["bad"]]
    tags = TransformerTagger.load(tagger).predict(words)
    expected = "".join("".join(f"{w}\t{t}\n" for w, t in zip(*pair)) + "\n" for pair in zip(words, tags))
    text = write("new.txt", "the good film\nbad\n")
    assert run("lm", "predict", tagger, text)[:2] == (0, expected)
    columns = write("new.conll", "the\ngood\nfilm\n\nbad\n")
    assert run("lm", "predict", tagger, columns)[:2] == (0, expected)
    found = [json.loads(line) for line in run("lm", "predict", tagger, text, "--json")[1].splitlines()]
    assert [(row["tokens"], row["tags"]) for row in found] == list(zip(words, tags))
    assert all("spans" in row for row in found)


def test_what_does_not_go(run, classifier, tagger, causal, write, tmp_path):
    file = write("new.txt", "good\n")
    assert fails(run("lm", "predict", causal, file), "language model", "wordvec lm finetune")
    assert fails(run("lm", "predict", classifier, file, "--tokenizer", "word"), "--tokenizer", "classify")
    assert fails(run("lm", "predict", tagger, file, "-p"), "--probabilities", "tag")
    assert fails(run("lm", "predict", tagger, file, "--tokenizer", "no"), "--tokenizer", "'whitespace'")
    assert fails(run("lm", "predict", tmp_path / "no", file), "does not exist")
    assert fails(run("lm", "predict", classifier, tmp_path / "no.txt"), "no.txt")
    assert fails(run("lm", "predict", classifier, file, "--batch", 0), "--batch")
    evaluated = run("lm", "evaluate", classifier, file, "--words", "zh")
    assert fails(evaluated, "--words is for language models")


@pytest.fixture(scope="module")
def chinese_tagger(tmp_path_factory):
    """A tagger of names that was fine-tuned on characters."""
    folder = tmp_path_factory.mktemp("zh")
    (folder / "corpus.txt").write_text("张三在北京\n李四去上海\n" * 40)
    options = ["--objective", "masked", "--steps", 3, "--vocab-size", 60, *SIZES]
    call("lm", "pretrain", folder / "corpus.txt", "-o", folder / "model", *options)
    rows = [(list("张三在北京"), ["B-PER", "I-PER", "O", "B-LOC", "I-LOC"]),
            (list("李四去上海"), ["B-PER", "I-PER", "O", "B-LOC", "I-LOC"])] * 20  # fmt: skip
    (folder / "train.conll").write_text(conll(*zip(*rows)))
    call("lm", "finetune", folder / "model", folder / "train.conll", "-o", folder / "tagger", "--task", "tag", "--crf",
         *OPTIONS)  # fmt: skip
    return folder / "tagger"


def test_a_tagger_of_characters_tags_characters(run, chinese_tagger, write):
    text = write("new.txt", "张四　在上海\n")
    code, out, err = run("lm", "predict", chinese_tagger, text, "--json")
    row = json.loads(out)
    assert code == 0 and row["tokens"] == list("张四在上海")
    assert row["offsets"] == [[0, 1], [1, 2], [3, 4], [4, 5], [5, 6]]
    assert "Assumed: the texts: tokens as in the tagger's training data, tokenizer 'chars'" in err
    code, out, err = run("lm", "predict", chinese_tagger, text, "--json", "--tokenizer", "whitespace")
    assert json.loads(out)["tokens"] == ["张四", "在上海"] and "Assumed: the texts" not in err


@pytest.mark.parametrize(
    "text",
    [
        "the good  film, wasn't it?\n\n  \nbad film.\n",
        "a\u3000good\u00a0film 😀!\r\n\r\nso-so\tfilm\r\n",
        "good",
    ],
    ids=["blank lines", "white space and carriage returns", "no end of line"],
)
def test_raw_text_keeps_its_lines_and_places(run, tagger, write, text):
    file = write("new.txt", text)
    code, out, err = run("lm", "predict", tagger, file, "--json")
    rows = [json.loads(line) for line in out.split("\n")[:-1]]
    assert code == 0 and [row["text"] for row in rows] == text.replace("\r", "").removesuffix("\n").split(
        "\n"
    )
    for row in rows:
        assert row["tokens"] == [row["text"][a:b] for a, b in row["offsets"]] and len(row["tags"]) == len(
            row["tokens"]
        )
        for span in row["spans"]:
            assert span["text"] == row["text"][span["start"] : span["end"]] and row["unit"] == "characters"
    assert "tokenizer 'ptb'" in err


def test_sentences_of_a_line(run, tagger, write):
    file = write("new.txt", "A good film. It was bad.\n")
    out = run("lm", "predict", tagger, file, "--json", "--split-sentences")[1]
    assert [json.loads(line)["sentence"] for line in out.splitlines()] == [[0, 12], [13, 24]]
    columns = write("new.conll", "the\ngood\n")
    assert fails(run("lm", "predict", tagger, columns, "--split-sentences"), "Leave --split-sentences out")
    assert fails(run("lm", "predict", tagger, columns, "--tokenizer", "ptb"), "Leave --tokenizer out")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"tags_characters": True}, "chars"),
        ({"tags_characters": False}, None),
        ({"word_tokenizer": "zh"}, "zh"),
        ({}, None),
    ],
)
def test_tokenizers_that_models_tell(chinese_tagger, tmp_path, told, expected):
    shutil.copytree(chinese_tagger, tmp_path / "model")
    file = tmp_path / "model" / FILE_NAME
    described = json.loads(file.read_text())
    del described["word_tokenizer"], described["crc32"]
    # Files of the first format have no checksum.
    file.write_text(json.dumps(described | {"format": 1} | told))
    assert TransformerTagger.load(tmp_path / "model").word_tokenizer_ == expected
    file.write_text(json.dumps(described | {"format": 1, "word_tokenizer": "no"}))
    with pytest.raises(ValueError, match="tokenizer 'no'"):
        TransformerTagger.load(tmp_path / "model")


def test_a_model_that_names_no_tokenizer(run, tagger, write, tmp_path):
    shutil.copytree(tagger, tmp_path / "model")
    (tmp_path / "model" / FILE_NAME).unlink()
    code, out, err = run("lm", "predict", tmp_path / "model", write("new.txt", "good film.\n"), "--json")
    assert json.loads(out)["tokens"] == ["good", "film."] and "'whitespace', as the model names none" in err


def test_a_crf_decodes_no_illegal_step(run, chinese_tagger):
    allowed = TransformerTagger.load(chinese_tagger).model_.crf.allowed
    classes = TransformerTagger.load(chinese_tagger).classes_.tolist()
    inside, outside, place = classes.index("I-PER"), classes.index("O"), classes.index("B-LOC")
    assert not allowed[outside, inside] and not allowed[place, inside] and not allowed[-2, inside]
    assert allowed[inside, inside] and allowed[outside, place] and allowed[-1].all()
