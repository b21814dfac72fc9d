"""Measures of a comparison: means and standard errors over seeds, and ratios to gensim."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import fmean, stdev

from wordvec.vectors.keyed_vectors import KeyedVectors

N_OVERLAP_WORDS = 1000
N_OVERLAP_NEIGHBORS = 10
REFERENCE = "gensim"
OVERLAP = "overlap of 10 neighbours"
TOTAL_SECONDS = "text to vectors, seconds"


@dataclass
class ComparisonRun:
    """One training run of one system with one seed."""

    system: str
    seed: int
    n_words: int
    warmup_seconds: float  # imports, compilation and a tiny training run
    scan_seconds: float  # reading the text: counting words, encoding, counting pairs
    train_seconds: float
    memory_growth: int | None  # bytes; peak while reading and training, above what was there before
    loss: float | None  # of the last epoch, nats a pair; None where there is none that can be compared
    epochs: int | None  # passes over `data`; None if there is no such thing
    data: str  # the training data: "text", or "pairs" that are counted first
    scores: dict[str, float | None] = field(default_factory=dict)  # by evaluation file


@dataclass(frozen=True)
class Measure:
    """One line of the report: mean and standard error of each system over seeds, and ratios to gensim if it ran."""

    name: str
    means: dict[str, float | None]
    errors: dict[str, float | None]
    ratios: dict[str, float | None]


def neighbors_of(kv: KeyedVectors, words: Iterable[str]) -> dict[str, set[str]]:
    """Return the ten nearest neighbours of each word that is in `kv`."""
    known = [word for word in words if word in kv]
    found = kv.most_similar_batch(known, topn=N_OVERLAP_NEIGHBORS)
    return {word: {other for other, _ in answer} for word, answer in zip(known, found)}


def overlap(one: dict[str, set[str]], other: dict[str, set[str]]) -> float:
    """Return the mean Jaccard index of two systems' neighbours, over the words that both have."""
    common = one.keys() & other.keys()
    return fmean(len(one[word] & other[word]) / len(one[word] | other[word]) for word in common)


def overlap_measure(
    neighbors: dict[tuple[str, int], dict[str, set[str]]], systems: list[str], seeds: list[int]
) -> Measure:
    """Return how many neighbours each system shares with gensim; `neighbors` are by system and seed."""
    return _measure(OVERLAP, _overlaps(neighbors, systems, seeds))


def _overlaps(
    neighbors: dict[tuple[str, int], dict[str, set[str]]], systems: list[str], seeds: list[int]
) -> dict[str, list[float]]:
    """Return each system's overlap with gensim by seed; for gensim itself, with its next seed."""
    found: dict[str, list[float]] = {}
    for system in systems:
        if system != REFERENCE:
            found[system] = [overlap(neighbors[system, seed], neighbors[REFERENCE, seed]) for seed in seeds]
        else:
            found[system] = [
                overlap(neighbors[system, seed], neighbors[system, after])
                for seed, after in zip(seeds, seeds[1:])
            ]
    return found


def measures_of(runs: list[ComparisonRun], n_words: int, files: list[str]) -> list[Measure]:
    """Return the measures of speed, memory, loss and quality; `files` are the names of the evaluation files."""
    measures = [
        _measure("training words/s", _by_system(runs, lambda run: _words_per_second(run, n_words))),
        _measure("training seconds", _by_system(runs, lambda run: run.train_seconds)),
        _measure("reading and counting, s", _by_system(runs, lambda run: run.scan_seconds)),
        _measure(TOTAL_SECONDS, _by_system(runs, lambda run: run.scan_seconds + run.train_seconds)),
        _measure("imports, compilation, s", _by_system(runs, lambda run: run.warmup_seconds)),
    ]
    if all(run.memory_growth is not None for run in runs):
        growth = _by_system(
            runs, lambda run: None if run.memory_growth is None else run.memory_growth / 2**20
        )
        measures.append(_measure("peak memory growth, MiB", growth))
    measures.append(_measure("loss, nats a pair", _by_system(runs, lambda run: run.loss)))
    return measures + [_measure(name, _by_system(runs, _score_on(name))) for name in files]


def _words_per_second(run: ComparisonRun, n_words: int) -> float | None:
    if run.data != "text" or run.epochs is None:
        return None
    return n_words * run.epochs / run.train_seconds


def _score_on(name: str) -> Callable[[ComparisonRun], float | None]:
    return lambda run: run.scores[name]


def _by_system(
    runs: list[ComparisonRun], value: Callable[[ComparisonRun], float | None]
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {run.system: [] for run in runs}
    for run in runs:
        number = value(run)
        if number is not None:
            found[run.system].append(number)
    return found


def _measure(name: str, values: dict[str, list[float]]) -> Measure:
    means = {system: fmean(numbers) if numbers else None for system, numbers in values.items()}
    errors = {
        system: stdev(numbers) / math.sqrt(len(numbers)) if len(numbers) > 1 else None
        for system, numbers in values.items()
    }
    base = means.get(REFERENCE)
    ratios = {
        system: mean / base if mean is not None and base is not None and base > 0 else None
        for system, mean in means.items()
        if REFERENCE in means and system != REFERENCE
    }
    return Measure(name, means, errors, ratios)
