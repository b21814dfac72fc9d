"""Position-weighted CBOW: the words around a word are weighted, element by element, by vectors of their positions.

The context of a word is the mean (or sum) of d_p * u_p over the positions p = -window .. window, p not 0: u_p is the
input vector of the word there, d_p a vector that is learned with the rest, and the product is taken element by
element (Mnih and Kavukcuoglu 2013; Mikolov et al. 2018, arXiv:1712.09405, section 2.2).

The steps of the weights are kept for each block, and added at the end of the block (racing) or of the superstep.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvec.kernels import PART_OPTIONS
from wordvec.kernels.threads import wait_for_all
from wordvec.kernels.tiles import INT, VECTOR_BYTES, Floats, add_row, row_address, steps_of
from wordvec.kernels.word2vec.blocks import add_to, fetch_ahead
from wordvec.kernels.word2vec.jobs import n_blocks


@intrinsic
def _add_weighted(typingctx, like, width, to, old, coef, coef_step, left, right, right_step, count):
    """Write to = old + sum over k of coef[k * coef_step] * left row k * right row k, element by element.

    The sum is one chain of FMAs from zero; coefficient and left row are multiplied first.

    like : a float of the type; to, old : addresses of rows of `width` floats
    left, right : addresses of addresses of rows, those of the right ones `right_step` apart; count : rows
    """
    signature = types.void(like, *[types.int64] * 9)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        f = Floats(context, builder, sig.args[0])
        _, width, to, old, coef, coef_step, left, right, right_step, count = args
        pointer_bytes = ir.Constant(INT, 8)
        cell = cgutils.alloca_once(builder, f.vector)
        with steps_of(builder, f.bytes_of(width), VECTOR_BYTES) as (offset, _):
            builder.store(f.zero(f.vector), cell)
            with cgutils.for_range(builder, count, intp=INT) as loop:
                k = loop.index
                scale = f.load(builder.add(coef, f.bytes_of(builder.mul(k, coef_step))), f.element)
                at = builder.add(left, builder.mul(k, pointer_bytes))
                a = f.load(builder.add(f.load(at, INT), offset), f.vector)
                at = builder.add(right, builder.mul(builder.mul(k, right_step), pointer_bytes))
                b = f.load(builder.add(f.load(at, INT), offset), f.vector)
                scaled = builder.fmul(f.broadcast(scale, f.vector), a)
                builder.store(f.multiply_add(scaled, b, builder.load(cell)), cell)
            before = f.load(builder.add(old, offset), f.vector)
            f.store(builder.fadd(before, builder.load(cell)), builder.add(to, offset))
        return context.get_dummy_value()

    return signature, codegen


@njit(**PART_OPTIONS)
def mix_context(job, mixing, n_block, pad, span):
    """Write the weighted contexts of a block's positions to `hidden`; `mixing` is the flat band of coefficients."""
    scratch, positions = job.scratch, job.positions
    hidden, at_context = scratch.hidden, scratch.at_context
    like, width, zeros = scratch.total[0], hidden.shape[1], row_address(scratch.missing, 0)
    for j in range(n_block):
        _add_weighted(
            like, width, row_address(hidden, pad + j), zeros, row_address(mixing, (pad + j) * span), 1,
            row_address(at_context, j), row_address(positions.at_weights, 0), 1, pad + 1,
        )  # fmt: skip


@njit(**PART_OPTIONS)
def step_positions(job, q, coef, n_block, pad, span):
    """Write the steps of the weights for the block of segment q: errors times context rows, before their own steps.

    coef : flat; the band of coefficients
    """
    scratch, positions = job.scratch, job.positions
    like, width, zeros = scratch.total[0], scratch.hidden.shape[1], row_address(scratch.missing, 0)
    for t in range(pad + 1):
        _add_weighted(
            like, width, row_address(positions.steps, q * (pad + 1) + t), zeros,
            row_address(coef, pad * span + t), span,
            row_address(scratch.at_hidden_step, pad), row_address(scratch.at_context, t), 1, n_block,
        )  # fmt: skip


@njit(**PART_OPTIONS)
def step_weighted_rows(job, coef, n_block, pad, span, ahead):
    """Give each row around the block its steps: weights times errors, by the columns of the band `coef`."""
    scratch, positions = job.scratch, job.positions
    here, to = scratch.at_context, scratch.to_context
    like, width, zeros = scratch.total[0], scratch.hidden.shape[1], row_address(scratch.missing, 0)
    for i in range(n_block + pad):
        ahead = fetch_ahead(job, ahead)
        _add_weighted(
            like, width, to[i], add_to(here, to, i, zeros), row_address(coef, i * span + pad), span - 1,
            row_address(scratch.at_hidden_step, i), row_address(positions.at_weights, pad), -1, pad + 1,
        )  # fmt: skip


@njit(**PART_OPTIONS)
def _add_steps(positions, q, t):
    weights, steps = positions.weights, positions.steps
    step = row_address(steps, q * weights.shape[0] + t)
    add_row(weights.dtype.type(1.0), weights.shape[1], row_address(weights, t), step)


@njit(**PART_OPTIONS)
def add_own_positions(positions, q):
    """Add the steps of the block of segment q (racing mode)."""
    if positions is not None:
        for t in range(positions.weights.shape[0]):
            _add_steps(positions, q, t)


@njit(**PART_OPTIONS)
def add_positions(job, positions, s, thread, n_threads):
    """Add the steps of all blocks of superstep s, in their order, each weight by one thread; all threads call this."""
    if positions is not None:
        for t in range(thread, positions.weights.shape[0], n_threads):
            for q in range(job.chunk.extent.shape[0]):
                if s < n_blocks(job, q):
                    _add_steps(positions, q, t)
        wait_for_all(job.chunk.counters, n_threads)
