"""Fitted classifiers of one and of many labels."""

import pytest

from .quick import LABELS, SETS, TAGGED, TEXTS, classifier


@pytest.fixture(scope="module")
def trained():
    return classifier().fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def tagger():
    return classifier().fit(TAGGED, SETS)
