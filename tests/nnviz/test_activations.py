"""Activation functions against their definitions and against finite differences, in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from nnviz.maths.activations import FUNCTIONS, activate, derivative, normal_cdf, slope_gradient
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
    "step": lambda z: np.heaviside(z, 1),
    "prelu": lambda z: np.maximum(z, 0),  # before its slope is learnt it is ReLU
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
    """Against the standard library's erfc, in double and in single precision."""
    z = np.concatenate([np.linspace(-37, 9, 20_001), -np.geomspace(1e-300, 30, 500), np.geomspace(1e-300, 9, 500)])
    exact = np.array([0.5 * math.erfc(-place / math.sqrt(2)) for place in z])
    # −z/√2 is rounded before erfc is taken, which costs the oracle up to z² times the rounding of one number.
    np.testing.assert_allclose(normal_cdf(z), exact, rtol=4e-13)
    np.testing.assert_allclose(normal_cdf(z), special.ndtr(z), rtol=4e-13)
    near = np.abs(z) < 2
    np.testing.assert_allclose(normal_cdf(z)[near], exact[near], rtol=3e-15)
    single = z[z > -12].astype(np.float32)
    np.testing.assert_allclose(normal_cdf(single), special.ndtr(single.astype(np.float64)), rtol=2e-7)
    assert normal_cdf(np.array([-np.inf, -1e200, 0.0, 1e200, np.inf])).tolist() == [0, 0, 0.5, 1, 1]
    assert np.isnan(normal_cdf(np.array([np.nan])))[0]


def test_prelu_has_a_slope_for_each_unit() -> None:
    """He et al., 2015: f(y) = max(0, y) + α·min(0, y), df/dα = min(0, y)."""
    z, slope = np.array([[-2.0, -4.0], [3.0, 0.0]]), np.array([0.25, -0.5])
    np.testing.assert_array_equal(activate("prelu", z, slope), [[-0.5, 2.0], [3.0, 0.0]])
    np.testing.assert_array_equal(derivative("prelu", z, z, slope), [[0.25, -0.5], [1.0, 0.0]])
    np.testing.assert_array_equal(slope_gradient(z, np.array([[1.0, 10.0], [100.0, 1000.0]])), [-2.0, -40.0])
    assert activate("prelu", z.astype(np.float32), slope).dtype == np.float32


def test_the_step_is_one_from_zero_on_and_flat() -> None:
    z = np.array([-1e-9, 0.0, 5.0])
    assert FUNCTIONS["step"](z).tolist() == [0, 1, 1]
    assert derivative("step", z, FUNCTIONS["step"](z)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", ["softmax", "mish"])
def test_what_has_no_elementwise_derivative_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} has no elementwise derivative"):
        derivative(name, PLACES, PLACES)


def test_selu_keeps_mean_zero_and_variance_one() -> None:
    """The fixed point that its two constants are made for, by integrating over a normal distribution."""
    z = np.linspace(-12, 12, 200_001)
    density = stats.norm.pdf(z) * (z[1] - z[0])
    a = FUNCTIONS["selu"](z)
    assert float((a * density).sum()) == pytest.approx(0, abs=1e-6)
    assert float((a * a * density).sum()) == pytest.approx(1, abs=1e-6)
