"""Trained and partly trained models in one safetensors file: tables, words, and settings as JSON.

Each estimator declares in a `ModelKind` what its files contain; reading, writing and checking are the same for all.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wordvec._io.archive import Archive, open_archive, read_metadata, write_archive
from wordvec._io.errors import UnreadableFileError
from wordvec._io.json_files import parse_json_object, unpack_fields
from wordvec._io.kinds import MODEL
from wordvec._io.locks import locked_folder
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec._utils.validation import check_checkpoint_folder
from wordvec.text.corpus import EncodedCorpus
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.keyed_vectors import KeyedVectors

CHECKPOINT_NAME = "checkpoint.safetensors"
# The first files did not say what they hold: there was nothing else.
_FIRST_KIND = "Word2Vec"


class ModelKind(NamedTuple):
    """The content of the files of an estimator."""

    name: str  # of the estimator's class
    options_type: type[Any]  # a dataclass with `epochs`; all of its fields decide the result
    state_type: type[Any]  # a dataclass with `epoch` and `loss_curve`
    # From the number of words and the options to the float32 tensors' names and shapes. The first is aligned.
    tensor_shapes: Callable[[int, Any], dict[str, tuple[int, ...]]]
    train_on: str  # how a finished model is trained on, after "or"


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """Everything needed to continue training: a finished model, or a run with its progress in `state`."""

    kind: ModelKind
    parameters: dict[str, Any]  # of the estimator
    options: Any  # kind.options_type
    vocabulary: Vocabulary
    tensors: dict[str, np.ndarray]  # float32, as kind.tensor_shapes says
    state: Any  # kind.state_type
    corpus_hash: str = ""  # of the text that `state` speaks of
    # What else decides the result and is no option: values and hashes; empty in files of older versions.
    inputs: dict[str, Any] = dataclasses.field(default_factory=dict)


class AnotherRunError(ValueError):
    """A checkpoint belongs to a run other than the one to resume.

    Attributes
    ----------
    finding : str
        What is different, without the advice for users of Python that ends the message.
    """

    def __init__(self, finding: str, advice: str) -> None:
        super().__init__(finding, advice)
        self.finding = finding

    def __str__(self) -> str:
        return " ".join(self.args)


class UnfinishedRunError(ValueError):
    """A checkpoint of an unfinished run would be overwritten.

    Attributes
    ----------
    finding : str
        The problem, without the advice for users of Python that ends the message.
    """

    def __init__(self, path: Path) -> None:
        self.finding = f"{str(path)!r} is a checkpoint of an unfinished run."
        super().__init__(
            f"{self.finding} Pass resume=True to go on with it, or remove the file to start anew."
        )


def hash_corpus(vocabulary: Vocabulary, encoded: EncodedCorpus) -> str:
    """Return a SHA-256 of words, ids and sentence bounds."""
    return hash_arrays(vocabulary, encoded.starts, encoded.token_ids)


def hash_arrays(vocabulary: Vocabulary, *arrays: np.ndarray) -> str:
    """Return a SHA-256 of words, counts and the bytes of `arrays`, which may be mapped from the disk."""
    digest = hashlib.sha256("\n".join(vocabulary.index_to_key).encode("utf-8", "surrogatepass"))
    for array in (vocabulary.counts, *arrays):
        for first in range(0, len(array), 1 << 22):
            digest.update(np.ascontiguousarray(array[first : first + (1 << 22)]).data)
    return digest.hexdigest()


@contextlib.contextmanager
def checkpoint_in(folder: str | os.PathLike[str] | None, resume: bool, owner: str) -> Iterator[Path | None]:
    """Yield the path of the checkpoint in `folder`, locked against other runs within the block.

    Raises
    ------
    ParameterError, NotADirectoryError
        As `check_checkpoint_folder`.
    UnfinishedRunError
        If there is an unfinished run that is not to be resumed.
    ValueError
        If another run is writing there.
    """
    found = check_checkpoint_folder("checkpoint", folder, resume, owner)
    if found is None:
        yield None
        return
    with locked_folder(found):
        path = found / CHECKPOINT_NAME
        if path.exists() and not resume and not _is_finished(path):
            raise UnfinishedRunError(path)
        yield path


def _is_finished(path: Path) -> bool:
    """Return whether the file is the last checkpoint of a run, or too damaged to resume from."""
    try:
        metadata = read_metadata(path)
        state, options = (parse_json_object(metadata[name]) for name in ("state", "options"))
        return bool(state["epoch"] >= options["epochs"])
    except (UnreadableFileError, KeyError, TypeError):
        return True


def hash_vectors(vectors: KeyedVectors | None) -> str | None:
    """Return a SHA-256 of words and their vectors; None for none."""
    if vectors is None:
        return None
    digest = hashlib.sha256("\n".join(vectors.index_to_key).encode("utf-8", "surrogatepass"))
    digest.update(np.ascontiguousarray(vectors.vectors).data)
    return digest.hexdigest()


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint under a temporary name, then rename it: the old file at `path` stays until then.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.
    OSError
        If the disk is full or read-only.
    """
    vocabulary = checkpoint.vocabulary
    words, word_offsets = pack_strings(vocabulary.index_to_key)
    tensors = {
        "word_offsets": word_offsets,
        "counts": vocabulary.counts,
        **checkpoint.tensors,
        "words": words,
    }
    metadata = {
        "model": checkpoint.kind.name,
        # NumPy's numbers are as good as Python's for a parameter, but JSON does not know them.
        "parameters": json.dumps(checkpoint.parameters, default=lambda value: value.item()),
        "options": json.dumps(dataclasses.asdict(checkpoint.options)),
        "state": json.dumps(dataclasses.asdict(checkpoint.state)),
        "n_total": str(vocabulary.n_total),
        "corpus_hash": checkpoint.corpus_hash,
        "inputs": json.dumps(checkpoint.inputs),
    }
    write_archive(path, MODEL, tensors, metadata, aligned=next(iter(checkpoint.tensors)))


