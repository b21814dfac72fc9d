"""What gensim's and fastText's names of vectors are called here."""

from __future__ import annotations

_LOAD = "KeyedVectors.load(path) reads every format, word2vec's binary and text and GloVe's too."
_WORDS = "The words are index_to_key, a list; key_to_index has the row of each."
_TABLE = "The table is vectors, float32 (n_words, vector_size)."
_FIXED = "KeyedVectors are not changed once made; KeyedVectors(vectors, words) makes new ones, subset(words) a part."

VECTORS_ATTRIBUTES = {
    "load_word2vec_format": _LOAD,
    "load_fasttext_format": _LOAD,
    "save_word2vec_format": "save(path) writes the format that the extension names: .bin, .txt, .vec, .safetensors.",
    "init_sims": "It is not needed: lengths are computed when needed. unit_normed() returns vectors of length 1.",
    "fill_norms": "It is not needed: lengths are computed at the first query.",
    "vocab": f"{_WORDS} counts has the frequencies.",
    "index2word": "It is index_to_key here.",
    "index2entity": "It is index_to_key here.",
    "words": _WORDS,
    "get_words": _WORDS,
    "syn0": _TABLE,
    "syn0norm": "unit_normed().vectors has the vectors of length 1.",
    "vectors_norm": "unit_normed().vectors has the vectors of length 1.",
    "get_normed_vectors": "unit_normed().vectors has the vectors of length 1.",
    "get_input_matrix": _TABLE,
    "word_vec": "kv[word] is the vector of a word.",
    "get_word_vector": "kv[word] is the vector of a word.",
    "get_index": "key_to_index[word] is the row of a word.",
    "get_word_id": "key_to_index[word] is the row of a word.",
    "get_vecattr": "counts[key_to_index[word]] is how often a word was seen.",
    "has_index_for": "word in kv tells whether a word is known.",
    "get_dimension": "It is vector_size here.",
    "get_nearest_neighbors": "most_similar(word, topn=10) returns the nearest words.",
    "get_analogies": "analogy(a, b, c) answers a : b = c : ?.",
    "similar_by_key": "most_similar(word, topn=10) returns the nearest words.",
    "wmdistance": "There is no word mover's distance here.",
    "accuracy": "evaluate_word_analogies(path) scores analogies.",
    "add": _FIXED,
    "add_vector": _FIXED,
    "add_vectors": _FIXED,
    "wv": "These are the vectors themselves.",
}
