"""`drop_missing`: drop rows of a labelled data set with a missing text or label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from wordvec._utils.messages import counted
from wordvec.text.lists import check_string, is_missing, iterate_rows

__all__ = ["drop_missing"]


def drop_missing(
    texts: Iterable[Any], labels: Sequence[Any] | None = None
) -> tuple[list[str], list[Any] | None, np.ndarray]:
    """Drop the rows whose text or label is missing: None, NaN, or pandas' NA.

    A transformer cannot do this, because it may not change the number of rows.

    Parameters
    ----------
    texts : iterable of str or missing
    labels : sequence as long as `texts`, optional

    Returns
    -------
    texts : list of str
    labels : list, or None if none were given
    kept : int64 (n_kept,); the original indices of the kept rows

    Raises
    ------
    TypeError
        If a text is neither a str nor missing; the message names the row.
    ValueError
        If the numbers of labels and texts differ.

    Examples
    --------
    >>> texts, labels, kept = drop_missing(["good", None, "bad"], [1, 1, 0])
    >>> texts, labels, kept.tolist()
    (['good', 'bad'], [1, 0], [0, 2])
    """
    rows = list(iterate_rows(texts, "drop_missing", "texts"))
    marks = None if labels is None else list(labels)
    if marks is not None and len(marks) != len(rows):
        raise ValueError(
            f"drop_missing needs one label for each text. "
            f"Got {counted(len(rows), 'text')}, {counted(len(marks), 'label')}."
        )
    kept = [
        row
        for row, value in enumerate(rows)
        if not is_missing(value) and (marks is None or not is_missing(marks[row]))
    ]
    chosen = [check_string(rows[row], row, "drop_missing") for row in kept]
    return chosen, marks if marks is None else [marks[row] for row in kept], np.array(kept, np.int64)
