"""Cleaning and splitting of pairs against definitions."""

import itertools
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from wordvec._utils.errors import ParameterError
from wordvec.pipelines.applications.seq2seq.pairs import (
    clean_pairs,
    hold_out,
    split_pairs,
    training_and_held_out,
)


def test_what_is_left_out_is_counted():
    long = "this sentence goes on and on and on, and on again, until nobody is left who reads it"
    pairs = [("a b", "x  y"), ("a b ", "x y"), ("", "x"), ("a", " \n"), ("c", "z"), (long, "z")] + [
        (f"word {n} of many", f"Wort {n} von vielen") for n in range(9)
    ]
    found = clean_pairs(*zip(*pairs))
    assert (found.n_empty, found.n_duplicates, found.n_unequal) == (2, 1, 1)
    assert len(found) == len(pairs) - 4 == len(found.targets) and found.sources[:2] == ["a b", "c"]
    assert found.describe() == "4 left out: 2 empty, 1 of unequal length, 1 duplicate"
    assert clean_pairs(*zip(*pairs), max_ratio=None).n_unequal == 0
    assert clean_pairs(["a"], ["b"]).describe() == "none left out"


def test_scripts_of_different_length_are_compared_with_their_own_kind():
    english = [f"this is sentence number {n} of the whole book" for n in range(9)]
    chinese = [f"这是全书第{n}句" for n in range(9)]
    assert clean_pairs(english, chinese).n_unequal == 0
    assert clean_pairs([*english, english[0]], [*chinese, chinese[0] * 12]).n_unequal == 1
    german = [f"dies ist der Satz Nummer {n} des ganzen Buches" for n in range(9)]
    tags = ["zh"] * 9 + ["de"] * 9
    both = clean_pairs(english * 2, chinese + german, tags)
    assert both.n_unequal == 0 and both.languages == tags
    # The same two texts may be a pair of each language.
    assert clean_pairs(["a"] * 2, ["b"] * 2, ["de", "nl"]).n_duplicates == 0


@pytest.mark.parametrize("seed", range(4))
def test_no_sentence_is_in_both_parts(seed):
    rng = np.random.default_rng(seed)
    sources = [f"S{n}" for n in rng.integers(0, 60, 80)]
    targets = [("t" if n % 2 else "T") + str(n) for n in rng.integers(0, 60, 80)]
    training, held_out = split_pairs(sources, targets, 12, seed)
    assert sorted([*training, *held_out]) == list(range(80)) and 0 < len(held_out) <= 12
    for side in (sources, targets):
        parts = [{side[place].lower() for place in part} for part in (training, held_out)]
        assert not parts[0] & parts[1]
    # Groups by brute force: pairs are joined until nothing changes.
    group = list(range(80))
    changed = True
    while changed:
        changed = False
        for a, b in itertools.combinations(range(80), 2):
            same = sources[a] == sources[b] or targets[a].lower() == targets[b].lower()
            if same and group[a] != group[b]:
                group[a] = group[b] = min(group[a], group[b])
                changed = True
    whole = {group[place] for place in held_out}
    assert {place for place in range(80) if group[place] in whole} == set(held_out)
    assert all(
        (one == other).all()
        for one, other in zip(split_pairs(sources, targets, 12, seed), (training, held_out))
    )


def test_shares_that_are_held_out():
    def n_of(n, fraction):
        texts = [f"{k}" for k in range(n)]
        training, held_out = hold_out(clean_pairs(texts, texts), fraction, 1)
        assert len(training) + len(held_out) == n
        return len(held_out)

    assert [n_of(1, 0.1), n_of(2, 0.1), n_of(50, 0.02), n_of(2000, 0.02), n_of(2000, 0.2)] == [
        0,
        1,
        5,
        100,
        400,
    ]
    assert n_of(4000, 0.5) == 1000


@pytest.mark.parametrize("validation", ["ab", 3, (["a"],), (["a"],) * 4, {"a": "b", "c": "d"}])
def test_validation_is_two_lists_or_three(validation):
    cleaned = clean_pairs(["a b", "c d"], ["e f", "g h"])
    parameters = SimpleNamespace(validation_fraction=0.1, random_state=1)
    with pytest.raises(
        ParameterError, match="validation parameter of X.fit must be two lists, sources and targets"
    ):
        training_and_held_out(cleaned, validation, parameters, None, "X.fit")


@pytest.mark.parametrize(("n", "said"), [(1, "^1 pair leaves none"), (3, "^3 pairs, all of which share")])
def test_pairs_of_which_none_can_be_held_out_are_told(n, said):
    cleaned = clean_pairs(["a b"] * n, [f"c {i}" for i in range(n)])
    with pytest.warns(UserWarning, match=said):
        training, held_out = training_and_held_out(
            cleaned, None, SimpleNamespace(validation_fraction=0.1, random_state=1), None, "X.fit"
        )
    assert len(training) == n and not held_out


@pytest.mark.parametrize("n_known", [0, 1, 2, 20])
def test_validation_that_is_trained_on_is_told(n_known):
    pairs = [[f"{side} {n}" for n in range(40)] for side in "ab"]
    training = clean_pairs(*[side[:20] for side in pairs])
    validation = [side[20 - n_known : 40 - n_known] for side in pairs]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        training_and_held_out(training, tuple(validation), SimpleNamespace(), None, "X.fit")
    assert [str(each.message)[:19] for each in told] == ["20 of the 20 pairs "] * (n_known == 20)
