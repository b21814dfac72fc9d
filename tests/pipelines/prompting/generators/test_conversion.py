"""Functions and pipelines as generators, and what is none."""

import functools
import random

import numpy as np
import pytest

from wordvec.pipelines.prompting import (
    Completion,
    DecoderGenerator,
    FunctionGenerator,
    PipelineGenerator,
    as_generator,
)

from .support import decoder, tokenizer


class Own:
    def generate(self, prompts, **options):
        return [Completion(prompt) for prompt in prompts]


class Callable:
    def __call__(self, prompt):
        return prompt[::-1]


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (str.upper, "ABC"),
        (lambda prompt: prompt + "!", "abc!"),
        (Callable(), "cba"),
        (functools.partial(str.replace, "xay", "a"), "xabcy"),
        ("{}?".format, "abc?"),
    ],
)
def test_functions_become_generators(function, text):
    (found,) = as_generator(function).generate(["abc"])
    assert found == Completion(text) and found.n_tokens is None


def test_ours_stay_what_they_are():
    for generator in (Own(), FunctionGenerator(str.upper)):
        assert as_generator(generator) is generator


def test_a_function_gets_the_options_that_it_names():
    def answer(prompt, *, temperature, stop, max_tokens=1, other=None):
        return f"{temperature} {len(stop)} {max_tokens} {other}"

    (found,) = as_generator(answer).generate(["x"], temperature=0.5, stop="\n", max_tokens=7)
    assert found.text == "0.5 1 7 None"
    draws = as_generator(lambda prompt, seed: str(random.Random(seed).random()))
    texts = [each.text for each in draws.generate(["x", "y", "x"], temperature=1.0)]
    assert len(set(texts)) == 3
    assert [draws.generate([p], temperature=1.0)[0].text for p in "xy"] == texts[:2]
    assert [each.text for each in draws.generate(["y", "x", "x"], temperature=1.0)] == [
        texts[k] for k in (1, 0, 2)
    ]


def test_texts_end_at_the_first_stop_string():
    generator = FunctionGenerator(lambda prompt: "one two three", count_tokens=lambda text: len(text.split()))
    (found,) = generator.generate(["a question"], stop=["three", " two"])
    assert found == Completion("one", 2, 1, "stop") and found.n_tokens == 3


@pytest.mark.parametrize("answer", [None, 5, b"bytes", ["text"], Completion("x")])
def test_what_is_no_text(answer):
    def give(prompt):
        return answer

    with pytest.raises(
        TypeError, match="The generator 'give' must return a text. .* ends in 'a question' it returned"
    ):
        as_generator(give).generate(["a question"])


def test_errors_of_a_function_are_its_own():
    with pytest.raises(ZeroDivisionError):
        as_generator(lambda prompt: 1 / 0).generate(["x"])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "Got None"),
        (5, "Got 5"),
        ([str.upper], "A generator must be"),
        (Own, "Own is a class. Pass an instance"),
        ("https://localhost/v1", "pass HTTPGenerator"),
        (b"folder", "A generator must be"),
    ],
)
def test_what_is_no_generator(value, message):
    with pytest.raises(TypeError, match=message):
        as_generator(value)


def test_a_model_alone_is_none():
    with pytest.raises(TypeError, match=r"A DecoderModel alone .* DecoderGenerator\(model, tokenizer\)"):
        as_generator(decoder(tokenizer("word")))
    with pytest.raises(ValueError, match="count_tokens parameter of FunctionGenerator must be a callable"):
        FunctionGenerator(str.upper, count_tokens=3)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Returns a decoder of ours as a generator, and its folder in a pipeline of transformers."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("pipeline") / "model"
    tokens = tokenizer()
    model = decoder(tokens)
    model.save_pretrained(folder)
    tokens.save(folder)
    return DecoderGenerator(model, tokens), as_generator(
        transformers.pipeline("text-generation", str(folder))
    )


def test_a_pipeline_completes_as_ours_does(pair):
    ours, theirs = pair
    assert isinstance(theirs, PipelineGenerator)
    prompts = ["the cat", "a dog and the", "not"]
    assert theirs.generate(prompts, max_tokens=8) == ours.generate(prompts, max_tokens=8)
    stop = ours.generate(["the cat"], max_tokens=8)[0].text[3:5]
    (cut,) = theirs.generate(["the cat"], max_tokens=8, stop=stop)
    assert cut.text == ours.generate(["the cat"], max_tokens=8, stop=stop)[0].text
    assert cut.finish_reason == "stop"
    long = "a " * 28
    assert theirs.generate([long], max_tokens=90)[0].text == ours.generate([long], max_tokens=90)[0].text
    assert theirs.count_tokens("the cat") == ours.count_tokens("the cat")


def test_a_pipeline_scores_as_ours_does(pair):
    ours, theirs = pair
    labels = [" good", " not bad", " the cat sat", "s"]
    prompts = ["the cat", "a dog and the", "not", ""]
    for mine, other in zip(
        ours.log_likelihoods(prompts, labels), theirs.log_likelihoods(prompts, labels), strict=True
    ):
        np.testing.assert_allclose(mine, other, rtol=1e-4)


def test_draws_of_a_pipeline_have_seeds(pair):
    import torch

    theirs = pair[1]
    state = torch.get_rng_state()
    found = theirs.generate(["the cat", "a", "the cat"], max_tokens=6, temperature=1.0)
    assert torch.equal(torch.get_rng_state(), state)
    assert found[0] != found[2]
    assert theirs.generate(["the cat"], max_tokens=6, temperature=1.0) == found[:1]
    with pytest.raises(ValueError, match="Prompt 0 of PipelineGenerator has .* no room in the model's 64"):
        theirs.generate(["a b " * 60])
