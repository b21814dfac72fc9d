"""BM25 of many queries at once: the formula, term by term, in English and Chinese."""

import math
from collections import Counter

import numpy as np
import pytest

from wordvec.pipelines.features.bm25 import BM25Index

TEXTS = ["red red fox", "blue dog on a mat", "red dog", "", "green fox fox fox jump"]
CHINESE = ["红茶", "茶杯在红桌上", "桌"]


def formula(texts, query):
    """Return the scores of texts that are lists of terms."""
    mean = sum(map(len, texts)) / len(texts)
    scores = []
    for row in texts:
        score = 0.0
        for term in set(query):
            n_with = sum(term in other for other in texts)
            idf = math.log(1 + (len(texts) - n_with + 0.5) / (n_with + 0.5))
            score += idf * row.count(term) * 2.2 / (row.count(term) + 1.2 * (0.25 + 0.75 * len(row) / mean))
        scores.append(score)
    return scores


def test_many_queries_by_the_formula():
    queries = ["red fox", "", "dog dog", "unknown", "fox jump on red"]
    expected = [formula([text.split() for text in TEXTS], query.split()) for query in queries]
    np.testing.assert_allclose(BM25Index(TEXTS).scores(queries), expected)


def test_chinese_counts_characters_and_pairs():
    def terms(text):
        return [*text, *map("".join, zip(text, text[1:]))]

    expected = formula([terms(text) for text in CHINESE], terms("红桌"))
    index = BM25Index(CHINESE)
    np.testing.assert_allclose(index.scores(["红桌"])[0], expected)
    assert index.language == "zh"


@pytest.mark.parametrize("texts", [[""], ["", "?"]])
def test_texts_without_a_term_have_no_score(texts):
    assert (BM25Index(texts).scores(["a", ""]) == np.zeros((2, len(texts)))).all()


def test_terms_of_a_query_are_known_ones():
    index = BM25Index(TEXTS)
    numbers = {number: term for term, number in index.number_of.items()}
    assert Counter(numbers[n] for n in index.terms_of("foxes foxes jumped over")) == {"fox": 1, "jump": 1}
