"""Train a tagger on features of words and tag other sentences."""

import json
from pathlib import Path

import pycrfsuite
from features import features

train, test = (json.loads(Path(name).read_text("utf-8")) for name in ("train.json", "test.json"))
X, y = [features(words) for words, _ in train], [tags for _, tags in train]
trainer = pycrfsuite.Trainer(params={"c1": 0.0, "c2": 0.1, "max_iterations": 200}, verbose=False)
for sentence, tags in zip(X, y):
    trainer.append(sentence, tags)
trainer.train("model.crfsuite")
tagger = pycrfsuite.Tagger()
tagger.open("model.crfsuite")
predicted = [tagger.tag(features(words)) for words, _ in test]
print(json.dumps({"tags": predicted}))
