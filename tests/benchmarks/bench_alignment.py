"""P@1 of translated words by alignments of two languages, and a classifier that is transferred to another language.

    python tests/benchmarks/bench_alignment.py DATA WORK --english TEXT [--words 20000]

DATA is the folder of the data sets (wiki-zh, tatoeba-cmn-eng, multi30k-en-de, sst-sentences, chnsenticorp), TEXT a
tokenized English text. Vectors are trained once and kept in WORK. Dictionaries come from the parallel texts by IBM
model 1, three quarters of their words to learn from. Each way is compared with MUSE's formula (no centring; NumPy) on
the same words, by a paired bootstrap over them.
"""

from __future__ import annotations

import argparse
import gzip
import lzma
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from wordvec import KeyedVectors, LineCorpus, Word2Vec
from wordvec.pipelines import EmbeddingVectorizer
from wordvec.text.tokenizers import resolve_tokenizer
from wordvec.vectors.alignment import align, dictionary_from_parallel, known_pairs, split_by_words, translate

Hits = dict[str, bool]
_N_NEIGHBORS = 10


def vectors(work: Path, name: str, corpus: Callable[[], LineCorpus], n_words: int, **options) -> KeyedVectors:
    """Return the most frequent words of trained vectors, from WORK where they are there."""
    path = work / f"{name}.bin"
    if not path.exists():
        Word2Vec(vector_size=100, random_state=1, **options).fit(corpus()).wv_.save(path)
    return KeyedVectors.load(path, limit=n_words)


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text, packed or not."""
    opened = {".xz": lzma.open, ".gz": gzip.open}.get(path.suffix, open)
    with opened(path, "rt", encoding="utf-8-sig") as file:
        return file.read().split("\n")


def hits(
    source: KeyedVectors, target: KeyedVectors, test: list[tuple[str, str]], retrieval: str = "csls"
) -> Hits:
    """Return whether the first answer for each word is one of its translations."""
    gold: dict[str, set[str]] = {}
    for word, translation in known_pairs(source, target, test):
        gold.setdefault(word, set()).add(translation)
    answers = translate(source, target, list(gold), 1, retrieval=retrieval)
    return {word: found[0][0] in gold[word] for word, found in zip(gold, answers)}


def formula_hits(source: KeyedVectors, target: KeyedVectors, train: list, test: list) -> Hits:
    """Return the same by MUSE's formulas in NumPy, in blocks."""
    x, y = source.unit_vectors, target.unit_vectors
    rows = np.array(
        [[source.key_to_index[a], target.key_to_index[b]] for a, b in known_pairs(source, target, train)]
    )
    left, _, right = np.linalg.svd(y[rows[:, 1]].T @ x[rows[:, 0]])
    x = x @ (left @ right).T
    gold: dict[str, set[str]] = {}
    for word, translation in known_pairs(source, target, test):
        gold.setdefault(word, set()).add(translation)

    def mean_of_nearest(block: np.ndarray) -> np.ndarray:
        return np.partition(block, -_N_NEIGHBORS, axis=1)[:, -_N_NEIGHBORS:].mean(axis=1)

    r_s = np.concatenate([mean_of_nearest(y[k : k + 1000] @ x.T) for k in range(0, len(y), 1000)])
    best = (2 * x[[source.key_to_index[word] for word in gold]] @ y.T - r_s).argmax(axis=1)
    return {word: target.index_to_key[row] in gold[word] for word, row in zip(gold, best)}


def interval(ours: Hits, theirs: Hits) -> str:
    """Return the difference of two shares of the same words, with a 95% interval of a paired bootstrap."""
    gains = np.array([ours[word] - theirs[word] for word in theirs], float)
    drawn = gains[np.random.default_rng(1).integers(0, len(gains), (2000, len(gains)))].mean(axis=1)
    low, high = np.percentile(100 * drawn, [2.5, 97.5])
    return f"{100 * gains.mean():+5.1f} [{low:+.1f}, {high:+.1f}]"


WAYS = {
    "Procrustes, CSLS": {},
    "  without centring": {"center": False},
    "  one refinement": {"n_refinements": 1},
    "RCSLS, CSLS": {"method": "rcsls"},
}


