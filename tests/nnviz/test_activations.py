"""Activation functions against their definitions and against finite differences, in float64."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from nnviz.maths.activations import FUNCTIONS, derivative, normal_cdf
from nnviz.spec import ACTIVATIONS

ELEMENTWISE = [name for name in ACTIVATIONS if name != "softmax"]
# No place is 0, where ReLU, leaky ReLU and SELU have a corner.
PLACES = np.concatenate([np.linspace(-20, 20, 200), [-1e-3, 1e-3]])
# From the papers, computed by other means than ours.
DEFINITIONS = {
    "linear": lambda z: z,
    "sigmoid": special.expit,
    "tanh": lambda z: 2 * special.expit(2 * z) - 1,
    "relu": lambda z: z * (z > 0),
    "leaky_relu": lambda z: np.maximum(z, 0.2 * z),
    "elu": lambda z: np.maximum(z, 0) + np.minimum(0, np.exp(z) - 1),
    "selu": lambda z: 1.05070098 * (np.maximum(z, 0) + 1.67326324 * np.minimum(0, np.exp(z) - 1)),
    "gelu": lambda z: z * stats.norm.cdf(z),
    "softplus": lambda z: np.logaddexp(0, z),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values_are_those_of_the_definition(name: str) -> None:
    np.testing.assert_allclose(FUNCTIONS[name](PLACES), DEFINITIONS[name](PLACES), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_derivative_is_the_slope_by_central_differences(name: str) -> None:
    step = 1e-6
    numeric = (FUNCTIONS[name](PLACES + step) - FUNCTIONS[name](PLACES - step)) / (2 * step)
    slope = derivative(name, PLACES, FUNCTIONS[name](PLACES))
    np.testing.assert_allclose(slope, numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_precision_stays_and_large_sums_do_not_overflow(name: str, kind: type[np.floating]) -> None:
    z = np.array([[-1e4, -100, 0], [0.5, 100, 1e4]], kind)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a = FUNCTIONS[name](z)
        slope = derivative(name, z, a)
    assert a.dtype == slope.dtype == kind
    assert a.shape == slope.shape == z.shape
    assert np.isfinite(a).all()
    assert np.isfinite(slope).all()


def test_the_normal_distribution_keeps_its_digits_far_below_zero() -> None:
    z = np.array([-35.0, -8.0, 0.0, 3.0])
    np.testing.assert_allclose(normal_cdf(z), special.ndtr(z), rtol=1e-12)


def test_selu_keeps_mean_zero_and_variance_one() -> None:
    """The fixed point that its two constants are made for, by integrating over a normal distribution."""
    z = np.linspace(-12, 12, 200_001)
    density = stats.norm.pdf(z) * (z[1] - z[0])
    a = FUNCTIONS["selu"](z)
    assert float((a * density).sum()) == pytest.approx(0, abs=1e-6)
    assert float((a * a * density).sum()) == pytest.approx(1, abs=1e-6)
