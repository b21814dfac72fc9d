"""Models of fastText and floret: vectors of known and unknown words, equal to the libraries' own."""

import contextlib
import importlib.util
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.vectors.fasttext_peer import UNKNOWN, vectors_of, words, write_text
from wordvec import KeyedVectors
from wordvec.kernels.subwords import murmur
from wordvec.vectors import detect_format
from wordvec.vectors.subwords.rows import DenseRows
from wordvec.vectors.subwords.scheme import NGramScheme
from wordvec.vectors.subwords.table import SubwordTable

TRAINED = {
    "skipgram": {"model": "skipgram", "dim": 7, "bucket": 300},
    "cbow": {"model": "cbow", "dim": 16, "bucket": 300, "minn": 1, "maxn": 4},
    "hs": {"model": "skipgram", "dim": 20, "bucket": 300, "loss": "hs", "minn": 5, "maxn": 5},
    "whole words": {"model": "cbow", "dim": 5, "maxn": 0},
}
FLORET = {
    "one hash": {"hashCount": 1, "bucket": 97, "minn": 3, "maxn": 5},
    "two hashes": {"hashCount": 2, "bucket": 200, "minn": 2, "maxn": 3},
    "four hashes": {"hashCount": 4, "bucket": 50, "minn": 1, "maxn": 2},
}
COMMON = {"epoch": 1, "minCount": 1, "thread": 1, "verbose": 0}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return a folder with models of fastText, and the library's models by name."""
    fasttext = pytest.importorskip("fasttext")
    fasttext.FastText.eprint = lambda *_: None
    folder = tmp_path_factory.mktemp("fasttext")
    text = write_text(folder / "text.txt")
    models = {}
    for name, options in TRAINED.items():
        models[name] = fasttext.train_unsupervised(text, **COMMON, **options)
        models[name].save_model(str(folder / f"{name}.bin"))
    return folder, models


@pytest.fixture(scope="module")
def trained_floret(tmp_path_factory):
    """Return the same of floret, as .bin and as .floret."""
    floret = pytest.importorskip("floret")
    folder = tmp_path_factory.mktemp("floret")
    text = write_text(folder / "text.txt")
    models = {}
    for name, options in FLORET.items():
        models[name] = floret.train_unsupervised(
            text, model="cbow", mode="floret", dim=6, **COMMON, **options
        )
        models[name].save_model(str(folder / f"{name}.bin"))
        models[name].save_floret_vectors(str(folder / f"{name}.floret"))
    return folder, models


@pytest.mark.parametrize("name", TRAINED)
def test_vectors_of_known_and_unknown_words_are_fasttexts(trained, name):
    folder, models = trained
    kv, model = KeyedVectors.load(folder / f"{name}.bin"), models[name]
    assert kv.index_to_key == model.get_words()
    assert kv.counts.tolist() == model.get_words(include_freq=True)[1].tolist()
    np.testing.assert_allclose(kv.vectors, vectors_of(model, kv.index_to_key), atol=1e-6)
    np.testing.assert_allclose(kv["</s>"], model.get_word_vector("</s>"), atol=1e-6)
    for word in UNKNOWN:
        expected = model.get_word_vector(word)
        if kv.knows(word):
            np.testing.assert_allclose(kv[word], expected, atol=1e-6)
        else:
            assert not expected.any()
            with pytest.raises(KeyError, match="not in the vocabulary"):
                kv[word]


def test_unknown_words_take_part_in_queries(trained):
    folder, _ = trained
    kv = KeyedVectors.load(folder / "skipgram.bin")
    word, other = "kalolo", kv.index_to_key[3]
    assert word not in kv
    assert kv.similarity(word, other) == pytest.approx(
        float(np.dot(*(v / np.linalg.norm(v) for v in kv[[word, other]])))
    )
    assert len(kv.most_similar(word, topn=3)) == 3
    (batch, _), (one, scores) = (
        kv.most_similar_batch([word, other], topn=3),
        zip(*kv.most_similar(word, topn=3)),
    )
    assert [name for name, _ in batch] == list(one)
    assert [score for _, score in batch] == pytest.approx(scores)
    assert kv.doesnt_match([word, other, kv.index_to_key[5]])
    assert kv.distances(word, [other])[0] == pytest.approx(1 - kv.similarity(word, other))
    assert kv.get_mean_vector([word, other]).shape == (7,)


