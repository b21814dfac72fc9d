"""Pictures of files: words of a table of vectors, the loss of a training, reports of classifiers and of comparisons."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted, shown
from wordvec._utils.validation import check_int

from ..paths import check_overwriting
from .report_files import (
    Check,
    has,
    is_count,
    is_label,
    is_number,
    is_text,
    json_objects,
    list_of,
    mapping_of,
    optional,
    read_report,
)

if TYPE_CHECKING:
    from wordvec.vectors.keyed_vectors import KeyedVectors

__all__ = ["plot_comparison", "plot_confusion", "plot_loss", "plot_reliability", "plot_words"]

_LOG = "log.jsonl"
_EVALUATE, _COMPARE = "wordvec classify evaluate --json", "wordvec compare --json"
_ARCHITECTURES = ("skipgram", "cbow")
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
        raise ValueError(
            f"A map has from 2 to {_MOST_WORDS} different words, with their neighbours. Got "
            f"{counted(len(group_of), 'word')}. "
            + (
                "Name more words, or draw neighbours."
                if len(group_of) < 2
                else "Draw more with wordvec explore."
            )
        )
    chosen = list(group_of)
    groups = list(group_of.values()) if topn else [0] * len(chosen)
    names = ("first principal component", "second principal component")
    draw_words(pca_layout(np.asarray(kv[chosen])), chosen, groups, path, axis_names=names)
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
    check_overwriting([file], [path], "pictures")
    rows = json_objects(file)
    measure, unit = "nats", "step"
    validation: list[Any] = []
    if len(rows) == 1 and isinstance(rows[0].get("loss_curve"), list):
        losses = rows[0]["loss_curve"]
        measure = str(rows[0].get("loss_measure", measure))
        # Trainings that take several passes over the data report one loss for each.
        unit = "step" if rows[0].get("steps") == len(losses) else "epoch"
    else:
        losses = [row["loss"] for row in rows if "loss" in row]
        validation = [(row.get("step"), row["validation_loss"]) for row in rows if "validation_loss" in row]
    numbers = [*losses, *itertools.chain.from_iterable(validation)]
    if not all(isinstance(number, (int, float)) for number in numbers):
        wrong = next(number for number in numbers if not isinstance(number, (int, float)))
        raise ValueError(
            f"{str(file)!r} holds a loss or a step that is no number: {shown(wrong)}. Check the file."
        )
    if not any(map(math.isfinite, losses)):
        raise ValueError(
            f"{str(file)!r} holds no loss. Give the folder of a training with its {_LOG}, or what a training command "
            "printed with --json."
        )
    draw_loss_curve(losses, validation, path, unit=unit, measure=measure)


def plot_confusion(report: Path, path: Path) -> None:
    """Draw the confusion matrix of what `wordvec classify evaluate --json` printed."""
    from ...classification.report.charts import draw_confusion

    check_overwriting([report], [path], "pictures")
    fields = {"confusion": list_of(list_of(is_count)), "classes": list_of(is_label), "title": is_text}
    found = read_report(report, f"{_EVALUATE} (for texts that have one label each)", fields)
    counts, names = found["confusion"], list(map(str, found["classes"]))
    if {len(counts), *map(len, counts)} != {len(names)}:
        raise AdvisedError(
            f"{str(report)!r} holds a confusion matrix that does not have a row and a column for each of its "
            f"{counted(len(names), 'class', 'classes')}. Write one with: {_EVALUATE}"
        )
    draw_confusion(counts, names, path, title=found["title"])


def plot_reliability(report: Path, path: Path) -> None:
    """Draw the calibration of what `wordvec classify evaluate --json` printed."""
    from ...classification.report.charts import draw_reliability

    check_overwriting([report], [path], "pictures")
    a_bin = has(low=is_number, high=is_number, n=is_count, probability=is_number, share=is_number)
    fields = {"bins": list_of(a_bin), "calibration_error": is_number, "title": is_text}
    found = read_report(report, _EVALUATE, fields)
    error = found["calibration_error"]
    draw_reliability(found["bins"], path, title=f"{found['title']}, calibration error {error:.3f}")


def plot_comparison(report: Path, path: Path) -> None:
    """Draw time and quality of systems, with standard errors over seeds, of what `wordvec compare --json` wrote."""
    from ...comparison.charts import draw_comparison
    from ...comparison.measures import TOTAL_SECONDS, ComparisonRun, Measure
    from ...comparison.report import Comparison
    from ...comparison.systems import ComparisonSettings

    check_overwriting([report], [path], "pictures")
    numbers = mapping_of(optional(is_number))
    fields: dict[str, Check] = {
        "measures": list_of(has(name=is_text, means=numbers, errors=numbers, ratios=numbers)),
        "runs": list_of(has(scores=numbers, system=is_text, data=is_text)),
        "settings": has(architecture=_ARCHITECTURES.__contains__, epochs=is_count, vector_size=is_count),
        "corpus": has(n_words=is_count),
        "seeds": list_of(is_count),
        "kinds": mapping_of(is_text),
    }
    found = read_report(report, _COMPARE, fields)
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
    except TypeError as error:
        raise ValueError(
            f"{str(report)!r} is no report of this version of wordvec compare ({error})."
        ) from error
    measures = {measure.name: measure for measure in comparison.measures}
    systems = comparison.measures[0].means.keys()
    is_whole = TOTAL_SECONDS in measures and all(map(is_number, measures[TOTAL_SECONDS].means.values()))
    if not is_whole or any({*systems} != {*m.means} or {*systems} != {*m.errors} for m in measures.values()):
        raise AdvisedError(
            f"{str(report)!r} does not hold the seconds and the other measures of each system. Write one with: "
            f"{_COMPARE}"
        )
    draw_comparison(comparison, path)
