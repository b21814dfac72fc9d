"""Kernels of skip-gram and CBOW: gradients of the loss, tiles, and random numbers."""

from bisect import bisect_right

import numpy as np
import pytest
from naive_training import cbow_loss, draw, skipgram_loss, stream_key
from numba import njit

from wordvec.kernels import blocks, cbow, rng, skipgram, tiles

WINDOW, N_BLOCK, N_GROUP, N_NEGATIVES, WIDTH = 2, 8, 4, 4, 16
SPAN, PAD = blocks.band_width(WINDOW), 2 * WINDOW


@njit
def _dots(left, right, out_2, out_3):
    tiles.dot_tile_2x4(left, 1, right, 2, out_2, 5, 7)
    tiles.dot_tile_3x4(left, 1, right, 2, out_3, 5, 7)


@njit
def _products(table, first, second, coef, source):
    tiles.add_products(
        tiles.row_address(table, first), tiles.row_address(table, second),
        coef, 1, 10, 2, source, 1, 4, coef, 0, 3, 1, source, 0, 3,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [16, 48, 112, 208, 512])
def test_tiles_equal_matrix_products(dtype, width):
    random = np.random.default_rng(0)
    left, right = (blocks.aligned_zeros((7, width), dtype) for _ in range(2))
    left[:], right[:] = random.normal(size=(2, 7, width))
    out_2, out_3 = np.zeros(40, dtype), np.zeros(40, dtype)
    _dots(left, right, out_2, out_3)
    want = left[1:4].astype(np.float64) @ right[2:6].T.astype(np.float64)
    tolerance = 1e-4 if dtype == np.float32 else 1e-12
    for r in range(3):
        np.testing.assert_allclose(out_3[5 + 7 * r : 9 + 7 * r], want[r], atol=tolerance)
    for r in range(2):
        np.testing.assert_allclose(out_2[5 + 7 * r : 9 + 7 * r], want[r], atol=tolerance)

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


def test_negative_samples_follow_their_distribution():
    probabilities = np.random.default_rng(1).dirichlet(np.full(50, 0.3))
    upper, guide = rng.noise_table(probabilities)
    drawn = np.empty(16, np.int32)
    counts = np.zeros(50)
    for place in range(20_000):
        rng.draw_words(upper, guide, np.uint64(rng.draw(5, place)), drawn)
        np.add.at(counts, drawn, 1)
    assert (np.diff(drawn) >= 0).all()  # one from each sixteenth
    # Stratified draws vary less than independent ones, whose standard error this is.
    error = np.sqrt(probabilities * counts.sum())
    assert (np.abs(counts - probabilities * counts.sum()) <= 5 * error + 1).all()


@pytest.mark.parametrize("n_words", [1, 2, 3, 4, 5, 8, 9, 64, 65, 1000])
def test_the_guide_leads_to_the_word_of_a_draw(n_words):
    random = np.random.default_rng(n_words)
    upper, guide = rng.noise_table(random.dirichlet(np.full(n_words, 0.5)))
    # The smallest power of two of at least V / 2, and of at least 2.
    assert len(guide) == max(2, 1 << (-(-n_words // 2) - 1).bit_length())
    bounds = [int(bound) for bound in upper]
    assert bounds[-1] == 2**64 - 1
    cells = [k * 2**64 // len(guide) for k in range(len(guide))]
    assert guide.tolist() == [bisect_right(bounds, cell) for cell in cells]
    edges = {edge for bound in [*bounds[:-1], *cells] for edge in (bound - 1, bound, bound + 1)}
    fractions = [f for f in edges if 0 <= f < 2**64 - 1]
    fractions += random.integers(0, 2**64 - 1, 50, np.uint64).tolist()
    for fraction in fractions:
        assert rng.draw_word(upper, guide, np.uint64(fraction)) == bisect_right(bounds, fraction)


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


def random_block(n_centers, seed):
    """A block with random rows and weights, of which the last positions may be missing."""
    random = np.random.default_rng(seed)
    scratch = blocks.make_scratch(N_BLOCK, N_GROUP, N_NEGATIVES, WINDOW, WIDTH, np.float64)
    scratch.center[PAD : PAD + N_BLOCK] = random.normal(size=(N_BLOCK, WIDTH))
    scratch.context[:] = random.normal(size=scratch.context.shape)
    scratch.negatives[:] = random.normal(size=scratch.negatives.shape)
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
    return scratch, weights


def fenced(scratch):
    """The same memory, each array with a fence of 64 bytes after it."""
    arrays, fences = {}, []
    for name, array in scratch._asdict().items():
        raw = blocks.aligned_zeros((array.nbytes + 64,), np.uint8)
        raw[array.nbytes :] = 0xA5
        arrays[name] = raw[: array.nbytes].view(array.dtype).reshape(array.shape)
        arrays[name][...] = array
        fences.append(raw[array.nbytes :])
    return blocks.Scratch(**arrays), fences


@njit
def _addresses(rows, addresses):
    for i in range(len(addresses)):
        addresses[i] = tiles.row_address(rows, i)


@pytest.mark.parametrize("n_centers", [N_BLOCK, 5])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("side", ["center", "context", "negatives"])
def test_block_step_is_the_gradient_of_the_loss(architecture, side, n_centers):
    """Float64 finite differences, one array of rows at a time."""
    scratch, weights = random_block(n_centers, seed=2)
    scratch, fences = fenced(scratch)
    share, rate = 1.25, 0.5
    rows = {
        "center": scratch.center[PAD : PAD + N_BLOCK].copy(),
        "context": scratch.context[: N_BLOCK + PAD].copy(),
        "negatives": scratch.negatives.copy(),
    }
    steps = {name: np.zeros_like(value) for name, value in rows.items()}
    for name, value in steps.items():
        _addresses(value, getattr(scratch, f"to_{name}"))
    naive_loss = {"skipgram": skipgram_loss, "cbow": cbow_loss}[architecture]

    def loss():
        groups = rows["negatives"].reshape(N_BLOCK // N_GROUP, N_NEGATIVES, WIDTH)
        negatives = [groups[j // N_GROUP] for j in range(N_BLOCK)]
        return naive_loss(rows["center"], rows["context"], negatives, weights, share)

    want_loss = loss()
    if architecture == "skipgram":
        got_loss, got_weight = skipgram.skipgram_block(
            scratch, N_BLOCK, N_GROUP, WINDOW, SPAN, share, rate, True
        )
        want_weight = weights.sum()
    else:
        got_loss, got_weight = cbow.cbow_block(
            scratch, N_BLOCK, N_GROUP, WINDOW, SPAN, share, rate, cbow.MEAN_EXACT, True
        )
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
