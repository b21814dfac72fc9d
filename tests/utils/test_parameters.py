"""Rules of parameters: each refuses its bad values, and so does each class that declares them."""

import dataclasses
import importlib
import inspect
import pickle
import pkgutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import wordvec
from wordvec import KeyedVectors, pipelines
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.parameters import (
    Boolean,
    Choice,
    FilePath,
    Function,
    Instance,
    Integer,
    Real,
    Rule,
    Seed,
    Threads,
    Tuple,
    check_parameters,
)
from wordvec.pipelines import EDA

RULES = [
    (Integer(1), [1, 10**20, np.int32(5)]),
    (Integer(2, 6, multiple_of=2), [2, 4, 6]),
    (Integer(0) | None, [None, 0]),
    (Integer(1) | Choice("auto"), [1, "auto"]),
    (Real(), [-1e300, 0, np.float32(2)]),
    (Real(0.0, 1.0), [0, 1, 0.5]),
    (Real(0.0, 1.0, low_open=True, high_open=True), [0.5, 1e-300]),
    (Choice("a", "b"), ["a", "b", np.str_("a")]),
    (Boolean(), [True, False, np.True_]),
    (Instance(Path), [Path("a")]),
    (Function(), [len, Path]),
    (FilePath(), ["a", Path("a")]),
    (Tuple(Integer(1), 2), [(1, 2), [3, 4]]),
    (Threads(), [None, -1, 3]),
    (Seed(), [0, 2**63 - 1, np.random.RandomState(1), None]),
]


def ids(values):
    return [rule.description for rule, _ in values]


@pytest.mark.parametrize(("rule", "good"), RULES, ids=ids(RULES))
def test_a_rule_takes_good_values_and_refuses_bad_ones(rule, good):
    for value in good:
        rule.check("p", value, "Owner")
    assert rule.bad_values()
    for value in rule.bad_values():
        with pytest.raises(ParameterError) as caught:
            rule.check("p", value, "Owner")
        assert str(caught.value).startswith(f"The p parameter of Owner must be {rule.description}. Got ")


def test_checked_values_are_plain():
    assert type(Integer(1).check("p", np.int64(3), "A")) is int
    assert type(Real().check("p", np.float32(3), "A")) is float
    assert type(Boolean().check("p", np.True_, "A")) is bool
    assert type(Choice("a").check("p", np.str_("a"), "A")) is str
    assert Tuple(Integer(1), 2).check("p", [1, 2], "A") == (1, 2)
    assert FilePath().check("p", "a", "A") == Path("a")


def test_seeds_are_drawn_from_a_random_state():
    first = [Seed().check("p", np.random.RandomState(seed), "A") for seed in (1, 1, 2)]
    assert first[0] == first[1] != first[2]


def test_an_error_has_fields_and_takes_other_names():
    error = ParameterError("n", "A", "be 1", 2, "Lower {m}, or pass {errors='replace'}.")
    assert (error.name, error.owner, error.rule, error.value) == ("n", "A", "be 1", 2)
    assert str(error) == "The n parameter of A must be 1. Got 2 instead. Lower m, or pass errors='replace'."
    text = error.message("--n", lambda name, value: f"--{name}" + (f" {value}" if value else ""))
    assert text == "The option --n must be 1. Got 2 instead. Lower --m, or pass --errors 'replace'."
    assert isinstance(error, ValueError) and isinstance(error, TypeError)


@pytest.mark.parametrize(
    ("rule", "value", "must"),
    [
        (Integer(1) | None, 0, "be an integer of at least 1. Got 0 instead."),
        (Choice("a", "b") | Function() | None, "c", "be one of 'a', 'b'. Got 'c' instead."),
        (Threads(), 0, "be a number of threads, or -1 for all cores. Got 0 instead."),
        (Seed(), -1, "be a number from 0 to 2**63 - 1. Got -1 instead."),
    ],
    ids=lambda value: getattr(value, "description", None),
)
def test_an_option_is_not_asked_for_what_nobody_can_type(rule, value, must):
    with pytest.raises(ParameterError) as caught:
        rule.check("n", value, "A")
    assert caught.value.message("--n") == f"The option --n must {must}"
    assert f"must be {rule.description}. Got" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_flag_that_must_be_false_is_left_out():
    error = ParameterError("resume", "A", "be False without a checkpoint", True, "Pass {checkpoint}.")
    assert (
        str(error)
        == "The resume parameter of A must be False without a checkpoint. Got True instead. Pass checkpoint."
    )
    text = error.message("--resume", lambda name, _: f"--{name}")
    assert text == "The option --resume must be left out without a checkpoint. Pass --checkpoint."


