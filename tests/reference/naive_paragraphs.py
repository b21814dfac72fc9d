"""PV-DBOW and PV-DM word by word, in float64, round by round (Le and Mikolov 2014). NumPy only.

Draws are handed in as functions of the place of a word: ``keep(place, word)``, ``negatives(place)``, ``reach(place)``.
"""

import numpy as np

GROUP = 16


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def units(entries, first, last):
    """Yield (entry, words with their places) of the words first to last - 1, counted over all entries."""
    start = 0
    for number, words in enumerate(entries):
        low, high = max(first, start), min(last, start + len(words))
        if high > low:
            yield number, [(place, words[place - start]) for place in range(low, high)]
        start += len(words)


def dbow_epoch(entries, tags, documents, output, draws, share, round_words, rate):
    """Train an epoch in place; entry e is a list of word ids with the tag tags[e]. Return the mean loss."""
    keep, negatives, _ = draws
    n_words = sum(map(len, entries))
    losses = []
    for first in range(0, n_words, round_words):
        frozen = output.copy()
        for number, words in units(entries, first, first + round_words):
            vector = documents[tags[number]]
            place = 0
            while place < len(words):
                start, group = words[place][0], []
                while place < len(words) and len(group) < GROUP:
                    if keep(*words[place]):
                        group.append(words[place][1])
                    place += 1
                if not group:
                    continue
                noise = negatives(start)
                old, step = vector.copy(), np.zeros_like(vector)
                for word in group:
                    error = rate(start) * (1 - sigmoid(frozen[word] @ old))
                    output[word] += error * old
                    step += error * frozen[word]
                    losses.append(np.log1p(np.exp(-frozen[word] @ old)))
                    losses[-1] += share * np.log1p(np.exp(frozen[noise] @ old)).sum()
                for word in noise:
                    error = -rate(start) * share * len(group) * sigmoid(frozen[word] @ old)
                    output[word] += error * old
                    step += error * frozen[word]
                vector += step
    return np.mean(losses)


def dm_epoch(entries, tags, documents, words_table, output, draws, share, round_words, rate):
    """Do the same for PV-DM; entry e has the tags tags[e]."""
    keep, negatives, reach = draws
    n_words = sum(map(len, entries))
    losses = []
    for first in range(0, n_words, round_words):
        frozen, frozen_words = output.copy(), words_table.copy()
        for number, unit in units(entries, first, first + round_words):
            kept = [(word, reach(place)) for place, word in unit if keep(place, word)]
            for start in range(0, len(kept), GROUP):
                group = range(start, min(start + GROUP, len(kept)))
                place = unit[0][0] + start
                noise = negatives(place)
                means, contexts = [], []
                for at in group:
                    low, high = max(0, at - kept[at][1]), min(len(kept), at + kept[at][1] + 1)
                    context = [kept[c][0] for c in range(low, high) if c != at]
                    total = documents[tags[number]].sum(axis=0) + frozen_words[context].sum(axis=0)
                    means.append(total / (len(context) + len(tags[number])))
                    contexts.append(context)
                steps = np.zeros(output.shape[1])
                for at, mean, context in zip(group, means, contexts):
                    word = kept[at][0]
                    pull = rate(place) * (1 - sigmoid(frozen[word] @ mean))
                    pushes = -rate(place) * share * sigmoid(frozen[noise] @ mean)
                    error = pull * frozen[word] + pushes @ frozen[noise]
                    output[word] += pull * mean
                    for k, push in zip(noise, pushes):
                        output[k] += push * mean
                    error /= len(context) + len(tags[number])
                    for c in context:
                        words_table[c] += error
                    steps += error
                    losses.append(np.log1p(np.exp(-frozen[word] @ mean)))
                    losses[-1] += share * np.log1p(np.exp(frozen[noise] @ mean)).sum()
                for tag in tags[number]:
                    documents[tag] += steps
    return np.mean(losses)
