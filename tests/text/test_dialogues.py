"""Checks of dialogues and histories: what is none, by kind, and where."""

import numpy as np
import pytest

from wordvec.text.dialogues import check_dialogues, check_histories


@pytest.mark.parametrize("row", [{"turns": ["a", "b"]}, {"a", "b"}, b"ab", 3, None])
def test_rows_that_are_no_lists_of_turns(row):
    for check, noun in ((check_dialogues, "Dialogue"), (check_histories, "History")):
        with pytest.raises(TypeError, match=f"^{noun} 1 of X.fit must be"):
            check([["a"], row], "X.fit")


@pytest.mark.parametrize("turn", [None, 3, b"a", float("nan"), {"content": "a"}, ["a"]])
def test_turns_that_are_no_texts_have_a_place(turn):
    for check, noun in ((check_dialogues, "dialogue"), (check_histories, "history")):
        with pytest.raises(TypeError, match=f"^Turn 1 of {noun} 0 of X.fit must be a str"):
            check([["a", turn]], "X.fit")


def test_lists_tuples_arrays_and_generators():
    rows = [("a", "b"), ["c"], np.array(["d"])]
    for check in (check_dialogues, check_histories):
        assert check((row for row in rows), "X.fit") == [["a", "b"], ["c"], ["d"]]
    assert check_histories(["a"], "X.fit") == [["a"]]


def test_plurals_in_messages():
    with pytest.raises(TypeError, match=r"not one str.*Pass a list of histories: \[history\]"):
        check_histories("abc", "X.predict")
    with pytest.raises(TypeError, match="drop missing histories"):
        check_histories([None], "X.predict")
