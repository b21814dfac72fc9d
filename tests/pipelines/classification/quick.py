"""Texts, parameters for a quick fit, and small vectors for the tests of `TextClassifier`."""

from wordvec.embeddings.word2vec import Word2Vec
from wordvec.pipelines.classification.classifier import TextClassifier

from .support import reviews, tagged_reviews

TEXTS, LABELS = reviews(60)
UNSEEN, UNSEEN_LABELS = reviews(40, seed=9)
TAGGED, SETS = tagged_reviews(80)


def classifier(kind=None, **options):
    return TextClassifier(kind, verbose=False, **{"n_jobs": 1, **options})


def small_word2vec(**options):
    return Word2Vec(vector_size=5, min_count=1, epochs=1, n_jobs=1, random_state=1, verbose=False, **options)
