"""Each parameter of the estimators of texts has a rule, and breaking it is one clear error."""

import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import check_parameters
from wordvec.pipelines import (
    EDA,
    AugmentedClassifier,
    EmbeddingVectorizer,
    NBSVMClassifier,
    TextClassifier,
    TopicModel,
)
from wordvec.pipelines.applications import AbstractiveSummarizer, Summarizer, Translator
from wordvec.pipelines.preprocessing import TextCleaner
from wordvec.pipelines.prompting import DemonstrationSelector, InContextClassifier


class Scores:
    """Looks like a generator."""

    def log_likelihoods(self, prompts, continuations):
        return []


ESTIMATORS = [
    Translator(),
    AbstractiveSummarizer(),
    TextClassifier(),
    NBSVMClassifier(),
    EmbeddingVectorizer(LogisticRegression()),
    TopicModel(None),
    EDA(),
    AugmentedClassifier(LogisticRegression(), EDA()),
    TextCleaner(),
    Summarizer(),
    DemonstrationSelector(),
    InContextClassifier(Scores()),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
def test_a_bad_value_of_each_parameter(estimator):
    rules, owner = type(estimator)._parameter_rules, type(estimator).__name__
    assert set(rules) == set(estimator.get_params(deep=False))
    check_parameters(estimator)
    for name, rule in rules.items():
        assert rule.bad_values()
        for value in rule.bad_values():
            changed = clone(estimator)
            setattr(changed, name, value)
            with pytest.raises(ParameterError, match=f"The {name} parameter of {owner} must ") as caught:
                check_parameters(changed)
            assert (caught.value.name, caught.value.owner) == (name, owner)
