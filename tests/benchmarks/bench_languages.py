"""A language identifier from translated manual pages, beside fastText on the same texts.

    python tests/benchmarks/bench_languages.py FOLDER [--threads 2]

FOLDER is a tree of manual pages as Debian's packages manpages, manpages-de, -fr, -es, -it, -pl, -ja, -ru and so on hold
them: man7/... for English, de/man7/... for others. Pages are read where they are, none is kept. Needs fasttext.

A page and all its translations are either trained on or tested on. What translations leave in English is left out:
paragraphs that stand in several languages, and those of which one word in twenty is an English function word. Both
programs get the same n-grams of 2 to 4 characters, 16 floats a vector and hierarchical softmax, as lid.176 has;
fastText's learning rate and epochs are chosen on a fifth of the training pages, ours are the defaults.
"""

from __future__ import annotations

import argparse
import gzip
import re
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import fasttext
import numpy as np

from wordvec import EmbeddingClassifier

LENGTHS = (20, 100)
CUTS = (20, 40, 80, 160)  # characters of training texts, in turn
MOST_TRAINED, MOST_TESTED = 12_000, 1000  # texts of a language
LEAST_PARAGRAPHS = 100
RATES, EPOCHS = (0.1, 0.5, 1.0), (5, 25)
BUCKET = 200_000
# None of these is a word of the other languages.
ENGLISH = frozenset(
    {"the", "and", "that", "this", "with", "from", "are", "when", "which", "should", "has", "can", "been"}
)
_ESCAPES = re.compile(r"\\f(?:\[[^]]*\]|\(..|.)|\\[&|^/,]|\\s[-+]?\d")
_LITERAL = {"TS": "TE", "EX": "EE", "nf": "fi", "EQ": "EN"}


def paragraphs(page: str) -> list[str]:
    """Return the running text of a page in roff."""
    found, current, until = [], [], ""
    for line in page.splitlines():
        macro = line[1:].split(" ")[0] if line[:1] in (".", "'") else None
        if until:
            until = "" if macro == until else until
        elif macro is not None:
            until = _LITERAL.get(macro, "")
            found.append(" ".join(current))
            current = []
        else:
            text = _ESCAPES.sub("", line).replace("\\-", "-").replace("\\e", "\\").replace("\\ ", " ")
            current.append(text)
    found.append(" ".join(current))
    return [" ".join(text.split()) for text in found if is_prose(text)]


def is_prose(text: str) -> bool:
    """Return whether most of a paragraph are letters."""
    return len(text) >= min(LENGTHS) and sum(c.isalpha() or c == " " for c in text) > 0.85 * len(text)


def is_english(text: str) -> bool:
    """Return whether one word in twenty is an English function word."""
    words = text.lower().split()
    return sum(word in ENGLISH for word in words) > 0.05 * len(words)


