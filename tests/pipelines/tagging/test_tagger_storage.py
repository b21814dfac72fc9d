"""Files of taggers: the same predictions to the bit, and damage that is found."""

import json
import os
import struct

import naive_archive
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from wordvec import KeyedVectors
from wordvec.pipelines.tagging import CRFTagger, TokenFeatures
from wordvec.pipelines.tagging.storage import tagger_from_bytes, tagger_to_bytes

WORDS = [["Ada", "Lovelace", "wrote", "to", "Paris"], [], ["Bob", "read", "it", "in", "Rome", "."], ["it"]]
TAGS = [["B-PER", "I-PER", "O", "O", "B-LOC"], [], ["B-PER", "O", "O", "O", "B-LOC", "O"], ["O"]]
UNSEEN = [["Bob", "Lovelace", "read", "Paris"], ["北京", "\udc80", "e\u0301", "\x00", "😀"]]


def train(X=WORDS, y=TAGS, **parameters):
    return CRFTagger(**{"max_iter": 8, "c2": 0.1, **parameters}).fit(X, y)


def vectors(seed, size, words, dtype=np.float32, counts=None):
    table = np.random.default_rng(seed).normal(size=(len(words), size)).astype(dtype)
    return KeyedVectors(table, words, counts)


@pytest.fixture(scope="module")
def tagger():
    return train()


@pytest.fixture
def path(tagger, tmp_path):
    tagger.save(tmp_path / "tagger.safetensors")
    return tmp_path / "tagger.safetensors"


def assert_same(one, other, X):
    assert other.predict(X) == one.predict(X)
    for a, b in zip(one.predict_marginals(X), other.predict_marginals(X)):
        assert a.tobytes() == b.tobytes()
    for name in ("objective_", "loss_curve_", "validation_curve_", "n_iter_", "scheme_"):
        assert getattr(other, name) == getattr(one, name)
    assert other.classes_.tolist() == one.classes_.tolist()
    assert other.attributes_.index_to_attribute == one.attributes_.index_to_attribute


def rewrite(path, settings=None, metadata=None, **tensors):
    """Write the file anew with other parts, and checksums that fit; None takes a part away."""
    with safe_open(path, "numpy") as file:
        stored = json.loads(file.metadata()["settings"])
    changed = {"settings": json.dumps({**stored, **(settings or {})}), **(metadata or {})}
    naive_archive.rewrite(path, changed, tensors)


def as_text(value):
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


