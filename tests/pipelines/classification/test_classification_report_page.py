"""The numbers and the structure of the HTML report, against expectations that are computed here."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from wordvec.pipelines.classification.report.report import make_report

from .reports import guesses, label_guesses, report_of, texts_of

# The chart's unit square in units of the SVG.
LEFT, TOP, SIDE = 46, 10, 300


class Tables(HTMLParser):
    """Rows of cells of each table, each cell its text and its attributes."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.cell = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = ["", dict(attrs)]
            self.tables[-1][-1].append(self.cell)

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell[0] += data


def words_of(rows):
    return [[text for text, _ in row] for row in rows]


def figure(page, title):
    return re.search(rf"<figure><figcaption>{title}</figcaption>.*?</figure>", page)[0]


@pytest.fixture(scope="module")
def case():
    target, proba = guesses(240, 3, sharpness=0.7)
    proba *= [1.6, 1.0, 0.8]  # so that means of classes differ from those of texts
    proba /= proba.sum(axis=1, keepdims=True)
    return target, proba, make_report(texts_of(240), target, proba, ["one", "two", "three"])


def test_tiles(case):
    target, proba, report = case
    tiles = re.findall(r'<div class="tile"><b>(.*?)</b><span>(.*?)</span></div>', report.to_html())
    right = (proba.argmax(axis=1) == target).mean()
    low, high = report.accuracy_interval
    loss = -np.log(proba[np.arange(240), target]).mean()
    brier = ((proba - np.eye(3)[target]) ** 2).sum(axis=1).mean()
    f1 = [2 * ((target == k) & (proba.argmax(1) == k)).sum() / ((target == k).sum() + (proba.argmax(1) == k).sum())
          for k in range(3)]  # fmt: skip
    assert len({f"{f:.3f}" for f in (right, np.mean(f1), np.average(f1, weights=np.bincount(target)))}) == 3
    assert tiles == [
        (f"{right:.1%}", f"accuracy; 95 % interval {low:.1%} to {high:.1%}"),
        (f"{np.mean(f1):.3f}", "F1, mean over classes"),
        (f"{loss:.3f}", "log loss"),
        (f"{brier:.3f}", "Brier score"),
        (f"{report.calibration_error:.3f}", "expected calibration error"),
        ("240", "texts, 3 classes"),
    ]


def test_tiles_of_several_labels():
    target, proba = label_guesses(60, 3)
    tiles = re.findall(r"<b>(.*?)</b><span>(.*?)</span>", report_of(target, proba).to_html())
    chosen = proba >= 0.5
    micro = 2 * (target & chosen).sum() / (target.sum() + chosen.sum())
    assert tiles[0][0] == f"{(target == chosen).all(axis=1).mean():.1%}"
    assert tiles[0][1].startswith("all labels right; 95 % interval")
    assert tiles[1] == (f"{micro:.3f}", "F1 over all labels")
    assert len(tiles) == 7


def test_the_confusion_matrix(case):
    target, proba, report = case
    head, *rows = Tables(report.to_html()).tables[0]
    predicted = proba.argmax(axis=1)
    counts = [[int(((target == a) & (predicted == b)).sum()) for b in range(3)] for a in range(3)]
    assert words_of([head])[0] == ["", "one", "two", "three"]
    for a, row in enumerate(rows):
        assert row[0][0] == ["one", "two", "three"][a]
        total = sum(counts[a])
        for b, (text, attributes) in enumerate(row[1:]):
            n = counts[a][b]
            share = n / total
            assert text == str(n)
            assert attributes["title"] == f"{share:.1%}"
            assert attributes["style"] == f"--depth:{share**0.5:.3f}"
            kinds = attributes["class"].split()
            assert kinds[0] == ("right" if a == b else "wrong")
            assert ("none" in kinds) == (n == 0)
            assert ("strong" in kinds) == (share**0.5 > 0.62)


