"""SHA-256 of both tables after training with 1, 2, 3, 4 and 8 threads, each in a process of its own.

    python tests/benchmarks/bench_determinism.py CORPUS [skipgram cbow glove]

The estimators start at most one thread a core; here there are as many threads as stated, whatever the number of cores.
GloVe counts with a budget that shrinks as threads grow, so that the counts of all but the first are merged.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

from wordvec import LineCorpus, Word2Vec
from wordvec.counts.counting import count_encoded
from wordvec.embeddings.glove import GloVe
from wordvec.embeddings.glove_options import GloVeOptions
from wordvec.embeddings.glove_training import GloVeRun
from wordvec.embeddings.word2vec_options import Word2VecOptions
from wordvec.embeddings.word2vec_training import Word2VecRun, new_tables
from wordvec.text.corpus import encode_corpus


def train(path: str, architecture: str, n_threads: int) -> str:
    """Train one epoch; return the hash and the loss."""
    vocabulary, encoded = encode_corpus(LineCorpus(path))
    if architecture == "glove":
        return train_glove(vocabulary, encoded, n_threads)
    options = Word2VecOptions.of(Word2Vec(architecture, epochs=1))
    run = Word2VecRun(options, vocabulary, encoded, new_tables(len(vocabulary), 100, 1), n_threads)
    run.train()
    digest = hashlib.sha256(run.tables.tobytes()).hexdigest()
    return f"{digest} loss {run.state.loss_curve[0]!r}, {encoded.n_raw_tokens} tokens"


def train_glove(vocabulary, encoded, n_threads: int) -> str:
    """Count and train one epoch, with pairs in memory or mapped; return the hash and the loss."""
    counts = count_encoded(
        vocabulary,
        encoded,
        window=10,
        symmetric=True,
        distance_weighting=True,
        max_memory=(1 << 31) // n_threads**2,
        n_threads=n_threads,
    )
    options = GloVeOptions.of(GloVe(epochs=1))
    run = GloVeRun(options, counts, n_threads, (1 << 31) // n_threads**2)
    run.train()
    digest = hashlib.sha256()
    for array in (counts.starts, counts.col, counts.value, *run.model):
        digest.update(array.data)
    return f"{digest.hexdigest()} loss {run.state.loss_curve[0]!r}, {counts.nnz} pairs"


def main() -> None:
    """Print a line for each architecture and number of threads."""
    if len(sys.argv) == 4 and sys.argv[3].isdigit():
        print(train(sys.argv[1], sys.argv[2], int(sys.argv[3])))
        return
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    for architecture in sys.argv[2:] or ("skipgram", "cbow", "glove"):
        results = set()
        for n_threads in (1, 2, 3, 4, 8):
            command = [sys.executable, __file__, sys.argv[1], architecture, str(n_threads)]
            out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
            results.add(out)
            print(f"{architecture}, {n_threads} threads: {out.strip()}", flush=True)
        print(f"{architecture}: {'the same bits' if len(results) == 1 else 'DIFFERENT BITS'}")


if __name__ == "__main__":
    main()
