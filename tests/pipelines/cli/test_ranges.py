"""What --help says of ranges is what the classes declare, though it reads their source instead of importing them."""

import importlib

import pytest

from wordvec._utils.parameters import Integer, Real
from wordvec.pipelines.cli import compare, train
from wordvec.pipelines.cli.errors import option_flags
from wordvec.pipelines.cli.lm import finetune, generate, pretrain
from wordvec.pipelines.cli.ranges import declared_rules, option_ranges
from wordvec.pipelines.cli.tag import train as tag_train

COMMANDS = {
    "train": train,
    "compare": compare,
    "tag train": tag_train,
    "lm pretrain": pretrain,
    "lm finetune": finetune,
    "lm generate": generate,
}


def numbers(rules):
    """Return the descriptions of the rules of numbers, with or without None."""
    return {
        name: rule.description
        for name, rule in rules.items()
        if isinstance(getattr(rule, "rule", rule), Integer | Real)
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_rules_read_from_the_source_are_those_of_the_class(command):
    for owner in COMMANDS[command].DECLARED_BY:
        module, _, name = owner.partition(":")
        declared = getattr(getattr(importlib.import_module(module), name), "_parameter_rules", {})
        found = declared_rules(owner)
        assert found.keys() == declared.keys()
        assert numbers(found) == numbers(declared)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_the_range_of_each_number(run, command):
    module = COMMANDS[command]
    code, out, _ = run(*command.split(), "--help")
    shown = " ".join(out.split())
    flags = option_flags(getattr(module, command.split()[-1]))
    ranges = option_ranges(module.DECLARED_BY)
    options = [name for name in ranges if name in flags]
    assert code == 0 and bool(options) == bool(ranges)
    for name in options:
        assert ranges[name] in shown, name


def test_the_range_of_two_classes(monkeypatch):
    rules = {
        "m:A": {"n": Integer(1, 5), "x": Real(0.0)},
        "m:B": {"n": Integer(1) | None, "x": Real(0.0) | None},
    }
    monkeypatch.setattr("wordvec.pipelines.cli.ranges.declared_rules", rules.__getitem__)
    assert option_ranges(("m:A", "m:B")) == {
        "n": "An integer from 1 to 5; B: an integer of at least 1.",
        "x": "A number of at least 0.",
    }
