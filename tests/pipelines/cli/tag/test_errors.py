"""`wordvec tag`: one line for each error, that says what to do."""

import naive_archive
import pytest

from wordvec.pipelines.tagging import CRFTagger

from ..support import ENGLISH, fails
from .support import POS_ROWS, SAMPLE, conll


def test_output_is_refused_before_training(run, write, tmp_path, monkeypatch):
    monkeypatch.setattr(CRFTagger, "fit", lambda *_: pytest.fail("it trained"))
    before = conll([POS_ROWS])
    path = write("train.conll", before)
    assert fails(run("tag", "train", path, "-o", path), "train.conll", "is a file that is read")
    assert fails(run("tag", "train", SAMPLE, "-o", path, "--validation", path), "is a file that is read")
    assert fails(run("tag", "train", path, "-o", tmp_path / "no" / "t"), "does not exist", "Create")
    assert fails(run("tag", "train", path, "-o", tmp_path), "is a folder")
    assert fails(run("tag", "train", path, "-o", tmp_path / "t.bin"), "t.bin", ".safetensors", "another name")
    assert path.read_text() == before and [p.name for p in tmp_path.iterdir()] == ["train.conll"]


def test_files_that_are_no_taggers(run, tagger, tmp_path):
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(tagger.read_bytes()[:-100])
    for command, *more in (["predict", SAMPLE], ["evaluate", SAMPLE], ["explain"]):
        assert fails(run("tag", command, SAMPLE, *more), "sample-ner.conll", "cannot be read as a tagger")
        assert fails(run("tag", command, cut, *more), "cut.safetensors", "cannot be read as a tagger")
        assert fails(run("tag", command, tmp_path / "no", *more), "There is no file", "with a tagger")
    features = tmp_path / "features.safetensors"
    CRFTagger().fit([[["w=a"], ["w=b"]]], [["A", "B"]]).save(features)
    assert fails(run("tag", "predict", features, SAMPLE), "lists of features", "Use it from Python")
    assert run("tag", "explain", features)[0] == 0


def test_files_with_other_columns(run, tagger, write, tmp_path):
    out = tmp_path / "t"
    assert fails(run("tag", "train", ENGLISH, "-o", out), "sample-en.txt", "running text (lines of")
    words = write("words.conll", "Ada\nreads\n")
    assert fails(run("tag", "train", words, "-o", out), "no column 'tag'", "--target")
    assert fails(run("tag", "train", SAMPLE, "-o", out, "--target", "pos"), "no column 'pos'", "token, tag")
    assert fails(run("tag", "train", SAMPLE, "-o", out, "--columns", "word,tag"), "no column 'token'")
    assert fails(run("tag", "train", SAMPLE, "-o", out, "--columns", "token,pos,tag"), "2 columns", "3")
    assert fails(
        run("tag", "train", SAMPLE, "-o", out, "--validation", words), "words.conll", "no column 'tag'"
    )
    assert fails(run("tag", "evaluate", tagger, words), "words.conll", "no column 'tag'")
    assert fails(
        run("tag", "evaluate", tagger, write("pos.conll", "Ada NN\n")), "'tag'", "not spans", "--target"
    )
    assert fails(run("tag", "train", SAMPLE, "-o", out, "--target", "token"), "'token'", "both")
    assert fails(run("tag", "train", SAMPLE, "-o", out, "--format", "conllu"), "line 1", "columns")
    assert not out.exists()


