"""The options of a training run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, Tuple, check_parameters

__all__ = ["TrainerOptions"]

_OWNER = "TrainerOptions"
# What may differ in a resumed run, because the result does not depend on it.
_FREE = ("device", "compile", "checkpoint_every", "verbose")


@dataclass(frozen=True)
class TrainerOptions:
    """The options of a training run: everything except the model and the data.

    Parameters
    ----------
    steps : int
        Number of updates of the parameters.
    learning_rate : float
        The peak of the schedule, in (0, 10].
    optimizer : "adamw", "lamb" or "muon"
        Loshchilov and Hutter (2019), arXiv:1711.05101; You et al. (2020), arXiv:1904.00962; Jordan et al. (2024), for
        the matrices of layers, with AdamW for everything else: learning rate and weight decay are as for AdamW.
    betas : (float, float)
        Decay rates of the running means of gradients and squared gradients.
    weight_decay : float
        Decoupled weight decay of matrices and embeddings; biases and norms have none.
    warmup_steps : int
        Steps in which the learning rate rises linearly.
    schedule : "cosine", "linear" or "constant"
        How the learning rate decays after that.
    min_lr_fraction : float
        Final learning rate of a cosine or linear schedule, as a fraction of `learning_rate`.
    clip_norm : float, optional
        Gradients of a larger norm are scaled down to it; None for no clipping.
    accumulation_steps : int
        Number of micro-batches in a step. The result is that of one batch with all of them.
    precision : "float32" or "bf16"
        "bf16" uses autocast: parameters and the optimiser's state stay float32.
    compile : bool
        Whether to use torch.compile; the first steps are then slow.
    device : "auto", "cpu" or "cuda"
    eval_every : int, optional
        Steps between two evaluations on the validation batches; None evaluates after the last step only.
    patience : int, optional
        Early stopping: training stops after this many evaluations in a row without a new lowest loss, and the model
        gets the parameters of the evaluation with the lowest loss.
    average : int, optional
        Average the parameters of this many last evaluations; the mean is evaluated, compared by `patience` and left in
        the model at the end (Vaswani et al. 2017, section 6.1), while training itself continues from its own
        parameters.
    checkpoint_every : int, optional
        Steps between two checkpoints. One is also written at the start, at the end and on Ctrl-C.
    seed : int
        Seed of dropout.
    verbose : bool, optional
        Whether a progress bar is shown; by default on a terminal.

    Raises
    ------
    ParameterError
        If a value breaks its rule.

    Examples
    --------
    >>> from wordvec.transformer import TrainerOptions
    >>> options = TrainerOptions(steps=1000, warmup_steps=100, learning_rate=3e-4)
    >>> options.schedule, options.betas
    ('cosine', (0.9, 0.999))
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
    average: int | None = None
    checkpoint_every: int | None = None
    seed: int = 0
    verbose: bool | None = None

    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "steps": Integer(1),
        "learning_rate": Real(0.0, 10.0, low_open=True),
        "optimizer": Choice("adamw", "lamb", "muon"),
        "betas": Tuple(Real(0.0, 1.0, high_open=True), 2),
        "weight_decay": Real(0.0),
        "warmup_steps": Integer(0),
        "schedule": Choice("cosine", "linear", "constant"),
        "min_lr_fraction": Real(0.0, 1.0),
        "clip_norm": Real(0.0, low_open=True) | None,
        "accumulation_steps": Integer(1),
        "precision": Choice("float32", "bf16"),
        "compile": Boolean(),
        "device": Choice("auto", "cpu", "cuda"),
        "eval_every": Integer(1) | None,
        "patience": Integer(1) | None,
        "average": Integer(1) | None,
        "checkpoint_every": Integer(1) | None,
        "seed": Integer(0, 2**63 - 1),
        "verbose": Boolean() | None,
    }

    def __post_init__(self) -> None:
        check_parameters(self)
        if self.warmup_steps > self.steps:
            raise ParameterError(
                "warmup_steps", _OWNER, f"be at most {{steps}}, {self.steps}", self.warmup_steps
            )
        for name in ("patience", "average"):
            if getattr(self, name) is not None and self.eval_every is None:
                fix = "It counts evaluations. Pass {eval_every}, the number of steps between two of them."
                raise ParameterError(name, _OWNER, "be None without {eval_every}", getattr(self, name), fix)

    def deciding(self) -> dict[str, Any]:
        """Return the options that determine the result, as JSON types."""
        found = {name: value for name, value in dataclasses.asdict(self).items() if name not in _FREE}
        found["betas"] = list(self.betas)
        return found
