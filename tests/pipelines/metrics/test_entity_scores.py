"""Scores of entities: equal to seqeval."""

import json
import warnings

import naive_tagging as naive
import pytest
from hypothesis import given, strategies as st

from wordvec.pipelines.metrics.entities import EntityScores, entity_scores, token_accuracy

TRUE = [["O", "O", "B-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"], []]
PREDICTED = [["O", "B-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"], []]
AVERAGES = {"micro": "micro avg", "macro": "macro avg", "weighted": "weighted avg"}


@pytest.fixture(scope="module")
def seqeval():
    """Import it outside of the examples, whose time hypothesis watches."""
    pytest.importorskip("seqeval.metrics")
    import seqeval

    return seqeval


@st.composite
def tagged_twice(draw, letters):
    labels = ["O", *(f"{letter}-{kind}" for letter in letters for kind in ("X", "Y", "Z-Z"))]
    lengths = draw(st.lists(st.integers(1, 8), min_size=1, max_size=4))
    tags = [[draw(st.sampled_from(labels)) for _ in range(n)] for n in lengths]
    # Half of the tags are right, so that some spans are.
    wrong = [[tag if draw(st.booleans()) else draw(st.sampled_from(labels)) for tag in row] for row in tags]
    return tags, wrong


def assert_equal_to_seqeval(ours, theirs):
    numbers = {name: row for name, row in theirs.items() if name not in AVERAGES.values()}
    assert list(ours.types) == list(numbers)
    rows = [(ours.types[name], row) for name, row in numbers.items()]
    rows += [(getattr(ours, name), theirs[seqeval_name]) for name, seqeval_name in AVERAGES.items()]
    for score, row in rows:
        want = (row["precision"], row["recall"], row["f1-score"])
        assert (score.precision, score.recall, score.f1) == pytest.approx(want, abs=1e-12)
        assert score.support == row["support"]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "BIOES"])
@given(data=st.data())
def test_lenient_scores_equal_seqeval(seqeval, scheme, data):
    report = seqeval.metrics.classification_report
    true, predicted = data.draw(tagged_twice(naive.LETTERS[scheme]))
    if all(tag == "O" for row in true + predicted for tag in row):
        return  # seqeval fails there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = report(true, predicted, output_dict=True)
    assert_equal_to_seqeval(entity_scores(true, predicted, scheme), theirs)
    assert entity_scores(true, predicted) == entity_scores(true, predicted, scheme)


@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "IOE2", "BIOES", "BILOU"])
@given(data=st.data())
def test_strict_scores_equal_seqeval(seqeval, scheme, data):
    report = seqeval.metrics.classification_report
    theirs_scheme = getattr(seqeval.scheme, "IOBES" if scheme == "BIOES" else scheme)
    true, predicted = data.draw(tagged_twice(naive.LETTERS[scheme]))
    if not any(seqeval.scheme.Entities(true + predicted, theirs_scheme).unique_tags):
        return  # seqeval fails there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = report(true, predicted, output_dict=True, mode="strict", scheme=theirs_scheme)
        ours = entity_scores(true, predicted, scheme, strict=True)
    assert_equal_to_seqeval(ours, theirs)


@pytest.mark.smoke
def test_worked_example():
    scores = entity_scores(TRUE, PREDICTED)
    assert isinstance(scores, EntityScores)
    assert (scores.micro.precision, scores.micro.recall, scores.micro.f1, scores.micro.support) == (
        0.5,
        0.5,
        0.5,
        2,
    )
    assert scores.types["MISC"].f1 == 0.0
    assert scores.types["PER"].f1 == 1.0
    assert entity_scores(TRUE, PREDICTED, strict=True) == scores
    assert token_accuracy(TRUE, PREDICTED) == 0.75


