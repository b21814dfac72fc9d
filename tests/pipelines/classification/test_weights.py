"""Weights of texts and of classes: as texts that are there several times, and decisions that follow them."""

import copy

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.metrics import balanced_accuracy_score, recall_score
from sklearn.model_selection import GridSearchCV
from sklearn.utils.class_weight import compute_class_weight

from wordvec.pipelines import TextClassifier
from wordvec.pipelines.classification.blend import fit_blend, log_loss
from wordvec.pipelines.classification.labels import number_targets
from wordvec.pipelines.classification.members import NBMember, Settings, make_members
from wordvec.pipelines.classification.nbsvm import NBSVMClassifier
from wordvec.pipelines.classification.texts import learn_texts
from wordvec.pipelines.classification.thresholds import choose_labels, learn_thresholds
from wordvec.pipelines.classification.weighting import class_weights, decision_weights
from wordvec.pipelines.features.vectorizer import EmbeddingVectorizer
from wordvec.supervised import EmbeddingClassifier
from wordvec.text.tokenizers import resolve_tokenizer

from .quick import LABELS, SETS, TAGGED, TEXTS, UNSEEN, classifier
from .support import OTHERS, TELLING, reviews, small_vectors, tagged_reviews

WORD = resolve_tokenizer("word", True)
LONG = [f"{text} {' '.join(OTHERS * 12)}" for text in TEXTS]


# Weights of texts.


@pytest.mark.parametrize("name", ["linear", "nb", "document"])
@pytest.mark.parametrize("texts", [TEXTS, LONG], ids=["short", "long"])
@pytest.mark.parametrize(
    "labels", [LABELS, [[label] if row % 4 else ["pos", "neg"] for row, label in enumerate(LABELS)]]
)
def test_a_member_takes_weights_as_texts_that_are_there_several_times(name, texts, labels):
    """All members but "embedding", whose steps are taken one text after the other."""
    _, target, _ = number_targets(labels, len(texts), "test")
    times = np.random.default_rng(0).integers(1, 4, len(texts))
    repeated = np.repeat(np.arange(len(texts)), times)
    scores = []
    for rows, weights in ((np.arange(len(texts)), times.astype(float)), (repeated, None)):
        preparer, given = learn_texts([texts[row] for row in rows], WORD, False, "test", None, weights)
        settings = Settings(2, None, 1, 1, small_vectors())
        member = make_members(settings, is_multilabel=target.ndim == 2, c=0.5)[name].fit(given, target[rows])
        scores.append(member.scores(preparer.prepare(UNSEEN, "test")))
    assert scores[0] == pytest.approx(scores[1], abs=0.02)
    assert np.abs(scores[1]).max() > 0.2


def test_weights_of_one_change_nothing(trained):
    model = classifier().fit(TEXTS, LABELS, np.ones(len(TEXTS)))
    assert model.weights_ == pytest.approx(trained.weights_)
    assert model.predict_proba(UNSEEN) == pytest.approx(trained.predict_proba(UNSEEN), abs=1e-6)


@pytest.mark.parametrize("labels", [LABELS, [[label] for label in LABELS]], ids=["one", "several"])
def test_texts_of_no_weight_are_not_there(labels):
    extra = ["good zebra", "bad zebra", "zebra"] * 3
    wrong = [labels[LABELS.index("neg")]] * len(extra)
    weights = [1.0] * len(TEXTS) + [0.0] * len(extra)
    model = classifier().fit([*TEXTS, *extra], [*labels, *wrong], sample_weight=weights)
    without = classifier().fit(TEXTS, labels, sample_weight=np.ones(len(TEXTS)))
    assert "zebra" not in model._preparer.words.symbols
    assert (model.predict_proba(UNSEEN) == without.predict_proba(UNSEEN)).all()


