"""What sklearn-crfsuite's names of the tagger's parameters and attributes are called here."""

from __future__ import annotations

_LEARNED = "explain() shows the weights of features and transitions after fit."

TAGGER_PARAMETERS = {
    "max_iterations": "It is max_iter here.",
    "min_freq_features": "It is min_freq here.",
    "feature_minfreq": "It is min_freq here.",
    "num_memories": "Leave it out: it is fixed.",
    "epsilon": "It is tol here.",
    "delta": "It is tol here.",
    "calibration_eta": "It is learning_rate here.",
    "model_filename": "Leave it out: save(path) writes the tagger after fit.",
    "keep_tempfiles": "Leave it out: there are no temporary files.",
    "trainer_cls": "Leave it out: algorithm chooses how it is trained.",
}
TAGGER_ATTRIBUTES = {
    "state_features_": _LEARNED,
    "transition_features_": _LEARNED,
    "tagger_": "predict(sentences) tags.",
    "modelfile": "save(path) writes the tagger, CRFTagger.load(path) reads it.",
    "predict_single": "predict([sentence])[0] tags one sentence.",
    "predict_marginals_single": "predict_marginals([sentence])[0] is for one sentence.",
}
