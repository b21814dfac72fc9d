"""Bytes at an address, in place of arrays.

Numba counts references to an array each time that a function gets it, which would be for each number of a table.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

BYTE, WORD = ir.IntType(8), ir.IntType(64)


@intrinsic
def address_of(typingctx, data):
    """Return the address of a uint8 array, int64; the caller keeps the array."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ptrtoint(context.make_array(sig.args[0])(context, builder, args[0]).data, WORD)

    return types.int64(data), codegen


def load(builder: Any, address: Any, kind: Any) -> Any:
    """Return what code would load a value of an LLVM type, aligned or not, from an address."""
    return builder.load(builder.inttoptr(address, kind.as_pointer()), align=1)


@intrinsic
def byte_at(typingctx, address):
    """Return the byte at an address, int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.zext(load(builder, args[0], BYTE), WORD)

    return types.int64(types.int64), codegen


@intrinsic
def copy_bytes(typingctx, target, source, n_bytes):
    """Copy bytes from one address to another."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        places = [builder.inttoptr(address, BYTE.as_pointer()) for address in args[:2]]
        cgutils.raw_memcpy(builder, *places, args[2], 1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), codegen
