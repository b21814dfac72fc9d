"""Turn the vectors of one language into the space of another by pairs of words, and compare translations."""

import json
from pathlib import Path

from wordvec import KeyedVectors
from wordvec.vectors.alignment import align

pairs = json.loads(Path("pairs.json").read_text("utf-8"))
source, target = KeyedVectors.load("vectors.txt"), KeyedVectors.load("other.txt")
aligned = align(source, target, pairs["train"], method="procrustes", unit_length=False, center=False)
print(json.dumps({"products": [float(aligned[a] @ target[b]) for a, b in pairs["test"]]}))
