"""Key words of topics: class-based TF-IDF."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from wordvec.text.tokenized_texts import EncodedTexts

__all__ = ["class_tfidf", "key_words"]


def class_tfidf(encoded: EncodedTexts, topics: np.ndarray, n_topics: int, n_words: int) -> csr_array:
    """Return how much each word tells a topic from the others, float64 (n_topics, n_words).

    Grootendorst (2022), arXiv:2203.05794, section 3.3: tf * log(1 + A / f), with tf the share of the word among
    the words of the topic, f how often it occurs in all, and A the mean number of words of a topic.

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


def key_words(scores: csr_array, words: Sequence[str], n_keywords: int) -> list[list[tuple[str, float]]]:
    """Return the words with the highest scores of each topic, falling, equal ones by number.

    Words without any letter or Han character are left out.
    """
    is_word = np.array([any(map(str.isalpha, word)) for word in words])
    found = []
    for begin, end in zip(scores.indptr, scores.indptr[1:]):
        numbers, weights = scores.indices[begin:end], scores.data[begin:end]
        numbers, weights = numbers[is_word[numbers]], weights[is_word[numbers]]
        order = np.lexsort((numbers, -weights))[:n_keywords]
        found.append([(words[numbers[k]], float(weights[k])) for k in order])
    return found
