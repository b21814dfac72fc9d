"""WEAT's p-value beside wefe's, and what hard debiasing costs: direct bias, word pairs and analogies before and after.

    python tests/benchmarks/bench_bias.py speed --rounds 3
    python tests/benchmarks/bench_bias.py published vectors.bin
    python tests/benchmarks/bench_bias.py quality text.txt word-eval-en

`speed` and `published` need wefe (pip install --no-deps wefe plotly semantic_version). `published` asks the queries of
Caliskan et al. (2017) whose words wefe carries, in lower case, of both packages; where both sets of targets have at
most ten words, the p-value is also computed over all partitions one by one. `quality` trains vectors on a text with one
sentence a line, and reads wordsim353.tsv and questions-words.txt of the folder. Its last column is what debiasing
leaves (Gonen and Goldberg 2019): of the 500 words that lay farthest to either side, the share that two clusters still
separate.
"""

import argparse
import itertools
import math
import statistics
import time
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans

from wordvec import LineCorpus, Word2Vec
from wordvec.pipelines.fairness import bias_direction, debias, direct_bias, weat, word_sets
from wordvec.vectors.keyed_vectors import KeyedVectors

PUBLISHED = (
    ("flowers", "insects", "pleasant_5", "unpleasant_5a"),
    ("instruments", "weapons", "pleasant_5", "unpleasant_5a"),
    ("male_names", "female_names", "career", "family"),
    ("math", "arts", "male_terms", "female_terms"),
    ("science", "arts_2", "male_terms_2", "female_terms_2"),
)


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def speed(arguments):
    from gensim.models import KeyedVectors as GensimVectors
    from wefe.metrics import WEAT
    from wefe.query import Query
    from wefe.word_embedding_model import WordEmbeddingModel

    words = [f"w{row}" for row in range(200)]
    table = np.random.default_rng(1).normal(size=(len(words), 300)).astype(np.float32)
    ours, other = KeyedVectors(table, words), GensimVectors(300)
    other.add_vectors(words, table)
    model, n = WordEmbeddingModel(other, "vectors"), arguments.permutations
    print(f"wefe draws {n:,} times; ms, medians of {arguments.rounds} interleaved rounds")
    print(f"{'set':>4}{'wefe':>10}{f'{n:,} drawn':>14}{'ratio':>8}{'exact':>10}{'ratio':>8}  partitions")
    for size in (8, 16, 25):
        sets = [words[size * k : size * (k + 1)] for k in range(4)]
        query = Query([sets[0], sets[1]], [sets[2], sets[3]])
        theirs = partial(WEAT().run_query, query, model, calculate_p_value=True, p_value_iterations=n)
        drawn = partial(weat, ours, *sets, max_exact=0, n_samples=n)
        exact = partial(weat, ours, *sets, max_exact=20)
        rounds = [[timed(run)[1] * 1000 for run in (theirs, drawn, exact)] for _ in range(arguments.rounds)]
        wefe, sampled, counted = map(statistics.median, zip(*rounds))
        last = f"{counted:10.1f}{wefe / counted:8.0f}  {math.comb(2 * size, size):,}" if size <= 20 else ""
        print(f"{size:4}{wefe:10.0f}{sampled:14.1f}{wefe / sampled:8.0f}{last}", flush=True)


def published(arguments):
    from gensim.models import KeyedVectors as GensimVectors
    from wefe.datasets import load_weat
    from wefe.metrics import WEAT
    from wefe.query import Query
    from wefe.word_embedding_model import WordEmbeddingModel

    ours, lists = KeyedVectors.load(arguments.vectors), load_weat()
    other = GensimVectors(ours.vector_size)
    other.add_vectors(ours.index_to_key, ours.vectors)
    model, metric = WordEmbeddingModel(other, "vectors"), WEAT()
    print(
        f"{'query':42}{'words':>12}{'effect':>9}{'- wefe':>10}{'statistic':>11}{'- wefe':>10}{'p':>10}  - enumerated"
    )
    for names in PUBLISHED:
        # Both are asked for the same words: those that the vectors know, each once, cut to sets of one size.
        sets = [[w for w in dict.fromkeys(map(str.lower, lists[name])) if w in ours] for name in names]
        n = min(len(sets[0]), len(sets[1]))
        sets = [sets[0][:n], sets[1][:n], *sets[2:]]
        query = Query(sets[:2], sets[2:])
        theirs = {
            flag: metric.run_query(query, model, return_effect_size=flag)["result"] for flag in (True, False)
        }
        found = weat(ours, *sets)
        counted = f"{found.p_value - enumerated(ours, *sets):+.0e}" if n <= 10 else "(too many)"
        print(
            f"{', '.join(names):42.42}{'/'.join(str(len(some)) for some in sets):>12}{found.effect_size:9.3f}"
            f"{found.effect_size - theirs[True]:+10.0e}{found.statistic:11.3f}{found.statistic - theirs[False]:+10.0e}"
            f"{found.p_value:10.2g}  {counted}",
            flush=True,
        )


