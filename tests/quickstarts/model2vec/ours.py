"""Load the folder of an encoder and encode texts."""

import json

from wordvec.encoders import StaticEncoder

model = StaticEncoder.load("encoder")
vectors = model.encode(["rain and hail in the night", "a harp, a flute and a drum", "Cat and dog", "unknown"])
print(json.dumps({"vectors": vectors.tolist()}))
