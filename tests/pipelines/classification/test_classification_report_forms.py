"""The forms of a classification report: dictionary, text and page."""

import json
import math

import numpy as np
import pytest

from wordvec._utils.tables import cut_text as cut, text_width as columns
from wordvec.pipelines.classification.report.report import make_report

from .reports import Page, guesses, label_guesses, report_of, texts_of

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
    assert "No class was confused with another." in report_of(target, proba, list("abcdefghijklm")).format()


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


# The page.


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


@pytest.mark.smoke
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
