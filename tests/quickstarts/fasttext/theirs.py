"""Train a classifier on labelled texts and classify others."""

import json
import sys
from pathlib import Path

import fasttext


def read(path):
    pairs = [line.split(" ", 1) for line in Path(path).read_text("utf-8").splitlines()]
    return [text for _, text in pairs], [label for label, _ in pairs]


seed = int(sys.argv[1])
model = fasttext.train_supervised("train.txt", lr=0.5, epoch=5, seed=seed, thread=1, verbose=0)
texts, labels = read("test.txt")
predicted = [found[0] for found in model.predict(texts)[0]]
print(json.dumps({"accuracy": sum(map(str.__eq__, predicted, labels)) / len(labels)}))
