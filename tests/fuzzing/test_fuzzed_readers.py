"""A few changes of the files of each quick reader; tests/benchmarks/fuzz_readers.py makes many, of all readers."""

import sys

import pytest
from fuzz_cases import Cases
from fuzz_samples import READERS

# Enough for each kind of change to be drawn, in two seconds.
N_CASES = 40


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.is_fast])
def test_changed_files_are_read_or_refused(name, tmp_path):
    cases = Cases(name, READERS[name], tmp_path)
    outcomes = {number: cases.run(number) for number in range(N_CASES)}
    assert {n: text for n, text in outcomes.items() if text not in ("read", "refused")} == {}
    assert "refused" in outcomes.values()
