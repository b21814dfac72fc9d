"""Classification in context: the formulas, calibration, what is asked of the generator, files, bad input."""

import math
import pickle
import re
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score

from wordvec import KeyedVectors
from wordvec.pipelines.prompting import DemonstrationSelector, InContextClassifier, PromptTemplate

TEXTS = ["a warm film", "a funny film", "a dull book", "a long book", "a bad film", "a fine book"]
LABELS = ["good", "good", "bad", "bad", "bad", "good"]
TEMPLATE = "Review: {text}\nSentiment: {label}"


class Scripted:
    """Scores words by a function of the prompt, and notes what it was asked."""

    def __init__(self, score):
        self.score, self.calls = score, []

    def log_likelihoods(self, prompts, continuations):
        self.calls.append((list(prompts), list(continuations)))
        return [np.array([self.score(prompt, text) for text in continuations]) for prompt in prompts]


class Limited(Scripted):
    """A model with room for some words."""

    max_length = 16

    def count_tokens(self, text):
        return len(text.split())


def uneven(prompt, text):
    """Prefer long words, and a bit what the prompt holds often."""
    return len(text) * 0.7 + 0.3 * prompt.count(text.strip()) - len(prompt) / 50


def softmax(values):
    powers = [math.exp(value) for value in values]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize("selector", [None, DemonstrationSelector("bm25", k=3, template=TEMPLATE)])
@pytest.mark.parametrize("content_free", [None, ("N/A",), ("N/A", "[MASK]", "")])
@pytest.mark.parametrize("batch_size", [1, 64])
def test_probabilities_are_the_formula(selector, content_free, batch_size):
    generator = Scripted(uneven)
    options = {"content_free": content_free, "batch_size": batch_size, "template": TEMPLATE}
    model = InContextClassifier(generator, selector, **options).fit(TEXTS, LABELS)
    asked = ["a warm book", "a long and dull film", "other"]
    found = model.predict_proba(asked)
    for row, query in zip(found, asked):
        shown = [] if selector is None else clone(selector).fit(TEXTS, LABELS).demonstrations([query])[0]
        template = PromptTemplate(TEMPLATE)
        words = [" bad", " good"]
        p = softmax([uneven(template.prompt(shown, {"text": query}), word) for word in words])
        if content_free is not None:
            each = [
                softmax([uneven(template.prompt(shown, {"text": free}), word) for word in words])
                for free in content_free
            ]
            p = [mine / (sum(column) / len(each)) for mine, column in zip(p, zip(*each))]
        np.testing.assert_allclose(row, np.array(p) / sum(p))
    assert model.classes_.tolist() == ["bad", "good"]
    assert model.predict(asked).tolist() == [model.classes_[row.argmax()] for row in found]
    assert 0 <= model.score(asked, ["good", "bad", "bad"]) <= 1


def test_calibration_removes_what_is_preferred_without_content():
    def score(prompt, text):
        return (5.0 if text == " good" else 0.0) + (2.0 if "dull" in prompt and text == " bad" else 0.0)

    plain = InContextClassifier(Scripted(score), template=TEMPLATE, content_free=None).fit(TEXTS, LABELS)
    model = InContextClassifier(Scripted(score), template=TEMPLATE).fit(TEXTS, LABELS)
    assert plain.predict(["dull", "warm"]).tolist() == ["good", "good"]
    assert model.predict(["dull"]).tolist() == ["bad"]
    np.testing.assert_allclose(model.predict_proba(["warm"]), [[0.5, 0.5]])


