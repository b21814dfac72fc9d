"""Generation against transformers' generate, brute force, and itself without cache or batch."""

import dataclasses
import functools
import inspect
import itertools
import math

import pytest
import torch

from wordvec._utils.errors import ParameterError
from wordvec.transformer import DecoderModel, EncoderModel, Tokenizer, TransformerConfig, from_pretrained
from wordvec.transformer.data.labelled_batches import Seq2SeqBatches
from wordvec.transformer.generation.decoder_runs import inference, start_run
from wordvec.transformer.generation.generate import generate
from wordvec.transformer.generation.options import GenerationOptions

from .support import EOS, PROMPTS, Letters, V, decoder, ids, randomised, translator


@pytest.fixture(scope="module")
def make_pair(tmp_path_factory):
    """Returns a function of a seed: a tiny GPT-2 of transformers, randomised, and ours with its weights."""
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(
        vocab_size=V, n_positions=48, n_embd=16, n_layer=2, n_head=2, bos_token_id=EOS, eos_token_id=EOS
    )

    @functools.cache
    def make(seed):
        theirs = randomised(transformers.GPT2LMHeadModel(config), seed)
        folder = tmp_path_factory.mktemp("gpt2")
        theirs.save_pretrained(folder)
        return theirs, from_pretrained(folder)

    return make


def generated_by(theirs, prompt, n_new, eos=EOS, **options):
    input_ids = torch.tensor([prompt])
    with torch.no_grad():
        out = theirs.generate(
            input_ids,
            attention_mask=torch.ones_like(input_ids),
            max_new_tokens=n_new,
            pad_token_id=0,
            eos_token_id=eos,
            **({"do_sample": False} | options),
        )
    new = out[0, len(prompt) :].tolist()
    return new[: new.index(eos) + 1] if eos in new else new


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"repetition_penalty": 1.4},
        {"no_repeat_ngram_size": 1},
        {"no_repeat_ngram_size": 3},
        {"num_beams": 2},
        {"num_beams": 4, "length_penalty": 0.0},
        {"num_beams": 4, "length_penalty": 2.0},
        {"num_beams": 3, "length_penalty": -1.0},
        {"num_beams": 3, "repetition_penalty": 1.4},
        {"num_beams": 3, "no_repeat_ngram_size": 2},
    ],
    ids=str,
)
def test_tokens_are_those_of_transformers(make_pair, options):
    n_ended = 0
    for seed in range(3):
        theirs, ours = make_pair(seed)
        # The end token is one that comes, so that texts of several lengths compete.
        eos = generate(ours, PROMPTS, max_new_tokens=6)[seed].token_ids[-1]
        found = generate(ours, PROMPTS, max_new_tokens=12, eos_token_id=eos, **options)
        assert ids(found) == [generated_by(theirs, prompt, 12, eos, **options) for prompt in PROMPTS]
        n_ended += sum(generation.reason == "end" for generation in found)
        for generation in found:
            assert generation.reason == ("end" if generation.token_ids[-1] == eos else "length")
    assert n_ended > 0


MODELS = {
    "gpt": decoder(),
    "rotary": decoder(positions="rotary", norm="post"),
    "sinusoidal": decoder(positions="sinusoidal", tie_embeddings=False),
    "everything": decoder(
        type_vocab_size=2,
        embedding_norm=True,
        scale_embeddings=True,
        activation="relu",
        norm="post",
        num_heads=4,
    ),
    "original": translator(),
    "pre-norm translator": translator(positions="learned", norm="pre", tie_embeddings=False),
}
OPTIONS = [
    {},
    {"num_beams": 3},
    {"repetition_penalty": 1.3, "no_repeat_ngram_size": 2},
    {"num_beams": 2, "repetition_penalty": 1.3, "no_repeat_ngram_size": 2},
    {"do_sample": True, "seed": 3},
    {"do_sample": True, "temperature": 1.5, "top_k": 9, "top_p": 0.9, "min_p": 0.02},
]


