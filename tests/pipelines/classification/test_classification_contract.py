"""`TextClassifier`: scikit-learn's contract, seeds and threads, and no leak from held-out texts."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from wordvec.pipelines.classification.classifier import TextClassifier
from wordvec.pipelines.features.vectorizer import EmbeddingVectorizer

from .quick import LABELS, TEXTS, UNSEEN, UNSEEN_LABELS, classifier, small_word2vec
from .support import chinese_reviews, reviews, small_vectors

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


@pytest.mark.slow
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
