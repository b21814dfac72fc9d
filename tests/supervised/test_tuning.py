"""The search over settings of `EmbeddingClassifier`."""

import numpy as np
import pytest

from tests.supervised.test_hashed_training import corpus
from wordvec._utils.errors import ParameterError
from wordvec.supervised import EmbeddingClassifier, tune_classifier, tuning


@pytest.mark.parametrize("bucket", [None, 2000])
def test_the_best_of_the_trials(bucket, monkeypatch):
    texts, labels = corpus()
    held = corpus(n_texts=80, seed=2)
    clock = iter(range(0, 10_000, 10))  # each look at the clock takes ten seconds
    monkeypatch.setattr(tuning.time, "monotonic", lambda: float(next(clock)))
    plain = EmbeddingClassifier(epochs=1, vector_size=8, bucket=bucket)
    found = tune_classifier(plain, texts, labels, validation=held, seconds=100)
    assert 1 < len(found.trials) < 6
    assert found.trials[0].parameters == {}
    scores = [trial.score for trial in found.trials]
    assert (found.classifier.predict(held[0]) == np.array(held[1])).mean() == max(scores)
    assert ("max_n" in found.trials[1].parameters) == (bucket is not None)
    assert len({str(trial.parameters) for trial in found.trials}) == len(found.trials)
    assert not hasattr(plain, "classes_")


def test_one_trial_at_least_and_several_labels():
    texts, labels = corpus(n_texts=60)
    sets = [[label, "x"] for label in labels]
    model = EmbeddingClassifier(epochs=1, bucket=100, loss="ova")
    found = tune_classifier(model, texts, sets, validation=(texts, sets), seconds=1e-9)
    assert len(found.trials) == 1 and 0 <= found.trials[0].score <= 1


def test_bad_arguments():
    model, data = EmbeddingClassifier(), (["a", "b"], ["x", "y"])
    with pytest.raises(ParameterError, match="seconds parameter of tune_classifier"):
        tune_classifier(model, *data, validation=data, seconds=0)
    with pytest.raises(ParameterError, match="validation .* must be a tuple of texts and labels"):
        tune_classifier(model, *data, validation=None)
    with pytest.raises(ParameterError, match="validation .* have a label for each text"):
        tune_classifier(model, *data, validation=(["a"], ["x", "y"]))
    with pytest.raises(ParameterError, match="classifier .* must be an EmbeddingClassifier"):
        tune_classifier("model", *data, validation=data)
