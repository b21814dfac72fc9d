"""Numba kernels: arrays in, arrays changed in place, loss out.

Names of array axes, used as suffixes (``in_VD`` has shape (V, D)):

====  =====================================================================
V     words of the vocabulary
D     floats in a row of a table, the vector size rounded up to PAD_FLOATS
B     positions in a block
N     noise words shared by a block
R     rows around a block: B + 2 * window
T     width of the band of positive pairs
====  =====================================================================

A ``_pos`` is a place in a chunk of text, an ``_id`` a word of the vocabulary.
"""

from __future__ import annotations

from typing import Any

# Rows are padded to 16 floats (64 bytes): one cache line, one AVX-512 register, two AVX registers.
PAD_FLOATS = 16

# fastmath without nnan and ninf: LLVM must not assume that NaN and infinity cannot happen, because the
# trainer's divergence guard looks for them.
FAST_FLAGS = {"nsz", "arcp", "contract", "afn", "reassoc"}

# Compile once, keep on disk, release the interpreter lock; C semantics for division by zero.
KERNEL_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "boundscheck": False,
    "error_model": "numpy",
}
FAST_KERNEL_OPTIONS: dict[str, Any] = {**KERNEL_OPTIONS, "fastmath": FAST_FLAGS}
