"""Folders of trained estimators: the model, the tokenizer of each side, and wordvec.json with the rest."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from wordvec._io.atomic import replace_when_whole
from wordvec._io.folders import replace_folder_when_written
from wordvec._io.json_files import pack_json, unpack_json
from wordvec._io.kinds import ESTIMATOR
from wordvec._utils.parameters import restored

from .tokenizers import without_special_tokens_in_text

if TYPE_CHECKING:
    from wordvec.transformer import EncoderDecoderModel, Tokenizer

__all__ = ["FolderKind", "Parts", "check_saves", "read_folder", "unreadable", "write_folder"]

FILE_NAME = "wordvec.json"
_SOURCE_FOLDER = "source"  # of the sources' tokenizer, if it is another one than the targets'
_TRIED = ("a", "1 < 2 </s> \u4f60\u597d")  # what the tokenizers of a saved model are tried with
_T = TypeVar("_T")


class FolderKind(NamedTuple):
    """The kind of content of a folder, in words for messages."""

    estimator: str
    noun: str
    does: str
    command: str


class Parts(NamedTuple):
    """A model and its tokenizers, which are one object if both sides share a table."""

    model: EncoderDecoderModel
    source: Tokenizer
    target: Tokenizer


def write_folder(folder: Path, kind: FolderKind, parts: Parts, described: dict[str, Any]) -> None:
    """Write a folder; its files are replaced together when all are complete.

    Parameters
    ----------
    folder : Path
    kind : FolderKind
    parts : Parts
    described : dict
        The other settings, as JSON types.
    """
    model, source, target = parts
    # The tokenizers' files have no checksums of their own.
    whole = {
        "estimator": kind.estimator,
        **described,
        "tokenizers": [source.fingerprint, target.fingerprint],
    }
    text = pack_json(ESTIMATOR, whole, default=lambda value: value.item())
    with replace_folder_when_written(folder) as new:
        model.save_pretrained(new)
        target.save(new, model.config.max_length)
        if source is not target:
            source.save(new / _SOURCE_FOLDER, model.config.max_length)
        with replace_when_whole(new / FILE_NAME) as file:
            file.write(text)


def check_saves(kind: FolderKind, parts: Parts) -> None:
    """Raise RuntimeError if a model would load as another one; checked before training, not hours later."""
    with tempfile.TemporaryDirectory(prefix="wordvec-") as place:
        folder = Path(place) / "model"
        write_folder(folder, kind, parts, {})
        loaded = _read_parts(folder, kind, _read(folder / FILE_NAME, kind))
    ids = [
        [
            tokenizer.encode_lists(_TRIED, add_special_tokens=False)[0]
            for tokenizer in (each.source, each.target)
        ]
        for each in (parts, loaded)
    ]
    weights = loaded.model.state_dict()
    mine = parts.model.state_dict().items()
    same = all(bool((tensor.cpu() == weights[name]).all()) for name, tensor in mine)
    if not (type(loaded.model) is type(parts.model) and same and ids[0] == ids[1]):
        raise RuntimeError(
            f"A saved {kind.estimator} would load as another one. This is an error of wordvec."
        )


def read_folder(
    folder: Path, kind: FolderKind, cls: type[_T], device: str
) -> tuple[_T, Parts, dict[str, Any]]:
    """Return an estimator with its parameters, the model and tokenizers, and the other settings.

    Raises
    ------
    FileNotFoundError
        If the folder does not hold such an estimator.
    ValueError
        If a file is damaged, belongs to another model, or was written by a newer version.
    """
    from wordvec.transformer.training.processes import choose_device

    place = choose_device(device, owner=f"{kind.estimator}.load")
    file = folder / FILE_NAME
    if not file.is_file():
        is_model = (folder / "config.json").is_file()
        other = f"a model that {kind.does} nothing" if is_model else f"no {kind.noun}"
        if not folder.is_dir():
            what_is = "is a file" if folder.exists() else "does not exist"
            raise FileNotFoundError(f"{str(folder)!r} {what_is}. Check the path.")
        raise FileNotFoundError(
            f"{str(folder)!r} holds {other}. A {kind.noun} is a folder that {kind.estimator}.save or wordvec lm "
            f"{kind.command} wrote."
        )
    described = _read(file, kind)
    parts = _read_parts(folder, kind, described)
    try:
        found = restored(cls, {**described["parameters"], "device": device})
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable(folder, kind, error) from error
    return found, parts._replace(model=parts.model.to(place)), described


def _read_parts(folder: Path, kind: FolderKind, described: dict[str, Any]) -> Parts:
    """Return the model of a folder and its tokenizers."""
    from wordvec.transformer import EncoderDecoderModel, Tokenizer, from_pretrained

    model = from_pretrained(folder)
    if not isinstance(model, EncoderDecoderModel):
        raise ValueError(
            f"{str(folder)!r} holds a {type(model).__name__}, and a {kind.noun} is an EncoderDecoderModel."
        )
    target = without_special_tokens_in_text(Tokenizer.load(folder))
    source: Tokenizer = target
    if model.config.source_vocab_size is not None:
        source = without_special_tokens_in_text(Tokenizer.load(folder / _SOURCE_FOLDER))
    sizes = (model.config.source_vocab_size or model.config.vocab_size, model.config.vocab_size)
    try:
        if [source.fingerprint, target.fingerprint] != described["tokenizers"]:
            raise ValueError("the tokenizer beside it is another model's")
        if (source.vocab_size, target.vocab_size) != sizes:
            raise ValueError("the tokenizer and the model beside it have different vocabularies")
    except (ValueError, KeyError) as error:
        raise unreadable(folder, kind, error) from error
    return Parts(model, source, target)


def _read(file: Path, kind: FolderKind) -> dict[str, Any]:
    try:
        described: dict[str, Any] = unpack_json(file.read_bytes(), ESTIMATOR)
        if described["estimator"] != kind.estimator:
            raise ValueError(f"it is one of {described['estimator']}")
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable(file.parent, kind, error) from error
    return described


def unreadable(folder: Path, kind: FolderKind, error: Exception) -> ValueError:
    """Return the error to raise for a wordvec.json that is damaged or of another version or estimator."""
    found = f"{error} is missing" if isinstance(error, KeyError) else str(error).rstrip(".")
    file = str(folder / FILE_NAME)
    return ValueError(f"{file!r} is not a file of {kind.estimator} that this version reads: {found}.")
