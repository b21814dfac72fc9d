"""Losses over labelled tokens: cross-entropy in chunks of logits, and distillation."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from wordvec.transformer.models.attention_mask import is_cheap_to_read

__all__ = ["IGNORED", "distillation", "labelled_loss", "projected_cross_entropy"]

IGNORED = -100  # a label that is not predicted, as in PyTorch and transformers
# Number of logits in a chunk: a CPU needs them in its caches, a GPU needs large products.
_ROWS_TOGETHER = 64
CHUNK_NUMBERS = {"cpu": 1 << 22, "cuda": 1 << 27}


class _ProjectedCrossEntropy(torch.autograd.Function):
    """Sum of cross-entropies of x W^T + b, in chunks of rows; gradients are computed along with the loss."""

    @staticmethod
    def forward(
        ctx: Any, x_ND: Tensor, weight_VD: Tensor, bias_V: Tensor | None, labels_N: Tensor, smooth: float
    ) -> Tensor:
        needs_x, needs_weight = ctx.needs_input_grad[0], ctx.needs_input_grad[1]
        needs_bias = bias_V is not None and ctx.needs_input_grad[2]
        dx_ND = torch.zeros_like(x_ND) if needs_x else None
        # Chunks are summed in float32 even where the products are in bfloat16.
        dweight_VD = torch.zeros_like(weight_VD, dtype=torch.float32) if needs_weight else None
        dbias_V = x_ND.new_zeros(len(weight_VD), dtype=torch.float32) if needs_bias else None
        total = x_ND.new_zeros((), dtype=torch.float32)
        rows = max(1, CHUNK_NUMBERS.get(x_ND.device.type, CHUNK_NUMBERS["cuda"]) // len(weight_VD))
        for first in range(0, len(x_ND), rows):
            x, labels = x_ND[first : first + rows], labels_N[first : first + rows]
            n_rows = len(x)
            x = _with_padding(x)
            logits = functional.linear(x, weight_VD, bias_V).float()
            total += _loss_to_gradient(logits[:n_rows], labels, smooth)
            logits[n_rows:] = 0.0
            gradient = logits.to(x.dtype)
            if dx_ND is not None:
                dx_ND[first : first + rows] = torch.mm(gradient, weight_VD)[:n_rows]
            if dweight_VD is not None and x.dtype == torch.float32:
                dweight_VD.addmm_(gradient.t(), x)
            elif dweight_VD is not None:
                dweight_VD += gradient.t() @ x
            if dbias_V is not None:
                dbias_V += gradient.sum(0)
        ctx.save_for_backward(dx_ND, dweight_VD, dbias_V)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        scaled = [None if g is None else g * scale.to(g.dtype) for g in ctx.saved_tensors]
        return (*scaled, None, None)


def _with_padding(x_ND: Tensor) -> Tensor:
    """Return the rows, padded with rows of zeros to a multiple of 64 where a CPU multiplies bfloat16.

    For each new number of rows oneDNN compiles kernels and caches them: gigabytes after a few thousand steps.
    """
    if x_ND.device.type != "cpu" or x_ND.dtype != torch.bfloat16:
        return x_ND
    return functional.pad(x_ND, (0, 0, 0, -len(x_ND) % _ROWS_TOGETHER))


def _loss_to_gradient(logits_NV: Tensor, labels_N: Tensor, smooth: float) -> Tensor:
    """Replace logits by the gradient of their summed cross-entropy; return that sum."""
    n_classes = logits_NV.shape[1]
    column = labels_N.unsqueeze(1)
    highest_N1 = logits_NV.amax(1, keepdim=True)
    true_N1 = logits_NV.gather(1, column)
    mean_N1 = logits_NV.mean(1, keepdim=True) if smooth else None
    sums_N1 = logits_NV.sub_(highest_N1).exp_().sum(1, keepdim=True)
    norm_N1 = highest_N1 + sums_N1.log()
    loss = (norm_N1 - true_N1).sum()
    if mean_N1 is not None:
        # The target is 1 - smooth at the label and smooth / V everywhere: Szegedy et al. (2016).
        loss = (1 - smooth) * loss + smooth * (norm_N1 - mean_N1).sum()
    logits_NV.div_(sums_N1)
    logits_NV.scatter_add_(1, column, logits_NV.new_full((1, 1), smooth - 1.0).expand_as(column))
    if smooth:
        logits_NV.sub_(smooth / n_classes)
    return loss


def projected_cross_entropy(
    x_ND: Tensor, weight_VD: Tensor, bias_V: Tensor | None, labels_N: Tensor, label_smoothing: float = 0.0
) -> Tensor:
    """Return the sum of cross-entropies of the logits x W^T + b, without materialising all logits.

    Equal to `cross_entropy(linear(x, W, b), labels, reduction="sum")`, with memory for a few hundred rows of logits;
    the products of the backward pass are computed chunk by chunk in the forward pass.

    Parameters
    ----------
    x_ND : float (n, D)
    weight_VD, bias_V : float (V, D) and (V,), or None
    labels_N : int64 (n,), each from 0 to V - 1
    label_smoothing : float
        Share of the target probability that is spread over all classes.

    Returns
    -------
    Tensor, float32 ()
        In nats, summed over rows.
    """
    if torch.is_autocast_enabled(x_ND.device.type):
        dtype = torch.get_autocast_dtype(x_ND.device.type)
        x_ND, weight_VD = x_ND.to(dtype), weight_VD.to(dtype)
        bias_V = None if bias_V is None else bias_V.to(dtype)
    with torch.autocast(x_ND.device.type, enabled=False):
        loss: Tensor = _ProjectedCrossEntropy.apply(x_ND, weight_VD, bias_V, labels_N, label_smoothing)
    return loss


def labelled_loss(
    hidden_BTD: Tensor,
    weight_VD: Tensor,
    bias_V: Tensor | None,
    labels_BT: Tensor,
    label_smoothing: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Return the summed cross-entropy over the labelled positions, and their number."""
    if labels_BT.shape != hidden_BTD.shape[:2]:
        raise ValueError(
            f"labels have shape {tuple(labels_BT.shape)} and tokens {tuple(hidden_BTD.shape[:2])}."
        )
    is_labelled = labels_BT != IGNORED
    labels_N = check_labels(labels_BT[is_labelled], len(weight_VD))
    loss = projected_cross_entropy(hidden_BTD[is_labelled], weight_VD, bias_V, labels_N, label_smoothing)
    return loss, is_labelled.sum()


