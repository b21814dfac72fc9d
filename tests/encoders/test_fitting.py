"""Training of static encoders: losses and gradients, the three objectives, what they refuse, folders of the result."""

import dataclasses
import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

pytest.importorskip("tokenizers", reason="tokenizers is not installed")

import naive_contrastive as naive  # noqa: E402

from tests.encoders.test_word_tokens import bert  # noqa: E402
from wordvec import KeyedVectors  # noqa: E402
from wordvec.encoders import StaticEncoder, export, objectives, training  # noqa: E402
from wordvec.encoders.bags import bags_of_tokens  # noqa: E402
from wordvec.encoders.words import WordTokens  # noqa: E402

RNG_SEED = 5
BAGS = [[0, 1, 1], [2], [3, 0, 4, 2], [], [4, 1], [5, 3], [2, 2, 5, 0], [1]]
WEIGHTS = np.array([1.0, 0.5, 2.0, 1.0, 0.7, 1.5])
LABELS = np.array([0, 1, 0, 1, 2, 0, 1, 3])
FEW = {"learning_rate": 0.0, "map_learning_rate": 0.0, "batch_size": 100, "temperature": 0.4, "seed": 1}


def bag_matrix(texts):
    out = np.zeros((len(texts), len(WEIGHTS)))
    for number, rows in enumerate(texts):
        for row in rows:
            out[number, row] += WEIGHTS[row] / len(rows)
    return sparse.csr_matrix(out)


def table_of(size=3):
    return np.random.default_rng(RNG_SEED).standard_normal((len(WEIGHTS), size))


def hidden_of(texts):
    n = len(texts) // 2
    left, right = texts[:n], texts[n:]
    return [[i != j and (left[i] == left[j] or right[i] == right[j]) for j in range(n)] for i in range(n)]


def loss_of_labels(table):
    return naive.label_loss(naive.means(BAGS, table, WEIGHTS), LABELS, 0.4)


def loss_of_pairs(table):
    vectors = naive.means(BAGS, table, WEIGHTS)
    return naive.pair_loss(vectors[:4], vectors[4:], hidden_of([0, 1, 0, 2, 3, 4, 5, 4]), 0.4)


def trained(kind, options):
    if kind == "labels":
        return training.train_on_labels(bag_matrix(BAGS), table_of(), LABELS, options)
    numbers = np.array([0, 1, 0, 2, 3, 4, 5, 4])
    return training.train_on_pairs(bag_matrix(BAGS), table_of(), numbers, options)


@pytest.mark.parametrize(("kind", "loss"), [("labels", loss_of_labels), ("pairs", loss_of_pairs)])
def test_a_step_follows_the_gradient(kind, loss):
    table = table_of()
    after, losses = trained(kind, training.Options(1, **{**FEW, "learning_rate": 1e-3}))
    assert losses == pytest.approx([loss(table)], abs=1e-10)
    vectors = naive.means(BAGS, table, WEIGHTS)
    scale = np.sqrt((vectors**2).sum(axis=1).mean())  # lengths are measured in it
    want = naive.numeric_gradient(loss, table)
    np.testing.assert_allclose((table - after) / (1e-3 * scale**2), want, atol=1e-7)


@pytest.mark.parametrize(("kind", "loss"), [("labels", loss_of_labels), ("pairs", loss_of_pairs)])
def test_the_map_steps_down(kind, loss):
    table = table_of()
    after, _ = trained(kind, training.Options(1, **{**FEW, "map_learning_rate": 1e-3}))
    slope = naive.numeric_gradient(lambda matrix: loss(table @ matrix), np.eye(3))
    # The first step of Adam is the sign of the gradient.
    np.testing.assert_allclose(after, table @ (np.eye(3) - 1e-3 * np.sign(slope)), atol=1e-9)


def test_gradients_of_losses():
    draw = np.random.default_rng(RNG_SEED)
    vectors = draw.standard_normal((8, 4))
    loss, found = objectives.label_loss(vectors, LABELS, 0.7)
    assert loss > 0
    want = naive.numeric_gradient(lambda v: objectives.label_loss(v, LABELS, 0.7)[0], vectors)
    np.testing.assert_allclose(found, want, atol=1e-8)
    hidden = draw.random((4, 4)) < 0.3
    np.fill_diagonal(hidden, False)
    left, right = vectors[:4], vectors[4:]
    _, by_left, by_right = objectives.pair_loss(left, right, hidden, 0.7)
    want = naive.numeric_gradient(lambda v: objectives.pair_loss(v, right, hidden, 0.7)[0], left)
    np.testing.assert_allclose(by_left, want, atol=1e-8)
    want = naive.numeric_gradient(lambda v: objectives.pair_loss(left, v, hidden, 0.7)[0], right)
    np.testing.assert_allclose(by_right, want, atol=1e-8)
    units, lengths = objectives.to_units(vectors)
    weights = draw.standard_normal(vectors.shape)
    want = naive.numeric_gradient(lambda v: (objectives.to_units(v)[0] * weights).sum(), vectors)
    np.testing.assert_allclose(objectives.through_units(weights, units, lengths), want, atol=1e-8)


