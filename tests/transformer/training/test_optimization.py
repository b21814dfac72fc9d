"""Optimizers and schedules of learning rates."""

import dataclasses
import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn

from wordvec._utils.errors import ParameterError
from wordvec.transformer.training.lamb import Lamb
from wordvec.transformer.training.muon import Muon, hidden_matrices, orthogonalized
from wordvec.transformer.training.optimization import (
    learning_rate_at,
    make_optimizer,
    parameter_groups,
)
from wordvec.transformer.training.options import TrainerOptions


def lamb_formula(x, gradients, rate, betas, eps, decay, adapt):
    """You et al. (2020), algorithm 2, one layer, phi(z) = z; 0 / 0 is 1."""
    m, v = np.zeros_like(x), np.zeros_like(x)
    for t, g in enumerate(gradients, 1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        r = (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        update = r + decay * x
        norm, length = np.sqrt((x**2).sum()), np.sqrt((update**2).sum())
        ratio = norm / length if adapt and norm > 0 and length > 0 else 1.0
        x = x - rate * ratio * update
    return x


@pytest.mark.parametrize("adapt", [True, False])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_lamb_is_the_formula(adapt, decay):
    draw = np.random.default_rng(1)
    layers = [draw.normal(size=(3, 4)), draw.normal(size=5), np.zeros((2, 2))]
    gradients = [[draw.normal(size=x.shape) for _ in range(7)] for x in layers]
    gradients[1][3] *= 100
    parameters = [nn.Parameter(torch.from_numpy(x.copy())) for x in layers]
    skipped = nn.Parameter(torch.ones(2))
    group = {"params": [*parameters, skipped], "adapt": adapt}
    optimizer = Lamb([group], lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=decay)
    for t in range(7):
        for parameter, found in zip(parameters, gradients):
            parameter.grad = torch.from_numpy(found[t].copy())
        assert optimizer.step() is None
    for parameter, x, found in zip(parameters, layers, gradients):
        want = lamb_formula(x, found, 0.05, (0.8, 0.95), 1e-6, decay, adapt)
        np.testing.assert_allclose(parameter.detach().numpy(), want, rtol=1e-12, atol=1e-14)
    assert skipped.tolist() == [1, 1] and skipped not in optimizer.state


def test_lamb_of_layers_that_stand_still():
    parameter = nn.Parameter(torch.ones(3, 2))
    parameter.grad = torch.zeros(3, 2)
    Lamb([parameter], weight_decay=0.0).step()
    assert parameter.tolist() == [[1, 1]] * 3


def test_lamb_calls_the_closure_with_gradients():
    parameter = nn.Parameter(torch.tensor([[2.0]]))

    def closure():
        loss = (parameter**2).sum()
        loss.backward()
        return loss.item()

    assert Lamb([parameter], lr=0.1).step(closure) == 4.0
    assert parameter.item() < 2.0


def test_only_matrices_decay_and_tied_or_frozen_parameters_come_once_or_not():
    model = nn.ModuleDict({"table": nn.Embedding(5, 4), "norm": nn.LayerNorm(4), "out": nn.Linear(4, 5)})
    model["out"].weight = model["table"].weight
    model["frozen"] = nn.Linear(4, 4).requires_grad_(False)
    matrices, rest = parameter_groups(model, 0.1)
    assert [tuple(p.shape) for p in matrices["params"]] == [(5, 4)] and matrices["weight_decay"] == 0.1
    assert [tuple(p.shape) for p in rest["params"]] == [(4,), (4,), (5,)] and rest["weight_decay"] == 0.0
    assert matrices["adapt"] and not rest["adapt"]
    assert len(parameter_groups(nn.LayerNorm(3), 0.1)) == 1
    with pytest.raises(ValueError, match="no trainable parameter"):
        parameter_groups(nn.Linear(2, 2).requires_grad_(False), 0.1)


@pytest.mark.parametrize(("name", "kind"), [("adamw", torch.optim.AdamW), ("lamb", Lamb), ("muon", Muon)])
def test_optimisers_by_name(name, kind):
    model = nn.Linear(3, 2)
    before = [p.detach().clone() for p in model.parameters()]
    options = TrainerOptions(steps=1, optimizer=name, learning_rate=0.1, betas=[0.5, 0.6], weight_decay=0.5)
    optimizer = make_optimizer(model, options)
    assert type(optimizer) is kind
    assert all(group["betas"] == (0.5, 0.6) and group["lr"] == 0.1 for group in optimizer.param_groups)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    assert not torch.equal(model.weight, before[0]) and torch.equal(model.bias, before[1])


@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
def test_schedules_after_the_warm_up_are_those_of_transformers(schedule):
    transformers = pytest.importorskip("transformers")
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.3)
    name = "constant_with_warmup" if schedule == "constant" else schedule
    theirs = transformers.get_scheduler(name, optimizer, num_warmup_steps=5, num_training_steps=20)
    options = TrainerOptions(steps=20, warmup_steps=5, learning_rate=0.3, schedule=schedule)
    for step in range(20):
        if step >= 5:
            assert learning_rate_at(step, options) == pytest.approx(theirs.get_last_lr()[0], rel=1e-12)
        optimizer.step()
        theirs.step()


def test_warm_up_and_the_floor_of_schedules():
    options = TrainerOptions(steps=10, warmup_steps=4, learning_rate=1.0, min_lr_fraction=0.1)
    assert [learning_rate_at(step, options) for step in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert learning_rate_at(7, options) == pytest.approx(0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi / 2)))
    assert learning_rate_at(10, options) == pytest.approx(0.1) == learning_rate_at(99, options)
    linear = TrainerOptions(steps=10, learning_rate=1.0, schedule="linear", min_lr_fraction=0.5)
    assert learning_rate_at(5, linear) == pytest.approx(0.75)
    whole = TrainerOptions(steps=3, warmup_steps=3, learning_rate=1.0)
    assert learning_rate_at(2, whole) == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps parameter of TrainerOptions must be an integer of at least 1. Got 0"),
        ({"steps": 2.5}, "steps .* Got 2.5"),
        ({"warmup_steps": 11}, "warmup_steps .* at most steps, 10"),
        ({"learning_rate": 0}, "learning_rate .* greater than 0"),
        ({"learning_rate": math.nan}, "learning_rate"),
        ({"weight_decay": -1}, "weight_decay"),
        ({"min_lr_fraction": 1.5}, "min_lr_fraction"),
        ({"clip_norm": 0}, "clip_norm"),
        ({"optimizer": "adam"}, "optimizer .* 'adamw', 'lamb', 'muon'"),
        ({"schedule": "exponential"}, "schedule"),
        ({"precision": "fp16"}, "precision"),
        ({"device": "gpu"}, "device"),
        ({"compile": 1}, "compile"),
        ({"betas": 0.9}, "betas .* a tuple of 2 values"),
        ({"betas": (0.9, 1.0)}, "betas .* less than 1"),
        ({"betas": (-0.1, 0.9)}, r"betas .* at least 0 .* Got \(-0.1, 0.9\)"),
        ({"patience": 2}, "patience .* eval_every"),
        ({"patience": 0, "eval_every": 1}, "patience"),
        ({"average": 3}, "average .* eval_every"),
        ({"checkpoint_every": 0}, "checkpoint_every"),
        ({"accumulation_steps": 0}, "accumulation_steps"),
        ({"seed": -1}, "seed"),
        ({"verbose": "yes"}, "verbose"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        TrainerOptions(**{"steps": 10, **options})


def test_each_option_is_checked():
    assert set(TrainerOptions._parameter_rules) == {
        field.name for field in dataclasses.fields(TrainerOptions)
    }
    for name, rule in TrainerOptions._parameter_rules.items():
        for value in rule.bad_values():
            with pytest.raises(ParameterError, match=f"The {name} parameter of TrainerOptions must be"):
                TrainerOptions(**{"steps": 10, name: value})


def test_transitions_have_a_learning_rate_of_their_own():
    """At that of a pre-trained body they would hardly move from zero."""
    from wordvec.transformer import EncoderModel, TokenClassifier, TransformerConfig

    config = TransformerConfig.bert(9, hidden_size=8, num_layers=1, num_heads=2)
    tagger = TokenClassifier(EncoderModel(config), 3, crf=True)
    groups = parameter_groups(tagger, 0.01)
    assert [group.get("least_rate") for group in groups] == [None, None, 0.02]
    assert {id(p) for p in groups[2]["params"]} == {id(p) for p in tagger.crf.parameters()}
    n_parameters = sum(p.numel() for group in groups for p in group["params"])
    assert n_parameters == sum(p.numel() for p in tagger.parameters())
    assert len(parameter_groups(TokenClassifier(EncoderModel(config), 3), 0.01)) == 2


def small_model():
    from wordvec.transformer import EncoderDecoderModel, TransformerConfig

    return EncoderDecoderModel(
        TransformerConfig.original(11, hidden_size=8, num_layers=2, num_heads=2, ff_size=16)
    )


@pytest.mark.parametrize("shape", [(4, 6, 6), (2, 4, 9), (3, 9, 4)])
@pytest.mark.parametrize("half", [False, True])
def test_orthogonalized_keeps_the_singular_vectors(shape, half):
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(1)) * 50
    found = orthogonalized(matrices, half=half)
    assert found.shape == shape and found.dtype == torch.float32
    u, _, v = torch.linalg.svd(matrices, full_matrices=False)
    inside = u.mT @ found @ v.mT
    values = torch.diagonal(inside, dim1=-2, dim2=-1)
    assert float(values.min()) > 0.5 and float(values.max()) < 1.3
    # Of small singular values a bfloat16 product leaves less.
    away = inside - torch.diag_embed(values)
    assert float(away.abs().max()) < (0.1 if half else 1e-3)


