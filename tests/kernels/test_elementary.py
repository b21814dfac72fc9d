"""Exponentials, logarithms and powers of our own, against the C library at the precision that they promise."""

import math

import numpy as np
import pytest
from numba import njit

from wordvec.kernels import elementary

UNIT = 2.0**-52


@njit
def _each(numbers):
    results = np.empty((3, len(numbers)))
    for i in range(len(numbers)):
        results[0, i] = elementary.exp(numbers[i])
        results[1, i] = elementary.log(abs(numbers[i]))
        results[2, i] = elementary.softplus(numbers[i])
    return results


@njit
def _fused(left, right, addend):
    return elementary.fma(left, right, addend)


def relative_error(got, want):
    return np.max(np.abs(got - want) / np.abs(want))


def test_elementary_functions_are_as_exact_as_they_say():
    random = np.random.default_rng(0)
    numbers = np.concatenate(
        [np.linspace(-700, 700, 20_001), random.normal(size=20_000), 10.0 ** random.uniform(-300, 2, 9999)]
    )
    numbers = numbers[numbers != 0]
    exponentials, logarithms, softplus = _each(numbers)
    # The C library is off by up to half a unit itself.
    assert relative_error(exponentials, [math.exp(x) for x in numbers]) <= 1.5 * UNIT
    logs = np.array([math.log(abs(x)) for x in numbers])
    assert np.max(np.abs(logarithms - logs) / np.maximum(np.abs(logs), 0.01)) <= 2.5 * UNIT
    assert relative_error(softplus, np.logaddexp(0, numbers)) <= 4 * UNIT


def test_elementary_functions_at_their_ends():
    exponentials, logarithms, softplus = _each(np.array([0.0, -710.0, -np.inf, np.inf, np.nan]))
    assert exponentials[:3].tolist() == [1.0, 0.0, 0.0]
    assert exponentials[3] > 1e307
    assert np.isnan(exponentials[4]) and np.isnan(logarithms[4]) and np.isnan(softplus[4])
    assert logarithms[:4].tolist() == [-np.inf, pytest.approx(math.log(710)), np.inf, np.inf]
    assert softplus[:4].tolist() == [math.log(2), 0.0, 0.0, np.inf]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_fused_multiply_add_rounds_once(kind):
    small = np.finfo(kind).eps
    # (1 + e)(1 - e) - 1 is -e^2, which two roundings lose.
    assert _fused(kind(1 + small), kind(1 - small), kind(-1)) == kind(-(small**2))


def test_logs_and_powers_of_arrays():
    numbers = np.exp(np.random.default_rng(1).uniform(-30, 30, 5000))
    assert relative_error(elementary.logs(numbers), np.log(numbers)) < 1e-14
    for exponent in (0.75, -10.0, 10.0, 0.0, 0.5):
        assert relative_error(elementary.powers(numbers, exponent), numbers**exponent) < 1e-13
    assert elementary.powers(np.array([1.0]), 0.75).tolist() == [1.0]
