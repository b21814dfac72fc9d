"""Register tiles: the small matrix products in which training spends its time.

LLVM vectorises a plain inner loop, but it does not keep a tile of sums in registers across an outer loop,
and that is what decides the speed of products as small as 32 x 16 x 100. So the two tiles are written in
LLVM's own vocabulary, as Numba intrinsics. LLVM still chooses the instructions: the same code runs on any
processor that Numba supports.

All matrices are C-contiguous, of one float type, with rows padded to a multiple of `PAD_FLOATS`.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

# One vector register: 64 bytes with AVX-512, else 32 (two registers of 16 bytes where that is all there is).
VECTOR_BYTES = 64 if llvm.get_host_cpu_features().get("avx512f", False) else 32
PAD_FLOATS = VECTOR_BYTES // 4

# Sums may be fused and reordered, but NaN and infinity stay NaN and infinity: the divergence guard needs them.
SUM_FLAGS = ("nsz", "arcp", "contract", "reassoc")
INT = ir.IntType(64)
# Two rows of up to six vectors: 12 sums, two coefficients and a vector of the source fill 16 registers.
_MOST_VECTORS = 6


def padded_width(vector_size: int) -> int:
    """Return the floats in a row of a table: `vector_size` rounded up to whole vector registers."""
    return -(-vector_size // PAD_FLOATS) * PAD_FLOATS


class Rows:
    """Addresses of vectors in the rows of an array argument."""

    def __init__(self, context: Any, builder: Any, array_type: types.Array, array: Any) -> None:
        self.builder = builder
        struct = context.make_array(array_type)(context, builder, array)
        self.data = builder.ptrtoint(struct.data, INT)
        element = context.get_value_type(array_type.dtype)
        self.element = element
        self.itemsize = 4 if isinstance(element, ir.FloatType) else 8
        self.lanes = VECTOR_BYTES // self.itemsize
        self.vector = ir.VectorType(element, self.lanes)
        shape = cgutils.unpack_tuple(builder, struct.shape)
        self.width = shape[-1]

    def row(self, index: Any) -> Any:
        """Address of a row."""
        step = self.builder.mul(self.width, ir.Constant(INT, self.itemsize))
        return self.builder.add(self.data, self.builder.mul(index, step))

    def item(self, index: Any) -> Any:
        """Address of an element of a flat array."""
        return self.builder.add(self.data, self.builder.mul(index, ir.Constant(INT, self.itemsize)))


def load_vector(builder: Any, address: Any, kind: Any) -> Any:
    """Read a vector (or a number) of LLVM type `kind` at an address."""
    return builder.load(builder.inttoptr(address, kind.as_pointer()), align=4)


def store_vector(builder: Any, value: Any, address: Any) -> None:
    """Write a value at an address."""
    builder.store(value, builder.inttoptr(address, value.type.as_pointer()), align=4)


def multiply_add(builder: Any, left: Any, right: Any, addend: Any) -> Any:
    """Return left * right + addend, fused where the processor can."""
    return builder.fadd(builder.fmul(left, right, flags=SUM_FLAGS), addend, flags=SUM_FLAGS)


def broadcast(builder: Any, scalar: Any, vector: Any) -> Any:
    """Return a vector with `scalar` in every lane."""
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)


def _sum_of_four(builder: Any, vectors: list[Any]) -> Any:
    """Sum each of four vectors; the result is one vector of the four sums.

    Interleaving the halves of two vectors before adding sums both with one addition.
    """
    lanes = vectors[0].type.count
    i32 = ir.IntType(32)

    def shuffle(a: Any, b: Any, lanes_taken: list[int]) -> Any:
        mask = ir.Constant(ir.VectorType(i32, len(lanes_taken)), [ir.Constant(i32, i) for i in lanes_taken])
        return builder.shuffle_vector(a, b, mask)

    def add_pairwise(a: Any, b: Any) -> Any:
        n = a.type.count
        even = shuffle(a, b, [*range(0, 2 * n, 2)])
        odd = shuffle(a, b, [*range(1, 2 * n, 2)])
        return builder.fadd(even, odd, flags=SUM_FLAGS)

    while lanes > 4:
        half = lanes // 2
        vectors = [
            builder.fadd(shuffle(v, v, [*range(half)]), shuffle(v, v, [*range(half, lanes)]), flags=SUM_FLAGS)
            for v in vectors
        ]
        lanes = half
    return add_pairwise(add_pairwise(vectors[0], vectors[1]), add_pairwise(vectors[2], vectors[3]))


def _dot_tile(n_rows: int) -> Any:
    @intrinsic
    def dot_tile(typingctx, left, left_row, right, right_row, out, out_at, out_step):
        """Write ``out[out_at + r * out_step + c] = left[left_row + r] . right[right_row + c]``, c = 0..3.

        left, right : (any, D); out : flat, contiguous
        """
        signature = types.void(left, types.int64, right, types.int64, out, types.int64, types.int64)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            left_rows = Rows(context, builder, sig.args[0], args[0])
            right_rows = Rows(context, builder, sig.args[2], args[2])
            outs = Rows(context, builder, sig.args[4], args[4])
            vector = left_rows.vector

            def row_addresses(rows: Rows, first: Any, count: int) -> list[Any]:
                return [rows.row(builder.add(first, ir.Constant(INT, i))) for i in range(count)]

            left_at = row_addresses(left_rows, args[1], n_rows)
            right_at = row_addresses(right_rows, args[3], 4)
            zero = ir.Constant(vector, [0.0] * vector.count)
            sums = [[cgutils.alloca_once_value(builder, zero) for _ in range(4)] for _ in range(n_rows)]
            size = builder.mul(left_rows.width, ir.Constant(INT, left_rows.itemsize))
            with cgutils.for_range_slice(
                builder, ir.Constant(INT, 0), size, ir.Constant(INT, VECTOR_BYTES), inc=True
            ) as (offset, _):
                lefts = [load_vector(builder, builder.add(at, offset), vector) for at in left_at]
                for c in range(4):
                    b = load_vector(builder, builder.add(right_at[c], offset), vector)
                    for r in range(n_rows):
                        total = multiply_add(builder, lefts[r], b, builder.load(sums[r][c]))
                        builder.store(total, sums[r][c])
            for r in range(n_rows):
                four = _sum_of_four(builder, [builder.load(sums[r][c]) for c in range(4)])
                at = builder.add(args[5], builder.mul(ir.Constant(INT, r), args[6]))
                store_vector(builder, four, outs.item(at))
            return context.get_dummy_value()

        return signature, codegen

    return dot_tile


dot_tile_2x4 = _dot_tile(2)
dot_tile_3x4 = _dot_tile(3)


@intrinsic
def add_products(
    typingctx, target_0, target_1, coef_a, at_a, row_step_a, step_a, source_a, first_a, count_a,
    coef_b, at_b, row_step_b, step_b, source_b, first_b, count_b,
):  # fmt: skip
    """Add two sums of scaled rows to two rows: target_r += sum over k of coef[r, k] * source[first + k].

    target_0, target_1 : int64; addresses of rows (`row_address`), which may be the same row
    coef_a, coef_b : flat; the coefficient of row r and step k is ``coef[at + r * row_step + k * step]``
    source_a, source_b : (any, D)
    """
    i64 = types.int64
    half_a = (coef_a, i64, i64, i64, source_a, i64, i64)
    half_b = (coef_b, i64, i64, i64, source_b, i64, i64)
    signature = types.void(i64, i64, *half_a, *half_b)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        halves = []
        for start in (2, 9):
            coefs = Rows(context, builder, sig.args[start], args[start])
            sources = Rows(context, builder, sig.args[start + 4], args[start + 4])
            at, row_step, step = args[start + 1 : start + 4]
            size = ir.Constant(INT, coefs.itemsize)
            halves.append(
                (
                    [coefs.item(at), coefs.item(builder.add(at, row_step))],
                    builder.mul(step, size),
                    sources.row(args[start + 5]),
                    builder.mul(sources.width, size),
                    args[start + 6],
                )
            )
        rows = sources
        vector = rows.vector
        zero = ir.Constant(vector, [0.0] * vector.count)
        total = builder.udiv(rows.width, ir.Constant(INT, rows.lanes))

        def tile(offset: Any, n_vectors: int) -> None:
            sums = [[cgutils.alloca_once_value(builder, zero) for _ in range(n_vectors)] for _ in range(2)]
            for r in range(2):
                for v in range(n_vectors):
                    builder.store(zero, sums[r][v])
            for coefs, coef_step, source, source_step, count in halves:
                source_here = builder.add(source, offset)
                with cgutils.for_range(builder, count, intp=INT) as loop:
                    at = builder.add(source_here, builder.mul(loop.index, source_step))
                    scale = [
                        broadcast(
                            builder,
                            load_vector(
                                builder, builder.add(c, builder.mul(loop.index, coef_step)), rows.element
                            ),
                            vector,
                        )
                        for c in coefs
                    ]
                    for v in range(n_vectors):
                        x = load_vector(builder, builder.add(at, ir.Constant(INT, v * VECTOR_BYTES)), vector)
                        for r in range(2):
                            builder.store(
                                multiply_add(builder, scale[r], x, builder.load(sums[r][v])), sums[r][v]
                            )
            # Row 0 is written before row 1 is read: both may be the same row of a table.
            for r in range(2):
                for v in range(n_vectors):
                    at = builder.add(builder.add(args[r], offset), ir.Constant(INT, v * VECTOR_BYTES))
                    old = load_vector(builder, at, vector)
                    store_vector(builder, builder.fadd(old, builder.load(sums[r][v]), flags=SUM_FLAGS), at)

        # 13 vectors become 5 + 4 + 4: tiles of like size, none too small to hide the latency of a sum.
        groups = builder.udiv(
            builder.add(total, ir.Constant(INT, _MOST_VECTORS - 1)), ir.Constant(INT, _MOST_VECTORS)
        )
        done = cgutils.alloca_once_value(builder, ir.Constant(INT, 0))
        builder.store(ir.Constant(INT, 0), done)
        with cgutils.for_range(builder, groups, intp=INT) as loop:
            start = builder.load(done)
            groups_left = builder.sub(groups, loop.index)
            vectors_left = builder.sub(total, start)
            size = builder.udiv(
                builder.sub(builder.add(vectors_left, groups_left), ir.Constant(INT, 1)), groups_left
            )
            offset = builder.mul(start, ir.Constant(INT, VECTOR_BYTES))
            end = builder.append_basic_block("tile.end")
            switch = builder.switch(size, end)
            for n_vectors in range(1, _MOST_VECTORS + 1):
                block = builder.append_basic_block(f"tile.{n_vectors}")
                switch.add_case(ir.Constant(INT, n_vectors), block)
                builder.position_at_end(block)
                tile(offset, n_vectors)
                builder.branch(end)
            builder.position_at_end(end)
            builder.store(builder.add(start, size), done)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def row_address(typingctx, array, row):
    """Return the address of ``array[row]``, for `add_products`."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return Rows(context, builder, sig.args[0], args[0]).row(args[1])

    return types.int64(array, types.int64), codegen


