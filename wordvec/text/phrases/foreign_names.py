"""The names here for gensim's parameters and attributes of `Phrases`."""

from __future__ import annotations

_PHRASES = "phrases_ has the phrases and their scores after fit."

PHRASES_PARAMETERS = {
    "sentences": "Pass the sentences to fit.",
    "max_vocab_size": "Leave it out: max_memory limits what is in memory, and nothing is pruned.",
    "progress_per": "Leave it out: verbose=True shows progress.",
    "common_terms": "It is connector_words here.",
}

PHRASES_ATTRIBUTES = {
    "export_phrases": _PHRASES,
    "find_phrases": f"{_PHRASES} transform(sentences) joins those of others.",
    "phrasegrams": _PHRASES,
    "vocab": f"{_PHRASES} Other pairs are not kept.",
    "freeze": "Leave it out: only the phrases are kept after fit.",
    "add_vocab": "fit counts one text. Fit on all of it.",
    "analyze_sentence": "transform([sentence]) joins the phrases of a sentence.",
    "score_candidate": _PHRASES,
}
