"""Pre-training on English Wikipedia within minutes of two cores, and what it is good for.

    python tests/benchmarks/bench_pretraining.py prepare FOLDER
    python tests/benchmarks/bench_pretraining.py causal|recurrent|masked FOLDER [--minutes 20]
    python tests/benchmarks/bench_pretraining.py ngram FOLDER
    python tests/benchmarks/bench_pretraining.py vectors FOLDER [--steps 600]
    python tests/benchmarks/bench_pretraining.py finetune FOLDER

prepare   learns 8,000 pieces (byte-level BPE for the causal models, WordPiece for the masked one) on wiki-en's raw
          text and encodes it; every fiftieth article is held out.
causal    a decoder of 4 layers, 4 heads, width 256, blocks of 128; recurrent: an LSTM of 3 layers, width 384.
masked    an encoder of the same size with MLM and NSP.
ngram     interpolated Kneser-Ney of order 3 and 4 on the same tokens.
          Perplexity is that of all held-out tokens in blocks of 128, and of words: the same sum over the number of
          words.
vectors   skip-gram vectors of 256 on the training text, then the decoder from random draws and from them, equal
          steps, validation loss on the way.
finetune  SST (binary, sentences) and CoNLL-2003, each body with and without pre-training; test scores.

Minutes are processor time over the number of threads, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cpu_budget import steps_within

from pipelines.datasets import load_dataset
from pipelines.metrics import entity_scores
from pipelines.tagging import convert_tags
from wordvec import LineCorpus, Word2Vec
from wordvec.transformer import (
    DecoderModel,
    EncoderModel,
    PreTraining,
    SequenceClassifier,
    TokenClassifier,
    TransformerConfig,
    from_pretrained,
)
from wordvec.transformer.labelled_batches import ClassificationBatches, TokenClassificationBatches
from wordvec.transformer.ngram_lm import NGramLM
from wordvec.transformer.objectives import CausalBatches, MaskedBatches
from wordvec.transformer.recurrent import RecurrentModel
from wordvec.transformer.token_corpus import TokenCorpus
from wordvec.transformer.tokenization import Tokenizer
from wordvec.transformer.training import TrainerOptions, train

BLOCK, BATCH, VOCABULARY = 128, 16, 8000
SIZES = {"hidden_size": 256, "num_layers": 4, "num_heads": 4, "max_length": BLOCK, "dropout": 0.0}
OPTIONS = TrainerOptions(
    steps=10**6,
    learning_rate=1e-3,
    betas=(0.9, 0.98),
    weight_decay=0.1,
    warmup_steps=200,
    min_lr_fraction=0.05,
)


def raw_text() -> Path:
    """Return the file of cased articles."""
    return Path(os.environ["WORDVEC_DATA"]) / "wiki-en" / "wiki-raw.txt.xz"


def prepare(folder: Path) -> None:
    """Learn both tokenizers and encode the text with each."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("bpe", "wordpiece"):
        tokenizer = Tokenizer.train(raw_text(), kind, VOCABULARY)
        tokenizer.save(folder / kind)
        corpus = TokenCorpus.build(raw_text(), tokenizer, folder / f"{kind}-corpus", validation_fraction=0.02)
        print(kind, corpus, corpus.validation, flush=True)


def opened(folder: Path, kind: str) -> tuple[Tokenizer, TokenCorpus, TokenCorpus]:
    """Return tokenizer, training and held-out tokens."""
    corpus = TokenCorpus.open(folder / f"{kind}-corpus")
    assert corpus.validation is not None
    return Tokenizer.load(folder / kind), corpus, corpus.validation