def distillation(student_NV: Tensor, teacher_NV: Tensor, temperature: float = 1.0) -> Tensor:
    """Return the sum over rows of T^2 KL(teacher / T || student / T): Hinton et al. (2015), arXiv:1503.02531.

    Parameters
    ----------
    student_NV, teacher_NV : float (n, V)
        Logits. No gradient flows into the teacher's.
    temperature : float
        T; the factor T^2 preserves the magnitude of the gradient.
    """
    student = functional.log_softmax(student_NV / temperature, dim=-1)
    teacher = functional.log_softmax(teacher_NV.detach() / temperature, dim=-1)
    return functional.kl_div(student, teacher, reduction="sum", log_target=True) * temperature**2


def check_labels(labels: Tensor, n_labels: int, name: str = "labels") -> Tensor:
    """Return the labels, or raise ValueError if they are not integers from 0 to `n_labels` - 1."""
    if labels.is_floating_point():
        raise ValueError(f"{name} must be int64. Got {labels.dtype}.")
    if is_cheap_to_read(labels) and labels.numel():
        low, high = torch.aminmax(labels)
        if low < 0 or high >= n_labels:
            raise ValueError(
                f"{name} must lie from 0 to {n_labels - 1}. Got {int(low if low < 0 else high)}. Labels of tokens may "
                f"also be {IGNORED}, where nothing is predicted."
            )
    return labels
