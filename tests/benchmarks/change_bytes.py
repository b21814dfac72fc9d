"""Changes random bytes of each kind of file of our own, and counts the changes that reading finds.

python tests/benchmarks/change_bytes.py [--changes 1000] [--without KIND ...] [FILE...]

Without files, small ones of all kinds are made (tests/fuzzing). The files of a token corpus are checked by opening it.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from wordvec.pipelines.workflows import check_files

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fuzzing"))

from fuzz_samples import load_all

# What `wordvec check` says of files that other programs write, too, and of those that are not known.
FOREIGN = ("-", "JSON of another program")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--without", nargs="*", default=[], metavar="KIND")
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for file in options.files:
        with tempfile.TemporaryDirectory() as folder:
            show(file.name, Path(shutil.copy(file, folder)), options)
    if options.files:
        return
    for name, reader in load_all().items():
        if name in options.without:
            continue
        with tempfile.TemporaryDirectory() as folder:
            for made in dict.fromkeys(reader.make(Path(folder))):
                file = Path(folder) / made
                if is_own(file):
                    show(f"{name}: {made}", file, options)


def show(name: str, file: Path, options: argparse.Namespace) -> None:
    """Print how many changes of a file are found."""
    found, kind = count_found(file, options.changes, options.seed)
    print(f"{name:44} {kind:44} {found:5,} of {options.changes:,} found", flush=True)


def count_found(file: Path, n_changes: int, seed: int) -> tuple[int, str]:
    """Return how many changes of one byte are found, and what the file holds, which is changed and put back."""
    kind = "array of a token corpus" if file.suffix == ".npy" else check_files([file]).files[0].kind
    whole, draw, n_found = file.read_bytes(), random.Random(seed), 0
    try:
        for _ in range(n_changes):
            content = bytearray(whole)
            place = draw.randrange(len(content))
            content[place] = (content[place] + draw.randrange(1, 256)) % 256
            file.write_bytes(content)
            n_found += is_damaged(file)
    finally:
        file.write_bytes(whole)
    return n_found, kind


def is_own(file: Path) -> bool:
    """Return whether a file is of a kind of our own."""
    if file.suffix == ".npy":
        return True
    return file.suffix in (".safetensors", ".json") and check_files([file]).files[0].kind not in FOREIGN


def is_damaged(file: Path) -> bool:
    """Return whether reading tells that a file is not whole."""
    if file.suffix != ".npy":
        return bool(check_files([file]).damaged)
    from wordvec.transformer import TokenCorpus

    try:
        TokenCorpus.open(file.parent, verify=True)
    except ValueError:
        return True
    return False


if __name__ == "__main__":
    main()
