"""Multi-threaded training on a chunk of the corpus, deterministic or racing.

A chunk is cut into segments (see `blocks`). In *racing* mode each thread takes a segment at a time and
changes the tables as it goes (Recht et al. 2011, arXiv:1106.5730).

In *deterministic* mode the segments advance in step. A superstep takes the next block of every segment;
all its blocks read the tables as they stood before it. A row that only one block of the superstep uses is
changed in place by that block: no other block reads it. Steps for a row that several blocks use go to
private *slots*, and are added, in a fixed order and by one thread a row, once all blocks are done. What a
superstep does therefore depends on the chunk alone, not on the number of threads. Where rows have rates of
their own, all steps go to slots, in racing mode, too, and are multiplied by the rate when they are added.

All steps of a superstep (in racing mode, of a block) are taken from the same place. Where a text repeats a
word hundreds of times in a row, their sum for this word's rows would overshoot: such blocks take shorter
steps, see `_count_repeats`. What the functions take, a `Job`, is in `jobs`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.references import lend
from wordvec.kernels.rng import draw, draw_words
from wordvec.kernels.threads import CLAIM_STRIDE, atomic_add, claim_near, owner, wait_for_all
from wordvec.kernels.tiles import add_row, prefetch, row_address
from wordvec.kernels.word2vec.blocks import Segment, fill_segment, fill_weights
from wordvec.kernels.word2vec.cbow import cbow_block
from wordvec.kernels.word2vec.jobs import block_bounds, n_blocks
from wordvec.kernels.word2vec.ngram_rows import GATHERED
from wordvec.kernels.word2vec.positions import add_own_positions, add_positions
from wordvec.kernels.word2vec.rounds import begin_own_round, begin_round, end_own_round, end_round, note_words
from wordvec.kernels.word2vec.skipgram import skipgram_block

# Slots that are fetched ahead of the one that is added.
_ADDED_AHEAD = 4
# Entries of a table of words that stays in the first-level cache, a power of two; and the mask for none.
_FEW = 1024
_ALL_BITS = 0x7FFFFFFF


@njit(**PART_OPTIONS)
def _prepare_segment(job, q):
    """Choose the kept words and all negative samples of a segment."""
    settings, draws, model, chunk = job.settings, job.draws, job.model, job.chunk
    first, last = chunk.bounds[q], chunk.bounds[q + 1]
    chunk.loss[q] = 0.0
    chunk.extent[q] = 0
    if first >= last:
        return
    low, end, n_all = fill_segment(
        model.token_ids, model.starts, first, last, settings.window, settings.span,
        draws.keep_below, draws.keys[0], Segment(chunk.word_id[q], chunk.sentence[q], chunk.reach[q]),
    )  # fmt: skip
    chunk.extent[q, 0], chunk.extent[q, 1], chunk.extent[q, 2] = low, end, n_all
    n_negatives, n_block, n_group = settings.n_negatives, settings.n_block, settings.n_group
    negative_id, key, noise = chunk.negative_id[q], draws.keys[1], draws.noise
    for s in range(n_blocks(job, q)):
        for g in range(n_block // n_group):
            place = draw(key, first + s * n_block + g * n_group)
            draw_words(noise, place, negative_id[s, g * n_negatives : (g + 1) * n_negatives])


@njit(**PART_OPTIONS)
def _count_repeats(job, s, few, uses):
    """Find how often the words of each block of superstep s occur in all its blocks.

    The mean over a block's places is 1 where no word comes twice, and small where one common word does among
    others that do not. Where a few words recur in each other's company it is large, and so is the number of steps
    that pull their rows in the same direction. It need not be exact where it is too small to bound a rate.

    few, uses : int32 (_FEW,) and (V,), private to the thread; zeros before and after
    """
    # Words that share an entry of the small table, which is quicker, can only make the mean larger.
    if _count_uses(job, s, _FEW - 1, few) * job.settings.rate_first > job.settings.rate_bound:
        _count_uses(job, s, _ALL_BITS, uses)


@njit(**PART_OPTIONS)
def _count_uses(job, s, mask, uses):
    """Set the means of superstep s, words counted in the entries ``word & mask`` of `uses`; return the largest."""
    chunk = job.chunk
    repeats = chunk.repeats
    n_segments = chunk.extent.shape[0]
    for q in range(n_segments):
        first, last, _, _ = block_bounds(job, q, s)
        for word in chunk.word_id[q, first:last]:
            uses[word & mask] += 1
    largest = 0.0
    for q in range(n_segments):
        first, last, _, _ = block_bounds(job, q, s)
        n_uses = 0
        for word in chunk.word_id[q, first:last]:
            n_uses += uses[word & mask]
        repeats[q, s] = n_uses / max(last - first, 1)
        largest = max(largest, repeats[q, s])
    for q in range(n_segments):
        first, last, _, _ = block_bounds(job, q, s)
        for word in chunk.word_id[q, first:last]:
            uses[word & mask] = 0
    return largest


@njit(**PART_OPTIONS)
def _count_own_repeats(job, q, s):
    """Find the same for one block by itself (racing mode): all pairs are compared, which needs no memory."""
    chunk = job.chunk
    first, last, _, _ = block_bounds(job, q, s)
    word_id = chunk.word_id[q, first:last]
    n_equal = np.int32(0)
    for i in range(word_id.shape[0]):
        word = word_id[i]
        for j in range(word_id.shape[0]):
            n_equal += np.int32(word_id[j] == word)
    chunk.repeats[q, s] = n_equal / max(last - first, 1)


@njit(**PART_OPTIONS)
def _learning_rate(job, q, s):
    """Return the learning rate of block s of segment q: falls with progress, bounded where words repeat."""
    settings, chunk = job.settings, job.chunk
    share_done = s * settings.n_block / (chunk.extent[q, 1] - settings.window)
    place = chunk.bounds[q] + (chunk.bounds[q + 1] - chunk.bounds[q]) * share_done
    progress = min((chunk.place[0] + place) / settings.n_planned, 1.0)
    rate = settings.rate_first + (settings.rate_last - settings.rate_first) * progress
    return np.float32(min(rate, settings.rate_bound / chunk.repeats[q, s]))


# Rows and slots are never negative: as unsigned indices, they need no test for that.


@njit(**PART_OPTIONS)
def _mark_rows(seen, offset, word_id, base, mine, shared):
    for i in range(word_id.shape[0]):
        row = np.uint64(offset + word_id[i])
        mark = seen[row]
        is_other = (mark >= base) & (mark != mine)
        seen[row] = shared if is_other else mine


@njit(**PART_OPTIONS)
def _assign_rows(seen, offset, word_id, shared, all_rows, slots, shared_row, n):
    for i in range(word_id.shape[0]):
        row = np.uint64(offset + word_id[i])
        is_shared = all_rows | (seen[row] == shared)
        slots[i] = n if is_shared else -1
        shared_row[np.uint64(n)] = row
        n += is_shared
    return n


@njit(**PART_OPTIONS)
def _assign_slots(job, s, seen):
    """Find the rows that several blocks of superstep s use, or all rows, and give each of their uses a slot.

    seen : int32 (2 * V,), private to the thread; what an earlier superstep wrote there is below `base`
    """
    settings, model, chunk = job.settings, job.model, job.chunk
    all_rows = model.row_rates.shape[0] > 0
    n_segments = chunk.extent.shape[0]
    n_block, window = settings.n_block, settings.window
    base = np.int32(1 + (chunk.place[1] * chunk.slot.shape[1] + s) * (n_segments + 1))
    shared = np.int32(base + n_segments)
    shared_row = chunk.shared_row[s]
    n = 0
    for is_second_pass in range(2):
        for q in range(n_segments):
            first, last, low, high = block_bounds(job, q, s)
            if first >= last:
                continue
            center, context, negatives = (
                chunk.word_id[q, first:last],
                chunk.word_id[q, low:high],
                chunk.negative_id[q, s],
            )
            if is_second_pass:
                slots = chunk.slot[q, s]
                context_slots, negative_slots = (
                    slots[n_block + low - first + window :],
                    slots[2 * (n_block + window) :],
                )
                n = _assign_rows(seen, settings.center_offset, center, shared, all_rows, slots, shared_row, n)
                n = _assign_rows(
                    seen, settings.context_offset, context, shared, all_rows, context_slots, shared_row, n
                )
                n = _assign_rows(
                    seen, settings.negative_offset, negatives, shared, all_rows, negative_slots, shared_row, n
                )
            else:
                mine = np.int32(base + q)
                _mark_rows(seen, settings.center_offset, center, base, mine, shared)
                _mark_rows(seen, settings.context_offset, context, base, mine, shared)
                _mark_rows(seen, settings.negative_offset, negatives, base, mine, shared)
    chunk.n_shared[s] = n


@njit(**PART_OPTIONS)
def _locate(tables, offset, word_id, steps, slots, at, to):
    """Note the addresses of rows, and those at which their steps are added."""
    for i in range(word_id.shape[0]):
        row = row_address(tables, offset + word_id[i])
        at[i] = row
        to[i] = row if slots[i] < 0 else row_address(steps, slots[i])


@njit(**PART_OPTIONS)
def _locate_own(job, ngrams, segment, first, last, low, high, at):
    """Note the addresses of the input rows that a thread has to itself, if it has any."""
    if ngrams is not None and ngrams.own.shape[0] > 0:
        scratch = job.scratch
        if job.settings.context_offset == 0:
            _own_rows(ngrams, segment.word_id[low:high], scratch.at_context[at:], scratch.to_context[at:])
        else:
            _own_rows(ngrams, segment.word_id[first:last], scratch.at_center, scratch.to_center)


@njit(**PART_OPTIONS)
def _own_rows(ngrams, word_id, at, to):
    for i in range(word_id.shape[0]):
        at[i] = to[i] = row_address(ngrams.own, ngrams.place[word_id[i]] - 1)


@njit(**PART_OPTIONS)
def _announce(job, q, s):
    """Note which rows block s of segment q will need."""
    settings, tables, soon = job.settings, job.model.tables, job.scratch.soon
    n = 0
    first, last, _, high = block_bounds(job, q, s)
    if first < last:
        word_id = job.chunk.word_id[q]
        n = _append_addresses(tables, settings.center_offset, word_id[first:last], soon, n)
        n = _append_addresses(
            tables, settings.context_offset, word_id[first + settings.window : high], soon, n
        )
        n = _append_addresses(tables, settings.negative_offset, job.chunk.negative_id[q, s], soon, n)
    soon[-1] = n


@njit(**PART_OPTIONS)
def _append_addresses(tables, offset, word_id, addresses, n):
    for i in range(word_id.shape[0]):
        addresses[n + i] = row_address(tables, offset + word_id[i])
    return n + word_id.shape[0]


@njit(**PART_OPTIONS)
def _run_block(job, combine, q, s, slots):
    """Take the steps of block s of segment q; `combine` is that of the settings.

    slots : int32 (rows of a block,); the slot of each row's step, -1 for the row itself
    """
    settings, draws, model, chunk, scratch = job.settings, job.draws, job.model, job.chunk, job.scratch
    n_block, window, span = settings.n_block, settings.window, settings.span
    pad = 2 * window
    first, last, low, high = block_bounds(job, q, s)
    n_centers = last - first
    segment = Segment(chunk.word_id[q], chunk.sentence[q], chunk.reach[q])

    if n_centers < n_block or low > first - window or high < last + window:
        scratch.at_center[:] = scratch.at_context[:] = row_address(scratch.missing, 0)
        scratch.to_center[:] = scratch.to_context[:] = row_address(scratch.missing, 1)
    at = low - (first - window)
    _locate(
        model.tables, settings.center_offset, segment.word_id[first:last],
        chunk.steps, slots[:n_centers], scratch.at_center, scratch.to_center,
    )  # fmt: skip
    _locate(
        model.tables, settings.context_offset, segment.word_id[low:high],
        chunk.steps, slots[n_block + at :], scratch.at_context[at:], scratch.to_context[at:],
    )  # fmt: skip
    _locate(
        model.tables, settings.negative_offset, chunk.negative_id[q, s],
        chunk.steps, slots[2 * n_block + pad :], scratch.at_negatives, scratch.to_negatives,
    )  # fmt: skip
    _locate_own(job, job.ngrams, segment, first, last, low, high, at)
    fill_weights(segment, first, n_centers, n_block, window, span, draws.shape, settings.is_random, job)

    rate = _learning_rate(job, q, s)
    with_loss = draw(draws.keys[2], chunk.bounds[q] + s) % np.uint64(settings.loss_every) == np.uint64(0)
    # A branch on None is decided by the type: only the objective that is used is compiled.
    if combine is None:
        loss, weight = skipgram_block(
            job, settings.size, n_block, settings.n_group, window, span, settings.share, rate, with_loss
        )
    else:
        loss, weight = cbow_block(
            job, job.positions, q, settings.size, n_block, settings.n_group, window, span, settings.share, rate,
            combine, with_loss,
        )  # fmt: skip
    chunk.loss[q, 0] += loss
    chunk.loss[q, 1] += weight


@njit(**PART_OPTIONS)
def _add_step(job, row, step):
    """Add the step at an address to a row, times the row's rate."""
    model = job.model
    tables = model.tables
    one = np.float32(1.0)
    rate = model.row_rates[row] if model.row_rates.shape[0] > 0 else one
    add_row(rate, tables.shape[1], row_address(tables, row), step)


