"""How well a classifier does on labelled texts: scores with an interval, confusions, calibration, mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sklearn import metrics

from wordvec._utils.validation import check_choice, check_int, check_seed

from .curves import Curve, precision_recall_curves, roc_curves
from .html import report_page
from .text import format_report

__all__ = ["CalibrationBin", "ClassScore", "ClassificationReport", "MeanScore", "Mistake", "make_report"]

_OWNER = "make_report"
_TITLES = {"sentiment": "Sentiment classification", "topic": "Topic classification"}
_TITLE = "Text classification"
# As in Guo et al. (2017), "On calibration of modern neural networks".
_N_BINS = 15
_N_MISTAKES = 20
_EXCERPT = 300
_LEVEL = 0.95
# Joiners that are no letters, but without which emoji and Persian words fall apart.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class ClassScore:
    """Scores of one class against the rest.

    Attributes
    ----------
    label : str, int, float or bool
    precision, recall, f1 : 0.0 where nothing could be right
    support : texts of the class
    n_predicted : texts that were given the class
    roc_auc, average_precision : None if all texts are of the class, or none is
    """

    label: Any
    precision: float
    recall: float
    f1: float
    support: int
    n_predicted: int
    roc_auc: float | None
    average_precision: float | None


@dataclass(frozen=True)
class MeanScore:
    """Precision, recall and F1 over classes."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class CalibrationBin:
    """The decisions whose probability is above `low` and at most `high`.

    Attributes
    ----------
    n : int
    probability : their mean probability
    share : of those that were right
    """

    low: float
    high: float
    n: int
    probability: float
    share: float


@dataclass(frozen=True)
class Mistake:
    """A text that was given a wrong class.

    Attributes
    ----------
    row : place of the text
    text : the beginning
    true, predicted : a class; tuples of classes if a text may have several
    probability : of the wrong decision, as the classifier saw it; of the most certain one if there are several
    """

    row: int
    text: str
    true: Any
    predicted: Any
    probability: float


@dataclass(frozen=True, eq=False)
class ClassificationReport:
    """How well a classifier does on labelled texts.

    Attributes
    ----------
    title : str
    classes : list (C,)
    n_texts : int
    is_multilabel : bool
    accuracy : float
        Share of right answers; if a text may have several labels, of texts with all of them right.
    accuracy_interval : (float, float)
        Holds the accuracy with 95 %, by bootstrap over the texts.
    scores : list of ClassScore (C,)
    means : dict of str to MeanScore
        "micro", "macro" and "weighted", over the classes that occur in the labels or were predicted.
    confusion : int64 (C, C), or None
        Texts of the class of the row that were given the class of the column; None if a text may have several.
    log_loss, brier : float
        As scikit-learn's: of two classes the Brier score is that of the second; of more, squares are summed
        over classes. If a text may have several labels, both are means over texts and labels.
    calibration_error : float
        Expected calibration error: mean distance of probability and share of `bins`, weighted by their size.
    bins : list of CalibrationBin
        Of the probabilities of the classes that were chosen; if a text may have several labels, of all labels.
        Empty ones are left out.
    mistakes : list of Mistake
        The most certain ones first, at most 20.
    roc, precision_recall : list of Curve
        Of up to 10 classes; of more, the mean and the worst ones.
    """

    title: str
    classes: list[Any]
    n_texts: int
    is_multilabel: bool
    accuracy: float
    accuracy_interval: tuple[float, float]
    scores: list[ClassScore]
    means: dict[str, MeanScore]
    confusion: np.ndarray | None
    log_loss: float
    brier: float
    calibration_error: float
    bins: list[CalibrationBin]
    mistakes: list[Mistake]
    roc: list[Curve]
    precision_recall: list[Curve]

    @property
    def names(self) -> list[str]:
        """The classes as they are written in tables."""
        return list(map(self.name_of, self.classes))

    def name_of(self, answer: Any) -> str:
        """Return a class, or several, as written in tables."""
        if isinstance(answer, tuple):
            return ", ".join(map(self.name_of, answer)) or "(none)"
        return excerpt(str(answer))

    def confusions(self, n: int) -> list[tuple[Any, Any, int, float]]:
        """Return the most frequent confusions: true class, predicted class, texts, share of the true class.

        Parameters
        ----------
        n : int
            At most so many.
        """
        if self.confusion is None:
            return []
        wrong = self.confusion - np.diag(np.diag(self.confusion))
        found = []
        for place in np.argsort(-wrong, axis=None, kind="stable")[:n].tolist():
            row, column = divmod(place, len(self.classes))
            if wrong[row, column]:
                size = int(wrong[row, column])
                share = size / int(self.confusion[row].sum())
                found.append((self.classes[row], self.classes[column], size, share))
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as what JSON knows, without the points of the curves; None where undefined."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        del fields["roc"], fields["precision_recall"]
        fields["accuracy_interval"] = list(self.accuracy_interval)
        fields["means"] = {name: asdict(mean) for name, mean in self.means.items()}
        fields["confusion"] = None if self.confusion is None else self.confusion.tolist()
        for name in ("scores", "bins", "mistakes"):
            fields[name] = [asdict(each) for each in fields[name]]
        for mistake in fields["mistakes"]:
            if self.is_multilabel:
                mistake.update(true=list(mistake["true"]), predicted=list(mistake["predicted"]))
        return fields

    def format(self) -> str:
        """Return the figures as tables for a terminal of 100 columns."""
        return format_report(self)

    def to_html(self) -> str:
        """Return a page that needs no other file, with charts and mistakes."""
        return report_page(self)