@pytest.mark.parametrize("use_cache", [True, False])
@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_every_step_scores_what_the_model_scores(model, use_cache):
    """Rows of several lengths, reordered on the way, against each row on its own without a cache."""
    rng = torch.Generator().manual_seed(0)
    is_decoder = isinstance(model, DecoderModel)
    with inference(model):
        run = start_run(model, PROMPTS, 6, use_cache, start_token_id=1)
        sources = [list(prompt) for prompt in PROMPTS]
        texts = [list(prompt) if is_decoder else [1] for prompt in PROMPTS]
        new_ids = run.prompt_ids
        for step in range(6):
            scores = run.logits(new_ids)
            for row, (source, text) in enumerate(zip(sources, texts)):
                target = torch.tensor([text])
                if is_decoder:
                    logits = model(target).logits
                else:
                    logits = model(torch.tensor([source]), decoder_input_ids=target).logits
                torch.testing.assert_close(scores[row], logits[0, -1], rtol=1e-4, atol=1e-4)
            if step == 2:
                order = [3, 0, 0, 2, 1]
                run.reorder(torch.tensor(order))
                sources, texts = [sources[i] for i in order], [list(texts[i]) for i in order]
            new_ids = torch.randint(0, V, (len(texts), 1), generator=rng)
            for text, token in zip(texts, new_ids[:, 0].tolist()):
                text.append(token)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_cache_and_batch_change_no_token(model, options):
    together = ids(generate(model, PROMPTS, max_new_tokens=20, **options))
    assert ids(generate(model, PROMPTS, max_new_tokens=20, use_cache=False, **options)) == together
    # Draws belong to the row, so a sampled prompt is compared in its row.
    for number, prompt in enumerate(PROMPTS):
        filler = [[1]] * number if options.get("do_sample") else []
        alone = generate(model, [*filler, prompt], max_new_tokens=20, **options)
        assert alone[-1].token_ids == together[number]


def test_tensors_padded_on_either_side_are_the_lists():
    expected = ids(generate(decoder(), PROMPTS, max_new_tokens=8))
    longest = max(map(len, PROMPTS))
    for to_left in (True, False):
        rows = [[0] * (longest - len(p)) + p if to_left else p + [0] * (longest - len(p)) for p in PROMPTS]
        ones = [[0] * (longest - len(p)) + [1] * len(p) for p in PROMPTS]
        mask = torch.tensor(ones if to_left else [row[::-1] for row in ones])
        assert ids(generate(decoder(), torch.tensor(rows), mask, max_new_tokens=8)) == expected
    assert ids(generate(decoder(), torch.tensor(PROMPTS[:1]), max_new_tokens=8)) == expected[:1]


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_a_wide_beam_finds_the_best_of_all_texts(length_penalty):
    """Texts of at most three tokens over four, all of them scored one by one."""
    model = translator(vocab_size=6, bos_token_id=1, eos_token_id=5)
    source = torch.tensor([[2, 3, 4]])
    texts = [
        text
        for length in (1, 2, 3)
        for text in itertools.product(range(6), repeat=length)
        if 5 not in text[:-1] and (text[-1] == 5 or length == 3)
    ]

    def score(text):
        with torch.no_grad():
            logits = model(source, decoder_input_ids=torch.tensor([[1, *text[:-1]]])).logits[0]
        logs = logits.log_softmax(-1)
        return (
            sum(float(logs[place, token]) for place, token in enumerate(text)) / len(text) ** length_penalty
        )

    scores = {text: score(text) for text in texts}
    best = max(texts, key=scores.get)
    found = generate(
        model, source, max_new_tokens=3, num_beams=6**3, length_penalty=length_penalty, repetition_penalty=1.0
    )[0]
    assert tuple(found.token_ids) == best
    assert found.score == pytest.approx(scores[best], rel=1e-5)
    assert found.reason == ("end" if best[-1] == 5 else "length")


def test_one_text_wins_by_its_length():
    model = decoder(eos_token_id=None)
    short, long = (
        generate(model, [[7]], max_new_tokens=10, num_beams=4, length_penalty=p, eos_token_id=EOS)[0]
        for p in (-5.0, 5.0)
    )
    assert len(short.token_ids) <= len(long.token_ids) == 10


def test_sampling_has_the_models_probabilities():
    model = decoder()
    with torch.no_grad():
        logits = model(torch.tensor([[7, 2]])).logits[0, -1]
    n = 4000
    tokens = [g.token_ids[0] for g in generate(model, [[7, 2]] * n, max_new_tokens=1, do_sample=True, seed=1)]
    counts = torch.bincount(torch.tensor(tokens), minlength=V)
    expected = n * logits.softmax(-1)
    # Pearson's statistic has mean V - 1 = 22 and standard deviation 6.6.
    assert float(((counts - expected) ** 2 / expected).sum()) < 60
    hot = generate(model, [[7, 2]] * 50, max_new_tokens=1, do_sample=True, temperature=1e-4)
    assert {g.token_ids[0] for g in hot} == {int(logits.argmax())}
    best = set(logits.topk(3).indices.tolist())
    few = generate(model, [[7, 2]] * 200, max_new_tokens=1, do_sample=True, top_k=3, temperature=5.0)
    assert {g.token_ids[0] for g in few} == best


