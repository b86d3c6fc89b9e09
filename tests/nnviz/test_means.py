"""The mean over many samples: against Keras, against counting, and against the samples one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.errors import SpecError
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters, Normalisation, Parameters, initial_parameters
from nnviz.picture.answers import OutputMeaning, answer_of
from nnviz.picture.loss_words import loss_after, short_formula
from nnviz.picture.means import BLOCK, Scope, mean_snapshot, samples_of
from nnviz.spec import LayerSpec, NetworkSpec
from tests.tasks import dataset_for
from tests.tiny import blobs

SPEC = NetworkSpec(
    (5,), (LayerSpec(9, "relu", batch_norm=True), LayerSpec(7, "tanh"), LayerSpec(3, "softmax"))
)
COUNT = 2 * BLOCK + 11  # more than two blocks, the last not full


def weights() -> Parameters:
    """Weights whose bias and normalisation do something."""
    random = np.random.default_rng(2)
    first, *rest = initial_parameters(SPEC, 4)
    norm = Normalisation(*(random.uniform(0.5, 1.5, 9).astype(np.float32) for _ in range(4)))
    made = [LayerParameters(first.kernel, random.normal(0, 0.5, 9).astype(np.float32), None, norm)]
    made += [LayerParameters(p.kernel, random.normal(0, 0.5, p.bias.shape).astype(np.float32)) for p in rest]
    return tuple(made)


def samples() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    return random.normal(size=(COUNT, 5)).astype(np.float32), random.integers(0, 3, COUNT).astype(np.int32)


def test_outputs_and_gradients_are_those_of_keras_over_the_batch() -> None:
    keras: Any = pytest.importorskip("keras")
    tf: Any = pytest.importorskip("tensorflow")
    parameters, (x, y) = weights(), samples()
    dense = [keras.layers.Dense(9), keras.layers.Dense(7, "tanh"), keras.layers.Dense(3)]
    norm = keras.layers.BatchNormalization()
    model = keras.Sequential(
        [keras.Input((5,)), dense[0], norm, keras.layers.ReLU(), dense[1], dense[2], keras.layers.Softmax()]
    )
    for layer, p in zip(dense, parameters, strict=True):
        layer.set_weights([p.kernel, p.bias])
    norm.set_weights([*parameters[0].arrays[2:]])
    watched = [v.value for layer in dense for v in layer.trainable_variables]
    with tf.GradientTape() as tape:
        output = model(x, training=False)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, output))
    gradients = tape.gradient(loss, watched)
    made = mean_snapshot(SPEC, parameters, x, y, "sparse_categorical_crossentropy")
    assert made.count == COUNT
    np.testing.assert_allclose(made.forward.output[0], output.numpy().mean(axis=0), rtol=1e-5)
    assert made.gradients is not None
    assert made.gradients.loss == pytest.approx(float(loss), rel=1e-5)
    for k in range(3):
        kernel, bias = gradients[2 * k].numpy(), gradients[2 * k + 1].numpy()
        np.testing.assert_allclose(made.gradients.parameters[k].kernel, kernel, rtol=2e-4, atol=2e-7)
        np.testing.assert_allclose(made.gradients.parameters[k].bias, bias, rtol=2e-4, atol=2e-7)
        # The mean of dL/dz is dL/db: the bias is added to every z. (Behind a normalisation, too.)
        np.testing.assert_allclose(made.gradients.pre_activations[k][0], bias, rtol=2e-4, atol=2e-7)
    right = (output.numpy().argmax(axis=1) == y).mean()
    assert made.metric == pytest.approx(right)


def test_means_and_shares_of_zero_by_going_through_the_samples() -> None:
    parameters, (x, y) = weights(), samples()
    made = mean_snapshot(SPEC, parameters, x, y, "sparse_categorical_crossentropy")
    alone = [forward(parameters, SPEC.activations, row[None, :]) for row in x]
    assert made.zero_shares is not None
    for k in range(3):
        z = np.mean([p.pre_activations[k][0].astype(np.float64) for p in alone], axis=0)
        a = np.mean([p.activations[k][0].astype(np.float64) for p in alone], axis=0)
        np.testing.assert_allclose(made.forward.pre_activations[k][0], z, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(made.forward.activations[k][0], a, rtol=1e-4, atol=1e-5)
        zeros = [sum(p.activations[k][0, unit] == 0 for p in alone) / COUNT for unit in range(len(a))]
        np.testing.assert_allclose(made.zero_shares[k], zeros, atol=1e-7)
    assert 0 < made.zero_shares[0].max() <= 1
    assert made.zero_shares[1].max() == 0  # tanh of these is never quite 0
    # mean(z) is exactly what the means of the layer before give.
    before = made.forward.activations[0][0] @ parameters[1].kernel + parameters[1].bias
    np.testing.assert_allclose(made.forward.pre_activations[1][0], before, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(made.sample, x.mean(axis=0), atol=1e-6)


def test_update_is_that_of_the_step_and_is_gone_through_by_the_same_samples() -> None:
    parameters, (x, y) = weights(), samples()
    update = tuple(p.mapped(lambda a: np.asarray(0.01 * a, np.float32)) for p in parameters)
    made = mean_snapshot(
        SPEC, parameters, x, y, "sparse_categorical_crossentropy", update=update, update_batch_size=32
    )
    assert made.update is update
    assert made.update_batch_size == 32
    after = tuple(p.mapped(lambda a: np.asarray(1.01 * a, np.float32)) for p in parameters)
    assert made.forward_after is not None
    wanted = forward(after, SPEC.activations, x).output.mean(axis=0)
    np.testing.assert_allclose(made.forward_after.output[0], wanted, rtol=1e-4)


@pytest.mark.parametrize("task", ["multiclass", "binary", "multilabel", "regression"])
def test_every_task_has_its_target_and_its_words(task: str) -> None:
    dataset = dataset_for(task)
    outputs = dataset.output_count
    last, loss = {
        "multiclass": ("softmax", "sparse_categorical_crossentropy"), "binary": ("sigmoid", "binary_crossentropy"),
        "multilabel": ("sigmoid", "binary_crossentropy"), "regression": ("linear", "mean_squared_error"),
    }[task]
    spec = NetworkSpec((6,), (LayerSpec(4), LayerSpec(outputs, last)))
    split = samples_of(dataset, Scope("batch", 32))
    made = mean_snapshot(spec, initial_parameters(spec, 0), split.x, split.y, loss, task=task)
    dense = np.eye(outputs)[split.y] if task == "multiclass" else split.y.reshape(32, outputs)
    assert made.target is not None
    np.testing.assert_allclose(made.target, dense.mean(axis=0), atol=1e-6)
    assert made.label is None
    meaning = OutputMeaning(task, dataset.class_names or ("progression",))
    # Of several classes nothing is right for all samples; a mean target of a regression is a truth.
    assert bool(answer_of(meaning, made).truth) == (task == "regression")
    assert short_formula(meaning, made) == "Σ Lᵢ / 32"
    assert loss_after(made) is None


def test_a_class_is_all_its_samples_and_has_an_answer() -> None:
    dataset = blobs()
    split = samples_of(dataset, Scope("class", label=2))
    assert len(split) == int((dataset.test.y == 2).sum()) > 0
    assert set(split.y.tolist()) == {2}
    spec = NetworkSpec((6,), (LayerSpec(3, "softmax"),))
    made = mean_snapshot(spec, initial_parameters(spec, 0), split.x, split.y, "sparse_categorical_crossentropy")
    assert made.label == 2
    assert answer_of(OutputMeaning(names=("a", "b", "c")), made).truth == "c"
    assert len(samples_of(dataset, Scope("class", label=7))) == 0


def test_what_cannot_be_is_refused_and_what_is_not_wanted_ends() -> None:
    parameters, (x, y) = weights(), samples()
    with pytest.raises(SpecError, match=r"samples of 5-9-7-3 must be \(count, 5\), got \(0, 5\)"):
        mean_snapshot(SPEC, parameters, x[:0], y[:0], "sparse_categorical_crossentropy")
    with pytest.raises(SpecError, match=r"got \(3, 4\)"):
        mean_snapshot(SPEC, parameters, x[:3, :4], y[:3], "sparse_categorical_crossentropy")
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 1

    with pytest.raises(InterruptedError):
        mean_snapshot(SPEC, parameters, x, y, "sparse_categorical_crossentropy", is_cancelled=stop)
    assert len(asked) == 2
    for wrong in ({"kind": "all"}, {"kind": "batch"}, {"kind": "class"}):
        with pytest.raises(SpecError):
            Scope(**wrong)  # type: ignore[arg-type]
