"""StringTable: the same numbers as a dict gives."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from wordvec.pipelines.tagging.features.string_table import JoinedStrings, StringTable

# Separators and halves of surrogate pairs among the characters; lengths around whole words of 8 bytes.
STRINGS = st.text(st.sampled_from("ab\0\n\x80é中😀\ud800"), max_size=20)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(STRINGS, max_size=12), max_size=4), st.lists(STRINGS, max_size=12))
def test_numbers_are_those_of_a_dict(lists, asked):
    table, numbers = StringTable(), {}
    for strings in lists:
        want = [numbers.setdefault(string, len(numbers)) for string in strings]
        assert table.add(JoinedStrings.of(strings)).tolist() == want
    assert table.find(JoinedStrings.of(asked)).tolist() == [numbers.get(string, -1) for string in asked]
    assert table.find(JoinedStrings.of_lists(lists)).tolist() == [numbers[s] for part in lists for s in part]
    assert len(table) == len(numbers)
    assert table.strings() == list(numbers)


def test_table_grows():
    strings = [f"{k % 7}={'x' * (k % 11)}{k}" for k in range(20_000)]
    table = StringTable()
    for first in range(0, len(strings), 700):
        table.add(JoinedStrings.of(strings[first : first + 700]))
    assert (table.find(JoinedStrings.of(strings)) == np.arange(len(strings))).all()
    assert (table.find(JoinedStrings.of([s + "y" for s in strings])) == -1).all()


@pytest.mark.parametrize("strings", [["a", 1], ["a", b"b"], ["a", None], [1]])
def test_what_is_no_str_raises(strings):
    with pytest.raises(TypeError):
        JoinedStrings.of(strings)
