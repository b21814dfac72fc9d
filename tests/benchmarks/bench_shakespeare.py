"""tiny-shakespeare by characters, at nanoGPT's CPU setting: validation loss after 2,000 steps.

    python tests/benchmarks/bench_shakespeare.py FOLDER [--seed 0]

4 layers, 4 heads, width 128, blocks of 64, batches of 12, no dropout; the first 90 % are for training, the last
10 % for validation, all of it, in blocks one after the other. nanoGPT publishes 1.88 for this setting.
Writes log.csv and curve.png to FOLDER, and prints a sample.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer import DecoderModel, TransformerConfig
from wordvec.transformer.data.pretraining_batches import CausalBatches
from wordvec.transformer.data.token_corpus import TokenCorpus
from wordvec.transformer.generation.generate import generate
from wordvec.transformer.training.trainer import TrainerOptions, train

STEPS, BLOCK, BATCH = 2000, 64, 12


def main() -> None:
    """Train, evaluate, sample."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    text = (Path(os.environ["WORDVEC_DATA"]) / "tiny-shakespeare" / "input.txt").read_text(encoding="utf-8")
    cut = int(0.9 * len(text))
    tokenizer = Tokenizer.train_from_texts([text], kind="char", vocab_size=100)
    training, held_out = (TokenCorpus.from_texts([part], tokenizer) for part in (text[:cut], text[cut:]))
    config = TransformerConfig.gpt(
        len(tokenizer), hidden_size=128, num_layers=4, num_heads=4, max_length=BLOCK, dropout=0.0,
        attention_dropout=0.0,
    )  # fmt: skip
    model = DecoderModel(config, seed=options.seed)
    report = train(
        model,
        CausalBatches(training, BLOCK, BATCH, options.seed),
        TrainerOptions(
            STEPS,
            learning_rate=2e-3,
            betas=(0.9, 0.99),
            weight_decay=0.1,
            warmup_steps=100,
            min_lr_fraction=0.05,
            eval_every=250,
            seed=options.seed,
        ),  # fmt: skip
        validation=CausalBatches(held_out, BLOCK, 64, shuffle=False),
        folder=options.folder,
    )
    for step, loss in report.validation_curve:
        print(f"step {step:5d}  validation loss {loss:.4f}")
    print(
        f"{config.n_parameters:,} parameters, {report.seconds:.0f} s, {report.tokens_per_second:,.0f} tokens/s"
    )
    sample = generate(model, [tokenizer.encode("\n")], max_new_tokens=BLOCK - 2, do_sample=True, seed=0)
    print(tokenizer.decode(sample[0].token_ids))


if __name__ == "__main__":
    main()
