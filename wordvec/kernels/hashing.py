"""Hashing: mixers of 64 bits, and tables with open addressing that the kernels of both packages share.

A table is ``slots_S2``, uint64 (S, 2), S a power of two, never full: column 0 is a key, column 1 an entry, which
is 0 in an empty slot and anything else in a used one, mostly a number plus 1. Key and entry stand in one cache
line. Collisions are resolved by linear probing; where different things may have the same key, strings for
example, the caller compares them and goes on from the next slot:

    slot = find_slot(slots_S2, key)
    while slots_S2[slot, 1] != 0 and not is_same(slots_S2[slot, 1]):
        slot = next_slot(slots_S2, slot, key)

Numbers given in order of first occurrence do not depend on where a key lands, so a mixer may change without changing
results; `mix` may not, because random numbers and the keys of n-grams in files come from it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_FOLD = np.uint64(0xFF51AFD7ED558CCD)  # of MurmurHash3's finaliser
_ONE, _ZERO = np.uint64(1), np.uint64(0)


@njit(**KERNEL_OPTIONS)
def mix(bits):
    """Return 64 bits (uint64) that all depend on all bits of `bits`; one-to-one.

    The output function of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195). Arrays of NumPy
    are mixed by `mix_array`.
    """
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX_1
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX_2
    return bits ^ (bits >> np.uint64(31))


# The same lines, run by NumPy on whole arrays; `mix` itself where NUMBA_DISABLE_JIT turns the compiler off.
mix_array = getattr(mix, "py_func", mix)


@njit(**KERNEL_OPTIONS)
def fold(key, word):
    """Return the hash (uint64) of the data with the hash `key`, extended by a byte or a word of 8 bytes (uint64)."""
    key = (key ^ word) * _FOLD
    return key ^ (key >> np.uint64(32))


@njit(**KERNEL_OPTIONS)
def home_slot(slots_S2, key):
    """Return the slot (uint64) from which the search for `key` starts; prefetch it before look-ups."""
    # Knuth's multiplicative hashing: keys that are packed bytes or ids are spread over the table.
    hashed = key * GOLDEN
    return (hashed ^ (hashed >> np.uint64(32))) & np.uint64(len(slots_S2) - 1)


@njit(**KERNEL_OPTIONS)
def _probe(slots_S2, slot, key):
    last = np.uint64(len(slots_S2) - 1)
    while slots_S2[slot, 1] != _ZERO and slots_S2[slot, 0] != key:
        slot = (slot + _ONE) & last
    return slot


@njit(**KERNEL_OPTIONS)
def find_slot(slots_S2, key):
    """Return the first slot (uint64) that holds `key` (uint64), or else the empty one where it belongs."""
    return _probe(slots_S2, home_slot(slots_S2, key), key)


@njit(**KERNEL_OPTIONS)
def next_slot(slots_S2, slot, key):
    """Return the next slot after `slot` that holds `key`, or else the empty one where it belongs."""
    return _probe(slots_S2, (slot + _ONE) & np.uint64(len(slots_S2) - 1), key)


@njit(**KERNEL_OPTIONS)
def move_slots(old_S2, new_S2):
    """Put the entries of a table into an empty, larger one; equal keys are all kept."""
    last = np.uint64(len(new_S2) - 1)
    for k in range(len(old_S2)):
        if old_S2[k, 1] != _ZERO:
            slot = home_slot(new_S2, old_S2[k, 0])
            while new_S2[slot, 1] != _ZERO:
                slot = (slot + _ONE) & last
            new_S2[slot, 0] = old_S2[k, 0]
            new_S2[slot, 1] = old_S2[k, 1]
