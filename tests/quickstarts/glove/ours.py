"""Count pairs of words, train GloVe vectors on the counts, and ask for neighbours."""

import json
import sys
from pathlib import Path

from wordvec import GloVe

seed = int(sys.argv[1])
sentences = [line.split() for line in Path("corpus.txt").read_text("utf-8").splitlines()]
glove = GloVe(vector_size=16, window=5, epochs=20, random_state=seed).fit(sentences).wv_

hits = []
for words in json.loads(Path("topics.json").read_text("utf-8")).values():
    for word in words:
        hits += [neighbour in words for neighbour, _ in glove.most_similar(word, topn=5)]
print(json.dumps({"neighbours of the same topic": sum(hits) / len(hits)}))
