"""Small texts of all kinds, and classifiers trained on them, for the tests of files and of explanations."""

from wordvec.pipelines.classification.classifier import TextClassifier

from .support import chinese_reviews, reviews, tagged_reviews

TEXTS, LABELS = reviews(40)
MANY_TEXTS, MANY = reviews(60, ("mixed", "neg", "pos"))
HAN_TEXTS, HAN_LABELS = chinese_reviews(40)
TAGGED, SETS = tagged_reviews(40)


def train(texts=TEXTS, labels=LABELS, **options):
    return TextClassifier(**{"n_jobs": 1, "verbose": False, **options}).fit(texts, labels)
