"""Guessed probabilities, their reports, and a reader of pages, for the tests of classification reports."""

import html.parser

import numpy as np

from wordvec.pipelines.classification.report.report import make_report

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
