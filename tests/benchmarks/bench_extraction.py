"""Extraction of the classical features: ours against a plain Python extractor, interleaved.

    python tests/benchmarks/bench_extraction.py TRAIN [TEST] [--pos] [--rounds 3]

Files have one token a line, columns between spaces, empty lines between sentences (.xz too). Theirs makes a list
of f-strings for every token and, apart, numbers them; ours goes from words to the numbers. TRAIN is encoded with
a new index, as for training, TEST with the index of TRAIN, as for tagging. Both must find the same attributes at
every token. Kernels are compiled before the clock starts.
"""

from __future__ import annotations

import argparse
import lzma
import re
import statistics
import time
from collections.abc import Callable
from functools import cache
from itertools import chain
from pathlib import Path
from string import ascii_letters
from typing import Any

from wordvec.pipelines.tagging.features.attributes import AttributeIndex
from wordvec.pipelines.tagging.features.encoding import encode_features
from wordvec.pipelines.tagging.features.token_features import Columns, TokenFeatures

Sentences = list[tuple[list[str], list[str]]]

RUNS = re.compile(r"(.)\1{4,}")
CLASSES = {ord(c): "X" if c.isupper() else "x" if c.islower() else "d" for c in "0123456789" + ascii_letters}


def escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("|", "\\|")


@cache
def shape(word: str) -> str:
    return RUNS.sub(r"\1\1\1\1", word.translate(CLASSES))


def plain_features(words: list[str], pos: list[str] | None) -> list[list[str]]:
    """Return the features of a sentence's words, as a good Python programmer would write it by hand.

    Shapes are cached, everything else is made for every token.
    """
    sentence = []
    n = len(words)
    safe = [escape(word) if "|" in word or "\\" in word else word for word in words]
    lowers, shapes = [word.lower() for word in words], [shape(word) for word in words]
    for t, word in enumerate(words):
        form = shapes[t]
        features = []
        for k in range(max(t - 2, 0), min(t + 3, n)):
            features += (
                f"w[{k - t}]={words[k]}",
                f"lower[{k - t}]={lowers[k]}",
                f"shape[{k - t}]={shapes[k]}",
            )
        for k in range(1, min(len(word), 4) + 1):
            features += (f"pre{k}={word[:k]}", f"suf{k}={word[-k:]}")
        if form[0] == "X":
            features.append("capital")
        if "X" in form and "x" not in form:
            features.append("capitals")
        if "X" in form[1:] and "x" in form:
            features.append("inner_capital")
        if word.isdigit():
            features.append("digits")
        if "d" in form:
            features.append("has_digit")
        if "-" in word:
            features.append("hyphen")
        if not ("X" in form or "x" in form or "d" in form):
            features.append("punctuation")
        if t > 0:
            features.append(f"w[-1]|w[0]={safe[t - 1]}|{safe[t]}")
        else:
            features.append("BOS")
        if t < n - 1:
            features.append(f"w[0]|w[1]={safe[t]}|{safe[t + 1]}")
        else:
            features.append("EOS")
        if pos is not None:
            features += plain_pos_features(pos, t, n)
        sentence.append(features)
    return sentence


def plain_pos_features(pos: list[str], t: int, n: int) -> list[str]:
    features = [f"pos[{k - t}]={pos[k]}" for k in range(max(t - 2, 0), min(t + 3, n))]
    features += [
        f"pos[{k - t}]|pos[{k - t + 1}]={pos[k]}|{pos[k + 1]}"
        for k in range(max(t - 2, 0), min(t + 2, n - 1))
    ]
    features += [
        f"pos[{k - t}]|pos[{k - t + 1}]|pos[{k - t + 2}]={pos[k]}|{pos[k + 1]}|{pos[k + 2]}"
        for k in range(max(t - 2, 0), min(t + 1, n - 2))
    ]
    return features


def seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def read(path: Path) -> Sentences:
    """Return the words and the second column of each sentence."""
    data = path.read_bytes()
    text = (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8")
    blocks = text.split("\n\n")
    rows = [[line.split() for line in block.splitlines() if line.strip()] for block in blocks]
    return [([row[0] for row in block], [row[1] for row in block]) for block in rows if block]


def report(name: str, times: list[float], n_tokens: int, other: list[float]) -> None:
    median = statistics.median(times)
    ratio = statistics.median(theirs / ours for theirs, ours in zip(other, times))
    print(f"  {name:<36} {median:7.3f} s {n_tokens / median:12,.0f} tokens/s {ratio:7.2f} x")


def measure(sentences: Sentences, use_pos: bool, index: AttributeIndex | None, rounds: int) -> AttributeIndex:
    """Compare both extractors, with a new index in every round or a known one; return ours."""
    X = [Columns(words, pos=pos) if use_pos else words for words, pos in sentences]
    features = TokenFeatures(columns=("pos",) if use_pos else ()).fit()
    used, numbered = index, None if index is None else AttributeIndex(index.index_to_attribute)
    times: dict[str, list[float]] = {"plain": [], "numbered": [], "ours": []}
    for _ in range(rounds):
        took, plain = seconds(
            lambda: [plain_features(words, pos if use_pos else None) for words, pos in sentences]
        )
        times["plain"].append(took)
        other = AttributeIndex() if index is None else numbered
        took, _ = seconds(lambda other=other, plain=plain: encode_features(plain, other, grow=index is None))
        times["numbered"].append(took)
        used = AttributeIndex() if index is None else index
        took, _ = seconds(lambda used=used: features.encode(X, used, grow=index is None))
        times["ours"].append(took)
    n_tokens = sum(map(len, X))
    print(f"{len(X):,} sentences, {n_tokens:,} tokens, {'new' if index is None else 'known'} index")
    report("plain extraction, strings only", times["plain"], n_tokens, times["plain"])
    report("numbering of those strings, apart", times["numbered"], n_tokens, times["plain"])
    report("ours, from words to numbers", times["ours"], n_tokens, times["plain"])
    pairs = zip(chain.from_iterable(features.transform(X)), chain.from_iterable(plain))
    same = all(sorted(ours) == sorted(theirs) for ours, theirs in pairs)
    print(
        f"  {'the same attributes' if same else 'DIFFERENT ATTRIBUTES'} at every token; {len(used):,} in the index"
    )
    return used


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path, nargs="?")
    parser.add_argument("--pos", action="store_true", help="use the second column too")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    tiny = [["a", "b"]]
    took, _ = seconds(lambda: TokenFeatures().fit().encode(tiny, AttributeIndex(), grow=True))
    encode_features([[["a"]]], AttributeIndex(), grow=True)
    print(f"first call, with compilation or loading from Numba's cache: {took:.2f} s")
    index = measure(read(arguments.train), arguments.pos, None, arguments.rounds)
    if arguments.test:
        measure(read(arguments.test), arguments.pos, index, arguments.rounds)


if __name__ == "__main__":
    main()
