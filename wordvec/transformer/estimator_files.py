"""Fine-tuned estimators in a folder: the model and its tokenizer, as `transformers` reads them, and one file more."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._atomic import replace_when_whole
from wordvec.transformer.base import TransformerModel
from wordvec.transformer.exchange import from_pretrained
from wordvec.transformer.fine_tuning import check_same_vocabulary, folder_of
from wordvec.transformer.tokenization import Tokenizer

__all__ = ["StoredEstimator", "read_estimator", "write_estimator"]

FILE_NAME = "wordvec.json"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class StoredEstimator:
    """What a folder holds of an estimator.

    Attributes
    ----------
    model : TransformerModel
        With its head.
    tokenizer : Tokenizer
    classes : list
        The labels in the order of the head's outputs.
    max_length : int
        Tokens of a text at most.
    parameters : dict
        Of the estimator.
    """

    model: Any
    tokenizer: Tokenizer
    classes: list[Any]
    max_length: int
    parameters: dict[str, Any]


def stored_parameters(estimator: Any, seed: int) -> dict[str, Any]:
    """Return an estimator's parameters as JSON can hold them."""
    found = {**estimator.get_params(deep=False), "random_state": seed}
    if found.get("pretrained") is not None:
        found["pretrained"] = os.fspath(found["pretrained"])
    return found


def write_estimator(folder: Any, stored: StoredEstimator, kind: str) -> None:
    """Write an estimator of the class named `kind` to a folder, which is made if its parent exists.

    Raises
    ------
    TypeError
        If `folder` is no path.
    FileNotFoundError, OSError
        If it cannot be written.
    """
    path = folder_of(folder, f"{kind}.save")
    stored.model.save_pretrained(path)
    stored.tokenizer.save(path)
    described = {
        "format": FORMAT_VERSION,
        "estimator": kind,
        "classes": stored.classes,
        "max_length": stored.max_length,
        "parameters": stored.parameters,
    }
    with replace_when_whole(path / FILE_NAME) as file:
        file.write(json.dumps(described, indent=2, ensure_ascii=False).encode() + b"\n")


def read_estimator(folder: Any, kind: str, head: type[TransformerModel]) -> StoredEstimator:
    """Read what `write_estimator` wrote, or a model of `transformers` with such a head and its tokenizer.

    Raises
    ------
    TypeError
        If `folder` is no path.
    FileNotFoundError
        If the folder lacks a file.
    ValueError
        If a file is damaged or of a newer version, or the model has another head.
    """
    path = folder_of(folder, f"{kind}.load")
    model = from_pretrained(path)
    if not isinstance(model, head):
        raise ValueError(
            f"{str(path)!r} holds a {type(model).__name__}, which is not fine-tuned. Fine-tune it: "
            f"{kind}({str(path)!r}).fit(...)."
        )
    tokenizer = Tokenizer.load(path)
    check_same_vocabulary(model, tokenizer, path)
    if not (path / FILE_NAME).exists():
        names = model.label_names
        assert isinstance(names, tuple)
        return StoredEstimator(model, tokenizer, list(names), model.config.max_length, {})
    described = _read(path / FILE_NAME, kind)
    if len(described["classes"]) != model.n_labels:
        raise ValueError(
            f"{str(path)!r} has {len(described['classes'])} classes in {FILE_NAME} and {model.n_labels} in its model. "
            "The files belong to different models: save the estimator again."
        )
    return StoredEstimator(
        model, tokenizer, described["classes"], described["max_length"], described["parameters"]
    )


def _read(file: Path, kind: str) -> dict[str, Any]:
    try:
        described = json.loads(file.read_bytes())
        if described["format"] > FORMAT_VERSION:
            raise ValueError("a newer version of wordvec wrote it")
        if described["estimator"] != kind:
            raise ValueError(f"it is a {described['estimator']}")
        return {name: described[name] for name in ("classes", "max_length", "parameters")}
    except (ValueError, KeyError, TypeError) as error:
        found = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(
            f"{str(file)!r} is not the file of a {kind} that this version reads: {found}."
        ) from error
