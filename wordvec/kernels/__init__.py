"""Numba kernels: arrays in, arrays changed in place, loss out.

Names of array axes, in comments and as suffixes (``found_N3`` has shape (N, 3)):

====  =====================================================================
V     words of the vocabulary
D     floats in a row of a table: the vector size, rounded up to whole vectors (`tiles.PAD_FLOATS`)
B     positions in a block
N     negative samples that a group of positions shares
T     width of the band of pairs of a block, see `blocks`
S     segments of a chunk, see `supersteps`
====  =====================================================================

A word id is a row number of the vocabulary; a row of the tables is a word id plus the table's offset.
"""

from __future__ import annotations

from typing import Any

from wordvec.kernels.cache_stamps import stamp_by_all_sources
from wordvec.kernels.disk_cache import can_cache

stamp_by_all_sources()

# Compile once, keep on disk, release the interpreter lock; divide by zero as NumPy does. No fastmath: sums that LLVM
# may regroup would differ between processors.
KERNEL_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "cache": can_cache(),
    "boundscheck": False,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
}
# The same for functions that only kernels call: they are always inlined, so none is compiled or cached by itself.
PART_OPTIONS: dict[str, Any] = {
    **KERNEL_OPTIONS,
    "cache": False,
    "no_cpython_wrapper": True,
    "forceinline": True,
}
