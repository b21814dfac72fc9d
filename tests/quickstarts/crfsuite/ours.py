"""Train a tagger on features of words and tag other sentences."""

import json
from pathlib import Path

from features import features

from wordvec.pipelines import CRFTagger

train, test = (json.loads(Path(name).read_text("utf-8")) for name in ("train.json", "test.json"))
X, y = [features(words) for words, _ in train], [tags for _, tags in train]
tagger = CRFTagger(c1=0.0, c2=0.1, max_iter=200).fit(X, y)
predicted = [list(tags) for tags in tagger.predict([features(words) for words, _ in test])]
print(json.dumps({"tags": predicted}))
