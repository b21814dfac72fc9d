"""Files of text estimators: parameters as JSON, arrays and word vectors as tensors; no pickle."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Set
from typing import Any

import numpy as np

from wordvec._io.archive import open_archive, write_archive
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import FileKind
from wordvec._io.strings import pack_strings, unpack_strings
from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_path
from wordvec.text.tokenizers import TextTokenizer, TokenizerRecord
from wordvec.vectors.keyed_vectors import KeyedVectors

Tensors = Mapping[str, np.ndarray]


class TokenizerArgumentError(ParameterError):
    """The argument `tokenizer` or `embedder` of `load` is missing or superfluous; the file itself is good."""


def write_estimator(
    path: str | os.PathLike[str], kind: FileKind, owner: str, header: Mapping[str, Any], tensors: Tensors
) -> None:
    """Write an estimator under a temporary name, then rename it.

    Parameters
    ----------
    path : path
    kind : FileKind
    owner : str
        The class, for messages.
    header : dict, for JSON
    tensors : dict of str to array

    Raises
    ------
    ParameterError
        If `path` is not a path, or a value of the header cannot be written.
    OSError
        If the file cannot be written.
    """
    target = check_path("path", path, f"{owner}.save")
    try:
        text = json.dumps(dict(header), default=_plain)
    except TypeError as error:
        raise ValueError(f"{owner} cannot be saved: {error}. Set its parameters to plain values.") from error
    # A file holds one tensor at least.
    write_archive(target, kind, tensors or {"none": np.empty(0, np.uint8)}, {"header": text})


@contextlib.contextmanager
def read_estimator(
    path: str | os.PathLike[str], kind: FileKind, owner: str
) -> Iterator[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Yield the header and the tensors of a file; damage found inside the block raises one clear error.

    Raises
    ------
    ParameterError
        If `path` is not a path.
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged, of another kind or written by a newer version, or its parts do not match.
    """
    source = check_path("path", path, f"{owner}.load")
    with open_archive(source, kind, passing=(TokenizerArgumentError,)) as archive:
        tensors = archive.read_all()
        for name, tensor in tensors.items():
            if tensor.dtype.kind == "f" and not np.isfinite(tensor).all():
                raise ValueError(f"its tensor {name!r} has values that are not finite numbers")
        yield parse_json_object(archive.metadata["header"]), tensors


def plain_parameters(estimator: Any, *left_out: str, seed: int | None = None) -> dict[str, Any]:
    """Return an estimator's parameters for JSON: a callable becomes None, a RandomState becomes `seed`.

    Parameters
    ----------
    estimator : object
    *left_out : str
        Parameters that are not returned.
    seed : int, optional
        What `fit` drew from a RandomState.

    Raises
    ------
    ParameterError
        If `random_state` is a RandomState and there is no `seed`: a file cannot hold its state.
    """
    found = {name: value for name, value in estimator.get_params(deep=False).items() if name not in left_out}
    for name, value in found.items():
        if isinstance(value, np.random.RandomState):
            if seed is None:
                fix = "A file cannot hold its state. Pass a number."
                raise ParameterError(
                    name, type(estimator).__name__, "be a number or None to be saved", value, fix
                )
            found[name] = seed
        elif callable(value):
            found[name] = None
    return found


def stored_tokenizer(record: TokenizerRecord, tokenizer: Any, owner: str) -> Any:
    """Return the tokenizer of a loaded estimator: that in its file, or the callable that was passed.

    Raises
    ------
    ParameterError
        If a callable, which a file cannot hold, was not passed, or one was passed although the file has its own.
    """
    name = TextTokenizer.from_dict(record) if isinstance(record, dict) else record
    if name is None and not callable(tokenizer):
        rule = "be the callable of training, which a file cannot hold"
        raise TokenizerArgumentError("tokenizer", f"{owner}.load", rule, tokenizer)
    if name is not None and tokenizer is not None:
        rule = f"be left out: the file has {name!r}"
        raise TokenizerArgumentError("tokenizer", f"{owner}.load", rule, tokenizer)
    return name or tokenizer


def pack_vectors(vectors: KeyedVectors) -> dict[str, np.ndarray]:
    """Return word vectors as tensors."""
    words, offsets = pack_strings(vectors.index_to_key)
    tensors = {"vectors": np.asarray(vectors.vectors), "words": words, "word_offsets": offsets}
    return tensors if vectors.counts is None else tensors | {"counts": vectors.counts}


def unpack_vectors(tensors: Tensors) -> KeyedVectors:
    """Return the word vectors that `pack_vectors` packed."""
    words = unpack_strings(tensors["words"], tensors["word_offsets"])
    return KeyedVectors(tensors["vectors"], words, tensors.get("counts"))


def _plain(value: Any) -> Any:
    if isinstance(value, Set):
        return sorted(value)
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r:.60} is none of the values that a file can hold")