def test_content_is_asked_for_once_where_examples_are_the_same():
    generator = Scripted(uneven)
    selector = DemonstrationSelector("votek", lambda texts: np.eye(6)[: len(texts)], template=TEMPLATE, k=2)
    model = InContextClassifier(generator, selector, content_free=("N/A", ""), batch_size=2).fit(
        TEXTS, LABELS
    )
    model.predict(["x", "y", "z"])
    assert [len(prompts) for prompts, _ in generator.calls] == [2, 2, 1]
    zero = InContextClassifier(Scripted(uneven), template=TEMPLATE).fit(TEXTS, LABELS)
    zero.predict(["x", "y"])
    assert [len(prompts) for prompts, _ in zero.generator.calls] == [2, 3]
    assert zero.generator.calls[1][0] == [f"Review: {free}\nSentiment:" for free in ("N/A", "[MASK]", "")]


def test_prompts_and_words_are_those_of_the_template():
    generator = Scripted(uneven)
    selector = DemonstrationSelector("bm25", k=1, template="{text} is {label}")
    words = {0: "poor", 1: "great"}
    model = InContextClassifier(generator, selector, verbalizers=words, content_free=None)
    model.fit(TEXTS, [1, 1, 0, 0, 0, 1]).predict(["a warm day"])
    assert generator.calls == [(["a warm film is great\n\na warm day is"], [" poor", " great"])]
    assert model.prompts(["a warm day"]) == generator.calls[0][0]
    assert model.predict(["a"]).dtype.kind == "i"
    own = PromptTemplate("{text}: {label}", verbalizers={0: "no", 1: "yes"})
    model.set_params(template=own, verbalizers=None).fit(TEXTS, [1, 1, 0, 0, 0, 1])
    assert model.prompts(["a warm day"]) == ["a warm film: yes\n\na warm day:"]


def test_mappings_with_their_labels():
    examples = [{"q": text, "id": n, "a": label} for n, (text, label) in enumerate(zip(TEXTS, LABELS))]
    selector = DemonstrationSelector("bm25", k=1, template="{q} {a}")
    model = InContextClassifier(Scripted(lambda p, t: p.count(t)), selector, content_free=None).fit(examples)
    assert model.predict([{"q": "a dull day"}, {"q": "a funny day"}]).tolist() == ["bad", "good"]


def test_examples_are_left_out_where_the_model_has_no_room():
    selector = DemonstrationSelector("bm25", k=3, template="{text} {label}")
    model = InContextClassifier(Limited(uneven), selector, content_free=None).fit(TEXTS, LABELS)
    with pytest.warns(
        UserWarning, match="1 of 2 prompts of .*predict_proba would be longer than the 16 tokens"
    ):
        model.predict(["a film", "a long and dull film of films"])
    (kept, cut), _ = model.generator.calls[0]
    assert kept.count("\n\n") == 3
    assert model.prompts(["a"])[0].count("\n\n") == 3
    whole = DemonstrationSelector("bm25", k=3, template="{text} {label}").fit(TEXTS, LABELS)
    expected = whole.prompts(["a long and dull film of films"])[0].split("\n\n")
    assert cut == "\n\n".join(expected[1:])


@pytest.mark.parametrize("selector", [None, DemonstrationSelector("bm25", k=1, template="{text} {label}")])
def test_a_query_that_no_model_has_room_for_is_shown(selector):
    options = {"content_free": None, "template": "{text} {label}"}
    model = InContextClassifier(Limited(uneven), selector, **options).fit(TEXTS, LABELS)
    model.predict(["a b c d e f g h i j k l m n o p"])
    long = "a b c d e f g h i j k l m n o p q"
    with pytest.raises(
        ValueError, match="has 18 tokens with its label, even without examples.* takes 16: 'a b c d"
    ):
        model.predict(["a film", long])


