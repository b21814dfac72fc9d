"""Texts that were split once: the same numbers and words as from lists of tokens, from parts too."""

import numpy as np
import pytest

from wordvec.supervised import EmbeddingClassifier
from wordvec.text.encoded_texts import encode_all, look_up
from wordvec.text.language import majority_language
from wordvec.text.lists import check_texts
from wordvec.text.tokenized_texts import EncodedTexts, TokenizedTexts

LISTS = [["a", "b", "a"], [], ["c"], ["b", "c", "d", "b"], ["e"], []]


@pytest.fixture
def texts():
    return TokenizedTexts(*encode_all(LISTS, str.split, "test"))


def assert_equal(found, expected):
    assert found[0].ids.tolist() == expected[0].ids.tolist()
    assert found[0].ids.dtype == np.int32
    assert found[0].starts.tolist() == expected[0].starts.tolist()
    assert found[1] == expected[1]


@pytest.mark.parametrize("rows", [range(6), [3, 0], [1], [], [5, 4, 3, 2, 1, 0], [2, 2]])
def test_parts_are_encoded_like_lists(texts, rows):
    rows = np.array(rows, int)
    lists = [LISTS[row] for row in rows]
    part = texts.part(rows)
    assert list(part) == lists
    assert len(part) == len(lists)
    assert_equal(encode_all(part, str.split, "test"), encode_all(lists, str.split, "test"))
    known = {"b": 5, "d": 7, "x": 0}
    found, expected = (look_up(given, str.split, known, "test") for given in (part, lists))
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.starts.tolist() == expected.starts.tolist()


def test_it_is_a_sequence(texts):
    assert texts[3] == texts[-3] == LISTS[3]
    assert list(texts[1:5:2]) == LISTS[1:5:2]
    assert list(texts[::-1]) == LISTS[::-1]
    assert list(texts) == list(texts) == LISTS
    with pytest.raises(IndexError):
        texts[6]
    assert check_texts(texts, "test") is texts


def test_no_text():
    empty = TokenizedTexts(EncodedTexts(np.empty(0, np.int32), np.array([0])), [])
    assert list(empty) == []
    assert_equal(empty.distinct(), encode_all([], str.split, "test"))


def test_the_language_is_that_of_the_lists():
    lists = [["很", "好"], ["good"]] * 800 + [["bad"]]
    for given in (lists, lists[1::2], lists[::2]):
        assert majority_language(TokenizedTexts(*encode_all(given, str.split, "test"))) == majority_language(
            given
        )


def test_a_classifier_learns_the_same_bits():
    rng = np.random.default_rng(3)
    words = [f"w{k}" for k in range(30)]
    lists = [rng.choice(words, 8).tolist() for _ in range(60)]
    y = rng.integers(2, size=60)
    split = TokenizedTexts(*encode_all(lists, str.split, "test"))
    models = [EmbeddingClassifier(epochs=3, vector_size=8).fit(given, y) for given in (lists, split)]
    first, second = (model.predict_proba(lists[:20]) for model in models)
    assert (first == second).all()
    assert (models[0].predict_proba(split[:20]) == first).all()
