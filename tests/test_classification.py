"""`TextClassifier`: scikit-learn's contract on raw texts, no leak, bad input."""

import pickle
import warnings

import numpy as np
import pytest
from classification_examples import chinese_reviews, reviews, small_vectors, tagged_reviews
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pipelines.classification import TextClassifier
from pipelines.classification_members import LINEAR_C
from pipelines.features import EmbeddingVectorizer
from wordvec import KeyedVectors
from wordvec.word2vec import Word2Vec

TEXTS, LABELS = reviews(60)
UNSEEN, UNSEEN_LABELS = reviews(40, seed=9)
TAGGED, SETS = tagged_reviews(80)


def classifier(kind=None, **options):
    return TextClassifier(kind, verbose=False, **{"n_jobs": 1, **options})


def small_word2vec(**options):
    return Word2Vec(vector_size=5, min_count=1, epochs=1, n_jobs=1, random_state=1, verbose=False, **options)


@pytest.fixture(scope="module")
def trained():
    return classifier().fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def tagger():
    return classifier().fit(TAGGED, SETS)


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
    assert balanced.members_["linear"].settings.class_weight == "balanced"
    assert plain.members_["linear"].settings.class_weight is None


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
        assert labels == tuple(tagger.classes_[row >= 0.5])
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


# scikit-learn's contract.


def test_parameters_are_stored_as_they_are():
    vectors = small_vectors()
    model = TextClassifier("topic", vectors=vectors, class_weight={"a": 2}, n_jobs=3, random_state=5)
    given = model.get_params(deep=False)
    assert given["vectors"] is vectors
    assert given["class_weight"] == {"a": 2}
    assert model.set_params(kind="sentiment", lowercase=False).kind == "sentiment"
    with pytest.raises(ValueError, match="Invalid parameter 'nonsense'"):
        model.set_params(nonsense=1)
    nested = TextClassifier(vectors=small_word2vec())
    assert nested.set_params(vectors__window=3).vectors.window == 3
    assert "window=3" in repr(nested)


def test_a_clone_is_not_fitted_and_shares_the_vectors(trained):
    twin = clone(trained)
    with pytest.raises(NotFittedError):
        twin.predict(TEXTS)
    vectors = small_vectors()
    assert clone(TextClassifier(vectors=vectors)).vectors.vectors is vectors.vectors
    with pytest.raises(NotFittedError):
        twin.score(TEXTS, LABELS)


def test_fitting_again_forgets(trained):
    model = classifier().fit(*chinese_reviews(40)).fit(TEXTS, LABELS)
    assert (model.predict_proba(UNSEEN) == trained.predict_proba(UNSEEN)).all()


@pytest.mark.parametrize("options", [{}, {"vectors": small_vectors()}])
def test_pickling(options):
    model = classifier(**options).fit(TEXTS, LABELS)
    read = pickle.loads(pickle.dumps(model))
    assert (read.predict_proba(UNSEEN) == model.predict_proba(UNSEEN)).all()


def test_the_result_does_not_depend_on_threads():
    texts, labels = reviews(200, ("mixed", "neg", "pos"))
    models = [
        classifier(vectors=small_vectors(), n_jobs=n_jobs, random_state=3).fit(texts, labels)
        for n_jobs in (1, 2)
    ]
    assert models[0].weights_ == models[1].weights_
    found = [model.predict_proba(UNSEEN).tobytes() for model in models]
    assert found[0] == found[1]


def test_prediction_takes_the_threads_that_n_jobs_says_now():
    texts, labels = reviews(200, ("neg", "pos"))
    model = classifier().fit(texts, labels)
    before = model.predict_proba(texts)
    model.n_jobs = 2
    np.testing.assert_array_equal(model.predict_proba(texts), before)
    assert model.members_["embedding"].model_.n_jobs == 2


def test_seeds():
    rows = [classifier(random_state=seed).fit(TEXTS, LABELS).predict_proba(UNSEEN) for seed in (3, 3, 4)]
    assert (rows[0] == rows[1]).all()
    assert (rows[0] != rows[2]).any()


def test_seeds_of_more_than_32_bits():
    model = classifier(random_state=2**40 + 3).fit(TEXTS, LABELS)
    assert (
        model.predict_proba(UNSEEN) == classifier(random_state=3).fit(TEXTS, LABELS).predict_proba(UNSEEN)
    ).all()


def test_no_global_seed_is_touched():
    drawn = []
    for fit in (lambda: None, lambda: classifier(random_state=np.random.RandomState(3)).fit(TEXTS, LABELS)):
        np.random.seed(1)  # noqa: NPY002
        fit()
        drawn.append(np.random.random())  # noqa: NPY002
    assert drawn[0] == drawn[1]


def test_in_a_pipeline():
    capitals = FunctionTransformer(lambda texts: [text.upper() for text in texts])
    model = Pipeline([("capitals", capitals), ("classifier", classifier())]).fit(TEXTS, LABELS)
    assert model.score(UNSEEN, UNSEEN_LABELS) == 1.0
    assert model.predict_proba(UNSEEN).shape == (40, 2)


def test_in_cross_validation_and_grid_search():
    # A class weight of classes, as they are, in each fold.
    model = classifier(class_weight={"pos": 2.0})
    assert cross_val_score(model, TEXTS, LABELS, cv=2, scoring="roc_auc").min() > 0.9
    search = GridSearchCV(classifier(vectors=small_word2vec()), {"vectors__window": [1, 3]}, cv=2)
    search.fit(TEXTS, LABELS)
    assert search.best_estimator_.score(UNSEEN, UNSEEN_LABELS) > 0.9


