"""Rules of parameters that are made of others."""

import pytest

from wordvec._utils.parameters import Choice, Function, Instance, Integer, ParameterError


def test_either_of_two_rules():
    rule = Integer(2) | Choice("auto")
    assert rule.description == "an integer of at least 2, or 'auto'"
    assert rule.check("n", 3, "Model") == 3
    assert rule.check("n", "auto", "Model") == "auto"
    for value in rule.bad_values():
        with pytest.raises(
            ParameterError, match="The n parameter of Model must be an integer of at least 2, or"
        ):
            rule.check("n", value, "Model")


def test_either_of_two_rules_or_none():
    rule = Choice("balanced") | Instance(dict, "Its keys are classes.") | None
    assert rule.check("w", None, "Model") is None
    assert rule.check("w", {"a": 1}, "Model") == {"a": 1}
    assert None not in rule.bad_values()
    with pytest.raises(ParameterError, match="Got 3 instead. Its keys are classes."):
        rule.check("w", 3, "Model")


def test_callables():
    assert Function().check("tokenizer", str.split, "Model") is str.split
    for value in Function().bad_values():
        with pytest.raises(ParameterError, match="must be a callable"):
            Function().check("tokenizer", value, "Model")
