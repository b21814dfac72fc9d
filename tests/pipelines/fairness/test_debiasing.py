"""Hard debiasing: the direction of an eigenvector, neutral words without it, pairs at equal distances."""

import naive_bias as naive
import numpy as np
import pytest

from wordvec._utils.errors import ParameterError
from wordvec.pipelines.fairness import bias_direction, debias, direct_bias, weat
from wordvec.vectors.keyed_vectors import KeyedVectors

WORDS = [f"w{row}" for row in range(60)]
PAIRS = [("w0", "w1"), ("w2", "w3"), ("w4", "w5")]
NEUTRAL = WORDS[10:]


@pytest.fixture(scope="module")
def kv():
    table = np.random.default_rng(6).normal(size=(60, 8)).astype(np.float32)
    table[0:10:2, 0] += 3
    return KeyedVectors(table, WORDS, np.arange(60, 0, -1))


def test_direction_is_the_first_component(kv):
    direction = bias_direction(kv, PAIRS)
    want = naive.first_component([kv[list(pair)].astype(float) for pair in PAIRS])
    np.testing.assert_allclose(direction * np.sign(direction @ want), want, atol=1e-12)
    assert np.linalg.norm(direction) == pytest.approx(1)
    # It points to the first words.
    np.testing.assert_allclose(bias_direction(kv, [pair[::-1] for pair in PAIRS]), -direction, atol=1e-12)
    apart = kv.unit_normed()["w0"] - kv.unit_normed()["w1"]
    np.testing.assert_allclose(bias_direction(kv, PAIRS[:1]), apart / np.linalg.norm(apart), atol=1e-6)


def test_direct_bias_is_a_mean_of_cosines(kv):
    direction = bias_direction(kv, PAIRS)
    cosines = [abs(naive.cosine(kv[word].astype(float), direction)) for word in NEUTRAL]
    assert direct_bias(kv, NEUTRAL, 5 * direction) == pytest.approx(np.mean(cosines))
    assert direct_bias(kv, NEUTRAL, direction, strictness=0.5) == pytest.approx(np.mean(np.sqrt(cosines)))


def test_neutral_words_lose_the_direction_and_pairs_are_equally_far(kv):
    direction = bias_direction(kv, PAIRS)
    fair = debias(kv, PAIRS, specific=["w6", "w7", "unknown"])
    assert direct_bias(kv, NEUTRAL, direction) > 0.2
    assert direct_bias(fair, NEUTRAL, direction) < 1e-6
    np.testing.assert_allclose(fair.norms, 1, atol=1e-6)
    for first, second in PAIRS:
        for word in NEUTRAL:
            assert fair.similarity(word, first) == pytest.approx(fair.similarity(word, second), abs=1e-6)
        # Nothing else of the pair is lost: their mean across the direction stays.
        means = [v.unit_normed()[[first, second]].mean(axis=0) for v in (kv, fair)]
        across = [mean - (mean @ direction) * direction for mean in means]
        np.testing.assert_allclose(across[1], across[0], atol=1e-6)
        assert (fair[first] - fair[second]) @ direction > 0
    np.testing.assert_allclose(fair[["w6", "w7"]], kv.unit_normed()[["w6", "w7"]])
    assert fair.index_to_key == kv.index_to_key
    assert fair.counts.tolist() == kv.counts.tolist()


def test_neutral_words_have_no_association_with_an_equalised_pair(kv):
    found = weat(debias(kv, PAIRS), WORDS[10:15], WORDS[15:20], ["w0"], ["w1"])
    assert (found.effect_size, found.p_value) == (0.0, 1.0)


def test_only_the_given_words_change(kv):
    fair = debias(kv, PAIRS, equalize_pairs=[("w6", "w7")], neutral=["w20", "w21"])
    changed = [w for w in WORDS if not np.allclose(fair[w], kv.unit_normed()[w], atol=1e-6)]
    assert changed == ["w6", "w7", "w20", "w21"]


def test_half_floats_and_vectors_of_zeros():
    table = np.float16([[1, 2, 0], [2, 1, 0], [1, -1, 0], [3, 1, 2], [0, 0, 0]])
    fair = debias(KeyedVectors(table, WORDS[:5]), [("w0", "w1")])
    assert fair.vectors.dtype == np.float32
    # w2 lies along the direction: nothing of it is left but rounding.
    assert np.isfinite(fair.vectors).all()
    assert not fair["w4"].any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda kv: debias(kv, []), "definitional_pairs parameter of debias"),
        (lambda kv: debias(kv, [("w0", "gnu")]), r"hold words that have a vector. Got \['gnu'\]"),
        (lambda kv: debias(kv, ["w0"]), "pairs of two different words"),
        (lambda kv: debias(kv, [("w0", "w1"), ("w0", "w2")]), "no word in two pairs. Got 'w0'"),
        (lambda kv: debias(kv, PAIRS, neutral=[]), "neutral parameter of debias"),
        (lambda kv: debias(kv, PAIRS, neutral=["gnu"]), r"neutral parameter of debias .*\['gnu'\]"),
        (lambda kv: debias(kv, PAIRS, neutral=["w9"], specific=["w8"]), "specific parameter of debias"),
        (lambda kv: debias(None, PAIRS), "vectors parameter of debias"),
        (lambda kv: bias_direction(kv, [("gnu", "w1")]), "definitional_pairs parameter of bias_direction"),
        (lambda kv: direct_bias(kv, [], np.ones(8)), "words parameter of direct_bias"),
        (lambda kv: direct_bias(kv, ["gnu"], np.ones(8)), "words parameter of direct_bias"),
        (
            lambda kv: direct_bias(kv, ["w1"], np.ones(3)),
            "direction parameter of direct_bias must be 8 finite",
        ),
        (lambda kv: direct_bias(kv, ["w1"], np.zeros(8)), "direction parameter of direct_bias"),
        (lambda kv: direct_bias(kv, ["w1"], np.ones(8), strictness=0), "strictness parameter of direct_bias"),
    ],
)
def test_bad_input_is_one_clear_line(kv, call, message):
    with pytest.raises(ParameterError, match=message) as caught:
        call(kv)
    assert "\n" not in str(caught.value)


def test_pairs_must_point_apart():
    vectors = KeyedVectors(np.float32([[1, 2], [2, 4]]), ["a", "b"])
    with pytest.raises(ParameterError, match="different directions"):
        bias_direction(vectors, [("a", "b")])
