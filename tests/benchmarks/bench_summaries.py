"""Summaries of one sentence: ROUGE of Summarizer, of the first sentence and of sumy's LexRank, and their speed.

    python tests/benchmarks/bench_summaries.py [--split test] [--vectors en.safetensors] [--vectors-zh zh.safetensors]
    python tests/benchmarks/bench_summaries.py --train aeslc --folder FOLDER [--split test] [--minutes 40]
    python tests/benchmarks/bench_summaries.py --train lcsts --folder FOLDER [--split test] [--minutes 40]

SciTLDR-A (abstract to TLDR), AESLC (e-mail to subject line) and LCSTS part III (pairs scored 3 to 5, drawn by seed 1
into halves for development and test). Sentences are those of the data sets (LCSTS: `split_sentences`), and sumy, if
it is installed, gets the same sentences and words. ROUGE counts the best reference of each kind; Chinese is compared
by characters. Differences have standard errors by a bootstrap over documents. Speed: processor time for the same
sentences and words, blocks of both systems by turns.

With --train, AbstractiveSummarizer trains for --minutes (processor time over the number of --threads), and is compared
with the first sentence and Summarizer, with twenty examples. `aeslc`: from AESLC's training part, the model chosen on
500 of its pairs. `lcsts`: from wiki-zh, an article without its first paragraph to that paragraph's first
sentence; another kind of text than LCSTS, which it is tested on. FOLDER gets the model and summaries.txt.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import random
import re
import tarfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from wordvec.pipelines.applications.summarization.summarizer import Summarizer
from wordvec.pipelines.metrics.text import rouge
from wordvec.text.sentences import split_sentences
from wordvec.text.tokenizers import resolve_tokenizer
from wordvec.vectors.keyed_vectors import KeyedVectors

DRAWS = 10_000
BLOCK = 300
N_SHOWN = 20
SETS = ("SciTLDR-A", "AESLC", "LCSTS")


@dataclass(frozen=True)
class Pairs:
    """Documents as lists of sentences, their words, and the reference summaries of each."""

    name: str
    language: str
    documents: list[list[str]]
    words: dict[str, list[str]]
    references: list[list[str]]


def load_pairs(name: str, split: str) -> Pairs:
    """Return the pairs of a data set below WORDVEC_DATA."""
    folder = Path(os.environ["WORDVEC_DATA"])
    read = {"SciTLDR-A": read_scitldr, "AESLC": read_aeslc, "LCSTS": read_lcsts}[name]
    pairs = [(sentences, references) for sentences, references in read(folder, split) if sentences]
    language = "zh" if name == "LCSTS" else "en"
    tokenize = resolve_tokenizer("zh" if language == "zh" else "word", lowercase=True)
    words = {
        sentence: [token for token in tokenize(sentence) if any(map(str.isalnum, token))]
        for sentences, _ in pairs
        for sentence in sentences
    }
    return Pairs(name, language, [s for s, _ in pairs], words, [r for _, r in pairs])


def read_scitldr(folder: Path, split: str) -> Iterator[tuple[list[str], list[str]]]:
    path = folder / "scitldr-a" / (f"{split}.jsonl.xz" if split == "train" else f"{split}.jsonl")
    with lzma.open(path) if split == "train" else path.open("rb") as file:
        for line in file:
            record = json.loads(line)
            yield [text.strip() for text in record["source"] if text.strip()], record["target"]


def read_aeslc(folder: Path, split: str) -> Iterator[tuple[list[str], list[str]]]:
    with tarfile.open(folder / "aeslc" / f"{split}.tar.xz") as archive:
        for member in sorted((m for m in archive if m.isfile()), key=lambda m: m.name):
            text = archive.extractfile(member).read().decode("utf-8", "replace")  # type: ignore[union-attr]
            body, *subjects = re.split(r"\n@(?:subject|ann\d)\n", text)
            yield (
                [" ".join(line.split()) for line in body.split("\n") if line.strip()],
                [subject.strip() for subject in subjects if subject.strip()],
            )


def read_lcsts(folder: Path, split: str) -> Iterator[tuple[list[str], list[str]]]:
    text = (folder / "lcsts-part3" / "PART_III.txt").read_text(encoding="utf-8")
    fields = (rf"<{tag}>\s*(.*?)\s*</{tag}>\s*" for tag in ("human_label", "summary", "short_text"))
    found = [match for match in re.findall("".join(fields), text, re.DOTALL) if int(match[0]) >= 3]
    random.Random(1).shuffle(found)
    half = len(found) // 2
    for _, summary, body in found[:half] if split == "dev" else found[half:]:
        yield split_sentences(body), [summary]


def scores(pairs: Pairs, summaries: list[str]) -> np.ndarray:
    """Return the F1 of ROUGE-1, 2 and L of each summary, in percent, float64 (n_documents, 3)."""
    rows = []
    for summary, references in zip(summaries, pairs.references):
        found = rouge([summary], [references], language=pairs.language)
        rows.append([found.rouge1.f1, found.rouge2.f1, found.rougeL.f1])
    return 100 * np.array(rows)


def sumy_summarizer(pairs: Pairs) -> Callable[[list[list[str]]], list[str]] | None:
    """Return sumy's LexRank of one sentence; None if sumy is not installed."""
    try:
        from sumy.summarizers.lex_rank import LexRankSummarizer
    except ImportError:
        return None
    summarizer = LexRankSummarizer()
    ready = {text: SimpleNamespace(text=text, words=tuple(words)) for text, words in pairs.words.items()}

    def summarize(documents: list[list[str]]) -> list[str]:
        found = []
        for document in documents:
            # Not the sentences themselves: sumy looks ratings up by sentence, and equal ones would be one.
            sentences = tuple(Sentence(ready[text].text, ready[text].words) for text in document)
            with np.errstate(invalid="ignore", divide="ignore"):
                (best,) = summarizer(SimpleNamespace(sentences=sentences), 1)
            found.append(best.text)
        return found

    return summarize


