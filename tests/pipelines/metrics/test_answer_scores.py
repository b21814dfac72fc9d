"""CMRC's scores of answers against values worked out by hand."""

import pytest

from wordvec.pipelines.metrics.answers import cmrc_scores


@pytest.mark.parametrize(
    ("prediction", "answers", "exact", "f1"),
    [
        ("光荣和ω-force", ["光荣和ω-force"], 100, 100),
        ("《光荣》，和ω-FORCE。", ["光荣和ω-force"], 100, 100),
        # Four of the five characters of each are one run: 2 * 4 / (5 + 5).
        ("甲乙丙丁戊", ["己乙丙丁戊"], 0, 80),
        # The run 丙丁 counts, not the common characters apart from it: 2 * 2 / (4 + 4).
        ("甲丙丁乙", ["乙丙丁甲"], 0, 50),
        # The best of several references: 2 * 2 / (2 + 3).
        ("北京", ["上海", "北京市"], 0, 80),
        # Digits and Latin words are tokens: 1992, 年 of 1992, 年, 6, 月.
        ("1992年", ["1992年6月"], 0, 200 * 2 / 6),
        ("New York", ["new york city"], 0, 80),
        ("甲", ["乙"], 0, 0),
        ("", ["乙"], 0, 0),
        ("，。", ["乙"], 0, 0),
    ],
)
def test_by_hand(prediction, answers, exact, f1):
    scores = cmrc_scores([prediction], [answers])
    assert (scores.exact_match, scores.n_questions) == (exact, 1)
    assert scores.f1 == pytest.approx(f1)


def test_means_over_questions():
    scores = cmrc_scores(["甲乙", "丙"], ["甲乙", ["丁", "丙"]])
    assert str(scores) == "exact match 100.00, F1 100.00, 2 questions"
    assert cmrc_scores(["甲乙", "丙"], ["甲乙", "丁"]).f1 == 50


@pytest.mark.parametrize(
    ("predictions", "references", "told"),
    [
        ([], [], "at least one prediction"),
        (["甲"], [], "1 predictions and references for 0"),
        (["甲"], [[]], "no refer"),
    ],
)
def test_bad_input(predictions, references, told):
    with pytest.raises(ValueError, match=told):
        cmrc_scores(predictions, references)
