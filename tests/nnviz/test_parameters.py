"""First weights: variance, bounds and shape of each initializer, against the papers' formulas and Keras."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.parameters import glorot_uniform, initial_parameters
from nnviz.spec import KERNEL_INITIALIZERS, LayerSpec, NetworkSpec, classifier

N_IN, N_OUT = 400, 300  # 120,000 weights: their sample variance is within 2 % of the true one (5 of its σ)
VARIANCE = {
    "glorot": 2 / (N_IN + N_OUT),
    "he": 2 / N_IN,
    "lecun": 1 / N_IN,
}


def _kernel(initializer: str, seed: int = 4) -> np.ndarray:
    spec = NetworkSpec((N_IN,), (LayerSpec(N_OUT, "relu", initializer),))
    (layer,) = initial_parameters(spec, seed)
    assert layer.kernel.dtype == layer.bias.dtype == np.float32
    assert layer.kernel.shape == (N_IN, N_OUT)
    assert not layer.bias.any()
    return layer.kernel.astype(np.float64)


@pytest.mark.parametrize("family", list(VARIANCE))
def test_uniform_has_the_variance_and_fills_its_bounds(family: str) -> None:
    w = _kernel(f"{family}_uniform")
    limit = np.sqrt(3 * VARIANCE[family])
    assert w.var() == pytest.approx(VARIANCE[family], rel=0.02)
    assert w.mean() == pytest.approx(0, abs=5 * np.sqrt(VARIANCE[family] / w.size))
    assert 0.999 * limit < np.abs(w).max() <= limit * (1 + 1e-6)
    assert np.mean(np.abs(w) < limit / 2) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("family", list(VARIANCE))
def test_normal_has_the_variance_and_no_tail(family: str) -> None:
    w = _kernel(f"{family}_normal")
    # As Keras: cut off at two standard deviations, and widened so that the variance is the paper's.
    limit = 2 * np.sqrt(VARIANCE[family]) / 0.87962566103423978
    assert w.var() == pytest.approx(VARIANCE[family], rel=0.02)
    assert w.mean() == pytest.approx(0, abs=5 * np.sqrt(VARIANCE[family] / w.size))
    assert 0.99 * limit < np.abs(w).max() <= limit * (1 + 1e-6)
    # Within one σ of the normal distribution that was cut: 0.6827 / 0.9545 of what is left.
    assert np.mean(np.abs(w) < limit / 2) == pytest.approx(0.7153, abs=0.01)


def test_plain_spreads_do_not_look_at_the_layer() -> None:
    uniform, normal = _kernel("random_uniform"), _kernel("random_normal")
    assert 0.0499 < np.abs(uniform).max() <= 0.05 * (1 + 1e-6)
    assert uniform.var() == pytest.approx(0.05**2 / 3, rel=0.02)
    assert normal.std() == pytest.approx(0.05, rel=0.02)
    assert np.abs(normal).max() > 0.15  # a normal distribution with its tails
    assert not _kernel("zeros").any()


def test_default_is_glorot_bit_by_bit() -> None:
    spec = classifier((5, 4), (12, 7), 3)
    for ours, older in zip(initial_parameters(spec, 11), glorot_uniform(spec, 11), strict=True):
        np.testing.assert_array_equal(ours.kernel, older.kernel)
        np.testing.assert_array_equal(ours.bias, older.bias)


@pytest.mark.parametrize("initializer", KERNEL_INITIALIZERS)
def test_seed_decides(initializer: str) -> None:
    np.testing.assert_array_equal(_kernel(initializer, 1), _kernel(initializer, 1))
    assert (_kernel(initializer, 1) == _kernel(initializer, 2)).all() == (initializer == "zeros")


def test_zeros_give_hidden_units_no_gradient() -> None:
    """Why not: nothing flows back through weights of 0, and nothing tells one unit from another."""
    layers = (LayerSpec(6, "tanh", "zeros"), LayerSpec(3, "softmax", "zeros"))
    spec = NetworkSpec((4,), layers)
    parameters = initial_parameters(spec, 0)
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    passed = forward(parameters, spec.activations, x)
    gradients = backward(parameters, spec.activations, passed, np.array([0, 1, 2, 0, 0]))
    assert not gradients.parameters[0].kernel.any()
    assert gradients.parameters[1].bias.any()