def test_a_decoder_of_ours():
    pytest.importorskip("torch")
    from wordvec.pipelines.prompting import DecoderGenerator
    from wordvec.tokenizers import Tokenizer
    from wordvec.transformer import DecoderModel, TransformerConfig

    selector = DemonstrationSelector("bm25", k=2, template=TEMPLATE)
    prompts = clone(selector).fit(TEXTS, LABELS).prompts(TEXTS)
    tokenizer = Tokenizer.train_from_texts(
        [f"{prompt} {label}" for prompt in prompts for label in LABELS], "word"
    )
    config = TransformerConfig.gpt(
        tokenizer.vocab_size, hidden_size=8, num_layers=1, num_heads=1, max_length=64
    )
    generator = DecoderGenerator(DecoderModel(config, seed=1).eval(), tokenizer)
    model = InContextClassifier(generator, selector, content_free=("N/A",)).fit(TEXTS, LABELS)
    found = model.predict_proba(["a warm book", "a dull film"])
    scores = generator.log_likelihoods(model.prompts(["a warm book", "a dull film"]), [" bad", " good"])
    assert found.shape == (2, 2)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    plain = (
        clone(model)
        .set_params(content_free=None)
        .fit(TEXTS, LABELS)
        .predict_proba(["a warm book", "a dull film"])
    )
    np.testing.assert_allclose(plain, [softmax(row) for row in scores])


def test_in_scikit_learn():
    model = InContextClassifier(Scripted(lambda p, t: p.count(t)), DemonstrationSelector("bm25", k=2))
    twin = clone(model)
    assert twin.generator is model.generator
    assert twin.selector is not model.selector
    assert twin.selector.get_params() == model.selector.get_params()
    assert cross_val_score(model, TEXTS, LABELS, cv=3).shape == (3,)
    fitted = clone(model).set_params(generator=Limited(uneven)).fit(TEXTS, LABELS)
    fitted.generator.score = len  # a function that pickle knows
    assert pickle.loads(pickle.dumps(fitted)).prompts(["a"]) == fitted.prompts(["a"])


@pytest.mark.parametrize("selector", [None, "bm25", "knn", "other"])
def test_files(selector, tmp_path):
    def letters(texts):
        return [[text.count(letter) + 1 for letter in "aom"] for text in texts]

    words = ["warm", "film", "book"]
    vectors = KeyedVectors(np.random.default_rng(1).normal(size=(3, 2)).astype(np.float32), words)
    made = {
        "bm25": DemonstrationSelector("bm25", k=2),
        "knn": DemonstrationSelector("knn", vectors, k=2),
        "other": DemonstrationSelector("knn", letters, k=2),
    }.get(selector)
    options = {"verbalizers": {0: "no", 1: "yes"}, "content_free": ("", "-")}
    model = InContextClassifier(Scripted(uneven), made, **options).fit(TEXTS, [1, 1, 0, 0, 0, 1])
    model.save(tmp_path / "m")
    given = {"embedder": letters} if selector == "other" else {}
    loaded = InContextClassifier.load(tmp_path / "m", generator=Scripted(uneven), **given)
    asked = ["a warm book", "film"]
    assert (loaded.predict_proba(asked) == model.predict_proba(asked)).all()
    assert loaded.classes_.tolist() == [0, 1]
    assert (loaded.verbalizers, loaded.content_free) == (options["verbalizers"], options["content_free"])
    assert (loaded.selector is None) == (selector is None)
    with pytest.raises(ValueError, match="embedder parameter of InContextClassifier.load"):
        InContextClassifier.load(
            tmp_path / "m", generator=Scripted(uneven), **({} if given else {"embedder": letters})
        )
    data = (tmp_path / "m").read_bytes()
    (tmp_path / "m").write_bytes(data[:-2])
    with pytest.raises(ValueError, match="cannot be read as a classifier in context"):
        InContextClassifier.load(tmp_path / "m", generator=Scripted(uneven))


def fitted(score=uneven, y=LABELS, **options):
    return InContextClassifier(Scripted(score), **({"template": TEMPLATE} | options)).fit(TEXTS, y)