def test_a_matrix_of_labels_loses_the_rows_of_no_weight():
    matrix = np.array([[label == "pos", label == "neg"] for label in LABELS]).astype(int)
    weights = np.ones(len(TEXTS))
    weights[::5] = 0
    kept = np.flatnonzero(weights)
    model = classifier().fit(TEXTS, matrix, sample_weight=weights)
    expected = classifier().fit([TEXTS[row] for row in kept], matrix[kept], sample_weight=weights[kept])
    assert (model.predict_proba(UNSEEN) == expected.predict_proba(UNSEEN)).all()


def test_weighted_texts_win():
    texts = [*TEXTS, *["amber"] * 12]
    labels = [*LABELS, *["pos", "neg"] * 6]
    for favoured in ("pos", "neg"):
        weights = [*[1.0] * len(TEXTS), *[5.0 if label == favoured else 0.2 for label in ["pos", "neg"] * 6]]
        model = classifier().fit(texts, labels, sample_weight=weights)
        assert model.predict(["amber"]).tolist() == [favoured]


def test_the_blend_takes_weights_as_decisions_that_are_there_several_times():
    rng = np.random.default_rng(3)
    scores, names = rng.normal(size=(2, 40, 3)), ["linear", "nb"]
    times = rng.integers(1, 4, 40)
    repeated = np.repeat(np.arange(40), times)
    single, several = rng.integers(3, size=40), rng.random((40, 3)) < 0.4
    for target, weights in (
        (single, times.astype(float)),
        (several, np.repeat(times[:, None], 3, 1).astype(float)),
    ):
        for with_intercepts in (False, True):
            options = {"with_intercepts": with_intercepts}
            found = fit_blend(scores, target, names, weights, **options)
            expected = fit_blend(scores[:, repeated], target[repeated], names, **options)
            assert found.weights == pytest.approx(expected.weights, rel=2e-3)
            assert found.intercepts == pytest.approx(expected.intercepts, abs=2e-3)


def test_the_vectorizer_takes_weights_as_texts_that_are_there_several_times():
    times = np.arange(len(TEXTS)) % 3 + 1
    repeated = [text for text, n in zip(TEXTS, times) for _ in range(n)]
    for pooling in ("idf", "sif", "usif", "max"):
        found = EmbeddingVectorizer(small_vectors(), pooling=pooling).fit(TEXTS, sample_weight=times)
        expected = EmbeddingVectorizer(small_vectors(), pooling=pooling).fit(repeated)
        assert np.abs(found.transform(UNSEEN)) == pytest.approx(np.abs(expected.transform(UNSEEN)), abs=1e-5)


def test_nbsvm_keeps_weighted_ratios_in_files(tmp_path):
    X, y = np.random.default_rng(1).poisson(0.5, (30, 8)), np.arange(30) % 2
    weights = np.random.default_rng(2).uniform(0.2, 3, 30)
    model = NBSVMClassifier(max_iter=5000).fit(X, y, sample_weight=weights)
    for kind in (0, 1):
        p = 1 + (X[y == kind] > 0).T @ weights[y == kind]
        q = 1 + (X[y != kind] > 0).T @ weights[y != kind]
        expected = np.log(p / p.sum()) - np.log(q / q.sum())
        assert model.log_count_ratios_[0] == pytest.approx(expected if kind else -expected)
    model.save(tmp_path / "model")
    read = NBSVMClassifier.load(tmp_path / "model")
    assert (read.decision_function(X) == model.decision_function(X)).all()
    assert read.max_iter == 5000
    assert read.n_iter_ == model.n_iter_ > 0


def test_a_model_of_weighted_texts_is_read_again(tmp_path):
    weights = np.random.default_rng(2).uniform(0.2, 3, len(TEXTS))
    model = classifier(class_weight={"pos": 2.0}, max_iter=300).fit(TEXTS, LABELS, weights)
    model.save(tmp_path / "model.safetensors")
    read = type(model).load(tmp_path / "model.safetensors")
    assert read.predict_proba(UNSEEN) == pytest.approx(model.predict_proba(UNSEEN), abs=1e-3)
    assert (read.class_weight, read.max_iter) == ({"pos": 2.0}, 300)


