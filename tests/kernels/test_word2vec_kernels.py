"""Kernels of skip-gram and CBOW: gradients of the loss, tiles, and random numbers."""

from typing import NamedTuple

import numpy as np
import pytest
from naive_training import cbow_loss, draw, skipgram_loss, stream_key
from numba import njit

from wordvec.kernels import rng, tiles
from wordvec.kernels.references import lend
from wordvec.kernels.word2vec import blocks, cbow, skipgram

WINDOW, N_BLOCK, N_GROUP, N_NEGATIVES, WIDTH = 2, 8, 4, 4, 16
SPAN, PAD = blocks.band_width(WINDOW), 2 * WINDOW


@njit
def _dots(left, right, size, tile, singles, lanes):
    like, width = left[0, 0], left.shape[1]
    address = np.empty(8, np.int64)
    for i in range(8):
        address[i] = tiles.row_address(right, i)
    tiles.dot_tile_2x4(
        like, width, tiles.row_address(left, 1), tiles.row_address(address, 2), tiles.row_address(tile, 5), 7
    )
    for r in range(2):
        for c in range(4):
            singles[r, c] = tiles.dot(like, width, tiles.row_address(left, 1 + r), address[2 + c])
    columns = np.zeros((width, 16), left.dtype)
    tiles.transpose_rows(like, width, tiles.row_address(left, 0), tiles.row_address(columns, 0))
    for n_rows in (4, 8):
        tiles.dot_lanes(
            like, size, tiles.row_address(columns, 0), tiles.row_address(address, 0), n_rows,
            tiles.row_address(lanes, 0),
        )  # fmt: skip


@njit
def _products(table, first, second, coef, source):
    like, width = table[0, 0], table.shape[1]
    address = np.empty(7, np.int64)
    for i in range(7):
        address[i] = tiles.row_address(source, i)
    to_0, to_1 = tiles.row_address(table, first), tiles.row_address(table, second)
    tiles.add_products(
        like, width, to_0, to_0, to_1, to_1,
        tiles.row_address(coef, 1), 10, 2, tiles.row_address(address, 1), 4,
        tiles.row_address(coef, 0), 3, 1, tiles.row_address(address, 0), 3,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [16, 48, 112, 208, 512])
def test_tiles_equal_matrix_products(dtype, width):
    random = np.random.default_rng(0)
    left, right = (tiles.aligned_zeros((16, width), dtype) for _ in range(2))
    left[:], right[:] = random.normal(size=(2, 16, width))
    tile, singles, lanes = np.zeros(40, dtype), np.zeros((2, 4), dtype), np.zeros((8, 16), dtype)
    size = width - 5
    _dots(left, right, size, tile, singles, lanes)
    tolerance = 1e-4 if dtype == np.float32 else 1e-12
    want = left[1:3].astype(np.float64) @ right[2:6].T.astype(np.float64)
    for r in range(2):
        np.testing.assert_allclose(tile[5 + 7 * r : 9 + 7 * r], want[r], atol=tolerance)
        assert np.array_equal(tile[5 + 7 * r : 9 + 7 * r], singles[r])  # one order of sums
    want = right[:8, :size].astype(np.float64) @ left[:, :size].T.astype(np.float64)
    np.testing.assert_allclose(lanes, want, atol=tolerance)

    coef = random.normal(size=30).astype(dtype)
    for second in (3, 2):  # the same row twice, too
        table = left.copy()
        want = left.astype(np.float64)
        for r, row in enumerate((2, second)):
            want[row] += sum(coef[1 + 10 * r + 2 * k] * right[1 + k] for k in range(4))
            want[row] += sum(coef[3 * r + k] * right[k] for k in range(3))
        _products(table, 2, second, coef, right)
        np.testing.assert_allclose(table, want, atol=tolerance)


def test_random_bits_are_the_naive_ones():
    for seed, purpose, epoch in ((0, 1, 0), (2**63 - 1, 3, 12)):
        key = int(rng.stream_key(seed, purpose, epoch))
        assert key == stream_key(seed, purpose, epoch)
        assert [int(rng.draw(np.uint64(key), k)) for k in range(5)] == [draw(key, k) for k in range(5)]


@pytest.mark.parametrize("n_words", [1, 2, 3, 4, 8, 9, 64, 1000])
@pytest.mark.parametrize("n_strata", [4, 16, 24])
def test_strata_share_out_the_distribution(n_words, n_strata):
    random = np.random.default_rng(n_words)
    probabilities = random.dirichlet(np.full(n_words, 0.3))
    noise = rng.noise_strata(probabilities, n_strata)
    got = np.zeros((n_strata, n_words))
    for k in range(n_strata):
        cells = [int(cell) for cell in noise.cells[int(noise.cell_starts[k]) : int(noise.cell_starts[k + 1])]]
        for i, cell in enumerate(cells):
            below, other = cell % 2**32, cell >> 32
            own = (below + (below == 2**32 - 1)) / 2**32
            got[k, int(noise.first_word[k]) + i] += own / len(cells) / n_strata
            got[k, other] += (1 - own) / len(cells) / n_strata
    upper = np.append(0, np.cumsum(probabilities))
    edges = np.linspace(0, upper[-1], n_strata + 1)[:, None]
    want = np.minimum(upper[1:], edges[1:]) - np.maximum(upper[:-1], edges[:-1])
    np.testing.assert_allclose(got, np.maximum(want, 0), atol=1e-9)


