"""Translation with `Translator`: BLEU and chrF after minutes of processor time, once, at the end, on test sets.

    python tests/benchmarks/bench_translation.py multi30k FOLDER [--minutes 40]
    python tests/benchmarks/bench_translation.py tatoeba FOLDER [--minutes 20] [--direction en-zh]
    python tests/benchmarks/bench_translation.py tatoeba FOLDER [--minutes 20] --direction zh-en
    python tests/benchmarks/bench_translation.py both FOLDER [--minutes 40]

`multi30k`: English to German, the model chosen by BLEU on its validation set, tested on test 2016. `tatoeba`: English
and Mandarin, split here by groups of pairs that share a sentence (seed 1: 1,000 pairs to test, 500 to choose the
model), beside a look-up of phrases (`phrase_lookup.py`). `both`: one model for en-de and en-zh with tags, on the
same splits. BLEU is sacrebleu's with "13a", of Chinese "zh". Minutes are those of all threads (--threads): processor
time over their number. FOLDER gets the model and translations.txt; twenty translations are printed.
"""

from __future__ import annotations

import argparse
import re
import time
import warnings
from pathlib import Path
from typing import Any

import torch
from phrase_lookup import PhraseTable

from wordvec import KeyedVectors
from wordvec.pipelines.applications import Translator
from wordvec.pipelines.applications.seq2seq.pairs import clean_pairs, split_pairs
from wordvec.pipelines.datasets import data_file, read_sentence_pairs
from wordvec.pipelines.metrics import bleu, chrf
from wordvec.text.tokenizers import resolve_tokenizer

N_TEST, N_VALIDATION, N_SHOWN = 1000, 500, 20
Pairs = tuple[list[str], list[str]]


def multi30k(split: str) -> Pairs:
    """Return the English and German sentences of a split."""
    pairs = read_sentence_pairs([data_file(f"multi30k-en-de/{split}.{side}.gz") for side in ("en", "de")])
    return pairs.sources, pairs.targets


def tatoeba(direction: str) -> dict[str, Pairs]:
    """Return the parts "train", "validation" and "test", no sentence of one in another."""
    pairs = read_sentence_pairs([data_file("tatoeba-cmn-eng/cmn.txt.xz")])
    clean = clean_pairs(pairs.sources, pairs.targets)
    rest, test = split_pairs(clean.sources, clean.targets, N_TEST, seed=1)
    places = {"test": test}
    left = [clean.sources[p] for p in rest], [clean.targets[p] for p in rest]
    training, validation = split_pairs(*left, N_VALIDATION, seed=1)
    places |= {"train": rest[training], "validation": rest[validation]}
    found = {}
    for name, part in places.items():
        sides = [clean.sources[p] for p in part], [clean.targets[p] for p in part]
        found[name] = sides if direction == "en-zh" else sides[::-1]
    return found


def show(name: str, made: list[str], sources: list[str], references: list[str], folder: Path) -> None:
    """Print the scores and some translations; write all."""
    lines = [f"{s}\n  {t}\n  ({r})" for s, t, r in zip(sources, made, references, strict=True)]
    (folder / f"translations-{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"\n== {name} ==\n{bleu(made, references)}\n{chrf(made, references)}")
    step = max(1, len(lines) // N_SHOWN)
    print("\n".join(lines[::step][:N_SHOWN]), flush=True)


def detokenized(words: list[str]) -> str:
    """Return English words as text."""
    return re.sub(r" ([.,?!;:%)]|'\w+|n't\b)", r"\1", " ".join(words))


def look_up(parts: dict[str, Pairs], direction: str, folder: Path) -> None:
    """Score the look-up of phrases on the test part."""
    english, chinese = resolve_tokenizer("ptb"), resolve_tokenizer("zh")
    sides = (english, chinese) if direction == "en-zh" else (chinese, english)
    join = "".join if direction == "en-zh" else detokenized
    split = [[tokenize(text) for text in texts] for tokenize, texts in zip(sides, parts["train"])]
    table = PhraseTable(*split)
    made = [join(table.translate(sides[0](text))) for text in parts["test"][0]]
    show(f"look-up-{direction}", made, *parts["test"], folder)


def train(options: argparse.Namespace, training: Any, validation: Any) -> Translator:
    """Train within the budget, save, and print what was done."""
    chosen = {"dropout": options.dropout, "precision": options.precision}
    for side, path in zip(("source", "target"), options.vectors or ()):
        chosen[f"{side}_vectors"] = KeyedVectors.load(path)
    model = Translator(60 * options.minutes, device="cpu", patience=1000, **chosen)
    processor, clock = time.process_time(), time.perf_counter()
    model.fit(*training, validation=validation)
    spent = (time.process_time() - processor) / torch.get_num_threads()
    print(
        f"{model.model_.n_parameters:,} parameters, {model.n_iter_:,} steps, {model.n_pairs_:,} pairs, left out: "
        f"{model.cleaning_}; {spent:.0f} s of processor time by thread in all, {time.perf_counter() - clock:.0f} s"
    )
    for step, value in model.validation_curve_[:: max(1, len(model.validation_curve_) // 12)]:
        print(f"step {step:6d}  1 - BLEU / 100 of greedy validation translations: {value:.4f}")
    for language, scores in model.validation_scores_.items():
        print(f"validation, beam search {language}:", *scores, sep="\n", flush=True)
    model.save(options.folder)
    return model


def main() -> None:
    """Train within the budget, translate, score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=("multi30k", "tatoeba", "both"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--direction", choices=("en-zh", "zh-en"), default="en-zh")
    parser.add_argument("--dropout", type=float, default=0.2, help="chosen by the validation BLEU, printed")
    parser.add_argument("--precision", choices=("float32", "bf16"), default="float32")
    parser.add_argument(
        "--vectors", type=Path, nargs=2, help="word vectors of source and target to start from"
    )
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    options.minutes = options.minutes or (20 if options.task == "tatoeba" else 40)
    torch.set_num_threads(options.threads)
    warnings.simplefilter("default")
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.task == "multi30k":
        model = train(options, multi30k("train"), multi30k("val"))
        sources, references = multi30k("test_2016_flickr")
        show("multi30k", model.predict(sources), sources, references, options.folder)
        return
    parts = tatoeba(options.direction if options.task == "tatoeba" else "en-zh")
    sources, references = parts["test"]
    if options.task == "tatoeba":
        look_up(parts, options.direction, options.folder)
        model = train(options, parts["train"], parts["validation"])
        show(options.direction, model.predict(sources), sources, references, options.folder)
        return
    german = {"train": multi30k("train"), "validation": multi30k("val")}
    joint = [
        (first[0] + second[0], first[1] + second[1], ["de"] * len(first[0]) + ["zh"] * len(second[0]))
        for first, second in ((german[name], parts[name]) for name in ("train", "validation"))
    ]
    model = train(options, joint[0], joint[1])
    show("both-en-zh", model.predict(sources, "zh"), sources, references, options.folder)
    sources, references = multi30k("test_2016_flickr")
    show("both-en-de", model.predict(sources, "de"), sources, references, options.folder)


if __name__ == "__main__":
    main()
