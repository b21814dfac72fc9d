"""Answers to questions on XQuAD (English, Chinese) and CMRC 2018: the reader, and a small encoder trained on CMRC.

    python tests/benchmarks/bench_answers.py reader [--vectors-en FILE] [--vectors-zh FILE]
    python tests/benchmarks/bench_answers.py encoder FOLDER [--minutes 10] [--width 128] [--layers 2] [--from MODEL]

The reader's weights were fitted on one half of XQuAD's paragraphs, drawn by seed 1, and on those questions of CMRC's
trial that have an answer of at most 30 characters; the other half, and CMRC's dev, are what it is measured on. Beside
it stands the sentence that has most words of the question (of Chinese, characters; the first of equal ones).

The encoder starts from random weights, or from a model, and learns from CMRC's trial and two thirds of dev; the
last third, split by passages with seed 1, is what it is measured on. A tenth of the training passages chooses the
weights. Scores are SQuAD's for English, CMRC's for Chinese.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from wordvec import KeyedVectors
from wordvec.pipelines.applications import AnswerExtractor, PassageReader
from wordvec.pipelines.datasets.squad import PassageQuestion, locate_answers, read_squad
from wordvec.pipelines.metrics import cmrc_scores, squad_scores
from wordvec.text.sentences import split_sentences
from wordvec.text.tokenizers import split_unicode_words

_CHARACTER = re.compile("[\u4e00-\u9fff]|[a-z0-9]+")


def read(name: str) -> list[PassageQuestion]:
    """Return the questions of a file of the sets."""
    return read_squad(Path(os.environ["WORDVEC_DATA"]) / name)


def split_by_passage(
    questions: Sequence[PassageQuestion], share: float, seed: int = 1
) -> tuple[list[PassageQuestion], list[PassageQuestion]]:
    """Return the questions about a share of the passages, and the others."""
    passages = list(dict.fromkeys(question.passage for question in questions))
    order = np.random.default_rng(seed).permutation(len(passages))
    first = {passages[place] for place in order[: int(share * len(passages))]}
    return [q for q in questions if q.passage in first], [q for q in questions if q.passage not in first]


def best_sentence(question: PassageQuestion, language: str) -> str:
    """Return the sentence of the passage with most words of the question."""

    def words(text: str) -> set[str]:
        found = _CHARACTER.findall(text.lower()) if language == "zh" else split_unicode_words(text.lower())
        return set(found)

    asked = words(question.question)
    return max(split_sentences(question.passage), key=lambda text: len(asked & words(text)))


def score(questions: Sequence[PassageQuestion], texts: list[str], language: str) -> str:
    """Return exact match and F1 by the language's own script."""
    references = [question.answers for question in questions]
    found = cmrc_scores(texts, references) if language == "zh" else squad_scores(texts, references)
    return f"EM {found.exact_match:5.2f}  F1 {found.f1:5.2f}"


def measure_reader(vectors: dict[str, Path | None]) -> None:
    """Print the scores of the reader and of the sentence with most words of the question."""
    sets = {
        "XQuAD en, other half": ("en", split_by_passage(read("xquad/xquad.en.json"), 0.5)[1]),
        "XQuAD zh, other half": ("zh", split_by_passage(read("xquad/xquad.zh.json"), 0.5)[1]),
        "CMRC dev": ("zh", read("cmrc2018/cmrc2018_dev.json.xz")),
    }
    for name, (language, questions) in sets.items():
        sentences = [best_sentence(question, language) for question in questions]
        print(f"{name}, {len(questions):,} questions", flush=True)
        print(f"  sentence with most words   {score(questions, sentences, language)}", flush=True)
        path = vectors[language]
        readers = {"reader": PassageReader(language=language)}
        if path is not None:
            readers["reader with vectors"] = PassageReader(KeyedVectors.load(path), language=language)
        for title, reader in readers.items():
            found = reader.predict([q.question for q in questions], [q.passage for q in questions])
            print(f"  {title:26} {score(questions, [a.text for a in found], language)}", flush=True)


def measure_encoder(options: argparse.Namespace) -> None:
    """Train within the budget, save, and print the scores on the last third of CMRC's dev."""
    torch.set_num_threads(options.threads)
    dev, test = split_by_passage(read("cmrc2018/cmrc2018_dev.json.xz"), 2 / 3)
    train, held_out = split_by_passage([*read("cmrc2018/cmrc2018_trial.json"), *dev], 0.9)

    def columns(questions: list[PassageQuestion]) -> tuple[list[str], list[str], list[tuple[str, int]]]:
        known = locate_answers(questions, "skip")
        answers = [(q.answers[0], q.starts[0]) for q in known]
        return [q.question for q in known], [q.passage for q in known], answers

    model = AnswerExtractor(
        options.start, time_budget=60 * options.minutes, hidden_size=options.width, num_layers=options.layers,
        max_length=options.max_length, stride=64, batch_size=16, max_answer_length=60, device=options.device,
    )  # fmt: skip
    model.fit(*columns(train), validation=columns(held_out))
    model.save(options.folder)
    print(f"{model.n_iter_:,} steps on {model.n_windows_:,} windows; validation {model.validation_curve_}")
    found = model.predict([q.question for q in test], [q.passage for q in test])
    print(f"CMRC dev, last third, {len(test):,} questions")
    print(f"  sentence with most words   {score(test, [best_sentence(q, 'zh') for q in test], 'zh')}")
    print(f"  encoder                    {score(test, [answer.text for answer in found], 'zh')}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", required=True)
    reader = parts.add_parser("reader")
    reader.add_argument("--vectors-en", type=Path)
    reader.add_argument("--vectors-zh", type=Path)
    encoder = parts.add_parser("encoder")
    encoder.add_argument("folder", type=Path)
    encoder.add_argument("--minutes", type=float, default=10)
    encoder.add_argument("--width", type=int, default=128)
    encoder.add_argument("--layers", type=int, default=2)
    encoder.add_argument("--max-length", type=int, default=256)
    encoder.add_argument("--from", dest="start", type=Path)
    encoder.add_argument("--threads", type=int, default=2)
    encoder.add_argument("--device", default="cpu")
    options = parser.parse_args()
    if options.part == "reader":
        measure_reader({"en": options.vectors_en, "zh": options.vectors_zh})
    else:
        measure_encoder(options)


if __name__ == "__main__":
    main()
