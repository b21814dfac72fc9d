"""Measure by WEAT whether two sets of words lean to one of two others."""

import json

from wordvec import KeyedVectors
from wordvec.pipelines.fairness import weat

targets = [["cat", "dog", "horse"], ["saw", "hammer", "drill"]]
attributes = [["pear", "plum", "apple"], ["rain", "snow", "hail"]]
model = KeyedVectors.load("vectors.txt")
effect_size = weat(model, *targets, *attributes).effect_size
print(json.dumps({"effect size": float(effect_size)}))
