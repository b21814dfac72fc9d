"""The tagger against python-crfsuite on the same feature lists, in the same run.

    python tests/benchmarks/bench_crf.py conll2000|conll2003|ewt [--iterations 100] [--jobs 2]
        [--c1 0.05] [--c2 0.05] [--sentences N] [--skip-crfsuite]
    python tests/benchmarks/bench_crf.py tagging [--set conll2000] [--sentences 2000] [--iterations 100] [--rounds 5]
    python tests/benchmarks/bench_crf.py converge [--sentences 2000] [--jobs 2]
    python tests/benchmarks/bench_crf.py memory [--sentences 20000] [--jobs 2]

Both train with possible transitions. The first form prints objective, seconds, iterations, tagged tokens per second
and F1 of entities (accuracy for parts of speech), and after how many of our seconds we reach CRFsuite's last
objective; for that we may take more iterations than it does. The features are the classical ones: word, lower case,
shape, prefixes and suffixes to 4, neighbours to 2, part of speech where the data has it.

"tagging" trains both on the first sentences and tags the test data in turns, from ready feature lists and from
words: ours extracts the classical features itself, for CRFsuite `bench_extraction.plain_features` makes the same ones.
It prints the medians of the rounds' ratios, of time and of processor time (all threads together).

"converge" trains both on the first sentences of CoNLL-2000 to the optimum, with L2 alone, and compares objectives
and the 50 largest weights. "memory" prints by how much the memory of a fresh process grows in `fit` with vectors of
300 numbers for each word type, in 15 iterations, which fill the optimizer's history. It is compared with the table of
vectors and the sparse features, once with the numbers of attributes alone, and once with a float32 value for each
as in a CSR matrix. Needs python-crfsuite and WORDVEC_DATA.
"""

from __future__ import annotations

import argparse
import lzma
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bench_extraction import plain_features
from crfsuite import train_crfsuite

from wordvec.pipelines.metrics.entities import entity_scores, token_accuracy
from wordvec.pipelines.tagging import Columns, CRFTagger, TokenFeatures, convert_tags
from wordvec.pipelines.tagging.features.attributes import AttributeIndex
from wordvec.vectors.keyed_vectors import KeyedVectors

# Files, and the columns of word, part of speech and tag.
SETS = {
    "conll2000": ("conll2000-chunking/train.txt.xz", "conll2000-chunking/test.txt", 0, 1, 2),
    "conll2003": ("conll2003-en/eng.train.xz", "conll2003-en/eng.testb", 0, 1, 3),
    "ewt": (
        "ud-english-ewt/en_ewt-ud-train.conllu.xz",
        "ud-english-ewt/en_ewt-ud-test.conllu.xz",
        1,
        None,
        3,
    ),
}


def read_rows(path: Path, n_first: int | None = None) -> list[list[list[str]]]:
    """Return the columns of each token of each sentence."""
    data = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    text = data.decode("utf-8")
    is_conllu = ".conllu" in path.name
    sentences = []
    for block in text.split("\n\n"):
        rows = [line.split("\t" if is_conllu else None) for line in block.split("\n") if line.strip()]
        if is_conllu:
            rows = [row for row in rows if row[0].isdigit()]
        if rows and rows[0][0] != "-DOCSTART-":
            sentences.append(rows)
    return sentences[:n_first]


