"""Classifiers of fastText's kind that we train: words, rows, losses, small copies, and what fastText makes of them."""

import pickle
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from naive_ngrams import fnv, rows_of as naive_rows
from sklearn.base import clone

from wordvec._utils.errors import ParameterError
from wordvec.supervised import EmbeddingClassifier, hashed_training
from wordvec.supervised.hashed import huffman_tree
from wordvec.supervised.hashed_training import LabelledLines, paths_to_leaves, rows_of, untrained_model
from wordvec.supervised.options import HashedLimits, SupervisedOptions

OPTIONS = SupervisedOptions(8, 1, 0.1, 0.0, True, 1)
LOSSES = ["softmax", "hs", "ova"]
BLANKS = re.compile(r"[\0\t-\r ]+")


def corpus(n_texts=240, n_classes=5, seed=1):
    """Texts of common words, and of words that begin like their class."""
    draw = np.random.default_rng(seed)
    classes = [f"topic {k}" for k in range(n_classes)]
    stems = ["alpha", "bravo", "carol", "delta", "échelle", "日本"]
    labels = draw.integers(n_classes, size=n_texts)
    texts = [
        " ".join(
            [f"w{k}" for k in draw.integers(30, size=4)]
            + [f"{stems[label]}{k}" for k in draw.integers(9, size=2)]
        )
        for label in labels
    ]
    return texts, [classes[label] for label in labels]


def model_of_lines(texts, **limits):
    """The words of texts, with labels that do not matter."""
    starts = np.arange(len(texts) + 1)
    lines = LabelledLines.of(texts, ["a", "b"], np.arange(len(texts), dtype=np.int32) % 2, starts)
    chosen = dict(word_ngrams=1, min_count=1, bucket=50, min_n=2, max_n=4, loss="softmax")
    return untrained_model(lines, OPTIONS, HashedLimits(**{**chosen, **limits}))


def words_before_end(text):
    """The tokens that fastText counts: labels are none, and a line ends at the word </s>."""
    found = []
    for token in BLANKS.split(text):
        if token == "</s>":
            break
        if token and not token.startswith("__label__"):
            found.append(token)
    return found


TOKENS = st.sampled_from(["a", "bé", "日本語", "</s>", "__label__x", "word", "\u00a0", "x\u2003y"])
LINES = st.lists(
    st.lists(st.tuples(TOKENS, st.sampled_from([" ", "\n", "\t ", "\0", "\x0b"])), max_size=8).map(
        lambda pairs: "".join(token + blank for token, blank in pairs)
    ),
    min_size=2,
    max_size=12,
)


@given(LINES)
@settings(max_examples=60, deadline=None)
def test_words_are_those_that_fasttext_counts(texts):
    file = model_of_lines(texts).file
    wanted = Counter(word for text in texts for word in words_before_end(text))
    wanted["</s>"] = len(texts)
    found = dict(zip(file.keys(limit=file.n_words), file.counts[: file.n_words].tolist()))
    assert found == wanted
    assert (np.diff(file.counts[: file.n_words]) <= 0).all()


def test_more_words_than_the_first_table_has_room_for():
    texts = [" ".join(f"w{k}" for k in range(first, first + 7000)) for first in range(0, 70_000, 7000)]
    assert model_of_lines(texts).file.n_words == 70_001


def test_rows_are_those_of_words_their_ngrams_and_ngrams_of_words():
    texts = ["ab bc ab", "日本 ab", "", "unknown ab"]
    model = model_of_lines(texts[:3], word_ngrams=2, min_count=1)
    file = model.file
    words = file.keys(limit=file.n_words)
    n_words, bucket = len(words), 50
    found = rows_of(model, texts)
    signed = lambda h: h - 2**32 if h >= 2**31 else h  # noqa: E731
    for k, text in enumerate(texts):
        tokens = text.split()
        rows = []
        for token in [*tokens, "</s>"]:
            own = [words.index(token)] if token in words else []
            ngrams = [] if token == "</s>" else naive_rows(token, 0, n_words, 2, 4, bucket)[1:]
            rows += own + ngrams
        hashes = [fnv(token.encode()) for token in [*tokens, "</s>"]]
        for first, second in zip(hashes, hashes[1:]):
            rows.append(n_words + (signed(first) * 116049371 + signed(second)) % 2**64 % bucket)
        # In any order within a word.
        assert sorted(found.ids[found.starts[k] : found.starts[k + 1]].tolist()) == sorted(rows), text


def test_rows_of_more_texts_than_are_read_at_once(monkeypatch):
    texts, _ = corpus()
    model = model_of_lines(texts, word_ngrams=2)
    whole = rows_of(model, texts)
    monkeypatch.setattr(hashed_training, "_ROWS_AT_ONCE", 700)
    parts = rows_of(model, texts)
    np.testing.assert_array_equal(parts.starts, whole.starts)
    np.testing.assert_array_equal(parts.ids, whole.ids)


