"""Rules of the parameters that the trainers of embeddings share."""

from __future__ import annotations

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Instance, Integer, Real, Rule, Seed, Threads
from wordvec.vectors.keyed_vectors import KeyedVectors

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


def check_init_vectors(source: KeyedVectors | None, size: int, owner: str) -> None:
    """Raise ParameterError unless `source` is None or has vectors of `size` floats."""
    if source is not None and source.vector_size != size:
        raise ParameterError(
            "init_vectors",
            owner,
            f"hold vectors of vector_size={size}",
            source,
            f"Set vector_size={source.vector_size}.",
        )
