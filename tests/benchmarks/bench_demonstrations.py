"""Choice of demonstrations: its speed against a loop over queries, and what the choice is worth to a decoder.

    python tests/benchmarks/bench_demonstrations.py speed [--examples 100000] [--queries 10000] [--width 100] [-k 8]
    python tests/benchmarks/bench_demonstrations.py accuracy FOLDER [--vectors FILE] [--sets sst-sentences trec-qc]
        [-k 8] [--pool 1000] [--queries 300] [--seeds 5] [--plain]

speed: vectors of examples and queries are given, normal numbers by seed 1. The loop does for each query what the KNN
of DSPy's KNNFewShot does: look the vector up, multiply, sort all scores, take the last k. It runs on --loop queries,
all by default, and its time is scaled to all of them. Both must choose the same examples, but for scores that differ
by less than rounding. Where dspy is installed, its own KNN runs on the same vectors, too.

accuracy: for each seed, --pool examples are drawn from the train part and --queries texts from the test part. The
decoder of FOLDER (what wordvec lm pretrain --objective causal writes) labels them after the k examples that each
method chooses, and after none; calibrated, with --plain also not. Without --vectors, "knn" compares the mean hidden
states of the decoder, and "coverage" terms. The table has the mean over the seeds and their standard deviation; "most
frequent" is the most frequent label of the examples.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wordvec import KeyedVectors
from wordvec.pipelines.datasets.loading import load_dataset
from wordvec.pipelines.prompting import DemonstrationSelector, InContextClassifier, PromptTemplate

TEMPLATES = {
    "sst-sentences": ("Review: {text}\nSentiment: {label}", {"neg": "bad", "pos": "good"}),
    "trec-qc": (
        "Question: {text}\nType: {label}",
        {
            "ABBR": "abbreviation", "DESC": "description", "ENTY": "thing", "HUM": "person", "LOC": "place",
            "NUM": "number",
        },
    ),
}  # fmt: skip
METHODS = ("none", "random", "knn", "coverage")
_ROUNDING = 1e-5


def speed(n_examples: int, n_queries: int, width: int, k: int, n_loop: int) -> None:
    """Print the times of the selector, of the loop, and of dspy's KNN where it is installed."""
    rng = np.random.default_rng(1)
    examples, queries = (
        normal / np.linalg.norm(normal, axis=1, keepdims=True)
        for normal in (rng.normal(size=(n, width)).astype(np.float32) for n in (n_examples, n_queries))
    )
    texts = [f"example {number}" for number in range(n_examples)]
    asked = [f"query {number}" for number in range(n_queries)]
    selector = DemonstrationSelector("knn", k=k, order="best_first").fit(texts, vectors=examples)
    selector.select(asked[:100], vectors=queries[:100])  # compiles
    seconds, found = timed(lambda: selector.select(asked, vectors=queries))
    print(f"selector        {seconds:9.2f} s for {n_queries:,} queries of {n_examples:,} examples")
    vector_of = dict(zip(asked, queries))
    loops: list[tuple[str, Callable[[str], list[int]]]] = [("loop", like_dspy(examples, vector_of, k))]
    real = dspy_knn(texts, examples, vector_of, k)
    loops += [] if real is None else [("dspy.KNN", real)]
    for name, choose in loops:
        taken, theirs = timed(lambda choose=choose: [choose(query) for query in asked[:n_loop]])
        whole = taken * n_queries / n_loop
        assert_same(found[:n_loop], theirs, examples, queries)
        print(
            f"{name:<15} {whole:9.2f} s ({n_loop:,} queries measured), {whole / seconds:.1f} times as long; same sets"
        )


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of a call, and its result."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def like_dspy(examples: np.ndarray, vector_of: dict[str, np.ndarray], k: int) -> Callable[[str], list[int]]:
    """Return a function that does for one query what DSPy's KNN does."""
    numbers = list(range(len(examples)))

    def choose(query: str) -> list[int]:
        text = " | ".join(f"{name}: {value}" for name, value in {"text": query}.items())
        vector = vector_of[text.removeprefix("text: ")][None]
        scores = np.dot(examples, vector.T).squeeze()
        return [numbers[row] for row in scores.argsort()[-k:][::-1]]

    return choose


