"""Loading data sets: descriptions in the catalogue, files, and splits.

Files are searched in the folder that WORDVEC_DATA names, then in a package that ships them. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, overload

from wordvec._io.text_files import read_lines
from wordvec._utils.messages import counted
from wordvec._utils.validation import check_bool, check_choice, check_path, import_optional

from .catalogue import DataFile, Dataset, DatasetInfo, Split, read_catalogue

__all__ = [
    "DATA_VARIABLE",
    "Dataset",
    "DatasetInfo",
    "Split",
    "data_file",
    "dataset_info",
    "find_file",
    "gensim_file",
    "list_datasets",
    "load_dataset",
    "text_file",
]

DATA_VARIABLE = "WORDVEC_DATA"

# wiki8 is one line of 100 MB.
_PIECE_CHARS = 1 << 20

_Folder = str | os.PathLike[str] | None


def list_datasets() -> list[str]:
    """Return the names of the data sets in the catalogue."""
    return list(read_catalogue())


def dataset_info(name: str) -> DatasetInfo:
    """Return the description of a data set in the catalogue: files, splits, classes, licence, source, pitfalls.

    Raises
    ------
    ValueError
        If there is no such data set.
    """
    return _info(name, "dataset_info")


@overload
def load_dataset(
    name: str, split: None = None, *, folder: _Folder = None, verify: bool = False
) -> Dataset: ...


@overload
def load_dataset(name: str, split: str, *, folder: _Folder = None, verify: bool = False) -> Any: ...


def load_dataset(name: str, split: str | None = None, *, folder: _Folder = None, verify: bool = False) -> Any:
    """Load a data set: all its splits, or one.

    Parameters
    ----------
    name : str
        One of `list_datasets()`.
    split : str, optional
        One of ``dataset_info(name).splits``.
    folder : path, optional
        Where the files are; by default the folder that the environment variable WORDVEC_DATA names.
    verify : bool
        Check the SHA-256 of the files that are read.

    Returns
    -------
    Dataset, or Split or TaggedCorpus
        With `split`, a `Split` (texts and labels), or a `TaggedCorpus` if tokens are tagged; otherwise a `Dataset` with
        one of these for each split.

    Raises
    ------
    FileNotFoundError
        If a file is missing; the message says where to put it, and where it comes from.
    ValueError
        If there is no such data set or split, it has no labels, or a file does not match the catalogue.
    """
    # The readers of tagged files load NumPy, which the command line should not wait for.
    from .readers import READERS

    info = _info(name, "load_dataset")
    if not info.splits:
        reader = f"text_file({name!r}, part)" if info.texts else f"find_file({name!r}, path)"
        raise ValueError(f"The data set {name!r} has no labelled texts to load. Use {reader} instead.")
    names = tuple(info.splits)
    if split is not None:
        names = (check_choice("split", split, f"load_dataset for {name!r}", names),)

    def find(path: str) -> Path:
        return find_file(name, path, folder=folder, verify=verify)

    splits = READERS[name](info, find, names)
    for key, rows in splits.items():
        if len(rows) != info.splits[key]:
            raise ValueError(
                f"The split {key!r} of {name!r} has {counted(len(rows), 'entry', 'entries')}, where the catalogue says "
                f"{info.splits[key]:,}: a file is another version. Pass verify=True to learn which."
            )
    return Dataset(name, splits) if split is None else splits[split]


def text_file(name: str, part: str, *, folder: _Folder = None, verify: bool = False) -> Iterator[str]:
    r"""Return an iterator over the lines of an unlabelled text.

    Lines end at ``"\n"`` only. A line of more than a million characters is returned in pieces, cut after white space.

    Parameters
    ----------
    name : str
        One of `list_datasets()`.
    part : str
        One of ``dataset_info(name).texts``.
    folder, verify
        As for `load_dataset`.

    Raises
    ------
    FileNotFoundError
        If the file is missing.
    ValueError
        If there is no such data set or part, or the file does not match the catalogue.
    """
    info = _info(name, "text_file")
    if not info.texts:
        raise ValueError(
            f"The data set {name!r} has no unlabelled text. Use load_dataset or find_file instead."
        )
    check_choice("part", part, f"text_file for {name!r}", tuple(info.texts))
    path = find_file(name, info.texts[part], folder=folder, verify=verify)
    return (line.removesuffix("\r") for line, _, _ in read_lines(path, "utf-8", "strict", _PIECE_CHARS))


def find_file(name: str, path: str, *, folder: _Folder = None, verify: bool = False) -> Path:
    """Return the path of a file of a data set.

    Parameters
    ----------
    name : str
        One of `list_datasets()`.
    path : str
        The file's name, as in ``dataset_info(name).files``.
    folder, verify
        As for `load_dataset`.

    Raises
    ------
    FileNotFoundError
        If it is missing; the message says where to put it, and where it comes from.
    ValueError
        If there is no such data set or file, or `verify` is set and the file does not match the catalogue.
    """
    info = _info(name, "find_file")
    file = info.file(path)
    root = _root(folder, "find_file")
    if root is not None and (root / info.folder / file.name).is_file():
        found = root / info.folder / file.name
    elif file.gensim is not None:
        found = _in_gensim(info, file, file.gensim, root)
    else:
        raise FileNotFoundError(_missing(info, file, root))
    if check_bool("verify", verify, "find_file"):
        _verify(info, file, found)
    return found


def gensim_file(name: str, purpose: str) -> Path:
    """Return the path of a file that gensim ships with its tests, such as ``"lee_background.cor"``.

    Raises
    ------
    ImportError
        If gensim is not installed; `purpose` says what needs it.
    FileNotFoundError
        If the installed gensim does not ship the file.
    """
    utils = import_optional("gensim.test.utils", pip="wordvec[gensim]", purpose=purpose)
    path = Path(utils.datapath(name))
    if not path.is_file():
        raise FileNotFoundError(
            f'The installed gensim does not ship {name!r}. Install one that does: pip install "gensim>=4.3.3"'
        )
    return path


def data_file(name: str) -> Path:
    """Return the path of a file or folder below the folder that the variable WORDVEC_DATA names.

    Raises
    ------
    FileNotFoundError
        If the variable is not set, or there is no such file.
    """
    root = os.environ.get(DATA_VARIABLE)
    if not root:
        raise FileNotFoundError(
            f"The data set {name!r} is searched in the folder that the environment variable "
            f"{DATA_VARIABLE} names, which is not set. Set it to the folder that holds the data sets."
        )
    path = Path(root) / name
    if not path.exists():
        raise FileNotFoundError(
            f"There is no {name!r} in {root!r}. Put it there, or let {DATA_VARIABLE} name another folder."
        )
    return path


def _info(name: str, owner: str) -> DatasetInfo:
    catalogue = read_catalogue()
    return catalogue[check_choice("name", name, owner, tuple(catalogue))]


def _root(folder: _Folder, owner: str) -> Path | None:
    if folder is None:
        root = os.environ.get(DATA_VARIABLE)
        return Path(root) if root else None
    return check_path("folder", folder, owner)


def _in_gensim(info: DatasetInfo, file: DataFile, shipped: str, root: Path | None) -> Path:
    try:
        return gensim_file(shipped, f"The data set {info.name!r}")
    except (ImportError, FileNotFoundError) as error:
        raise FileNotFoundError(
            f'{_missing(info, file, root)} Or install the package that ships it: pip install "wordvec[gensim]"'
        ) from error


def _missing(info: DatasetInfo, file: DataFile, root: Path | None) -> str:
    path = f"{info.folder}/{file.name}"
    needs = f"The data set {info.name!r} needs the file {path!r}, "
    packed = " (here packed with xz)" if file.name.endswith(".xz") else ""
    source = f"It comes from {info.source}: {file.source}{packed}."
    if root is None:
        return (
            f"{needs}and no folder to find it in is known. Set the environment variable {DATA_VARIABLE} to a "
            f"folder, and put the file there. {source}"
        )
    return f"{needs}which is not in {str(root)!r}. Put it there, under exactly this name. {source}"


def _verify(info: DatasetInfo, file: DataFile, path: Path) -> None:
    n_bytes = path.stat().st_size
    if n_bytes != file.n_bytes:
        found = f"it has {n_bytes:,} bytes, not {file.n_bytes:,}"
    else:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        if sha256 == file.sha256:
            return
        found = f"its sha256 is {sha256}, not {file.sha256}"
    raise ValueError(
        f"{str(path)!r} is not the file that the catalogue of data sets names for {info.name!r}: {found}. "
        f"Fetch it again from {info.source}: {file.source}."
    )
