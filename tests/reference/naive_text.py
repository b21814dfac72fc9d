"""Slow, obvious references for text, vocabulary and encoding; NumPy and the standard library only."""

import codecs
import math
from collections import Counter

import numpy as np


def sentences(data, tokenize=str.split, errors="strict", encoding="utf-8"):
    """Sentences of the text in `data` (bytes): one a line, lines end at "\\n" only."""
    if encoding == "utf-8":
        data = data.removeprefix(codecs.BOM_UTF8)
    lines = data.decode(encoding, errors).split("\n")
    return [tokens for tokens in map(tokenize, lines) if tokens]


def vocabulary(sentences, min_count=1, max_vocab_size=None):
    """Words and counts by falling count, ties in order of first sight."""
    counts = Counter(token for sentence in sentences for token in sentence)
    kept = [(word, count) for word, count in counts.items() if count >= min_count]
    kept = sorted(kept, key=lambda pair: -pair[1])[:max_vocab_size]
    return [word for word, _ in kept], [count for _, count in kept]


def encode(sentences, words):
    """Token ids and starts; unknown words and empty sentences left out."""
    token_ids, starts = [], [0]
    for sentence in sentences:
        token_ids += [words.index(token) for token in sentence if token in words]
        if len(token_ids) > starts[-1]:
            starts.append(len(token_ids))
    return np.array(token_ids, np.int32), np.array(starts, np.int64)


def keep_probability(count, total, sample):
    """word2vec.c: (sqrt(count / (sample * total)) + 1) * (sample * total) / count."""
    return min(1.0, (math.sqrt(count / (sample * total)) + 1) * (sample * total) / count)
