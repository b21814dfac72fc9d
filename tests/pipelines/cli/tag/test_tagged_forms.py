"""`wordvec tag train` and `evaluate`: forms of files, stray tags, names of tags, what is no tagged file."""

import json

import pytest

from wordvec.pipelines.tagging import CRFTagger

from ..support import fails

GOOD = "Anna B-PER\nBerg I-PER\nleft O\nOslo B-LOC\n\n" * 12
STRAY = f"{GOOD}Bob B-PER\nwon 0\n"


def test_a_stray_tag_is_told_and_its_line(run, write, tmp_path):
    path, out = write("stray.txt", STRAY), tmp_path / "t"
    code, _, err = run("tag", "train", path, "-o", out)
    assert code == 0 and f"{str(path)!r}, line 62 (sentence 13): '0'" in err
    assert CRFTagger.load(out).scheme_ == "IOB2"
    code, text, err = run("tag", "evaluate", out, path, "--json")
    assert code == 0 and "line 62 (sentence 13): '0'" in err
    assert json.loads(text)["entities"]["micro"]["f1"] == 1
    assert fails(run("tag", "train", path, "-o", out, "--scheme", "IOB2"), "line 62", "'0'", "--map")
    code, text, err = run("tag", "train", path, "-o", out, "--scheme", "IOB2", "--map", "0=O", "--json")
    report = json.loads(text)
    assert code == 0 and "line 62" not in err and report["labels"] == ["B-LOC", "B-PER", "I-PER", "O"]
    assert report["assumed"][0] == f"{str(path)!r}: CoNLL, with the columns token, tag"
    assert run("tag", "train", path, "-o", out, "--scheme", "none")[0] == 0
    assert "0" in CRFTagger.load(out).classes_


@pytest.mark.parametrize(
    "text",
    [
        "This is a text.\nIt has lines of words, and no tags.\n",
        "Anna Berg\nOla Hansen\nKari Nordmann\n",
        '{"text": "good film", "label": "pos"}\n{"text": "bad film", "label": "neg"}\n',
    ],
)
def test_what_has_no_tags_is_not_trained_on(run, write, tmp_path, text):
    path, out = write("a.txt", text), tmp_path / "t"
    assert fails(run("tag", "train", path, "-o", out), "a.txt", "looks like", "--format")
    assert not out.exists()


def test_one_tag_is_nothing_to_learn(run, write, tmp_path):
    path = write("a.conll", "Anna O\nleft O\n")
    assert fails(run("tag", "train", path, "-o", tmp_path / "t"), "two different tags", "['O']", "--target")


def test_names_of_tags_are_mapped_in_training_and_scoring(run, write, tmp_path):
    path, out = write("a.conll", GOOD), tmp_path / "t"
    assert run("tag", "train", path, "-o", out, "--map", "PER=NR,LOC=NS")[0] == 0
    assert CRFTagger.load(out).classes_.tolist() == ["B-NR", "B-NS", "I-NR", "O"]
    code, text, _ = run("tag", "evaluate", out, path, "--map", "PER=NR,LOC=NS", "--json")
    assert code == 0 and json.loads(text)["entities"]["micro"]["f1"] == 1
    assert fails(run("tag", "train", path, "-o", out, "--map", "PER"), "The option --map must be pairs")


def test_one_tagger_scores_and_tags_files_of_every_form(run, write, tmp_path):
    out = tmp_path / "t"
    assert run("tag", "train", write("a.conll", GOOD), "-o", out)[0] == 0
    record = {"text": "Anna Berg left Oslo", "label": [[0, 9, "PER"], [15, 19, "LOC"]]}
    forms = {
        "a.jsonl": json.dumps(record) + "\n",
        "a.csv": "Sentence #,Word,Tag\n1,Anna,B-PER\n,Berg,I-PER\n,left,O\n,Oslo,B-LOC\n",
        "a.iob2": "# sent_id = 1\n1\tAnna\tB-PER\t-\tx\n2\tBerg\tI-PER\t-\tx\n3\tleft\tO\t-\tx\n4\tOslo\tB-LOC\t-\tx\n",
        "a.txt": "Anna/B-PER Berg/I-PER left/O Oslo/B-LOC\n",
    }
    for name, text in forms.items():
        path = write(name, text)
        code, scores, _ = run("tag", "evaluate", out, path, "--json")
        assert code == 0 and json.loads(scores)["entities"]["micro"]["f1"] == 1, name
        found = json.loads(run("tag", "predict", out, path, "--json")[1])
        assert found["tags"] == ["B-PER", "I-PER", "O", "B-LOC"], name


def test_numbers_get_names_or_are_refused(run, write, tmp_path):
    records = [{"tokens": ["Anna", "left"], "ner_tags": [1, 0]}] * 3
    path, out = write("a.jsonl", "".join(json.dumps(record) + "\n" for record in records)), tmp_path / "t"
    assert fails(
        run("tag", "train", path, "-o", out), "line 1", "numbers (0, 1)", "--map, such as 0=O,1=B-PER"
    )
    assert run("tag", "train", path, "-o", out, "--map", "0=O,1=B-PER")[0] == 0
    assert CRFTagger.load(out).classes_.tolist() == ["B-PER", "O"]
