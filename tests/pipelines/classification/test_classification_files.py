"""`TextClassifier`: what a file keeps, and what is noticed of one that is damaged."""

import json
import struct

import naive_archive
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from wordvec import KeyedVectors
from wordvec.embeddings.word2vec import Word2Vec
from wordvec.pipelines.classification.classifier import TextClassifier
from wordvec.supervised.classifier import EmbeddingClassifier

from .support import small_vectors
from .trained import (
    HAN_LABELS,
    HAN_TEXTS,
    LABELS,
    MANY,
    MANY_TEXTS,
    SETS,
    TAGGED,
    TEXTS,
    train,
)

UNSEEN = ["a good film", "", "dull, slow - and COLD!", "zebra qqq", "电影好看", "e\u0301 \x00 😀"]


def pairs_of_letters(text):
    return [text[place : place + 2] for place in range(len(text) - 1)]


def half_precision(vectors):
    return KeyedVectors(np.asarray(vectors.vectors, np.float16), vectors.index_to_key)


def with_counts(vectors):
    return KeyedVectors(vectors.vectors, vectors.index_to_key, np.arange(len(vectors), 0, -1))


# Texts, labels, parameters.
CASES = {
    "two classes": (TEXTS, LABELS, {"kind": "sentiment"}),
    "many classes": (MANY_TEXTS, MANY, {"kind": "topic", "class_weight": {"neg": np.float32(2)}}),
    "int labels": (TEXTS, [7 if label == "pos" else -1 for label in LABELS], {"class_weight": {7: 3}}),
    "bool labels": (TEXTS, [label == "pos" for label in LABELS], {"class_weight": {True: 3}}),
    "other parameters": (TEXTS, LABELS, {"lowercase": False, "n_jobs": np.int64(1), "random_state": np.int64(5)}),
    "odd parameters": (TEXTS, LABELS, {"random_state": np.random.RandomState(3), "class_weight": "balanced"}),
    "Chinese": (HAN_TEXTS, HAN_LABELS, {}),
    "several labels": (TAGGED, SETS, {"class_weight": "balanced"}),
    "a label that all have": (TAGGED, [[*labels, "all"] for labels in SETS], {}),
    "a label that none has": (TEXTS, np.array([[label == "pos", 0, 1] for label in LABELS]).astype(int), {}),
    "vectors": (MANY_TEXTS, MANY, {"vectors": small_vectors()}),
    "float16 vectors": (TEXTS, LABELS, {"vectors": half_precision(small_vectors())}),
    "vectors with counts": (TEXTS, LABELS, {"vectors": with_counts(small_vectors())}),
    "vectors, several labels": (TAGGED, SETS, {"vectors": small_vectors()}),
    "long texts": ([f"{text} " * 20 for text in TEXTS], LABELS, {}),
    "token lists": ([text.split() for text in TEXTS], LABELS, {"tokenizer": "whitespace"}),
}  # fmt: skip


# Weights are rounded in the file.
ROUNDED = {"abs": 1e-3}


def almost_same(one, other, texts):
    assert other.predict_proba(texts) == pytest.approx(one.predict_proba(texts), **ROUNDED)
    expected, found = one.predict(texts), other.predict(texts)
    assert type(found) is type(expected)
    assert np.array_equal(np.array(found, object), np.array(expected, object))


@pytest.mark.parametrize("case", CASES)
def test_a_loaded_model_predicts_the_same(case, tmp_path):
    texts, labels, options = CASES[case]
    model = train(texts, labels, **options)
    model.save(tmp_path / "file")
    loaded = TextClassifier.load(tmp_path / "file")
    almost_same(model, loaded, [*texts, *UNSEEN])
    assert loaded.classes_.tolist() == model.classes_.tolist()
    assert loaded.classes_.dtype == model.classes_.dtype
    for name in (
        "weights_",
        "C_",
        "seed_",
        "tokenizer_name_",
        "multilabel_",
        "indicator_",
        "kind",
        "class_weight",
    ):
        assert getattr(loaded, name) == getattr(model, name), name
    found, expected = (each.evaluate(texts, labels) for each in (loaded, model))
    assert found.accuracy == expected.accuracy and found.log_loss == pytest.approx(
        expected.log_loss, abs=2e-3
    )
    found, expected = (each.explain(UNSEEN[0]) for each in (loaded, model))
    assert found.prediction == expected.prediction
    assert dict(found.contributions) == pytest.approx(dict(expected.contributions), abs=1e-2)
    # As a bare estimator it learns the same again.
    if case in ("many classes", "several labels", "vectors with counts"):
        assert (clone(loaded).fit(texts, labels).predict_proba(UNSEEN) == model.predict_proba(UNSEEN)).all()
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "file").read_bytes()