def read_checkpoint(path: Path, kind: ModelKind) -> Checkpoint:
    """Read what `write_checkpoint` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not a complete file of this kind, or a newer version wrote it.
    """
    fix = f"Use the file that {kind.name}.save or a checkpoint wrote; if it is damaged, train again."
    with open_archive(path, dataclasses.replace(MODEL, fix=fix)) as archive:
        name = archive.metadata.get("model", _FIRST_KIND)
        if name == kind.name:
            return _read_parts(archive, kind)
    raise ValueError(f"The file {str(path)!r} holds a {name} model. Use {name}.load.")


def check_resumable(
    stored: Checkpoint, options: Any, corpus_hash: str, inputs: dict[str, Any], path: Path
) -> None:
    """Raise AnotherRunError unless the run of `stored` has the same options, text and other inputs."""
    then, now = dataclasses.asdict(stored.options), dataclasses.asdict(options)
    changed = [f"{name} ({then[name]!r} then, {now[name]!r} now)" for name in now if then[name] != now[name]]
    changed += [name for name in stored.inputs if stored.inputs[name] != inputs.get(name)]
    if stored.corpus_hash != corpus_hash:
        changed.append("the text or its vocabulary")
    if changed:
        raise AnotherRunError(
            f"The checkpoint {str(path)!r} is of another run; different: {', '.join(changed)}.",
            "Resume with the same text and settings, remove the checkpoint to start anew, or "
            f"{stored.kind.train_on}.",
        )


def resume_run(run: Any, path: Path, kind: ModelKind, corpus_hash: str, inputs: dict[str, Any]) -> None:
    """Restore a `TrainingRun` from its checkpoint; errors are those of reading and `check_resumable`."""
    stored = read_checkpoint(path, kind)
    check_resumable(stored, run.options, corpus_hash, inputs, path)
    run.set_tensors(stored.tensors)
    run.state = stored.state


def _read_parts(archive: Archive, kind: ModelKind) -> Checkpoint:
    """Return the checked content of an open file."""
    metadata = archive.metadata
    words = unpack_strings(archive.read("words"), archive.read("word_offsets"))
    vocabulary = Vocabulary(words, archive.read("counts"), int(metadata["n_total"]))
    options = unpack_fields(kind.options_type, parse_json_object(metadata["options"]))
    state = unpack_fields(kind.state_type, parse_json_object(metadata["state"]))
    if not 0 <= state.epoch <= options.epochs or len(state.loss_curve) != state.epoch:
        raise ValueError(f"it says that {state.epoch} of {options.epochs} epochs are done")
    tensors = {}
    for name, shape in kind.tensor_shapes(len(vocabulary), options).items():
        tensors[name] = tensor = archive.read(name)
        if tensor.shape != shape or tensor.dtype != np.float32:
            raise ValueError(f"its tensor {name!r} is {tensor.dtype} {tensor.shape}, not float32 {shape}")
        if not np.isfinite(tensor).all():
            raise ValueError("it holds values that are not finite")
    return Checkpoint(
        kind=kind,
        parameters=parse_json_object(metadata["parameters"]),
        inputs=parse_json_object(metadata.get("inputs", "{}")),
        options=options,
        vocabulary=vocabulary,
        tensors=tensors,
        state=state,
        corpus_hash=metadata["corpus_hash"],
    )
