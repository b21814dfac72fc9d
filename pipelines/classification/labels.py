"""Labels of `TextClassifier`: one class per text, or several."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Set
from typing import Any

import numpy as np
from sklearn.exceptions import DataConversionWarning

from wordvec._utils.messages import counted
from wordvec.supervised.labels import check_labels, look_up_labels, number_labels

_SETS = (list, tuple, set, frozenset)


def are_sets(labels: Any) -> bool:
    """Return whether listed labels are sets of classes, or a matrix with a column for each class."""
    if getattr(labels, "ndim", 1) == 2:
        return True
    return isinstance(labels, list) and any(isinstance(each, _SETS) for each in labels)


def number_targets(labels: Any, n_texts: int, owner: str) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the classes, the target, and whether the labels are an indicator matrix.

    Returns
    -------
    classes : array (C,)
    target : int32 (n_texts,), indices into `classes`; or bool (n_texts, C) if a text may have several
    is_indicator : bool

    Raises
    ------
    TypeError
        If a label is missing or not a valid class, or labels are of mixed type; the message names the row.
    ValueError
        If the numbers of labels and texts differ, or there are too few classes.
    """
    labels = _listed(_without_single_column(labels), owner)
    if not are_sets(labels):
        return *number_labels(labels, n_texts, owner), False
    if getattr(labels, "ndim", 1) == 2:
        names = _column_names(labels, owner)
        matrix = _checked_matrix(labels, n_texts, owner)
        if (matrix.all(axis=0) | ~matrix.any(axis=0)).all():
            raise ValueError(f"The labels of {owner} are the same for all texts. Check the labels.")
        return np.arange(matrix.shape[1]) if names is None else names, matrix, True
    sets = _checked_sets(labels, n_texts, owner)
    _check_no_rows(sets, owner)
    everything = [label for labels_of_one in sets for label in labels_of_one]
    if not everything:
        raise ValueError(f"The labels of {owner} are empty for all texts. Check the labels.")
    classes = np.unique(check_labels(everything, len(everything), owner))
    matrix = _as_matrix(sets, classes)
    if matrix.all():
        raise ValueError(f"The labels of {owner} are the same for all texts. Check the labels.")
    return classes, matrix, False


def checked_labels(labels: Any, n_texts: int, owner: str, *, is_multilabel: bool) -> Any:
    """Return checked labels of the same kind as in training: a list of classes, a list of sets, or a matrix.

    Raises
    ------
    TypeError, ValueError
        If a label is missing or not a valid class, labels are of mixed type, or their number differs from that of
        texts.
    """
    labels = _listed(_without_single_column(labels) if not is_multilabel else labels, owner)
    if are_sets(labels) != is_multilabel:
        kinds = ("one class a text", "sets of classes")
        raise ValueError(
            f"The labels of {owner} must be {kinds[is_multilabel]}, as in fit. "
            f"Got {kinds[not is_multilabel]}."
        )
    if not is_multilabel:
        return check_labels(labels, n_texts, owner).tolist()
    if getattr(labels, "ndim", 1) != 2:
        return _checked_sets(labels, n_texts, owner)
    _checked_matrix(labels, n_texts, owner)
    return labels


def look_up_targets(
    labels: Any, n_texts: int, classes: np.ndarray, owner: str, *, is_multilabel: bool
) -> np.ndarray:
    """Return the target of labels with known classes.

    Parameters
    ----------
    is_multilabel : bool
        Whether a text may have several labels, as in training.

    Raises
    ------
    TypeError, ValueError
        As `checked_labels`, or if a label is not one of the classes.
    """
    labels = checked_labels(labels, n_texts, owner, is_multilabel=is_multilabel)
    if not is_multilabel:
        return look_up_labels(labels, n_texts, classes, owner)
    if getattr(labels, "ndim", 1) == 2:
        names = _column_names(labels, owner)
        if names is not None and classes.dtype.kind in "UO" and set(names) == set(classes):
            labels = labels[list(classes)]  # in the order of fit
        matrix = _checked_matrix(labels, n_texts, owner)
        if matrix.shape[1] != len(classes):
            raise ValueError(
                f"The labels of {owner} must have {counted(len(classes), 'column')}, one a class. "
                f"Got {matrix.shape[1]} columns."
            )
        return matrix
    known = set(classes.tolist())
    for row, labels_of_one in enumerate(labels):
        for label in labels_of_one:
            if label not in known:
                raise ValueError(
                    f"The labels of text {row} of {owner} must be among the classes {classes.tolist()}. "
                    f"Got {label!r}."
                )
    return _as_matrix(labels, classes)


