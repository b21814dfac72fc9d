"""Dispatch of `StaticEncoder.fit`: checks of its arguments, choice of the objective, and the trained table."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted, shown
from wordvec.encoders.bags import bags_of_tokens
from wordvec.encoders.folders import StaticFolder
from wordvec.encoders.objectives import to_units
from wordvec.encoders.training import Options, fit_teacher, train_on_labels, train_on_pairs
from wordvec.encoders.words import WordTokens
from wordvec.supervised.labels import number_labels
from wordvec.text.lists import check_string, check_strings

OBJECTIVES = ("labels", "pairs", "teacher")
_OWNER = "StaticEncoder.fit"


def fitted_table(
    X: Any,
    y: Any,
    words: WordTokens,
    model: StaticFolder,
    limits: tuple[int, int | None],
    normalize: bool,
    options: Any,
) -> tuple[str | None, np.ndarray | None, list[float]]:
    """Return the objective, the trained table, float32 (n_rows, E), and the losses; the first two may be None.

    Parameters
    ----------
    X, y : as for `StaticEncoder.fit`
    words : WordTokens
    model : StaticFolder
    limits : tuple of int, and int or None
        Maximum numbers of tokens and of characters of a text to use.
    normalize : bool
    options : namespace
        The checked parameters of the encoder.

    Raises
    ------
    TypeError, ValueError
        As `StaticEncoder.fit`.
    """
    if hasattr(X, "__iter__") and not hasattr(X, "__len__"):
        X = list(X)  # an iterator is looked at twice
    objective = objective_of(X, y) if options.objective == "auto" else options.objective
    if objective is None:
        return None, None, []
    batches = Options(
        epochs=options.epochs,
        learning_rate=options.learning_rate,
        map_learning_rate=options.map_learning_rate,
        batch_size=options.batch_size,
        temperature=options.temperature,
        seed=options.random_state,
    )

    def bags_of(texts: list[str]) -> sparse.csr_matrix:
        bags = bags_of_tokens(words, model, texts, *limits)
        if not bags.nnz:
            raise ValueError(f"No text of {_OWNER} has a token that the encoder knows. Check the texts.")
        return bags

    # The bits of a product of matrices depend on the number of its threads.
    with threadpool_limits(limits=1, user_api="blas"):
        if objective == "pairs":
            texts = _checked_pairs(X, y)
            numbers = np.unique(np.array(texts, object), return_inverse=True)[1].ravel()
            table, losses = train_on_pairs(bags_of(texts), model.vectors, numbers, batches)
        else:
            texts = check_strings(X, _OWNER, "X")
            if objective == "labels":
                labels = _checked_labels(y, len(texts))
                table, losses = train_on_labels(bags_of(texts), model.vectors, labels, batches)
            else:
                teacher = _checked_teacher(y, len(texts))
                teacher = to_units(teacher)[0] if normalize else teacher
                bags = bags_of(texts)
                table = fit_teacher(bags, model.vectors, teacher, options.alpha)
                means = bags @ table
                errors = (to_units(means)[0] if normalize else means) - teacher
                losses = [float(np.einsum("ne,ne->", errors, errors) / len(errors))]
    if not np.isfinite(table).all():
        raise FloatingPointError(
            f"{_OWNER} diverged: the vectors hold NaN or infinity. Lower learning_rate and map_learning_rate."
        )
    return objective, table, losses


def objective_of(X: Any, y: Any) -> str | None:
    """Return the objective that X and y imply: "labels", "teacher" or "pairs"; None for texts alone.

    Raises
    ------
    TypeError, ValueError
        If X without y is neither pairs nor texts.
    """
    if y is not None:
        return "teacher" if _n_dimensions(y) == 2 else "labels"
    if X is None:
        return None
    if len(getattr(X, "shape", ())) == 2:
        return "pairs"
    if isinstance(X, (list, tuple, np.ndarray)) and len(X) and isinstance(X[0], (tuple, list, np.ndarray)):
        return "pairs"
    check_strings(X, _OWNER, "X")
    return None


def _n_dimensions(values: Any) -> int:
    """Return the number of dimensions of an array, a table, or a list of lists of numbers or of arrays."""
    if hasattr(values, "shape"):
        return len(values.shape)
    first = next(iter(values), None) if isinstance(values, (list, tuple)) else None
    is_row = isinstance(first, np.ndarray) or (
        isinstance(first, (list, tuple)) and all(isinstance(value, (int, float)) for value in first)
    )
    return 2 if is_row else 1


def _checked_pairs(X: Any, y: Any) -> list[str]:
    """Return the left texts, then the right ones."""
    if y is not None:
        fix = "Texts with labels, or with a teacher's vectors, are not pairs: change {objective}."
        raise ParameterError("y", _OWNER, "be None with objective='pairs'", y, fix)
    rule = "be a list of pairs of texts"
    if isinstance(X, (str, bytes)) or not hasattr(X, "__iter__"):
        raise ParameterError("X", _OWNER, rule, X)
    rows = list(X.to_numpy() if hasattr(X, "to_numpy") else X)
    for number, row in enumerate(rows):
        if not isinstance(row, (tuple, list, np.ndarray)) or len(row) != 2:
            raise TypeError(
                f"Pair {number} of {_OWNER} must be two texts. "
                f"Got {shown(row)} ({type(row).__name__}) instead."
            )
    if len(rows) < 2:
        raise ParameterError("X", _OWNER, f"{rule}, at least two of them", X)
    texts = [check_string(row[side], number, _OWNER) for side in (0, 1) for number, row in enumerate(rows)]
    if len(set(zip(texts, texts[len(rows) :]))) < 2:
        raise ParameterError("X", _OWNER, "hold two pairs that differ", X)
    return texts


def _checked_labels(y: Any, n_texts: int) -> np.ndarray:
    """Return the class index of each text, int32 (n,)."""
    classes, numbers = number_labels(y, n_texts, _OWNER)
    if classes.dtype.kind == "f":
        fix = "Pass {objective=None} where numbers are to be predicted, so that nothing is learned here."
        raise ParameterError("y", _OWNER, "hold classes as labels, str or int", y, fix)
    sizes = np.bincount(numbers)
    if len(sizes) < 2 or sizes.max() < 2:
        fix = "Texts of a class are drawn together, and away from those of others."
        raise ParameterError("y", _OWNER, "hold two classes, and two texts of one of them", y, fix)
    return numbers


def _checked_teacher(y: Any, n_texts: int) -> np.ndarray:
    """Return the teacher's vectors, float64 (n, E)."""
    rule = f"be a float array ({n_texts}, E), a vector of the teacher for each text"
    try:
        teacher = np.asarray(y)
    except ValueError:  # rows of several lengths
        teacher = np.empty(0, object)
    if teacher.dtype.kind != "f" or teacher.ndim != 2 or 0 in teacher.shape:
        fix = "With labels, which have one dimension, pass {objective='labels'}."
        raise ParameterError("y", _OWNER, rule, y, fix)
    if len(teacher) != n_texts:
        raise ParameterError("y", _OWNER, rule, y, f"These are {counted(len(teacher), 'vector')}.")
    if not np.isfinite(teacher).all():
        raise ParameterError("y", _OWNER, f"{rule}, without NaN and infinity", y)
    return teacher.astype(np.float64)
