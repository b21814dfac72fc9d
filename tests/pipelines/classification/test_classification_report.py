"""Figures and curves of classification reports, by hand and against scikit-learn, and at their edges."""

import json
import math

import numpy as np
import pytest
from sklearn import metrics

from wordvec._utils.tables import text_width as columns
from wordvec.pipelines.classification.report.curves import (
    MAX_CURVES,
    N_WORST,
    precision_recall_curves,
    roc_curves,
)
from wordvec.pipelines.classification.report.report import make_report

from .reports import Page, guesses, label_guesses, report_of

# Figures.


def test_a_report_worked_by_hand():
    proba = [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]]
    report = report_of(np.array([0, 0, 1, 1]), np.array(proba), ["no", "yes"])
    no, yes = report.scores
    assert (no.precision, no.recall, no.support, no.n_predicted) == (1.0, 0.5, 2, 1)
    assert (yes.precision, yes.recall, yes.support, yes.n_predicted) == (pytest.approx(2 / 3), 1.0, 2, 3)
    assert (no.f1, yes.f1) == (pytest.approx(2 / 3), pytest.approx(0.8))
    assert report.accuracy == 0.75
    assert report.confusion.tolist() == [[1, 1], [0, 2]]
    assert report.means["macro"].f1 == pytest.approx((2 / 3 + 0.8) / 2)
    assert report.log_loss == pytest.approx(
        -(math.log(0.9) + math.log(0.4) + math.log(0.8) + math.log(0.7)) / 4
    )
    assert report.brier == pytest.approx((0.1**2 + 0.6**2 + 0.2**2 + 0.3**2) / 4)
    # Each decision is alone in its bin but for none: |0.9 - 1|, |0.6 - 0|, |0.8 - 1|, |0.7 - 1|.
    assert report.calibration_error == pytest.approx((0.1 + 0.6 + 0.2 + 0.3) / 4)
    assert no.roc_auc == yes.roc_auc == 1.0
    (mistake,) = report.mistakes
    assert (mistake.row, mistake.true, mistake.predicted, mistake.probability) == (1, "no", "yes", 0.6)
    assert mistake.text == "text number 1"


@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_figures_are_those_of_scikit_learn(n_classes):
    target, proba = guesses(300, n_classes, sharpness=1.0)
    report = report_of(target, proba)
    predicted = proba.argmax(axis=1)
    expected = metrics.classification_report(target, predicted, output_dict=True, zero_division=0)
    assert report.accuracy == expected["accuracy"]
    for k, score in enumerate(report.scores):
        found = (score.precision, score.recall, score.f1, score.support)
        assert found == pytest.approx(tuple(expected[str(k)].values()))
        assert score.roc_auc == pytest.approx(metrics.roc_auc_score(target == k, proba[:, k]))
        assert score.average_precision == pytest.approx(
            metrics.average_precision_score(target == k, proba[:, k])
        )
    for name in ("macro", "weighted"):
        mean = report.means[name]
        values = list(expected[f"{name} avg"].values())[:3]
        assert (mean.precision, mean.recall, mean.f1) == pytest.approx(tuple(values))
    micro = report.means["micro"]
    assert micro.precision == micro.recall == micro.f1 == pytest.approx(report.accuracy)
    assert (report.confusion == metrics.confusion_matrix(target, predicted)).all()
    assert report.log_loss == pytest.approx(metrics.log_loss(target, proba))
    one_hot = np.eye(n_classes)[target]
    brier = (
        metrics.brier_score_loss(target, proba[:, 1])
        if n_classes == 2
        else ((proba - one_hot) ** 2).sum(1).mean()
    )
    assert report.brier == pytest.approx(brier)


@pytest.mark.smoke
def test_figures_of_several_labels_are_those_of_scikit_learn():
    target, proba = label_guesses(200, 4)
    report = report_of(target, proba)
    predicted = proba >= 0.5
    expected = metrics.classification_report(target, predicted, output_dict=True, zero_division=0)
    assert report.is_multilabel
    assert report.confusion is None
    assert report.confusions(5) == []
    assert report.accuracy == pytest.approx(metrics.accuracy_score(target, predicted))
    for name in ("micro", "macro", "weighted"):
        mean = report.means[name]
        assert (mean.precision, mean.recall, mean.f1) == pytest.approx(
            tuple(list(expected[f"{name} avg"].values())[:3])
        )
    for k, score in enumerate(report.scores):
        assert (score.precision, score.recall, score.f1, score.support) == pytest.approx(
            tuple(expected[str(k)].values())
        )
    assert report.log_loss == pytest.approx(-np.log(np.where(target, proba, 1 - proba)).mean())
    assert report.brier == pytest.approx(((proba - target) ** 2).mean())
    for mistake in report.mistakes:
        row = mistake.row
        assert mistake.true == tuple("abcd"[k] for k in np.flatnonzero(target[row]))
        assert mistake.predicted == tuple("abcd"[k] for k in np.flatnonzero(predicted[row]))
        wrong = target[row] != predicted[row]
        assert mistake.probability == np.where(predicted[row], proba[row], 1 - proba[row])[wrong].max()


