"""Rows of n-grams and their training, the obvious way: whole words are trained, then their steps are handed on."""

import numpy as np
from naive_training import Trainer


def fnv(raw):
    """Return fastText's hash of bytes."""
    h = 2166136261
    for byte in raw:
        h = ((h ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) % 2**32
    return h


def rows_of(word, place, n_words, min_n, max_n, bucket):
    """Return the rows of a word: its own, then those of its n-grams by their first and then their last character."""
    marked = f"<{word}>"
    found = [place]
    for i in range(len(marked)):
        for n in range(min_n, max_n + 1):
            piece = marked[i : i + n]
            if len(piece) == n and piece not in ("<", ">"):
                found.append(n_words + fnv(piece.encode()) % bucket)
    return found


class NGramTrainer(Trainer):
    """The same with input vectors that are means of rows.

    rows : float64 (R, D); rows_of_words : the rows of each word; round_steps : supersteps between two exchanges
    word_rates : (V,); shares of the words' steps that their rows take
    """

    def __init__(self, *arguments, rows, rows_of_words, round_steps, word_rates=1.0, **options):
        super().__init__(*arguments, **options)
        self.rows, self.rows_of_words, self.round_steps = rows, rows_of_words, round_steps
        self.word_rates = np.broadcast_to(word_rates, self.n_words)

    def before_superstep(self, number):
        """Compose the input vectors at the beginning of a round."""
        if number % self.round_steps == 0:
            for word, rows in enumerate(self.rows_of_words):
                self.tables[word] = np.mean([self.rows[row] for row in rows], axis=0)
            self.composed = self.tables[: self.n_words].copy()

    def after_superstep(self, number, is_last):
        """Add the steps of all words to all of their rows at the end of a round."""
        if is_last or (number + 1) % self.round_steps == 0:
            steps = self.tables[: self.n_words] - self.composed
            for word, rows in enumerate(self.rows_of_words):
                for row in rows:
                    self.rows[row] += self.word_rates[word] * steps[word]
