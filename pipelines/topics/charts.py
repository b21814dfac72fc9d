"""A chart of topics: texts as points, drawn with matplotlib (the extra `plot`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from wordvec._io.charts import COLOURS, drawing, has_chinese_font
from wordvec.text.language import detect_language

__all__ = ["METHODS", "draw_topics", "project"]

METHODS = ("pca", "tsne")
# More points than this cannot be distinguished; t-SNE would take over a minute.
N_POINTS = {"pca": 5000, "tsne": 2000}
_PERPLEXITY = 30.0
# Topics differ by colour, and by mark where colours are used up.
_MARKS = ("o", "^", "s", "D", "v", "P", "X", "*")
_LABEL_WORDS = 3


def project(points: np.ndarray, method: str, seed: int) -> np.ndarray:
    """Return points projected to two dimensions, (n, 2).

    Parameters
    ----------
    points : float32 (n, D), n > 2
    method : {"pca", "tsne"}
    seed : int
        The seed of t-SNE.
    """
    with threadpool_limits(limits=1):
        if method == "pca":
            return PCA(2, svd_solver="full").fit_transform(points)
        perplexity = min(_PERPLEXITY, (len(points) - 1) / 3)
        return TSNE(2, init="pca", perplexity=perplexity, random_state=seed).fit_transform(points)


def draw_topics(
    places: np.ndarray, labels: np.ndarray, keywords: Sequence[Sequence[str]], title: str, path: Path | None
) -> Any:
    """Draw texts in the colours of their topics, and write the chart if there is a path.

    Chinese key words appear in the legend only if the system has a font for them.

    Parameters
    ----------
    places : (n, 2)
    labels : int (n,), numbers of topics
    keywords : key words of each topic
    title : str
    path : as `wordvec._io.charts.check_chart_path` returns it, or None to write no file

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    OSError
        If the file cannot be written.
    """
    with drawing(path, 9.0, 6.0) as figure:
        axes = figure.subplots()
        has_chinese = has_chinese_font()
        _draw_points(axes, places, labels, [_label(words, has_chinese=has_chinese) for words in keywords])
        axes.set_title(title, fontsize=11)
    return figure


def _draw_points(axes: Any, places: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> None:
    size = float(np.clip(4000 / len(places), 4, 30))
    for number, name in enumerate(names):
        chosen = places[labels == number]
        mark = _MARKS[number // len(COLOURS) % len(_MARKS)]
        colour = COLOURS[number % len(COLOURS)]
        legend = f"{number}  {name}" if name else str(number)
        axes.scatter(*chosen.T, s=size, c=colour, marker=mark, linewidths=0, alpha=0.6, label=legend)
        if len(chosen):
            box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": colour, "alpha": 0.9}
            axes.annotate(
                str(number), np.median(chosen, axis=0), ha="center", va="center", fontsize=9, bbox=box
            )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.legend(
        frameon=False,
        fontsize=8,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        markerscale=(30 / size) ** 0.5,
    )


def _label(words: Sequence[str], *, has_chinese: bool) -> str:
    text = ", ".join(words[:_LABEL_WORDS])
    return text if has_chinese or detect_language(text) != "zh" else ""
