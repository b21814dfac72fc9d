"""Training and prediction beside fastText, interleaved, each in a process of its own; ratios of one run.

    python tests/benchmarks/bench_fasttext.py train TEXT [--architectures skipgram cbow] [--rounds 3]
        [--gensim] [--floret]
    python tests/benchmarks/bench_fasttext.py predict MODEL TEXTS [--rounds 3]
    python tests/benchmarks/bench_fasttext.py open

TEXT has a sentence on each line. MODEL is a classifier of fastText, TEXTS a file in its format, whose labels are left
out. Words a second count everything from opening the text to the fitted model; training takes two threads, prediction
one core. `open` writes a model of 2 GB in a temporary folder, and reports the time and the memory of opening it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from wordvec.vectors.formats.fasttext_content import FastTextArguments
from wordvec.vectors.formats.fasttext_writing import write_dictionary, write_head

OURS = """
import time
from wordvec import FastText, LineCorpus
model = FastText({architecture!r}, epochs=1, n_jobs=2, mode={mode!r}, verbose=False, **{table!r})
start = time.perf_counter()
model.fit(LineCorpus({text!r}))
print(model.vocabulary_.n_total / (time.perf_counter() - start))
"""
FASTTEXT = """
import time
import {module} as fasttext
start = time.perf_counter()
model = fasttext.train_unsupervised(
    {text!r}, {architecture!r}, dim=100, ws=5, neg=5, minn=3, maxn=6, epoch=1, minCount=5, thread=2, verbose=0, t=1e-3,
    **{table!r},
)
seconds = time.perf_counter() - start
print(sum(model.get_words(include_freq=True)[1]) / seconds)
"""
GENSIM = """
import time
from gensim.models import FastText
start = time.perf_counter()
model = FastText(
    corpus_file={text!r}, sg=int({architecture!r} == "skipgram"), vector_size=100, window=5, negative=5, min_n=3,
    max_n=6, bucket=2000000, epochs=1, min_count=5, workers=2, sample=1e-3,
)
print(model.corpus_total_words / (time.perf_counter() - start))
"""
TEXTS = """
import os, time
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {{0}})
with open({texts!r}, encoding="utf-8") as file:
    texts = [" ".join(w for w in line.split() if not w.startswith("__label__")) for line in file]
"""
OUR_ANSWERS = (
    TEXTS
    + """
from wordvec.supervised import EmbeddingClassifier
model = EmbeddingClassifier.load({model!r})
model.n_jobs = 1
answer = getattr(model, {method!r})
answer(texts[:3000])
start = time.perf_counter()
answer(texts)
print(len(texts) / (time.perf_counter() - start))
"""
)
FASTTEXT_ANSWERS = (
    TEXTS
    + """
import fasttext
fasttext.FastText.eprint = lambda *_: None
model = fasttext.load_model({model!r})
lines = [text + "\\n" for text in texts]
start = time.perf_counter()
model.f.multilinePredict(lines, 1, 0.0, "strict")
print(len(texts) / (time.perf_counter() - start))
"""
)


OPEN = """
import resource, time
from wordvec import KeyedVectors
start = time.perf_counter()
vectors = KeyedVectors.load({path!r})
opened = time.perf_counter() - start
vectors["unseen"]
first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
vectors.most_similar("unseen")
print(f"opened in {{opened:.2f}} s, {{first / 2**20:.2f}} GiB; neighbours in {{time.perf_counter() - start:.1f}} s, "
      f"{{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f}} GiB")
"""


def write_large_model(path: Path, n_words: int = 1_500_000, size: int = 100, bucket: int = 2_000_000) -> None:
    """Write a model of drawn rows."""
    rows = np.random.default_rng(1).standard_normal((50_000, size), np.float32)
    arguments = FastTextArguments(size, 5, 5, 5, 5, 1, "ns", "skipgram", bucket, 3, 6, 0, 100, 1e-4)
    words = [f"w{k}x{k * 7919 % 65536:x}".encode() for k in range(n_words)]
    with path.open("wb") as file:
        write_head(file, arguments)
        write_dictionary(file, words, np.arange(n_words, 0, -1), [], np.empty(0, np.int64), None, n_words)
        for n_rows in (n_words + bucket, n_words):
            file.write(b"\0" + np.array([n_rows, size], "<i8").tobytes())
            for _ in range(n_rows // len(rows)):
                file.write(rows.tobytes())


def measure_opening() -> None:
    """Open a large model three times, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.bin")
        write_large_model(path)
        print(f"{path.stat().st_size / 2**30:.2f} GiB")
        for _ in range(3):
            subprocess.run([sys.executable, "-c", OPEN.format(path=str(path))], check=True)


def rate_of(program: str) -> float:
    """Run a program; return the number in its last line."""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def compare(programs: dict[str, str], peers: list[str], unit: str, rounds: int) -> None:
    """Run programs in turn, and print their median rates and the medians of the ratios to the peers'."""
    rates: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            rates[name].append(rate_of(program))
    for name, found in rates.items():
        ratios = [
            f"{statistics.median([a / b for a, b in zip(found, rates[peer])]):.2f} x {peer}"
            for peer in peers
            if name not in peers
        ]
        print(f"  {name:14} {statistics.median(found):12,.0f} {unit}  {', '.join(ratios)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train")
    train.add_argument("text")
    train.add_argument("--architectures", nargs="+", default=["skipgram", "cbow"])
    train.add_argument("--gensim", action="store_true")
    train.add_argument("--floret", action="store_true", help="beside floret's small table instead")
    predict = commands.add_parser("predict")
    predict.add_argument("model")
    predict.add_argument("texts")
    commands.add_parser("open")
    for each in (train, predict):
        each.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.command == "open":
        measure_opening()
        return
    if arguments.command == "predict":
        values = {"model": arguments.model, "texts": arguments.texts}
        programs = {name: OUR_ANSWERS.format(**values, method=name) for name in ("predict", "predict_top")}
        programs["fastText"] = FASTTEXT_ANSWERS.format(**values)
        compare(programs, ["fastText"], "texts/s", arguments.rounds)
        return
    for architecture in arguments.architectures:
        print(architecture)
        values = {"architecture": architecture, "text": arguments.text}
        ours, theirs = {}, {"bucket": 2_000_000}
        if arguments.floret:
            ours = {"bucket": 50_000, "hash_count": 2}
            theirs = {"bucket": 50_000, "hashCount": 2, "mode": "floret"}
        peer = "floret" if arguments.floret else "fastText"
        programs = {
            mode: OURS.format(**values, mode=mode, table=ours) for mode in ("deterministic", "racing")
        }
        programs[peer] = FASTTEXT.format(**values, module=peer.lower(), table=theirs)
        peers = [peer]
        if arguments.gensim:
            programs["gensim"] = GENSIM.format(**values)
            peers.append("gensim")
        compare(programs, peers, "words/s", arguments.rounds)


if __name__ == "__main__":
    main()
