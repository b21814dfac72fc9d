#!/usr/bin/env bash
# gensim 4.4.0 and NumPy 2.3: intersect_word2vec_format fails on new models, on vectors of their own, and on binary files.
#
# It writes a lock factor for each word that it takes, but a model has one for all words (IndexError unless the word is the
# first), and KeyedVectors have none (AttributeError). Who makes vectors_lockf as long as the vocabulary can read text; binary
# files are read through np.fromstring, whose binary mode NumPy has removed. add_vectors(extras=...) cannot be called either.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "gensim==4.4.0" "numpy>=2.3"
cat > "$work/intersect.py" <<'PYTHON'
import sys

import numpy as np
from gensim.models import KeyedVectors, Word2Vec

folder = sys.argv[1]
others = KeyedVectors(3)
others.add_vectors(["b", "z"], np.full((2, 3), 7, np.float32))
others.save_word2vec_format(f"{folder}/text")
others.save_word2vec_format(f"{folder}/binary", binary=True)
alone = KeyedVectors(3)
alone.add_vectors(["a", "b"], np.eye(2, 3, dtype=np.float32))
model = Word2Vec([["a", "b", "c"]] * 3, vector_size=3, min_count=1)
ready = Word2Vec([["a", "b", "c"]] * 3, vector_size=3, min_count=1).wv
ready.vectors_lockf = np.ones(len(ready), np.float32)


def outcome(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"


outcomes = {
    "vectors alone": outcome(alone.intersect_word2vec_format, f"{folder}/text"),
    "a new model": outcome(model.wv.intersect_word2vec_format, f"{folder}/text"),
    "with lock factors, text": outcome(ready.intersect_word2vec_format, f"{folder}/text"),
    "with lock factors, binary": outcome(ready.intersect_word2vec_format, f"{folder}/binary", binary=True),
    "extras": outcome(alone.add_vectors, ["c"], np.ones((1, 3), np.float32), extras={"count": np.array([1])}),
}
for name, found in outcomes.items():
    print(f"{name}: {found}")
kinds = [found.partition(":")[0] for found in outcomes.values()]
assert kinds == ["AttributeError", "IndexError", "done", "ValueError", "ValueError"]
PYTHON
"$work/venv/bin/python" "$work/intersect.py" "$work" 2>/dev/null
