"""What `wordvec.encoders.export` wrote, loaded by other programs where wordvec is not installed.

    python tests/interchange/check_static.py [--only TOOL ...] [--keep FOLDER]

Trains skip-gram, GloVe and FastText vectors on the sample text, and skip-gram vectors on the Chinese one; exports each;
builds an environment with the CPU version of torch, into which pip installs one program after the other; and loads each
folder in each of them. A program that does not agree with the others gets an environment of its own. A table in
Markdown is printed: the largest difference of vectors from those of `StaticEncoder`, which passes up to 1e-6, and what
the program did with the folder. The exit code is 1 if a program is installed and fails.

With --keep, FOLDER keeps the environments and the exported folders, and a later run uses the environments again. Needs
pip, its packages, and 3 GB on the disk.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np
from wordvec_data import sample_path

from wordvec import FastText, GloVe, KeyedVectors, LineCorpus, Word2Vec
from wordvec.encoders import StaticEncoder, export

TOOLS = ("sentence-transformers", "model2vec", "bertopic", "langchain-huggingface", "embedding-atlas")
TORCH = "torch>=2.6,<2.14"
CLIENTS = Path(__file__).with_name("static_clients.py")
TOLERANCE = 1e-6
LIMIT = 1800  # seconds for one call of pip or of a program


def trained() -> dict[str, tuple[KeyedVectors, str, list[str]]]:
    """Return vectors by name, each with the tokenizer of its text, and texts."""
    common = {"vector_size": 32, "min_count": 1, "epochs": 20, "random_state": 1, "verbose": False}
    english, chinese = sample_path("sample-en.txt"), sample_path("sample-zh.txt")
    words = LineCorpus(english, tokenizer="word", lowercase=True)
    characters = LineCorpus(chinese, tokenizer="chars")
    return {
        "skip-gram": (Word2Vec("skipgram", **common).fit(words).wv_, "word", texts_of(english)),
        "GloVe": (GloVe(**common).fit(words).wv_, "word", texts_of(english)),
        "FastText": (FastText(bucket=1000, **common).fit(words).wv_, "word", texts_of(english)),
        "skip-gram, Chinese": (
            Word2Vec("skipgram", **common).fit(characters).wv_,
            "chars",
            texts_of(chinese),
        ),
    }


def texts_of(path: Path) -> list[str]:
    """Return the lines of a sample, pairs of them, and texts with capitals, unknown words, and nothing."""
    lines = path.read_text(encoding="utf-8").split("\n")
    lines = [line for line in lines if line]
    pairs = [f"{lines[k % 20]} {lines[(k * 7 + k // 20 + 1) % 20]}" for k in range(180)]
    return [*lines, *pairs, "THE BAKER'S ducks, 3.5 times!", "zzyzx qwertz", "bread zzyzx", "3.5", " "]


class Environments:
    """Virtual environments with programs, and why one could not be installed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def python_with(self, tool: str) -> Path | str:
        """Return an interpreter that has a program, or the reason why there is none."""
        reason = ""
        for name in ("shared", tool):
            python = self._made(name)
            # torch stands in each call, so that no program changes it for another build.
            kept = [] if name != "shared" else [t for t in TOOLS if self._has(python, t)]
            if self._has(python, tool):
                return python
            failed = self._pip(python, "install", TORCH, *kept, tool)
            if not failed and not self._pip(python, "check"):
                return python
            reason = failed or "its packages do not agree"
            if not failed and name == "shared":
                self._pip(python, "uninstall", "-y", tool)
        return reason

    def _made(self, name: str) -> Path:
        place = self._folder / name
        python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if not python.exists():
            venv.create(place, with_pip=True)
            self._pip(python, "install", TORCH)
        return python

    def _has(self, python: Path, tool: str) -> bool:
        return not self._pip(python, "show", tool)

    def _pip(self, python: Path, *arguments: str) -> str:
        """Run pip; return the last line of its errors, empty if there was none."""
        command = [str(python), "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=clean_environment())
        lines = (done.stderr.strip() or done.stdout.strip() or "pip failed").splitlines()
        return "" if done.returncode == 0 else lines[-1]


def clean_environment() -> dict[str, str]:
    """Return variables for a program: none of our paths, no network, quiet."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return kept | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def check(tool: str, python: Path, folder: Path, texts: list[str], home: Path) -> tuple[str, str, str, bool]:
    """Return the version, the difference, what was shown or why it failed, and whether it is well."""
    (home / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    out = home / "vectors.npy"
    out.unlink(missing_ok=True)
    command = [str(python), "-I", str(CLIENTS), tool, str(folder), str(home / "texts.json"), str(out)]
    variables = clean_environment() | {"XDG_CACHE_HOME": str(home / "cache"), "HF_HOME": str(home / "cache")}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT, env=variables, cwd=home, check=False
    )
    if done.returncode or not out.exists():
        lines = done.stderr.strip().splitlines() or ["it printed nothing"]
        return "?", "", lines[-1], False
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    theirs, ours = np.load(out), StaticEncoder.load(folder).encode(texts)
    if theirs.shape != ours.shape:
        return answer["version"], "", f"vectors of shape {theirs.shape}, not {ours.shape}", False
    difference = float(np.abs(theirs.astype(np.float64) - ours).max())
    return answer["version"], f"{difference:.1e}", answer["shown"], difference <= TOLERANCE


def main() -> None:
    """Build, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=TOOLS, default=list(TOOLS), metavar="TOOL")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = (arguments.keep or Path(temporary)).resolve()
        home.mkdir(parents=True, exist_ok=True)
        exported = {}
        for name, (vectors, tokenizer, texts) in trained().items():
            folder = home / f"exported-{name.replace(', ', '-').lower()}"
            export(vectors, folder, tokenizer=tokenizer, lowercase=True)
            exported[name] = folder, texts
        environments = Environments(home / "environments")
        print(f"{datetime.date.today()}, Python {platform.python_version()}, {platform.system()}\n")
        print("| program | version | vectors | difference | shown | |")
        print("|---|---|---|---|---|---|", flush=True)
        failed = False
        for tool in arguments.only:
            python = environments.python_with(tool)
            if isinstance(python, str):
                print(f"| {tool} | | | | {python} | not installed |", flush=True)
                continue
            for name, (folder, texts) in exported.items():
                version, difference, shown, is_well = check(tool, python, folder, texts, home)
                failed |= not is_well
                result = "ok" if is_well else "failed"
                print(f"| {tool} | {version} | {name} | {difference} | {shown} | {result} |", flush=True)
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
