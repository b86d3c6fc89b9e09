"""The compiled backend against Keras itself and against NumPy."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from nnviz.errors import SaveError, SpecError
from nnviz.maths.activations import FUNCTIONS, derivative
from nnviz.maths.backprop import backward, root_mean_square
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters, Parameters, glorot_uniform, initial_parameters
from nnviz.spec import ACTIVATIONS, OPTIMIZERS, LayerSpec, NetworkSpec, classifier
from nnviz.storage.models import read_model
from nnviz.training.engine import epoch_order
from nnviz.training.keras_backend import KerasBackend
from tests.tiny import BATCH_SIZE, CLASSES, INPUTS, blobs, small_config, small_spec

DATA = blobs()


def _indices(epoch: int = 1) -> np.ndarray:
    order = epoch_order(len(DATA.train), 3, epoch, shuffle=True)
    padded = np.full(-(-len(order) // BATCH_SIZE) * BATCH_SIZE, -1, np.int32)
    padded[: len(order)] = order
    return padded.reshape(-1, BATCH_SIZE)


def _close(ours: Parameters, theirs: list[np.ndarray], rtol: float, atol: float) -> None:
    flat = [array for layer in ours for array in layer.arrays]
    assert len(flat) == len(theirs)
    for mine, other in zip(flat, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=rtol, atol=atol)


def _doubles(parameters: Parameters) -> Parameters:
    return tuple(layer.mapped(lambda array: array.astype(np.float64)) for layer in parameters)


def _keras_twin(backend: KerasBackend, optimizer: str) -> object:
    """A model made by plain Keras, with the same weights, sharing no code with ours."""
    import keras

    layers = [keras.layers.Dense(layer.units, activation=layer.activation) for layer in backend.spec.layers]
    model = keras.Sequential([keras.Input((INPUTS,)), *layers])
    rate = backend.config.learning_rate
    made = {
        "sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam, "adagrad": keras.optimizers.Adagrad,
        "rmsprop": keras.optimizers.RMSprop, "adamw": keras.optimizers.AdamW, "nadam": keras.optimizers.Nadam,
        "momentum": lambda value: keras.optimizers.SGD(value, momentum=0.9),
        "nesterov": lambda value: keras.optimizers.SGD(value, momentum=0.9, nesterov=True),
    }[optimizer](rate)  # fmt: skip
    model.compile(optimizer=made, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.set_weights(backend.model.get_weights())
    return model


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_fifty_compiled_steps_make_the_weights_that_keras_makes(optimizer: str) -> None:
    """Float32 sums in another order: 50 steps may differ by 1e-4 of a weight, never by more."""
    backend = KerasBackend(small_spec(), small_config(optimizer=optimizer))
    backend.set_data(DATA.train.x, DATA.train.y)
    twin = _keras_twin(backend, optimizer)
    batches = np.concatenate([_indices(epoch) for epoch in range(1, 5)])[:50]  # with short batches among them
    losses, accuracies = [], []
    for batch in batches:
        rows = batch[batch >= 0]
        loss, accuracy = twin.train_on_batch(DATA.train.x[rows], DATA.train.y[rows])  # type: ignore[attr-defined]
        losses.append(float(loss))
        accuracies.append(float(accuracy))
        twin.reset_metrics()  # type: ignore[attr-defined]
    scalars = backend.run_steps(batches)
    _close(backend.parameters(), twin.get_weights(), rtol=1e-4, atol=1e-5)  # type: ignore[attr-defined]
    np.testing.assert_allclose(scalars.loss, losses, rtol=1e-4)
    np.testing.assert_allclose(scalars.metric, accuracies, atol=1e-6)
    assert int(backend.optimizer.iterations.numpy()) == 50
    backend.close()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_makes_keras_weights_over_chunk_boundaries(optimizer: str) -> None:
    """Thirty steps in chunks of 7, 1 and 22, after a reset: as train_on_batch, to 1e-4 of a weight."""
    backend = KerasBackend(small_spec(), small_config(optimizer=optimizer))
    backend.set_data(DATA.train.x, DATA.train.y)
    first = backend.optimizer_state()
    batches = np.concatenate([_indices(epoch) for epoch in range(1, 4)])[:30]
    backend.run_steps(batches[:4])
    backend.reset(3)  # slots that do not begin at 0 (Adagrad's, Nadam's) must be had back too
    assert backend.optimizer_state().keys() == first.keys()
    for name, value in backend.optimizer_state().items():
        np.testing.assert_array_equal(value, first[name])
    twin = _keras_twin(backend, optimizer)
    start = backend.model.get_weights()
    for part in (batches[:7], batches[7:8], batches[8:]):
        assert backend.run_steps(part).diverged_at is None
    for batch in batches:
        rows = batch[batch >= 0]
        twin.train_on_batch(DATA.train.x[rows], DATA.train.y[rows])  # type: ignore[attr-defined]
    _close(backend.parameters(), twin.get_weights(), rtol=1e-4, atol=1e-5)  # type: ignore[attr-defined]
    assert max(float(np.abs(a - b).max()) for a, b in zip(start, backend.model.get_weights(), strict=True)) > 1e-3
    assert int(backend.optimizer.iterations.numpy()) == 30
    backend.close()


@pytest.mark.parametrize("optimizer", ["adagrad", "nadam", "nesterov"])
def test_a_diverged_chunk_and_a_warm_up_leave_every_slot_alone(optimizer: str) -> None:
    backend = KerasBackend(small_spec(), small_config(optimizer=optimizer))
    data = DATA.train.x.copy()
    data[17] = np.float32(np.nan)
    backend.set_data(data, DATA.train.y)
    first = backend.optimizer_state()
    backend.warm_up()
    for name, value in backend.optimizer_state().items():
        np.testing.assert_array_equal(first[name], value)
    backend.run_steps(np.full((3, BATCH_SIZE), 2, np.int32))
    state = backend.optimizer_state()
    assert backend.run_steps(np.full((2, BATCH_SIZE), 17, np.int32)).diverged_at == 0
    for name, value in backend.optimizer_state().items():
        np.testing.assert_array_equal(state[name], value)
    backend.close()


@pytest.mark.parametrize("optimizer", ["adagrad", "nadam", "momentum"])
def test_state_of_any_optimizer_brings_a_run_back(optimizer: str) -> None:
    backend = KerasBackend(small_spec(), small_config(optimizer=optimizer))
    backend.set_data(DATA.train.x, DATA.train.y)
    backend.run_steps(_indices())
    weights, state = backend.parameters(), backend.optimizer_state()
    expected = backend.run_steps(_indices(2)).loss
    other = KerasBackend(small_spec(), small_config(optimizer=optimizer))  # a second program, names as the first
    other.set_data(DATA.train.x, DATA.train.y)
    other.set_parameters(weights)
    other.set_optimizer_state(state)
    np.testing.assert_array_equal(other.run_steps(_indices(2)).loss, expected)
    backend.close()
    other.close()


def test_another_momentum_is_another_program() -> None:
    first = KerasBackend(small_spec(), small_config(optimizer="momentum", momentum=0.9))
    model = first.model
    first.close()
    second = KerasBackend(small_spec(), small_config(optimizer="momentum", momentum=0.5))
    assert second.model is not model
    assert second.optimizer.momentum == 0.5
    second.close()
    third = KerasBackend(small_spec(), small_config(optimizer="momentum", momentum=0.9))
    assert third.model is model
    third.close()


@pytest.mark.parametrize("hidden", [name for name in ACTIVATIONS if name != "softmax"])
def test_probe_equals_numpy_in_every_tensor(hidden: str) -> None:
    """Float32 TensorFlow against float64 NumPy: off by at most 1e-5 of each tensor's largest value."""
    spec = small_spec(hidden)
    backend = KerasBackend(spec, small_config())
    rng = np.random.default_rng(8)
    weights = tuple(
        LayerParameters(
            rng.normal(0, 0.6, x.kernel.shape).astype(np.float32),
            rng.normal(0, 0.3, x.bias.shape).astype(np.float32),
            None if x.slope is None else rng.uniform(0.1, 0.4, x.slope.shape).astype(np.float32),
        )
        for x in backend.parameters()
    )
    backend.set_parameters(weights)
    x = DATA.test.x[:1]
    label = int(DATA.test.y[0])
    passed, gradients = backend.probe(x, label)
    exact_pass = forward(_doubles(weights), spec.activations, x.astype(np.float64))
    exact = backward(_doubles(weights), spec.activations, exact_pass, np.array([label]))
    pairs = [
        *zip(passed.pre_activations, exact_pass.pre_activations, strict=True),
        *zip(passed.activations, exact_pass.activations, strict=True),
        *zip(gradients.pre_activations, exact.pre_activations, strict=True),
        *zip(gradients.activations, exact.activations, strict=True),
        *((a.kernel, b.kernel) for a, b in zip(gradients.parameters, exact.parameters, strict=True)),
        *((a.bias, b.bias) for a, b in zip(gradients.parameters, exact.parameters, strict=True)),
        (gradients.inputs, exact.inputs),
    ]
    for ours, theirs in pairs:
        assert ours.shape == theirs.shape
        assert not ours.flags.writeable
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * np.abs(theirs).max())
    assert gradients.loss == pytest.approx(exact.loss, rel=1e-5)
    backend.close()


