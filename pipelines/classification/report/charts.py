"""Charts of a report as pictures, drawn with matplotlib (the extra `plot`): confusion and reliability."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from wordvec._io.charts import COLOURS, REFERENCE_COLOUR, check_chart_path, draw_grid, drawing
from wordvec._utils.tables import cut_text, one_line

__all__ = ["draw_confusion", "draw_reliability"]

# Inches of a cell, with its number and without.
_CELL, _SMALL_CELL = 0.55, 0.22
# From this number of classes on, cells are too many for numbers.
_MOST_NUMBERS = 30
# Columns that names of classes and titles are cut to.
_NAME_WIDTH, _TITLE_WIDTH = 40, 50


def draw_confusion(
    confusion_CC: np.ndarray, names: Sequence[str], path: str | os.PathLike[str], *, title: str = ""
) -> Any:
    """Draw a confusion matrix, normalised by row.

    Parameters
    ----------
    confusion_CC : int (C, C)
        Rows are true classes, columns predicted ones.
    names : sequence of str (C,)
    path : path
        Ends in .png or .svg.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        Without matplotlib: pip install "wordvec[plot]".
    ValueError
        If the extension is another, or no font has the characters of a name.
    """
    target = check_chart_path(path, "draw_confusion")
    counts = np.asarray(confusion_CC)
    names = [cut_text(one_line(name), _NAME_WIDTH) for name in names]
    title = cut_text(one_line(title), _TITLE_WIDTH)
    has_numbers = len(names) <= _MOST_NUMBERS
    side = max(3.0, (_CELL if has_numbers else _SMALL_CELL) * len(names))
    margin = 0.6 + 0.075 * max(map(len, names))
    with drawing(target, side + margin + 1.2, side + margin, texts=[*names, title]) as figure:
        axes = figure.subplots()
        shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
        image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        places = range(len(names))
        axes.set_xticks(places, names, rotation=90, fontsize=8, parse_math=False)
        axes.set_yticks(places, names, fontsize=8, parse_math=False)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        if title:
            axes.set_title(title, fontsize=10, parse_math=False)
        if has_numbers:
            for row, column in np.argwhere(counts).tolist():
                colour = "white" if shares[row, column] > 0.5 else "black"
                text = f"{counts[row, column]}"
                axes.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
        figure.colorbar(image, ax=axes, label="share of the true class", shrink=0.8)
    return figure


def draw_reliability(
    bins: Sequence[dict[str, float]], path: str | os.PathLike[str], *, title: str = ""
) -> Any:
    """Draw the share of correct predictions against the predicted probability, and the number of predictions per bin.

    Parameters
    ----------
    bins : sequence of dict
        As `ClassificationReport.to_dict` has them: "low", "high", "n", "probability", "share".
    path, title
        See `draw_confusion`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError, ValueError
        See `draw_confusion`.
    """
    target = check_chart_path(path, "draw_reliability")
    title = cut_text(one_line(title), _TITLE_WIDTH)
    with drawing(target, 5.2, 5.6, texts=[title]) as figure:
        axes, below = figure.subplots(2, 1, height_ratios=[4, 1], sharex=True)
        axes.plot([0, 1], [0, 1], "--", color=REFERENCE_COLOUR, linewidth=1, label="as sure as right")
        probabilities, shares = ([each[name] for each in bins] for name in ("probability", "share"))
        axes.plot(probabilities, shares, "o-", color=COLOURS[0], markersize=4, label="decisions")
        axes.set_ylabel("share that was right")
        axes.set_ylim(-0.02, 1.02)
        axes.legend(frameon=False, fontsize=9)
        if title:
            axes.set_title(title, fontsize=10, parse_math=False)
        widths = [each["high"] - each["low"] for each in bins]
        below.bar(
            [each["low"] for each in bins], [each["n"] for each in bins], widths, align="edge",
            color=COLOURS[0], alpha=0.5,
        )  # fmt: skip
        below.set_xlabel("probability")
        below.set_ylabel("decisions")
        for each in (axes, below):
            draw_grid(each)
    return figure
