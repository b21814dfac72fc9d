"""The names here for parameters and attributes of the trainers of gensim, fastText and GloVe."""

from __future__ import annotations

from wordvec.vectors.foreign_names import VECTORS_ATTRIBUTES

_SIZE = "It is vector_size here."
_RATE = "It is learning_rate here."
_EPOCHS = "It is epochs here."
_THREADS = "It is n_jobs here, the number of threads; vectors do not depend on it."
_SEED = "It is random_state here."
_NEITHER = "Hierarchical softmax is not supported; use negative sampling (negative=5)."
_LOSS = "Leave it out: loss_curve_ has the loss of every epoch after fit."
_SORTED = "Leave it out: the vocabulary is always sorted by frequency."
_FIT = "fit(sentences) counts the words and trains, in one call."

SHARED_PARAMETERS = {
    "size": _SIZE,
    "dim": _SIZE,
    "no_components": _SIZE,
    "alpha": _RATE,
    "lr": _RATE,
    "iter": _EPOCHS,
    "epoch": _EPOCHS,
    "workers": _THREADS,
    "thread": _THREADS,
    "threads": _THREADS,
    "no_threads": _THREADS,
    "seed": _SEED,
    "minCount": "It is min_count here.",
    "max_final_vocab": "It is max_vocab_size here.",
    "ws": "It is window here.",
    "compute_loss": _LOSS,
    "sorted_vocab": _SORTED,
    "sentences": f"{_FIT} Pass the sentences there.",
    "corpus_file": "Pass LineCorpus(path) to fit.",
    "input": "Pass LineCorpus(path) to fit.",
    "callbacks": "There are none; verbose=True shows progress, loss_curve_ has the losses.",
    "wordNgrams": "Word n-grams are not supported.",
    "minn": "Words are the units here; FastText has character n-grams, from min_n on.",
    "maxn": "Words are the units here; FastText has character n-grams, up to max_n.",
    "bucket": "Words are the units here; FastText has character n-grams, in bucket rows.",
    "pretrainedVectors": "It is init_vectors here, KeyedVectors.load(path) for example.",
}

WORD2VEC_PARAMETERS = {
    **SHARED_PARAMETERS,
    "sg": "It is architecture here: 'skipgram' for 1, 'cbow' for 0.",
    "model": "It is architecture here, 'skipgram' or 'cbow'.",
    "hs": _NEITHER,
    "loss": f"{_NEITHER} Its loss is the only one.",
    "min_alpha": "It is min_learning_rate here.",
    "neg": "It is negative here.",
    "t": "It is sample here.",
    "batch_words": "Leave it out: max_memory limits what is in memory.",
    "trim_rule": "min_count and max_vocab_size choose the words.",
    "null_word": "Leave it out.",
    "hashfxn": "Leave it out: nothing depends on Python's hash.",
    "comment": "Leave it out.",
}

FASTTEXT_PARAMETERS = {
    **{name: text for name, text in WORD2VEC_PARAMETERS.items() if name != "bucket"},
    "minn": "It is min_n here.",
    "maxn": "It is max_n here.",
    "hashCount": "It is hash_count here.",
    "word_ngrams": "Character n-grams are always used, unless max_n=0.",
}

TRAINER_ATTRIBUTES = {
    "wv": "The vectors are wv_ after fit.",
    "train": "partial_fit(sentences) continues training; fit(sentences) trains from scratch.",
    "build_vocab": _FIT,
    "vocabulary": "wv_.index_to_key has the words after fit, wv_.counts how often each was seen.",
    "get_latest_training_loss": "loss_curve_ has the loss of every epoch after fit.",
    "running_training_loss": "loss_curve_ has the loss of every epoch after fit.",
    "build_vocab_from_freq": _FIT,
    "predict_output_word": "Predicting a word from its context is not supported.",
    "score": "Hierarchical softmax, which gensim needs for it, is not supported.",
    "syn1neg": "It is context_vectors_ here, after fit.",
    "save_model": "save(path) writes the model, wv_.save(path) the vectors.",
    "get_vector": "The vectors are wv_ after fit: wv_[word].",
    "get_sentence_vector": "The vectors are wv_ after fit: wv_.get_mean_vector(words).",
    "corpus_count": "fit returns the model itself; wv_.counts has how often each word was seen.",
    **{
        name: f"{text} The vectors are wv_ after fit."
        for name, text in VECTORS_ATTRIBUTES.items()
        if name != "wv"
    },
    **{
        name: f"The vectors are wv_ after fit: wv_.{name}."
        for name in (
            "most_similar",
            "most_similar_cosmul",
            "similarity",
            "n_similarity",
            "doesnt_match",
            "most_similar_to_given",
            "rank_by_centrality",
            "relative_cosine_similarity",
            "wmdistance",
            "distance",
            "distances",
            "rank",
            "closer_than",
            "similar_by_word",
            "similar_by_vector",
            "get_mean_vector",
            "get_vecattr",
            "vectors_for_all",
            "add_vectors",
            "intersect",
            "evaluate_word_pairs",
            "evaluate_word_analogies",
            "index_to_key",
            "key_to_index",
            "vectors",
        )
    },
    "vocab": "wv_.index_to_key has the words after fit, wv_.counts how often each was seen.",
}

_DOCUMENTS = "The vectors of documents are dv_ after fit, by tag; document_vectors_ is their table."

DOCUMENTS_PARAMETERS = {
    **{name: text for name, text in WORD2VEC_PARAMETERS.items() if name not in ("sg", "model", "input")},
    "dm": "It is architecture here: 'dm' for 1, 'dbow' for 0.",
    "dm_mean": "Leave it out: contexts are averaged.",
    "dm_concat": "Leave it out: contexts are averaged.",
    "dm_tag_count": "Leave it out: a document has as many tags as fit is given.",
    "dbow_words": "Leave it out: 'dbow' learns vectors of documents alone; Word2Vec learns those of words.",
    "documents": "Pass lists of words to fit, and their tags as tags=[...].",
}

DOCUMENTS_ATTRIBUTES = {
    "dv": _DOCUMENTS,
    "docvecs": _DOCUMENTS,
    "wv": "output_vectors_ are the vectors of words that documents predict; of 'dm', word_vectors_ those of contexts.",
    "infer_vector": "transform([words]) returns vectors of other documents, the same at each call.",
    "train": "fit(documents) trains from scratch.",
    "build_vocab": _FIT,
    "corpus_count": "len(dv_) is the number of tags.",
    "get_latest_training_loss": "loss_curve_ has the loss of every epoch after fit.",
}
