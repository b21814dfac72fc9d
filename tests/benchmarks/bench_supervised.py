"""The supervised embedding classifier against fastText: speed, and accuracy with fastText tuned.

    python tests/benchmarks/bench_supervised.py [--parts speed accuracy quantize] [--sets NAME ...] [--threads 2]
        [--tuning-texts N] [--ngrams MIN MAX]

With --ngrams, words are composed of their n-grams, too: ours with a bucket of as many rows as fastText's.

Needs fasttext (any of the packages that provide the module `fasttext`) and the data sets under WORDVEC_DATA. Both
get the same tokens: lower-cased words, or rjieba's. Everything is compiled before the clock starts.

speed
    Words of the text a second while training, with 100 floats a vector and bigrams, the two in turn, medians of
    three. The time of an epoch is the difference between runs of many and of few epochs, so that reading the text
    counts for neither; the whole of `fit` and of fastText's run are reported beside it.
accuracy
    fastText's learning rate and epochs are chosen on a fifth of the training texts, or of N of them; ours are the
    defaults, which were chosen in the same way. Then each is trained on all of them and meets the test texts once.
quantize
    Accuracy on the test texts and size of the file of small copies; needs --ngrams.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import fasttext
import numpy as np

from wordvec.pipelines.datasets.loading import load_dataset
from wordvec.supervised.classifier import EmbeddingClassifier
from wordvec.text.tokenizers import resolve_tokenizer

CHINESE = ("chnsenticorp", "tnews-zh")
SETS = ("rt-polarity", "sst-sentences", "trec-qc", "ag-news", *CHINESE, "imdb", "20news-bydate")
RATES = (0.1, 0.5, 1.0)
EPOCHS = (5, 10, 25, 50)
ROUNDS = 3
FEW_EPOCHS = 2
MORE_WORDS = 10_000_000  # that the run of many epochs sees at least
VECTOR_SIZE = 100
BUCKET = 2_000_000
PARTS = ("speed", "accuracy", "quantize")
# Floats of a vector, and rows that are kept.
SMALL = ((16, 80_000), (32, 60_000), (50, 40_000), (50, 50_000))
HELD_OUT = 0.2

Tokens = list[list[str]]


def load_tokens(name: str) -> tuple[Tokens, list[str], Tokens, list[str]]:
    """Return tokens and labels of the training texts, and of the test texts."""
    tokenize = resolve_tokenizer("zh" if name in CHINESE else "word", lowercase=True)
    splits = load_dataset(name).splits
    train, test = splits["train"], splits["test"]
    return (
        [tokenize(text) for text in train.texts],
        [str(label) for label in train.labels],
        [tokenize(text) for text in test.texts],
        [str(label) for label in test.labels],
    )


def train_fasttext(path: Path, ngrams: tuple[int, int] | None, *, rate: float, epochs: int, threads: int):
    """Train fastText on a file, with word bigrams."""
    minn, maxn = ngrams or (0, 0)
    return fasttext.train_supervised(
        str(path), dim=VECTOR_SIZE, lr=rate, epoch=epochs, wordNgrams=2, minCount=1, thread=threads, verbose=0,
        minn=minn, maxn=maxn, bucket=BUCKET,
    )  # fmt: skip


def ours_for(ngrams: tuple[int, int] | None) -> dict[str, object]:
    """Return our parameters for these n-grams."""
    return {} if ngrams is None else {"bucket": BUCKET, "min_n": ngrams[0], "max_n": ngrams[1]}


def write_fasttext(path: Path, texts: Tokens, labels: Sequence[str]) -> Path:
    """Write texts in fastText's format and in random order; white space in labels becomes "_".

    fastText reads a file from its beginning to its end: sorted by class, as IMDB is, it would learn little.
    """
    with path.open("w", encoding="utf-8") as file:
        for row in np.random.default_rng(7).permutation(len(texts)):
            file.write(f"__label__{labels[row].replace(' ', '_')} {' '.join(texts[row])}\n")
    return path


def is_right_fasttext(model, texts: Tokens, labels: Sequence[str]) -> np.ndarray:
    """Return whether each text gets its label."""
    found, _ = model.f.multilinePredict([" ".join(tokens) + "\n" for tokens in texts], 1, 0.0, "strict")
    wanted = [f"__label__{label.replace(' ', '_')}" for label in labels]
    return np.array([bool(row) and row[0] == label for row, label in zip(found, wanted)])


def seconds(work) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bench_speed(name: str, threads: int, ngrams: tuple[int, int] | None) -> None:
    """Print words a second of both."""
    texts, labels, _, _ = load_tokens(name)
    n_words = sum(map(len, texts))
    many_epochs = FEW_EPOCHS + max(4, MORE_WORDS // n_words)
    with tempfile.TemporaryDirectory() as folder:
        path = write_fasttext(Path(folder) / "train.txt", texts, labels)

        def ours(epochs: int, mode: str = "deterministic") -> None:
            EmbeddingClassifier(
                vector_size=VECTOR_SIZE,
                epochs=epochs,
                n_jobs=threads,
                mode=mode,
                verbose=False,
                **ours_for(ngrams),
            ).fit(texts, labels)

        def theirs(epochs: int) -> None:
            train_fasttext(path, ngrams, rate=0.5, epochs=epochs, threads=threads)

        works = {
            "ours": ours,
            "ours, racing": lambda epochs: ours(epochs, "racing"),
            "fastText": theirs,
        }
        for mode in ("deterministic", "racing"):
            some = EmbeddingClassifier(epochs=1, mode=mode, verbose=False, **ours_for(ngrams))
            some.fit(texts[:200], labels[:200])
        few = {key: [] for key in works}
        many = {key: [] for key in works}
        for _ in range(ROUNDS):
            for key, work in works.items():
                few[key].append(seconds(lambda: work(FEW_EPOCHS)))  # noqa: B023
                many[key].append(seconds(lambda: work(many_epochs)))  # noqa: B023
        rates = {}
        for key in works:
            # The fastest run of each is the one that was disturbed least; a difference of medians can be negative.
            passed = min(many[key]) - min(few[key])
            rates[key] = n_words * (many_epochs - FEW_EPOCHS) / passed
            whole = statistics.median(many[key])
            print(
                f"{name}: {key}: {rates[key] / 1e6:.2f} M words/s, {many_epochs} epochs in all {whole:.2f} s"
            )
        print(f"{name}: {rates['ours'] / rates['fastText']:.1f} x fastText, {threads} threads", flush=True)


def tuned(
    texts: Tokens,
    labels: Sequence[str],
    folder: Path,
    threads: int,
    n_texts: int | None,
    ngrams: tuple[int, int] | None,
) -> tuple[float, float, int]:
    """Return fastText's best accuracy on held-out texts, its learning rate and epochs."""
    order = np.random.default_rng(5).permutation(len(texts))[:n_texts]
    n_held = int(HELD_OUT * len(order))
    held, kept = order[:n_held], order[n_held:]
    path = write_fasttext(folder / "part.txt", [texts[i] for i in kept], [labels[i] for i in kept])
    found = []
    for rate in RATES:
        for epochs in EPOCHS:
            model = train_fasttext(path, ngrams, rate=rate, epochs=epochs, threads=threads)
            right = is_right_fasttext(model, [texts[i] for i in held], [labels[i] for i in held])
            found.append((float(right.mean()), rate, epochs))
    return max(found)


