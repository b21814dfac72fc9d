#!/usr/bin/env bash
# floret 0.10.5: the vector of the first word of a model's vocabulary depends on which of its files it is read from.
#
# In floret's mode the vectors of words are means of hashed n-grams, and words have no rows: the table of
# save_floret_vectors, from which spaCy works, holds none. But the most frequent word's vector, from the model and its .bin,
# has a row of its own in the mean, which no other word has, and get_subwords does not name it. So that word's vector is not
# the one that the table gives it; where the end of a line is the most frequent word, it is that one.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "floret==0.10.5" "numpy==2.2.6"
cat > "$work/compare.py" <<'PYTHON'
import sys

import floret
import numpy as np

folder = sys.argv[1]
with open(f"{folder}/text.txt", "w") as text:
    for k in range(300):
        text.write(f"the walker talked {k % 7} times the walking home the long way\n")
model = floret.train_unsupervised(
    f"{folder}/text.txt", model="cbow", mode="floret", hashCount=1, bucket=500, dim=8, minn=2, maxn=3, minCount=1,
    thread=1, verbose=0,
)
rows = model.get_input_matrix()
for place, word in enumerate(model.get_words()[:6]):
    if word == "</s>":
        continue
    numbers = model.get_subwords(word)[1]
    own = model.get_word_vector(word)
    of_ngrams, with_row = rows[numbers].mean(axis=0), rows[[place, *numbers]].mean(axis=0)
    print(f"{word!r} (word {place}): {np.abs(own - of_ngrams).max():.4f} from the mean of its n-grams")
    assert np.abs(own - (with_row if place == 0 else of_ngrams)).max() < 1e-5, word
    assert (np.abs(own - of_ngrams).max() > 1e-3) == (place == 0), word
PYTHON
"$work/venv/bin/python" "$work/compare.py" "$work" 2>/dev/null
