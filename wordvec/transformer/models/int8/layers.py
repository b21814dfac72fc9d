"""Layers with 8-bit integer weights and a scale for each row, for inference on a CPU."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["MULTIPLE", "Int8Embedding", "Int8Linear"]

# Inputs of a product with 8-bit weights come in blocks of this many; PyTorch's kernel always reads whole blocks.
MULTIPLE = 16
_LARGEST = 127


class _Int8Rows(nn.Module):
    """A matrix of 8-bit integers; each row is multiplied by its scale.

    Parameters
    ----------
    weight : float (N, D)

    Attributes
    ----------
    codes : int8 (N, D), from -127 to 127
    scales : bfloat16 (N,)
    """

    codes: Tensor
    scales: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        weight_ND = weight.detach().float()
        # Rounded up, or the largest number of a row would not fit into its codes.
        scales_N = (weight_ND.abs().amax(1) * (1.004 / _LARGEST)).bfloat16()
        self.register_buffer("scales", torch.where(scales_N > 0, scales_N, torch.ones_like(scales_N)))
        codes_ND = (weight_ND / self.scales.float().unsqueeze(1)).round_()
        self.register_buffer("codes", codes_ND.clamp_(-_LARGEST, _LARGEST).to(torch.int8))

    @property
    def weight(self) -> Tensor:
        """The dequantised matrix, float32 (N, D), a new tensor at each access."""
        return self.codes * self.scales.float().unsqueeze(1)

    def extra_repr(self) -> str:
        """Return the sizes, for the representation of a model."""
        return "{}, {}".format(*self.codes.shape)


class Int8Linear(_Int8Rows):
    """A linear layer with 8-bit weights: bfloat16 inputs, float32 sums.

    Parameters
    ----------
    weight : float (O, D)
        D is a multiple of `MULTIPLE`.
    bias : float (O,), optional
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        if weight.shape[1] % MULTIPLE:
            raise ValueError(
                f"The inputs of an Int8Linear must be a multiple of {MULTIPLE}, not {weight.shape[1]}."
            )
        super().__init__(weight)
        self.bias = None if bias is None else nn.Buffer(bias.detach().float())

    def forward(self, x: Tensor) -> Tensor:
        """Return float32 (..., O) for float32 (..., D)."""
        if x.requires_grad:
            raise RuntimeError(
                "A model with int8 weights cannot be trained. Train the model that quantize was given."
            )
        rows_MD = x.reshape(-1, x.shape[-1]).bfloat16()
        product_MO = torch._weight_int8pack_mm(rows_MD, self.codes, self.scales).float()
        if self.bias is not None:
            product_MO += self.bias
        return product_MO.view(*x.shape[:-1], -1)


class Int8Embedding(_Int8Rows):
    """An embedding table in 8-bit integers.

    Parameters
    ----------
    weight : float (V, D)
    """

    def forward(self, ids: Tensor) -> Tensor:
        """Return the rows of ids, float32 (..., D)."""
        return self.codes[ids] * self.scales[ids].float().unsqueeze(-1)
