"""Reading a file of word vectors: text against gensim's load_word2vec_format, binary too, safetensors against its own.

    taskset -c 0,1 python tests/benchmarks/bench_reading.py [--words 400000] [--decimals 0 6] [--repeats 3] [--folder F]

The files are written first, with random numbers: those of the text with as many decimals as asked, 0 for the fewest
that give the same float32, which is what gensim writes. Each repeat reads with both, one after the other, so that
a busy machine slows both. Prints medians, their ratio, that of the processor's seconds, and whether both read the same
table. Needs .[peers] and 2.4 GB of disk space; the files are deleted at the end.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from wordvec import KeyedVectors

BLOCK_ROWS = 10_000
SPREAD = 0.3  # of the numbers, about that of trained vectors


def write_text(path: Path, n_words: int, size: int, decimals: int) -> None:
    """Write a word2vec text file, the same rows again and again under other words: formatting takes long."""
    table = SPREAD * np.random.default_rng(1).standard_normal((BLOCK_ROWS, size), dtype=np.float32)
    form = f"%.{decimals}f".__mod__ if decimals else str
    rows = [" ".join(map(form, row)) for row in (table if not decimals else table.tolist())]
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{n_words} {size}\n")
        for start in range(0, n_words, BLOCK_ROWS):
            n_rows = min(BLOCK_ROWS, n_words - start)
            file.writelines(f"word{start + row} {rows[row]}\n" for row in range(n_rows))


def timed(function: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return the seconds that a call takes, those of the processor, and its result."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = function()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def compare(
    name: str, ours: Callable[[], Any], theirs: Callable[[], Any], n_repeats: int, path: Path
) -> None:
    """Read a file with both and print."""
    seconds = np.empty((n_repeats, 2, 2))
    for repeat in range(n_repeats):
        *seconds[repeat, 0], a = timed(ours)
        *seconds[repeat, 1], b = timed(theirs)
        same = np.array_equal(a, b)
        del a, b
    (wall, cpu), (their_wall, their_cpu) = np.median(seconds, axis=0)
    gigabytes = path.stat().st_size / 1e9
    of_ours = f"wordvec {wall:7.3f} s, {gigabytes / wall:.2f} GB/s"
    ratios = f"ratio {their_wall / wall:5.1f}, of processor time {their_cpu / cpu:5.1f}"
    agree = "same" if same else "DIFFERENT"
    print(
        f"{name:<22} {gigabytes:5.2f} GB  {of_ours}  other {their_wall:7.3f} s  {ratios}  {agree}", flush=True
    )


def main() -> None:
    """Write files, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=int, default=400_000)
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--decimals", type=int, nargs="+", default=[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are written; a temporary one by default")
    args = parser.parse_args()
    from gensim.models import KeyedVectors as GensimVectors

    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        text, binary, tensors, plain = (
            Path(folder, f"v.{end}") for end in ("txt", "bin", "safetensors", "st")
        )
        for decimals in args.decimals:
            write_text(text, args.words, args.size, decimals)
            KeyedVectors.load(text, limit=1)  # kernels
            compare(
                f"text, {decimals or 'fewest'} decimals",
                lambda: KeyedVectors.load(text).vectors,
                lambda: GensimVectors.load_word2vec_format(str(text)).vectors,
                args.repeats,
                text,
            )
        kv = KeyedVectors.load(text)
        text.unlink()
        kv.save(binary)
        compare(
            "binary",
            lambda: KeyedVectors.load(binary).vectors,
            lambda: GensimVectors.load_word2vec_format(str(binary), binary=True).vectors,
            args.repeats,
            binary,
        )
        binary.unlink()
        kv.save(tensors)
        save_file({"vectors": kv.vectors}, plain)
        del kv
        for name, mmap in (("safetensors", False), ("safetensors, mapped", True)):
            compare(
                name,
                lambda mmap=mmap: KeyedVectors.load(tensors, mmap=mmap).vectors,
                lambda: load_file(plain)["vectors"],
                args.repeats,
                tensors,
            )


if __name__ == "__main__":
    main()
