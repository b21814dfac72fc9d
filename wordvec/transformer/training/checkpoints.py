"""Checkpoints of training runs: model, optimiser and progress in one safetensors file.

Schedule, dropout and the order of the data are functions of the options and the step number (`gradient_steps`), so that
this number determines their state.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from wordvec._io.archive import open_archive
from wordvec._io.atomic import replace_when_whole
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import TRAINING_RUN
from wordvec._utils.messages import listed
from wordvec.embeddings.checkpoints import AnotherRunError
from wordvec.transformer.models.tensor_files import read_torch_tensor, write_torch_archive

__all__ = [
    "CHECKPOINT_NAME",
    "RunIdentity",
    "TrainerState",
    "average_tensors",
    "copy_tensors",
    "hash_batch",
    "named_tensors",
    "read_trainer_checkpoint",
    "write_trainer_checkpoint",
]

CHECKPOINT_NAME = "checkpoint.safetensors"
_MODEL, _BEST, _OPTIMIZER, _CURVE = "model/", "best/", "optimizer/", "curve/"
_SNAPSHOT = "snapshot{}/"


@dataclass
class TrainerState:
    """The progress of training: with the tensors of model and optimiser, all that a resumed run needs."""

    step: int = 0  # number of steps so far
    n_tokens: int = 0
    seconds: float = 0.0  # in steps: without evaluation and checkpoints
    loss_curve: list[float] = field(default_factory=list)  # one a step
    validation_curve: list[tuple[int, float]] = field(default_factory=list)  # (steps done, loss)
    best: dict[str, Tensor] | None = (
        None  # the model's tensors at the lowest validation loss, with `patience`
    )
    snapshots: list[dict[str, Tensor]] = field(
        default_factory=list
    )  # at the last evaluations, with `average`


@dataclass(frozen=True)
class RunIdentity:
    """Options, data and processes of a run; a checkpoint of another run is rejected."""

    options: dict[str, Any]  # those that decide the result, as JSON holds them
    batch_hash: str  # of the first batch
    world: int  # processes
    data_hash: str = ""  # of all data, where batches tell it


def named_tensors(model: nn.Module) -> dict[str, Tensor]:
    """Return a model's parameters and persistent buffers, not copies; tied ones once, under their first name."""
    found: dict[str, Tensor] = {}
    seen = set()
    for name, tensor in model.state_dict(keep_vars=True).items():
        if isinstance(tensor, Tensor) and id(tensor) not in seen:
            seen.add(id(tensor))
            found[name] = tensor
    return found


def copy_tensors(source: Mapping[str, Tensor], model: nn.Module) -> None:
    """Copy the values of `source` into the model's tensors."""
    with torch.no_grad():
        for name, tensor in named_tensors(model).items():
            tensor.copy_(source[name])


def hash_batch(batch: Mapping[str, Tensor]) -> str:
    """Return a SHA-256 of a batch's names, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(batch):
        # A column of one row counts as contiguous whatever its stride, and only a copy has that of bytes.
        tensor = batch[name].detach().cpu().clone(memory_format=torch.contiguous_format)
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def write_trainer_checkpoint(
    path: Path, identity: RunIdentity, state: TrainerState, model: nn.Module, optimizer: Optimizer
) -> None:
    """Write a checkpoint under a temporary name, then rename it: the old file at `path` stays until then.

    If tensors are on a GPU, writing needs as much memory as the file: three times the model, four with `state.best`,
    and once more for each snapshot.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.
    OSError
        If the disk is full or read-only.
    """
    tensors = {f"{_MODEL}{name}": tensor for name, tensor in named_tensors(model).items()}
    tensors |= {f"{_BEST}{name}": tensor for name, tensor in (state.best or {}).items()}
    for place, snapshot in enumerate(state.snapshots):
        tensors |= {f"{_SNAPSHOT.format(place)}{name}": tensor for name, tensor in snapshot.items()}
    for name, parameter in _trained(model, optimizer):
        for key, tensor in optimizer.state.get(parameter, {}).items():
            tensors[f"{_OPTIMIZER}{key}/{name}"] = tensor
    tensors[f"{_CURVE}loss"] = torch.tensor(state.loss_curve, dtype=torch.float64)
    tensors[f"{_CURVE}validation"] = torch.tensor(state.validation_curve, dtype=torch.float64).reshape(-1, 2)
    metadata = {
        "options": json.dumps(identity.options, default=lambda value: value.item()),
        "batch_hash": identity.batch_hash,
        "data_hash": identity.data_hash,
        "world": str(identity.world),
        "step": str(state.step),
        "n_tokens": str(state.n_tokens),
        "seconds": repr(state.seconds),
    }
    with replace_when_whole(path) as file:
        write_torch_archive(file, TRAINING_RUN, tensors, metadata)


def read_trainer_checkpoint(
    path: Path, identity: RunIdentity, model: nn.Module, optimizer: Optimizer
) -> TrainerState:
    """Restore model and optimiser from a file of `write_trainer_checkpoint`; return the progress.

    Model and optimiser change only if the whole file is valid.

    Raises
    ------
    ValueError
        If it is not a complete file of a training run, a newer version wrote it, or its tensors do not match the model;
        the message names them.
    AnotherRunError
        If it is of a run with other options, data or processes.
    """
    with open_archive(path, TRAINING_RUN, passing=(AnotherRunError,)) as archive:
        metadata = archive.metadata
        _check_same_run(metadata, identity, path)
        tensors = {name: read_torch_tensor(archive, name) for name in archive.names}
        state = _read_state(metadata, tensors)
        best, snapshots = _part(tensors, _BEST), _read_snapshots(tensors)
        for found in [_part(tensors, _MODEL), *([best] if best else []), *snapshots]:
            _check_tensors(found, named_tensors(model))
        optimizer_state = _read_optimizer(_part(tensors, _OPTIMIZER), model, optimizer)
    copy_tensors(_part(tensors, _MODEL), model)
    optimizer.load_state_dict(optimizer_state)
    devices = {name: tensor.device for name, tensor in named_tensors(model).items()}
    on_device = [{name: part[name].to(device) for name, device in devices.items()} for part in snapshots]
    state.snapshots = on_device
    if best:
        state.best = {name: best[name].to(device) for name, device in devices.items()}
    return state


def average_tensors(snapshots: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of each tensor, summed in float64; for integer tensors, the last one."""
    last = snapshots[-1]
    if len(snapshots) == 1:
        return dict(last)
    means = {}
    for name, tensor in last.items():
        if not tensor.is_floating_point():
            means[name] = tensor
            continue
        total = tensor.double()
        for other in snapshots[:-1]:
            total += other[name]
        means[name] = total.div_(len(snapshots)).to(tensor.dtype)
    return means