def bench_accuracy(
    name: str, threads: int, n_tuning_texts: int | None, ngrams: tuple[int, int] | None
) -> None:
    """Print the accuracies on the test texts, and the standard error of their difference."""
    texts, labels, test_texts, test_labels = load_tokens(name)
    with tempfile.TemporaryDirectory() as folder:
        score, rate, epochs = tuned(texts, labels, Path(folder), threads, n_tuning_texts, ngrams)
        print(
            f"{name}: fastText tuned: learning rate {rate:g}, {epochs} epochs, {score:.4f} held out",
            flush=True,
        )
        path = write_fasttext(Path(folder) / "train.txt", texts, labels)
        start = time.perf_counter()
        model = train_fasttext(path, ngrams, rate=rate, epochs=epochs, threads=threads)
        seconds_theirs = time.perf_counter() - start
        theirs = is_right_fasttext(model, test_texts, test_labels)
    start = time.perf_counter()
    classifier = EmbeddingClassifier(n_jobs=threads, verbose=False, **ours_for(ngrams)).fit(texts, labels)
    seconds_ours = time.perf_counter() - start
    ours = classifier.predict(test_texts) == np.array(test_labels)
    difference = ours.astype(float) - theirs
    error = difference.std() / np.sqrt(len(difference))
    print(
        f"{name}: ours {ours.mean():.4f} in {seconds_ours:.1f} s, fastText {theirs.mean():.4f} in "
        f"{seconds_theirs:.1f} s; difference {difference.mean():+.4f}, standard error {error:.4f}",
        flush=True,
    )


def bench_quantize(name: str, threads: int, ngrams: tuple[int, int]) -> None:
    """Print the accuracies of models and of their small copies."""
    texts, labels, test_texts, test_labels = load_tokens(name)
    for size, cutoff in SMALL:
        model = EmbeddingClassifier(vector_size=size, n_jobs=threads, verbose=False, **ours_for(ngrams))
        small = model.fit(texts, labels).quantize(cutoff=cutoff)
        with tempfile.TemporaryDirectory() as folder:
            small.save(Path(folder, "small.ftz"))
            n_bytes = Path(folder, "small.ftz").stat().st_size
        print(
            f"{name}: {size} floats {model.score(test_texts, test_labels):.4f}, {cutoff:,} rows quantised "
            f"{small.score(test_texts, test_labels):.4f}, {n_bytes / 1e6:.2f} MB",
            flush=True,
        )


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=["speed", "accuracy"])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tuning-texts", type=int)
    parser.add_argument("--ngrams", nargs=2, type=int, metavar=("MIN", "MAX"))
    args = parser.parse_args()
    ngrams = None if args.ngrams is None else (args.ngrams[0], args.ngrams[1])
    for name in args.sets:
        if "speed" in args.parts:
            bench_speed(name, args.threads, ngrams)
        if "accuracy" in args.parts:
            bench_accuracy(name, args.threads, args.tuning_texts, ngrams)
        if "quantize" in args.parts and ngrams is not None:
            bench_quantize(name, args.threads, ngrams)


if __name__ == "__main__":
    main()