def test_the_calibration_error_is_that_of_the_definition():
    target, proba = guesses(500, 3)
    report = report_of(target, proba)
    given, right = proba.max(axis=1), proba.argmax(axis=1) == target
    error = 0.0
    for number in range(15):
        inside = (given > number / 15) & (given <= (number + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - given[inside].mean())
    assert report.calibration_error == pytest.approx(error)
    assert sum(each.n for each in report.bins) == 500


def test_the_interval_is_that_of_texts_drawn_again():
    target, proba = guesses(80, 3, sharpness=1.0)
    report = report_of(target, proba, n_bootstrap=20_000)
    right = proba.argmax(axis=1) == target
    rng = np.random.default_rng(11)
    drawn = right[rng.integers(80, size=(20_000, 80))].mean(axis=1)
    # Accuracies are multiples of 1/80.
    assert np.abs(np.quantile(drawn, [0.025, 0.975]) - report.accuracy_interval).max() <= 1 / 80 + 1e-9
    assert report.accuracy_interval[0] < report.accuracy < report.accuracy_interval[1]


def test_one_seed_gives_one_report():
    target, proba = guesses(60, 3)
    assert report_of(target, proba).to_dict() == report_of(target, proba).to_dict()
    other = report_of(target, proba, random_state=4)
    assert other.accuracy_interval != report_of(target, proba).accuracy_interval


def test_mistakes_are_the_most_certain_ones():
    target, proba = guesses(300, 3, sharpness=0.5)
    report = report_of(target, proba)
    wrong = np.flatnonzero(proba.argmax(axis=1) != target)
    expected = sorted(wrong.tolist(), key=lambda row: -proba[row].max())[:20]
    assert [mistake.row for mistake in report.mistakes] == expected
    assert all(mistake.true != mistake.predicted for mistake in report.mistakes)


def test_confusions_are_sorted_by_number():
    target, proba = guesses(200, 4, sharpness=0.5)
    report = report_of(target, proba)
    found = report.confusions(3)
    pairs = list(zip(target.tolist(), proba.argmax(axis=1).tolist()))
    for true, predicted, n, share in found:
        assert n == pairs.count(("abcd".index(true), "abcd".index(predicted)))
        assert share == n / (target == "abcd".index(true)).sum()
    assert [n for _, _, n, _ in found] == sorted((n for _, _, n, _ in report.confusions(99)), reverse=True)[
        :3
    ]


# Curves.


def test_curves_are_those_of_scikit_learn():
    target, proba = guesses(60, 3, sharpness=1.0)
    truth = target[:, None] == np.arange(3)
    for k, (roc, precision_recall) in enumerate(
        zip(roc_curves(truth, proba, "abc")[1], precision_recall_curves(truth, proba, "abc")[1])
    ):
        assert roc.label == precision_recall.label == "abc"[k]
        assert (
            metrics.auc(roc.x, roc.y)
            == pytest.approx(roc.area)
            == metrics.roc_auc_score(truth[:, k], proba[:, k])
        )
        assert (np.diff(roc.x) >= 0).all()
        assert (np.diff(precision_recall.x) >= 0).all()
        # The step function below the points.
        steps = (np.diff(precision_recall.x) * precision_recall.y[1:]).sum()
        assert steps == pytest.approx(precision_recall.area, abs=0.02)


def test_many_points_are_thinned_without_moving_the_curve():
    target, proba = guesses(20_000, 2, sharpness=1.0)
    truth = target[:, None] == np.arange(2)
    for curves in (roc_curves, precision_recall_curves):
        curve = curves(truth, proba, "ab")[1][1]
        assert len(curve.x) <= 200
        assert metrics.auc(curve.x, curve.y) == pytest.approx(curve.area, abs=2e-3)
        assert (curve.x[0], curve.x[-1]) == (0.0, 1.0)


def test_many_classes_have_the_mean_and_the_worst_curves():
    n = MAX_CURVES + 2
    target, proba = guesses(2000, n, sharpness=1.0)
    truth = target[:, None] == np.arange(n)
    areas = [metrics.roc_auc_score(truth[:, k], proba[:, k]) for k in range(n)]
    _, (mean, *worst) = roc_curves(truth, proba, range(n))
    assert mean.label is None
    assert mean.area == pytest.approx(np.mean(areas))
    assert metrics.auc(mean.x, mean.y) == pytest.approx(mean.area, abs=5e-3)
    assert [curve.label for curve in worst] == np.argsort(areas)[:N_WORST].tolist()
    mean = precision_recall_curves(truth, proba, range(n))[1][0]
    assert metrics.auc(mean.x, mean.y) == pytest.approx(mean.area, abs=1e-2)


# Edges.


def test_a_class_that_does_not_occur():
    proba = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.2, 0.7, 0.1]])
    report = report_of(np.array([0, 1, 0]), proba)
    absent = report.scores[2]
    assert (absent.support, absent.n_predicted, absent.f1) == (0, 0, 0.0)
    assert absent.roc_auc is None
    assert absent.average_precision is None
    # As in scikit-learn, means are over the classes that occur or were predicted.
    assert report.means["macro"].f1 == pytest.approx(metrics.f1_score([0, 1, 0], [0, 1, 1], average="macro"))
    assert len(report.roc) == 2
    assert_whole(report)


