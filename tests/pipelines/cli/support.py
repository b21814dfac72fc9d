"""Data that ships, options of a quick training, and the form of an error."""

from pathlib import Path

DATA = Path(__file__).parents[3] / "data"
ENGLISH, CHINESE = str(DATA / "sample-en.txt"), str(DATA / "sample-zh.txt")
SMALL = ["--min-count", "2", "--vector-size", "8", "--epochs", "3", "--quiet"]


def tells_of_punctuation(err, n_lines=1):
    """Assert that stderr has so many lines, the last of which warns of the punctuation of the English sample."""
    lines = err.splitlines()
    assert len(lines) == n_lines and "Pass --tokenizer word and --lowercase" in lines[-1], err
    return True


def fails(result, *parts):
    """Assert exit code 2, an empty stdout and one line on stderr that has all parts."""
    code, out, err = result
    assert (code, out, err.count("\n")) == (2, "", 1), (code, out, err)
    assert err.startswith("wordvec: ")
    for part in parts:
        assert part in err
    return True
