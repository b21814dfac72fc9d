"""`TextClassifier`: texts, labels, vectors and parameters that do not fit are named; few texts are warned of."""

import warnings

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.embeddings.word2vec import Word2Vec
from wordvec.pipelines.classification.classifier import TextClassifier

from .quick import LABELS, SETS, TAGGED, TEXTS, classifier, small_word2vec
from .support import small_vectors


def test_no_text():
    with pytest.raises(ValueError, match=r"TextClassifier\.fit needs texts and labels\. Got none"):
        classifier().fit([], [])
    with pytest.raises(ValueError, match="hold no token"):
        classifier().fit(["", " "], ["a", "b"])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (None, r"Text 3 of TextClassifier.* Got None .*Fill or drop missing texts"),
        (float("nan"), r"Text 3 of TextClassifier.* Got nan"),
        (7, r"Text 3 of TextClassifier.* Got 7 \(int\)"),
        (b"good", r"Text 3 of TextClassifier.*decode"),
        (["good", 7], r"Token 1 of text 3 of TextClassifier.* Got 7"),
    ],
)
def test_what_is_no_text_is_named(trained, bad, message):
    texts = [*TEXTS[:3], bad, *TEXTS[4:]]
    with pytest.raises(TypeError, match=message):
        classifier().fit(texts, LABELS)
    for method in (trained.predict, trained.predict_proba, lambda texts: trained.score(texts, LABELS)):
        with pytest.raises(TypeError, match=message):
            method(texts)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("a good film", r"not one str. Got .*Pass a list of texts"),
        ({"good": 1}, "must be a list of texts.* Got {'good': 1}"),
        ({"good", "bad"}, "must be a list of texts.* Got {'good', 'bad'}|Got {'bad', 'good'}"),
        (np.array([["good"], ["bad"]]), r"in one column.*\(2, 1\)"),
        (3, "must be a list of texts.* Got 3"),
    ],
)
def test_texts_that_are_no_list(trained, texts, message):
    with pytest.raises(TypeError, match=message):
        classifier().fit(texts, ["a", "b"])
    with pytest.raises(TypeError, match=message):
        trained.predict(texts)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (["pos"] * 60, ValueError, r"at least two classes. Got \['pos'\] only"),
        (
            [None, *LABELS[1:]],
            TypeError,
            r"Label 0 of TextClassifier.fit.* Got None.* Drop texts without a label",
        ),
        ([*LABELS[:5], float("nan"), *LABELS[6:]], TypeError, "Label 5 of TextClassifier.fit.* Got nan"),
        (np.array([0.0, np.nan, *[1.0] * 58]), TypeError, "Label 1 of TextClassifier.fit.* Got nan"),
        ([*LABELS[:7], 1, *LABELS[8:]], TypeError, "of one type. Got .* in row 0 and 1 in row 7"),
        (LABELS[1:], ValueError, "one label for each text. Got 60 texts and 59 labels"),
        ("pos", TypeError, "must be a list of classes. Got 'pos'"),
        (None, TypeError, "must be a list of classes. Got None"),
        ([*LABELS[:9], {"a": 1}, *LABELS[10:]], TypeError, "Label 9 of TextClassifier.fit.*dict"),
        ([["pos"], *LABELS[1:]], TypeError, "all sets of classes or all single classes.*row 1"),
        ([*[["pos"]] * 30, None, *[["neg"]] * 29], TypeError, "all sets of classes.* Got None in row 30"),
        ([["pos"], ["neg", None], *[["neg"]] * 58], TypeError, "The labels of text 1 of .* Got None"),
        ([["pos"], ["neg", 3], *[["neg"]] * 58], TypeError, "of one type. Got 'pos', and 3 in row 1"),
        ([["pos"]] * 60, ValueError, "the same for all texts"),
        ([["pos", "neg"]] * 60, ValueError, "the same for all texts"),
        ([[]] * 60, ValueError, "empty for all texts"),
        (dict.fromkeys(TEXTS, "pos"), TypeError, "a list with one entry for each text.* Got dict"),
        ({"pos", "neg"}, TypeError, "a list with one entry for each text.* Got set"),
        (np.array("pos"), TypeError, "Got ndarray with 0 dimensions"),
        (np.zeros((60, 2, 2)), TypeError, "Got ndarray with 3 dimensions"),
        ([["pos"]] * 59, ValueError, "labels for each text. Got 60 texts and 59 labels"),
        ([[1, 0], [0, 1]] * 30, ValueError, r"look like the rows of a matrix.*np\.array\(labels\)"),
        (np.array([[1, 2], [0, 1]] * 30), ValueError, "zeros and ones"),
        (np.array([[1, 1]] * 60), ValueError, "the same for all texts"),
        (np.array([[1, 0]] * 59), ValueError, "60 texts and 59 labels"),
    ],
)
def test_bad_labels(labels, error, message):
    with pytest.raises(error, match=message):
        classifier().fit(TEXTS, labels)


