"""Train a small table of hashed n-grams and ask it for words that it has never seen."""

import json
from pathlib import Path

import floret
import numpy as np

model = floret.train_unsupervised("forms.txt", mode="floret", hashCount=2, bucket=1000, t=1, thread=1)
vector_of = model.get_word_vector


def cosine(a, b):
    u, v = vector_of(a), vector_of(b)
    return u @ v / np.linalg.norm(u) / np.linalg.norm(v)


unseen = json.loads(Path("unseen.json").read_text("utf-8"))
stems = sorted(set(unseen.values()))
hits = [max(stems, key=lambda other: cosine(word, other)) == stem for word, stem in unseen.items()]
print(json.dumps({"right stem": sum(hits) / len(hits)}))
