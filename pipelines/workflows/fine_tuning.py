"""What `wordvec lm finetune` does: train a head and the model below it on labelled files, write it, report."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._utils.tables import format_fields, format_loss, format_score
from wordvec._utils.validation import import_optional

from ..cli.lm.options import check_holds_model, check_model_folder
from ..cli.lm.tables import Layouts, read_tagged
from ..datasets.tables import LabelledTexts, read_labelled

TASKS = ("classify", "tag")
_OWNER = "wordvec lm finetune"
_N_SHOWN = 10


@dataclass(frozen=True)
class FinetuningReport:
    """What fine-tuning a model did."""

    model: str  # the folder that it was written to
    task: str
    n_texts: int  # or sentences
    n_truncated: int | None  # None for sentences, which are read in parts
    labels: list[str]
    steps: int
    seconds: float
    loss_curve: list[float]
    learning_rate: float
    validation_score: float | None
    validation_measure: str
    interrupted: bool


def finetune_model(
    model: Path,
    files: Sequence[Path],
    out: Path,
    layouts: Layouts,
    *,
    task: str = "classify",
    target: str | None = None,
    validation: Path | None = None,
    overwrite: bool = False,
    **parameters: Any,
) -> FinetuningReport:
    """Fine-tune the model in a folder on files, and write it to another folder.

    Parameters
    ----------
    model, out : folders
    files, validation : labelled texts, or sentences of tagged words, laid out as `layouts` says
    task : "classify" or "tag"
    target : name of the column with the tags
    overwrite : whether to replace a model that is in `out`
    **parameters : those of `TransformerClassifier` or `TransformerTagger`

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (told before training), or is not what it should be.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    import numpy as np

    from wordvec.supervised.labels import look_up_labels
    from wordvec.transformer import TransformerClassifier, TransformerTagger

    check_holds_model(model)
    check_model_folder(out, [model], overwrite=overwrite)
    texts, labels = _read(files, layouts, task, target)
    held_out = None if validation is None else _read([validation], layouts, task, target)
    if held_out is not None and task == "classify":
        known = np.array(sorted(set(labels)))
        look_up_labels(held_out[1], len(held_out[1]), known, f"{_OWNER} --validation")
    kind: Any = TransformerClassifier if task == "classify" else TransformerTagger
    start = time.perf_counter()
    with warnings.catch_warnings():
        # The report tells of an interruption.
        warnings.filterwarnings("ignore", message="Training was interrupted")
        estimator = kind(model, **parameters).fit(texts, labels)
    seconds = time.perf_counter() - start
    estimator.save(out)
    score, measure = (None, "") if held_out is None else _score(estimator, *held_out, task)
    return FinetuningReport(
        model=str(out),
        task=task,
        n_texts=len(texts),
        n_truncated=getattr(estimator, "n_truncated_", None),
        labels=[str(label) for label in estimator.classes_.tolist()],
        steps=estimator.n_iter_,
        seconds=seconds,
        loss_curve=estimator.loss_curve_,
        learning_rate=estimator.learning_rate_,
        validation_score=score,
        validation_measure=measure,
        interrupted=estimator.interrupted_,
    )


def format_finetuning_report(report: FinetuningReport) -> str:
    """Return the report as lines of name and value."""
    labels = ", ".join(report.labels[:_N_SHOWN]) + (", ..." if len(report.labels) > _N_SHOWN else "")
    cut = f", {report.n_truncated:,} of them cut" if report.n_truncated else ""
    fields = {
        "texts" if report.task == "classify" else "sentences": f"{report.n_texts:,}{cut}",
        "labels": f"{len(report.labels)} ({labels})",
        "steps": f"{report.steps:,}, learning rate {report.learning_rate:g}",
        "seconds": f"{report.seconds:.1f}",
        "loss": f"{format_loss(report.loss_curve)} (nats a {'text' if report.task == 'classify' else 'word'})",
        "model": report.model,
    }
    if report.validation_score is not None:
        fields["validation"] = f"{format_score(report.validation_score)} ({report.validation_measure})"
    return format_fields(fields)


def one_label_each(data: LabelledTexts, owner: str) -> LabelledTexts:
    """Return the texts, or raise ValueError if one has several labels or none."""
    for number, label in enumerate(data.labels):
        if not isinstance(label, str):
            raise ValueError(
                f"Text {number} of {owner} has the labels {label!r}, and a Transformer gives each text one class. "
                "wordvec classify train takes several."
            )
    return data


def _read(
    files: Sequence[Path], layouts: Layouts, task: str, target: str | None
) -> tuple[list[Any], list[Any]]:
    if task == "tag":
        return read_tagged(files, layouts.sentences, target)
    data = one_label_each(read_labelled(files, layouts.table, _OWNER), _OWNER)
    return data.texts, data.labels


def _score(estimator: Any, texts: list[Any], labels: list[Any], task: str) -> tuple[float, str]:
    """Return the score on held-out texts, and what it measures."""
    from ..metrics.entities import entity_scores, token_accuracy

    if task == "classify":
        return float(estimator.score(texts, labels)), "accuracy"
    predicted = estimator.predict(texts)
    try:
        return entity_scores(labels, predicted).micro.f1, "entity F1"
    except ValueError:  # the tags are no spans
        return token_accuracy(labels, predicted), "token accuracy"