def _without_single_column(labels: Any) -> Any:
    """Return a one-column table as that column, with scikit-learn's warning: it is not a multilabel matrix."""
    shape: tuple[int, ...] = getattr(labels, "shape", ())
    if len(shape) != 2 or shape[1] != 1:
        return labels
    warnings.warn(
        "A column-vector y was passed when a 1d array was expected: its values are taken as one label a text. Please "
        "change the shape of y to (n_texts,), for example using ravel().",
        DataConversionWarning,
        stacklevel=4,
    )
    return (labels.toarray() if hasattr(labels, "toarray") else np.asarray(labels)).ravel()


def _column_names(labels: Any, owner: str) -> np.ndarray | None:
    """Return the column names of a table of labels; None if they are numbers, or there are none."""
    names = list(getattr(labels, "columns", ()))
    if not names or not all(isinstance(name, str) for name in names):
        return None
    if len(set(names)) != len(names):
        again = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"The labels of {owner} have two columns called {again!r}. Give each another name.")
    return np.array(names)


def _listed(labels: Any, owner: str) -> Any:
    """Return labels that are not a matrix as a list; unordered collections are rejected."""
    if isinstance(labels, (Mapping, Set)) or getattr(labels, "ndim", 1) not in (1, 2):
        shape = f" with {labels.ndim} dimensions" if hasattr(labels, "ndim") else ""
        raise TypeError(
            f"The labels of {owner} must be a list with one entry for each text, or a matrix. "
            f"Got {type(labels).__name__}{shape} instead."
        )
    if getattr(labels, "ndim", 1) == 2 or isinstance(labels, (str, bytes)) or not hasattr(labels, "__iter__"):
        return labels
    return labels.tolist() if hasattr(labels, "tolist") else list(labels)


def _as_matrix(sets: list[Any], classes: np.ndarray) -> np.ndarray:
    places = {label: place for place, label in enumerate(classes.tolist())}
    matrix = np.zeros((len(sets), len(classes)), bool)
    for row, labels in enumerate(sets):
        for label in labels:
            matrix[row, places[label.item() if isinstance(label, np.generic) else label]] = True
    return matrix


def _checked_sets(labels: Any, n_texts: int, owner: str) -> list[Any]:
    sets = list(labels)
    if len(sets) != n_texts:
        raise ValueError(
            f"{owner} needs labels for each text. Got {counted(n_texts, 'text')} and {counted(len(sets), 'label')}."
        )
    first: Any = None
    for row, each in enumerate(sets):
        if not isinstance(each, _SETS):
            raise TypeError(
                f"The labels of {owner} must be all sets of classes or all single classes. Got {each!r} in row "
                f"{row}, and sets elsewhere. Write a single class as a list, and none as []."
            )
        for label in each:
            if not isinstance(label, (str, int, float, np.generic)) or label != label:
                raise TypeError(
                    f"The labels of text {row} of {owner} must be classes, str or numbers. "
                    f"Got {label!r} ({type(label).__name__}) among them. Drop it."
                )
            first = label if first is None else first
            if isinstance(label, str) != isinstance(first, str):
                raise TypeError(
                    f"The labels of {owner} must be of one type. Got {first!r}, and {label!r} in row {row}. "
                    "Turn all of them into str."
                )
    return sets


def _check_no_rows(sets: list[Any], owner: str) -> None:
    """Raise if the sets look like rows of a matrix of zeros and ones."""
    lengths = {len(each) for each in sets}
    if len(lengths) != 1 or lengths.pop() < 2:
        return
    if all(isinstance(label, (int, np.integer)) and label in (0, 1) for each in sets for label in each):
        raise ValueError(
            f"The labels of {owner} look like the rows of a matrix of zeros and ones. Pass np.array(labels) for "
            "one, or sets of classes."
        )


def _checked_matrix(labels: Any, n_texts: int, owner: str) -> np.ndarray:
    dense = labels.toarray() if hasattr(labels, "toarray") else np.asarray(labels)
    if len(dense) != n_texts:
        raise ValueError(
            f"{owner} needs labels for each text. Got {counted(n_texts, 'text')} and {counted(len(dense), 'label')}."
        )
    if dense.dtype.kind not in "biuf" or not np.isin(dense, (0, 1)).all():
        raise ValueError(
            f"The labels of {owner} are a matrix, so they must be zeros and ones, a column for each class. "
            "Pass one class a text as a list, or sets of classes as a list of lists."
        )
    return dense.astype(bool)
