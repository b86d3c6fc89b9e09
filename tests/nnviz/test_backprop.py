"""NumPy's backpropagation against finite differences, in float64."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from nnviz.maths.backprop import Gradients, backward, root_mean_square
from nnviz.maths.forward import ForwardPass, forward
from nnviz.maths.losses import losses
from nnviz.maths.parameters import LayerParameters, Normalisation, Parameters
from nnviz.spec import ACTIVATIONS, LOSSES

SIZES = (5, 6, 4, 3)
STEP = 1e-6
SPARSE = LOSSES[0]
SMOOTH = [name for name in ACTIVATIONS if name not in ("softmax", "step")]
CLASSES = np.array([0, 2, 1, 2])
LABELS = np.array([[1.0, 0, 1], [0, 1, 1], [0, 0, 0], [1, 1, 0]])
TARGETS = np.random.default_rng(8).normal(size=(4, 3))


def _parameters(generator: np.random.Generator, names: tuple[str, ...], norms: tuple[int, ...] = ()) -> Parameters:
    made = []
    for k, (n_in, n_out) in enumerate(itertools.pairwise(SIZES)):
        kernel, bias = generator.normal(0, 0.7, (n_in, n_out)), generator.normal(0, 0.7, n_out)
        slope = generator.normal(0.2, 0.3, n_out) if names[k] == "prelu" else None
        norm = None
        if k in norms:
            gamma, beta, mean = generator.normal(1, 0.3, (3, n_out))
            norm = Normalisation(gamma, beta, mean, generator.uniform(0.2, 2, n_out))
        made.append(LayerParameters(kernel, bias, slope, norm))
    return tuple(made)


def _differences(parameters: Parameters, loss: Callable[[Parameters], float]) -> list[list[np.ndarray]]:
    """Return the central difference of a loss for every number of every array of ``LayerParameters.arrays``."""
    found = []
    for k, layer in enumerate(parameters):
        of_layer = []
        for number, array in enumerate(layer.arrays):
            numeric = np.empty_like(array)
            for place in np.ndindex(array.shape):
                values = []
                for sign in (1, -1):
                    copies = layer.mapped(np.copy)
                    copies.arrays[number][place] += sign * STEP
                    values.append(loss((*parameters[:k], copies, *parameters[k + 1 :])))
                numeric[place] = (values[0] - values[1]) / (2 * STEP)
            of_layer.append(numeric)
        found.append(of_layer)
    return found


def _check(
    parameters: Parameters, names: tuple[str, ...], x: np.ndarray, target: np.ndarray, loss: str = SPARSE
) -> Gradients:
    def value(changed: Parameters, at: np.ndarray = x) -> float:
        passed = forward(changed, names, at)
        entered = passed.phi_input(len(names) - 1)
        return float(losses(loss, names[-1], entered, passed.output, target).mean())

    gradients = backward(parameters, names, forward(parameters, names, x), target, loss)
    assert gradients.loss == pytest.approx(value(parameters), rel=1e-12)
    for layer, of_layer, numeric in zip(parameters, gradients.parameters, _differences(parameters, value), strict=True):
        learnt = len(layer.arrays) - (0 if layer.norm is None else 2)
        for analytic, difference in zip(of_layer.arrays[:learnt], numeric, strict=False):
            np.testing.assert_allclose(analytic, difference, rtol=1e-5, atol=2e-9)
        for moving in of_layer.arrays[learnt:]:
            assert not moving.any(), "no gradient changes the moving mean and variance"
    for place in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[place] += STEP
        behind[place] -= STEP
        numeric_x = (value(parameters, ahead) - value(parameters, behind)) / (2 * STEP)
        assert gradients.inputs[place] == pytest.approx(numeric_x, rel=1e-5, abs=2e-9)
    return gradients


@pytest.mark.parametrize("hidden", SMOOTH)
def test_every_gradient_equals_the_central_difference(hidden: str) -> None:
    generator = np.random.default_rng(5)
    names = (hidden, hidden, "softmax")
    _check(_parameters(generator, names), names, generator.normal(size=(4, SIZES[0])), CLASSES)


@pytest.mark.parametrize(
    ("loss", "output", "target"),
    [
        (SPARSE, "sigmoid", CLASSES),
        ("binary_crossentropy", "sigmoid", LABELS), ("binary_crossentropy", "softmax", CLASSES),
        ("mean_squared_error", "linear", TARGETS), ("mean_squared_error", "softmax", CLASSES),
        ("mean_absolute_error", "linear", TARGETS), ("mean_absolute_error", "sigmoid", LABELS),
        ("huber", "linear", 2 * TARGETS), ("huber", "prelu", TARGETS),
    ],
)  # fmt: skip
def test_every_loss_with_normalised_hidden_layers(loss: str, output: str, target: np.ndarray) -> None:
    generator = np.random.default_rng(6)
    names = ("tanh", "prelu", output)
    parameters = _parameters(generator, names, norms=(0, 1))
    _check(parameters, names, generator.normal(size=(4, SIZES[0])), target, loss)


def test_nothing_is_learnt_through_a_step() -> None:
    """The perceptron's unit: only the layer behind it learns (Minsky and Papert, 1969)."""
    generator = np.random.default_rng(7)
    names = ("tanh", "step", "softmax")
    parameters = _parameters(generator, names, norms=(1,))
    gradients = _check(parameters, names, generator.normal(size=(4, SIZES[0])), CLASSES)
    assert not gradients.parameters[0].kernel.any()
    assert not gradients.parameters[1].kernel.any()
    assert gradients.activations[1].any()
    assert gradients.parameters[2].kernel.any()


