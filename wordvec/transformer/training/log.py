"""Progress bar and log files of training: CSV, JSON lines, a chart and TensorBoard."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from wordvec._io.atomic import replace_when_whole
from wordvec._io.charts import COLOURS, REFERENCE_COLOUR, check_chart_path, draw_grid, drawing
from wordvec._io.json_files import json_value
from wordvec._utils.progress import ProgressBar
from wordvec._utils.validation import import_optional

__all__ = ["StepBar", "TrainingLog", "draw_loss_curve", "perplexity"]

TABLE_NAME, LINES_NAME, PICTURE_NAME, BOARD_NAME = "log.csv", "log.jsonl", "curve.png", "tensorboard"
COLUMNS = (
    "step", "loss", "perplexity", "validation_loss", "learning_rate", "gradient_norm", "tokens",
    "tokens_per_second", "seconds",
)  # fmt: skip
# Steps over which the picture shows the mean loss.
_SMOOTHED = 50
# Up to so many losses each has a point.
_MARKED = 50


def perplexity(loss: float) -> float:
    """Return exp(loss), the perplexity of a language model; infinity if it is too large for a float."""
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf


class StepBar(ProgressBar):
    """A progress bar with steps, loss, perplexity, tokens per second and remaining time.

    Parameters
    ----------
    verbose : bool or None
    total, done : int
        Number of steps of the whole run, and of the part done before it was resumed.
    """

    def __init__(self, verbose: bool | None, total: int, done: int) -> None:
        super().__init__(verbose, desc="Training", total=total, initial=done, unit="step")

    def update_to(self, step: int, loss: float, tokens_per_second: float) -> None:
        """Update the bar to `step` steps."""
        self.bar.set_postfix_str(
            f"loss={loss:.4f}, ppl={perplexity(loss):.4g}, {tokens_per_second:,.0f} tokens/s", refresh=False
        )
        self.bar.update(step - self.bar.n)


class TrainingLog:
    """The log files of a run: log.csv, log.jsonl, curve.png, and tensorboard/ if TensorBoard is installed.

    Parameters
    ----------
    folder : Path
    first_step : int
        Rows of later steps, written after the last checkpoint, are removed; with 0, all rows are removed.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """

    def __init__(self, folder: Path, first_step: int) -> None:
        self.folder = folder
        rows = _rows_up_to(folder / LINES_NAME, first_step)
        _rewrite(folder, rows)
        self._files = contextlib.ExitStack()
        self._lines = self._open(LINES_NAME)
        table = self._open(TABLE_NAME)
        self._table = csv.DictWriter(table, COLUMNS, extrasaction="ignore", lineterminator="\n")
        self._board = _open_board(folder / BOARD_NAME, first_step)

    def _open(self, name: str) -> IO[str]:
        # Each line is written at once, so that a killed run leaves all its lines.
        file = (self.folder / name).open("a", encoding="utf-8", newline="", buffering=1)
        return self._files.enter_context(file)

    def __enter__(self) -> TrainingLog:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()
        if self._board is not None:
            self._board.close()

    def add(self, row: dict[str, float]) -> None:
        """Write a row: "step" and any of COLUMNS; the CSV file omits other keys."""
        self._lines.write(_line(row))
        self._table.writerow(row)
        if self._board is not None:
            for name in row.keys() - {"step"}:
                self._board.add_scalar(name, row[name], row["step"])

    def draw(self, loss_curve: Sequence[float], validation_curve: Sequence[tuple[int, float]]) -> None:
        """Draw curve.png if matplotlib is installed."""
        if loss_curve and importlib.util.find_spec("matplotlib") is not None:
            draw_loss_curve(loss_curve, validation_curve, self.folder / PICTURE_NAME)


def draw_loss_curve(
    loss_curve: Sequence[float],
    validation_curve: Sequence[tuple[int, float]],
    path: Path,
    *,
    unit: str = "step",
    measure: str = "nats",
) -> None:
    """Plot the loss of each step, its running mean, and the validation losses, as .png or .svg.

    Parameters
    ----------
    loss_curve : sequence of float
    validation_curve : sequence of (step, loss)
    path : Path
    unit : {"step", "epoch"}
        What has one loss each; those of epochs are means already, and are drawn as they are.
    measure : str
        The unit of the loss.

    Raises
    ------
    FileNotFoundError, ValueError, ImportError
        If the folder does not exist, the extension is not supported, or matplotlib is not installed.
    """
    with drawing(check_chart_path(path, "draw_loss_curve"), 7.0, 4.2) as figure:
        axes = figure.subplots()
        steps = range(1, len(loss_curve) + 1)
        shown = loss_curve
        if unit == "step":
            axes.plot(steps, loss_curve, color=REFERENCE_COLOUR, linewidth=0.6, alpha=0.6, label="each step")
            shown = _running_mean(loss_curve)
        # A line through one point, or between two that are missing, would not be seen.
        marker = "o" if len(loss_curve) <= _MARKED else ""
        axes.plot(
            steps, shown, marker=marker, color=COLOURS[0], markersize=3, linewidth=1.4, label="training"
        )
        if validation_curve:
            places, losses = zip(*validation_curve)
            axes.plot(places, losses, "o-", color=COLOURS[1], markersize=3, linewidth=1.4, label="validation")
        axes.set_xlabel(unit)
        axes.set_ylabel(f"loss ({measure})")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False, fontsize=9)
        draw_grid(axes)


def _running_mean(losses: Sequence[float]) -> list[float]:
    """Return the mean of each loss and the preceding ones, over at most _SMOOTHED losses."""
    means, total = [], 0.0
    for place, loss in enumerate(losses):
        total += loss - (losses[place - _SMOOTHED] if place >= _SMOOTHED else 0.0)
        means.append(total / min(place + 1, _SMOOTHED))
    return means


def _line(row: dict[str, float]) -> str:
    # JSON knows no infinity, which the perplexity of a first step may be.
    return json.dumps({name: value for name, value in row.items() if math.isfinite(value)}) + "\n"


def _rows_up_to(path: Path, last: int) -> list[dict[str, float]]:
    """Return the rows of steps up to `last`; a line left incomplete by a killed run is dropped."""
    if not last or not path.is_file():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError):
            row = json_value(line)
            if row["step"] <= last:
                rows.append(row)
    return rows


def _rewrite(folder: Path, rows: list[dict[str, float]]) -> None:
    with replace_when_whole(folder / LINES_NAME) as file:
        file.write("".join(_line(row) for row in rows).encode())
    with replace_when_whole(folder / TABLE_NAME) as file:
        lines = [",".join(COLUMNS)]
        lines += [",".join(str(row.get(name, "")) for name in COLUMNS) for row in rows]
        file.write(("\n".join(lines) + "\n").encode())


def _open_board(folder: Path, first_step: int) -> Any:
    """Return TensorBoard's writer, or None if it is not installed."""
    if importlib.util.find_spec("tensorboard") is None:
        return None
    writers = import_optional("torch.utils.tensorboard", pip="tensorboard", purpose="TensorBoard")
    return writers.SummaryWriter(str(folder), purge_step=first_step + 1)
