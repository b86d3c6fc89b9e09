"""What is unusual of output and loss is said; what suits is passed over in silence; what is said is so."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.losses import dense_target, losses
from nnviz.maths.parameters import initial_parameters
from nnviz.remarks import layer_remark, output_problem, output_remark, suits
from nnviz.spec import ACTIVATIONS, LOSSES, TASK_OUTPUT, TASKS, LayerSpec, NetworkSpec, output_layer


@pytest.mark.parametrize("task", TASKS)
def test_what_the_task_suggests_is_not_remarked(task: str) -> None:
    outputs = {"binary": 1, "regression": 2}.get(task, 5)
    layer, loss = output_layer(task, outputs), TASK_OUTPUT[task][1]
    assert output_remark(task, outputs, layer.activation, loss) == ""
    assert output_problem(task, outputs, outputs, loss) == ""
    assert suits(task, outputs, layer, loss)
    assert not suits(task, outputs, LayerSpec(outputs, "elu"), loss)


def test_other_usual_pairs_are_not_remarked() -> None:
    assert suits("binary", 1, LayerSpec(2, "softmax"), "sparse_categorical_crossentropy")
    assert output_remark("binary", 2, "softmax", "sparse_categorical_crossentropy") == ""
    assert output_problem("binary", 1, 2, "sparse_categorical_crossentropy") == ""
    for loss in ("mean_absolute_error", "huber"):
        assert output_remark("regression", 1, "linear", loss) == ""


@pytest.mark.parametrize(
    ("task", "units", "activation", "loss", "words"),
    [
        ("multiclass", 3, "linear", "sparse_categorical_crossentropy",
         "Linear output with cross-entropy: not probabilities."),
        ("multiclass", 3, "relu", "sparse_categorical_crossentropy",
         "ReLU output with cross-entropy: not probabilities."),
        ("multiclass", 3, "sigmoid", "sparse_categorical_crossentropy", "do not add up to 1"),
        ("multiclass", 3, "sigmoid", "binary_crossentropy", "each class by itself"),
        ("multilabel", 3, "softmax", "binary_crossentropy", "softmax ties the outputs together"),
        ("binary", 1, "softmax", "binary_crossentropy", "is always 1; Keras takes the loss from the logit"),
        ("binary", 1, "softmax", "mean_squared_error", "nothing is learnt"),
        ("binary", 1, "step", "binary_crossentropy", "nothing is learnt"),
        ("binary", 1, "linear", "mean_squared_error", "fits classes as numbers"),
        ("binary", 1, "sigmoid", "mean_squared_error", "the gradient fades"),
        ("regression", 1, "sigmoid", "mean_squared_error", "lies between 0 and 1"),
        ("regression", 1, "relu", "huber", "never below 0"),
        ("regression", 1, "linear", "binary_crossentropy", "no smallest value"),
    ],
)
def test_what_is_unusual_is_said(task: str, units: int, activation: str, loss: str, words: str) -> None:
    assert words in output_remark(task, units, activation, loss)


def test_every_remark_is_one_sentence() -> None:
    for task, units, activation, loss in itertools.product(TASKS, (1, 3), ACTIVATIONS, LOSSES):
        remark = output_remark(task, units, activation, loss)
        if remark:
            assert remark[0].isupper(), remark
            assert remark.endswith("."), remark
            assert "_" not in remark
            assert len(remark) < 160, remark


@pytest.mark.parametrize(
    ("task", "outputs", "units", "words"),
    [
        ("multilabel", 4, 4, "these data have labels"), ("regression", 1, 1, "these data have numbers"),
        ("binary", 1, 1, "each of the 2 classes, got 1"),
    ],
)
def test_what_cannot_be_computed_is_said(task: str, outputs: int, units: int, words: str) -> None:
    assert words in output_problem(task, outputs, units, "sparse_categorical_crossentropy")
    for loss in LOSSES[1:]:
        assert output_problem(task, outputs, units, loss) == ""


@pytest.mark.parametrize(
    ("layers", "loss", "stuck"),
    [
        ((LayerSpec(4, "tanh"), LayerSpec(1, "softmax")), "mean_squared_error", 2),
        ((LayerSpec(4, "tanh"), LayerSpec(1, "step")), "binary_crossentropy", 2),
        ((LayerSpec(4, "tanh"), LayerSpec(4, "step"), LayerSpec(1, "sigmoid")), "binary_crossentropy", 2),
    ],
)
def test_nothing_is_learnt_where_a_remark_says_so(layers: tuple[LayerSpec, ...], loss: str, stuck: int) -> None:
    """By the gradients of the NumPy network: 0 in the layers of which the remark is."""
    remark = output_remark("binary", 1, layers[-1].activation, loss) or layer_remark(layers[1])
    assert "learn" in remark
    spec = NetworkSpec((2,), layers)
    parameters = initial_parameters(spec, 3)
    x = np.random.default_rng(1).normal(size=(8, 2)).astype(np.float32)
    target = dense_target(np.array([0, 1] * 4, np.int32), 1)
    passed = forward(parameters, spec.activations, x)
    gradients = backward(parameters, spec.activations, passed, target, loss)
    for k in range(stuck):
        assert np.abs(gradients.parameters[k].kernel).max() == 0, k


@pytest.mark.parametrize(
    ("units", "activation", "loss", "as_if"),
    [
        (1, "softmax", "binary_crossentropy", "sigmoid"), (3, "softmax", "binary_crossentropy", "sigmoid"),
        (3, "sigmoid", "sparse_categorical_crossentropy", "softmax"),
    ],
)
def test_the_loss_is_as_if_behind_another_activation_where_a_remark_says_so(
    units: int, activation: str, loss: str, as_if: str
) -> None:
    assert "Keras takes" in output_remark("multiclass" if units > 1 else "binary", units, activation, loss)
    z = np.random.default_rng(2).normal(size=(6, units)).astype(np.float32)
    label = np.arange(6, dtype=np.int32) % max(2, units)
    target = label if loss == "sparse_categorical_crossentropy" else dense_target(label, units)
    # As written in the textbooks, from the probabilities of the other activation.
    p = 1 / (1 + np.exp(-z)) if as_if == "sigmoid" else np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    if loss == "binary_crossentropy":
        wanted = -(target * np.log(p) + (1 - target) * np.log(1 - p)).mean(axis=1)
    else:
        wanted = -np.log(p[np.arange(6), label])
    a = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) if activation == "softmax" else 1 / (1 + np.exp(-z))
    assert np.allclose(losses(loss, activation, z, a, target), wanted, atol=1e-5)


def test_units_that_start_at_zero_stay_alike() -> None:
    layer = LayerSpec(3, "tanh", "zeros")
    assert "stay alike" in layer_remark(layer)
    spec = NetworkSpec((2,), (layer, LayerSpec(2, "softmax")))
    parameters = initial_parameters(spec, 0)
    x = np.random.default_rng(1).normal(size=(8, 2)).astype(np.float32)
    passed = forward(parameters, spec.activations, x)
    kernel = backward(parameters, spec.activations, passed, np.zeros(8, np.int32)).parameters[1].kernel
    # dL/dW of the output: every unit of the layer before has the same activation, 0.
    assert np.ptp(kernel, axis=0).max() == 0


def test_an_ordinary_layer_is_not_remarked() -> None:
    assert layer_remark(LayerSpec(8)) == ""
    assert layer_remark(LayerSpec(8, "selu", "lecun_normal")) == ""
    assert "LeCun" in layer_remark(LayerSpec(8, "selu"))
