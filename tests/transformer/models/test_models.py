"""The models against formulas in NumPy, PyTorch's own Transformer, and themselves with and without a cache."""

import dataclasses

import naive_transformer as naive
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from wordvec import KeyedVectors
from wordvec._utils.errors import ParameterError
from wordvec.transformer import (
    DecoderModel,
    EncoderDecoderModel,
    EncoderModel,
    TransformerConfig,
    from_pretrained,
)
from wordvec.transformer.models.layers import attend
from wordvec.transformer.models.positions import sinusoids

SIZES = {"hidden_size": 16, "num_layers": 2, "num_heads": 2, "max_length": 12}


def redrawn(model, std=0.3):
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=std, generator=generator)
    return model.eval()


def ids(*shape, vocab_size=30, seed=0):
    return torch.randint(0, vocab_size, shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("case", ["all", "causal", "mask"])
def test_attention_is_the_formula(case):
    rng = np.random.default_rng(4)
    q, k, v = (rng.normal(size=(2, 3, 7, 4)).astype(np.float32) for _ in range(3))
    sees = np.tril(np.ones((7, 7), bool)) if case == "causal" else np.ones((7, 7), bool)
    mask = None
    if case == "mask":
        sees = rng.random((7, 7)) < 0.5
        sees[2] = False  # a query that sees nothing
        mask = torch.from_numpy(sees)
    got = attend(*map(torch.from_numpy, (q, k, v)), mask, case == "causal").numpy()
    want = [[naive.attend(q[b, n], k[b, n], v[b, n], sees) for n in range(3)] for b in range(2)]
    np.testing.assert_allclose(got, want, atol=1e-6)


@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_decoder_is_the_formula(positions):
    config = TransformerConfig("decoder", 30, positions=positions, **SIZES)
    model = redrawn(DecoderModel(config))
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    tokens = ids(1, 9)
    want = naive.decoder_hidden(weights, tokens[0].numpy(), 2, 2, config.norm_eps, positions == "rotary")
    output = model(tokens)
    np.testing.assert_allclose(output.last_hidden_state[0].detach(), want, atol=2e-5)
    np.testing.assert_allclose(
        output.logits[0].detach(), want @ weights["embeddings.tokens.weight"].T.astype(float), atol=1e-4
    )


def test_sinusoids_are_the_papers():
    table = sinusoids(50, 8).numpy()
    for position in (0, 1, 49):
        for i in range(4):
            angle = position / 10000 ** (2 * i / 8)
            np.testing.assert_allclose(
                table[position, 2 * i : 2 * i + 2], [np.sin(angle), np.cos(angle)], atol=1e-6
            )


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_encoder_decoder_is_torchs(norm):
    """PyTorch's nn.Transformer with the same weights, padding on both sides of the source."""
    config = TransformerConfig.original(30, norm=norm, ff_size=20, dropout=0.0, **SIZES)
    ours = redrawn(EncoderDecoderModel(config))
    theirs = torch.nn.Transformer(16, 2, 2, 2, 20, 0.0, batch_first=True, norm_first=norm == "pre")
    theirs.eval()
    if norm == "post":
        theirs.encoder.norm = theirs.decoder.norm = None
    with torch.no_grad():
        for side, stack in (("encoder", ours.encoder), ("decoder", ours.decoder)):
            target = getattr(theirs, side)
            for layer, mine in zip(target.layers, stack.layers, strict=True):
                copy_layer(layer, mine)
            if norm == "pre":
                target.norm.load_state_dict(stack.norm.state_dict())
    source, tokens = ids(3, 8), ids(3, 6, seed=1)
    mask = torch.ones(3, 8).long()
    mask[0, 5:] = 0
    mask[1, :3] = 0
    padding = mask == 0

    def embedded(token_ids):
        table = ours.token_embedding.weight * 4.0
        places = torch.arange(token_ids.shape[1]).repeat(len(token_ids), 1)
        if token_ids is source:
            places[1] = (places[1] - 3).clamp_min(
                0
            )  # what is padded on the left begins at 0 after the padding
        return table[token_ids] + sinusoids(12, 16)[places]

    causal = torch.nn.Transformer.generate_square_subsequent_mask(6).isinf()
    want = theirs(
        embedded(source), embedded(tokens), tgt_mask=causal, src_key_padding_mask=padding,
        memory_key_padding_mask=padding,
    )  # fmt: skip
    got = ours(source, mask, tokens).last_hidden_state
    assert (got - want).abs().max() < 2e-5


def copy_layer(layer, mine):
    def attention(module, qkv_weight, qkv_bias, output):
        module.in_proj_weight.copy_(qkv_weight)
        module.in_proj_bias.copy_(qkv_bias)
        module.out_proj.load_state_dict(output.state_dict())

    own = mine.attention
    attention(layer.self_attn, own.qkv.weight, own.qkv.bias, own.output)
    layer.linear1.load_state_dict(mine.feed_forward.inner.state_dict())
    layer.linear2.load_state_dict(mine.feed_forward.output.state_dict())
    norms = [mine.attention_norm, mine.feed_forward_norm]
    if mine.cross_attention is not None:
        cross = mine.cross_attention
        weight = torch.cat([cross.query.weight, cross.key_value.weight])
        bias = torch.cat([cross.query.bias, cross.key_value.bias])
        attention(layer.multihead_attn, weight, bias, cross.output)
        norms.insert(1, mine.cross_norm)
    for number, norm in enumerate(norms, 1):
        getattr(layer, f"norm{number}").load_state_dict(norm.state_dict())


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary"])
@pytest.mark.parametrize("n_first", [1, 4])
def test_cache_changes_nothing(positions, n_first):
    model = redrawn(DecoderModel(TransformerConfig("decoder", 30, positions=positions, **SIZES)))
    tokens = ids(3, 10)
    whole = model(tokens).logits
    cache = model.new_cache(3, 10)
    parts = [
        model(part, cache=cache).logits
        for part in (tokens[:, :n_first], *tokens[:, n_first:].split(2, dim=1))
    ]
    assert cache.length == 10
    assert (torch.cat(parts, 1) - whole).abs().max() < 1e-5


def test_left_padding_changes_nothing_with_a_cache():
    model = redrawn(DecoderModel(TransformerConfig("decoder", 30, **SIZES)))
    tokens = ids(1, 6)
    padded = torch.cat([torch.zeros(1, 3).long(), tokens], 1)
    mask = torch.tensor([[0] * 3 + [1] * 6])
    cache = model.new_cache(1)
    first = model(padded[:, :7], attention_mask=mask[:, :7], cache=cache).logits
    second = model(padded[:, 7:], attention_mask=mask, cache=cache).logits
    got = torch.cat([first[:, 3:], second], 1)
    assert (got - model(tokens).logits).abs().max() < 1e-5


@pytest.mark.smoke
def test_cache_of_source_and_reordering():
    model = redrawn(EncoderDecoderModel(TransformerConfig.original(30, **SIZES)))
    source, tokens = ids(2, 7), ids(2, 6, seed=1)
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    memory = model.encode(source, mask)
    cache = model.new_cache(2)
    model.decode(tokens[:, :3], memory, mask, cache=cache)
    rows = torch.tensor([1, 0, 1])
    cache.reorder(rows)
    got = model.decode(tokens[rows][:, 3:], memory[rows], mask[rows], cache=cache).logits
    want = model(source, mask, tokens).logits[rows][:, 3:]
    assert (got - want).abs().max() < 1e-5


def test_gradients_in_float64():
    config = TransformerConfig("decoder", 11, hidden_size=8, num_layers=1, num_heads=2, max_length=5, dropout=0.0,
                               attention_dropout=0.0, positions="rotary")  # fmt: skip
    model = redrawn(DecoderModel(config)).double()
    tokens = ids(2, 5, vocab_size=11)
    names = list(dict(model.named_parameters()))

    def loss(*values):
        logits = torch.func.functional_call(
            model, dict(zip(names, values, strict=True)), (tokens[:, :-1],)
        ).logits
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())

    values = tuple(p.detach().requires_grad_() for p in model.parameters())
    assert torch.autograd.gradcheck(loss, values, fast_mode=True)


