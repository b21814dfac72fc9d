#!/usr/bin/env bash
# wefe 1.0.1: the "permutations" of WEAT's p-value are words drawn with replacement, so that one word may stand in both sets.
#
# Here no permutation has a larger statistic than the sets that are tested, so the p-value should be 1 / (runs + 1). Draws with
# repeated words reach beyond it. They are not seeded either: the second p-value is another one.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "wefe==1.0.1"
cat > "$work/p_value.py" <<'PYTHON'
import numpy as np
from gensim.models import KeyedVectors
from wefe.metrics import WEAT
from wefe.query import Query
from wefe.word_embedding_model import WordEmbeddingModel

angles = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5])
kv = KeyedVectors(2)
kv.add_vectors([f"w{k}" for k in range(8)], np.stack([np.cos(angles), np.sin(angles)], axis=1))
kv.add_vectors(["a", "b"], np.eye(2))
query = Query([["w0", "w1", "w2", "w3"], ["w4", "w5", "w6", "w7"]], [["a"], ["b"]])
model, runs = WordEmbeddingModel(kv, "model"), 1000
found = [
    WEAT().run_query(query, model, calculate_p_value=True, p_value_iterations=runs)["p_value"] for _ in range(2)
]
print("p-values:", found, "instead of", 1 / (runs + 1))
assert min(found) > 2 / (runs + 1)
PYTHON
"$work/venv/bin/python" "$work/p_value.py" 2>/dev/null
