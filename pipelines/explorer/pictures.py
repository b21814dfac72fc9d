"""Pictures of words on a map, with labels that do not cover each other (the extra `plot`)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from wordvec._io.charts import COLOURS, REFERENCE_COLOUR, check_chart_path, drawing
from wordvec._utils.tables import cut_text, one_line
from wordvec._utils.validation import import_optional

__all__ = ["draw_words", "place_labels"]

_SIZE = (9.0, 7.0)
_FONT_SIZE = 9
_SHAPES = ("o", "s", "^", "D", "v")
# Columns of a label: a long word would leave no room for others.
_LABEL_WIDTH = 40
# Directions from a point in which its label is tried, and at which distances, in pixels.
_DIRECTIONS = [(np.cos(angle), np.sin(angle)) for angle in np.arange(16) * (np.pi / 8)]
_DISTANCES = (6, 14, 24, 38, 56, 80, 110, 150)
_GAP = 2.0


def draw_words(
    points_N2: np.ndarray,
    words: Sequence[str],
    groups: Sequence[int],
    path: str | os.PathLike[str],
    *,
    title: str = "",
    axis_names: tuple[str, str] = ("", ""),
) -> Any:
    """Draw words at their places, each group in its colour and shape, and write the picture.

    Parameters
    ----------
    points_N2 : float (N, 2)
    words : sequence of str
    groups : sequence of int
        The group of each word; -1 is grey.
    path : path
        Ends in .png or .svg.
    title : str
    axis_names : (str, str)
        Of the horizontal axis and the vertical one.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        Without matplotlib: pip install "wordvec[plot]".
    ValueError
        If the extension is another, or no font has the characters of a word.
    """
    target = check_chart_path(path, "draw_words")
    words = [cut_text(one_line(word), _LABEL_WIDTH) for word in words]
    with drawing(target, *_SIZE, texts=[*words, title]) as figure:
        agg = import_optional("matplotlib.backends.backend_agg", pip="wordvec[plot]", purpose="A chart")
        axes = figure.subplots()
        colours = [REFERENCE_COLOUR if group < 0 else COLOURS[group % len(COLOURS)] for group in groups]
        for (x, y), colour, group in zip(points_N2, colours, groups):
            # Where colours begin again, the shape tells groups apart.
            shape = _SHAPES[max(0, group) // len(COLOURS) % len(_SHAPES)]
            axes.scatter(x, y, s=14 if shape == "o" else 20, c=colour, marker=shape, linewidths=0, zorder=2)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(axis_names[0], fontsize=_FONT_SIZE)
        axes.set_ylabel(axis_names[1], fontsize=_FONT_SIZE)
        axes.spines[:].set_alpha(0.2)
        axes.margins(0.12)
        # A blank title would leave its room.
        if title:
            axes.set_title(title, fontsize=11, parse_math=False)
        renderer = agg.FigureCanvasAgg(figure).get_renderer()
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # labels are placed in pixels of this layout
        _write_labels(axes, renderer, points_N2, words, colours)
    return figure


def _write_labels(
    axes: Any, renderer: Any, points_N2: np.ndarray, words: Sequence[str], colours: Sequence[str]
) -> None:
    places = axes.transData.transform(points_N2)
    sizes = []
    for word in words:
        # A dollar sign would begin a formula.
        text = axes.text(0, 0, word, fontsize=_FONT_SIZE, parse_math=False)
        box = text.get_window_extent(renderer)
        sizes.append((box.width, box.height))
        text.remove()
    frame = axes.get_window_extent(renderer)
    centers = place_labels(places, np.array(sizes), (frame.x0, frame.y0, frame.x1, frame.y1))
    for word, point, center, size, colour in zip(words, places, centers, sizes, colours):
        # From the point to the label's edge: beyond the second ring another point may be as near.
        far = float((np.abs(center - point) - np.array(size) / 2).max()) > _DISTANCES[1]
        axes.annotate(
            word,
            axes.transData.inverted().transform(point),
            axes.transData.inverted().transform(center),
            fontsize=_FONT_SIZE,
            ha="center",
            va="center",
            parse_math=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "alpha": 0.7} if far else None,
        )


def place_labels(
    points_N2: np.ndarray, sizes_N2: np.ndarray, frame: tuple[float, float, float, float]
) -> np.ndarray:
    """Return the centres of labels beside their points, so that none covers another, or a point, or leaves the frame.

    Labels are placed one after the other, each at the first free place of rings around its point; where none is free,
    at that of the least cover.

    Parameters
    ----------
    points_N2 : float (N, 2)
    sizes_N2 : float (N, 2)
        Width and height of each label.
    frame : left, bottom, right, top

    Returns
    -------
    float (N, 2)
    """
    points_N2, half_N2 = np.asarray(points_N2, float), np.asarray(sizes_N2, float) / 2 + _GAP
    dots = np.full((len(points_N2), 2), 3.0)
    low, high = np.array(frame[:2]), np.array(frame[2:])
    centers = np.zeros((len(points_N2), 2))
    # Those in the middle of many have the fewest free places.
    distances = np.linalg.norm(points_N2[:, None] - points_N2[None], axis=2)
    order = np.argsort(np.sort(distances, axis=1)[:, : min(6, len(points_N2))].sum(axis=1), kind="stable")
    placed: list[int] = []
    directions = np.array(_DIRECTIONS)
    for place in order.tolist():
        half = half_N2[place]
        # The nearer edge of a label is at the distance, whatever its direction.
        tried = np.concatenate([points_N2[place] + directions * (half + distance) for distance in _DISTANCES])
        tried = np.clip(tried, low + half, np.maximum(low + half, high - half))
        taken = np.concatenate([centers[placed], points_N2])
        room = np.concatenate([half_N2[placed], dots])
        overlap = (
            np.maximum(0, half + room[None] - np.abs(tried[:, None] - taken[None])).prod(axis=2).sum(axis=1)
        )
        centers[place] = tried[int(np.argmin(overlap))]
        placed.append(place)
    return centers