def test_rows_of_padding_alone_are_finite():
    encoder = EncoderModel(TransformerConfig.bert(30, **SIZES))
    decoder = DecoderModel(TransformerConfig.gpt(30, **SIZES))
    mask = torch.tensor([[1] * 5, [0] * 5])
    for model in (encoder, decoder):
        states = model.train()(ids(2, 5), mask).hidden_states
        assert all(state.isfinite().all() for state in states)
        states[-1].square().sum().backward()
        assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)


@pytest.mark.parametrize(
    "config",
    [
        TransformerConfig.bert(30, **SIZES),
        TransformerConfig.gpt(30, **SIZES, tie_embeddings=False),
        TransformerConfig.original(30, **SIZES, ff_size=7),
        TransformerConfig.original(30, **SIZES, source_vocab_size=41),
        TransformerConfig("decoder", 30, **SIZES, positions="rotary", norm="post"),
    ],
)
def test_sizes_are_counted_and_models_come_back(config, tmp_path):
    kinds = {"encoder": EncoderModel, "decoder": DecoderModel, "encoder-decoder": EncoderDecoderModel}
    model = redrawn(kinds[config.kind](config))
    assert model.n_parameters == config.n_parameters
    model.save_pretrained(tmp_path / "model")
    back = from_pretrained(tmp_path / "model")
    assert type(back) is type(model)
    assert back.config.to_dict() | {"ff_size": None} == config.to_dict() | {"ff_size": None}
    for (name, weight), (other, same) in zip(
        model.state_dict().items(), back.state_dict().items(), strict=True
    ):
        assert name == other
        assert torch.equal(weight, same)


