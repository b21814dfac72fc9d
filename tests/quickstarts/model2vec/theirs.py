"""Load the folder of an encoder and encode texts."""

import json

from model2vec import StaticModel

model = StaticModel.from_pretrained("encoder")
vectors = model.encode(["rain and hail in the night", "a harp, a flute and a drum", "Cat and dog", "unknown"])
print(json.dumps({"vectors": vectors.tolist()}))
