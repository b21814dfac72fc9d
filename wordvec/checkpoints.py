"""A model or a half-trained model in one safetensors file: both tables, the words, settings as JSON."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from wordvec._atomic import replace_when_whole
from wordvec.corpus import EncodedCorpus
from wordvec.formats_safetensors import pack_words, unpack_words, write_tensors
from wordvec.training import TrainingOptions, TrainingState
from wordvec.vocabulary import Vocabulary

FORMAT = "wordvec model"
VERSION = 1


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """All that is needed to go on: of a model, or of a run that `state` says how far it is."""

    parameters: dict[str, Any]  # of the estimator
    options: TrainingOptions
    vocabulary: Vocabulary
    input_vectors: np.ndarray  # float32 (V, D)
    output_vectors: np.ndarray  # float32 (V, D)
    state: TrainingState
    corpus_hash: str = ""  # of the text that `state` speaks of


def hash_corpus(vocabulary: Vocabulary, encoded: EncodedCorpus) -> str:
    """Return a SHA-256 of words, ids and sentence bounds."""
    digest = hashlib.sha256("\n".join(vocabulary.index_to_key).encode("utf-8", "surrogatepass"))
    for array in (vocabulary.counts, encoded.starts, encoded.token_ids):
        for first in range(0, len(array), 1 << 22):
            digest.update(np.ascontiguousarray(array[first : first + (1 << 22)]).data)
    return digest.hexdigest()


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint under a temporary name, then rename it: what was at `path` stays until then.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.
    OSError
        If the disk is full or read-only.
    """
    vocabulary = checkpoint.vocabulary
    words, word_offsets = pack_words(vocabulary.index_to_key)
    tensors = {
        "word_offsets": word_offsets,
        "counts": vocabulary.counts,
        "input": checkpoint.input_vectors,
        "output": checkpoint.output_vectors,
        "words": words,
    }
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        # NumPy's numbers are as good as Python's for a parameter, but JSON does not know them.
        "parameters": json.dumps(checkpoint.parameters, default=lambda value: value.item()),
        "options": json.dumps(dataclasses.asdict(checkpoint.options)),
        "state": json.dumps(dataclasses.asdict(checkpoint.state)),
        "n_total": str(vocabulary.n_total),
        "corpus_hash": checkpoint.corpus_hash,
    }
    with replace_when_whole(path) as file:
        write_tensors(file, tensors, metadata, aligned="input")


def read_checkpoint(path: Path) -> Checkpoint:
    """Read what `write_checkpoint` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not a whole file of this kind, or a newer version wrote it.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no model file {str(path)!r}.")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise ValueError("it holds something else")
            if int(metadata["version"]) > VERSION:
                raise ValueError(f"a newer version of wordvec wrote it (format {metadata['version']})")
            words = unpack_words(file.get_tensor("words"), file.get_tensor("word_offsets"))
            vocabulary = Vocabulary(words, file.get_tensor("counts"), int(metadata["n_total"]))
            input_vectors, output_vectors = file.get_tensor("input"), file.get_tensor("output")
        options = TrainingOptions(**json.loads(metadata["options"]))
        state = TrainingState(**json.loads(metadata["state"]))
        parameters = json.loads(metadata["parameters"])
        shape = (len(vocabulary), options.vector_size)
        if input_vectors.shape != shape or output_vectors.shape != shape:
            raise ValueError(f"its tables are {input_vectors.shape} and {output_vectors.shape}, not {shape}")
        if not 0 <= state.epoch <= options.epochs or len(state.loss_curve) != state.epoch:
            raise ValueError(f"it says that {state.epoch} of {options.epochs} epochs are done")
        if not (np.isfinite(input_vectors).all() and np.isfinite(output_vectors).all()):
            raise ValueError("it holds values that are not finite")
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"The file {str(path)!r} cannot be read as a wordvec model: {error}. "
            "Use the file that Word2Vec.save or a checkpoint wrote; if it is damaged, train again."
        ) from error
    return Checkpoint(
        parameters=parameters,
        options=options,
        vocabulary=vocabulary,
        input_vectors=input_vectors,
        output_vectors=output_vectors,
        state=state,
        corpus_hash=metadata["corpus_hash"],
    )


def check_resumable(stored: Checkpoint, options: TrainingOptions, corpus_hash: str, path: Path) -> None:
    """Raise ValueError unless the run that `stored` belongs to is the one with these options and this text."""
    then, now = dataclasses.asdict(stored.options), dataclasses.asdict(options)
    changed = [f"{name} ({then[name]!r} then, {now[name]!r} now)" for name in now if then[name] != now[name]]
    if stored.corpus_hash != corpus_hash:
        changed.append("the text or its vocabulary")
    if changed:
        raise ValueError(
            f"The checkpoint {str(path)!r} is of another run; different: {', '.join(changed)}. "
            "Resume with the same text and settings, remove the checkpoint to start anew, or train a finished "
            "model on with Word2Vec.load(...).partial_fit(...)."
        )