def test_paths_of_a_huffman_tree():
    counts = np.array([40, 25, 10, 8, 3, 1])
    paths = paths_to_leaves(huffman_tree(counts))
    assert len(paths) == 6
    assert sum(2.0 ** -len(path) for path in paths) == 1
    assert all(path[0] // 2 == 4 for path in paths)  # the root is the last inner node
    assert len(paths[0]) == 1 and len(paths[5]) == max(map(len, paths))
    # No path begins another one.
    assert len({tuple(path) for path in paths}) == 6


@pytest.mark.parametrize("loss", LOSSES)
def test_fasttext_reads_what_was_trained(loss, tmp_path):
    fasttext = pytest.importorskip("fasttext")
    texts, labels = corpus()
    model = EmbeddingClassifier(bucket=3000, max_n=5, loss=loss, vector_size=16, n_jobs=2).fit(texts, labels)
    new, wanted = corpus(seed=2)
    assert (model.predict(new) == np.array(wanted)).mean() > 0.95
    model.save(tmp_path / "m.bin")
    theirs = fasttext.load_model(str(tmp_path / "m.bin"))
    answers = model.predict_top(new, k=2)
    for text, ours in zip(new, answers):
        found = theirs.f.predict(text + "\n", 2, 0.0, "strict")
        assert [label for _, label in found] == [f"__label__{label}" for label, _ in ours]
        np.testing.assert_allclose([p for p, _ in found], [p for _, p in ours], atol=3e-5)
    again = EmbeddingClassifier.load(tmp_path / "m.bin")
    np.testing.assert_array_equal(again.predict_proba(new), model.predict_proba(new))


@pytest.mark.parametrize("loss", LOSSES)
def test_same_bits_at_any_number_of_threads(loss):
    texts, labels = corpus()
    found = []
    for n_jobs in (1, 2):
        model = EmbeddingClassifier(bucket=500, max_n=4, loss=loss, vector_size=8, epochs=3, n_jobs=n_jobs)
        model.fit(texts, labels)
        file = model._hashed.file
        found.append((file.input.block(0, file.input.shape[0]), model.weights_, model.loss_curve_))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])
    assert found[0][2] == found[1][2]


def test_several_labels_of_a_text():
    texts, labels = corpus()
    several = [[label, "odd"] if label[-1] in "13" else {label} for label in labels]
    several[0] = []
    model = EmbeddingClassifier(bucket=3000, max_n=5, loss="ova", vector_size=16, epochs=40).fit(
        texts, several
    )
    new, wanted = corpus(seed=2)
    found = [{label for label, _ in top} for top in model.predict_top(new, k=6, threshold=0.5)]
    expected = [{label, "odd"} if label[-1] in "13" else {label} for label in wanted]
    assert np.mean([a == b for a, b in zip(found, expected)]) > 0.9


def test_the_best_epoch_on_validation_texts_and_weights():
    texts, labels = corpus()
    new, wanted = corpus(n_texts=60, seed=3)
    model = EmbeddingClassifier(bucket=3000, max_n=5, vector_size=16, epochs=6, class_weight="balanced")
    model.fit(texts, labels, np.ones(len(texts)), validation=(new, wanted))
    assert len(model.validation_scores_) == 6
    assert model.validation_scores_[model.best_epoch_ - 1] == max(model.validation_scores_)
    assert (model.predict(new) == np.array(wanted)).mean() == max(model.validation_scores_)


@pytest.mark.parametrize(
    "options", [{}, {"cutoff": 400}, {"cutoff": 400, "dsub": 3, "qnorm": False}, {"qout": True}]
)
def test_small_copies(options, tmp_path):
    texts, labels = corpus()
    new, wanted = corpus(seed=2)
    model = EmbeddingClassifier(bucket=3000, max_n=5, vector_size=16).fit(texts, labels)
    small = model.quantize(**options)
    assert (small.predict(new) == np.array(wanted)).mean() > 0.9
    small.save(tmp_path / "m.ftz")
    again = EmbeddingClassifier.load(tmp_path / "m.ftz")
    np.testing.assert_array_equal(again.predict_proba(new), small.predict_proba(new))
    rows = small._hashed.file.input
    assert rows.shape[0] == options.get("cutoff", model._hashed.file.input.shape[0])
    assert "</s>" in again.wv_.key_to_index
    if not options:
        # Each part of a row is the nearest one of its centroids.
        dense = model._hashed.file.input.block(0, rows.shape[0])
        norms = np.linalg.norm(dense, axis=1, keepdims=True)
        part = (dense / np.where(norms > 0, norms, 1))[:, 4:6]
        distances = ((part[:, np.newaxis] - rows.centroids[2]) ** 2).sum(axis=2)
        chosen = np.take_along_axis(distances, rows.codes[:, 2:3].astype(int), axis=1)[:, 0]
        np.testing.assert_allclose(chosen, distances.min(axis=1), atol=1e-6)
    fasttext = pytest.importorskip("fasttext")
    theirs = fasttext.load_model(str(tmp_path / "m.ftz"))
    found, _ = theirs.f.multilinePredict([text + "\n" for text in new], 1, 0.0, "strict")
    assert [row[0] for row in found] == [f"__label__{label}" for label in small.predict(new)]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"max_n": 4}, "max_n parameter of EmbeddingClassifier must be 0 without bucket"),
        ({"loss": "hs"}, "loss parameter of EmbeddingClassifier must be 'softmax' without bucket"),
        ({"bucket": 10, "min_n": 5, "max_n": 4}, "min_n parameter .* must be at most max_n"),
        ({"bucket": 0}, "bucket parameter of EmbeddingClassifier must be"),
        ({"bucket": 10, "lowercase": True}, "lowercase parameter .* must not be True with bucket"),
        ({"bucket": 10, "tokenizer": "zh"}, "tokenizer parameter .* must be 'whitespace' with bucket"),
        ({"bucket": 10, "tokenizer": str.split}, "tokenizer parameter .* must be 'whitespace' with bucket"),
        ({"bucket": 10, "min_ngram_count": 2}, "min_ngram_count parameter .* must be 1 with bucket"),
        (
            {"bucket": 10, "loss": "ova", "class_weight": "balanced"},
            "class_weight .* must be None with loss='ova'",
        ),
        ({"bucket": 10, "loss": "hs", "patience": 2}, "patience .* must be None with loss='hs'"),
    ],
)
def test_parameters_that_do_not_fit(parameters, message):
    with pytest.raises(ParameterError, match=message):
        EmbeddingClassifier(**parameters).fit(["a", "b"], ["x", "y"])


