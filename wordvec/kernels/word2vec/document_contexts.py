"""Training of document vectors with contexts, PV-DM (Le and Mikolov 2014, arXiv:1405.4053), see `documents`.

The mean of a document's tags and of the words around a word predicts the word. All three tables change: the tags' rows
with each group of words, the words' input and output rows at the end of the round.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.references import lend
from wordvec.kernels.rng import draw, draw_words
from wordvec.kernels.threads import CLAIM_STRIDE, atomic_add, owner, wait_for_all
from wordvec.kernels.tiles import (
    LANES,
    add_products,
    add_row,
    aligned_zeros,
    copy_row,
    dot,
    dot_lanes,
    row_address,
    transpose_rows,
)
from wordvec.kernels.word2vec.blocks import negative_loss, pair_loss, pull, push
from wordvec.kernels.word2vec.documents import (
    Draws,
    Plan,
    Settings,
    Text,
    bounded_rate,
    is_kept,
    learning_rate,
)


class Notes(NamedTuple):
    """The steps of a round, which are added at its end, and the rest of what its threads share.

    A group has 16 places.
    """

    n_words: np.ndarray  # int32 (G,); words of each group
    word_id: np.ndarray  # int32 (16 * G,)
    reach: np.ndarray  # int32 (16 * G,); farthest distance to a context word
    factor: np.ndarray  # float32 (16 * G,); 1 / (context words + tags)
    pull: np.ndarray  # float32 (16 * G,); the word's own row takes a step of this times `hidden`
    hidden: np.ndarray  # float32 (16 * G, D); the means
    error: np.ndarray  # float32 (16 * G, D); learning rate times the negative gradients of the means
    negative_id: np.ndarray  # int32 (G, N)
    steps: np.ndarray  # float32 (G * N, D); of the negative samples' rows
    loss: np.ndarray  # float64 (G, 2); summed loss and words
    total: np.ndarray  # float64 (2,)
    barrier: np.ndarray  # int64 (2 * CLAIM_STRIDE,)
    claims: np.ndarray  # int64 (rounds of a call * CLAIM_STRIDE,)


class Scratch(NamedTuple):
    """The memory of a thread."""

    tag_sum: np.ndarray  # float32 (2, D); the second row is zeros
    columns: np.ndarray  # float32 (D, 16)
    scores: np.ndarray  # float32 (N * 16,)
    present: np.ndarray  # float32 (16,); 1 for each word of the group, 0 after them
    diagonal: np.ndarray  # float32 (32,)
    at_negatives: np.ndarray  # int64 (N,)
    at_words: np.ndarray  # int64 (16,)
    at_hidden: np.ndarray  # int64 (16,)


class Job(NamedTuple):
    """The data of the threads of PV-DM; kernels get it by reference, see `references`."""

    settings: Settings
    draws: Draws
    text: Text
    plan: Plan
    notes: Notes
    scratch: Scratch  # private to the thread
    documents: np.ndarray  # float32 (n_tags, D); changed in place
    input: np.ndarray  # float32 (V, D); of context words; changed in place
    output: np.ndarray  # float32 (V, D); changed in place


def make_notes(n_groups: int, n_negatives: int, width: int, n_rounds: int) -> Notes:
    """Allocate the notes of rounds with at most `n_groups` groups, `n_rounds` of them a call."""
    n = LANES * n_groups
    return Notes(
        n_words=np.zeros(n_groups, np.int32),
        word_id=np.zeros(n, np.int32),
        reach=np.zeros(n, np.int32),
        factor=np.zeros(n, np.float32),
        pull=np.zeros(n, np.float32),
        hidden=aligned_zeros((n, width), np.float32),
        error=aligned_zeros((n, width), np.float32),
        negative_id=np.zeros((n_groups, n_negatives), np.int32),
        steps=aligned_zeros((n_groups * n_negatives, width), np.float32),
        loss=np.zeros((n_groups, 2)),
        total=np.zeros(2),
        barrier=aligned_zeros((2 * CLAIM_STRIDE,), np.int64),
        claims=aligned_zeros((n_rounds * CLAIM_STRIDE,), np.int64),
    )


def make_scratch(n_negatives: int, width: int) -> Scratch:
    """Allocate the memory of a thread."""
    return Scratch(
        tag_sum=aligned_zeros((2, width), np.float32),
        columns=aligned_zeros((width, LANES), np.float32),
        scores=aligned_zeros((n_negatives * LANES,), np.float32),
        present=np.zeros(LANES, np.float32),
        diagonal=np.zeros(2 * LANES, np.float32),
        at_negatives=np.zeros(n_negatives, np.int64),
        at_words=np.zeros(LANES, np.int64),
        at_hidden=np.zeros(LANES, np.int64),
    )


@njit(**PART_OPTIONS)
def _fill_means(job, entry, base, n, start, count, first_row):
    """Write the means of a group's contexts and tags to the rows of `hidden` from first_row on.

    base, n : int; the unit's first place, and its words
    start, count : int; the group's first word in the unit, and its words
    """
    notes, text, scratch = job.notes, job.text, job.scratch
    one, width = np.float32(1.0), job.output.shape[1]
    total, zeros = row_address(scratch.tag_sum, 0), row_address(scratch.tag_sum, 1)
    copy_row(one, width, total, zeros)
    n_tags = text.tag_starts[entry + 1] - text.tag_starts[entry]
    for t in range(text.tag_starts[entry], text.tag_starts[entry + 1]):
        add_row(one, width, total, row_address(job.documents, text.tags[t]))
    for i in range(LANES):
        hidden = row_address(notes.hidden, first_row + i)
        copy_row(one, width, hidden, zeros)
        if i >= count:
            continue
        at = start + i
        low = max(0, at - notes.reach[base + at])
        high = min(n - 1, at + notes.reach[base + at])
        factor = np.float32(1.0) / np.float32(high - low + n_tags)
        notes.factor[base + at] = factor
        add_row(factor, width, hidden, total)
        for c in range(low, high + 1):
            if c != at:
                add_row(factor, width, hidden, row_address(job.input, notes.word_id[base + c]))


@njit(**PART_OPTIONS)
def _step_group(job, g, first_row, place, rate, with_loss):
    """Score a group's means, and write errors and steps; return its loss."""
    settings, notes, scratch, output = job.settings, job.notes, job.scratch, job.output
    one, width, n_negatives = np.float32(1.0), output.shape[1], settings.n_negatives
    zeros = row_address(scratch.tag_sum, 1)
    n = notes.n_words[g]
    word_id = notes.word_id[LANES * g : LANES * g + n]
    draw_words(job.draws.noise, draw(job.draws.keys[1], place), notes.negative_id[g])
    for k in range(n_negatives):
        scratch.at_negatives[k] = row_address(output, notes.negative_id[g, k])
    transpose_rows(one, width, row_address(notes.hidden, first_row), row_address(scratch.columns, 0))
    scores = scratch.scores
    dot_lanes(
        one, settings.size, row_address(scratch.columns, 0), row_address(scratch.at_negatives, 0), n_negatives,
        row_address(scores, 0),
    )  # fmt: skip
    present, pulls = scratch.present, notes.pull[LANES * g : LANES * (g + 1)]
    for i in range(LANES):
        is_there = i < n
        present[i] = is_there
        scratch.at_hidden[i] = row_address(notes.hidden, first_row + i)
        scratch.at_words[i] = row_address(output, word_id[i]) if is_there else zeros
        pulls[i] = dot(one, width, scratch.at_hidden[i], scratch.at_words[i])
    loss = 0.0
    if with_loss:
        loss = pair_loss(pulls, present)[0] + negative_loss(scores, present, LANES, settings.share)
    bound = bounded_rate(job, rate, word_id)
    pull(pulls, present, bound)
    push(scores, present, bound * settings.share)
    for i in range(LANES):
        scratch.diagonal[2 * i + i % 2] = pulls[i]
    for i in range(0, LANES, 2):
        add_products(
            one, width, row_address(notes.error, first_row + i), zeros,
            row_address(notes.error, first_row + i + 1), zeros,
            row_address(scores, i), 1, LANES, row_address(scratch.at_negatives, 0), n_negatives,
            row_address(scratch.diagonal, 2 * i), 2, 1, row_address(scratch.at_words, i), 2,
        )  # fmt: skip
    for k in range(0, n_negatives, 2):
        add_products(
            one, width, row_address(notes.steps, g * n_negatives + k), zeros,
            row_address(notes.steps, g * n_negatives + k + 1), zeros,
            row_address(scores, k * LANES), LANES, 1, row_address(scratch.at_hidden, 0), LANES,
            0, 0, 0, 0, 0,
        )  # fmt: skip
    return loss


