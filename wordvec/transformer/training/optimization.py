"""Optimisers, weight decay by kind of parameter, and learning rate schedules."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from wordvec.transformer.training.lamb import Lamb
from wordvec.transformer.training.muon import Muon, hidden_matrices
from wordvec.transformer.training.options import TrainerOptions

__all__ = ["learning_rate_at", "make_optimizer", "parameter_groups"]


def learning_rate_at(step: int, options: TrainerOptions) -> float:
    """Return the learning rate of a step, counted from 0.

    It rises linearly to `learning_rate` in `warmup_steps` steps, then decays by `schedule` so that step `steps`, the
    first one after the end, would have `min_lr_fraction` of it.
    """
    top, warmup = options.learning_rate, options.warmup_steps
    if step < warmup:
        return top * (step + 1) / warmup
    if options.schedule == "constant":
        return top
    done = min(1.0, (step - warmup) / max(1, options.steps - warmup))
    left = 0.5 * (1.0 + math.cos(math.pi * done)) if options.schedule == "cosine" else 1.0 - done
    return top * (options.min_lr_fraction + (1.0 - options.min_lr_fraction) * left)


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Return a model's trainable parameters in two groups: matrices and embeddings, with weight decay, and the rest.

    Biases and norm gains, everything with fewer than two dimensions, have neither weight decay nor LAMB's layer-wise
    scaling, as in BERT and in the authors' LAMB: a bias that starts from zero would hardly move. Parameters of a module
    with an attribute `least_rate`, such as a CRF's transitions, form a third group with that minimum learning rate.

    Raises
    ------
    ValueError
        If no parameter is trainable.
    """
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not trainable:
        raise ValueError("The model has no trainable parameter. Set requires_grad=True for those to train.")
    quick = [(part.least_rate, part) for part in model.modules() if hasattr(part, "least_rate")]
    own = {id(p) for _, part in quick for p in part.parameters()}
    shared = [p for p in trainable if id(p) not in own]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in shared if p.dim() >= 2], "weight_decay": weight_decay, "adapt": True},
        {"params": [p for p in shared if p.dim() < 2], "weight_decay": 0.0, "adapt": False},
    ]
    for rate, part in quick:
        params = [p for p in part.parameters() if p.requires_grad]
        groups.append({"params": params, "weight_decay": 0.0, "adapt": False, "least_rate": rate})
    return [group for group in groups if group["params"]]


def make_optimizer(model: nn.Module, options: TrainerOptions) -> Optimizer:
    """Return the optimiser named by `options`, over the trainable parameters of a model on its device."""
    groups = parameter_groups(model, options.weight_decay)
    rate, betas = options.learning_rate, (options.betas[0], options.betas[1])
    if options.optimizer == "lamb":
        return Lamb(groups, lr=rate, betas=betas)
    if options.optimizer == "muon":
        return Muon(_apart(groups, model), lr=rate, betas=betas, half=options.precision == "bf16")
    for group in groups:
        del group["adapt"]
    return torch.optim.AdamW(groups, lr=rate, betas=betas, fused=True)


def _apart(groups: list[dict[str, Any]], model: nn.Module) -> list[dict[str, Any]]:
    """Return the groups with layer matrices in separate groups, by their number of blocks."""
    blocks = hidden_matrices(model)
    found = []
    for group in groups:
        for n_blocks in (None, 1, 2, 3):
            params = [p for p in group["params"] if blocks.get(p) == n_blocks]
            if params:
                blocked = {"n_blocks": n_blocks} if n_blocks else {}
                found.append(group | {"params": params, "adapt": False} | blocked)
    return found
