"""Changes random bytes of each kind of file of our own, and counts the changes that reading finds.

python tests/benchmarks/change_bytes.py [--changes 1000] FILE...
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

from wordvec.pipelines.workflows import check_files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for file in options.files:
        found, kind = count_found(file, options.changes, options.seed)
        print(f"{file.name:28} {kind:32} {found:5,} of {options.changes:,} found", flush=True)


def count_found(file: Path, n_changes: int, seed: int) -> tuple[int, str]:
    """Return how many changes of one byte are found, and what the file holds."""
    (report,) = check_files([file]).files
    whole, draw, n_found = file.read_bytes(), random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        for _ in range(n_changes):
            content = bytearray(whole)
            place = draw.randrange(len(content))
            content[place] = (content[place] + draw.randrange(1, 256)) % 256
            copy.write_bytes(content)
            n_found += bool(check_files([copy]).damaged)
    return n_found, report.kind


if __name__ == "__main__":
    main()