class Answering:
    """Returns what it was told to."""

    def __init__(self, answer):
        self.answer = answer

    def log_likelihoods(self, prompts, continuations):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: InContextClassifier(len).fit(TEXTS, LABELS), "generator .* an object with log_likelihoods"),
        (
            lambda: InContextClassifier(Answering, None).fit(TEXTS, LABELS),
            "generator .* an object with log_likelihoods",
        ),
        (
            lambda: fitted(selector="bm25"),
            "selector parameter of InContextClassifier must be a DemonstrationSelector",
        ),
        (lambda: fitted(content_free=()), "content_free .* a tuple of texts, one at least"),
        (lambda: fitted(content_free="N/A"), "content_free .* a tuple of texts"),
        (lambda: fitted(verbalizers={"good": "g"}), "The label 'bad' has no verbalizer"),
        (lambda: fitted(verbalizers={"good": "g", "bad": "g"}), "must differ from that of 'good'"),
        (
            lambda: fitted(y=None),
            "y parameter of InContextClassifier.fit must be a list with a label for each",
        ),
        (lambda: fitted(y=["a"] * 6), "two different labels at least. Got 'a' alone"),
        (
            lambda: fitted(y=["a", 1] * 3),
            "labels of InContextClassifier.fit must be of one kind. Got int and str",
        ),
        (lambda: fitted(y=["a", " "] * 3), "The label ' ' of .* is blank"),
        (lambda: fitted(y=["a"]), "hold a label for each of the 6 examples"),
        (lambda: fitted(y=[*LABELS[:5], None]), "Label 5 .* is missing"),
        (lambda: fitted(template="{odd} {label}"), "lacks the field 'odd'"),
        (lambda: fitted(selector=DemonstrationSelector("bm25", k=7)), "k .* be at most 6"),
        (lambda: fitted().predict(["a", None]), "Query 1 of InContextClassifier.predict_proba must be a str"),
        (lambda: fitted().predict("a"), "queries .* not one str"),
        (lambda: InContextClassifier(Answering(1)).predict(["a"]), "not fitted"),
        (lambda: InContextClassifier(Answering(1)).save("x"), "not fitted"),
        (
            lambda: InContextClassifier.load("x", generator=3),
            "generator parameter of InContextClassifier.load",
        ),
    ],
)
def test_bad_input(make, told):
    with pytest.raises((TypeError, ValueError, NotFittedError), match=told):
        make()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([[1.0, 2.0]], r"return 2 numbers for each of 2 prompts from log_likelihoods"),
        ([[1.0], [2.0]], "return 2 numbers for each"),
        ([[1.0, 2.0], [1.0]], "return 2 numbers for each"),
        (None, "return 2 numbers for each"),
        ("yes", "return 2 numbers for each"),
        ([[1.0, math.nan], [1.0, 1.0]], "return finite log-likelihoods"),
        ([[1.0, 2.0], [-math.inf, -math.inf]], "return finite log-likelihoods"),
        (RuntimeError("the model is gone"), "the model is gone"),
    ],
)
def test_generators_that_answer_nonsense(answer, told):
    model = InContextClassifier(Answering(answer)).fit(TEXTS, LABELS)
    with pytest.raises((ValueError, RuntimeError), match=re.compile(told)):
        model.predict(["a", "b"])


def test_labels_that_no_prompt_tells_apart_are_told():
    model = fitted(score=lambda prompt, text: -float(len(prompt)), content_free=None)
    with pytest.warns(
        UserWarning, match="The labels 'bad' and 'good' of .* the same likelihood after each prompt"
    ):
        np.testing.assert_allclose(model.predict_proba(["a", "b"]), 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted(score=lambda prompt, text: -float(len(prompt)) * ("x" in prompt) * len(text)).predict(
            ["x", "y"]
        )


def test_a_label_that_is_impossible_stays_so():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fitted(score=lambda _, text: -math.inf if text == " bad" else -1.0)
        np.testing.assert_array_equal(model.predict_proba(["a"]), [[0, 1]])
        assert fitted().predict([]).tolist() == []
