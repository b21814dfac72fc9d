"""Writing of models to folders with config.json and model.safetensors.

A model that exists in `transformers` is written under its names there, so that `transformers` loads the folder; others
(rotary positions, encoder-decoders, CRF heads) are marked ``"model_type": "wordvec"``.
"""

from __future__ import annotations

import json
import os
from typing import Any

from torch import Tensor, nn

from wordvec._io.atomic import replace_when_whole
from wordvec._io.folders import replace_folder_when_written
from wordvec._io.kinds import PRETRAINED
from wordvec._utils.validation import check_path
from wordvec.transformer.models.int8.layers import Int8Linear
from wordvec.transformer.models.pretrained.names import (
    CONFIG_FILE,
    FORMAT_VERSION,
    OWN_ARCHITECTURES,
    WEIGHTS_FILE,
    SavedModel,
    stored_weights,
)
from wordvec.transformer.models.pretrained.settings import to_bert, to_gpt2
from wordvec.transformer.models.tensor_files import write_torch_archive

__all__ = ["description_of", "save_pretrained"]

_FOREIGN_SETTINGS = {"bert": to_bert, "gpt2": to_gpt2}

_UNTIED_BIAS, _UNUSED_BIAS = "cls.predictions.decoder.bias", "cls.predictions.bias"


def save_pretrained(model: SavedModel, folder: str | os.PathLike[str]) -> None:
    """Write a model to a folder: config.json and model.safetensors, both or neither; other files are kept.

    Parameters
    ----------
    model : TransformerModel
    folder : path
        Created if it does not exist; its parent must exist.

    Raises
    ------
    FileNotFoundError
        If the parent folder does not exist.
    OSError
        If the folder cannot be written.
    ValueError
        If `from_pretrained` could not read it: a user-defined class, or one that trains other models.
    """
    path = check_path("folder", folder, "save_pretrained")
    architecture, values = description_of(model)
    weights = model.state_dict()
    tensors: dict[str, Tensor] = {}
    for name, stored in stored_weights(model, architecture).items():
        weight = weights[name].detach().cpu()
        parts = (weight.t() if stored.is_transposed else weight).chunk(len(stored.names), dim=0)
        for foreign, part in zip(stored.names, parts, strict=True):
            tensors[foreign] = part.contiguous()
    if _UNTIED_BIAS in tensors:
        tensors[_UNUSED_BIAS] = tensors[_UNTIED_BIAS]  # which transformers has, too, and would miss
    with replace_folder_when_written(path) as new:
        with replace_when_whole(new / WEIGHTS_FILE) as file:
            write_torch_archive(file, PRETRAINED, tensors, {})
        with replace_when_whole(new / CONFIG_FILE) as file:
            file.write(json.dumps(values, indent=2).encode() + b"\n")


def description_of(model: SavedModel) -> tuple[str, dict[str, Any]]:
    """Return the architecture that a model is written as, and the content of its config.json.

    Raises
    ------
    ValueError
        If such a model cannot be saved to a folder.
    """
    if isinstance(model, nn.Module) and any(isinstance(part, Int8Linear) for part in model.modules()):
        raise ValueError(
            "A model with int8 weights cannot be saved. Save the model that quantize was given, and quantize it again "
            "after loading."
        )
    config, settings = model.config, model.head_settings()
    body: SavedModel = getattr(model, "body", model)
    for family in body.architectures:
        foreign = _FOREIGN_SETTINGS[family](config)
        # A subclass of a head may hold other weights, so that the name has to be its own.
        named = body.architectures if model is body else vars(type(model)).get("architectures", {})
        # A CRF, and texts that are read at their first token without a pooler, are unknown there.
        if foreign is not None and family in named and not {"crf", "pooler"} & settings.keys():
            return named[family], {"architectures": [named[family]], **foreign, **settings}
    for part in (model, body):
        if type(part).__name__ not in OWN_ARCHITECTURES:
            raise ValueError(
                f"A {type(part).__name__} cannot be saved as a folder, because from_pretrained would not know it. "
                "Save the models it is made of, or torch.save its state_dict()."
            )
    name = type(model).__name__
    own = {
        "architectures": [name],
        "model_type": "wordvec",
        "wordvec_format": FORMAT_VERSION,
        "config": config.to_dict(),
    }
    return name, {**own, "body": type(body).__name__, **body.head_settings(), **settings}