SPARSE = [[["a", "b=c"], {"x": 0.5, "y": "z"}], [["a"]]]
CASES = {
    "words": (WORDS, TAGS, UNSEEN, {}),
    "features": (SPARSE, [["N", "V"], ["N"]], SPARSE, {}),
    "perceptron": (WORDS, TAGS, UNSEEN, {"algorithm": "perceptron", "scheme": None, "random_state": 3}),
    "one vector table": (WORDS, TAGS, UNSEEN, {"vectors": vectors(1, 3, ["ada", "北京", "read"])}),
    "two vector tables": (
        WORDS,
        TAGS,
        UNSEEN,
        {
            "vectors": [
                vectors(1, 3, ["ada", "to"], np.float16),
                vectors(2, 5, ["Bob", "Rome"], counts=np.array([7, 2])),
            ],
            "vector_window": 1,
        },
    ),
    "gazetteers and clusters": (
        WORDS,
        TAGS,
        UNSEEN,
        {
            "features": TokenFeatures(
                window=1,
                gazetteers={"LOC": {"Paris", ("New", "York")}, "PER": ["Ada Lovelace"]},
                clusters={"ada": np.array([1, 2]), "北京": [3, 4]},
            )
        },
    ),
    "characters": (
        [list("北京大学"), list("在北京")],
        [["B", "E", "B", "E"], ["S", "B", "E"]],
        [list("大北京")],
        {"features": TokenFeatures(kind="char", conjunctions=False)},
    ),
    "one tag": ([["a"]], [["N"]], [["a", "b"]], {}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_loaded_tagger_predicts_the_same_to_the_bit(case, tmp_path):
    X, y, unseen, parameters = CASES[case]
    tagger = train(X, y, **parameters)
    tagger.save(tmp_path / "file")
    loaded = CRFTagger.load(tmp_path / "file")
    for sentences in (X, unseen):
        assert_same(tagger, loaded, sentences)
    assert type(loaded) is CRFTagger
    # As a bare estimator it learns the same again.
    assert_same(tagger, clone(loaded).fit(X, y), unseen)
    loaded.save(tmp_path / "again")
    assert_same(tagger, CRFTagger.load(tmp_path / "again"), unseen)


def test_parameters_come_back(tmp_path):
    features = TokenFeatures(window=1, max_affix=np.int64(2))
    tagger = train(
        c1=np.float32(0.5), features=features, verbose=False, random_state=np.random.RandomState(1)
    )
    tagger.save(tmp_path / "file")
    loaded = CRFTagger.load(tmp_path / "file")
    want = tagger.get_params() | {"random_state": tagger.seed_}
    got = loaded.get_params()
    assert want.pop("features").get_params() == got.pop("features").get_params()
    assert got == want
    assert loaded.features_ is not loaded.features and loaded.seed_ == tagger.seed_


@pytest.mark.parametrize("given", [np.random.RandomState(1), None, 7])
def test_a_loaded_tagger_trains_again_to_the_same_weights(given, tmp_path):
    tagger = train(algorithm="sgd", random_state=given)
    tagger.save(tmp_path / "file")
    loaded = CRFTagger.load(tmp_path / "file")
    assert loaded.random_state == loaded.seed_ == tagger.seed_
    again = loaded.fit(WORDS, TAGS)
    assert again.model_.state_weights.tobytes() == tagger.model_.state_weights.tobytes()


def test_vectors_keep_words_dtype_and_counts(tmp_path):
    table = vectors(1, 3, ["ada", "北京"], np.float16, np.array([7, 2]))
    train(vectors=table).save(tmp_path / "file")
    loaded = CRFTagger.load(tmp_path / "file").vectors
    assert loaded.index_to_key == ["ada", "北京"] and loaded.counts.tolist() == [7, 2]
    assert loaded.vectors.dtype == np.float16 and np.array_equal(loaded.vectors, table.vectors)


def test_strings_of_any_kind_are_kept(tmp_path):
    odd = ["\ud83d\ude00", "\udc80", "\x00", "a\nb", '"', "e\u0301", "é", "😀", " "]
    tagger = train([[[word] for word in odd]], [[f"{k}{word}x" for k, word in enumerate(odd)]])
    tagger.save(tmp_path / "file")
    assert_same(tagger, CRFTagger.load(tmp_path / "file"), [[[word] for word in odd]])


def test_the_same_tagger_gives_the_same_bytes(tagger, path):
    assert path.read_bytes() == tagger_to_bytes(tagger)
    assert_same(tagger, tagger_from_bytes(CRFTagger, path.read_bytes()), UNSEEN)


def test_other_programs_read_the_file(tagger, path):
    tensors = load_file(path)
    assert np.array_equal(tensors["state_weights"], tagger.model_.state_weights)
    assert json.loads(tensors["labels"].tobytes()) == ["B-LOC", "B-PER", "I-PER", "O"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tagger, path, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        train(max_iter=2).save(path)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


def test_every_cut_is_noticed(path):
    whole = path.read_bytes()
    header = struct.unpack("<Q", whole[:8])[0]
    for n_bytes in [0, 1, 8, 9, 100, 7 + header, 8 + header, 9 + header, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:n_bytes])
        with pytest.raises(ValueError, match="cannot be read as a tagger: .*CRFTagger.save wrote") as caught:
            CRFTagger.load(path)
        assert "\n" not in str(caught.value)
        with pytest.raises(ValueError, match="These bytes cannot be read as a tagger"):
            tagger_from_bytes(CRFTagger, whole[:n_bytes])
    path.write_bytes(whole + b"more")
    with pytest.raises(ValueError, match="cannot be read"):
        CRFTagger.load(path)


def test_every_damage_is_noticed_or_harmless(tagger, path):
    whole = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    header = struct.unpack("<Q", whole[:8])[0]
    places = [*rng.integers(0, 8 + header, 150), *rng.integers(8 + header, len(whole), 150)]
    n_noticed = 0
    for place in places:
        damaged = whole.copy()
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        try:
            loaded = CRFTagger.load(path)
        except ValueError as error:
            assert "cannot be read as a tagger" in str(error)
            n_noticed += 1
        else:
            assert place < 8 + header
            assert_same(tagger, loaded, UNSEEN)
    # Only the spaces behind the header may change, and the version may fall.
    assert n_noticed > 285


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"metadata": {"format": "wordvec model"}}, "it holds something else"),
        ({"metadata": {"version": "3"}}, r"a newer version of wordvec wrote it \(format 3\)"),
        ({"state_weights": None}, "it lacks 'state_weights'"),
        ({"state_weights": np.zeros(3)}, "'state_weights' is float64"),
        ({"state_weights": np.zeros(3, np.float32)}, "'state_weights' is float32"),
        ({"transition_weights": np.full((4, 4), np.nan)}, "not finite"),
        ({"transitions": np.array([[0, 4]], np.int32)}, "features do not fit"),
        ({"transitions": np.array([[-1, 0]], np.int32)}, "features do not fit"),
        ({"labels": as_text(["O", "O", "B-PER", "I-PER"])}, "tags are not different strings"),
        ({"labels": as_text([1, 2, 3, 4])}, "tags are not different strings"),
        ({"labels": as_text(["a", "b", "c", "d"])}, "must be a tag of IOB2"),
        ({"labels": as_text([])}, "tags are not different strings"),
        ({"attributes": as_text(["a"])}, "'state_indptr' is"),
        ({"extractor": as_text(None)}, "NoneType"),
        ({"extractor": as_text({"columns": [], "colour": 2})}, "colour"),
        ({"settings": {"parameters": {"colour": 2}}}, "colour"),
        ({"settings": {"n_tables": 1}}, "it lacks 'vectors0'"),
        ({"settings": {"parameters": []}}, "mapping"),
        ({"settings": {"file_layout": {"columns": ["a", "a"], "target": "a"}}}, "not different names"),
        ({"settings": {"file_layout": {"columns": [3], "target": "a"}}}, "not different names"),
        ({"settings": {"file_layout": {"columns": ["a"]}}}, "it lacks 'target'"),
        ({"settings": {"file_layout": 3}}, "subscriptable"),
    ],
)
def test_files_that_lie_are_refused(path, changes, reason):
    rewrite(path, **changes)
    with pytest.raises(ValueError, match=f"cannot be read as a tagger: .*{reason}"):
        CRFTagger.load(path)


