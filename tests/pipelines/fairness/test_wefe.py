"""Scores and debiased vectors equal the package wefe's wherever both compute the same.

Its p-values are not compared: it draws words with replacement (findings/wefe-permutations-repeat-words.sh).
"""

import numpy as np
import pytest

from wordvec.pipelines.fairness import bias_direction, debias, ripa, rnd, rnsb, weat
from wordvec.vectors.keyed_vectors import KeyedVectors

metrics = pytest.importorskip(
    "wefe.metrics",
    reason="compared with wefe, which asks for NumPy 1: pip install --no-deps wefe plotly semantic_version",
)
gensim = pytest.importorskip("gensim.models.keyedvectors", reason="wefe reads gensim's vectors")

from wefe.debias.hard_debias import HardDebias
from wefe.query import Query
from wefe.word_embedding_model import WordEmbeddingModel

WORDS = [f"w{row}" for row in range(60)]
X, Y, A, B = WORDS[:6], WORDS[6:12], WORDS[12:20], WORDS[20:25]
PAIRS = [("w0", "w1"), ("w2", "w3"), ("w4", "w5")]


@pytest.fixture(scope="module")
def kv():
    return KeyedVectors(np.random.default_rng(9).normal(size=(60, 12)).astype(np.float32), WORDS)


def model(kv, dtype=np.float64):
    # In float64, so that what differs is the definition.
    theirs = gensim.KeyedVectors(kv.vector_size, dtype=dtype)
    theirs.add_vectors(kv.index_to_key, kv.vectors.astype(dtype))
    return WordEmbeddingModel(theirs, "test")


def test_weat(kv):
    theirs = metrics.WEAT().run_query(Query([X, Y], [A, B]), model(kv))
    ours = weat(kv, X, Y, A, B)
    assert ours.statistic == pytest.approx(theirs["weat"], abs=1e-6)
    assert ours.effect_size == pytest.approx(theirs["effect_size"], abs=1e-6)


@pytest.mark.parametrize("normalize", [True, False])
def test_rnd(kv, normalize):
    theirs = metrics.RND().run_query(Query([X, Y], [A]), model(kv), normalize=normalize)
    ours = rnd(kv, X, Y, A, normalize=normalize)
    assert ours.score == pytest.approx(theirs["rnd"], abs=1e-6)
    assert ours.by_word == pytest.approx(theirs["distance_by_word"], abs=1e-6)


def test_ripa(kv):
    theirs = metrics.RIPA().run_query(Query([X, Y], [A]), model(kv))
    ours = ripa(kv, A, list(zip(X, Y)))
    assert ours.score == pytest.approx(theirs["ripa"], abs=1e-6)
    for word, found in theirs["word_values"].items():
        assert ours.by_word[word] == pytest.approx(found["mean"], abs=1e-6)
        assert ours.std_by_word[word] == pytest.approx(found["std"], abs=1e-6)


def test_rnsb(kv):
    theirs = metrics.RNSB().run_query(
        Query([X, Y], [A, B]), model(kv), holdout=False, estimator_params={"max_iter": 10_000}
    )
    ours = rnsb(kv, [*X, *Y], A, B)
    assert ours.score == pytest.approx(theirs["rnsb"], abs=1e-6)
    assert ours.by_word == pytest.approx(theirs["negative_sentiment_distribution"], abs=1e-6)


def test_hard_debiasing(kv):
    theirs = model(kv.unit_normed(), np.float32)  # it takes back no other
    method = HardDebias(pca_args={"n_components": 2}).fit(
        theirs, definitional_pairs=[list(pair) for pair in PAIRS]
    )
    direction = bias_direction(kv, PAIRS)
    np.testing.assert_allclose(abs(direction @ method.bias_direction_), 1, atol=1e-6)
    changed = KeyedVectors(method.transform(theirs, copy=True).wv.vectors, WORDS)
    # wefe leaves neutral words at the length that is left of them.
    np.testing.assert_allclose(debias(kv, PAIRS).vectors, changed.unit_vectors, atol=1e-6)