@pytest.mark.parametrize("name", ["skipgram", "whole words"])
def test_what_is_written_is_read_by_fasttext_and_gensim(trained, tmp_path, name):
    fasttext = pytest.importorskip("fasttext")
    folder, models = trained
    kv = KeyedVectors.load(folder / f"{name}.bin")
    path = tmp_path / "again.bin"
    kv.save(path, format="fasttext")
    again, model = fasttext.load_model(str(path)), models[name]
    names = [*kv.index_to_key, *UNKNOWN]
    assert again.get_words() == model.get_words()
    np.testing.assert_allclose(vectors_of(again, names), vectors_of(model, names), atol=1e-6)
    np.testing.assert_array_equal(again.get_output_matrix(), model.get_output_matrix())
    reader = pytest.importorskip("gensim.models.fasttext")
    found = reader.load_facebook_model(str(path)).wv
    assert found.index_to_key == kv.index_to_key
    known = [word for word in names if word != "</s>" and kv.knows(word)]  # gensim adds n-grams to that one
    np.testing.assert_allclose(np.array([found[word] for word in known]), kv[known], atol=1e-6)


def test_plain_formats_hold_the_words_alone_and_say_so(trained, tmp_path):
    folder, _ = trained
    kv = KeyedVectors.load(folder / "skipgram.bin")
    with pytest.warns(UserWarning, match="words alone"):
        kv.save(tmp_path / "a.safetensors")
    again = KeyedVectors.load(tmp_path / "a.safetensors")
    np.testing.assert_array_equal(again.vectors, kv.vectors)
    assert again.subwords is None
    with pytest.raises(ValueError, match="floret"):
        kv.save(tmp_path / "a.floret")


def test_vectors_of_whole_words_become_a_model(tmp_path):
    kv = KeyedVectors(np.arange(12, dtype=np.float32).reshape(4, 3), ["a", "b", "c", "d"])
    kv.save(tmp_path / "a.bin", format="fasttext")
    assert detect_format(tmp_path / "a.bin") == "fasttext"
    again = KeyedVectors.load(tmp_path / "a.bin", limit=3)
    np.testing.assert_array_equal(again.vectors, kv.vectors[:3])
    with pytest.raises(KeyError):
        again["e"]


def test_a_word_with_a_nul_is_refused(tmp_path):
    kv = KeyedVectors(np.ones((1, 2), np.float32), ["a\0b"])
    with pytest.raises(ValueError, match="NUL character"):
        kv.save(tmp_path / "a.bin", format="fasttext")


def test_word_pairs_of_unknown_words(trained, tmp_path):
    folder, _ = trained
    kv = KeyedVectors.load(folder / "skipgram.bin")
    first, second, last = kv.index_to_key[2], kv.index_to_key[3], kv.index_to_key[-1]
    assert "kalolo" not in kv
    lines = [(first, second, 3), (first, "kalolo", 2), (second, last, 1), (last, "kalolo", 4)]
    (tmp_path / "pairs.txt").write_text("".join(f"{a}\t{b}\t{n}\n" for a, b, n in lines), encoding="utf-8")
    scores = kv.evaluate_word_pairs(tmp_path / "pairs.txt", case_insensitive=False)
    assert (scores.n_used, scores.ngram_share) == (4, 0.25)
    cosines = [kv.similarity(a, b) for a, b, _ in lines]
    assert scores.pearson == pytest.approx(np.corrcoef(cosines, [n for _, _, n in lines])[0, 1], abs=1e-6)
    # A word of the table that is left out is not found by its n-grams.
    some = kv.evaluate_word_pairs(tmp_path / "pairs.txt", case_insensitive=False, restrict_vocab=len(kv) - 1)
    assert (some.n_used, some.ngram_share) == (2, pytest.approx(1 / 3))


