"""The loop over training steps, with evaluation, early stopping, checkpoints, logs and progress."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from wordvec._utils.loops import has_stalled
from wordvec.transformer.training.checkpoints import (
    RunIdentity,
    TrainerState,
    average_tensors,
    copy_tensors,
    hash_batch,
    named_tensors,
    read_trainer_checkpoint,
    write_trainer_checkpoint,
)
from wordvec.transformer.training.gradient_steps import (
    Batch,
    GradientSteps,
    StepResult,
    n_tokens_of,
)
from wordvec.transformer.training.log import StepBar, TrainingLog, perplexity
from wordvec.transformer.training.processes import sum_of_all

__all__ = ["BatchSource", "CountedBatchSource", "StepReport", "TrainingRun", "Validation"]


class BatchSource(Protocol):
    """Batches for training: batch n is a pure function of n, and each process gets a part of it."""

    def batch(self, step: int, rank: int = 0, world: int = 1) -> Batch:
        """Return tensors by name, the argument of the model's `loss_sum`."""
        ...


class CountedBatchSource(BatchSource, Protocol):
    """Batches for evaluation, whose number is known."""

    def __len__(self) -> int: ...


# Batches, or a function of the model that returns what is to be low, such as 1 - BLEU / 100.
Validation = Sequence[Batch] | CountedBatchSource | Callable[[nn.Module], float]


class StepReport(NamedTuple):
    """The state of training after a step; the argument of `on_step`."""

    step: int  # number of steps so far
    loss: float  # of the step's batches, before its update
    learning_rate: float
    gradient_norm: float  # before clipping
    tokens_per_second: float
    validation_loss: float | None  # if the step ended with an evaluation


