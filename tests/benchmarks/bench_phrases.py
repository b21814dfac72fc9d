"""Time of finding phrases beside gensim's `Phrases`, from text file to table, and whether the tables are equal.

    python tests/benchmarks/bench_phrases.py wiki8.txt --rounds 3

The file has one sentence a line.
"""

import argparse
import statistics
import time
from pathlib import Path

from gensim.models.phrases import Phrases as GensimPhrases
from gensim.models.word2vec import LineSentence

from wordvec.text import CONNECTOR_WORDS, LineCorpus, Phrases


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    Phrases().fit([["compile", "the", "kernels"]] * 10)
    print(
        f"{'connectors':>10}{'ours s':>9}{'gensim s':>10}{'with its table':>16}{'ratio':>7}{'with table':>12}"
    )
    for name, connectors in (("none", frozenset()), ("English", CONNECTOR_WORDS["en"])):
        times = []
        for _ in range(arguments.rounds):
            ours, seconds = timed(lambda: Phrases(connector_words=connectors).fit(LineCorpus(arguments.text)))
            lines = LineSentence(str(arguments.text), max_sentence_length=1 << 60)
            theirs, learned = timed(lambda: GensimPhrases(lines, connector_words=connectors))
            table, exported = timed(theirs.export_phrases)
            times.append((seconds, learned, learned + exported))
        mine, learned, whole = map(statistics.median, zip(*times))
        print(f"{name:>10}{mine:9.2f}{learned:10.1f}{whole:16.1f}{learned / mine:7.1f}{whole / mine:12.1f}")
        error = max(abs(table[each] - score) / score for each, score in ours.phrases_.items())
        print(f"           {len(table)} phrases, the same: {table.keys() == ours.phrases_.keys()}, "
              f"largest relative difference {error:.0e}")  # fmt: skip


if __name__ == "__main__":
    main()
