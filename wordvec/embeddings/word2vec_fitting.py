"""What `fit` does with a run of skip-gram or CBOW: checkpoints, progress, and reducing common components."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._utils.loops import has_stalled
from wordvec.embeddings.base import warn_if_interrupted
from wordvec.embeddings.checkpoints import Checkpoint, hash_vectors, resume_run
from wordvec.kernels import rng
from wordvec.kernels.word2vec import components
from wordvec.text.corpus import EncodedCorpus, encode_corpus
from wordvec.text.vocabulary import Vocabulary

# Chosen on wiki8 by RG-65 and MTurk-771 (tests/benchmarks/LOG.md).
_FACTOR = 0.5
# The vectors of rare words say little about the others.
_MAX_WORDS = 20_000
# With fewer words for each float of a vector, the components are rather what distinguishes the words.
_MIN_WORDS_A_FLOAT = 10
_ROWS_RESTORED = 4096


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
        Has `tensors` and `finished_tensors`, and a `Word2VecState`.
    options, vocabulary : Word2VecOptions, Vocabulary
    scale : float
        Words of the text for each item of the run.
    corpus_hash, inputs : str, dict
        Hashes of the text, and of what else decides the result besides the options; for checkpoints.
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


def no_components(n_components: int, vector_size: int) -> np.ndarray:
    """Return what `lessen` returns where it changes nothing, float32 (1 + n_components, D)."""
    return np.zeros((1 + n_components, vector_size), np.float32)


def lessen(vectors: np.ndarray, n_components: int) -> np.ndarray:
    """Subtract the mean of vectors and halve their leading principal components, in place.

    Mu and Viswanath (2018), "All-but-the-top", remove the components altogether. Mean and components are those of
    the 20,000 most frequent words. Vectors of fewer than 10 x D words are left as they are.

    Parameters
    ----------
    vectors : float32 (V, D), C-contiguous
        Sorted by falling frequency of the words.
    n_components : int

    Returns
    -------
    common : float32 (1 + n_components, D)
        The mean and the components, for `restore`; zeros if nothing was changed.
    """
    n_words, size = vectors.shape
    common = no_components(n_components, size)
    if n_words >= _MIN_WORDS_A_FLOAT * size:
        start = np.empty((min(n_components, size), size), np.float32)
        rng.fill_uniform(np.uint64(rng.stream_key(0, rng.INITIAL, 0)), start)
        components.find_components(vectors, min(n_words, _MAX_WORDS), start, common)
        components.shift_components(vectors, common, False, _FACTOR)
    return common


def restore(vectors: np.ndarray, common: np.ndarray, to: np.ndarray) -> None:
    """Undo `lessen`, except for rounding.

    Parameters
    ----------
    vectors : float32 (V, D)
        After `lessen`.
    common : float32 (1 + n_components, D)
        What it returned.
    to : float32 (V, D)
        Overwritten.
    """
    for first in range(0, len(vectors), _ROWS_RESTORED):
        rows = vectors[first : first + _ROWS_RESTORED].copy()
        components.shift_components(rows, common, True, 1 / _FACTOR)
        to[first : first + _ROWS_RESTORED] = rows


def tensor_shapes(n_words: int, options: Any) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of what the file of a `Word2Vec` holds."""
    shape = (n_words, options.vector_size)
    shapes: dict[str, tuple[int, ...]] = {"input": shape, "output": shape}
    if options.common_components:
        shapes["common"] = (1 + options.common_components, options.vector_size)
    return shapes


def marked_whole(stored: Checkpoint) -> Checkpoint:
    """Return trained tables, marked as not reduced yet where the options ask for it."""
    options = stored.options
    if not options.common_components:
        return stored
    common = no_components(options.common_components, options.vector_size)
    return replace(stored, tensors={**stored.tensors, "common": common})


def lessened(stored: Checkpoint) -> Checkpoint:
    """Return a model after `lessen`, in place if possible, where its options ask for it."""
    tensors = stored.tensors
    if not stored.options.common_components or tensors["common"].any():
        return stored
    vectors = np.require(tensors["input"], requirements=["C", "W"])
    common = lessen(vectors, stored.options.common_components)
    return replace(stored, tensors={**tensors, "input": vectors, "common": common})