def test_advice_leaves_out_what_is_not_known():
    error = AdvisedError("{x} is wrong.", "{a=1} to go on", "{b} of the file", advice="Or look at {c}.")
    assert str(error) == "{x} is wrong. Pass a=1 to go on, or b of the file. Or look at c."
    text = error.message(lambda name, _: f"--{name}", known={"b", "c"}.__contains__)
    assert text == "{x} is wrong. Pass --b of the file. Or look at --c."


def test_only_the_named_parameters_are_checked():
    class Two:
        _parameter_rules = {"a": Integer(1), "b": Integer(1)}
        a, b = 1, 0

    assert check_parameters(Two(), "a").a == 1
    with pytest.raises(ParameterError, match="The b parameter of Two"):
        check_parameters(Two())
    with pytest.raises(ParameterError, match="The b parameter of Three"):
        check_parameters(Two(), owner="Three")


def declaring_classes():
    """Return every class of both packages that declares rules itself or inherits them, by its full name."""
    found = {}
    for package in (wordvec, pipelines):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if info.name.endswith("__main__") or info.name.startswith("wordvec.distributed"):
                continue
            module = importlib.import_module(info.name)
            for name, value in vars(module).items():
                if (
                    inspect.isclass(value)
                    and value.__module__ == info.name
                    and hasattr(value, "_parameter_rules")
                ):
                    found[f"{info.name}.{name}"] = value
    return found


CLASSES = declaring_classes()


# What messages call a class that users meet as the arguments of a function, or as the estimator derived from it.
OWNERS = {"FeatureExtractor": "TokenFeatures", "GenerationOptions": "generate"}


def parameters_of(kind):
    """Return the parameters of a class, with those of its base that it takes as **options."""
    found = dict(inspect.signature(kind).parameters)
    if any(option.kind is option.VAR_KEYWORD for option in found.values()):
        found = parameters_of(kind.__base__) | found
    return found


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_declared_parameters_are_those_of_the_class(name):
    kind = CLASSES[name]
    if inspect.isabstract(kind) or "__init__" not in vars(kind):
        return
    assert set(kind._parameter_rules) <= set(parameters_of(kind)), name
    assert all(isinstance(rule, Rule) for rule in kind._parameter_rules.values())


def bad_cases():
    return [
        pytest.param(kind, parameter, value, id=f"{name.rpartition('.')[2]}-{parameter}-{number}")
        for name, kind in sorted(CLASSES.items())
        for parameter, rule in kind._parameter_rules.items()
        for number, value in enumerate(rule.bad_values())
        if not name.rpartition(".")[2].startswith("_") and not inspect.isabstract(kind)
        if parameter in parameters_of(kind)
    ]


@pytest.mark.parametrize(("kind", "parameter", "value"), bad_cases())
def test_each_class_refuses_each_bad_value_of_each_parameter(kind, parameter, value):
    """Data classes refuse it when they are made or checked, estimators when they are fitted, before they read X."""
    required = {
        name: _valid(name, kind._parameter_rules.get(name))
        for name, option in parameters_of(kind).items()
        if option.default is option.empty and option.kind is not option.VAR_KEYWORD
    }
    with pytest.raises(ParameterError) as caught:
        instance = kind(**required | {parameter: value})
        if dataclasses.is_dataclass(kind):
            check_parameters(instance, parameter)
        elif hasattr(instance, "fit"):
            instance.fit(*_data_for(instance))
        else:
            check_parameters(instance)
    assert caught.value.name == parameter, str(caught.value)
    assert caught.value.owner.partition(".")[0] == OWNERS.get(kind.__name__, kind.__name__)


def _valid(name, rule):
    """Return a value for a parameter without a default; what has no rule, or a path, is not looked at before others."""
    if isinstance(rule, Choice):
        return rule.options[0]
    if isinstance(rule, Integer | Real):
        return rule.low + 2
    if isinstance(rule, Instance):
        return rule.kind.__new__(rule.kind)
    if name == "vectors":
        return KeyedVectors(np.eye(2, dtype=np.float32), ["a", "b"])
    if name == "classifier":
        return LogisticRegression()
    if name == "generator":
        return SimpleNamespace(generate=print, log_likelihoods=print)
    if name == "augmenter":
        return EDA()
    if name == "paths":
        return __file__
    return "nowhere"


def _data_for(instance):
    needed = [
        name
        for name, option in inspect.signature(instance.fit).parameters.items()
        if option.default is option.empty
    ]
    # Of extra arguments, as answers beside questions and passages, none is read before the parameters are checked.
    data = [[["a", "b"], ["b", "a"]], [["X", "Y"], ["Y", "X"]], [None, None]]
    return data[: len(needed)]
