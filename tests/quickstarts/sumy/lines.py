"""A tokenizer of sumy's kind that needs no downloads: a sentence a line, words of letters."""

import re


class LineTokenizer:
    """What sumy asks of a tokenizer."""

    def to_sentences(self, paragraph):
        """Return the lines of a paragraph."""
        return [line.strip() for line in re.split(r"(?<=\.)\s+", paragraph) if line.strip()]

    def to_words(self, sentence):
        """Return the words of a sentence."""
        return re.findall(r"[^\W\d_]+", sentence)
