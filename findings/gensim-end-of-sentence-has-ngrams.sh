#!/usr/bin/env bash
# gensim 4.4.0 and fasttext-wheel 0.9.2: load_facebook_vectors gives "</s>" another vector than the model that it reads.
#
# fastText counts the end of a line as a word without n-grams, whose vector is its own row. gensim takes its five characters for
# a word like others and averages n-grams in. All other words agree to the last bits. Whoever averages the words of lines, ends
# of lines among them, has other sentence vectors than fastText.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "fasttext-wheel==0.9.2" "gensim==4.4.0"
cat > "$work/compare.py" <<'PYTHON'
import sys

import fasttext
import numpy as np
from gensim.models.fasttext import load_facebook_vectors

folder = sys.argv[1]
with open(f"{folder}/text.txt", "w") as text:
    for k in range(300):
        text.write(f"the walker talked {k % 7} times walking home the long way\n")
model = fasttext.train_unsupervised(f"{folder}/text.txt", dim=8, bucket=500, minCount=1, thread=1, verbose=0)
model.save_model(f"{folder}/model.bin")
other = load_facebook_vectors(f"{folder}/model.bin")
apart = {word: float(np.abs(other[word] - model.get_word_vector(word)).max()) for word in model.get_words()}
end = apart.pop("</s>")
print(f"</s>: {end:.4f}; all other words: at most {max(apart.values()):.1e}")
assert end > 1e-3
assert max(apart.values()) < 1e-6
PYTHON
"$work/venv/bin/python" "$work/compare.py" "$work" 2>/dev/null
