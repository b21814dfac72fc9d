"""The mixture of writing and copying of See et al. (2017), token by token."""

import numpy as np


def softmax(scores):
    powers = np.exp(scores - np.max(scores))
    return powers / powers.sum()


def mixtures(states, embedded, memory, source_ids, table, query, gate_weight, gate_bias):
    """Return P of each place, (T, V), and the attention that copies, (T, S), of one source without padding."""
    rows, attentions = [], []
    for state, token in zip(states, embedded):
        asked = query @ state
        attention = softmax(np.array([asked @ each for each in memory]) / np.sqrt(len(state)))
        context = sum(weight * each for weight, each in zip(attention, memory))
        generates = 1 / (1 + np.exp(-(gate_weight @ np.concatenate([context, state, token]) + gate_bias)))
        row = generates * softmax(table @ state)
        for weight, token_id in zip(attention, source_ids):
            row[token_id] += (1 - generates) * weight
        rows.append(row)
        attentions.append(attention)
    return np.array(rows), np.array(attentions)


def coverage_loss(attentions):
    """Return the sum over places of the attention that goes where attention was: eq. 12."""
    covered, total = np.zeros(attentions.shape[1]), 0.0
    for attention in attentions:
        total += sum(min(a, c) for a, c in zip(attention, covered))
        covered += attention
    return total
