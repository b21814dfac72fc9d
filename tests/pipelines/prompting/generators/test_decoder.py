"""Decoders as generators: completions against `generate`, likelihoods against single tokens."""

import numpy as np
import pytest

from wordvec.pipelines.prompting import DecoderGenerator, as_generator
from wordvec.transformer import Tokenizer, generate

from ....transformer.generation.support import translator
from .support import decoder, naive_log_likelihood, tokenizer

PROMPTS = ["the cat", "a", "the dog ran to the door and the cat sat on the mat", "not bad"]


@pytest.fixture(scope="module", params=["bpe", "word", "wordpiece"])
def generator(request):
    tokens = tokenizer(request.param)
    return DecoderGenerator(decoder(tokens).double(), tokens, batch_size=3)


@pytest.fixture(scope="module")
def bpe():
    tokens = tokenizer()
    return DecoderGenerator(decoder(tokens), tokens)


def test_completions_are_those_of_generate(generator):
    found = generator.generate(PROMPTS, max_tokens=9)
    for prompt, one in zip(PROMPTS, found, strict=True):
        ids = generator.tokenizer.encode(prompt, add_special_tokens=False)
        (want,) = generate(generator.model, [ids], max_new_tokens=9, tokenizer=generator.tokenizer)
        assert one.text == want.text
        assert (one.n_prompt_tokens, one.n_new_tokens) == (len(ids), len(want.token_ids))
        assert one.finish_reason == ("length" if want.reason == "length" else "stop")
        assert one.n_tokens == len(ids) + len(want.token_ids)


def test_a_stop_string_ends_a_completion(bpe):
    (whole,) = bpe.generate(["the cat"], max_tokens=20)
    stop = whole.text[5:8]
    (cut,) = bpe.generate(["the cat"], max_tokens=20, stop=stop)
    assert cut.text == whole.text[: whole.text.index(stop)] and cut.finish_reason == "stop"
    assert bpe.generate(["the cat"], max_tokens=20, stop=[stop, "§"]) == [cut]


def test_a_completion_is_as_long_as_the_model_allows(bpe):
    long = "a " * 28
    n_long = bpe.count_tokens(long)
    found = bpe.generate([long, "a", long + "a", "the"], max_tokens=60)
    alone = [bpe.generate([prompt], max_tokens=60)[0] for prompt in (long, "a", long + "a", "the")]
    assert found == alone
    assert found[0].n_new_tokens == 64 - n_long or found[0].finish_reason == "stop"
    with pytest.raises(
        ValueError, match="Prompt 1 of DecoderGenerator has .* no room in the model's max_length of 64"
    ):
        bpe.generate(["a", "a b " * 60])


def test_draws_depend_on_seed_text_and_repetition_alone(bpe):
    def draw(prompts, seed=0, batch_size=16):
        bpe.batch_size = batch_size
        return [each.text for each in bpe.generate(prompts, max_tokens=8, temperature=1.0, seed=seed)]

    three = draw(["the cat", "a dog", "the cat"])
    assert three[0] != three[2]
    assert draw(["the cat", "not bad", "the cat"], batch_size=1)[::2] == three[::2]
    assert draw(["a dog"]) == three[1:2]
    assert draw(["the cat"], seed=1) != three[:1]
    assert len(set(draw(["the cat"] * 20))) > 10
    bpe.batch_size = 16


def test_a_low_temperature_is_close_to_the_best(bpe):
    greedy = bpe.generate(PROMPTS, max_tokens=5)
    assert bpe.generate(PROMPTS, max_tokens=5, temperature=1e-4) == greedy
    assert bpe.generate(["a", "a"], max_tokens=5)[0] == bpe.generate(["a"], max_tokens=5, seed=9)[0]


def test_likelihoods_are_sums_of_single_tokens(generator):
    labels = [" good", " not bad", " the cat sat"]
    found = generator.log_likelihoods(PROMPTS, labels)
    for prompt, scores in zip(PROMPTS, found, strict=True):
        want = [naive_log_likelihood(generator.model, generator.tokenizer, prompt, each) for each in labels]
        np.testing.assert_allclose(scores, want, rtol=1e-11)
    own = [labels[:1], labels[1:], [], labels]
    for all_of_it, some, texts in zip(found, generator.log_likelihoods(PROMPTS, own), own, strict=True):
        np.testing.assert_allclose(some, [all_of_it[labels.index(text)] for text in texts], rtol=1e-11)


