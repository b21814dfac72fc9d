"""Train wordvec and gensim on the same text, and compare their training times and nearest neighbours.

Requires gensim, which also ships the text: pip install "wordvec[gensim]". To compare speed, memory and quality on
your own text, with several seeds, use `wordvec compare`. Usage: compare_with_gensim.py [EPOCHS]
"""

import sys
import time

from gensim.models import Word2Vec as GensimWord2Vec

from wordvec import LineCorpus, Word2Vec
from wordvec.pipelines.datasets import gensim_file

WORDS = ("government", "cricket", "fire", "israel")


def main() -> None:
    """Train both and print the results side by side."""
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    path = gensim_file("lee_background.cor", "this example")
    sentences = list(LineCorpus(path, tokenizer="word", lowercase=True))
    Word2Vec(epochs=1, min_count=1).fit(sentences[:10])  # compile before the clock starts

    start = time.perf_counter()
    ours = Word2Vec(window=10, epochs=epochs, random_state=1).fit(sentences)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    theirs = GensimWord2Vec(sentences, sg=1, window=10, epochs=epochs, seed=1, workers=2)
    n_words = sum(map(len, sentences))
    print(f"{n_words:,} words, {epochs} epochs, skip-gram, 100 floats")
    print(f"wordvec {seconds:5.2f} s, bit-identical in every run")
    print(f"gensim  {time.perf_counter() - start:5.2f} s, different in every run with two workers\n")

    frequent = ours.wv_.index_to_key[:1000]
    kv, other = ours.wv_.subset(frequent), ours.wv_.from_gensim(theirs.wv).subset(frequent)
    for word in WORDS:
        mine = [found for found, _ in kv.most_similar(word, topn=8)]
        shared = {found for found, _ in other.most_similar(word, topn=8)} & set(mine)
        print(f"{word:11} {len(shared)} of 8 neighbours agree:", ", ".join(mine[:5]), "...")


if __name__ == "__main__":
    main()
