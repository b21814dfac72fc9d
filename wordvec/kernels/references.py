"""Named tuples of arrays inside compiled code, passed by address.

Numba counts references to an array each time a function receives it, and passes it as 7 words. Training has 60 arrays:
reference counting took a fifth of its time, passing them another fifth, and both were most of what LLVM had to compile.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, models, register_model


class Reference(types.Type):
    """The address of a named tuple. Its fields are read when needed; tuples in it are references as well."""

    def __init__(self, target: Any) -> None:
        self.target = target
        super().__init__(name=f"Reference({target})")


@register_model(Reference)
class _ReferenceModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Reference) -> None:
        target = manager.lookup(kind.target).get_value_type()
        super().__init__(manager, kind, target.as_pointer())


def _is_named_tuple(kind: types.Type) -> bool:
    return isinstance(kind, types.BaseNamedTuple)


@infer_getattr
class _Fields(AttributeTemplate):
    key = Reference

    def generic_resolve(self, reference: Any, name: Any) -> Any:  # type: ignore[override]
        if name not in reference.target.fields:
            return None
        kind = reference.target[reference.target.fields.index(name)]
        return Reference(kind) if _is_named_tuple(kind) else kind


@lower_getattr_generic(Reference)
def _read_field(context: Any, builder: Any, kind: Any, address: Any, name: str) -> Any:
    place = kind.target.fields.index(name)
    field = kind.target[place]
    at = cgutils.gep_inbounds(builder, address, 0, place)
    if _is_named_tuple(field):
        return at
    if not isinstance(field, types.Array):
        return builder.load(at)
    stored = context.make_array(field)(context, builder, ref=at)
    array = context.make_array(field)(context, builder)
    array.meminfo = cgutils.get_null_value(array.meminfo.type)
    array.parent = cgutils.get_null_value(array.parent.type)
    for part in ("nitems", "itemsize", "data", "shape", "strides"):
        setattr(array, part, getattr(stored, part))
    return array._getvalue()


@intrinsic
def lend(typingctx, arrays):
    """Return a reference to a named tuple, valid until the calling function returns. Its arrays are not counted.

    The caller must keep the arrays alive, which an argument's owner does.
    """
    if not _is_named_tuple(arrays):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = cgutils.alloca_once(builder, context.get_value_type(sig.args[0]))
        builder.store(args[0], place)
        return place

    return Reference(arrays)(arrays), codegen
