"""Pictures of files: words of a table of vectors, the loss of a training, reports of classifiers and of comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._io.json_files import json_value
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.validation import check_int

if TYPE_CHECKING:
    from wordvec.vectors.keyed_vectors import KeyedVectors

__all__ = ["plot_comparison", "plot_confusion", "plot_loss", "plot_reliability", "plot_words"]

_LOG = "log.jsonl"
# Labels that a picture has room for.
_MOST_WORDS = 200


def plot_words(kv: KeyedVectors, words: Sequence[str], path: Path, *, topn: int = 0) -> int:
    """Draw words, and the nearest ones of each, on the first two principal components of these alone.

    Parameters
    ----------
    kv : KeyedVectors
    words : sequence of str
    path : Path
        Ends in .png or .svg.
    topn : int
        Neighbours of each word that are drawn, in its colour.

    Returns
    -------
    int
        How many words were drawn.

    Raises
    ------
    UnknownWordError
        If a word has no vector.
    ValueError
        If there are fewer than 2 words or too many for labels, or no font has their characters.
    """
    import numpy as np

    from ...explorer.layouts import pca_layout
    from ...explorer.pictures import draw_words

    topn = check_int("topn", topn, "plot_words", 0)
    group_of: dict[str, int] = {}
    for group, word in enumerate(dict.fromkeys(words)):
        kv.get_vector(word)
        group_of[word] = group if topn else -1
    for word in list(group_of):
        for near, _ in kv.most_similar(word, topn=topn) if topn else ():
            group_of.setdefault(near, group_of[word])
    if not 2 <= len(group_of) <= _MOST_WORDS:
        rule = f"be words that are, with their neighbours, 2 to {_MOST_WORDS}"
        raise ParameterError("words", "plot_words", rule, len(group_of), "A map of more: wordvec explore.")
    chosen = list(group_of)
    groups = list(group_of.values()) if topn else [0] * len(chosen)
    draw_words(pca_layout(np.asarray(kv[chosen])), chosen, groups, path)
    return len(chosen)


def plot_loss(log: Path, path: Path) -> None:
    """Draw the loss of a training.

    Parameters
    ----------
    log : Path
        The folder of a Transformer's training, or the log.jsonl in it; or what `wordvec train --json` printed.
    path : Path
        Ends in .png or .svg.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no loss in it, or the picture cannot be written.
    """
    from wordvec.transformer.training.log import draw_loss_curve

    file = log / _LOG if log.is_dir() else log
    rows = _rows(file)
    if len(rows) == 1 and isinstance(rows[0].get("loss_curve"), list):
        losses, validation = rows[0]["loss_curve"], []
    else:
        losses = [row["loss"] for row in rows if "loss" in row]
        validation = [(row["step"], row["validation_loss"]) for row in rows if "validation_loss" in row]
    if not losses:
        raise ValueError(
            f"{str(file)!r} holds no loss. Give the folder of a training with its {_LOG}, or what a training command "
            "printed with --json."
        )
    draw_loss_curve(losses, validation, path)


def plot_confusion(report: Path, path: Path) -> None:
    """Draw the confusion matrix of what `wordvec classify evaluate --json` printed."""
    from ...classification.report.charts import draw_confusion

    found = _report(report, "confusion", "wordvec classify evaluate --json")
    draw_confusion(found["confusion"], list(map(str, found["classes"])), path, title=found["title"])


def plot_reliability(report: Path, path: Path) -> None:
    """Draw the calibration of what `wordvec classify evaluate --json` printed."""
    from ...classification.report.charts import draw_reliability

    found = _report(report, "bins", "wordvec classify evaluate --json")
    error = found["calibration_error"]
    draw_reliability(found["bins"], path, title=f"{found['title']}, calibration error {error:.3f}")


def plot_comparison(report: Path, path: Path) -> None:
    """Draw time and quality of systems, with standard errors over seeds, of what `wordvec compare --json` wrote."""
    from ...comparison.charts import draw_comparison
    from ...comparison.measures import ComparisonRun, Measure
    from ...comparison.report import Comparison
    from ...comparison.systems import ComparisonSettings

    found = _report(report, "measures", "wordvec compare --json")
    try:
        comparison = Comparison(
            **found
            | {
                "settings": ComparisonSettings(**found["settings"]),
                "runs": [ComparisonRun(**run) for run in found["runs"]],
                "measures": [Measure(**measure) for measure in found["measures"]],
                "errors": [],
            }
        )
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"{str(report)!r} is no report of this version of wordvec compare ({error})."
        ) from error
    draw_comparison(comparison, path)


def _report(path: Path, field: str, command: str) -> dict[str, Any]:
    rows = _rows(path)
    if len(rows) != 1 or not rows[0].get(field):
        raise AdvisedError(f"{str(path)!r} holds no {field} of a report. Write one with: {command}")
    return rows[0]


def _rows(path: Path) -> list[dict[str, Any]]:
    """Return the object of a JSON file, or those of the lines of another."""
    try:
        text = path.read_text(encoding="utf-8")
        try:
            found = [json_value(text)]
        except ValueError:
            found = [json_value(line) for line in text.splitlines() if line.strip()]
        if all(isinstance(each, dict) for each in found):
            return found
    except ValueError:
        pass
    raise ValueError(f"{str(path)!r} holds no JSON objects. Check the file.")
