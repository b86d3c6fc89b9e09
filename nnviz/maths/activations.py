"""Activation functions φ and their derivatives, in NumPy, in the precision of what they are given."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nnviz.maths.parameters import FIRST_SLOPE, FloatArray

#: Slope of leaky ReLU below 0, as Keras has it.
LEAKY_SLOPE = 0.2
#: Coefficients of the polynomial in ``normal_cdf``, the constant first.
_TAIL = (
    1.2530080582697296, -0.13562110612458117, -0.0475622943534492, 0.1296451587027594, -0.11927366341538638,
    0.0683080273440099, -0.02377051491717134, 0.0025293918156939696, 0.0018886903449991718, -0.0007798322696543306,
    -0.00010515971958448065, 0.0001250993424583729, 4.949196649968345e-06, -2.0100542268525612e-05,
    -7.308281468783614e-07, 3.472370944977168e-06, 3.5576086684080595e-07, -6.166011460398726e-07,
    -1.4047654315428462e-07, 1.0183620603842736e-07, 4.1064013667940355e-08, -1.3312919661038687e-08,
    -8.217595058711455e-09, 9.862533510345587e-10, 8.393734858690877e-10,
)  # fmt: skip
_BLOCK = 4096  # values: as many as stay in the fastest memory on the way
#: α and λ of SELU: mean 0 and variance 1 are then kept from layer to layer (Klambauer et al., 2017).
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def linear(z: FloatArray) -> FloatArray:
    """φ(z) = z."""
    return z


def sigmoid(z: FloatArray) -> FloatArray:
    """φ(z) = 1 / (1 + e⁻ᶻ), computed so that large |z| does not overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def tanh(z: FloatArray) -> FloatArray:
    """φ(z) = tanh z."""
    return np.tanh(z)


def relu(z: FloatArray) -> FloatArray:
    """φ(z) = max(0, z)."""
    return np.asarray(np.maximum(z, 0))


def leaky_relu(z: FloatArray) -> FloatArray:
    """φ(z) = z above 0, 0.2·z below (Maas, Hannun and Ng, 2013, with Keras' slope)."""
    return np.where(z > 0, z, LEAKY_SLOPE * z)


def prelu(z: FloatArray, slope: FloatArray | float = FIRST_SLOPE) -> FloatArray:
    """φ(z) = z above 0, α·z below, α = ``slope`` learnt for each unit, (units,) (He et al., 2015)."""
    return np.where(z > 0, z, slope * z).astype(z.dtype)


def elu(z: FloatArray) -> FloatArray:
    """φ(z) = z above 0, eᶻ − 1 below (Clevert, Unterthiner and Hochreiter, 2016)."""
    # expm1 is exact near 0; the minimum keeps the branch that is not taken from overflowing.
    return np.where(z < 0, np.expm1(np.minimum(z, 0)), z)


def selu(z: FloatArray) -> FloatArray:
    """φ(z) = λ·z above 0, λ·α·(eᶻ − 1) below, λ ≈ 1.0507, α ≈ 1.6733 (Klambauer et al., 2017)."""
    return SELU_SCALE * np.where(z < 0, SELU_ALPHA * np.expm1(np.minimum(z, 0)), z)


def normal_cdf(z: FloatArray) -> FloatArray:
    """Φ(z), the share of a standard normal distribution below z, exact far below 0 too.

    Φ(−x) = ½·e^(−x²/2)·g(x/√2) for x ≥ 0, g(u) = e^(u²)·erfc(u), and Φ(x) = 1 − Φ(−x). NumPy has no erfc;
    (1 + 2u)·g(u) is a polynomial in t = (u − 3)/(u + 3), which takes all of u ≥ 0 to [−1, 1) (the form of
    Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x)·exp(x²)·erfc(x)", 1981). Its coefficients are
    Chebyshev's at 64 places in 50 digits; g is within 5e-16 of its value everywhere.
    """
    flat = np.ravel(z)
    made = np.empty(flat.shape, z.dtype)
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        tail = _normal_tail(block)
        made[start : start + _BLOCK] = np.where(block > 0, 1 - tail, tail)
    return made.reshape(np.shape(z))


