"""Training of document vectors: PV-DBOW and PV-DM (Le and Mikolov 2014, arXiv:1405.4053) with negative sampling.

The text is processed in *rounds* of several thousand words. All words of a round read the tables of words as they stood
before it, and leave notes of their steps; when all are done, the notes are added in the order of the text, each
row by one thread (see `supersteps`, which does the same for words). A document's own vector changes with each group of
its words, in one thread: the units of a round that share a tag form a *chain*, which one thread processes. The result
depends on the text and the seed alone.

Words are taken in groups of 16, which share their negative samples.

A *unit* is the part of an entry in a round. An entry is a text with its tags; with PV-DBOW, which treats several tags
one by one, a text with one of them. Words are counted over all entries, ``entry_starts``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.elementary import softplus
from wordvec.kernels.references import lend
from wordvec.kernels.rng import Noise, draw, draw_words
from wordvec.kernels.threads import CLAIM_STRIDE, atomic_add, owner, wait_for_all
from wordvec.kernels.tiles import LANES, add_row, aligned_zeros, copy_row, dot, prefetch, row_address
from wordvec.kernels.word2vec.blocks import sigmoid


class Settings(NamedTuple):
    """The constants of a run."""

    size: int  # floats of a vector
    n_negatives: int  # N, negative samples of a group
    share: np.float32  # negative / N
    window: int  # farthest distance to a context word, of PV-DM
    rate_first: float
    rate_last: float
    rate_bound: float  # learning rate times the repeats of a group's words is at most this
    n_planned: float  # words of all epochs together
    loss_every: int  # the loss is taken on one group, drawn at random, in this number


class Draws(NamedTuple):
    """The tables and the seed of the random draws."""

    keep_below: np.ndarray  # uint32 (V,); a word is kept if 32 bits drawn for its place are below
    noise: Noise
    keys: np.ndarray  # uint64 (4,); keys of this epoch for KEEP, NOISE, LOSS_SAMPLE and REACH


class Text(NamedTuple):
    """The training text."""

    token_ids: np.ndarray  # int32 (n_tokens,)
    entry_first: np.ndarray  # int64 (E,); the first token of each entry
    entry_starts: np.ndarray  # int64 (E + 1,); running sum of the entries' lengths
    tag_starts: np.ndarray  # int64 (E + 1,)
    tags: np.ndarray  # int32; entry e has tags[tag_starts[e] : tag_starts[e + 1]]


class Plan(NamedTuple):
    """The units of all rounds of an epoch, by round and chain."""

    entry: np.ndarray  # int64 (n_units,)
    first: np.ndarray  # int64 (n_units,); words first..last - 1, counted over all entries
    last: np.ndarray  # int64 (n_units,)
    group: np.ndarray  # int64 (n_units,); place of its first group in the notes of its round
    chain_starts: np.ndarray  # int64 (n_chains + 1,); in units
    round_chains: np.ndarray  # int64 (n_rounds + 1,); in chains
    round_groups: np.ndarray  # int64 (n_rounds,); groups that the units of a round may need


class Notes(NamedTuple):
    """The steps of a round by group, which are added at its end, and the rest of what its threads share."""

    n_words: np.ndarray  # int32 (G,); words of each group
    rows: np.ndarray  # int32 (G, 16 + N); of the output table: the words, then the negative samples
    coefs: np.ndarray  # float32 (G, 16 + N); of the steps
    vectors: np.ndarray  # float32 (G, D); the documents' vectors that they are multiples of
    loss: np.ndarray  # float64 (G, 2); summed loss and words
    total: np.ndarray  # float64 (2,); loss and words of all rounds of a call
    barrier: np.ndarray  # int64 (2 * CLAIM_STRIDE,)
    claims: np.ndarray  # int64 (rounds of a call * CLAIM_STRIDE,); the next chain of each round


class Job(NamedTuple):
    """The data of the threads of PV-DBOW; kernels get it by reference, see `references`."""

    settings: Settings
    draws: Draws
    text: Text
    plan: Plan
    notes: Notes
    documents: np.ndarray  # float32 (n_tags, D); changed in place
    output: np.ndarray  # float32 (V, D); changed in place


def make_notes(n_groups: int, n_negatives: int, width: int, n_rounds: int) -> Notes:
    """Allocate the notes of rounds with at most `n_groups` groups, `n_rounds` of them a call."""
    return Notes(
        n_words=np.zeros(n_groups, np.int32),
        rows=np.zeros((n_groups, LANES + n_negatives), np.int32),
        coefs=aligned_zeros((n_groups, LANES + n_negatives), np.float32),
        vectors=aligned_zeros((n_groups, width), np.float32),
        loss=np.zeros((n_groups, 2)),
        total=np.zeros(2),
        barrier=aligned_zeros((2 * CLAIM_STRIDE,), np.int64),
        claims=aligned_zeros((n_rounds * CLAIM_STRIDE,), np.int64),
    )


@njit(**KERNEL_OPTIONS)
def plan_rounds(entry_starts, tag_starts, tags, n_tags, round_words, units_N4, chain_starts, round_N2):
    """Cut an epoch into rounds, units and chains.

    Units that share a tag, directly or through others, are one chain; chains stand in the order of their first units,
    and so do the units of a chain.

    Parameters
    ----------
    entry_starts, tag_starts : int64 (E + 1,); tags : int32
    n_tags, round_words : int
    units_N4 : int64 (E + n_rounds, 4); overwritten with the columns `entry` to `group` of a `Plan`
    chain_starts : int64 (E + n_rounds + 1,); overwritten
    round_N2 : int64 (n_rounds + 1, 2); overwritten with `round_chains` and `round_groups`

    Returns
    -------
    n_units, n_chains : int
    """
    n_entries = len(entry_starts) - 1
    n_words = entry_starts[n_entries]
    chain_of_tag = np.full(n_tags, -1, np.int64)
    parent = np.empty(len(units_N4), np.int64)
    order = np.empty(len(units_N4), np.int64)
    n_units = n_chains = 0
    entry = 0
    round_N2[0] = 0
    for number in range(len(round_N2) - 1):
        begin, end = number * round_words, min((number + 1) * round_words, n_words)
        first_unit = n_units
        n_groups = 0
        # The units in the order of the text; each joins the chains of its tags, the earliest of which remains.
        while entry_starts[entry + 1] <= begin:
            entry += 1
        k = entry
        while k < n_entries and entry_starts[k] < end:
            low, high = max(begin, entry_starts[k]), min(end, entry_starts[k + 1])
            if high > low:
                units_N4[n_units, 0], units_N4[n_units, 1], units_N4[n_units, 2] = k, low, high
                units_N4[n_units, 3] = n_groups
                n_groups += (high - low + LANES - 1) // LANES
                root = n_units
                parent[n_units] = n_units
                for t in range(tag_starts[k], tag_starts[k + 1]):
                    other = chain_of_tag[tags[t]]
                    if other >= first_unit:
                        while parent[other] != other:
                            other = parent[other]
                        earliest = min(root, other)
                        parent[root] = parent[other] = earliest
                        root = earliest
                for t in range(tag_starts[k], tag_starts[k + 1]):
                    chain_of_tag[tags[t]] = root
                n_units += 1
            k += 1
        for unit in range(first_unit, n_units):
            root = unit
            while parent[root] != root:
                root = parent[root]
            order[unit] = root
        roots = order[first_unit:n_units]
        by_chain = np.argsort(roots, kind="mergesort")
        units_N4[first_unit:n_units] = units_N4[first_unit:n_units][by_chain]
        for place in range(len(by_chain)):
            if place == 0 or roots[by_chain[place]] != roots[by_chain[place - 1]]:
                chain_starts[n_chains] = first_unit + place
                n_chains += 1
        round_N2[number, 1] = n_groups
        round_N2[number + 1, 0] = n_chains
    chain_starts[n_chains] = n_units
    return n_units, n_chains


@njit(**PART_OPTIONS)
def learning_rate(job, place):
    """Return the learning rate at a word of the run, counted over its epochs."""
    settings = job.settings
    progress = min(place / settings.n_planned, 1.0)
    return settings.rate_first + (settings.rate_last - settings.rate_first) * progress


@njit(**PART_OPTIONS)
def bounded_rate(job, rate, word_id):
    """Return the learning rate for a group of words, bounded where words repeat in it."""
    n_equal = np.int32(0)
    for i in range(word_id.shape[0]):
        for j in range(word_id.shape[0]):
            n_equal += np.int32(word_id[j] == word_id[i])
    return np.float32(min(rate, job.settings.rate_bound * word_id.shape[0] / n_equal))


@njit(**PART_OPTIONS)
def is_kept(draws, place, word):
    """Return whether subsampling keeps the word at a place."""
    return np.uint32(draw(draws.keys[0], place)) < draws.keep_below[word]


@njit(**PART_OPTIONS)
def step_vector(job, vector, rate, rows, n_words, coefs):
    """Take a document's step for a group of words; write the coefficients of the words' own steps.

    vector : address of the document's vector
    rows : int32 (16 + N,); words, then negative samples from n_words on
    coefs : float32 (16 + N,); overwritten
    """
    settings, output = job.settings, job.output
    one, width = np.float32(1.0), output.shape[1]
    n_rows = n_words + settings.n_negatives
    for k in range(n_rows):
        coefs[k] = dot(one, width, vector, row_address(output, rows[k]))
    weight = -rate * settings.share * np.float32(n_words)
    for k in range(n_words):
        coefs[k] = rate * sigmoid(-coefs[k])
    for k in range(n_words, n_rows):
        coefs[k] = weight * sigmoid(coefs[k])
    for k in range(n_rows):
        add_row(coefs[k], width, vector, row_address(output, rows[k]))


@njit(**PART_OPTIONS)
def group_loss(job, vector, rows, n_words):
    """Return the loss of a group, summed over its words."""
    settings, output = job.settings, job.output
    one, width = np.float32(1.0), output.shape[1]
    of_words = of_negatives = 0.0
    for k in range(n_words):
        of_words += softplus(-np.float64(dot(one, width, vector, row_address(output, rows[k]))))
    for k in range(n_words, n_words + settings.n_negatives):
        of_negatives += softplus(np.float64(dot(one, width, vector, row_address(output, rows[k]))))
    return of_words + settings.share * n_words * of_negatives


@njit(**PART_OPTIONS)
def _fetch_rows(output, rows, n_rows):
    for k in range(n_rows):
        prefetch(row_address(output, rows[k]), output.itemsize * output.shape[1])


@njit(**PART_OPTIONS)
def _run_unit(job, unit, epoch):
    """Train the words of a unit, group by group, and note the steps of rows."""
    settings, draws, text, plan, notes = job.settings, job.draws, job.text, job.plan, job.notes
    one, width = np.float32(1.0), job.output.shape[1]
    entry, first, last, group = plan.entry[unit], plan.first[unit], plan.last[unit], plan.group[unit]
    shift = text.entry_first[entry] - text.entry_starts[entry]
    n_epoch = text.entry_starts[text.entry_starts.shape[0] - 1]
    vector = row_address(job.documents, text.tags[text.tag_starts[entry]])
    n_groups = (last - first + LANES - 1) // LANES
    place = first
    for g in range(group, group + n_groups):
        rows, coefs = notes.rows[g], notes.coefs[g]
        start = place
        n = 0
        while place < last and n < LANES:
            word = text.token_ids[place + shift]
            if is_kept(draws, place, word):
                rows[n] = word
                n += 1
            place += 1
        notes.n_words[g] = n
        notes.loss[g] = 0.0
        if n == 0:
            continue
        n_rows = n + settings.n_negatives
        draw_words(draws.noise, draw(draws.keys[1], start), rows[n:n_rows])
        _fetch_rows(job.output, rows, n_rows)
        copy_row(one, width, row_address(notes.vectors, g), vector)
        if draw(draws.keys[2], start) % np.uint64(settings.loss_every) == np.uint64(0):
            notes.loss[g, 0] = group_loss(job, vector, rows, n)
            notes.loss[g, 1] = n
        rate = bounded_rate(job, learning_rate(job, epoch * n_epoch + start), rows[:n])
        step_vector(job, vector, rate, rows, n, coefs)


@njit(**PART_OPTIONS)
def _add_notes(job, n_groups, thread, n_threads):
    """Add the steps of a round to the rows that a thread owns."""
    notes, output, n_negatives = job.notes, job.output, job.settings.n_negatives
    width = output.shape[1]
    for g in range(n_groups):
        n = notes.n_words[g]
        if n == 0:
            continue
        vector = row_address(notes.vectors, g)
        for k in range(n + n_negatives):
            row = notes.rows[g, k]
            if owner(row, n_threads) == thread:
                add_row(notes.coefs[g, k], width, row_address(output, row), vector)


@njit(**KERNEL_OPTIONS)
def run_dbow(job, first_round, last_round, epoch, thread, n_threads):
    """Do one thread's part of some rounds of PV-DBOW.

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
        _add_notes(work, plan.round_groups[number], thread, n_threads)
        if thread == 0:
            for g in range(plan.round_groups[number]):
                notes.total[0] += notes.loss[g, 0]
                notes.total[1] += notes.loss[g, 1]
        wait_for_all(notes.barrier, n_threads)