def test_probe_gradients_equal_gradient_tape_over_the_keras_model(backend: KerasBackend) -> None:
    import keras
    import tensorflow as tf

    x, y = DATA.test.x[:1], DATA.test.y[:1]
    with tf.GradientTape() as tape:
        loss = keras.losses.sparse_categorical_crossentropy(y, backend.model(x))
    expected = tape.gradient(loss, backend.model.trainable_variables)
    _, gradients = backend.probe(x, int(y[0]))
    flat = [array for layer in gradients.parameters for array in (layer.kernel, layer.bias)]
    for ours, theirs in zip(flat, expected, strict=True):
        exact = theirs.numpy()
        assert np.abs(ours - exact).max() <= 1e-5 * np.abs(exact).max()


def test_probe_equals_the_outputs_of_the_keras_layers(backend: KerasBackend) -> None:
    passed = backend.forward(DATA.test.x[:4])
    value = DATA.test.x[:4]
    for layer, ours in zip(backend.model.layers, passed.activations, strict=True):
        value = layer(value)
        np.testing.assert_allclose(ours, value.numpy(), rtol=1e-5, atol=1e-6)


def test_gradient_rms_of_a_step_is_that_of_its_batch(backend: KerasBackend) -> None:
    batch = _indices()[-1:]  # the short one
    rows = batch[batch >= 0]
    assert 0 < len(rows) < BATCH_SIZE
    before = _doubles(backend.parameters())
    scalars = backend.run_steps(batch)
    names = backend.spec.activations
    passed = forward(before, names, DATA.train.x[rows].astype(np.float64))
    exact = backward(before, names, passed, DATA.train.y[rows])
    kernels, biases = root_mean_square(exact.parameters)
    np.testing.assert_allclose(scalars.kernel_rms[0], kernels, rtol=1e-4)
    np.testing.assert_allclose(scalars.bias_rms[0], biases, rtol=1e-4)
    assert scalars.loss[0] == pytest.approx(exact.loss, rel=1e-5)
    right = passed.output.argmax(axis=1) == DATA.train.y[rows]
    assert scalars.metric[0] == pytest.approx(right.mean(), abs=1e-6)