@pytest.mark.smoke
def test_flops_are_those_of_the_products():
    """PyTorch's own counter of multiplications, without the output layer's share of an encoder."""
    from torch.utils.flop_counter import FlopCounterMode

    config = TransformerConfig.gpt(50, hidden_size=32, num_layers=3, num_heads=4, max_length=16)
    model = DecoderModel(config)
    with (
        FlopCounterMode(display=False) as counter,
        torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH),
    ):
        model(ids(2, 16)).logits.sum().backward()
    expected = 32 * config.flops_per_token(16)
    # The gradient of the first layer's input is not a product with the table.
    assert counter.get_total_flops() == pytest.approx(expected, rel=0.01)


def test_one_seed_one_model_and_no_global_draws():
    config = TransformerConfig.gpt(30, **SIZES)
    before = torch.random.get_rng_state()
    a, b, c = (DecoderModel(config, seed).embeddings.tokens.weight for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


class _Letters:
    """A tokenizer of letters: a is 0, b is 1, ..."""

    def encode_words(self, words):
        return [[ord(letter) - ord("a") for letter in word] for word in words]


@pytest.mark.smoke
def test_embeddings_start_from_vectors():
    vectors = KeyedVectors(np.array([[1, 0], [0, 2], [4, 4], [1, 1]], np.float32), ["a", "ab", "bc", "bb"])
    model = DecoderModel(TransformerConfig.gpt(5, hidden_size=2, num_heads=1, num_layers=1))
    before = model.token_embedding.weight.detach().clone()
    share = model.init_embeddings(vectors, _Letters(), frozen=True)
    after = model.token_embedding.weight
    assert share == pytest.approx(3 / 5)
    means = torch.tensor([[1.0, 0.0], [5 / 3, 7 / 3], [4.0, 4.0]])  # a whole word; ab, bc, bb; bc
    scale = before.std() / means.std()
    torch.testing.assert_close(after[:3], means * scale)
    assert torch.equal(after[3:], before[3:])
    assert not after.requires_grad
    with pytest.raises(ValueError, match="vector_size=3"):
        DecoderModel(TransformerConfig.gpt(5, hidden_size=3, num_heads=1)).init_embeddings(
            vectors, _Letters()
        )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m(ids(1, 13)), "13 tokens and the model takes 12"),
        (lambda m: m(torch.tensor([[30]])), "hold 30, and the model has ids from 0 to 29"),
        (lambda m: m(torch.tensor([[-1]])), "hold -1"),
        (lambda m: m(torch.zeros(1, 0).long()), "at least one token"),
        (lambda m: m(torch.zeros(0, 3).long()), "at least one token"),
        (lambda m: m(torch.ones(1, 3).bool()), "must be int64"),
        (lambda m: m(torch.tensor([1, 2])), r"shape \(2,\)"),
        (lambda m: m(ids(2, 3), position_ids=torch.full((2, 3), 99)), "position_ids hold 99"),
        (lambda m: m(ids(2, 3), position_ids=torch.zeros(2, 4).long()), "position_ids must be .*shape of"),
        (lambda m: m(ids(2, 3), torch.ones(2, 4)), r"attention_mask has shape \(2, 4\)"),
        (
            lambda m: m.loss_sum({"input_ids": ids(1, 3), "labels": torch.tensor([[1, 2, 30]])}),
            "labels must lie",
        ),
        (lambda m: m(ids(2, 3), cache=m.new_cache(2, 2)), "room for 2 tokens"),
    ],
)
def test_bad_input(call, message):
    model = DecoderModel(TransformerConfig.gpt(30, **SIZES))
    with pytest.raises(ValueError, match=message):
        call(model)


