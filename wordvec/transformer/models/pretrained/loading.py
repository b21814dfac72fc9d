"""Loading of models from folders with config.json and model.safetensors: ours, and Hugging Face's BERT and GPT-2."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from wordvec._io.archive import Archive
from wordvec._io.errors import UnreadableFileError
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import PRETRAINED
from wordvec._utils.messages import listed
from wordvec._utils.validation import check_path
from wordvec.transformer.models.base import TransformerModel
from wordvec.transformer.models.pretrained.names import CONFIG_FILE, WEIGHTS_FILE, Stored
from wordvec.transformer.models.pretrained.plan import architecture_of, plan_model, tied_pair

__all__ = ["architecture_in", "from_pretrained"]


def from_pretrained(folder: str | os.PathLike[str]) -> TransformerModel:
    """Return the model in a folder, with the head that its `architectures` names, in evaluation mode.

    Parameters
    ----------
    folder : path
        With config.json and model.safetensors, as written by our `save_pretrained` and, for BERT and GPT-2, by that of
        `transformers`. Weights of any float type are read as float32.

    Returns
    -------
    TransformerModel
        An EncoderModel, DecoderModel, EncoderDecoderModel, PointerGenerator or RecurrentModel, or one of
        `wordvec.transformer.models.heads` whose `body` is one of them.

    Raises
    ------
    FileNotFoundError, OSError
        If the folder or one of the two files does not exist or cannot be read.
    ValueError
        If they are damaged, of another kind or written by a newer version, or if tensors are missing or have the wrong
        shape: the message names them.
    """
    path = check_path("folder", folder, "from_pretrained")
    values = _read_config(path)
    try:
        shapes = _stored_shapes(path)
        plan = plan_model(values, shapes, _is_tied(path / WEIGHTS_FILE, tied_pair(shapes)))
        model = plan.build()
        _load(model, plan.weights, path / WEIGHTS_FILE)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{str(path)!r} cannot be loaded: {error}") from error
    return model.eval()


def architecture_in(folder: Path) -> str:
    """Return the architecture of the model in a folder without loading it; errors are those of `from_pretrained`."""
    values = _read_config(folder)
    try:
        return architecture_of(values, _stored_shapes(folder, verify=False))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{str(folder)!r} cannot be loaded: {error}") from error


def _read_config(path: Path) -> dict[str, Any]:
    for part in (path, path / CONFIG_FILE, path / WEIGHTS_FILE):
        if not (part.is_file() or part == path and part.is_dir()):
            advice = f"A model is a folder with {CONFIG_FILE} and {WEIGHTS_FILE}."
            if part.name == WEIGHTS_FILE and (path / "pytorch_model.bin").exists():
                advice = (
                    "pytorch_model.bin is a pickle, which could run any code. In transformers, load it and call "
                    "save_pretrained: it writes model.safetensors."
                )
            if (path / f"{WEIGHTS_FILE}.index.json").exists():
                advice = (
                    "Its weights are in several files. In transformers, load it and call "
                    'save_pretrained(folder, max_shard_size="100GB"), which writes one.'
                )
            raise FileNotFoundError(f"{str(part)!r} does not exist. {advice}")
    try:
        return parse_json_object((path / CONFIG_FILE).read_bytes())
    except UnreadableFileError as error:
        raise ValueError(f"{str(path / CONFIG_FILE)!r} cannot be read: {error}.") from error


def _stored_shapes(path: Path, *, verify: bool = True) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the tensors by name; the checksums of our own files are checked."""
    try:
        with (path / WEIGHTS_FILE).open("rb") as raw:
            archive = Archive(raw, PRETRAINED)
            if verify:
                archive.verify()
        with safe_open(path / WEIGHTS_FILE, framework="pt"):
            return {name: archive.entry(name).shape for name in archive.names}
    except (UnreadableFileError, SafetensorError, OSError) as error:
        # A file that may not be read is not damaged.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ValueError(f"{WEIGHTS_FILE} is cut off or damaged ({error}).") from error


def _is_tied(path: Path, pair: tuple[str, str] | None) -> bool:
    """Return whether two tensors of a file that a model may tie are equal; None without such a pair."""
    if pair is None:
        return True
    with safe_open(path, framework="pt") as file:
        first, second = map(file.get_tensor, pair)
    return torch.equal(first, second)


def _load(model: TransformerModel, wanted: Mapping[str, Stored], path: Path) -> None:
    """Copy the tensors of a file, whose shapes must match, into a model."""
    weights = model.state_dict()
    wrong = []
    with safe_open(path, framework="pt") as file:
        for ours, stored in wanted.items():
            parts = [file.get_tensor(name) for name in stored.names]
            if any(not part.is_floating_point() for part in parts):
                wrong.append(f"{' + '.join(stored.names)} holds {parts[0].dtype}, and weights are floats")
                continue
            joined = torch.cat([part.to(torch.float32) for part in parts])
            weights[ours].copy_(joined.t() if stored.is_transposed else joined)
    if wrong:
        raise ValueError(f"{WEIGHTS_FILE} does not fit config.json: {listed(wrong, separator='; ')}.")
