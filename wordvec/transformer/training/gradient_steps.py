"""Gradient steps: forward and backward pass, averaging over processes and micro-batches, and the update.

A step's random numbers are a function of (seed, step, process), and its batches a function of the step, so that a
resumed run needs only the parameters, the optimiser's state and the step number.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from wordvec._utils.errors import ParameterError
from wordvec.transformer.models.losses import IGNORED
from wordvec.transformer.training.optimization import learning_rate_at, make_optimizer
from wordvec.transformer.training.options import TrainerOptions
from wordvec.transformer.training.processes import Processes, sum_of_all, sum_of_all_by_name

__all__ = ["Batch", "GradientSteps", "StepResult", "n_tokens_of"]

_CLIP_EPS = 1e-6  # as torch.nn.utils.clip_grad_norm_ has it

Batch = Mapping[str, Tensor]


@dataclass(frozen=True)
class StepResult:
    """The losses of a step before its update, over all processes."""

    loss: float  # their weighted sum
    losses: dict[str, float]  # means by name, unweighted; only those that have a label
    gradient_norm: float  # before clipping
    n_tokens: int
    is_stopped: bool  # whether a process asked to stop


@dataclass
class _Tally:
    """Sums of losses and numbers of labels, by name."""

    sums: dict[str, Tensor] = field(default_factory=dict)
    counts: dict[str, Tensor] = field(default_factory=dict)

    def add(self, losses: Mapping[str, tuple[Tensor, Any]]) -> None:
        for name, (loss, count) in losses.items():
            counted = torch.as_tensor(count, dtype=torch.float64, device=loss.device)
            self.sums[name] = self.sums.get(name, 0.0) + loss.detach().double()
            self.counts[name] = self.counts.get(name, 0.0) + counted

    @property
    def names(self) -> list[str]:
        return sorted(self.sums)


class _LossSum(nn.Module):
    """A model whose forward pass is its `loss_sum`: what DistributedDataParallel and torch.compile wrap."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: Batch) -> dict[str, tuple[Tensor, Tensor]]:
        losses: dict[str, tuple[Tensor, Tensor]] = self.model.loss_sum(batch)  # type: ignore[operator]
        return losses


