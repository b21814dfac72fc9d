"""Mixers against published numbers and Python's integers; tables against dictionaries."""

import numpy as np
import pytest

from wordvec.kernels.hashing import GOLDEN, find_slot, fold, mix, mix_array, move_slots, next_slot

MASK = 2**64 - 1


def test_mix_gives_the_published_numbers_of_splitmix64():
    # The first outputs of the reference implementation (Vigna, splitmix64.c) for the seed 1234567.
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    states = [(1234567 + k * int(GOLDEN)) & MASK for k in range(1, 5)]
    assert [int(mix(np.uint64(state))) for state in states] == published
    assert mix_array(np.array(states, np.uint64)).tolist() == published


def test_mix_and_fold_change_half_of_the_bits_for_each_bit():
    rng = np.random.default_rng(0)
    flips = np.uint64(1) << np.arange(64, dtype=np.uint64)
    for hashed in (mix, lambda bits: fold(np.uint64(fold(np.uint64(7), bits)), GOLDEN)):
        changed = np.zeros(64)
        for bits in rng.integers(2**63, size=40, dtype=np.uint64):
            changed += [int(hashed(bits) ^ hashed(bits ^ flip)).bit_count() for flip in flips]
        assert (changed / 40).min() > 25
        assert (changed / 40).max() < 39


@pytest.mark.parametrize("n_slots", [2, 64, 1 << 10])
def test_table_is_a_dictionary(n_slots):
    rng = np.random.default_rng(n_slots)
    slots_S2 = np.zeros((n_slots, 2), np.uint64)
    wanted = {}
    # Keys that collide: small numbers, multiples of the size, and zero.
    keys = np.concatenate([np.arange(n_slots // 4), n_slots * np.arange(n_slots // 4), [0]])
    for key in rng.permutation(keys).astype(np.uint64):
        slot = find_slot(slots_S2, key)
        slots_S2[slot, 0] = key
        slots_S2[slot, 1] += np.uint64(1)
        wanted[int(key)] = wanted.get(int(key), 0) + 1
    for table_S2 in (slots_S2, moved(slots_S2)):
        found = {key: int(table_S2[find_slot(table_S2, np.uint64(key)), 1]) for key in wanted}
        assert found == wanted
        assert np.count_nonzero(table_S2[:, 1]) == len(wanted)
        assert table_S2[find_slot(table_S2, np.uint64(2**50 + 1)), 1] == 0


def moved(slots_S2):
    larger_S2 = np.zeros((2 * len(slots_S2), 2), np.uint64)
    move_slots(slots_S2, larger_S2)
    return larger_S2


def test_equal_keys_are_found_one_after_the_other():
    slots_S2 = np.zeros((16, 2), np.uint64)
    keys = np.array([5, 6, 5, 21, 5], np.uint64)
    for entry, key in enumerate(keys, 1):
        slot = find_slot(slots_S2, key)
        while slots_S2[slot, 1]:
            slot = next_slot(slots_S2, slot, key)
        slots_S2[slot] = key, entry
    for table_S2 in (slots_S2, moved(slots_S2)):
        entries, slot = [], find_slot(table_S2, np.uint64(5))
        while table_S2[slot, 1]:
            entries.append(int(table_S2[slot, 1]))
            slot = next_slot(table_S2, slot, np.uint64(5))
        assert sorted(entries) == [1, 3, 5]


def test_move_slots_keeps_every_entry():
    rng = np.random.default_rng(2)
    old_S2 = np.zeros((64, 2), np.uint64)
    old_S2[:32] = rng.integers(1, 1 << 60, (32, 2))
    assert sorted(moved(old_S2)[moved(old_S2)[:, 1] > 0].tolist()) == sorted(old_S2[:32].tolist())
