"""Dot product and AdaGrad step of two rows, in LLVM's vectors (see `tiles`).

A row is a vector followed by the sums of squared steps of its elements, each padded to `PAD_FLOATS`.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvec.kernels.tiles import (
    INT,
    SUM_FLAGS,
    VECTOR_BYTES,
    Rows,
    broadcast,
    load_vector,
    multiply_add,
    store_vector,
)

# "afn" lets LLVM take 1 / sqrt(x) from the processor's estimate and a Newton step, to float32's precision:
# root and division would be most of the time.
_ROOT_FLAGS = (*SUM_FLAGS, "afn")


def _row_pair(context: Any, builder: Any, sig: Any, args: Any) -> tuple[Rows, Any, Any, Any]:
    """Return the kind of row, the addresses of both rows, and the bytes of a row's vector."""
    left = Rows(context, builder, sig.args[0], args[0])
    right = Rows(context, builder, sig.args[2], args[2])
    half = builder.mul(builder.udiv(left.width, ir.Constant(INT, 2)), ir.Constant(INT, left.itemsize))
    return left, left.row(args[1]), right.row(args[3]), half


def _vector_function(builder: Any, name: str, result: Any, arguments: list[Any], rows: Rows) -> Any:
    kind = ir.FunctionType(result, arguments)
    name = f"llvm.{name}.v{rows.lanes}f{8 * rows.itemsize}"
    return cgutils.get_or_insert_function(builder.module, kind, name)


@intrinsic
def dot_rows(typingctx, left, left_row, right, right_row):
    """Return the dot product of the vectors of ``left[left_row]`` and ``right[right_row]``."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        rows, left_at, right_at, half = _row_pair(context, builder, sig, args)
        zero = ir.Constant(rows.vector, [0.0] * rows.lanes)
        total = cgutils.alloca_once_value(builder, zero)
        builder.store(zero, total)
        with cgutils.for_range_slice(
            builder, ir.Constant(INT, 0), half, ir.Constant(INT, VECTOR_BYTES), inc=True
        ) as (offset, _):
            a = load_vector(builder, builder.add(left_at, offset), rows.vector)
            b = load_vector(builder, builder.add(right_at, offset), rows.vector)
            builder.store(multiply_add(builder, a, b, builder.load(total)), total)
        add_up = _vector_function(
            builder, "vector.reduce.fadd", rows.element, [rows.element, rows.vector], rows
        )
        start = ir.Constant(rows.element, -0.0)
        return builder.call(add_up, [start, builder.load(total)], fastmath=SUM_FLAGS)

    return left.dtype(left, types.int64, right, types.int64), codegen


@intrinsic
def step_rows(typingctx, left, left_row, right, right_row, scale):
    """Take the AdaGrad step for ``scale`` times the gradient of the dot product of two rows.

    With s = scale * right, element by element: left -= s / sqrt(left's sum), left's sum += s * s; and the
    same for right with the old left. Duchi, Hazan and Singer (2011), the diagonal form.
    """

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        rows, left_at, right_at, half = _row_pair(context, builder, sig, args)
        factor = broadcast(builder, args[4], rows.vector)
        one = ir.Constant(rows.vector, [1.0] * rows.lanes)
        root = _vector_function(builder, "sqrt", rows.vector, [rows.vector], rows)

        def update(value: Any, at: Any, step: Any) -> None:
            sum_at = builder.add(at, half)
            squares = load_vector(builder, sum_at, rows.vector)
            inverse = builder.fdiv(
                one, builder.call(root, [squares], fastmath=_ROOT_FLAGS), flags=_ROOT_FLAGS
            )
            change = builder.fmul(step, inverse, flags=SUM_FLAGS)
            store_vector(builder, builder.fsub(value, change, flags=SUM_FLAGS), at)
            store_vector(builder, multiply_add(builder, step, step, squares), sum_at)

        with cgutils.for_range_slice(
            builder, ir.Constant(INT, 0), half, ir.Constant(INT, VECTOR_BYTES), inc=True
        ) as (offset, _):
            a_at, b_at = builder.add(left_at, offset), builder.add(right_at, offset)
            a = load_vector(builder, a_at, rows.vector)
            b = load_vector(builder, b_at, rows.vector)
            update(a, a_at, builder.fmul(factor, b, flags=SUM_FLAGS))
            update(b, b_at, builder.fmul(factor, a, flags=SUM_FLAGS))
        return context.get_dummy_value()

    return types.void(left, types.int64, right, types.int64, left.dtype), codegen
