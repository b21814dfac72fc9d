"""A trained `Translator` as a folder: the model, the tokenizer of each side, and translator.json with the rest."""

from __future__ import annotations

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

__all__ = ["FILE_NAME", "read_translator", "write_translator"]

FILE_NAME = "wordvec.json"
_SOURCE_FOLDER = "source"  # of the sources' tokenizer, if it is another one than the targets'
_KIND = "Translator"
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
    from wordvec.transformer import EncoderDecoderModel, Tokenizer, from_pretrained
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
    model = from_pretrained(folder)
    if not isinstance(model, EncoderDecoderModel):
        raise ValueError(
            f"{str(folder)!r} holds a {type(model).__name__}, and a translator is an EncoderDecoderModel."
        )
    target = without_special_tokens_in_text(Tokenizer.load(folder))
    source: Tokenizer = target
    if model.config.source_vocab_size is not None:
        source = without_special_tokens_in_text(Tokenizer.load(folder / _SOURCE_FOLDER))
    try:
        if [source.fingerprint, target.fingerprint] != described["tokenizers"]:
            raise ValueError("the tokenizer beside it is another model's")
        if target.vocab_size != model.config.vocab_size or (
            source.vocab_size != (model.config.source_vocab_size or model.config.vocab_size)
        ):
            raise ValueError("the tokenizer and the model beside it have different vocabularies")
        copier = WordCopier.from_dict(described["copied"])
        codec = Codec(source, target, tuple(described["languages"]), copier)
        found = restored(kind, {**described["parameters"], "device": device})
        fitted = dict(described["fitted"])
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(file, error) from error
    return found, model.to(place), codec, fitted


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