def shape(word: str) -> str:
    """Return the kinds of letters of a word, each run of one kind once."""
    kinds = ["X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in word]
    return "".join(kind for kind, before in zip(kinds, ["", *kinds]) if kind != before)


def features(words: list[str], tags: list[str] | None, place: int) -> list[str]:
    """Return the features of a token."""
    found = ["bias"]
    for offset in range(-2, 3):
        k = place + offset
        if not 0 <= k < len(words):
            found.append(f"edge[{offset}]")
            continue
        word = words[k]
        lower = word.lower()
        found += [f"w[{offset}]={word}", f"l[{offset}]={lower}", f"s[{offset}]={shape(word)}"]
        if tags is not None:
            found += [f"p[{offset}]={tags[k]}", f"p2[{offset}]={tags[k][:2]}"]
        if abs(offset) <= 1:
            for size in range(1, 5):
                found += [f"pre{size}[{offset}]={lower[:size]}", f"suf{size}[{offset}]={lower[-size:]}"]
    if place:
        found.append(f"w[-1,0]={words[place - 1]}|{words[place]}")
        if tags is not None:
            found.append(f"p[-1,0]={tags[place - 1]}|{tags[place]}")
    return list(dict.fromkeys(found))


def load(name: str, n_first: int | None) -> tuple[list, list, list, list]:
    """Return feature lists and tags of the training and test data."""
    train, test, word, speech, tag = SETS[name]
    parts: list[list] = []
    for file, n in ((train, n_first), (test, None)):
        rows = read_rows(Path(os.environ["WORDVEC_DATA"]) / file, n)
        tags = [[row[tag] for row in sentence] for sentence in rows]
        if name == "conll2003":
            tags = convert_tags(tags, "IOB2")
        X = []
        for sentence in rows:
            words = [row[word] for row in sentence]
            speeches = None if speech is None else [row[speech] for row in sentence]
            X.append([features(words, speeches, place) for place in range(len(words))])
        parts += [X, tags]
    return tuple(parts)  # type: ignore[return-value]


def run_crfsuite(X, y, params, X_test) -> tuple[float, float, float, list, dict]:
    """Return objective, seconds of training and of tagging, tags, and the weights of state features."""
    trainer, tagger, seconds = train_crfsuite(X, y, params)
    start = time.perf_counter()
    found = [tagger.tag(tokens) for tokens in X_test]
    tagging = time.perf_counter() - start
    weights = tagger.info().state_features
    return trainer.logparser.last_iteration["loss"], seconds, tagging, found, weights


def evaluate(y: list, found: list) -> float:
    """Return the F1 of entities, or accuracy for parts of speech."""
    return entity_scores(y, found).micro.f1 if any("-" in tag for tag in y[0]) else token_accuracy(y, found)


def compare(args: argparse.Namespace) -> None:
    """Train and tag with both."""
    X, y, X_test, y_test = load(args.task, args.sentences)
    n_tokens, n_test = sum(map(len, y)), sum(map(len, y_test))
    per_token = np.mean([len(token) for sentence in X for token in sentence])
    print(f"{args.task}: {len(X)} sentences, {n_tokens} tokens, {per_token:.1f} features a token")
    options = dict(
        c1=args.c1, c2=args.c2, n_jobs=args.jobs, all_possible_transitions=True, verbose=False, tol=0.0
    )
    CRFTagger(max_iter=3, **options).fit(X[:50], y[:50]).predict(X[:50])  # compiles the kernels
    loss = their_seconds = their_tagging = None
    if not args.skip_crfsuite:
        params = {"c1": args.c1, "c2": args.c2, "max_iterations": args.iterations}
        loss, their_seconds, their_tagging, found, _ = run_crfsuite(X, y, params, X_test)
        print(
            f"CRFsuite  objective {loss:11.3f}  {their_seconds:6.2f} s  "
            f"tagging {n_test / their_tagging:8.0f} tokens/s  F1 {evaluate(y_test, found):.4f}",
            flush=True,
        )
    for n_iterations in (args.iterations, 2 * args.iterations):
        start = time.perf_counter()
        model = CRFTagger(max_iter=n_iterations, **options).fit(X, y)
        seconds = time.perf_counter() - start
        tagging = []
        for _ in range(3):
            start = time.perf_counter()
            found = model.predict(X_test)
            tagging.append(time.perf_counter() - start)
        inner = model.training_seconds_
        print(
            f"ours      objective {model.objective_:11.3f}  {seconds:6.2f} s (optimizer {inner[-1]:.2f} s)  "
            f"{model.n_iter_} iterations  tagging {n_test / np.median(tagging):8.0f} tokens/s  "
            f"F1 {evaluate(y_test, found):.4f}",
            flush=True,
        )
        if loss is None:
            return
        reached = next((k for k, value in enumerate(model.loss_curve_) if value <= loss), None)
        if reached is not None:
            ours = seconds - inner[-1] + inner[reached]
            print(
                f"ours reaches CRFsuite's objective after {reached + 1} iterations, {ours:.2f} s with features and "
                f"preparation: {their_seconds / ours:.1f} x as fast; tagging {their_tagging / np.median(tagging):.1f} x"
            )
            return
    print("ours did not reach CRFsuite's objective")


def tag_in_turns(args: argparse.Namespace) -> None:
    """Tag with both in turns, from ready features and from words."""
    train, test, word, speech, _ = SETS[args.set]
    X, y, X_test, y_test = load(args.set, args.sentences or 2000)
    texts = []
    for file, n in ((train, args.sentences or 2000), (test, None)):
        rows = read_rows(Path(os.environ["WORDVEC_DATA"]) / file, n)
        texts.append([[[row[k] for row in sentence] for k in (word, speech or word)] for sentence in rows])
    has_speech = speech is not None

    def plain(sentences: list) -> list:
        return [plain_features(words, speeches if has_speech else None) for words, speeches in sentences]

    def as_given(sentences: list) -> list:
        return [Columns(words, pos=speeches) if has_speech else words for words, speeches in sentences]

    options: dict[str, Any] = dict(
        c1=args.c1, c2=args.c2, n_jobs=args.jobs, all_possible_transitions=True, verbose=False, tol=0.0
    )
    options["max_iter"], params = args.iterations, {"c1": args.c1, "c2": args.c2}
    params["max_iterations"] = args.iterations
    print(
        f"{args.set}: {len(X)} sentences to learn from, {len(X_test)} with {sum(map(len, y_test))} tokens to tag"
    )
    extractor = TokenFeatures(columns=("pos",) if has_speech else ())
    for label, theirs, ours, theirs_test, ours_test, features in (
        ("ready features", X, X, X_test, X_test, None),
        ("words", plain(texts[0]), as_given(texts[0]), texts[1], as_given(texts[1]), extractor),
    ):
        _, tagger, _ = train_crfsuite(theirs, y, params)
        model = CRFTagger(features=features, **options).fit(ours, y)
        model.predict(ours_test)  # compiles
        make = plain if features else list
        times: list[list[float]] = []
        for _ in range(args.rounds):
            found, *their_times = timed(lambda: [tagger.tag(s) for s in make(theirs_test)])  # noqa: B023
            own, *own_times = timed(lambda: model.predict(ours_test))  # noqa: B023
            times.append([*their_times, *own_times])
        wall, processor = (statistics.median(row[k] / row[k + 2] for row in times) for k in (0, 1))
        print(
            f"  {label:16} CRFsuite {statistics.median(row[0] for row in times):.2f} s, ours "
            f"{statistics.median(row[2] for row in times):.2f} s, {wall:.1f} x; of processor time {processor:.1f} x; "
            f"F1 {evaluate(y_test, found):.4f}, {evaluate(y_test, own):.4f}",
            flush=True,
        )


def timed(run: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return a result, the seconds it took, and those of processor time."""
    start, processor = time.perf_counter(), time.process_time()
    result = run()
    return result, time.perf_counter() - start, time.process_time() - processor


def converge(args: argparse.Namespace) -> None:
    """Train both to the optimum, and compare objectives and weights."""
    X, y, _, _ = load("conll2000", args.sentences or 2000)
    params = {"c1": 0.0, "c2": 1.0, "max_iterations": 100_000, "epsilon": 1e-6, "delta": 1e-9}
    loss, seconds, _, _, theirs = run_crfsuite(X, y, params, [])
    print(f"CRFsuite  objective {loss:.5f}  {seconds:.2f} s", flush=True)
    for tol in (1e-6, 1e-9):
        start = time.perf_counter()
        model = CRFTagger(
            c1=0.0,
            c2=1.0,
            max_iter=None,
            tol=tol,
            n_jobs=args.jobs,
            all_possible_transitions=True,
            verbose=False,
        ).fit(X, y)
        seconds = time.perf_counter() - start
        print(
            f"ours      objective {model.objective_:.5f}  {seconds:.2f} s  {model.n_iter_} iterations, tol {tol}"
        )
        print(f"relative difference of objectives {(model.objective_ - loss) / loss:.2e}")
        compare_weights(model, theirs)


def compare_weights(model: CRFTagger, theirs: dict) -> None:
    """Print how far our 50 largest weights of state features are from CRFsuite's."""
    names, states = model.attributes_.index_to_attribute, model.model_.features.states
    owners = np.repeat(np.arange(len(names)), np.diff(states.indptr))
    places = np.argsort(-np.abs(model.model_.state_weights))[:50]
    weights = model.model_.state_weights[places]
    keys = [(names[owners[f]], str(model.classes_[states.items[f]])) for f in places]
    differences = [abs(weight - theirs[key]) for key, weight in zip(keys, weights)]
    n_common = len(set(keys) & set(sorted(theirs, key=lambda key: -abs(theirs[key]))[:50]))
    print(
        f"50 largest weights: {n_common} are CRFsuite's, greatest difference {max(differences):.2e}, "
        f"sizes {np.abs(weights).min():.3f} to {np.abs(weights).max():.3f}",
        flush=True,
    )


def memory(args: argparse.Namespace) -> None:
    """Start a fresh process that measures the memory of training."""
    command = [sys.executable, __file__, "memory-worker", "--jobs", str(args.jobs)]
    subprocess.run([*command, "--sentences", str(args.sentences or 20_000)], check=True)


def memory_worker(args: argparse.Namespace) -> None:
    """Measure by how much training with vectors makes this process grow."""
    X, y = [], []
    for file, word, tag in (("conll2003-en/eng.train.xz", 0, 1), ("conll2000-chunking/train.txt.xz", 0, 1)):
        for rows in read_rows(Path(os.environ["WORDVEC_DATA"]) / file, args.sentences - len(X)):
            X.append([sys.intern(row[word]) for row in rows])
            y.append([sys.intern(row[tag]) for row in rows])
    types = sorted({word for sentence in X for word in sentence})
    table = np.random.default_rng(1).normal(size=(len(types), 300)).astype(np.float32)
    options = dict(c1=args.c1, c2=args.c2, n_jobs=args.jobs, verbose=False, tol=0.0, max_iter=15)
    CRFTagger(vectors=KeyedVectors(table[:100], types[:100]), **options).fit(X[:50], y[:50])  # compiles
    model = CRFTagger(vectors=KeyedVectors(table, types), **options)
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    model.fit(X, y)
    growth = _memory("VmHWM") - before
    encoded = TokenFeatures().fit(X).encode(X, AttributeIndex(), grow=True)
    ids = encoded.starts.nbytes + encoded.indptr.nbytes + encoded.indices.nbytes
    matrix = ids + 4 * len(encoded.indices)
    print(
        f"{len(X)} sentences, {len(encoded.indptr) - 1} tokens, {len(types)} word types: table "
        f"{table.nbytes / 1e6:.0f} MB, sparse features {ids / 1e6:.0f} MB, {matrix / 1e6:.0f} MB with values, "
        f"{len(model.model_.state_weights)} weights"
    )
    print(
        f"fit grows by {growth / 1e6:.0f} MB, {growth / (table.nbytes + ids):.2f} x both, "
        f"{growth / (table.nbytes + matrix):.2f} x with values"
    )


def _memory(field: str) -> int:
    """Return a field of this process's status in bytes; "VmHWM" is the peak."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.partition(f"{field}:")[2].split()[0])


def main() -> None:
    """Measure and print."""
    modes = {"tagging": tag_in_turns, "converge": converge, "memory": memory, "memory-worker": memory_worker}
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=[*SETS, *modes])
    parser.add_argument("--set", choices=list(SETS), default="conll2000")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--c1", type=float, default=0.05)
    parser.add_argument("--c2", type=float, default=0.05)
    parser.add_argument("--sentences", type=int)
    parser.add_argument("--skip-crfsuite", action="store_true")
    args = parser.parse_args()
    modes.get(args.task, compare)(args)


if __name__ == "__main__":
    main()
