"""NumPy's backpropagation against finite differences, in float64."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from nnviz.maths.backprop import backward, root_mean_square
from nnviz.maths.forward import forward
from nnviz.maths.losses import cross_entropy_from_logits
from nnviz.maths.parameters import LayerParameters, Parameters
from nnviz.spec import ACTIVATIONS

SIZES = (5, 6, 4, 3)
STEP = 1e-6


def _parameters(generator: np.random.Generator) -> Parameters:
    return tuple(
        LayerParameters(generator.normal(0, 0.7, (n_in, n_out)), generator.normal(0, 0.7, n_out))
        for n_in, n_out in itertools.pairwise(SIZES)
    )


def _loss(parameters: Parameters, names: tuple[str, ...], x: np.ndarray, y: np.ndarray) -> float:
    return float(cross_entropy_from_logits(forward(parameters, names, x).pre_activations[-1], y).mean())


@pytest.mark.parametrize("hidden", [name for name in ACTIVATIONS if name != "softmax"])
def test_every_gradient_equals_the_central_difference(hidden: str) -> None:
    generator = np.random.default_rng(5)
    names = (hidden, hidden, "softmax")
    parameters = _parameters(generator)
    x, y = generator.normal(size=(4, SIZES[0])), np.array([0, 2, 1, 2])
    gradients = backward(parameters, names, forward(parameters, names, x), y)
    for k, layer in enumerate(parameters):
        for field in ("kernel", "bias"):
            array = getattr(layer, field)
            analytic = getattr(gradients.parameters[k], field)
            for place in np.ndindex(array.shape):
                values = []
                for sign in (1, -1):
                    moved = array.copy()
                    moved[place] += sign * STEP
                    changed = list(parameters)
                    changed[k] = replace(layer, **{field: moved})
                    values.append(_loss(tuple(changed), names, x, y))
                numeric = (values[0] - values[1]) / (2 * STEP)
                assert analytic[place] == pytest.approx(numeric, rel=1e-5, abs=1e-9)
    for place in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[place] += STEP
        behind[place] -= STEP
        numeric = (_loss(parameters, names, ahead, y) - _loss(parameters, names, behind, y)) / (2 * STEP)
        assert gradients.inputs[place] == pytest.approx(numeric, rel=1e-5, abs=1e-9)


def test_rms_is_per_weight() -> None:
    layer = LayerParameters(np.full((3, 4), 2.0), np.array([3.0, -4.0]))
    kernels, biases = root_mean_square((layer,))
    assert kernels[0] == pytest.approx(2.0)
    assert biases[0] == pytest.approx(np.sqrt(12.5))
