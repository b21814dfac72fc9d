"""Positional encodings: sinusoids, and rotations of queries and keys."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["rotary_tables", "rotate", "sinusoids"]

_BASE = 10_000.0


def sinusoids(n_positions: int, hidden_size: int) -> Tensor:
    """Return the table of Vaswani et al. (2017), arXiv:1706.03762, section 3.5.

    Returns
    -------
    Tensor, float32 (n_positions, D)
        sin(pos / 10000^(2i/D)) in column 2i, the cosine of the same angle in column 2i + 1.
    """
    angles_PI = _angles(n_positions, hidden_size)
    return torch.stack([angles_PI.sin(), angles_PI.cos()], dim=-1).flatten(1).float()


def rotary_tables(n_positions: int, head_size: int) -> tuple[Tensor, Tensor]:
    """Return cosines and sines of Su et al. (2021), arXiv:2104.09864, eq. 34; each float32 (n_positions, H)."""
    angles_PI = _angles(n_positions, head_size)
    angles_PH = torch.cat([angles_PI, angles_PI], dim=-1)
    return angles_PH.cos().float(), angles_PH.sin().float()


def rotate(x_BNTH: Tensor, cos_BTH: Tensor, sin_BTH: Tensor) -> Tensor:
    """Rotate each pair (i, i + H/2) of every head by its position's angle.

    The halves are paired as in GPT-NeoX and Llama, which only permutes the columns of eq. 34.
    """
    first, second = x_BNTH.chunk(2, dim=-1)
    turned = torch.cat([-second, first], dim=-1)
    return x_BNTH * cos_BTH.unsqueeze(1) + turned * sin_BTH.unsqueeze(1)


def _angles(n_positions: int, size: int) -> Tensor:
    """Return position / 10000^(2i/size), float64 (n_positions, size / 2)."""
    rates = _BASE ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    return torch.arange(n_positions, dtype=torch.float64).unsqueeze(1) * rates
