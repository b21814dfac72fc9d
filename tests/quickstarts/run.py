"""The first examples of ten libraries, run with them and with wordvec, where little but the imports differs.

    python tests/quickstarts/run.py [--only NAME ...] [--keep FOLDER] [--seeds N]

Each folder beside this file holds `theirs.py` and `ours.py`; `prepare.py` runs before them. Both read the same small
files (`inputs.py`) and print a result in JSON. The script builds an environment for each original with pinned packages;
where the original cannot be installed on Python 3.11, `stated.py` in its folder says why and what it computes. wordvec
runs in the interpreter that runs this script, or, if that has none, in an environment with the checkout. A table in
Markdown is printed. A quickstart is well if

- at most two lines other than imports were written anew (lines that only go away are counted beside them), and
- results are equal, numbers to 1e-5; where training draws at random, the mean of the differences over the seeds,
  which make the files, too, is within two standard errors of 0.

The exit code is 1 if one is not well. A quickstart whose part of wordvec is not there yet is waiting. Seconds are those
of the fastest run of the whole program, imports included. With --keep, FOLDER keeps environments and files, and a later
run uses the environments again. Needs pip, its packages, and 3 GB on the disk.
"""

from __future__ import annotations

import argparse
import datetime
import difflib
import importlib.util
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inputs import write_inputs

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MAX_LINES = 2
TOLERANCE = 1e-5
LIMIT = 1800  # seconds for one call of pip or of a program


@dataclass(frozen=True)
class Quickstart:
    """A folder of this one: what pip installs for the original, and what its result is like."""

    name: str
    packages: tuple[str, ...]
    is_stated: bool = False
    is_random: bool = False
    module: str = "wordvec"  # what has to be there for it

    @property
    def environment(self) -> str:
        """The folder of its environment; some share one."""
        return "numpy" if self.is_stated else self.name.partition("-")[0]

    @property
    def version(self) -> str:
        """The original as the table calls it."""
        return "stated" if self.is_stated else self.packages[0].replace("==", " ")


QUICKSTARTS = (
    Quickstart("gensim", ("gensim==4.4.0",), is_random=True),
    Quickstart("gensim-vectors", ("gensim==4.4.0",)),
    Quickstart("fasttext", ("fasttext-wheel==0.9.2", "numpy<2"), is_random=True),
    Quickstart("floret", ("floret==0.10.5",), is_random=True),
    Quickstart("model2vec", ("model2vec==0.10.0",)),
    Quickstart("muse", ("numpy",), is_stated=True, module="wordvec.vectors.alignment"),
    Quickstart("wefe", ("wefe==1.0.1",), module="wordvec.pipelines.fairness"),
    Quickstart(
        "sumy",
        ("sumy==0.13.0", "numpy"),
    ),
    Quickstart("openicl", ("numpy",), is_stated=True),
    Quickstart("crfsuite", ("python-crfsuite==0.9.12",)),
    Quickstart("glove", ("numpy",), is_stated=True, is_random=True),
)


@dataclass(frozen=True)
class Lines:
    """How two files differ, imports apart: lines written anew, and lines that only went away."""

    written: int
    left_out: int

    def __str__(self) -> str:
        return f"{self.written}, {self.left_out} fewer" if self.left_out else str(self.written)


def changed_lines(theirs: str, ours: str) -> Lines:
    """Compare two files line by line without their imports and empty lines."""
    a, b = ([line for line in text.splitlines() if line and not is_import(line)] for text in (theirs, ours))
    written = left_out = 0
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag != "equal":
            written += j2 - j1
            left_out += max(0, (i2 - i1) - (j2 - j1))
    return Lines(written, left_out)


def is_import(line: str) -> bool:
    """Whether a line is an import."""
    return line.startswith(("import ", "from "))


