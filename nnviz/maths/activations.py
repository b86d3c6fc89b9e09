"""Activation functions φ and their derivatives, in NumPy, in the precision of what they are given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnviz.maths.parameters import FloatArray


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
    raise ValueError(f"{name} has no elementwise derivative")


def backward_through(name: str, z: FloatArray, a: FloatArray, da: FloatArray) -> FloatArray:
    """Return dL/dz from dL/da: the chain rule through φ.

    For softmax the full Jacobian is used: dL/dzᵢ = aᵢ (dL/daᵢ − Σⱼ aⱼ dL/daⱼ).
    """
    if name == "softmax":
        return np.asarray(a * (da - (a * da).sum(axis=-1, keepdims=True)))
    return da * derivative(name, z, a)
