"""`Cooccurrence.merge`: parts add up to the whole, to the bit, where their settings agree."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from wordvec.counts.cooccurrence import MAX_MULTIPLE, Cooccurrence
from wordvec.text.vocabulary import Vocabulary

from .support import as_dict, counted, from_dense, text


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_parts_add_up_to_the_whole(block_entries, symmetric, weighted):
    settings = dict(window=5, symmetric=symmetric, distance_weighting=weighted)
    sentences = text(60, seed=1)
    whole = counted(sentences, **settings)
    merged = counted(sentences[:7], **settings).merge(counted(sentences[7:], **settings))
    assert as_dict(merged) == as_dict(whole)
    assert merged.total == whole.total and merged.unit == whole.unit
    np.testing.assert_array_equal(np.sort(merged.vocabulary.counts), np.sort(whole.vocabulary.counts))
    assert (np.diff(merged.vocabulary.counts) <= 0).all()


@pytest.mark.slow
def test_merging_is_commutative_and_associative_to_the_bit():
    parts = [counted(text(30, seed, n_words=10 + 10 * seed), window=9) for seed in range(4)]
    results = []
    for a, b, c, d in itertools.permutations(parts):
        results += [a.merge(b).merge(c).merge(d), a.merge(b.merge(c.merge(d))), a.merge(b).merge(c.merge(d))]
    assert len({frozenset((key, v.hex()) for key, v in as_dict(r).items()) for r in results}) == 1
    assert len({r.total for r in results}) == 1
    # Not so with floats: rounding depends on the grouping, which is why the unit is there.
    plain = [Cooccurrence.from_scipy(p.to_scipy(), p.vocabulary) for p in parts]
    left, right = plain[0].merge(plain[1]).merge(plain[2]), plain[0].merge(plain[1].merge(plain[2]))
    assert left.unit == 0 and as_dict(left) != as_dict(right)
    assert as_dict(plain[0].merge(plain[1])) == as_dict(plain[1].merge(plain[0]))


def test_different_units_meet_in_their_multiple():
    vocabulary = Vocabulary(["a", "b"], [2, 1])
    half = from_dense([[0.5, 1], [0, 0]], vocabulary, unit=2)
    third = from_dense([[1 / 3, 0], [2 / 3, 0]], vocabulary, unit=3)
    both = half.merge(third)
    assert both.unit == 6
    assert as_dict(both) == {
        ("a", "a"): float(Fraction(5, 6)),
        ("a", "b"): 1.0,
        ("b", "a"): float(Fraction(2, 3)),
    }
    # 2**30 and 3**20 share no factor, and their product passes 2**53.
    fine = from_dense([[0.5, 0], [0, 0]], vocabulary, unit=2**30)
    odd = from_dense([[1 / 3, 0], [0, 0]], vocabulary, unit=3**20)
    assert fine.merge(odd).unit == 0 and fine.merge(odd).value.tolist() == [0.5 + 1 / 3]


def test_sums_that_pass_the_limit_lose_the_unit_not_the_count():
    vocabulary = Vocabulary(["a", "b"], [2, 1])
    part = from_dense([[MAX_MULTIPLE / 2 / 12, 0], [1 / 12, 0]], vocabulary, unit=12)
    twice = part.merge(part)
    assert twice.unit == 12
    thrice = twice.merge(part)
    assert thrice.unit == 0
    assert as_dict(thrice) == {("a", "a"): 3 * MAX_MULTIPLE / 24, ("b", "a"): 0.25}


def test_multiples_of_the_common_unit_that_pass_64_bits_are_added_as_floats():
    vocabulary = Vocabulary(["a", "b"], [2, 1])
    large = from_dense([[2.0**26, 0], [0, 0]], vocabulary, unit=2**25)
    small = from_dense([[1 / 3, 0], [2 / 3, 0]], vocabulary, unit=3**15)
    # The common unit is below 2**53, but 2**26 is 2**51 * 3**15 of it.
    for both in (large.merge(small), small.merge(large)):
        assert both.unit == 0
        assert as_dict(both) == {("a", "a"): 2.0**26 + 1 / 3, ("b", "a"): 2 / 3}
        assert both.total == pytest.approx(2.0**26 + 1, rel=1e-15)


def test_merging_with_nothing_or_with_strangers():
    some = counted(text(20, seed=2))
    none = counted([["w0"]])
    assert as_dict(some.merge(none)) == as_dict(none.merge(some)) == as_dict(some)
    assert none.merge(none).nnz == 0
    other = counted([["x", "y"], ["y", "x"]])
    both = other.merge(some)
    assert as_dict(both) == as_dict(some) | as_dict(other)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("window", 5),
        ("symmetric", False),
        ("distance_weighting", False),
        ("window", None),
        ("symmetric", None),
        ("distance_weighting", None),
    ],
)
def test_settings_must_agree(name, value):
    vocabulary = Vocabulary(["a", "b"], [2, 1])
    how = {"window": 4, "symmetric": True, "distance_weighting": True}
    one = from_dense(np.eye(2), vocabulary, **how)
    other = from_dense(np.eye(2), vocabulary, **{**how, name: value})
    advice = "with the same settings" if value is not None else f"from_scipy so, with {name}={how[name]}"
    with pytest.raises(ValueError, match=f"{name}={how[name]} and with {name}={value} .*{advice}"):
        one.merge(other)
    if value is None:
        with pytest.raises(ValueError, match=f"{name}=None and with {name}={how[name]} .*{advice}"):
            other.merge(one)
        told = Cooccurrence.from_scipy(other.to_scipy(), vocabulary, **how)
        assert as_dict(one.merge(told)) == {("a", "a"): 2.0, ("b", "b"): 2.0}
    with pytest.raises(TypeError, match="Got csr_array"):
        one.merge(other.to_scipy())


@pytest.mark.filterwarnings("error")
def test_sums_that_are_not_finite_are_refused():
    huge = from_dense([[1e308]], Vocabulary(["a"], [1]))
    with pytest.raises(ValueError, match="positive, finite numbers. Got inf"):
        huge.merge(huge)