class GradientSteps:
    """Steps of gradient descent on one model.

    Parameters
    ----------
    model : nn.Module
        With `loss_sum(batch)`: a dict from the name of a loss to its sum over labels and their number. Its attribute
        `loss_weights`, if any, holds the weights of the mean losses by name; the default is 1. A model with several
        losses also needs `loss_counts(batch)`, a dict of these numbers, if micro-batches are accumulated: the divisors
        must be known before the first backward pass. Within a step, all processes must have losses of the same names.
    options : TrainerOptions
    device : torch.device
        The device to which the model is moved.
    processes : Processes

    Raises
    ------
    TypeError, ValueError
        If the model has no such method or nothing to train, is not float32, or a GPU does not support the requested
        bf16.
    """

    def __init__(
        self, model: nn.Module, options: TrainerOptions, device: torch.device, processes: Processes
    ) -> None:
        _check_model(model)
        model.to(device)
        if options.precision == "bf16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
            rule = "be 'float32' on this GPU, which has no bfloat16"
            raise ParameterError("precision", "TrainerOptions", rule, options.precision)
        self.model, self.options, self.device, self.processes = model, options, device, processes
        self.loss_weights: Mapping[str, float] = getattr(model, "loss_weights", {})
        self.optimizer = make_optimizer(model, options)
        self.parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        self.whole: nn.Module = _LossSum(model)
        if options.compile:
            self.whole.compile()
        self.shared: DistributedDataParallel | None = None  # made with the first batch, for several processes

    def to_device(self, batch: Batch) -> dict[str, Tensor]:
        """Return a batch's tensors on the device of the model, copied asynchronously if it is a GPU."""
        if self.device.type == "cpu":
            return dict(batch)
        return {name: t.pin_memory().to(self.device, non_blocking=True) for name, t in batch.items()}

    def differentiate(self, step: int, batches: Sequence[Batch]) -> tuple[_Tally, bool]:
        """Accumulate the gradients of a step's micro-batches in `parameters`.

        Returns
        -------
        tally : sums and numbers of labels of this process
        is_mean : bool; whether gradients are those of the mean loss, or of the sum of a single one
        """
        if self.shared is None and self.processes.world > 1:
            self.shared = self._share(batches[0])
        module = self.whole if self.shared is None else self.shared
        self._seed(step)
        self.optimizer.zero_grad(set_to_none=True)
        divisors = self._divisors(batches)
        tally = _Tally()
        for place, batch in enumerate(batches):
            with self._alone(place + 1 < len(batches)):
                with self._autocast():
                    losses = self._losses(module, batch)
                tally.add(losses)
                if divisors is None and len(tally.names) > 1:
                    self._check_accumulation(len(batches))
                    divisors = self._summed(tally.counts)
                self._weighted(losses, divisors).backward()
        return tally, divisors is not None

    def finish(self, tally: _Tally, is_mean: bool, n_tokens: int, wants_stop: bool) -> StepResult:
        """Convert the gradients to those of the mean loss, clip them, and return the losses of the step.

        Synchronises with the device once.
        """
        names = tally.names
        parts = [*(tally.sums[name] for name in names), *(tally.counts[name] for name in names)]
        own = torch.tensor([n_tokens, wants_stop], dtype=torch.float64, device=self.device)
        found = sum_of_all(torch.cat([torch.stack(parts), own]), self.processes)
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        norm = _norm(gradients).to(found.dtype)
        # Of the gradients as they are; a step without labels is refused by whoever gets the result.
        scale = torch.ones_like(norm) if is_mean else 1.0 / found[len(names)].clamp(min=1.0)
        norm = norm * scale
        if self.options.clip_norm is not None:
            scale = scale * (self.options.clip_norm / (norm + _CLIP_EPS)).clamp(max=1.0)
        torch._foreach_mul_(gradients, scale.float())
        *numbers, tokens, stops, length = torch.cat([found, norm.reshape(1)]).tolist()
        pairs = zip(names, numbers[: len(names)], numbers[len(names) :])
        losses = {name: total / count for name, total, count in pairs if count}
        return StepResult(self.total(losses), losses, length, int(tokens), bool(stops))

    def update(self, step: int) -> float:
        """Take a step of the optimiser; return the learning rate."""
        rate = learning_rate_at(step, self.options)
        top = self.options.learning_rate
        for group in self.optimizer.param_groups:
            least = group.get("least_rate", 0.0)
            group["lr"] = rate if least <= top else rate * (least / top)
        self.optimizer.step()
        return rate

    def total(self, losses: Mapping[str, float]) -> float:
        """Return the weighted sum of mean losses; 0 if there are none."""
        return sum(self.loss_weights.get(name, 1.0) * loss for name, loss in losses.items())

    def mean_losses(self, batches: Iterator[Batch]) -> dict[str, float]:
        """Return the mean losses over these batches and all processes, without dropout and gradients."""
        tally = _Tally()
        was_training = self.model.training
        self.model.eval()
        with torch.no_grad():
            for batch in batches:
                with self._autocast():
                    tally.add(self._losses(self.whole, self.to_device(batch)))
        self.model.train(was_training)
        own = {name: (float(tally.sums[name]), float(tally.counts[name])) for name in tally.names}
        every = sum_of_all_by_name(own, self.processes)
        return {name: total / count for name, (total, count) in every.items() if count}

    def _losses(self, module: nn.Module, batch: Batch) -> dict[str, tuple[Tensor, Tensor]]:
        try:
            losses: dict[str, tuple[Tensor, Tensor]] = module(batch)
        except KeyError as error:
            name = error.args[0] if error.args else None
            if not isinstance(name, str) or name in batch:
                raise
            raise ValueError(
                f"{type(self.model).__name__} is trained on batches with {name!r}, and these have "
                f"{', '.join(batch)}. Pass batches of its task, or train another model."
            ) from error
        return losses

    def _share(self, batch: Batch) -> DistributedDataParallel:
        """Return the model wrapped so that gradients are summed over processes during the backward pass.

        All processes start from the parameters of the first.
        """
        # A pooler or the heads of other tasks may be in no loss. To look for them costs time in each step, and
        # PyTorch complains where there are none, so a first backward pass finds out.
        with self._autocast():
            losses = self._losses(self.whole, batch)
        self._weighted(losses, None).backward()
        is_unused = torch.tensor([any(p.grad is None for p in self.parameters)], dtype=torch.float32)
        self.optimizer.zero_grad(set_to_none=True)
        with warnings.catch_warnings():
            # PyTorch 2.13 has a new name for this option, 2.6 has only the old one.
            warnings.filterwarnings("ignore", "`broadcast_buffers` is deprecated", FutureWarning)
            return DistributedDataParallel(
                self.whole,
                broadcast_buffers=False,
                find_unused_parameters=bool(sum_of_all(is_unused.to(self.device), self.processes)),
                gradient_as_bucket_view=True,
            )

    def _seed(self, step: int) -> None:
        keys = np.random.SeedSequence([self.options.seed, step, self.processes.rank])
        seed = int(keys.generate_state(1, np.uint64)[0])
        # torch.manual_seed would seed devices that this run does not use, and that nobody restores.
        torch.default_generator.manual_seed(seed)
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)

    def _divisors(self, batches: Sequence[Batch]) -> dict[str, Tensor] | None:
        """Return the numbers of labels of a whole step, by name; None if the model returns them only with a loss."""
        if len(batches) == 1 or not hasattr(self.model, "loss_counts"):
            return None
        counts: dict[str, Tensor] = {}
        for batch in batches:
            for name, count in self.model.loss_counts(batch).items():  # type: ignore[operator]
                counted = torch.as_tensor(count, dtype=torch.float64, device=self.device)
                counts[name] = counts[name] + counted if name in counts else counted
        return self._summed(counts)

    def _summed(self, counts: dict[str, Tensor]) -> dict[str, Tensor]:
        names = sorted(counts)
        return dict(zip(names, sum_of_all(torch.stack([counts[name] for name in names]), self.processes)))

    def _weighted(
        self, losses: Mapping[str, tuple[Tensor, Any]], divisors: Mapping[str, Tensor] | None
    ) -> Tensor:
        """Return the value to differentiate: the weighted sum of losses, divided by the divisors if known."""
        parts = []
        for name, (loss, _) in losses.items():
            weight: float | Tensor = self.loss_weights.get(name, 1.0)
            if divisors is not None:
                weight = (weight / divisors[name].clamp(min=1.0)).to(loss.dtype)
            parts.append(loss * weight)
        # DistributedDataParallel takes the mean over processes; the sum is needed.
        return torch.stack(parts).sum() * self.processes.world

    def _check_accumulation(self, n_batches: int) -> None:
        if n_batches > 1:
            name = type(self.model).__name__
            raise TypeError(
                f"{name} has several losses, and their numbers of labels must be known before micro-batches are "
                f"accumulated. Give {name} a method loss_counts(batch), or use accumulation_steps=1."
            )

    def _autocast(self) -> torch.autocast:
        return torch.autocast(
            self.device.type, dtype=torch.bfloat16, enabled=self.options.precision == "bf16"
        )

    def _alone(self, is_alone: bool) -> contextlib.AbstractContextManager[Any]:
        """Do not synchronise gradients between processes while more micro-batches follow."""
        if is_alone and self.shared is not None:
            return self.shared.no_sync()
        return contextlib.nullcontext()


def n_tokens_of(batch: Batch) -> int:
    """Return the number of tokens in a batch without padding, of source and target if it has both."""
    mask, target = batch.get("attention_mask"), batch.get("decoder_input_ids")
    n_tokens = batch["input_ids"].numel() if mask is None else int((mask != 0).sum())
    if target is not None:
        n_tokens += int((batch["labels"] != IGNORED).sum())
    return n_tokens


def _norm(gradients: list[Tensor]) -> Tensor:
    """Return the global Euclidean norm of all gradients."""
    return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))


def _check_model(model: Any) -> None:
    if not isinstance(model, nn.Module) or not callable(getattr(model, "loss_sum", None)):
        raise ParameterError("model", "train", "be a torch.nn.Module with a method loss_sum(batch)", model)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and parameter.dtype != torch.float32:
            raise TypeError(
                f"Parameters are trained in float32, and {name} is {str(parameter.dtype)[6:]}. Call model.float(); "
                'precision="bf16" computes in bfloat16 and keeps float32 parameters.'
            )
