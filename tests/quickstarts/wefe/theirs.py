"""Measure by WEAT whether two sets of words lean to one of two others."""

import json

from gensim.models import KeyedVectors
from wefe.metrics import WEAT
from wefe.query import Query
from wefe.word_embedding_model import WordEmbeddingModel

targets = [["cat", "dog", "horse"], ["saw", "hammer", "drill"]]
attributes = [["pear", "plum", "apple"], ["rain", "snow", "hail"]]
model = WordEmbeddingModel(KeyedVectors.load_word2vec_format("vectors.txt"), "tiny")
effect_size = WEAT().run_query(Query(targets, attributes), model, return_effect_size=True)["effect_size"]
print(json.dumps({"effect size": float(effect_size)}))