@njit(**PART_OPTIONS)
def _step_tags(job, entry, base, start, count, first_row):
    """Take the steps of a text's tags for a group."""
    notes, text = job.notes, job.text
    width = job.output.shape[1]
    for t in range(text.tag_starts[entry], text.tag_starts[entry + 1]):
        row = row_address(job.documents, text.tags[t])
        for i in range(count):
            error = row_address(notes.error, first_row + i)
            add_row(notes.factor[base + start + i], width, row, error)


@njit(**PART_OPTIONS)
def _keep_words(job, first, last, shift, base, origin):
    """Write the words of a unit that are kept, and their reach; return their number."""
    notes, draws, text = job.notes, job.draws, job.text
    n = 0
    for at in range(first, last):
        word = text.token_ids[at + shift]
        place = at + origin
        if is_kept(draws, place, word):
            notes.word_id[base + n] = word
            notes.reach[base + n] = 1 + np.int64(draw(draws.keys[3], place) % np.uint64(job.settings.window))
            n += 1
    return n


@njit(**PART_OPTIONS)
def _run_unit(job, unit, epoch):
    """Train the words of a unit, group by group, and note the steps of rows of words."""
    settings, draws, text, plan, notes = job.settings, job.draws, job.text, job.plan, job.notes
    entry, first, last, group = plan.entry[unit], plan.first[unit], plan.last[unit], plan.group[unit]
    shift = text.entry_first[entry] - text.entry_starts[entry]
    n_epoch = text.entry_starts[text.entry_starts.shape[0] - 1]
    base = LANES * group
    n = _keep_words(job, first, last, shift, base, 0)
    for k in range((last - first + LANES - 1) // LANES):
        g, start = group + k, LANES * k
        count = max(0, min(LANES, n - start))
        notes.n_words[g] = count
        notes.loss[g] = 0.0
        if count == 0:
            continue
        first_row = base + start
        _fill_means(job, entry, base, n, start, count, first_row)
        place = first + start
        with_loss = draw(draws.keys[2], place) % np.uint64(settings.loss_every) == np.uint64(0)
        rate = learning_rate(job, epoch * n_epoch + place)
        loss = _step_group(job, g, first_row, place, rate, with_loss)
        if with_loss:
            notes.loss[g, 0] = loss
            notes.loss[g, 1] = count
        _step_tags(job, entry, base, start, count, first_row)


@njit(**PART_OPTIONS)
def _add_notes(job, unit, thread, n_threads):
    """Add the steps of a unit to the rows of words that a thread owns."""
    settings, plan, notes, output = job.settings, job.plan, job.notes, job.output
    one, width, n_negatives, window = np.float32(1.0), output.shape[1], settings.n_negatives, settings.window
    group = plan.group[unit]
    base = LANES * group
    n_groups = (plan.last[unit] - plan.first[unit] + LANES - 1) // LANES
    n = 0
    for g in range(group, group + n_groups):
        n += notes.n_words[g]
        for i in range(notes.n_words[g]):
            place = LANES * g + i
            row = notes.word_id[place]
            if owner(row, n_threads) == thread:
                add_row(notes.pull[place], width, row_address(output, row), row_address(notes.hidden, place))
        if notes.n_words[g] > 0:
            for k in range(n_negatives):
                row = notes.negative_id[g, k]
                if owner(row, n_threads) == thread:
                    add_row(
                        one, width, row_address(output, row), row_address(notes.steps, g * n_negatives + k)
                    )
    for at in range(n):
        row = notes.word_id[base + at]
        if owner(row, n_threads) == thread:
            for c in range(max(0, at - window), min(n, at + window + 1)):
                if c != at and abs(c - at) <= notes.reach[base + c]:
                    error = row_address(notes.error, base + c)
                    add_row(notes.factor[base + c], width, row_address(job.input, row), error)


@njit(**KERNEL_OPTIONS)
def run_dm(job, first_round, last_round, epoch, thread, n_threads):
    """Do one thread's part of some rounds of PV-DM.

    Parameters
    ----------
    job : Job
    first_round, last_round, epoch : int
    thread, n_threads : int
    """
    work = lend(job)
    plan, notes = work.plan, work.notes
    for number in range(first_round, last_round):
        first, last = plan.round_chains[number], plan.round_chains[number + 1]
        while True:
            chain = first + atomic_add(notes.claims, (number - first_round) * CLAIM_STRIDE, 1)
            if chain >= last:
                break
            for unit in range(plan.chain_starts[chain], plan.chain_starts[chain + 1]):
                _run_unit(work, unit, epoch)
        wait_for_all(notes.barrier, n_threads)
        for unit in range(plan.chain_starts[first], plan.chain_starts[last]):
            _add_notes(work, unit, thread, n_threads)
        if thread == 0:
            for g in range(plan.round_groups[number]):
                notes.total[0] += notes.loss[g, 0]
                notes.total[1] += notes.loss[g, 1]
        wait_for_all(notes.barrier, n_threads)


@njit(**KERNEL_OPTIONS)
def infer_dm(job, first, last, epochs):
    """Infer the vectors of texts from the fixed tables of words; the vector of a text depends on the text alone.

    Parameters
    ----------
    job : Job; entry e has tag e, whose row is changed; the notes have room for the longest text
    first, last : int; the entries
    epochs : int
    """
    work = lend(job)
    settings, text, notes = work.settings, work.text, work.notes
    for entry in range(first, last):
        begin = text.entry_first[entry]
        n_tokens = text.entry_starts[entry + 1] - text.entry_starts[entry]
        for epoch in range(epochs):
            n = _keep_words(work, 0, n_tokens, begin, 0, epoch * n_tokens)
            for start in range(0, n, LANES):
                count = min(LANES, n - start)
                g = start // LANES
                notes.n_words[g] = count
                _fill_means(work, entry, 0, n, start, count, start)
                place = epoch * n_tokens + start
                progress = place / (epochs * n_tokens)
                rate = settings.rate_first + (settings.rate_last - settings.rate_first) * progress
                _step_group(work, g, start, place, rate, False)
                _step_tags(work, entry, 0, start, count, start)
