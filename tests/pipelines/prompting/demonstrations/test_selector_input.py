"""What a selector takes, and what it says of bad input."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from wordvec import KeyedVectors
from wordvec.pipelines import EmbeddingVectorizer
from wordvec.pipelines.prompting import DemonstrationSelector, PromptTemplate
from wordvec.pipelines.prompting.demonstrations.examples import normalized
from wordvec.tokenizers import Tokenizer

TEXTS = ["a red fox", "a blue dog", "a red dog", "green fox"]
LABELS = ["x", "y", "y", "x"]
VECTORS = KeyedVectors(np.eye(4, dtype=np.float32), ["red", "blue", "fox", "dog"])


def letters(texts):
    """Embed by the letters r, b and g."""
    return [[text.count(letter) for letter in "rbg"] for text in texts]


class Transformer:
    """Embeds, and needs no fitting."""

    def transform(self, texts):
        return np.array(letters(texts))


@pytest.mark.parametrize(
    "embedder", [letters, Transformer(), lambda texts: np.array(letters(texts), np.int8)]
)
def test_anything_that_embeds(embedder):
    assert DemonstrationSelector(embedder=embedder, k=1).fit(TEXTS).select(["bb"]) == [[1]]


def test_an_estimator_that_is_not_fitted_is_fitted_as_a_clone():
    vectorizer = EmbeddingVectorizer(VECTORS)
    selector = DemonstrationSelector(embedder=vectorizer, k=1).fit(TEXTS)
    assert selector.select(["blue"]) == [[1]]
    assert not hasattr(vectorizer, "wv_")


@pytest.mark.parametrize(
    "examples",
    [
        tuple(TEXTS),
        np.array(TEXTS),
        [{"text": text, "label": label} for text, label in zip(TEXTS, LABELS)],
        iter(TEXTS),
    ],
    ids=["tuple", "array", "mappings", "iterator"],
)
def test_kinds_of_examples(examples):
    selector = DemonstrationSelector("bm25", k=2).fit(examples)
    assert selector.select(["blue dog", {"text": "green"}]) == [[2, 1], [0, 3]]
    assert (selector.labels_ is None) != isinstance(examples, list)


def test_fields_are_those_of_the_template():
    examples = [
        {"title": "fox", "body": "red", "sense": "animal", "id": 7},
        {"title": "dog", "body": "blue", "sense": "pet", "id": 8},
    ]
    selector = DemonstrationSelector("bm25", template="{title} {body} -> {sense}", k=1).fit(examples)
    assert selector.labels_ == ["animal", "pet"]
    assert selector.prompts([{"title": "a", "body": "blue"}]) == ["dog blue -> pet\n\na blue ->"]
    assert selector.demonstrations([{"title": "a", "body": "blue"}]) == [[examples[1]]]
    assert selector.messages([{"title": "a", "body": "red"}])[0][1] == {
        "role": "assistant",
        "content": "animal",
    }


class Frame:
    """Looks like a DataFrame."""

    def __init__(self, **columns):
        self.columns = list(columns)
        self.shape = (len(next(iter(columns.values()))), len(columns))
        self.rows = [dict(zip(columns, row)) for row in zip(*columns.values())]

    def to_dict(self, orient):
        assert orient == "records"
        return self.rows


def test_rows_of_a_data_frame_are_mappings():
    selector = DemonstrationSelector("bm25", k=1).fit(Frame(text=TEXTS, label=LABELS))
    assert selector.demonstrations(Frame(text=["blue"], id=[3])) == [[{"text": "a blue dog", "label": "y"}]]


def test_labels_of_numpy_become_plain():
    selector = DemonstrationSelector("bm25").fit(TEXTS, np.array([1, 0, 0, 1]))
    assert [type(label) for label in selector.labels_] == [int] * 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A\tfilm ", "a film"),
        ("Ｆｉｌｍ", "film"),
        ("STRASSE", "straße"),
        ("a\u3000b", "A B"),
        ("ﬁne", "fine"),
    ],
)
def test_what_is_the_same_text(one, other):
    assert normalized(one) == normalized(other)


def test_budgets_are_counted_by_tokenizers_too():
    tokenizer = Tokenizer.train_from_texts(TEXTS, "wordpiece", vocab_size=60)
    selector = DemonstrationSelector("bm25", budget=20, counter=tokenizer, template="{text}\n{label}").fit(
        TEXTS, LABELS
    )
    texts = [f"{text}\n{label}\n\n" for text, label in zip(TEXTS, LABELS)]
    costs = [len(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    (rows,) = selector.select(["a red fox and a blue dog"], 4)
    assert sum(costs[row] for row in rows) <= 20
    by_words = DemonstrationSelector("bm25", budget=9, counter=lambda text: len(text.split())).fit(
        TEXTS, LABELS
    )
    assert [len(rows) for rows in by_words.select(["red dog"], 4)] == [1]


def test_parameters_of_scikit_learn():
    selector = DemonstrationSelector("mmr", letters, k=2, relevance_weight=0.2)
    assert clone(selector).get_params() == selector.get_params()
    assert selector.set_params(k=3).fit(TEXTS).select(["b"]) == clone(selector).fit(TEXTS).select(["b"])


@pytest.mark.parametrize("query", ["", " ", "unknown"])
@pytest.mark.parametrize("method", ["knn", "mmr", "dpp", "coverage", "bm25"])
def test_queries_that_are_like_nothing(method, query):
    embedder = VECTORS if method != "bm25" else None
    if embedder is not None and method != "coverage":
        embedder = EmbeddingVectorizer(VECTORS)
    selector = DemonstrationSelector(method, embedder, k=2).fit(TEXTS)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = selector.select(["red", query])
    assert [len(rows) for rows in found] == [2, 2]
    if method in ("knn", "mmr", "dpp") or not query.strip():
        assert "1 query of DemonstrationSelector.select is blank" in str(told[0].message)
        assert "the first is number 1" in str(told[0].message)


def test_repeated_texts_with_other_labels_are_told():
    with pytest.warns(UserWarning, match="2 examples of .*fit repeat .* number 2, 'y', and number 0, 'x'"):
        selector = DemonstrationSelector("bm25").fit(["a b", "c", "A  b", "C"], ["x", "x", "y", "z"])
    assert selector.select(["a"], 2) == [[1, 0]]


def test_queries_may_be_an_iterator():
    selector = DemonstrationSelector("bm25", k=1).fit(TEXTS, LABELS)
    assert selector.prompts(iter(["blue"])) == selector.prompts(["blue"])
    assert selector.messages(iter(["blue"])) == selector.messages(["blue"])


def test_no_queries():
    assert DemonstrationSelector("bm25").fit(TEXTS).select([]) == []
    assert DemonstrationSelector("knn", letters).fit(TEXTS).prompts([]) == []


def fitted(**options):
    return DemonstrationSelector(**{"method": "bm25"} | options).fit(TEXTS, LABELS)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: DemonstrationSelector("bm25").fit([]), "fit needs at least one example. Got none"),
        (lambda: DemonstrationSelector("bm25").fit("abc"), "Each character would count"),
        (
            lambda: DemonstrationSelector("bm25").fit(["a", 3]),
            "Example 1 of DemonstrationSelector.fit must be a str",
        ),
        (lambda: DemonstrationSelector("bm25").fit(["a", None]), "Example 1 .* must be a str. Got None"),
        (lambda: DemonstrationSelector("bm25").fit([{"text": "a"}, "b"]), "Example 1 .* must be a mapping"),
        (lambda: DemonstrationSelector("bm25").fit(["a", {"text": "b"}]), "Example 1 .* must be a str"),
        (lambda: DemonstrationSelector("bm25").fit(["a", " "]), "Example 1 .* is blank"),
        (lambda: DemonstrationSelector("bm25").fit(TEXTS, ["x"]), "hold a label for each of the 4 examples"),
        (lambda: DemonstrationSelector("bm25").fit(TEXTS, ["x", None, "y", "y"]), "Label 1 .* is missing"),
        (
            lambda: DemonstrationSelector("bm25").fit(TEXTS, ["x", float("nan"), "y", "y"]),
            "Label 1 .* is missing",
        ),
        (
            lambda: DemonstrationSelector("bm25").fit(TEXTS, [["x"], "x", "y", "y"]),
            "Label 0 .* must be a str",
        ),
        (
            lambda: DemonstrationSelector("bm25", balance=True).fit(TEXTS),
            "labels .* each example if balance=True",
        ),
        (lambda: DemonstrationSelector("bm25").fit(TEXTS).prompts(["a"]), "needs the label 'label'"),
        (
            lambda: DemonstrationSelector().fit(TEXTS),
            r"embedder .* must embed texts for method='knn'. .* method='bm25'",
        ),
        (
            lambda: DemonstrationSelector("coverage", letters).fit(TEXTS),
            "be KeyedVectors, an EmbeddingVectorizer, or",
        ),
        (
            lambda: DemonstrationSelector("random").fit(TEXTS, vectors=np.eye(4)),
            "vectors .* left out if method='random'",
        ),
        (
            lambda: DemonstrationSelector("bm25", template="{text} {odd} {label}").fit(TEXTS),
            "lacks the field 'odd'",
        ),
        (
            lambda: DemonstrationSelector("bm25", template="x {label}").fit(TEXTS),
            "have a field in the part of a query",
        ),
        (
            lambda: DemonstrationSelector("bm25").fit([{"q": "a"}]),
            "Example 0 .* lacks the field 'text' .* it has 'q'",
        ),
        (
            lambda: DemonstrationSelector("bm25", budget=5).fit(TEXTS, LABELS),
            "counter .* must count tokens where there",
        ),
        (
            lambda: fitted(budget=1, counter=len),
            "budget .* leave room for one example. Got 1 .* takes .* tokens",
        ),
        (
            lambda: DemonstrationSelector("bm25", budget=9, counter=len).fit(TEXTS),
            "labels .* if there is a budget",
        ),
        (lambda: fitted(budget=9, counter=str.split), "return the number of tokens of a text, not list"),
        (lambda: fitted(budget=9, counter=lambda _: -1), "return the number of tokens of a text, not int -1"),
        (lambda: fitted(counter="words"), "The counter parameter of DemonstrationSelector"),
        (lambda: fitted().select(["a"], 0), "k .* must be an integer of at least 1. Got 0"),
        (
            lambda: fitted().select(["a"], 5),
            "k .* at most 4, the number of examples with different texts. Got 5",
        ),
        (lambda: fitted().select(["a"], True), "k parameter"),
        (lambda: fitted().select("a"), "queries .* not one str"),
        (
            lambda: fitted().select(["a", 1]),
            "Query 1 of DemonstrationSelector.select must be a mapping",
        ),
        (lambda: fitted().select([{"txt": "a"}]), "Query 0 .* lacks the field 'text' .* it has 'txt'"),
        (lambda: fitted().select({"text": "a"}), "queries parameter"),
        (lambda: fitted().select(["a"], vectors=[[1.0]]), "vectors .* be left out if method='bm25'"),
        (lambda: DemonstrationSelector("bm25").select(["a"]), "not fitted"),
        (lambda: DemonstrationSelector("bm25").save("x"), "not fitted"),
    ],
)
def test_bad_input(make, told):
    with pytest.raises((TypeError, ValueError, NotFittedError), match=told):
        make()


@pytest.mark.parametrize(
    ("vectors", "told"),
    [
        (np.ones((3, 2)), r"have an array of numbers of shape \(4, D\)"),
        (np.ones(4), r"shape \(4, D\)"),
        (np.ones((4, 0)), r"shape \(4, D\)"),
        ([[1.0], [2.0], [3.0, 4.0], [5.0]], r"shape \(4, D\)"),
        ([["a"]] * 4, r"shape \(4, D\)"),
        (csr_array(np.ones((4, 2))), r"shape \(4, D\)"),
        (np.array([[1.0], [np.nan], [1.0], [1.0]]), "finite numbers alone.* Row 1 holds NaN"),
        (np.array([[1.0], [1.0], [np.inf], [1.0]]), "Row 2 holds NaN, or a number that is too large"),
        (np.array([[1.0], [1.0], [1e300], [1.0]]), "Row 2 holds NaN, or a number that is too large"),
    ],
)
def test_bad_vectors(vectors, told):
    with pytest.raises(ValueError, match=f"vectors parameter of DemonstrationSelector.fit must .*{told}"):
        DemonstrationSelector().fit(TEXTS, vectors=vectors)
    with pytest.raises(ValueError, match=told.replace("have", "return")):
        DemonstrationSelector(embedder=lambda texts: vectors).fit(TEXTS)


def test_bad_vectors_of_queries():
    selector = DemonstrationSelector().fit(TEXTS, vectors=np.eye(4))
    with pytest.raises(
        ValueError, match="vectors .* be passed for the queries, as they were for the examples"
    ):
        selector.select(["a"])
    with pytest.raises(ValueError, match=r"shape \(1, 4\)"):
        selector.select(["a"], vectors=[[1.0]])
    width = {"n": 3}
    changing = DemonstrationSelector(embedder=lambda texts: np.ones((len(texts), width["n"]))).fit(TEXTS)
    width["n"] = 2
    with pytest.raises(ValueError, match=r"embedder .* return an array of numbers of shape \(1, 3\)"):
        changing.select(["a"])


class Tokens:
    """Returns what it was told to, as vectors of tokens."""

    def __init__(self, answer):
        self.answer = answer

    def transform(self, texts):
        return np.ones((len(texts), 2))

    def transform_tokens(self, texts):
        return self.answer


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([np.ones((2, 3))] * 3, "array of the vectors of tokens for each of 4 texts. Got '3 arrays'"),
        ([np.ones((2, 3))] * 3 + [np.ones((2, 2))], r"of shape \(2, 3\)"),
        ([np.ones((2, 3))] * 3 + [np.ones(3)], r"of shape \(3, 3\)"),
        ([np.ones((2, 3))] * 3 + [7], r"of shape \(0, 3\)"),
        ([np.full((2, 3), np.nan)] * 4, "finite numbers alone"),
    ],
)
def test_bad_vectors_of_tokens(answer, told):
    with pytest.raises(ValueError, match=f"embedder parameter of DemonstrationSelector must return .*{told}"):
        DemonstrationSelector("coverage", Tokens(answer)).fit(TEXTS)


def test_an_encoder_of_ours(tmp_path):
    pytest.importorskip("torch")
    from wordvec.transformer import EncoderModel, TransformerConfig, TransformerFeatures

    tokenizer = Tokenizer.train_from_texts(TEXTS, "wordpiece", vocab_size=60)
    config = TransformerConfig.bert(tokenizer.vocab_size, hidden_size=8, num_layers=1, num_heads=1)
    EncoderModel(config, seed=1).save_pretrained(tmp_path)
    tokenizer.save(tmp_path)
    features = TransformerFeatures(tmp_path)
    fitted = TransformerFeatures(tmp_path).fit(TEXTS)
    for method in ("knn", "coverage"):
        selector = DemonstrationSelector(method, features, k=2).fit(TEXTS, LABELS)
        assert not hasattr(features, "model_")
        again = DemonstrationSelector(method, fitted, k=2).fit(TEXTS, LABELS)
        assert selector.select(["a red dog?"]) == again.select(["a red dog?"])
        selector.save(tmp_path / "s")
        loaded = DemonstrationSelector.load(tmp_path / "s", embedder=fitted)
        assert loaded.select(["a red dog?"]) == selector.select(["a red dog?"])


def test_a_template_may_be_an_object():
    template = PromptTemplate("{text} = {label}", verbalizers={"x": "eks", "y": "why"})
    selector = DemonstrationSelector("bm25", template=template, k=1).fit(TEXTS, LABELS)
    assert selector.prompts(["green"]) == ["green fox = eks\n\ngreen ="]
