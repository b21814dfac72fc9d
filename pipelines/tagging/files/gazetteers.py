"""A reader of gazetteer files: names of one kind, one per line."""

from __future__ import annotations

import os

from wordvec._utils.messages import shown

from .lines import existing_file, numbered_lines

__all__ = ["read_gazetteer"]


def read_gazetteer(
    path: str | os.PathLike[str], *, encoding: str = "utf-8", errors: str = "strict"
) -> list[str]:
    """Return the names in a file with one name per line; blank lines and repeated names are skipped.

    Parameters
    ----------
    path : path
        Text, compressed or not.
    encoding : str
    errors : {"strict", "replace", "ignore"}

    Returns
    -------
    list of str
        In the order of the file, for the `gazetteers` of `CRFTagger`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file cannot be decoded or contains no name, or a line is a row of a table.
    """
    file = existing_file(path, "read_gazetteer", encoding, errors)
    names: dict[str, None] = {}
    for number, line in numbered_lines(file, encoding, errors):
        name = line.strip()
        if "\t" in name:
            raise ValueError(
                f"{str(path)!r}, line {number}: a gazetteer has one name per line, and {shown(name)} has a tab. "
                "Keep only the column of names."
            )
        if name:
            names[name] = None
    if not names:
        raise ValueError(f"{str(path)!r} holds no name. A gazetteer has one name per line.")
    return list(names)
