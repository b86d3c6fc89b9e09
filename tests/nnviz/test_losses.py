"""Losses: values from their definitions, gradients from finite differences, in float64."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from nnviz.maths.activations import activate
from nnviz.maths.losses import CLIP, dense_target, losses, output_gradient, penalty
from nnviz.maths.parameters import LayerParameters
from nnviz.spec import LOSSES, LayerSpec, NetworkSpec

STEP = 1e-6
Z = np.random.default_rng(3).normal(0, 1.5, (6, 3))
LABEL = np.array([0, 2, 1, 1, 0, 2], np.int32)
LABELS = np.array([[0, 1, 1], [0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [1, 0, 1]], np.float32)
TARGETS = np.random.default_rng(4).normal(0, 1.5, (6, 3))
SENSIBLE = [
    *((name, activation) for name in LOSSES[2:] for activation in ("linear", "tanh", "softplus", "softmax", "prelu")),
    *(("sparse_categorical_crossentropy", activation) for activation in ("softmax", "sigmoid", "softplus", "relu")),
    *(("binary_crossentropy", activation) for activation in ("sigmoid", "softmax", "relu", "linear")),
]
SLOPE = np.array([0.3, -0.2, 0.1])


def _target(name: str) -> np.ndarray:
    if name == "sparse_categorical_crossentropy":
        return LABEL
    return LABELS if name == "binary_crossentropy" else TARGETS


def _mean(name: str, activation: str, z: np.ndarray, a: np.ndarray | None = None) -> float:
    a = activate(activation, z, SLOPE) if a is None else a
    return float(losses(name, activation, z, a, _target(name)).mean())


def test_values_are_those_of_the_definitions() -> None:
    p = special.softmax(Z, axis=1)
    sparse = losses("sparse_categorical_crossentropy", "softmax", Z, p, LABEL)
    np.testing.assert_allclose(sparse, -special.log_softmax(Z, axis=1)[np.arange(6), LABEL], rtol=1e-12)
    binary = losses("binary_crossentropy", "sigmoid", Z, special.expit(Z), LABELS)
    likelihood = stats.bernoulli.logpmf(LABELS.astype(int), special.expit(Z))
    np.testing.assert_allclose(binary, -likelihood.mean(axis=1), rtol=1e-9)
    np.testing.assert_allclose(
        losses("huber", "linear", Z, Z, TARGETS), special.huber(1.0, Z - TARGETS).mean(axis=1), rtol=1e-12
    )
    off = np.array([[3.0, -0.5]])
    for name, value in (("mean_squared_error", 4.625), ("mean_absolute_error", 1.75), ("huber", (2.5 + 0.125) / 2)):
        assert losses(name, "linear", off, off, np.zeros((1, 2)))[0] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(("name", "activation"), SENSIBLE)
def test_output_gradients_are_central_differences(name: str, activation: str) -> None:
    a = activate(activation, Z, SLOPE)
    da, dz = output_gradient(name, activation, Z, a, _target(name), SLOPE)
    from_logits = name in LOSSES[:2] and activation in ("softmax", "sigmoid")
    for place in np.ndindex(Z.shape):
        move = np.zeros_like(Z)
        move[place] = STEP
        numeric = (_mean(name, activation, Z + move) - _mean(name, activation, Z - move)) / (2 * STEP)
        assert dz[place] == pytest.approx(numeric, rel=1e-5, abs=1e-8), place
        if not from_logits and min(abs(a[place]), abs(1 - a[place])) > STEP + CLIP:  # no corner of clipping near
            numeric = (_mean(name, activation, Z, a + move) - _mean(name, activation, Z, a - move)) / (2 * STEP)
            assert da[place] == pytest.approx(numeric, rel=1e-5, abs=1e-8), place


def test_of_losses_from_logits_the_gradient_by_the_output_is_that_of_the_logarithm() -> None:
    p = special.softmax(Z, axis=1)
    da, _ = output_gradient("sparse_categorical_crossentropy", "softmax", Z, p, LABEL)
    wanted = np.zeros_like(p)
    wanted[np.arange(6), LABEL] = -1 / p[np.arange(6), LABEL] / 6
    np.testing.assert_allclose(da, wanted, rtol=1e-12)
    p = special.expit(Z)
    da, dz = output_gradient("binary_crossentropy", "sigmoid", Z, p, LABELS)
    np.testing.assert_allclose(da, (p - LABELS) / (p * (1 - p)) / 18, rtol=1e-12)
    np.testing.assert_allclose(da * p * (1 - p), dz, rtol=1e-12)


def test_behind_softmax_and_sigmoid_both_cross_entropies_are_those_of_the_logits() -> None:
    """As Keras has it; of the class loss dL/da still follows from the chain rule, of the other it does not exist."""
    for name, target in ((LOSSES[0], LABEL), (LOSSES[1], LABELS)):
        made = [losses(name, activation, Z, activate(activation, Z), target) for activation in ("softmax", "sigmoid")]
        np.testing.assert_array_equal(made[0], made[1])
    p = special.expit(Z)
    da, dz = output_gradient(LOSSES[0], "sigmoid", Z, p, LABEL)
    np.testing.assert_allclose(da * p * (1 - p), dz, rtol=1e-12)
    da, _ = output_gradient(LOSSES[1], "softmax", Z, special.softmax(Z, axis=1), LABELS)
    assert np.isnan(da).all()


def test_certain_and_wrong_is_dear_but_finite() -> None:
    z = np.array([[200.0, -200.0]], np.float32)
    with np.errstate(over="raise", invalid="raise"):
        a = activate("sigmoid", z)
        assert losses("binary_crossentropy", "sigmoid", z, a, np.array([[0.0, 1.0]])) == pytest.approx(200)
        da, dz = output_gradient("binary_crossentropy", "sigmoid", z, a, np.array([[0.0, 1.0]]))
        np.testing.assert_allclose(dz, [[0.5, -0.5]])
        assert np.isinf(da).all()
        da, dz = output_gradient("binary_crossentropy", "sigmoid", z, a, np.array([[1.0, 0.0]]))
        np.testing.assert_allclose([da, dz], [[[-0.5, 0.5]], [[0, 0]]], atol=1e-7)
        clipped = losses("binary_crossentropy", "linear", z, np.array([[9.0, -9.0]]), np.array([[0.0, 1.0]]))
    assert clipped[0] == pytest.approx(-np.log(CLIP), rel=1e-6)
    for name, target in (("binary_crossentropy", LABELS), ("sparse_categorical_crossentropy", LABEL)):
        da, dz = output_gradient(name, "step", Z, activate("step", Z), target)
        assert not da.any(), "clipped at both ends, it is flat"
        assert not dz.any()


@pytest.mark.parametrize(("name", "activation"), SENSIBLE)
def test_precision_stays(name: str, activation: str) -> None:
    z, target = Z.astype(np.float32), _target(name)
    a = activate(activation, z, SLOPE.astype(np.float32))
    made = losses(name, activation, z, a, target), *output_gradient(name, activation, z, a, target)
    assert {array.dtype for array in made} == {np.dtype(np.float32)}


def test_targets_of_classes_become_columns() -> None:
    assert dense_target(np.array([0, 2], np.int32), 3).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert dense_target(np.array([0, 1], np.int32), 1).tolist() == [[0], [1]]
    kept = dense_target(TARGETS, 3)
    assert kept.dtype == np.float32
    np.testing.assert_allclose(kept, TARGETS, rtol=1e-7)
    one_hot = dense_target(LABEL, 3)
    p = special.softmax(Z, axis=1)
    for name in LOSSES[1:]:
        np.testing.assert_array_equal(
            losses(name, "softmax", Z, p, LABEL), losses(name, "softmax", Z, p, one_hot), err_msg=name
        )


@pytest.mark.parametrize(
    ("name", "target", "said"),
    [
        ("sparse_categorical_crossentropy", LABELS, "must be 6 classes, got float32"),
        ("sparse_categorical_crossentropy", np.full(6, 3), "from 0 to 2, got 3"),
        ("mean_squared_error", np.full(6, -1), "from 0 to 2, got -1"),
        ("huber", np.zeros(6), "whole numbers"),
        ("huber", np.zeros((6, 2)), r"shape of the output, \(6, 3\), got \(6, 2\)"),
        ("hinge", LABELS, "'hinge'"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, target: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        losses(name, "linear", Z, Z, target)


def test_penalties_are_weighted_sums_over_the_kernels() -> None:
    spec = NetworkSpec((2,), (LayerSpec(2, l1=0.5, l2=0.25), LayerSpec(1, "linear", l2=2.0)))
    layers = (
        LayerParameters(np.array([[1.0, -2.0], [3.0, 0.0]]), np.full(2, 9.0)),
        LayerParameters(np.array([[1.0], [2.0]]), np.full(1, 9.0)),
    )
    assert penalty(spec, layers) == pytest.approx(0.5 * 6 + 0.25 * 14 + 2.0 * 5)
