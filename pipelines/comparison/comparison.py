"""`compare`: several systems on the same text, vocabulary and threads, with several seeds, in one report.

Each run is a separate process (`wordvec.pipelines.comparison.worker`), so that its peak memory can be measured, and
systems take turns, so that a machine that slows down affects all of them.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._utils.assumptions import collected_assumptions
from wordvec._utils.errors import ParameterError, RunFailedError, SeveralErrors
from wordvec._utils.threads import n_cores
from wordvec._utils.validation import check_choice, check_int, import_optional
from wordvec.text.corpus import LineCorpus
from wordvec.text.vocabulary import select_words
from wordvec.vectors.evaluation_sets.analogies import Analogies
from wordvec.vectors.evaluation_sets.pairs import WordPairs
from wordvec.vectors.keyed_vectors import KeyedVectors

from .measures import (
    N_OVERLAP_WORDS,
    REFERENCE,
    ComparisonRun,
    measures_of,
    neighbors_of,
    overlap_measure,
)
from .report import Comparison
from .scoring import GENSIM_ANALOGIES, GENSIM_PAIRS, read_each, score_set
from .systems import SYSTEMS, ComparisonSettings
from .text import Text, prepare_text

# Analogies are answered among the most frequent words, as is usual.
RESTRICT_ANALOGIES = 30_000


def compare(
    corpus: Any,
    settings: ComparisonSettings,
    *,
    n_seeds: int = 3,
    systems: Sequence[str] = tuple(SYSTEMS),
    pairs: Sequence[Path] = (),
    analogies: Sequence[Path] = (),
    encoding: str = "utf-8",
    errors: str = "strict",
    on_message: Callable[[str], None] = lambda text: None,
) -> Comparison:
    """Train systems on a corpus with seeds 1, 2, ... and score the vectors.

    Parameters
    ----------
    corpus : LineCorpus
    settings : ComparisonSettings
    n_seeds : int
        Three or more distinguish differences from noise.
    systems : sequence of str
        Keys of `wordvec.pipelines.comparison.systems.SYSTEMS`; all by default.
    pairs, analogies : sequences of Path
        Evaluation files; without any, the English files that gensim ships. Files that cannot be read are left out, and
        their errors are in `Comparison.errors`.
    encoding, errors : str
        Encoding of the evaluation files, as for `open`.
    on_message : callable
        Called with progress messages, str.

    Returns
    -------
    Comparison

    Raises
    ------
    ImportError
        If gensim is not installed but is needed, as a system or for the evaluation files.
    ValueError
        If the text is empty, or a setting is out of range.
    SeveralErrors
        If no evaluation file can be read.
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
    with collected_assumptions() as assumed:
        sets, set_errors = _evaluation_sets(pairs, analogies, {"encoding": encoding, "errors": errors})
    for error in set_errors:
        on_message(f"left out: {error}")
    with tempfile.TemporaryDirectory(prefix="wordvec-compare-") as folder:
        text = prepare_text(corpus, Path(folder) / "text.txt", on_message)
        _check_vocabulary(text, settings, systems)
        seeds = list(range(1, n_seeds + 1))
        runs: list[ComparisonRun] = []
        neighbors: dict[tuple[str, int], dict[str, set[str]]] = {}
        frequent: list[str] = []
        for seed in seeds:
            for system in systems:
                on_message(f"seed {seed} of {n_seeds}: {system}")
                run, kv = _run(system, seed, text.path, settings, Path(folder))
                for each in sets:
                    limit = RESTRICT_ANALOGIES if isinstance(each, Analogies) else None
                    run.scores[each.path.name] = score_set(kv, each, limit).value
                runs.append(run)
                frequent = frequent or kv.index_to_key[:N_OVERLAP_WORDS]
                neighbors[system, seed] = neighbors_of(kv, frequent)
    measures = measures_of(runs, text.n_words, [each.path.name for each in sets])
    if REFERENCE in systems:
        measures.append(overlap_measure(neighbors, systems, seeds))
    return Comparison(
        settings=settings,
        seeds=seeds,
        corpus=text.to_dict(),
        runs=runs,
        measures=measures,
        machine=_machine(),
        versions=_versions(systems),
        kinds={each.path.name: "analogies" if isinstance(each, Analogies) else "pairs" for each in sets},
        assumed=assumed,
        errors=set_errors,
    )


def _checked_systems(systems: Sequence[str]) -> list[str]:
    """Return the distinct systems in the order of `SYSTEMS`."""
    for system in systems:
        check_choice("systems", system, "compare", SYSTEMS)
    if not systems:
        raise ParameterError("systems", "compare", "name at least one system", systems)
    return [system for system in SYSTEMS if system in systems]


def _check_vocabulary(text: Text, settings: ComparisonSettings, systems: list[str]) -> None:
    """Raise ValueError if there are too few words, before other systems spend time training."""
    counts = np.array(list(LineCorpus(text.path).count_words().values()), np.int64)
    n_words = len(select_words(counts, settings.min_count))
    if "PPMI-SVD" in systems and settings.vector_size >= n_words:
        raise ParameterError(
            "vector_size",
            "compare",
            f"be less than the number of words, {n_words} with {{min_count={settings.min_count}}}, if PPMI-SVD "
            "takes part",
            settings.vector_size,
            "Lower it, pass more text, or leave PPMI-SVD out of the {systems}.",
        )


def _evaluation_sets(
    pairs: Sequence[Path], analogies: Sequence[Path], options: dict[str, str]
) -> tuple[list[WordPairs | Analogies], list[Exception]]:
    """Return the readable evaluation sets, analogies first, and the errors of the others."""
    from ..datasets.loading import gensim_file

    if not pairs and not analogies:
        purpose = "wordvec compare without --pairs and --analogies"
        pairs = [gensim_file(name, purpose) for name in GENSIM_PAIRS]
        analogies = [gensim_file(name, purpose) for name in GENSIM_ANALOGIES]
    files = [(Path(path), "analogies") for path in analogies] + [(Path(path), "pairs") for path in pairs]
    names = [path.name for path, _ in files]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"{name!r} is the name of two evaluation files, so the report could not distinguish them. "
                "Copy one to another name, or leave it out."
            )
    sets, errors = read_each(files, **options)
    if not sets:
        raise SeveralErrors(errors)
    return sets, errors


def _run(
    system: str, seed: int, text: Path, settings: ComparisonSettings, folder: Path
) -> tuple[ComparisonRun, KeyedVectors]:
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
    return ComparisonRun(system=system, seed=seed, **answer), KeyedVectors.load(out)


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
