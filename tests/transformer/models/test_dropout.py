"""Dropout: how many numbers it drops, and what becomes of the others; attention under autocast."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from wordvec.transformer.models.dropout import Dropout, drop  # noqa: E402
from wordvec.transformer.models.layers import attend  # noqa: E402


@pytest.mark.parametrize("p", [0.1, 0.2, 0.5, 0.9])
def test_share_of_zeros_is_p_and_the_mean_stays(p):
    torch.manual_seed(1)
    y = drop(torch.ones(1000, 1000), p)
    assert float((y == 0).double().mean()) == pytest.approx(p, abs=4 * (p * (1 - p) / 1e6) ** 0.5)
    assert torch.unique(y).tolist() == pytest.approx([0.0, 1 / (1 - p)], rel=2**-16 / (1 - p))


@pytest.mark.parametrize("shape", [(), (1,), (3,), (5, 7), (2, 3, 4, 5), (0, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_shapes_and_types(shape, dtype):
    y = drop(torch.ones(shape, dtype=dtype), 0.5)
    assert y.shape == shape
    assert y.dtype == dtype


def test_places_are_independent_of_each_other():
    torch.manual_seed(2)
    dropped = (drop(torch.ones(100_000, 8), 0.3) == 0).double()
    correlation = torch.corrcoef(dropped.T) - torch.eye(8)
    assert float(correlation.abs().max()) < 5 / 100_000**0.5


def test_gradient_passes_where_the_number_did():
    x = torch.randn(50, 20, requires_grad=True)
    y = drop(x, 0.4)
    y.sum().backward()
    torch.testing.assert_close(x.grad * x.detach(), y.detach())


def test_one_seed_the_same_bits_at_any_number_of_threads():
    x, found, before = torch.randn(300, 200), [], torch.get_num_threads()
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            torch.manual_seed(3)
            found.append(drop(x, 0.25))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(*found)


def test_ends_of_the_range():
    x = torch.randn(10, 10)
    assert drop(x, 0.0) is x
    assert not drop(x, 1.0).any()
    assert drop(torch.ones(10**6), 1 - 1e-9).isfinite().all()


def test_evaluation_returns_its_input():
    layer, x = Dropout(0.5), torch.ones(4)
    assert layer.eval()(x) is x
    assert not torch.equal(layer.train()(torch.ones(100)), torch.ones(100))


def test_attention_stays_float32_under_autocast():
    q, k, v = (torch.randn(2, 2, 5, 8) for _ in range(3))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = attend(q, k, v)
    torch.testing.assert_close(found, attend(q, k, v))
