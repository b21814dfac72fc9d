"""Training a model: `train`, what it is given and what it returns.

Everything that decides the result is in model, data, options and the number of processes. Progress, logs and
checkpoints only tell of it.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from wordvec._utils.loops import delayed_interrupt
from wordvec._utils.validation import check_bool, check_instance, check_path
from wordvec.transformer.training.checkpoints import CHECKPOINT_NAME
from wordvec.transformer.training.gradient_steps import Batch, GradientSteps
from wordvec.transformer.training.options import TrainerOptions
from wordvec.transformer.training.processes import join_processes
from wordvec.transformer.training.run import Batches, CountedBatches, StepReport, TrainingRun

__all__ = ["Batches", "CountedBatches", "StepReport", "TrainerOptions", "TrainingReport", "train"]


@dataclass(frozen=True)
class TrainingReport:
    """How a training run went.

    Attributes
    ----------
    steps : int
        Steps done, those of an earlier run that was resumed included, as everywhere here.
    loss_curve : list of float
        The loss of each step, in nats.
    validation_curve : list of (int, float)
        Steps done and the validation loss then.
    n_tokens : int
        Tokens trained on, without padding, of all processes.
    seconds : float
        Time in steps, without evaluation and checkpoints.
    stopped_early : bool
        Whether `patience` ended the run.
    interrupted : bool
        Whether Ctrl-C or `on_step` did.
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
        """Tokens of all processes in a second of training; NaN before the first step."""
        return self.n_tokens / self.seconds if self.seconds else math.nan

    @property
    def best_step(self) -> int | None:
        """The number of steps done at the lowest validation loss; None without validation."""
        return min(self.validation_curve, key=lambda pair: pair[1])[0] if self.validation_curve else None


def train(
    model: nn.Module,
    batches: Batches,
    options: TrainerOptions,
    *,
    validation: Sequence[Batch] | CountedBatches | None = None,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    on_step: Callable[[StepReport], bool | None] | None = None,
) -> TrainingReport:
    """Train a model in place; it is in evaluation mode, on the device of training, afterwards.

    Under torchrun every process calls this with the same arguments; the first one writes the files. Ctrl-C
    stops at the end of a step. A run that was stopped or killed and is resumed in one process on a CPU, with
    as many threads, ends with the same bits as one that was not.

    Parameters
    ----------
    model : nn.Module
        With `loss_sum(batch)`, see `GradientSteps`. A resumed run overwrites its parameters.
    batches : Batches
        Step s takes the batches from s * accumulation_steps on.
    options : TrainerOptions
    validation : list of batches, or Batches with a length, optional
    folder : path, optional
        Gets checkpoint.safetensors, log.csv, log.jsonl, curve.png if matplotlib is installed, and
        tensorboard/ if TensorBoard is. It is made if it does not exist; all processes must see it.
    resume : bool
        Go on from the checkpoint there, if there is one.
    on_step : callable, optional
        Called in each process after each step; True from any of them stops training.

    Returns
    -------
    TrainingReport

    Raises
    ------
    TypeError, ValueError
        If an argument or the checkpoint is not what it should be, a step has no label, or a GPU is missing.
    AnotherRunError
        If the checkpoint is of a run with other options, data or processes. A ValueError.
    FloatingPointError
        If the loss or its gradient is no longer finite; the model is then as it was before that step.
    OSError
        If `folder` cannot be written to.
    """
    _check_arguments(batches, options, validation)
    path = _check_folder(folder, resume)
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
        raise TypeError(
            "The batches parameter of train must have a method batch(step, rank, world). "
            f"Got {type(batches).__name__} instead."
        )
    if validation is None:
        if options.eval_every is not None:
            raise ValueError("TrainerOptions has eval_every, but train got no validation batches. Pass some.")
    elif not isinstance(validation, Sequence) and not callable(getattr(validation, "batch", None)):
        raise TypeError(
            "The validation parameter of train must be a list of batches, or have a method batch(step) and a "
            f"length. Got {type(validation).__name__} instead."
        )
    elif not len(validation):
        raise ValueError("The validation parameter of train holds no batch. Pass some, or None.")


def _check_folder(folder: Any, resume: Any) -> Path | None:
    """Return the file of the checkpoint in `folder`, which is made if need be; None if there is to be none."""
    resume = check_bool("resume", resume, "train")
    if folder is None:
        if resume:
            raise ValueError("The resume parameter of train needs a checkpoint. Pass its folder as well.")
        return None
    found = check_path("folder", folder, "train")
    if found.exists() and not found.is_dir():
        raise NotADirectoryError(f"The folder parameter of train must be a folder. {str(found)!r} is a file.")
    found.mkdir(parents=True, exist_ok=True)
    return found / CHECKPOINT_NAME
