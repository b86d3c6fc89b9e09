"""NumPy's activations, losses, normalisation and schedules against Keras' own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.maths.activations import activate, backward_through, slope_gradient
from nnviz.maths.forward import normalise
from nnviz.maths.losses import losses, output_gradient
from nnviz.maths.parameters import NORMALISATION_EPSILON, NORMALISATION_MOMENTUM, Normalisation
from nnviz.spec import ACTIVATIONS, LOSSES, TrainingConfig
from nnviz.training.schedules import learning_rates

Z = np.random.default_rng(3).normal(0, 2, (9, 4)).astype(np.float32)
Z[0] = [0, -0.0, 30, -30]  # corners and ends
LABEL = np.random.default_rng(4).integers(0, 4, 9).astype(np.int32)
LABELS = np.random.default_rng(5).integers(0, 2, (9, 4)).astype(np.float32)
TARGETS = np.random.default_rng(6).normal(0, 2, (9, 4)).astype(np.float32)
SLOPE = np.array([0.3, -0.2, 0.0, 1.5], np.float32)
OUTPUTS = ("linear", "sigmoid", "softmax", "relu", "softplus")


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


@pytest.fixture(scope="module")
def tf() -> Any:
    return pytest.importorskip("tensorflow")


def test_activations_and_their_slopes(keras: Any, tf: Any) -> None:
    da = np.random.default_rng(7).normal(size=Z.shape).astype(np.float32)
    for name in ACTIVATIONS:
        if name == "step":
            continue  # Keras has none
        z = tf.constant(Z)
        with tf.GradientTape() as tape:
            tape.watch(z)
            if name == "prelu":
                layer = keras.layers.PReLU()
                layer.build(Z.shape)
                layer.set_weights([SLOPE])
                a = layer(z)
                learnt = [layer.trainable_variables[0].value]
            else:
                a, learnt = keras.activations.get(name)(z), []
        dz, *rest = tape.gradient(a, [z, *learnt], output_gradients=tf.constant(da))
        mine = activate(name, Z, SLOPE)
        np.testing.assert_allclose(mine, a.numpy(), rtol=2e-6, atol=2e-7, err_msg=name)
        back = backward_through(name, Z, mine, da, SLOPE)
        # TensorFlow's SELU and ELU have their own side at exactly 0; everywhere else the slope is one.
        apart = np.abs(Z) > 0
        np.testing.assert_allclose(back[apart], dz.numpy()[apart], rtol=2e-5, atol=2e-6, err_msg=name)
        if name in ("relu", "leaky_relu", "prelu"):
            np.testing.assert_allclose(back[~apart], dz.numpy()[~apart], rtol=2e-5, atol=2e-6, err_msg=name)
        if learnt:
            np.testing.assert_allclose(slope_gradient(Z, da), rest[0].numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_their_gradients(keras: Any, tf: Any, name: str) -> None:
    target = {LOSSES[0]: LABEL, LOSSES[1]: LABELS}.get(name, TARGETS)
    kinds = {
        "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
        "binary_crossentropy": keras.losses.BinaryCrossentropy,
        "mean_squared_error": keras.losses.MeanSquaredError,
        "mean_absolute_error": keras.losses.MeanAbsoluteError,
        "huber": keras.losses.Huber,
    }
    for activation in OUTPUTS:
        a = activate(activation, Z)
        z = tf.constant(Z)
        with tf.GradientTape() as tape:
            tape.watch(z)
            # Keras' own function: it marks its output with the logits, which both cross-entropies then use.
            theirs = keras.activations.get(activation)(z)
            each = kinds[name](reduction=None)(target, theirs)
            mean = tf.reduce_mean(each)
        words = f"{name} behind {activation}"
        mine = losses(name, activation, Z, a, target)
        np.testing.assert_allclose(mine, each.numpy(), rtol=3e-5, atol=1e-6, err_msg=words)
        da, dz = output_gradient(name, activation, Z, a, target)
        np.testing.assert_allclose(dz, tape.gradient(mean, z).numpy(), rtol=3e-5, atol=1e-7, err_msg=words)
        if name in LOSSES[:2] and activation in ("softmax", "sigmoid"):
            continue
        plain = tf.constant(a)
        with tf.GradientTape() as tape:
            tape.watch(plain)
            mean = tf.reduce_mean(kinds[name](reduction=None)(target, plain))
        np.testing.assert_allclose(da, tape.gradient(mean, plain).numpy(), rtol=3e-5, atol=1e-7, err_msg=words)


def test_batch_normalisation_in_inference(keras: Any) -> None:
    generator = np.random.default_rng(8)
    gamma, beta, mean = generator.normal(1, 1, (3, 4)).astype(np.float32)
    variance = generator.uniform(0, 3, 4).astype(np.float32)
    layer = keras.layers.BatchNormalization()
    assert (layer.epsilon, layer.momentum) == (NORMALISATION_EPSILON, NORMALISATION_MOMENTUM)
    layer.build(Z.shape)
    layer.set_weights([gamma, beta, mean, variance])
    mine = normalise(Normalisation(gamma, beta, mean, variance), Z)
    np.testing.assert_allclose(mine, layer(Z, training=False).numpy(), rtol=1e-5, atol=1e-5)


def test_schedules(keras: Any) -> None:
    kinds, per_epoch, steps = keras.optimizers.schedules, 13, 90
    decay = {"decay_factor": 0.4, "decay_epochs": 2.0}
    for schedule, theirs in (
        ("exponential", kinds.ExponentialDecay(0.05, 26, 0.4)),
        ("step", kinds.ExponentialDecay(0.05, 26, 0.4, staircase=True)),
        ("cosine", kinds.CosineDecay(0.05, 26, 0.4)),
    ):
        mine = learning_rates(TrainingConfig(learning_rate=0.05, schedule=schedule, **decay), 0, steps, per_epoch)
        wanted = np.array([float(theirs(step)) for step in range(steps)])
        np.testing.assert_allclose(mine, wanted, rtol=2e-6, err_msg=schedule)
    warm = kinds.CosineDecay(0.0, 26, 0.4, warmup_target=0.05, warmup_steps=39)
    config = TrainingConfig(learning_rate=0.05, schedule="cosine", warmup_epochs=3.0, **decay)
    wanted = np.array([float(warm(step)) for step in range(steps)])
    np.testing.assert_allclose(learning_rates(config, 0, steps, per_epoch), wanted, rtol=2e-6, atol=1e-9)
