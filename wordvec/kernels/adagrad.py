"""AdaGrad step of two rows, in LLVM's vectors (see `tiles`).

A row is a vector followed by the sums of squared steps of its elements, each padded to `PAD_FLOATS`.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvec.kernels.tiles import VECTOR_BYTES, Floats, steps_of

_KADLEC_A, _KADLEC_B = 0.7039522528648376, 2.389244556427


@intrinsic
def step_rows(typingctx, scale, width, left, right):
    """Take the AdaGrad step for ``scale`` times the gradient of the dot product of two rows.

    With s = scale * right, element by element: left -= s / sqrt(left's sum), left's sum += s * s; and the
    same for right with the old left. Duchi, Hazan and Singer (2011), the diagonal form.

    width : floats of a vector; left, right : addresses of rows
    """
    signature = types.void(scale, *[types.int64] * 3)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        f = Floats(context, builder, sig.args[0])
        scale, width, left, right = args
        size = f.bytes_of(width)
        factor = f.broadcast(scale, f.vector)

        def update(value: Any, at: Any, step: Any) -> None:
            sum_at = builder.add(at, size)
            squares = f.load(sum_at, f.vector)
            f.store(_step_back(f, value, step, squares), at)
            f.store(f.multiply_add(step, step, squares), sum_at)

        with steps_of(builder, size, VECTOR_BYTES) as (offset, _):
            a_at, b_at = builder.add(left, offset), builder.add(right, offset)
            a, b = f.load(a_at, f.vector), f.load(b_at, f.vector)
            update(a, a_at, builder.fmul(factor, b))
            update(b, b_at, builder.fmul(factor, a))
        return context.get_dummy_value()

    return signature, codegen


def _step_back(f: Floats, value: Any, step: Any, x: Any) -> Any:
    """Return value - step / sqrt(x), x positive; the root has a relative error of 1e-6 (float64: none).

    A square root and a division would take most of the time, and processors' estimate instructions differ. The first
    estimate halves the exponent; Kadlec's constants lower the error of the first Newton step to 6.5e-4.
    """
    builder = f.builder
    if f.itemsize == 8:
        kind = ir.FunctionType(f.vector, [f.vector])
        root = cgutils.get_or_insert_function(builder.module, kind, f"llvm.sqrt.v{f.lanes}f64")
        return builder.fsub(value, builder.fdiv(step, builder.call(root, [x])))

    def constant(value: float) -> Any:
        return ir.Constant(f.vector, [value] * f.lanes)

    whole = ir.VectorType(ir.IntType(32), f.lanes)
    half = builder.lshr(builder.bitcast(x, whole), ir.Constant(whole, [1] * f.lanes))
    y = builder.bitcast(builder.sub(ir.Constant(whole, [0x5F1FFFF9] * f.lanes), half), f.vector)
    half_x = builder.fmul(x, constant(0.5))
    # y a (b - x y^2)
    square = builder.fmul(builder.fmul(half_x, y), y)
    y = builder.fmul(y, f.multiply_add(square, constant(-2 * _KADLEC_A), constant(_KADLEC_A * _KADLEC_B)))
    # y (3 / 2 - x y^2 / 2), with the other sign, which turns the difference into a sum.
    minus = f.multiply_add(builder.fmul(half_x, y), y, constant(-1.5))
    return f.multiply_add(builder.fmul(step, y), minus, value)
