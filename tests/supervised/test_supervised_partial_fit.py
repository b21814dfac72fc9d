"""`EmbeddingClassifier.partial_fit`: batches add up."""

import pickle

import naive_supervised as naive
import numpy as np
import pytest
from sklearn.base import clone

from wordvec.kernels import rng as streams
from wordvec.supervised import classifier as module
from wordvec.supervised.classifier import EmbeddingClassifier
from wordvec.supervised.options import SupervisedOptions
from wordvec.supervised.training import SupervisedRun, new_model

from .support import SMALL, as_lists, digest, encoded_texts, toy


def halves(data):
    texts, labels = data
    middle = len(texts) // 2
    return (texts[:middle], labels[:middle]), (texts[middle:], labels[middle:])


@pytest.fixture(scope="module")
def data():
    return toy(300, seed=1)


@pytest.fixture(scope="module")
def trained(data):
    """A model of two calls; tests must not change it."""
    first, second = halves(data)
    return EmbeddingClassifier(**SMALL).partial_fit(*first).partial_fit(*second)


# What is learned.


def test_first_call_is_fit(data):
    fitted = EmbeddingClassifier(**SMALL).fit(*data)
    for classes in (None, ["c2", "c0", "c1"], np.array(["c0", "c1", "c2"])):
        assert digest(EmbeddingClassifier(**SMALL).partial_fit(*data, classes=classes)) == digest(fitted)


def test_third_call_equals_the_naive_trainer_with_the_sums_so_far(data):
    (texts, labels), second = halves(data)
    class_weight = {"c0": 0.5, "c1": 1.0, "c2": 2.0}
    model = EmbeddingClassifier(**{**SMALL, "dropout": 0.0}, class_weight=class_weight)
    model.fit(texts, labels).partial_fit(texts, labels)
    table, weights = (part[:, :6].astype(np.float64) for part in model._model)
    table_sums, weight_sums = (part[:, 6].astype(np.float64) for part in model._model)
    numbered = [[model.wv_.key_to_index.get(word, -1) for word in text] for text in second[0]]
    rows = as_lists(model._features.rows(encoded_texts(numbered)))
    used = np.array([i for i, row in enumerate(rows) if row])
    numbers = np.searchsorted(model.classes_, second[1])
    n_epochs, curve = 3, []
    for epoch in range(n_epochs):
        order = np.empty(len(used), np.int64)
        # Sixteen epochs have had their draws.
        streams.fill_permutation(np.uint64(streams.stream_key(3, streams.ORDER, 16 + epoch)), order)
        total = 0.0
        for start in range(0, len(used), 64):
            chosen = used[order[start : start + 64]]
            rate = 0.05 * (1 - (epoch + start / len(used)) / n_epochs)
            total += naive.train_step(
                table, table_sums, weights, weight_sums,
                [rows[i] for i in chosen], numbers[chosen], list(class_weight.values()), rate, np.ones(len(chosen)),
            )  # fmt: skip
        curve.append(total / len(used))
    model.set_params(epochs=n_epochs).partial_fit(*second)
    np.testing.assert_allclose(model._model.table[:, :6], table, atol=1e-4)
    np.testing.assert_allclose(model._model.weights[:, :6], weights, atol=1e-4)
    np.testing.assert_allclose(model._model.table[:, 6], table_sums, rtol=1e-3)
    np.testing.assert_allclose(model.loss_curve_, curve, rtol=1e-4)


