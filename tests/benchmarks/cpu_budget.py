"""The number of training steps that fit into some minutes of a CPU."""

from __future__ import annotations

from typing import Any

from wordvec.transformer.training.budget import seconds_per_step
from wordvec.transformer.training.trainer import TrainerOptions

TRIAL_STEPS = 30


def steps_within(model: Any, batches: Any, minutes: float, options: TrainerOptions) -> int:
    """Return the steps that take `minutes` of all of PyTorch's threads, as a copy of the model takes them now."""
    return max(1, int(60 * minutes / seconds_per_step(model, batches, options, TRIAL_STEPS)))
