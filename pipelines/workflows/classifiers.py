"""What `wordvec classify train` does: train a classifier on files, write it, report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._io.atomic import check_writable
from wordvec._utils.tables import format_fields, format_score

from ..datasets.tables import LabelledTexts, TableLayout, read_labelled
from .vectors import check_overwriting

_OWNER = "wordvec classify train"
_N_SHOWN = 8


@dataclass(frozen=True)
class ClassifierReport:
    """What training a classifier did."""

    model: str  # the path that it was written to
    n_texts: int
    n_empty: int
    classes: dict[str, int]  # how many texts have each label, most frequent first
    multilabel: bool  # whether a text may have several labels
    members: dict[str, float]  # the weight of each
    seconds: float  # of training, compiling if need be
    validation_score: float | None


def train_classifier(
    files: Sequence[Path],
    out: Path,
    layout: TableLayout,
    *,
    validation: Path | None = None,
    vectors: Path | None = None,
    **parameters: Any,
) -> ClassifierReport:
    """Train a classifier on files and write it.

    Parameters
    ----------
    files, validation : files with texts and labels, laid out as `layout` says
    out : path
    vectors : file of word vectors
    **parameters : those of `TextClassifier`

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (told before training), or is not what it should be.
    """
    from wordvec.vectors.keyed_vectors import KeyedVectors

    from ..classification.classifier import TextClassifier

    check_writable(out)
    sources = [path for path in (*files, validation, vectors) if path is not None]
    check_overwriting(sources, [out], "models")
    data = read_labelled(files, layout, _OWNER)
    held_out = None
    if validation is not None:
        held_out = read_labelled([validation], layout, _OWNER)
        _check_labels(_count(held_out), _count(data), validation)
    kv = None if vectors is None else KeyedVectors.load(vectors)
    start = time.perf_counter()
    classifier = TextClassifier(vectors=kv, **parameters).fit(data.texts, data.labels)
    seconds = time.perf_counter() - start
    classifier.save(out)
    return ClassifierReport(
        model=str(out),
        n_texts=len(data),
        n_empty=data.n_empty,
        classes=_count(data),
        multilabel=classifier.multilabel_,
        members=classifier.weights_,
        seconds=seconds,
        validation_score=None if held_out is None else classifier.score(held_out.texts, held_out.labels),
    )


def format_classifier_report(report: ClassifierReport) -> str:
    """Return the report as lines of name and value."""
    shown = [f"{name} {n:,}" for name, n in list(report.classes.items())[:_N_SHOWN]]
    if len(report.classes) > _N_SHOWN:
        shown.append("...")
    empty = f", {report.n_empty:,} of them empty" if report.n_empty else ""
    kind = "labels" if report.multilabel else "classes"
    fields = {
        "texts": f"{report.n_texts:,}{empty}",
        kind: f"{len(report.classes)} ({', '.join(shown)})",
        "members": ", ".join(f"{name} {weight:.2f}" for name, weight in report.members.items()),
        "seconds": f"{report.seconds:.1f} (with compiling, the first time)",
        "model": report.model,
    }
    if report.validation_score is not None:
        measure = "all labels right" if report.multilabel else "accuracy"
        fields["validation"] = f"{format_score(report.validation_score)} ({measure})"
    return format_fields(fields)


def _check_labels(found: dict[str, int], known: dict[str, int], path: Path) -> None:
    new = [label for label in found if label not in known]
    if new:
        shown = ", ".join(map(repr, new[:5])) + (", ..." if len(new) > 5 else "")
        raise ValueError(
            f"The labels of {str(path)!r} must be among those that are learned. Got {shown} as well. Check its label "
            "column, or leave --validation out."
        )


def _count(data: LabelledTexts) -> dict[str, int]:
    labels = [label for found in data.labels for label in ([found] if isinstance(found, str) else found)]
    # Equal counts by name, so that the order of the files does not matter.
    return dict(sorted(Counter(labels).items(), key=lambda pair: (-pair[1], pair[0])))
