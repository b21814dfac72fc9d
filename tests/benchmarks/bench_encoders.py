"""Encoders pre-trained within minutes, by masked tokens, replaced ones or in hybrid rows, and their scores on tasks.

    python tests/benchmarks/bench_encoders.py prepare FOLDER
    python tests/benchmarks/bench_encoders.py pretrain FOLDER LANGUAGE OBJECTIVE [--minutes 20]
    python tests/benchmarks/bench_encoders.py finetune FOLDER [--objectives random hybrid] [--split dev]
    python tests/benchmarks/bench_encoders.py tag FOLDER [--objectives random hybrid] [--split dev]
    python tests/benchmarks/bench_encoders.py transfer FOLDER [--objectives random hybrid]

prepare   WordPiece of 8,000 tokens on wiki-en's raw text and on wiki-zh ("both": 12,000 on the two, each paragraph
          after its language in brackets), and the text in tokens; every fiftieth article is held out.
pretrain  LANGUAGE en, zh or both; OBJECTIVE masked, whole-word, replaced or hybrid: an encoder of 4 layers, 4 heads,
          width 256, blocks of 128, by Muon. Minutes are processor time over the number of threads.
finetune  accuracy on SST (binary, sentences), TREC (coarse) and ChnSentiCorp, three epochs, seeds 1 to --seeds, from
          random weights and from pre-trained ones. dev: the last 1,200 training texts of ChnSentiCorp (its dev part),
          each tenth training text of SST and TREC.
tag       entity F1 on CoNLL-2003 and Resume (characters, BMES), with a CRF.
transfer  the encoder of both languages, fine-tuned on SST, tested on ChnSentiCorp, beside one that was fine-tuned on
          as many Chinese texts, and chance.
"""

from __future__ import annotations

import argparse
import itertools
import json
import lzma
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cpu_budget import steps_within

from wordvec import KeyedVectors
from wordvec.pipelines.datasets.loading import load_dataset
from wordvec.pipelines.metrics.entities import entity_scores
from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer import (
    EncoderModel,
    HybridBatches,
    HybridLM,
    MaskedBatches,
    MaskedLM,
    ReplacedTokenDetection,
    TransformerClassifier,
    TransformerConfig,
    TransformerTagger,
    from_pretrained,
)
from wordvec.transformer.data.token_corpus import TokenCorpus
from wordvec.transformer.training.trainer import TrainerOptions, train

BLOCK, BATCH = 128, 16
VOCABULARY = {"en": 8000, "zh": 8000, "both": 12_000}
LANGUAGES = {"sst": "en", "trec": "en", "chnsenticorp": "zh", "conll2003": "en", "resume": "zh"}
RATE = (
    5e-4  # the library's own for new models of this width; pre-trained ones were worse at 3e-4 and 1e-3 (dev)
)
SIZES = {"hidden_size": 256, "num_layers": 4, "num_heads": 4, "max_length": BLOCK}
MODELS: dict[str, tuple[Any, Any]] = {
    "masked": (MaskedLM, MaskedBatches),
    "whole-word": (MaskedLM, MaskedBatches),
    "replaced": (ReplacedTokenDetection, MaskedBatches),
    "hybrid": (HybridLM, HybridBatches),
}
Part = tuple[list[Any], list[Any]]


def text_of(language: str) -> Path:
    """Return the file of articles."""
    names = {"en": "wiki-en/wiki-raw.txt.xz", "zh": "wiki-zh/zhwiki-simplified.txt.xz"}
    return Path(os.environ["WORDVEC_DATA"]) / names[language]


def prepare(folder: Path) -> None:
    """Learn the tokenizers and encode the texts."""
    folder.mkdir(parents=True, exist_ok=True)
    both = folder / "both.txt"
    with both.open("w", encoding="utf-8") as file:
        for language in ("en", "zh"):
            file.writelines(marked_lines(language))
    for language, vocab_size in VOCABULARY.items():
        text = both if language == "both" else text_of(language)
        tokenizer = Tokenizer.train(text, "wordpiece", vocab_size)
        tokenizer.save(folder / f"tokens-{language}")
        corpus = TokenCorpus.build(text, tokenizer, folder / f"corpus-{language}", validation_fraction=0.02)
        print(language, corpus, corpus.validation, flush=True)


