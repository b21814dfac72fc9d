"""`TextClassifier`: what it learns from raw texts, with one label a text and with several."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from wordvec.pipelines.classification.members import LINEAR_C

from .quick import (
    LABELS,
    SETS,
    TAGGED,
    TEXTS,
    UNSEEN,
    UNSEEN_LABELS,
    classifier,
    small_word2vec,
)
from .support import chinese_reviews, reviews, small_vectors, tagged_reviews


class Column:
    """What a column of a table is: a sequence of objects with a shape and tolist, no array."""

    def __init__(self, values):
        self._values = np.empty(len(values), object)
        self._values[:] = values

    ndim = 1

    @property
    def shape(self):
        return self._values.shape

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return iter(self._values)

    def tolist(self):
        return self._values.tolist()


# What is learned.


def test_telling_words_are_learned(trained):
    assert trained.score(UNSEEN, UNSEEN_LABELS) == 1.0
    assert trained.classes_.tolist() == ["neg", "pos"]
    assert list(trained.members_) == list(trained.weights_) == ["linear", "nb", "embedding"]
    assert all(weight > 0 for weight in trained.weights_.values())
    assert trained.C_ in LINEAR_C
    assert not trained.multilabel_


def test_probabilities(trained):
    proba = trained.predict_proba(UNSEEN)
    assert proba.shape == (40, 2)
    assert proba.dtype == np.float64
    assert proba.sum(axis=1) == pytest.approx(1)
    assert (trained.predict(UNSEEN) == trained.classes_[proba.argmax(axis=1)]).all()
    # Mean log-likelihood far above that of chance.
    truth = np.array([["neg", "pos"].index(label) for label in UNSEEN_LABELS])
    assert -np.log(proba[np.arange(40), truth]).mean() < 0.35


def test_three_classes_and_vectors():
    texts, labels = reviews(90, ("mixed", "neg", "pos"))
    model = classifier("topic", vectors=small_vectors()).fit(texts, labels)
    assert list(model.members_) == ["linear", "nb", "embedding", "document"]
    assert model.predict_proba(texts).shape == (90, 3)
    assert model.score(*reviews(40, ("mixed", "neg", "pos"), seed=5)) > 0.95


def test_vectors_of_an_estimator_are_trained_on_the_texts():
    estimator = small_word2vec()
    model = classifier(vectors=estimator).fit(TEXTS, LABELS)
    assert "document" in model.members_
    assert not hasattr(estimator, "wv_")


def test_chinese_texts():
    texts, labels = chinese_reviews(60)
    model = classifier().fit(texts, labels)
    assert model.score(*chinese_reviews(30, seed=4)) > 0.9
    assert "好看" in model.tokenizer_("这部电影好看")


@pytest.mark.parametrize("make", [list, tuple, np.array, lambda x: np.array(x, object), Column, iter])
def test_texts_and_labels_of_all_kinds(make, trained):
    labels = LABELS if make is iter else make(LABELS)
    model = classifier().fit(make(TEXTS), labels)
    assert (model.predict_proba(make(UNSEEN)) == trained.predict_proba(UNSEEN)).all()
    assert model.score(make(UNSEEN), UNSEEN_LABELS) == 1.0


def test_token_lists_are_texts(trained):
    tokens = [text.split() for text in TEXTS]
    model = classifier().fit(tokens, LABELS)
    expected = trained.predict_proba(UNSEEN)
    assert model.predict_proba([tuple(text.split()) for text in UNSEEN]) == pytest.approx(expected)
    # Tokens are taken as they are, in capitals too.
    assert model.predict_proba([["GOOD"]]) != pytest.approx(model.predict_proba([["good"]]))


@pytest.mark.parametrize("labels", [[1, 0], [2.5, -1.0], [True, False], np.array(["x", "y"])])
def test_classes_keep_their_kind(labels):
    given = [labels[int(label == "pos")] for label in LABELS]
    model = classifier().fit(TEXTS, given)
    assert model.predict(TEXTS).tolist() == np.array(given).tolist()
    assert model.predict(TEXTS).dtype == np.array(given).dtype


def test_texts_without_known_words(trained):
    proba = trained.predict_proba(["", "zzz qqq", "   "])
    assert np.isfinite(proba).all()
    assert trained.predict([]).tolist() == []
    assert trained.predict_proba([]).shape == (0, 2)


def test_empty_texts_among_others():
    model = classifier(vectors=small_vectors()).fit([*TEXTS, "", " ", "zzz"], [*LABELS, "pos", "neg", "pos"])
    assert model.score(UNSEEN, UNSEEN_LABELS) > 0.9


def test_a_few_texts_are_enough():
    model = classifier().fit(["", "good", "bad", " "], ["a", "a", "b", "b"])
    assert model.predict(["good", "bad"]).tolist() == ["a", "b"]


def test_class_weight_moves_the_decision():
    # Two kinds of texts with no telling word: only the weights can decide.
    texts, labels = ["the film", "the story"] * 20, ["a", "b", "b", "a"] * 10
    for favoured in "ab":
        model = classifier(class_weight={favoured: 20.0}).fit(texts, labels)
        assert set(model.predict(texts)) == {favoured}
    few = ([*TEXTS, *["the film is about people"] * 30], [*LABELS, *["pos"] * 30])
    plain, balanced = (classifier(class_weight=weight).fit(*few) for weight in (None, "balanced"))
    assert balanced.members_["linear"].settings.class_weight == pytest.approx([1.5, 0.75])
    assert plain.members_["linear"].settings.class_weight is None
    proba = [model.predict_proba(["the film"])[0, 0] for model in (plain, balanced)]
    assert proba[0] < proba[1]


# Several labels.


def test_sets_of_labels(tagger):
    assert tagger.multilabel_
    assert tagger.classes_.tolist() == ["mixed", "neg", "pos"]
    texts, sets = tagged_reviews(40, seed=7)
    predicted = tagger.predict(texts)
    assert all(isinstance(labels, tuple) for labels in predicted)
    assert np.mean([set(a) == set(b) for a, b in zip(predicted, sets)]) > 0.8
    proba = tagger.predict_proba(texts)
    assert proba.shape == (40, 3)
    for labels, row in zip(predicted, proba):
        assert labels == tuple(tagger.classes_[row >= tagger.thresholds_])
    right = [set(a) == set(b) for a, b in zip(predicted, sets)]
    assert tagger.score(texts, [tuple(labels) for labels in sets]) == pytest.approx(np.mean(right))


@pytest.mark.parametrize("make", [iter, Column, tuple])
def test_sets_of_labels_in_other_containers(make, tagger):
    model = classifier().fit(TAGGED, make(SETS))
    assert (model.predict_proba(TAGGED) == tagger.predict_proba(TAGGED)).all()
    assert model.score(TAGGED, make(SETS)) == tagger.score(TAGGED, SETS)


def test_a_matrix_of_labels_is_the_same(tagger):
    matrix = np.array([[label in labels for label in ("mixed", "neg", "pos")] for labels in SETS]).astype(int)
    model = classifier().fit(TAGGED, matrix)
    assert (model.predict_proba(TAGGED) == tagger.predict_proba(TAGGED)).all()
    predicted = model.predict(TAGGED)
    assert predicted.shape == matrix.shape
    assert set(predicted.ravel()) <= {0, 1}
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.score(TAGGED, matrix) == pytest.approx((predicted == matrix).all(axis=1).mean())


@pytest.mark.filterwarnings("error")
def test_a_label_that_no_text_has_is_not_predicted():
    matrix = np.array([[label == "pos", label == "neg", False] for label in LABELS]).astype(int)
    predicted = classifier().fit(TEXTS, matrix).predict(UNSEEN)
    assert not predicted[:, 2].any()
    assert predicted[:, 0].tolist() == [int(label == "pos") for label in UNSEEN_LABELS]


@pytest.mark.smoke
def test_evaluation(trained, tagger):
    report = trained.evaluate(iter(UNSEEN), UNSEEN_LABELS)
    assert report.accuracy == trained.score(UNSEEN, UNSEEN_LABELS)
    assert report.classes == ["neg", "pos"]
    assert report.title == "Text classification"
    assert report.confusion.sum() == len(UNSEEN)
    assert report.to_dict() == trained.evaluate(UNSEEN, UNSEEN_LABELS).to_dict()
    several = tagger.evaluate(TAGGED, SETS)
    assert several.is_multilabel
    assert several.accuracy == pytest.approx(tagger.score(TAGGED, SETS))
    with pytest.raises(NotFittedError):
        classifier().evaluate(TEXTS, LABELS)


def test_texts_with_one_label_or_none(tmp_path):
    """Sets of one class: as a column of 0 and 1."""
    model = classifier().fit(TEXTS, [["pos"] if label == "pos" else [] for label in LABELS])
    assert model.classes_.tolist() == ["pos"] and model.predict_proba(TEXTS).shape == (len(TEXTS), 1)
    found = [labels == ("pos",) for labels in map(tuple, model.predict(TEXTS))]
    assert np.mean(np.array(found) == (np.array(LABELS) == "pos")) > 0.9
    model.save(tmp_path / "m.safetensors")
    assert type(model).load(tmp_path / "m.safetensors").predict(UNSEEN) == model.predict(UNSEEN)
