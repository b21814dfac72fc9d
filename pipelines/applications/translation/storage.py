"""A trained `Translator` as a folder: the model, the tokenizer of each side, and translator.json with the rest."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from wordvec._io.atomic import replace_when_whole
from wordvec._io.folders import replace_folder_when_written
from wordvec._io.json_files import pack_json, unpack_json
from wordvec._io.kinds import ESTIMATOR
from wordvec._utils.parameters import restored

from .codec import Codec, without_special_tokens_in_text
from .copying import WordCopier

if TYPE_CHECKING:
    from wordvec.transformer import EncoderDecoderModel, Tokenizer

__all__ = ["FILE_NAME", "check_saves", "read_translator", "write_translator"]

FILE_NAME = "wordvec.json"
_SOURCE_FOLDER = "source"  # of the sources' tokenizer, if it is another one than the targets'
_KIND = "Translator"
_TRIED = ("a", "1 < 2 </s> \u4f60\u597d")  # what the tokenizers of a saved model are tried with
_T = TypeVar("_T")


def write_translator(
    folder: Path,
    model: EncoderDecoderModel,
    codec: Codec,
    parameters: dict[str, Any],
    fitted: dict[str, Any],
) -> None:
    """Write a folder; its files are replaced together, when all are whole.

    Parameters
    ----------
    folder : Path
    model : EncoderDecoderModel
    codec : Codec
    parameters : dict
        Of the estimator, as JSON can hold them.
    fitted : dict
        Attributes of the estimator, as JSON can hold them.
    """
    described = {
        "estimator": _KIND,
        "parameters": parameters,
        "languages": list(codec.languages),
        "copied": codec.copier.to_dict(),
        # The tokenizers' files have no checksums of their own.
        "tokenizers": [codec.source.fingerprint, codec.target.fingerprint],
        "fitted": fitted,
    }
    text = pack_json(ESTIMATOR, described, default=lambda value: value.item())
    with replace_folder_when_written(folder) as new:
        model.save_pretrained(new)
        codec.target.save(new, model.config.max_length)
        if not codec.is_shared:
            codec.source.save(new / _SOURCE_FOLDER, model.config.max_length)
        with replace_when_whole(new / FILE_NAME) as file:
            file.write(text)


def check_saves(model: EncoderDecoderModel, codec: Codec) -> None:
    """Raise RuntimeError if a model and its codec would load as others: found before training, not after its hours."""
    from wordvec.transformer import EncoderDecoderModel

    with tempfile.TemporaryDirectory(prefix="wordvec-") as place:
        folder = Path(place) / "model"
        write_translator(folder, model, codec, {}, {})
        loaded, read = _read_parts(folder, _read(folder / FILE_NAME))
    ids = [[each.source_ids(_TRIED, None), each.target_ids(_TRIED)] for each in (codec, read)]
    weights = loaded.state_dict()
    same = all(bool((tensor.cpu() == weights[name]).all()) for name, tensor in model.state_dict().items())
    if not (isinstance(loaded, EncoderDecoderModel) and same and ids[0] == ids[1]):
        raise RuntimeError("A saved Translator would load as another one. This is an error of wordvec.")


def read_translator(
    folder: Path, kind: type[_T], device: str
) -> tuple[_T, EncoderDecoderModel, Codec, dict[str, Any]]:
    """Return an estimator with its parameters, its model, its codec and its other attributes.

    Raises
    ------
    FileNotFoundError
        If there is no translator.
    ValueError
        If a file is damaged, of another model, or of a newer version.
    """
    from wordvec.transformer.training.processes import choose_device

    place = choose_device(device, owner=f"{_KIND}.load")
    file = folder / FILE_NAME
    if not file.is_file():
        other = "a model that translates nothing" if (folder / "config.json").is_file() else "no translator"
        if not folder.is_dir():
            raise FileNotFoundError(f"There is no folder {str(folder)!r}. Check the path.")
        raise FileNotFoundError(
            f"{str(folder)!r} holds {other}. A translator is a folder that Translator.save or wordvec lm "
            "train-translator wrote."
        )
    described = _read(file)
    model, codec = _read_parts(folder, described)
    try:
        found = restored(kind, {**described["parameters"], "device": device})
        fitted = dict(described["fitted"])
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(file, error) from error
    return found, model.to(place), codec, fitted


def _read_parts(folder: Path, described: dict[str, Any]) -> tuple[EncoderDecoderModel, Codec]:
    """Return the model of a folder, and the codec that belongs to it."""
    from wordvec.transformer import EncoderDecoderModel, Tokenizer, from_pretrained

    model = from_pretrained(folder)
    if not isinstance(model, EncoderDecoderModel):
        raise ValueError(
            f"{str(folder)!r} holds a {type(model).__name__}, and a translator is an EncoderDecoderModel."
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
        copier = WordCopier.from_dict(described["copied"])
        return model, Codec(source, target, tuple(described["languages"]), copier)
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(folder / FILE_NAME, error) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        described = unpack_json(file.read_bytes(), ESTIMATOR)
        if described["estimator"] != _KIND:
            raise ValueError(f"it is a {described['estimator']}")
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(file, error) from error
    return described


def _unreadable(file: Path, error: Exception) -> ValueError:
    found = f"{error} is missing" if isinstance(error, KeyError) else str(error).rstrip(".")
    return ValueError(f"{str(file)!r} is not the file of a {_KIND} that this version reads: {found}.")
