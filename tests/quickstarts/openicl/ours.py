"""Choose the labelled examples that a prompt shows before each query."""

import json

from embedding import embed

from wordvec.pipelines.prompting import DemonstrationSelector

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
retriever = DemonstrationSelector("knn", embed, k=2, order="best_first").fit(examples)
chosen = retriever.select(queries)
print(json.dumps({"examples": chosen}))
