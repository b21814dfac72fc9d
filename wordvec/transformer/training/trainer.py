"""`train`: training of a model, and its report.

The result depends on model, data, options and number of processes, but not on progress bars, logs and checkpoints.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from wordvec._utils.errors import ParameterError
from wordvec._utils.loops import delayed_interrupt
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_loss
from wordvec._utils.validation import check_checkpoint_folder, check_instance
from wordvec.transformer.training.checkpoints import CHECKPOINT_NAME
from wordvec.transformer.training.gradient_steps import GradientSteps
from wordvec.transformer.training.options import TrainerOptions
from wordvec.transformer.training.processes import join_processes
from wordvec.transformer.training.run import (
    BatchSource,
    CountedBatchSource,
    StepReport,
    TrainingRun,
    Validation,
)

__all__ = ["BatchSource", "CountedBatchSource", "StepReport", "TrainerOptions", "TrainingReport", "train"]


@dataclass(frozen=True)
class TrainingReport(Report):
    """The course of a training run.

    Attributes
    ----------
    steps : int
        Number of steps; like all figures here, it includes those before the run was resumed.
    loss_curve : list of float
        The loss of each step, in nats.
    validation_curve : list of (int, float)
        Number of steps and validation loss at each evaluation.
    n_tokens : int
        Number of tokens trained on, without padding, in all processes.
    seconds : float
        Time for training steps, without evaluation and checkpoints.
    stopped_early : bool
        Whether `patience` ended the run.
    interrupted : bool
        Whether Ctrl-C or `on_step` ended it.
    """

    steps: int
    loss_curve: list[float]
    validation_curve: list[tuple[int, float]]
    n_tokens: int
    seconds: float
    stopped_early: bool
    interrupted: bool

    @property
    def tokens_per_second(self) -> float:
        """Tokens of all processes per second of training; NaN before the first step."""
        return self.n_tokens / self.seconds if self.seconds else math.nan

    @property
    def best_step(self) -> int | None:
        """The number of steps at the lowest validation loss; None without validation."""
        return min(self.validation_curve, key=lambda pair: pair[1])[0] if self.validation_curve else None

    def format(self) -> str:
        """Return steps, losses and speed, one per line."""
        end = " (stopped early)" if self.stopped_early else " (interrupted)" if self.interrupted else ""
        fields = {"steps": f"{self.steps:,}{end}"}
        if self.loss_curve:
            fields["loss"] = f"{format_loss(self.loss_curve)} nats"
        if self.validation_curve:
            best = min(loss for _, loss in self.validation_curve)
            fields["validation"] = f"{best:.4f} nats at step {self.best_step:,}"
        if self.seconds:
            fields["tokens"] = f"{self.n_tokens:,}, {self.tokens_per_second:,.0f} a second"
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes."""
        return asdict(self)


def train(
    model: nn.Module,
    batches: BatchSource,
    options: TrainerOptions,
    *,
    validation: Validation | None = None,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    on_step: Callable[[StepReport], bool | None] | None = None,
) -> TrainingReport:
    """Train a model in place; afterwards it is in evaluation mode, on the device of training.

    Under torchrun every process calls this with the same arguments; the first one writes the files. Ctrl-C
    stops at the end of a step. On a CPU, a run in one process that was stopped or killed and then resumed with the same
    number of threads ends with the same bits as an uninterrupted one.

    Parameters
    ----------
    model : nn.Module
        With a method `loss_sum(batch)`, see `GradientSteps`. A resumed run overwrites its parameters.
    batches : BatchSource
        Step s uses `accumulation_steps` batches from number s * accumulation_steps on.
    options : TrainerOptions
    validation : list of batches, BatchSource with a length, or callable, optional
        A callable is passed the model and returns a number to minimise instead of the loss, e.g. 1 - BLEU / 100.
    folder : path, optional
        Where to write checkpoint.safetensors, log.csv, log.jsonl, curve.png if matplotlib is installed, and
        tensorboard/ if TensorBoard is. Created if it does not exist; all processes must have access to it.
    resume : bool
        Whether to continue from the checkpoint in `folder`, if there is one.
    on_step : callable, optional
        Called in each process after each step; if it returns True in any of them, training stops.

    Returns
    -------
    TrainingReport

    Raises
    ------
    TypeError, ValueError
        If an argument breaks its rule, the checkpoint is damaged, a step has no label, or a GPU is missing.
    AnotherRunError
        If the checkpoint belongs to a run with other options, data or processes. A ValueError.
    FloatingPointError
        If the loss or its gradient is no longer finite; the model is left as it was before that step.
    OSError
        If `folder` cannot be written to.
    """
    _check_arguments(batches, options, validation)
    found = check_checkpoint_folder("folder", folder, resume, "train")
    path = None if found is None else found / CHECKPOINT_NAME
    processes, device = join_processes(options.device)
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices), delayed_interrupt() as interrupted:
        steps = GradientSteps(model, options, device, processes)
        run = TrainingRun(steps, batches, validation, on_step)
        try:
            if path is not None:
                run.open_checkpoint(path, resume)
            is_interrupted = run.loop(interrupted)
        finally:
            steps.optimizer.zero_grad(set_to_none=True)
            model.eval()
        if is_interrupted and interrupted():
            warnings.warn(
                f"Training was interrupted after step {run.state.step} of {options.steps}. "
                "The model holds what it has learned so far.",
                stacklevel=2,
            )
    state = run.state
    return TrainingReport(
        steps=state.step,
        loss_curve=state.loss_curve,
        validation_curve=state.validation_curve,
        n_tokens=state.n_tokens,
        seconds=state.seconds,
        stopped_early=run.has_stalled() and state.step < options.steps,
        interrupted=is_interrupted,
    )


def _check_arguments(batches: Any, options: Any, validation: Any) -> None:
    check_instance("options", options, "train", TrainerOptions)
    if not callable(getattr(batches, "batch", None)):
        raise ParameterError("batches", "train", "have a method batch(step, rank, world)", batches)
    if validation is None:
        if options.eval_every is not None:
            rule = f"hold batches where TrainerOptions has eval_every={options.eval_every}"
            raise ParameterError("validation", "train", rule, None)
    elif callable(validation):
        return
    elif not isinstance(validation, Sequence) and not callable(getattr(validation, "batch", None)):
        rule = "be a list of batches, or have a method batch(step) and a length, or be callable"
        raise ParameterError("validation", "train", rule, validation)
    elif not len(validation):
        raise ParameterError("validation", "train", "hold at least one batch, or be None", validation)
