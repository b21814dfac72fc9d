"""Ours against gensim and each other: the same text, vocabulary and threads, several seeds, one report.

Each run is a process of its own (`wordvec.pipelines.comparison.worker`), so that memory can be told apart, and the
systems take turns, so that a machine that slows down slows all of them.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np

from wordvec._utils.errors import RunFailedError
from wordvec._utils.threads import n_cores
from wordvec._utils.validation import check_choice, check_int, import_optional
from wordvec.text.corpus import LineCorpus
from wordvec.text.vocabulary import select_words
from wordvec.vectors.keyed_vectors import KeyedVectors

from .scoring import GENSIM_ANALOGIES, GENSIM_PAIRS, file_kind, score_file
from .systems import SYSTEMS, Settings
from .text import Text, prepare_text

__all__ = ["Comparison", "Measure", "Run", "Settings", "compare"]

# Analogies are answered among the most frequent words, as is usual.
RESTRICT_ANALOGIES = 30_000
N_OVERLAP_WORDS = 1000
N_OVERLAP_NEIGHBORS = 10
REFERENCE = "gensim"
OVERLAP = "overlap of 10 neighbours"
TOTAL_SECONDS = "text to vectors, seconds"


@dataclass
class Run:
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
    data: str  # what is learned from: "text", or "pairs" that are counted first
    scores: dict[str, float | None] = field(default_factory=dict)  # by evaluation file


@dataclass(frozen=True)
class Measure:
    """One line of the report: mean and standard error over seeds of each system, ratios to gensim if it ran."""

    name: str
    means: dict[str, float | None]
    errors: dict[str, float | None]
    ratios: dict[str, float | None]


@dataclass(frozen=True)
class Comparison:
    """All that was measured."""

    settings: Settings
    seeds: list[int]
    corpus: dict[str, Any]
    runs: list[Run]
    measures: list[Measure]
    machine: dict[str, Any]
    versions: dict[str, str]

    def systems_on(self, data: str) -> dict[str, int | None]:
        """Return the systems that learn from "text" or "pairs", and their epochs."""
        return {run.system: run.epochs for run in self.runs if run.data == data}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return asdict(self)


def compare(
    corpus: Any,
    settings: Settings,
    *,
    n_seeds: int = 3,
    systems: Sequence[str] = tuple(SYSTEMS),
    pairs: Sequence[Path] = (),
    analogies: Sequence[Path] = (),
    on_message: Callable[[str], None] = lambda text: None,
) -> Comparison:
    """Train systems on a corpus with seeds 1, 2, ... and score the vectors.

    Parameters
    ----------
    corpus : LineCorpus
    settings : Settings
    n_seeds : int
    systems : keys of `wordvec.pipelines.comparison.systems.SYSTEMS`; all by default
    pairs, analogies : paths; without either, the English files that gensim ships
    on_message : callable; is told what is being done

    Raises
    ------
    ImportError
        If gensim is not installed, and is to be trained or to bring the evaluation files.
    FileNotFoundError, ValueError
        If a file is missing or malformed, the text is empty, or a setting is out of range.
    RunFailedError
        If a run fails.
    """
    check_int("seeds", n_seeds, "compare", 1, 100)
    systems = _checked_systems(systems)
    if REFERENCE in systems:
        import_optional(
            "gensim", pip="wordvec[gensim]", purpose="wordvec compare with gensim among its systems"
        )
    settings.check()
    files = _evaluation_files(pairs, analogies)
    with tempfile.TemporaryDirectory(prefix="wordvec-compare-") as folder:
        text = prepare_text(corpus, Path(folder) / "text.txt", on_message)
        _check_vocabulary(text, settings, systems)
        seeds = list(range(1, n_seeds + 1))
        runs: list[Run] = []
        neighbors: dict[tuple[str, int], dict[str, set[str]]] = {}
        frequent: list[str] = []
        for seed in seeds:
            for system in systems:
                on_message(f"seed {seed} of {n_seeds}: {system}")
                run, kv = _run(system, seed, text.path, settings, Path(folder))
                for path, kind in files:
                    limit = RESTRICT_ANALOGIES if kind == "analogies" else None
                    run.scores[path.name] = score_file(kv, path, kind, limit).value
                runs.append(run)
                frequent = frequent or kv.index_to_key[:N_OVERLAP_WORDS]
                neighbors[system, seed] = _neighbors(kv, frequent)
    measures = _measures(runs, text, [path.name for path, _ in files])
    if REFERENCE in systems:
        measures.append(_measure(OVERLAP, _overlaps(neighbors, systems, seeds)))
    return Comparison(
        settings=settings,
        seeds=seeds,
        corpus=text.to_dict(),
        runs=runs,
        measures=measures,
        machine=_machine(),
        versions=_versions(systems),
    )


def _checked_systems(systems: Sequence[str]) -> list[str]:
    """Return the systems in the order of `SYSTEMS`, each once."""
    for system in systems:
        check_choice("systems", system, "compare", SYSTEMS)
    if not systems:
        raise ValueError("The systems parameter of compare must name at least one system. Got none.")
    return [system for system in SYSTEMS if system in systems]


def _check_vocabulary(text: Text, settings: Settings, systems: list[str]) -> None:
    """Raise ValueError if there are too few words, before a run of another system takes its time."""
    counts = np.array(list(LineCorpus(text.path).count_words().values()), np.int64)
    n_words = len(select_words(counts, settings.min_count))
    if "PPMI-SVD" in systems and settings.vector_size >= n_words:
        raise ValueError(
            f"The vector_size parameter of compare must be less than the number of words, {n_words} with "
            f"min_count={settings.min_count}, if PPMI-SVD takes part. Got {settings.vector_size} instead. Lower "
            "it, pass more text, or leave PPMI-SVD out of the systems."
        )


def _evaluation_files(pairs: Sequence[Path], analogies: Sequence[Path]) -> list[tuple[Path, str]]:
    from ..datasets.loading import gensim_file

    if not pairs and not analogies:
        purpose = "wordvec compare without --pairs and --analogies"
        pairs = [gensim_file(name, purpose) for name in GENSIM_PAIRS]
        analogies = [gensim_file(name, purpose) for name in GENSIM_ANALOGIES]
    files = [(path, "analogies") for path in analogies] + [(path, "pairs") for path in pairs]
    names = [path.name for path, _ in files]
    for path, kind in files:
        if names.count(path.name) > 1:
            raise ValueError(
                f"{path.name!r} is the name of two evaluation files, so the report could not tell them apart. "
                "Copy one to another name, or leave it out."
            )
        if file_kind(path) != kind:
            raise ValueError(
                f"{str(path)!r} holds no {kind}. Pass it with the other of --pairs and --analogies."
            )
    return files


def _run(system: str, seed: int, text: Path, settings: Settings, folder: Path) -> tuple[Run, KeyedVectors]:
    out = folder / "vectors.safetensors"
    request = {
        "system": system, "seed": seed, "text": str(text), "settings": asdict(settings), "out": str(out)
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "wordvec.pipelines.comparison.worker"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it was killed; is there enough memory?"])[-1]
        raise RunFailedError(f"The run of {system} with seed {seed} failed: {reason}")
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    return Run(system=system, seed=seed, **answer), KeyedVectors.load(out)


def _neighbors(kv: KeyedVectors, words: Iterable[str]) -> dict[str, set[str]]:
    known = [word for word in words if word in kv]
    found = kv.most_similar_batch(known, topn=N_OVERLAP_NEIGHBORS)
    return {word: {other for other, _ in answer} for word, answer in zip(known, found)}


def overlap(one: dict[str, set[str]], other: dict[str, set[str]]) -> float:
    """Return the mean Jaccard index of two systems' neighbours, over the words that both know."""
    common = one.keys() & other.keys()
    return fmean(len(one[word] & other[word]) / len(one[word] | other[word]) for word in common)