class Sentence:
    """What sumy asks of a sentence; different ones are different."""

    __slots__ = ("text", "words")

    def __init__(self, text: str, words: tuple[str, ...]) -> None:
        self.text, self.words = text, words


def standard_error(rng: np.random.Generator, differences: list[np.ndarray]) -> float:
    """Return the bootstrap's standard error of the mean over sets of the mean difference."""
    total = np.zeros(DRAWS)
    for values in differences:
        counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), DRAWS)
        total += counts @ values / len(values)
    return float(np.std(total / len(differences)))


def speed(pairs: Pairs, model: Summarizer, rounds: int = 5) -> tuple[float, float]:
    """Return the microseconds a document of Summarizer and of sumy, medians over blocks that take turns."""
    given = model.set_params(tokenizer=pairs.words.__getitem__, lowercase=False)
    theirs = sumy_summarizer(pairs)
    times: dict[str, list[float]] = {"ours": [], "sumy": []}
    for _ in range(rounds):
        for begin in range(0, len(pairs.documents) - BLOCK + 1, BLOCK):
            block = pairs.documents[begin : begin + BLOCK]
            for name, run in (("ours", given.transform), ("sumy", theirs)):
                start = time.process_time()
                run(block)  # type: ignore[misc]
                times[name].append((time.process_time() - start) / BLOCK * 1e6)
    return float(np.median(times["ours"])), float(np.median(times["sumy"]))


def aeslc_pairs() -> tuple[list[str], list[str]]:
    """Return e-mails and subject lines to train on."""
    pairs = read_aeslc(Path(os.environ["WORDVEC_DATA"]), "train")
    found = [("\n".join(sentences), references[0]) for sentences, references in pairs if references]
    return [text for text, _ in found], [subject for _, subject in found]


def wiki_pairs() -> tuple[list[str], list[str]]:
    """Return Chinese articles without their first paragraphs, and the first sentences of these."""
    path = Path(os.environ["WORDVEC_DATA"]) / "wiki-zh" / "zhwiki-simplified.txt.xz"
    texts, firsts = [], []
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for article in file.read().split("\n\n"):
            first, *others = article.strip().split("\n")
            if others and (sentences := split_sentences(first)):
                texts.append("\n".join(others))
                firsts.append(sentences[0])
    return texts, firsts


