"""A few changes of the files of each quick reader; tests/benchmarks/fuzz_readers.py makes many, of all readers."""

import sys

import pytest
from fuzz_cases import Cases
from fuzz_samples import READERS

from wordvec.pipelines.tagging.files.word_tags import read_word_tags

# Enough for each kind of change to be drawn, in two seconds.
N_CASES = 40


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.is_fast])
def test_changed_files_are_read_or_refused(name, tmp_path):
    cases = Cases(name, READERS[name], tmp_path)
    outcomes = {number: cases.run(number) for number in range(N_CASES)}
    assert {n: text for n, text in outcomes.items() if text not in ("read", "refused")} == {}
    assert "refused" in outcomes.values()


def test_many_brackets_at_a_word_take_no_time(tmp_path):

    path = tmp_path / "w.txt"
    path.write_text("the/D cat/N\n" * 3 + "the/" + "[" * 200_000 + "]" * 200_000 + "D cat/N\n")
    with pytest.raises(ValueError, match=r"w.txt', line 4: .* is not word/tag"):
        read_word_tags(path, "utf-8", "strict")