@pytest.mark.parametrize("name", FLORET)
def test_florets_models_and_tables(trained_floret, tmp_path, name):
    folder, models = trained_floret
    kv, model = KeyedVectors.load(folder / f"{name}.bin"), models[name]
    np.testing.assert_allclose(kv.vectors, vectors_of(model, kv.index_to_key), atol=1e-6)
    np.testing.assert_allclose(kv[UNKNOWN], vectors_of(model, UNKNOWN), atol=1e-6)
    table = KeyedVectors.load(folder / f"{name}.floret")
    assert len(table) == 0
    np.testing.assert_allclose(
        table[UNKNOWN], vectors_of(model, UNKNOWN), atol=1e-4
    )  # five digits in the text
    told = (
        pytest.warns(UserWarning, match="spaCy")
        if kv.subwords.scheme.min_n == 1
        else contextlib.nullcontext()
    )
    with told:
        kv.save(tmp_path / "b.floret")
    np.testing.assert_array_equal(KeyedVectors.load(tmp_path / "b.floret")[UNKNOWN], kv[UNKNOWN])
    kv.save(tmp_path / "b.bin", format="fasttext")
    again = pytest.importorskip("floret").load_model(str(tmp_path / "b.bin"))
    names = [*kv.index_to_key, *UNKNOWN]
    np.testing.assert_allclose(vectors_of(again, names), vectors_of(model, names), atol=1e-6)
    with pytest.raises(ValueError, match="no words to search"):
        table.most_similar("ka")


