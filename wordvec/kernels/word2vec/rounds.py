"""Rounds of supersteps: which words they have, and when their n-grams are read and changed; see `ngram_rows`.

A branch on None is decided by the type: without n-grams, nothing of this is compiled.
"""

from __future__ import annotations

from numba import njit

from wordvec.kernels import PART_OPTIONS
from wordvec.kernels.threads import wait_for_all
from wordvec.kernels.word2vec.jobs import block_bounds
from wordvec.kernels.word2vec.ngram_rows import compose_rows, end_notes, note_word, spread_steps


@njit(**PART_OPTIONS)
def _note_round(job, ngrams, r, first_segment, last_segment, first_step, last_step, uses):
    """Note the words whose input rows some blocks use as the words of round r; `uses` is int32 (V,), zeros before."""
    is_cbow = job.settings.context_offset == 0
    n = 0
    for s in range(first_step, last_step):
        for q in range(first_segment, last_segment):
            first, last, low, high = block_bounds(job, q, s)
            if first < last:
                for i in range(low if is_cbow else first, high if is_cbow else last):
                    n = note_word(ngrams, r, job.chunk.word_id[q, i], n, uses)
    ngrams.n_words[r] = n


@njit(**PART_OPTIONS)
def note_words(job, ngrams, n_steps, thread, n_threads, uses):
    """Note the words of a thread's share of the rounds of a chunk."""
    if ngrams is not None:
        size = ngrams.round_steps
        for r in range(thread, -(-n_steps // size), n_threads):
            _note_round(
                job, ngrams, r, 0, job.chunk.extent.shape[0], r * size, min((r + 1) * size, n_steps), uses
            )
            end_notes(ngrams, r, uses)


@njit(**PART_OPTIONS)
def begin_round(job, ngrams, s, thread, n_threads, addresses):
    """Compose the input rows of a round if superstep s begins one; all threads call this."""
    if ngrams is not None and s % ngrams.round_steps == 0:
        compose_rows(ngrams, job.model.tables, s // ngrams.round_steps, thread, n_threads, addresses)
        wait_for_all(job.chunk.counters, n_threads)


@njit(**PART_OPTIONS)
def end_round(job, ngrams, s, n_steps, thread, n_threads, step):
    """Add the steps of a round to the rows of n-grams if superstep s ends one; all threads call this."""
    if ngrams is not None and ((s + 1) % ngrams.round_steps == 0 or s + 1 == n_steps):
        spread_steps(ngrams, job.model.tables, s // ngrams.round_steps, thread, n_threads, step)
        wait_for_all(job.chunk.counters, n_threads)


@njit(**PART_OPTIONS)
def begin_own_round(job, ngrams, q, s, n_steps, addresses):
    """Do what `begin_round` does for one segment and thread (racing mode)."""
    if ngrams is not None and s % ngrams.round_steps == 0:
        _note_round(job, ngrams, 0, q, q + 1, s, min(s + ngrams.round_steps, n_steps), ngrams.place)
        compose_rows(ngrams, job.model.tables, 0, 0, 1, addresses)


@njit(**PART_OPTIONS)
def end_own_round(job, ngrams, s, n_steps, step):
    """Do what `end_round` does for one thread."""
    if ngrams is not None and ((s + 1) % ngrams.round_steps == 0 or s + 1 == n_steps):
        spread_steps(ngrams, job.model.tables, 0, 0, 1, step)
        end_notes(ngrams, 0, ngrams.place)