@pytest.mark.parametrize("hidden", [(257, 129), (1, 1025), (64, 16), (400,)])
def test_gradient_rms_of_layers_of_any_size(hidden: tuple[int, ...]) -> None:
    """Above 1,024 values the squares are summed by halves, padded where they are no multiple."""
    spec = classifier((INPUTS,), hidden, CLASSES, "sigmoid")
    backend = KerasBackend(spec, small_config())
    backend.set_data(DATA.train.x, DATA.train.y)
    before = _doubles(backend.parameters())
    batch = _indices()[:1]
    scalars = backend.run_steps(batch)
    passed = forward(before, spec.activations, DATA.train.x[batch[0]].astype(np.float64))
    exact = backward(before, spec.activations, passed, DATA.train.y[batch[0]])
    kernels, biases = root_mean_square(exact.parameters)
    np.testing.assert_allclose(scalars.kernel_rms[0], kernels, rtol=1e-4)
    np.testing.assert_allclose(scalars.bias_rms[0], biases, rtol=1e-4)
    backend.close()


def test_first_weights_are_those_numpy_draws(backend: KerasBackend) -> None:
    drawn = glorot_uniform(backend.spec, 3)
    for ours, theirs in zip(backend.parameters(), drawn, strict=True):
        np.testing.assert_array_equal(ours.kernel, theirs.kernel)


def test_a_network_begins_as_its_initializer_says_and_its_file_names_it(tmp_path: Path) -> None:
    import keras

    spec = NetworkSpec((INPUTS,), (LayerSpec(5, "relu", "he_normal"), LayerSpec(CLASSES, "softmax", "zeros")))
    backend = KerasBackend(spec, small_config())
    for ours, theirs in zip(backend.parameters(), initial_parameters(spec, 3), strict=True):
        np.testing.assert_array_equal(ours.kernel, theirs.kernel)
    assert not backend.parameters()[1].kernel.any()
    backend.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    assert [type(layer.kernel_initializer).__name__ for layer in loaded.layers] == ["HeNormal", "Zeros"]
    backend.close()


