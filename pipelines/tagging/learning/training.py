"""One training run of the tagger: the chosen optimizer, its progress bar, and validation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from tqdm.auto import tqdm

from wordvec._utils.threads import Workers

from ..features.encoding import EncodedSentences
from ..model import ChainModel, FeatureSet
from .objective import DenseTable, Objective
from .online import train_online
from .optimization import Progress, minimize

# Passes of the online algorithms if there is no limit.
_MANY = 1 << 30


@dataclass(frozen=True)
class FitOptions:
    """Checked parameters of training; see `CRFTagger`."""

    algorithm: str
    c1: float
    c2: float
    max_iter: int | None
    min_freq: float
    tol: float
    period: int
    learning_rate: float
    seed: int
    verbose: bool | None
    n_clusters: tuple[int, ...] = ()


@dataclass
class Validation:
    """Scores models on validation data, and keeps the best one.

    Attributes
    ----------
    score : callable
        From a model to its score.
    patience : int or None
        Stop after this number of iterations without a higher score.
    curve : list of float
    best : ChainModel or None
    best_progress : (int, float) or None
        Iterations and objective of the best model.
    """

    score: Callable[[ChainModel], float]
    patience: int | None
    curve: list[float] = field(default_factory=list)
    best: ChainModel | None = None
    best_progress: tuple[int, float] | None = None

    def is_over(self, progress: Progress, make_model: Callable[[], ChainModel]) -> bool:
        """Score the current model; return whether to stop."""
        model = make_model()
        score = self.score(model)
        if not self.curve or score > max(self.curve):
            self.best, self.best_progress = model, (progress.n_iter, progress.objective)
        self.curve.append(score)
        return self.patience is not None and len(self.curve) - 1 - int(np.argmax(self.curve)) >= self.patience


OnIteration = Callable[[Progress, Callable[[], ChainModel]], bool]
# Trains, and calls back after each iteration; True ends training.
Run = Callable[[OnIteration], tuple[ChainModel, Progress]]


def prepare(
    encoded: EncodedSentences,
    tags: np.ndarray,
    features: FeatureSet,
    table: DenseTable | None,
    options: FitOptions,
    workers: Workers,
) -> Run:
    """Return a function that trains by the chosen algorithm.

    L-BFGS overwrites the attributes and values of `encoded`, and frees their memory.
    """
    if options.algorithm == "lbfgs":
        objective = Objective(
            encoded, tags, features, table, c1=options.c1, c2=options.c2, workers=workers, overwrite=True
        )
        return lambda on_iteration: _minimize(objective, options, workers, on_iteration)
    return lambda on_iteration: train_online(
        encoded, tags, features, table, algorithm=options.algorithm, c2=options.c2,
        learning_rate=options.learning_rate, max_iter=options.max_iter or _MANY, tol=options.tol,
        period=options.period, seed=options.seed, on_iteration=on_iteration,
    )  # fmt: skip


def train(run: Run, options: FitOptions, validation: Validation | None) -> tuple[ChainModel, Progress]:
    """Train a model; with validation data return the best one seen on the way."""
    disable = None if options.verbose is None else not options.verbose
    with tqdm(desc="Training", total=options.max_iter, unit="it", leave=False, disable=disable) as bar:

        def on_iteration(progress: Progress, make_model: Callable[[], ChainModel]) -> bool:
            bar.set_postfix(
                objective=f"{progress.objective:.6g}",
                gradient=f"{progress.gradient_norm:.3g}",
                seconds=f"{progress.seconds:.1f}",
                refresh=False,
            )
            bar.update()
            return validation is not None and validation.is_over(progress, make_model)

        model, progress = run(on_iteration)
    if validation is not None and validation.best is not None and validation.best_progress is not None:
        model = validation.best
        progress.n_iter, progress.objective = validation.best_progress
    return model, progress


def _minimize(
    objective: Objective, options: FitOptions, workers: Workers, on_iteration: OnIteration
) -> tuple[ChainModel, Progress]:
    x, progress = minimize(
        objective, np.zeros(objective.size, np.float32), workers, max_iter=options.max_iter, tol=options.tol,
        period=options.period,
        on_iteration=lambda progress, x: on_iteration(progress, lambda: objective.model(x)),
    )  # fmt: skip
    return objective.model(x), progress
