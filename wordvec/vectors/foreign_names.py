"""The names here for gensim's and fastText's attributes and methods of word vectors."""

from __future__ import annotations

_LOAD = "KeyedVectors.load(path) reads every format, word2vec's binary and text and GloVe's too."
_WORDS = "The words are index_to_key, a list; key_to_index has the row of each."
_TABLE = "The table is vectors, float32 (n_words, vector_size)."
_FIXED = "KeyedVectors are not changed once made: add_vectors(words, vectors) returns new ones, subset(words) a part."
_COUNTS = "counts is what is stored of words beside their vectors: KeyedVectors(vectors, words, counts)."
_NO_ROOM = "KeyedVectors are not changed once made, so they need no room for more."
_LOG = "Results are returned, with to_dict(), rather than logged."

VECTORS_ATTRIBUTES = {
    "load_word2vec_format": _LOAD,
    "load_fasttext_format": _LOAD,
    "save_word2vec_format": "save(path) writes the format that the extension names: .bin, .txt, .vec, .safetensors.",
    "intersect_word2vec_format": "It is intersect(KeyedVectors.load(path)) here.",
    "init_sims": "It is not needed: norms are computed on demand. unit_normed() returns vectors of length 1.",
    "unit_normalize_all": "unit_normed() returns vectors of length 1.",
    "fill_norms": "It is not needed: norms are computed at the first query.",
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
    "set_vecattr": _COUNTS,
    "allocate_vecattrs": _COUNTS,
    "expandos": _COUNTS,
    "has_index_for": "word in kv tells whether a word is known.",
    "get_dimension": "It is vector_size here.",
    "get_nearest_neighbors": "most_similar(word, topn=10) returns the nearest words.",
    "get_analogies": "analogy(a, b, c) answers a : b = c : ?.",
    "similar_by_key": "most_similar(word, topn=10) returns the nearest words.",
    "words_closer_than": "It is closer_than(word1, word2) here.",
    "cosine_similarities": "1 - distances(vector) are the cosines to all words, 1 - distances(vector, words) to some.",
    "similarity_unseen_docs": "n_similarity and wmdistance compare two lists of words.",
    "accuracy": "evaluate_word_analogies(path) scores analogies.",
    "log_accuracy": _LOG,
    "log_evaluate_word_pairs": _LOG,
    "add_lifecycle_event": "KeyedVectors are not changed once made, so there are no events to log.",
    "add": _FIXED,
    "add_vector": _FIXED,
    "sort_by_descending_frequency": "Trained vectors are sorted; subset(words) puts words in the order given.",
    "resize_vectors": _NO_ROOM,
    "next_index": _NO_ROOM,
    "mapfile_path": "load(path, mmap=True) maps the table of a .safetensors file.",
    "wv": "These are the vectors themselves.",
}
