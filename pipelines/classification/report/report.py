"""`ClassificationReport`: scores with an interval, confusions, calibration, mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.reports import Report
from wordvec._utils.validation import check_choice, check_int, check_seed

from ...preprocessing.overlap import OverlapReport
from . import figures
from .curves import precision_recall_curves, roc_curves
from .data import Repeated, ReportData, UnseenLabel
from .html import report_page
from .text import format_report

__all__ = ["ClassificationReport", "make_report"]

_OWNER = "make_report"
_TITLES = {"sentiment": "Sentiment classification", "topic": "Topic classification"}
_TITLE = "Text classification"


class ClassificationReport(ReportData, Report):
    """The performance of a classifier on labelled texts.

    Attributes
    ----------
    title : str
    classes : list (C,)
    n_texts : int
    is_multilabel : bool
    accuracy : float
        Share of correctly classified texts; if a text may have several labels, of texts with all labels right.
    accuracy_interval : (float, float)
        The 95 % interval of the accuracy, by bootstrap over the texts.
    scores : list of ClassScore (C,)
    means : dict of str to MeanScore
        "micro", "macro" and "weighted", over the classes that occur in the labels or were predicted.
    confusion : int64 (C, C), or None
        Rows are true classes, columns predicted ones; None if a text may have several labels.
    log_loss, brier : float
        As in scikit-learn: for two classes the Brier score is that of the second; for more, squares are summed over
        classes. If a text may have several labels, both are means over texts and labels.
    calibration_error : float
        Expected calibration error: mean difference of probability and share in `bins`, weighted by bin size.
    bins : list of CalibrationBin
        Bins of the probabilities of the chosen classes, or of all labels if a text may have several. Empty bins are
        left out.
    mistakes : list of Mistake
        Most certain first, at most 20.
    roc, precision_recall : list of Curve
        For up to 10 classes; for more, the mean and the worst classes.
    unseen : list of UnseenLabel
        Labels not seen in training. They come last in `classes`, and their texts count as errors in all scores, as in
        scikit-learn.
    repeated : Repeated, or None
        Which texts are also training texts, and the scores without them; None if unknown.
    """

    def format(self) -> str:
        """Return the scores as tables for a terminal of 100 columns."""
        return format_report(self)

    def to_html(self) -> str:
        """Return a self-contained HTML page, with charts and mistakes."""
        return report_page(self)


def make_report(
    texts: Sequence[Any],
    target: np.ndarray,
    proba: np.ndarray,
    classes: Sequence[Any] | np.ndarray,
    *,
    chosen: np.ndarray | None = None,
    thresholds: np.ndarray | None = None,
    unseen: Sequence[UnseenLabel] = (),
    overlap: OverlapReport | None = None,
    kind: str | None = None,
    title: str | None = None,
    n_bootstrap: int = 1000,
    random_state: Any = 0,
) -> ClassificationReport:
    """Compare probabilities with labels.

    Parameters
    ----------
    texts : list (n_texts,) of str, or of lists of str
        For the examples.
    target : int (n_texts,), indices into `classes`; or bool (n_texts, C) if a text may have several labels
    proba : float (n_texts, C)
        A text is assigned the class with the highest; if it may have several labels, those that reach their thresholds.
    classes : list or array (C,)
    chosen : bool (n_texts, C), optional
        Which labels each text was assigned, if different.
    thresholds : float (C,), optional
        Thresholds of the label probabilities; one half each by default. NaN for a label that was never learned, with
        `chosen`.
    unseen : list of UnseenLabel, optional
        Classes not seen in training, which come last.
    overlap : OverlapReport, optional
        Which texts are also training texts.
    kind : {"sentiment", "topic"}, optional
        The title of the report.
    title : str, optional
        Another title.
    n_bootstrap : int
        Number of bootstrap samples.
    random_state : int, RandomState or None

    Raises
    ------
    TypeError, ValueError
        If there are no texts, lengths or shapes differ, or the probabilities are invalid.
    """
    if kind is not None:
        check_choice("kind", kind, _OWNER, _TITLES)
    n_bootstrap = check_int("n_bootstrap", n_bootstrap, _OWNER, 1)
    seed = check_seed(random_state, _OWNER)
    names: list[Any] = np.asarray(classes).tolist()
    target, proba = np.asarray(target), np.asarray(proba, np.float64)
    _check_shapes(len(texts), target, proba, len(names))
    is_multilabel = target.ndim == 2
    if is_multilabel:
        truth = target.astype(bool)
        thresholds = np.full(len(names), 0.5) if thresholds is None else np.asarray(thresholds, np.float64)
        chosen = proba >= thresholds if chosen is None else np.asarray(chosen, bool)
    else:
        truth, chosen = figures.one_hot(target, len(names)), figures.one_hot(proba.argmax(axis=1), len(names))
    right = (truth == chosen).all(axis=1)
    roc_areas, roc = roc_curves(truth, proba, names)
    average_precisions, precision_recall = precision_recall_curves(truth, proba, names)
    bins = figures.calibration_bins(truth, chosen, proba, is_multilabel=is_multilabel)
    return ClassificationReport(
        title=title if title is not None else _TITLES.get(kind or "", _TITLE),
        classes=names,
        n_texts=len(texts),
        is_multilabel=is_multilabel,
        accuracy=float(right.mean()),
        accuracy_interval=figures.accuracy_interval(right, n_bootstrap, seed),
        scores=figures.class_scores(truth, chosen, names, roc_areas, average_precisions, thresholds),
        means=figures.mean_scores(truth, chosen),
        confusion=None if is_multilabel else figures.confusion_matrix(truth, chosen),
        log_loss=figures.log_loss(truth, proba, is_multilabel=is_multilabel),
        brier=figures.brier_score(truth, proba, is_multilabel=is_multilabel),
        calibration_error=figures.calibration_error(bins),
        bins=bins,
        mistakes=figures.most_certain_mistakes(
            texts, truth, chosen, proba, names, is_multilabel=is_multilabel
        ),
        roc=roc,
        precision_recall=precision_recall,
        unseen=list(unseen),
        repeated=None if overlap is None else _repeated(overlap, truth, chosen, n_bootstrap, seed),
    )


def _repeated(
    overlap: OverlapReport, truth: np.ndarray, chosen: np.ndarray, n_bootstrap: int, seed: int
) -> Repeated:
    rows = overlap.rows
    truth, chosen = np.delete(truth, rows, axis=0), np.delete(chosen, rows, axis=0)
    n_near = None if overlap.near is None else len(overlap.near)
    if not len(truth):
        return Repeated(len(overlap.exact), n_near, rows.tolist(), None, None, None)
    right = (truth == chosen).all(axis=1)
    return Repeated(
        n_exact=len(overlap.exact),
        n_near=n_near,
        rows=rows.tolist(),
        accuracy=float(right.mean()),
        accuracy_interval=figures.accuracy_interval(right, n_bootstrap, seed),
        macro_f1=figures.mean_scores(truth, chosen)["macro"].f1,
    )


def _check_shapes(n_texts: int, target: np.ndarray, proba: np.ndarray, n_classes: int) -> None:
    if not n_texts:
        raise ValueError(f"{_OWNER} needs texts with labels. Got none.")
    if proba.shape != (n_texts, n_classes):
        rule = f"have a row for each of the {n_texts} texts and a column for each of the {n_classes} classes"
        raise ParameterError("proba", _OWNER, rule, proba)
    is_probability = (proba >= 0) & (proba <= 1)  # False for NaN, too
    if not is_probability.all():
        raise ParameterError("proba", _OWNER, "hold numbers from 0 to 1", float(proba[~is_probability][0]))
    is_indicator = target.shape == (n_texts, n_classes) and np.isin(target, (0, 1)).all()
    is_places = target.shape == (n_texts,) and target.dtype.kind in "iu"
    if not is_indicator and not (is_places and target.min() >= 0 and target.max() < n_classes):
        rule = f"hold a number from 0 to {n_classes - 1} for each of the {n_texts} texts, or {n_classes} truth values"
        raise ParameterError("target", _OWNER, rule, target)
    sums = proba.sum(axis=1)
    if target.ndim == 1 and np.abs(sums - 1).max() > 1e-3:
        worst = float(sums[np.abs(sums - 1).argmax()])
        raise ParameterError("proba", _OWNER, "have rows that add to 1, as from predict_proba", worst)