def test_a_source_may_have_a_table_of_its_own():
    model = redrawn(EncoderDecoderModel(TransformerConfig.original(30, **SIZES, source_vocab_size=41)))
    assert model.source_embedding.weight.shape == (41, 16) and model.output_weight.shape == (30, 16)
    with torch.no_grad():
        before = model(ids(2, 5) + 11, decoder_input_ids=ids(2, 4)).logits
        model.source_embedding.weight[40] += 1.0
        assert torch.equal(
            model(ids(2, 5), decoder_input_ids=ids(2, 4)).logits.isfinite().all(), torch.tensor(True)
        )
        model.token_embedding.weight[:] = 0.0
        assert not model(ids(2, 5) + 11, decoder_input_ids=ids(2, 4)).logits.any() and before.any()
        with pytest.raises(ValueError, match="ids from 0 to 40"):
            model.encode(torch.tensor([[41]]))
        with pytest.raises(ValueError, match="ids from 0 to 29"):
            model(ids(2, 5), decoder_input_ids=torch.tensor([[30], [1]]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_heads": 3}, "must divide hidden_size, which is 16"),
        ({"kind": "both"}, "kind parameter"),
        ({"vocab_size": 0}, "vocab_size"),
        ({"dropout": 1.5}, "dropout"),
        ({"positions": "rotary", "hidden_size": 6}, "even for rotary positions"),
        ({"pad_token_id": 30}, "pad_token_id"),
        ({"pooler": True}, "only encoders have one"),
        ({"source_vocab_size": 9}, "only an encoder-decoder has a source"),
    ],
)
def test_bad_configurations(changes, message):
    with pytest.raises(ValueError, match=message):
        TransformerConfig(**({"kind": "decoder", "vocab_size": 30, **SIZES} | changes))


def test_each_setting_is_checked():
    rules = TransformerConfig._parameter_rules
    assert set(rules) == {field.name for field in dataclasses.fields(TransformerConfig)}
    for name, rule in rules.items():
        for value in rule.bad_values():
            with pytest.raises(ParameterError, match=f"The {name} parameter of TransformerConfig must be"):
                TransformerConfig(**{"kind": "decoder", "vocab_size": 30, name: value})


def test_segments_are_checked():
    model = EncoderModel(TransformerConfig.bert(30, **SIZES)).eval()
    for types, message in (
        (torch.full((2, 3), 2), "hold 2, and the model has them from 0 to 1"),
        (torch.full((2, 3), -1), "hold -1"),
        (torch.zeros(2, 4).long(), "shape of input_ids"),
        (torch.zeros(2, 3), "torch.float32"),
    ):
        with pytest.raises(ValueError, match=f"token_type_ids .*{message}"):
            model(ids(2, 3), token_type_ids=types)
    assert torch.equal(
        model(ids(2, 3), token_type_ids=torch.ones(1, 3).long()).pooled,
        model(ids(2, 3), token_type_ids=torch.ones(2, 3).long()).pooled,
    )


def test_what_is_no_tensor_or_configuration():
    with pytest.raises(TypeError, match="input_ids must be a tensor.*Got list"):
        EncoderModel(TransformerConfig.bert(30, **SIZES))([[1, 2]])
    with pytest.raises(TypeError, match="DecoderModel needs a TransformerConfig. Got dict"):
        DecoderModel({"kind": "decoder", "vocab_size": 30})


@pytest.mark.smoke
def test_configuration_of_a_newer_version():
    with pytest.raises(ValueError, match="holds experts"):
        TransformerConfig.from_dict({"kind": "decoder", "vocab_size": 3, "experts": 8})
    with pytest.raises(ValueError, match="of kind 'encoder'"):
        EncoderModel(TransformerConfig.gpt(3))
