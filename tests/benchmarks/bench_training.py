"""Training speed against gensim, interleaved: raw words a second, ratios, and how busy the cores are.

    python tests/benchmarks/bench_training.py CORPUS [--rounds 3] [--threads 2] [--tenfold] [--skip-gensim]

CORPUS is a text file with lines of at most 10,000 words (gensim drops what lies past that). Everything is
compiled before the clock starts; the loss is computed as by default; vocabulary and encoding are not timed
(bench_encoding.py does that). Each round trains one epoch of every system, one after the other.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from threadpoolctl import threadpool_limits

from wordvec import LineCorpus, Word2Vec
from wordvec.embeddings.word2vec_options import Word2VecOptions
from wordvec.embeddings.word2vec_training import Word2VecRun, new_tables
from wordvec.text.corpus import EncodedCorpus, encode_corpus
from wordvec.text.vocabulary import Vocabulary

SHARED = {"vector_size": 100, "window": 5, "negative": 5, "sample": 1e-3, "min_count": 5}


def short_lines(encoded: EncodedCorpus, length: int) -> EncodedCorpus:
    """Return the same text in sentences of `length` words."""
    n_tokens = len(encoded.token_ids)
    starts = np.append(np.arange(0, n_tokens, length), n_tokens)
    return EncodedCorpus(encoded.token_ids, starts, encoded.n_raw_tokens)


def more_words(
    vocabulary: Vocabulary, encoded: EncodedCorpus, factor: int
) -> tuple[Vocabulary, EncodedCorpus]:
    """Return the same text with each word drawn from `factor` words that take its place."""
    drawn = np.random.default_rng(1).integers(factor, size=len(encoded.token_ids))
    ids = encoded.token_ids.astype(np.int64) * factor + drawn
    found, ids, counts = np.unique(ids, return_inverse=True, return_counts=True)
    words = [f"{vocabulary.index_to_key[k // factor]}{k % factor}" for k in found.tolist()]
    return Vocabulary(words, counts), EncodedCorpus(
        ids.astype(np.int32), encoded.starts, encoded.n_raw_tokens
    )


def more_text(encoded: EncodedCorpus, factor: int) -> EncodedCorpus:
    """Return the text `factor` times over."""
    n = len(encoded.token_ids)
    starts = np.concatenate([encoded.starts[:-1] + n * k for k in range(factor)] + [[n * factor]])
    return EncodedCorpus(np.tile(encoded.token_ids, factor), starts, encoded.n_raw_tokens * factor)


def ours(vocabulary, encoded, architecture, mode, n_threads):
    """Return a function that trains one epoch and gives its seconds."""
    options = Word2VecOptions.of(Word2Vec(architecture, mode=mode, epochs=1, **SHARED))
    run = Word2VecRun(options, vocabulary, encoded, new_tables(len(vocabulary), 100, 1), n_threads)

    def train() -> float:
        run.state.epoch, run.state.n_tokens_done = 0, 0
        start = time.perf_counter()
        run.train()
        return time.perf_counter() - start

    return train


def gensim(path, architecture, n_threads):
    """The same for gensim, in its fastest mode."""
    from gensim.models import Word2Vec as Theirs

    model = Theirs(**SHARED, sg=int(architecture == "skipgram"), workers=n_threads, seed=1)
    model.build_vocab(corpus_file=path)

    def train() -> float:
        start = time.perf_counter()
        model.train(
            corpus_file=path,
            total_words=model.corpus_total_words,
            total_examples=model.corpus_count,
            epochs=1,
        )
        return time.perf_counter() - start

    return train


def matrix_product_rate() -> float:
    """GFLOP/s of a float32 matrix product with one thread."""
    a = np.ones((1024, 1024), np.float32)
    with threadpool_limits(1):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            a @ a
            times.append(time.perf_counter() - start)
    return 2 * 1024**3 / min(times) / 1e9


def flops_per_kept_word(architecture: str, window: int, shared_negatives: int, size: int) -> float:
    """Multiplications and additions that the formulas ask for; padding and zeros of the band not counted."""
    if architecture == "skipgram":
        return 6.0 * size * (2 * window + shared_negatives)
    return 6.0 * size * (1 + shared_negatives) + 4.0 * size * 2 * window


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--architectures", nargs="+", default=["skipgram", "cbow"])
    parser.add_argument("--tenfold", action="store_true", help="ten times the vocabulary and the text, too")
    parser.add_argument("--skip-gensim", action="store_true")
    arguments = parser.parse_args()
    n = arguments.threads
    vocabulary, encoded = encode_corpus(LineCorpus(arguments.corpus), min_count=5)
    keep = vocabulary.keep_probabilities(SHARED["sample"])
    kept_share = float((vocabulary.counts * keep).sum()) / encoded.n_raw_tokens
    warm = EncodedCorpus(encoded.token_ids[:200_000], np.array([0, 200_000]), 200_000)
    for architecture in arguments.architectures:
        shared_negatives = Word2VecOptions.of(Word2Vec(architecture)).shared_negatives
        systems = {}
        for mode in ("deterministic", "racing"):
            start = time.perf_counter()
            ours(vocabulary, warm, architecture, mode, n)()
            print(
                f"{architecture} {mode}: first call, with compilation or loading, {time.perf_counter() - start:.1f} s"
            )
            systems[f"{mode} {n}"] = ours(vocabulary, encoded, architecture, mode, n)
            systems[f"{mode} 1"] = ours(vocabulary, encoded, architecture, mode, 1)
        systems[f"deterministic {n}, lines of 8"] = ours(
            vocabulary, short_lines(encoded, 8), architecture, "deterministic", n
        )
        tokens = dict.fromkeys(systems, encoded.n_raw_tokens)
        if arguments.tenfold:
            name = f"deterministic {n}, 10 x the vocabulary"
            systems[name] = ours(*more_words(vocabulary, encoded, 10), architecture, "deterministic", n)
            name = f"deterministic {n}, 10 x the text"
            systems[name] = ours(vocabulary, more_text(encoded, 10), architecture, "deterministic", n)
            tokens[name] = 10 * encoded.n_raw_tokens
        if not arguments.skip_gensim:
            systems[f"gensim {n}"] = gensim(arguments.corpus, architecture, n)
        rates: dict[str, list[float]] = {name: [] for name in systems}
        peak = []
        for _ in range(arguments.rounds):
            for name, train in systems.items():
                rates[name].append(tokens.get(name, encoded.n_raw_tokens) / train() / 1e6)
            peak.append(matrix_product_rate())
        flops = flops_per_kept_word(architecture, SHARED["window"], shared_negatives, 100) * kept_share
        print(f"\n{architecture}: system and threads, million raw words/s (median of {arguments.rounds})")
        for name, values in rates.items():
            median = statistics.median(values)
            line = f"  {name:32} {median:6.2f}   " + " ".join(f"{value:.2f}" for value in values)
            if f"gensim {n}" in rates:
                ratios = [a / b for a, b in zip(values, rates[f"gensim {n}"])]
                line += f"   {statistics.median(ratios):5.1f} x gensim"
            if name == "racing 1":
                share = statistics.median(v * flops / 1e3 / p for v, p in zip(values, peak))
                line += f"   {median * flops / 1e3:.0f} GFLOP/s, {share:.0%} of a matrix product's"
            print(line)
        for mode in ("deterministic", "racing"):
            ratios = [a / b for a, b in zip(rates[f"{mode} {n}"], rates[f"{mode} 1"])]
            print(f"  {mode}: {n} threads {statistics.median(ratios):.2f} x one")
        ratios = [a / b for a, b in zip(rates[f"deterministic {n}"], rates[f"racing {n}"])]
        print(f"  deterministic: {statistics.median(ratios):.2f} of the speed of racing with {n} threads")
        for name, values in rates.items():
            if ", " in name:
                ratios = [a / b for a, b in zip(values, rates[f"deterministic {n}"])]
                print(f"  {name}: {statistics.median(ratios):.2f} of the speed without")


if __name__ == "__main__":
    main()
