"""Base classes of the estimators: encoding, batches, saving and loading without pickle, device-independent pickling.

An estimator is saved as a folder: the model and its tokenizer in `transformers`' format, and wordvec.json.
"""

from __future__ import annotations

import copy
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from wordvec._io.atomic import replace_when_whole
from wordvec._io.folders import replace_folder_when_written
from wordvec._io.json_files import pack_json, unpack_json
from wordvec._io.kinds import ESTIMATOR
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, Seed, check_parameters, restored
from wordvec._utils.validation import check_int, check_path
from wordvec.tokenizers.rows import check_texts
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import Batches
from wordvec.transformer.estimators.fine_tuning import (
    MIN_LENGTH,
    check_same_vocabulary,
    encode_texts,
    fine_tune,
    rate_and_optimizer,
    rows_in_batches,
)
from wordvec.transformer.generation.decoder_runs import inference
from wordvec.transformer.models.heads import HeadedModel
from wordvec.transformer.models.pretrained.loading import from_pretrained
from wordvec.transformer.training.processes import DEVICES, choose_device

__all__ = ["FineTunedEstimator", "LabellingEstimator", "TextEstimator"]

FILE_NAME = "wordvec.json"


class TextEstimator(BaseEstimator):
    """A text estimator whose model may be on a GPU.

    Attributes
    ----------
    model_ : TransformerModel
    tokenizer_ : Tokenizer
    max_length_ : int
        Maximum number of tokens in a text.
    """

    _parameter_rules: ClassVar[dict[str, Rule]] = {"batch_size": Integer(1), "device": Choice(*DEVICES)}

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the model and its tokenizer to a folder, without pickle; `transformers` reads them, except a CRF.

        Parameters
        ----------
        folder : path
            Created if it does not exist; its parent must exist.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        OSError
            If the folder cannot be written.
        """
        check_is_fitted(self, "model_")
        path = check_path("folder", folder, f"{type(self).__name__}.save")
        described = {"estimator": type(self).__name__, **self._description()}
        text = pack_json(ESTIMATOR, described, default=_as_json)
        # New weights with old labels would be a wrong model: all files change at once.
        with replace_folder_when_written(path) as new:
            self.model_.save_pretrained(new)
            self.tokenizer_.save(new, self.model_.config.max_length)
            with replace_when_whole(new / FILE_NAME) as file:
                file.write(text)

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, device: str = "auto") -> Self:
        """Read an estimator that `save` wrote, or a suitable `transformers` model with its tokenizer.

        Parameters
        ----------
        folder : path
        device : {"auto", "cpu", "cuda"}

        Raises
        ------
        FileNotFoundError
            If a file is missing from the folder.
        ValueError
            If a file is damaged or written by a newer version, or the model is of another kind.
        """
        owner = cls.__name__
        path = check_path("folder", folder, f"{owner}.load")
        model = cls._load_model(path)
        tokenizer = Tokenizer.load(path)
        check_same_vocabulary(model, tokenizer, path)
        described = cls._read(path, model)
        try:
            found = restored(cls, {"pretrained": str(path), **described["parameters"]})
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{str(path / FILE_NAME)!r} has other parameters than {owner} has: {error}"
            ) from error
        found.set_params(device=device)
        found.model_, found.tokenizer_ = model.to(choose_device(device, owner=owner)), tokenizer
        found._restore(described)
        return found

    @classmethod
    def _load_model(cls, path: Path) -> Any:
        """Return the model in a folder, or raise ValueError if this estimator could not have saved it."""
        raise NotImplementedError

    def _description(self) -> dict[str, Any]:
        """Return the content of FILE_NAME, except the format version."""
        return {"max_length": self.max_length_, "parameters": self.get_params(deep=False)}

    def _restore(self, described: dict[str, Any]) -> None:
        """Set the fitted attributes stored in FILE_NAME."""
        self.max_length_ = described["max_length"]

    @classmethod
    def _read(cls, path: Path, model: Any) -> dict[str, Any]:
        """Return the content of FILE_NAME, or defaults from config.json for a `transformers` model."""
        file, owner = path / FILE_NAME, cls.__name__
        if not file.exists():
            return cls._default_description(model)
        try:
            described = unpack_json(file.read_bytes(), ESTIMATOR)
            if described["estimator"] != owner:
                raise ValueError(f"it is one of {described['estimator']}")
            check_int("max_length", described["max_length"], owner, MIN_LENGTH, model.config.max_length)
            if not isinstance(described["parameters"], dict):
                raise ValueError(f"the parameters are {described['parameters']!r:.60}")
            cls._check_description(described)
        except (ValueError, KeyError, TypeError) as error:
            found = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise ValueError(
                f"{str(file)!r} is not a file of {owner} that this version reads: {found}."
            ) from error
        return described

    @classmethod
    def _default_description(cls, model: Any) -> dict[str, Any]:
        limit = model.config.max_length
        return {"max_length": limit, "parameters": {"max_length": limit}}

    @classmethod
    def _check_description(cls, described: dict[str, Any]) -> None:
        """Raise ValueError if an entry specific to this estimator is damaged."""

    def _encode(self, X: Any, method: str) -> list[list[int]]:
        """Return the token ids of texts for prediction, in estimators with a parameter `truncation`."""
        check_is_fitted(self, "model_")
        owner = f"{type(self).__name__}.{method}"
        texts, truncation = check_texts(X, "X", owner), check_parameters(self, "truncation").truncation
        limits = self.max_length_, self.model_.config.max_length
        return encode_texts(self.tokenizer_, texts, *limits, truncation, owner, stacklevel=4).rows

    def _each_batch(self, rows: list[list[int]], use: Callable[[np.ndarray, Tensor, Tensor], None]) -> None:
        """Call `use` with the indices, ids and attention mask of each batch of rows, for prediction."""
        batch_size = check_parameters(self, "batch_size").batch_size
        with inference(self.model_):
            for places, ids, mask in rows_in_batches(rows, self.tokenizer_, batch_size, self.model_.device):
                use(places, ids, mask)

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
    """An estimator whose model, with the head of the subclass, is fine-tuned as a whole.

    Attributes
    ----------
    fit_times_ : dict of str to float
        Seconds that `fit` took for "preparation" (checks, model, tokenizer and encoding) and "training".
    """

    _head: ClassVar[type[HeadedModel]]
    _parameter_rules: ClassVar[dict[str, Rule]] = {
        **TextEstimator._parameter_rules,
        "epochs": Integer(1),
        "learning_rate": Real(0.0, 10.0, low_open=True) | None,
        "max_length": Integer(MIN_LENGTH),
        "precision": Choice("float32", "bf16"),
        "random_state": Seed(),
        "verbose": Boolean() | None,
    }

    def _train(
        self,
        model: Any,
        batches: Batches,
        parameters: Any,
        is_new: bool,
        validation: Batches | None = None,
    ) -> None:
        """Train a model with checked parameters, and set the attributes that describe the run."""
        rate, optimizer = rate_and_optimizer(model, parameters.learning_rate, is_new)
        with warnings.catch_warnings():
            # The trainer's warning counts steps; the one below also says what the estimator holds.
            warnings.filterwarnings("ignore", message="Training was interrupted")
            report = fine_tune(model, batches, parameters, rate, optimizer, validation)
        self.model_, self.learning_rate_ = model, rate
        self.loss_curve_, self.n_iter_ = report.loss_curve, report.steps
        self.validation_curve_ = report.validation_curve
        self.interrupted_, self.seed_ = report.interrupted, parameters.random_state
        if self.interrupted_:
            warnings.warn(
                f"Training was interrupted after step {report.steps}. The model holds what it has learned so far.",
                stacklevel=3,
            )

    @classmethod
    def _load_model(cls, path: Path) -> Any:
        model = from_pretrained(path)
        if not isinstance(model, cls._head):
            owner = cls.__name__
            raise ValueError(
                f"{str(path)!r} holds a {type(model).__name__}, and {owner} needs a {cls._head.__name__}. "
                f"Fine-tune it: {owner}({str(path)!r}).fit(...)."
            )
        return model

    def _description(self) -> dict[str, Any]:
        described = super()._description()
        return {**described, "parameters": {**described["parameters"], "random_state": self.seed_}}

    def _restore(self, described: dict[str, Any]) -> None:
        super()._restore(described)
        self.seed_ = described["parameters"].get("random_state", 1)
        self.interrupted_ = False


class LabellingEstimator(FineTunedEstimator):
    """An estimator whose head has an output for each label.

    Attributes
    ----------
    classes_ : ndarray
        The labels in the order of the head's outputs.
    """

    def _description(self) -> dict[str, Any]:
        return {"classes": self.classes_.tolist(), **super()._description()}

    def _restore(self, described: dict[str, Any]) -> None:
        super()._restore(described)
        self.classes_ = np.array(described["classes"])

    @classmethod
    def _read(cls, path: Path, model: Any) -> dict[str, Any]:
        described = super()._read(path, model)
        if len(described["classes"]) != model.n_labels:
            raise ValueError(
                f"{str(path)!r} has {len(described['classes'])} classes in {FILE_NAME} and {model.n_labels} in its "
                "model. The files belong to different models: save the estimator again."
            )
        return described

    @classmethod
    def _default_description(cls, model: Any) -> dict[str, Any]:
        return {"classes": list(model.label_names), **super()._default_description(model)}

    @classmethod
    def _check_description(cls, described: dict[str, Any]) -> None:
        classes = described["classes"]
        is_list = isinstance(classes, list) and all(isinstance(label, str | int | float) for label in classes)
        if not is_list or len(set(map(type, classes))) > 1 or len(set(classes)) < len(classes):
            raise ValueError(f"the classes are {classes!r:.60}")


def _as_json(value: Any) -> Any:
    """Convert a parameter of a type that JSON lacks: a path, or a NumPy number."""
    return os.fspath(value) if isinstance(value, os.PathLike) else value.item()