def make_report(
    texts: Sequence[Any],
    target: np.ndarray,
    proba: np.ndarray,
    classes: Sequence[Any] | np.ndarray,
    *,
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
    target : int (n_texts,), places in `classes`; or bool (n_texts, C) if a text may have several labels
    proba : float (n_texts, C)
        A text is given the class with the highest; if it may have several labels, those of at least one half.
    classes : list or array (C,)
    kind : {"sentiment", "topic"}, optional
        What the title says.
    title : str, optional
        Another title.
    n_bootstrap : int
        Samples of the interval.
    random_state : int, RandomState or None

    Raises
    ------
    TypeError, ValueError
        If there is no text, lengths and shapes differ, or the probabilities are none.
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
        truth, chosen = target.astype(bool), proba >= 0.5
    else:
        truth, chosen = _one_hot(target, len(names)), _one_hot(proba.argmax(axis=1), len(names))
    right = (truth == chosen).all(axis=1)
    roc_areas, roc = roc_curves(truth, proba, names)
    average_precisions, precision_recall = precision_recall_curves(truth, proba, names)
    bins = _calibration_bins(truth, chosen, proba, is_multilabel=is_multilabel)
    return ClassificationReport(
        title=title if title is not None else _TITLES.get(kind or "", _TITLE),
        classes=names,
        n_texts=len(texts),
        is_multilabel=is_multilabel,
        accuracy=float(right.mean()),
        accuracy_interval=_interval(right, n_bootstrap, seed),
        scores=_class_scores(truth, chosen, names, roc_areas, average_precisions),
        means=_means(truth, chosen),
        confusion=None if is_multilabel else _confusion(truth, chosen),
        log_loss=_log_loss(truth, proba, is_multilabel=is_multilabel),
        brier=_brier(truth, proba, is_multilabel=is_multilabel),
        calibration_error=_calibration_error(bins),
        bins=bins,
        mistakes=_mistakes(texts, truth, chosen, proba, names, is_multilabel=is_multilabel),
        roc=roc,
        precision_recall=precision_recall,
    )


def _check_shapes(n_texts: int, target: np.ndarray, proba: np.ndarray, n_classes: int) -> None:
    if not n_texts:
        raise ValueError(f"{_OWNER} needs texts with labels. Got none.")
    if proba.shape != (n_texts, n_classes):
        raise ValueError(
            f"The proba parameter of {_OWNER} must have a row for each of the {n_texts} texts and a column for each "
            f"of the {n_classes} classes. Got the shape {proba.shape} instead."
        )
    if not np.isfinite(proba).all() or proba.min() < 0 or proba.max() > 1:
        raise ValueError(
            f"The proba parameter of {_OWNER} must hold numbers from 0 to 1. Got {proba.min()} to {proba.max()}."
        )
    is_indicator = target.shape == (n_texts, n_classes) and np.isin(target, (0, 1)).all()
    is_places = target.shape == (n_texts,) and target.dtype.kind in "iu"
    if not is_indicator and not (is_places and target.min() >= 0 and target.max() < n_classes):
        raise ValueError(
            f"The target parameter of {_OWNER} must hold a number from 0 to {n_classes - 1} for each of the {n_texts} "
            f"texts, or {n_texts} rows of {n_classes} truth values. Got {target.dtype} of the shape {target.shape}."
        )
    if target.ndim == 1 and np.abs(proba.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError(f"The rows of the proba parameter of {_OWNER} must add to 1, as of predict_proba.")


def _one_hot(places: np.ndarray, n_classes: int) -> np.ndarray:
    return places[:, None] == np.arange(n_classes)


def _interval(right: np.ndarray, n_bootstrap: int, seed: int) -> tuple[float, float]:
    # How many right answers n texts have that are drawn with replacement is binomial: no need to draw texts.
    n_right = np.random.default_rng(seed).binomial(len(right), right.mean(), n_bootstrap)
    low, high = np.quantile(n_right / len(right), [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(low), float(high)


def _precision_recall_f1(truth: np.ndarray, chosen: np.ndarray, **options: Any) -> Any:
    # scikit-learn would take a single column for two classes; an empty one beside it changes no score.
    padded = (np.pad(matrix, [(0, 0), (0, 1)]) for matrix in (truth, chosen))
    return metrics.precision_recall_fscore_support(*padded, zero_division=0, **options)


def _class_scores(
    truth: np.ndarray,
    chosen: np.ndarray,
    classes: Sequence[Any],
    roc_areas: dict[int, float],
    average_precisions: dict[int, float],
) -> list[ClassScore]:
    precision, recall, f1, support = _precision_recall_f1(truth, chosen, average=None)
    return [
        ClassScore(
            label=label,
            precision=float(precision[k]),
            recall=float(recall[k]),
            f1=float(f1[k]),
            support=int(support[k]),
            n_predicted=int(chosen[:, k].sum()),
            roc_auc=roc_areas.get(k),
            average_precision=average_precisions.get(k),
        )
        for k, label in enumerate(classes)
    ]


def _means(truth: np.ndarray, chosen: np.ndarray) -> dict[str, MeanScore]:
    """Return the averages; a class that neither occurs nor was predicted has no score to count."""
    counted = np.flatnonzero(truth.any(axis=0) | chosen.any(axis=0))
    means = {}
    for name in ("micro", "macro", "weighted"):
        scores = (0.0, 0.0, 0.0)
        if len(counted):
            scores = _precision_recall_f1(truth, chosen, labels=counted, average=name)[:3]
        means[name] = MeanScore(*map(float, scores))
    return means


def _confusion(truth: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    n_classes = truth.shape[1]
    return metrics.confusion_matrix(truth.argmax(axis=1), chosen.argmax(axis=1), labels=range(n_classes))


def _log_loss(truth: np.ndarray, proba: np.ndarray, *, is_multilabel: bool) -> float:
    if is_multilabel:
        return float(metrics.log_loss(truth.ravel(), proba.ravel(), labels=[False, True]))
    rows = proba / proba.sum(axis=1, keepdims=True)
    return float(metrics.log_loss(truth.argmax(axis=1), rows, labels=range(truth.shape[1])))


def _brier(truth: np.ndarray, proba: np.ndarray, *, is_multilabel: bool) -> float:
    squares = (proba - truth) ** 2
    if is_multilabel:
        return float(squares.mean())
    return float(squares[:, 1].mean() if truth.shape[1] == 2 else squares.sum(axis=1).mean())


def _calibration_bins(
    truth: np.ndarray, chosen: np.ndarray, proba: np.ndarray, *, is_multilabel: bool
) -> list[CalibrationBin]:
    given = proba.ravel() if is_multilabel else proba.max(axis=1)
    happened = truth.ravel() if is_multilabel else (truth & chosen).any(axis=1)
    numbers = np.clip(np.ceil(given * _N_BINS).astype(int) - 1, 0, _N_BINS - 1)
    bins = []
    for number in np.unique(numbers).tolist():
        inside = numbers == number
        bins.append(
            CalibrationBin(
                low=number / _N_BINS,
                high=(number + 1) / _N_BINS,
                n=int(inside.sum()),
                probability=float(given[inside].mean()),
                share=float(happened[inside].mean()),
            )
        )
    return bins


def _calibration_error(bins: Sequence[CalibrationBin]) -> float:
    distances = [abs(each.probability - each.share) for each in bins]
    return float(np.average(distances, weights=[each.n for each in bins]))


def _mistakes(
    texts: Sequence[Any],
    truth: np.ndarray,
    chosen: np.ndarray,
    proba: np.ndarray,
    classes: Sequence[Any],
    *,
    is_multilabel: bool,
) -> list[Mistake]:
    certainty = np.where(chosen, proba, 1.0 - proba)
    if not is_multilabel:
        certainty[~chosen] = 0.0
    worst = np.where(truth != chosen, certainty, -math.inf).max(axis=1)
    order = np.argsort(-worst, kind="stable")[:_N_MISTAKES]
    mistakes = []
    for row in order[worst[order] > -math.inf].tolist():
        labels = [
            tuple(classes[k] for k in np.flatnonzero(matrix[row]).tolist()) for matrix in (truth, chosen)
        ]
        true, predicted = labels if is_multilabel else (labels[0][0], labels[1][0])
        mistakes.append(Mistake(row, excerpt(texts[row]), true, predicted, float(worst[row])))
    return mistakes


def excerpt(text: Any) -> str:
    """Return the beginning of a text in one line, without letters that a terminal or a page would obey."""
    line = " ".join((text if isinstance(text, str) else " ".join(text)).split())
    cut = line if len(line) <= _EXCERPT else f"{line[: _EXCERPT - 1]}…"
    return "".join(letter if letter.isprintable() or letter in _JOINERS else "\ufffd" for letter in cut)