def test_batches_without_another_of_a_label_change_nothing():
    loss, gradient = objectives.label_loss(np.eye(3), np.array([0, 1, 2]), 0.1)
    assert loss == 0
    assert not gradient.any()


def test_teacher_is_ridge_regression():
    draw = np.random.default_rng(RNG_SEED)
    bags, wanted = bag_matrix(BAGS), draw.standard_normal((8, 5))
    dense = bags.toarray()
    changes = training._ridge(bags, wanted, 0.03)
    want = np.linalg.solve(dense.T @ dense + 0.03 * np.eye(6), dense.T @ wanted)
    np.testing.assert_allclose(changes, want, atol=1e-6)
    table = training.fit_teacher(bags, table_of(), wanted, 1e-6)
    best = np.linalg.lstsq(dense, wanted, rcond=None)[0]
    np.testing.assert_allclose(bags @ table, dense @ best, atol=1e-3)


WORDS = [f"w{k}" for k in range(60)]


@pytest.fixture(scope="module")
def encoder():
    draw = np.random.default_rng(RNG_SEED)
    counts = np.arange(120, 60, -1)
    vectors = KeyedVectors(draw.standard_normal((60, 12)).astype(np.float32), WORDS, counts)
    return StaticEncoder.from_vectors(vectors, epochs=5)


def labelled(n, seed=1):
    """Return texts, half of which have words of the first twenty and half of the next; the others are noise."""
    draw = np.random.default_rng(seed)
    labels = np.array(["even", "odd"])[draw.integers(0, 2, n)]
    texts = []
    for label in labels:
        own = draw.integers(0, 20, 2) + (20 if label == "odd" else 0)
        texts.append(" ".join(WORDS[k] for k in [*own, *draw.integers(40, 60, 6)]))
    return texts, labels


def test_bags_are_what_encode_does(encoder):
    texts, labels = labelled(50)
    still = clone(encoder).set_params(learning_rate=0.0, map_learning_rate=0.0)
    still.fit([*texts, "", "unknown"], [*labels, "odd", "even"])
    np.testing.assert_allclose(still.encode(texts), encoder.encode(texts), atol=1e-6)
    words = WordTokens(encoder.model.tokenizer)
    found = bags_of_tokens(words, encoder.model, [*texts, "", "w1 else w1"], 5, None)
    expected = StaticEncoder(encoder.model, max_length=5, normalize=False).encode([*texts, "", "w1 else w1"])
    np.testing.assert_allclose(found @ encoder.model.vectors, expected, atol=1e-6)


def test_labels(encoder):
    texts, labels = labelled(300)
    held_out, wanted = labelled(300, seed=2)

    def score(model):
        regression = LogisticRegression(C=10).fit(model.transform(texts), labels)
        return regression.score(model.transform(held_out), wanted)

    taught = clone(encoder).fit(texts, labels)
    assert taught.objective_ == "labels"
    assert taught.loss_curve_[-1] < taught.loss_curve_[0]
    assert len(taught.loss_curve_) == 5
    # .79 and .97 with this seed.
    assert score(taught) > score(encoder) + 0.05
    assert np.array_equal(encoder.encode(texts), StaticEncoder(encoder.model).encode(texts))


def test_pairs(encoder):
    draw = np.random.default_rng(3)
    # The second text of a pair has other words, each of which belongs to one of the first.
    rows = draw.integers(0, 30, (200, 3))
    pairs = [(" ".join(WORDS[k] for k in row), " ".join(WORDS[k + 30] for k in row)) for row in rows]

    def found(model):
        left, right = model.encode([a for a, _ in pairs]), model.encode([b for _, b in pairs])
        return np.mean((left @ right.T).argmax(axis=1) == np.arange(len(pairs)))

    taught = clone(encoder).set_params(epochs=30).fit(pairs)
    assert taught.objective_ == "pairs"
    assert found(taught) > 0.8 > found(encoder)
    for same in (np.array(pairs), [list(pair) for pair in pairs], np.array(pairs, object)):
        assert clone(encoder).set_params(epochs=30).fit(same).loss_curve_ == taught.loss_curve_


def ideal_table(ideal):
    return np.concatenate([np.zeros((1, ideal.shape[1])), ideal]).astype(np.float32)


