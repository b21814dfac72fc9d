"""The mixture of writing and copying of See et al. (2017), token by token."""

import numpy as np


def softmax(scores):
    powers = np.exp(scores - np.max(scores))
    return powers / powers.sum()


def mixtures(states, embedded, memory, source_ids, target_ids, weights, start_id):
    """Return P of each place, (T, V), and the attention that copies, (T, S), of one source without padding."""
    table, query = weights["decoder_embeddings.tokens.weight"], weights["copy_query.weight"]
    gate_weight, gate_bias = weights["copy_gate.weight"][0], weights["copy_gate.bias"][0]
    rows, attentions = [], []
    for state, token, token_id in zip(states, embedded, target_ids):
        asked = query @ state
        scores = np.array([asked @ each for each in memory]) / np.sqrt(len(state))
        for place, before in enumerate([start_id, *source_ids[:-1]]):
            if before == token_id:
                scores[place] += weights["copy_next.weight"][0] @ state + weights["copy_next.bias"][0]
        attention = softmax(scores)
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
