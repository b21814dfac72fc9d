"""What OpenICL's retriever of the nearest examples does, stated anew.

OpenICL 0.1.8 asks for transformers 4.28.1 and faiss-gpu, of which there is no wheel for Python 3.11, and downloads a
model to embed texts. Its TopkRetriever embeds the examples and the queries, and takes for each query the `ice_num`
examples with the largest inner products, the best first (Liu et al. 2022).
"""

import numpy as np


class TopkRetriever:
    """The examples nearest to each query."""

    def __init__(self, examples, embed, ice_num=1):
        self.embed, self.ice_num = embed, ice_num
        self.vectors = embed(examples)

    def retrieve(self, queries):
        """Return the numbers of the examples of each query."""
        order = np.argsort(-(self.embed(queries) @ self.vectors.T), axis=1, kind="stable")
        return order[:, : self.ice_num].tolist()
