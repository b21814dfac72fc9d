"""L-BFGS and OWL-QN: minimisation of a smooth function, with or without an L1 penalty.

Liu and Nocedal (1989); Andrew and Gao (2007) for the penalty. The two loops of L-BFGS are done on coefficients
(Chen et al. 2014): each iteration reads the history twice, once for all dot products at once and once for
the direction, instead of four times the history's length. All sums run over fixed blocks, so that the result
does not depend on the number of threads.

Memory limits the number of features, so there are only five vectors beside the history, which is in bfloat16: its
curvature is an estimate anyway. The slope with the penalty is computed where it is read.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from wordvec._utils.threads import Workers, even_blocks

from ..kernels import vectors as kernels

# Nocedal and Wright (2006), section 3.1: sufficient decrease, and curvature.
ARMIJO, WOLFE = 1e-4, 0.9
MAX_TRIALS = 30
# Steps in the history. With c1 = c2 = 0.05 and 100 iterations on 2,500 sentences the objective is 1,125.2 with 10 and
# 1,135.5 with 6 on CoNLL-2000, 1,709.9 and 1,712.5 on English-EWT.
MEMORY = 10


class Function(Protocol):
    """A smooth function, with the penalty ``l1 * sum(factors * abs(x))`` beside it, as `objective.Objective` is.

    Attributes
    ----------
    size : int
    l1 : float
        At least 0.
    factors : float32 or float64 (size,)
        Above 0.
    """

    size: int
    l1: float
    factors: np.ndarray

    def evaluate(self, x: np.ndarray, gradient: np.ndarray) -> float:
        """Return the value at `x` and write the gradient."""


@dataclass
class Progress:
    """The progress of an optimizer.

    Attributes
    ----------
    n_iter : int
    objective : float
        With all penalties.
    gradient_norm : float
    n_evaluations : int
    seconds : float
    curve : list of float
        The objective after each iteration.
    times : list of float
        Seconds until the end of each iteration.
    """

    n_iter: int = 0
    objective: float = math.inf
    gradient_norm: float = math.inf
    n_evaluations: int = 0
    seconds: float = 0.0
    curve: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


Callback = Callable[[Progress, np.ndarray], bool]


@dataclass
class _Point:
    """A point, the function's value with the penalty, and its slope there.

    The slope is the gradient with the penalty's part; `along` is its product with the direction of the search that
    led here.
    """

    x: np.ndarray
    gradient: np.ndarray
    value: float = math.inf
    norm: float = 0.0
    slope_norm: float = 0.0
    along: float = 0.0


def minimize(
    function: Function,
    x: np.ndarray,
    workers: Workers,
    *,
    max_iter: int | None,
    tol: float,
    period: int,
    memory: int = MEMORY,
    on_iteration: Callback | None = None,
) -> tuple[np.ndarray, Progress]:
    """Minimise a function by L-BFGS, or by OWL-QN if it has an L1 penalty.

    Parameters
    ----------
    function : Function
    x : float32 or float64 (size,)
        The starting point; overwritten. The search uses its dtype.
    workers : Workers
    max_iter : int, optional
        None for no limit.
    tol : float
        Stop when the objective has fallen by less than `tol` times itself over `period` iterations, or when
        the gradient's norm is below `tol` times that of `x` (or 1).
    period : int
    memory : int
        Steps from which the curvature is estimated.
    on_iteration : callable, optional
        Called with the progress and the current point, which it must not keep; True ends training.

    Returns
    -------
    x : float32 or float64 (size,)
    progress : Progress

    Raises
    ------
    FloatingPointError
        If the objective is not a finite number at the start.
    """
    return _Minimizer(function, x, workers, memory).run(max_iter, tol, period, on_iteration)


class _Minimizer:
    """The state of one minimisation: where it is, and the history."""

    def __init__(self, function: Function, x: np.ndarray, workers: Workers, memory: int) -> None:
        self.function, self.workers, self.memory = function, workers, memory
        self.blocks = even_blocks(np.arange(len(x) + 1))
        # Steps, followed by the changes of the gradient; see `kernels.halve`.
        self.history = np.zeros((2 * memory, len(x)), np.uint16)
        self.gram = np.zeros((2 * memory + 1, 2 * memory + 1))  # the last row and column are the slope's
        self.pairs: list[int] = []  # slots of the history, oldest first
        self.l1, self.factors = function.l1, function.factors
        self.direction = np.zeros_like(x)
        self.progress = Progress()
        self.here = _Point(x, np.empty_like(x))
        self.there = _Point(np.empty_like(x), np.empty_like(x))

    def run(
        self, max_iter: int | None, tol: float, period: int, on_iteration: Callback | None
    ) -> tuple[np.ndarray, Progress]:
        """Iterate until a stopping criterion is met."""
        progress, started = self.progress, time.perf_counter()
        self._evaluate(self.here)
        if not math.isfinite(self.here.value):
            raise FloatingPointError(
                f"The objective is {self.here.value} at the start. Check the values of features and vectors."
            )
        curve = [self.here.value]
        while max_iter is None or progress.n_iter < max_iter:
            if self.here.slope_norm <= tol * max(1.0, self.here.norm) or not self._step():
                break
            curve.append(self.here.value)
            progress.n_iter += 1
            progress.curve.append(self.here.value)
            self._report(started)
            progress.times.append(progress.seconds)
            if on_iteration is not None and on_iteration(progress, self.here.x):
                break
            if len(curve) > period and curve[-1 - period] - curve[-1] < tol * abs(curve[-1]):
                break
        self._report(started)
        return self.here.x, progress

    def _report(self, started: float) -> None:
        self.progress.objective, self.progress.gradient_norm = self.here.value, self.here.slope_norm
        self.progress.seconds = time.perf_counter() - started

    def _sum(self, kernel: Callable[..., None], n_sums: int, *args: object) -> list[float]:
        """Return the sums over all places that a kernel writes for ranges of them."""
        sums = np.zeros((len(self.blocks), n_sums))
        self.workers.run_numbered(
            lambda number, begin, end: kernel(begin, end, *args, sums[number]), self.blocks
        )
        return sums.sum(axis=0).tolist()

    def _evaluate(self, point: _Point) -> None:
        """Fill in everything about a point but its place."""
        value = self.function.evaluate(point.x, point.gradient)
        self.progress.n_evaluations += 1
        norm, steepness, point.along, penalty = self._sum(
            kernels.measure, 4, point.x, point.gradient, self.l1, self.factors, self.direction
        )
        point.norm, point.slope_norm, point.value = math.sqrt(norm), math.sqrt(steepness), value + penalty

    def _step(self) -> bool:
        """Go to a point where the function is smaller; False if there is none along the direction."""
        self._find_direction()
        first_step = 1.0 if self.pairs else 1.0 / self.here.slope_norm
        found = self._search_orthant(first_step) if self.l1 else self._search(first_step)
        if found:
            self._remember()
        elif self.pairs:
            # The history is misleading: try steepest descent.
            self.pairs.clear()
            return self._step()
        return found

    def _find_direction(self) -> None:
        """Write the direction of the next step."""
        here = self.here
        (here.along,) = self._sum(
            kernels.combine, 1, self.history, self._two_loops(), here.x, here.gradient, self.l1, self.factors,
            self.direction,
        )  # fmt: skip

    def _two_loops(self) -> np.ndarray:
        """Return the weights of the history and, last, of the slope in the direction, float64 (2 * memory + 1,)."""
        memory, gram = self.memory, self.gram
        self._update_gram()
        factors = np.zeros(2 * memory + 1)
        factors[-1] = -1.0
        alphas = {}
        # Not by BLAS, whose sums depend on the processor.
        for slot in reversed(self.pairs):
            alphas[slot] = np.sum(factors * gram[slot]) / gram[slot, memory + slot]
            factors[memory + slot] -= alphas[slot]
        if self.pairs:
            newest = self.pairs[-1]
            factors *= gram[newest, memory + newest] / gram[memory + newest, memory + newest]
        for slot in self.pairs:
            beta = np.sum(factors * gram[memory + slot]) / gram[slot, memory + slot]
            factors[slot] += alphas[slot] - beta
        return factors

    def _update_gram(self) -> None:
        """Compute the new dot products: of the newest step, its change of the gradient, and the slope."""
        here = self.here
        slots = np.array([part + slot for slot in self.pairs[-1:] for part in (0, self.memory)], np.int64)
        rows = np.append(slots, 2 * self.memory)
        sums = np.zeros((len(self.blocks), len(rows), len(self.gram)))
        self.workers.run_numbered(
            lambda number, begin, end: kernels.dots(
                begin, end, self.history, slots, here.x, here.gradient, self.l1, self.factors, sums[number]
            ),
            self.blocks,
        )
        self.gram[rows] = sums.sum(axis=0)
        self.gram[:, rows] = self.gram[rows].T

    def _remember(self) -> None:
        """Move to the point that was found, and keep the step in the history."""
        slot = self.pairs[0] if len(self.pairs) == self.memory else len(self.pairs)
        step, change = self.history[slot], self.history[self.memory + slot]
        here, there = self.here, self.there
        self.workers.run(kernels.halve, self.blocks, there.x, here.x, step)
        self.workers.run(kernels.halve, self.blocks, there.gradient, here.gradient, change)
        self.here, self.there = there, here
        if len(self.pairs) == self.memory:
            del self.pairs[0]
        curvature, size = self._sum(kernels.measure_pair, 2, step, change)
        if curvature > 1e-12 * size:
            self.pairs.append(slot)
        elif slot < len(self.pairs):
            # The slots that are left must be the lowest ones.
            self.pairs.clear()

    def _search(self, step: float) -> bool:
        """Find a step with sufficient decrease and curvature (weak Wolfe conditions) between two bounds."""
        low, high = 0.0, math.inf
        low_value, low_along = self.here.value, self.here.along
        for _ in range(MAX_TRIALS):
            self.workers.run(kernels.move, self.blocks, self.here.x, step, self.direction, self.there.x)
            self._evaluate(self.there)
            value = self.there.value
            is_lower = value <= self.here.value + ARMIJO * step * self.here.along
            if is_lower and self.there.along >= WOLFE * self.here.along:
                return True
            if is_lower:
                low, low_value, low_along = step, value, self.there.along
            else:
                high, high_value = step, value
            if math.isinf(high):
                step *= 2.0
            else:
                step = _between(low, low_value, low_along, high, high_value)
        return is_lower

    def _search_orthant(self, step: float) -> bool:
        """Find a step with sufficient decrease, where no penalised variable changes its sign, by halving."""
        for _ in range(MAX_TRIALS):
            here, there = self.here, self.there
            self.workers.run(
                kernels.move_in_orthant, self.blocks, here.x, step, self.direction, here.gradient, self.l1,
                self.factors, there.x,
            )  # fmt: skip
            self._evaluate(there)
            (change,) = self._sum(
                kernels.change_along, 1, here.x, here.gradient, self.l1, self.factors, there.x
            )
            if there.value <= here.value + ARMIJO * change:
                return True
            step *= 0.5
        return False


def _between(low: float, low_value: float, low_along: float, high: float, high_value: float) -> float:
    """Return a step between two others, near the minimum of the parabola through their values and slopes."""
    width = high - low
    bend = high_value - low_value - low_along * width
    if not math.isfinite(bend) or bend <= 0:
        return low + 0.5 * width
    return low + min(max(-0.5 * low_along * width / bend, 0.1), 0.9) * width
