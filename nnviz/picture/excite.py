"""Which samples excite a unit most, and of how many it is 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.forward import forward
from nnviz.maths.parameters import Parameters
from nnviz.picture.refs import UnitRef, check
from nnviz.spec import NetworkSpec

#: Samples looked at; more would say the same and cost time.
MOST_SAMPLES = 2000
#: How many of them are shown.
SHOWN_SAMPLES = 8
#: Samples passed at once: between two of them the work can be given up.
_BATCH = 250


@dataclass(frozen=True, slots=True, eq=False)
class Excitement:
    """The samples that excite a unit most.

    Attributes:
        ref: the unit.
        samples: their indices, the most exciting first, (shown,); those of which the unit is 0 are left out.
        values: the activation a (of an input: x) for each, (shown,).
        zeros: for how many samples a is exactly 0.
        count: number of samples looked at: the first ones of the split.
    """

    ref: UnitRef
    samples: NDArray[np.intp]
    values: NDArray[np.float32]
    zeros: int
    count: int


def most_exciting(
    spec: NetworkSpec, parameters: Parameters, x: NDArray[np.float32], ref: UnitRef, *,
    shown: int = SHOWN_SAMPLES, silenced: frozenset[tuple[int, int]] = frozenset(),
    given_up: Callable[[], bool] = lambda: False,
) -> Excitement | None:
    """Pass the first ``MOST_SAMPLES`` samples forward, as for a prediction, and find those of the largest activation.

    Args:
        spec: the network.
        parameters: its weights.
        x: samples, (count, input size) float32.
        ref: the unit.
        shown: how many are wanted.
        silenced: units whose activation is held at 0, (dense layer from 1, unit).
        given_up: asked now and then; once it says True there is no answer.

    Returns:
        The samples, or None where it was given up.

    Raises:
        SpecError: the network has no such unit.
    """
    check(spec, ref)
    x = x[:MOST_SAMPLES]
    found = []
    for start in range(0, len(x), _BATCH):
        if given_up():
            return None
        a = x[start : start + _BATCH]
        for k in range(ref.layer):
            a = forward(parameters[k : k + 1], spec.activations[k : k + 1], a).output
            off = [unit for layer, unit in silenced if layer == k + 1]
            if off:
                a = a.copy()
                a[:, off] = 0
        found.append(a[:, ref.unit])
    values = np.concatenate(found).astype(np.float32) if found else np.zeros(0, np.float32)
    order = np.argsort(-values, kind="stable")[:shown]
    order = order[values[order] != 0]
    return Excitement(ref, order, values[order], int((values == 0).sum()), len(values))
