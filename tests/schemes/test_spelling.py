"""Tests of tags of spans in other spellings."""

import pytest

from wordvec.pipelines.tagging import CRFTagger
from wordvec.schemes.detection import detect_scheme
from wordvec.schemes.spelling import usual_spellings


@pytest.mark.parametrize(
    ("tags", "spelled"),
    [
        (["b-PER", "e-PER", "s-LOC", "o"], ["B-PER", "E-PER", "S-LOC", "O"]),
        (["B:PER", "L:PER", "U:LOC", "O"], ["B-PER", "L-PER", "U-LOC", "O"]),
        (["B-PER", "I-PER", "B-LOC", "NONE"], ["B-PER", "I-PER", "B-LOC", "O"]),
        (["人名.B", "人名.I", "地名.B", "O"], ["B-人名", "I-人名", "B-地名", "O"]),
    ],
)
def test_tags_in_their_usual_spelling_have_a_scheme(tags, spelled):
    names = usual_spellings([tags])
    assert detect_scheme([tags] * 4) is None
    assert [names.get(tag, tag) for tag in tags] == spelled
    assert detect_scheme([spelled] * 4) is not None


@pytest.mark.parametrize(
    "tags",
    [
        ["NNP", "VBZ", "_"], ["B-PER", "NNP", "O"], ["PER", "O"], ["S-1", "0"], [], ["B-PER", "0", "x"],
        ["B-PER", "I-PER", "O"],
    ],
)  # fmt: skip
def test_other_tags_are_left_alone(tags):
    assert usual_spellings([tags]) == {}


def test_a_tagger_tells_of_tags_that_are_no_spans_as_they_are_written():
    X, y = [["Anna", "Berg", "left"]] * 4, [["B_PER", "I_PER", "O"]] * 4
    with pytest.warns(UserWarning, match="Replace them to have spans: {'B_PER': 'B-PER', 'I_PER': 'I-PER'}"):
        assert CRFTagger(max_iter=2).fit(X, y).scheme_ is None
