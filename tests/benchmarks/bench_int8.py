"""Models with int8 weights against the same models in float32: speed of greedy writing, memory, accuracy.

    python tests/benchmarks/bench_int8.py [--threads 2] [--rounds 5] [--only speed|accuracy]

Speed: one text, with the cache; weights are random, which does not matter to it. Interleaved in one run; the median of
the rounds' ratios. Memory: the tensors of each. Accuracy: binary SST, sentences, of `TransformerClassifier` from
scratch, three seeds, on the test set (WORDVEC_DATA/sst-sentences).
"""

from __future__ import annotations

import argparse
import statistics
import time
from itertools import chain
from pathlib import Path

import torch

from wordvec.pipelines.datasets import data_file
from wordvec.transformer import (
    DecoderModel,
    TransformerClassifier,
    TransformerConfig,
    generate,
    quantize,
)
from wordvec.transformer.models.base import TransformerModel

# name: (width, layers, heads, vocabulary)
SHAPES = {
    "256 x 4": (256, 4, 4, 8000),
    "384 x 6": (384, 6, 6, 16000),
    "GPT-2 small, 768 x 12": (768, 12, 12, 50257),
}
NEW_TOKENS = 64
SEEDS = (1, 2, 3)


def n_bytes(model: TransformerModel) -> int:
    """Return the bytes of a model's weights."""
    return sum(each.numel() * each.element_size() for each in chain(model.parameters(), model.buffers()))


def seconds(model: DecoderModel) -> float:
    """Return the seconds that a text takes."""
    start = time.perf_counter()
    generate(model, [[1, 2, 3, 4]], max_new_tokens=NEW_TOKENS)
    return time.perf_counter() - start


def compare_speed(rounds: int) -> None:
    """Print tokens a second of both, the ratio, and the bytes."""
    for name, (width, layers, heads, vocab_size) in SHAPES.items():
        config = TransformerConfig.gpt(
            vocab_size, hidden_size=width, num_layers=layers, num_heads=heads, max_length=128
        )
        model = DecoderModel(config)
        small = quantize(model)
        seconds(model), seconds(small)  # noqa: B018 (warm-up)
        pairs = [(seconds(model), seconds(small)) for _ in range(rounds)]
        ratio = statistics.median(a / b for a, b in pairs)
        before, after = (NEW_TOKENS / statistics.median(column) for column in zip(*pairs, strict=True))
        sizes = f"{n_bytes(model) / 2**20:.1f} -> {n_bytes(small) / 2**20:.1f} MiB"
        print(f"{name:24s} {before:7.1f} -> {after:7.1f} tokens/s   {ratio:.2f} x   {sizes}", flush=True)


def compare_accuracy(folder: Path) -> None:
    """Print accuracies of both on the sentences of SST, for each seed."""
    parts = {}
    for part in ("train", "test"):
        rows = [line.split(" ", 1) for line in (folder / f"stsa.binary.{part}").read_text().splitlines()]
        parts[part] = [text for _, text in rows], [label for label, _ in rows]
    for seed in SEEDS:
        classifier = TransformerClassifier(random_state=seed, verbose=False).fit(*parts["train"])
        before = classifier.score(*parts["test"])
        classifier.model_ = quantize(classifier.model_)
        print(f"SST, seed {seed}: {before:.4f} -> {classifier.score(*parts['test']):.4f}", flush=True)


def main() -> None:
    """Run the comparisons."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("speed", "accuracy"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.only != "accuracy":
        compare_speed(options.rounds)
    if options.only != "speed":
        compare_accuracy(data_file("sst-sentences"))


if __name__ == "__main__":
    main()