def _normal_tail(z: FloatArray) -> FloatArray:
    """Return Φ(−|z|), float64."""
    x = np.minimum(np.abs(z.astype(np.float64)), 1e6)  # so far out it is 0, and infinity would become NaN
    u = x / math.sqrt(2)
    t = (u - 3) / (u + 3)
    tail = np.full_like(t, _TAIL[-1])
    for coefficient in _TAIL[-2::-1]:
        tail *= t
        tail += coefficient
    tail *= 0.5 / (1 + 2 * u)
    # The square of the upper half of x has no rounding error, which e would make x² times as large.
    upper = x.astype(np.float32).astype(np.float64)
    tail *= np.exp(-0.5 * upper * upper)
    if z.dtype == np.float64:
        tail *= np.exp(-0.5 * (x - upper) * (x + upper))
    return tail


def gelu(z: FloatArray) -> FloatArray:
    """φ(z) = z·Φ(z), Φ the normal distribution: the exact form (Hendrycks and Gimpel, 2016)."""
    return z * normal_cdf(z)


def softplus(z: FloatArray) -> FloatArray:
    """φ(z) = ln(1 + eᶻ), computed so that large |z| does not overflow (Dugas et al., 2001)."""
    return np.asarray(np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))))


def softmax(z: FloatArray) -> FloatArray:
    """φ(z)ᵢ = e^zᵢ / Σⱼ e^zⱼ over the last axis; the largest z is taken off first so that nothing overflows."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def step(z: FloatArray) -> FloatArray:
    """The Heaviside step of a threshold logic unit: 1 where z ≥ 0, else 0 (McCulloch and Pitts, 1943)."""
    return (z >= 0).astype(z.dtype)


FUNCTIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "linear": linear,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "softplus": softplus,
    "softmax": softmax,
    "step": step,
}


def activate(name: str, z: FloatArray, slope: FloatArray | None = None) -> FloatArray:
    """Return a = φ(z), same shape.

    Args:
        name: the activation, a key of ``FUNCTIONS``.
        z: what enters φ, (..., units).
        slope: α of PReLU, (units,), ``FIRST_SLOPE`` by default; unused by the others.
    """
    if name == "prelu" and slope is not None:
        return prelu(z, slope)
    return FUNCTIONS[name](z)


def derivative(name: str, z: FloatArray, a: FloatArray, slope: FloatArray | None = None) -> FloatArray:
    """Return da/dz element by element, for every φ that works element by element.

    Where φ has a corner or jumps, at 0, it is what Keras' backpropagation uses: 0 for ReLU and PReLU, the lower
    slope for leaky ReLU. The step is flat on both sides: 0 everywhere, which is why it cannot be learnt through.

    Args:
        name: the activation.
        z: what enters φ, (..., units).
        a: activations φ(z), same shape.
        slope: α of PReLU, (units,), ``FIRST_SLOPE`` by default; unused by the others.

    Raises:
        ValueError: the function has no elementwise derivative: softmax mixes its inputs.
    """
    if name == "linear":
        return np.ones_like(z)
    if name == "step":
        return np.zeros_like(z)
    if name == "sigmoid":
        return a * (1 - a)
    if name == "tanh":
        return 1 - a * a
    if name == "relu":
        return (z > 0).astype(z.dtype)
    if name == "leaky_relu":
        return np.where(z > 0, 1, LEAKY_SLOPE).astype(z.dtype)
    if name == "prelu":
        below = FIRST_SLOPE if slope is None else slope
        return np.where(z > 0, 1, np.where(z < 0, below, 0)).astype(z.dtype)
    if name == "elu":
        return np.exp(np.minimum(z, 0))
    if name == "selu":
        return SELU_SCALE * np.where(z < 0, SELU_ALPHA * np.exp(np.minimum(z, 0)), 1).astype(z.dtype)
    if name == "gelu":
        return normal_cdf(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    if name == "softplus":
        return sigmoid(z)
    raise ValueError(f"{name} has no elementwise derivative")


def backward_through(
    name: str, z: FloatArray, a: FloatArray, da: FloatArray, slope: FloatArray | None = None
) -> FloatArray:
    """Return dL/dz from dL/da: the chain rule through φ; arguments as in ``derivative``.

    For softmax the full Jacobian is used: dL/dzᵢ = aᵢ (dL/daᵢ − Σⱼ aⱼ dL/daⱼ).
    """
    if name == "softmax":
        return np.asarray(a * (da - (a * da).sum(axis=-1, keepdims=True)))
    return da * derivative(name, z, a, slope)


def slope_gradient(z: FloatArray, da: FloatArray) -> FloatArray:
    """Return dL/dα of PReLU, (units,): Σ over the batch of dL/da·min(0, z) (He et al., 2015)."""
    return np.asarray((da * np.minimum(z, 0)).sum(axis=0))