def test_teacher(encoder):
    draw = np.random.default_rng(4)
    texts, _ = labelled(400)
    held_out, _ = labelled(100, seed=2)
    ideal = draw.standard_normal((60, 7))

    def teacher(some):
        found = np.array([ideal[[WORDS.index(word) for word in text.split()]].mean(axis=0) for text in some])
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    taught = clone(encoder).fit(texts, 3 * teacher(texts))
    assert taught.objective_ == "teacher"
    assert taught.vector_size == taught.encode("w1").size == 7
    cosines = (taught.encode(held_out) * teacher(held_out)).sum(axis=1)
    assert cosines.mean() > 0.95
    errors = taught.encode(texts).astype(np.float64) - teacher(texts)
    assert taught.loss_curve_ == pytest.approx([(errors**2).sum(axis=1).mean()], rel=1e-3)
    # Without lengths of 1, what is a mean can be learned whole.
    wanted = StaticEncoder(dataclasses.replace(encoder.model, vectors=ideal_table(ideal)), normalize=False)
    plain = clone(encoder).set_params(normalize=False, alpha=1e-8).fit(texts, wanted.encode(texts))
    np.testing.assert_allclose(plain.encode(held_out), wanted.encode(held_out), atol=1e-3)


def test_one_seed_one_result(encoder):
    texts, labels = labelled(300)
    expected = clone(encoder).fit(texts, labels).model_.vectors.tobytes()
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            again = clone(encoder).set_params(n_jobs=n_threads).fit(texts, labels)
        assert again.model_.vectors.tobytes() == expected
        assert again.fit(texts, labels).model_.vectors.tobytes() == expected
    other = clone(encoder).set_params(random_state=2).fit(texts, labels)
    assert other.model_.vectors.tobytes() != expected
    assert pickle.loads(pickle.dumps(again)).encode("w1").tobytes() == again.encode("w1").tobytes()


def test_objective_is_shown_by_the_arguments_or_named(encoder):
    texts, labels = labelled(40)
    floats = np.random.default_rng(1).standard_normal((40, 3))
    pairs = list(zip(texts, texts[1:]))
    for X, y, objective in (
        (texts, labels, "labels"), (texts, labels == "odd", "labels"), (texts, (labels == "odd").astype(int), "labels"),
        (iter(texts), labels.tolist(), "labels"), (texts, floats, "teacher"), (texts, floats.tolist(), "teacher"),
        (texts, list(floats), "teacher"), (pairs, None, "pairs"), (iter(pairs), None, "pairs"),
        (texts, None, None), (None, None, None),
    ):  # fmt: skip
        found = clone(encoder).fit(X, y)
        assert found.objective_ == objective
        assert (found.model_ is found.model) == (objective is None)
    assert clone(encoder).set_params(objective=None).fit(texts, labels).objective_ is None
    scores = cross_val_score(make_pipeline(clone(encoder), LogisticRegression()), *labelled(100), cv=3)
    assert scores.mean() > 0.5


@pytest.mark.parametrize(
    ("objective", "X", "y", "message"),
    [
        ("auto", ["a", "b"], [1.5, 2.5], "hold classes as labels.*objective=None"),
        ("auto", ["a", "b"], np.eye(2, dtype=int), r"float array \(2, E\).*objective='labels'"),
        ("auto", ["a", "b"], ["x", "x"], "at least two classes"),
        ("auto", ["a", "b"], ["x"], "one label for each text"),
        ("auto", [("a", "b"), ("a", "b")], ["x", "y"], "must be a str"),
        ("auto", [("a", "b"), ("a", "b", "c")], None, "Pair 1 of StaticEncoder.fit must be two texts"),
        ("auto", [("a", "b"), "cd"], None, "Pair 1"),
        ("auto", [("a", "b"), ("a", None)], None, "[Tt]ext 1"),
        ("auto", [("a", "b")], None, "at least two of them"),
        ("auto", ["w1", "w2"], np.array([[1.0, np.nan], [1, 2]]), "without NaN"),
        ("auto", ["w1"], np.ones((2, 2)), "2 vectors"),
        ("auto", ["zz", "yy", "zz"], ["a", "b", "a"], "No text of StaticEncoder.fit has a token"),
        ("auto", ["w1", "w2", "w1"], ["a", "b", "c"], "two texts of one of them"),
        ("auto", ["w1", "w2", "w1"], ["a", "a", "a"], "two classes"),
        ("auto", [("w1", "w2")] * 3, None, "two pairs that differ"),
        ("auto", ["w1", "\ud800", "w1"], ["a", "b", "a"], r"texts\[1\].*lone surrogates"),
        ("labels", ["w1", "w2"], None, "labels"),
        ("labels", ["w1", "w2"], np.ones((2, 2)), "[Ll]abel"),
        ("pairs", ["w1", "w2"], None, "Pair 0"),
        ("pairs", [("w1", "w2")] * 2, ["a", "b"], "be None with objective='pairs'"),
        ("pairs", "w1", None, "list of pairs"),
        ("teacher", ["w1", "w2"], ["a", "b"], "float array"),
        ("teacher", ["w1", "w2"], [[1.0], [1.0, 2.0]], "float array"),
        ("teacher", ["w1", "w2"], None, "float array"),
        ("teacher", "w1", np.ones((1, 2)), "list of texts"),
        ("other", ["w1"], None, "objective"),
        ("auto", "w1", None, "list of texts"),
        ("auto", 5, None, "list of texts"),
        ("auto", ["w1", None], None, "[Tt]ext 1"),
    ],
)  # fmt: skip
def test_bad_arguments(objective, X, y, message, encoder):
    with pytest.raises((TypeError, ValueError), match=message):
        clone(encoder).set_params(objective=objective).fit(X, y)


