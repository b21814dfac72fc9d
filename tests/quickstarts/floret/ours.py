"""Train a small table of hashed n-grams and ask it for words that it has never seen."""

import json
from pathlib import Path

import numpy as np

from wordvec import FastText, LineCorpus

model = FastText(hash_count=2, bucket=1000, sample=0).fit(LineCorpus("forms.txt"))
vector_of = model.wv_.get_vector


def cosine(a, b):
    u, v = vector_of(a), vector_of(b)
    return u @ v / np.linalg.norm(u) / np.linalg.norm(v)


unseen = json.loads(Path("unseen.json").read_text("utf-8"))
stems = sorted(set(unseen.values()))
hits = [max(stems, key=lambda other: cosine(word, other)) == stem for word, stem in unseen.items()]
print(json.dumps({"right stem": sum(hits) / len(hits)}))