def test_report_and_dictionary():
    scores = entity_scores(TRUE, PREDICTED)
    lines = scores.format().splitlines()
    assert str(scores) == scores.format() and "<pre>" in scores._repr_html_()
    assert lines[0].split() == ["precision", "recall", "f1", "support"]
    assert lines[1].split() == ["MISC", "0.0000", "0.0000", "0.0000", "1"]
    assert lines[3].split() == ["micro", "average", "0.5000", "0.5000", "0.5000", "2"]
    assert len({len(line) for line in lines}) == 1
    plain = json.loads(json.dumps(scores.to_dict()))
    assert plain["types"]["PER"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}
    assert plain["weighted"]["support"] == 2


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("tags", [[], [[]], [["O", "O"]]])
def test_nothing_to_divide_by_is_zero_without_a_warning(tags, strict):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = entity_scores(tags, tags, "IOB2", strict=strict)
        assert scores.types == {}
        for average in (scores.micro, scores.macro, scores.weighted):
            assert (average.precision, average.recall, average.f1, average.support) == (0.0, 0.0, 0.0, 0)
        assert entity_scores([["O"]], [["B-X"]]).types["X"].recall == 0.0
        assert token_accuracy([], []) == token_accuracy([[]], [[]]) == 0.0
        scores.format()


@pytest.mark.parametrize("score", [entity_scores, token_accuracy])
def test_lengths_that_differ_name_the_sentence(score):
    with pytest.raises(ValueError, match=r"y_true\[1\] has 2 tags and y_pred\[1\] has 1"):
        score([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(ValueError, match="y_true has 2 sentences and y_pred has 1"):
        score([["O"], ["O"]], [["O"]])
    with pytest.raises(TypeError, match=r"y_pred\[0\] is a str"):
        score([["O", "O"]], ["OO"])


def test_tags_that_are_not_spans():
    with pytest.raises(
        ValueError, match=r"y_true\[0\] cannot be read as spans: tags\[0\] .*'NN'.*token_accuracy"
    ):
        entity_scores([["NN"]], [["NN"]])
    with pytest.raises(ValueError, match="scheme of y_true is unknown"):
        entity_scores([["NN"]], [["NN"]], strict=True)
    with pytest.raises(ValueError, match=r"y_pred\[0\] .*'M-X'"):
        entity_scores([["B-X"]], [["M-X"]], "IOB2")
    with pytest.raises(ValueError, match="scheme parameter of entity_scores"):
        entity_scores([["O"]], [["O"]], "BIO")
    assert token_accuracy([["NN", "VB"]], [["NN", "NN"]]) == 0.5


@pytest.mark.parametrize(
    ("true", "predicted", "scheme", "left_out_true", "left_out_predicted"),
    [
        # Without S a span of one token is no BIOS.
        ([["B-X", "I-X", "O", "S-X"]], [["B-X", "O", "B-Y", "I-Y"]], "BIOS", [], [(0, "X", 0, 1)]),
        ([["B-X", "I-X", "O", "B-X"]], [["B-X", "I-X", "O", "S-X"]], "BIOES",
         [(0, "X", 0, 2), (0, "X", 3, 4)], [(0, "X", 0, 2)]),
        ([["O"], ["I-X", "E-X", "O", "I-X"]], [["O"], ["E-X", "E-X", "O", "O"]], "IOE2", [(1, "X", 3, 4)], []),
        ([["O", "I-X"]], [["O", "B-X"]], "IOB2", [(0, "X", 1, 2)], []),
        ([["B-X", "B-X", "I-X", "E-X"]], [["B-X", "E-X", "I-X", "E-X"]], "BIEO", [], [(0, "X", 2, 4)]),
    ],
)  # fmt: skip
def test_strict_scores_say_what_they_leave_out(true, predicted, scheme, left_out_true, left_out_predicted):
    with pytest.warns(UserWarning, match=f"not legal in {scheme}") as told:
        scores = entity_scores(true, predicted, scheme, strict=True)
    assert (scores.left_out_true, scores.left_out_predicted) == (left_out_true, left_out_predicted)
    for name, found in (("y_true", left_out_true), ("y_pred", left_out_predicted)):
        if found:
            sentence, kind, start, end = found[0]
            words = f"{len(found)} span{'s' * (len(found) > 1)} of {name} (first {kind} at {name}[{sentence}]"
            for text in (str(told[0].message), scores.format()):
                assert f"{words}[{start}:{end}])" in text
    lenient = entity_scores(true, predicted, scheme)
    assert not lenient.left_out_true and "not counted" not in lenient.format()
    assert scores.micro.support == lenient.micro.support - len(left_out_true)
