#!/usr/bin/env bash
# gensim 4.4.0 and POT 0.9.7: wmdistance of two documents whose words have equal vectors is infinite, not 0.
#
# It returns infinity where all distances of words are 0, which it also returns for documents without known words, as if they were
# the farthest apart. One document of one word compared with itself is 0, by a rule of its own. vectors_for_all makes up counts:
# the first word has as many as there are words, the next one less.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "gensim==4.4.0" "POT==0.9.7.post1"
cat > "$work/distance.py" <<'PYTHON'
import numpy as np
from gensim.models import KeyedVectors

kv = KeyedVectors(2)
kv.add_vectors(["car", "automobile", "sea"], np.array([[1, 2], [1, 2], [3, 0]], np.float32))
print("equal vectors:", kv.wmdistance(["car"], ["automobile"]))
print("the same word:", kv.wmdistance(["car"], ["car"]))
print("with a word of another vector:", kv.wmdistance(["car", "sea"], ["automobile", "sea"]))
print("counts:", kv.vectors_for_all(["sea", "car"]).expandos["count"])
assert kv.wmdistance(["car"], ["automobile"]) == float("inf")
PYTHON
"$work/venv/bin/python" "$work/distance.py" 2>/dev/null
