"""`wordvec tag train` with clusters, gazetteers and the dictionary of the training data."""

import gzip
import json
import lzma

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines.tagging import CRFTagger, read_conll, read_gazetteer

from ..support import fails
from .support import SAMPLE, conll

PLACES = "Port Ansel\n\n  Tarnholm \r\nTarnholm\nSt. Olund's Bay\n"


def train(run, out, *options):
    return run("tag", "train", SAMPLE, "-o", out, "--max-iter", 5, "--quiet", *options)


@pytest.fixture
def vectors(tmp_path):
    path = tmp_path / "v.safetensors"
    KeyedVectors(np.eye(4, dtype=np.float32), ["Tarnholm", "Olund", "in", "lives"]).save(path)
    return path


def test_all_of_them(run, write, vectors, tmp_path):
    out, places = tmp_path / "t.safetensors", write("places.txt", PLACES)
    (tmp_path / "names.txt.gz").write_bytes(gzip.compress(b"Mira Olund\n"))
    (tmp_path / "more.xz").write_bytes(lzma.compress(b"Anselm Quist\n"))
    code, _, err = train(
        run, out, "--vectors", vectors, "--vector-window", 1, "--clusters", "2,3", "--dictionary", "--seed", 4,
        "--gazetteer", places, "--gazetteer", f"PER={tmp_path / 'names.txt.gz'}", "--gazetteer",
        f"PER={tmp_path / 'more.xz'}", "--validation", SAMPLE,
    )  # fmt: skip
    assert code == 0, err
    loaded, corpus = CRFTagger.load(out), read_conll(SAMPLE)
    expected = CRFTagger(
        vectors=[KeyedVectors.load(vectors)], vector_window=1, n_clusters=(2, 3), dictionary=True, random_state=4,
        max_iter=5, gazetteers={
            "places": [*read_gazetteer(places), ["St.", "Olund", "'s", "Bay"]],
            "PER": ["Mira Olund", "Anselm Quist"],
        },
    ).fit(corpus.tokens, corpus.tags, corpus.tokens, corpus.tags)  # fmt: skip
    assert loaded.predict(corpus.tokens) == expected.predict(corpus.tokens)
    np.testing.assert_array_equal(loaded.model_.state_weights, expected.model_.state_weights)
    assert loaded.lexicon_.gazetteers.keys() == {"places", "PER"}
    assert ("St.", "Olund", "'s", "Bay") in loaded.lexicon_.gazetteers["places"].phrases
    # Raw text, the explanation and the scores take the tagger as any other.
    code, text, _ = run(
        "tag", "explain", out, "--text", "Dr. Mira Olund lives in Tarnholm.", "--top", 99, "--json"
    )
    features = [feature["attribute"] for token in json.loads(text)["tokens"] for feature in token["features"]]
    for beginning in ("dict.tags[0]=", "gaz.places[0]=B", "gaz.PER[0]=I", "cluster0[0]=", "cluster1[0]="):
        assert any(name.startswith(beginning) for name in features), beginning
    assert run("tag", "evaluate", out, SAMPLE)[0] == 0


def test_characters(run, write, tmp_path):
    sentences = [
        [(c, t) for c, t in zip("在北京大学", ["O", "B-L", "I-L", "I-L", "I-L"])],
        [("好", "O")],
    ] * 30
    path, out = write("zh.txt", conll(sentences)), tmp_path / "t"
    places = write("places.txt", "北京大学\n北 京\n")
    code, _, err = run(
        "tag", "train", path, "-o", out, "--kind", "char", "--dictionary", "--gazetteer", places, "--quiet"
    )
    assert code == 0, err
    names = CRFTagger.load(out).attributes_.index_to_attribute
    assert {"dict.name[0]=B-L", "dict.begins[0]=4", "gaz.places[0]=I"} <= set(names)


def test_clusters_alone(run, vectors, tmp_path):
    out = tmp_path / "t"
    assert train(run, out, "--vectors", vectors, "--clusters", 2, "--vector-window", "none")[0] == 0
    loaded = CRFTagger.load(out)
    assert loaded.vector_window is None
    assert not loaded.model_.dense_OEL.size


BAD_FILES = {
    "empty": (b"", ["holds no name", "one name per line"]),
    "blank lines": (b"\n \n", ["holds no name"]),
    "Latin-1": ("Café\n".encode("latin-1"), ["line 1", "not valid utf-8", "--encoding"]),
    "UTF-16": ("Café\n".encode("utf-16"), ["UTF-16", "--encoding utf-16"]),
    "NULs": (b"a\0b\n", ["NUL bytes"]),
    "damaged gzip": (gzip.compress(b"Rome\n" * 99)[:-9], ["cannot be read"]),
    "a table": (b"Rome\nOslo\tLOC\n", ["line 2", "has a tab", "one name per line"]),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_gazetteers(run, tmp_path, case):
    content, parts = BAD_FILES[case]
    path, out = tmp_path / "names.txt", tmp_path / "t"
    path.write_bytes(content)
    assert fails(train(run, out, "--gazetteer", path), "names.txt", *parts)
    assert not out.exists()


BAD_OPTIONS = {
    "no such file": (["--gazetteer", "LOC=nowhere.txt"], ["nowhere.txt", "does not exist"]),
    "a folder": (["--gazetteer", "."], ["is a folder"]),
    "no vectors": (["--clusters", "2"], ["--clusters must be left out without vectors", "set --vectors"]),
    "one cluster": (["--clusters", "1", "VECTORS"], ["--clusters must be numbers of clusters", "64,256"]),
    "no number": (["--clusters", "2,x", "VECTORS"], ["--clusters must be numbers of clusters", "'x'"]),
    "too many": (["--clusters", "99", "VECTORS"], ["--clusters must be at most 4, the number of words"]),
    "no window": (["--vector-window", "none", "VECTORS"], ["--vector-window must be", "set --clusters"]),
    "a wide window": (
        ["--vector-window", "6", "VECTORS"],
        ["--vector-window must be an integer from 0 to 5"],
    ),
    "a negative window": (
        ["--vector-window=-1", "VECTORS"],
        ["--vector-window must be an integer from 0 to 5"],
    ),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_options(run, vectors, tmp_path, case):
    options, parts = BAD_OPTIONS[case]
    given = [part for each in options for part in (("--vectors", vectors) if each == "VECTORS" else (each,))]
    assert fails(train(run, tmp_path / "t", *given), *parts)
    assert not (tmp_path / "t").exists()


def test_a_gazetteer_is_not_overwritten(run, tmp_path):
    path = tmp_path / "t"
    path.write_text("Rome\n", encoding="utf-8")
    assert fails(train(run, path, "--gazetteer", f"LOC={path}"), "is a file that is read")


def test_a_gazetteer_of_no_use_is_told(run, write, tmp_path):
    code, _, err = train(run, tmp_path / "t", "--gazetteer", write("rivers.txt", "Qqq\n"))
    assert code == 0
    assert "No phrase of the gazetteer 'rivers' occurs in the training data" in err


def test_one_label_is_refused_as_without_them(run, write, tmp_path):
    path = write("one.conll", conll([[("a", "O"), ("b", "O")]]))
    for options in ([], ["--dictionary"]):
        assert fails(run("tag", "train", path, "-o", tmp_path / "t", *options), "needs two different tags")