def test_labels_that_were_never_seen(trained, tagger):
    with pytest.raises(ValueError, match=r"Label 2 of TextClassifier.evaluate.*\['neg', 'pos'\]. Got 'odd'"):
        trained.evaluate(TEXTS[:3], ["pos", "neg", "odd"], unseen_labels="error")
    with pytest.raises(ValueError, match="Label 0 of TextClassifier.evaluate.* Got 'odd'"):
        trained.evaluate(TEXTS[:1], ["odd"], unseen_labels="error")
    with pytest.raises(ValueError, match="labels of text 1 of TextClassifier.evaluate.* Got 'odd'"):
        tagger.evaluate(TAGGED[:2], [["pos"], ["odd"]], unseen_labels="error")
    with pytest.raises(ValueError, match="must be one class a text, as in fit"):
        trained.evaluate(TEXTS[:1], [["pos"]], unseen_labels="error")
    with pytest.raises(ValueError, match="must be sets of classes, as in fit"):
        tagger.evaluate(TAGGED[:1], ["pos"], unseen_labels="error")
    with pytest.raises(ValueError, match="must have 3 columns.* Got 2"):
        tagger.evaluate(TAGGED[:1], np.array([[0, 1]]), unseen_labels="error")
    with pytest.raises(ValueError, match="Got 60 texts and 2 labels"):
        trained.evaluate(TEXTS, ["pos", "neg"], unseen_labels="error")
    with pytest.raises(ValueError, match="needs texts and labels"):
        trained.evaluate([], [], unseen_labels="error")


def test_a_class_with_one_text_warns():
    with pytest.warns(UserWarning, match="Only one text of 'odd'") as caught:
        model = classifier().fit([*TEXTS, "odd thing"], [*LABELS, "odd"])
    assert caught[0].filename == __file__
    assert model.predict(["odd thing"]).tolist() == ["odd"]
    with pytest.warns(UserWarning, match="Only one text of 'x', 'y', 'z'"):
        model = classifier().fit(["a b", "c d", "e f"], ["x", "y", "z"])
    assert model.predict(["a b", "c d", "e f"]).tolist() == ["x", "y", "z"]


def test_enough_texts_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier().fit(TEXTS[:6], ["a", "b", "c", "a", "b", "c"])
        classifier().fit(TEXTS[:24], [row // 2 for row in range(24)])
        classifier(vectors=small_vectors()).fit(TEXTS, LABELS)
        classifier().fit(TAGGED, SETS)


UNKNOWN = KeyedVectors(np.ones((2, 3), np.float32), ["Zug", "Wagen"])


@pytest.mark.parametrize(
    ("vectors", "error", "message"),
    [
        (UNKNOWN, ValueError, "have a vector of at least one word of the texts, such as 'a'.*'Zug'"),
        ("vectors.bin", TypeError, r"must be KeyedVectors.* Got 'vectors.bin' instead. KeyedVectors.load"),
        (Word2Vec, TypeError, "an estimator such as Word2Vec.* Pass an instance"),
        (np.ones((3, 2)), TypeError, "must be KeyedVectors"),
        ({"good": [1.0]}, TypeError, "must be KeyedVectors"),
    ],
)
@pytest.mark.parametrize("labels", [LABELS, [[label] for label in LABELS]], ids=["one", "several"])
def test_wrong_vectors(vectors, error, message, labels):
    with pytest.raises(error, match=message):
        classifier(vectors=vectors).fit(TEXTS, labels)


def test_fitted_estimators_are_refused():
    fitted = small_word2vec().fit([text.split() for text in TEXTS])
    with pytest.raises(TypeError, match="Pass its wv_"):
        classifier(vectors=fitted).fit(TEXTS, LABELS)
    assert "document" in classifier(vectors=fitted.wv_).fit(TEXTS, LABELS).members_


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(kind="x"), ValueError, "kind parameter.*'sentiment', 'topic', or None. Got 'x'"),
        (dict(n_jobs=0), ValueError, "n_jobs parameter.* Got 0"),
        (dict(n_jobs="x"), ValueError, "n_jobs parameter.* Got 'x'"),
        (dict(tokenizer="x"), ValueError, "tokenizer parameter.* Got 'x'"),
        (dict(lowercase="x"), TypeError, "lowercase parameter.* Got 'x'"),
        (dict(verbose="x"), TypeError, "verbose parameter.* Got 'x'"),
        (dict(random_state=-1), ValueError, "random_state parameter.* Got -1"),
        (dict(random_state="x"), TypeError, "random_state parameter.* Got 'x'"),
        (dict(class_weight="x"), ValueError, "class_weight parameter.*balanced.* Got 'x'"),
        (dict(class_weight=[1, 2]), ValueError, "class_weight parameter.*dict"),
        (
            dict(class_weight={"odd": 1}),
            ValueError,
            r"class_weight parameter.*\['neg', 'pos'\] as keys. Got 'odd'",
        ),
        (dict(class_weight={"pos": 0}), ValueError, r"class_weight\['pos'\] parameter.*greater than 0"),
        (dict(class_weight={"pos": "x"}), TypeError, r"class_weight\['pos'\] parameter"),
    ],
)
def test_bad_parameters(options, error, message):
    with pytest.raises(error, match=message):
        TextClassifier(**{"verbose": False, **options}).fit(TEXTS, LABELS)


