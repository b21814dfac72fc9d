"""Parameters of the trainers, from their declarations: each bad value is an error that names the parameter."""

import pytest

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import check_parameters
from wordvec.embeddings import PPMISVD, GloVe, Word2Vec
from wordvec.supervised import EmbeddingClassifier

ESTIMATORS = [Word2Vec, GloVe, PPMISVD, EmbeddingClassifier]


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_every_parameter_has_a_rule_and_refuses_bad_values(kind):
    assert set(kind._parameter_rules) == set(kind().get_params(deep=False))
    check_parameters(kind())
    for name, rule in kind._parameter_rules.items():
        values = rule.bad_values()
        assert values
        for value in values:
            with pytest.raises(ParameterError) as caught:
                check_parameters(kind(**{name: value}))
            assert f"The {name} parameter of {kind.__name__} must be " in str(caught.value)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_n_jobs_is_all_cores_by_default(kind):
    assert kind().n_jobs == -1


@pytest.mark.parametrize("kind", [Word2Vec, GloVe, PPMISVD])
def test_fit_checks_them_and_tells_where_its_time_went(kind, sentences):
    with pytest.raises(ParameterError, match=f"vector_size parameter of {kind.__name__}"):
        kind(vector_size=0).fit(sentences)
    small = {} if kind is PPMISVD else {"epochs": 1}
    model = kind(vector_size=4, min_count=2, **small).fit(sentences)
    assert len(model.fit_times_) == 2
    assert all(seconds > 0 for seconds in model.fit_times_.values())
