"""Training in several processes: ranks from torchrun, devices, and sums over processes."""

from __future__ import annotations

import atexit
import os
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_choice

__all__ = ["Processes", "choose_device", "join_processes", "sum_of_all", "sum_of_all_by_name"]

DEVICES = ("auto", "cpu", "cuda")
_VARIABLES = ("RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Processes:
    """The number of processes of a training run, and this one's rank."""

    rank: int = 0
    world: int = 1
    local_rank: int = 0  # among those of this machine

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and shows progress."""
        return self.rank == 0


def choose_device(device: str, local_rank: int = 0, owner: str = "TrainerOptions") -> torch.device:
    """Return the device for "auto" (a GPU if there is one), "cpu" or "cuda".

    Raises
    ------
    ValueError
        If `device` is none of these, or there is no GPU for this process.
    """
    check_choice("device", device, owner, DEVICES)
    if device == "cpu" or (device == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        rule = "be 'cpu' or 'auto' where PyTorch finds no GPU"
        fix = "Or install a PyTorch with CUDA and check nvidia-smi."
        raise ParameterError("device", owner, rule, device, fix)
    if local_rank >= torch.cuda.device_count():
        raise ValueError(
            f"Process {local_rank} of this machine has no GPU of its own: there are "
            f'{torch.cuda.device_count()}. Start as many processes (--nproc_per_node), or use device="cpu".'
        )
    return torch.device("cuda", local_rank)


def join_processes(device: str) -> tuple[Processes, torch.device]:
    """Join the other processes if torchrun started this one; return this process's rank and device.

    They communicate over NCCL with GPUs and over gloo without. An existing process group is used.

    Raises
    ------
    ValueError
        If the environment defines several processes but not how to reach them, or a GPU is missing.
    """
    local_rank = int(os.environ.get("LOCAL_RANK", "0"))
    is_joined = distributed.is_available() and distributed.is_initialized()
    if not is_joined and int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Processes(), choose_device(device)
    chosen = choose_device(device, local_rank)
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if not is_joined:
        _initialise(chosen.type)
    return Processes(distributed.get_rank(), distributed.get_world_size(), local_rank), chosen


def _initialise(device_type: str) -> None:
    missing = [name for name in _VARIABLES if name not in os.environ]
    if missing:
        raise ValueError(
            f"WORLD_SIZE is {os.environ['WORLD_SIZE']}, but {', '.join(missing)} is not set. "
            "Start several processes with torchrun, which sets them all, or unset WORLD_SIZE for one."
        )
    distributed.init_process_group("nccl" if device_type == "cuda" else "gloo")
    # A second training run in this process goes on with the group: it cannot be made twice.
    atexit.register(_leave)


def _leave() -> None:
    if distributed.is_initialized():
        distributed.destroy_process_group()


def sum_of_all(values: Tensor, processes: Processes) -> Tensor:
    """Return the sum of `values` over all processes, in place."""
    if processes.world > 1:
        distributed.all_reduce(values)
    return values


def sum_of_all_by_name(
    totals: dict[str, tuple[float, float]], processes: Processes
) -> dict[str, tuple[float, float]]:
    """Return the sums over all processes of named pairs; a process need not have all names."""
    if processes.world == 1:
        return totals
    gathered: list[dict[str, tuple[float, float]]] = [{}] * processes.world
    distributed.all_gather_object(gathered, totals)
    names = sorted({name for part in gathered for name in part})
    pairs = {name: [part.get(name, (0.0, 0.0)) for part in gathered] for name in names}
    return {name: (sum(p[0] for p in found), sum(p[1] for p in found)) for name, found in pairs.items()}
