"""Atomic counters, a barrier and distribution of work for threads inside compiled code."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvec.kernels import PART_OPTIONS

# A wait is short (tens of microseconds) while every thread has a core. If not, the waiting thread must yield
# its core, or the others wait for it in turn.
_SPINS_BEFORE_YIELD = 4096
CLAIM_STRIDE = 8  # int64 from one counter to the next
_YIELD_FUNCTION = "sched_yield" if os.name == "posix" else None


@intrinsic
def atomic_add(typingctx, counters, index, amount):
    """Add to an element of an int64 array, atomically and in one order for all threads; return the old value."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = context.make_array(sig.args[0])(context, builder, args[0])
        pointer = cgutils.get_item_pointer(context, builder, sig.args[0], array, [args[1]])
        return builder.atomic_rmw("add", pointer, args[2], ordering="seq_cst")

    return types.int64(counters, types.int64, types.int64), codegen


@intrinsic
def atomic_load(typingctx, counters, index):
    """Return an element of an int64 array as other threads left it, without taking its cache line from them."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = context.make_array(sig.args[0])(context, builder, args[0])
        pointer = cgutils.get_item_pointer(context, builder, sig.args[0], array, [args[1]])
        return builder.load_atomic(pointer, ordering="acquire", align=8)

    return types.int64(counters, types.int64), codegen


@intrinsic
def _yield_core(typingctx):
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if _YIELD_FUNCTION is not None:
            kind = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, _YIELD_FUNCTION), [])
        return context.get_dummy_value()

    return types.void(), codegen


@njit(**PART_OPTIONS)
def wait_for_all(barrier, n_threads):
    """Return when `n_threads` threads have called this with the same `barrier`.

    barrier : int64 (CLAIM_STRIDE + 1,) or longer, zeros at first; the counts of arrivals and of turns have a cache line
        each, so that arriving threads do not disturb waiting ones
    """
    if n_threads == 1:
        return
    turn = atomic_load(barrier, CLAIM_STRIDE)
    if atomic_add(barrier, 0, 1) == n_threads - 1:
        barrier[0] = 0
        atomic_add(barrier, CLAIM_STRIDE, 1)
        return
    spins = 0
    while atomic_load(barrier, CLAIM_STRIDE) == turn:
        spins += 1
        if spins > _SPINS_BEFORE_YIELD:
            _yield_core()


@njit(**PART_OPTIONS)
def claim_near(claims, s, n_items, thread, n_threads):
    """Return the next unclaimed item of step s, or `n_items` if there is none.

    Each thread has a range of items, so that it works on the same ones at each step; then it takes items of other
    ranges that are still unclaimed. Each item is claimed exactly once.

    claims : int64 (steps, n_threads * CLAIM_STRIDE), zeros at first; each counter has a cache line
    """
    for turn in range(n_threads):
        owner = (thread + turn) % n_threads
        first, last = owner * n_items // n_threads, (owner + 1) * n_items // n_threads
        at = owner * CLAIM_STRIDE
        if first + atomic_load(claims[s], at) < last:
            item = first + atomic_add(claims[s], at, 1)
            if item < last:
                return item
    return n_items


@njit(**PART_OPTIONS)
def owner(row, n_threads):
    """Return the thread that changes a row. Frequent words are neighbours, so neighbours go to different threads."""
    # A division would take longer.
    mixed = (np.uint64(row) * np.uint64(0x9E3779B1)) & np.uint64(0xFFFFFFFF)
    return np.int64((mixed * np.uint64(n_threads)) >> np.uint64(32))
