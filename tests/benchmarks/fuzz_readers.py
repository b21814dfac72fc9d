"""Fuzzing of all readers: changed files are read or refused in one clear error, in bounded time and memory.

Changes small files of every kind by a seed (bits, lengths, lines, numbers, encodings, JSON values and depth; in files
with checksums of ours also what these cover), reads each in a worker process with limits of time (5 s) and of address
space (ten times the file and 64 MiB), and counts: read, refused, faults. A fault is a crash, a hang, too much memory,
an exception of a type that is not documented, or a message without the file's name.

    python tests/benchmarks/fuzz_readers.py [--cases 100000] [--seed 0] [--only text_vectors] [--case 17] [--jobs 1]
"""

import argparse
import collections
import multiprocessing
import os
import re
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")
# Each thread's arena reserves 64 MiB of address space.
os.environ.setdefault("MALLOC_ARENA_MAX", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fuzzing"))

from fuzz_cases import Cases
from fuzz_samples import load_all

LONGEST = 60  # seconds that a worker may say nothing


def work(name, reader, seed, numbers, pipe):
    """Run cases and send the outcome of each."""
    with tempfile.TemporaryDirectory() as folder:
        cases = Cases(name, reader, Path(folder), seed)
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
        for number in numbers:
            pipe.send((number, None))
            pipe.send((number, cases.run(number)))
    pipe.send((None, None))


def outcomes(name, reader, seed, numbers):
    """Yield number and outcome of all cases; a worker that dies or hangs is replaced."""
    context = multiprocessing.get_context("fork")
    numbers = list(numbers)
    while numbers:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(name, reader, seed, numbers, there))
        process.start()
        there.close()
        number = None
        try:
            while here.poll(LONGEST):
                number, outcome = here.recv()
                if number is None:
                    break
                if outcome is not None:
                    yield number, outcome
                    numbers.remove(number)
            else:
                process.kill()
                yield number, "hang: the worker does not answer"
                numbers.remove(number)
        except EOFError:
            process.join()
            if number is None:
                sys.exit(1)
            yield number, f"crash: exit code {process.exitcode}"
            numbers.remove(number)
        process.join()
        if number is None:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", metavar="READER")
    parser.add_argument("--case", type=int, help="run this one alone, and show its traceback")
    arguments = parser.parse_args()
    readers = {
        name: reader for name, reader in load_all().items() if not arguments.only or name in arguments.only
    }
    if arguments.case is not None:
        (name,) = readers
        with tempfile.TemporaryDirectory() as folder:
            cases = Cases(name, readers[name], Path(folder), arguments.seed)
            print(cases.read(cases.change(arguments.case)))
        return
    n_each = -(-arguments.cases // len(readers))
    counts, faults = {}, collections.defaultdict(list)
    start = time.perf_counter()
    for name, reader in readers.items():
        count = collections.Counter()
        for number, outcome in outcomes(name, reader, arguments.seed, range(n_each)):
            is_fault = outcome not in ("read", "refused")
            count["fault" if is_fault else outcome] += 1
            if is_fault:
                faults[name, re.sub(r"'[^']*'|\d+", "*", outcome)[:110]].append((number, outcome))
        counts[name] = count
        print(f"{name:32} {count['read']:8} {count['refused']:8} {count['fault']:6}", flush=True)
    total = sum(counts.values(), collections.Counter())
    print(f"{'all':32} {total['read']:8} {total['refused']:8} {total['fault']:6}")
    for (name, _), found in faults.items():
        print(f"{name}, {len(found)} cases, such as {found[0][0]}: {found[0][1]}")
    print(f"{sum(total.values())} cases of seed {arguments.seed} in {time.perf_counter() - start:.0f} s")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
