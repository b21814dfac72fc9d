"""Test labels not seen in training: separate classes, which no prediction can match."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wordvec._utils.assumptions import assume

from .labels import are_sets, checked_labels, look_up_targets
from .report.data import UnseenLabel

UNSEEN_LABELS = ("count", "error")


@dataclass(frozen=True)
class Targets:
    """The labels of texts as class indices.

    Attributes
    ----------
    target : int (n_texts,), or bool (n_texts, C + U) if a text may have several labels
    classes : list (C + U,)
        The learned classes, then the others in order.
    unseen : list of UnseenLabel (U,)
    """

    target: np.ndarray
    classes: list[Any]
    unseen: list[UnseenLabel]

    def padded(self, table: np.ndarray) -> np.ndarray:
        """Return a table (n_texts, C) with a column of zeros appended for each unseen label."""
        return np.pad(table, [(0, 0), (0, len(self.unseen))])

    def at(self, places: list[str]) -> list[UnseenLabel]:
        """Return the unseen labels with the location, file and line, of the first text of each."""
        return [replace(each, place=places[each.row]) for each in self.unseen]


def find_targets(
    labels: Any, n_texts: int, classes: np.ndarray, owner: str, *, is_multilabel: bool, unseen: str = "count"
) -> Targets:
    """Return the targets of labels, including labels that are not among the classes.

    Parameters
    ----------
    labels : as for `TextClassifier.fit`
    classes : array (C,)
    is_multilabel : bool
        Whether a text may have several labels, as in training.
    unseen : {"count", "error"}
        Whether labels that are not among the classes get an index, or raise an error.

    Raises
    ------
    TypeError, ValueError
        As `look_up_targets`; with "count", only labels of another type than the classes are rejected.
    """
    labels = checked_labels(labels, n_texts, owner, is_multilabel=is_multilabel)
    known = classes.tolist()
    new: list[Any] = []
    if unseen == "count":
        listed, first = _listed(labels, known)
        found = set(listed) - set(known)
        # Of another type, it is another column or spelling: the error says so.
        if all(isinstance(label, str) == isinstance(known[0], str) for label in found):
            new = sorted(found)
    everything = known + new
    target = look_up_targets(labels, n_texts, _array(everything, classes), owner, is_multilabel=is_multilabel)
    if not new:
        return Targets(target, known, [])
    counts = Counter(listed)
    return Targets(target, everything, [UnseenLabel(label, counts[label], first[label]) for label in new])


def as_learned(labels: list[Any], classes: list[Any]) -> list[Any]:
    """Return labels read from a file, which are str, as the classes that they name.

    Classes may be numbers if the model was trained in Python, and tables write a number in several ways: 1, 1.0, 01.

    Parameters
    ----------
    labels : list of str, or of lists of str
    classes : list
    """
    named = {str(label): label for label in classes}
    numbers = {number: label for label in classes if (number := _number(label)) is not None}
    respelled: dict[str, Any] = {}

    def learned(label: str) -> Any:
        if label in named:
            return named[label]
        if (number := _number(label)) not in numbers:
            return label if isinstance(classes[0], str) or number is None or number % 1 else int(number)
        return respelled.setdefault(label, numbers[number])

    found = [learned(each) if isinstance(each, str) else list(map(learned, each)) for each in labels]
    if respelled:
        assume(f"the labels: {', '.join(f'{name!r} is the class {of!r}' for name, of in respelled.items())}")
    return found


def _number(label: Any) -> float | None:
    """Return the number that a label is or represents."""
    try:
        number = float(label)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _array(classes: list[Any], learned: np.ndarray) -> np.ndarray:
    return learned if len(classes) == len(learned) else np.array(classes)


def _listed(labels: Any, known: list[Any]) -> tuple[list[Any], dict[Any, int]]:
    """Return all labels, and the first row of each; for an indicator table, the labels of its columns."""
    rows: Any
    if getattr(labels, "ndim", 1) == 2:
        names = list(getattr(labels, "columns", ()))
        if not set(known) < set(names):
            return [], {}
        rows = [[name for name, has in zip(names, row) if has] for row in np.asarray(labels).tolist()]
    elif are_sets(labels):
        rows = [set(each) for each in labels]
    else:
        rows = [[label] for label in labels]
    listed: list[Any] = []
    first: dict[Any, int] = {}
    for row, each in enumerate(rows):
        for label in each:
            label = label.item() if isinstance(label, np.generic) else label
            listed.append(label)
            first.setdefault(label, row)
    return listed, first
