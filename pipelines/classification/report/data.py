"""The data of a classification report, shared by its text and HTML renderings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from wordvec._utils.messages import counted
from wordvec._utils.tables import one_line

from .curves import Curve

_EXCERPT = 300
_N_UNSEEN = 5


@dataclass(frozen=True)
class ClassScore:
    """Scores of one class against the rest.

    Attributes
    ----------
    label : str, int, float or bool
    precision, recall, f1 : 0.0 where undefined
    support : texts of the class
    n_predicted : texts that were assigned the class
    roc_auc, average_precision : None if all texts, or none, belong to the class
    threshold : of the probability, if a text may have several labels; None otherwise, and for labels never learned
    """

    label: Any
    precision: float
    recall: float
    f1: float
    support: int
    n_predicted: int
    roc_auc: float | None
    average_precision: float | None
    threshold: float | None = None


@dataclass(frozen=True)
class MeanScore:
    """Precision, recall and F1 over classes."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class CalibrationBin:
    """The decisions with a probability above `low` and at most `high`.

    Attributes
    ----------
    n : int
    probability : their mean probability
    share : share of correct decisions
    """

    low: float
    high: float
    n: int
    probability: float
    share: float


@dataclass(frozen=True)
class Mistake:
    """A misclassified text.

    Attributes
    ----------
    row : index of the text
    text : its beginning
    true, predicted : a class; tuples of classes if a text may have several
    probability : the classifier's probability for the wrong decision; the most certain one if there are several
    """

    row: int
    text: str
    true: Any
    predicted: Any
    probability: float


@dataclass(frozen=True)
class UnseenLabel:
    """A label not seen in training, whose texts are counted as errors.

    Attributes
    ----------
    label : str, int, float or bool
    n_texts : int
    row : index of its first text
    place : location of that text, file and line, if known
    """

    label: Any
    n_texts: int
    row: int
    place: str | None = None


@dataclass(frozen=True)
class Repeated:
    """The test texts that are also training texts, and the scores without them.

    Attributes
    ----------
    n_exact : texts that are equal to a training text, ignoring case, white space and Unicode form
    n_near : further near-duplicates of training texts; None if not searched for
    rows : indices of all of them
    accuracy, macro_f1 : of the other texts; None if there are none
    accuracy_interval : (float, float), or None
    """

    n_exact: int
    n_near: int | None
    rows: list[int]
    accuracy: float | None
    accuracy_interval: tuple[float, float] | None
    macro_f1: float | None


@dataclass(frozen=True, eq=False)
class ReportData:
    """Scores and examples, and the names of classes in tables; `ClassificationReport` describes the fields."""

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
    bins: list[CalibrationBin] = field(repr=False)
    mistakes: list[Mistake] = field(repr=False)
    roc: list[Curve] = field(repr=False)
    precision_recall: list[Curve] = field(repr=False)
    unseen: list[UnseenLabel] = field(default_factory=list)
    repeated: Repeated | None = None

    @property
    def n_counted(self) -> int:
        """Number of classes over which means are taken: those that occur in the labels or were predicted."""
        return sum(score.support > 0 or score.n_predicted > 0 for score in self.scores)

    @property
    def names(self) -> list[str]:
        """The names of the classes in tables."""
        return list(map(self.name_of, self.classes))

    def name_of(self, answer: Any) -> str:
        """Return the name in tables of a class, or of several."""
        if isinstance(answer, tuple):
            return ", ".join(map(self.name_of, answer)) or "(none)"
        return excerpt(str(answer))

    def confusions(self, n: int) -> list[tuple[Any, Any, int, float]]:
        """Return the most frequent confusions: true class, predicted class, texts, share of the true class.

        Parameters
        ----------
        n : int
            Maximum number to return.
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
        """Return all figures as JSON types, without the points of the curves; None where undefined."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        del fields["roc"], fields["precision_recall"]
        fields["repeated"] = None if self.repeated is None else asdict(self.repeated)
        fields["accuracy_interval"] = list(self.accuracy_interval)
        fields["means"] = {name: asdict(mean) for name, mean in self.means.items()}
        fields["confusion"] = None if self.confusion is None else self.confusion.tolist()
        for name in ("scores", "bins", "mistakes", "unseen"):
            fields[name] = [asdict(each) for each in fields[name]]
        for mistake in fields["mistakes"]:
            if self.is_multilabel:
                mistake.update(true=list(mistake["true"]), predicted=list(mistake["predicted"]))
        return fields


def unseen_line(unseen: Sequence[UnseenLabel]) -> str:
    """Return a line with the labels not seen in training and the first text of each."""
    parts = []
    for each in unseen[:_N_UNSEEN]:
        first = f"row {each.row}" if each.place is None else each.place
        parts.append(f"{excerpt(str(each.label))}: {counted(each.n_texts, 'text')}, first in {first}")
    return "; ".join([*parts, *(["..."] if len(unseen) > _N_UNSEEN else [])])


def repeated_lines(report: ReportData) -> list[str]:
    """Return lines on how many texts are also training texts, and the scores without them; none if unknown."""
    found = report.repeated
    if found is None:
        return []
    n = len(found.rows)
    nearly = "" if found.n_near is None else f": {found.n_exact:,} exactly, {found.n_near:,} nearly"
    lines = [f"{n:,} of {report.n_texts:,} ({n / report.n_texts:.1%}){nearly}"]
    if n and found.accuracy is not None and found.accuracy_interval is not None:
        low, high = found.accuracy_interval
        measure = "all labels right" if report.is_multilabel else "accuracy"
        lines.append(
            f"{measure} {found.accuracy:.4f} (95 % interval {low:.4f} to {high:.4f}), macro F1 {found.macro_f1:.4f}"
        )
    return lines


def excerpt(text: Any) -> str:
    """Return the beginning of a text, or of its tokens, on one line of at most 300 characters."""
    line = one_line(text if isinstance(text, str) else " ".join(text))
    return line if len(line) <= _EXCERPT else f"{line[: _EXCERPT - 1]}…"
