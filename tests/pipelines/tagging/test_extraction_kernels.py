"""Numbers of pairs of codes, against a dictionary."""

import numpy as np
import pytest

from wordvec.pipelines.tagging.kernels.extraction import number_pairs


@pytest.mark.parametrize("distance", [0, 1, 2, 6])
def test_pairs_are_numbered_by_first_occurrence(distance):
    rng = np.random.default_rng(distance)
    lengths = [4, 0, 1, 9, 5, 30]
    starts, n_tokens = np.append(0, np.cumsum(lengths)), sum(lengths)
    left, right = rng.integers(-1, 4, (2, n_tokens)).astype(np.int32)
    codes, first_pos = np.full((2, n_tokens), 99, np.int32)
    n_pairs = number_pairs(starts, left, right, distance, np.zeros((128, 2), np.uint64), codes, first_pos)
    numbers, firsts, want = {}, [], []
    for begin, end in zip(starts, starts[1:]):
        for t in range(begin, end):
            pair = (left[t], right[t + distance]) if t + distance < end else (-1, -1)
            if min(pair) < 0:
                want.append(-1)
                continue
            if pair not in numbers:
                numbers[pair] = len(numbers)
                firsts.append(t)
            want.append(numbers[pair])
    assert codes.tolist() == want
    assert n_pairs == len(numbers) > 3
    assert first_pos[:n_pairs].tolist() == firsts
