"""Selectors in files: they choose the same after loading, and damage is found."""

import pickle

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines import EmbeddingVectorizer
from wordvec.pipelines.prompting import DemonstrationSelector, PromptTemplate
from wordvec.pipelines.prompting.demonstrations.planning import METHODS

TEXTS = ["a red fox", "a blue dog", "a red dog", "green fox", "Green  fox"]
LABELS = [0, 1, 1, 0, 0]
QUERIES = ["red and green", "a blue fox", "dog"]
VECTORS = KeyedVectors(
    np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32), ["red", "blue", "fox", "dog", "green"]
)


def letters(texts):
    return [[text.count(letter) for letter in "rbg"] for text in texts]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("balance", [False, True])
def test_the_same_choice(method, balance, tmp_path):
    embedder = None if method in ("bm25", "random") else VECTORS
    template = PromptTemplate("{text}: {label}", verbalizers={0: "x", 1: "y"})
    budget = {"budget": 12, "counter": lambda text: len(text.split())} if balance else {}
    selector = DemonstrationSelector(method, embedder, k=3, balance=balance, template=template, **budget)
    selector.fit(TEXTS, LABELS).save(tmp_path / "s")
    loaded = DemonstrationSelector.load(tmp_path / "s")
    assert loaded.prompts(QUERIES) == selector.prompts(QUERIES)
    assert (loaded.examples_, loaded.labels_, loaded.template_) == (TEXTS, LABELS, template)
    names = set(selector.get_params()) - {"embedder", "counter"}
    assert {name: loaded.get_params()[name] for name in names} == {
        name: selector.get_params()[name] for name in names
    }
    if not balance:
        for one in (selector, loaded):
            one.add_example({"text": "blue blue dog", "label": 1})
        assert loaded.select(QUERIES) == selector.select(QUERIES)
        assert pickle.loads(pickle.dumps(selector)).select(QUERIES) == selector.select(QUERIES)


@pytest.mark.parametrize(
    "embedder", [EmbeddingVectorizer(VECTORS, pooling="idf"), EmbeddingVectorizer(VECTORS).fit(TEXTS)]
)
def test_vectorizers_are_kept(embedder, tmp_path):
    selector = DemonstrationSelector("mmr", embedder, k=2).fit(TEXTS)
    selector.save(tmp_path / "s")
    loaded = DemonstrationSelector.load(tmp_path / "s")
    assert loaded.select(QUERIES) == selector.select(QUERIES)
    assert hasattr(loaded.embedder, "wv_") == hasattr(embedder, "wv_")


def test_other_embedders_are_passed_again(tmp_path):
    selector = DemonstrationSelector(embedder=letters, k=2, random_state=np.random.RandomState(1)).fit(TEXTS)
    selector.save(tmp_path / "s")
    with pytest.raises(
        ValueError, match="embedder parameter of DemonstrationSelector.load must be that of before"
    ):
        DemonstrationSelector.load(tmp_path / "s")
    assert DemonstrationSelector.load(tmp_path / "s", embedder=letters).select(QUERIES) == selector.select(
        QUERIES
    )
    DemonstrationSelector("bm25").fit(TEXTS).save(tmp_path / "s")
    with pytest.raises(ValueError, match="be left out: the file has it"):
        DemonstrationSelector.load(tmp_path / "s", embedder=letters)
    DemonstrationSelector("knn", EmbeddingVectorizer(VECTORS, tokenizer=str.split)).fit(TEXTS).save(
        tmp_path / "s"
    )
    with pytest.raises(ValueError, match="that of before, which the file cannot hold"):
        DemonstrationSelector.load(tmp_path / "s")


def test_coverage_with_an_embedder_that_is_passed_again(tmp_path):
    embedder = EmbeddingVectorizer(VECTORS, tokenizer=str.split)
    selector = DemonstrationSelector("coverage", embedder, k=2).fit(TEXTS)
    selector.save(tmp_path / "s")
    loaded = DemonstrationSelector.load(tmp_path / "s", embedder=embedder)
    assert loaded.select(QUERIES) == selector.select(QUERIES)
    assert loaded.select(QUERIES) != DemonstrationSelector("coverage", k=2).fit(TEXTS).select(QUERIES)


def test_mappings_and_vectors_that_were_passed(tmp_path):
    examples = [{"q": "a fox", "a": "x", "n": 3}, {"q": "a dog", "a": "y", "n": None}]
    selector = DemonstrationSelector(template="{q} {a}", k=1).fit(examples, vectors=np.eye(2))
    selector.save(tmp_path / "s")
    loaded = DemonstrationSelector.load(tmp_path / "s")
    assert loaded.examples_ == examples
    asked = {"queries": [{"q": "dog"}], "vectors": [[0.1, 1]]}
    assert loaded.prompts(**asked) == selector.prompts(**asked) == ["a dog y\n\ndog"]


def test_what_a_file_cannot_hold(tmp_path):
    selector = DemonstrationSelector("bm25").fit([{"text": "a", "label": (1, 2)}])
    with pytest.raises(ValueError, match="the field 'label' of example 0 is a tuple"):
        selector.save(tmp_path / "s")
    assert not list(tmp_path.iterdir())


def test_damage_is_found(tmp_path):
    path = tmp_path / "s"
    DemonstrationSelector(embedder=VECTORS).fit(TEXTS, LABELS).save(path)
    data = path.read_bytes()
    for place in (30, len(data) // 2, len(data) - 3):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(ValueError, match="cannot be read as a selector of demonstrations"):
            DemonstrationSelector.load(path)
    with pytest.raises(FileNotFoundError):
        DemonstrationSelector.load(tmp_path / "none")