def enumerated(vectors, targets_x, targets_y, attributes_a, attributes_b):
    """Return the share of all partitions of the targets whose statistic is at least the observed one."""
    words = {*targets_x, *targets_y, *attributes_a, *attributes_b}
    unit = {word: (row := np.float64(vectors[word])) / np.linalg.norm(row) for word in words}
    sides = [np.array([unit[word] for word in words]) for words in (attributes_a, attributes_b)]
    scores = np.array(
        [
            np.subtract(*(float((side @ unit[word]).mean()) for side in sides))
            for word in targets_x + targets_y
        ]
    )
    n = len(targets_x)
    observed = scores[:n].sum()
    sums = np.array([sum(chosen) for chosen in itertools.combinations(scores, n)])
    return float((sums >= observed - 1e-12).mean())


def quality(arguments):
    trainer = Word2Vec(vector_size=arguments.vector_size, epochs=arguments.epochs, random_state=1)
    vectors, seconds = timed(lambda: trainer.fit(LineCorpus(arguments.text)).wv_)
    print(f"{len(vectors):,} words, trained in {seconds:.0f} s")
    known = {
        topic: {name: [w for w in words if w in vectors] for name, words in word_sets(topic).items()}
        for topic in ("gender_specific", "occupations")
    }
    pairs = [pair for pair in zip(*word_sets("gender").values()) if pair[0] in vectors and pair[1] in vectors]
    direction = bias_direction(vectors, pairs)
    specific = sum(known["gender_specific"].values(), [])
    fair, seconds = timed(lambda: debias(vectors, pairs, specific=specific))
    print(f"debias: {seconds:.2f} s; {len(pairs)} pairs")
    frequent = [word for word in vectors.index_to_key[:20_000] if word not in {*sum(pairs, ()), *specific}]
    ranked = [frequent[row] for row in np.argsort(vectors.unit_normed()[frequent] @ direction)]
    extreme = ranked[:500] + ranked[-500:]
    gender, career = word_sets("gender"), word_sets("career_family")
    print(
        f"{'':10}{'direct bias':>12}{'WEAT effect':>13}{'p':>9}{'WordSim-353':>13}{'analogies':>11}{'clusters':>10}"
    )
    for name, each in (("before", vectors), ("after", fair)):
        found = weat(
            each, career["career"], career["family"], gender["male"], gender["female"], ignore_missing=True
        )
        bias = direct_bias(each, known["occupations"]["occupations"], direction)
        similarity = each.evaluate_word_pairs(arguments.evaluation / "wordsim353.tsv").spearman
        analogies = each.evaluate_word_analogies(
            arguments.evaluation / "questions-words.txt", restrict_vocab=30_000
        )
        print(
            f"{name:10}{bias:12.2e}{found.effect_size:13.3f}{found.p_value:9.4f}{similarity:13.4f}"
            f"{analogies.accuracy:11.4f}{clustered(each, extreme, 500):10.3f}",
            flush=True,
        )


def clustered(vectors, words, n_first):
    """Return how well two clusters of `words` agree with the sides of the first `n_first` and of the others."""
    labels = KMeans(2, n_init=10, random_state=1).fit_predict(vectors.unit_normed()[words])
    agreement = np.mean(labels == (np.arange(len(words)) < n_first))
    return max(agreement, 1 - agreement)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(required=True)
    part = parts.add_parser("speed")
    part.add_argument("--permutations", type=int, default=1000)
    part.add_argument("--rounds", type=int, default=3)
    part.set_defaults(run=speed)
    part = parts.add_parser("published")
    part.add_argument("vectors", type=Path)
    part.set_defaults(run=published)
    part = parts.add_parser("quality")
    part.add_argument("text", type=Path)
    part.add_argument("evaluation", type=Path)
    part.add_argument("--vector-size", type=int, default=100)
    part.add_argument("--epochs", type=int, default=5)
    part.set_defaults(run=quality)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
