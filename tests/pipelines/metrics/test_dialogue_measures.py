"""Recall at k and distinct n-grams against brute force."""

from __future__ import annotations

import re

import numpy as np
import pytest

from wordvec.pipelines.metrics import distinct_n, recall_at_k


@pytest.mark.parametrize("k", [1, 2, 5, 10])
@pytest.mark.parametrize("is_first", [True, False])
def test_recall_equals_sorting(k: int, is_first: bool) -> None:
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 8, size=(40, 10)).astype(float)
    places = [0] * 40 if is_first else rng.integers(10, size=40).tolist()
    n_found = 0
    for row, place in zip(scores.tolist(), places):
        others = [value for j, value in enumerate(row) if j != place]
        ranked = sorted(
            [(-row[place], 1), *((-value, 0) for value in others)]
        )  # the true one after its equals
        n_found += ranked.index((-row[place], 1)) < k
    assert recall_at_k(scores, k, 0 if is_first else places) == n_found / 40


def test_equal_scores_earn_nothing() -> None:
    assert recall_at_k(np.zeros((3, 10))) == 0.0
    assert recall_at_k([[1.0]]) == 1.0
    assert recall_at_k([[2.0, 1.0], [1.0, 2.0, 3.0]], k=2) == 0.5  # rows of any length


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_distinct_equals_counting(n: int) -> None:
    texts = ["I do not know what I do.", "Do I?", "", "yes", "I do not KNOW"]
    grams = []
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        grams += [tuple(words[k : k + n]) for k in range(len(words) - n + 1)]
    assert distinct_n(texts, n) == len(set(grams)) / len(grams)


def test_distinct_of_chinese_counts_characters() -> None:
    texts = ["\u6211\u4e0d\u77e5\u9053\u3002", "\u6211\u77e5\u9053 OK"]
    assert distinct_n(texts) == 5 / 8
    assert distinct_n(texts, 2) == 5 / 6
    assert distinct_n(texts, 2, language="zh") == distinct_n(texts, 2)
    assert distinct_n([]) == distinct_n(["", "..."], 3) == 0.0


@pytest.mark.parametrize(
    ("scores", "options"),
    [
        ([], {}),
        ([[1.0]], {"k": 0}),
        ([[1.0]], {"true": 1}),
        ([[1.0]], {"true": [0, 0]}),
        ([[float("nan")]], {}),
    ],
)
def test_bad_scores_are_named(scores: list[list[float]], options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="recall_at_k"):
        recall_at_k(scores, **options)


def test_bad_texts_are_named() -> None:
    for texts, options in (("abc", {}), ([None], {}), (["a"], {"n": 0}), (["a"], {"language": "fr"})):
        with pytest.raises((TypeError, ValueError), match="distinct_n"):
            distinct_n(texts, **options)
