"""Commands that read word vectors: files in other forms, options of reading, words that are not there."""

import json
import zipfile

import numpy as np
import pytest

from wordvec.pipelines.workflows import answer_analogies, find_neighbors
from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import ENGLISH, SMALL, fails

WORDS = ["Paris", "king", "queen", "man", "woman", "Rome", "rome"]


@pytest.fixture(scope="module")
def kv():
    table = np.random.default_rng(3).normal(size=(len(WORDS), 5)).astype(np.float32)
    return KeyedVectors(table, WORDS)


@pytest.fixture
def vectors(tmp_path, kv):
    kv.save(tmp_path / "v.bin")
    return tmp_path / "v.bin"


# ---------------------------------------------------------------- words that are not there


def test_an_unknown_word_costs_the_others_nothing(run, vectors, kv):
    code, out, err = run("neighbors", vectors, "king", "paris", "--topn", 2)
    assert code == 2
    assert out.startswith("king\n----\n")
    assert kv.most_similar("king")[0][0] in out
    assert err == (
        "wordvec: The word 'paris' is not in the vocabulary (7 words). 'Paris' differs in case alone.\n"
    )


def test_each_unknown_word_has_a_line(run, vectors, kv):
    code, out, err = run("neighbors", vectors, "ROME", "king", "qeen", "man", "king", "xyz", "--json")
    assert code == 2
    assert json.loads(out) == {
        word: [[other, pytest.approx(score)] for other, score in kv.most_similar(word)]
        for word in ("king", "man")
    }
    lines = err.splitlines()
    assert len(lines) == 3
    assert "'ROME'" in lines[0]
    assert "'Rome' and 'rome' differ in case alone" in lines[0]
    assert "'qeen'" in lines[1]
    assert "Nearest spellings: 'queen'" in lines[1]
    assert "'xyz'" in lines[2]


def test_no_known_word_prints_no_answer(run, vectors):
    for options in ([], ["--json"]):
        assert fails(run("neighbors", vectors, "PARIS", *options), "'Paris' differs in case alone")
        assert fails(
            run("analogy", vectors, "man", "Woman", "king", *options), "'woman' differs in case alone"
        )


def test_several_analogies(run, vectors, kv):
    code, out, _ = run("analogy", vectors, "man", "king", "woman", "--json")
    single = json.loads(out)
    assert (code, single[0][0]) == (0, kv.analogy("man", "king", "woman")[0][0])
    code, out, err = run(
        "analogy",
        vectors,
        *["man", "king", "woman", "man", "rex", "woman", "man", "queen", "woman"],
        "--json",
    )
    assert code == 2
    assert [item["question"] for item in json.loads(out)] == [
        ["man", "king", "woman"],
        ["man", "queen", "woman"],
    ]
    assert json.loads(out)[0]["answers"] == single
    assert err.count("\n") == 1
    assert "'rex'" in err
    code, out, _ = run("analogy", vectors, *["man", "king", "woman", "man", "queen", "woman"])
    assert code == 0
    assert "man : king = woman : ?\n" in out
    assert "\n\nman : queen = woman : ?\n" in out
    assert fails(run("analogy", vectors, "man", "king"), "three words, A B C; 2 were given")


def test_many_words_at_once_and_few_one_by_one():
    table = np.random.default_rng(1).normal(size=(40, 6)).astype(np.float32)
    kv = KeyedVectors(table, [f"w{row}" for row in range(40)])
    many = find_neighbors(kv, kv.index_to_key, topn=5).found
    for word in kv.index_to_key:
        [few] = find_neighbors(kv, [word], topn=5).found.values()
        assert [other for other, _ in few] == [other for other, _ in many[word]]
        np.testing.assert_allclose(*([score for _, score in found] for found in (few, many[word])), atol=1e-6)


def test_the_same_in_python(kv):
    answers = find_neighbors(kv, ["king", "nobody", "man"], topn=3)
    assert answers.found == {word: kv.most_similar(word, topn=3) for word in ("king", "man")}
    assert len(answers.failures) == 1
    with pytest.raises(KeyError, match="'nobody' is not in the vocabulary"):
        answers.raise_failures()
    answers = answer_analogies(kv, [("man", "king", "nobody"), ("man", "king", "woman")], method="3cosmul")
    assert list(answers.found) == [("man", "king", "woman")]
    assert "nobody" in str(answers.failures[0])


# ---------------------------------------------------------------- files


def question(command, path, out):
    """Return the arguments of a command that reads the vectors of `path`."""
    words = {"neighbors": ["king"], "analogy": ["man", "king", "woman"], "convert": [out]}
    return [command, path, *words[command]]


