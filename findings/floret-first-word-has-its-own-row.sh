#!/usr/bin/env bash
# floret 0.10.5: the vector of the first word of a model's vocabulary depends on which of its files it is read from.
#
# In floret's mode words have no rows: their vectors are means of hashed n-grams alone. But the row that the file format has
# for the first, most frequent word is added to its n-grams, so that the model and .bin give it another vector than the table
# that save_floret_vectors writes, from which spaCy works. All other words have the same vectors in both.
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
        text.write(f"the walker talked {k % 7} times walking home the long way\n")
model = floret.train_unsupervised(
    f"{folder}/text.txt", model="cbow", mode="floret", hashCount=1, bucket=500, dim=8, minn=2, maxn=3, minCount=1,
    thread=1, verbose=0,
)
model.save_floret_vectors(f"{folder}/table.floret")
with open(f"{folder}/table.floret") as table:
    next(table)
    rows = np.array([[float(x) for x in line.split()[1:]] for line in table], np.float32)
# The model's own rows are those of the table.
assert np.abs(rows - model.get_input_matrix()[len(model.get_words()) :]).max() < 1e-3
for place, word in enumerate(model.get_words()[:5]):
    if word == "</s>":
        continue
    own = model.get_input_matrix()[place]
    _, numbers = model.get_subwords(word)
    has_own_row = place in numbers.tolist()
    print(f"{word!r} (word {place}): its own row takes part: {has_own_row}")
    assert has_own_row == (place == 0), word
PYTHON
"$work/venv/bin/python" "$work/compare.py" "$work" 2>/dev/null
