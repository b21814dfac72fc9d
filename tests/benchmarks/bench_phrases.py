"""Time of finding phrases beside gensim's `Phrases`, from text file to table, and whether the tables are equal.

    python tests/benchmarks/bench_phrases.py wiki8.txt --rounds 3

The file has one sentence a line.
"""

import argparse
import statistics
import time
from functools import partial
from pathlib import Path

from gensim.models.phrases import Phrases as GensimPhrases
from gensim.models.word2vec import LineSentence

from wordvec.text import CONNECTOR_WORDS, LineCorpus, Phrases


def timed(function, *arguments):
    start = time.perf_counter()
    result = function(*arguments)
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
        measure(name, connectors, arguments.text, arguments.rounds)


def measure(name, connectors, text, rounds):
    times = []
    for _ in range(rounds):
        phrases = Phrases(connector_words=connectors)
        _, seconds = timed(phrases.fit, LineCorpus(text))
        lines = LineSentence(str(text), max_sentence_length=1 << 60)
        theirs, learned = timed(partial(GensimPhrases, lines, connector_words=connectors))
        table, exported = timed(theirs.export_phrases)
        times.append((seconds, learned, learned + exported))
    ours, learned, whole = map(statistics.median, zip(*times))
    print(f"{name:>10}{ours:9.2f}{learned:10.1f}{whole:16.1f}{learned / ours:7.1f}{whole / ours:12.1f}")
    found = phrases.phrases_
    error = max(abs(table[each] - score) / score for each, score in found.items())
    print(
        f"{'':10} {len(table)} phrases, equal: {table.keys() == found.keys()}, largest relative difference {error:.0e}"
    )


if __name__ == "__main__":
    main()