@njit(**PART_OPTIONS)
def _add_shared(job, s, mine, thread, n_threads):
    """Add the steps in the slots of superstep s to the rows that a thread owns; `mine` is its scratch, int32."""
    model, chunk = job.model, job.chunk
    shared_row, steps = chunk.shared_row[s], chunk.steps
    n_mine = 0
    for n in range(chunk.n_shared[s]):
        mine[n_mine] = n
        n_mine += owner(shared_row[n], n_threads) == thread
    n_bytes = steps.itemsize * steps.shape[1]
    for i in range(n_mine):
        # Half of the steps come from another core.
        if i + _ADDED_AHEAD < n_mine:
            prefetch(row_address(steps, mine[i + _ADDED_AHEAD]), n_bytes)
            prefetch(row_address(model.tables, shared_row[mine[i + _ADDED_AHEAD]]), n_bytes)
        _add_step(job, shared_row[mine[i]], row_address(steps, mine[i]))


@njit(**PART_OPTIONS)
def _add_block(job, q, s):
    """Add the steps of block s of segment q, all of which are in the slots of the segment (racing mode)."""
    settings, chunk = job.settings, job.chunk
    n_block, window = settings.n_block, settings.window
    first, last, low, high = block_bounds(job, q, s)
    slots, word_id, negative_id = chunk.slot[q, 0], chunk.word_id[q], chunk.negative_id[q, s]
    for i in range(first, last):
        _add_step(job, settings.center_offset + word_id[i], row_address(chunk.steps, slots[i - first]))
    for i in range(low, high):
        slot = slots[n_block + window + i - first]
        _add_step(job, settings.context_offset + word_id[i], row_address(chunk.steps, slot))
    for k in range(negative_id.shape[0]):
        slot = slots[2 * (n_block + window) + k]
        _add_step(job, settings.negative_offset + negative_id[k], row_address(chunk.steps, slot))


