"""Compression of fastText classifiers by pruning and product quantisation (Joulin et al. 2016, arXiv:1612.03651)."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np

from wordvec._io.strings import places_of
from wordvec.supervised.hashed import HashedModel
from wordvec.vectors.formats.fasttext_content import FastTextFile
from wordvec.vectors.subwords.rows import CENTROIDS, DenseRows, QuantizedRows, Rows
from wordvec.vectors.subwords.scheme import END_OF_SENTENCE

# Rows from which the centroids are learned, and rounds of k-means.
_SAMPLED = 1 << 15
_ROUNDS = 20
_BLOCK_ROWS = 1 << 16


def quantized(
    model: HashedModel, cutoff: int | None, dsub: int, qnorm: bool, qout: bool, seed: int
) -> HashedModel:
    """Return a compressed model; parameters are those of `EmbeddingPredictor.quantize`."""
    file = model.file
    if cutoff is not None and cutoff < file.input.shape[0]:
        file = _pruned(file, cutoff)
    assert file.output is not None
    output = _quantize(file.output, dsub, qnorm, seed) if qout else file.output
    return dataclasses.replace(
        model, file=dataclasses.replace(file, input=_quantize(file.input, dsub, qnorm, seed), output=output)
    )


def _norms(rows: Rows) -> np.ndarray:
    """Return the Euclidean norms of rows, float32 (R,)."""
    found = np.empty(rows.shape[0], np.float32)
    for first in range(0, len(found), _BLOCK_ROWS):
        found[first : first + _BLOCK_ROWS] = np.linalg.norm(
            rows.block(first, min(first + _BLOCK_ROWS, len(found))), axis=1
        )
    return found


def _pruned(file: FastTextFile, cutoff: int) -> FastTextFile:
    """Return a file with the `cutoff` rows of largest norm, and their words and buckets."""
    from wordvec.kernels.fasttext import copy_pieces

    norms = _norms(file.input)
    # The end of a line stays, which each text has.
    norms[places_of(file.words, file.starts[: file.n_words + 1], END_OF_SENTENCE.encode())] = np.inf
    chosen = np.sort(np.argsort(-norms, kind="stable")[:cutoff])
    n_words = int(np.searchsorted(chosen, file.n_words))
    kept = np.concatenate([chosen[:n_words], np.arange(file.n_words, file.n_words + file.n_labels)])
    starts = np.empty(len(kept) + 1, np.int64)
    words = np.empty(int((file.starts[kept + 1] - file.starts[kept]).sum()), np.uint8)
    copy_pieces(file.words, file.starts[kept], file.starts[kept + 1], words, starts)
    buckets = (chosen[n_words:] - file.n_words).astype(np.uint64)
    return dataclasses.replace(
        file,
        words=words,
        starts=starts,
        counts=file.counts[kept],
        n_words=n_words,
        scheme=dataclasses.replace(file.scheme, kept=buckets),
        input=DenseRows.of(file.input.means(chosen.astype(np.int32), np.arange(len(chosen) + 1))),
    )


def _quantize(rows: Rows, dsub: int, qnorm: bool, seed: int) -> QuantizedRows:
    """Return rows quantised: one of 256 centroids for each `dsub` values, and one of 256 norms."""
    n_rows, size = rows.shape
    table = rows.block(0, n_rows).copy()
    norm_codes, norm_centroids = np.empty(0, np.uint8), np.empty(0, np.float32)
    if qnorm:
        norms = np.linalg.norm(table, axis=1)
        table /= np.where(norms > 0, norms, 1)[:, np.newaxis]
        codes, centroids = _cluster(norms[:, np.newaxis], seed)
        norm_codes, norm_centroids = codes, centroids[:, 0]
    n_parts = -(-size // dsub)
    codes, centroids = np.empty((n_rows, n_parts), np.uint8), np.zeros((n_parts, CENTROIDS, dsub), np.float32)
    for part in range(n_parts):
        values = table[:, part * dsub : (part + 1) * dsub]
        codes[:, part], centroids[part, :, : values.shape[1]] = _cluster(values, seed + part)
    return QuantizedRows(codes, centroids, norm_codes, norm_centroids, (n_rows, size))


def _cluster(values: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest of 256 centroids of each row, uint8 (n,), and the centroids, float32 (256, d)."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    values = np.ascontiguousarray(values)
    draw = np.random.default_rng(seed)
    # Rows that no text used are zeros; they would have most of the centroids.
    used = np.flatnonzero(values.any(axis=1))
    sample = values[draw.choice(used, _SAMPLED, replace=False) if len(used) > _SAMPLED else used]
    centroids = np.zeros((CENTROIDS, values.shape[1]), np.float32)
    n_clusters = min(CENTROIDS - 1, len(np.unique(sample, axis=0)))  # and one of zeros
    if not n_clusters:
        return np.zeros(len(values), np.uint8), centroids
    means = KMeans(n_clusters, init="random", n_init=1, max_iter=_ROUNDS, random_state=seed % 2**32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        means.fit(sample)
    centroids[:n_clusters] = means.cluster_centers_
    codes = np.empty(len(values), np.uint8)
    squares = (centroids[: n_clusters + 1] ** 2).sum(axis=1)
    for first in range(0, len(values), _BLOCK_ROWS):
        block = values[first : first + _BLOCK_ROWS]
        codes[first : first + len(block)] = (squares - 2 * block @ centroids[: n_clusters + 1].T).argmin(
            axis=1
        )
    return codes, centroids