class Programs:
    """Runs the files of quickstarts in environments of their own."""

    def __init__(self, folder: Path, n_seeds: int) -> None:
        self._folder, self._n_seeds = folder, n_seeds
        self._ours: Path | None = None
        for seed in range(1, n_seeds + 1):
            place = folder / "inputs" / str(seed)
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            write_inputs(place, seed)

    def results(self, case: Quickstart, side: str) -> tuple[list[Any], float]:
        """Return the result for each seed, of one that does not draw only the first, and the least seconds."""
        python = self.ours() if side == "ours" else self._environment(case.environment, case.packages)
        found, seconds = [], []
        for seed in range(1, self._n_seeds + 1) if case.is_random else (1, 1):
            start = time.perf_counter()
            found.append(self._run(python, HERE / case.name / f"{side}.py", seed))
            seconds.append(time.perf_counter() - start)
        return found, min(seconds)

    def ours(self) -> Path:
        """Return an interpreter with wordvec."""
        if (
            self._ours is None
            and importlib.util.find_spec("wordvec")
            and importlib.util.find_spec("tokenizers")
        ):
            self._ours = Path(sys.executable)
        self._ours = self._ours or self._environment("wordvec", (str(ROOT), "tokenizers>=0.21"))
        return self._ours

    def has(self, module: str) -> bool:
        """Whether wordvec has a module."""
        find = f"print(importlib.util.find_spec({module!r}) is not None)"
        code = f"import importlib.util, wordvec, wordvec.pipelines; {find}"
        return checked([str(self.ours()), "-c", code], self._folder).strip() == "True"

    def prepare(self, case: Quickstart) -> None:
        """Write with wordvec what both sides of a quickstart read beside the inputs."""
        script = HERE / case.name / "prepare.py"
        if script.exists():
            checked([str(self.ours()), str(script)], self._folder / "inputs" / "1")

    def _run(self, python: Path, script: Path, seed: int) -> Any:
        printed = checked([str(python), str(script), str(seed)], self._folder / "inputs" / str(seed))
        return json.loads(printed.strip().splitlines()[-1])

    def _environment(self, name: str, packages: tuple[str, ...]) -> Path:
        place = self._folder / "environments" / name
        python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if not (place / "ready").exists():
            venv.create(place, with_pip=True, clear=True)
            pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-q", "install"]
            checked([*pip, *packages], self._folder)
            (place / "ready").touch()
        return python


def checked(command: list[str], folder: Path) -> str:
    """Run a program without our paths and without a network but pip's; return what it printed."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    variables = kept | {"HF_HUB_OFFLINE": "1", "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, cwd=folder, env=variables)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it printed nothing"]
        raise RuntimeError(f"{Path(command[0]).name} {command[1]}: {lines[-1]}")
    return done.stdout


def largest_difference(a: Any, b: Any) -> float:
    """Return the largest difference of numbers in two results; infinite where anything else differs."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return max((largest_difference(a[key], b[key]) for key in a), default=0.0)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return max((largest_difference(x, y) for x, y in zip(a, b)), default=0.0)
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b)
    return 0.0 if a == b else math.inf


@dataclass(frozen=True)
class Outcome:
    """Both results in words, and whether they agree."""

    theirs: str
    ours: str
    agrees: bool


def compare(case: Quickstart, theirs: list[Any], ours: list[Any]) -> Outcome:
    """Compare the results of all seeds."""
    if not case.is_random:
        difference = max(largest_difference(a, b) for a, b in zip(theirs, ours))
        said = "equal" if difference == 0 else f"differs by {difference:.1e}"
        return Outcome(", ".join(theirs[0]), said, difference <= TOLERANCE)
    (key,) = theirs[0]
    a, b = [found[key] for found in theirs], [found[key] for found in ours]
    differences = [y - x for x, y in zip(a, b)]
    error = statistics.stdev(differences) / math.sqrt(len(differences))
    mean = statistics.mean(differences)
    agrees = abs(mean) <= 2 * error + TOLERANCE
    return Outcome(
        f"{key} {statistics.mean(a):.3f}", f"{statistics.mean(b):.3f} ({mean:+.3f} ± {error:.3f})", agrees
    )


def row_of(case: Quickstart, programs: Programs) -> tuple[str, bool]:
    """Return the row of a quickstart, and whether it is well, or waits."""
    lines = changed_lines(
        *((HERE / case.name / f"{side}.py").read_text("utf-8") for side in ("theirs", "ours"))
    )
    start = f"| {case.name} | {case.version} | {lines} |"
    if not programs.has(case.module):
        return f"{start} | | | | waiting for {case.module} |", True
    try:
        programs.prepare(case)
        (theirs, their_seconds), (ours, our_seconds) = (
            programs.results(case, side) for side in ("theirs", "ours")
        )
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return f"{start} | | | | failed: {error} |", False
    outcome = compare(case, theirs, ours)
    is_well = outcome.agrees and lines.written <= MAX_LINES
    middle = f"{outcome.theirs} | {outcome.ours} | {their_seconds:.1f} | {our_seconds:.1f}"
    return f"{start} {middle} | {'ok' if is_well else 'differs'} |", is_well


def main() -> None:
    """Build, run, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [case.name for case in QUICKSTARTS]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="at least 2; 5 by default")
    arguments = parser.parse_args()
    if arguments.seeds < 2:
        parser.error("--seeds must be at least 2, for a standard error")
    with tempfile.TemporaryDirectory() as temporary:
        home = (arguments.keep or Path(temporary)).resolve()
        home.mkdir(parents=True, exist_ok=True)
        programs = Programs(home, arguments.seeds)
        print(f"{datetime.date.today()}, Python {platform.python_version()}, {arguments.seeds} seeds\n")
        columns = "name | original | lines changed | original's result | wordvec's result"
        print(f"| {columns} | seconds, original | seconds, wordvec | |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        all_well = True
        for case in QUICKSTARTS:
            if case.name in arguments.only:
                row, is_well = row_of(case, programs)
                all_well &= is_well
                print(row, flush=True)
    sys.exit(int(not all_well))


if __name__ == "__main__":
    main()
