"""SHA-256 of both tables after training with 1, 2, 3, 4 and 8 threads, each in a process of its own.

    python tests/benchmarks/bench_determinism.py CORPUS

`Word2Vec` starts at most one thread a core; here there are as many threads as it says, cores or not.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

from wordvec import LineCorpus, Word2Vec
from wordvec.corpus import encode_corpus
from wordvec.options import check_options
from wordvec.training import Run, new_tables


def train(path: str, architecture: str, n_threads: int) -> str:
    """Train one epoch; return the hash and the loss."""
    vocabulary, encoded = encode_corpus(LineCorpus(path))
    options = check_options(Word2Vec(architecture, epochs=1))
    run = Run(options, vocabulary, encoded, new_tables(len(vocabulary), 100, 1), n_threads)
    run.train()
    digest = hashlib.sha256(run.tables.tobytes()).hexdigest()
    return f"{digest} loss {run.state.loss_curve[0]!r}, {encoded.n_raw_tokens} tokens"


def main() -> None:
    """Print a line for each architecture and number of threads."""
    if len(sys.argv) == 4:
        print(train(sys.argv[1], sys.argv[2], int(sys.argv[3])))
        return
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    for architecture in ("skipgram", "cbow"):
        results = set()
        for n_threads in (1, 2, 3, 4, 8):
            command = [sys.executable, __file__, sys.argv[1], architecture, str(n_threads)]
            out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
            results.add(out)
            print(f"{architecture}, {n_threads} threads: {out.strip()}", flush=True)
        print(f"{architecture}: {'the same bits' if len(results) == 1 else 'DIFFERENT BITS'}")


if __name__ == "__main__":
    main()
