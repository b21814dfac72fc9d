#!/usr/bin/env bash
# dspy 3.4.1's KNN, on which KNNFewShot stands, is no nearest-neighbour search for two reasons that nothing tells.
#
# 1. Neighbours are ranked by the bare dot product: an embedder whose vectors differ in length finds the examples with
#    the longest vectors, for nearly any query, and not those that point its way. The query's own text can lose.
# 2. An example is embedded as its input fields in the order in which it was made, a query as its keyword arguments in
#    the order of the call: the same question in another order is another text to the embedder.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "dspy==3.4.1" "numpy==2.4.6"
"$work/venv/bin/python" - <<'PYTHON'
import dspy
import numpy as np
from dspy.predict.knn import KNN

points = {"near": (1.0, 0.1), "far": (8.0, 9.0), "same": (1.0, 0.0)}


def embed(texts):
    return np.array([points[text.removeprefix("place: ")] for text in texts])


places = [dspy.Example(place=name, note="x").with_inputs("place") for name in points]
found = [example.place for example in KNN(3, places, embed)(place="same")]
cosines = {name: float(np.dot(v, (1, 0)) / np.linalg.norm(v)) for name, v in points.items()}
print("neighbours of 'same':", found, "cosines:", {name: round(value, 3) for name, value in cosines.items()})
assert found[0] == "far" and max(cosines, key=cosines.get) == "same"

seen = []


def record(texts):
    seen.extend(texts)
    return np.ones((len(texts), 2))


questions = [dspy.Example(context="c", question="q", answer="a").with_inputs("context", "question")]
questions *= 2
knn = KNN(1, questions, record)
knn(context="c", question="q")
knn(question="q", context="c")
print("texts that are embedded:", seen[1:])
assert seen[1:] == ["context: c | question: q", "context: c | question: q", "question: q | context: c"]
PYTHON
