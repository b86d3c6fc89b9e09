"""Gradients by finite differences: the loss with a weight a little larger, minus with it a little smaller.

dL/dw ≈ (L(w + h) − L(w − h)) / 2h, wrong by O(h²). In float64, h near the cube root of the rounding error (6·10⁻⁶)
makes the sum of both errors least (Press et al., "Numerical Recipes", section 5.7). Nothing of the chain rule is used.

A function with a corner (ReLU at 0) has no derivative there, and the difference across one is no derivative either:
where w ± h takes any unit, or the loss, over a corner, the entry is told apart and not to be compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.activations import activate
from nnviz.maths.forward import ForwardPass, forward, normalise, standardise
from nnviz.maths.losses import BINARY, CLIP, LOGIT_OUTPUTS, SPARSE, losses
from nnviz.maths.parameters import FloatArray, LayerParameters, Normalisation, Parameters

#: h of a weight of magnitude up to 1; of a larger one that many times as much.
STEP = 1e-5
#: Activations with a corner or a jump at 0. ELU has none there (its slopes meet), SELU has.
CORNERED = ("relu", "leaky_relu", "prelu", "selu", "step")
#: Numbers in the largest array that is made at once; NumPy holds the interpreter while it copies one.
_MOST_NUMBERS = 400_000


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Whose derivatives are wanted: a network, samples, and what is right for them.

    Attributes:
        parameters: the weights, float64.
        activations: the name of φ of each layer.
        inputs: x, (batch, input size) float64.
        target: as ``losses.losses`` takes it.
        loss: one of ``nnviz.spec.LOSSES``.
        factors: of dropout and of silenced units, see ``ForwardPass.factors``.
    """

    parameters: Parameters
    activations: tuple[str, ...]
    inputs: FloatArray
    target: NDArray[Any]
    loss: str
    factors: tuple[FloatArray | None, ...]

    def passed(self) -> ForwardPass:
        """Return the forward pass."""
        return forward(self.parameters, self.activations, self.inputs, factors=self.factors)


def doubles(parameters: Parameters) -> Parameters:
    """Return parameters in float64; each value is exactly what it was."""
    return tuple(layer.mapped(lambda array: array.astype(np.float64)) for layer in parameters)


