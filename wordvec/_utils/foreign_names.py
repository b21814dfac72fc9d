"""Names of parameters, attributes and methods in other tools: errors for them name the equivalents here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

__all__ = ["ForeignNames"]


class _ForeignNamesType(type):
    """The metaclass that explains missing attributes of classes, such as class methods."""

    _foreign_attributes: Mapping[str, str]

    if not TYPE_CHECKING:  # a type checker would take every attribute for one that is there

        def __getattr__(cls, name: str) -> Any:
            advice = cls._foreign_attributes.get(name) if name != "_foreign_attributes" else None
            found = f"type object {cls.__name__!r} has no attribute {name!r}"
            raise AttributeError(f"{found}: {advice}" if advice else found, name=name, obj=cls)


class ForeignNames(metaclass=_ForeignNamesType):
    """A base class that explains names of other tools in errors, so that `hasattr` remains False for them.

    A subclass has two tables that map a foreign name to a sentence with the name used here.

    Examples
    --------
    >>> class Model(ForeignNames):
    ...     _foreign_parameters = {"size": "It is vector_size here."}
    ...     _foreign_attributes = {"wv": "It is wv_ here."}
    ...     def __init__(self, vector_size=100):
    ...         self.vector_size = vector_size
    >>> try:
    ...     Model(size=50)
    ... except TypeError as error:
    ...     print(error)
    Model has no parameter 'size': It is vector_size here.
    >>> hasattr(Model(), "wv")
    False
    """

    _foreign_parameters: ClassVar[Mapping[str, str]] = {}
    _foreign_attributes: ClassVar[Mapping[str, str]] = {}

    # Not __init__, whose signature is what scikit-learn takes for the parameters.
    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        known = [name for name in kwargs if name in cls._foreign_parameters]
        if known:
            advice = " ".join(f"{cls._foreign_parameters[name]}" for name in known)
            noun = "parameter" if len(known) == 1 else "parameters"
            raise TypeError(f"{cls.__name__} has no {noun} {', '.join(map(repr, known))}: {advice}")
        return super().__new__(cls)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            advice = type(self)._foreign_attributes.get(name)
            if advice is None:
                return object.__getattribute__(
                    self, name
                )  # the error of Python, or of a property that failed
            found = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(f"{found}: {advice}", name=name, obj=self)
