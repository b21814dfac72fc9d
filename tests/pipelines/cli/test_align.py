"""`wordvec align`: files in, mapped vectors and a report out, one line for what is wrong."""

import json

import numpy as np
import pytest

from wordvec.pipelines.workflows import align_vectors
from wordvec.vectors.alignment import align, write_dictionary
from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import fails

N_WORDS = 60


@pytest.fixture
def files(tmp_path, write):
    """Write two files of vectors, one a rotation of the other, a dictionary and one for the test; return the paths."""
    rng = np.random.default_rng(4)
    table, turn = rng.normal(size=(N_WORDS, 6)), np.linalg.qr(rng.normal(size=(6, 6)))[0]
    for name, rows in {"a": table, "b": table @ turn}.items():
        KeyedVectors(rows.astype(np.float32), [f"{name}{k}" for k in range(N_WORDS)]).save(
            tmp_path / f"{name}.bin"
        )
    pairs = [(f"a{k}", f"b{k}") for k in range(N_WORDS)]
    write_dictionary([*pairs[:30], ("a1", "nothing")], tmp_path / "d.tsv")
    write_dictionary(pairs[30:], tmp_path / "t.tsv")
    return [tmp_path / name for name in ("a.bin", "b.bin", "d.tsv", "t.tsv", "out.safetensors")]


def test_align_writes_vectors_and_reports(run, files):
    source, target, pairs, test, out = files
    code, text, err = run("align", source, target, "--pairs", pairs, "-o", out, "--test-pairs", test)
    assert code == 0 and "P@1 100.0%, P@5 100.0% of 30 words" in text
    assert (
        "30 of 31 pairs with both words in the vocabularies" in text
        and "not held out" not in text
        and not err
    )
    want = align(
        KeyedVectors.load(source), KeyedVectors.load(target), [(f"a{k}", f"b{k}") for k in range(30)]
    )
    np.testing.assert_array_equal(KeyedVectors.load(out).vectors, want.vectors)
    options = ["--method", "rcsls", "--refinements", 1, "--frequent", 40, "--no-center", "--json"]
    code, text, _ = run("align", source, target, "--pairs", pairs, "-o", out, *options)
    report = json.loads(text)
    assert code == 0 and (report["method"], report["n_pairs"], report["scores"]) == ("rcsls", 30, None)


def test_words_of_the_test_that_were_learned_are_told(files):
    source, target, pairs, _, out = files
    report = align_vectors(source, target, out, pairs=pairs, test_pairs=pairs)
    assert report.n_seen == 30 and "30 words of the test, which stand in the pairs, too" in report.format()
    assert report.to_dict()["scores"]["n_words"] == 30


def test_what_is_wrong_has_one_line(run, files, write, tmp_path):
    source, target, pairs, test, out = files
    write("bad.tsv", "a1 b1\na2\n")
    write("foreign.tsv", "x\ty\n")
    KeyedVectors(np.ones((2, 3), np.float32), ["b1", "b2"]).save(tmp_path / "narrow.bin")

    def call(*arguments, target=target, out=out):
        return run("align", source, target, "-o", out, *arguments)

    assert fails(
        call("--pairs", tmp_path / "bad.tsv"), "Line 2 of", "bad.tsv' must hold a word and its transl"
    )
    assert fails(call("--pairs", tmp_path / "none.tsv"), "none.tsv' does not exist")
    assert fails(call("--pairs", tmp_path / "foreign.tsv"), "needs 2 pairs", "0 of 1 pair with both words")
    assert fails(call("--pairs", "identical"), "has 0 words in both vocabularies")
    assert fails(call("--pairs", pairs, target=tmp_path / "narrow.bin"), "must have vectors of 6 numbers")
    assert fails(call("--pairs", pairs, out=source), "is a file of the corpus or another that is read")
    assert fails(call("--pairs", pairs, "--method", "svd"), "--method must be", "'svd'")
    assert fails(call("--pairs", pairs, "--encoding", "none"), "--encoding must be")
    assert fails(
        call("--pairs", pairs, "--test-pairs", tmp_path / "foreign.tsv"), "None of the pairs for the test"
    )
    assert not out.exists()