COMMANDS = ["neighbors", "analogy", "convert"]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_reads_each_form(run, tmp_path, kv, command):
    kv.save(tmp_path / "v.txt")
    text = (tmp_path / "v.txt").read_bytes()
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        archive.writestr("folder/v.vec", text)
    (tmp_path / "bom.vec").write_bytes(b"\xef\xbb\xbf" + text)
    (tmp_path / "bom.glove").write_bytes(b"\xef\xbb\xbf" + text.partition(b"\n")[2])
    (tmp_path / "tabs.txt").write_bytes(text.replace(b" ", b"\t"))
    wanted = run(*question(command, tmp_path / "v.txt", tmp_path / "out.vec"))
    written = (tmp_path / "out.vec").read_bytes() if command == "convert" else b""
    for name in ("v.zip", "bom.vec", "bom.glove", "tabs.txt"):
        assert run(*question(command, tmp_path / name, tmp_path / "out.vec")) == wanted
        assert not written or (tmp_path / "out.vec").read_bytes() == written


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_names_a_foreign_file(run, tmp_path, command):
    path = tmp_path / "model.bin"
    path.write_bytes(b"\xba\x16O/\x0c\0\0\0" + bytes(50))
    assert fails(run(*question(command, path, tmp_path / "out.vec")), "model.bin'", "a model of fastText")
    assert fails(run(*question(command, tmp_path, tmp_path / "out.vec")), "name one of its files (model.bin)")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_the_options_of_reading(run, tmp_path, command):
    path = tmp_path / "v.txt"
    lines = [b"king 1 0", b"man 0 1", b"woman 1 2", b"caf\xe9 1 1", b"caf\xe8 2 1", b"king 5 5"]
    path.write_bytes(b"6 2\n" + b"\n".join(lines))
    arguments = question(command, path, tmp_path / "out.vec")
    assert fails(run(*arguments), "line 5 is not valid utf-8", "--encoding", "--errors replace")
    code, _, err = run(*arguments, "--encoding", "latin-1")
    assert code == 0
    assert err.count("\n") == 1
    assert "line 7 repeats the word 'king' of line 2; the first of each word is kept" in err
    code, _, err = run(*arguments, "--errors", "replace", "--duplicates", "last")
    assert code == 0
    assert "2 rows left out" in err
    if command == "convert":
        out = KeyedVectors.load(tmp_path / "out.vec")
        assert out.index_to_key == ["king", "man", "woman", "caf\ufffd"]
        assert out.vectors[[0, 3]].tolist() == [[5, 5], [2, 1]]
    latin = [*arguments, "--encoding", "latin-1"]
    assert fails(run(*latin, "--duplicates", "error"), "repeats the word 'king'", "Pass --duplicates first")
    assert fails(run(*latin, "--duplicates", "x"), "option --duplicates must be")
    assert fails(run(*latin, "--format", "glove"), "line 1 has 1 numbers, not 2")
    assert fails(run(*latin, "--format", "npy"), "option --format must be")


def test_what_is_assumed_is_shown(run, tmp_path):
    path = tmp_path / "counts.txt"
    path.write_text("the 120\nof 60\nto 50\n", encoding="utf-8")
    code, _, err = run("neighbors", path, "the")
    assert (code, err) == (0, f"wordvec: Assumed: {str(path)!r}: GloVe text, vectors of one number.\n")
    assert fails(run("neighbors", path, "xyz"), "'xyz'", "Assumed: ", "vectors of one number")


@pytest.mark.parametrize("architecture", ["skipgram", "glove"])
def test_models_of_ours_are_vectors(run, tmp_path, architecture):
    model, out = tmp_path / "model.safetensors", tmp_path / "v.vec"
    code, _, _ = run(
        "train", ENGLISH, "-o", out, "--save-model", model, "--architecture", architecture, *SMALL
    )
    assert code == 0
    word = KeyedVectors.load(out).index_to_key[0]
    assert run("neighbors", model, word) == run("neighbors", out, word)
    code, _, _ = run("convert", model, tmp_path / "converted.vec")
    assert code == 0
    assert (tmp_path / "converted.vec").read_bytes() == out.read_bytes()


TRAINING = {
    "classify": (
        "train.csv",
        "text,label\n" + "a fine café,p\nfine and good,p\na bad day,n\nbad and sad,n\n" * 4,
        ["--text-column", "text", "--label-column", "label"],
    ),
    "tag": ("train.conll", "Anna B-PER\nruns O\n\nin O\ncafé B-LOC\n\n" * 4, ["--columns", "token,tag"]),
}


@pytest.mark.parametrize("group", TRAINING)
def test_vectors_of_training_have_their_own_encoding(run, write, tmp_path, group):
    name, text, options = TRAINING[group]
    vectors = tmp_path / "v.txt"
    vectors.write_bytes("4 2\nfine 1 0\ncafé 0 1\nAnna 1 1\nbad 0 2\n".encode("latin-1"))
    out = tmp_path / "m.safetensors"
    arguments = [group, "train", write(name, text), "-o", out, "--vectors", vectors, *options, "--quiet"]
    result = run(*arguments)
    assert fails(
        result, "line 3 is not valid utf-8", "Pass the right --vectors-encoding, or --vectors-errors replace"
    )
    assert fails(run(*arguments, "--vectors-encoding", "x"), "option --vectors-encoding must be")
    assert run(*arguments, "--vectors-encoding", "latin-1")[0] == 0
    assert run(*arguments, "--vectors-errors", "replace")[0] == 0


def test_evaluate_reads_vectors_as_the_others_do(run, write, tmp_path):
    pairs = write("pairs.tsv", "king\tman\t5\nman\twoman\t8\nking\twoman\t3\n")
    vectors = tmp_path / "v.txt"
    vectors.write_bytes(b"\xef\xbb\xbf4 2\nking 1 0\nman 0 1\nwoman 1 2\ncaf\xe9 1 1\n")
    assert fails(
        run("evaluate", vectors, pairs), "line 5 is not valid utf-8", "--encoding", "--errors replace"
    )
    assert run("evaluate", vectors, pairs, "--encoding", "latin-1")[0] == 0
    assert run("evaluate", vectors, pairs, "--errors", "replace")[0] == 0
    vectors.write_bytes(b"<html>\n")
    assert fails(run("evaluate", vectors, pairs), "an HTML page")