def test_continuations_that_change_the_prompts_tokens_are_compared_after_the_same_ones(bpe):
    tokens, prompt = bpe.tokenizer, "the c"
    labels = ["at", "zzz"]
    assert tokens.encode("the cat")[: len(tokens.encode(prompt))] != tokens.encode(prompt)
    (scores,) = bpe.log_likelihoods([prompt], labels)
    want = [naive_log_likelihood(bpe.model, tokens, "the", prompt[3:] + label) for label in labels]
    np.testing.assert_allclose(scores, want, rtol=1e-4)


def test_an_empty_prompt_is_the_token_that_begins_texts(bpe):
    start = bpe.tokenizer.end_token_id
    (want,) = generate(bpe.model, [[start]], max_new_tokens=4, tokenizer=bpe.tokenizer)
    assert bpe.generate([""], max_tokens=4)[0].text == want.text
    (scores,) = bpe.log_likelihoods([""], ["the", "a"])
    assert scores.shape == (2,) and (scores < 0).all()


def test_nothing_to_do(bpe):
    assert bpe.generate([]) == [] and bpe.log_likelihoods([], ["a"]) == []
    assert [each.shape for each in bpe.log_likelihoods(["a"], [])] == [(0,)]


def test_a_folder_becomes_a_generator(bpe, tmp_path):
    bpe.model.save_pretrained(tmp_path / "model")
    bpe.tokenizer.save(tmp_path / "model")
    for place in (tmp_path / "model", str(tmp_path / "model")):
        assert as_generator(place).generate(PROMPTS, max_tokens=5) == bpe.generate(PROMPTS, max_tokens=5)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        as_generator(tmp_path / "nothing")
    translator(vocab_size=bpe.tokenizer.vocab_size).save_pretrained(tmp_path / "model")
    with pytest.raises(ValueError, match="holds a EncoderDecoderModel, which does not continue text"):
        DecoderGenerator.load(tmp_path / "model")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(prompts="the cat"), "list of texts"),
        (dict(prompts=["a", None]), "DecoderGenerator.generate"),
        (dict(prompts=["a"], max_tokens=0), "The max_tokens parameter of DecoderGenerator.generate must be"),
        (dict(prompts=["a"], temperature=-1), "The temperature parameter"),
        (dict(prompts=["a"], temperature=float("nan")), "The temperature parameter"),
        (dict(prompts=["a"], seed=-1), "The seed parameter"),
        (dict(prompts=["a"], stop=""), "stop parameter .* a text that is not empty"),
        (dict(prompts=["a"], stop=["x", None]), "stop parameter"),
        (dict(prompts=["a"], stop=5), "stop parameter"),
        (dict(prompts=["\ud800"]), "lone surrogate"),
    ],
)
def test_bad_requests(bpe, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        bpe.generate(**arguments)


@pytest.mark.parametrize(
    ("prompts", "continuations", "message"),
    [
        (["a"], "good", "continuations parameter of DecoderGenerator.log_likelihoods"),
        (["a"], [" good", ""], "hold no empty text"),
        (["a"], [[" good"], [" bad"]], "one for each of 1 prompts"),
        (["a"], [" good", None], "continuations"),
        (["a"], None, "continuations"),
        (["a b " * 60], [" good"], "Prompt 0 .* the model takes 64"),
    ],
)
def test_bad_continuations(bpe, prompts, continuations, message):
    with pytest.raises((TypeError, ValueError), match=message):
        bpe.log_likelihoods(prompts, continuations)


def test_a_blank_adds_no_token_to_words():
    tokens = tokenizer("word")
    with pytest.raises(ValueError, match="The continuation ' ' adds no token to prompt 0"):
        DecoderGenerator(decoder(tokens), tokens).log_likelihoods(["the cat"], [" dog", " "])


def test_parts_of_the_wrong_kind():
    tokens = tokenizer("word")
    with pytest.raises(
        TypeError, match="needs a DecoderModel and its Tokenizer. Got EncoderDecoderModel and Tokenizer"
    ):
        DecoderGenerator(translator(), tokens)
    with pytest.raises(TypeError, match="Got DecoderModel and str"):
        DecoderGenerator(decoder(tokens), "words")
    with pytest.raises(ValueError, match="batch_size"):
        DecoderGenerator(decoder(tokens), tokens, batch_size=0)
    assert isinstance(tokens, Tokenizer)
