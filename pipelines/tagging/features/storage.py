"""Files of extractors of token features: their parameters as JSON with a checksum."""

from __future__ import annotations

import os
from typing import Any, Self

import numpy as np

from wordvec._io.atomic import replace_when_whole
from wordvec._io.json_files import pack_json, unpack_json
from wordvec._io.kinds import TOKEN_FEATURES, check_exists, unreadable_as
from wordvec._utils.validation import check_path


class StoredFeatures:
    """The part of `TokenFeatures` that writes and reads files."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters, gazetteers and clusters included, to a JSON file.

        An existing file at `path` is replaced only when the new one is complete.

        Raises
        ------
        ParameterError
            If `path` is not a path.
        FileNotFoundError
            If the folder does not exist.
        OSError
            If the file cannot be written.
        """
        target = check_path("path", path, "TokenFeatures.save")
        data = pack_json(TOKEN_FEATURES, {"parameters": plain_parameters(self)}, default=plain)
        with replace_when_whole(target) as file:
            file.write(data)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read an extractor that `save` wrote; it is fitted.

        Raises
        ------
        ParameterError
            If `path` is not a path.
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a complete file of an extractor, or a newer version wrote it.
        """
        path = check_path("path", path, "TokenFeatures.load")
        check_exists(path, TOKEN_FEATURES)
        with unreadable_as(f"The file {str(path)!r}", TOKEN_FEATURES):
            parameters = unpack_json(path.read_bytes(), TOKEN_FEATURES)["parameters"]
            return cls(**read_parameters(parameters)).fit()  # type: ignore[attr-defined]


def plain_parameters(extractor: Any) -> dict[str, Any]:
    """Return the parameters of an extractor as JSON types."""
    parameters = {name: getattr(extractor, name) for name in sorted(extractor._parameter_rules)}
    if parameters["gazetteers"] is not None:
        parameters["gazetteers"] = {name: _phrases(p) for name, p in parameters["gazetteers"].items()}
    if parameters["clusters"] is not None:
        parameters["clusters"] = dict(parameters["clusters"])
    parameters["columns"] = list(parameters["columns"])
    return parameters


def read_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return parameters read from JSON as `TokenFeatures` takes them."""
    # JSON has no tuples; the default of this one is a tuple, too.
    return {**parameters, "columns": tuple(parameters["columns"])}


def plain(value: Any) -> Any:
    """Return NumPy's numbers and arrays as Python's, for JSON."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"A {type(value).__name__} cannot be stored in a file. Got {value!r}.")


def _phrases(phrases: Any) -> list[Any]:
    # The order of a set differs between processes; that of the file must not.
    in_order = sorted(phrases, key=repr) if isinstance(phrases, (set, frozenset)) else phrases
    return [phrase if isinstance(phrase, str) else list(phrase) for phrase in in_order]
