"""Fine-tuning of a pre-trained model on labelled texts or tagged sentences in files."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields, format_loss, format_score
from wordvec._utils.validation import check_choice, check_instance, import_optional
from wordvec.schemes.prefixes import SCHEMES

from ..datasets.table_layout import TableLayout
from ..datasets.tables import LabelledTexts, read_labelled
from ..datasets.tag_checks import check_several_tags, told_of_tags
from ..datasets.tagged_files import TaggedLayout, read_tagged_spans
from .model_folders import check_holds_model, check_model_folder, save_result

if TYPE_CHECKING:
    from ..classification.report.data import UnseenLabel

TASKS = ("classify", "tag")
_OWNER = "finetune_model"
_N_SHOWN = 10


@dataclass(frozen=True)
class FinetuningReport(Report):
    """The results of fine-tuning a model.

    Attributes
    ----------
    model : str
        The folder that it was written to.
    task : {"classify", "tag"}
    n_texts : int
        Number of texts or sentences.
    n_truncated : int, optional
        Number of texts that were truncated; None for sentences, which are split into windows.
    labels : list of str
    steps : int
    seconds : float
    loss_curve : list of float
        The loss by epoch, in nats per text or word.
    learning_rate : float
        The peak learning rate.
    validation_score : float, optional
    validation_measure : str
    interrupted : bool
    unseen : list of UnseenLabel
        Labels of the validation file that training never saw, counted as errors in `validation_score`; for texts only.
    scheme : str, optional
        The scheme of tags that encode spans.
    """

    model: str
    task: str
    n_texts: int
    n_truncated: int | None
    labels: list[str]
    steps: int
    seconds: float
    loss_curve: list[float]
    learning_rate: float
    validation_score: float | None
    validation_measure: str
    interrupted: bool
    unseen: list[UnseenLabel] = field(default_factory=list)
    scheme: str | None = None

    def format(self) -> str:
        """Return the report as lines of name and value."""
        labels = ", ".join(self.labels[:_N_SHOWN]) + (", ..." if len(self.labels) > _N_SHOWN else "")
        scheme = f"; {self.scheme}" if self.scheme else ""
        cut = f", {self.n_truncated:,} of them cut" if self.n_truncated else ""
        fields = {
            "texts" if self.task == "classify" else "sentences": f"{self.n_texts:,}{cut}",
            "labels": f"{len(self.labels)} ({labels}{scheme})",
            "steps": f"{self.steps:,}, learning rate {self.learning_rate:g}",
            "seconds": f"{self.seconds:.1f}",
            "loss": f"{format_loss(self.loss_curve)} (nats a {'text' if self.task == 'classify' else 'word'})",
            "model": self.model,
        }
        if self.validation_score is not None:
            fields["validation"] = f"{format_score(self.validation_score)} ({self.validation_measure})"
        if self.unseen:
            from ..classification.report.data import unseen_line

            fields["unseen labels"] = f"{unseen_line(self.unseen)} (never in training: errors)"
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self)


def finetune_model(
    model: Path,
    files: Sequence[Path],
    out: Path,
    layout: TableLayout | TaggedLayout | None = None,
    *,
    task: str = "classify",
    target: str | None = None,
    scheme: str = "auto",
    validation: Path | None = None,
    overwrite: bool = False,
    **parameters: Any,
) -> FinetuningReport:
    """Fine-tune the model in a folder on files, and write it to another folder.

    Parameters
    ----------
    model : Path
        Folder of the pre-trained model.
    files : sequence of Path
        Labelled texts, or sentences of tagged words.
    out : Path
        Folder that the model is written to.
    layout : TableLayout or TaggedLayout, optional
        The layout of the files: tables for the task "classify", tagged sentences for "tag".
    task : {"classify", "tag"}
    target : str, optional
        The column of the tags: by default "tag", or "upos" in CoNLL-U.
    scheme : {"auto", "none", a scheme of `detect_scheme`}
        As for `train_tagger`; task "tag" only.
    validation : Path, optional
        A file with the same layout, for evaluation.
    overwrite : bool
        Whether to replace an existing model in `out`.
    **parameters
        Those of `TransformerClassifier` or `TransformerTagger`.

    Returns
    -------
    FinetuningReport

    Raises
    ------
    OSError, ValueError
        If a file cannot be read or written (checked before training), or is invalid.
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    from wordvec.transformer import TransformerClassifier, TransformerTagger

    check_choice("task", task, _OWNER, TASKS)
    check_choice("scheme", scheme, _OWNER, ("auto", "none", *SCHEMES))
    check_holds_model(model)
    check_model_folder(out, [model], overwrite=overwrite)
    texts, labels, _ = _read(files, layout, task, target, scheme)
    held_out = None if validation is None else _read([validation], layout, task, target, scheme)
    unseen = [] if held_out is None else _unseen(labels, *held_out[1:])
    kind: Any = TransformerClassifier
    if task == "tag":
        kind, parameters = TransformerTagger, {**parameters, "scheme": None if scheme == "none" else scheme}
    start = time.perf_counter()
    with warnings.catch_warnings(), told_of_tags():
        # The report tells of an interruption.
        warnings.filterwarnings("ignore", message="Training was interrupted")
        estimator = kind(model, **parameters).fit(texts, labels)
    seconds = time.perf_counter() - start
    place = save_result(estimator, out)
    score, measure = (None, "") if held_out is None else _score(estimator, *held_out[:2], task)
    return FinetuningReport(
        model=str(place),
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
        unseen=unseen,
        scheme=getattr(estimator, "scheme_", None),
    )


def one_label_each(data: LabelledTexts, owner: str) -> LabelledTexts:
    """Return the texts with one label each, or raise ValueError if a text has several labels or none."""
    for number, label in enumerate(data.labels):
        if not isinstance(label, str):
            raise ValueError(
                f"Text {number} of {owner} has the labels {label!r}, and a Transformer gives each text one class. "
                "wordvec classify train takes several."
            )
    return data


def _read(
    files: Sequence[Path],
    layout: TableLayout | TaggedLayout | None,
    task: str,
    target: str | None,
    scheme: str,
) -> tuple[list[Any], list[Any], list[str]]:
    """Return texts with their labels and positions, or words with tags."""
    if task == "tag":
        sentences = check_instance("layout", layout or TaggedLayout(), _OWNER, TaggedLayout)
        words, tags = read_tagged_spans(files, sentences, target, scheme=scheme)
        check_several_tags(tags, files)
        return words, tags, []
    table = check_instance("layout", layout or TableLayout(), _OWNER, TableLayout)
    data = one_label_each(read_labelled(files, table, owner=_OWNER), _OWNER)
    return data.texts, data.labels, data.places


def _unseen(known: list[str], labels: list[str], places: list[str]) -> list[UnseenLabel]:
    """Return the labels of texts that are not among the known ones, with the positions of the texts."""
    if not places:
        return []
    import numpy as np

    from ..classification.unseen import find_targets

    classes = np.array(sorted(set(known)))
    return find_targets(labels, len(labels), classes, "the validation file", is_multilabel=False).at(places)


def _score(estimator: Any, texts: list[Any], labels: list[Any], task: str) -> tuple[float, str]:
    """Return the score on held-out texts, and the name of the measure."""
    from ..metrics.entities import entity_scores, token_accuracy

    if task == "classify":
        return float(estimator.score(texts, labels)), "accuracy"
    predicted = estimator.predict(texts)
    try:
        return entity_scores(labels, predicted).micro.f1, "entity F1"
    except ValueError:  # the tags are not spans
        return token_accuracy(labels, predicted), "token accuracy"