@pytest.mark.parametrize(
    ("n_wrong", "kinds"), [(0, ["wrong", "none"]), (38, ["wrong"]), (39, ["wrong", "strong"])]
)
def test_strong_cells_begin_at_their_depth(n_wrong, kinds):
    # The roots of 0.38 and 0.39 lie on both sides of 0.62.
    predicted = np.array([1] * n_wrong + [0] * (100 - n_wrong) + [1])
    proba = np.where(predicted[:, None] == [0, 1], 0.9, 0.1)
    rows = Tables(report_of(np.array([0] * 100 + [1]), proba).to_html()).tables[0]
    assert rows[1][2][1]["class"].split() == kinds


def test_a_class_without_texts_has_an_empty_row():
    proba = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
    rows = Tables(report_of(np.array([0, 1]), proba).to_html()).tables[0]
    assert [text for text, _ in rows[3][1:]] == ["0", "0", "0"]
    assert {attributes["style"] for _, attributes in rows[3][1:]} == {"--depth:0.000"}
    assert {attributes["title"] for _, attributes in rows[3][1:]} == {"0.0%"}


@pytest.mark.parametrize(("length", "is_upright"), [(8, False), (9, True)])
def test_long_names_of_columns_stand_upright(length, is_upright):
    names = ["a", "b" * length]
    head = Tables(report_of(np.array([0, 1]), np.eye(2), names).to_html()).tables[0][0]
    assert [attributes.get("class") for _, attributes in head[1:]] == ["up" if is_upright else None] * 2


@pytest.mark.parametrize("length", [27, 28, 29])
def test_names_in_the_matrix_are_cut(length):
    name = "n" * length
    page = report_of(np.array([0, 1]), np.eye(2), ["a", name]).to_html()
    cell = Tables(page).tables[0][0][2][0]
    assert cell == (name if length <= 28 else "n" * 27 + "…")
    assert (f'<span title="{name}">' in page) == (length > 28)


@pytest.mark.parametrize("n_classes", [40, 41])
def test_matrix_or_list(n_classes):
    target, proba = guesses(400, n_classes, sharpness=0.5)
    names = [f"c{k}" for k in range(n_classes)]
    page = make_report(texts_of(400), target, proba, names).to_html()
    assert ("<h2>Confusion matrix</h2>" in page) == (n_classes == 40)
    rows = Tables(page).tables[0]
    if n_classes == 41:
        predicted = proba.argmax(axis=1)
        pairs = {(a, b): 0 for a in range(41) for b in range(41) if a != b}
        for a, b in zip(target.tolist(), predicted.tolist()):
            if a != b:
                pairs[a, b] += 1
        order = sorted((pair for pair in pairs if pairs[pair]), key=lambda pair: (-pairs[pair], pair))
        expected = [
            [f"c{a}", f"c{b}", str(pairs[a, b]), f"{pairs[a, b] / (target == a).sum():.1%}"]
            for a, b in order[:20]
        ]
        assert words_of(rows) == [["true", "predicted", "texts", "of the class"], *expected]
        assert [attributes for _, attributes in rows[1]] == [{"class": "text"}] * 2 + [{}] * 2


