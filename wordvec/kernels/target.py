"""The capabilities of the processor that Numba compiles for, as LLVM reports them.

NUMBA_CPU_NAME alone keeps the features of the host, and the names of features differ by architecture. The code that
LLVM generates for one instruction is the reliable answer.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite.binding as llvm

_FMA = """
declare float @llvm.fma.f32(float, float, float)
define float @f(float %a, float %b, float %c) {
  %r = call float @llvm.fma.f32(float %a, float %b, float %c)
  ret float %r
}
"""
_ADD_64_BYTES = """
define <16 x float> @f(<16 x float> %a) {
  %r = fadd <16 x float> %a, %a
  ret <16 x float> %r
}
"""


def has_fma(context: Any) -> bool:
    """Return whether one instruction multiplies and adds; where none does, LLVM calls a slow function."""
    return "fmaf" not in _assembly(context.codegen().magic_tuple(), _FMA)


def is_wide(context: Any) -> bool:
    """Return whether a register holds 64 bytes (AVX-512), of which there are 32."""
    return "zmm" in _assembly(context.codegen().magic_tuple(), _ADD_64_BYTES)


@cache
def _assembly(target: tuple[str, str, str], module: str) -> str:
    triple, processor, features = target
    machine = llvm.Target.from_triple(triple).create_target_machine(cpu=processor, features=features, opt=3)
    return str(machine.emit_assembly(llvm.parse_assembly(module)))
