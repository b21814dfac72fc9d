import html.parser
import json
import math

import numpy as np
import pytest
from sklearn import metrics

from pipelines.classification_curves import MAX_CURVES, N_WORST, precision_recall_curves, roc_curves
from pipelines.classification_report import make_report
from pipelines.classification_report_text import columns, cut

VOID = {"meta"}


def guesses(n_texts, n_classes, seed=0, sharpness=2.0):
    """Classes, and probabilities that lean towards them."""
    rng = np.random.default_rng(seed)
    target = rng.integers(n_classes, size=n_texts)
    scores = rng.normal(size=(n_texts, n_classes))
    scores[np.arange(n_texts), target] += sharpness
    exps = np.exp(scores)
    return target, exps / exps.sum(axis=1, keepdims=True)


def label_guesses(n_texts, n_classes, seed=0):
    rng = np.random.default_rng(seed)
    target = rng.random((n_texts, n_classes)) < 0.4
    return target, 1 / (1 + np.exp(-rng.normal(size=target.shape) - 3.0 * (target - 0.5)))


def texts_of(n_texts):
    return [f"text number {row}" for row in range(n_texts)]


def report_of(target, proba, classes=None, **options):
    return make_report(
        texts_of(len(target)), target, proba, classes or list("abcdefghijkl")[: proba.shape[1]], **options
    )


class Page(html.parser.HTMLParser):
    """Checks that tags are closed in order, and gathers them and the words between them."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def count(self, name):
        return sum(tag == name for tag, _ in self.tags)


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


# Dictionary and text.


def test_the_dictionary_has_plain_values():
    target, proba = guesses(50, 2)
    report = make_report(texts_of(50), target, proba, np.array([0, 1]), kind="topic")
    read = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert read["title"] == "Topic classification"
    assert read["classes"] == [0, 1]
    assert read["confusion"] == report.confusion.tolist()
    assert read["accuracy_interval"] == list(report.accuracy_interval)
    assert read["scores"][1]["label"] == 1
    assert read["means"]["macro"]["f1"] == report.means["macro"].f1
    assert read["mistakes"][0]["row"] == report.mistakes[0].row
    assert not {"roc", "precision_recall"} & set(read)
    several = report_of(*label_guesses(50, 3)).to_dict()
    assert json.loads(json.dumps(several, allow_nan=False)) == several


@pytest.mark.parametrize("n_classes", [2, 12, 13, 30])
@pytest.mark.parametrize(
    "name",
    ["c{}", "a long name of a class, of many words, with a number {}", "体育新闻与娱乐新闻与经济新闻{}"],
)
def test_the_text_stays_within_100_columns(n_classes, name):
    target, proba = guesses(900, n_classes, sharpness=1.0)
    report = make_report(
        ["长文本 " * 100] * 900, target, proba, [name.format(k) for k in range(n_classes)], title="A title"
    )
    text = report.format()
    assert max(map(columns, text.splitlines())) <= 100
    assert text.startswith("A title\n")
    assert ("Confusion matrix" in text) == (n_classes <= 12)
    assert ("Most frequent confusions" in text) == (n_classes > 12)


def test_numbers_that_are_too_long_for_a_matrix_become_a_list():
    target = np.zeros(10_001, int)
    target[0] = 1
    proba = np.full((len(target), 12), 0.01)
    proba[:, 0] = 0.89
    assert "Most frequent confusions" in report_of(target, proba, n_bootstrap=10).format()


def test_the_matrix_has_the_numbers():
    proba = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]])
    lines = report_of(np.array([0, 0, 1, 1]), proba, ["no", "yes"]).format().splitlines()
    first = lines.index("Confusion matrix")
    assert [line.split() for line in lines[first + 2 : first + 4]] == [["no", "1", "1"], ["yes", "0", "2"]]
    assert "accuracy           0.7500  (95 % interval" in "\n".join(lines)


def test_no_confusion():
    target, proba = np.arange(13), np.eye(13)
    assert "No class was taken for another." in report_of(target, proba, list("abcdefghijklm")).format()


def test_cutting():
    assert cut("short", 5) == "short"
    assert cut("longer", 5) == "long…"
    assert cut("电影好看", 8) == "电影好看"
    assert cut("电影好看吗", 8) == "电影好…"
    assert columns("é") == columns("e\u0301") == 1


def test_texts_cannot_steer_the_terminal_or_the_page():
    target, proba = np.array([0, 0]), np.array([[0.2, 0.8], [0.3, 0.7]])
    bad = "<script>alert(1)</script> &amp; \x1b[31mred\x00 \ud800\u202e"
    report = make_report([bad, ["a", "list\nof", "tokens"]], target, proba, ["<b>'\"", "x\ny"], title="<i>")
    for text in (report.format(), report.to_html()):
        assert not set("\x1b\x00\ud800\u202e") & set(text)
        text.encode()
    page = Page(report.to_html())
    assert page.count("script") == 0
    # One in each tile.
    assert page.count("b") == 6
    assert page.count("i") == 0
    assert "<script>alert(1)</script> &amp; \ufffd[31mred\ufffd \ufffd\ufffd" in page.words
    assert "<b>'\"" in page.words
    assert "a list of tokens" in report.format()
    assert "x y" in report.format()


def test_long_texts_are_cut():
    report = make_report(["word " * 1000], np.array([0]), np.array([[0.2, 0.8]]), ["a", "b"])
    assert len(report.mistakes[0].text) == 300
    assert report.mistakes[0].text.endswith("…")


# Curves and page.


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


def test_the_page_is_whole_and_needs_nothing_else():
    target, proba = guesses(200, 3, sharpness=1.0)
    report = make_report(texts_of(200), target, proba, ["one", "two", "three"], kind="sentiment")
    text = report.to_html()
    page = Page(text)
    assert page.count("h1") == 1
    assert "Sentiment classification" in page.words
    assert page.count("script") == page.count("link") == page.count("img") == 0
    assert not [a for _, a in page.tags if {"src", "href", "onload", "onclick"} & set(a)]
    assert "http" not in text
    assert "url(" not in text
    cells = [a for tag, a in page.tags if tag == "td" and "--depth" in a.get("style", "")]
    assert len(cells) == 9
    rows = report.confusion.sum(axis=1)
    expected = [math.sqrt(n / rows[k // 3]) for k, n in enumerate(report.confusion.ravel())]
    found = [float(a["style"].removeprefix("--depth:")) for a in cells]
    assert found == pytest.approx(expected, abs=1e-3)
    # Reliability, three ROC curves, three of precision and recall.
    assert page.count("polyline") == 7
    assert page.count("circle") == len(report.bins)
    assert sum("text number" in word for word in page.words) == len(report.mistakes)


def test_all_points_lie_inside_their_chart():
    page = Page(report_of(*guesses(300, 5, sharpness=1.0)).to_html())
    for tag, attributes in page.tags:
        if tag == "polyline":
            points = [tuple(map(float, point.split(","))) for point in attributes["points"].split()]
            assert all(46 <= x <= 346 and 10 <= y <= 310 for x, y in points)


def test_a_page_of_many_classes_has_a_list_of_confusions():
    target, proba = guesses(900, 41, sharpness=1.0)
    text = make_report(texts_of(900), target, proba, [f"c{k}" for k in range(41)]).to_html()
    assert "Most frequent confusions" in text
    assert "Confusion matrix" not in text
    assert "mean of all classes" in text


def test_a_page_of_several_labels_has_no_matrix():
    text = report_of(*label_guesses(60, 3)).to_html()
    Page(text)
    assert "Confusion matrix" not in text
    assert "all labels right" in text
