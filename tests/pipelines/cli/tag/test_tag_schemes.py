"""`wordvec tag` on files in every scheme, and on files whose tags are of none."""

import json

import pytest

from wordvec.pipelines.tagging import CRFTagger, convert_tags, tags_to_spans
from wordvec.schemes.prefixes import SCHEMES

from ..support import fails
from .support import conll, rows_of

SENTENCES = [["Ada", "Bell", "met", "Bob", "in", "New", "York", "City"], ["Eve", "left", "Oslo"]]
SPANS = [[("PER", 0, 2), ("PER", 3, 4), ("LOC", 5, 8)], [("PER", 0, 1), ("LOC", 2, 3)]]
IOB2 = [["B-PER", "I-PER", "O", "B-PER", "O", "B-LOC", "I-LOC", "I-LOC"], ["B-PER", "O", "B-LOC"]]


def written(write, tags, name="train.conll"):
    return write(name, conll([list(zip(*pair)) for pair in zip(SENTENCES, tags)] * 4))


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["IOE1", "IOE2", "BIOS", "BMS", "BIEO", "BMEO", "BMEWO"])
def test_every_command_takes_every_scheme(run, write, tmp_path, scheme):
    tags, out = convert_tags(IOB2, scheme), tmp_path / "t"
    path = written(write, tags)
    code, text, err = run("tag", "train", path, "-o", out, "--c2", 0.01, "--validation", path, "--json")
    report = json.loads(text)
    # IOE1 without spans that touch is legal in IOB1.
    assert code == 0 and report["scheme"] == ("IOB1" if scheme == "IOE1" else scheme) and "legal" not in err
    assert report["validation_score"] == 1 and report["validation_measure"] == "entity F1"
    scores = json.loads(run("tag", "evaluate", out, path, "--json")[1])
    assert scores["entities"]["micro"]["f1"] == scores["token_accuracy"] == 1
    other = written(write, IOB2, "iob2.conll")
    assert json.loads(run("tag", "evaluate", out, other, "--json")[1]) == scores
    text = write("new.txt", "Ada Bell met Bob in New York City\n")
    found = json.loads(run("tag", "predict", out, text, "--json")[1])
    assert [(span["type"], span["token_start"], span["token_end"]) for span in found["spans"]] == SPANS[0]
    assert found["tags"] == tags[0]
    explained = json.loads(run("tag", "explain", out, "--json")[1])
    assert explained["scheme"] == report["scheme"]
    assert rows_of(run("tag", "predict", out, path)[1])[0][0][-1] == tags[0][0]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
def test_tags_are_converted_to_the_scheme_that_is_asked_for(run, write, tmp_path, scheme):
    path, out = written(write, convert_tags(IOB2, "BIOS")), tmp_path / "t"
    assert run("tag", "train", path, "-o", out, "--c2", 0.01, "--scheme", scheme)[0] == 0
    tagger = CRFTagger.load(out)
    assert tagger.scheme_ == scheme and tagger.predict(SENTENCES) == convert_tags(IOB2, scheme)


@pytest.mark.parametrize("single", ["E", "U"])
def test_illegal_steps_are_counted_and_their_first_line_told(run, write, tmp_path, single):
    # A span of one token is E, or U among B and I.
    inner = {"E": "E", "U": "I"}[single]
    tags = [["B-PER", f"{inner}-PER", "O", f"{single}-PER", "O", "B-LOC", "I-LOC", f"{inner}-LOC"],
            [f"{single}-PER", "O", f"{single}-LOC"]]  # fmt: skip
    path, out = written(write, tags), tmp_path / "t"
    code, _, err = run("tag", "train", path, "-o", out, "--c2", 0.01)
    n_illegal, first = {
        "E": (12, "line 4 (sentence 1): 'E-PER' after 'O'"),
        "U": (8, "line 3 (sentence 1): 'O' after 'I-PER'"),
    }[single]
    assert code == 0 and err.count("not legal") == 1
    assert f"{n_illegal} steps from tag to tag not legal" in err and first in err and "respelled" in err
    assert [tags_to_spans(row) for row in CRFTagger.load(out).predict(SENTENCES)] == SPANS
    code, text, err = run("tag", "evaluate", out, path, "--json")
    assert json.loads(text)["entities"]["micro"]["f1"] == 1 and f"{n_illegal} steps" in err
    assert run("tag", "train", path, "-o", out, "--scheme", "none")[0] == 0
    assert CRFTagger.load(out).scheme_ is None


def test_a_few_illegal_steps_are_told_once(run, write, tmp_path):
    rows = [list(zip(*pair)) for pair in zip(SENTENCES, IOB2)] * 12 + [[("Eve", "B-PER"), ("Oslo", "I-LOC")]]
    path, out = write("train.conll", conll(rows)), tmp_path / "t"
    code, _, err = run("tag", "train", path, "-o", out)
    assert code == 0 and err.count("1 step from tag to tag not legal in IOB2") == 1
    assert "sentence 25): 'I-LOC' after 'B-PER'. The tags stay as they are" in err


def test_tags_in_json_are_of_any_scheme(run, write, tmp_path):
    lines = [
        json.dumps({"tokens": words, "ner_tags": tags})
        for words, tags in zip(SENTENCES, convert_tags(IOB2, "BIOS"))
    ]
    path, out = write("train.jsonl", "\n".join(lines * 4)), tmp_path / "t"
    assert json.loads(run("tag", "train", path, "-o", out, "--json")[1])["scheme"] == "BIOS"


def test_an_unknown_scheme_is_refused(run, write, tmp_path):
    path = written(write, IOB2)
    assert fails(run("tag", "train", path, "-o", tmp_path / "t", "--scheme", "bios"), "--scheme", "'BIOS'")