def test_negative_samples_follow_their_distribution():
    probabilities = np.random.default_rng(1).dirichlet(np.full(50, 0.3))
    noise = rng.noise_strata(probabilities, 16)
    drawn = np.empty(16, np.int32)
    counts = np.zeros(50)
    for place in range(20_000):
        rng.draw_words(noise, np.uint64(rng.draw(5, place)), drawn)
        np.add.at(counts, drawn, 1)
    # Stratified draws vary less than independent ones, whose standard error this is.
    error = np.sqrt(probabilities * counts.sum())
    assert (np.abs(counts - probabilities * counts.sum()) <= 5 * error + 1).all()


def test_fast_sigmoid():
    scores = np.linspace(-10, 10, 4001).astype(np.float32)
    got = scores.copy()
    blocks.pull(got, np.ones_like(scores), np.float32(1))
    want = 1 / (1 + np.exp(scores.astype(np.float64)))
    assert np.abs(got / want - 1).max() < 2e-5
    assert np.abs(got - want).max() < 5e-6
    extreme = np.array([-np.float32(3e38), 3e38, np.nan], np.float32)
    blocks.pull(extreme, np.ones(3, np.float32), np.float32(1))
    assert extreme[0] == 1 and extreme[1] < 1e-12 and np.isnan(extreme[2])


class Job(NamedTuple):
    """What a block's kernel needs of `jobs.Job`."""

    scratch: blocks.Scratch


@njit
def _skipgram(job, share, rate):
    return skipgram.skipgram_block(lend(job), WIDTH, N_BLOCK, N_GROUP, WINDOW, SPAN, share, rate, True)


@njit
def _cbow(job, share, rate):
    return cbow.cbow_block(
        lend(job), None, 0, WIDTH, N_BLOCK, N_GROUP, WINDOW, SPAN, share, rate, cbow.MEAN_EXACT, True
    )


def random_block(n_centers, seed):
    """A block with random rows and weights, of which the last positions may be missing."""
    random = np.random.default_rng(seed)
    scratch = blocks.make_scratch(N_BLOCK, N_GROUP, N_NEGATIVES, WINDOW, WIDTH, np.float64)
    rows = {
        "center": random.normal(size=(N_BLOCK, WIDTH)),
        "context": random.normal(size=(N_BLOCK + PAD, WIDTH)),
        "negatives": random.normal(size=(N_BLOCK // N_GROUP * N_NEGATIVES, WIDTH)),
    }
    weights = np.zeros((N_BLOCK, N_BLOCK + PAD))
    for j in range(n_centers):
        for t in range(2 * WINDOW + 1):
            weights[j, j + t] = random.random() if t != WINDOW and random.random() < 0.8 else 0
    weights[1] = 0  # a word without any context
    for j in range(N_BLOCK):
        scratch.weight[(PAD + j) * SPAN : (PAD + j) * SPAN + 2 * WINDOW + 1] = weights[
            j, j : j + 2 * WINDOW + 1
        ]
        scratch.total[j] = weights[j].sum()
    return scratch, rows, weights


def fenced(scratch):
    """The same memory, each array with a fence of 64 bytes after it."""
    arrays, fences = {}, []
    for name, array in scratch._asdict().items():
        raw = tiles.aligned_zeros((array.nbytes + 64,), np.uint8)
        raw[array.nbytes :] = 0xA5
        arrays[name] = raw[: array.nbytes].view(array.dtype).reshape(array.shape)
        arrays[name][...] = array
        fences.append(raw[array.nbytes :])
    fenced = blocks.Scratch(**arrays)
    for name in ("hidden", "hidden_step"):
        _addresses(getattr(fenced, name), getattr(fenced, f"at_{name}"))
    fenced.at_context[:] = fenced.missing.ctypes.data
    return fenced, fences


@njit
def _addresses(rows, addresses):
    for i in range(len(rows)):
        addresses[i] = tiles.row_address(rows, i)


@pytest.mark.parametrize("n_centers", [N_BLOCK, 5])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("side", ["center", "context", "negatives"])
def test_block_step_is_the_gradient_of_the_loss(architecture, side, n_centers):
    """Float64 finite differences, one array of rows at a time."""
    scratch, rows, weights = random_block(n_centers, seed=2)
    scratch, fences = fenced(scratch)
    share, rate = 1.25, 0.5
    steps = {name: np.zeros_like(value) for name, value in rows.items()}
    for name, value in steps.items():
        _addresses(rows[name], getattr(scratch, f"at_{name}"))
        _addresses(value, getattr(scratch, f"to_{name}"))
    naive_loss = {"skipgram": skipgram_loss, "cbow": cbow_loss}[architecture]

    def loss():
        groups = rows["negatives"].reshape(N_BLOCK // N_GROUP, N_NEGATIVES, WIDTH)
        negatives = [groups[j // N_GROUP] for j in range(N_BLOCK)]
        return naive_loss(rows["center"], rows["context"], negatives, weights, share)

    want_loss = loss()
    if architecture == "skipgram":
        got_loss, got_weight = _skipgram(Job(scratch), share, rate)
        want_weight = weights.sum()
    else:
        got_loss, got_weight = _cbow(Job(scratch), share, rate)
        want_weight = np.count_nonzero(weights.sum(axis=1))
    assert got_loss == pytest.approx(want_loss, rel=1e-12)
    assert got_weight == pytest.approx(want_weight, rel=1e-12)
    assert all((fence == 0xA5).all() for fence in fences)

    gradient = np.zeros_like(rows[side])
    for place in np.ndindex(gradient.shape):
        kept = rows[side][place]
        rows[side][place] = kept + 1e-5
        above = loss()
        rows[side][place] = kept - 1e-5
        gradient[place] = (above - loss()) / 2e-5
        rows[side][place] = kept
    np.testing.assert_allclose(steps[side], -rate * gradient, atol=1e-8)