@pytest.mark.slow
def test_spacy_reads_a_table(trained_floret, tmp_path):
    spacy = pytest.importorskip("spacy")
    folder, _ = trained_floret
    table = KeyedVectors.load(folder / "two hashes.floret")
    table.save(tmp_path / "a.floret")
    command = [
        sys.executable,
        "-m",
        "spacy",
        "init",
        "vectors",
        "en",
        "a.floret",
        "model",
        "--mode",
        "floret",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    vocabulary = spacy.load(tmp_path / "model").vocab
    names = ["unseen", "kalolo", "日本", "a"]
    np.testing.assert_allclose(np.array([vocabulary[name].vector for name in names]), table[names], atol=1e-4)


@pytest.mark.parametrize(
    ("text", "expected"),
    # Of Appleby's MurmurHash3.cpp, x64 128, seed 0 and 1: no block, a part of one, one, more.
    [("", (0, 0)), ("hello", (0xCBD8A7B341BD9B02, 0x5B1E906A48AE1D19))],
)
def test_murmur_hash(text, expected):
    data = np.frombuffer(text.encode() + b" ", np.uint8)
    assert murmur(data, 0, len(text), 0) == expected


def test_ngrams_of_a_word_are_those_of_a_plain_enumeration():
    def fnv(raw):
        h = 2166136261
        for byte in raw:
            h = ((h ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) % 2**32
        return h

    scheme = NGramScheme(2, 4, 1000)
    for word in [*words(), *UNKNOWN]:
        marked = f"<{word}>"
        pieces = [marked[i:j] for i in range(len(marked)) for j in range(i + 2, min(i + 4, len(marked)) + 1)]
        raw = np.frombuffer(word.encode(), np.uint8)
        rows, _ = scheme.rows_of(raw, np.array([0, len(raw)]), np.array([-1]), np.array([True]), 7)
        assert rows.tolist() == [7 + fnv(piece.encode()) % 1000 for piece in pieces]


GENSIM_FILES = [
    "crime-and-punishment.bin", "lee_fasttext.bin", "lee_fasttext_new.bin", "non_ascii_fasttext.bin",
    "toy-model.bin", "toy-model-pretrained.bin",
]  # fmt: skip


def gensim_test_data():
    spec = importlib.util.find_spec("gensim")
    folder = Path(spec.origin).parent / "test" / "test_data" if spec else None
    if folder is None or not folder.is_dir():
        pytest.skip("gensim is not installed, or without its test data")
    return folder


@pytest.mark.parametrize("name", GENSIM_FILES)
def test_files_among_gensims_test_data(name):
    path = gensim_test_data() / name
    kv = KeyedVectors.load(path)
    reader = pytest.importorskip("gensim.models.fasttext")
    other = reader.load_facebook_vectors(str(path))
    assert kv.index_to_key == other.index_to_key
    known = [word for word in kv.index_to_key if word != "</s>"]
    np.testing.assert_allclose(kv[known], np.array([other[word] for word in known]), atol=1e-6)
    np.testing.assert_allclose(kv["unseenx"], other["unseenx"], atol=1e-6)


def test_words_that_are_not_utf8():
    path = gensim_test_data() / "cp852_fasttext.bin"
    with pytest.raises(ValueError, match="word 1 is not valid utf-8"):
        KeyedVectors.load(path)
    kv = KeyedVectors.load(path, encoding="cp852")
    assert kv.index_to_key[1] == "který"
    kept = KeyedVectors.load(path, errors="backslashreplace")
    assert len(kept) == len(kv)
    np.testing.assert_array_equal(kept.vectors, kv.vectors)
    with pytest.warns(UserWarning, match="left out"):
        assert len(KeyedVectors.load(path, errors="replace")) < len(kv)


@pytest.fixture
def tiny(tmp_path):
    """Return the path of a small model, and its bytes."""
    table = SubwordTable(
        scheme=NGramScheme(2, 3, 5),
        rows=DenseRows.of(np.arange(16, dtype=np.float32).reshape(8, 2)),
        first_row=3,
        words=np.frombuffer(b"abc", np.uint8),
        starts=np.arange(4),
        own_rows=np.arange(3),
    )
    kv = KeyedVectors(None, ["a", "b", "c"], np.array([5, 4, 3]), subwords=table)
    kv.save(tmp_path / "tiny.bin", format="fasttext")
    return tmp_path / "tiny.bin", (tmp_path / "tiny.bin").read_bytes()


def test_a_file_that_is_cut_off_anywhere_is_refused_in_one_line(tiny):
    path, whole = tiny
    for size in range(1, len(whole)):
        path.write_bytes(whole[:size])
        try:
            kv = KeyedVectors.load(path)
        except ValueError as error:
            assert "\n" not in str(error)
            assert str(path) in str(error)
        else:
            # Without its output table it is whole for those who ask for vectors.
            assert len(kv) == 3


@pytest.mark.parametrize("value", [-(2**31), -1, 0, 1, 2, 255, 2**31 - 1])
def test_no_number_of_the_header_makes_it_crash(tiny, value):
    path, whole = tiny
    for at in range(len(whole) - 4):
        path.write_bytes(whole[:at] + struct.pack("<i", value) + whole[at + 4 :])
        try:
            kv = KeyedVectors.load(path)
            np.testing.assert_equal(kv.vectors.shape, (len(kv), kv.vector_size))
            kv.knows("zzz")
        except ValueError as error:
            assert "\n" not in str(error)


def test_a_newer_version_and_tables_that_lie(tiny):
    path, whole = tiny
    path.write_bytes(whole[:4] + struct.pack("<i", 13) + whole[8:])
    with pytest.raises(ValueError, match="version 13, and versions 11 and 12 are known"):
        KeyedVectors.load(path)
    at = whole.index(struct.pack("<qq", 8, 2))
    path.write_bytes(whole[:at] + struct.pack("<qq", 2**31 - 1, 10**6) + whole[at + 16 :])
    with pytest.raises(ValueError, match="missing"):
        KeyedVectors.load(path)
