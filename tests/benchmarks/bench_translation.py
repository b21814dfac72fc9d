"""Multi30k, English to German, with the encoder-decoder: BLEU on test 2016 after 40 minutes of two cores.

    python tests/benchmarks/bench_translation.py FOLDER [--minutes 40] [--width 128] [--layers 4]

One BPE vocabulary of 6,000 pieces for both languages, from the training texts. The loss on the validation texts
is watched, the test texts are translated once, at the end, by beam search (5 beams). BLEU is sacrebleu's with its
own tokenization ("13a"), on the text as it is. FOLDER gets the tokenizer, the model, log.csv, curve.png and
translations.txt.
"""

from __future__ import annotations

import argparse
import gzip
import os
import time
from dataclasses import replace
from pathlib import Path

import torch
from cpu_budget import steps_within

from wordvec.pipelines.metrics.text import bleu
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer import EncoderDecoderModel, TransformerConfig
from wordvec.transformer.data.labelled_batches import Seq2SeqBatches
from wordvec.transformer.generation.generate import generate
from wordvec.transformer.training.trainer import TrainerOptions, train

SPECIAL = {"pad": "<pad>", "bos": "<s>", "eos": "</s>", "unk": "<unk>"}
BATCH, MAX_LENGTH, BEAMS = 128, 128, 5


def read(name: str) -> list[str]:
    """Return the lines of a file of the set."""
    path = Path(os.environ["WORDVEC_DATA"]) / "multi30k-en-de" / f"{name}.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        return [line.strip() for line in file]


def ids_of(texts: list[str], tokenizer: Tokenizer) -> list[list[int]]:
    """Return the ids of texts without special tokens."""
    return tokenizer.encode_lists(
        texts, max_length=MAX_LENGTH - 1, truncation="right", add_special_tokens=False
    )[0]


def translate(model: EncoderDecoderModel, sources: list[list[int]], tokenizer: Tokenizer) -> list[str]:
    """Return translations, a hundred at a time, those of like length together."""
    order = sorted(range(len(sources)), key=lambda row: len(sources[row]))
    found: dict[int, str] = {}
    for first in range(0, len(order), 100):
        rows = order[first : first + 100]
        made = generate(model, [sources[row] for row in rows], max_new_tokens=80, num_beams=BEAMS)
        found |= {row: tokenizer.decode(one.token_ids) for row, one in zip(rows, made, strict=True)}
    return [found[row].strip() for row in range(len(sources))]


def main() -> None:
    """Train within the budget, translate, score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.folder.mkdir(parents=True, exist_ok=True)
    english, german = read("train.en"), read("train.de")
    tokenizer = Tokenizer.train_from_texts(english + german, "bpe", 6000, special_tokens=SPECIAL)
    tokenizer.save(options.folder)
    config = TransformerConfig.original(
        len(tokenizer), hidden_size=options.width, num_layers=options.layers, num_heads=4, ff_size=2 * options.width,
        max_length=MAX_LENGTH, norm="pre", dropout=0.1, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    model = EncoderDecoderModel(config, seed=1)
    batches = Seq2SeqBatches(ids_of(english, tokenizer), ids_of(german, tokenizer), tokenizer, BATCH, seed=1)
    held_out = [ids_of(read(f"val.{language}"), tokenizer) for language in ("en", "de")]
    validation = Seq2SeqBatches(*held_out, tokenizer, BATCH, shuffle=False)
    trainer = TrainerOptions(
        steps=10**6, learning_rate=2e-3, betas=(0.9, 0.98), weight_decay=0.01, warmup_steps=1000,
        eval_every=len(batches), min_lr_fraction=0.02, seed=1,
    )  # fmt: skip
    steps = steps_within(model, batches, options.minutes, trainer)
    print(
        f"{config.n_parameters:,} parameters, {steps:,} steps, {steps / len(batches):.1f} epochs", flush=True
    )
    start = time.perf_counter()
    report = train(
        model, batches, replace(trainer, steps=steps), validation=validation, folder=options.folder / "run"
    )
    print(f"{time.perf_counter() - start:.0f} s, {report.tokens_per_second:,.0f} tokens/s")
    for step, loss in report.validation_curve[:: max(1, len(report.validation_curve) // 12)]:
        print(f"step {step:6d}  validation loss {loss:.4f}")
    model.save_pretrained(options.folder)
    sources, references = read("test_2016_flickr.en"), read("test_2016_flickr.de")
    translations = translate(model, ids_of(sources, tokenizer), tokenizer)
    lines = [f"{s}\n  {t}\n  ({r})" for s, t, r in zip(sources, translations, references, strict=True)]
    (options.folder / "translations.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[:8]))
    print(bleu(translations, references))


if __name__ == "__main__":
    main()
