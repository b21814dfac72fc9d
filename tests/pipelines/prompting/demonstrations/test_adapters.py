"""What LangChain and DSPy call, with objects that look as theirs do."""

import abc
import asyncio
import sys
import types

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines.prompting import DemonstrationSelector, PromptTemplate

ANTONYMS = [
    {"input": "happy", "output": "sad"},
    {"input": "tall as a tree", "output": "short"},
    {"input": "sunny day", "output": "rainy day"},
]
TEMPLATE = PromptTemplate("{input} -> {output}")
WORDS = KeyedVectors(
    np.random.default_rng(2).normal(size=(5, 3)).astype(np.float32), ["happy", "tall", "tree", "sunny", "day"]
)


class DspyExample:
    """Has what DSPy's Example has: fields by name, and those that are inputs."""

    def __init__(self, inputs, **fields):
        self._store, self._input_keys = fields, set(inputs)

    def keys(self):
        return [*self._store]

    def items(self):
        return self._store.items()

    def __getitem__(self, name):
        return self._store[name]

    def __iter__(self):
        return iter(self._store)


def counting(calls):
    """Return an embedder that notes how many texts it gets."""

    def embed(texts):
        calls.append(len(texts))
        return [[text.count(letter) + 0.1 for letter in "aeth"] for text in texts]

    return embed


@pytest.mark.parametrize("method", ["bm25", "knn", "mmr", "coverage", "votek", "random", "dpp"])
def test_adding_is_fitting_with_all(method):
    embedder = None if method in ("bm25", "random") else WORDS
    parts = DemonstrationSelector(method, embedder, template=TEMPLATE, k=2)
    for example in ANTONYMS:
        parts.add_example(example)
    whole = DemonstrationSelector(method, embedder, template=TEMPLATE, k=2).fit(ANTONYMS)
    query = {"input": "a sunny tree", "unused": "x"}
    assert parts.select_examples(query) == whole.select_examples(query)
    assert parts.labels_ == ["sad", "short", "rainy day"]
    assert len(parts.select_examples(query)) == 2


def test_a_selector_with_fewer_examples_than_k_gives_all():
    selector = DemonstrationSelector("bm25", template=TEMPLATE)
    selector.add_example(ANTONYMS[0])
    assert selector.select_examples({"input": "a"}) == ANTONYMS[:1]
    selector.add_example(ANTONYMS[1])
    selector.add_example(ANTONYMS[1])  # the same again
    assert len(selector.select_examples({"input": "a"})) == 2
    assert len(selector.examples_) == 3


def test_only_new_examples_are_embedded():
    calls = []
    selector = DemonstrationSelector("knn", counting(calls), template=TEMPLATE).fit(ANTONYMS[:2])
    selector.add_example(ANTONYMS[2])
    selector.select_examples({"input": "day"})
    assert calls == [2, 1, 1]
    selector.add_example(ANTONYMS[2])  # the same again
    selector.select_examples({"input": "day"})
    assert calls == [2, 1, 1, 1]


def test_an_embedder_that_fails_loses_nothing():
    broken = []

    def embed(texts):
        if broken:
            raise ConnectionError("the endpoint is down")
        return [[text.count(letter) + 0.1 for letter in "aeth"] for text in texts]

    selector = DemonstrationSelector("knn", embed, template=TEMPLATE, k=1).fit(ANTONYMS[:2])
    selector.add_example(ANTONYMS[2])
    broken.append(True)
    with pytest.raises(ConnectionError, match="the endpoint is down"):
        selector.select_examples({"input": "sunny days"})
    broken.clear()
    assert selector.select_examples({"input": "sunny days"}) == [ANTONYMS[2]]
    assert len(selector.examples_) == 3


def test_without_waiting():
    selector = DemonstrationSelector("bm25", template=TEMPLATE, k=1)

    async def use():
        for example in ANTONYMS:
            await selector.aadd_example(example)
        return await selector.aselect_examples({"input": "sunny"})

    assert asyncio.run(use()) == [ANTONYMS[2]]