def write_summaries(args: argparse.Namespace) -> None:
    """Train, and print the scores beside those of extracted sentences, and examples."""
    import torch

    from wordvec.pipelines.applications import AbstractiveSummarizer

    torch.set_num_threads(args.threads)
    warnings.simplefilter("default")
    options = json.loads(args.options)
    texts, summaries = aeslc_pairs() if args.train == "aeslc" else wiki_pairs()
    model = AbstractiveSummarizer(
        60 * args.minutes,
        device="cpu",
        validation_fraction=min(0.5, 500 / len(texts)),
        patience=1000,
        **options,
    )
    start = time.process_time()
    model.fit(texts, summaries)
    spent = (time.process_time() - start) / torch.get_num_threads()
    args.folder.mkdir(parents=True, exist_ok=True)
    model.save(args.folder / "model")
    print(
        f"{model.model_.n_parameters:,} parameters, {model.n_iter_:,} steps, {model.n_pairs_:,} pairs, left out: "
        f"{model.cleaning_}, cut: {model.n_cut_:,}; {spent:.0f} s of processor time by thread in all"
    )
    for step, value in model.validation_curve_[:: max(1, len(model.validation_curve_) // 12)]:
        print(
            f"step {step:6d}  what chooses the model (1 - ROUGE of greedy summaries, or the loss): {value:.4f}"
        )
    print(f"validation, beam search:\n{model.validation_rouge_}\n", flush=True)
    pairs = load_pairs("AESLC" if args.train == "aeslc" else "LCSTS", args.split)
    documents = ["\n".join(sentences) for sentences in pairs.documents]
    made = {
        "lead": Summarizer("lead", sentences=1).transform(pairs.documents),
        "mmr and centroid": Summarizer(sentences=1).transform(pairs.documents),
        "abstractive": model.predict(documents),
    }
    found = {name: scores(pairs, some) for name, some in made.items()}
    print(f"{pairs.name} {args.split}, {len(documents):,} documents: ROUGE-1 / 2 / L and their mean, F1")
    for name, rows in found.items():
        print("{:20} {:5.2f} {:5.2f} {:5.2f}  {:6.2f}".format(name, *rows.mean(axis=0), rows.mean()))
    rng = np.random.default_rng(1)
    for name in ("lead", "mmr and centroid"):
        gap = (found["abstractive"] - found[name]).mean(axis=1)
        print(f"abstractive above {name}: {gap.mean():+.2f} ({standard_error(rng, [gap]):.2f})")
    lines = [
        f"{document[:160]!r}\n  reference    {references[0]}\n  abstractive  {mine}\n  extractive   {theirs}"
        for document, references, mine, theirs in zip(
            documents, pairs.references, made["abstractive"], made["mmr and centroid"]
        )
    ]
    (args.folder / "summaries.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n" + "\n".join(lines[:: len(lines) // N_SHOWN][:N_SHOWN]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--vectors-zh", type=Path)
    parser.add_argument("--train", choices=("aeslc", "lcsts"))
    parser.add_argument("--folder", type=Path, help="of the trained model")
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--options", default="{}", help="parameters of AbstractiveSummarizer, as JSON")
    args = parser.parse_args()
    if args.train:
        write_summaries(args)
        return
    sets = [load_pairs(name, args.split) for name in SETS]
    models: dict[str, Any] = {
        "lead": Summarizer("lead"),
        "mmr and centroid": Summarizer("mmr"),
        "lexrank": Summarizer("lexrank"),
        "centroid, no cue phrases": Summarizer("centroid", cue_phrases=None),
        "lexrank, no cue phrases": Summarizer("lexrank", cue_phrases=None),
        "lexrank, as published": Summarizer("lexrank", cue_phrases=None, position=0.0),
    }
    results: dict[str, list[np.ndarray]] = {}
    for name, model in models.items():
        model.set_params(sentences=1)
        results[name] = [scores(pairs, model.transform(pairs.documents)) for pairs in sets]
    if args.vectors and args.vectors_zh:
        results["centroid, word vectors"] = []
        for pairs in sets:
            vectors = KeyedVectors.load(args.vectors_zh if pairs.language == "zh" else args.vectors)
            model = Summarizer("centroid", sentences=1, vectors=vectors).fit(pairs.documents)
            results["centroid, word vectors"].append(scores(pairs, model.transform(pairs.documents)))
    if sumy_summarizer(sets[0]) is not None:
        results["sumy LexRank"] = [
            scores(pairs, sumy_summarizer(pairs)(pairs.documents))  # type: ignore[misc]
            for pairs in sets
        ]
    counts = ", ".join(f"{pairs.name} {len(pairs.documents):,}" for pairs in sets)
    print(f"{args.split}: {counts} documents; ROUGE-1 / 2 / L, and their mean over the sets\n")
    for name, rows in results.items():
        cells = "  ".join("{:5.2f} {:5.2f} {:5.2f}".format(*row.mean(axis=0)) for row in rows)
        print(f"{name:26} {cells}  {np.mean([row.mean() for row in rows]):6.2f}")
    rng = np.random.default_rng(1)
    for other in ("lead", "sumy LexRank"):
        if other not in results:
            continue
        print(f"\nDifference from {other}, with standard errors: each set, and their mean")
        for name, rows in results.items():
            if name == other:
                continue
            gaps = [(row - base).mean(axis=1) for row, base in zip(rows, results[other])]
            cells = [f"{gap.mean():+6.2f} ({standard_error(rng, [gap]):.2f})" for gap in gaps]
            mean = np.mean([gap.mean() for gap in gaps])
            print(f"{name:26} {'  '.join(cells)}  {mean:+6.2f} ({standard_error(rng, gaps):.2f})")
    if "sumy LexRank" in results:
        print("\nMicroseconds a document: Summarizer, sumy, ratio")
        for method in ("mmr", "lexrank"):
            for pairs in sets:
                ours, theirs = speed(pairs, Summarizer(method, sentences=1))
                print(f"{method:8} {pairs.name:10} {ours:8.0f} {theirs:8.0f} {theirs / ours:6.1f}")


if __name__ == "__main__":
    main()
