"""Seconds that commands take, cold (an empty cache of compiled kernels) and warm: wall clock and processor time.

    python tests/benchmarks/bench_start.py COMMAND [--runs 5]

COMMAND is one quoted argument, without `wordvec`: "neighbors vectors.bin king". Each run is a process of its own; of
the warm ones the quickest counts.
"""

from __future__ import annotations

import argparse
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time

START = "import wordvec.pipelines.cli as cli; cli.main()"


def run(command: list[str], cache: str) -> tuple[float, float]:
    """Run a command; return its seconds by the clock and of processor time."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    arguments = [sys.executable, "-c", START, *command]
    subprocess.run(arguments, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        runs = [run(shlex.split(arguments.command), cache) for _ in range(1 + arguments.runs)]
    for name, (wall, processor) in (("cold", runs[0]), ("warm", min(runs[1:]))):
        print(f"{name}: {wall:.2f} s, {processor:.2f} s of processor time")


if __name__ == "__main__":
    main()