def dspy_knn(
    texts: Sequence[str], examples: np.ndarray, vector_of: dict[str, np.ndarray], k: int
) -> Callable[[str], list[int]] | None:
    """Return the KNN of dspy on vectors that are looked up, or None where dspy is not installed."""
    try:
        import dspy
        from dspy.predict.knn import KNN
    except ImportError:
        return None
    known = {**dict(zip(texts, examples)), **vector_of}

    def look_up(several: list[str]) -> np.ndarray:
        return np.array([known[text.removeprefix("text: ")] for text in several])

    number_of = {text: number for number, text in enumerate(texts)}
    knn = KNN(k, [dspy.Example(text=text).with_inputs("text") for text in texts], look_up)
    return lambda query: [number_of[example.text] for example in knn(text=query)]


def assert_same(
    found: Sequence[Sequence[int]], theirs: Sequence[Sequence[int]], examples: np.ndarray, queries: np.ndarray
) -> None:
    """Assert that the same examples were chosen, but for those whose scores differ by less than rounding."""
    for ours, other, query in zip(found, theirs, queries):
        if set(ours) != set(other):
            least = min(float(examples[row] @ query) for row in ours)
            for row in set(ours) ^ set(other):
                assert abs(float(examples[row] @ query) - least) < _ROUNDING, (ours, other)


def accuracy(
    folder: Path,
    sets: Sequence[str],
    k: int,
    n_pool: int,
    n_queries: int,
    seeds: int,
    vectors: Path | None,
    plain: bool,
) -> None:
    """Print a table for each set: a row for each method."""
    from wordvec.pipelines.prompting import DecoderGenerator
    from wordvec.transformer import TransformerFeatures

    generator = DecoderGenerator.load(folder)
    words = None if vectors is None else KeyedVectors.load(vectors)
    embedder = words if words is not None else TransformerFeatures(folder)
    for name in sets:
        example, verbalizers = TEMPLATES[name]
        template = PromptTemplate(example, verbalizers=verbalizers)
        train, test = load_dataset(name, "train"), load_dataset(name, "test")
        scores: dict[str, list[float]] = {}
        for seed in range(1, seeds + 1):
            texts, labels = drawn(train, n_pool, seed)
            queries, truth = drawn(test, n_queries, seed)
            common = Counter(labels).most_common(1)[0][0]
            scores.setdefault("most frequent", []).append(truth.count(common) / len(truth))
            for method in METHODS:
                selector = None
                if method != "none":
                    source = {"knn": embedder, "coverage": words}.get(method)
                    selector = DemonstrationSelector(
                        method, source, k=k, template=template, random_state=seed
                    )
                for is_calibrated in (True, False) if plain else (True,):
                    options = {} if is_calibrated else {"content_free": None}
                    model = InContextClassifier(generator, selector, template=template, **options).fit(
                        texts, labels
                    )
                    row = method if is_calibrated else f"{method}, not calibrated"
                    scores.setdefault(row, []).append(model.score(queries, truth))
        print(f"{name}: accuracy of {n_queries} texts, {k} of {n_pool} examples, {seeds} seeds")
        for row, values in scores.items():
            print(
                f"  {row:<26} {np.mean(values):.3f} +- {np.std(values, ddof=min(1, seeds - 1)):.3f}",
                flush=True,
            )


def drawn(part: Any, n: int, seed: int) -> tuple[list[str], list[str]]:
    """Return n different texts of a part with their labels."""
    rows = np.random.default_rng(seed).permutation(len(part.texts))[:n]
    return [part.texts[row] for row in rows], [str(part.labels[row]) for row in rows]


def main() -> None:
    """Read the arguments and run one of the two."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    fast = commands.add_parser("speed")
    fast.add_argument("--examples", type=int, default=100_000)
    fast.add_argument("--queries", type=int, default=10_000)
    fast.add_argument("--width", type=int, default=100)
    fast.add_argument("-k", type=int, default=8)
    fast.add_argument("--loop", type=int)
    right = commands.add_parser("accuracy")
    right.add_argument("folder", type=Path)
    right.add_argument("--vectors", type=Path)
    right.add_argument("--sets", nargs="+", default=list(TEMPLATES), choices=list(TEMPLATES))
    right.add_argument("-k", type=int, default=8)
    right.add_argument("--pool", type=int, default=1000)
    right.add_argument("--queries", type=int, default=300)
    right.add_argument("--seeds", type=int, default=5)
    right.add_argument("--plain", action="store_true")
    given = parser.parse_args()
    if given.command == "speed":
        speed(given.examples, given.queries, given.width, given.k, given.loop or given.queries)
    else:
        accuracy(
            given.folder,
            given.sets,
            given.k,
            given.pool,
            given.queries,
            given.seeds,
            given.vectors,
            given.plain,
        )


if __name__ == "__main__":
    main()