def test_seeds():
    model = decoder()
    first = generate(model, [[1]] * 3, max_new_tokens=15, do_sample=True, seed=1)
    assert ids(generate(model, [[1]] * 3, max_new_tokens=15, do_sample=True, seed=1)) == ids(first)
    assert ids(generate(model, [[1]] * 3, max_new_tokens=15, do_sample=True, seed=2)) != ids(first)
    assert len({tuple(row) for row in ids(first)}) == 3
    apart = [generate(model, [[1]], max_new_tokens=15, do_sample=True, seed=seed)[0] for seed in (1, 2, 1)]
    together = generate(model, [[1]] * 3, max_new_tokens=15, do_sample=True, seed=[1, 2, 1])
    assert ids(together) == ids(apart)
    state = torch.get_rng_state()
    generate(model, [[1]], max_new_tokens=3, do_sample=True)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_model_is_left_as_it_was():
    model = decoder(dropout=0.5)
    expected = ids(generate(model, PROMPTS, max_new_tokens=5))
    model.train()
    model.stack.layers[0].eval()
    assert ids(generate(model, PROMPTS, max_new_tokens=5)) == expected
    assert model.training and not model.stack.layers[0].training
    with pytest.raises(ZeroDivisionError):
        generate(model, [[1]], max_new_tokens=2, on_token=lambda row, token: 1 / 0)
    assert model.training
    assert model(torch.tensor([[1]])).logits.requires_grad


def test_a_prompt_may_fill_the_model():
    model = decoder(eos_token_id=None)
    found = generate(model, [[1] * 47, [2]], max_new_tokens=1)
    assert [len(g.token_ids) for g in found] == [1, 1]
    assert len(generate(translator(eos_token_id=None), [[1] * 48], max_new_tokens=48)[0].token_ids) == 48


@pytest.mark.parametrize(
    ("prompts", "options", "error", "message"),
    [
        ([], {}, ValueError, "at least one prompt"),
        ([[1], []], {}, ValueError, "Prompt 1 of generate is empty"),
        ([[1, V]], {}, ValueError, f"Prompt 0 of generate holds the id {V}.* from 0 to {V - 1}"),
        ([[-1]], {}, ValueError, "holds the id -1"),
        ([[1] * 48], {}, ValueError, "has 48 tokens, which leaves no room in the model's max_length of 48"),
        ([[1] * 10], {"max_new_tokens": 39}, ValueError, "must be at most 38 after a prompt of 10"),
        ("a text", {}, TypeError, "Encode text"),
        (["a text"], {}, TypeError, "Encode text"),
        ([1, 2], {}, TypeError, "list of lists of token ids"),
        ([[1.5]], {}, TypeError, "list of lists of token ids"),
        (5, {}, TypeError, "list of lists of token ids"),
        (torch.tensor([1, 2]), {}, ValueError, "shape"),
        (torch.tensor([[1.0]]), {}, ValueError, "integers"),
        (torch.tensor([[1]]), {"attention_mask": torch.ones(1, 2)}, ValueError, "shape of input_ids"),
        (torch.tensor([[1]]), {"attention_mask": torch.zeros(1, 1)}, ValueError, "Prompt 0 .* is empty"),
        ([[1]], {"attention_mask": torch.ones(1, 1)}, ValueError, "Leave it out for lists"),
        ([[1]], {"max_new_tokens": 0}, ValueError, "max_new_tokens parameter of generate"),
        ([[1]], {"num_beams": 0}, ValueError, "num_beams parameter of generate"),
        ([[1]], {"num_beams": 2, "do_sample": True}, ValueError, "num_beams .* be 1 with do_sample=True"),
        ([[1]], {"num_beams": 2, "on_token": print}, ValueError, "num_beams .* be 1 with on_token"),
        ([[1]], {"length_penalty": 0.5}, ValueError, "length_penalty .* be left out without beam search"),
        ([[1]], {"temperature": 0.7}, ValueError, "Pass do_sample=True"),
        ([[1]], {"do_sample": True, "temperature": 0}, ValueError, "temperature parameter"),
        ([[1]], {"do_sample": True, "top_p": 1.5}, ValueError, "top_p parameter"),
        ([[1]], {"do_sample": True, "top_k": -1}, ValueError, "top_k parameter"),
        ([[1]], {"do_sample": True, "min_p": float("nan")}, ValueError, "min_p parameter"),
        ([[1]], {"repetition_penalty": 0}, ValueError, "repetition_penalty parameter"),
        ([[1]], {"no_repeat_ngram_size": -2}, ValueError, "no_repeat_ngram_size parameter"),
        ([[1]], {"seed": -1}, ValueError, "seed parameter"),
        ([[1]], {"seed": [1, 2]}, ValueError, "seed parameter of generate must be one number, or one for each of 1"),
        ([[1]], {"seed": [-1]}, ValueError, "seed parameter"),
        ([[1]], {"seed": []}, ValueError, "seed parameter"),
        ([[1]], {"use_cache": "no"}, TypeError, "use_cache parameter"),
        ([[1]], {"eos_token_id": V}, ValueError, "eos_token_id parameter"),
        (torch.tensor([[1]]), {"attention_mask": [[1]]}, ValueError, "must be a tensor .*Got .*1"),
        ([[1]], {"stop_strings": "x"}, ValueError, "must be given where there are stop_strings"),
        ([[1]], {"stop_strings": None, "tokenizer": Letters()}, ValueError, "not empty. Got None"),
        ([[1]], {"stop_strings": ["a", 5], "tokenizer": Letters()}, ValueError, "not empty. Got 5"),
        ([[1]], {"stop_strings": [""], "tokenizer": Letters()}, ValueError, "not empty"),
        ([[1] * 9], {"no_repeat_ngram_size": 1, "max_new_tokens": 30}, ValueError, "leave a token to choose after"),
    ],
)  # fmt: skip
def test_bad_input(prompts, options, error, message):
    with pytest.raises(error, match=message):
        generate(decoder(eos_token_id=None), prompts, **({"max_new_tokens": 2} | options))


