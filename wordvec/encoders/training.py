"""Training of a static encoder's table, contrastively in batches, or on a teacher's vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from wordvec.encoders.objectives import label_loss, pair_loss, through_units, to_units

_BLOCK = 8192  # rows of the table that are multiplied at a time
_MOST_STEPS = 500  # of conjugate gradients
_TOLERANCE = 1e-6  # of their residual, relative to that at the start
_MAP_PENALTY = 1e-3  # of the ridge regression between tables, in mean squares of a column
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.99, 1e-12

# The loss of the texts with these rows, and its gradient by their unit vectors.
Loss = Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]]


@dataclass(frozen=True)
class Options:
    """Options of training in batches; see `StaticEncoder`."""

    epochs: int
    learning_rate: float
    map_learning_rate: float
    batch_size: int
    temperature: float
    seed: int


def train_on_labels(
    bags: sparse.csr_matrix, table_VD: np.ndarray, labels: np.ndarray, options: Options
) -> tuple[np.ndarray, list[float]]:
    """Return the table (V, D) trained on labels of texts, and the loss of each epoch."""

    def loss_of(rows: np.ndarray, units: np.ndarray) -> tuple[float, np.ndarray]:
        return label_loss(units, labels[rows], options.temperature)

    return _train(bags, table_VD, np.arange(bags.shape[0])[:, None], loss_of, options)


def train_on_pairs(
    bags: sparse.csr_matrix, table_VD: np.ndarray, texts: np.ndarray, options: Options
) -> tuple[np.ndarray, list[float]]:
    """Return the table (V, D) trained on pairs, and the loss of each epoch.

    Parameters
    ----------
    bags : sparse float64 (2 N, V)
        The bags of the left texts, then of the right ones.
    table_VD : float (V, D)
    texts : int (2 N,)
        An id for each text, the same for identical texts.
    options : Options
    """
    n = bags.shape[0] // 2

    def loss_of(rows: np.ndarray, units: np.ndarray) -> tuple[float, np.ndarray]:
        left, right = np.split(texts[rows], 2)
        # A right text may be right for another left one, too: where it is the same as that one's own, or where
        # the left ones are the same.
        is_hidden = (right[:, None] == right[None, :]) | (left[:, None] == left[None, :])
        np.fill_diagonal(is_hidden, False)
        left_units, right_units = np.split(units, 2)
        loss, *gradients = pair_loss(left_units, right_units, is_hidden, options.temperature)
        return loss, np.concatenate(gradients)

    return _train(bags, table_VD, np.stack([np.arange(n), np.arange(n) + n], axis=1), loss_of, options)


def _train(
    bags: sparse.csr_matrix, table_VD: np.ndarray, examples: np.ndarray, loss_of: Loss, options: Options
) -> tuple[np.ndarray, list[float]]:
    """Train a map of the whole table and a change of each row, on batches of examples, the rows of `bags`.

    The table becomes ``table @ map + changes``: the map also moves tokens that do not occur in the texts. It is trained
    with Adam (Kingma and Ba 2015), the changes with plain gradient steps, so that a rare token moves little. Both
    learning rates decay linearly to zero. Lengths are in units of the root mean square length of the texts' vectors, so
    that the rates do not depend on the scale of the table.
    """
    draw = np.random.default_rng(options.seed)
    bags, known = _compact(bags)
    table = table_VD[known].astype(np.float64)
    means = bags @ table
    scale = float(np.sqrt(np.einsum("nd,nd->", means, means) / max(len(means), 1))) or 1.0
    table /= scale
    changes = np.zeros_like(table)
    matrix = np.eye(table.shape[1])
    first, second = np.zeros_like(matrix), np.zeros_like(matrix)
    n_batches = max(1, len(examples) // options.batch_size)
    n_steps, step, losses = options.epochs * n_batches, 0, []
    for _ in range(options.epochs):
        total = 0.0
        for chosen in np.array_split(draw.permutation(len(examples)), n_batches):
            rows = examples[chosen].T.ravel()
            bag, tokens = _compact(bags[rows])
            means = bag @ table[tokens]
            units, lengths = to_units(means @ matrix + bag @ changes[tokens])
            loss, gradient = loss_of(rows, units)
            gradient = through_units(gradient, units, lengths)
            total += loss * len(chosen)
            rate = 1 - step / n_steps
            step += 1
            by_map = means.T @ gradient
            first += (1 - _BETA_1) * (by_map - first)
            second += (1 - _BETA_2) * (by_map * by_map - second)
            mean_of_squares = np.sqrt(second / (1 - _BETA_2**step))
            direction = first / (1 - _BETA_1**step) / (mean_of_squares + _EPSILON)
            matrix -= rate * options.map_learning_rate * direction
            changes[tokens] -= rate * options.learning_rate * (bag.T @ gradient)
        losses.append(total / len(examples))
    return _changed(table_VD, matrix, known, changes * scale), losses


def _changed(
    table_VD: np.ndarray, matrix_DE: np.ndarray, rows: np.ndarray, changes: np.ndarray
) -> np.ndarray:
    """Return ``table @ matrix`` plus changes of some rows, in the precision of the table, (V, E)."""
    out = np.empty((len(table_VD), matrix_DE.shape[1]), table_VD.dtype)
    with np.errstate(over="ignore"):  # infinity is told by the caller
        for begin in range(0, len(out), _BLOCK):
            out[begin : begin + _BLOCK] = table_VD[begin : begin + _BLOCK].astype(np.float64) @ matrix_DE
        out[rows] = table_VD[rows].astype(np.float64) @ matrix_DE + changes
    return out


def _compact(bags: sparse.csr_matrix) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Return a matrix without its empty columns, and the indices of the others."""
    tokens, places = np.unique(bags.indices, return_inverse=True)
    shape = (bags.shape[0], len(tokens))
    return sparse.csr_matrix((bags.data, places.ravel(), bags.indptr), shape=shape), tokens