def central_differences(
    question: Question, base: ForwardPass, layer: int, name: str, places: NDArray[np.integer], step: float = STEP
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the derivatives by some entries of one array, and which of them meet a corner.

    Args:
        question: network and samples, float64.
        base: decides on which side of its corners each unit is: the pass that is to be judged, or
            ``question.passed()``.
        layer: 0 the first dense layer.
        name: ``"kernel"``, ``"bias"``, ``"slope"``, ``"gamma"`` or ``"beta"``.
        places: numbers of the entries in the flattened array, (count,).
        step: h, see ``STEP``.

    Returns:
        (count,) float64 and (count,) bool.
    """
    own = question.passed()
    units = question.parameters[layer].bias.size
    block = max(1, _MOST_NUMBERS // (len(question.inputs) * max(p.bias.size for p in question.parameters[layer:])))
    values, corners = np.empty(len(places)), np.zeros(len(places), bool)
    for start in range(0, len(places), block):
        part = slice(start, start + block)
        column = places[part] % units
        weights = array_of(question.parameters[layer], name).reshape(-1)[places[part]]
        h = step * np.maximum(1, np.abs(weights))
        rows = places[part] // units
        up, over = _losses(question, own, base, layer, name, rows, column, h)
        down, under = _losses(question, own, base, layer, name, rows, column, -h)
        values[part] = (up - down) / (2 * h)
        corners[part] = over | under
    return values, corners


def array_of(layer: LayerParameters, name: str) -> FloatArray:
    """Return the array of a layer called ``"kernel"``, ``"bias"``, ``"slope"``, ``"gamma"`` or ``"beta"``."""
    owner: LayerParameters | Normalisation | None = layer.norm if name in ("gamma", "beta") else layer
    found: FloatArray | None = getattr(owner, name, None)
    if found is None:
        raise ValueError(f"the layer has no {name}")
    return found


def learnt_names(layer: LayerParameters, use_bias: bool) -> tuple[str, ...]:
    """Return the names of the arrays of a layer that a gradient changes."""
    made = ["kernel", *(["bias"] if use_bias else []), *(["slope"] if layer.slope is not None else [])]
    return (*made, *(("gamma", "beta") if layer.norm is not None else ()))


def _losses(
    question: Question, own: ForwardPass, base: ForwardPass, layer: int, name: str,
    rows: NDArray[np.integer], columns: NDArray[np.integer], h: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the mean loss with each entry moved by h, (entries,), and where that goes over a corner."""
    here = question.parameters[layer]
    count, batch, each = len(h), len(question.inputs), np.arange(len(h))
    n = np.repeat(own.phi_input(layer)[None], count, axis=0)  # (entries, batch, units)
    moved = n[each, :, columns]  # (entries, batch)
    if name in ("kernel", "bias"):
        by = own.layer_input(layer).T[rows] if name == "kernel" else np.ones((count, batch))
        moved = moved + h[:, None] * by
        if here.norm is not None:
            z = own.pre_activations[layer].T[columns] + h[:, None] * by
            moved = _of_columns(here.norm, columns, z, normalise)
    elif here.norm is not None and name in ("gamma", "beta"):
        z = own.pre_activations[layer].T[columns]
        by = _of_columns(here.norm, columns, z, standardise) if name == "gamma" else np.ones((count, batch))
        moved = moved + h[:, None] * by
    n[each, :, columns] = moved
    flat = n.reshape(count * batch, -1)
    a = activate(question.activations[layer], flat, here.slope)
    if name == "slope" and here.slope is not None:
        a = a.reshape(n.shape)
        slope = (here.slope[columns] + h)[:, None]
        a[each, :, columns] = np.where(moved > 0, moved, slope * moved)
        a = a.reshape(flat.shape)
    factor = question.factors[layer]
    if factor is not None:
        a = a * factor
    crossed = _crossed(question.activations[layer], flat, base.phi_input(layer), count)
    rest, names = question.parameters[layer + 1 :], question.activations[layer + 1 :]
    entered, output = flat, a
    if rest:
        passed = forward(rest, names, a, factors=question.factors[layer + 1 :])
        for place in range(len(rest)):
            crossed |= _crossed(names[place], passed.phi_input(place), base.phi_input(layer + 1 + place), count)
        entered, output = passed.phi_input(len(rest) - 1), passed.output
    target = np.tile(question.target, (count, *(1,) * (question.target.ndim - 1)))
    value = losses(question.loss, question.activations[-1], entered, output, target).reshape(count, batch).mean(axis=1)
    was = np.tile(base.output, (count, 1))
    crossed |= _sides_of_loss(question, output, target, was).reshape(count, -1).any(axis=1)
    return value, crossed


def _of_columns(norm: Normalisation, columns: NDArray[np.integer], z: FloatArray, function: Any) -> FloatArray:
    """Return ``function`` of z, (entries, batch), by the normalisation of each entry's unit."""
    part = replace(
        norm, gamma=norm.gamma[columns], beta=norm.beta[columns], mean=norm.mean[columns],
        variance=norm.variance[columns],
    )  # fmt: skip
    return np.asarray(function(part, z.T).T)


def sides(activation: str, n: FloatArray) -> NDArray[np.bool_]:
    """Return on which side of the corner of φ each value is; all on one where φ has none."""
    if activation not in CORNERED:
        return np.zeros(n.shape, bool)
    return np.asarray(n >= 0 if activation == "step" else n > 0)


def _crossed(activation: str, n: FloatArray, base: FloatArray, count: int) -> NDArray[np.bool_]:
    if activation not in CORNERED:
        return np.zeros(count, bool)
    now = sides(activation, n).reshape(count, *base.shape)
    return np.asarray((now != sides(activation, base)[None]).any(axis=(1, 2)))


def _sides_of_loss(question: Question, a: FloatArray, target: NDArray[Any], was: FloatArray) -> NDArray[np.bool_]:
    """Return where the loss of an output is on another side of a corner of its own than that of the base."""
    if question.loss == "mean_absolute_error":
        return np.asarray(np.sign(a - target) != np.sign(was - target))
    if question.loss in (SPARSE, BINARY) and question.activations[-1] not in LOGIT_OUTPUTS:
        low, high = CLIP, 1 - CLIP
        return np.asarray(((a < low) != (was < low)) | ((a > high) != (was > high)))
    return np.zeros(a.shape, bool)