def test_a_normalised_layer_keeps_z_and_n_apart() -> None:
    """By hand: W = 2, b = 1, so z = 7; mean 3, variance 4 − ε, γ = 5, β = −1: n = 5·(7 − 3)/2 − 1 = 9."""
    one = np.ones(1)
    norm = Normalisation(5 * one, -one, 3 * one, (4 - 1e-3) * one)
    layers = (LayerParameters(np.full((1, 1), 2.0), one, None, norm), LayerParameters(np.ones((1, 1)), 0 * one))
    passed = forward(layers, ("relu", "linear"), np.full((1, 1), 3.0))
    assert [float(z[0, 0]) for z in passed.pre_activations] == [7, 9]
    assert passed.normalised[1] is None
    assert passed.phi_input(0)[0, 0] == pytest.approx(9)
    assert passed.phi_input(1)[0, 0] == pytest.approx(9)
    gradients = backward(layers, ("relu", "linear"), passed, np.zeros((1, 1)), "mean_squared_error")
    assert gradients.parameters[0].norm is not None
    assert gradients.pre_activations[0][0, 0] == pytest.approx(2 * 9 * 5 / 2), "dL/dz with γ/√(variance + ε)"
    assert gradients.parameters[0].norm.gamma[0] == pytest.approx(2 * 9 * 2)
    assert gradients.parameters[0].norm.beta[0] == pytest.approx(2 * 9)


def test_a_layer_without_bias_has_no_gradient_of_it() -> None:
    generator = np.random.default_rng(9)
    names = ("tanh", "tanh", "softmax")
    parameters, x = _parameters(generator, names), generator.normal(size=(4, SIZES[0]))
    passed = forward(parameters, names, x)
    every, some = (
        backward(parameters, names, passed, CLASSES, use_bias=use) for use in (None, (True, False, True))
    )
    assert not some.parameters[1].bias.any()
    assert every.parameters[1].bias.any()
    np.testing.assert_array_equal(some.parameters[0].kernel, every.parameters[0].kernel)


def test_single_precision_stays_single() -> None:
    generator = np.random.default_rng(6)
    names = ("gelu", "prelu", "linear")
    layers = [x.mapped(lambda a: a.astype(np.float32)) for x in _parameters(generator, names, norms=(0, 1))]
    passed = forward(tuple(layers), names, generator.normal(size=(4, 5)).astype(np.float32))
    gradients = backward(tuple(layers), names, passed, TARGETS, "huber")
    arrays = [
        *passed.pre_activations, *passed.activations, *(n for n in passed.normalised if n is not None),
        *gradients.pre_activations, *gradients.activations, gradients.inputs,
        *(array for layer in gradients.parameters for array in layer.arrays),
    ]  # fmt: skip
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_a_pass_made_elsewhere_has_no_normalisation_unless_told() -> None:
    z = np.zeros((1, 2))
    assert ForwardPass(z, (z, z), (z, z)).normalised == (None, None)


def test_rms_is_per_weight() -> None:
    layer = LayerParameters(np.full((3, 4), 2.0), np.array([3.0, -4.0]))
    kernels, biases = root_mean_square((layer,))
    assert kernels[0] == pytest.approx(2.0)
    assert biases[0] == pytest.approx(np.sqrt(12.5))
