"""Effect of word vectors, their clusters, gazetteers and the dictionary of the training data on a tagger's F1.

    python tests/benchmarks/bench_tagging.py prepare FOLDER
    python tests/benchmarks/bench_tagging.py SET FOLDER [--dev] [--plain] [--crfsuite] [--c1 X] [--c2 X] ...

`prepare` trains skip-gram vectors (lower case, 100 floats) on wiki-en's two files and on wiki-zh's characters, into
FOLDER. SET is conll2003, ewt, conll2000, people-daily, msra, weibo or resume. --dev scores on development data (a
tenth of the training data where there is none), on which settings were chosen; without it the test data are scored.
--plain leaves vectors and clusters out; --crfsuite runs python-crfsuite on the same plain features. --dictionary is
that of `CRFTagger`, --gazetteer a file of names as [NAME=]FILE. --every takes a part of the training data, --first its
beginning.

Needs WORDVEC_DATA.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from crfsuite import train_crfsuite

from wordvec import KeyedVectors, LineCorpus, Word2Vec
from wordvec.pipelines.datasets.loading import load_dataset, text_file
from wordvec.pipelines.metrics.entities import entity_scores, token_accuracy
from wordvec.pipelines.tagging import (
    Columns,
    CRFTagger,
    TokenFeatures,
    convert_tags,
    read_gazetteer,
    words_to_bmes,
)
from wordvec.pipelines.workflows.taggers import named_file

# Data set, extra columns, kind of token.
SETS = {
    "conll2003": ("conll2003-en", ("pos", "chunk"), "word"),
    "conll2000": ("conll2000-chunking", ("pos",), "word"),
    "ewt": ("ud-english-ewt", (), "word"),
    "people-daily": ("people-daily", (), "char"),
    "msra": ("msra-ner", (), "char"),
    "weibo": ("weibo-ner", (), "char"),
    "resume": ("resume-ner", (), "char"),
}
CLUSTER_SIZES = (64, 256, 1024)


def prepare(folder: Path) -> None:
    """Write text and vectors."""
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
        print(f"{name}: {len(kv)} words, {time.perf_counter() - start:.0f} s", flush=True)


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
    parser.add_argument("--dictionary", action="store_true")
    parser.add_argument("--gazetteer", action="append", default=[], metavar="[NAME=]FILE")
    parser.add_argument("--vector-window", type=int, default=1)
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--c1", type=float, default=0.05)
    parser.add_argument("--c2", type=float, default=0.05)
    parser.add_argument("--every", type=int, default=1, help="learn from every so many-th sentence")
    parser.add_argument("--first", type=int, help="learn from so many sentences")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    if args.set == "prepare":
        prepare(args.folder)
        return
    _, columns, kind = SETS[args.set]
    X, y, X_score, y_score = load(args.set, args.dev)
    X, y = X[: args.first : args.every], y[: args.first : args.every]
    print(
        f"{args.set}: {len(X)} sentences to learn from, {len(X_score)} to score on {'(dev)' if args.dev else ''}"
    )
    features = TokenFeatures(kind=kind, columns=columns)
    options = dict(
        c1=args.c1,
        c2=args.c2,
        max_iter=args.iterations,
        n_jobs=args.jobs,
        dictionary=args.dictionary,
        verbose=False,
    )
    lists = dict(map(named_file, args.gazetteer))
    options["gazetteers"] = {name: read_gazetteer(path) for name, path in lists.items()}
    if args.crfsuite:
        found, seconds = run_crfsuite(features, X, y, X_score, args)
        report("CRFsuite", y_score, found, seconds)
    if not args.plain:
        options["vectors"] = KeyedVectors.load(
            args.folder / f"{'zh' if kind == 'char' else 'en'}.safetensors"
        )
        options["n_clusters"] = None if args.no_clusters else CLUSTER_SIZES
        options["vector_window"] = None if args.no_vectors else args.vector_window
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
