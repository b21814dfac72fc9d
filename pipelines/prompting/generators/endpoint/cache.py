"""A disk cache of an endpoint's answers: one small file per request, safe for several threads and processes."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from wordvec._io.atomic import replace_when_whole
from wordvec._io.errors import UnreadableFileError
from wordvec._io.json_files import pack_json, unpack_json
from wordvec._io.kinds import COMPLETION
from wordvec._utils.validation import check_folder

from ..completions import Completion

__all__ = ["CompletionCache"]


class CompletionCache:
    """A folder of completions, by request.

    A file appears under its name when complete, and the same request writes the same file, so no locks are needed.

    Parameters
    ----------
    folder : path
        Created if it does not exist.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = check_folder("cache", folder, "HTTPGenerator")
        self.folder.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def key(asked: Mapping[str, Any]) -> str:
        """Return a hash of everything that determines an answer: address and body of the request, never the API key."""
        text = json.dumps(asked, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def get(self, key: str) -> Completion | None:
        """Return the completion of a request, or None if there is none; a damaged file is skipped with a warning."""
        path = self._path(key)
        try:
            stored = unpack_json(path.read_bytes(), COMPLETION)
            return Completion(**{each.name: _checked(each.name, stored) for each in fields(Completion)})
        except FileNotFoundError:
            return None
        except (OSError, UnreadableFileError, KeyError, TypeError) as error:
            warnings.warn(
                f"{str(path)!r} of the cache cannot be read ({error}), so the endpoint is asked again.",
                stacklevel=2,
            )
            return None

    def put(self, key: str, asked: Mapping[str, Any], completion: Completion) -> None:
        """Store a completion, and the body of its request for human readers of the file.

        The address is omitted, because its query may contain a secret.
        """
        path = self._path(key)
        path.parent.mkdir(exist_ok=True)
        with replace_when_whole(path) as file:
            file.write(pack_json(COMPLETION, {**completion.to_dict(), "asked": dict(asked)}))

    def _path(self, key: str) -> Path:
        # Some file systems are slow where a folder holds many files.
        return self.folder / key[:2] / f"{key[2:]}.json"


_KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "n_prompt_tokens": (int, type(None)),
    "n_new_tokens": (int, type(None)),
    "finish_reason": (str, type(None)),
}


def _checked(name: str, stored: Mapping[str, Any]) -> Any:
    value = stored[name]
    if type(value) not in _KINDS[name]:
        raise TypeError(f"its {name} is {value!r:.60}")
    return value
