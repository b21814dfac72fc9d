"""Losses of static encoders, text by text, as their papers write them."""

import math

import numpy as np


def unit(vector):
    length = math.sqrt(sum(value * value for value in vector))
    return vector / length if length else vector


def means(texts, table, weights):
    """Return the mean of the weighted rows of each text, a list of row numbers."""
    found = []
    for rows in texts:
        total = np.zeros(table.shape[1])
        for row in rows:
            total = total + weights[row] * table[row]
        found.append(total / max(len(rows), 1))
    return np.array(found)


def label_loss(vectors, labels, temperature):
    """Khosla et al. (2020), eq. 2, of unit vectors, and the mean over texts that have another of their label."""
    units = [unit(vector) for vector in vectors]
    losses = []
    for i in range(len(units)):
        others = [a for a in range(len(units)) if a != i]
        positives = [p for p in others if labels[p] == labels[i]]
        if not positives:
            continue
        total = sum(math.exp(float(units[i] @ units[a]) / temperature) for a in others)
        logs = [math.log(math.exp(float(units[i] @ units[p]) / temperature) / total) for p in positives]
        losses.append(-sum(logs) / len(positives))
    return sum(losses) / len(losses) if losses else 0.0


def pair_loss(left, right, is_hidden, temperature):
    """Henderson et al. (2017), eq. 7, of unit vectors; hidden right texts are no answers to a left one."""
    left, right = [unit(vector) for vector in left], [unit(vector) for vector in right]
    losses = []
    for i in range(len(left)):
        scores = {
            j: float(left[i] @ right[j]) / temperature for j in range(len(right)) if not is_hidden[i][j]
        }
        losses.append(-scores[i] + math.log(sum(math.exp(score) for score in scores.values())))
    return sum(losses) / len(losses)


def numeric_gradient(function, values, step=1e-6):
    """Return the gradient of a function of an array, by central differences."""
    found = np.zeros_like(values)
    for place in np.ndindex(values.shape):
        up, down = values.copy(), values.copy()
        up[place] += step
        down[place] -= step
        found[place] = (function(up) - function(down)) / (2 * step)
    return found
