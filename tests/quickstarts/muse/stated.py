"""What MUSE's supervised program does with pairs of words and no refinement, stated anew.

MUSE is a program of a repository, not a package: pip cannot install it. Of the pairs that both files know it takes the
vectors X and Y, computes the singular value decomposition of Y' X, and turns every source vector by W = U V', the
orthogonal matrix that brings X nearest to Y (Xing et al. 2015; Conneau et al. 2018, equation 2). Vectors are neither
centred nor brought to length 1 by default.
"""

from pathlib import Path

import numpy as np


class Vectors(dict):
    """Vectors by word."""

    @classmethod
    def load(cls, path):
        """Read a file of word2vec's text format."""
        rows = (line.split() for line in Path(path).read_text("utf-8").splitlines()[1:])
        return cls({word: np.array(numbers, np.float64) for word, *numbers in rows})


def align(source, target, pairs, method="procrustes"):
    """Return the source's vectors in the space of the target's."""
    assert method == "procrustes"
    X, Y = np.stack([source[a] for a, _ in pairs]), np.stack([target[b] for _, b in pairs])
    U, _, Vt = np.linalg.svd(Y.T @ X)
    return Vectors({word: (U @ Vt) @ vector for word, vector in source.items()})