def test_each_option_is_checked():
    names = set(inspect.signature(generate).parameters)
    assert (
        set(GenerationOptions._parameter_rules)
        == {f.name for f in dataclasses.fields(GenerationOptions)}
        <= names
    )
    for name, rule in GenerationOptions._parameter_rules.items():
        for value in rule.bad_values():
            with pytest.raises(ParameterError, match=f"The {name} parameter of generate must be"):
                generate(decoder(), [[1]], **{"do_sample": True, name: value})


def test_bad_models():
    with pytest.raises(TypeError, match="EncoderModel, which does not predict"):
        generate(EncoderModel(TransformerConfig.bert(V, hidden_size=8, num_heads=1)), [[1]])
    with pytest.raises(ValueError, match="tokenizer of the targets, or decoder_start_token_id"):
        generate(translator(bos_token_id=None), [[1]], max_new_tokens=2)
    with pytest.raises(ValueError, match="must be at most 48, for"):
        generate(translator(), [[1]], max_new_tokens=49)
    assert math.isfinite(generate(translator(), [[1]], max_new_tokens=2, num_beams=2)[0].score)


def test_what_targets_begin_and_end_with_is_found_in_their_tokenizer():
    texts = ["low lower lowest", "new newer newest"] * 9
    for special in (
        {"bos": "<s>", "eos": "</s>"},
        {"eos": "</s>"},
        {"cls": "[C]", "sep": "[S]", "unk": "[U]"},
    ):
        tokenizer = Tokenizer.train_from_texts(
            texts, "bpe" if "eos" in special else "wordpiece", 270, special_tokens=special
        )
        start, end = tokenizer.start_token_id, tokenizer.end_token_id
        batch = Seq2SeqBatches([[5]], [[6]], tokenizer, 1).batch(0)
        assert batch["decoder_input_ids"][0, 0] == start and batch["labels"][0, -1] == end
        model = translator(tokenizer.vocab_size, bos_token_id=None, eos_token_id=None, pad_token_id=None)
        for beams in (1, 3):
            found = generate(model, PROMPTS, max_new_tokens=8, num_beams=beams, tokenizer=tokenizer)
            named = generate(
                model,
                PROMPTS,
                max_new_tokens=8,
                num_beams=beams,
                eos_token_id=end,
                decoder_start_token_id=start,
            )
            assert ids(found) == ids(named)
    with pytest.raises(ValueError, match="Pass the tokenizer of the targets"):
        generate(model, PROMPTS, max_new_tokens=8)


def test_sources_of_another_vocabulary():
    model = translator(source_vocab_size=40)
    assert len(generate(model, [[39, 38], [3]], max_new_tokens=4)) == 2
    with pytest.raises(ValueError, match="ids from 0 to 39"):
        generate(model, [[40]], max_new_tokens=4)
