"""Pre-training on English Wikipedia within minutes of two cores, and the scores of the models on tasks.

    python tests/benchmarks/bench_pretraining.py prepare FOLDER
    python tests/benchmarks/bench_pretraining.py causal|recurrent|masked FOLDER [--minutes 20]
    python tests/benchmarks/bench_pretraining.py causal FOLDER --name muon --optimizer muon --bigrams 65536 ...
    python tests/benchmarks/bench_pretraining.py ngram FOLDER
    python tests/benchmarks/bench_pretraining.py mixture FOLDER [--model causal]
    python tests/benchmarks/bench_pretraining.py vectors FOLDER [--steps 600]
    python tests/benchmarks/bench_pretraining.py finetune FOLDER [--bodies causal] [--seeds 1] [--random-rate 5e-4]

prepare   learns 8,000 pieces (byte-level BPE for the causal models, WordPiece for the masked one) on wiki-en's raw
          text and encodes it; every fiftieth article is held out.
causal    a decoder of 4 layers, 4 heads, width 256, blocks of 128 or --block, saved as FOLDER/NAME with its
          tokenizer; recurrent: an LSTM of 3 layers, width 384. Options are compared by the training loss of the last
          fifth of the steps, which within the first epoch is that of text never seen; perplexity is that of held-out
          articles.
masked    an encoder of the same size with MLM and NSP.
ngram     interpolated Kneser-Ney of order 3 and 4 on the same tokens.
          Perplexity is that of all held-out tokens in blocks of 128, and of words: the same sum over the number of
          words.
mixture   the saved decoder and the n-grams of order 4 in one: the weight is chosen on the first quarter of the held-out
          blocks, perplexity is that of the other three quarters.
vectors   skip-gram vectors of 256 on the training text, then the decoder from random draws and from them, equal
          steps, validation loss on the way.
finetune  SST (binary, sentences) and CoNLL-2003 by TransformerClassifier and TransformerTagger, from random and from
          pre-trained weights; test scores of each seed.

Minutes are processor time over the number of threads, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cpu_budget import steps_within

from wordvec import KeyedVectors, LineCorpus, Word2Vec
from wordvec.pipelines.datasets.loading import load_dataset
from wordvec.pipelines.metrics.entities import entity_scores
from wordvec.pipelines.tagging import convert_tags
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer import (
    DecoderModel,
    EncoderModel,
    PreTraining,
    TransformerClassifier,
    TransformerConfig,
    TransformerTagger,
    from_pretrained,
)
from wordvec.transformer.data.pretraining_batches import CausalBatches, MaskedBatches
from wordvec.transformer.data.token_corpus import TokenCorpus
from wordvec.transformer.generation.ngram_mixture import best_weight, mixed
from wordvec.transformer.models.ngram_lm import NGramLM
from wordvec.transformer.models.recurrent import RecurrentModel
from wordvec.transformer.training.trainer import TrainerOptions, train

BLOCK, BATCH, VOCABULARY = 128, 16, 8000
TOKENIZERS = {"causal": "bpe", "masked": "wordpiece"}
SIZES = {"hidden_size": 256, "num_layers": 4, "num_heads": 4, "max_length": BLOCK, "dropout": 0.0}
OPTIONS = TrainerOptions(
    steps=10**6,
    learning_rate=2e-3,
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


def pretrain(
    folder: Path, trainer: TrainerOptions, model: Any, batches: Any, validation: Any, minutes: float
) -> None:
    """Train within the budget; `folder` gets log and curve."""
    steps = steps_within(model, batches, minutes, trainer)
    warmup = min(trainer.warmup_steps, steps // 10)
    options = replace(trainer, steps=steps, warmup_steps=warmup, eval_every=max(1, steps // 10))
    report = train(model, batches, options, validation=validation, folder=folder)
    print(f"{folder.name}: {model.n_parameters:,} parameters, {report.steps:,} steps, {report.n_tokens:,} tokens, "
          f"{report.seconds:.0f} s, {report.tokens_per_second:,.0f} tokens/s, training loss of the last fifth "
          f"{np.mean(report.loss_curve[-len(report.loss_curve) // 5:]):.4f}")  # fmt: skip
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


def causal(folder: Path, name: str, trainer: TrainerOptions, given: argparse.Namespace) -> None:
    """Pre-train a causal model."""
    tokenizer, tokens, validation = opened(folder, "bpe")
    is_recurrent = given.part == "recurrent"
    if is_recurrent:
        config = TransformerConfig.gpt(len(tokenizer), **SIZES | {"hidden_size": 384, "num_layers": 3})
        model: Any = RecurrentModel(config, "lstm", seed=1)
    else:
        config = TransformerConfig.gpt(
            len(tokenizer),
            attention_dropout=0.0,
            bigram_buckets=given.bigrams,
            positions=given.positions,
            **SIZES | {"max_length": given.block},
        )
        model = DecoderModel(config, seed=1)
        if given.start:
            model.load_state_dict(from_pretrained(folder / given.start).state_dict())
        if given.vectors:
            start = model.init_embeddings(KeyedVectors.load(given.vectors), tokenizer)
            print(f"{start:.1%} of the tokens start from a vector")
    batches = CausalBatches(tokens, given.block, given.batch, seed=1)
    pretrain(folder / f"{name}-run", trainer, model, batches, held_out(validation, 512), given.minutes)
    perplexity(name, model, validation, tokenizer)
    if not is_recurrent:
        model.save_pretrained(folder / name)
        tokenizer.save(folder / name)


def masked(folder: Path, trainer: TrainerOptions, minutes: float) -> None:
    """Pre-train an encoder with masked tokens and next sentences."""
    tokenizer, tokens, validation = opened(folder, "wordpiece")
    config = TransformerConfig.bert(len(tokenizer), attention_dropout=0.0, **SIZES)
    model = PreTraining(EncoderModel(config, seed=1), seed=1)
    batches = MaskedBatches(tokens, tokenizer, BLOCK, BATCH, seed=1, next_sentence=True)
    checks = MaskedBatches(validation, tokenizer, BLOCK, 64, seed=1, next_sentence=True)
    watched = [checks.batch(step) for step in range(8)]
    # Norms behind the sublayers, as published, want smaller steps and a longer warm-up: with 2e-3 this model never
    # learned more than how frequent words are.
    trainer = replace(trainer, warmup_steps=500)
    pretrain(folder / "masked-run", trainer, model, batches, watched, minutes)
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


def mixture(folder: Path, name: str) -> None:
    """Perplexity of the decoder, of n-grams and of their mixture."""
    tokenizer, tokens, validation = opened(folder, "bpe")
    model = from_pretrained(folder / name).eval()
    counted = NGramLM(4, vocab_size=len(tokenizer)).fit(tokens.token_ids)
    batches = held_out(validation)
    n_tokens = sum(batch["labels"].numel() for batch in batches)
    with torch.inference_mode():
        found = [-token_losses(model, batch) for batch in batches]
    neural = np.concatenate(found)
    grams = counted.log_probabilities(validation.token_ids)[1 : 1 + n_tokens]
    first = len(batches) // 4
    cut = sum(batch["labels"].numel() for batch in batches[:first])
    weight = best_weight(neural[:cut], grams[:cut])
    n_words = words_in(batches[first:], tokenizer)
    print(f"weight of the n-grams, chosen on {cut:,} tokens: {weight:.3f}")
    for label, scores in (
        (name, neural), ("4-grams", grams), ("mixture", mixed(neural, grams, weight)),
    ):  # fmt: skip
        print_perplexity(label, -float(scores[cut:].sum()), n_tokens - cut, n_words)


def token_losses(model: Any, batch: dict[str, torch.Tensor]) -> np.ndarray:
    """Return the loss of each label of a batch, row by row, float64."""
    logits = model.project(model.hidden(batch["input_ids"]).last_hidden_state).flatten(0, 1)
    losses = torch.nn.functional.cross_entropy(logits, batch["labels"].flatten(), reduction="none")
    found: np.ndarray = losses.double().numpy()
    return found


def vectors(folder: Path, trainer: TrainerOptions, steps: int) -> None:
    """The decoder from random draws and from Word2Vec's vectors, equal steps."""
    tokenizer, tokens, validation = opened(folder, "bpe")
    path = folder / "words.safetensors"
    corpus = LineCorpus(raw_text(), tokenizer="word", lowercase=False)
    found = Word2Vec("skipgram", vector_size=SIZES["hidden_size"], epochs=5, n_jobs=2, random_state=1).fit(
        corpus
    )
    found.wv_.save(path)
    options = replace(trainer, steps=steps, eval_every=max(1, steps // 6))
    for name in ("random", "vectors"):
        model = DecoderModel(TransformerConfig.gpt(len(tokenizer), attention_dropout=0.0, **SIZES), seed=1)
        if name == "vectors":
            print(f"{model.init_embeddings(found.wv_, tokenizer):.1%} of the tokens start from a vector")
        batches = CausalBatches(tokens, BLOCK, BATCH, seed=1)
        report = train(
            model, batches, options, validation=held_out(validation, 512), folder=folder / f"{name}-run"
        )
        print(name, " ".join(f"{step}:{loss:.3f}" for step, loss in report.validation_curve), flush=True)


def saved_starts(folder: Path, name: str, kind: str, random_rate: float) -> list[tuple[str, Path, float]]:
    """Return (start, folder of a model and its tokenizer, learning rate): from draws, and pre-trained.

    The rates are the library's own, for new models of this width and for narrow pre-trained ones.
    """
    trained = from_pretrained(folder / name)
    trained = getattr(trained, "body", trained)
    config = replace(trained.config, dropout=0.1, attention_dropout=0.1)
    found = []
    for start, rate in (("random", random_rate), ("pre-trained", 3e-4)):
        body = (DecoderModel if name == "causal" else EncoderModel)(config, seed=1)
        if start == "pre-trained":
            body.load_state_dict(trained.state_dict())
        path = folder / f"{name}-{start}"
        body.save_pretrained(path)
        Tokenizer.load(folder / kind).save(path)
        found.append((start, path, rate))
    return found


def finetune(folder: Path, names: list[str], epochs: int, seeds: int, random_rate: float) -> None:
    """Test scores on both tasks, from both starts, of each body."""
    for name in names:
        starts = saved_starts(folder, name, TOKENIZERS[name], random_rate)
        for score, (start, path, rate) in itertools.product((sst, conll), starts):
            options = {"learning_rate": rate, "epochs": epochs}
            runs = [score(path, {**options, "random_state": seed}) for seed in range(1, seeds + 1)]
            print(f"{name}, {start}: {score.__doc__} {' '.join(f'{run:.4f}' for run in runs)}", flush=True)


def sst(model: Path, options: dict[str, Any]) -> float:
    """SST accuracy"""
    train_set, test = (load_dataset("sst-sentences", split) for split in ("train", "test"))
    found = TransformerClassifier(model, **options).fit(train_set.texts, train_set.labels)
    return float((found.predict(test.texts) == np.asarray(test.labels)).mean())


def conll(model: Path, options: dict[str, Any]) -> float:
    """CoNLL-2003 F1"""
    splits = load_dataset("conll2003-en").splits
    X, y = zip(
        *((splits[name].tokens, convert_tags(splits[name].tags, "IOB2")) for name in ("train", "test"))
    )
    found = TransformerTagger(model, **options).fit(X[0], y[0])
    return entity_scores(y[1], found.predict(X[1])).micro.f1


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "part",
        choices=("prepare", "causal", "recurrent", "masked", "ngram", "mixture", "vectors", "finetune"),
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--model", default="causal", help="of the mixture, a folder in FOLDER")
    parser.add_argument("--name", help="of the folder of a causal model, by default the part's")
    parser.add_argument("--optimizer", choices=("adamw", "muon"), default="adamw")
    parser.add_argument("--learning-rate", type=float, help="by default 2e-3, of the masked encoder 5e-4")
    parser.add_argument("--batch", type=int, default=BATCH, help="blocks in a step of a causal model")
    parser.add_argument(
        "--bigrams", type=int, default=0, help="rows of the decoder's table of pairs of tokens"
    )
    parser.add_argument("--positions", choices=("learned", "rotary"), default="learned")
    parser.add_argument("--block", type=int, default=BLOCK, help="tokens that a causal model reads at once")
    parser.add_argument("--vectors", type=Path, help="word vectors that the decoder starts from")
    parser.add_argument(
        "--start", help="a folder in FOLDER whose weights it goes on from, perhaps in longer blocks"
    )
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--bodies", nargs="+", choices=TOKENIZERS, default=list(TOKENIZERS))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--random-rate", type=float, default=5e-4, help="learning rate of random weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("float32", "bf16"), default="float32")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(json.dumps(vars(options) | {"torch": torch.__version__}, default=str))
    default = 5e-4 if options.part == "masked" else OPTIONS.learning_rate
    trainer = replace(
        OPTIONS,
        precision=options.precision,
        optimizer=options.optimizer,
        learning_rate=options.learning_rate or default,
    )
    if options.part in ("causal", "recurrent"):
        causal(options.folder, options.name or options.part, trainer, options)
    elif options.part == "mixture":
        mixture(options.folder, options.model)
    elif options.part == "masked":
        masked(options.folder, trainer, options.minutes)
    elif options.part == "vectors":
        vectors(options.folder, trainer, options.steps)
    elif options.part == "finetune":
        finetune(options.folder, options.bodies, options.epochs, options.seeds, options.random_rate)
    else:
        {"prepare": prepare, "ngram": ngram}[options.part](options.folder)


if __name__ == "__main__":
    main()
