"""Training and generation against `transformers` on the CPU, interleaved in one run.

    python tests/benchmarks/bench_transformer_speed.py [--threads 2] [--rounds 5] [--only causal|masked|generate]

Both libraries get the same weights, the same random tokens, AdamW (fused in both), float32, dropout 0.1. The
plain loop around theirs is forward with labels, backward, clipping to norm 1, step, zero_grad. A round trains each
for a few steps; what is printed is the median of the rounds, and of the ratios within rounds. Attention dropout
is on in both, so that neither may use a fused kernel that the other cannot.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch
import transformers

from wordvec.transformer import from_pretrained
from wordvec.transformer.generation.generate import generate
from wordvec.transformer.training.trainer import TrainerOptions, train

# name: (layers, heads, width, tokens of a row, rows of a batch, vocabulary)
SHAPES = {"small": (4, 4, 256, 128, 16, 8000), "BERT-mini": (4, 4, 256, 128, 16, 30522)}
STEPS = 6
NEW_TOKENS = 128


def gpt2(shape: tuple[int, ...]) -> Any:
    """Return a GPT2LMHeadModel of `transformers`."""
    layers, heads, width, length, _, vocab_size = shape
    config = transformers.GPT2Config(
        vocab_size=vocab_size, n_layer=layers, n_head=heads, n_embd=width, n_positions=2 * length,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    return transformers.GPT2LMHeadModel(config)


def bert(shape: tuple[int, ...]) -> Any:
    """Return a BertForMaskedLM of `transformers`."""
    layers, heads, width, length, _, vocab_size = shape
    config = transformers.BertConfig(
        vocab_size=vocab_size, num_hidden_layers=layers, num_attention_heads=heads, hidden_size=width,
        intermediate_size=4 * width, max_position_embeddings=max(512, length),
    )  # fmt: skip
    return transformers.BertForMaskedLM(config)


class Random:
    """Random tokens; every token has a label, or a seventh of them."""

    def __init__(self, shape: tuple[int, ...], masked: bool) -> None:
        self.shape, self.masked = shape, masked

    def batch(self, step: int, rank: int = 0, world: int = 1) -> dict[str, torch.Tensor]:
        """Return the batch of a step."""
        *_, length, rows, vocab_size = self.shape
        generator = torch.Generator().manual_seed(step)
        tokens = torch.randint(5, vocab_size, (rows, length + 1), generator=generator)
        labels = tokens[:, 1:].clone()
        if self.masked:
            labels[torch.rand(labels.shape, generator=generator) > 0.15] = -100
        return {"input_ids": tokens[:, :-1].contiguous(), "labels": labels}


def their_loop(model: Any, batches: Random, masked: bool) -> Callable[[], float]:
    """Return a function that trains `transformers`' model for some steps and returns seconds."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4, fused=True)

    def run() -> float:
        model.train()
        made = [batches.batch(step) for step in range(STEPS)]
        start = time.perf_counter()
        for batch in made:
            # Their causal models shift labels themselves: the same number of predictions but for one a row.
            labels = batch["labels"] if masked else batch["input_ids"]
            loss = model(input_ids=batch["input_ids"], labels=labels).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return time.perf_counter() - start

    return run


def our_loop(model: torch.nn.Module, batches: Random) -> Callable[[], float]:
    """Return a function that trains our model for some steps and returns seconds, data included."""
    options = TrainerOptions(steps=STEPS, learning_rate=5e-4, schedule="constant", verbose=False)

    def run() -> float:
        start = time.perf_counter()
        train(model, batches, options)
        return time.perf_counter() - start

    return run


def compare(
    name: str, ours: Callable[[], float], theirs: Callable[[], float], tokens: int, rounds: int
) -> None:
    """Print tokens a second of both and the ratio."""
    ours(), theirs()  # noqa: B018 (warm-up)
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    ratio = statistics.median(b / a for a, b in pairs)
    mine, other = (tokens / statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{name:24s} ours {mine:10,.0f} tokens/s   transformers {other:10,.0f}   {ratio:.2f} x", flush=True)


def converted(theirs: Any) -> Any:
    """Return our model with the weights of theirs."""
    with tempfile.TemporaryDirectory() as folder:
        theirs.save_pretrained(folder)
        return from_pretrained(folder)


def main() -> None:
    """Run the comparisons."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("causal", "masked", "generate"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    transformers.logging.set_verbosity_error()
    for name, shape in SHAPES.items():
        tokens = STEPS * shape[3] * shape[4]
        for kind, make in (("causal", gpt2), ("masked", bert)):
            if options.only in (None, kind):
                theirs = make(shape)
                ours = converted(theirs)
                batches = Random(shape, kind == "masked")
                theirs_run = their_loop(theirs, batches, kind == "masked")
                compare(f"{kind}, {name}", our_loop(ours, batches), theirs_run, tokens, options.rounds)
    if options.only in (None, "generate"):
        compare_generation(options.rounds)


def compare_generation(rounds: int) -> None:
    """Greedy, batch 1, with the cache: seconds for 128 tokens."""
    for name, shape in SHAPES.items():
        theirs = gpt2(shape).eval()
        ours = converted(theirs)
        prompt = torch.randint(5, shape[-1], (1, 16), generator=torch.Generator().manual_seed(0))

        def our_run(model: Any = ours, prompt: torch.Tensor = prompt) -> float:
            start = time.perf_counter()
            generate(model, prompt, max_new_tokens=NEW_TOKENS)
            return time.perf_counter() - start

        def their_run(model: Any = theirs, prompt: torch.Tensor = prompt) -> float:
            start = time.perf_counter()
            mask = torch.ones_like(prompt)
            model.generate(prompt, attention_mask=mask, max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS,
                           do_sample=False, pad_token_id=0)  # fmt: skip
            return time.perf_counter() - start

        compare(f"generate, {name}", our_run, their_run, NEW_TOKENS, rounds)


if __name__ == "__main__":
    main()
