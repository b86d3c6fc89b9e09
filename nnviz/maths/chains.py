"""The strongest chains of units from the input to a class: which way the ink went through the network.

The score of an output unit (what enters its φ) is a sum over chains of units, one of each hidden layer: of the first
hidden layer's activation a_j, times the weights on the way, times the slope of φ at each unit passed. In a network of
ReLU units without dropout the chains and what the later biases add make the score exactly; with other φ they are its
first-order part. Chains of one unit fewer, from a pixel, are the paths whose sum is input times gradient (see
``saliency``); S. Bach et al., "On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance
propagation", PLoS ONE 10 (2015), goes the same ways.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.activations import activate, derivative
from nnviz.maths.forward import ForwardPass, deviation, silenced_units
from nnviz.maths.parameters import FloatArray, Parameters


@dataclass(frozen=True, slots=True)
class Chain:
    """One way through the network.

    Attributes:
        units: a unit of each dense layer, the first hidden one first, the output last.
        value: what it contributes to the score of the output unit.
        inputs: the inputs that contribute most to its first unit, strongest first; the way of a network without
            hidden layers begins with them too.
    """

    units: tuple[int, ...]
    value: float
    inputs: tuple[int, ...]


def strongest_chains(
    parameters: Parameters, activations: tuple[str, ...], passed: ForwardPass, output: int, *, count: int = 4,
    inputs: int = 6,
) -> tuple[Chain, ...]:
    """Return the ``count`` chains that contribute most to an output unit, the strongest first; only positive ones.

    Exact: going back from the output, each unit keeps the ``count`` most positive and the ``count`` most negative
    products of the ways behind it; no other can be among the strongest.

    Args:
        parameters: the weights.
        activations: the name of φ of each layer.
        passed: the forward pass of one sample.
        output: index of the output unit.
        count: how many chains, at least 1.
        inputs: how many inputs of each.

    Raises:
        ValueError: the network has no such output unit.
    """
    last = len(parameters) - 1
    units = parameters[last].kernel.shape[1]
    if not 0 <= output < units:
        raise ValueError(f"the output unit must be from 0 to {units - 1}, got {output}")
    # Of each unit of the layer in hand: products of ways from it to the output, and the ways; (units, ways).
    ways = np.full((units, 1), np.nan)
    ways[output] = 1.0
    trails = np.zeros((units, 1, 0), np.intp)
    for k in range(last, 0, -1):
        kernel = _effective(parameters, k)
        slope = np.ones(kernel.shape[0]) if k == 1 else _slope(parameters, activations, passed, k - 1)
        ways, trails = _one_back(kernel, slope, ways, trails, count)
    if last == 0:
        return _without_hidden(parameters, passed, output, inputs)
    starts = np.asarray(passed.activations[0][0], np.float64)
    values = starts[:, None] * ways
    flat = np.where(np.isfinite(values), values, -np.inf).ravel()
    best = np.argsort(-flat, kind="stable")[:count]
    made = []
    for place in best:
        if not flat[place] > 0:
            break
        unit, way = divmod(int(place), values.shape[1])
        chain = (unit, *(int(each) for each in trails[unit, way]))
        made.append(Chain(chain, float(flat[place]), _inputs_of(parameters, passed, unit, inputs, starts[unit])))
    return tuple(made)


def _effective(parameters: Parameters, k: int) -> NDArray[np.float64]:
    """Return W of layer ``k`` as it acts on what enters φ: batch normalisation scales it, (inputs, units)."""
    layer = parameters[k]
    kernel = layer.kernel.astype(np.float64)
    return kernel if layer.norm is None else kernel * (layer.norm.gamma / deviation(layer.norm))


def _slope(
    parameters: Parameters, activations: tuple[str, ...], passed: ForwardPass, k: int
) -> NDArray[np.float64]:
    """Return da/dn of each unit of hidden layer ``k``, (units,): dropout and silenced units included."""
    n = passed.phi_input(k)[0]
    a = activate(activations[k], n, parameters[k].slope)
    made = np.array(derivative(activations[k], n, a, parameters[k].slope), np.float64)
    factor = passed.factors[k]
    if factor is not None:
        made *= np.broadcast_to(factor, (1, len(made)))[0] if np.ndim(factor) == 1 else factor[0]
    made[silenced_units(passed.silenced, k + 1)] = 0
    return made


def _one_back(
    kernel: NDArray[np.float64], slope: NDArray[np.float64], ways: NDArray[np.float64], trails: NDArray[np.intp],
    count: int,
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Go back through one layer: of each unit before it the strongest ways of both signs.

    Args:
        kernel: (units before, units).
        slope: da/dn of the units before; 1 in the first hidden layer, where chains begin with a itself.
        ways, trails: of the units behind.
        count: how many of each sign are kept.
    """
    known = np.isfinite(ways)
    unit, way = np.nonzero(known)
    products = kernel[:, unit] * ways[unit, way] * slope[:, None]  # (units before, ways)
    order = np.argsort(products, axis=1)
    kept = order if order.shape[1] <= 2 * count else np.hstack([order[:, :count], order[:, -count:]])
    values = np.take_along_axis(products, kept, axis=1)
    behind = trails[unit[kept], way[kept]]
    return values, np.concatenate([unit[kept][:, :, None], behind], axis=2)


def _inputs_of(
    parameters: Parameters, passed: ForwardPass, unit: int, count: int, start: float
) -> tuple[int, ...]:
    """Return the inputs that move the activation of a unit of the first layer most in its own direction."""
    parts = np.asarray(passed.inputs[0], np.float64) * _effective(parameters[:1], 0)[:, unit]
    parts = parts if start >= 0 else -parts
    best = np.argsort(-parts, kind="stable")[:count]
    return tuple(int(place) for place in best if parts[place] > 0)


def _without_hidden(
    parameters: Parameters, passed: ForwardPass, output: int, inputs: int
) -> tuple[Chain, ...]:
    """Return the one chain of a network without hidden layers: the output unit with its strongest inputs."""
    parts = _effective(parameters, 0)[:, output] * np.asarray(passed.inputs[0], np.float64)
    chosen = _inputs_of(parameters, passed, output, inputs, 1.0)
    value = float(parts[list(chosen)].sum())
    return (Chain((output,), value, chosen),) if chosen else ()


def softmax_rank(output: FloatArray) -> tuple[int, int]:
    """Return the winner and the runner-up of an output, (outputs,) with at least 2: the largest and the next."""
    order = np.argsort(-np.asarray(output), kind="stable")
    return int(order[0]), int(order[1])
