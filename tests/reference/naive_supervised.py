"""The supervised embedding classifier, slow and obvious: Python lists, one text after the other, float64."""

import math

import numpy as np


def softmax(scores):
    shifted = np.exp(scores - scores.max())
    return shifted / shifted.sum()


def frame(tokens):
    """Put marks around the known words (None is an unknown one) of a text that has any."""
    return ["<begin>", *tokens, "<end>"] if any(token is not None for token in tokens) else []


def ngrams(tokens, longest):
    """Tuples of neighbours, in the order of their first word; none over an unknown word."""
    found = []
    for i in range(len(tokens)):
        for n in range(2, longest + 1):
            part = tuple(tokens[i : i + n])
            if len(part) == n and None not in part:
                found.append(part)
    return found


def loss(table, weights, rows, label, class_weights, sample_weight=1.0):
    """Return -log of the probability of the label, which has to win by the margins of the weights of classes."""
    mean = sum(table[row] for row in rows) / len(rows)
    return -sample_weight * math.log(softmax(weights @ mean - np.log(class_weights))[label])


def train_step(table, table_sums, weights, weight_sums, texts, labels, class_weights, rate, sample_weights):
    """Train on one superstep: losses and gradients first, then AdaGrad's steps; return the losses' sum."""
    size, total, gradients = table.shape[1], 0.0, []
    weight_gradient = np.zeros_like(weights)
    for rows, label, sample_weight in zip(texts, labels, sample_weights):
        if not rows:
            gradients.append(None)
            continue
        mean = sum(table[row] for row in rows) / len(rows)
        probabilities = softmax(weights @ mean - np.log(class_weights))
        total -= sample_weight * math.log(probabilities[label])
        error = probabilities.copy()
        error[label] -= 1
        error *= sample_weight
        gradients.append(weights.T @ error / len(rows))
        weight_gradient += np.outer(error, mean)
    for rows, gradient in zip(texts, gradients):
        for row in rows:
            table_sums[row] += gradient @ gradient / size
            table[row] -= rate * gradient / math.sqrt(table_sums[row])
    for c in range(len(weights)):
        weight_sums[c] += weight_gradient[c] @ weight_gradient[c] / size
        weights[c] -= rate * weight_gradient[c] / math.sqrt(weight_sums[c])
    return total


def train(table, weights, texts, labels, class_weights, orders, rate, step_texts, first_sum, sample_weights):
    """Train on the texts in the order of each epoch, without dropout; return the loss of each epoch."""
    table_sums, weight_sums = np.full(len(table), first_sum), np.full(len(weights), first_sum)
    curve = []
    for epoch, order in enumerate(orders):
        total = 0.0
        for first in range(0, len(order), step_texts):
            chosen = order[first : first + step_texts]
            done = (epoch + first / len(order)) / len(orders)
            total += train_step(
                table, table_sums, weights, weight_sums,
                [texts[i] for i in chosen], [labels[i] for i in chosen], class_weights, rate * (1 - done),
                [sample_weights[i] for i in chosen],
            )  # fmt: skip
        curve.append(total / sum(sample_weights[i] for i in order))
    return curve
