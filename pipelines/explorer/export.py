"""A page with all its data in one file."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._io.atomic import replace_when_whole
from wordvec._utils.validation import check_int

from .answers import Answers, category_values
from .columns import Column, NumberColumn
from .neighborhoods import neighbor_rows
from .server import read_page
from .spaces import Space

__all__ = ["N_NEIGHBORS", "export_page"]

# Neighbours of each row that the page holds.
N_NEIGHBORS = 20


def export_page(
    answers: Answers,
    path: str | os.PathLike[str],
    *,
    n_neighbors: int = N_NEIGHBORS,
    page: Path | None = None,
) -> None:
    """Write a page that needs no server.

    It holds the maps, columns and neighbours of all rows, no vectors: analogies and similarities are not in it.

    Parameters
    ----------
    answers : Answers
        What it shows, with the maps as they are now.
    path : path
        A file that ends in .html.
    n_neighbors : int
        Of each row.
    page : Path, optional
        The folder with index.html, explorer.js and explorer.css; ours by default.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    n_neighbors = check_int("n_neighbors", n_neighbors, "export_page", 1)
    html, css, js = (read_page(name, page).decode() for name in ("index.html", "explorer.css", "explorer.js"))
    data = json.dumps(_content(answers, n_neighbors), allow_nan=False, separators=(",", ":"))
    with replace_when_whole(path) as file:
        file.write(_whole_page(html, css, js, data).encode())


def _whole_page(html: str, css: str, js: str, data: str) -> str:
    r"""Return the page with style, data and script in place of what it would fetch.

    In data, "<" can stand in strings alone, where \\u003c is the same: no tag ends the element.
    """
    escaped = data.replace("<", "\\u003c")
    styled = _replaced(html, "styles", f"<style>\n{css}</style>")
    return _replaced(
        styled,
        "scripts",
        f'<script type="application/json" id="wordvec-data">{escaped}</script>\n<script>\n{js}</script>',
    )


def _replaced(html: str, mark: str, content: str) -> str:
    """Return a page with `content` between ``<!-- mark -->`` and ``<!-- /mark -->``."""
    before, opening, rest = html.partition(f"<!-- {mark} -->")
    _, closing, after = rest.partition(f"<!-- /{mark} -->")
    if not opening or not closing:
        raise ValueError(f"The page of the explorer lacks its marks <!-- {mark} -->. Reinstall wordvec.")
    return f"{before}{content}{after}"


def _content(answers: Answers, n_neighbors: int) -> dict[str, Any]:
    spaces = answers.spaces
    info = answers.info()
    for model in info["models"]:
        model["map"] |= {"pending": None, "progress": None}
    return {
        "info": info,
        "words": [list(space.labels) for space in spaces],
        "maps": [_packed(answers.points(place)[0], "<f4") for place in range(len(spaces))],
        "columns": [
            {
                name: {"type": kind, "data": _column(space.column(name))}
                for name, kind in space.column_kinds.items()
            }
            for space in spaces
        ],
        "neighbors": [_neighbors(space, n_neighbors) for space in spaces],
        "drift": None if answers.drift is None else answers.drift.words(200),
        "texts": [None if space.texts is None else list(space.texts) for space in spaces],
    }


def _neighbors(space: Space, n_neighbors: int) -> dict[str, Any]:
    rows, similarities = neighbor_rows(space.vectors, n_neighbors)
    return {
        "topn": rows.shape[1],
        "rows": _packed(rows, "<i4"),
        "similarities": _packed(similarities, "<f4"),
    }


def _column(column: Column) -> Any:
    return _packed(column.numbers, "<f4") if isinstance(column, NumberColumn) else category_values(column)


def _packed(array: np.ndarray, dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode("ascii")
