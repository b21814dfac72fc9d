"""Layouts of a map: seconds, memory, neighbours kept, and whether one seed gives the same bits twice.

    python tests/benchmarks/bench_layouts.py VECTORS [--limit N] [--only METHOD ...] [--once]

Each method runs in a process of its own, twice there, on the same exact neighbours where its library takes some: PCA,
t-SNE of openTSNE as `wordvec explore` makes it (each row drawn to its 15 nearest ones) and with a perplexity of 30,
umap-learn and pacmap with their defaults. Needs: pip install openTSNE umap-learn pacmap. Seconds are those of the
process (all its threads), the lesser of two runs, without the search for neighbours; memory is what the process took at
most beside what it had before. Kept: the share of a word's 15 nearest that are among the 15 nearest on the map, of
1,000 words.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from wordvec import KeyedVectors
from wordvec.pipelines.explorer.layouts import pca_layout, tsne_of_neighbors
from wordvec.pipelines.explorer.neighborhoods import neighbor_rows, neighbors_kept, sampled_neighbors

METHODS = ("pca", "tsne", "tsne-perplexity-30", "umap", "pacmap")
SEED = 0


def nothing(share: float) -> None:
    """Take the progress of a layout."""


def perplexity(start: np.ndarray, rows: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    """Return t-SNE with a perplexity of 30, which looks at 90 neighbours."""
    from openTSNE import TSNEEmbedding, affinity, nearest_neighbors

    found = nearest_neighbors.PrecomputedNeighbors(rows, np.maximum(0, 1 - cosines.astype(np.float64)))
    affinities = affinity.PerplexityBasedNN(knn_index=found, perplexity=30, n_jobs=1)
    begin = start.astype(np.float64) * (1e-4 / start[:, 0].std())
    embedding = TSNEEmbedding(begin, affinities, n_jobs=1, random_state=SEED)
    embedding = embedding.optimize(250, exaggeration=12, momentum=0.8)
    return np.asarray(embedding.optimize(500, momentum=0.8))


def umap(unit: np.ndarray, rows: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    """Return UMAP's layout; its neighbours have the row itself first."""
    from umap import UMAP

    own = np.arange(len(rows))[:, None]
    near = np.hstack([own, rows[:, :14]]).astype(np.int64)
    distances = np.hstack([np.zeros(own.shape), np.maximum(0, 1 - cosines[:, :14])]).astype(np.float32)
    model = UMAP(metric="cosine", random_state=SEED, n_jobs=1, precomputed_knn=(near, distances, None))
    return model.fit_transform(unit)


def pacmap(unit: np.ndarray) -> np.ndarray:
    """Return PaCMAP's layout, of neighbours that it finds itself."""
    from pacmap import PaCMAP

    return PaCMAP(distance="angular", random_state=SEED).fit_transform(unit)


def measure(vectors: KeyedVectors, method: str, n_runs: int) -> None:
    """Run a method, and print its line of the table."""
    start, unit = pca_layout(vectors.vectors), vectors.unit_vectors
    rows, true = sampled_neighbors(vectors, SEED)
    begin = time.process_time()
    near, cosines = (
        neighbor_rows(vectors, 15 if method == "tsne" else 90) if method != "pca" else (None, None)
    )
    searched = time.process_time() - begin
    makers = {
        "pca": lambda: pca_layout(vectors.vectors),
        "tsne": lambda: tsne_of_neighbors(near, cosines, start, SEED, nothing),
        "tsne-perplexity-30": lambda: perplexity(start, near, cosines),
        "umap": lambda: umap(unit, near, cosines),
        "pacmap": lambda: pacmap(unit),
    }
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, digests = [], set()
    for _ in range(n_runs):
        begin = time.process_time()
        points = makers[method]()
        seconds.append(time.process_time() - begin)
        digests.add(hashlib.sha256(np.ascontiguousarray(points)).hexdigest())
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    same = ("yes" if len(digests) == 1 else "no") if n_runs > 1 else "-"
    kept = neighbors_kept(points, rows, true)
    print(
        f"| {method} | {min(seconds):.1f} | {searched:.0f} | {memory:.0f} MB | {kept:.1%} | {same} |",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--only", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--once", action="store_true", help="run each method once")
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    vectors = KeyedVectors.load(options.vectors, limit=options.limit)
    n_runs = 1 if options.once else 2
    if options.in_process:
        measure(vectors, options.only[0], n_runs)
        return
    print(f"{len(vectors):,} words, {vectors.vector_size} dimensions\n")
    print("| layout | seconds | of neighbours | memory | neighbours kept | same bits twice |")
    print("|---|--:|--:|--:|--:|---|", flush=True)
    for method in options.only:
        command = [sys.executable, __file__, str(options.vectors), "--only", method, "--in-process"]
        command += [] if options.limit is None else ["--limit", str(options.limit)]
        subprocess.run(command + ["--once"] * options.once, check=True)


if __name__ == "__main__":
    main()
