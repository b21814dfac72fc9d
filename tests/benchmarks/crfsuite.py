"""Training of python-crfsuite's tagger, for the benchmarks that compare with it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def train_crfsuite(
    X: Iterable[Any], y: Iterable[Sequence[str]], params: Mapping[str, Any]
) -> tuple[Any, Any, float]:
    """Train with all possible transitions; return the trainer, a tagger with its model, and the seconds of training."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(verbose=False)
    for tokens, tags in zip(X, y):
        trainer.append(tokens, tags)
    trainer.set_params({"feature.possible_transitions": True, **params})
    trainer.on_iteration = lambda log, info: None
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        start = time.perf_counter()
        trainer.train(path)
        seconds = time.perf_counter() - start
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
    return trainer, tagger, seconds
