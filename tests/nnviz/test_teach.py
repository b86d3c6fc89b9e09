"""One step of gradient descent on one sample: against finite differences and Keras, and back bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.data.mnist import load_test_digits
from nnviz.errors import SpecError
from nnviz.maths.parameters import LayerParameters, Parameters
from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.storage.bundled import load_bundled
from nnviz.training.teach import (
    change_between,
    count_right,
    same_bits,
    teach_step,
    undone,
)

SMALL = NetworkSpec((28, 28), (LayerSpec(6, "tanh"), LayerSpec(10, "softmax")))


def small(seed: int = 0) -> Parameters:
    generator = np.random.default_rng(seed)
    return tuple(
        LayerParameters(
            generator.normal(0, 0.1, (n, m)).astype(np.float32), generator.normal(0, 0.1, m).astype(np.float32)
        )
        for n, m in zip(SMALL.sizes, SMALL.sizes[1:], strict=False)
    )


def drawing(seed: int = 1) -> np.ndarray:
    x = np.random.default_rng(seed).random(784).astype(np.float32)
    x[:500] = 0
    return x


def loss(parameters: Parameters, x: np.ndarray, label: int) -> float:
    """Cross-entropy of a tanh layer and a softmax, written out in double precision."""
    (w1, b1), (w2, b2) = ((p.kernel.astype(float), p.bias.astype(float)) for p in parameters)
    z = np.tanh(x.astype(float) @ w1 + b1) @ w2 + b2
    return float(np.log(np.exp(z).sum()) - z[label])


def moved(parameters: Parameters, layer: int, row: int, column: int, by: float) -> Parameters:
    made = [LayerParameters(p.kernel.astype(float), p.bias.astype(float)) for p in parameters]
    made[layer].kernel[row, column] += by
    return tuple(made)


def test_the_step_is_minus_rate_times_the_gradient_by_finite_differences() -> None:
    parameters, x, rate, h = small(), drawing(), 0.05, 1e-5
    made = teach_step(SMALL, parameters, x, 3, rate)
    update = made.snapshot.update
    assert update is not None
    for layer, row, column in ((0, 600, 2), (0, 783, 5), (1, 0, 3), (1, 5, 9)):
        up = loss(moved(parameters, layer, row, column, h), x, 3)
        down = loss(moved(parameters, layer, row, column, -h), x, 3)
        expected = -rate * (up - down) / (2 * h)
        assert update[layer].kernel[row, column] == pytest.approx(expected, rel=1e-3, abs=1e-8)
    assert not update[0].kernel[:500].any()  # weights from a blank pixel stay


def test_the_snapshot_is_of_the_step() -> None:
    parameters, x = small(), drawing()
    made = teach_step(SMALL, parameters, x, 3, 0.05)
    before, after = made.probability
    assert before == pytest.approx(np.exp(-loss(parameters, x, 3)), rel=1e-5)
    assert after == pytest.approx(np.exp(-loss(made.after, x, 3)), rel=1e-5)
    assert after > before
    assert made.snapshot.label == 3
    assert made.snapshot.update_batch_size == 1
    assert same_bits(made.snapshot.parameters, parameters)


def test_the_step_with_l2_has_its_gradient_too() -> None:
    spec = NetworkSpec((28, 28), (LayerSpec(6, "tanh", l2=0.1), LayerSpec(10, "softmax")))
    parameters, x = small(), drawing()
    plain = teach_step(SMALL, parameters, x, 3, 0.05).after[0].kernel
    decayed = teach_step(spec, parameters, x, 3, 0.05).after[0].kernel
    assert decayed - plain == pytest.approx(-0.05 * 2 * 0.1 * parameters[0].kernel, abs=1e-7)


def test_steps_are_undone_bit_for_bit_and_take_little_memory() -> None:
    spec, parameters, _ = load_bundled()
    images, labels = load_test_digits()
    first, changes = parameters, []
    for k in range(4):
        after = teach_step(spec, parameters, images[k].reshape(-1) / np.float32(255), (labels[k] + 1) % 10, 0.01).after
        changes.append(change_between(parameters, after))
        parameters = after
    assert not same_bits(parameters, first)
    copy = sum(array.nbytes for layer in first for array in layer.arrays)
    assert all(0 < change.bytes < copy / 4 for change in changes)
    for change in reversed(changes):
        parameters = undone(parameters, change)
    for mine, theirs in zip(parameters, first, strict=True):
        assert mine.kernel.tobytes() == theirs.kernel.tobytes()
        assert mine.bias.tobytes() == theirs.bias.tobytes()


def test_undo_knows_the_sign_of_zero() -> None:
    before = (LayerParameters(np.array([[0.0, -0.0]], np.float32), np.zeros(2, np.float32)),)
    after = (LayerParameters(np.array([[-0.0, 1.0]], np.float32), np.zeros(2, np.float32)),)
    back = undone(after, change_between(before, after))
    assert np.signbit(back[0].kernel).tolist() == [[False, True]]
    assert not same_bits(before, after)


def test_accuracy_is_a_count() -> None:
    spec, parameters, metadata = load_bundled()
    images, labels = load_test_digits()
    x = images[:1300].reshape(1300, -1).astype(np.float32) / 255
    a = x
    for layer in parameters[:-1]:
        a = np.maximum(a @ layer.kernel + layer.bias, 0)
    said = (a @ parameters[-1].kernel + parameters[-1].bias).argmax(axis=1)
    right = sum(int(one == other) for one, other in zip(said, labels[:1300], strict=True))
    assert count_right(spec, parameters, x, labels[:1300]) == right
    assert count_right(spec, parameters, x, labels[:1300], lambda: True) is None
    assert right / 1300 > metadata["test_accuracy"] - 0.02


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (NetworkSpec((4,), (LayerSpec(10, "softmax"),)), "784 inputs"),
        (NetworkSpec((28, 28), (LayerSpec(10, "linear"),)), "softmax"),
        (NetworkSpec((28, 28), (LayerSpec(5, dropout=0.5), LayerSpec(10, "softmax"))), "layer 1 has dropout"),
    ],
)
def test_networks_that_cannot_be_taught_are_refused(spec: NetworkSpec, text: str) -> None:
    with pytest.raises(SpecError, match=text):
        teach_step(spec, small(), drawing(), 3, 0.01)


@pytest.mark.parametrize(("label", "rate"), [(10, 0.01), (-1, 0.01), (3, 0.0), (3, float("nan"))])
def test_values_that_cannot_be_are_refused(label: int, rate: float) -> None:
    with pytest.raises(SpecError, match="must be"):
        teach_step(SMALL, small(), drawing(), label, rate)


@pytest.mark.slow
def test_keras_makes_the_same_step() -> None:
    from nnviz.training.keras_start import import_tensorflow

    import_tensorflow()
    import keras
    import tensorflow as tf

    from nnviz.training.keras_teach import KerasTeacher

    parameters, x = small(), drawing()
    model = keras.Sequential(
        [keras.Input((784,)), keras.layers.Dense(6, "tanh"), keras.layers.Dense(10, "softmax")]
    )
    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
    model.set_weights([array for layer in parameters for array in layer.arrays])
    with tf.GradientTape() as tape:
        value = keras.losses.sparse_categorical_crossentropy(np.array([3]), model(x[None]))[0]
    gradients = [g.numpy() for g in tape.gradient(value, model.trainable_variables)]
    model.train_on_batch(x[None], np.array([3]))
    teacher = KerasTeacher(SMALL)
    try:
        for made in (teach_step(SMALL, parameters, x, 3, 0.05), teacher.step(parameters, x, 3, 0.05)):
            mine = [array for layer in made.after for array in layer.arrays]
            for array, theirs in zip(mine, model.get_weights(), strict=True):
                assert array == pytest.approx(theirs, abs=2e-8)
            assert made.snapshot.gradients is not None
            found = [array for layer in made.snapshot.gradients.parameters for array in layer.arrays]
            for array, theirs in zip(found, gradients, strict=True):
                assert array == pytest.approx(theirs, abs=1e-6)
        # The next step begins from the weights it is given, whatever the one before left.
        again = teacher.step(parameters, x, 3, 0.05)
        assert again.after[0].kernel == pytest.approx(model.get_weights()[0], abs=2e-8)
    finally:
        teacher.close()
