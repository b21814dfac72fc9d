"""Train vectors on sentences and ask for neighbours."""

import json
import sys
from pathlib import Path

from wordvec import Word2Vec

seed = int(sys.argv[1])
sentences = [line.split() for line in Path("corpus.txt").read_text("utf-8").splitlines()]
model = Word2Vec(vector_size=16, min_count=1, sample=0, epochs=5, random_state=seed).fit(sentences)
vectors = model.wv_

hits = []
for words in json.loads(Path("topics.json").read_text("utf-8")).values():
    for word in words:
        hits += [neighbour in words for neighbour, _ in vectors.most_similar(word, topn=5)]
print(json.dumps({"neighbours of the same topic": sum(hits) / len(hits)}))
