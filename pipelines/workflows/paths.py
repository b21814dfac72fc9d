"""Checks of the paths of results, made before any work is done."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wordvec._io.atomic import check_writable
from wordvec._utils.errors import AdvisedError, ParameterError


def check_vector_path(path: Path, dtype: str | None = None, format: str | None = None) -> None:
    """Raise an error unless vectors can be written to `path`: folder, permissions, extension or `format`, dtype.

    One vector is written to a file with the same extension in the same folder, so that the rules are those of the
    writer.

    Raises
    ------
    ValueError
        If the extension does not determine a format, or the format does not support `dtype`.
    OSError
        If the folder does not exist or is not writable, or `path` is a folder or a device.
    """
    import numpy as np

    from wordvec.vectors.keyed_vectors import KeyedVectors
    from wordvec.vectors.subwords.scheme import NGramScheme
    from wordvec.vectors.subwords.table import whole_words

    table = np.zeros((1, 1), np.float32)
    vectors = KeyedVectors(table, ["a"])
    if format == "floret" or path.name.lower().endswith(".floret"):
        # Which hash the vectors to come have, if any, is for others to check.
        scheme = NGramScheme(1, 1, 1, hash_count=1)
        vectors = KeyedVectors(
            None, ["a"], subwords=replace(whole_words(table, ["a"]), scheme=scheme, first_row=0)
        )
    _check_by_writing(path, lambda trial: vectors.save(trial, dtype=dtype, format=format))


def check_counts_path(path: Path) -> None:
    """Raise an error unless co-occurrence counts can be written to `path`, as `check_vector_path` does."""
    from scipy.sparse import csr_array

    from wordvec.counts.cooccurrence import Cooccurrence

    _check_by_writing(path, Cooccurrence.from_scipy(csr_array([[1.0]])).save)


def check_overwriting(sources: Sequence[Any], targets: Sequence[Path], kinds: str) -> None:
    """Raise ValueError if a file to write, of these kinds, is also read or written as another one."""
    files = [getattr(source, "file", source) for source in sources]  # of a column of a table
    read = {place for file in files if isinstance(file, Path) for place in _places(file)}
    written: set[Any] = set()
    for target in targets:
        places = _places(target)
        if places & read:
            raise ValueError(
                f"{str(target)!r} is a file of the corpus or another that is read. "
                "Choose another name for the result."
            )
        if places & written:
            raise ValueError(f"{str(target)!r} cannot hold two of {kinds}. Choose another name for one.")
        written |= places


def _check_by_writing(path: Path, write: Callable[[Path], None]) -> None:
    check_writable(path)
    # The target of a link: the link itself may be in a folder that cannot be written to.
    folder = Path(os.path.realpath(path)).parent
    trial = folder / f".{secrets.token_hex(8)}.{path.name.lstrip('.')}"
    try:
        write(trial)
    except ParameterError:
        raise
    except AdvisedError as error:
        finding = error.finding.replace(repr(str(trial)), repr(str(path)))
        raise AdvisedError(finding, *error.ways, advice=error.advice) from error
    except ValueError as error:
        raise ValueError(str(error).replace(repr(str(trial)), repr(str(path)))) from error
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            trial.unlink()


def _places(path: Path) -> set[Any]:
    """Return what identifies a file: its resolved name, and its inode if it exists."""
    places: set[Any] = {os.path.realpath(path)}
    with contextlib.suppress(OSError):
        status = path.stat()
        places.add((status.st_dev, status.st_ino))
    return places
