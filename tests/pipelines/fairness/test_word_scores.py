"""RND, RIPA and RNSB: equal to loops and to their formulas; what they refuse."""

import json

import naive_bias as naive
import numpy as np
import pytest

from wordvec._utils.errors import ParameterError
from wordvec.pipelines.fairness import ripa, rnd, rnsb
from wordvec.vectors.keyed_vectors import KeyedVectors

WORDS = [f"w{row}" for row in range(60)]
X, Y, NEUTRAL = WORDS[:4], WORDS[4:10], WORDS[10:25]
PAIRS = [("w0", "w1"), ("w2", "w3"), ("w4", "w5")]


@pytest.fixture(scope="module")
def kv():
    return KeyedVectors(np.random.default_rng(4).normal(size=(60, 6)).astype(np.float32), WORDS)


def test_rnd_equals_loops(kv):
    found = rnd(kv, X, Y, NEUTRAL)
    want = naive.relative_norm_distances(*(kv[words].astype(float) for words in (X, Y, NEUTRAL)))
    np.testing.assert_allclose(list(found.by_word.values()), want, atol=1e-12)
    assert found.score == pytest.approx(np.mean(want))
    assert rnd(kv.unit_normed(), X, Y, NEUTRAL, normalize=False).score == pytest.approx(found.score, abs=1e-6)
    assert rnd(kv, Y, X, NEUTRAL).score == pytest.approx(-found.score)


def test_ripa_equals_loops(kv):
    found = ripa(kv, NEUTRAL, PAIRS)
    pairs = [kv[list(pair)].astype(float) for pair in PAIRS]
    for word in NEUTRAL:
        want = naive.inner_products(kv[word].astype(float), pairs)
        assert found.by_word[word] == pytest.approx(np.mean(want), abs=1e-12)
        assert found.std_by_word[word] == pytest.approx(np.std(want), abs=1e-12)
    assert found.score == pytest.approx(np.mean(list(found.by_word.values())))


def test_rnsb_is_a_divergence_of_shares(kv):
    found = rnsb(kv, X, WORDS[20:35], WORDS[35:50])
    shares = np.array(list(found.by_word.values()))
    assert shares.sum() == pytest.approx(1)
    assert found.score == pytest.approx((shares * np.log(shares * 4)).sum())
    assert 0 <= found.accuracy <= 1
    assert found == rnsb(kv, X, WORDS[20:35], WORDS[35:50])
    other = rnsb(kv, X, WORDS[20:35], WORDS[35:50], random_state=2)
    assert (other.score, other.score_std != found.score_std) == (found.score, True)
    without = rnsb(kv, X, WORDS[20:35], WORDS[35:50], n_splits=0)
    assert (without.score, without.score_std, without.accuracy) == (found.score, None, None)


def test_rnsb_sees_which_word_is_negative():
    rng = np.random.default_rng(2)
    side = np.repeat([3.0, -3.0], 10)[:, None]
    table = np.concatenate([side + rng.normal(size=(20, 2)), [[3, 3], [-3, -3]]]).astype(np.float32)
    vectors = KeyedVectors(table, WORDS[:22])
    found = rnsb(vectors, ["w20", "w21"], WORDS[:10], WORDS[10:20])
    assert found.by_word["w21"] > 0.99
    assert found.score == pytest.approx(np.log(2), abs=0.1)
    assert found.accuracy == 1.0


def test_reports(kv):
    found = rnd(kv, X, Y, [*NEUTRAL, "zebra"], ignore_missing=True)
    assert found.left_out["words"] == ["zebra"]
    assert found.format().startswith("RND: ")
    assert found.format().endswith("left out of words (no vector): zebra")
    assert len(found.format().splitlines()) == 14
    scores = [
        found,
        ripa(kv, X, [*PAIRS, ("gnu", "w1")], ignore_missing=True),
        rnsb(kv, X, WORDS[20:30], WORDS[30:40]),
    ]
    assert scores[1].left_out["pairs"] == ["gnu"]
    assert "and 3 pairs" in scores[1].format()
    assert "accuracy" in scores[2].format()
    for each in scores:
        assert json.loads(json.dumps(each.to_dict()))["score"] == each.score


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda kv: rnd(kv, [], Y, NEUTRAL), "X parameter of rnd"),
        (lambda kv: rnd(kv, X, ["zebra"], NEUTRAL), "Y parameter of rnd.*zebra.*ignore_missing=True"),
        (
            lambda kv: rnd(kv, X, Y, ["zebra"], ignore_missing=True),
            "words parameter of rnd must hold at least 1",
        ),
        (lambda kv: rnd(kv, X, Y, NEUTRAL, normalize=1), "normalize parameter of rnd"),
        (lambda kv: rnd(None, X, Y, NEUTRAL), "vectors parameter of rnd"),
        (lambda kv: ripa(kv, X, []), "pairs parameter of ripa must be a list of pairs"),
        (lambda kv: ripa(kv, X, ["w1"]), "pairs parameter of ripa must hold pairs of two different words"),
        (lambda kv: ripa(kv, X, ["ab"]), "two different words"),
        (lambda kv: ripa(kv, X, [("w1", "w1")]), "two different words"),
        (lambda kv: ripa(kv, X, [("w1", "gnu")]), r"\['gnu'\]"),
        (lambda kv: ripa(kv, X, [("w1", "gnu")], ignore_missing=True), "both words have a vector.*gnu"),
        (lambda kv: ripa(kv, [], PAIRS), "words parameter of ripa"),
        (
            lambda kv: rnsb(kv, ["w0"], WORDS[20:30], WORDS[30:40]),
            "words parameter of rnsb must hold at least 2",
        ),
        (
            lambda kv: rnsb(kv, X, WORDS[20:24], WORDS[30:40]),
            "positive parameter of rnsb must hold at least 5",
        ),
        (
            lambda kv: rnsb(kv, X, WORDS[20:30], WORDS[29:40]),
            "negative parameter of rnsb must hold no word of",
        ),
        (lambda kv: rnsb(kv, X, WORDS[20:30], WORDS[30:40], n_splits=-1), "n_splits parameter of rnsb"),
    ],
)
def test_bad_input_is_one_clear_line(kv, call, message):
    with pytest.raises(ParameterError, match=message) as caught:
        call(kv)
    assert "\n" not in str(caught.value)


def test_ripa_needs_words_apart():
    vectors = KeyedVectors(np.float32([[1, 2], [1, 2], [3, 1]]), ["a", "b", "c"])
    with pytest.raises(ParameterError, match=r"different vectors. Got \('a', 'b'\)"):
        ripa(vectors, ["c"], [("c", "a"), ("a", "b")])
