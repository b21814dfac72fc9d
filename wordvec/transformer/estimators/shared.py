"""What the scikit-learn faces have in common: fitted attributes, files without pickle, pickles without a GPU.

A fine-tuned estimator is a folder: the model and its tokenizer, as `transformers` reads them, and one file more.
"""

from __future__ import annotations

import copy
import json
import os
import warnings
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import nn

from wordvec._io.atomic import replace_when_whole
from wordvec._utils.validation import check_int, check_path
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import Batches
from wordvec.transformer.estimators.fine_tuning import FineTuning, check_same_vocabulary, fine_tune
from wordvec.transformer.models.heads import HeadedModel
from wordvec.transformer.models.pretrained.loading import from_pretrained
from wordvec.transformer.training.processes import choose_device

__all__ = ["FineTunedEstimator", "TextEstimator"]

FILE_NAME = "wordvec.json"
FORMAT_VERSION = 1


class TextEstimator(BaseEstimator):
    """An estimator of texts with a model that may be on a GPU."""

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes to pickle: weights on the CPU, so that any machine can load them."""
        state: dict[str, Any] = super().__getstate__()
        model = state.get("model_")
        if isinstance(model, nn.Module) and any(p.device.type != "cpu" for p in model.parameters()):
            state["model_"] = copy.deepcopy(model).cpu()
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


class FineTunedEstimator(TextEstimator):
    """An estimator whose model is trained as a whole; a subclass says with which head.

    Attributes
    ----------
    classes_ : ndarray
        The labels in the order of the head's outputs.
    model_ : HeadedModel
    tokenizer_ : Tokenizer
    max_length_ : int
        Tokens of a text at most.
    """

    _head: ClassVar[type[HeadedModel]]

    def _train(self, model: Any, batches: Batches, parameters: FineTuning, is_new: bool) -> None:
        """Train a model, and set the attributes that tell of it."""
        rate = parameters.rate_for(model, is_new)
        with warnings.catch_warnings():
            # Steps are the trainer's; told below in words of the estimator.
            warnings.filterwarnings("ignore", message="Training was interrupted")
            report = fine_tune(model, batches, parameters, rate)
        self.model_, self.learning_rate_ = model, rate
        self.loss_curve_, self.n_iter_ = report.loss_curve, report.steps
        self.interrupted_, self.seed_ = report.interrupted, parameters.seed
        if self.interrupted_:
            warnings.warn(
                f"Training was interrupted after step {report.steps}. The model holds what it has learned so far.",
                stacklevel=3,
            )

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the model and its tokenizer to a folder, without pickle; `transformers` reads them, but for a CRF.

        Parameters
        ----------
        folder : path
            Made if it does not exist; its parent must.

        Raises
        ------
        NotFittedError
            If there is no model yet.
        OSError
            If the folder cannot be written.
        """
        check_is_fitted(self, "model_")
        path = check_path("folder", folder, f"{type(self).__name__}.save")
        described = {
            "format": FORMAT_VERSION,
            "estimator": type(self).__name__,
            "classes": self.classes_.tolist(),
            "max_length": self.max_length_,
            "parameters": {**self.get_params(deep=False), "random_state": self.seed_},
        }
        text = json.dumps(described, indent=2, ensure_ascii=False, default=_as_json)
        self.model_.save_pretrained(path)
        self.tokenizer_.save(path, self.model_.config.max_length)
        with replace_when_whole(path / FILE_NAME) as file:
            file.write(text.encode() + b"\n")

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, device: str = "auto") -> Self:
        """Read what `save` wrote, or a fine-tuned BERT or GPT-2 of `transformers` with its tokenizer.

        Parameters
        ----------
        folder : path
        device : {"auto", "cpu", "cuda"}

        Raises
        ------
        FileNotFoundError
            If the folder lacks a file.
        ValueError
            If a file is damaged or of a newer version, or the model has another head.
        """
        owner = cls.__name__
        path = check_path("folder", folder, f"{owner}.load")
        model: Any = from_pretrained(path)
        if not isinstance(model, cls._head):
            raise ValueError(
                f"{str(path)!r} holds a {type(model).__name__}, and {owner} needs a {cls._head.__name__}. "
                f"Fine-tune it: {owner}({str(path)!r}).fit(...)."
            )
        tokenizer = Tokenizer.load(path)
        check_same_vocabulary(model, tokenizer, path)
        described = _read(path, owner, model)
        try:
            found = cls(**{"pretrained": str(path), **described["parameters"]})
        except TypeError as error:
            raise ValueError(
                f"{str(path / FILE_NAME)!r} has other parameters than {owner} has: {error}."
            ) from error
        found.set_params(device=device)
        found.classes_, found.max_length_ = np.array(described["classes"]), described["max_length"]
        found.model_, found.tokenizer_ = model.to(choose_device(device, owner=owner)), tokenizer
        found.seed_ = described["parameters"].get("random_state", 1)
        found.interrupted_ = False
        return found


def _read(path: Path, owner: str, model: Any) -> dict[str, Any]:
    """Return what FILE_NAME says; for a model of `transformers`, which has none, what its config.json says."""
    limit = model.config.max_length
    file = path / FILE_NAME
    if not file.exists():
        return {"classes": list(model.label_names), "max_length": limit, "parameters": {"max_length": limit}}
    try:
        described = json.loads(file.read_bytes())
        if described["format"] > FORMAT_VERSION:
            raise ValueError("a newer version of wordvec wrote it")
        if described["estimator"] != owner:
            raise ValueError(f"it is a {described['estimator']}")
        check_int("max_length", described["max_length"], owner, 3, limit)
        classes = described["classes"]
        is_list = isinstance(classes, list) and all(isinstance(label, str | int | float) for label in classes)
        if not is_list or len(set(map(type, classes))) > 1 or len(set(classes)) < len(classes):
            raise ValueError(f"the classes are {classes!r:.60}")
        if not isinstance(described["parameters"], dict):
            raise ValueError(f"the parameters are {described['parameters']!r:.60}")
    except (ValueError, KeyError, TypeError) as error:
        found = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(
            f"{str(file)!r} is not the file of a {owner} that this version reads: {found}."
        ) from error
    if len(described["classes"]) != model.n_labels:
        raise ValueError(
            f"{str(path)!r} has {len(described['classes'])} classes in {FILE_NAME} and {model.n_labels} in its model. "
            "The files belong to different models: save the estimator again."
        )
    return {name: described[name] for name in ("classes", "max_length", "parameters")}


def _as_json(value: Any) -> Any:
    """Return a parameter that JSON does not know: a path, or a number of NumPy."""
    return os.fspath(value) if isinstance(value, os.PathLike) else value.item()