def test_same_seed_same_run_also_in_a_program_used_before() -> None:
    runs = []
    for _ in range(2):
        backend = KerasBackend(small_spec(), small_config())
        backend.set_data(DATA.train.x, DATA.train.y)
        runs.append((backend.run_steps(_indices()).loss, backend.model.get_weights()))
        backend.close()
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    for first, second in zip(runs[0][1], runs[1][1], strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_closed_network_gives_its_model_to_the_next_of_its_kind_and_an_open_one_does_not() -> None:
    first = KerasBackend(small_spec(), small_config())
    model = first.model
    second = KerasBackend(small_spec(), small_config())
    assert second.model is not model
    first.close()
    third = KerasBackend(small_spec(), small_config(seed=9, learning_rate=0.5))
    assert third.model is model
    assert float(third.optimizer.learning_rate.numpy()) == 0.5
    second.close()
    third.close()


def test_reset_forgets_the_optimizer_too(backend: KerasBackend) -> None:
    first = backend.run_steps(_indices()).loss
    state = backend.optimizer_state()
    assert max(float(np.abs(value).max()) for value in state.values()) > 0
    backend.reset(3)
    assert all((value == 0).all() for value in backend.optimizer_state().values())
    np.testing.assert_array_equal(backend.run_steps(_indices()).loss, first)


def test_optimizer_state_brings_a_run_back(backend: KerasBackend) -> None:
    backend.run_steps(_indices())
    weights, state = backend.parameters(), backend.optimizer_state()
    expected = backend.run_steps(_indices(2)).loss
    backend.reset(1)
    backend.set_parameters(weights)
    backend.set_optimizer_state(state)
    np.testing.assert_array_equal(backend.run_steps(_indices(2)).loss, expected)


def test_learning_rate_changes_the_next_update_in_proportion() -> None:
    updates = []
    for rate in (0.1, 0.2):
        backend = KerasBackend(small_spec(), small_config(optimizer="sgd", learning_rate=0.7))
        backend.set_data(DATA.train.x, DATA.train.y)
        backend.set_learning_rate(rate)
        before = backend.parameters()[0].kernel
        backend.run_steps(_indices()[:1])
        updates.append(backend.parameters()[0].kernel - before)
        backend.close()
    np.testing.assert_allclose(updates[1], 2 * updates[0], rtol=1e-3, atol=1e-6)


def test_warm_up_changes_nothing(backend: KerasBackend) -> None:
    before = backend.model.get_weights()
    assert all((value == 0).all() for value in backend.optimizer_state().values())
    backend.warm_up()
    for old, new in zip(before, backend.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert all((value == 0).all() for value in backend.optimizer_state().values())


def test_a_step_on_one_sample_is_a_batch_of_that_sample(backend: KerasBackend) -> None:
    twin = _keras_twin(backend, "adam")
    x, y = DATA.test.x[:1], DATA.test.y[:1]
    backend.run_sample(x[0], int(y[0]))
    twin.train_on_batch(x, y)  # type: ignore[attr-defined]
    _close(backend.parameters(), twin.get_weights(), rtol=1e-4, atol=1e-5)  # type: ignore[attr-defined]


def test_a_chunk_that_diverges_changes_nothing_and_names_its_step() -> None:
    backend = KerasBackend(small_spec("linear"), small_config(optimizer="sgd"))
    data = DATA.train.x.copy()
    data[17] = np.float32(np.nan)
    backend.set_data(data, DATA.train.y)
    backend.run_steps(np.full((3, BATCH_SIZE), 2, np.int32))
    before, state = backend.model.get_weights(), backend.optimizer_state()
    indices = np.full((9, BATCH_SIZE), 2, np.int32)
    indices[6, 0] = 17
    assert backend.run_steps(indices).diverged_at == 6
    for old, new in zip(before, backend.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    for name, value in backend.optimizer_state().items():
        np.testing.assert_array_equal(state[name], value)
    backend.close()


@pytest.mark.parametrize("hidden", [name for name in ACTIVATIONS if name not in ("softmax", "prelu", "step")])
def test_each_activation_trains_as_keras_and_comes_back_from_its_file(hidden: str, tmp_path: Path) -> None:
    """Ten compiled steps as train_on_batch to 1e-4; the file is read without Keras, and computes the same."""
    backend = KerasBackend(small_spec(hidden), small_config())
    backend.set_data(DATA.train.x, DATA.train.y)
    twin = _keras_twin(backend, "adam")
    batches = _indices()[:10]
    backend.run_steps(batches)
    for batch in batches:
        twin.train_on_batch(DATA.train.x[batch], DATA.train.y[batch])  # type: ignore[attr-defined]
    _close(backend.parameters(), twin.get_weights(), rtol=1e-4, atol=1e-5)  # type: ignore[attr-defined]
    backend.save(tmp_path / "network.keras")
    spec, parameters = read_model(tmp_path / "network.keras")
    assert spec.activations == (hidden, hidden, "softmax")
    passed = forward(parameters, spec.activations, DATA.test.x)
    expected = twin(DATA.test.x).numpy()  # type: ignore[operator]
    np.testing.assert_allclose(passed.output, expected, rtol=1e-3, atol=1e-5)
    backend.close()


def test_activations_are_keras_own_functions() -> None:
    """Values and slopes at 401 places, float32: within 2e-6 of Keras', and finite where e^z is not."""
    import keras
    import tensorflow as tf

    z = np.linspace(-30, 30, 401, dtype=np.float32) + np.float32(0.01)
    for name in ACTIVATIONS:
        if name in ("softmax", "prelu", "step"):  # mixes its inputs, has a slope to learn, is not Keras'
            continue
        variable = tf.Variable(z)
        with tf.GradientTape() as tape:
            a = keras.activations.get(name)(variable)
        mine = FUNCTIONS[name](z)
        assert mine.dtype == np.float32, name
        np.testing.assert_allclose(mine, a.numpy(), rtol=2e-6, atol=2e-6, err_msg=name)
        slope = derivative(name, z, mine)
        assert slope.dtype == np.float32, name
        np.testing.assert_allclose(slope, tape.gradient(a, variable).numpy(), rtol=2e-5, atol=2e-6, err_msg=name)
        far = np.array([-500.0, 500.0], np.float32)
        assert np.isfinite(FUNCTIONS[name](far)).all(), name
        assert np.isfinite(derivative(name, far, FUNCTIONS[name](far))).all(), name


def test_evaluate_equals_keras(backend: KerasBackend) -> None:
    backend.run_steps(_indices())
    loss, accuracy = backend.evaluate(DATA.validation.x, DATA.validation.y) or (0, 0)
    expected = backend.model.evaluate(DATA.validation.x, DATA.validation.y, verbose=0)
    assert loss == pytest.approx(expected[0], rel=1e-5)
    assert accuracy == pytest.approx(expected[1], abs=1e-6)
    assert backend.evaluate(DATA.test.x, DATA.test.y, cancelled=lambda: True) is None


def test_a_saved_model_is_read_by_keras_with_the_same_answers(backend: KerasBackend, tmp_path: Path) -> None:
    import keras

    backend.run_steps(_indices())
    folder = tmp_path / "models"
    folder.mkdir()
    path = folder / "network.keras"
    path.write_bytes(b"older")
    backend.save(path)
    loaded = keras.saving.load_model(path)
    np.testing.assert_allclose(loaded(DATA.test.x).numpy(), backend.forward(DATA.test.x).output, rtol=1e-5)
    assert [entry.name for entry in folder.iterdir()] == ["network.keras"]
    with pytest.raises(SaveError):
        backend.save(tmp_path / "nowhere" / "network.keras")


def test_what_does_not_fit_is_refused_by_name(backend: KerasBackend) -> None:
    with pytest.raises(SpecError, match="classes must be from 0 to 2, got 0 to 3"):
        backend.set_data(DATA.train.x[:2], np.array([0, 3], np.int32))
    with pytest.raises(SpecError, match="needs samples"):
        backend.set_data(np.zeros((2, INPUTS + 1), np.float32), np.zeros(2, np.int32))
    with pytest.raises(SpecError, match="sample numbers"):
        backend.run_steps(np.full((1, BATCH_SIZE), len(DATA.train), np.int32))
    with pytest.raises(SpecError, match="sample numbers"):
        backend.run_steps(np.full((1, BATCH_SIZE), -1, np.int32))
    with pytest.raises(SpecError, match="indices must be"):
        backend.run_steps(np.zeros((1, BATCH_SIZE + 1), np.int32))
    with pytest.raises(SpecError, match="learning_rate"):
        backend.set_learning_rate(math.nan)
