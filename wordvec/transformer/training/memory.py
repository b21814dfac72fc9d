"""Check that a model fits into the machine's memory, before it is built."""

from __future__ import annotations

import os

import torch

from wordvec._utils.errors import AdvisedError

__all__ = ["check_memory"]


def check_memory(
    n_parameters: int, device: str, sizes: str = "{hidden_size}, {num_layers} or {vocab_size}"
) -> None:
    """Raise AdvisedError if the weights alone, or on a CPU with gradients and moments, exceed the machine's memory.

    Parameters
    ----------
    n_parameters : int
    device : str
    sizes : str
        What to make smaller, with parameter placeholders.
    """
    on_cpu = device == "cpu" or not torch.cuda.is_available()
    n_bytes = n_parameters * (16 if on_cpu else 4)
    try:
        most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not told on Windows
        return
    if n_bytes > most:
        raise AdvisedError(
            f"A model of {n_parameters:,} numbers takes {n_bytes >> 30:,} GiB in training, and this machine has "
            f"{most >> 30:,}.",
            advice=f"Make {sizes} smaller.",
        )
