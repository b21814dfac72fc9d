"""Key words of topics: class-based TF-IDF."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from wordvec.text.tokenized_texts import EncodedTexts

__all__ = ["class_tfidf", "key_words"]


def class_tfidf(encoded: EncodedTexts, topics: np.ndarray, n_topics: int, n_words: int) -> csr_array:
    """Return how well each word distinguishes a topic from the others, float64 (n_topics, n_words).

    Grootendorst (2022), arXiv:2203.05794, section 3.3: tf * log(1 + A / f), where tf is the proportion of the word
    among the words of the topic, f its frequency in all topics, and A the mean number of words per topic.

    Parameters
    ----------
    encoded : EncodedTexts, all words known
    topics : int (n_texts,); -1 for a text of no topic, which is left out
    n_topics, n_words : int
    """
    of_tokens = np.repeat(topics, np.diff(encoded.starts))
    has_topic = of_tokens >= 0
    places = of_tokens[has_topic], encoded.ids[has_topic]
    counts = csr_array((np.ones(len(places[0])), places), shape=(n_topics, n_words))
    counts.sum_duplicates()
    totals = counts.sum(axis=0)
    sizes = counts.sum(axis=1)
    tf = counts.data / np.repeat(sizes, np.diff(counts.indptr))
    counts.data = tf * np.log1p(sizes.mean() / totals[counts.indices])
    return counts


_RESTS = (
    r"ll|ve|re|(?:did|does|is|are|was|were|has|had|could|would|should|must|need|might|ought)nt?|"
    r"(?:do|have|ca|wo)nt"
)
_RESTS_BEFORE_T = rf"{_RESTS}|don|won|haven|ain|shan|can"
# Whole contractions ("don't", "we'll"), and what a treebank's tokenizer makes of them ("n't", "'ll").
_CONTRACTION = re.compile(
    r"n['’]t|['’](?:s|t|ll|re|ve|d|m|em|cause)|"
    r"(?:i|you|he|she|it|we|they|that|this|there|here|what|who|where|when|how|why|let)['’](?:s|ll|re|ve|d|m)|"
    r"(?:do|does|did|is|are|was|were|has|have|had|ca|could|wo|would|should|must|need|might|ought|ai|sha)n['’]t"
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:st|nd|rd|th|s|[年月日号时點点分秒])")


def _is_rest(word: str, rests: re.Pattern[str]) -> bool:
    """Return whether a word is a fragment of a word, or a number."""
    lower = word.lower()
    has_case = lower != word.upper()
    is_letter = len(word) == 1 and (has_case or "\u3041" <= word <= "\u309f")  # a hiragana is a particle
    return is_letter or any(pattern.fullmatch(lower) for pattern in (rests, _CONTRACTION, _NUMBER))


def key_words(scores: csr_array, words: Sequence[str], n_keywords: int) -> list[list[tuple[str, float]]]:
    """Return the words with the highest scores of each topic, descending, equal ones by number.

    Words without any letter or Han character are left out, and so are the fragments of abbreviations and contractions
    (u and s of U.S., don and ll, n't), single letters of an alphabet, and numbers with a unit (1990s, 10月).
    """
    # "don" and "won" are words, unless the tokenizer cuts "don't".
    rests = re.compile(_RESTS_BEFORE_T if "t" in map(str.lower, words) else _RESTS)
    is_word = np.array([any(map(str.isalpha, word)) and not _is_rest(word, rests) for word in words], bool)
    found = []
    for begin, end in zip(scores.indptr, scores.indptr[1:]):
        numbers, weights = scores.indices[begin:end], scores.data[begin:end]
        numbers, weights = numbers[is_word[numbers]], weights[is_word[numbers]]
        order = np.lexsort((numbers, -weights))[:n_keywords]
        found.append([(words[numbers[k]], float(weights[k])) for k in order])
    return found
