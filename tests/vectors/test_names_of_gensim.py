"""The guide tells of every public name of gensim's KeyedVectors what it is here, and tells the truth."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest

from wordvec.embeddings.foreign_names import TRAINER_ATTRIBUTES
from wordvec.vectors.foreign_names import VECTORS_ATTRIBUTES
from wordvec.vectors.keyed_vectors import KeyedVectors

Theirs = pytest.importorskip("gensim.models.keyedvectors", reason="its names are looked up").KeyedVectors

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "coming-from-gensim.md"
SECTION = "## Every name of `KeyedVectors`"
CODE = re.compile(r"`(\w+)")


def rows():
    """Return a pair of names and what the page says of them for each row of its table."""
    section = PAGE.read_text(encoding="utf-8").partition(SECTION)[2].partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ", 1) for line in section.splitlines() if line.startswith("| `")]
    return [(CODE.findall(left), right) for left, right in cells]


SAID = {name: right for names, right in rows() for name in names}
SAME = [name for name, right in SAID.items() if right.startswith("the same")]
OURS = KeyedVectors(np.ones((1, 2)), ["a"])


def test_the_page_names_all_that_gensim_has():
    public = {name for name in [*dir(Theirs), *vars(Theirs(2))] if not name.startswith("_")}
    missing = sorted(public - set(SAID))
    assert not missing, (
        f"{PAGE.name} says nothing of {missing} of gensim's KeyedVectors: add rows to {SECTION!r}"
    )


def test_no_name_stands_twice():
    assert sum(len(names) for names, _ in rows()) == len(SAID)


@pytest.mark.parametrize("name", SAID)
def test_what_the_page_says_is_so(name):
    right = SAID[name]
    if name in SAME:
        assert hasattr(OURS, name)
        return
    assert not hasattr(OURS, name), f"the page does not say that {name} is here"
    if not right.startswith(("not here: ", "not needed: ")):
        assert hasattr(OURS, CODE.search(right)[1]), right
    # Whoever uses the name is told ours.
    with pytest.raises(AttributeError, match=": "):
        getattr(OURS, name)
    assert name in VECTORS_ATTRIBUTES


@pytest.mark.parametrize("name", [name for name in SAME if callable(getattr(Theirs, name, None))])
def test_options_of_gensims_are_here_or_named(name):
    theirs = inspect.signature(getattr(Theirs, name)).parameters.values()
    options = {p.name for p in theirs if p.default is not inspect.Parameter.empty}
    method = getattr(OURS, name)
    if "options" in inspect.signature(method).parameters:  # those of the function of the same name
        method = method.__func__.__globals__[name]
    missing = options - set(inspect.signature(method).parameters) - set(CODE.findall(SAID[name]))
    assert not missing, f"the row of {name} says nothing of {sorted(missing)}"


def test_no_name_of_ours_is_called_foreign():
    assert not [name for name in VECTORS_ATTRIBUTES if hasattr(OURS, name)]
    assert all(
        name in TRAINER_ATTRIBUTES for name in SAME if name not in ("load", "save", "vector_size", "norms")
    )
