"""The tagger against python-crfsuite on the same feature lists, in the same run.

    python tests/benchmarks/bench_crf.py conll2000|conll2003|ewt [--iterations 100] [--jobs 2]
        [--c1 0.05] [--c2 0.05] [--sentences N] [--skip-crfsuite]

Both train with possible transitions. Prints objective, seconds, iterations, tagged tokens per second and F1 of
entities (accuracy for parts of speech), and after how many of our seconds we reach CRFsuite's last objective.
The features are the classical ones: word, lower case, shape, prefixes and suffixes to 4, neighbours to 2, part of
speech where the data has it. Needs python-crfsuite and WORDVEC_DATA.
"""

from __future__ import annotations

import argparse
import lzma
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pycrfsuite

from pipelines.metrics import entity_scores, token_accuracy
from pipelines.tagging import CRFTagger, convert_tags

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


def run_crfsuite(X, y, X_test, args) -> tuple[float, float, float, list]:
    """Return objective, seconds of training and of tagging, tags."""
    trainer = pycrfsuite.Trainer(verbose=False)
    for tokens, tags in zip(X, y):
        trainer.append(tokens, tags)
    trainer.set_params(
        {
            "c1": args.c1,
            "c2": args.c2,
            "max_iterations": args.iterations,
            "feature.possible_transitions": True,
        }
    )
    trainer.on_iteration = lambda log, info: None
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model")
        start = time.perf_counter()
        trainer.train(path)
        seconds = time.perf_counter() - start
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        start = time.perf_counter()
        found = [tagger.tag(tokens) for tokens in X_test]
        return trainer.logparser.last_iteration["loss"], seconds, time.perf_counter() - start, found


def evaluate(y: list, found: list) -> float:
    """Return the F1 of entities, or accuracy for parts of speech."""
    return entity_scores(y, found).micro.f1 if any("-" in tag for tag in y[0]) else token_accuracy(y, found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", choices=list(SETS))
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--c1", type=float, default=0.05)
    parser.add_argument("--c2", type=float, default=0.05)
    parser.add_argument("--sentences", type=int)
    parser.add_argument("--skip-crfsuite", action="store_true")
    args = parser.parse_args()
    X, y, X_test, y_test = load(args.set, args.sentences)
    n_tokens = sum(map(len, y))
    per_token = np.mean([len(token) for sentence in X for token in sentence])
    n_test = sum(map(len, y_test))
    print(f"{args.set}: {len(X)} sentences, {n_tokens} tokens, {per_token:.1f} features a token")

    options = dict(
        c1=args.c1, c2=args.c2, n_jobs=args.jobs, all_possible_transitions=True, verbose=False, tol=0.0
    )
    CRFTagger(max_iter=3, **options).fit(X[:50], y[:50]).predict(X[:50])  # compiles the kernels
    start = time.perf_counter()
    model = CRFTagger(max_iter=args.iterations, **options).fit(X, y)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    found = model.predict(X_test)
    tagging = time.perf_counter() - start
    inner = model.training_seconds_
    print(
        f"ours      objective {model.objective_:11.3f}  {seconds:6.2f} s (optimizer {inner[-1]:.2f} s)  "
        f"{model.n_iter_} iterations  tagging {n_test / tagging:8.0f} tokens/s  F1 {evaluate(y_test, found):.4f}",
        flush=True,
    )
    if args.skip_crfsuite:
        return
    loss, their_seconds, their_tagging, found = run_crfsuite(X, y, X_test, args)
    print(
        f"CRFsuite  objective {loss:11.3f}  {their_seconds:6.2f} s  "
        f"tagging {n_test / their_tagging:8.0f} tokens/s  F1 {evaluate(y_test, found):.4f}"
    )
    reached = next((k for k, value in enumerate(model.loss_curve_) if value <= loss), None)
    if reached is None:
        print("ours did not reach CRFsuite's objective")
        return
    ours = seconds - inner[-1] + inner[reached]
    print(
        f"ours reaches it after {reached + 1} iterations, {ours:.2f} s with features and preparation: "
        f"{their_seconds / ours:.1f} x as fast; tagging {their_tagging / tagging:.1f} x"
    )


if __name__ == "__main__":
    main()
