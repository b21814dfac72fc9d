"""Quality of the default settings over seeds: mean and standard error of each evaluation set.

    python tests/benchmarks/bench_quality.py CORPUS EVALUATION_FOLDER [--seeds 3] [--architectures ...] [--set K=V ...]
        [--then TEXT ...] [--then-set K=V ...]
    python tests/benchmarks/bench_quality.py VECTORS EVALUATION_FOLDER --score

With `--then`, each model is scored again after `partial_fit` on these texts, one call for each. With `--set max_n=6` or
another parameter of n-grams it is FastText. `--score` scores a file of vectors instead, one of fastText for example.

EVALUATION_FOLDER holds questions-words.txt, wordsim353.tsv, simlex999.txt, EN-MEN-TR-3k.txt, EN-RW-STANFORD.txt (for
n-grams), and for the choice of settings EN-RG-65.txt and EN-MTurk-771.txt. Analogies are among the 30,000 most frequent
words, semantic and syntactic ones apart, too.
"""

from __future__ import annotations

import argparse
import ast
import time
from pathlib import Path

import numpy as np

from wordvec import FastText, KeyedVectors, LineCorpus, Word2Vec

PAIRS = {
    "WordSim-353": "wordsim353.tsv",
    "SimLex-999": "simlex999.txt",
    "MEN": "EN-MEN-TR-3k.txt",
    "RG-65": "EN-RG-65.txt",
    "MTurk-771": "EN-MTurk-771.txt",
}
RARE_WORDS = "EN-RW-STANFORD.txt"


def scores(vectors: KeyedVectors, folder: Path) -> dict[str, float]:
    """Return one figure for each set, and the shares of right answers to semantic and to syntactic analogies."""
    found = vectors.evaluate_word_analogies(folder / "questions-words.txt", restrict_vocab=30_000)
    result = {"analogies": found.accuracy}
    for name, is_syntactic in (("semantic", False), ("syntactic", True)):
        sections = [each for each in found.sections if each.name.startswith("gram") == is_syntactic]
        result[name] = sum(each.correct for each in sections) / sum(each.total for each in sections)
    for name, file in {**PAIRS, **({} if vectors.subwords is None else {"RW": RARE_WORDS})}.items():
        result[name] = vectors.evaluate_word_pairs(folder / file).spearman
    return result


def parameters(items: list[str]) -> dict[str, object]:
    """Return the parameters of K=V items."""
    return {name: ast.literal_eval(value) for name, _, value in (item.partition("=") for item in items)}


def shown(row: dict[str, float]) -> str:
    """Return figures for a line."""
    return "  ".join(f"{name} {value:.3f}" for name, value in row.items())


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--architectures", nargs="+", default=["skipgram", "cbow"])
    parser.add_argument(
        "--set", nargs="*", default=[], help="parameters of Word2Vec, like learning_rate=0.05"
    )
    parser.add_argument("--then", nargs="+", default=[], help="texts for partial_fit, one after the other")
    parser.add_argument("--then-set", nargs="*", default=[], help="parameters of Word2Vec for these")
    parser.add_argument("--score", action="store_true", help="score a file of vectors")
    arguments = parser.parse_args()
    changes, later_changes = parameters(arguments.set), parameters(arguments.then_set)
    if arguments.score:
        print(shown(scores(KeyedVectors.load(arguments.corpus), arguments.folder)))
        return
    kind = FastText if changes.keys() & {"min_n", "max_n", "bucket", "hash_count"} else Word2Vec
    for architecture in arguments.architectures:
        rows = []
        for seed in range(1, arguments.seeds + 1):
            start = time.perf_counter()
            model = kind(architecture, random_state=seed, **changes).fit(LineCorpus(arguments.corpus))
            seconds = time.perf_counter() - start
            row = scores(model.wv_, arguments.folder)
            losses = " ".join(f"{loss:.4f}" for loss in model.loss_curve_)
            print(f"{architecture} seed {seed}: {shown(row)}  loss {losses}  {seconds:.0f} s", flush=True)
            if arguments.then:
                model.set_params(**later_changes)
                for text in arguments.then:
                    model.partial_fit(LineCorpus(text))
                after = scores(model.wv_, arguments.folder)
                print(f"{architecture} seed {seed}, after partial_fit: {shown(after)}", flush=True)
                row |= {f"{name} after": value for name, value in after.items()}
            rows.append(row)
        for name in rows[0]:
            values = np.array([row[name] for row in rows])
            error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
            print(f"{architecture} {name:18} {values.mean():.4f} +- {error:.4f}", flush=True)


if __name__ == "__main__":
    main()
