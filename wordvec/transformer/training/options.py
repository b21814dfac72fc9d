"""The options of a training run, checked."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from wordvec._utils.validation import check_bool, check_choice, check_float, check_int

__all__ = ["TrainerOptions"]

_OWNER = "TrainerOptions"
_MAX_LEARNING_RATE = 10.0
# What may differ in a resumed run: it decides where and how soon the result is there, not what it is.
_FREE = ("device", "compile", "checkpoint_every", "verbose")


@dataclass(frozen=True)
class TrainerOptions:
    """Everything but model and data that a training run is made of.

    Parameters
    ----------
    steps : int
        Updates of the parameters.
    learning_rate : float
        The highest of the schedule.
    optimizer : "adamw" or "lamb"
        Loshchilov and Hutter (2019), arXiv:1711.05101; You et al. (2020), arXiv:1904.00962.
    betas : (float, float)
        How much of the averages of gradients and of their squares is kept in a step.
    weight_decay : float
        Of matrices and embeddings; biases and norms never decay.
    warmup_steps : int
        Steps in which the learning rate rises linearly.
    schedule : "cosine", "linear" or "constant"
        How it falls after that.
    min_lr_fraction : float
        What is left of `learning_rate` at the end of a cosine or linear schedule.
    clip_norm : float, optional
        Longer gradients are shortened to this norm; None never.
    accumulation_steps : int
        Micro-batches of a step. The result is that of one batch of them all.
    precision : "float32" or "bf16"
        bf16 is autocast: the parameters and what the optimiser keeps stay float32.
    compile : bool
        Whether torch.compile prepares the model; its first steps then take long.
    device : "auto", "cpu" or "cuda"
    eval_every : int, optional
        Steps between two evaluations on the validation batches; None evaluates after the last step only.
    patience : int, optional
        Stop after this many evaluations in a row without a new lowest loss; the model then gets the
        parameters of the evaluation with the lowest.
    checkpoint_every : int, optional
        Steps between two checkpoints. One is written at the start, at the end and on Ctrl-C in any case.
    seed : int
        Of dropout.
    verbose : bool, optional
        Whether a progress bar is shown; by default on a terminal.

    Raises
    ------
    TypeError, ValueError
        If a value is not what it should be.
    """

    steps: int
    learning_rate: float = 5e-4
    optimizer: str = "adamw"
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.01
    warmup_steps: int = 0
    schedule: str = "cosine"
    min_lr_fraction: float = 0.0
    clip_norm: float | None = 1.0
    accumulation_steps: int = 1
    precision: str = "float32"
    compile: bool = False
    device: str = "auto"
    eval_every: int | None = None
    patience: int | None = None
    checkpoint_every: int | None = None
    seed: int = 0
    verbose: bool | None = None

    def __post_init__(self) -> None:
        for name in ("steps", "accumulation_steps"):
            check_int(name, getattr(self, name), _OWNER, 1)
        for name in ("eval_every", "patience", "checkpoint_every"):
            if getattr(self, name) is not None:
                check_int(name, getattr(self, name), _OWNER, 1)
        check_int("warmup_steps", self.warmup_steps, _OWNER, 0, self.steps)
        check_int("seed", self.seed, _OWNER, 0, 2**63 - 1)
        check_float("learning_rate", self.learning_rate, _OWNER, 0.0, _MAX_LEARNING_RATE, low_open=True)
        check_float("weight_decay", self.weight_decay, _OWNER, 0.0)
        check_float("min_lr_fraction", self.min_lr_fraction, _OWNER, 0.0, 1.0)
        if self.clip_norm is not None:
            check_float("clip_norm", self.clip_norm, _OWNER, 0.0, low_open=True)
        check_choice("optimizer", self.optimizer, _OWNER, ("adamw", "lamb"))
        check_choice("schedule", self.schedule, _OWNER, ("cosine", "linear", "constant"))
        check_choice("precision", self.precision, _OWNER, ("float32", "bf16"))
        check_choice("device", self.device, _OWNER, ("auto", "cpu", "cuda"))
        check_bool("compile", self.compile, _OWNER)
        if self.verbose is not None:
            check_bool("verbose", self.verbose, _OWNER)
        if self.patience is not None and self.eval_every is None:
            raise ValueError(
                f"The patience parameter of {_OWNER} counts evaluations. Say after how many steps there is one: "
                "eval_every."
            )
        self._check_betas()

    def _check_betas(self) -> None:
        if not isinstance(self.betas, (tuple, list)) or len(self.betas) != 2:
            raise TypeError(
                f"The betas parameter of {_OWNER} must be two numbers. Got {self.betas!r} instead."
            )
        for place, beta in enumerate(self.betas):
            if check_float(f"betas[{place}]", beta, _OWNER, 0.0, 1.0) == 1.0:
                raise ValueError(
                    f"The betas parameter of {_OWNER} must be below 1. Got {self.betas!r} instead."
                )

    def deciding(self) -> dict[str, Any]:
        """Return the options that decide the result, as JSON holds them."""
        found = {name: value for name, value in dataclasses.asdict(self).items() if name not in _FREE}
        found["betas"] = list(self.betas)
        return found
