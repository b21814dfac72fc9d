"""The jobs of threads that train skip-gram or CBOW: constants, draws, tables, a chunk of the text, scratch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import PART_OPTIONS
from wordvec.kernels.rng import Noise
from wordvec.kernels.threads import CLAIM_STRIDE
from wordvec.kernels.tiles import aligned_zeros
from wordvec.kernels.word2vec.blocks import Scratch
from wordvec.kernels.word2vec.ngram_rows import NGrams


class Settings(NamedTuple):
    """The constants of a run, the same for all its chunks."""

    size: int  # floats of a vector
    n_block: int  # B, words a block
    n_group: int  # positions that share their negative samples; B is a multiple
    n_negatives: int  # N, negative samples a group
    window: int
    span: int  # T, see `blocks`
    is_random: bool  # whether each position draws the size of its window
    combine: int | None  # of `cbow`; None for skip-gram
    share: np.float32  # negative / N
    center_offset: int  # added to a word id gives the row: 0 for the input table, V for the output table
    context_offset: int
    negative_offset: int
    rate_first: float  # learning rate at the start
    rate_last: float  # and at the end of the last epoch
    n_planned: float  # tokens of all epochs together
    rate_bound: float  # learning rate times `repeats` is at most this
    loss_every: int  # the loss is taken on one block, drawn at random, in this number


class Draws(NamedTuple):
    """The tables and the seed of the random draws."""

    keep_below: np.ndarray  # uint32 (V,); see `blocks.fill_segment`
    noise: Noise
    shape: np.ndarray  # float32 (T,); pair weight by distance
    keys: np.ndarray  # uint64 (3,); keys of this epoch for KEEP, NOISE and LOSS_SAMPLE


class Model(NamedTuple):
    """The text and the tables."""

    tables: np.ndarray  # float32 (2 * V, D); input rows, then output rows; changed in place
    token_ids: np.ndarray  # int32 (n_tokens,); see `EncodedCorpus`
    starts: np.ndarray  # int64 (n_sentences + 1,)
    row_rates: np.ndarray  # float32 (2 * V,); factors of the rows' steps; (0,) if all are 1


class Chunk(NamedTuple):
    """The bounds of a chunk and the memory that its threads share."""

    bounds: np.ndarray  # int64 (S + 1,); segment q covers tokens bounds[q]..bounds[q + 1]
    place: np.ndarray  # int64 (2,); tokens of earlier epochs, and the chunk's number in this one
    total: np.ndarray  # float64 (2,); loss and pair weights, summed over segments and chunks
    word_id: np.ndarray  # int32 (S, longest segment + 2 * window + 1), see `blocks.Segment`
    sentence: np.ndarray
    reach: np.ndarray
    extent: np.ndarray  # int64 (S, 3); what `fill_segment` returned
    negative_id: np.ndarray  # int32 (S, n_steps, N * B / n_group)
    # int32 (S, n_steps or 1 (racing), rows of a block); a row's step, -1 for the table itself
    slot: np.ndarray
    shared_row: np.ndarray  # int32 (n_steps, S * rows of a block + 1); rows in the order of their slots
    n_shared: np.ndarray  # int64 (n_steps,)
    repeats: np.ndarray  # float64 (S, n_steps); mean occurrences in the superstep of a block's words
    steps: np.ndarray  # float32 (S * rows of a block, D); the slots
    loss: np.ndarray  # float64 (S, 2); summed loss and pair weights
    counters: np.ndarray  # int64 (3 * CLAIM_STRIDE,); barrier, and the next segment to race for
    claims: np.ndarray  # int64 (n_steps, n_threads * CLAIM_STRIDE); see `claim_near`


def make_chunk(
    settings: Settings,
    n_segments: int,
    segment_tokens: int,
    width: int,
    deterministic: bool,
    has_row_rates: bool,
    n_threads: int,
) -> Chunk:
    """Allocate a chunk; slots only where they are needed: in deterministic mode, or if rows have rates."""
    n_block, window = settings.n_block, settings.window
    n_steps = -(-segment_tokens // n_block)
    n_drawn = settings.n_negatives * n_block // settings.n_group
    n_rows = 2 * (n_block + window) + n_drawn
    n_words = segment_tokens + 2 * window + settings.span + n_block
    n_slots = n_segments * n_rows if deterministic or has_row_rates else 0
    slot = np.full((n_segments, n_steps, n_rows) if deterministic else (n_segments, 1, n_rows), -1, np.int32)
    if n_slots and not deterministic:
        slot[:] = np.arange(n_slots, dtype=np.int32).reshape(slot.shape)
    return Chunk(
        bounds=np.zeros(n_segments + 1, np.int64),
        place=np.zeros(2, np.int64),
        total=np.zeros(2),
        word_id=np.zeros((n_segments, n_words), np.int32),
        sentence=np.zeros((n_segments, n_words), np.int32),
        reach=np.zeros((n_segments, n_words), np.int32),
        extent=np.zeros((n_segments, 3), np.int64),
        negative_id=np.zeros((n_segments, n_steps, n_drawn), np.int32),
        slot=slot,
        shared_row=np.zeros((n_steps, n_slots + 1), np.int32),
        n_shared=np.zeros(n_steps, np.int64),
        repeats=np.ones((n_segments, n_steps)),
        steps=aligned_zeros((n_slots, width), np.float32),
        loss=np.zeros((n_segments, 2)),
        counters=aligned_zeros((3 * CLAIM_STRIDE,), np.int64),
        claims=aligned_zeros((n_steps, n_threads * CLAIM_STRIDE), np.int64),
    )


class Positions(NamedTuple):
    """The weights of the positions of a window, and their steps, which are not added yet."""

    weights: np.ndarray  # float32 (2 * window + 1, D); row t is for the word at distance t - window
    at_weights: np.ndarray  # int64 (2 * window + 1,); their addresses
    steps: np.ndarray  # float32 (S * (2 * window + 1), D); those of the block of each segment


def make_positions(window: int, width: int, n_segments: int) -> Positions:
    """Allocate weights of `width` floats (a multiple of PAD_FLOATS), all 1."""
    weights = aligned_zeros((2 * window + 1, width), np.float32)
    weights[:] = 1
    return Positions(
        weights=weights,
        at_weights=weights.ctypes.data + weights.strides[0] * np.arange(len(weights)),
        steps=aligned_zeros((n_segments * len(weights), width), np.float32),
    )


class Job(NamedTuple):
    """The data of a thread; kernels get it by reference, see `references`."""

    settings: Settings
    draws: Draws
    model: Model
    chunk: Chunk
    scratch: Scratch  # private to the thread
    ngrams: NGrams | None = None  # None if words are whole
    positions: Positions | None = None  # None if positions have no weights


@njit(**PART_OPTIONS)
def n_blocks(job, q):
    """Return the number of blocks of segment q."""
    settings, chunk = job.settings, job.chunk
    return (chunk.extent[q, 1] - settings.window + settings.n_block - 1) // settings.n_block


@njit(**PART_OPTIONS)
def block_bounds(job, q, s):
    """Return where block s of segment q starts and ends, and the same with its context; empty past the end."""
    settings, chunk = job.settings, job.chunk
    first = settings.window + s * settings.n_block
    last = min(first + settings.n_block, chunk.extent[q, 1])
    low = max(chunk.extent[q, 0], first - settings.window)
    high = min(chunk.extent[q, 2], last + settings.window)
    return first, last, low, high
