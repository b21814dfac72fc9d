"""What `fit` does with a run of skip-gram or CBOW, wherever it is trained: checkpoints, progress, the end."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._utils.loops import has_stalled
from wordvec.embeddings.base import warn_if_interrupted
from wordvec.embeddings.checkpoints import Checkpoint, hash_vectors, resume_run
from wordvec.text.corpus import EncodedCorpus, encode_corpus
from wordvec.text.vocabulary import Vocabulary


def train_run(
    estimator: Any,
    run: Any,
    options: Any,
    vocabulary: Vocabulary,
    *,
    scale: float,
    corpus_hash: str,
    inputs: dict[str, Any],
    held_out: EncodedCorpus | None = None,
    checkpoint: Path | None,
    resume: bool,
) -> None:
    """Train an estimator with progress and checkpoints, and set what it has learned.

    Parameters
    ----------
    estimator : Word2Vec or FastText
    run : TrainingRun
        With `tensors` and `finished_tensors`, and a `Word2VecState`.
    options, vocabulary : Word2VecOptions, Vocabulary
    scale : float
        Words of the text for each item of the run.
    corpus_hash, inputs : str, dict
        Of the text, and of what decides the result beside options and text; for checkpoints.
    held_out : EncodedCorpus, optional
        Its loss is taken after each epoch.
    checkpoint, resume : path, bool
        Of `fit`.
    """
    if checkpoint is not None:
        inputs = {
            "validation": None,
            **inputs,
            "patience": estimator.patience,
            "init_vectors": hash_vectors(estimator.init_vectors),
        }
        if resume and checkpoint.exists():
            resume_run(run, checkpoint, estimator._kind, corpus_hash, inputs)

    def stored(tensors: dict[str, np.ndarray]) -> Checkpoint:
        kind = estimator._kind
        return estimator._checkpoint(kind, options, vocabulary, tensors, run.state, corpus_hash, inputs)

    def take_validation_loss() -> None:
        if held_out is not None:
            run.state.validation_loss_curve.append(run.loss(held_out))

    is_whole = estimator._run(
        run,
        unit="word",
        scale=scale,
        n_done=run.state.n_tokens_done,
        has_ended=lambda: has_stalled(run.state.validation_loss_curve, estimator.patience),
        path=checkpoint,
        stored=lambda: stored(run.tensors()),
        on_epoch=take_validation_loss,
    )
    estimator._set_fitted(stored(run.finished_tensors()))
    warn_if_interrupted(estimator, run, is_whole, stacklevel=4)


def encode_validation(estimator: Any, validation: Any, run: Any, vocabulary: Vocabulary) -> EncodedCorpus:
    """Return the validation text of `fit`, encoded; raise ValueError if it has no loss."""
    try:
        _, held_out = encode_corpus(validation, vocabulary=vocabulary, max_memory=estimator.max_memory)
        loss = run.loss(held_out)
    except ValueError as error:
        raise ValueError(f"The validation text cannot be used: {error}") from error
    if math.isnan(loss):
        raise ValueError("The validation text holds no pair of known words. Pass more of it.")
    return held_out
