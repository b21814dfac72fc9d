"""Train a classifier on labelled texts and classify others."""

import json
import sys
from pathlib import Path

from wordvec import EmbeddingClassifier


def read(path):
    pairs = [line.split(" ", 1) for line in Path(path).read_text("utf-8").splitlines()]
    return [text for _, text in pairs], [label for label, _ in pairs]


seed = int(sys.argv[1])
model = EmbeddingClassifier(epochs=5, bucket=1000, word_ngrams=1, random_state=seed).fit(*read("train.txt"))
texts, labels = read("test.txt")
predicted = model.predict(texts).tolist()
print(json.dumps({"accuracy": sum(map(str.__eq__, predicted, labels)) / len(labels)}))