def test_embeddings_of_weighted_texts():
    texts, labels = ["amber"] * 20, ["a", "b"] * 10
    weights = np.where(np.array(labels) == "a", 3.0, 1.0)
    options = {"epochs": 60, "dropout": 0.0, "vector_size": 6, "n_jobs": 1}
    model = EmbeddingClassifier(**options).fit(texts, labels, weights)
    assert model.predict_proba(["amber"])[0] == pytest.approx([0.75, 0.25], abs=0.03)
    assert model.class_prior_ == pytest.approx([0.75, 0.25])
    assert model.predict_proba([""])[0] == pytest.approx([0.75, 0.25])
    model.partial_fit(texts, labels, sample_weight=4.0 - weights)
    assert model.class_prior_ == pytest.approx([0.5, 0.5])
    with pytest.raises(ValueError, match="sample_weight parameter of EmbeddingClassifier.partial_fit"):
        model.partial_fit(texts, labels, sample_weight=[1.0])
    other = EmbeddingClassifier(**options).fit([*texts, "zebra"], [*labels, "a"], [*weights, 0.0])
    assert other.wv_.index_to_key == ["amber"]


# Weights of classes.


def thinned(n_texts, share, seed):
    """Reviews of two classes that are hard to tell apart, of which few are positive."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(n_texts) < share, "pos", "neg")
    texts = []
    for label in labels.tolist():
        other = "neg" if label == "pos" else "pos"
        words = [rng.choice(TELLING[label if rng.random() < 0.65 else other]) for _ in range(3)]
        texts.append(" ".join(rng.permutation([*words, *rng.choice(OTHERS, 5)])))
    return texts, labels


@pytest.mark.parametrize("make", [classifier, EmbeddingClassifier])
def test_rare_classes_are_found(make):
    texts, labels = thinned(500, 0.06, 1)
    others, truth = thinned(300, 0.5, 2)
    scores = {}
    for weight in (None, "balanced", {"pos": float((labels == "neg").sum() / (labels == "pos").sum())}):
        found = make(class_weight=weight, n_jobs=1).fit(texts, labels).predict(others)
        recall = recall_score(truth, found, pos_label="pos")
        scores[str(weight)[:4]] = recall, balanced_accuracy_score(truth, found)
    assert scores["None"][0] < 0.3
    assert scores["bala"][0] > (0.5 if make is classifier else 0.3)
    assert scores["bala"][1] > scores["None"][1] + 0.1
    # The same ratio of weights is the same decision, nearly.
    assert scores["{'po"] == pytest.approx(scores["bala"], abs=0.08)


def test_probabilities_are_those_of_texts_with_balanced_classes():
    texts, labels = thinned(900, 0.15, 3)
    model = classifier(class_weight="balanced").fit(texts, labels)
    others, truth = thinned(600, 0.5, 4)
    proba = model.predict_proba(others)[:, 1]
    assert proba.mean() == pytest.approx((truth == "pos").mean(), abs=0.1)
    high = proba > 0.7
    assert (truth[high] == "pos").mean() > 0.6


def test_weights_of_classes():
    classes, target = np.array(["a", "b", "c"]), np.array([0, 0, 0, 1, 1, 2])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=target)
    assert class_weights("balanced", classes, target, None) == pytest.approx(expected)
    weights = np.array([1.0, 1.0, 1.0, 1.0, 2.0, 3.0])
    assert class_weights("balanced", classes, target, weights) == pytest.approx([1.0, 1.0, 1.0])
    assert class_weights({"b": 5}, classes, target, None).tolist() == [1.0, 5.0, 1.0]
    assert class_weights({"b": 1.0}, classes, target, None) is None
    assert class_weights(None, classes, target, weights) is None
    several = np.array([[1, 0, 1], [0, 0, 1], [0, 1, 1], [0, 0, 1]], bool)
    found = class_weights("balanced", classes, several, None)
    assert found == pytest.approx(np.array([[2 / 3, 2.0], [2 / 3, 2.0], [1.0, 0.5]]))
    found = class_weights({"a": 3.0}, classes, several, None)
    assert found.tolist() == [[1.0, 3.0], [1.0, 1.0], [1.0, 1.0]]
    each = np.array([1.0, 2.0, 1.0, 1.0])
    assert decision_weights(found, several, each).tolist() == [[3, 1, 1], [2, 2, 2], [1, 1, 1], [1, 1, 1]]
    assert decision_weights(None, several, each).tolist() == [[w] * 3 for w in each]
    assert decision_weights(np.array([1.0, 5.0, 1.0]), target, None).tolist() == [1, 1, 1, 5, 5, 1]
    assert decision_weights(None, target, None) is None


@pytest.mark.parametrize("weight", ["balanced", {"pos": 8.0}])
def test_weights_of_labels(weight):
    """With several labels the weight is of the texts that have it."""
    texts, labels = thinned(400, 0.1, 5)
    sets = [
        ["pos"] * (label == "pos") + ["town"] * ("town" in text)
        for text, label in zip(texts, labels.tolist())
    ]
    others, truth = thinned(300, 0.5, 6)
    recalls = []
    for given in (None, weight):
        model = classifier(class_weight=given).fit(texts, sets)
        recalls.append(
            np.mean(["pos" in labels for labels in np.array(model.predict(others), object)[truth == "pos"]])
        )
    assert recalls[1] > max(recalls[0] + 0.1, 0.4)


# Intercepts and thresholds.


def test_intercepts_are_those_of_brute_force():
    """The gradient is right: no step along any value lowers the loss."""
    rng = np.random.default_rng(4)
    scores = rng.normal(size=(2, 60, 3)) - 1.0
    for target in (rng.choice(3, size=60, p=[0.7, 0.2, 0.1]), rng.random((60, 3)) < [0.7, 0.3, 0.1]):
        weights = rng.uniform(0.5, 2.0, (60, 3) if target.ndim == 2 else 60)
        blend = fit_blend(scores, target, ["linear", "nb"], weights, with_intercepts=True)
        start = np.log([1.0, 0.3])

        def loss(values):
            z = np.tensordot(np.exp(values[:2]), scores, axes=1) + values[2:]
            if target.ndim == 2:  # noqa: B023
                p, share = expit(z), 3
                parts = -np.log(np.where(target, p, 1 - p))  # noqa: B023
            else:
                share, parts = 1, -np.log(softmax(z, axis=1)[np.arange(60), target])  # noqa: B023
            penalty = share * ((values[:2] - start) ** 2).sum() + (values[2:] ** 2).sum()  # noqa: B023
            return ((weights * parts).sum() + penalty) / weights.sum()  # noqa: B023

        found = np.concatenate([np.log(blend.weights), blend.intercepts])
        for step in np.vstack([np.eye(5), -np.eye(5)]) * 0.02:
            assert loss(found) < loss(found + step)
        assert np.abs(blend.intercepts).max() > 0.2


def test_single_labels_have_no_intercepts_unless_classes_are_weighted(trained):
    assert trained.intercepts_.tolist() == [0.0, 0.0]
    assert trained.thresholds_ is None
    assert classifier(class_weight={"pos": 3.0}).fit(TEXTS, LABELS).intercepts_.any()


def test_thresholds_of_brute_force():
    rng = np.random.default_rng(5)
    truth = rng.random((3000, 3)) < [0.3, 0.1, 0.02]
    proba = expit(np.where(truth, 1.0, -1.0) + rng.normal(size=(3000, 3)) + [0, -2, -4])
    weights = rng.uniform(0.5, 2.0, (3000, 3))
    found = learn_thresholds(proba, truth, weights)

    def f1(label, threshold):
        right = sum((weights * truth * (proba >= threshold))[:, k].sum() * share for k, share in label)
        chosen = sum((weights * (proba >= threshold))[:, k].sum() * share for k, share in label)
        true = sum((weights * truth)[:, k].sum() * share for k, share in label)
        return 2 * right / (chosen + true)

    total = (weights * truth).sum()
    for k in range(3):
        # A hundred texts with a label of the mean of all.
        shares = [(j, 100 / total + (j == k)) for j in range(3)]
        grid = np.arange(1, 200) / 200
        best = max(f1(shares, threshold) for threshold in grid)
        # Twenty texts are for one half.
        chosen = (found[k] * (total + 20) - 0.5 * 20) / total
        assert f1(shares, chosen - 1e-9) == pytest.approx(best, rel=1e-9)


def test_thresholds_without_texts_to_learn_from():
    assert learn_thresholds(np.full((4, 2), 0.3), np.zeros((4, 2), bool)).tolist() == [0.5, 0.5]
    matrix = np.array([[1, 0]])
    with pytest.raises(ValueError, match="the same for all texts"):
        classifier().fit(["good"], matrix)


def test_at_least_one_label():
    proba, thresholds = np.array([[0.2, 0.1], [0.6, 0.1], [0.3, 0.35]]), np.array([0.5, 0.4])
    assert choose_labels(proba, thresholds, at_least_one=False).tolist() == [[0, 0], [1, 0], [0, 0]]
    assert choose_labels(proba, thresholds, at_least_one=True).tolist() == [[1, 0], [1, 0], [0, 1]]


def test_at_least_one_label_of_a_model(tagger, tmp_path):
    without = [labels for labels in tagger.predict(TAGGED) if not labels]
    assert without
    model = clone(tagger).set_params(at_least_one=True).fit(TAGGED, SETS)
    assert all(model.predict(TAGGED))
    best = tagger.classes_[tagger.predict_proba(TAGGED).argmax(axis=1)]
    for labels, before, top in zip(model.predict(TAGGED), tagger.predict(TAGGED), best):
        assert labels == (before or (top,))
    model.save(tmp_path / "model.safetensors")
    read = type(model).load(tmp_path / "model.safetensors")
    assert read.at_least_one is True
    assert read.predict(TAGGED) == model.predict(TAGGED)
    assert (read.thresholds_ == model.thresholds_).all()
    report = model.evaluate(TAGGED, SETS)
    assert report.accuracy == pytest.approx(model.score(TAGGED, SETS))
    assert [score.threshold for score in report.scores] == model.thresholds_.tolist()
    assert [score["threshold"] for score in report.to_dict()["scores"]] == model.thresholds_.tolist()


def test_thresholds_of_ones_own(tagger):
    model = clone(tagger).fit(TAGGED, SETS)
    model.thresholds_ = np.array([0.0, 1.0, 0.5])
    chosen = model.predict(TAGGED)
    assert all("mixed" in labels and "neg" not in labels for labels in chosen)
    report = model.evaluate(TAGGED, SETS)
    assert [score.n_predicted for score in report.scores][:2] == [len(TAGGED), 0]
    assert "threshold" in report.format()
    assert "threshold 0.500" in report.to_html()


@pytest.mark.parametrize("given", [0.5, [0.5], [0.2, 0.5, 0.9], np.array([0, 1, 0.5])], ids=str)
def test_thresholds_that_are_set_are_saved(tagger, tmp_path, given):
    model = clone(tagger).fit(TAGGED, SETS)
    model.thresholds_ = given
    model.save(tmp_path / "model.safetensors")
    read = TextClassifier.load(tmp_path / "model.safetensors")
    assert read.thresholds_.tolist() == np.broadcast_to(given, 3).tolist()
    assert read.predict(TAGGED) == model.predict(TAGGED)
    assert (read.decision_function(TAGGED) >= 0).tolist() == [
        [label in labels for label in model.classes_] for labels in model.predict(TAGGED)
    ]


@pytest.mark.parametrize("given", [2, -0.1, [0.1, 0.2], [0.1, 0.2, np.nan], "high"], ids=str)
def test_thresholds_that_are_none_are_refused_before_they_are_written(tagger, tmp_path, given):
    model = clone(tagger).fit(TAGGED, SETS)
    model.thresholds_ = given
    for use in (
        lambda: model.predict(TAGGED),
        lambda: model.decision_function(TAGGED),
        lambda: model.save(tmp_path / "model.safetensors"),
    ):
        with pytest.raises(
            ValueError, match="thresholds_ of TextClassifier must be probabilities, one for each of the 3"
        ):
            use()
    assert not list(tmp_path.iterdir())


def test_thresholds_are_of_several_labels(trained):
    model = copy.copy(trained)
    model.thresholds_ = [0.3, 0.5]
    with pytest.raises(ValueError, match="for texts with several labels"):
        model.predict(UNSEEN)


# Where scikit-learn's users look.


def test_decision_function_of_two_classes(trained):
    scores = trained.decision_function(UNSEEN)
    assert scores.shape == (len(UNSEEN),)
    assert (trained.classes_[(scores > 0).astype(int)] == trained.predict(UNSEEN)).all()
    assert expit(scores) == pytest.approx(trained.predict_proba(UNSEEN)[:, 1])
    assert trained.decision_function([]).shape == (0,)


def test_decision_function_of_more_classes():
    model = classifier().fit(*reviews(90, ("mixed", "neg", "pos")))
    scores = model.decision_function(UNSEEN)
    assert scores.shape == (len(UNSEEN), 3)
    assert (model.classes_[scores.argmax(axis=1)] == model.predict(UNSEEN)).all()
    assert softmax(scores, axis=1) == pytest.approx(model.predict_proba(UNSEEN))


def test_decision_function_of_several_labels(tagger):
    texts, _ = tagged_reviews(30, seed=8)
    scores = tagger.decision_function(texts)
    assert scores.shape == (30, 3)
    assert [tuple(tagger.classes_[row > 0]) for row in scores] == tagger.predict(texts)


def test_decision_function_of_embeddings():
    for classes in (("neg", "pos"), ("mixed", "neg", "pos")):
        texts, labels = reviews(60, classes)
        model = EmbeddingClassifier(epochs=5, n_jobs=1).fit(texts, labels)
        scores, proba = model.decision_function(texts), model.predict_proba(texts)
        if len(classes) == 2:
            assert scores.shape == (60,)
            assert expit(scores) == pytest.approx(proba[:, 1])
        else:
            assert softmax(scores, axis=1) == pytest.approx(proba)


def test_the_solvers_steps_have_an_end():
    with pytest.warns(UserWarning, match="increase the number of iterations"):
        classifier(max_iter=1).fit(TEXTS, LABELS)
    with pytest.raises(
        ValueError, match="max_iter parameter of TextClassifier must be an integer of at least 1"
    ):
        classifier(max_iter=0).fit(TEXTS, LABELS)


@pytest.mark.slow
def test_weights_in_a_search():
    search = GridSearchCV(classifier(), {"class_weight": [None, "balanced"]}, cv=2, scoring="roc_auc")
    search.fit(TEXTS, LABELS, sample_weight=np.ones(len(TEXTS)))
    assert search.best_score_ > 0.9


def test_there_is_no_partial_fit(trained):
    assert not hasattr(trained, "partial_fit")


def test_the_weighted_loss():
    scores, weights = np.array([[1.0, -1.0], [0.0, 2.0]]), np.array([3.0, 1.0])
    parts = -np.log(softmax(scores, axis=1)[[0, 1], [1, 1]])
    assert log_loss(scores, np.array([1, 1]), weights) == pytest.approx((3 * parts[0] + parts[1]) / 4)
    assert isinstance(make_members(Settings(2, None, 1, 1), is_multilabel=False, c=0.1)["nb"], NBMember)