def test_a_file_that_says_nothing_of_columns_is_read(tagger, path):
    # Those of the first version did not.
    rewrite(path, settings={"file_layout": None})
    assert CRFTagger.load(path).file_layout_ is None
    tagger = CRFTagger.load(path)
    tagger.file_layout_ = {"columns": ["token", "tag"], "target": "tag"}
    tagger.save(path)
    assert CRFTagger.load(path).file_layout_ == tagger.file_layout_


def test_places_outside_the_arrays_are_refused(path):
    indptr, labels = load_file(path)["state_indptr"], load_file(path)["state_labels"]
    for name, place, value in [("state_indptr", 1, 10**6), ("state_indptr", 0, -1), ("state_labels", 0, 4)]:
        broken = {"state_indptr": indptr.copy(), "state_labels": labels.copy()}
        broken[name][place] = value
        rewrite(path, **broken)
        with pytest.raises(ValueError, match="its features do not fit"):
            CRFTagger.load(path)


def test_files_of_other_kinds_are_refused(tmp_path):
    text = tmp_path / "text"
    text.write_text("EU B-ORG\nrejects O\n")
    with pytest.raises(ValueError, match="it is not a safetensors file"):
        CRFTagger.load(text)
    save_file({"a": np.zeros(3)}, tmp_path / "other")
    with pytest.raises(ValueError, match="it holds something else"):
        CRFTagger.load(tmp_path / "other")
    vectors(1, 2, ["a"]).save(tmp_path / "vectors.safetensors")
    with pytest.raises(ValueError, match="it holds something else"):
        CRFTagger.load(tmp_path / "vectors.safetensors")
    with pytest.raises(FileNotFoundError, match="There is no file .* with a tagger"):
        CRFTagger.load(tmp_path / "nothing")


def test_what_cannot_be_stored_is_refused_before_anything_is_written(tmp_path):
    class OwnFeatures(TokenFeatures):
        pass

    with pytest.raises(NotFittedError):
        CRFTagger().save(tmp_path / "file")
    with pytest.raises(ValueError, match="must be TokenFeatures to be stored. Got OwnFeatures"):
        train(features=OwnFeatures()).save(tmp_path / "file")
    changed = train(vectors=vectors(1, 2, ["Ada"])).set_params(vectors=None)
    with pytest.raises(ValueError, match="the vectors were changed after fit"):
        changed.save(tmp_path / "file")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        train().save(tmp_path / "nowhere" / "file")
    assert not list(tmp_path.iterdir())
