"""Activation functions φ and their derivatives, in NumPy, in the precision of what they are given."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nnviz.maths.parameters import FloatArray

#: Slope of leaky ReLU below 0, as Keras has it.
LEAKY_SLOPE = 0.2
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


def elu(z: FloatArray) -> FloatArray:
    """φ(z) = z above 0, eᶻ − 1 below (Clevert, Unterthiner and Hochreiter, 2016)."""
    # expm1 is exact near 0; the minimum keeps the branch that is not taken from overflowing.
    return np.where(z < 0, np.expm1(np.minimum(z, 0)), z)


def selu(z: FloatArray) -> FloatArray:
    """φ(z) = λ·z above 0, λ·α·(eᶻ − 1) below, λ ≈ 1.0507, α ≈ 1.6733 (Klambauer et al., 2017)."""
    return SELU_SCALE * np.where(z < 0, SELU_ALPHA * np.expm1(np.minimum(z, 0)), z)


def normal_cdf(z: FloatArray) -> FloatArray:
    """Φ(z), the share of a standard normal distribution below z, by ½·erfc(−z/√2): exact far below 0 too.

    NumPy has no erfc; the standard library's is called value by value, at about 0.1 µs each.
    """
    flat = np.asarray(z, np.float64).ravel() / -math.sqrt(2)
    made = np.fromiter(map(math.erfc, flat.tolist()), np.float64, flat.size)
    return np.asarray(0.5 * made.reshape(z.shape), dtype=z.dtype)


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
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "softplus": softplus,
    "softmax": softmax,
    "step": step,
}


def derivative(name: str, z: FloatArray, a: FloatArray) -> FloatArray:
    """Return da/dz element by element, for every φ that works element by element.

    Args:
        name: the activation.
        z: pre-activations, any shape.
        a: activations φ(z), same shape.

    Raises:
        ValueError: the function has no elementwise derivative (softmax mixes its inputs; step has none).
    """
    if name == "linear":
        return np.ones_like(z)
    if name == "sigmoid":
        return a * (1 - a)
    if name == "tanh":
        return 1 - a * a
    if name == "relu":
        return (z > 0).astype(z.dtype)
    if name == "leaky_relu":
        return np.where(z > 0, 1, LEAKY_SLOPE).astype(z.dtype)
    if name == "elu":
        return np.exp(np.minimum(z, 0))
    if name == "selu":
        return SELU_SCALE * np.where(z < 0, SELU_ALPHA * np.exp(np.minimum(z, 0)), 1).astype(z.dtype)
    if name == "gelu":
        return normal_cdf(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    if name == "softplus":
        return sigmoid(z)
    raise ValueError(f"{name} has no elementwise derivative")


def backward_through(name: str, z: FloatArray, a: FloatArray, da: FloatArray) -> FloatArray:
    """Return dL/dz from dL/da: the chain rule through φ.

    For softmax the full Jacobian is used: dL/dzᵢ = aᵢ (dL/daᵢ − Σⱼ aⱼ dL/daⱼ).
    """
    if name == "softmax":
        return np.asarray(a * (da - (a * da).sum(axis=-1, keepdims=True)))
    return da * derivative(name, z, a)
