"""PyTorch tensors in our file format: written without a second copy, checked when read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

import numpy as np
import torch
from torch import Tensor

from wordvec._io.archive import Archive, write_archive_to
from wordvec._io.kinds import FileKind

__all__ = ["read_torch_tensor", "write_torch_archive"]


def write_torch_archive(
    file: IO[bytes], kind: FileKind, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> None:
    """Write tensors on any device, and texts, to an open file.

    Parameters
    ----------
    metadata : dict of str to str
        Texts, usually JSON.
    """
    arrays: dict[str, np.ndarray] = {}
    dtypes: dict[str, str] = {}
    for name, tensor in tensors.items():
        plain = tensor.detach().cpu().contiguous()
        if plain.dtype == torch.bfloat16:
            # NumPy has no such numbers: their bits.
            plain, dtypes[name] = plain.view(torch.int16), "BF16"
        arrays[name] = plain.numpy()
    write_archive_to(file, kind, arrays, metadata, dtypes=dtypes)


def read_torch_tensor(archive: Archive, name: str) -> Tensor:
    """Read a tensor from a file and check it."""
    array = archive.read(name)
    if archive.entry(name).dtype == "BF16":
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)