def test_bad_weights_of_labels():
    with pytest.raises(
        ValueError, match=r"class_weight parameter.*\['mixed', 'neg', 'pos'\] as keys. Got 'odd'"
    ):
        classifier(class_weight={"odd": 2.0}).fit(TAGGED, SETS)
    with pytest.raises(ValueError, match=r"class_weight\['pos'\] parameter.*greater than 0"):
        classifier(class_weight={"pos": 0.0}).fit(TAGGED, SETS)


@pytest.mark.filterwarnings("ignore:overflow")
def test_numbers_that_grow_beyond_all_bounds():
    huge = KeyedVectors(np.full((2, 3), 1e30, np.float32), ["good", "bad"])
    weights = np.ones(len(TEXTS))
    weights[3] = 1e300
    for options, weight in (({}, weights), ({"vectors": huge}, None)):
        with pytest.raises(
            ValueError, match="grew beyond all bounds. Lower the largest sample_weight, or scale the"
        ):
            classifier(**options).fit(TEXTS, LABELS, weight)


def test_a_huge_weight_of_a_class():
    model = classifier(class_weight={"pos": 1e300}).fit(TEXTS, LABELS)
    assert np.isfinite(model.predict_proba(TEXTS)).all()
    assert set(model.predict(["the", "", "a film"])) == {"pos"}


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (
            [1.0, 2.0],
            "sample_weight parameter of TextClassifier.fit must be None or one number for each of the 60",
        ),
        (np.ones((len(TEXTS), 1)), "one number for each of the 60 texts"),
        (["x"] * len(TEXTS), "one number for each of the 60 texts"),
        (5.0, "one number for each of the 60 texts"),
        ([-1.0, *[1.0] * (len(TEXTS) - 1)], "at least 0. Got -1.0 instead. That is the weight of text 0"),
        ([*[1.0] * (len(TEXTS) - 1), np.nan], "at least 0. Got nan instead. That is the weight of text 59"),
        ([0.0] * len(TEXTS), "hold a weight above zero"),
    ],
)
def test_bad_weights_of_texts(weight, message):
    with pytest.raises(ValueError, match=message):
        classifier().fit(TEXTS, LABELS, sample_weight=weight)


def test_texts_of_one_class_have_a_weight():
    weights = [float(label == "pos") for label in LABELS]
    with pytest.raises(ValueError, match="needs texts of at least two classes"):
        classifier().fit(TEXTS, LABELS, sample_weight=weights)


def test_a_tokenizer_that_returns_no_list():
    with pytest.raises(TypeError, match="tokenizer parameter of TextClassifier must return a list"):
        classifier(tokenizer=lambda text: 3).fit(TEXTS, LABELS)


@pytest.mark.filterwarnings("error")
def test_at_least_one_is_for_several_labels():
    with pytest.warns(UserWarning, match="one label, and gets one in any case.*label_separator"):
        classifier(at_least_one=True).fit(TEXTS, LABELS)
    classifier(at_least_one=True).fit(TAGGED, SETS)
