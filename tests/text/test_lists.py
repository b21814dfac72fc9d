"""Checks of lists of texts and tokens: what they take, and what their messages name."""

import numpy as np
import pytest

from wordvec.text.lists import check_strings, check_texts, is_missing, strings_to_reread


@pytest.mark.parametrize("kind", [list, tuple, iter, np.array, lambda rows: np.array(rows, object)])
def test_every_ordered_kind_of_rows(kind):
    rows = check_strings(kind(["a", "b"]), "test")
    assert rows == ["a", "b"]
    assert {type(row) for row in rows} == {str}


def test_series():
    pandas = pytest.importorskip("pandas")
    assert check_texts(pandas.Series(["a", "b"], index=[5, 3]), "test") == ["a", "b"]


@pytest.mark.parametrize("rows", [[["a"], "b"], [None, 3], []])
def test_rows_of_texts_are_checked_by_the_encoding(rows):
    assert check_texts(rows, "test") == rows


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a b", "The texts parameter of test must be a list of texts, not one str. Got 'a b' instead. Each"),
        (b"a b", "not one bytes"),
        ({"a": 1}, "must be a list of texts. Got {'a': 1} instead. An array"),
        ({"a"}, "must be a list of texts. Got {'a'} instead."),
        (5, "Got 5 instead"),
        (None, "Got None instead"),
        (
            np.zeros((2, 3)),
            "must hold its texts in one column. Got ndarray with the shape (2, 3) and dtype",
        ),
        (np.array("a"), "must hold its texts in one column"),
    ],
)
def test_what_holds_no_rows(rows, message):
    for error in (TypeError, ValueError):
        with pytest.raises(error) as caught:
            check_strings(rows, "test", "texts")
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "Word 1 of test must be a str. Got None (NoneType) instead. Fill or drop missing words"),
        (float("nan"), "Got nan (float) instead. Fill or drop"),
        (b"x", "Got b'x' (bytes) instead. Decode it: word.decode('utf-8')."),
        (["x"], "Join its tokens"),
        (3, "Turn it into a str first: str(word)."),
    ],
)
def test_what_is_no_str_is_named(value, message):
    with pytest.raises(TypeError) as caught:
        check_strings(["a", value], "test", "words", "word")
    assert message in str(caught.value)


def test_iterators_cannot_be_read_again():
    texts = ["a", "b"]
    assert list(strings_to_reread(texts, "test")) == texts
    with pytest.raises(
        TypeError, match="parameter of test must be a list of texts, which is read twice. Got <gen"
    ):
        strings_to_reread((text for text in texts), "test")


def test_missing():
    pandas = pytest.importorskip("pandas")
    assert all(map(is_missing, [None, float("nan"), np.float32("nan"), pandas.NA, pandas.NaT]))
    assert not any(map(is_missing, ["", 0, "nan", [], np.float64(1), 1j]))