def test_vectors_of_an_estimator_are_kept(tmp_path):
    estimator = Word2Vec(vector_size=5, min_count=1, epochs=1, n_jobs=1, verbose=False)
    model = train(vectors=estimator)
    model.save(tmp_path / "file")
    loaded = TextClassifier.load(tmp_path / "file")
    almost_same(model, loaded, UNSEEN)
    assert isinstance(loaded.vectors, KeyedVectors) and loaded.vectors.vector_size == 5


def test_a_callable_must_be_passed_again(tmp_path):
    model = train(tokenizer=pairs_of_letters)
    path = tmp_path / "file"
    model.save(path)
    almost_same(model, TextClassifier.load(path, tokenizer=pairs_of_letters), UNSEEN)
    for given in (None, "word"):
        with pytest.raises(
            ValueError,
            match="tokenizer parameter of TextClassifier.load must be the callable of training.* Got",
        ):
            TextClassifier.load(path, tokenizer=given)
    # Errors of the callable are its own, and come when it is used.
    loaded = TextClassifier.load(path, tokenizer=lambda text: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        loaded.predict(["a"])
    train().save(path)
    with pytest.raises(ValueError, match="must be left out: the file has 'word'"):
        TextClassifier.load(path, tokenizer=pairs_of_letters)


# Damage.


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "file"
    train(MANY_TEXTS, MANY, vectors=small_vectors()).save(path)
    return path.read_bytes()


@pytest.fixture
def path(whole, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(whole)
    return tmp_path / "model.safetensors"


def refused(path, reason=""):
    with pytest.raises(ValueError, match=f"cannot be read as a classifier.*{reason}.*save wrote") as caught:
        TextClassifier.load(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    return True


def test_every_cut_is_noticed(whole, path):
    header = struct.unpack("<Q", whole[:8])[0]
    places = np.linspace(0, len(whole) - 1, 40).astype(int).tolist()
    for n_bytes in [*places, 1, 8, 9, 7 + header, 8 + header, 9 + header]:
        path.write_bytes(whole[:n_bytes])
        assert refused(path)
    path.write_bytes(whole + b"more")
    assert refused(path)


def test_every_damage_is_noticed_or_harmless(whole, path):
    rng = np.random.default_rng(1)
    header = struct.unpack("<Q", whole[:8])[0]
    expected = TextClassifier.load(path).predict_proba(UNSEEN).tobytes()
    n_noticed = 0
    for place in [*rng.integers(0, 8 + header, 150), *rng.integers(8 + header, len(whole), 50)]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            assert TextClassifier.load(path).predict_proba(UNSEEN).tobytes() == expected
        except ValueError as error:
            assert "cannot be read as a classifier" in str(error)
            n_noticed += 1
    assert n_noticed > 190


def test_no_model_file(path, tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"no file .*nope' with a classifier of texts\. Check the path"
    ):
        TextClassifier.load(tmp_path / "nope")
    with pytest.raises(FileNotFoundError, match="that is a folder"):
        TextClassifier.load(tmp_path)
    for given in (None, 3, b"file"):
        with pytest.raises(TypeError, match=r"path parameter of TextClassifier\.load"):
            TextClassifier.load(given)


def test_other_kinds_of_files(path):
    path.write_bytes(b"")
    assert refused(path)
    path.write_text("text,label\ngood,pos\n")
    assert refused(path)
    small_vectors().save(path)
    assert refused(path, "something else")
    EmbeddingClassifier(epochs=1, verbose=False, n_jobs=1).fit(TEXTS, LABELS).save(path)
    assert refused(path, "something else")


def rewrite(path, header=None, tensors=None, **metadata):
    """Write the file anew with other parts, and checksums that fit; None takes a part away."""
    with safe_open(path, "numpy") as file:
        stored = json.loads(file.metadata()["header"])
    changed = {"header": json.dumps({**stored, **(header or {})}), **metadata}
    naive_archive.rewrite(path, changed, tensors or {})


def test_a_newer_version(path):
    rewrite(path, version="4")
    assert refused(path, "a newer version")


@pytest.mark.parametrize(
    "metadata",
    [
        {"version": "x"},
        {"version": None},
        {"format": None},
        {"header_crc32": "00000000"},
        {"data_crc32": "{}", "header_crc32": "0"},
        {"data_crc32": "[]"},
    ],
)
def test_tampered_metadata(path, metadata):
    rewrite(path, **metadata)
    assert refused(path)


@pytest.mark.parametrize(
    "header",
    [
        {"classes": '{"kind": "str", "labels": ["a", "b"]}'},
        {"classes": '{"kind": "str", "labels": ["a", "a", "b"]}'},
        {"classes": '{"kind": "list", "labels": [[], []]}'},
        {"classes": 3},
        {"weights": {}},
        {"weights": {"linear": 1.0, "other": 1.0}},
        {"weights": {"linear": float("nan")}},
        {"weights": {"linear": "x"}},
        {"weights": 3},
        {"tokenizer": "x"},
        {"tokenizer": 3},
        {"parameters": {"other": 1}},
        {"parameters": None},
        {"class_weight": [1]},
        {"ngrams": {}},
        {"ngrams": {"words": {"shortest": 1, "levels": 1}}},
        {"ngrams": {"words": {"shortest": 5, "levels": 1}}},
        {"linear": None},
        {"linear": {"model": "list", "labels": None, "C": 1}},
        {"nb": {"model": "NBSVMClassifier", "labels": [2, 2, 2, 2]}},
        {"embedding": {}},
        {"document": {"pooling": "x"}},
    ],
)
def test_a_tampered_header(path, header):
    rewrite(path, header)
    assert refused(path)


def test_every_tensor_is_checked(path, whole):
    """Taken away, cut, of another shape or type, with NaN: the error is clear, or nothing changes."""
    expected = TextClassifier.load(path).predict_proba(UNSEEN).tobytes()
    harmless = set()
    for name, array in load_file(path).items():
        changes = [
            None,
            array[:-1],
            array.reshape(1, *array.shape),
            array.astype(np.int32 if array.dtype == np.int8 else np.int8),
        ]
        if array.dtype.kind == "f":
            changes.append(array.copy())
            changes[-1].flat[-1] = np.nan
        for change in changes:
            path.write_bytes(whole)
            rewrite(path, tensors={name: change})
            try:
                assert TextClassifier.load(path).predict_proba(UNSEEN).tobytes() == expected, (name, change)
                harmless.add(name)
            except ValueError as error:
                assert "cannot be read as a classifier" in str(error)
    # Bytes of words are the same in any shape, and offsets in any type.
    for name in harmless:
        assert name.endswith(("symbols", "words", "offsets", "counts", "fingerprints")), name


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("words.level0.last", lambda last: last[::-1].copy()),
        ("words.level0.sizes", lambda sizes: sizes + np.uint8(1)),
        ("characters.level1.last", lambda last: last + np.uint8(200)),
        ("characters.symbols", lambda symbols: symbols * 0 + ord("a")),
        ("words.offsets", lambda offsets: offsets[::-1].copy()),
        ("linear.coef.codes", lambda codes: codes[:, :-1].copy()),
        ("linear.coef.codes", lambda codes: codes[:-1].copy()),
        ("linear.idf0.places", lambda places: places + np.uint8(100)),
        ("linear.idf0.values", lambda values: values[:-1].copy()),
        ("nb.ratios.codes", lambda codes: codes[:-1].copy()),
        ("nb.ratios.totals", lambda totals: totals[:-1].copy()),
        ("nb.ratios.class_sums", lambda sums: -sums),
        ("nb.coef.codes", lambda codes: codes.astype(np.int32)),
        ("embedding.vectors.codes", lambda codes: codes[:-1].copy()),
        ("document.directions", lambda directions: directions[:, :-1].copy()),
        ("document.mean", lambda mean: np.append(mean, 0.0)),
    ],
)
def test_tampered_tensors(path, name, change):
    rewrite(path, tensors={name: change(load_file(path)[name])})
    assert refused(path)


# Writing.


def test_what_cannot_be_written(tmp_path):
    model = train()
    with pytest.raises(NotFittedError):
        TextClassifier().save(tmp_path / "file")
    with pytest.raises(FileNotFoundError, match="folder .*nowhere' does not exist"):
        model.save(tmp_path / "nowhere" / "file")
    with pytest.raises(OSError, match="is a folder"):
        model.save(tmp_path)
    with pytest.raises(TypeError, match=r"path parameter of TextClassifier\.save"):
        model.save(None)
    with pytest.raises(ValueError, match=r"classes that are str, int or bool. Got 0\.5"):
        train(TEXTS, [0.5 if label == "pos" else 1.0 for label in LABELS]).save(tmp_path / "file")
    with pytest.raises(ValueError, match="lone surrogate"):
        train([f"{text} \udc80" for text in TEXTS]).save(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []
