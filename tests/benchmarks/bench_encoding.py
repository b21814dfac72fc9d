"""Vocabulary and encoding of a text file: ours against gensim's scan of the same file, interleaved.

    python tests/benchmarks/bench_encoding.py CORPUS [--rounds 3] [--min-count 5] [--rates [--chinese TEXT]]

gensim counts words only; ours also turns the whole text into ids. Compilation is done before the clock starts
and reported apart. The file is read once before, so that both find it in the system's cache.

With --rates, MB/s of one core instead: of text in memory to ids, and of a file to vocabulary and ids by each
tokenizer (the time of all threads together). The best of the rounds, so that other work on the machine counts less.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def seconds(run: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return seconds, seconds of processors, and the result."""
    start, processors = time.perf_counter(), time.process_time()
    result = run()
    return time.perf_counter() - start, time.process_time() - processors, result


def compile_kernels() -> None:
    from wordvec.text.corpus import LineCorpus, encode_corpus

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.txt"
        path.write_text("a few words\n" * 10, "utf-8")
        encode_corpus(LineCorpus(path))


def print_rate(
    name: str, n_bytes: int, rounds: int, clock: Callable[[], float], run: Callable[[], Any]
) -> None:
    run()
    times = []
    for _ in range(rounds):
        start = clock()
        run()
        times.append(clock() - start)
    print(f"{name:32} {n_bytes / 1e6 / min(times):7.0f} MB/s")


def scan(data: bytes) -> None:
    """Turn text into ids in this thread, block by block."""
    from wordvec.text.numbering.cutting import TextCutter
    from wordvec.text.numbering.table import WordTable

    cutter, table = TextCutter(), WordTable()
    for first in range(0, len(data), 1 << 19):
        for piece in cutter.feed(data[first : first + (1 << 19)]):
            table.encode(piece)


def print_rates(path: Path, chinese: Path | None, rounds: int) -> None:
    from wordvec.text.corpus import LineCorpus, encode_corpus

    with path.open("rb") as file:
        data = file.read(100_000_000)
    words = data[:50_000_000].split()
    short = b"".join(b" ".join(words[k : k + 10]) + b"\n" for k in range(0, len(words), 10))
    texts = {"text to ids": data, "text to ids, lines of 10 words": short}
    if chinese is not None:
        texts["text to ids, Chinese"] = chinese.read_bytes()
    for name, text in texts.items():
        print_rate(name, len(text), rounds, time.thread_time, lambda text=text: scan(text))
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"whitespace": 1 << 27, "word": 1 << 27, "chars": 1 << 22, "zh": 1 << 22}
        for tokenizer, size in sizes.items():
            text = texts.get("text to ids, Chinese", short) if tokenizer in ("chars", "zh") else short
            text = text[: text[:size].rfind(b"\n") + 1]
            part = Path(folder) / f"{tokenizer}.txt"
            part.write_bytes(text)
            corpus = LineCorpus(part, tokenizer)
            run = lambda corpus=corpus: encode_corpus(corpus, min_count=1)  # noqa: E731
            print_rate(f"file, tokenizer={tokenizer!r}", len(text), rounds, time.process_time, run)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="a text file, split at white space")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--rates", action="store_true", help="print MB/s of one core")
    parser.add_argument("--chinese", type=Path, help="a text in Chinese, for --rates")
    arguments = parser.parse_args()
    if arguments.rates:
        print_rates(arguments.corpus, arguments.chinese, arguments.rounds)
        return

    from gensim.models import Word2Vec

    from wordvec.text.corpus import LineCorpus, encode_corpus

    def ours() -> Any:
        return encode_corpus(LineCorpus(arguments.corpus), min_count=arguments.min_count)

    def theirs() -> Any:
        # A vector of one number: build_vocab also makes the tables, which is not what is measured.
        model = Word2Vec(min_count=arguments.min_count, vector_size=1)
        model.build_vocab(corpus_file=str(arguments.corpus))
        return model

    print(f"compilation {seconds(compile_kernels)[0]:.2f} s")
    with arguments.corpus.open("rb") as file:
        while file.read(1 << 20):
            pass
    times: dict[str, list[float]] = {
        name: [] for name in ("ours", "ours, processors", "gensim", "gensim, processors")
    }
    for _ in range(arguments.rounds):
        *spent, (vocabulary, encoded) = seconds(ours)
        for name, value in zip(("ours", "ours, processors"), spent):
            times[name].append(value)
        *spent, model = seconds(theirs)
        for name, value in zip(("gensim", "gensim, processors"), spent):
            times[name].append(value)

    print(f"{encoded.n_raw_tokens} tokens, {len(vocabulary)} words; gensim {len(model.wv)} words")
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        each = " ".join(f"{value:.2f}" for value in values)
        print(f"{name:18} median {medians[name]:.2f} s ({each})")
    print(f"tokens/s {encoded.n_raw_tokens / medians['ours'] / 1e6:.1f} M")
    for kind in ("", ", processors"):
        print(f"ratio{kind} {medians['gensim' + kind] / medians['ours' + kind]:.2f} x")


if __name__ == "__main__":
    main()
