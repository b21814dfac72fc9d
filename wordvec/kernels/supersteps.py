"""Train on a chunk of the corpus with several threads, with or without the same bits at any number of them.

A chunk is cut into segments (see `blocks`). In *racing* mode each thread takes a segment at a time and
changes the tables as it goes (Recht et al. 2011, arXiv:1106.5730).

In *deterministic* mode the segments are walked in step. A superstep takes the next block of every segment;
all its blocks read the tables as they stood before it. A row that only one block of the superstep uses is
changed in place by that block: nobody else looks at it. Steps for a row that several blocks use go to
private *slots*, and are added, in a fixed order and by one thread a row, once all blocks are done. What a
superstep does therefore depends on the chunk alone, not on the number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from . import KERNEL_OPTIONS
from .blocks import Segment, fill_segment, fill_weights
from .cbow import cbow_block
from .rng import draw, draw_word
from .skipgram import skipgram_block
from .threads import atomic_add, wait_for_all
from .tiles import copy_row, row_address


class Settings(NamedTuple):
    """What a run is about; the same for all its chunks."""

    n_block: int  # B, words a block
    n_noise: int  # N, noise words a block
    window: int
    span: int  # T, see `blocks`
    window_kind: int  # WINDOW_FULL, WINDOW_EXPECTED or WINDOW_RANDOM
    is_cbow: bool
    combine: int  # of `cbow`
    share: np.float32  # negative / N
    own_offset: int  # added to a word id gives the row: 0 for the input table, V for the output table
    around_offset: int
    noise_offset: int
    rate_first: float  # step size at the start
    rate_last: float  # and at the end of the last epoch
    n_planned: float  # tokens of all epochs together
    loss_every: int  # the loss is taken on one block in so many


class Draws(NamedTuple):
    """What the random draws are made from."""

    keep_below: np.ndarray  # uint32 (V,)
    noise_threshold: np.ndarray  # uint32 (V,)
    noise_alias: np.ndarray  # int32 (V,)
    shape: np.ndarray  # float32 (T,); pair weight by distance
    keys: np.ndarray  # uint64 (3,); keys of this epoch for KEEP, NOISE and LOSS_SAMPLE


class Chunk(NamedTuple):
    """Where a chunk lies and the memory that its threads share."""

    bounds: np.ndarray  # int64 (S + 1,); segment q covers tokens bounds[q]..bounds[q + 1]
    done_before: np.ndarray  # int64 (1,); tokens of earlier epochs
    word_id: np.ndarray  # int32 (S, longest segment + 2 * window + 1), see `blocks.Segment`
    sentence: np.ndarray
    reach: np.ndarray
    extent: np.ndarray  # int64 (S, 3); what `fill_segment` returned
    noise_id: np.ndarray  # int32 (S, n_steps, N)
    slot: np.ndarray  # int32 (S, n_steps, B + R + N); where a row's step goes: a slot, or -1 for the table
    shared_row: np.ndarray  # int32 (n_steps, S * (B + R + N)); rows in the order of their slots
    n_shared: np.ndarray  # int64 (n_steps,)
    steps: np.ndarray  # float32 (S * (B + R + N), D); the slots
    loss: np.ndarray  # float64 (S, 2); summed loss and pair weights
    counters: np.ndarray  # int64 (3,); barrier, and the next segment to race for


@njit(**KERNEL_OPTIONS)
def _segment(chunk, q):
    return Segment(chunk.word_id[q], chunk.sentence[q], chunk.reach[q])


@njit(**KERNEL_OPTIONS)
def _prepare_segment(settings, draws, corpus_ids, corpus_starts, chunk, q):
    first, last = chunk.bounds[q], chunk.bounds[q + 1]
    chunk.extent[q] = 0
    if first < last:
        begin, end, n = fill_segment(
            corpus_ids, corpus_starts, first, last, settings.window, draws.keep_below, draws.keys[0], _segment(chunk, q)
        )
        chunk.extent[q, 0], chunk.extent[q, 1], chunk.extent[q, 2] = begin, end, n
        for s in range((end - begin + settings.n_block - 1) // settings.n_block):
            place = draw(draws.keys[1], first + s * settings.n_block)
            for k in range(settings.n_noise):
                bits = draw(place, k)
                chunk.noise_id[q, s, k] = draw_word(draws.noise_threshold, draws.noise_alias, bits)


@njit(**KERNEL_OPTIONS)
def _n_steps(settings, chunk):
    longest = 0
    for q in range(chunk.extent.shape[0]):
        longest = max(longest, chunk.extent[q, 1] - chunk.extent[q, 0])
    return (longest + settings.n_block - 1) // settings.n_block


@njit(**KERNEL_OPTIONS)
def _mark(seen, base, n_segments, q, row):
    mark = seen[row]
    if mark < base:
        seen[row] = base + q
    elif mark != base + q:
        seen[row] = base + n_segments


@njit(**KERNEL_OPTIONS)
def _assign(chunk, seen, shared, q, s, i, row):
    if seen[row] == shared:
        n = chunk.n_shared[s]
        chunk.slot[q, s, i] = n
        chunk.shared_row[s, n] = row
        chunk.n_shared[s] = n + 1
    else:
        chunk.slot[q, s, i] = -1


@njit(**KERNEL_OPTIONS)
def _assign_slots(settings, chunk, s, seen):
    """Find the rows that several blocks of superstep s use, and give each of their uses a slot.

    seen : int32 (2 * V,), private to the thread; what an earlier superstep wrote there is below `base`
    """
    n_segments = chunk.extent.shape[0]
    n_block, window, n_noise = settings.n_block, settings.window, settings.n_noise
    base = 1 + s * (n_segments + 1)
    n_around = n_block + 2 * window
    chunk.n_shared[s] = 0
    for is_second_pass in range(2):
        for q in range(n_segments):
            begin, end, n_all = chunk.extent[q]
            first = begin + s * n_block
            if first >= end:
                continue
            last = min(first + n_block, end)
            word_id = chunk.word_id[q]
            for i in range(first, last):
                row = word_id[i] + settings.own_offset
                if is_second_pass:
                    _assign(chunk, seen, base + n_segments, q, s, i - first, row)
                else:
                    _mark(seen, base, n_segments, q, row)
            for i in range(max(0, first - window), min(n_all, last + window)):
                row = word_id[i] + settings.around_offset
                if is_second_pass:
                    _assign(chunk, seen, base + n_segments, q, s, n_block + i - first + window, row)
                else:
                    _mark(seen, base, n_segments, q, row)
            for k in range(n_noise):
                row = chunk.noise_id[q, s, k] + settings.noise_offset
                if is_second_pass:
                    _assign(chunk, seen, base + n_segments, q, s, n_block + n_around + k, row)
                else:
                    _mark(seen, base, n_segments, q, row)


@njit(**KERNEL_OPTIONS)
def _fetch(tables, row, target, target_row, steps, slot):
    """Copy a row of the tables into scratch; return the address that takes its step."""
    copy_row(target, target_row, tables, row)
    if slot < 0:
        return row_address(tables, row)
    steps[slot] = 0
    return row_address(steps, slot)


@njit(**KERNEL_OPTIONS)
def _run_block(settings, draws, tables, chunk, q, s, slots, scratch):
    begin, end, n_all = chunk.extent[q]
    n_block, window, span = settings.n_block, settings.window, settings.span
    first = begin + s * n_block
    n_own = min(n_block, end - first)
    segment = _segment(chunk, q)
    word_id = segment.word_id
    pad = 2 * window
    unused = row_address(scratch.unused, 0)

    for j in range(n_own):
        row = word_id[first + j] + settings.own_offset
        scratch.to_own[j] = _fetch(tables, row, scratch.own, pad + j, chunk.steps, slots[j])
    scratch.to_own[n_own:] = unused
    low, high = max(0, window - first), min(n_own + pad, n_all - first + window)
    scratch.to_around[:low] = unused
    for i in range(low, high):
        row = word_id[first - window + i] + settings.around_offset
        scratch.to_around[i] = _fetch(tables, row, scratch.around, i, chunk.steps, slots[n_block + i])
    scratch.to_around[high:] = unused
    for k in range(settings.n_noise):
        row = chunk.noise_id[q, s, k] + settings.noise_offset
        slot = slots[n_block + n_block + pad + k]
        scratch.to_noise[k] = _fetch(tables, row, scratch.noise, k, chunk.steps, slot)

    fill_weights(segment, first, n_own, n_all, n_block, window, span, draws.shape, settings.window_kind, scratch)
    place = chunk.bounds[q] + (chunk.bounds[q + 1] - chunk.bounds[q]) * (first - begin) / (end - begin)
    progress = (chunk.done_before[0] + place) / settings.n_planned
    rate = np.float32(settings.rate_first + (settings.rate_last - settings.rate_first) * min(progress, 1.0))
    with_loss = draw(draws.keys[2], chunk.bounds[q] + s) % np.uint64(settings.loss_every) == np.uint64(0)
    if settings.is_cbow:
        loss, weight = cbow_block(
            scratch, n_block, window, span, settings.share, rate, settings.combine, with_loss
        )
    else:
        loss, weight = skipgram_block(scratch, n_block, window, span, settings.share, rate, with_loss)
    chunk.loss[q, 0] += loss
    chunk.loss[q, 1] += weight


@njit(**KERNEL_OPTIONS)
def _add_shared(tables, chunk, s, thread, n_threads):
    for n in range(chunk.n_shared[s]):
        row = chunk.shared_row[s, n]
        if row % n_threads == thread:
            for d in range(tables.shape[1]):
                tables[row, d] += chunk.steps[n, d]


@njit(**KERNEL_OPTIONS)
def run_deterministic(settings, draws, tables, corpus_ids, corpus_starts, chunk, scratch, seen, thread, n_threads):
    """Do one thread's part of a chunk; returns when all threads are done.

    Parameters
    ----------
    tables : float32 (2 * V, D); input rows, then output rows; changed in place
    corpus_ids, corpus_starts : int32 (n_tokens,), int64 (n_sentences + 1,); see `EncodedCorpus`
    scratch, seen : private to the thread
    """
    n_segments = chunk.extent.shape[0]
    for q in range(thread, n_segments, n_threads):
        _prepare_segment(settings, draws, corpus_ids, corpus_starts, chunk, q)
        chunk.loss[q] = 0.0
    wait_for_all(chunk.counters, n_threads)
    n_steps = _n_steps(settings, chunk)
    seen[:] = 0
    for s in range(thread, n_steps, n_threads):
        _assign_slots(settings, chunk, s, seen)
    wait_for_all(chunk.counters, n_threads)
    for s in range(n_steps):
        for q in range(thread, n_segments, n_threads):
            if chunk.extent[q, 0] + s * settings.n_block < chunk.extent[q, 1]:
                _run_block(settings, draws, tables, chunk, q, s, chunk.slot[q, s], scratch)
        wait_for_all(chunk.counters, n_threads)
        _add_shared(tables, chunk, s, thread, n_threads)
        wait_for_all(chunk.counters, n_threads)


@njit(**KERNEL_OPTIONS)
def run_racing(settings, draws, tables, corpus_ids, corpus_starts, chunk, scratch, no_slots):
    """Work off segments of a chunk until none is left; other threads may do the same.

    no_slots : int32 (B + R + N,), all -1
    """
    n_segments = chunk.extent.shape[0]
    q = atomic_add(chunk.counters, 2, 1)
    while q < n_segments:
        _prepare_segment(settings, draws, corpus_ids, corpus_starts, chunk, q)
        chunk.loss[q] = 0.0
        begin, end = chunk.extent[q, 0], chunk.extent[q, 1]
        for s in range((end - begin + settings.n_block - 1) // settings.n_block):
            _run_block(settings, draws, tables, chunk, q, s, no_slots, scratch)
        q = atomic_add(chunk.counters, 2, 1)
