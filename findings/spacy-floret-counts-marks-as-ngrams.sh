#!/usr/bin/env bash
# spaCy 3.8.18 and floret 0.10.5: with minn 1, spaCy gives words other vectors than the floret model whose table it reads.
#
# floret leaves the marks < and > out where they would stand alone as n-grams of one character; spaCy counts them in, so that
# each word's mean has two more rows. With minn 2 both have the same vectors. Chinese is where people set minn to 1.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "floret==0.10.5" "spacy==3.8.18"
cat > "$work/compare.py" <<'PYTHON'
import subprocess
import sys

import floret
import numpy as np
import spacy

folder = sys.argv[1]
with open(f"{folder}/text.txt", "w") as text:
    for k in range(300):
        text.write(f"the walker talked {k % 7} times walking home the long way\n")
for least in (1, 2):
    model = floret.train_unsupervised(
        f"{folder}/text.txt", model="cbow", mode="floret", hashCount=1, bucket=500, dim=8, minn=least, maxn=3,
        minCount=1, thread=1, verbose=0, epoch=20,
    )
    model.save_floret_vectors(f"{folder}/table.floret")
    make = ["init", "vectors", "en", f"{folder}/table.floret", f"{folder}/model{least}", "--mode", "floret"]
    subprocess.run([sys.executable, "-m", "spacy", *make], check=True, capture_output=True)
    vocabulary = spacy.load(f"{folder}/model{least}").vocab
    apart = max(
        float(np.abs(vocabulary[word].vector - model.get_word_vector(word)).max()) for word in ("walker", "unseen")
    )
    print(f"minn={least}: largest difference {apart:.4f}")
    assert (apart > 1e-3) == (least == 1)
PYTHON
"$work/venv/bin/python" "$work/compare.py" "$work" 2>/dev/null
