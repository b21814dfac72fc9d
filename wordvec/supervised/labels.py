"""The labels of texts as numbers of classes, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted


def number_labels(
    labels: Any, n_texts: int, owner: str, advice: str = "Check the labels, and how the texts were chosen."
) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes in order, (C,), and each label's place there, int32 (n_texts,).

    `advice` ends the message if there is only one class.

    Raises
    ------
    TypeError
        If a label is missing or no class, or labels are of mixed type; the message names the row.
    ValueError
        If there are not as many labels as texts, or fewer than two classes.
    """
    classes, numbers = np.unique(check_labels(labels, n_texts, owner), return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            f"{owner} needs texts of at least two classes. Got {classes.tolist()} only. {advice}"
        )
    return classes, numbers.astype(np.int32)


def check_classes(classes: Any, owner: str) -> np.ndarray:
    """Return given classes in order, each once, (C,).

    Raises
    ------
    TypeError
        If one of them is no class, or they are of mixed type.
    ValueError
        If they are no list, or fewer than two.
    """
    is_list = hasattr(classes, "__iter__") and not isinstance(classes, (str, bytes))
    listed = list(classes) if is_list else []
    found = np.unique(check_labels(listed, len(listed), f"{owner}'s classes") if listed else [])
    if len(found) < 2:
        raise ParameterError("classes", owner, "be a list of at least two classes", classes)
    return found


def look_up_labels(labels: Any, n_texts: int, classes: np.ndarray, owner: str) -> np.ndarray:
    """Return the place of each label in `classes`, int64 (n_texts,).

    Raises
    ------
    TypeError, ValueError
        As `number_labels`, or if a label is none of the classes.
    """
    known = {label: number for number, label in enumerate(classes.tolist())}
    listed = check_labels(labels, n_texts, owner).tolist()
    for row, label in enumerate(listed):
        if label not in known:
            raise ValueError(
                f"Label {row} of {owner} must be one of the classes {classes.tolist()}. Got {label!r} instead."
            )
    return np.array([known[label] for label in listed])


def check_labels(labels: Any, n_texts: int, owner: str) -> np.ndarray:
    """Return the labels as an array of one kind.

    Raises
    ------
    TypeError
        If a label is missing or no class, or labels are of mixed type; the message names the row.
    ValueError
        If there are not as many labels as texts, or none.
    """
    if isinstance(labels, (str, bytes)) or not hasattr(labels, "__iter__"):
        raise TypeError(
            f"The labels of {owner} must be a list of classes. Got {labels!r} ({type(labels).__name__}) instead."
        )
    listed = labels.tolist() if hasattr(labels, "tolist") else list(labels)
    if len(listed) != n_texts:
        raise ValueError(
            f"{owner} needs one label for each text. "
            f"Got {counted(n_texts, 'text')} and {counted(len(listed), 'label')}."
        )
    if not listed:
        raise ValueError(f"{owner} needs texts and labels. Got none.")
    for row, label in enumerate(listed):
        if not isinstance(label, (str, int, float, np.generic)) or label != label:
            raise TypeError(
                f"Label {row} of {owner} must be one class, a str or a number. "
                f"Got {label!r} ({type(label).__name__}) instead. Drop texts without a label."
            )
        if isinstance(label, str) != isinstance(listed[0], str):
            raise TypeError(
                f"The labels of {owner} must be of one type. Got {listed[0]!r} in row 0 and {label!r} in row {row}. "
                "Turn all of them into str."
            )
    return np.array(listed)