def pretrain(name: str, folder: Path, model: Any, batches: Any, validation: Any, minutes: float) -> None:
    """Train within the budget, and save."""
    options = replace(OPTIONS, steps=steps_within(model, batches, minutes, OPTIONS))
    options = replace(options, eval_every=max(1, options.steps // 10))
    report = train(model, batches, options, validation=validation, folder=folder / f"{name}-run")
    print(f"{name}: {model.n_parameters:,} parameters, {report.steps:,} steps, {report.n_tokens:,} tokens, "
          f"{report.seconds:.0f} s, {report.tokens_per_second:,.0f} tokens/s")  # fmt: skip
    print(
        "  validation loss",
        " ".join(f"{step}:{loss:.3f}" for step, loss in report.validation_curve),
        flush=True,
    )


def held_out(tokens: TokenCorpus, n_rows: int | None = None) -> list[dict[str, torch.Tensor]]:
    """Return the held-out tokens in blocks, in order; the first rows alone if asked for."""
    batches = CausalBatches(tokens, BLOCK, 64, shuffle=False)
    return [batches.batch(step) for step in range(len(batches) if n_rows is None else n_rows // 64)]


def print_perplexity(name: str, nats: float, n_tokens: int, n_words: int) -> None:
    """Print perplexity by token and by word."""
    print(f"{name}: perplexity {math.exp(nats / n_tokens):.1f} a token, {math.exp(nats / n_words):.1f} a word "
          f"({n_tokens:,} tokens, {n_words:,} words)", flush=True)  # fmt: skip


def words_in(batches: list[dict[str, torch.Tensor]], tokenizer: Tokenizer) -> int:
    """Return the number of words that begin among the labels."""
    labels = np.concatenate([batch["labels"].numpy().ravel() for batch in batches])
    return int(tokenizer.word_starts(labels).sum())


@torch.inference_mode()
def perplexity(name: str, model: Any, tokens: TokenCorpus, tokenizer: Tokenizer) -> None:
    """Print a neural model's perplexity on all held-out blocks."""
    batches = held_out(tokens)
    found = [model.eval().loss_sum(batch)["loss"] for batch in batches]
    nats, count = (sum(float(part[column]) for part in found) for column in (0, 1))
    print_perplexity(name, nats, int(count), words_in(batches, tokenizer))


def causal(folder: Path, minutes: float, is_recurrent: bool) -> None:
    """Pre-train a causal model."""
    tokenizer, tokens, validation = opened(folder, "bpe")
    name = "recurrent" if is_recurrent else "causal"
    if is_recurrent:
        config = TransformerConfig.gpt(len(tokenizer), **SIZES | {"hidden_size": 384, "num_layers": 3})
        model: Any = RecurrentModel(config, "lstm", seed=1)
    else:
        model = DecoderModel(TransformerConfig.gpt(len(tokenizer), attention_dropout=0.0, **SIZES), seed=1)
    batches = CausalBatches(tokens, BLOCK, BATCH, seed=1)
    pretrain(name, folder, model, batches, held_out(validation, 512), minutes)
    perplexity(name, model, validation, tokenizer)
    if not is_recurrent:
        model.save_pretrained(folder / name)


def masked(folder: Path, minutes: float) -> None:
    """Pre-train an encoder with masked tokens and next sentences."""
    tokenizer, tokens, validation = opened(folder, "wordpiece")
    config = TransformerConfig.bert(len(tokenizer), attention_dropout=0.0, **SIZES)
    model = PreTraining(EncoderModel(config, seed=1), seed=1)
    batches = MaskedBatches(tokens, tokenizer, BLOCK, BATCH, seed=1, next_sentence=True)
    checks = MaskedBatches(validation, tokenizer, BLOCK, 64, seed=1, next_sentence=True)
    pretrain("masked", folder, model, batches, [checks.batch(step) for step in range(8)], minutes)
    model.save_pretrained(folder / "masked")


def ngram(folder: Path) -> None:
    """Perplexity of n-gram models on the same tokens."""
    tokenizer, tokens, validation = opened(folder, "bpe")
    batches = held_out(validation)
    for order in (3, 4):
        model = NGramLM(order, vocab_size=len(tokenizer)).fit(tokens.token_ids)
        # The n-grams see across the edges of blocks, which helps them a little.
        scores = model.log_probabilities(validation.token_ids)[
            1 : 1 + BLOCK * sum(len(b["labels"]) for b in batches)
        ]
        print_perplexity(f"{order}-grams", -float(scores.sum()), scores.size, words_in(batches, tokenizer))


def vectors(folder: Path, steps: int) -> None:
    """The decoder from random draws and from Word2Vec's vectors, equal steps."""
    tokenizer, tokens, validation = opened(folder, "bpe")
    path = folder / "words.safetensors"
    corpus = LineCorpus(raw_text(), tokenizer="word", lowercase=False)
    found = Word2Vec("skipgram", vector_size=SIZES["hidden_size"], epochs=5, n_jobs=2, random_state=1).fit(
        corpus
    )
    found.wv_.save(path)
    options = replace(OPTIONS, steps=steps, eval_every=max(1, steps // 6))
    for name in ("random", "vectors"):
        model = DecoderModel(TransformerConfig.gpt(len(tokenizer), attention_dropout=0.0, **SIZES), seed=1)
        if name == "vectors":
            print(f"{model.init_embeddings(found.wv_, tokenizer):.1%} of the tokens start from a vector")
        batches = CausalBatches(tokens, BLOCK, BATCH, seed=1)
        report = train(
            model, batches, options, validation=held_out(validation, 512), folder=folder / f"{name}-run"
        )
        print(name, " ".join(f"{step}:{loss:.3f}" for step, loss in report.validation_curve), flush=True)


def bodies(folder: Path, name: str) -> dict[str, Any]:
    """Return a body from draws and the pre-trained one."""
    trained = from_pretrained(folder / name)
    config = replace(trained.config, dropout=0.1, attention_dropout=0.1)
    kind = DecoderModel if name == "causal" else EncoderModel
    found = {}
    for start in ("random", "pre-trained"):
        found[start] = kind(config, seed=1)
        if start == "pre-trained":
            found[start].load_state_dict(getattr(trained, "body", trained).state_dict())
    return found


def finetune(folder: Path) -> None:
    """Test scores on both tasks, from both starts, of both kinds of body."""
    for name, kind in (("causal", "bpe"), ("masked", "wordpiece")):
        if (folder / name / "config.json").exists():
            tokenizer = Tokenizer.load(folder / kind)
            for start, body in bodies(folder, name).items():
                print(f"{name}, {start}: SST accuracy {sst(body, tokenizer):.4f}", flush=True)
            for start, body in bodies(folder, name).items():
                print(f"{name}, {start}: CoNLL-2003 F1 {conll(body, tokenizer):.4f}", flush=True)


def tuned(model: Any, batches: Any, epochs: int) -> None:
    """Train a model for some epochs."""
    steps = epochs * len(batches)
    train(
        model, batches, TrainerOptions(steps, learning_rate=3e-4, warmup_steps=steps // 10, schedule="linear")
    )


@torch.inference_mode()
def sst(body: Any, tokenizer: Tokenizer) -> float:
    """Return test accuracy after 4 epochs on the training sentences."""
    model = SequenceClassifier(body, 2, seed=1)
    parts = {}
    for split in ("train", "test"):
        data = load_dataset("sst-sentences", split)
        names = sorted(set(data.labels))
        ids, _ = tokenizer.encode_lists(data.texts, max_length=BLOCK, truncation="right")
        parts[split] = (ids, np.array([names.index(label) for label in data.labels]))
    with torch.inference_mode(False):
        tuned(model, ClassificationBatches(*parts["train"], tokenizer, 32, seed=1), 4)
    batches = ClassificationBatches(*parts["test"], tokenizer, 64, shuffle=False)
    right = 0
    for step in range(len(batches)):
        batch = batches.batch(step)
        right += int(
            (model(batch["input_ids"], batch["attention_mask"]).logits.argmax(1) == batch["labels"]).sum()
        )
    return right / len(parts["test"][0])


def conll(body: Any, tokenizer: Tokenizer) -> float:
    """Return test F1 after 4 epochs; the first piece of a word carries its tag."""
    parts: dict[str, Any] = {}
    tags: list[str] = []
    for split in ("train", "test"):
        sentences, rows = read_conll(split)
        tags = sorted({tag for row in rows for tag in row}) if split == "train" else tags
        ids, labels = [], []
        for words, row in zip(sentences, rows, strict=True):
            pieces = tokenizer.encode_words(words)
            row_ids = [i for piece in pieces for i in piece][:BLOCK]
            pairs = zip(pieces, row, strict=True)
            row_labels = [
                tags.index(tag) if k == 0 else -100 for piece, tag in pairs for k in range(len(piece))
            ]
            ids.append(row_ids)
            labels.append(row_labels[:BLOCK])
        parts[split] = (ids, labels, rows)
    model = TokenClassifier(body, len(tags), seed=1)
    tuned(model, TokenClassificationBatches(*parts["train"][:2], tokenizer, 32, seed=1), 4)
    batches = TokenClassificationBatches(*parts["test"][:2], tokenizer, 64, shuffle=False)
    predicted = [row for step in range(len(batches)) for row in model.predict(batches.batch(step))]
    # A sentence longer than a block lost its last words: they count as outside.
    pairs = zip(predicted, parts["test"][2], strict=True)
    named = [[tags[i] for i in row] + ["O"] * (len(true) - len(row)) for row, true in pairs]
    return entity_scores(parts["test"][2], named).micro.f1


def read_conll(split: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return words and tags of a split of CoNLL-2003."""
    data = load_dataset("conll2003-en").splits[split]
    return [list(words) for words in data.tokens], convert_tags(data.tags, "IOB2")


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "part", choices=("prepare", "causal", "recurrent", "masked", "ngram", "vectors", "finetune")
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(json.dumps({"part": options.part, "threads": options.threads, "torch": torch.__version__}))
    if options.part in ("causal", "recurrent"):
        causal(options.folder, options.minutes, options.part == "recurrent")
    elif options.part == "masked":
        masked(options.folder, options.minutes)
    elif options.part == "vectors":
        vectors(options.folder, options.steps)
    else:
        {"prepare": prepare, "ngram": ngram, "finetune": finetune}[options.part](options.folder)


if __name__ == "__main__":
    main()
