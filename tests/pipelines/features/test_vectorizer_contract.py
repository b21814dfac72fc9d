"""`EmbeddingVectorizer`: training inside fit, no leak from held-out texts, scikit-learn's contract."""

import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import FeatureUnion, make_pipeline

from wordvec.embeddings.glove import GloVe
from wordvec.embeddings.ppmi import PPMISVD
from wordvec.embeddings.word2vec import Word2Vec
from wordvec.pipelines.features.vectorizer import EmbeddingVectorizer
from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import POOLINGS, SIZE, WORDS, random_texts

SMALL = {"vector_size": 6, "min_count": 1, "epochs": 1, "n_jobs": 1, "random_state": 1, "verbose": False}


# Training inside fit, and no leak


def labelled_texts(rng, n_texts):
    """Sentences of a few common words, each with one word that no other text has."""
    texts = [f"{' '.join(rng.choice(WORDS, 10))} only{k}" for k in range(n_texts)]
    return np.array(texts), np.arange(n_texts) % 2


class FewVectors(BaseEstimator):
    """Somebody else's estimator."""

    def __init__(self, seed=0):
        self.seed = seed

    def fit(self, sentences):
        words = sorted({word for sentence in sentences for word in sentence})
        assert sorted({word for sentence in sentences for word in sentence}) == words  # can be read twice
        self.wv_ = KeyedVectors(np.random.default_rng(self.seed).normal(size=(len(words), 4)), words)
        return self


@pytest.mark.parametrize(
    "estimator",
    [
        Word2Vec(**SMALL),
        GloVe(**SMALL),
        PPMISVD(vector_size=6, min_count=1, n_jobs=1, verbose=False),
        FewVectors(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_trains_a_clone_on_its_own_texts(rng, estimator):
    texts, _ = labelled_texts(rng, 30)
    model = EmbeddingVectorizer(estimator).fit(texts)
    want = clone(estimator).fit([text.split() for text in texts]).wv_
    assert not hasattr(estimator, "wv_")
    assert model.wv_.index_to_key == want.index_to_key
    np.testing.assert_array_equal(model.wv_.vectors, want.vectors)
    assert model.oov_rate_ == 0


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["idf", "sif", "usif"])
def test_cross_validation_never_sees_the_held_out_fold(rng, vectors, pooling):
    texts, labels = labelled_texts(rng, 40)
    folds = KFold(4)
    other = np.array(["w0 w0 w0 w29 changed " * 9] * 10)
    for source in (vectors, Word2Vec(**SMALL)):
        model = make_pipeline(EmbeddingVectorizer(source, pooling=pooling), LogisticRegression())
        for number, (train, test) in enumerate(folds.split(texts)):
            changed = texts.astype(object)
            changed[test] = other
            fitted = [
                cross_validate(model, X, labels, cv=folds, return_estimator=True, error_score="raise")
                for X in (texts, changed)
            ]
            a, b = (result["estimator"][number][0] for result in fitted)
            for name in ("word_weights", "directions", "shares"):
                np.testing.assert_array_equal(getattr(a.pooling_, name), getattr(b.pooling_, name))
            assert a.oov_rate_ == b.oov_rate_ and a.pooling_.a == b.pooling_.a
            assert a.wv_.index_to_key == b.wv_.index_to_key
            np.testing.assert_array_equal(a.wv_.vectors, b.wv_.vectors)
            if source is not vectors:
                assert {f"only{k}" for k in train} <= set(a.wv_.index_to_key)
                assert not {f"only{k}" for k in test} & set(a.wv_.index_to_key)
            elsewhere = fitted[1]["estimator"][(number + 1) % 4][0]
            assert not np.array_equal(elsewhere.pooling_.word_weights, a.pooling_.word_weights)


@pytest.mark.smoke
def test_clones_keep_trained_vectors(rng, vectors):
    texts, labels = labelled_texts(rng, 30)
    fitted = Word2Vec(**SMALL).fit([text.split() for text in texts])
    for source, want in ((fitted, fitted.wv_), (vectors, vectors)):
        model = EmbeddingVectorizer(source, pooling="sif").set_output(transform="default")
        twin = clone(model)
        assert (
            twin.vectors is source
            and twin is not model
            and twin.get_params(deep=False).keys() == (model.get_params(deep=False).keys())
        )
        assert twin._sklearn_output_config == model._sklearn_output_config == {"transform": "default"}
        assert twin.pooling == "sif" and not hasattr(clone(model.fit(texts)), "wv_")
        assert twin.fit(texts[:5]).wv_ is want
        assert model.vectors is source
        with pytest.raises(ValueError, match="not fitted if vectors__vector_size is set.*would not change"):
            twin.set_params(vectors__vector_size=4)
    fresh = EmbeddingVectorizer(fitted).set_params(vectors=Word2Vec(**SMALL), vectors__vector_size=4)
    assert fresh.fit(texts).wv_.vector_size == 4
    assert clone(fresh).vectors is not fresh.vectors


# The contract of scikit-learn


def test_grid_search_and_feature_union(rng, vectors):
    texts, labels = labelled_texts(rng, 40)
    labels = np.array(["w3" in text.split() for text in texts]).astype(int)
    union = FeatureUnion([("tfidf", TfidfVectorizer()), ("vectors", EmbeddingVectorizer(vectors))])
    model = make_pipeline(union, LogisticRegression())
    search = GridSearchCV(model, {"featureunion__vectors__pooling": POOLINGS}, cv=2, error_score="raise")
    search.fit(texts, labels)
    names = search.best_estimator_[0].get_feature_names_out()
    pooling = search.best_params_["featureunion__vectors__pooling"]
    assert names[-1] == f"vectors__{'max' if pooling == 'minmax' else pooling}_{SIZE - 1}"
    assert search.predict(texts[:3].tolist()).shape == (3,)

    nested = make_pipeline(EmbeddingVectorizer(Word2Vec(**SMALL)), LogisticRegression())
    grid = {"embeddingvectorizer__vectors__vector_size": [3, 5]}
    best = GridSearchCV(nested, grid, cv=2, error_score="raise").fit(texts, labels).best_estimator_
    assert best[0].wv_.vector_size in (3, 5)


@pytest.mark.smoke
@pytest.mark.parametrize("pooling", POOLINGS)
def test_names_pickle_and_refit(rng, vectors, pooling):
    texts = random_texts(rng, 30)
    model = EmbeddingVectorizer(vectors, pooling=pooling)
    for method in (model.transform, model.oov_rate, model.get_feature_names_out):
        with pytest.raises(NotFittedError):
            method(texts)
    features = model.fit_transform(texts)
    names = model.get_feature_names_out()
    assert len(set(names)) == features.shape[1] == model.pooling_.n_features
    assert names[0] == ("min_0" if pooling == "minmax" else f"{pooling}_0")
    # What was fitted counts, not what a parameter says since.
    other = pickle.loads(pickle.dumps(model)).set_params(pooling="mean" if pooling == "max" else "max")
    np.testing.assert_array_equal(other.transform(texts), features)
    np.testing.assert_array_equal(model.fit(texts).transform(texts), features)
    assert "EmbeddingVectorizer" in repr(model)


def test_set_output(vectors):
    pandas = pytest.importorskip("pandas")
    model = EmbeddingVectorizer(vectors).set_output(transform="pandas").fit(["w1"])
    frame = model.transform(pandas.Series(["w1", "w2"]))
    assert list(frame.columns) == list(model.get_feature_names_out())