def _trained(model: nn.Module, optimizer: Optimizer) -> Iterable[tuple[str, Tensor]]:
    """Yield the names and parameters that the optimiser updates, in the optimiser's order."""
    names = {id(tensor): name for name, tensor in named_tensors(model).items()}
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            yield names[id(parameter)], parameter


def _read_snapshots(tensors: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    found: list[dict[str, Tensor]] = []
    while part := _part(tensors, _SNAPSHOT.format(len(found))):
        found.append(part)
    return found


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _check_same_run(metadata: Mapping[str, str], identity: RunIdentity, path: Path) -> None:
    then, now = parse_json_object(metadata["options"]), identity.options
    # An option that an older version did not have was None.
    changed = [
        f"{name} ({then.get(name)!r} then, {now[name]!r} now)" for name in now if then.get(name) != now[name]
    ]
    if int(metadata["world"]) != identity.world:
        changed.append(f"the number of processes ({metadata['world']} then, {identity.world} now)")
    # Checkpoints of older versions know the first batch alone.
    data_hash = metadata.get("data_hash") or identity.data_hash
    if metadata["batch_hash"] != identity.batch_hash or data_hash != identity.data_hash:
        changed.append("the data")
    if changed:
        raise AnotherRunError(
            f"The checkpoint {str(path)!r} is of another run; different: {', '.join(changed)}.",
            "Resume with the same data and options, or remove the checkpoint to start anew.",
        )


def _read_state(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> TrainerState:
    curve = _part(tensors, _CURVE)
    validation = [(int(step), loss) for step, loss in curve["validation"].tolist()]
    state = TrainerState(
        step=int(metadata["step"]),
        n_tokens=int(metadata["n_tokens"]),
        seconds=float(metadata["seconds"]),
        loss_curve=curve["loss"].tolist(),
        validation_curve=validation,
    )
    if len(state.loss_curve) != state.step:
        raise ValueError(f"it says that {state.step} steps are done, with {len(state.loss_curve)} losses")
    return state


def _check_tensors(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """Raise a ValueError that names tensors that are missing, unexpected, of another shape or not finite."""
    missing = sorted(wanted.keys() - found.keys())
    extra = sorted(found.keys() - wanted.keys())
    if missing or extra:
        said = [f"without {listed(missing)}"] * bool(missing) + [f"with {listed(extra)}"] * bool(extra)
        raise ValueError(f"it is of another model, {' and '.join(said)}")
    for name, tensor in found.items():
        if tensor.shape != wanted[name].shape or tensor.dtype != wanted[name].dtype:
            raise ValueError(f"its tensor {name} is {_kind(tensor)}, and the model's {_kind(wanted[name])}")
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ValueError(f"its tensor {name} holds values that are not finite")


def _read_optimizer(found: Mapping[str, Tensor], model: nn.Module, optimizer: Optimizer) -> dict[str, Any]:
    """Return the argument for `load_state_dict`; a parameter that never had a gradient has no state."""
    trained = dict(_trained(model, optimizer))
    parts: dict[str, dict[str, Tensor]] = {}
    for place, tensor in found.items():
        key, _, name = place.partition("/")
        parts.setdefault(name, {})[key] = tensor
    # Muon keeps something else for the matrices of layers than for the rest.
    groups = [group for group in optimizer.param_groups for _ in group["params"]]
    kinds = {name: "n_blocks" in group for name, group in zip(trained, groups)}
    keys: dict[bool, set[str]] = {False: set(), True: set()}
    for name, part in parts.items():
        if name in kinds:
            keys[kinds[name]] |= part.keys()
    for name, part in parts.items():
        fits = name in trained and part.keys() == keys[kinds[name]]
        if not fits or any(t.shape != trained[name].shape for key, t in part.items() if key != "step"):
            raise ValueError(f"what its optimiser keeps for {name} fits no trained parameter of the model")
    state = {place: parts[name] for place, name in enumerate(trained) if name in parts}
    return {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}


def _kind(tensor: Tensor) -> str:
    return f"{str(tensor.dtype)[6:]} {tuple(tensor.shape)}"
