"""Base class of the embedding estimators: files, checkpoints, progress, initial vectors."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from wordvec._io.kinds import MODEL, unreadable_as
from wordvec._utils.errors import ParameterError
from wordvec._utils.foreign_names import ForeignNames
from wordvec._utils.parameters import Rule, restored
from wordvec._utils.progress import TrainingBar
from wordvec.embeddings.checkpoints import Checkpoint, ModelKind, read_checkpoint, write_checkpoint
from wordvec.embeddings.foreign_names import SHARED_PARAMETERS, TRAINER_ATTRIBUTES
from wordvec.embeddings.training_loop import TrainingRun
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.keyed_vectors import KeyedVectors


class EmbeddingTrainer(ForeignNames, BaseEstimator):
    """An estimator of embeddings that can be saved to and loaded from one file."""

    _foreign_parameters = SHARED_PARAMETERS
    _foreign_attributes = TRAINER_ATTRIBUTES
    _parameter_rules: ClassVar[dict[str, Rule]]
    _kind: ClassVar[ModelKind]
    _stored: Checkpoint  # the content that `save` writes: parameters may be changed after fit

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the whole model, all tables and the parameters, to one safetensors file.

        To save the vectors alone, also in the formats of other tools, use `wv_.save`. `init_vectors` are not saved; a
        warning says so.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        OSError
            If the file cannot be written.
        """
        check_is_fitted(self)
        write_checkpoint(Path(path), self._stored)
        warn_of_init_vectors(self)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a model that `save` or a checkpoint wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of this estimator, or a newer version wrote it.
        """
        stored = read_checkpoint(Path(path), cls._kind)
        with unreadable_as(f"The file {str(path)!r}", MODEL):
            model = restored(cls, stored.parameters)
            model._set_fitted(stored)
        return model

    def _set_fitted(self, stored: Checkpoint) -> None:
        """Set the attributes of a fitted model, and `_stored`."""
        raise NotImplementedError

    def _checkpoint(
        self,
        kind: ModelKind,
        options: Any,
        vocabulary: Vocabulary,
        tensors: dict[str, np.ndarray],
        state: Any,
        corpus_hash: str = "",
        inputs: dict[str, Any] | None = None,
    ) -> Checkpoint:
        """Return the content of this estimator's file."""
        return Checkpoint(
            kind=kind,
            parameters=stored_parameters(self, options.seed),
            options=options,
            vocabulary=vocabulary,
            tensors=tensors,
            state=state,
            corpus_hash=corpus_hash,
            inputs=inputs or {},
        )

    def _run(
        self,
        run: TrainingRun,
        *,
        unit: str,
        n_done: int,
        has_ended: Callable[[], bool],
        path: Path | None,
        stored: Callable[[], Checkpoint],
        scale: float = 1.0,
        on_epoch: Callable[[], None] = lambda: None,
    ) -> bool:
        """Train with a progress bar; return whether it was not interrupted.

        Parameters
        ----------
        run : TrainingRun
        unit, scale : str, float
            The unit and scale of the bar; see `TrainingBar`.
        n_done : int
            Items of the epoch that were done before the checkpoint.
        has_ended : callable
            Whether training ends; called before the first epoch and after each.
        path, stored : path, callable
            Where checkpoints are written, if anywhere, and a function that returns one.
        on_epoch : callable
            Called at the end of each epoch, before `has_ended`.
        """
        if has_ended():
            return True

        def end_epoch(_: TrainingRun) -> bool:
            on_epoch()
            return has_ended()

        done = run.n_items * run.state.epoch + n_done
        total = run.n_items * run.options.epochs
        with TrainingBar(self.verbose, total=total, done=done, unit=unit, scale=scale) as bar:
            return run.train(
                on_chunk=bar.update_to,
                on_epoch=end_epoch,
                on_checkpoint=None if path is None else lambda _: write_checkpoint(path, stored()),
                checkpoint_every=self.checkpoint_every,
            )


def warn_if_interrupted(estimator: Any, run: TrainingRun, is_whole: bool, stacklevel: int) -> None:
    """Set `interrupted_`, and warn if training was stopped by Ctrl-C."""
    estimator.interrupted_ = not is_whole
    if not is_whole:
        warnings.warn(
            f"Training was interrupted in epoch {run.state.epoch + 1} of {run.options.epochs}. "
            "The model holds what it has learned so far.",
            stacklevel=stacklevel + 1,
        )


def shared_rows(source: KeyedVectors, vocabulary: Vocabulary, owner: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the shared words in `vocabulary` and in `source`, two int64 (n,).

    Raises
    ------
    ValueError
        If they share no word.
    """
    pairs = [(row, source.key_to_index[w]) for row, w in enumerate(vocabulary.index_to_key) if w in source]
    if not pairs:
        fix = "Check that both are written alike (lower case, script)."
        raise ParameterError("init_vectors", owner, "share a word with the text", source, fix)
    rows, source_rows = np.array(pairs, np.int64).T
    return rows, source_rows


def warn_of_init_vectors(estimator: Any) -> None:
    """Warn that a file holds the model but not its `init_vectors`, so that another `fit` would be another run."""
    if getattr(estimator, "init_vectors", None) is not None:
        owner = type(estimator).__name__
        warnings.warn(
            f"The file does not hold init_vectors: {owner}.load has None for them. To fit again from them, pass them "
            "with set_params(init_vectors=...).",
            stacklevel=3,
        )


def stored_parameters(estimator: BaseEstimator, seed: int) -> dict[str, Any]:
    """Return the parameters for JSON, without `init_vectors`."""
    parameters = estimator.get_params(deep=False)
    if "init_vectors" in parameters:
        parameters["init_vectors"] = None
    return {**parameters, "random_state": seed}