@njit(**KERNEL_OPTIONS)
def following(q, s, first, last):
    """Return segment and superstep of the block that a thread probably works on next.

    q, s : of the block that it works on, which may be another thread's
    first, last : its own segments are first..last - 1; it may have none
    """
    if first <= q and q + 1 < last:
        return q + 1, s
    return first, s + 1


@njit(**PART_OPTIONS)
def _sum_losses(job):
    chunk = job.chunk
    for q in range(chunk.loss.shape[0]):
        chunk.total[0] += chunk.loss[q, 0]
        chunk.total[1] += chunk.loss[q, 1]


@njit(**PART_OPTIONS)
def _go_on(job):
    """Turn to the next chunk."""
    chunk = job.chunk
    n_segments = chunk.extent.shape[0]
    end = chunk.bounds[n_segments]
    segment_tokens = chunk.bounds[1] - chunk.bounds[0]
    for q in range(n_segments + 1):
        chunk.bounds[q] = min(end + q * segment_tokens, job.model.token_ids.shape[0])
    chunk.place[1] += 1
    chunk.claims[:] = 0


@njit(**KERNEL_OPTIONS)
def run_deterministic(job, uses, seen, n_chunks, thread, n_threads):
    """Do one thread's part of some chunks; returns when all threads are done.

    Parameters
    ----------
    job : Job
        Laid out for the first of the chunks.
    uses, seen : private to the thread; uses is int32 (V,), zeros; seen is int32 (2 * V,), zeros at the start of an
        epoch
    n_chunks : int
    thread, n_threads : the number of this thread, and of all threads
    """
    job = lend(job)
    settings, chunk = job.settings, job.chunk
    n_segments = chunk.extent.shape[0]
    first, last = thread * n_segments // n_threads, (thread + 1) * n_segments // n_threads
    mine = np.empty(chunk.shared_row.shape[1], np.int32)
    few = np.zeros(_FEW, np.int32)
    addresses, step = np.empty(GATHERED, np.int64), np.zeros(job.model.tables.shape[1], np.float32)
    for c in range(n_chunks):
        for q in range(first, last):
            _prepare_segment(job, q)
        wait_for_all(chunk.counters, n_threads)
        n_steps = 0
        for q in range(n_segments):
            n_steps = max(n_steps, n_blocks(job, q))
        for s in range(thread, n_steps, n_threads):
            _assign_slots(job, s, seen)
            _count_repeats(job, s, few, uses)
        note_words(job, job.ngrams, n_steps, thread, n_threads, uses)
        wait_for_all(chunk.counters, n_threads)
        for s in range(n_steps):
            begin_round(job, job.ngrams, s, thread, n_threads, addresses)
            # Which thread runs a block does not matter, so a thread that is held up leaves its share to others.
            q = claim_near(chunk.claims, s, n_segments, thread, n_threads)
            while q < n_segments:
                if s < n_blocks(job, q):
                    next_q, next_s = following(q, s, first, last)
                    _announce(job, next_q, next_s)
                    _run_block(job, settings.combine, q, s, chunk.slot[q, s])
                q = claim_near(chunk.claims, s, n_segments, thread, n_threads)
            wait_for_all(chunk.counters, n_threads)
            _add_shared(job, s, mine, thread, n_threads)
            wait_for_all(chunk.counters, n_threads)
            add_positions(job, job.positions, s, thread, n_threads)
            end_round(job, job.ngrams, s, n_steps, thread, n_threads, step)
        if thread == 0:
            _sum_losses(job)
            if c + 1 < n_chunks:
                _go_on(job)
        wait_for_all(chunk.counters, n_threads)


@njit(**KERNEL_OPTIONS)
def run_racing(job, uses, seen, n_chunks, thread, n_threads):
    """Train on segments of a chunk until none is left, while other threads do the same.

    Takes the arguments of `run_deterministic`, for one chunk, and ignores all but the first.
    """
    job = lend(job)
    settings, chunk = job.settings, job.chunk
    addresses, step = np.empty(GATHERED, np.int64), np.zeros(job.model.tables.shape[1], np.float32)
    q = atomic_add(chunk.counters, 2 * CLAIM_STRIDE, 1)
    while q < chunk.extent.shape[0]:
        _prepare_segment(job, q)
        n_steps = n_blocks(job, q)
        for s in range(n_steps):
            _count_own_repeats(job, q, s)
        for s in range(n_steps):
            begin_own_round(job, job.ngrams, q, s, n_steps, addresses)
            _announce(job, q, s + 1)
            _run_block(job, settings.combine, q, s, chunk.slot[q, 0])
            add_own_positions(job.positions, q)
            end_own_round(job, job.ngrams, s, n_steps, step)
            if job.model.row_rates.shape[0] > 0:
                _add_block(job, q, s)
        q = atomic_add(chunk.counters, 2 * CLAIM_STRIDE, 1)
