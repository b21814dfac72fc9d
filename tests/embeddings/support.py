"""Texts, counts, runs and digests for the tests of GloVe."""

import hashlib

import numpy as np
import scipy.sparse

from wordvec.counts.cooccurrence import Cooccurrence
from wordvec.embeddings.glove import GloVe
from wordvec.embeddings.glove_options import GloVeOptions
from wordvec.embeddings.glove_training import GloVeRun

SMALL = dict(vector_size=8, window=3, min_count=2, epochs=3, x_max=5.0, random_state=4)
UNLIMITED = 2 << 30


def text(n_sentences, seed, n_words=200):
    """Sentences whose words come from one of two halves of the vocabulary: half of one theme, half of another."""
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, n_words + 1)
    sentences = []
    for _ in range(n_sentences):
        theme = int(rng.integers(2))
        words = rng.choice(n_words, rng.integers(3, 20), p=weights / weights.sum())
        sentences.append([f"{'ab'[theme]}{w}" for w in words])
    return sentences


def random_counts(n_words, seed, density=0.3):
    """Counts of no symmetry, some rows and columns without any."""
    rng = np.random.default_rng(seed)
    matrix = np.exp(rng.normal(0.5, 1.5, size=(n_words, n_words)))
    matrix[rng.random((n_words, n_words)) > density] = 0
    matrix[rng.random(n_words) < 0.1] = 0
    matrix[:, rng.random(n_words) < 0.1] = 0
    matrix[0, n_words // 2] = 3.5
    return matrix


def counts_of(matrix, words=None):
    return Cooccurrence.from_scipy(scipy.sparse.csr_array(matrix), words)


def new_run(counts, n_threads=1, max_memory=UNLIMITED, **changes):
    options = GloVeOptions.of(GloVe(**{**SMALL, **changes}))
    return GloVeRun(options, counts, n_threads, max_memory)


def bits(tensors):
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(tensors[name].tobytes())
    return digest.hexdigest()


def digest(model):
    parts = (model.word_vectors_, model.context_vectors_, model.word_biases_, model.context_biases_)
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