@pytest.mark.parametrize("method", ["bm25", "knn"])
def test_many_at_once_lose_nothing(method):
    examples = [{"input": f"{word} {n}", "output": str(n)} for n in range(30) for word in ("happy", "tall")]
    selector = DemonstrationSelector(method, None if method == "bm25" else WORDS, template=TEMPLATE, k=2)

    async def use():
        await selector.aadd_example({"input": "day", "output": "night"})
        added = [selector.aadd_example(example) for example in examples]
        chosen = [selector.aselect_examples({"input": "sunny tree"}) for _ in range(20)]
        return await asyncio.gather(*(one for pair in zip(added, chosen) for one in pair), *added[20:])

    asyncio.run(use())
    selector.select_examples({"input": "day tree"})
    assert len(selector.examples_) == 61
    assert {example["output"] for example in selector.examples_} == {"night", *map(str, range(30))}


def test_langchain_takes_instances_of_its_abstract_class(monkeypatch):
    module = types.ModuleType("langchain_core.example_selectors.base")
    module.BaseExampleSelector = type("BaseExampleSelector", (abc.ABC,), {})
    monkeypatch.setitem(sys.modules, module.__name__, module)
    selector = DemonstrationSelector("bm25", template=TEMPLATE)
    assert not isinstance(selector, module.BaseExampleSelector)
    selector.fit(ANTONYMS)
    assert isinstance(selector, module.BaseExampleSelector)


def test_what_is_selected_is_a_copy():
    selector = DemonstrationSelector("bm25", template=TEMPLATE, k=1).fit(ANTONYMS)
    selector.select_examples({"input": "sunny"})[0]["output"] = "changed"
    assert selector.select_examples({"input": "sunny"}) == [ANTONYMS[2]]


def test_texts_and_labels_become_fields():
    selector = DemonstrationSelector("bm25", k=1).fit(["a fox", "a dog"], ["x", "y"])
    assert selector.select_examples({"text": "dog"}) == [{"text": "a dog", "label": "y"}]
    selector.add_example({"text": "a cat", "label": "z"})
    assert selector.select_examples({"text": "cat"}) == [{"text": "a cat", "label": "z"}]


def test_examples_of_dspy_name_their_inputs():
    trainset = [
        DspyExample(["question", "context"], context="zoo", question="a fox?", answer="yes"),
        DspyExample(["question", "context"], context="home", question="a dog?", answer="no"),
    ]
    selector = DemonstrationSelector("bm25", k=2).fit(trainset)
    assert selector.template_.example == "context: {context}\nquestion: {question}\nanswer: {answer}"
    assert selector(question="dog", context="home") == [trainset[1], trainset[0]]
    assert all(found is example for found, example in zip(selector(question="fox", context=""), trainset))


def test_a_retriever_returns_passages_the_best_first():
    selector = DemonstrationSelector("bm25", template=TEMPLATE, k=1).fit(ANTONYMS)
    with pytest.raises(ValueError, match="lacks the field 'input'"):
        selector("sunny")
    texts = DemonstrationSelector("bm25", template="{text} -> {label}").fit(
        ["a fox", "a dog", "dogs"], [1, 2, 3]
    )
    found = texts("dog", k=2)
    assert found.passages == ["dogs -> 3", "a dog -> 2"]
    assert found.indices == [2, 1]
    assert [passage.long_text for passage in found] == found.passages


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda s: s.add_example({"input": "a"}), "have a label, in the field 'output', as all others do"),
        (lambda s: s.add_example({"output": "a"}), "lacks the field 'input'"),
        (lambda s: s.add_example({"input": " ", "output": "a"}), "is blank"),
        (
            lambda s: s.add_example(3),
            "must be a mapping of fields, or a str. Got int",
        ),
        (lambda s: s.select_examples({"other": "a"}), "lacks the field 'input'"),
        (lambda s: s(other="a"), "lacks the field 'input'"),
    ],
)
def test_bad_calls_leave_the_selector_as_it_was(make, told):
    selector = DemonstrationSelector("bm25", template=TEMPLATE, k=1).fit(ANTONYMS)
    with pytest.raises((TypeError, ValueError), match=told):
        make(selector)
    assert selector.select_examples({"input": "sunny"}) == [ANTONYMS[2]]
    assert len(selector.examples_) == 3


def test_vectors_that_were_passed_cannot_grow():
    selector = DemonstrationSelector(template=TEMPLATE).fit(ANTONYMS, vectors=np.eye(3))
    with pytest.raises(ValueError, match="embed further examples, where vectors were passed"):
        selector.add_example(ANTONYMS[0])
