"""Load vectors from a file of word2vec and ask for neighbours, analogies, similarities and the odd one out."""

import json

from gensim.models import KeyedVectors

vectors = KeyedVectors.load_word2vec_format("vectors.txt")
print(
    json.dumps(
        {
            "neighbours": vectors.most_similar("cat", topn=5),
            "analogy": vectors.most_similar(positive=["dog", "plum"], negative=["cat"], topn=5),
            "cosmul": vectors.most_similar_cosmul(positive=["dog", "plum"], negative=["cat"], topn=5),
            "similarity": float(vectors.similarity("rain", "snow")),
            "of sets": float(vectors.n_similarity(["saw", "drill"], ["harp", "horn"])),
            "odd": vectors.doesnt_match(["flute", "drum", "harp", "goat"]),
            "rank": int(vectors.rank("cat", "horse")),
        }
    )
)