def _overlaps(
    neighbors: dict[tuple[str, int], dict[str, set[str]]], systems: list[str], seeds: list[int]
) -> dict[str, list[float]]:
    """Return each system's overlap with gensim by seed; gensim's own with its next seed."""
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


def _measures(runs: list[Run], text: Text, files: list[str]) -> list[Measure]:
    measures = [
        _measure("training words/s", _by_system(runs, lambda run: _words_per_second(run, text.n_words))),
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


def _words_per_second(run: Run, n_words: int) -> float | None:
    if run.data != "text" or run.epochs is None:
        return None
    return n_words * run.epochs / run.train_seconds


def _score_on(name: str) -> Callable[[Run], float | None]:
    return lambda run: run.scores[name]


def _by_system(runs: list[Run], value: Callable[[Run], float | None]) -> dict[str, list[float]]:
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


def _machine() -> dict[str, Any]:
    processor = platform.processor()
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
            processor = next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {"processor": processor, "cores": n_cores(), "system": platform.platform()}


def _versions(systems: list[str]) -> dict[str, str]:
    from wordvec import __version__

    names = [*([REFERENCE] if REFERENCE in systems else []), "numpy", "numba", "scipy", "scikit-learn"]
    libraries = {name: importlib.metadata.version(name) for name in names}
    return {"wordvec": __version__, "python": platform.python_version(), **libraries}
