"""Silenced and frozen units, weights set by hand, in the real Keras network: against NumPy and a plain Keras twin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnviz.errors import SpecError
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.losses import losses
from nnviz.maths.metrics import metrics
from nnviz.maths.parameters import Parameters
from nnviz.picture.refs import EdgeRef
from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.storage.models import read_model
from nnviz.training.engine import TrainingRun, epoch_order, train
from nnviz.training.hand import value_of, with_values
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.records import HandMarks
from nnviz.training.snapshots import snapshot
from tests.tiny import BATCH_SIZE, blobs, small_config, small_spec

DATA = blobs()
RICH = NetworkSpec(
    (6,),
    (
        LayerSpec(7, "prelu", l2=0.01, dropout=0.2), LayerSpec(5, "tanh", batch_norm=True),
        LayerSpec(4, "elu", l1=0.01), LayerSpec(3, "softmax"),
    ),
)  # fmt: skip
FROZEN = HandMarks(frozen=frozenset({(1, 0), (1, 6), (2, 3), (3, 1), (4, 2)}))


def _indices(steps: int) -> np.ndarray:
    rows = []
    for epoch in range(1, steps // 13 + 2):
        order = epoch_order(len(DATA.train), 3, epoch, shuffle=True)
        padded = np.full(13 * BATCH_SIZE, -1, np.int32)
        padded[: len(order)] = order
        rows.append(padded.reshape(13, BATCH_SIZE))
    return np.concatenate(rows)[:steps]


def _learnt(parameters: Parameters, layer: int, unit: int) -> list[np.ndarray]:
    values = parameters[layer - 1]
    made = [values.kernel[:, unit], values.bias[unit]]
    if values.slope is not None:
        made.append(values.slope[unit])
    if values.norm is not None:
        made += [values.norm.gamma[unit], values.norm.beta[unit]]
    return made


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "nesterov"])
def test_not_a_bit_of_a_frozen_unit_changes_in_200_steps(optimizer: str) -> None:
    """Frozen in the middle of a training, so that momentum is under way; with weight decay, L1, L2, dropout."""
    backend = KerasBackend(RICH, small_config(optimizer=optimizer, momentum=0.9))
    backend.set_data(DATA.train.x, DATA.train.y)
    backend.run_steps(_indices(20))
    before = backend.parameters()
    backend.set_marks(FROZEN)
    backend.run_steps(_indices(200))
    after = backend.parameters()
    backend.close()
    for layer, spec in enumerate(RICH.layers, start=1):
        for unit in range(spec.units):
            same = [
                np.array_equal(a, b)
                for a, b in zip(_learnt(before, layer, unit), _learnt(after, layer, unit), strict=True)
            ]
            assert all(same) if (layer, unit) in FROZEN.frozen else not any(same[:2]), (layer, unit, same)


def test_other_units_learn_as_in_a_keras_twin_whose_gradients_are_masked(backend: KerasBackend) -> None:
    """The twin is plain Keras, a gradient tape and its own optimizer; 60 steps of Adam with weight decay."""
    import keras
    import tensorflow as tf

    spec = backend.spec
    twin = keras.Sequential(
        [keras.Input((6,)), *(keras.layers.Dense(layer.units, activation=layer.activation) for layer in spec.layers)]
    )
    twin.set_weights(backend.model.get_weights())
    optimizer = keras.optimizers.Adam(backend.config.learning_rate)
    frozen = HandMarks(frozen=frozenset({(1, 2), (2, 0), (2, 4), (3, 1)}))
    backend.set_marks(frozen)
    first = backend.parameters()
    masks = []
    for number, layer in enumerate(spec.layers, start=1):
        row = np.ones(layer.units, np.float32)
        row[[unit for of, unit in frozen.frozen if of == number]] = 0
        masks += [row, row]
    for batch in _indices(60):
        rows = batch[batch >= 0]
        with tf.GradientTape() as tape:
            answer = twin(DATA.train.x[rows], training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(DATA.train.y[rows], answer))
        gradients = tape.gradient(loss, twin.trainable_weights)
        optimizer.apply_gradients(
            [(g * m, w) for g, m, w in zip(gradients, masks, twin.trainable_weights, strict=True)]
        )
    backend.run_steps(_indices(60))
    ours = [array for layer in backend.parameters() for array in layer.arrays]
    for mine, theirs in zip(ours, twin.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)
    for layer, unit in frozen.frozen:
        assert np.array_equal(backend.parameters()[layer - 1].kernel[:, unit], first[layer - 1].kernel[:, unit])


def test_steps_with_silenced_units_are_those_that_numpy_makes_by_hand() -> None:
    """Plain gradient descent written out with NumPy's backpropagation in double precision, 30 steps."""
    backend = KerasBackend(small_spec(), small_config(optimizer="sgd", learning_rate=0.1))
    backend.set_data(DATA.train.x, DATA.train.y)
    marks = HandMarks(frozenset({(1, 3), (2, 0)}))
    backend.set_marks(marks)
    names = backend.spec.activations
    ours = tuple(layer.mapped(lambda array: array.astype(np.float64)) for layer in backend.parameters())
    first, wanted = ours, []
    for batch in _indices(30):
        rows = batch[batch >= 0]
        passed = forward(ours, names, DATA.train.x[rows].astype(np.float64), silenced=marks.silenced)
        found = backward(ours, names, passed, DATA.train.y[rows])
        wanted.append(found.loss)
        ours = tuple(
            layer.mapped(lambda w, g: w - 0.1 * g, step) for layer, step in zip(ours, found.parameters, strict=True)
        )
    scalars = backend.run_steps(_indices(30))
    np.testing.assert_allclose(scalars.loss, wanted, rtol=1e-5)
    for mine, theirs in zip(backend.parameters(), ours, strict=True):
        for a, b in zip(mine.arrays, theirs.arrays, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(ours[1].kernel[3], first[1].kernel[3])  # out of a silenced unit: no gradient
    np.testing.assert_array_equal(ours[0].kernel[:, 3], first[0].kernel[:, 3])
    backend.close()


def test_probe_and_evaluation_with_silenced_units_are_numpys() -> None:
    backend = KerasBackend(RICH, small_config())
    backend.set_data(DATA.train.x, DATA.train.y)
    backend.run_steps(_indices(20))
    marks = HandMarks(frozenset({(1, 1), (1, 5), (2, 2), (3, 0)}))
    backend.set_marks(marks)
    parameters, names = backend.parameters(), RICH.activations
    x, y = DATA.test.x, DATA.test.y
    wanted = forward(parameters, names, x, silenced=marks.silenced)
    passed, gradients = backend.probe(x, y)
    assert passed.silenced == marks.silenced
    for mine, theirs in zip(passed.activations, wanted.activations, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)
    expected = backward(parameters, names, wanted, y)
    for mine, theirs in zip(gradients.parameters, expected.parameters, strict=True):
        for a, b in zip(mine.arrays, theirs.arrays, strict=True):
            np.testing.assert_allclose(a, b, atol=2e-6)
    for mine, theirs in zip(gradients.activations, expected.activations, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=2e-6)
    np.testing.assert_allclose(backend.forward(x).output, wanted.output, atol=1e-6)
    said = backend.evaluate(x, y)
    assert said is not None
    loss = losses("sparse_categorical_crossentropy", "softmax", wanted.phi_input(3), wanted.output, y).mean()
    penalty = 0.01 * (parameters[0].kernel ** 2).sum() + 0.01 * np.abs(parameters[2].kernel).sum()
    assert said[0] == pytest.approx(float(loss + penalty), rel=1e-5)
    assert said[1] == pytest.approx(float(metrics("multiclass", wanted.output, y).mean()))
    backend.close()


def test_without_marks_the_very_same_program_runs_and_other_marks_compile_nothing() -> None:
    spec = small_spec("gelu")  # no other test has a program for it
    backend, twin = KerasBackend(spec, small_config()), KerasBackend(spec, small_config())
    backend.set_data(DATA.train.x, DATA.train.y)
    twin.set_data(DATA.train.x, DATA.train.y)
    backend.run_steps(_indices(5))
    twin.run_steps(_indices(5))
    assert backend.is_compiled
    backend.set_marks(HandMarks(frozen=frozenset({(1, 1)})))
    assert not backend.is_compiled
    state, parameters = backend.optimizer_state(), backend.parameters()
    backend.run_steps(_indices(3))
    loop = backend._program.chunk(BATCH_SIZE, True)
    traced = loop.function.experimental_get_tracing_count()
    backend.set_marks(HandMarks(frozenset({(2, 4)}), frozenset({(3, 0), (1, 2)})))
    assert backend.is_compiled
    backend.run_steps(_indices(3))
    assert loop.function.experimental_get_tracing_count() == traced == 1
    backend.set_marks(HandMarks())
    backend.set_parameters(parameters)
    backend.set_optimizer_state(state)
    backend.run_steps(_indices(20))
    twin.run_steps(_indices(20))
    for mine, theirs in zip(backend.parameters(), twin.parameters(), strict=True):
        for a, b in zip(mine.arrays, theirs.arrays, strict=True):
            np.testing.assert_array_equal(a, b)
    backend.close()
    twin.close()


def test_an_edit_keeps_position_and_optimizer_and_comes_back_bit_for_bit(backend: KerasBackend) -> None:
    run = TrainingRun(backend, DATA)
    for _record in train(run, 17):
        pass
    place, state, before = (run.epoch, run.step_in_epoch, run.step), backend.optimizer_state(), backend.parameters()
    values = ((EdgeRef(1, 2, 3), 0.75), (EdgeRef(2, -1, 1), -0.5))
    was = run.edit(values, HandMarks(frozenset({(1, 4)})))
    assert was == tuple(value_of(before, ref) for ref, _value in values)
    wanted = with_values(before, values)
    for mine, theirs in zip(backend.parameters(), wanted, strict=True):
        for a, b in zip(mine.arrays, theirs.arrays, strict=True):
            np.testing.assert_array_equal(a, b)
    assert (run.epoch, run.step_in_epoch, run.step) == place
    for name, value in backend.optimizer_state().items():
        np.testing.assert_array_equal(value, state[name])
    seen = snapshot(run, DATA.test.x[0], int(DATA.test.y[0]))
    assert seen.hand.silenced == {(1, 4)}
    assert seen.forward.activations[0][0, 4] == 0
    run.edit(tuple((ref, value) for (ref, _), value in zip(values, was, strict=True)), HandMarks())
    for mine, theirs in zip(backend.parameters(), before, strict=True):
        for a, b in zip(mine.arrays, theirs.arrays, strict=True):
            np.testing.assert_array_equal(a, b)
    with pytest.raises(SpecError, match="finite number"):
        run.edit(((EdgeRef(1, 0, 0), float("nan")),), HandMarks())
    with pytest.raises(SpecError, match="frozen must be"):
        run.edit(((EdgeRef(1, 0, 0), 0.5),), HandMarks(frozen=frozenset({(9, 0)})))
    assert value_of(backend.parameters(), EdgeRef(1, 0, 0)) == value_of(before, EdgeRef(1, 0, 0))


def test_marks_follow_their_units_into_another_network_and_end_with_a_reset(backend: KerasBackend) -> None:
    backend.run_steps(_indices(5))
    backend.set_marks(HandMarks(frozenset({(1, 6), (2, 1)}), frozenset({(1, 2)})))
    layers = backend.spec.layers
    backend.adapt(NetworkSpec((6,), (LayerSpec(5, "tanh"), *layers[1:])), backend.config)
    assert backend.marks == HandMarks(frozenset({(2, 1)}), frozenset({(1, 2)}))
    before = backend.parameters()
    backend.run_steps(_indices(5))
    assert np.array_equal(backend.parameters()[0].kernel[:, 2], before[0].kernel[:, 2])
    backend.reset(3)
    assert backend.marks == HandMarks()


def test_a_saved_file_answers_as_the_network_with_silenced_units_does(backend: KerasBackend, tmp_path: Path) -> None:
    import keras

    marks = HandMarks(frozenset({(1, 0), (2, 3)}))
    backend.run_steps(_indices(20))
    backend.set_marks(marks)
    before = backend.parameters()
    backend.save(tmp_path / "net.keras")
    answer = backend.forward(DATA.test.x).output
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "net.keras")(DATA.test.x), answer, atol=1e-6)
    _spec, read = read_model(tmp_path / "net.keras")
    assert (read[1].kernel[0] == 0).all()
    assert (read[2].kernel[3] == 0).all()
    for mine, theirs in zip(backend.parameters(), before, strict=True):
        for a, b in zip(mine.arrays, theirs.arrays, strict=True):
            np.testing.assert_array_equal(a, b)


def test_gradients_with_silenced_units_and_dropout_pass_the_check_of_the_picture() -> None:
    """The very units off that the next step's dropout switches off, and two more by hand: tape, NumPy, differences."""
    backend = KerasBackend(RICH, small_config())
    run = TrainingRun(backend, DATA)
    for _record in train(run, 5):
        pass
    marks = HandMarks(frozenset({(1, 2), (3, 1)}))
    run.edit((), marks)
    seen = snapshot(run, DATA.test.x[1], int(DATA.test.y[1]), dropout=True)
    assert seen.dropped is not None
    off = seen.dropped[0]
    assert off is not None
    assert (seen.forward.activations[0][0][off] == 0).all()
    assert seen.forward.activations[0][0, 2] == seen.forward.activations[2][0, 1] == 0
    check = backend.check_gradients(seen)
    assert check is not None
    assert [layer.verdict for layer in check.layers] == ["agree"] * 4
    silent = seen.gradients
    assert silent is not None
    assert (silent.parameters[0].kernel[:, 2] == 0).all()
    backend.close()
