"""Dropout with random numbers that are cheap on a CPU: Srivastava et al. (2014), JMLR 15."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Dropout", "drop"]

_BITS = 16


class Dropout(nn.Module):
    """In training, set numbers to zero with probability `p` and divide the others by 1 - p; see `drop`.

    Parameters
    ----------
    p : float
        In [0, 1].
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the same shape and type; in evaluation, `x` itself."""
        return drop(x, self.p) if self.training else x

    def extra_repr(self) -> str:
        """Return the text for the printed model."""
        return f"p={self.p}"


def drop(x: Tensor, p: float) -> Tensor:
    """Return a tensor with each number set to zero with probability `p`, or else divided by 1 - p.

    On a CPU, PyTorch's own dropout draws 64 bits for each number, sequentially, which took an eighth of a small model's
    step. Sixteen bits suffice: p is then rounded to a multiple of 2**-16, also in the divisor.
    """
    if p == 0.0:
        return x
    if x.device.type != "cpu" or p == 1.0:
        return functional.dropout(x, p)
    n_dropped = min(round(p * 2**_BITS), 2**_BITS - 1)
    draws = torch.empty(-(-x.numel() * _BITS // 64), dtype=torch.int64).random_(-(2**63), None)
    bits = draws.view(torch.int16)[: x.numel()].view(x.shape)
    kept = torch.ge(bits, n_dropped - 2 ** (_BITS - 1), out=torch.empty_like(bits, dtype=x.dtype))
    return x * kept.mul_(2**_BITS / (2**_BITS - n_dropped))
