"""Files of fastText classifiers."""

from __future__ import annotations

import os
from pathlib import Path

from wordvec._io.atomic import replace_when_whole
from wordvec._io.compression import split_compression
from wordvec._io.errors import UnreadableFileError
from wordvec.supervised.hashed import HashedModel
from wordvec.vectors.formats.fasttext import has_fasttext, read_fasttext
from wordvec.vectors.formats.fasttext_writing import write_supervised
from wordvec.vectors.formats.safetensors import unpacked
from wordvec.vectors.subwords.rows import QuantizedRows

EXTENSIONS = (".bin", ".ftz")


def read_hashed(path: Path, label_prefix: str | None) -> HashedModel | None:
    """Read a fastText model; return None if the file is not one.

    Raises
    ------
    ValueError
        If the model has no labels, or the file is damaged.
    """
    if not has_fasttext(path):
        return None
    source = f"The file {str(path)!r}"
    try:
        with unpacked(path) as file:
            found = read_fasttext(file)
        if found.arguments.model != "supervised":
            raise UnreadableFileError(
                f"it holds word vectors ({found.arguments.model}) and no labels: KeyedVectors.load reads it"
            )
    except UnreadableFileError as error:
        raise ValueError(f"{source} cannot be read as a classifier of fastText: {error}.") from error
    return HashedModel.of(found, source, label_prefix)


def save_hashed(model: HashedModel, path: str | os.PathLike[str]) -> None:
    """Write a fastText model.

    Raises
    ------
    ValueError
        If the extension is not .bin, or .ftz for a quantised model.
    """
    extension = Path(split_compression(Path(path).name)[0]).suffix
    expected = ".ftz" if isinstance(model.file.input, QuantizedRows) else ".bin"
    if extension != expected:
        what = "quantised " if expected == ".ftz" else ""
        raise ValueError(
            f"A {what}classifier of fastText's kind is saved as {expected}. Got {str(path)!r}: change the extension."
        )
    with replace_when_whole(path) as file:
        write_supervised(file, model.file)


def check_is_ours(path: str | os.PathLike[str]) -> None:
    """Raise ValueError if a path has a fastText extension, whose files hold only hashed n-grams."""
    if str(path).lower().endswith(EXTENSIONS):
        raise ValueError(
            f"{str(path)!r} has an extension of fastText, whose files hold n-grams in buckets, which this model does "
            "not have. Save as .safetensors."
        )