def fit_teacher(
    bags: sparse.csr_matrix, table_VD: np.ndarray, teacher_NE: np.ndarray, alpha: float
) -> np.ndarray:
    """Return the table whose means are nearest to a teacher's vectors in squared distance, (V, E).

    First the best linear map of the table by ridge regression, which also moves tokens that do not occur in the texts;
    then the changes of rows that best fit the residual, penalised by ``alpha`` times their squares, by conjugate
    gradients on the normal equations.

    Parameters
    ----------
    bags : sparse float64 (N, V)
    table_VD : float (V, D)
    teacher_NE : float64 (N, E)
    alpha : float
    """
    bags, known = _compact(bags)
    means = bags @ table_VD[known].astype(np.float64)
    squares = means.T @ means
    penalty = _MAP_PENALTY * max(float(np.trace(squares)) / len(squares), np.finfo(np.float64).tiny)
    matrix = np.linalg.solve(squares + penalty * np.eye(len(squares)), means.T @ teacher_NE)
    return _changed(table_VD, matrix, known, _ridge(bags, teacher_NE - means @ matrix, alpha))


def _ridge(bags: sparse.csr_matrix, wanted_NE: np.ndarray, alpha: float) -> np.ndarray:
    """Return the minimiser of |bags @ changes - wanted|^2 + alpha |changes|^2, float64 (V, E), column by column."""
    transposed = bags.T.tocsr()
    residual = transposed @ wanted_NE
    changes = np.zeros_like(residual)
    direction = residual.copy()
    squares = np.einsum("ve,ve->e", residual, residual)
    goal = squares * _TOLERANCE**2
    for _ in range(_MOST_STEPS):
        if (squares <= goal).all():
            break
        product = transposed @ (bags @ direction) + alpha * direction
        # A column that has arrived stays.
        steps = np.where(
            squares > goal, squares / np.maximum(np.einsum("ve,ve->e", direction, product), 1e-300), 0
        )
        changes += steps * direction
        residual -= steps * product
        before, squares = squares, np.einsum("ve,ve->e", residual, residual)
        direction = residual + squares / np.maximum(before, 1e-300) * direction
    return changes
