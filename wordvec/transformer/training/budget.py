"""How many steps of training fit into a given time."""

from __future__ import annotations

import copy
import time
from dataclasses import replace

import torch
from torch import nn

from wordvec.transformer.training.options import TrainerOptions
from wordvec.transformer.training.run import BatchSource
from wordvec.transformer.training.trainer import train

__all__ = ["steps_within"]

_WARM_STEPS, _TRIAL_STEPS = 2, 12


def steps_within(model: nn.Module, batches: BatchSource, seconds: float, options: TrainerOptions) -> int:
    """Return how many steps take `seconds`, as a copy of the model takes them now; at least one.

    On a CPU the time of the processor is counted, shared by PyTorch's threads, so that other work on the machine
    changes the number little.
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
    is_cpu = not torch.cuda.is_available() or options.device == "cpu"
    clock = time.process_time if is_cpu else time.perf_counter
    start = clock()
    report = train(copy.deepcopy(model), batches, replace(trial, steps=_TRIAL_STEPS))
    spent = (clock() - start) / (torch.get_num_threads() if is_cpu else 1)
    return max(1, int(seconds * report.steps / max(spent, 1e-9)))
