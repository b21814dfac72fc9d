"""What a collection of raw texts may be, and what its errors say: they name the row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np

__all__ = ["check_text", "drop_missing", "is_missing", "iterate_texts", "reread_texts"]


def is_missing(value: Any) -> bool:
    """Return whether `value` stands for "no value": None, NaN, or pandas' NA and NaT.

    >>> is_missing(None), is_missing(float("nan")), is_missing("")
    (True, True, False)
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(np.isnan(value))


def check_text(value: Any, row: int, noun: str = "Text") -> str:
    """Return `value` as a plain str, or raise TypeError that names the row and what stands there."""
    if isinstance(value, str):
        return str(value)  # str of a numpy.str_ is a str
    advice = f"Turn every {noun.lower()} into a str first."
    if is_missing(value):
        advice = 'Leave missing texts out with drop_missing, or clean with TextCleaner(missing="empty").'
    elif isinstance(value, bytes):
        advice = "Decode bytes first, e.g. with bytes.decode('utf-8')."
    elif isinstance(value, (list, tuple)):
        advice = "Pass raw texts, not lists of tokens."
    raise TypeError(f"{noun} {row} is a {type(value).__name__} ({_shortened(value)}), not a str. {advice}")


def iterate_texts(texts: Any) -> Iterator[Any]:
    """Return an iterator over the rows of `texts`: a list, tuple, 1-D array, Series or other iterable.

    Raises
    ------
    TypeError
        If it is one str, bytes, a mapping, a set or no iterable: these hold no rows in order.
    ValueError
        If it has more than one dimension, as a DataFrame has.
    """
    if isinstance(texts, (str, bytes)):
        raise TypeError(
            f"The texts are one {type(texts).__name__} ({_shortened(texts)}), so every letter would become a "
            "text. Pass a list of texts."
        )
    n_dimensions = getattr(texts, "ndim", 1)
    if n_dimensions == 1 and (isinstance(texts, (Mapping, Set)) or not isinstance(texts, Iterable)):
        raise TypeError(
            "The texts must be a list, a one-dimensional array or another ordered iterable of str. "
            f"Got a {type(texts).__name__} instead."
        )
    if n_dimensions != 1:
        raise ValueError(
            f"The texts must have one dimension. Got a {type(texts).__name__} with {n_dimensions} instead. "
            "Pass one column, e.g. frame['text'] or array[:, 0]."
        )
    return iter(texts)


def reread_texts(texts: Any, owner: str) -> Iterator[str]:
    """Yield the checked rows of texts that `owner` reads more than once.

    Raises
    ------
    TypeError
        If `texts` is an iterator, which is used up after the first time, or as `check_text` does.
    """
    rows = iterate_texts(texts)
    if rows is texts:
        raise TypeError(
            f"The texts of {owner} are a {type(texts).__name__}, which can be read only once, but they are read "
            "twice. Pass a list, or an object whose __iter__ opens the source anew."
        )
    return (check_text(value, row) for row, value in enumerate(rows))


def drop_missing(
    texts: Iterable[Any], labels: Sequence[Any] | None = None
) -> tuple[list[str], list[Any] | None, np.ndarray]:
    """Leave out the rows whose text or label is missing: None, NaN, or pandas' NA.

    A transformer cannot do this, because it may not change the number of rows.

    Parameters
    ----------
    texts : iterable of str or missing
    labels : sequence as long as `texts`, optional

    Returns
    -------
    texts : list of str
    labels : list, or None if none were given
    kept : int64 (n_kept,); where the kept rows stood

    Raises
    ------
    TypeError
        If a text is neither a str nor missing; the message names the row.
    ValueError
        If there are not as many labels as texts.

    Examples
    --------
    >>> texts, labels, kept = drop_missing(["good", None, "bad"], [1, 1, 0])
    >>> texts, labels, kept.tolist()
    (['good', 'bad'], [1, 0], [0, 2])
    """
    rows = list(iterate_texts(texts))
    marks = None if labels is None else list(labels)
    if marks is not None and len(marks) != len(rows):
        raise ValueError(
            f"drop_missing needs one label for each text. Got {len(rows)} texts, {len(marks)} labels."
        )
    kept = [
        row
        for row, value in enumerate(rows)
        if not is_missing(value) and (marks is None or not is_missing(marks[row]))
    ]
    chosen = [check_text(rows[row], row) for row in kept]
    return chosen, marks if marks is None else [marks[row] for row in kept], np.array(kept, np.int64)


def _shortened(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."
