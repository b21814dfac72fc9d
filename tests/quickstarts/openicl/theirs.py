"""Choose the labelled examples that a prompt shows before each query."""

import json

from embedding import embed
from stated import TopkRetriever

examples = [
    "A warm and funny film.",
    "A dull film, and a long one.",
    "The battery of this camera lasts, and the battery is not heavy.",
    "The camera broke after a week.",
    "The hotel was loud, the staff was rude.",
    "A quiet room, a warm room.",
]
queries = [
    "This camera is heavy, its battery is, too.",
    "The staff of the hotel was funny.",
    "Our room was warm.",
]
retriever = TopkRetriever(examples, embed, ice_num=2)
chosen = retriever.retrieve(queries)
print(json.dumps({"examples": chosen}))
