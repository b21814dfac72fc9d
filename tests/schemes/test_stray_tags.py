"""A few stray tags do not hide the scheme of the others: detection, finding, training, scores."""

import pytest

from wordvec.pipelines import CRFTagger, entity_scores
from wordvec.schemes import detect_scheme, find_stray_tags, without_stray_tags

WORDS = [["Anna", "Berg", "left", "Oslo"]] * 12 + [["Bob", "won"]]
GOOD = [["B-PER", "I-PER", "O", "B-LOC"]] * 12


@pytest.mark.parametrize(
    ("tags", "scheme", "repaired"),
    [
        ([*GOOD, ["B-PER", "0"]], "IOB2", ["B-PER", "O"]),
        ([*GOOD, ["B-PER", "PER"]], "IOB2", ["B-PER", "O"]),
        ([*GOOD, ["B-PER", "o"]], "IOB2", ["B-PER", "O"]),
        ([*GOOD, ["S-PER", "O"]], "IOB2", ["B-PER", "O"]),
        ([*GOOD, ["B-PER", "E-PER"]], "IOB2", ["B-PER", "I-PER"]),
        ([*[["B-X", "E-X", "O", "S-Y"]] * 12, ["S-X", "-"]], "BIOES", ["S-X", "O"]),
        ([*[["I-X", "B-X", "O", "I-Y"]] * 12, ["I-X", "B_X"]], "IOB1", ["I-X", "O"]),
    ],
)
def test_a_stray_tag_among_many(tags, scheme, repaired):
    assert detect_scheme(tags) == scheme
    assert [place[0] for place in find_stray_tags(tags, scheme)] == [12]
    assert without_stray_tags(tags, scheme) == [*tags[:12], repaired]


@pytest.mark.parametrize(
    "tags",
    [
        [["NN", "VB", "B-PER"]] * 9,  # parts of speech with a few tags of spans
        [["B-PER", "0", "0", "0"]] * 9,  # too many
        [["B", "E", "S", "X"]] * 9,
    ],
)
def test_many_are_not_stray(tags):
    assert detect_scheme(tags) is None


def test_training_goes_on_or_stops():
    tags = [*GOOD, ["B-PER", "0"]]
    with pytest.warns(UserWarning, match=r"1 tag not of the scheme IOB2.*tag 1 of sentence 12 of y: '0'"):
        tagger = CRFTagger(c2=0.1, verbose=False).fit(WORDS, tags)
    assert tagger.scheme_ == "IOB2" and "0" not in tagger.classes_
    assert entity_scores(GOOD, tagger.predict(WORDS[:12])).micro.f1 == 1
    with pytest.raises(ValueError, match=r"y\[12\]\[1\] must be a tag of IOB2.*'0'"):
        CRFTagger(scheme="IOB2", verbose=False).fit(WORDS, tags)
    assert "0" in CRFTagger(scheme=None, verbose=False).fit(WORDS, tags).classes_