def compare(name: str, source: KeyedVectors, target: KeyedVectors, pairs: list[tuple[str, str]]) -> None:
    """Print P@1 and seconds of each way."""
    train, test = split_by_words(pairs, 0.25, random_state=1)
    start = time.perf_counter()
    baseline = formula_hits(source, target, train, test)
    seconds = time.perf_counter() - start
    n_train = len(known_pairs(source, target, train))
    print(
        f"{name}: {len(source)} and {len(target)} words, {n_train} pairs to learn from, {len(baseline)} test words"
    )
    share = 100 * np.mean(list(baseline.values()))
    print(f"  {'MUSE, by the formula':22} P@1 {share:5.1f}  {seconds:6.1f} s with answers")
    for way, options in WAYS.items():
        start = time.perf_counter()
        mapped = align(source, target, train, **options)
        learned = time.perf_counter() - start
        found = hits(mapped, target, test)
        seconds = time.perf_counter() - start
        share = 100 * np.mean(list(found.values()))
        print(
            f"  {way:22} P@1 {share:5.1f}  {interval(found, baseline)}  {learned:6.1f} s, {seconds:.1f} s with answers"
        )
        if not options:
            plain = hits(mapped, target, test, "cosine")
            share = 100 * np.mean(list(plain.values()))
            print(f"  {'Procrustes, cosine':22} P@1 {share:5.1f}  {interval(plain, baseline)}", flush=True)


def labelled(path: Path) -> tuple[list[str], list[int]]:
    """Return texts and labels of lines of a label, white space and a text, without a header."""
    rows = [line.rstrip().split(None, 1) for line in lines_of(path)]
    rows = [row for row in rows if len(row) == 2 and row[0] in "01"]
    return [text for _, text in rows], [int(label) for label, _ in rows]


def sentiment(data: Path, english: KeyedVectors, chinese: KeyedVectors, pairs: list[tuple[str, str]]) -> None:
    """Print the accuracy on Chinese reviews of classifiers trained on English and on Chinese ones."""
    mapped, target = align(english, chinese, pairs), chinese.unit_normed()
    english_texts, english_labels = labelled(data / "sst-sentences/stsa.binary.train")
    train_texts, train_labels = labelled(data / "chnsenticorp/train.tsv.xz")
    test_texts, test_labels = labelled(data / "chnsenticorp/test.tsv")
    in_english = EmbeddingVectorizer(mapped, tokenizer="word", lowercase=True)
    in_chinese = EmbeddingVectorizer(target, tokenizer="zh")
    english_ND, train_ND = in_english.fit_transform(english_texts), in_chinese.fit_transform(train_texts)
    test_ND = in_chinese.transform(test_texts)
    scale = StandardScaler().fit(train_ND)
    majority = max(np.mean(test_labels), 1 - np.mean(test_labels))
    for name, fit_ND, labels, asked_ND in (
        ("English, as they are", english_ND, english_labels, test_ND),
        (
            "English, each side standardised",
            StandardScaler().fit_transform(english_ND),
            english_labels,
            scale.transform(test_ND),
        ),
        ("Chinese, standardised", scale.transform(train_ND), train_labels, scale.transform(test_ND)),
    ):
        accuracy = 100 * LogisticRegression(max_iter=1000).fit(fit_ND, labels).score(asked_ND, test_labels)
        of = f"of {len(test_labels)} (majority {100 * majority:.1f})"
        print(f"  trained on {name:32} accuracy {accuracy:5.1f} {of}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--english", type=Path, required=True)
    parser.add_argument("--words", type=int, default=20_000)
    args = parser.parse_args()
    data, work, n_words = args.data, args.work, args.words

    english = vectors(work, "en", lambda: LineCorpus(str(args.english)), n_words)
    chinese_text = data / "wiki-zh/zhwiki-simplified.txt.xz"
    chinese = vectors(
        work, "zh", lambda: LineCorpus(str(chinese_text), tokenizer="zh", lowercase=True), n_words
    )
    folder = data / "multi30k-en-de"
    german = vectors(
        work, "de", lambda: LineCorpus(str(folder / "train.de.gz"), tokenizer="word", lowercase=True), n_words,
        min_count=3, epochs=20,
    )  # fmt: skip
    cut_english, cut_chinese = resolve_tokenizer("word"), resolve_tokenizer("zh")
    lines = lines_of(data / "tatoeba-cmn-eng/cmn.txt.xz")
    rows = [line.split("\t")[:2] for line in lines if "\t" in line]
    start = time.perf_counter()
    found = dictionary_from_parallel(
        [cut_english(text.lower()) for text, _ in rows], [cut_chinese(text) for _, text in rows]
    )
    print(
        f"IBM model 1, {len(rows)} sentences: {len(found)} pairs, {time.perf_counter() - start:.1f} s with cutting"
    )
    pairs = [(pair.source, pair.target) for pair in found]
    compare("English to Chinese", english, chinese, pairs)
    compare("Chinese to English", chinese, english, [(b, a) for a, b in pairs])
    print("Sentiment of Chinese reviews, mean vectors, logistic regression:")
    sentiment(data, english, chinese, pairs)
    sides = [
        [cut_english(line.lower()) for line in lines_of(folder / f"train.{name}.gz")] for name in ("en", "de")
    ]
    found = dictionary_from_parallel(*sides)
    compare("English to German", english, german, [(pair.source, pair.target) for pair in found])


if __name__ == "__main__":
    main()