@njit(**KERNEL_OPTIONS)
def infer_dbow(job, first, last, epochs, rows, coefs):
    """Infer the vectors of texts from the fixed output table; the vector of a text depends on the text alone.

    Parameters
    ----------
    job : Job; row e of `documents` is that of entry e, changed in place
    first, last : int; the entries
    epochs : int
    rows, coefs : int32, float32 (16 + N,); scratch
    """
    work = lend(job)
    settings, draws, text = work.settings, work.draws, work.text
    for entry in range(first, last):
        vector = row_address(work.documents, entry)
        begin = text.entry_first[entry]
        n_tokens = text.entry_starts[entry + 1] - text.entry_starts[entry]
        for epoch in range(epochs):
            at = 0
            while at < n_tokens:
                start = at
                n = 0
                while at < n_tokens and n < LANES:
                    word = text.token_ids[begin + at]
                    if is_kept(draws, epoch * n_tokens + at, word):
                        rows[n] = word
                        n += 1
                    at += 1
                if n > 0:
                    place = epoch * n_tokens + start
                    n_rows = n + settings.n_negatives
                    draw_words(draws.noise, draw(draws.keys[1], place), rows[n:n_rows])
                    _fetch_rows(work.output, rows, n_rows)
                    progress = place / (epochs * n_tokens)
                    rate = settings.rate_first + (settings.rate_last - settings.rate_first) * progress
                    step_vector(work, vector, bounded_rate(work, rate, rows[:n]), rows, n, coefs)
