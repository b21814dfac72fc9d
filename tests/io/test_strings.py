"""Packed strings come back, and offsets that cut a character are found."""

import numpy as np
import pytest

from wordvec._io.errors import DamagedFileError
from wordvec._io.strings import pack_strings, unpack_strings


@pytest.mark.parametrize("strings", [[], [""], ["a", "", "bc"], ["wörd", "北京", "😀", "", "z"]])
def test_strings_come_back(strings):
    data, offsets = pack_strings(strings)
    assert unpack_strings(data, offsets) == strings
    assert unpack_strings(data, offsets[:2]) == strings[:1]


def test_lone_surrogates_are_kept_where_they_may_be():
    strings = ["\ud83d", "\ude00", "a\udc80"]
    assert unpack_strings(*pack_strings(strings, "surrogatepass"), "surrogatepass") == strings


@pytest.mark.parametrize("offsets", [[0, 2, 4], [0, 6], [1, 5], [0, 3, 2, 5]])
def test_offsets_that_cut_no_words_are_damage(offsets):
    data = np.frombuffer("a北z".encode(), np.uint8)  # 1, 3 and 1 bytes
    with pytest.raises(DamagedFileError, match="not valid UTF-8|do not cut"):
        unpack_strings(data, np.array(offsets))
