"""What the quickstarts read, made from a seed: sentences, vectors, labelled texts, tagged sentences, a story."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

TOPICS = {
    "animals": ["cat", "dog", "horse", "cow", "goat", "hen"],
    "fruits": ["pear", "plum", "apple", "fig", "grape", "cherry"],
    "tools": ["saw", "hammer", "drill", "file", "rake", "spade"],
    "weather": ["rain", "snow", "hail", "fog", "frost", "storm"],
    "music": ["flute", "drum", "harp", "horn", "viola", "oboe"],
}
STEMS = ["walk", "jump", "bake", "climb", "paint", "knit", "whistle", "hurry"]
ENDINGS = ["", "ed", "ing", "s", "er"]
UNSEEN_ENDINGS = ["ers", "ings"]
STORY = """The old bridge over the river was closed in May because ships had hit the bridge twice within a year.
Trains now take the long way round through the hills and arrive an hour late.
The city will build a new bridge over the river for ships and trains, the mayor said on Monday.
Bakers near the river fear that fewer people will come to their shops.
A new bridge over the river will let ships and trains pass and replace the old bridge in four years.
Nobody was hurt when the ships hit the old bridge."""


def write_inputs(folder: Path, seed: int) -> None:
    """Write all files into a folder."""
    draw = random.Random(seed)
    write_lines(folder / "corpus.txt", [" ".join(sentence(draw)) for _ in range(600)])
    (folder / "topics.json").write_text(json.dumps(TOPICS), encoding="utf-8")
    write_lines(folder / "forms.txt", [" ".join(forms(draw)) for _ in range(800)])
    unseen = {stem + ending: stem for stem in STEMS for ending in UNSEEN_ENDINGS}
    (folder / "unseen.json").write_text(json.dumps(unseen), encoding="utf-8")
    for name, n_texts in (("train", 600), ("test", 200)):
        write_lines(folder / f"{name}.txt", [labelled(draw) for _ in range(n_texts)])
    for name, n_sentences in (("train", 60), ("test", 20)):
        (folder / f"{name}.json").write_text(json.dumps([tagged(draw) for _ in range(n_sentences)]), "utf-8")
    write_vectors(folder, draw)
    write_lines(folder / "story.txt", STORY.splitlines())


def write_lines(path: Path, lines: list[str]) -> None:
    """Write a text file."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def sentence(draw: random.Random) -> list[str]:
    """Return eight words: half of one topic, half of any."""
    words = draw.choice(list(TOPICS.values()))
    every = [word for topic in TOPICS.values() for word in topic]
    return [draw.choice(words if draw.random() < 0.5 else every) for _ in range(8)]


def forms(draw: random.Random) -> list[str]:
    """Return six words: forms of one stem, and one word of any."""
    stem = draw.choice(STEMS)
    found = [stem + draw.choice(ENDINGS) for _ in range(5)]
    return [*found, draw.choice(STEMS) + draw.choice(ENDINGS)]


def labelled(draw: random.Random) -> str:
    """Return a line of fastText's format; seven in ten of its words are of its topic."""
    label = draw.choice(list(TOPICS))
    every = [word for topic in TOPICS.values() for word in topic]
    words = [draw.choice(TOPICS[label] if draw.random() < 0.7 else every) for _ in range(6)]
    return f"__label__{label} {' '.join(words)}"


def tagged(draw: random.Random) -> list[list[str]]:
    """Return the words and the tags of a sentence with invented names."""
    person = [
        draw.choice(["Ada", "Bela", "Cem", "Dora", "Emil"]),
        draw.choice(["Quist", "Lindor", "Marek", "Stone"]),
    ]
    place = draw.choice([["Port", "Ansel"], ["Turin"], ["Stone", "Hill"]])
    verb = draw.choice(["lives", "works", "sleeps"])
    people = (person, ["B-PER", "I-PER"])
    places = (place, ["B-LOC", "I-LOC"][: len(place)])
    order = draw.choice(
        [[people, ([verb, "in"], ["O", "O"]), places], [(["In"], ["O"]), places, ([verb], ["O"]), people]]
    )
    words = [word for part in order for word in part[0]]
    return [[*words, "."], [tag for part in order for tag in part[1]] + ["O"]]


def write_vectors(folder: Path, draw: random.Random) -> None:
    """Write vectors in word2vec's text format, the same turned and with noise, and pairs of their words."""
    size = 8
    table = {}
    for words in TOPICS.values():
        middle = [draw.gauss(0, 1) for _ in range(size)]
        table.update({word: [x + draw.gauss(0, 0.7) for x in middle] for word in words})
    angle = 0.7
    other = {}
    for word, row in table.items():
        turned = list(row)
        for k in range(0, size, 2):
            turned[k] = math.cos(angle) * row[k] - math.sin(angle) * row[k + 1]
            turned[k + 1] = math.sin(angle) * row[k] + math.cos(angle) * row[k + 1]
        other[word[::-1]] = [x + draw.gauss(0, 0.1) for x in turned]
    for name, rows in (("vectors", table), ("other", other)):
        lines = [" ".join([word, *(f"{x:.6f}" for x in row)]) for word, row in rows.items()]
        write_lines(folder / f"{name}.txt", [f"{len(rows)} {size}", *lines])
    pairs = [[word, word[::-1]] for word in table]
    draw.shuffle(pairs)
    (folder / "pairs.json").write_text(json.dumps({"train": pairs[:20], "test": pairs[20:]}), "utf-8")