@pytest.mark.parametrize(
    ("loss", "labels", "error", "message"),
    [
        (
            "softmax",
            [1, 2],
            TypeError,
            r"Label 0 of EmbeddingClassifier must be a str, as bucket is set. Got 1",
        ),
        ("softmax", [["x"], ["y"]], TypeError, "Label 0 .* several labels with loss='ova'"),
        ("ova", [["x", 3], ["y"]], TypeError, "Label 0 .* must be a str or a list of them"),
        ("softmax", ["x", ""], ValueError, "Label 1 .* must not be empty"),
        ("ova", [["x"], []], ValueError, r"at least two classes. Got \['x'\] only"),
        ("softmax", ["x", "\ud800"], ValueError, "Label 1 .* lone surrogate"),
        ("softmax", ["x"], ValueError, "one label for each text. Got 2 texts and 1 label"),
        ("softmax", "xy", TypeError, "must be a list of classes"),
    ],
)
def test_labels_that_cannot_be(loss, labels, error, message):
    with pytest.raises(error, match=message):
        EmbeddingClassifier(bucket=10, loss=loss).fit(["a", "b"], labels)


def test_no_word_is_frequent_enough():
    with pytest.raises(ValueError, match="No word occurs 3 times"):
        EmbeddingClassifier(bucket=10, min_count=3).fit(["a", "b"], ["x", "y"])


def test_validation_needs_the_softmax():
    with pytest.raises(ParameterError, match="validation .* must be None with loss='hs'"):
        EmbeddingClassifier(bucket=10, loss="hs").fit(["a", "b"], ["x", "y"], validation=(["a"], ["x"]))


def test_a_loaded_model_is_fitted_anew_as_what_it_is(tmp_path):
    texts, labels = corpus()
    model = EmbeddingClassifier(epochs=2, min_count=1).fit(texts, labels)
    size = len(pickle.dumps(EmbeddingClassifier(bucket=50, max_n=3, loss="hs", epochs=3).fit(texts, labels)))
    model.set_params(bucket=50, max_n=3, loss="hs", epochs=3).fit(texts, labels)
    assert len(pickle.dumps(model)) == size  # nothing is left of the first fit
    model.save(tmp_path / "m.bin")
    again = EmbeddingClassifier.load(tmp_path / "m.bin")
    names = ["bucket", "min_n", "max_n", "loss", "epochs", "word_ngrams", "vector_size", "min_count"]
    assert [getattr(again, name) for name in names] == [50, 3, 3, "hs", 3, 2, 50, 1]
    clone(again).fit(texts, labels).save(tmp_path / "n.bin")
    assert (tmp_path / "n.bin").read_bytes() == (tmp_path / "m.bin").read_bytes()


def test_what_cannot_be_quantised():
    plain = EmbeddingClassifier(epochs=1).fit(["a", "b"], ["x", "y"])
    with pytest.raises(ValueError, match="needs a model of fastText's kind"):
        plain.quantize()
    model = EmbeddingClassifier(epochs=1, bucket=10).fit(["a", "b"], ["x", "y"])
    with pytest.raises(ValueError, match="not quantised yet"):
        model.quantize().quantize()
    with pytest.raises(ParameterError, match="cutoff"):
        model.quantize(cutoff=0)
    with pytest.raises(ParameterError, match="qnorm"):
        model.quantize(qnorm="no")
    assert EmbeddingClassifier(epochs=1, bucket=10, vector_size=1).fit(["a", "b"], ["x", "y"]).quantize()
    with pytest.raises(ValueError, match="change the extension"):
        model.save("model.ftz")
