"""Charts of a comparison, drawn by matplotlib (the extra `plot`)."""

from __future__ import annotations

import itertools
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._io.charts import COLOURS, REFERENCE_COLOUR, check_chart_path, draw_grid, drawing
from wordvec._utils.messages import counted

from .measures import OVERLAP, REFERENCE, TOTAL_SECONDS

if TYPE_CHECKING:
    from .report import Comparison

# Characters of a line under the bars of a measure.
_LABEL_WIDTH = 14


def draw_comparison(comparison: Comparison, path: Path) -> None:
    """Draw the time and quality of each system as bars, with standard errors if there are several seeds.

    Raises
    ------
    FileNotFoundError, ValueError, ImportError
        As `check_chart_path`.
    """
    check_chart_path(path, "draw_comparison")
    measures = {measure.name: measure for measure in comparison.measures}
    systems = list(comparison.measures[0].means)
    names = [name for name in (*comparison.runs[0].scores, OVERLAP) if name in measures]
    drawn = [name for name in names if any(value is not None for value in measures[name].means.values())]
    colours = itertools.cycle(COLOURS)
    colour_of = {name: REFERENCE_COLOUR if name == REFERENCE else next(colours) for name in systems}

    n_bars = len(systems) * max(1, len(drawn))
    with drawing(path, 2.5 + 0.7 * len(systems) + 0.36 * n_bars, 4.6) as figure:
        time_axes, quality_axes = figure.subplots(1, 2, width_ratios=[1, max(1.0, 0.55 * len(drawn))])
        _draw_time(time_axes, measures[TOTAL_SECONDS], colour_of)
        _draw_quality(quality_axes, [measures[name] for name in drawn], colour_of)
        quality_axes.set_xticks(range(len(drawn)), [_label(name, comparison.kinds) for name in drawn])
        figure.legend(frameon=False, fontsize=9, ncols=len(systems), loc="outside lower center")
        figure.suptitle(_title(comparison), fontsize=11)


def _title(comparison: Comparison) -> str:
    settings = comparison.settings
    kind = {"skipgram": "Skip-gram", "cbow": "CBOW"}[settings.architecture]
    # What trains on counts knows neither.
    trained = f"{kind}, {counted(settings.epochs, 'epoch')}; " if comparison.systems_on("text") else ""
    n_seeds = len(comparison.seeds)
    shown = (
        f"means of {n_seeds} seeds with standard errors"
        if n_seeds > 1
        else "one seed, so without standard errors"
    )
    return (
        f"{trained}{comparison.corpus['n_words']:,} words, D={settings.vector_size}, "
        f"{counted(settings.n_threads, 'thread')}\n{shown}"
    )


def _draw_time(axes: Any, measure: Any, colour_of: dict[str, str]) -> None:
    for place, (system, colour) in enumerate(colour_of.items()):
        mean, error = measure.means[system], measure.errors[system]
        axes.bar(place, mean, 0.7, yerr=error, color=colour, capsize=3, label=system)
        ratio = measure.ratios.get(system)
        label = f"{mean:.1f} s" + ("" if ratio is None else f"\n{1 / ratio:.1f} ×")
        axes.annotate(
            label, (place, mean + (error or 0.0)), (0, 4), textcoords="offset points", ha="center", fontsize=9
        )
    axes.set_xticks(range(len(colour_of)), [name.replace(", ", ",\n") for name in colour_of])
    axes.set_ylabel("seconds")
    axes.set_title(
        "From text to vectors" + (" (times as fast as gensim)" if measure.ratios else ""), fontsize=10
    )
    axes.margins(y=0.18)
    _tidy(axes)


def _draw_quality(axes: Any, measures: list[Any], colour_of: dict[str, str]) -> None:
    width = 0.8 / len(colour_of)
    for offset, (system, colour) in enumerate(colour_of.items()):
        for place, measure in enumerate(measures):
            mean = measure.means[system]
            if mean is None:
                continue
            x = place + (offset - (len(colour_of) - 1) / 2) * width
            error = measure.errors[system]
            axes.bar(x, mean, width * 0.92, yerr=error, color=colour, capsize=2)
            at = (x, max(mean + (error or 0.0), 0.0))
            axes.annotate(f"{mean:.2f}", at, (0, 3), textcoords="offset points", ha="center", fontsize=7)
    axes.set_title("Quality", fontsize=10)
    axes.margins(y=0.2)
    _tidy(axes)


def _label(name: str, kinds: dict[str, str]) -> str:
    """Return the label of a quality measure, with the kind of score and the evaluation file."""
    if name == OVERLAP:
        return OVERLAP.replace("of 10 ", "of 10\n")
    measure = {"pairs": "\nSpearman", "analogies": "\naccuracy"}.get(kinds.get(name, ""), "")
    return textwrap.fill(name.rpartition(".")[0] or name, _LABEL_WIDTH) + measure


def _tidy(axes: Any) -> None:
    draw_grid(axes)
    axes.tick_params(axis="x", length=0)
