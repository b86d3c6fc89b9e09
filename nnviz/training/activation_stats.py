"""How the units of a network answer a batch of samples: how often each is 0, how often at the end of its range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnviz.maths.forward import forward
from nnviz.maths.parameters import FloatArray, Parameters

#: Samples looked at: a unit that answers one sample in a hundred is missed in 8 % of the looks (0.99^256), and the
#: pass of 784-128-64-10 takes about a millisecond.
MAX_SAMPLES = 256
#: A sigmoid or tanh counts as at the end of its range where its derivative is below this share of the largest it
#: can have: an error signal that passes is cut to a twentieth. That is |tanh| > 0.975, or a sigmoid below 0.0127 or
#: above 0.9873.
FLAT_SLOPE = 0.05
#: Activations that have such ends.
SATURATING = ("sigmoid", "tanh")


@dataclass(frozen=True, slots=True, eq=False)
class ActivationStats:
    """What the units of each layer answer a batch of samples, in inference mode.

    Attributes:
        step: steps of training the weights have had.
        samples: size of the batch.
        zero: for each layer the share of the samples for which a unit is exactly 0, (units,) in [0, 1].
        saturated: for each layer the share of the samples for which a unit is at the end of its range (see
            ``FLAT_SLOPE``), (units,) in [0, 1]; 0 for activations that have no such ends.
    """

    step: int
    samples: int
    zero: tuple[FloatArray, ...]
    saturated: tuple[FloatArray, ...]


def activation_stats(
    parameters: Parameters, activations: tuple[str, ...], x: FloatArray, step: int,
    silenced: frozenset[tuple[int, int]] = frozenset(),
) -> ActivationStats:
    """Pass samples through a network and count, unit by unit.

    Args:
        parameters: the network's weights.
        activations: the name of φ of each layer.
        x: samples, (batch, input size); the first ``MAX_SAMPLES`` are used.
        step: steps of training the weights have had.
        silenced: units, (dense layer from 1, unit), held at 0 by hand: they are not counted, being so by intention.
    """
    x = x[:MAX_SAMPLES]
    with np.errstate(all="ignore"):  # weights of a diverging run; what is not finite is neither 0 nor at an end
        passed = forward(parameters, activations, x, silenced=silenced)
        zero = tuple((a == 0).mean(axis=0) for a in passed.activations)
        saturated = tuple(
            _is_flat(a, name).mean(axis=0) for a, name in zip(passed.activations, activations, strict=True)
        )
    for layer, unit in silenced:
        zero[layer - 1][unit] = saturated[layer - 1][unit] = 0
    return ActivationStats(step, len(x), zero, saturated)


def _is_flat(a: FloatArray, name: str) -> FloatArray:
    """Return where φ' is below ``FLAT_SLOPE`` of its maximum, written by the activation a itself."""
    if name == "sigmoid":
        return np.asarray(4 * a * (1 - a) < FLAT_SLOPE)  # φ' = a(1 − a), at most ¼
    if name == "tanh":
        return np.asarray(1 - a * a < FLAT_SLOPE)  # φ' = 1 − a², at most 1
    return np.zeros(a.shape, bool)