def test_one_text():
    report = report_of(np.array([1]), np.array([[0.3, 0.7]]))
    assert report.accuracy == 1.0
    assert report.accuracy_interval == (1.0, 1.0)
    assert report.roc == []
    assert report.log_loss == pytest.approx(-math.log(0.7))
    assert_whole(report)


def test_one_class_in_the_labels_and_all_wrong():
    report = report_of(np.zeros(4, int), np.tile([0.1, 0.9], (4, 1)))
    assert report.accuracy == 0.0
    assert [score.f1 for score in report.scores] == [0.0, 0.0]
    assert report.confusion.tolist() == [[0, 4], [0, 0]]
    assert len(report.mistakes) == 4
    assert_whole(report)


def test_certain_and_wrong_costs_a_finite_loss():
    report = report_of(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]))
    assert math.isfinite(report.log_loss)
    assert_whole(report)


def test_no_label_at_all():
    report = report_of(np.zeros((3, 2), bool), np.full((3, 2), 0.1))
    assert report.accuracy == 1.0
    assert report.means["micro"].f1 == 0.0
    assert report.mistakes == []
    assert "None." in report.to_html()
    assert_whole(report)


def test_one_label():
    report = report_of(np.array([[True], [False], [True]]), np.array([[0.9], [0.6], [0.2]]), ["only"])
    assert report.accuracy == pytest.approx(1 / 3)
    assert report.scores[0].precision == 0.5
    assert_whole(report)


def assert_whole(report):
    """All three forms can be made, the JSON without NaN."""
    read = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert read["n_texts"] == report.n_texts
    assert max(map(columns, report.format().splitlines())) <= 100
    Page(report.to_html())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (dict(texts=[]), ValueError, "needs texts"),
        (dict(texts=["a"]), ValueError, "a row for each of the 1 texts"),
        (dict(proba=np.full((2, 3), 1 / 3)), ValueError, r"2 classes.*\(2, 3\)"),
        (dict(proba=np.array([[np.nan, 1], [0, 1]])), ValueError, "from 0 to 1"),
        (dict(proba=np.array([[-1.0, 2], [0, 1]])), ValueError, "from 0 to 1"),
        (dict(proba=np.array([[0.2, 0.2], [0, 1]])), ValueError, "add to 1"),
        (dict(target=np.array([0, 2])), ValueError, "target parameter.*from 0 to 1"),
        (dict(target=np.array([0, -1])), ValueError, "target parameter"),
        (dict(target=np.array([0.0, 1.0])), ValueError, "target parameter.*float64"),
        (dict(kind="x"), ValueError, "kind parameter of make_report"),
        (dict(n_bootstrap=0), ValueError, "n_bootstrap"),
        (dict(random_state="x"), TypeError, "random_state"),
    ],
)
def test_bad_arguments(change, error, message):
    given = dict(
        texts=["a", "b"], target=np.array([0, 1]), proba=np.array([[0.9, 0.1], [0, 1]]), classes=["x", "y"]
    )
    with pytest.raises(error, match=message):
        make_report(**{**given, **change})
