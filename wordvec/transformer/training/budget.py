"""The number of training steps that fit into a given time."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn

from wordvec.transformer.training.options import TrainerOptions
from wordvec.transformer.training.processes import choose_device
from wordvec.transformer.training.run import BatchSource
from wordvec.transformer.training.trainer import train

__all__ = ["seconds_of", "seconds_per_step", "steps_within"]

_WARM_STEPS, _TRIAL_STEPS = 2, 12


def steps_within(model: nn.Module, batches: BatchSource, seconds: float, options: TrainerOptions) -> int:
    """Return how many steps take `seconds`, as measured by `seconds_per_step`; at least one."""
    return max(1, int(seconds / max(seconds_per_step(model, batches, options), 1e-9)))


def seconds_per_step(
    model: nn.Module, batches: BatchSource, options: TrainerOptions, n_steps: int = _TRIAL_STEPS
) -> float:
    """Return the seconds that a step takes, measured on a copy of the model.

    On a CPU this is processor time divided by the number of PyTorch's threads, so that other load on the machine
    changes it little.

    Parameters
    ----------
    model : nn.Module
    batches : BatchSource
    options : TrainerOptions
    n_steps : int
        Number of steps to measure.
    """
    trial = replace(
        options,
        steps=_WARM_STEPS,
        warmup_steps=0,
        eval_every=None,
        patience=None,
        average=None,
        verbose=False,
    )
    train(copy.deepcopy(model), batches, trial)
    timed, trained = replace(trial, steps=n_steps), copy.deepcopy(model)
    return seconds_of(lambda: train(trained, batches, timed), options.device) / n_steps


def seconds_of(work: Callable[[], object], device: str = "auto") -> float:
    """Return the seconds that `work` takes, measured as in `seconds_per_step`."""
    if choose_device(device, owner="seconds_of").type == "cpu":
        start = time.process_time()
        work()
        return (time.process_time() - start) / torch.get_num_threads()
    start = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - start
