"""How many steps of training fit into some minutes of a CPU."""

from __future__ import annotations

import copy
import time
from dataclasses import replace
from typing import Any

import torch

from wordvec.transformer.training.trainer import TrainerOptions, train

TRIAL_STEPS = 30


def steps_within(model: Any, batches: Any, minutes: float, options: TrainerOptions) -> int:
    """Return the steps that take `minutes` of all of PyTorch's threads, as a copy of the model takes them now.

    Processor time is counted, not the clock's, so that other work on the machine changes the number little.
    """
    trial = replace(options, steps=TRIAL_STEPS, warmup_steps=0, eval_every=None, patience=None, verbose=False)
    train(copy.deepcopy(model), batches, replace(trial, steps=3))
    start = time.process_time()
    train(copy.deepcopy(model), batches, trial)
    seconds_a_step = (time.process_time() - start) / torch.get_num_threads() / TRIAL_STEPS
    return max(1, int(60 * minutes / seconds_a_step))
