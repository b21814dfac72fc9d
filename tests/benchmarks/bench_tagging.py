"""What word vectors and their clusters give a tagger, on real data.

    python tests/benchmarks/bench_tagging.py prepare FOLDER
    python tests/benchmarks/bench_tagging.py SET FOLDER [--dev] [--plain] [--crfsuite] [--c1 X] [--c2 X] ...

`prepare` trains skip-gram vectors (lower case, 100 floats) on wiki-en's two files and on wiki-zh's characters, and
clusters them, into FOLDER. SET is conll2003, ewt, conll2000, people-daily, msra or weibo. --dev scores on
development data (a tenth of the training data where there is none), on which settings were chosen; without it the
test data are scored. --plain leaves vectors and clusters out; --crfsuite runs python-crfsuite on the same plain
features. --dictionary marks people-daily's characters with the words of the training data, and ewt's words with
their frequent tags there; a sentence to learn from is marked by the other nine tenths, as if it were new. --every
takes a part of the training data.

Chosen on development data, with a third of people-daily (50 iterations; F1 .9494 without, .9584 with the dictionary)
and half of ewt (45 iterations; accuracy .9466 and .9485):

    people-daily FOLDER --dictionary --no-vectors
    ewt FOLDER --dictionary --c2 0.5

Needs WORDVEC_DATA.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import numpy as np
from crfsuite import train_crfsuite

from wordvec import KeyedVectors, LineCorpus, Word2Vec
from wordvec.pipelines.datasets.loading import load_dataset, text_file
from wordvec.pipelines.metrics.entities import entity_scores, token_accuracy
from wordvec.pipelines.tagging import (
    Columns,
    CRFTagger,
    TokenFeatures,
    bmes_to_words,
    cluster_vectors,
    convert_tags,
    words_to_bmes,
)

# Data set, extra columns, kind of token.
SETS = {
    "conll2003": ("conll2003-en", ("pos", "chunk"), "word"),
    "conll2000": ("conll2000-chunking", ("pos",), "word"),
    "ewt": ("ud-english-ewt", (), "word"),
    "people-daily": ("people-daily", (), "char"),
    "msra": ("msra-ner", (), "char"),
    "weibo": ("weibo-ner", (), "char"),
}
CLUSTER_SIZES = (64, 256, 1024)
# Columns of the dictionaries: the longest words that begin, end and go on at a character; the tags of a word.
DICTIONARY_COLUMNS = {"people-daily": ("begins", "ends", "inside"), "ewt": ("tags",)}
LONGEST_WORD, N_FOLDS = 6, 10
# Of the tags of a word.
LEAST_SHARE, MOST_TAGS = 0.05, 3


def prepare(folder: Path) -> None:
    """Write text, vectors and clusters."""
    folder.mkdir(exist_ok=True)
    with (folder / "en.txt").open("w", encoding="utf-8") as file:
        for part in ("raw", "wiki8"):
            for line in text_file("wiki-en", part):
                if not line.startswith(("<doc", "</doc")):
                    words = line.split()
                    file.writelines(" ".join(words[k : k + 1000]) + "\n" for k in range(0, len(words), 1000))
    with (folder / "zh.txt").open("w", encoding="utf-8") as file:
        for line in text_file("wiki-zh", "articles"):
            file.write(" ".join(line.replace(" ", "").strip()) + "\n")
    for name, options in (("en", {"tokenizer": "word", "lowercase": True}), ("zh", {})):
        start = time.perf_counter()
        kv = Word2Vec(vector_size=100, random_state=1).fit(LineCorpus(folder / f"{name}.txt", **options)).wv_
        kv.save(folder / f"{name}.safetensors")
        middle = time.perf_counter()
        sizes = [size for size in CLUSTER_SIZES if size < len(kv) / 4]
        np.save(folder / f"{name}-clusters.npy", cluster_vectors(kv, sizes, random_state=1))
        stop = time.perf_counter()
        print(
            f"{name}: {len(kv)} words, vectors {middle - start:.0f} s, clusters {stop - middle:.0f} s",
            flush=True,
        )


def load(name: str, is_dev: bool) -> tuple[list, list, list, list]:
    """Return sentences and tags to learn from, and to score on."""
    data_name, columns, _ = SETS[name]
    splits = load_dataset(data_name).splits
    train = splits["train"]
    score = splits.get("dev") if is_dev else splits.get("test", splits.get("dev"))

    def sentences(corpus) -> tuple[list, list]:  # type: ignore[no-untyped-def]
        tags = corpus.tags
        if name == "people-daily":  # words, to be found again from their characters
            characters, cuts = zip(*map(words_to_bmes, corpus.tokens))
            return list(characters), list(cuts)
        if name == "conll2003":
            tags = convert_tags(tags, "IOB2")
        if not columns:
            return corpus.tokens, tags
        extra = zip(*(corpus.column(column) for column in columns))
        return [
            Columns(words, **dict(zip(columns, values))) for words, values in zip(corpus.tokens, extra)
        ], tags

    X, y = sentences(train)
    if score is not None and (is_dev or "test" in splits):
        return X, y, *sentences(score)
    if is_dev:
        kept = [k for k in range(len(X)) if k % 10 != 7]
        held = [k for k in range(len(X)) if k % 10 == 7]
        return [X[k] for k in kept], [y[k] for k in kept], [X[k] for k in held], [y[k] for k in held]
    return X, y, *sentences(score)


def mark_words(characters: list[str], words: Collection[str]) -> Columns:
    """Return characters with the lengths of the longest words that begin, end and go on at each, 0 for none."""
    text, n = "".join(characters), len(characters)
    begins, ends, inside = [0] * n, [0] * n, [0] * n
    for first in range(n):
        for length in range(2, min(LONGEST_WORD, n - first) + 1):
            if text[first : first + length] in words:
                last = first + length - 1
                begins[first], ends[last] = length, max(ends[last], length)
                for k in range(first + 1, last):
                    inside[k] = max(inside[k], length)
    marks = (begins, ends, inside)
    return Columns(
        characters,
        **{name: list(map(str, row)) for name, row in zip(DICTIONARY_COLUMNS["people-daily"], marks)},
    )


def mark_tags(words: list[str], tags_of: dict[str, str]) -> Columns:
    """Return words with the tags that their lower-case forms have in a dictionary."""
    return Columns(words, tags=[tags_of.get(word.lower(), "unknown") for word in words])


def frequent_tags(pairs: Counter[tuple[str, str]]) -> dict[str, str]:
    """Return the tags of each word, the most frequent one first, from the numbers of (word, tag)."""
    counts: dict[str, list[tuple[int, str]]] = {}
    for (word, tag), n in pairs.items():
        counts.setdefault(word, []).append((-n, tag))
    found = {}
    for word, tags in counts.items():
        least = -LEAST_SHARE * sum(n for n, _ in tags)
        found[word] = "|".join([tag for n, tag in sorted(tags) if -n >= least][:MOST_TAGS])
    return found


def with_dictionary(name: str, X: list, y: list, X_score: list) -> tuple[list, list]:
    """Return both sets of sentences, marked by what the first one tells."""
    folds: list[Counter] = [Counter() for _ in range(N_FOLDS)]
    for k, (tokens, tags) in enumerate(zip(X, y)):
        if name == "ewt":
            folds[k % N_FOLDS].update(zip(map(str.lower, tokens), tags))
        else:
            folds[k % N_FOLDS].update(bmes_to_words(tokens, tags))
    mark, dictionary = (mark_tags, frequent_tags) if name == "ewt" else (mark_words, set)
    total = sum(folds, Counter())
    others = [dictionary(total - fold) for fold in folds]
    marked = [mark(tokens, others[k % N_FOLDS]) for k, tokens in enumerate(X)]  # type: ignore[operator]
    whole = dictionary(total)
    return marked, [mark(tokens, whole) for tokens in X_score]  # type: ignore[operator]


def run_crfsuite(
    extractor: TokenFeatures, X: list, y: list, X_score: list, args: argparse.Namespace
) -> tuple[list, float]:
    """Return tags and seconds of training."""
    params = {"c1": args.c1, "c2": args.c2, "max_iterations": args.iterations}
    _, tagger, seconds = train_crfsuite(extractor.fit_transform(X), y, params)
    return [tagger.tag(tokens) for tokens in extractor.transform(X_score)], seconds


def report(label: str, y: list, found: list, seconds: float, note: str = "") -> None:
    """Print one line."""
    has_spans = any(tag[:2] in ("B-", "S-", "B") for tags in y[:100] for tag in tags)
    score = f"F1 {entity_scores(y, found).micro.f1:.4f}" if has_spans else ""
    print(
        f"{label:28} {score}  token accuracy {token_accuracy(y, found):.4f}  training {seconds:.1f} s {note}",
        flush=True,
    )


def main() -> None:
    """Train, tag and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", choices=["prepare", *SETS])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--crfsuite", action="store_true")
    parser.add_argument("--no-vectors", action="store_true", help="clusters alone")
    parser.add_argument("--no-clusters", action="store_true", help="vectors alone")
    parser.add_argument("--dictionary", action="store_true", help="of people-daily and ewt")
    parser.add_argument("--vector-window", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="length of the vectors")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--c1", type=float, default=0.05)
    parser.add_argument("--c2", type=float, default=0.05)
    parser.add_argument("--every", type=int, default=1, help="learn from every so many-th sentence")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    if args.set == "prepare":
        prepare(args.folder)
        return
    _, columns, kind = SETS[args.set]
    X, y, X_score, y_score = load(args.set, args.dev)
    X, y = X[:: args.every], y[:: args.every]
    print(
        f"{args.set}: {len(X)} sentences to learn from, {len(X_score)} to score on {'(dev)' if args.dev else ''}"
    )
    if args.dictionary:
        if args.set not in DICTIONARY_COLUMNS:
            parser.error(f"--dictionary is for {' and '.join(DICTIONARY_COLUMNS)}")
        X, X_score = with_dictionary(args.set, X, y, X_score)
        columns = DICTIONARY_COLUMNS[args.set]
    plain = TokenFeatures(kind=kind, columns=columns)
    language = "zh" if kind == "char" else "en"
    kv = KeyedVectors.load(args.folder / f"{language}.safetensors")
    options = dict(
        c1=args.c1,
        c2=args.c2,
        max_iter=args.iterations,
        n_jobs=args.jobs,
        all_possible_transitions=True,
        verbose=False,
    )
    if args.crfsuite:
        found, seconds = run_crfsuite(plain, X, y, X_score, args)
        report("CRFsuite", y_score, found, seconds)
    features = plain
    if not args.plain:
        if not args.no_clusters:
            clusters = np.load(args.folder / f"{language}-clusters.npy")
            features = TokenFeatures(
                kind=kind, columns=columns, clusters=dict(zip(kv.index_to_key, clusters.tolist()))
            )
        if not args.no_vectors:
            unit = kv.unit_vectors() if callable(kv.unit_vectors) else kv.unit_vectors
            vectors = KeyedVectors(np.ascontiguousarray(unit * args.scale), kv.index_to_key)
            options |= {"vectors": vectors, "vector_window": args.vector_window}
    start = time.perf_counter()
    tagger = CRFTagger(features=features, **options).fit(X, y)
    seconds = time.perf_counter() - start
    label = (
        "ours, plain" if args.plain else "ours, with vectors" if args.no_clusters else "ours, with clusters"
    )
    label += " and vectors" if not (args.plain or args.no_clusters or args.no_vectors) else ""
    report(label, y_score, tagger.predict(X_score), seconds, f"objective {tagger.objective_:.1f}")


if __name__ == "__main__":
    main()
