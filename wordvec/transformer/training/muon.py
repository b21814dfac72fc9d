"""Muon: orthogonalised momentum for hidden matrices."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from wordvec.transformer.models.layers import Attention, CrossAttention, Layer
from wordvec.transformer.training.lamb import Lamb

__all__ = ["Muon", "hidden_matrices", "orthogonalized"]

_MOMENTUM = 0.95
# Jordan et al. (2024): the polynomial a x + b x^3 + c x^5 that brings singular values near 1 in few steps.
_COEFFICIENTS, _N_STEPS = (3.4445, -4.7750, 2.0315), 5
# Liu et al. (2025), eq. 4: so large is the root mean square of Adam's steps, whose learning rates then fit.
_STEP_RMS = 0.2


class Muon(Lamb):
    """Orthogonalised momentum for hidden matrices, AdamW steps for everything else.

    Jordan et al. (2024), "Muon: an optimizer for hidden layers in neural networks"; the step size is that of Liu et al.
    (2025), "Muon is scalable for LLM training", arXiv:2502.16982, so that learning rate and weight decay mean what they
    mean for AdamW.

    Parameters
    ----------
    params : iterable of groups
        A group with "n_blocks" holds matrices, each a stack of that many blocks, which are orthogonalised separately.
        The others take Adam's step, or LAMB's with "adapt".
    lr : float
    betas : (float, float)
        The betas of Adam's steps.
    weight_decay : float
    half : bool
        Whether the products of the orthogonalisation are computed in bfloat16.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.01,
        *,
        half: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, weight_decay=weight_decay)
        self.half = half

    def _update(self, group: dict[str, Any], parameters: list[Tensor]) -> None:
        if "n_blocks" not in group:
            super()._update(group, parameters)
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        momenta = [self._momentum_of(p) for p in parameters]
        torch._foreach_lerp_(momenta, gradients, 1.0 - _MOMENTUM)
        # Nesterov's: a step ahead of the momentum.
        ahead = torch._foreach_lerp(gradients, momenta, _MOMENTUM)
        if group["weight_decay"]:
            torch._foreach_mul_(parameters, 1.0 - group["lr"] * group["weight_decay"])
        for shape in dict.fromkeys(p.shape for p in parameters):
            alike = [place for place, p in enumerate(parameters) if p.shape == shape]
            rows = shape[0] // group["n_blocks"]
            blocks = torch.cat([ahead[place].view(-1, rows, shape[1]) for place in alike])
            steps = orthogonalized(blocks, half=self.half).view(len(alike), *shape)
            rate = group["lr"] * _STEP_RMS * math.sqrt(max(rows, shape[1]))
            torch._foreach_add_([parameters[place] for place in alike], list(steps.unbind()), alpha=-rate)

    def _momentum_of(self, parameter: Tensor) -> Tensor:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
        momentum: Tensor = state["momentum"]
        return momentum


def orthogonalized(matrices: Tensor, *, half: bool = False) -> Tensor:
    """Return the matrices with singular values near 1, float32 (n, r, c); a matrix of zeros stays zero.

    Five Newton-Schulz iterations bring the singular values to between about .7 and 1.2.

    Parameters
    ----------
    matrices : float Tensor (n, r, c)
    half : bool
        Whether products are computed in bfloat16.
    """
    is_tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if is_tall else matrices
    x = x / torch.linalg.matrix_norm(x, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)
    x = x.bfloat16() if half else x.float()
    a, b, c = _COEFFICIENTS
    for _ in range(_N_STEPS):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return (x.mT if is_tall else x).float()


def hidden_matrices(model: nn.Module) -> dict[Tensor, int]:
    """Return the matrices of a model's layers, and the number of projections in each.

    Embeddings, heads and output layers are not included: their rows belong to single tokens or labels.
    """
    found: dict[Tensor, int] = {}
    for layer in model.modules():
        if not isinstance(layer, Layer):
            continue
        for module in layer.modules():
            if isinstance(module, Attention):
                found[module.qkv.weight] = 3
            elif isinstance(module, CrossAttention):
                found[module.key_value.weight] = 2
        for module in layer.modules():
            if isinstance(module, nn.Linear):
                found.setdefault(module.weight, 1)
    return found
