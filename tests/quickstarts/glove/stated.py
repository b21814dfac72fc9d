"""What glove-python's Corpus and Glove do, stated anew.

glove-python 0.1.0 (2014) does not build on Python 3.11. It counts pairs of words within a window, a pair at distance d
as 1 / d, and keeps each pair once. GloVe's objective (Pennington et al. 2014, equation 8) is minimised by AdaGrad with
one vector for each word, where the paper has one as a word and one as a context; weights are (count / 100) ** 0.75, at
most 1. Each epoch visits the pairs in a random order.
"""

import numpy as np


class Corpus:
    """Weighted counts of pairs of words."""

    def fit(self, sentences, window=10):
        """Count."""
        self.dictionary, self.matrix = {}, {}
        for sentence in sentences:
            ids = [self.dictionary.setdefault(word, len(self.dictionary)) for word in sentence]
            for k, first in enumerate(ids):
                for distance, second in enumerate(ids[k + 1 : k + 1 + window], 1):
                    if first != second:
                        pair = min(first, second), max(first, second)
                        self.matrix[pair] = self.matrix.get(pair, 0.0) + 1 / distance


class Glove:
    """Vectors of words."""

    def __init__(self, no_components=30, learning_rate=0.05, random_state=None):
        self.size, self.rate, self.seed = no_components, learning_rate, random_state

    def fit(self, matrix, epochs=5):
        """Train."""
        rng = np.random.default_rng(self.seed)
        pairs, counts = list(matrix), np.array(list(matrix.values()))
        logs, weights = np.log(counts), np.minimum(1, counts / 100) ** 0.75
        n_words = 1 + max(second for _, second in pairs)
        # The last column is the bias.
        table = np.hstack([(rng.random((n_words, self.size)) - 0.5) / self.size, np.zeros((n_words, 1))])
        squares = np.ones_like(table)
        for _ in range(epochs):
            for k in rng.permutation(len(pairs)):
                first, second = pairs[k]
                u, v = table[first], table[second]
                error = weights[k] * (u[:-1] @ v[:-1] + u[-1] + v[-1] - logs[k])
                slopes = error * np.append(v[:-1], 1), error * np.append(u[:-1], 1)
                for word, slope in zip((first, second), slopes):
                    table[word] -= self.rate * slope / np.sqrt(squares[word])
                    squares[word] += slope**2
        self.vectors = table[:, :-1] / np.linalg.norm(table[:, :-1], axis=1, keepdims=True)

    def add_dictionary(self, dictionary):
        """Take the words."""
        self.dictionary, self.words = dictionary, list(dictionary)

    def most_similar(self, word, number=5):
        """Return the `number` - 1 words that are nearest, with their cosines."""
        cosines = self.vectors @ self.vectors[self.dictionary[word]]
        return [(self.words[k], float(cosines[k])) for k in np.argsort(-cosines)[1:number]]