@intrinsic
def copy_row(typingctx, target, target_row, source, source_row):
    """Copy ``source[source_row]`` to ``target[target_row]``."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        targets = Rows(context, builder, sig.args[0], args[0])
        sources = Rows(context, builder, sig.args[2], args[2])
        to, origin = targets.row(args[1]), sources.row(args[3])
        size = builder.mul(sources.width, ir.Constant(INT, sources.itemsize))
        with cgutils.for_range_slice(
            builder, ir.Constant(INT, 0), size, ir.Constant(INT, VECTOR_BYTES), inc=True
        ) as (offset, _):
            store_vector(
                builder,
                load_vector(builder, builder.add(origin, offset), sources.vector),
                builder.add(to, offset),
            )
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64), codegen


@intrinsic
def clear_row(typingctx, array, row):
    """Set ``array[row]`` to zero."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        rows = Rows(context, builder, sig.args[0], args[0])
        zero = ir.Constant(rows.vector, [0.0] * rows.lanes)
        start = rows.row(args[1])
        size = builder.mul(rows.width, ir.Constant(INT, rows.itemsize))
        with cgutils.for_range_slice(
            builder, ir.Constant(INT, 0), size, ir.Constant(INT, VECTOR_BYTES), inc=True
        ) as (offset, _):
            store_vector(builder, zero, builder.add(start, offset))
        return context.get_dummy_value()

    return types.void(array, types.int64), codegen


@intrinsic
def prefetch(typingctx, address, n_bytes):
    """Prefetch memory into the cache, without waiting for it."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        i32, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, i32, i32, i32])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        write, near, data = (ir.Constant(i32, value) for value in (1, 3, 1))
        with cgutils.for_range_slice(
            builder, ir.Constant(INT, 0), args[1], ir.Constant(INT, 64), inc=True
        ) as (offset, _):
            builder.call(
                function, [builder.inttoptr(builder.add(args[0], offset), pointer), write, near, data]
            )
        return context.get_dummy_value()

    return types.void(address, n_bytes), codegen
