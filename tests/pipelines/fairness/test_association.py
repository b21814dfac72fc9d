"""WEAT and SEAT, equal to loops over every partition; what they refuse; hand-made sets in two languages."""

import json
import math

import naive_bias as naive
import numpy as np
import pytest

from wordvec._utils.errors import ParameterError
from wordvec.encoders import StaticEncoder
from wordvec.pipelines.fairness import TEMPLATES, permutations, seat, weat, word_sets
from wordvec.pipelines.features import EmbeddingVectorizer
from wordvec.vectors.keyed_vectors import KeyedVectors

WORDS = [f"w{row}" for row in range(60)]
X, Y, A, B = WORDS[:4], WORDS[4:8], WORDS[8:11], WORDS[11:13]


@pytest.fixture(scope="module")
def kv():
    return KeyedVectors(np.random.default_rng(3).normal(size=(60, 5)).astype(np.float32), WORDS)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
@pytest.mark.parametrize("first", range(0, 24, 4))
def test_weat_equals_going_through_every_partition(kv, alternative, first):
    sets = [WORDS[first : first + 4], WORDS[first + 4 : first + 8], WORDS[40:43], WORDS[50:52]]
    tables = [kv[words].astype(float) for words in sets]
    found = weat(kv, *sets, alternative=alternative)
    assert found.statistic == pytest.approx(naive.statistic(*tables), abs=1e-9)
    assert found.effect_size == pytest.approx(naive.effect_size(*tables), abs=1e-9)
    assert found.p_value == naive.p_value(*tables, alternative)
    assert (found.method, found.n_partitions, found.seed) == ("exact", math.comb(8, 4), None)
    with_ddof = weat(kv, *sets, ddof=1).effect_size
    assert with_ddof == pytest.approx(naive.effect_size(*tables, ddof=1), abs=1e-9)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_partitions_that_tie_count(alternative):
    table = np.float32([[1, 3], [2, 1], [1, 3], [2, 1], [1, 1], [5, 1], [1, 0], [0, 1]])
    vectors = KeyedVectors(table, WORDS[:8])
    sets = [WORDS[0:3], WORDS[3:6], ["w6"], ["w7"]]
    tables = [vectors[words].astype(float) for words in sets]
    assert weat(vectors, *sets, alternative=alternative).p_value == naive.p_value(*tables, alternative)


def test_partitions_of_large_sets_are_counted():
    scores = np.arange(40.0)
    # X holds the largest half: no other partition reaches it.
    assert permutations.count_all(scores[::-1], 400.0, "greater") == (1, math.comb(40, 20))
    assert permutations.count_all(scores, -400.0, "greater")[0] == math.comb(40, 20)
    assert permutations.count_all(scores, -400.0, "two-sided")[0] == 2


def test_samples_come_near_the_exact_value_and_repeat(kv):
    sets = [WORDS[:10], WORDS[10:20], WORDS[20:30], WORDS[30:40]]
    exact = weat(kv, *sets)
    drawn = weat(kv, *sets, max_exact=9, n_samples=40_000)
    assert (drawn.method, drawn.n_partitions, drawn.seed) == ("sampled", 40_000, 1)
    # 40,000 draws have a standard error of at most 0.0025.
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.0125)
    assert weat(kv, *sets, max_exact=9, n_samples=40_000) == drawn
    assert weat(kv, *sets, max_exact=9, n_samples=999, alternative="two-sided").p_value * 1000 % 1 < 1e-9
    other = weat(kv, *sets, max_exact=9, n_samples=40_000, random_state=2)
    assert other.p_value != drawn.p_value
    assert other.effect_size == drawn.effect_size


def test_samples_do_not_depend_on_blocks(monkeypatch):
    scores = np.random.default_rng(5).normal(size=30)
    found = permutations.count_sampled(scores, 2.0, "greater", 500, 7)
    monkeypatch.setattr(permutations, "_BLOCK_FLOATS", 90)
    assert permutations.count_sampled(scores, 2.0, "greater", 500, 7) == found


def test_unknown_words_are_named(kv):
    found = weat(kv, [*X, "zebra"], Y, A, ["gnu", *B], ignore_missing=True)
    assert found.left_out == {"X": ["zebra"], "Y": [], "A": [], "B": ["gnu"]}
    assert found.effect_size == weat(kv, X, Y, A, B).effect_size
    text = found.format()
    assert "left out of X (no vector): zebra" in text
    assert "exact: all 70 partitions" in text
    assert json.loads(json.dumps(found.to_dict()))["left_out"]["B"] == ["gnu"]
    assert "drawn with seed 1" in weat(kv, X, Y, A, B, max_exact=3, n_samples=10).format()