def test_a_bad_value_of_each_parameter(encoder):
    rules = StaticEncoder._parameter_rules
    assert set(rules) == set(encoder.get_params(deep=False))
    for name, rule in rules.items():
        for value in rule.bad_values():
            with pytest.raises(ValueError, match=f"The {name} parameter of StaticEncoder must "):
                clone(encoder).set_params(**{name: value}).fit(["w1", "w2"], ["a", "b"])


def test_steps_that_are_too_long(encoder):
    with pytest.raises(FloatingPointError, match="Lower learning_rate"):
        clone(encoder).set_params(learning_rate=1e300).fit(*labelled(40))


def test_saved_folders(encoder, tmp_path):
    texts, labels = labelled(60)
    taught = clone(encoder).fit(texts, labels)
    taught.save(tmp_path / "e")
    assert StaticEncoder.load(tmp_path / "e").encode(texts).tobytes() == taught.encode(texts).tobytes()
    library = pytest.importorskip("model2vec", reason="model2vec is not installed")
    theirs = library.StaticModel.from_pretrained(tmp_path / "e")
    np.testing.assert_allclose(theirs.encode(texts), taught.encode(texts), atol=1e-6)


@pytest.mark.parametrize("is_quantised", [False, True])
def test_saved_folders_of_others(is_quantised, tmp_path):
    library = pytest.importorskip("model2vec", reason="model2vec is not installed")
    backend, draw = bert(), np.random.default_rng(3)
    n = backend.get_vocab_size()
    options = {"weights": draw.random(n).astype(np.float32)}
    if is_quantised:
        options["token_mapping"] = draw.integers(0, 9, n)
    table = draw.standard_normal((9 if is_quantised else n, 5)).astype(np.float32)
    library.StaticModel(table, backend, normalize=False, **options).save_pretrained(tmp_path / "theirs")
    texts = ["the cat sat on the mat", "unknown £ the", "cat " * 900]
    ours = StaticEncoder.load(tmp_path / "theirs", normalize=True, max_length=60)
    ours.fit(texts[:2], np.eye(2))
    ours.save(tmp_path / "ours")
    again = StaticEncoder.load(tmp_path / "ours")
    assert again.encode(texts[:2]).tobytes() == ours.encode(texts[:2]).tobytes()
    theirs = library.StaticModel.from_pretrained(tmp_path / "ours")
    np.testing.assert_allclose(theirs.encode(texts), again.encode(texts), atol=1e-6)


def test_saved_folder_in_which_unknown_tokens_count(encoder, tmp_path):
    mapping = np.arange(len(encoder.model.mapping), dtype=np.int32)
    counting = StaticEncoder(dataclasses.replace(encoder.model, mapping=mapping), normalize=False)
    counting.save(tmp_path / "e")
    assert not (tmp_path / "e" / "config.json").exists()
    texts = ["w1 else", "w1"]
    assert StaticEncoder.load(tmp_path / "e").encode(texts).tobytes() == counting.encode(texts).tobytes()


def test_from_vectors_is_what_export_writes(tmp_path):
    vectors = KeyedVectors(np.eye(3, dtype=np.float32), ["warm", "cold", "the"], [3, 2, 9])
    options = {"tokenizer": "word", "lowercase": True, "a": 0.1}
    export(vectors, tmp_path / "e", **options)
    texts = ["The WARM, the cold", "cold"]
    ours = StaticEncoder.from_vectors(vectors, **options, n_jobs=2)
    assert ours.encode(texts).tobytes() == StaticEncoder.load(tmp_path / "e").encode(texts).tobytes()
    with pytest.raises(ValueError, match="vectors parameter of StaticEncoder.from_vectors"):
        StaticEncoder.from_vectors("vectors.txt")
