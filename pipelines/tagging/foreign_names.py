"""Names of parameters and attributes in sklearn-crfsuite, and the corresponding names here."""

from __future__ import annotations

_LEARNED = "explain() shows the weights of features and transitions after fit."

TAGGER_PARAMETERS = {
    "max_iterations": "It is max_iter here.",
    "min_freq_features": "It is min_freq here.",
    "feature_minfreq": "It is min_freq here.",
    "num_memories": "Leave it out: it is fixed.",
    "epsilon": "It is tol here.",
    "delta": "It is tol here.",
    "c": "It is for algorithms that are not here; c1 and c2 are penalties of algorithm='lbfgs', c2 of 'sgd'.",
    **dict.fromkeys(
        (
            "linesearch",
            "max_linesearch",
            "calibration_rate",
            "calibration_samples",
            "calibration_candidates",
            "calibration_max_trials",
        ),
        "Leave it out: it is fixed.",
    ),
    **dict.fromkeys(
        ("pa_type", "error_sensitive", "averaging", "variance", "gamma"),
        "Leave it out: it is for an algorithm that is not here; those of `algorithm` are.",
    ),
    "calibration_eta": "It is learning_rate here.",
    "model_filename": "Leave it out: save(path) writes the tagger after fit.",
    "keep_tempfiles": "Leave it out: there are no temporary files.",
    "trainer_cls": "Leave it out: algorithm chooses how it is trained.",
}
TAGGER_ATTRIBUTES = {
    "state_features_": _LEARNED,
    "transition_features_": _LEARNED,
    "training_log_": "n_iter_, objective_ and validation_curve_ tell of training after fit.",
    "num_attributes_": "len(attributes_) is their number after fit.",
    "size_": "save(path) writes the tagger; the size of the file is its size.",
    "tag": "predict(sentences) tags sentences, tag_text(text) a text.",
    "train": "fit(sentences, tags) trains.",
    "info": _LEARNED,
    "tagger_": "predict(sentences) tags.",
    "modelfile": "save(path) writes the tagger, CRFTagger.load(path) reads it.",
    "predict_single": "predict([sentence])[0] tags one sentence.",
    "predict_marginals_single": "predict_marginals([sentence])[0] is for one sentence.",
}
