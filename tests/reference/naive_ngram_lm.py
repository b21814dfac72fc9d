"""Modified Kneser-Ney from dictionaries, written as Chen and Goodman (1999) write it."""

from collections import Counter, defaultdict

BEGIN = "<s>"


class NaiveKneserNey:
    """P(word | context) by recursion; contexts are tuples that may start with BEGIN."""

    def __init__(self, sentences, order, vocab_size, discount=None):
        self.vocab_size = vocab_size
        occurrences = [Counter() for _ in range(order + 1)]
        for sentence in sentences:
            padded = (BEGIN, *sentence)
            for end in range(2, len(padded) + 1):
                for n in range(1, min(order, end) + 1):
                    occurrences[n][padded[end - n : end]] += 1
        self.followers = defaultdict(dict)  # context -> {word: count}
        self.discounts = {}
        for n in range(1, order + 1):
            counts = occurrences[n]
            if n < order:
                predecessors = defaultdict(set)
                for gram in occurrences[n + 1]:
                    predecessors[gram[1:]].add(gram[0])
                counts = {g: c if g[0] == BEGIN else len(predecessors[g]) for g, c in counts.items()}
            for gram, count in counts.items():
                self.followers[gram[:-1]][gram[-1]] = count
            self.discounts[n] = [discount] * 3 if discount else self.estimate(counts.values())

    @staticmethod
    def estimate(counts):
        n = [sum(count == k for count in counts) for k in range(5)]
        if 0 in n[1:]:
            return [0.5, 1.0, 1.5]
        y = n[1] / (n[1] + 2 * n[2])
        return [1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]]

    def discount(self, count, n):
        return self.discounts[n][min(count, 3) - 1]

    def probability(self, word, context):
        seen = self.followers.get(context)
        if seen is None:
            return self.probability(word, context[1:])
        n = len(context) + 1
        below = self.probability(word, context[1:]) if context else 1 / self.vocab_size
        total = sum(seen.values())
        freed = sum(self.discount(count, n) for count in seen.values()) / total
        kept = (seen[word] - self.discount(seen[word], n)) / total if word in seen else 0.0
        return kept + freed * below
