"""Vocabulary and encoding of a text file: ours against gensim's scan of the same file, interleaved.

    python tests/benchmarks/bench_encoding.py CORPUS [--rounds 3] [--min-count 5]

gensim counts words only; ours also turns the whole text into ids. Compilation is done before the clock starts
and reported apart. The file is read once before, so that both find it in the system's cache.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def compile_kernels() -> None:
    from wordvec.text.corpus import LineCorpus, encode_corpus

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.txt"
        path.write_text("a few words\n" * 10, "utf-8")
        encode_corpus(LineCorpus(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="a text file, split at white space")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--min-count", type=int, default=5)
    arguments = parser.parse_args()

    from gensim.models import Word2Vec

    from wordvec.text.corpus import LineCorpus, encode_corpus

    def ours() -> Any:
        return encode_corpus(LineCorpus(arguments.corpus), min_count=arguments.min_count)

    def theirs() -> Any:
        # A vector of one number: build_vocab also makes the tables, which is not what is measured.
        model = Word2Vec(min_count=arguments.min_count, vector_size=1)
        model.build_vocab(corpus_file=str(arguments.corpus))
        return model

    print(f"compilation {seconds(compile_kernels)[0]:.2f} s")
    with arguments.corpus.open("rb") as file:
        while file.read(1 << 20):
            pass
    times: dict[str, list[float]] = {"ours": [], "gensim": []}
    for _ in range(arguments.rounds):
        spent, (vocabulary, encoded) = seconds(ours)
        times["ours"].append(spent)
        spent, model = seconds(theirs)
        times["gensim"].append(spent)

    print(f"{encoded.n_raw_tokens} tokens, {len(vocabulary)} words; gensim {len(model.wv)} words")
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        each = " ".join(f"{value:.2f}" for value in values)
        print(f"{name:7} median {medians[name]:.2f} s ({each})")
    print(f"tokens/s {encoded.n_raw_tokens / medians['ours'] / 1e6:.1f} M")
    print(f"ratio   {medians['gensim'] / medians['ours']:.2f} x")


if __name__ == "__main__":
    main()