def test_bad_values(run, tagger, write, tmp_path):
    out = tmp_path / "t"

    def train(*options):
        return run("tag", "train", SAMPLE, "-o", out, *options)

    assert fails(train("--algorithm", "adam"), "algorithm", "'adam'")
    assert fails(train("--c1", -1), "The option --c1 must be")
    assert fails(train("--c1", 1, "--algorithm", "sgd"), "c1", "lbfgs")
    assert fails(train("--max-iter", 0), "option --max-iter must")
    assert fails(train("--scheme", "BIO"), "scheme", "'BIO'", "IOB2")
    assert fails(train("--kind", "byte"), "kind", "'byte'")
    assert fails(train("--format", "text"), "format", "'text'")
    assert fails(train("--encoding", "utf-9"), "option --encoding must", "'utf-9'")
    assert fails(train("--encoding", "hex"), "option --encoding must", "'hex'")
    assert fails(train("--jobs", 0), "The option --jobs must be")
    assert fails(train("--seed", -1), "option --seed must")
    assert fails(train("--columns", "token,token"), "option --columns must", "different names")
    assert fails(train("--extra-columns", "tag", "--columns", "token,tag"), "both")
    assert fails(train("--target", ""), "no column ''")
    assert fails(train("--vectors", tmp_path / "no.bin"), "no.bin", "does not exist")
    assert fails(train("--nonsense"), "--nonsense", "wordvec tag train --help")
    assert fails(run("tag", "nonsense"), "nonsense", "wordvec tag --help")
    assert fails(run("tag", "train", tmp_path / "no", "-o", out), "does not exist")
    pos = write("pos.conll", conll([[row[:2] for row in POS_ROWS]]))
    assert fails(run("tag", "train", pos, "-o", out, "--scheme", "BIOES"), "no spans", "BIOES")
    assert fails(
        run("tag", "predict", tagger, SAMPLE, "--nbest", 0),
        "The option --nbest must be",
        "0",
    )
    assert fails(run("tag", "predict", tagger, SAMPLE, "--nbest", 10**9), "option --nbest must", "100000")
    assert fails(run("tag", "predict", tagger, SAMPLE, "--jobs", 0), "The option --jobs must be")
    assert fails(run("tag", "predict", tagger, tmp_path / "no.txt"), "no.txt", "does not exist")
    assert fails(run("tag", "predict", tagger, SAMPLE, "--format", "xml"), "format", "'xml'")
    latin = tmp_path / "latin.txt"
    latin.write_bytes("Caf\xe9 Olund\n".encode("latin-1"))
    assert fails(run("tag", "predict", tagger, latin), "latin.txt", "utf-8", "Pass --encoding if")
    assert run("tag", "predict", tagger, latin, "--encoding", "latin-1")[1].startswith("Café\t")
    assert not out.exists()


def test_the_names_of_columns_are_asked_for_with_options_that_there_are(run, tagger, write):
    path = write("a.conll", "Ada N B-PER\n")
    result = run("tag", "predict", tagger, path, "--columns", "word,pos,tag")
    assert fails(result, "no column 'token'", "--columns") and "--target" not in result[2]
    assert fails(run("tag", "predict", tagger, path, "--columns", "token"), "3 columns, where 1 is expected")
    assert fails(run("tag", "evaluate", tagger, path, "--columns", "token,tag,x"), "not spans", "--target")
    assert fails(run("tag", "evaluate", tagger, write("b.conll", "Ada\n")), "no column 'tag'", "--target")
    three = write("c.conll", "Ada N B-PER\nreads\n")
    assert fails(run("tag", "predict", tagger, three), "line 2", "1 column, where 3 are expected")


def test_binary_files_are_no_text(run, tagger, tmp_path):
    assert fails(run("tag", "train", tagger, "-o", tmp_path / "t"), ": not valid utf-8", "--encoding")
    assert fails(run("tag", "predict", tagger, tagger), ": not valid utf-8")


def test_a_newer_or_other_file_as_a_model(run, tagger, tmp_path):
    newer = tmp_path / "newer.safetensors"
    newer.write_bytes(tagger.read_bytes())
    naive_archive.rewrite(newer, {"version": "7"})
    assert fails(run("tag", "predict", newer, SAMPLE), "a newer version of wordvec wrote it (format 7)")
    assert fails(run("tag", "predict", tmp_path, SAMPLE), "that is a folder")


def test_evaluate_warns_of_what_the_tagger_cannot_know(run, tagger, write, tmp_path):
    new = write("new.conll", "Ada B-GOD\nreads O\n")
    code, _, err = run("tag", "evaluate", tagger, new)
    assert code == 0 and err.count("\n") == 2  # with what was assumed
    assert (
        "knows none of the types of entities in the column 'tag'" in err
        and "(GOD), only LOC, ORG, PER" in err
    )
    for name, text, n_lines in (("o.conll", "reads O\n", 1), ("some.conll", "Ada B-GOD\nBob B-PER\n", 2)):
        err = run("tag", "evaluate", tagger, write(name, text))[2]
        assert err.count("\n") == n_lines and "CoNLL, with the columns token, tag" in err
        assert ("never seen in training" in err and "GOD" in err) == (n_lines == 2)
    rows, out = [row[:2] for row in POS_ROWS], tmp_path / "pos"
    assert run("tag", "train", write("pos.conll", conll([rows])), "-o", out, "-q")[0] == 0
    assert "knows none of the tags in the column" in run("tag", "evaluate", out, new)[2]
    err = run("tag", "evaluate", out, tmp_path / "pos.conll")[2]
    assert err.count("\n") == 1 and "the columns token, tag, as in the training data of the tagger" in err


def test_words_as_characters_are_warned_of(run, tmp_path):
    out = tmp_path / "t"
    code, _, err = run("tag", "train", SAMPLE, "-o", out, "--kind", "char", "--max-iter", 2, "-q")
    assert code == 0 and 'Features of kind "char"' in err and "'Brightwater' is a token here" in err
