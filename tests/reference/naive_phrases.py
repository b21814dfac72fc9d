"""Phrases found and joined token by token, with the words of pairs as keys. Standard library only."""

from collections import Counter
from math import log


def candidates(sentence, connectors):
    """Yield the tuples of words that may be phrases."""
    run = ()
    for word in sentence:
        if word in connectors:
            run += (word,) if run else ()
        else:
            if run:
                yield (*run, word)
            run = (word,)


def find(sentences, min_count, threshold, scoring="default", connectors=()):
    """Return {tuple of words: score}."""
    words = Counter(word for sentence in sentences for word in sentence)
    pairs = Counter(pair for sentence in sentences for pair in candidates(sentence, connectors))
    n_types = sum(word not in connectors for word in words) + len(pairs)
    total = sum(words.values())
    found = {}
    for pair, count in pairs.items():
        if count < min_count:
            continue
        first, last = words[pair[0]], words[pair[-1]]
        if scoring == "npmi":
            score = log(count / total / (first / total * last / total)) / -log(count / total)
        else:
            score = (count - min_count) / first / last * n_types
        if score > threshold:
            found[pair] = score
    return found


def join(sentence, phrases, connectors=(), delimiter="_"):
    """Return the sentence with phrases joined from left to right."""
    out, k = [], 0
    while k < len(sentence):
        stop = k + 1
        if sentence[k] not in connectors:
            while stop < len(sentence) and sentence[stop] in connectors:
                stop += 1
            if tuple(sentence[k : stop + 1]) in phrases and stop < len(sentence):
                out.append(delimiter.join(sentence[k : stop + 1]))
                k = stop + 1
                continue
        out.append(sentence[k])
        k += 1
    return out