def leaning(n_texts, seed):
    """Texts of two classes, of 12 words: a third lean to the class, one in twelve to the other."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(2, size=n_texts)
    texts = []
    for label in labels:
        lean = rng.choice([0, label + 1, 2 - label], p=[0.6, 0.32, 0.08], size=12)
        texts.append([f"w{i}" for i in 100 * lean + rng.integers(80, size=12)])
    return texts, [f"c{label}" for label in labels]


def test_two_halves_are_nearly_as_good_as_all():
    settings = {**SMALL, "epochs": 15}
    scores = []
    for seed in range(4):
        data, test = leaning(600, seed), leaning(1000, 100 + seed)
        first, second = halves(data)
        whole = EmbeddingClassifier(**settings).fit(*data).score(*test)
        model = EmbeddingClassifier(**settings).partial_fit(*first)
        scores.append([whole, model.score(*test), model.partial_fit(*second).score(*test)])
    whole, half, both = np.mean(scores, axis=0)
    # In six runs with other seeds it was 0.872 in the mean with fit, from 0.004 less to 0.005 more with two calls,
    # and at least 0.029 less with the first half alone.
    assert both > whole - 0.015 and both > half + 0.015


@pytest.mark.parametrize("n_threads", [2, 3])
def test_same_bits_at_any_number_of_threads(data, trained, n_threads, monkeypatch):
    monkeypatch.setattr(module, "n_threads_for", lambda n_jobs: n_threads)
    first, second = halves(data)
    model = EmbeddingClassifier(**SMALL).partial_fit(*first).partial_fit(*second)
    assert digest(model) == digest(trained) and model.loss_curve_ == trained.loss_curve_


def test_each_call_drops_other_words():
    kept = []
    for n_earlier in (0, 0, 1):
        run = SupervisedRun(
            SupervisedOptions(4, 1, 0.05, 0.25, True, 1), encoded_texts([list(range(1000))] * 2),
            np.array([0, 1], np.int32), np.ones(2), new_model(1000, 2, 4, seed=1), 1, n_earlier,
        )  # fmt: skip
        run.train()
        kept.append(sorted(run._steps[0].kept[: run._steps[0].n_kept[0]].tolist()))
    assert kept[0] == kept[1] != kept[2]


def test_what_a_call_counts(data, trained):
    first, second = halves(data)
    shares = [data[1].count(label) / len(data[1]) for label in ("c0", "c1", "c2")]
    np.testing.assert_allclose(trained.class_prior_, shares)
    assert len(trained.loss_curve_) == trained.n_iter_ == trained.best_epoch_ == 8
    assert not trained.validation_scores_
    known = [word for text in [*first[0], *second[0]] for word in text]
    assert trained.wv_.counts.tolist() == [known.count(word) for word in trained.wv_.index_to_key]


def test_new_words_are_left_out(data):
    texts, labels = data
    with_new = [[*text, "never", "seen"] for text in texts]
    known, new = (EmbeddingClassifier(**SMALL, word_ngrams=1).fit(texts, labels) for _ in range(2))
    new.partial_fit(with_new, labels)
    assert digest(new) == digest(known.partial_fit(texts, labels))
    assert "never" not in new.wv_ and new.wv_.index_to_key == known.wv_.index_to_key
    before = digest(new)
    for unknown in (["never", "seen"], ["", []]):
        with pytest.raises(ValueError, match="partial_fit hold no known word.*first call chooses the words"):
            new.partial_fit(unknown, ["c0", "c1"])
    assert digest(new) == before


# Classes and labels.


def test_classes_to_come(data):
    texts, labels = data
    early = [i for i, label in enumerate(labels) if label != "c2"]
    model = EmbeddingClassifier(**{**SMALL, "epochs": 30})
    # Its words are known from a text of another class.
    first = [*(texts[i] for i in early), ["class2"]], [*(labels[i] for i in early), "c0"]
    model.partial_fit(*first, classes=["c2", "c1", "c0"])
    assert model.classes_.tolist() == ["c0", "c1", "c2"] and model.class_prior_[2] == 0.0
    assert "c2" not in model.predict(texts)
    only = [text for text, label in zip(texts, labels) if label == "c2"]
    model.partial_fit(only, ["c2"] * len(only)).partial_fit(texts, labels)
    assert model.score(*toy(200, seed=2)) > 0.9


def test_first_call_without_classes():
    model = EmbeddingClassifier(**SMALL)
    with pytest.raises(
        ValueError, match=r"two classes. Got \['p'\] only. Name all classes in the first call"
    ):
        model.partial_fit(["good", "fun"], ["p", "p"])
    assert not hasattr(model, "classes_")
    assert model.partial_fit(["good", "bad"], ["p", "n"]).classes_.tolist() == ["n", "p"]


@pytest.mark.parametrize(
    ("classes", "error", "message"),
    [
        ("np", ValueError, "classes parameter of EmbeddingClassifier.partial_fit must be a list.*'np'"),
        (5, ValueError, "list of at least two classes. Got 5"),
        ([], ValueError, "at least two classes"),
        (["p", "p"], ValueError, "at least two classes"),
        (["p", None], TypeError, "Label 1 of .*classes must be one class"),
        (["p", 1], TypeError, "of one type"),
        (["n", "q"], ValueError, r"Label 0 of .* one of the classes \['n', 'q'\]. Got 'p'"),
    ],
)
def test_bad_classes(classes, error, message):
    with pytest.raises(error, match=message):
        EmbeddingClassifier(**SMALL).partial_fit(["good", "bad"], ["p", "n"], classes=classes)


@pytest.mark.parametrize(
    ("texts", "labels", "error", "message"),
    [
        (["w1"], ["c9"], ValueError, r"Label 0 of .*partial_fit .*\['c0', 'c1', 'c2'\]. Got 'c9'"),
        (["w1"], [1], ValueError, "Label 0 .*Got 1"),
        (["w1", "w2"], ["c0"], ValueError, "Got 2 texts and 1 label"),
        (["w1"], [None], TypeError, "Label 0 .*None"),
        (["w1", None], ["c0", "c1"], TypeError, "Text 1 .*missing texts"),
        (["w1", ["w2", 3]], ["c0", "c1"], TypeError, "Token 1 of text 1"),
        ("w1", ["c0"], TypeError, "one str"),
        ([], [], ValueError, "Got none"),
    ],
)
def test_bad_texts_and_labels_leave_the_model(trained, texts, labels, error, message):
    before = digest(trained)
    with pytest.raises(error, match=message):
        trained.partial_fit(texts, labels)
    assert digest(trained) == before


def test_classes_of_later_calls(data, trained):
    model = pickle.loads(pickle.dumps(trained))
    with pytest.raises(
        ValueError, match=r"classes of the first call, \['c0', 'c1', 'c2'\]. Got \['c0', 'c1'\]"
    ):
        model.partial_fit(*data, classes=["c0", "c1"])
    same = model.partial_fit(*data, classes=["c2", "c1", "c0"])
    assert digest(same) == digest(pickle.loads(pickle.dumps(trained)).partial_fit(*data))


# Parameters.


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vector_size", 7), ("word_ngrams", 1), ("min_count", 2), ("min_ngram_count", 2), ("max_ngrams", 9),
        ("tokenizer", "word"), ("tokenizer", str.split), ("lowercase", False),
    ],
)  # fmt: skip
def test_parameters_of_rows_cannot_change(data, trained, name, value):
    model = pickle.loads(pickle.dumps(trained)).set_params(**{name: value})
    with pytest.raises(
        ValueError,
        match=f"The {name} parameter of EmbeddingClassifier must keep the value of the first fit.*call fit",
    ):
        model.partial_fit(*data)


def test_class_weights(data):
    with pytest.raises(ValueError, match="class_weight.*must be a dict .* for partial_fit.* Got 'balanced'"):
        EmbeddingClassifier(**SMALL, class_weight="balanced").partial_fit(*data)
    settings = {**SMALL, "epochs": 60, "dropout": 0.0, "class_weight": {"often": 1, "rare": 81}}
    model = EmbeddingClassifier(**settings)
    for _ in range(2):
        model.partial_fit([["a"]] * 100, ["often"] * 90 + ["rare"] * 10)
    np.testing.assert_allclose(model.predict_proba([["a"]])[0], [0.1, 0.9], atol=0.03)


def test_divergence_leaves_the_model(data, trained, monkeypatch):
    before = digest(trained)
    monkeypatch.setattr(SupervisedRun, "checked_arrays", lambda run: [np.array([np.nan])])
    with pytest.raises(FloatingPointError, match="epoch 1.*Lower learning_rate"):
        trained.partial_fit(*data)
    assert digest(trained) == before and trained.n_iter_ == 8


# Files, pickles, clones.


def test_loaded_and_pickled_models_train_on_alike(data, tmp_path):
    first, second = halves(data)
    weights = {"c0": 1.0, "c1": 2.0, "c2": 1.0}
    model = EmbeddingClassifier(**SMALL, class_weight=weights).partial_fit(*first).partial_fit(*first)
    model.save(tmp_path / "model")
    copies = [EmbeddingClassifier.load(tmp_path / "model"), pickle.loads(pickle.dumps(model))]
    model.partial_fit(*second)
    for copy in copies:
        assert digest(copy.partial_fit(*second)) == digest(model)
        assert copy.class_prior_.tolist() == model.class_prior_.tolist()
        copy.save(tmp_path / "again")
        assert digest(EmbeddingClassifier.load(tmp_path / "again")) == digest(model)


def test_a_callable_tokenizer_after_load(tmp_path):
    model = EmbeddingClassifier(**SMALL, tokenizer=str.split).partial_fit(["a! b", "b c"], [0, 1])
    model.save(tmp_path / "model")
    loaded = EmbeddingClassifier.load(tmp_path / "model", tokenizer=str.split)
    assert digest(loaded.partial_fit(["a! c"], [1])) == digest(model.partial_fit(["a! c"], [1]))


def test_clone_begins_anew(data, trained):
    copy = clone(trained)
    assert copy.get_params() == trained.get_params() and not hasattr(copy, "classes_")
    first, second = halves(data)
    assert digest(copy.partial_fit(*first).partial_fit(*second)) == digest(trained)
    assert digest(copy.fit(*data)) == digest(EmbeddingClassifier(**SMALL).fit(*data))
