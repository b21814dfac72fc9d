"""Weights of classes that are no weights, and those of classes that are not in the data, of all classifiers alike."""

import numpy as np
import pytest

from wordvec._utils.errors import ParameterError
from wordvec.pipelines.classification.nbsvm import NBSVMClassifier
from wordvec.supervised import EmbeddingClassifier

from .quick import LABELS, TEXTS, classifier


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf, "2", None])
@pytest.mark.parametrize("make", [EmbeddingClassifier, NBSVMClassifier, classifier])
def test_weights_of_classes_are_numbers_above_zero(make, weight):
    X = np.eye(len(TEXTS)) if make is NBSVMClassifier else TEXTS
    with pytest.raises(
        ParameterError, match=r"class_weight\['pos'\].* must be a number greater than 0"
    ) as told:
        make(class_weight={"pos": weight, "neg": 1.0}).fit(X, LABELS)
    assert told.value.name == "class_weight['pos']"


@pytest.mark.parametrize("make", [EmbeddingClassifier, NBSVMClassifier, classifier])
def test_weights_name_classes_of_the_data(make):
    """Those of others are left out if none of the data is, as in scikit-learn."""
    X = np.eye(len(TEXTS)) if make is NBSVMClassifier else TEXTS
    with pytest.raises(
        ParameterError, match=r"must have the classes \['neg', 'pos'\] as keys. Got 'poss' instead"
    ):
        make(class_weight={"poss": 2.0}).fit(X, LABELS)
    found = [
        make(class_weight={"neg": 1.0, "pos": 2.0} | others, random_state=0)
        .fit(X, LABELS)
        .predict(X)
        .tolist()
        for others in ({}, {"odd": 9.0})
    ]
    assert found[0] == found[1]
