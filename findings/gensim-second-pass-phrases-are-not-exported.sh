#!/usr/bin/env bash
# gensim 4.4.0: export_phrases() leaves out every phrase with a word that was joined before, though the model joins it.
#
# The way to phrases of three words is a second Phrases over the text that a first one has joined. The second model keeps the
# pair "new_york times" under the key "new_york_times", and export_phrases() cuts keys at the delimiter: it scores "new" with
# "times", which are not words of that text, and drops the phrase. With another delimiter in the second model it is listed.
# Freezing goes through the same list, so that FrozenPhrases do not join what the model did.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "gensim==4.4.0"
cat > "$work/phrases.py" <<'PYTHON'
import random

from gensim.models.phrases import Phrases

draw = random.Random(1)
words = [f"w{k}" for k in range(60)]
sentences = [[*draw.choices(words, k=4), "new", "york", "times", *draw.choices(words, k=3)] for _ in range(400)]
first = Phrases(sentences, min_count=5, threshold=1)
joined = [first[sentence] for sentence in sentences]
probe = first[["new", "york", "times"]]
print("first pass:", first.export_phrases().keys(), probe)
for delimiter in "_~":
    second = Phrases(joined, min_count=5, threshold=1, delimiter=delimiter)
    listed = list(second.export_phrases())
    print(f"second pass with {delimiter!r}: joins {second[probe]}, lists {listed}, frozen joins {second.freeze()[probe]}")
    assert len(second[probe]) == 1
    assert (len(listed) == 0) == (delimiter == "_")
    assert (len(second.freeze()[probe]) == 2) == (delimiter == "_")
PYTHON
"$work/venv/bin/python" "$work/phrases.py" 2>/dev/null
