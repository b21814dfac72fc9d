"""The base class of sequence-to-sequence estimators: fitted attributes, files, pickling."""

from __future__ import annotations

import copy
import os
import warnings
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from wordvec._utils.parameters import check_parameters
from wordvec._utils.validation import check_path, import_optional
from wordvec.vectors.keyed_vectors import KeyedVectors

from .search import Search
from .storage import FolderKind, Parts, read_folder, unreadable, write_folder

if TYPE_CHECKING:
    from wordvec.transformer import EncoderDecoderModel, TrainingReport

__all__ = ["Seq2SeqEstimator"]


class Seq2SeqEstimator(BaseEstimator):
    """An estimator with an encoder-decoder, trained on pairs of texts.

    Attributes
    ----------
    model_ : EncoderDecoderModel
    n_pairs_, n_held_out_ : int
        Numbers of training pairs and of held-out pairs.
    validation_curve_ : list of (int, float)
    loss_curve_ : list of float
    n_iter_, seed_ : int
    interrupted_, stopped_early_ : bool
    """

    _kind: ClassVar[FolderKind]
    _search_names: ClassVar[tuple[str, ...]]
    _saved_names: ClassVar[tuple[str, ...]]

    model_: EncoderDecoderModel

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the model, its tokenizers and its settings to a folder, without pickle.

        Existing files are replaced together, or not at all.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        OSError
            If the folder cannot be written.
        """
        check_is_fitted(self, "model_")
        given = self.get_params(deep=False)
        parameters = {
            name: None if isinstance(value, KeyedVectors) else value for name, value in given.items()
        }
        described = {
            "parameters": {**parameters, "random_state": self.seed_},
            "fitted": {name: getattr(self, name) for name in self._saved_names},
            **self._described(),
        }
        path = check_path("folder", folder, f"{self._kind.estimator}.save")
        write_folder(path, self._kind, self._parts(), described)

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, device: str = "auto") -> Self:
        """Read an estimator that `save` wrote; its outputs are the same.

        Parameters
        ----------
        folder : path
        device : {"auto", "cpu", "cuda"}

        Raises
        ------
        FileNotFoundError
            If a file is missing from the folder.
        ValueError
            If a file is damaged or written by a newer version, or it is another kind of model.
        """
        import_optional("torch", pip="wordvec[transformer]", purpose=cls._kind.estimator)
        path = check_path("folder", folder, f"{cls._kind.estimator}.load")
        found, parts, described = read_folder(path, cls._kind, cls, device)
        try:
            found._restore(parts, described)
            found.model_, found.seed_, found.interrupted_ = parts.model, found.random_state, False
            for name in cls._saved_names:
                setattr(found, name, described["fitted"][name])
        except (ValueError, KeyError, TypeError) as error:
            raise unreadable(path, cls._kind, error) from error
        return found

    def _parts(self) -> Parts:
        """Return the model and its tokenizers."""
        raise NotImplementedError

    def _restore(self, parts: Parts, described: dict[str, Any]) -> None:
        """Restore the results of `_parts` and `_described`."""
        raise NotImplementedError

    def _described(self) -> dict[str, Any]:
        """Return the other settings of the model, as JSON types."""
        return {}

    def _set_trained(self, model: EncoderDecoderModel, report: TrainingReport, seed: int) -> None:
        self.model_ = model
        self.loss_curve_, self.validation_curve_ = report.loss_curve, report.validation_curve
        self.n_iter_, self.interrupted_ = report.steps, report.interrupted
        self.stopped_early_, self.seed_ = report.stopped_early, seed

    def _tell_interruption(self) -> None:
        if self.interrupted_:
            warnings.warn(
                f"Training was interrupted after step {self.n_iter_}. The model holds what it has learned so far.",
                stacklevel=3,
            )

    def _search(self) -> Search:
        return Search(**vars(check_parameters(self, *self._search_names)))

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes to pickle: weights on the CPU, so that any machine can load them."""
        state: dict[str, Any] = super().__getstate__()
        if "model_" in state and state["model_"].device.type != "cpu":
            state["model_"] = copy.deepcopy(state["model_"]).cpu()
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
