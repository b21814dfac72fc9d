"""Kills training commands at random moments, and checks that the file they replace is the old one or the new one.

python tests/benchmarks/kill_commands.py [--kills 40] [--seed 1] [COMMAND...]

Each command first writes a file whole, which `wordvec check` knows. Then it is started again over that file and ended
by Ctrl-C, SIGTERM or SIGKILL in turn. At the end the command runs once more: no temporary file may be left.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wordvec.pipelines.workflows import check_files

PROGRAM = [sys.executable, "-m", "wordvec.pipelines.cli"]
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
COMMANDS = {
    "classify": ["classify", "train", "texts.csv", "-o", "out.safetensors", "-q"],
    "tag": ["tag", "train", "tags.conll", "-o", "out.safetensors", "-q", "--max-iter", "30"],
    "skipgram": ["train", "text.txt", "-o", "out.safetensors", "-q", "--min-count", "1"],
    "glove": [
        "train",
        "text.txt",
        "-o",
        "out.safetensors",
        "-q",
        "--min-count",
        "1",
        "--architecture",
        "glove",
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commands", nargs="*", choices=[[], *COMMANDS], metavar="COMMAND")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name in options.commands or COMMANDS:
        with tempfile.TemporaryDirectory() as folder:
            print(f"{name:9} {kill_often(name, Path(folder), options.kills, options.seed)}", flush=True)


def kill_often(name: str, folder: Path, n_kills: int, seed: int) -> str:
    """Return what was found after the kills of a command."""
    draw = random.Random(seed)
    _write_inputs(folder, draw)
    command = [*PROGRAM, *COMMANDS[name]]
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    inputs = {path.name for path in folder.iterdir()}
    n_whole = n_ended = 0
    for k in range(n_kills):
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.1, 1.05 * seconds))
        process.send_signal(SIGNALS[k % len(SIGNALS)])
        n_ended += process.wait() != 0
        n_whole += not check_files([folder / "out.safetensors"]).damaged
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    left = sorted(path.name for path in folder.iterdir() if path.name not in inputs)
    return f"{n_whole} of {n_kills} whole, {n_ended} ended early, {len(left)} files left after the next run"


def _write_inputs(folder: Path, draw: random.Random) -> None:
    words = [f"w{k}" for k in range(400)]
    sentences = [draw.choices(words, k=12) for _ in range(3000)]
    (folder / "text.txt").write_text("".join(" ".join(each) + "\n" for each in sentences))
    rows = (f"{' '.join(each)},{'good' if 'w1' in each else 'bad'}\n" for each in sentences)
    (folder / "texts.csv").write_text("text,label\n" + "".join(rows))
    tagged = ("".join(f"{word}\t{'B-X' if word < 'w2' else 'O'}\n" for word in each) for each in sentences)
    (folder / "tags.conll").write_text("\n".join(tagged))


if __name__ == "__main__":
    main()
