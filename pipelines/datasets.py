"""Where the data is: texts that gensim ships, and sets in the folder that WORDVEC_DATA names."""

from __future__ import annotations

import os
from pathlib import Path

from wordvec._validation import import_optional

DATA_VARIABLE = "WORDVEC_DATA"


def gensim_file(name: str, purpose: str) -> Path:
    """Return the path of a file that gensim ships with its tests, such as ``"lee_background.cor"``.

    Raises
    ------
    ImportError
        If gensim is not installed; `purpose` says what needs it.
    FileNotFoundError
        If this gensim does not ship the file.
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
        If the variable is not set or there is no such file.
    """
    root = os.environ.get(DATA_VARIABLE)
    if not root:
        raise FileNotFoundError(
            f"The data set {name!r} is looked for in the folder that the environment variable "
            f"{DATA_VARIABLE} names, which is not set. Set it to the folder that holds the data sets."
        )
    path = Path(root) / name
    if not path.exists():
        raise FileNotFoundError(
            f"There is no {name!r} in {root!r}. Put it there, or let {DATA_VARIABLE} name another folder."
        )
    return path
