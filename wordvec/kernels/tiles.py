"""Register tiles: the small matrix products that take most of the training time.

LLVM vectorises a plain inner loop, but it does not keep a tile of sums in registers across an outer loop, and that is
what decides the speed of products as small as 32 x 16 x 100. So the tiles are written in LLVM's own instructions,
as Numba intrinsics.

They give the same bits on every processor with a fused multiply-add (FMA): each sum is one chain of FMAs in a fixed
order, or 16 such chains that a fixed tree adds up, and no flag allows LLVM another order. A vector has 64 bytes here,
whatever the registers: LLVM splits it. Only the sizes of the tiles follow the processor.

Rows of the tables are addressed by pointers (int64, `row_address`): the tiles read and change them where they are.
All matrices are C-contiguous, of one float type, with rows padded to a multiple of `PAD_FLOATS`, aligned to 64
bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvec.kernels.target import has_fma, is_wide

VECTOR_BYTES = 64
PAD_FLOATS = VECTOR_BYTES // 4
LANES = 16  # positions that `dot_lanes` takes side by side

INT = ir.IntType(64)


def padded_width(vector_size: int) -> int:
    """Return the floats in a row of a table: `vector_size` rounded up to whole vectors."""
    return -(-vector_size // PAD_FLOATS) * PAD_FLOATS


def aligned_zeros(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Return an array of zeros that starts on a cache line and a vector."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(size + 64, np.uint8)
    skip = -raw.ctypes.data % 64
    return raw[skip : skip + size].view(dtype).reshape(shape)


class Floats:
    """The float type of a tile, and its instructions."""

    def __init__(self, context: Any, builder: Any, kind: Any) -> None:
        self.builder = builder
        self.element = context.get_value_type(kind)
        self.itemsize = 4 if isinstance(self.element, ir.FloatType) else 8
        self.lanes = VECTOR_BYTES // self.itemsize
        self.vector = ir.VectorType(self.element, self.lanes)
        self.is_fused = has_fma(context)
        self.is_wide = is_wide(context)

    def bytes_of(self, count: Any) -> Any:
        """Return the bytes of `count` floats."""
        return self.builder.mul(count, ir.Constant(INT, self.itemsize))

    def zero(self, kind: Any) -> Any:
        """Return a vector of zeros."""
        return ir.Constant(kind, [0.0] * kind.count)

    def load(self, address: Any, kind: Any) -> Any:
        """Read a value of LLVM type `kind` at an address."""
        return self.builder.load(self.builder.inttoptr(address, kind.as_pointer()), align=4)

    def store(self, value: Any, address: Any) -> None:
        """Write a value at an address."""
        self.builder.store(value, self.builder.inttoptr(address, value.type.as_pointer()), align=4)

    def multiply_add(self, left: Any, right: Any, addend: Any) -> Any:
        """Return left * right + addend, rounded once (on a processor without FMA: twice)."""
        if not self.is_fused:
            return self.builder.fadd(self.builder.fmul(left, right), addend)
        kind = left.type
        count = f"v{kind.count}" if isinstance(kind, ir.VectorType) else ""
        function = cgutils.get_or_insert_function(
            self.builder.module, ir.FunctionType(kind, [kind] * 3), f"llvm.fma.{count}f{8 * self.itemsize}"
        )
        return self.builder.call(function, [left, right, addend])

    def broadcast(self, scalar: Any, kind: Any) -> Any:
        """Return a vector with `scalar` in every lane."""
        undefined = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), None)
        return self.builder.shuffle_vector(first, undefined, zeros)

    def shuffle(self, a: Any, b: Any, lanes: list[int]) -> Any:
        """Return the numbered lanes of two vectors."""
        i32 = ir.IntType(32)
        mask = ir.Constant(ir.VectorType(i32, len(lanes)), [ir.Constant(i32, i) for i in lanes])
        return self.builder.shuffle_vector(a, b, mask)

    def sum_lanes(self, vectors: list[Any]) -> list[Any]:
        """Sum each of the vectors, halves first; returns vectors of the sums, one after the other.

        The number of vectors is a power of two, and divides or is a multiple of the lanes. Two vectors whose halves
        are interleaved are both halved by one addition.
        """
        lanes = vectors[0].type.count
        size = lanes
        while size > 1:
            half = size // 2
            if len(vectors) == 1:
                kept = vectors[0].type.count // 2
                low = [i + j for i in range(0, 2 * kept, size) for j in range(half)]
                high = [i + half for i in low]
                v = vectors[0]
                vectors = [self.builder.fadd(self.shuffle(v, v, low), self.shuffle(v, v, high))]
            else:
                low = [i + j for i in range(0, 2 * lanes, size) for j in range(half)]
                high = [i + half for i in low]
                vectors = [
                    self.builder.fadd(self.shuffle(a, b, low), self.shuffle(a, b, high))
                    for a, b in zip(vectors[::2], vectors[1::2])
                ]
            size = half
        return vectors


def steps_of(builder: Any, size: Any, step: int) -> Any:
    """Open a loop over offsets 0, step, ... below `size`."""
    return cgutils.for_range_slice(builder, ir.Constant(INT, 0), size, ir.Constant(INT, step), inc=True)


@intrinsic
def dot_tile_2x4(typingctx, like, width, left, right, out, out_step):
    """Write ``out[r * out_step + c] = left row r . right row c`` for 2 x 4 rows of `width` floats.

    Each dot product is 16 (float64: 8) chains of FMAs, one a lane, added up by halves.

    like : a float of the tile's type; left : address of the first of two rows that follow each other
    right : address of 4 addresses of rows; out : address of the first result
    """
    signature = types.void(like, *[types.int64] * 5)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        f = Floats(context, builder, sig.args[0])
        _, width, left, right, out, out_step = args
        size = f.bytes_of(width)
        lefts = [left, builder.add(left, size)]
        rights = [f.load(builder.add(right, ir.Constant(INT, 8 * c)), INT) for c in range(4)]
        at_once = 4 if f.is_wide else 2
        sums = []
        for first in range(0, 4, at_once):
            columns = rights[first : first + at_once]
            cells = [[cgutils.alloca_once(builder, f.vector) for _ in columns] for _ in lefts]
            for row in cells:
                for cell in row:
                    builder.store(f.zero(f.vector), cell)
            with steps_of(builder, size, VECTOR_BYTES) as (offset, _):
                a = [f.load(builder.add(at, offset), f.vector) for at in lefts]
                for c, at in enumerate(columns):
                    b = f.load(builder.add(at, offset), f.vector)
                    for r in range(2):
                        builder.store(f.multiply_add(a[r], b, builder.load(cells[r][c])), cells[r][c])
            sums.append([[builder.load(cell) for cell in row] for row in cells])
        vectors = [v for r in range(2) for part in sums for v in part[r]]
        total = f.sum_lanes(vectors)[0]
        for r in range(2):
            four = f.shuffle(total, total, [*range(4 * r, 4 * r + 4)])
            at = builder.add(out, f.bytes_of(builder.mul(ir.Constant(INT, r), out_step)))
            f.store(four, at)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def dot(typingctx, like, width, left, right):
    """Return the dot product of two rows of `width` floats at two addresses, in the order of `dot_tile_2x4`."""
    signature = like(like, *[types.int64] * 3)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        f = Floats(context, builder, sig.args[0])
        _, width, left, right = args
        cell = cgutils.alloca_once(builder, f.vector)
        builder.store(f.zero(f.vector), cell)
        with steps_of(builder, f.bytes_of(width), VECTOR_BYTES) as (offset, _):
            a, b = (f.load(builder.add(at, offset), f.vector) for at in (left, right))
            builder.store(f.multiply_add(a, b, builder.load(cell)), cell)
        total = f.sum_lanes([builder.load(cell)])[0]
        return builder.extract_element(total, ir.Constant(ir.IntType(32), 0))

    return signature, codegen


@intrinsic
def dot_lanes(typingctx, like, size, columns, rows, n_rows, out):
    """Write the dot products of n_rows rows with 16 rows that are stored as columns: out[k * 16 + lane].

    Each is one chain of FMAs over the `size` floats.

    like : a float of the tile's type; n_rows : a multiple of 4; rows : address of their addresses
    columns : address of (size, 16)
    """
    signature = types.void(like, *[types.int64] * 5)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        f = Floats(context, builder, sig.args[0])
        _, size, columns, rows, n_rows, out = args
        lanes = ir.VectorType(f.element, LANES)
        step = ir.Constant(INT, LANES * f.itemsize)
        done = cgutils.alloca_once(builder, INT)
        builder.store(ir.Constant(INT, 0), done)

        def tile(first: Any, count: int) -> None:
            pointers = builder.add(rows, builder.mul(first, ir.Constant(INT, 8)))
            row_at = [f.load(builder.add(pointers, ir.Constant(INT, 8 * k)), INT) for k in range(count)]
            cells = [cgutils.alloca_once(builder, lanes) for _ in range(count)]
            for cell in cells:
                builder.store(f.zero(lanes), cell)
            with cgutils.for_range(builder, size, intp=INT) as loop:
                a = f.load(builder.add(columns, builder.mul(loop.index, step)), lanes)
                offset = f.bytes_of(loop.index)
                for at, cell in zip(row_at, cells):
                    x = f.load(builder.add(at, offset), f.element)
                    builder.store(f.multiply_add(a, f.broadcast(x, lanes), builder.load(cell)), cell)
            target = builder.add(out, f.bytes_of(builder.mul(first, ir.Constant(INT, LANES))))
            for k, cell in enumerate(cells):
                f.store(builder.load(cell), builder.add(target, ir.Constant(INT, k * LANES * f.itemsize)))

        for count in (8, 4) if f.is_wide else (4,):
            n_tiles = builder.udiv(builder.sub(n_rows, builder.load(done)), ir.Constant(INT, count))
            with cgutils.for_range(builder, n_tiles, intp=INT):
                first = builder.load(done)
                tile(first, count)
                builder.store(builder.add(first, ir.Constant(INT, count)), done)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def add_products(
    typingctx, like, width, to_0, old_0, to_1, old_1,
    coef_a, row_step_a, step_a, rows_a, count_a, coef_b, row_step_b, step_b, rows_b, count_b,
):  # fmt: skip
    """Write two rows and two sums of scaled rows: to_r = old_r + sum over k of coef[r * row_step + k * step] * row k.

    The sum is one chain of FMAs, first over the rows a, then over the rows b.

    like : a float of the tile's type
    to_0, old_0, to_1, old_1 : addresses of rows of `width` floats; to_0 and old_1 may be the same row
    coef_a, coef_b : addresses of coefficients; steps in floats
    rows_a, rows_b : addresses of count_a and count_b addresses of rows
    """
    signature = types.void(like, *[types.int64] * 15)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        f = Floats(context, builder, sig.args[0])
        width, targets, halves = args[1], ((args[2], args[3]), (args[4], args[5])), []
        for coef, row_step, step, rows, count in (args[6:11], args[11:16]):
            coefs = [coef, builder.add(coef, f.bytes_of(row_step))]
            halves.append((coefs, f.bytes_of(step), rows, count))
        total = builder.udiv(width, ir.Constant(INT, f.lanes))
        # Two rows of 7 vectors in 32 registers, of 3 in 16 of half the size, leave room for a factor and a source.
        most = 7 if f.is_wide else 3

        def tile(offset: Any, n_vectors: int) -> None:
            cells = [[cgutils.alloca_once(builder, f.vector) for _ in range(n_vectors)] for _ in range(2)]
            for row in cells:
                for cell in row:
                    builder.store(f.zero(f.vector), cell)
            for coefs, coef_step, rows, count in halves:
                with cgutils.for_range(builder, count, intp=INT) as loop:
                    row = f.load(builder.add(rows, builder.mul(loop.index, ir.Constant(INT, 8))), INT)
                    at = builder.add(row, offset)
                    place = builder.mul(loop.index, coef_step)
                    scale = [f.broadcast(f.load(builder.add(c, place), f.element), f.vector) for c in coefs]
                    for v in range(n_vectors):
                        x = f.load(builder.add(at, ir.Constant(INT, v * VECTOR_BYTES)), f.vector)
                        for r in range(2):
                            builder.store(f.multiply_add(scale[r], x, builder.load(cells[r][v])), cells[r][v])
            # Row 0 is written before row 1 is read: both may be the same row of a table.
            for (to, old), row in zip(targets, cells):
                for v, cell in enumerate(row):
                    here = builder.add(offset, ir.Constant(INT, v * VECTOR_BYTES))
                    before = f.load(builder.add(old, here), f.vector)
                    f.store(builder.fadd(before, builder.load(cell)), builder.add(to, here))

        # 19 vectors become 7 + 6 + 6: tiles of like size, none too small to hide the latency of a sum.
        groups = builder.udiv(builder.add(total, ir.Constant(INT, most - 1)), ir.Constant(INT, most))
        done = cgutils.alloca_once(builder, INT)
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
            for n_vectors in range(1, most + 1):
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
def transpose_rows(typingctx, like, width, rows, columns):
    """Store 16 rows of `width` floats that follow each other as columns, (width, 16), for `dot_lanes`.

    rows, columns : addresses
    """
    signature = types.void(like, *[types.int64] * 3)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        f = Floats(context, builder, sig.args[0])
        _, width, rows, columns = args
        lanes = (VECTOR_BYTES if f.is_wide else VECTOR_BYTES // 2) // f.itemsize
        kind = ir.VectorType(f.element, lanes)
        row_bytes, tile_bytes, column_bytes = f.bytes_of(width), lanes * f.itemsize, LANES * f.itemsize
        with steps_of(builder, row_bytes, tile_bytes) as (offset, _):
            for first in range(0, LANES, lanes):
                at = builder.add(rows, offset)
                at = builder.add(at, builder.mul(row_bytes, ir.Constant(INT, first)))
                v = []
                for _ in range(lanes):
                    v.append(f.load(at, kind))
                    at = builder.add(at, row_bytes)
                at = builder.add(columns, builder.mul(offset, ir.Constant(INT, LANES)))
                at = builder.add(at, ir.Constant(INT, first * f.itemsize))
                for value in _transposed(f, v):
                    f.store(value, at)
                    at = builder.add(at, ir.Constant(INT, column_bytes))
        return context.get_dummy_value()

    return signature, codegen


def _transposed(f: Floats, rows: list[Any]) -> list[Any]:
    """Swap rows and lanes, by exchanges of ever smaller blocks."""
    rows = [*rows]
    size = lanes = len(rows)
    while size > 1:
        size //= 2
        low = [i if not i & size else lanes + i - size for i in range(lanes)]
        high = [i + size if not i & size else lanes + i for i in range(lanes)]
        for i in range(lanes):
            if not i & size:
                a, b = rows[i], rows[i + size]
                rows[i], rows[i + size] = f.shuffle(a, b, low), f.shuffle(a, b, high)
    return rows


@intrinsic
def copy_row(typingctx, like, width, to, source):
    """Copy `width` floats from one address to another."""
    signature = types.void(like, *[types.int64] * 3)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        f = Floats(context, builder, sig.args[0])
        _, width, to, source = args
        with steps_of(builder, f.bytes_of(width), VECTOR_BYTES) as (offset, _):
            f.store(f.load(builder.add(source, offset), f.vector), builder.add(to, offset))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def add_row(typingctx, like, width, to, source):
    """Add the `width` floats at address `source` to those at `to`, times `like`."""
    signature = types.void(like, *[types.int64] * 3)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        f = Floats(context, builder, sig.args[0])
        scale = f.broadcast(args[0], f.vector)
        _, width, to, source = args
        with steps_of(builder, f.bytes_of(width), VECTOR_BYTES) as (offset, _):
            at = builder.add(to, offset)
            step = f.load(builder.add(source, offset), f.vector)
            f.store(f.multiply_add(scale, step, f.load(at, f.vector)), at)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def row_address(typingctx, array, row):
    """Return the address of row `row` (of an array of one dimension: of an element)."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        struct = context.make_array(sig.args[0])(context, builder, args[0])
        step = cgutils.unpack_tuple(builder, struct.strides)[0]
        return builder.add(builder.ptrtoint(struct.data, INT), builder.mul(args[1], step))

    return types.int64(array, types.int64), codegen


def _prefetching(is_written: bool) -> Any:
    """Return the code generator of a prefetch; one for writing takes the cache lines from other cores."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        i32, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, i32, i32, i32])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        write, near, data = (ir.Constant(i32, value) for value in (int(is_written), 2, 1))
        with steps_of(builder, args[1], 64) as (offset, _):
            builder.call(
                function, [builder.inttoptr(builder.add(args[0], offset), pointer), write, near, data]
            )
        return context.get_dummy_value()

    return codegen


@intrinsic
def prefetch(typingctx, address, n_bytes):
    """Prefetch memory that will be changed into the cache, without waiting for it."""
    return types.void(address, n_bytes), _prefetching(is_written=True)


@intrinsic
def prefetch_shared(typingctx, address, n_bytes):
    """Prefetch memory that several threads read into the cache, without waiting for it."""
    return types.void(address, n_bytes), _prefetching(is_written=False)
