"""Two sentences, their tags and vectors, and a quick fit, for the tests of bad input to taggers."""

import numpy as np

from wordvec import KeyedVectors
from wordvec.pipelines.tagging import CRFTagger

X = [["Ada", "lives", "in", "Turin"], ["Bob", "sleeps"]]
Y = [["B-PER", "O", "O", "B-LOC"], ["B-PER", "O"]]
FEATURES = [[[f"w={word}"] for word in sentence] for sentence in X]
VECTORS = KeyedVectors(np.eye(4, 3, dtype=np.float32) + 1, ["Ada", "Bob", "in", "Turin"])


def fit(X=X, y=Y, *validation, **parameters):
    return CRFTagger(**{"max_iter": 3, "verbose": False, **parameters}).fit(X, y, *validation)