def test_the_table_of_classes(case):
    target, proba, report = case
    rows = Tables(report.to_html()).tables[1]
    predicted = proba.argmax(axis=1)
    expected = []
    for k, name in enumerate(["one", "two", "three"]):
        hits = ((target == k) & (predicted == k)).sum()
        precision, recall = hits / (predicted == k).sum(), hits / (target == k).sum()
        positive, negative = proba[target == k, k], proba[target != k, k]
        area = (positive[:, None] > negative).mean() + (positive[:, None] == negative).mean() / 2
        expected.append([name, precision, recall, 2 * precision * recall / (precision + recall), area])
    assert words_of(rows[:1]) == [
        ["class", "precision", "recall", "F1", "texts", "ROC AUC", "average precision"]
    ]
    for row, (name, precision, recall, f1, area) in zip(words_of(rows[1:4]), expected):
        assert row[0] == name
        # Three decimals: half a unit of the last one, and a tie that the rounding of floats may break either way.
        assert list(map(float, row[1:4])) == pytest.approx([precision, recall, f1], abs=5.001e-4)
        assert {len(cell) for cell in row[1:4]} == {len("0.123")}
        assert row[4] == str((target == ["one", "two", "three"].index(name)).sum())
        assert row[5] == f"{area:.3f}"
    assert [row[0] for row in words_of(rows[4:])] == ["micro average", "macro average", "weighted average"]
    macro = [np.mean([row[k] for row in expected]) for k in (1, 2, 3)]
    assert list(map(float, words_of(rows)[5][1:4])) == pytest.approx(macro, abs=5.001e-4)
    assert words_of(rows)[5][4:] == ["", "", ""]
    page = report.to_html()
    assert page.count('<tr class="mean first">') == 1
    assert page.count('<tr class="mean">') == 2
    assert rows[1][0][1] == {"class": "text"}
    assert rows[1][1][1] == {}


def test_a_class_that_does_not_occur_has_dashes():
    proba = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
    rows = words_of(Tables(report_of(np.array([0, 1]), proba).to_html()).tables[1])
    assert rows[3][4:] == ["0", "–", "–"]


def test_the_reliability_chart(case):
    _, _, report = case
    chart = figure(report.to_html(), "Reliability")
    dots = re.findall(
        r'<circle class="dot" cx="(.*?)" cy="(.*?)" r="3.5"><title>(.*?)</title></circle>', chart
    )
    bars = re.findall(r'<rect class="bar" x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"/>', chart)
    most = max(each.n for each in report.bins)
    assert len(dots) == len(bars) == len(report.bins)
    for each, (x, y, title), (left, top, width, height) in zip(report.bins, dots, bars):
        assert float(x) == pytest.approx(LEFT + SIDE * each.probability, abs=0.05)
        assert float(y) == pytest.approx(TOP + SIDE * (1 - each.share), abs=0.05)
        assert title == f"{each.n} at {each.probability:.1%}, right {each.share:.1%}"
        assert float(left) == pytest.approx(LEFT + SIDE * each.low, abs=0.05)
        assert float(width) == pytest.approx(SIDE / 15, abs=0.11)
        # The highest bar takes a fifth of the chart, and all stand on its ground.
        assert float(height) == pytest.approx(SIDE * each.n / most / 5, abs=0.11)
        assert float(top) + float(height) == pytest.approx(TOP + SIDE, abs=0.06)
    line = " ".join(f"{x},{y}" for x, y, _ in dots)
    assert f'<polyline class="line c0" points="{line}"/>' in chart
    assert 'd="M46.0 310.0L346.0 10.0"' in chart


@pytest.mark.parametrize(
    ("title", "name", "x", "y", "area"),
    [
        ("ROC curves", "roc", "false positive rate", "true positive rate", "area"),
        ("Precision and recall", "precision_recall", "recall", "precision", "average precision"),
    ],
)
def test_curves_and_their_legend(case, title, name, x, y, area):
    _, _, report = case
    chart, curves = figure(report.to_html(), title), getattr(report, name)
    assert f'aria-label="{title}: {y} over {x}"' in chart
    lines = re.findall(r'<polyline class="(.*?)" points="(.*?)"/>', chart)
    assert len(lines) == len(curves) == 3
    for k, (curve, (kind, points)) in enumerate(zip(curves, lines)):
        assert kind == f"line c{k}"
        found = np.array([point.split(",") for point in points.split()], float)
        expected = np.column_stack([LEFT + SIDE * curve.x, TOP + SIDE * (1 - curve.y)])
        np.testing.assert_allclose(found, expected, atol=0.051)
    items = re.findall(r'<li><svg .*?class="(.*?)".*?<span>(.*?)</span></li>', chart)
    assert items == [
        (f"line c{k}", f"{curve.label}: {area} {curve.area:.3f}") for k, curve in enumerate(curves)
    ]
    assert ("even" in chart) == (name == "roc")
    assert "The mean, and" not in chart


