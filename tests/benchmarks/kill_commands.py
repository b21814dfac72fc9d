"""Kills training commands at random moments, and checks that what they replace is the old result or the new one.

python tests/benchmarks/kill_commands.py [--kills 40] [--seed 1] [COMMAND...]

Each command first writes its file or folder with one seed. Then it is started over that with another seed, and ended
by Ctrl-C, SIGTERM or SIGKILL in turn: at a random time after its start, at a random time after its first temporary
file (which is when it begins to train), or when it next has a temporary file, that is, while it saves. What is there
then must be the old result or that of the other seed, to the bit; after Ctrl-C and SIGTERM a command may have written
what it has learned so far, which must be whole. At the end the command runs once more, and after each kill of
`lm pretrain` that left a checkpoint it is resumed: it must end with the bits of a run that was not killed, and leave
nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from wordvec.pipelines.workflows import check_files

PROGRAM = [sys.executable, "-m", "wordvec.pipelines.cli"]
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
# Ctrl-C and SIGTERM end a command with 130, or the interpreter that has not come to it.
EXIT_CODES = {
    signal.SIGINT: {0, 130, -signal.SIGINT},
    signal.SIGTERM: {0, 130, -signal.SIGTERM},
    signal.SIGKILL: {0, -signal.SIGKILL},
}
TEMPORARY = re.compile(r"\.wordvec-[0-9a-f]{16}")
SIZES = ["--vocab-size", "300", "--width", "16", "--layers", "1", "--heads", "2", "--block", "16"]


class Command(NamedTuple):
    """A command that trains."""

    arguments: list[str]
    out: str = "out.safetensors"
    # Files of a folder that belong together; the logs beside them may be those of another run.
    parts: tuple[str, ...] = ()


COMMANDS = {
    "classify": Command(["classify", "train", "texts.csv"]),
    "tag": Command(["tag", "train", "tags.conll", "--max-iter", "30", "--algorithm", "sgd"]),
    "skipgram": Command(["train", "text.txt", "--min-count", "1"]),
    "glove": Command(["train", "text.txt", "--min-count", "1", "--architecture", "glove"]),
    "pretrain": Command(
        ["lm", "pretrain", "few.txt", "--overwrite", "--steps", "60", "--checkpoint-every", "5", *SIZES],
        "model",
        ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"),
    ),
    "finetune": Command(
        ["lm", "finetune", "base", "few.csv", "--overwrite", "--epochs", "1"],
        "model",
        ("config.json", "model.safetensors", "tokenizer.json", "wordvec.json"),
    ),
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
    if name == "finetune":
        _run(["lm", "pretrain", "few.txt", "-o", "base", "-q", "--steps", "2", *SIZES], folder)
    command = COMMANDS[name]
    commands = [[*command.arguments, "-o", command.out, "-q", "--seed", str(k)] for k in (1, 2)]
    results, keeps, seconds = [], [], {}
    for k, arguments in enumerate(commands):
        seconds = _timed(arguments, folder, command)
        results.append(_digest(folder, command))
        keeps.append(folder / f"keep{k}")
        _copy(folder / command.out, keeps[k])
    inputs, counts = {path.name for path in folder.iterdir()}, Counter[str]()
    own = {path.name for path in keeps[1].iterdir()} if keeps[1].is_dir() else set()
    for k in range(n_kills):
        _copy(keeps[0], folder / command.out)
        sent = SIGNALS[k % len(SIGNALS)]
        how = list(seconds)[k // len(SIGNALS) % len(seconds)]
        code = _killed(commands[1], folder, command, sent, how, draw.random() * seconds[how])
        # What half a training of a Transformer has learned is kept beside the model that was there.
        shutil.rmtree(folder / f"{command.out}.interrupted", ignore_errors=True)
        found = _digest(folder, command)
        is_cut_short = code == 130 and not check_files([folder / command.out]).damaged
        counts["whole"] += found in results or is_cut_short
        counts["old"] += found == results[0]
        counts["new"] += found == results[1]
        counts["ended early"] += code != 0
        counts["other exit codes"] += code not in EXIT_CODES[sent]
        if (folder / command.out / "checkpoint.safetensors").exists():
            _run(["--resume" if argument == "--overwrite" else argument for argument in commands[1]], folder)
            counts["resumed"] += 1
            counts["resumed to the same bits"] += _digest(folder, command) == results[1]
            counts["files left in the folder"] += len(
                {p.name for p in (folder / command.out).iterdir()} - own
            )
    _run(commands[1], folder)
    counts["the same bits at the end"] += _digest(folder, command) == results[1]
    counts["files left"] += len({path.name for path in folder.iterdir()} - inputs)
    return f"{n_kills} kills: " + ", ".join(f"{value} {what}" for what, value in counts.items())


def _run(arguments: list[str], folder: Path) -> None:
    done = subprocess.run([*PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}")


def _timed(arguments: list[str], folder: Path, command: Command) -> dict[str, float]:
    """Run a command to its end; return the seconds from its start, and from its first temporary file on, by name."""
    process = _started(arguments, folder)
    start = time.perf_counter()
    _wait_for_saving(process, folder, command)
    begun = time.perf_counter()
    if process.wait():
        raise RuntimeError(f"{' '.join(arguments)} failed")
    end = time.perf_counter()
    return {"start": end - start, "training": end - begun, "saving": end - begun}


def _killed(arguments: list[str], folder: Path, command: Command, sent: int, how: str, moment: float) -> int:
    """Start a command, end it by a signal, and return its exit code."""
    process = _started(arguments, folder)
    if how != "start":
        _wait_for_saving(process, folder, command)
    end = time.perf_counter() + moment
    while time.perf_counter() < end and process.poll() is None:
        time.sleep(0.001)
    if how == "saving":
        _wait_for_saving(process, folder, command)
    process.send_signal(sent)
    return process.wait()


def _started(arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    nowhere = subprocess.DEVNULL
    return subprocess.Popen([*PROGRAM, *arguments], cwd=folder, stdout=nowhere, stderr=nowhere)


def _wait_for_saving(process: subprocess.Popen[bytes], folder: Path, command: Command) -> None:
    """Wait until the process has a temporary file, or has ended."""
    while process.poll() is None and not _is_saving(folder, command.out):
        time.sleep(0.0002)


def _is_saving(folder: Path, out: str) -> bool:
    places = [folder, *([folder / out] if (folder / out).is_dir() else [])]
    return any(TEMPORARY.match(path.name) for place in places for path in place.iterdir())


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def _digest(folder: Path, command: Command) -> str:
    out = folder / command.out
    files = [out / name for name in command.parts] or [out]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _write_inputs(folder: Path, draw: random.Random) -> None:
    words = [f"w{k}" for k in range(400)]
    sentences = [draw.choices(words, k=12) for _ in range(3000)]
    lines = [" ".join(each) + "\n" for each in sentences]
    rows = [f"{' '.join(each)},{'good' if 'w1' in each else 'bad'}\n" for each in sentences]
    tagged = ("".join(f"{word}\t{'B-X' if word < 'w2' else 'O'}\n" for word in each) for each in sentences)
    for name, text in {
        "text.txt": "".join(lines),
        "few.txt": "".join(lines[:200]),
        "texts.csv": "text,label\n" + "".join(rows),
        "few.csv": "text,label\n" + "".join(rows[:200]),
        "tags.conll": "\n".join(tagged),
    }.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