def read_pages(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Return the paragraphs of each page of each language."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for path in sorted(folder.rglob("*.gz")):
        section = path.parent
        language = "en" if section.parent == folder else section.parent.name
        try:
            page = gzip.decompress(path.read_bytes()).decode()
        except (UnicodeDecodeError, OSError):
            continue
        found[language][path.name] = paragraphs(page)
    languages = defaultdict(set)
    for language, pages in found.items():
        for text in (text for page in pages.values() for text in page):
            languages[text].add(language)
    kept: dict[str, dict[str, list[str]]] = {}
    for language, pages in found.items():

        def is_own(text: str, language: str = language) -> bool:
            return len(languages[text]) == 1 and (language == "en" or not is_english(text))

        own = {name: [text for text in page if is_own(text)] for name, page in pages.items()}
        if sum(map(len, own.values())) >= LEAST_PARAGRAPHS:
            kept[language] = own
    return kept


def cut(text: str, length: int) -> str:
    """Return the first characters of a text."""
    return text[:length].strip()


def part_of(name: str) -> int:
    """Return in which fifth a page is, by its name: 0 is tested, 1 chooses settings."""
    return zlib.crc32(name.encode()) % 5


def chosen(pages: dict[str, dict[str, list[str]]], parts: set[int]) -> dict[str, list[str]]:
    """Return the paragraphs of the pages of some fifths, in random order."""
    draw = np.random.default_rng(3)
    found = {}
    for language, own in pages.items():
        texts = sorted({text for name, page in own.items() if part_of(name) in parts for text in page})
        found[language] = [texts[k] for k in draw.permutation(len(texts))]
    return found


def training_texts(of_language: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """Return pieces of paragraphs, and their languages."""
    texts, labels = [], []
    for language, all_texts in of_language.items():
        pieces = []
        for number, text in enumerate(all_texts):
            at = 0
            while at + min(CUTS) <= len(text):
                length = CUTS[(number + len(pieces)) % len(CUTS)]
                pieces.append(cut(text[at:], length))
                at += length
        texts += pieces[:MOST_TRAINED]
        labels += [language] * len(pieces[:MOST_TRAINED])
    order = np.random.default_rng(5).permutation(len(texts))
    return [texts[k] for k in order], [labels[k] for k in order]


def test_texts(of_language: dict[str, list[str]], length: int) -> tuple[list[str], list[str]]:
    """Return the beginnings of paragraphs, and their languages."""
    texts, labels = [], []
    for language, all_texts in of_language.items():
        pieces = [cut(text, length) for text in all_texts if len(text) >= length][:MOST_TESTED]
        texts += pieces
        labels += [language] * len(pieces)
    return texts, labels


def train_fasttext(texts: list[str], labels: list[str], rate: float, epochs: int, threads: int):
    """Train fastText by way of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "train.txt")
        path.write_text("".join(f"__label__{label} {text}\n" for text, label in zip(texts, labels)))
        return fasttext.train_supervised(
            str(path), dim=16, minn=2, maxn=4, loss="hs", bucket=BUCKET, lr=rate, epoch=epochs, thread=threads,
            verbose=0,
        )  # fmt: skip


def answers(model, texts: list[str]) -> np.ndarray:
    """Return what fastText answers."""
    found, _ = model.f.multilinePredict([text + "\n" for text in texts], 1, 0.0, "strict")
    return np.array([row[0].removeprefix("__label__") if row else "" for row in found])


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    pages = read_pages(args.folder)
    texts, labels = training_texts(chosen(pages, {2, 3, 4}))
    held, held_labels = training_texts(chosen(pages, {1}))
    scores = {}
    for rate in RATES:
        for epochs in EPOCHS:
            model = train_fasttext(texts, labels, rate, epochs, args.threads)
            scores[rate, epochs] = (answers(model, held) == np.array(held_labels)).mean()
    rate, epochs = max(scores, key=lambda pair: scores[pair])
    print(f"fastText's learning rate {rate:g}, {epochs} epochs: {scores[rate, epochs]:.4f} on pages held out")
    texts, labels = training_texts(chosen(pages, {1, 2, 3, 4}))
    print("texts trained on:", dict(Counter(labels)))
    start = time.perf_counter()
    theirs = train_fasttext(texts, labels, rate, epochs, args.threads)
    seconds_theirs = time.perf_counter() - start
    options = {"bucket": BUCKET, "min_n": 2, "max_n": 4, "loss": "hs", "vector_size": 16}
    EmbeddingClassifier(**options, epochs=1).fit(
        texts[:200], labels[:200]
    )  # compiled before the clock starts
    start = time.perf_counter()
    ours = EmbeddingClassifier(**options, n_jobs=args.threads, verbose=False).fit(texts, labels)
    seconds_ours = time.perf_counter() - start
    print(f"training: ours {seconds_ours:.1f} s, fastText {seconds_theirs:.1f} s")
    for length in LENGTHS:
        texts, labels = test_texts(chosen(pages, {0}), length)
        wanted = np.array(labels)
        right = ours.predict(texts) == wanted
        right_theirs = answers(theirs, texts) == wanted
        difference = right.astype(float) - right_theirs
        error = difference.std() / np.sqrt(len(difference))
        print(
            f"{length} characters, {len(texts):,} texts of {len(set(labels))} languages: ours {right.mean():.4f}, "
            f"fastText {right_theirs.mean():.4f}, difference {difference.mean():+.4f}, standard error {error:.4f}"
        )
        of_language = {name: f"{right[wanted == name].mean():.3f}" for name in sorted(set(labels))}
        print(f"  ours by language: {of_language}")


if __name__ == "__main__":
    main()
