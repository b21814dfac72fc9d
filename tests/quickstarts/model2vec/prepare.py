"""Write the folder that both read, from word vectors; the counts are invented."""

from wordvec import KeyedVectors
from wordvec.encoders import export

vectors = KeyedVectors.load("vectors.txt")
counts = list(range(len(vectors), 0, -1))
counted = KeyedVectors(vectors.vectors, vectors.index_to_key, counts)
export(counted, "encoder", tokenizer="word", lowercase=True)