def test_ticks_of_a_chart(case):
    chart = figure(case[2].to_html(), "ROC curves")
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x, y = round(LEFT + SIDE * tick, 1), round(TOP + SIDE * (1 - tick), 1)
        assert f'<path class="grid" d="M{x} 310.0V10.0M46.0 {y}H346.0"/>' in chart
        assert f'<text x="{x}" y="326.0" text-anchor="middle">{tick:g}</text>' in chart
        assert f'<text x="39.0" y="{y + 4}" text-anchor="end">{tick:g}</text>' in chart
    assert chart.count('class="grid"') == 6
    assert 'viewBox="0 0 358 350"' in chart


def test_ten_curves_are_five_colours_twice():
    target, proba = guesses(600, 10, sharpness=1.0)
    names = [f"c{k}" for k in range(10)]
    chart = figure(make_report(texts_of(600), target, proba, names).to_html(), "ROC curves")
    kinds = re.findall(r'<polyline class="(.*?)"', chart)
    assert kinds == [f"line c{k}" for k in range(5)] + [f"line c{k} dashed" for k in range(5)]


def test_eleven_classes_have_the_mean_and_three_curves():
    target, proba = guesses(600, 11, sharpness=1.0)
    names = [f"c{k}" for k in range(11)]
    chart = figure(make_report(texts_of(600), target, proba, names).to_html(), "ROC curves")
    assert chart.count("<polyline") == 4
    assert "<p>The mean, and the classes with the smallest areas.</p>" in chart
    assert re.search(r"<span>mean of all classes: area \d\.\d{3}</span>", chart)


def test_mistakes(case):
    target, proba, report = case
    table = Tables(report.to_html()).tables[2]
    assert [attributes for _, attributes in table[1]] == [{"class": "text"}] * 3 + [{}]
    head, *rows = words_of(table)
    predicted = proba.argmax(axis=1)
    wrong = sorted(np.flatnonzero(predicted != target).tolist(), key=lambda row: -proba[row].max())[:20]
    names = ["one", "two", "three"]
    assert head == ["text", "true", "predicted", "probability"]
    assert rows == [
        [texts_of(240)[row], names[target[row]], names[predicted[row]], f"{proba[row].max():.3f}"]
        for row in wrong
    ]


def test_titles_and_what_is_counted():
    target, proba = guesses(30, 2)
    page = make_report(texts_of(30), target, proba, ["a", "b"], kind="sentiment").to_html()
    assert "<title>Sentiment classification</title>" in page
    assert "<h1>Sentiment classification</h1>" in page
    assert "how many texts received each probability" in page
    assert "how many labels received each probability" in report_of(*label_guesses(30, 3)).to_html()


def test_the_order_of_the_page(case):
    page = case[2].to_html()
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["Confusion matrix", "Classes", "Probabilities", "Mistakes"]
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert page.endswith("</main>\n</body>\n</html>\n")
    for k, (light, dark) in enumerate([("#0072B2", "#56B4E9"), ("#B86E00", "#E69F00")]):
        assert f"--c{k}:{light};" in page
        assert f"--c{k}:{dark};" in page
        assert f".c{k}{{stroke:var(--c{k})}}" in page


def test_the_report_in_a_notebook_is_its_text(case):
    report = case[2]
    assert str(report) == report.format()
    assert report._repr_html_().startswith("<pre>Text classification\n")
    assert len(repr(report)) < 2000


def test_long_chinese_names_of_columns_are_not_turned():
    page = report_of(np.array([0, 1]), np.eye(2), ["正面的评论", "neutral or unclear"]).to_html()
    head = Tables(page).tables[0][0]
    assert [attributes.get("lang") for _, attributes in head[1:]] == ["zh", None]
    assert [attributes.get("class") for _, attributes in head[1:]] == ["up", "up"]
    assert "th.up:lang(zh){transform:none" in page
