"""`wordvec evaluate`: files of pairs and of analogies in their forms, and what is wrong with them."""

import json
import re
from pathlib import Path

import pytest

from .support import fails


def test_evaluate_tells_the_kind_of_a_file(run, vectors, tmp_path):
    pairs, questions = tmp_path / "pairs.txt", tmp_path / "questions.txt"
    pairs.write_text("word1 word2 score\nbread river 1\nboy ship 3\nriver bridge 8\n", encoding="utf-8")
    questions.write_text(": things\nbread river boy ship\n", encoding="utf-8")
    code, text, _ = run("evaluate", vectors, pairs, questions, "--json")
    scores = json.loads(text)
    assert code == 0 and [score["kind"] for score in scores] == ["pairs", "analogies"]
    code, text, _ = run("evaluate", vectors, pairs, questions)
    assert code == 0 and "pairs.txt" in text and "  things" in text


PAIRS = "bread,river,1\nboy,ship,3\nriver,bridge,8\n"
QUESTIONS = "type,word1,word2,word3,target\nthings,bread,river,boy,ship\n"


def test_one_bad_evaluation_file_does_not_cost_the_others(run, vectors, write, tmp_path):
    files = [write("p.csv", PAIRS), write("bad.tsv", "a\tb\t1\nc\t2\n"), write("q.csv", QUESTIONS)]
    code, out, err = run("evaluate", vectors, *files, tmp_path / "none.txt", "--json")
    scores = json.loads(out)
    assert code == 2 and [Path(score["path"]).name for score in scores] == ["p.csv", "q.csv"]
    assert scores[0]["assumed"] == [] and "words in 'word1'" in scores[1]["assumed"][0]
    bad, missing = err.splitlines()
    assert "Line 2" in bad and "bad.tsv" in bad
    assert "none.txt" in missing and "does not exist" in missing and "Assumed: " in missing


def test_evaluation_files_of_other_forms(run, vectors, write, tmp_path):
    rated = write(
        "r.csv", "id,word1,word2,mean,other\n1,bread,river,1,8\n2,boy,ship,3,2\n3,river,bridge,8,1\n"
    )
    chinese = tmp_path / "gbk.csv"
    chinese.write_bytes(
        "词1,词2,得分\nbread,river,1\nboy,ship,3\nriver,bridge,8\n河,船,2\n".encode("gb18030")
    )
    values = {}
    for name, options in {
        "mean": (rated,),
        "other": (rated, "--columns", "word1,word2,other"),
        "number": (rated, "--columns", "2,3,5"),
        "plain": (write("p.csv", PAIRS), "--kind", "pairs", "--delimiter", ","),
        "gbk": (chinese, "--encoding", "gb18030"),
        "replaced": (chinese, "--errors", "replace"),
        "cased": (write("c.csv", PAIRS.replace("bread", "Bread") + "boy,bridge,2\n"), "--case-sensitive"),
    }.items():
        code, out, err = run("evaluate", vectors, *options, "--json")
        assert code == 0
        assert ("judgements in 'mean'" in err) == (name == "mean")
        values[name] = json.loads(out)[0]["scores"]
    assert values["mean"] == values["plain"] and values["other"] == values["number"] != values["mean"]
    assert values["gbk"]["n_pairs"] == values["replaced"]["n_pairs"] == 4
    assert values["cased"]["n_used"] == 3
    assert fails(run("evaluate", vectors, chinese), "line 1", "--encoding", "--errors")
    assert fails(run("evaluate", vectors, rated, "--columns", "word1,word2"), "option --columns", "3 columns")
    assert fails(run("evaluate", vectors, rated, "--encoding", "gbk18"), "option --encoding")
    assert fails(run("evaluate", vectors, rated, "--kind", "triples"), "option --kind")
    unclear = write("u.csv", "a,b,1,2\nc,d,3,4\n")
    assert fails(run("evaluate", vectors, unclear), "numbers in 3, 4", "Pass the --columns")


def test_phrases_of_an_evaluation_file(run, write, tmp_path):
    vectors = write("v.txt", "3 2\nnew_york 1 0\nrome 0 1\nsea 1 1\n")
    pairs = write("p.tsv", "New York\tRome\t8.0\nsea\tRome\t5\nLos Angeles\tRome\t2\n")
    code, out, err = run("evaluate", vectors, pairs)
    assert code == 0 and "2   3     66.7%" in out and "New York" in err


def test_vectors_and_evaluation_files_may_differ_in_their_encoding(run, write, tmp_path):
    text = "3 2\ncafé 1 0\nnaïve 0 1\nsea 1 1\n"
    (tmp_path / "latin.txt").write_bytes(text.encode("latin-1"))
    (tmp_path / "p.txt").write_bytes("café naïve 1\nsea café 2\n".encode("latin-1"))
    for vectors in (write("utf8.txt", text), tmp_path / "latin.txt"):
        code, out, err = run("evaluate", vectors, tmp_path / "p.txt", "--encoding", "latin-1")
        assert code == 0 and "100.0%" in out
        assert ("words in UTF-8" in err) == (vectors.name == "utf8.txt")


def test_vectors_that_know_no_pair_are_told(run, vectors, write):
    code, out, err = run("evaluate", vectors, write("p.txt", "x y 1\ny z 2\n"))
    assert code == 0 and re.search(r"- +0 +2 +0.0%", out)
    assert "Fewer than two of the 2 pairs in" in err


def test_evaluate_without_files_takes_those_of_gensim(run, vectors):
    pytest.importorskip("gensim")
    code, text, _ = run("evaluate", vectors)
    assert code == 0
    for name in ("wordsim353.tsv", "simlex999.txt", "questions-words.txt"):
        assert name in text


def test_malformed_evaluation_file(run, vectors, tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_text("one two three\nbread river 1\nbread river\n", encoding="utf-8")
    assert fails(run("evaluate", vectors, bad), "Line 3", "bad.txt")