def test_equal_words_have_no_effect():
    table = np.float32([[0.1, 0.2], [0.3, 0.6], [0.7, 1.4], [0.2, 0.4], [1, 0], [0, 1]])
    found = weat(KeyedVectors(table, WORDS[:6]), ["w0", "w1"], ["w2", "w3"], ["w4"], ["w5"])
    assert (found.effect_size, found.statistic, found.p_value) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": []}, "X parameter of weat must be a list of words that is not empty"),
        ({"A": "he she"}, "A parameter of weat must be a list of words"),
        ({"A": [1]}, "A parameter of weat must be a list of words"),
        ({"X": ["w0"], "Y": ["w4"]}, "X parameter of weat must hold at least 2 items"),
        ({"Y": Y[:3]}, "X holds 4, Y 3: take some out of the larger set"),
        ({"Y": ["zebra", *Y[1:]], "ignore_missing": True}, "X holds 4, Y 3 that have a vector"),
        ({"X": ["zebra", *X]}, r"X parameter of weat must have a vector.*\['zebra'\].*ignore_missing=True"),
        ({"B": ["zebra"], "ignore_missing": True}, "B parameter of weat must hold at least 1 .* zebra"),
        ({"X": ["w0", "w0"]}, "not repeat a word. Got 'w0'"),
        ({"Y": ["w0", "w5", "w6", "w7"]}, r"Y parameter of weat must hold no word of X. Got \['w0'\]"),
        ({"B": ["w8"]}, "B parameter of weat must hold no word of A"),
        ({"alternative": "more"}, "alternative parameter of weat"),
        ({"n_samples": 0}, "n_samples parameter of weat"),
        ({"max_exact": 30}, "max_exact parameter of weat"),
        ({"random_state": -1}, "random_state parameter of weat"),
    ],
)
def test_bad_sets_are_one_clear_line(kv, change, message):
    arguments = {"X": X, "Y": Y, "A": A, "B": B} | change
    with pytest.raises(ParameterError, match=message) as caught:
        weat(kv, **arguments)
    assert "\n" not in str(caught.value)


def test_vectors_must_be_keyed_vectors():
    with pytest.raises(ParameterError, match="vectors parameter of weat"):
        weat({"w0": [1.0]}, X, Y, A, B)


def test_seat_of_any_encoder(kv):
    templates = ["this is {}", "{} it is"]
    found = seat(kv, X, Y, A, B, templates=templates)
    assert list(found.associations["X"])[:3] == ["this is w0", "w0 it is", "this is w1"]
    # The other words have no vector: each sentence is its word, twice.
    assert found.effect_size == pytest.approx(weat(kv, X, Y, A, B).effect_size, abs=1e-6)
    vectorizer = EmbeddingVectorizer(kv).fit(["this is w0"])
    assert seat(vectorizer.transform, X, Y, A, B, templates=templates) == found
    plain = seat(kv, X, Y, A, B, templates=None)
    assert plain.p_value == weat(kv, X, Y, A, B).p_value


def test_seat_of_a_static_encoder():
    sets = word_sets("flowers_insects"), word_sets("pleasantness")
    words = [word for group in sets for some in group.values() for word in some] + ["this", "is"]
    table = np.random.default_rng(1).normal(size=(len(words), 8)).astype(np.float32)
    encoder = StaticEncoder.from_vectors(KeyedVectors(table, words), weighting="none")
    found = seat(encoder, *sets[0].values(), *sets[1].values(), n_samples=1000)
    assert len(found.associations["Y"]) == 8 * len(TEMPLATES["en"])
    assert found.method == "sampled"
    assert found == seat(encoder.encode, *sets[0].values(), *sets[1].values(), n_samples=1000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"templates": ["no place"]}, "templates parameter of seat must hold {} once"),
        ({"templates": []}, "templates parameter of seat"),
        ({"encoder": 3}, "encoder parameter of seat"),
        (
            {"encoder": lambda texts: np.zeros(3)},
            r"a row for each of the 78 texts. It returned the shape \(3,\)",
        ),
        ({"encoder": lambda texts: np.full((len(texts), 2), np.nan)}, "with NaN"),
        ({"X": ["zebra", "w1", "w2", "w3"]}, "X parameter of seat must have a vector"),
        ({"X": []}, "X parameter of seat"),
    ],
)
def test_bad_arguments_of_seat(kv, change, message):
    arguments = {"encoder": kv, "X": X, "Y": Y, "A": A, "B": B} | change
    with pytest.raises(ValueError, match=message):
        seat(**arguments)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_word_sets_are_sets_of_equal_size(language):
    for topic in (
        "gender",
        "gender_specific",
        "career_family",
        "science_arts",
        "pleasantness",
        "flowers_insects",
    ):
        first, second = word_sets(topic, language).values()
        assert len(first) == len(second) >= 8
        assert len({*first, *second}) == 2 * len(first)
    assert len(word_sets("occupations", language)["occupations"]) == 16
    assert all(template.count("{}") == 1 for template in TEMPLATES[language])


def test_word_sets_say_what_there_is():
    with pytest.raises(ParameterError, match="topic parameter of word_sets must be one of 'gender'"):
        word_sets("age")
    with pytest.raises(ParameterError, match="language parameter of word_sets"):
        word_sets("gender", "fr")