def test_zeros_are_not_made_orthogonal():
    assert not orthogonalized(torch.zeros(1, 3, 4)).any()


def test_the_matrices_of_layers_and_their_blocks():
    model = small_model()
    found = hidden_matrices(model)
    names = {name: found[p] for name, p in model.named_parameters() if p in found}
    assert len(names) == 2 * 4 + 2 * 7
    assert {name.split(".")[-2] for name, n in names.items() if n == 3} == {"qkv"}
    assert {name.split(".")[-2] for name, n in names.items() if n == 2} == {"key_value"}
    outside = [p for p in model.parameters() if p.dim() >= 2 and p not in found]
    assert [tuple(p.shape) for p in outside] == [(11, 8)]


def test_muon_is_momentum_made_orthogonal_and_adam_elsewhere():
    """Three steps by the formulas in NumPy."""
    model = small_model().double()
    draw = np.random.default_rng(1)
    gradients = [[draw.normal(size=tuple(p.shape)) for p in model.parameters()] for _ in range(3)]
    before = [p.detach().numpy().copy() for p in model.parameters()]
    options = TrainerOptions(
        steps=3, optimizer="muon", learning_rate=0.05, betas=(0.8, 0.95), weight_decay=0.1
    )
    optimizer = make_optimizer(model, options)
    for step in gradients:
        for parameter, gradient in zip(model.parameters(), step):
            parameter.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
    blocks = hidden_matrices(model)
    for place, parameter in enumerate(model.parameters()):
        own = [step[place] for step in gradients]
        if parameter in blocks:
            want = muon_formula(before[place], own, 0.05, 0.1, blocks[parameter])
        else:
            decay = 0.1 if parameter.dim() > 1 else 0.0
            want = lamb_formula(before[place], own, 0.05, (0.8, 0.95), 1e-6, decay, adapt=False)
        np.testing.assert_allclose(parameter.detach().numpy(), want, rtol=1e-4, atol=1e-5)


def muon_formula(x, gradients, rate, decay, n_blocks):
    """Jordan et al. (2024) with the step of Liu et al. (2025), block by block."""
    momentum = np.zeros_like(x)
    for g in gradients:
        momentum = 0.95 * momentum + 0.05 * g
        ahead = 0.05 * g + 0.95 * momentum
        steps = []
        for block in np.split(ahead, n_blocks):
            y = block / np.linalg.norm(block)
            for _ in range(5):
                square = y @ y.T
                y = 3.4445 * y + (-4.7750 * square + 2.0315 * square @ square) @ y
            steps.append(0.2 * math.sqrt(max(block.shape)) * y)
        x = x - rate * decay * x - rate * np.concatenate(steps)
    return x
