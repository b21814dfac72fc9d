"""DocumentVectors beside gensim's Doc2Vec on the reviews of IMDB: error of a classifier, words/s, inference; one run.

    python tests/benchmarks/bench_documents.py FOLDER --parts error speed inference [--rounds 3] [--threads 2]

FOLDER holds IMDB as `aclImdb-labelled.tar.xz` and `unsup.txt.xz`. The settings are those of gensim's notebook on IMDB:
100 floats, words that occur twice, no subsampling, 5 negative samples, 20 epochs over all 100,000 reviews; a logistic
regression learns from the vectors of the 25,000 training reviews. `speed` trains three epochs on the first 20,000.
"""

import argparse
import lzma
import random
import re
import statistics
import tarfile
import time
from pathlib import Path

import numpy as np
from gensim.models.doc2vec import Doc2Vec, TaggedDocument
from sklearn.linear_model import LogisticRegression

from wordvec import DocumentVectors

SETTINGS = {"vector_size": 100, "min_count": 2, "sample": 0, "negative": 5}


def tokens_of(text):
    return re.sub(r"([.\",()!?;:])", r" \1 ", text.lower().replace("<br />", " ")).split()


def read(folder):
    """Return all reviews as tokens, in a random order, with "train pos" and the like."""
    rows = []
    with tarfile.open(folder / "aclImdb-labelled.tar.xz") as archive:
        for member in archive:
            if member.name.endswith(".txt"):
                *_, part, label, _ = member.name.split("/")
                rows.append((tokens_of(archive.extractfile(member).read().decode()), f"{part} {label}"))
    with lzma.open(folder / "unsup.txt.xz", "rt", encoding="utf-8") as lines:
        rows += [(tokens_of(line), "unsup") for line in lines]
    random.Random(1).shuffle(rows)
    texts, labels = zip(*rows)
    return list(texts), np.array(labels)


def ours(architecture, threads, epochs=20):
    return DocumentVectors(architecture, epochs=epochs, n_jobs=threads, **SETTINGS)


def theirs(architecture, threads, epochs=20):
    alpha = 0.05 if architecture == "dm" else 0.025
    return Doc2Vec(dm=int(architecture == "dm"), epochs=epochs, workers=threads, alpha=alpha, **SETTINGS)


def error(vectors, labels):
    parts = []
    for part in ("train", "test"):
        rows = np.flatnonzero(np.char.startswith(labels, part))
        parts += [vectors[rows], np.char.endswith(labels[rows], "pos")]
    model = LogisticRegression(max_iter=2000).fit(*parts[:2])
    return 1 - model.score(*parts[2:])


def print_errors(texts, labels, architectures, threads, with_gensim):
    for architecture in architectures:
        start = time.perf_counter()
        model = ours(architecture, threads).fit(texts)
        seconds = time.perf_counter() - start
        print(
            f"{architecture:<6} ours    error {error(model.document_vectors_, labels):.4f} {seconds:6.0f} s",
            flush=True,
        )
        if with_gensim:
            start = time.perf_counter()
            other = theirs(architecture, threads)
            documents = [TaggedDocument(text, [k]) for k, text in enumerate(texts)]
            other.build_vocab(documents)
            other.train(documents, total_examples=len(documents), epochs=20)
            seconds = time.perf_counter() - start
            print(
                f"{architecture:<6} gensim  error {error(other.dv.vectors, labels):.4f} {seconds:6.0f} s",
                flush=True,
            )


def print_speeds(texts, architectures, threads, rounds):
    documents = [TaggedDocument(text, [k]) for k, text in enumerate(texts)]
    n_words = 3 * sum(map(len, texts))
    for architecture in architectures:
        ours(architecture, threads, 1).fit(texts[:100])
        rates = []
        for _ in range(rounds):
            model = ours(architecture, threads, 3).fit(texts)
            other = theirs(architecture, threads, 3)
            other.build_vocab(documents)
            start = time.perf_counter()
            other.train(documents, total_examples=len(documents), epochs=3)
            seconds = time.perf_counter() - start
            rates.append((n_words / model.fit_times_["training"] / 1e6, n_words / seconds / 1e6))
        mine, others = map(statistics.median, zip(*rates))
        print(
            f"{architecture:<6} training, M words/s: {mine:.2f}, gensim {others:.3f}; {mine / others:.1f} x",
            flush=True,
        )


def print_inference(texts, architectures, threads, rounds):
    known, others = texts[:20_000], texts[20_000:21_000]
    documents = [TaggedDocument(text, [k]) for k, text in enumerate(known)]
    for architecture in architectures:
        model, other = ours(architecture, threads, 3).fit(known), theirs(architecture, threads, 3)
        model.set_params(infer_epochs=20)
        other.build_vocab(documents)
        other.train(documents, total_examples=len(documents), epochs=3)
        model.transform(others[:10])
        rates = []
        for _ in range(rounds):
            start = time.perf_counter()
            found = model.transform(others)
            mine = len(others) / (time.perf_counter() - start)
            start = time.perf_counter()
            for text in others[:100]:
                other.infer_vector(text, epochs=20)
            rates.append((mine, 100 / (time.perf_counter() - start)))
        mine, theirs_rate = map(statistics.median, zip(*rates))
        one = model.set_params(n_jobs=1).transform(others[::-1])[::-1]
        print(f"{architecture:<6} inference, documents/s: {mine:.0f}, gensim {theirs_rate:.0f}; "
              f"{mine / theirs_rate:.0f} x; equal bits with one thread, another order: {np.array_equal(one, found)}",
              flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parts", nargs="+", default=["speed", "inference", "error"])
    parser.add_argument("--architectures", nargs="+", default=["dbow", "dm"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--with-gensim", action="store_true", help="train gensim's for `error`, too: minutes")
    arguments = parser.parse_args()
    texts, labels = read(arguments.folder)
    if "speed" in arguments.parts:
        print_speeds(texts[:20_000], arguments.architectures, arguments.threads, arguments.rounds)
    if "inference" in arguments.parts:
        print_inference(texts, arguments.architectures, arguments.threads, arguments.rounds)
    if "error" in arguments.parts:
        print_errors(texts, labels, arguments.architectures, arguments.threads, arguments.with_gensim)


if __name__ == "__main__":
    main()
