"""Count pairs of words, train GloVe vectors on the counts, and ask for neighbours."""

import json
import sys
from pathlib import Path

from stated import Corpus, Glove

seed = int(sys.argv[1])
sentences = [line.split() for line in Path("corpus.txt").read_text("utf-8").splitlines()]
corpus = Corpus()
corpus.fit(sentences, window=5)
glove = Glove(no_components=16, learning_rate=0.05, random_state=seed)
glove.fit(corpus.matrix, epochs=20)
glove.add_dictionary(corpus.dictionary)

hits = []
for words in json.loads(Path("topics.json").read_text("utf-8")).values():
    for word in words:
        hits += [neighbour in words for neighbour, _ in glove.most_similar(word, number=6)]
print(json.dumps({"neighbours of the same topic": sum(hits) / len(hits)}))