class TrainingRun:
    """One training run: its model, data and options, its state, and the loop over its steps.

    Parameters
    ----------
    steps : GradientSteps
    batches : BatchSource
    validation : list of batches, BatchSource with a length, or callable, optional
    on_step : callable, optional
    """

    def __init__(
        self,
        steps: GradientSteps,
        batches: BatchSource,
        validation: Validation | None,
        on_step: Callable[[StepReport], bool | None] | None,
    ) -> None:
        self.steps, self.options, self.processes = steps, steps.options, steps.processes
        self.batches, self.validation, self.on_step = batches, validation, on_step
        self.state = TrainerState()
        self.path: Path | None = None  # of the checkpoint; the logs go to its folder
        self.saved_step = 0

        self.identity = RunIdentity(
            {**self.options.deciding(), "loss_weights": dict(steps.loss_weights)},
            hash_batch(batches.batch(0, 0, self.processes.world)),
            self.processes.world,
        )

    def open_checkpoint(self, path: Path, resume: bool) -> None:
        """Continue from the checkpoint at `path` if there is one and `resume` is set, else write the first one.

        Raises
        ------
        ValueError
            If the file cannot be read, belongs to another run, or differs from that of other processes.
        OSError
            If it cannot be written.
        """
        self.path = path
        # A corpus that changed only after its first batch is a different one, too.
        hash_of = getattr(self.batches, "data_hash", str)
        self.identity = replace(self.identity, data_hash=hash_of())
        if resume and path.exists():
            model, optimizer = self.steps.model, self.steps.optimizer
            self.state = read_trainer_checkpoint(path, self.identity, model, optimizer)
        self._check_same_step(path)
        self.saved_step = self.state.step
        if not self.state.step:
            # An older run's checkpoint must not be what a resumed run finds if this one is killed early.
            self._save()

    def loop(self, interrupted: Callable[[], bool]) -> bool:
        """Train from `state` to the end; return whether Ctrl-C or `on_step` stopped it early.

        At the end, by `patience` or after the last step, the model gets the parameters of its best evaluation if there
        is `patience`, otherwise with `average` those of the last evaluation.

        Raises
        ------
        ValueError
            If a step has no label.
        FloatingPointError
            If a loss or its gradient is no longer finite; the model is left as it was before that step.
        OSError
            If a file cannot be written.
        """
        state, last = self.state, self.options.steps
        is_interrupted = False
        self.steps.model.train()
        with self._open_log() as log, self._open_bar() as bar:
            fetched = self._fetch(state.step)
            while state.step < last and not self.has_stalled() and not is_interrupted:
                started = time.perf_counter()
                tally, is_mean = self.steps.differentiate(state.step, fetched[0])
                n_tokens = fetched[1]
                # While a GPU is still busy with this step.
                fetched = self._fetch(state.step + 1)
                result = self.steps.finish(tally, is_mean, n_tokens, interrupted())
                self._check_result(result)
                rate = self.steps.update(state.step)
                report = self._note(result, rate, time.perf_counter() - started)
                bar.update_to(report.step, report.loss, report.tokens_per_second)
                self._log(log, report, result)
                is_interrupted = result.is_stopped or self._asks_to_stop(report)
                if is_interrupted or self._is_due(self.options.checkpoint_every):
                    self._save()
            if log is not None:
                log.draw(state.loss_curve, state.validation_curve)
        if self.saved_step < state.step:
            self._save()
        is_whole = state.step == last or self.has_stalled()
        if is_whole and state.best is not None:
            copy_tensors(state.best, self.steps.model)
        elif is_whole and state.snapshots:
            copy_tensors(average_tensors(state.snapshots), self.steps.model)
        return not is_whole

    def has_stalled(self) -> bool:
        """Whether `patience` ends the run."""
        return has_stalled([loss for _, loss in self.state.validation_curve], self.options.patience)

    def _fetch(self, step: int) -> tuple[list[dict[str, Tensor]], int]:
        """Return a step's micro-batches, on the device, and their number of tokens; none after the last step."""
        if step >= self.options.steps:
            return [], 0
        n, processes = self.options.accumulation_steps, self.processes
        found = [
            self.batches.batch(number, processes.rank, processes.world)
            for number in range(step * n, (step + 1) * n)
        ]
        return [self.steps.to_device(batch) for batch in found], sum(map(n_tokens_of, found))

    def _note(self, result: StepResult, rate: float, seconds: float) -> StepReport:
        state = self.state
        state.step += 1
        state.n_tokens += result.n_tokens
        state.seconds += seconds
        state.loss_curve.append(result.loss)
        validation_loss = None
        if self.validation is not None and self._is_due(self.options.eval_every):
            validation_loss = self._evaluate(self.validation)
        return StepReport(
            state.step, result.loss, rate, result.gradient_norm, result.n_tokens / seconds, validation_loss
        )

    def _is_due(self, every: int | None) -> bool:
        step = self.state.step
        return step == self.options.steps or (every is not None and step % every == 0)

    def _evaluate(self, validation: Validation) -> float:
        """Record the validation loss, and the model if it is the best so far and may be needed.

        With `average`, the evaluated model is the mean over the last evaluations.
        """
        state, own = self.state, None
        if self.options.average is not None:
            own = self._copied()
            state.snapshots = [*state.snapshots, own][-self.options.average :]
            copy_tensors(average_tensors(state.snapshots), self.steps.model)
        try:
            loss = self._validation_loss(validation)
            is_best = all(loss < other for _, other in state.validation_curve)
            state.validation_curve.append((state.step, loss))
            if is_best and self.options.patience is not None:
                state.best = self._copied()
        finally:
            if own is not None:
                copy_tensors(own, self.steps.model)
        return loss

    def _copied(self) -> dict[str, Tensor]:
        return {name: t.detach().clone() for name, t in named_tensors(self.steps.model).items()}

    def _validation_loss(self, validation: Validation) -> float:
        if callable(validation):
            loss = float(validation(self.steps.model))
        else:
            losses = self.steps.mean_losses(self._share_of(validation))
            if not losses:
                raise ValueError("The validation batches of train hold no label. Pass others, or none.")
            loss = self.steps.total(losses)
        if not math.isfinite(loss):
            self._raise_diverged(self.state.step, f"the validation loss is {loss}")
        return loss

    def _share_of(self, validation: Sequence[Batch] | CountedBatchSource) -> Iterator[Batch]:
        """Yield every world-th batch."""
        for number in range(self.processes.rank, len(validation), self.processes.world):
            yield validation[number] if isinstance(validation, Sequence) else validation.batch(number)

    def _asks_to_stop(self, report: StepReport) -> bool:
        if self.on_step is None:
            return False
        asked = torch.tensor([float(bool(self.on_step(report)))], device=self.steps.device)
        return bool(sum_of_all(asked, self.processes).item())

    def _check_result(self, result: StepResult) -> None:
        step = self.state.step + 1
        if not result.losses:
            raise ValueError(
                f"The batches of step {step} hold no label, so there is nothing to learn from. "
                "Larger batches, or a larger share of masked tokens, have one."
            )
        if not math.isfinite(result.loss):
            self._raise_diverged(step, f"the loss is {result.loss}")
        if not math.isfinite(result.gradient_norm):
            self._raise_diverged(step, f"the norm of the gradient is {result.gradient_norm}")

    def _raise_diverged(self, step: int, finding: str) -> None:
        kept = ""
        if self.path is not None:
            kept = f" The checkpoint {str(self.path)!r} is still that of step {self.saved_step}."
        raise FloatingPointError(
            f"Training diverged in step {step}: {finding}.{kept} "
            f"Lower learning_rate (it was {self.options.learning_rate:g}) or raise warmup_steps."
        )

    def _log(self, log: TrainingLog | None, report: StepReport, result: StepResult) -> None:
        if log is None:
            return
        row = {
            "step": report.step,
            "loss": report.loss,
            "perplexity": perplexity(report.loss),
            "learning_rate": report.learning_rate,
            "gradient_norm": report.gradient_norm,
            "tokens": self.state.n_tokens,
            "tokens_per_second": report.tokens_per_second,
            "seconds": self.state.seconds,
        }
        if len(result.losses) > 1:
            row |= {f"loss.{name}": loss for name, loss in result.losses.items()}
        if report.validation_loss is not None:
            row["validation_loss"] = report.validation_loss
        log.add(row)

    def _open_log(self) -> Any:
        if self.path is None or not self.processes.is_first:
            return contextlib.nullcontext()
        return TrainingLog(self.path.parent, self.state.step)

    def _open_bar(self) -> StepBar:
        verbose = self.options.verbose if self.processes.is_first else False
        return StepBar(verbose, self.options.steps, self.state.step)

    def _save(self) -> None:
        """Write the checkpoint; all processes have the same model, so one writes it while the others wait."""
        if self.path is None:
            return
        self.saved_step = self.state.step
        if self.processes.is_first:
            model, optimizer = self.steps.model, self.steps.optimizer
            write_trainer_checkpoint(self.path, self.identity, self.state, model, optimizer)
        sum_of_all(torch.zeros(1, device=self.steps.device), self.processes).item()  # waits, on a GPU too

    def _check_same_step(self, path: Path) -> None:
        own = torch.tensor([self.state.step], dtype=torch.float64, device=self.steps.device)
        if sum_of_all(own, self.processes).item() != self.state.step * self.processes.world:
            raise ValueError(
                f"The processes found different checkpoints at {str(path)!r}. The folder must be one that all "
                "of them see."
            )
