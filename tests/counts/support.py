"""Texts, counts of the naive reference, and comparisons."""

import itertools
import math
from collections import Counter

import naive_cooccurrence as naive
import numpy as np
import scipy.sparse

from wordvec.counts.cooccurrence import Cooccurrence
from wordvec.text.vocabulary import Vocabulary

WORDS = ["the", "king", "naïve", "北京", "a b", "\x85"]


def text(n_sentences, seed, n_words=30):
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, n_words + 1)
    return [
        [f"w{w}" for w in rng.choice(n_words, rng.integers(1, 15), p=weights / weights.sum())]
        for _ in range(n_sentences)
    ]


def from_dense(matrix, vocabulary, **settings):
    csr = scipy.sparse.csr_array(np.asarray(matrix, np.float64))
    return Cooccurrence(csr.indptr.astype(np.int64), csr.indices, csr.data, vocabulary, **settings)


def counted(sentences, window=4, **settings):
    """Counts by the naive reference, with their exact unit."""
    vocabulary = Vocabulary.from_counts(Counter(itertools.chain(*sentences)))
    matrix = naive.dense(naive.count_pairs(sentences, window, **settings), vocabulary.index_to_key)
    weighted = settings.get("distance_weighting", True)
    unit = math.lcm(*range(1, window + 1)) if weighted else 1
    settings = {"symmetric": True, "distance_weighting": True, **settings}
    return from_dense(matrix, vocabulary, window=window, unit=unit, **settings)


def as_dict(counts):
    """Bits of each count by words, whatever their ids are."""
    words = counts.vocabulary.index_to_key
    return {
        (words[r], words[c]): v
        for r, c, v in zip(counts.row.tolist(), counts.col.tolist(), counts.value.tolist())
    }


def same(a, b):
    assert a.vocabulary == b.vocabulary
    for name in ("starts", "col", "value"):
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype and x.tobytes() == y.tobytes()
    for name in ("window", "symmetric", "distance_weighting", "unit", "total"):
        assert getattr(a, name) == getattr(b, name)
