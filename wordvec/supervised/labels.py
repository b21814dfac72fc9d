"""Checks of labels, and their conversion to class indices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.validation import check_float


def number_labels(
    labels: Any, n_texts: int, owner: str, advice: str = "Check the labels, and how the texts were chosen."
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted classes, (C,), and each label's index among them, int32 (n_texts,).

    `advice` is appended to the message if there is only one class.

    Raises
    ------
    TypeError
        If a label is missing or not a valid class, or labels are of mixed type; the message names the row.
    ValueError
        If the numbers of labels and texts differ, or there are fewer than two classes.
    """
    classes, numbers = np.unique(check_labels(labels, n_texts, owner), return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            f"{owner} needs texts of at least two classes. Got {classes.tolist()} only. {advice}"
        )
    return classes, numbers.astype(np.int32)


def label_sets(
    labels: Any, n_texts: int, owner: str, *, has_several: bool
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the sorted labels, and those of each text as indices, int32 (n,), with starts, int64 (n_texts + 1,).

    Text k has the indices between entries k and k + 1 of the last array. Labels are str, as in fastText files.

    Parameters
    ----------
    labels : list of str; with `has_several`, also of lists, tuples and sets of str

    Raises
    ------
    TypeError
        If a label is not a str; the message names the row.
    ValueError
        If the numbers of labels and texts differ, there are fewer than two labels, or one is empty or contains a NUL.
    """
    if isinstance(labels, (str, bytes)) or not hasattr(labels, "__iter__"):
        labels = check_labels(labels, n_texts, owner)
    rows = labels.tolist() if hasattr(labels, "tolist") else list(labels)
    if len(rows) != n_texts:
        raise ValueError(
            f"{owner} needs one label for each text. "
            f"Got {counted(n_texts, 'text')} and {counted(len(rows), 'label')}."
        )
    sets: list[list[str]] = []
    for row, found in enumerate(rows):
        several = has_several and isinstance(found, (list, tuple, set, frozenset))
        # A label that is named twice counts once; sets have no order of their own.
        named = sorted(set(found), key=str) if several else [found]
        for label in named:
            if not isinstance(label, str):
                other = " or a list of them" if has_several else ""
                is_list = isinstance(found, (list, tuple, set, frozenset)) and not has_several
                fix = " A text has several labels with loss='ova'." if is_list else ""
                raise TypeError(
                    f"Label {row} of {owner} must be a str{other}, as bucket is set. "
                    f"Got {label!r} ({type(label).__name__}) instead.{fix}"
                )
            if not label or "\0" in label or label.encode(errors="replace").decode() != label:
                raise ValueError(
                    f"Label {row} of {owner} must not be empty, nor hold a NUL or a lone surrogate. "
                    f"Got {label!r} instead."
                )
        sets.append([str(label) for label in named])
    if not rows:
        raise ValueError(f"{owner} needs texts and labels. Got none.")
    classes = sorted({label for named in sets for label in named})
    if len(classes) < 2:
        raise ValueError(f"{owner} needs texts of at least two classes. Got {classes} only.")
    numbers = {label: number for number, label in enumerate(classes)}
    starts = np.zeros(n_texts + 1, np.int64)
    np.cumsum([len(named) for named in sets], out=starts[1:])
    return classes, np.array([numbers[label] for named in sets for label in named], np.int32), starts


def check_classes(classes: Any, owner: str) -> np.ndarray:
    """Return given classes, sorted, each once, (C,).

    Raises
    ------
    TypeError
        If an item is not a valid class, or they are of mixed type.
    ValueError
        If they are not a list, or fewer than two.
    """
    is_list = hasattr(classes, "__iter__") and not isinstance(classes, (str, bytes))
    listed = list(classes) if is_list else []
    found = np.unique(check_labels(listed, len(listed), f"{owner}'s classes") if listed else [])
    if len(found) < 2:
        raise ParameterError("classes", owner, "be a list of at least two classes", classes)
    return found


def look_up_labels(labels: Any, n_texts: int, classes: np.ndarray, owner: str) -> np.ndarray:
    """Return the index of each label in `classes`, int64 (n_texts,).

    Raises
    ------
    TypeError, ValueError
        As `number_labels`, or if a label is not one of the classes.
    """
    known = {label: number for number, label in enumerate(classes.tolist())}
    listed = check_labels(labels, n_texts, owner).tolist()
    for row, label in enumerate(listed):
        if label not in known:
            raise ValueError(
                f"Label {row} of {owner} must be one of the classes {classes.tolist()}. Got {label!r} instead."
            )
    return np.array([known[label] for label in listed])


def check_sample_weight(sample_weight: Any, n_texts: int, owner: str) -> np.ndarray | None:
    """Return the weights of texts, float64 (n_texts,); None if there are none.

    Raises
    ------
    ParameterError
        If they are not one number for each text, one is negative or not finite, or all are zero.
    """
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError):
        weights = np.empty(0)
    if weights.shape != (n_texts,):
        rule = f"be None or one number for each of the {counted(n_texts, 'text')}"
        raise ParameterError("sample_weight", owner, rule, sample_weight)
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong):
        rule, fix = "hold finite numbers of at least 0", f"That is the weight of text {wrong[0]}."
        raise ParameterError("sample_weight", owner, rule, float(weights[wrong[0]]), fix)
    if not weights.any():
        raise ParameterError("sample_weight", owner, "hold a weight above zero", sample_weight)
    return weights


def without_zeros(
    texts: Sequence[Any], labels: Any, sample_weight: np.ndarray | None
) -> tuple[Sequence[Any], Any, np.ndarray | None]:
    """Return texts, labels and weights without the texts whose weight is zero.

    Labels that are not a list or array of the texts' length are returned as they are; later checks report them.
    """
    if sample_weight is None or sample_weight.all() or not hasattr(labels, "__len__"):
        return texts, labels, sample_weight
    if len(labels) != len(texts):
        return texts, labels, sample_weight
    kept = np.flatnonzero(sample_weight)
    if hasattr(labels, "iloc"):
        labels = labels.iloc[kept]
    elif hasattr(labels, "shape"):
        labels = labels[kept]
    else:
        labels = [labels[row] for row in kept]
    return [texts[row] for row in kept.tolist()], labels, sample_weight[kept]


def named_weights(class_weight: Any, classes: np.ndarray, owner: str) -> np.ndarray:
    """Return the weights of classes in a dict, float64 (C,); 1 for classes that it does not name.

    Parameters
    ----------
    class_weight : dict of class to float, or None
        It may name other classes, too, if it names all of these.
    classes : array (C,)
    owner : str
        The name of the estimator in messages.

    Raises
    ------
    ParameterError
        If a weight is not a positive number, or a key is not a class.
    """
    known = {label: number for number, label in enumerate(classes.tolist())}
    weights = np.ones(len(known))
    for label, weight in (class_weight or {}).items():
        if label not in known and not class_weight.keys() >= known.keys():
            rule = f"have the classes {classes.tolist()} as keys"
            typed_rule = f"name classes of the training data, {classes.tolist()}"
            raise ParameterError("class_weight", owner, rule, label, typed_rule=typed_rule)
        checked = check_float(f"class_weight[{label!r}]", weight, owner, 0.0, low_open=True)
        if label in known:
            weights[known[label]] = checked
    return weights


def balanced_weights(n_classes: int, numbers: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
    """Return the weights that give all classes the same total weight, float64 (C,).

    Parameters
    ----------
    numbers : int (n_texts,)
        Class indices of the texts; every class occurs.
    sample_weight : float64 (n_texts,), optional
    """
    sums = np.bincount(numbers, sample_weight, n_classes)
    return sums.sum() / (n_classes * sums)


def check_labels(labels: Any, n_texts: int, owner: str) -> np.ndarray:
    """Return the labels as an array of one type.

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


def checked_validation(validation: Any, owner: str) -> tuple[Any, Any]:
    """Return texts and labels, or raise ParameterError."""
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise ParameterError("validation", owner, "be a tuple of texts and labels", validation)
    return validation[0], validation[1]
