"""Ranks of passages: BM25 against its formula, fusion of two ranks, Chinese."""

import math
from collections import Counter

import numpy as np
import pytest

from wordvec.pipelines.applications.answering.retrieval import PassageIndex

PASSAGES = ["red red fox", "blue dog on a mat", "red dog", "", "green fox fox fox jump"]


@pytest.mark.parametrize("question", ["red fox", "dog", "fox fox", "nothing", "?"])
def test_bm25_is_its_formula(question):
    words = [passage.split() for passage in PASSAGES]
    mean = sum(map(len, words)) / len(words)
    expected = []
    for row in words:
        score = 0.0
        for term in set(question.split()):
            n_with = sum(term in other for other in words)
            count = Counter(row)[term]
            idf = math.log(1 + (len(words) - n_with + 0.5) / (n_with + 0.5))
            score += idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(row) / mean))
        expected.append(score)
    np.testing.assert_allclose(PassageIndex(PASSAGES).bm25(question), expected)


class Letters:
    """Vectors that only know whether a text has a certain letter."""

    def transform(self, texts):
        return np.array([[text.count("m"), text.count("j"), 1] for text in texts], float)


def test_ranks_are_fused():
    index = PassageIndex(PASSAGES, vectorizer=Letters())
    plain = PassageIndex(PASSAGES).rank("fox m", 5)
    vectors = Letters().transform([*PASSAGES, "fox m"])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    dense = np.argsort(-(vectors[:-1] @ vectors[-1]), kind="stable").tolist()
    scores = [1 / (61 + plain.index(n)) + 1 / (61 + dense.index(n)) for n in range(5)]
    assert index.rank("fox m", 5) == sorted(range(5), key=lambda n: -scores[n])
    assert plain != dense


@pytest.mark.parametrize(
    ("question", "n"), [("黄山有多高？", 1), ("谁写了红楼梦？", 0), ("iPhone 何时发售？", 2)]
)
def test_chinese(question, n):
    passages = ["《红楼梦》是曹雪芹写的。", "黄山高1864米。", "第一部iPhone于2007年发售。"]
    assert PassageIndex(passages).rank(question, 1) == [n]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: PassageIndex([]), "at least one passage"),
        (lambda: PassageIndex("text"), "Each character would count"),
        (lambda: PassageIndex(["a"], language="de"), "language parameter of PassageIndex"),
        (lambda: PassageIndex(["a"], vectorizer=3), "have a method transform"),
        (lambda: PassageIndex(["a"]).rank("a", 0), "n parameter of PassageIndex.rank"),
        (lambda: PassageIndex(["a"]).rank(3), "3"),
    ],
)
def test_bad_input(make, told):
    with pytest.raises((TypeError, ValueError), match=told):
        make()
