"""Rules of the parameters shared by the embedding estimators."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, cast

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Instance, Integer, Real, Rule, Seed, Threads
from wordvec.vectors.keyed_vectors import KeyedVectors

_T = TypeVar("_T")

MODE = Choice("deterministic", "racing")
VECTOR_SIZE = Integer(1, 10_000)
LEARNING_RATE = Real(0.0, 10.0, low_open=True)

# Of everything that is trained in epochs.
TRAINER_RULES: dict[str, Rule] = {
    "vector_size": VECTOR_SIZE,
    "epochs": Integer(1),
    "learning_rate": LEARNING_RATE,
    "init_vectors": Instance(KeyedVectors, "KeyedVectors.load(path) reads a file.") | None,
    "patience": Integer(1) | None,
    "n_jobs": Threads(),
    "random_state": Seed(),
    "verbose": Boolean() | None,
}


def options_of(kind: type[_T], found: Any, **others: Any) -> _T:
    """Return an options dataclass, filled with the checked parameters of the same names and with `others`."""
    fields = dataclasses.fields(cast(Any, kind))
    same = {field.name: getattr(found, field.name) for field in fields if field.name not in others}
    return kind(**same, **others)


def check_init_vectors(source: KeyedVectors | None, size: int, owner: str) -> None:
    """Raise ParameterError unless `source` is None or holds vectors of `size` floats."""
    if source is not None and source.vector_size != size:
        raise ParameterError(
            "init_vectors",
            owner,
            f"hold vectors of vector_size={size}",
            source,
            f"Set vector_size={source.vector_size}.",
        )
