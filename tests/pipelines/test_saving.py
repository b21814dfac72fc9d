"""Estimators of texts in files: they do the same after loading, and damage is found."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from wordvec import KeyedVectors
from wordvec.pipelines import EDA, AugmentedClassifier, EmbeddingVectorizer, NBSVMClassifier, TopicModel
from wordvec.pipelines.preprocessing import TextCleaner

TEXTS = ["a good film", "a bad film", "good good fun", "dull and bad", "no"]
WORDS = ["a", "good", "bad", "film", "dull", "fun"]


def vectors(dtype=np.float32, counts=None):
    return KeyedVectors(np.random.default_rng(1).normal(size=(6, 8)).astype(dtype), WORDS, counts)


@pytest.mark.parametrize("pooling", ["mean", "max", "minmax", "idf", "sif", "usif"])
@pytest.mark.parametrize("counts", [None, np.arange(6, 0, -1)])
def test_vectorizers(tmp_path, pooling, counts):
    model = EmbeddingVectorizer(vectors(counts=counts), pooling=pooling, lowercase=False).fit(TEXTS)
    model.save(tmp_path / "v.safetensors")
    loaded = EmbeddingVectorizer.load(str(tmp_path / "v.safetensors"))
    assert (loaded.transform(TEXTS) == model.transform(TEXTS)).all()
    assert loaded.pooling_.a == model.pooling_.a
    assert loaded.oov_rate_ == model.oov_rate_
    assert loaded.word_probabilities_ == model.word_probabilities_
    expected, found = (each.get_params(deep=False) for each in (model, loaded))
    assert found.pop("vectors").index_to_key == expected.pop("vectors").index_to_key
    assert found == expected
    assert (loaded.fit(TEXTS).transform(TEXTS) == model.transform(TEXTS)).all()


def test_a_vectorizer_with_a_tokenizer_of_its_own(tmp_path):
    path = tmp_path / "v"
    EmbeddingVectorizer(vectors(), tokenizer=str.split).fit(TEXTS).save(path)
    with pytest.raises(
        ValueError, match="tokenizer parameter of EmbeddingVectorizer.load must be the callable"
    ):
        EmbeddingVectorizer.load(path)
    loaded = EmbeddingVectorizer.load(path, tokenizer=str.split)
    assert loaded.tokenizer is str.split
    EmbeddingVectorizer(vectors()).fit(TEXTS).save(path)
    with pytest.raises(ValueError, match="must be left out: the file has 'word'"):
        EmbeddingVectorizer.load(path, tokenizer=str.split)


@pytest.mark.parametrize("classes", [["pos", "neg"], [3, 1, 2], [True, False]])
@pytest.mark.parametrize("weights", [None, "balanced", "own"])
def test_nbsvm(tmp_path, classes, weights):
    rng = np.random.default_rng(2)
    X = rng.integers(3, size=(30, 7))
    y = np.array(classes)[np.arange(30) % len(classes)]
    own = {label: 1.0 + k for k, label in enumerate(classes)}
    model = NBSVMClassifier(C=0.5, class_weight=own if weights == "own" else weights, random_state=3).fit(
        X, y
    )
    model.save(tmp_path / "m")
    loaded = NBSVMClassifier.load(tmp_path / "m")
    assert (loaded.decision_function(X) == model.decision_function(X)).all()
    assert loaded.predict(X).tolist() == model.predict(X).tolist()
    assert loaded.get_params() == model.get_params()
    assert loaded.n_features_in_ == 7


def test_a_random_state_is_saved_as_the_seed_that_fit_drew_from_it(tmp_path):
    X, y = np.eye(4), [0, 1, 0, 1]
    model = NBSVMClassifier(random_state=np.random.RandomState(3)).fit(X, y)
    model.save(tmp_path / "m")
    seed = np.random.RandomState(3).randint(2**31 - 1)
    assert NBSVMClassifier.load(tmp_path / "m").random_state == seed
    topics = TopicModel(vectors(), 2, lexical_size=0, random_state=np.random.RandomState(3)).fit(TEXTS)
    topics.save(tmp_path / "t")
    loaded = TopicModel.load(tmp_path / "t")
    assert loaded.random_state == seed
    assert loaded.fit(TEXTS).labels_.tolist() == topics.labels_.tolist()
    with pytest.raises(
        ValueError, match="random_state parameter of EDA must be a number or None to be saved"
    ):
        EDA(random_state=np.random.RandomState(3)).save(tmp_path / "a")


def test_cleaners(tmp_path):
    cleaner = TextCleaner(html=False, urls=None, max_repeats=2, missing="empty", mask=("id", "card"))
    cleaner.save(tmp_path / "c")
    assert TextCleaner.load(tmp_path / "c").get_params() == cleaner.get_params()


@pytest.mark.parametrize("kind", ["mapping", "vectors", "none"])
def test_augmenters(tmp_path, kind):
    synonyms = {
        "mapping": {"good": ["fine", "great"], "film": ["movie"]},
        "vectors": vectors(),
        "none": None,
    }[kind]
    options = {"insert_rate": 0.0, "swap_rate": 0.3} if kind == "none" else {"min_similarity": -1.0}
    augmenter = EDA(synonyms, stop_words={"a", "and"}, random_state=5, **options)
    augmenter.save(tmp_path / "a")
    loaded = EDA.load(tmp_path / "a")
    assert loaded.augment(TEXTS, n_copies=3) == augmenter.augment(TEXTS, n_copies=3)


def test_what_is_not_fitted_or_no_path(tmp_path):
    for estimator in (EmbeddingVectorizer(vectors()), NBSVMClassifier()):
        with pytest.raises(ValueError, match="not fitted"):
            estimator.save(tmp_path / "x")
    with pytest.raises(TypeError, match="path parameter of TextCleaner.save"):
        TextCleaner().save(3)
    with pytest.raises(FileNotFoundError):
        TextCleaner.load(tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_damage_and_other_files_are_found(tmp_path):
    path = tmp_path / "m"
    TextCleaner().save(path)
    with pytest.raises(
        ValueError, match=r"holds something else, a cleaner of texts: TextCleaner.load reads it"
    ):
        EDA.load(path)
    EmbeddingVectorizer(vectors()).fit(TEXTS).save(path)
    data = path.read_bytes()
    for place in (20, len(data) // 2, len(data) - 3):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(ValueError, match="cannot be read as a vectorizer of texts"):
            EmbeddingVectorizer.load(path)
    path.write_bytes(data[:-9])
    with pytest.raises(ValueError, match="cannot be read as a vectorizer of texts"):
        EmbeddingVectorizer.load(path)


def test_a_foreign_estimator_is_not_pickled(tmp_path):
    model = AugmentedClassifier(LogisticRegression(), EDA())
    with pytest.raises(
        TypeError, match=r"holds a foreign estimator, classifier_ \(LogisticRegression\).* no pickle"
    ):
        model.save(tmp_path / "x")


@pytest.mark.parametrize("has_vectors", [True, False])
@pytest.mark.parametrize("lexical_size", [0, 3])
@pytest.mark.parametrize("tokenizer", ["auto", str.split])
def test_topic_models(tmp_path, has_vectors, lexical_size, tokenizer):
    if not has_vectors and not lexical_size:
        return
    model = TopicModel(
        vectors() if has_vectors else None,
        2,
        lexical_size=lexical_size,
        tokenizer=tokenizer,
        stop_words={"a"},
    ).fit(TEXTS)
    model.save(tmp_path / "t")
    loaded = TopicModel.load(tmp_path / "t", tokenizer=tokenizer if callable(tokenizer) else None)
    assert (loaded.transform(TEXTS) == model.transform(TEXTS)).all()
    assert loaded.predict(TEXTS).tolist() == model.predict(TEXTS).tolist()
    assert loaded.report() == model.report()
    assert loaded.silhouettes_ == model.silhouettes_
    assert loaded.labels_.tolist() == model.labels_.tolist()
    expected, found = (each.get_params(deep=False) for each in (model, loaded))
    assert (found.pop("vectors") is None) == (expected.pop("vectors") is None)
    # A set comes back as a list.
    assert set(found.pop("stop_words")) == expected.pop("stop_words")
    assert found == expected