def test_sample_weight_of_the_score(trained):
    wrong = ["pos" if UNSEEN_LABELS[0] == "neg" else "neg", *UNSEEN_LABELS[1:]]
    weights = np.ones(40)
    weights[0] = 40.0
    assert trained.score(UNSEEN, wrong) == pytest.approx(39 / 40)
    assert trained.score(UNSEEN, wrong, sample_weight=weights) == pytest.approx(39 / 79)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        trained.score(UNSEEN, wrong, sample_weight=weights[:3])


def test_nothing_is_written_without_progress(capfd):
    classifier().fit(TEXTS, LABELS).predict(UNSEEN)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


# No leak.


def words_of(model):
    """All words that a fitted classifier knows, of all its members."""
    words = set(model._preparer.words.symbols)
    words |= set(model.members_["embedding"].model_.wv_.index_to_key)
    return words | set(model.members_["document"].model_[0].wv_.index_to_key)


def test_embeddings_fitted_in_cross_validation_never_see_the_held_out_fold():
    texts = [f"{text} poison{row}" for row, text in enumerate(TEXTS)]
    folds = KFold(3, shuffle=True, random_state=1)
    for model, known in (
        (classifier(vectors=small_word2vec()), words_of),
        (
            make_pipeline(EmbeddingVectorizer(small_word2vec(), pooling="sif"), LogisticRegression()),
            lambda pipeline: set(pipeline[0].wv_.index_to_key),
        ),
    ):
        found = cross_validate(model, texts, LABELS, cv=folds, return_estimator=True, return_indices=True)
        for fitted, train, held_out in zip(found["estimator"], *found["indices"].values()):
            words = known(fitted)
            assert {f"poison{row}" for row in train} <= words
            assert not {f"poison{row}" for row in held_out} & words


def test_held_out_texts_change_nothing_of_a_fold():
    # The same training texts with other held-out ones: the same model, to the bit.
    scores = []
    for extra in (TEXTS[40:], [f"{text} good good zebra" for text in UNSEEN[:20]]):
        folds = [(np.arange(40), np.arange(40, 60))]
        found = cross_validate(
            classifier(vectors=small_word2vec()),
            [*TEXTS[:40], *extra],
            LABELS,
            cv=folds,
            return_estimator=True,
        )
        scores.append(found["estimator"][0].predict_proba(UNSEEN))
    assert (scores[0] == scores[1]).all()


# Bad input.


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
        ("a good film", r"one str .*Pass a list of texts"),
        ({"good": 1}, "must be a list of texts.* Got dict"),
        ({"good", "bad"}, "must be a list of texts.* Got set"),
        (np.array([["good"], ["bad"]]), r"in one column.*\(2, 1\)"),
        (3, "must be a list of texts.* Got int"),
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
        ([["pos"]] * 60, ValueError, "at least two classes"),
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
    with pytest.raises(ValueError, match=r"Label 2 of TextClassifier.score.*\['neg', 'pos'\]. Got 'odd'"):
        trained.score(TEXTS[:3], ["pos", "neg", "odd"])
    with pytest.raises(ValueError, match="Label 0 of TextClassifier.evaluate.* Got 'odd'"):
        trained.evaluate(TEXTS[:1], ["odd"])
    with pytest.raises(ValueError, match="labels of text 1 of TextClassifier.score.* Got 'odd'"):
        tagger.score(TAGGED[:2], [["pos"], ["odd"]])
    with pytest.raises(ValueError, match="must be one class a text, as in fit"):
        trained.score(TEXTS[:1], [["pos"]])
    with pytest.raises(ValueError, match="must be sets of classes, as in fit"):
        tagger.score(TAGGED[:1], ["pos"])
    with pytest.raises(ValueError, match="must have 3 columns.* Got 2"):
        tagger.score(TAGGED[:1], np.array([[0, 1]]))
    with pytest.raises(ValueError, match="Got 60 texts and 2 labels"):
        trained.score(TEXTS, ["pos", "neg"])
    with pytest.raises(ValueError, match="needs texts and labels"):
        trained.score([], [])


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
        (UNKNOWN, ValueError, "no vector of any word of the texts.*the vectors 'Zug'"),
        ("vectors.bin", TypeError, r"must be KeyedVectors.* Got 'vectors.bin' instead. KeyedVectors.load"),
        (Word2Vec, TypeError, "an estimator such as Word2Vec.* that is not fitted"),
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
        (dict(kind="x"), ValueError, "kind parameter.*'sentiment', 'topic'. Got 'x'"),
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


def test_weights_of_single_classes_need_single_labels():
    with pytest.raises(ValueError, match="class_weight parameter.*may have several labels"):
        classifier(class_weight={"pos": 2.0}).fit(TAGGED, SETS)
    assert classifier(class_weight="balanced").fit(TAGGED, SETS).multilabel_


@pytest.mark.filterwarnings("ignore:overflow")
def test_numbers_that_grow_beyond_all_bounds():
    huge = KeyedVectors(np.full((2, 3), 1e30, np.float32), ["good", "bad"])
    for options in ({"class_weight": {"pos": 1e300}}, {"vectors": huge}):
        with pytest.raises(
            ValueError, match="grew beyond all bounds. Lower the largest class_weight, or scale the"
        ):
            classifier(**options).fit(TEXTS, LABELS)


def test_a_tokenizer_that_returns_no_list():
    with pytest.raises(TypeError, match="tokenizer parameter of TextClassifier must return a list"):
        classifier(tokenizer=lambda text: 3).fit(TEXTS, LABELS)