def marked_lines(language: str) -> Iterator[str]:
    """Yield the lines of a text, paragraphs after their language in brackets; as much of each language."""
    left = 20_000_000 if language == "en" else 10_000_000  # characters; a character of Chinese is half a word
    with lzma.open(text_of(language), "rt", encoding="utf-8") as file:
        for line in file:
            left -= len(line)
            if left < 0:
                return
            yield f"[{language}] {line}" if line.strip() else line
        yield "\n"


def pretrain(
    folder: Path, language: str, objective: str, minutes: float, trainer: TrainerOptions, vectors: Path | None
) -> None:
    """Train within the budget; the encoder and its tokenizer go to FOLDER/LANGUAGE-OBJECTIVE."""
    tokenizer = Tokenizer.load(folder / f"tokens-{language}")
    corpus = TokenCorpus.open(folder / f"corpus-{language}")
    assert corpus.validation is not None
    config = TransformerConfig.bert(tokenizer.vocab_size, dropout=0.0, attention_dropout=0.0, **SIZES)
    body = EncoderModel(config, seed=1)
    if vectors is not None:
        known = body.init_embeddings(KeyedVectors.load(vectors), tokenizer)
        print(f"{known:.1%} of the tokens start from a vector")
    kind, make = MODELS[objective]
    model: Any = kind(body, seed=1)
    options = {"seed": 1, "whole_word": objective == "whole-word"}
    batches, checks = (
        make(tokens, tokenizer, BLOCK, rows, **options)
        for tokens, rows in ((corpus, BATCH), (corpus.validation, 64))
    )
    steps = steps_within(model, batches, minutes, trainer)
    trainer = replace(trainer, steps=steps, warmup_steps=steps // 20, eval_every=max(1, steps // 10))
    report = train(model, batches, trainer, validation=[checks.batch(step) for step in range(8)])
    print(f"{language} {objective}: {body.n_parameters:,} parameters, {report.steps:,} steps, "
          f"{report.n_tokens:,} tokens, {report.seconds:.0f} s; validation loss "
          + " ".join(f"{step}:{loss:.3f}" for step, loss in report.validation_curve), flush=True)  # fmt: skip
    body.save_pretrained(folder / f"{language}-{objective}")
    tokenizer.save(folder / f"{language}-{objective}")


def start_of(folder: Path, language: str, objective: str) -> Path:
    """Return the folder of an encoder with dropout."""
    if objective == "random":
        tokenizer = Tokenizer.load(folder / f"tokens-{language}")
        body: Any = EncoderModel(TransformerConfig.bert(tokenizer.vocab_size, **SIZES), seed=1)
    else:
        tokenizer = Tokenizer.load(folder / f"{language}-{objective}")
        trained: Any = from_pretrained(folder / f"{language}-{objective}")
        body = EncoderModel(replace(trained.config, dropout=0.1, attention_dropout=0.1), seed=1)
        body.load_state_dict(trained.state_dict())
    path = folder / f"start-{language}-{objective}"
    body.save_pretrained(path)
    tokenizer.save(path)
    return path


def labelled(name: str, split: str) -> tuple[Part, Part]:
    """Return texts and labels to train on, and to test on."""
    sets = {"sst": "sst-sentences", "trec": "trec-qc", "chnsenticorp": "chnsenticorp"}
    training = load_dataset(sets[name], "train")
    texts, labels = list(training.texts), list(training.labels)
    if split == "test":
        test = load_dataset(sets[name], "test")
        return (texts, labels), (list(test.texts), list(test.labels))
    held = set(range(len(texts) - 1200, len(texts)) if name == "chnsenticorp" else range(0, len(texts), 10))
    parts = [[n for n in range(len(texts)) if (n in held) == is_held] for is_held in (False, True)]
    first, second = (([texts[n] for n in part], [labels[n] for n in part]) for part in parts)
    return first, second


def accuracy(path: Path, seed: int, training: Part, test: Part, precision: str) -> float:
    """Fine-tune, and return the share of right labels."""
    found = TransformerClassifier(
        path, learning_rate=RATE, epochs=3, random_state=seed, precision=precision, verbose=False
    )
    return float((found.fit(*training).predict(test[0]) == np.asarray(test[1])).mean())


def finetune(
    folder: Path, objectives: list[str], sets: list[str], split: str, seeds: int, precision: str
) -> None:
    """Accuracy of each start on the sets."""
    for objective in objectives:
        means = []
        for name in sets:
            path = start_of(folder, LANGUAGES[name], objective)
            training, test = labelled(name, split)
            runs = [accuracy(path, seed, training, test, precision) for seed in range(1, seeds + 1)]
            means.append(np.mean(runs))
            print(f"{objective} {name} {split}: {' '.join(f'{run:.4f}' for run in runs)}", flush=True)
        print(f"{objective}: mean of the sets {np.mean(means):.4f}", flush=True)


def tag(folder: Path, objectives: list[str], sets: list[str], split: str, seeds: int, precision: str) -> None:
    """Entity F1 of each start on the sets."""
    for objective, name in itertools.product(objectives, sets):
        path = start_of(folder, LANGUAGES[name], objective)
        splits = load_dataset("conll2003-en" if name == "conll2003" else "resume-ner").splits
        training, test = splits["train"], splits[split]
        runs = []
        for seed in range(1, seeds + 1):
            found = TransformerTagger(
                path, learning_rate=RATE, epochs=3, crf=True, random_state=seed, precision=precision
            )
            found.fit(training.tokens, training.tags)
            runs.append(entity_scores(test.tags, found.predict(test.tokens)).micro.f1)
        print(f"{objective} {name} {split}: {' '.join(f'{run:.4f}' for run in runs)}", flush=True)


def transfer(folder: Path, objectives: list[str], seeds: int, precision: str) -> None:
    """Accuracy on Chinese after fine-tuning on English, and on Chinese."""
    english, _ = labelled("sst", "test")
    chinese, test = labelled("chnsenticorp", "test")
    draw = np.random.default_rng(1)
    places = draw.permutation(len(chinese[0]))[: len(english[0])].tolist()
    chinese = [chinese[0][n] for n in places], [chinese[1][n] for n in places]
    share = max(np.mean(np.asarray(test[1]) == label) for label in set(test[1]))
    print(f"ChnSentiCorp test, the more frequent label: {share:.4f}")
    marked = {"en": prefixed(english, "en"), "zh": prefixed(chinese, "zh")}
    for start, language in itertools.product(objectives, marked):
        path = start_of(folder, "both", start)
        runs = [
            accuracy(path, seed, marked[language], prefixed(test, "zh"), precision)
            for seed in range(1, seeds + 1)
        ]
        print(
            f"{start}, fine-tuned on {language}, tested on zh: {' '.join(f'{run:.4f}' for run in runs)}",
            flush=True,
        )


def prefixed(part: Part, language: str) -> Part:
    """Return the texts after their language, and the labels."""
    return [f"[{language}] {text}" for text in part[0]], part[1]


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=("prepare", "pretrain", "finetune", "tag", "transfer"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("language", nargs="?", choices=tuple(VOCABULARY), default="en")
    parser.add_argument("objective", nargs="?", choices=tuple(MODELS), default="hybrid")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--vectors", type=Path, help="word vectors that the encoder starts from")
    parser.add_argument("--objectives", nargs="+", default=["random", "hybrid"])
    parser.add_argument("--sets", nargs="+", choices=tuple(LANGUAGES), help="by default all of the part")
    parser.add_argument("--precision", choices=("float32", "bf16"), default="float32")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--trainer", default="{}", help="options of TrainerOptions, as JSON")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(json.dumps(vars(options) | {"torch": torch.__version__}, default=str))
    trainer = TrainerOptions(
        **{
            "steps": 10**6, "optimizer": "muon", "learning_rate": 5e-3, "betas": (0.9, 0.95), "weight_decay": 0.1,
            "min_lr_fraction": 0.05, "precision": options.precision,
        } | json.loads(options.trainer)
    )  # fmt: skip
    if options.part == "prepare":
        prepare(options.folder)
    elif options.part == "pretrain":
        pretrain(
            options.folder, options.language, options.objective, options.minutes, trainer, options.vectors
        )
    elif options.part == "transfer":
        transfer(options.folder, options.objectives, options.seeds, options.precision)
    else:
        part, sets = (
            (tag, ["conll2003", "resume"])
            if options.part == "tag"
            else (finetune, ["sst", "trec", "chnsenticorp"])
        )
        part(
            options.folder, options.objectives, options.sets or sets, options.split, options.seeds, options.precision
        )  # fmt: skip


if __name__ == "__main__":
    main()
