"""Every loss, task and layer option against plain Keras, step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.parameters import Parameters
from nnviz.spec import LayerSpec, NetworkSpec, TrainingConfig
from nnviz.training.keras_backend import KerasBackend
from tests.tiny import BATCH_SIZE, small_config

INPUTS, COUNT = 6, 45
RANDOM = np.random.default_rng(11)
X = RANDOM.normal(0, 1, (COUNT, INPUTS)).astype(np.float32)
CLASSES = RANDOM.integers(0, 3, COUNT).astype(np.int32)
TWO = RANDOM.integers(0, 2, COUNT).astype(np.int32)
LABELS = RANDOM.integers(0, 2, (COUNT, 3)).astype(np.float32)
TARGETS = (2 * RANDOM.normal(0, 1, (COUNT, 2))).astype(np.float32)
#: task, loss, output activation, outputs, y
CASES: list[tuple[str, str, str, int, NDArray[np.generic]]] = [
    ("multiclass", "sparse_categorical_crossentropy", "softmax", 3, CLASSES),
    ("multiclass", "sparse_categorical_crossentropy", "sigmoid", 3, CLASSES),
    ("multiclass", "mean_squared_error", "softmax", 3, CLASSES),
    ("multiclass", "mean_squared_error", "sigmoid", 3, CLASSES),
    ("multiclass", "binary_crossentropy", "sigmoid", 3, CLASSES),
    ("multiclass", "binary_crossentropy", "softmax", 3, CLASSES),
    ("multiclass", "binary_crossentropy", "tanh", 3, CLASSES),
    ("multiclass", "sparse_categorical_crossentropy", "linear", 3, CLASSES),
    ("binary", "binary_crossentropy", "sigmoid", 1, TWO),
    ("binary", "binary_crossentropy", "tanh", 1, TWO),
    ("binary", "mean_squared_error", "sigmoid", 1, TWO),
    ("binary", "sparse_categorical_crossentropy", "softmax", 2, TWO),
    ("multilabel", "binary_crossentropy", "sigmoid", 3, LABELS),
    ("multilabel", "mean_absolute_error", "linear", 3, LABELS),
    ("regression", "mean_squared_error", "linear", 2, TARGETS),
    ("regression", "mean_absolute_error", "linear", 2, TARGETS),
    ("regression", "huber", "linear", 2, TARGETS),
    ("regression", "mean_squared_error", "relu", 2, TARGETS),
]
#: A hidden layer with every option but dropout, whose masks are nnviz's own.
LAYERS = {
    "no bias": LayerSpec(5, "tanh", use_bias=False),
    "batch norm": LayerSpec(5, "relu", batch_norm=True),
    "batch norm, no bias, prelu": LayerSpec(5, "prelu", use_bias=False, batch_norm=True),
    "prelu": LayerSpec(5, "prelu"),
    "l1": LayerSpec(5, "tanh", l1=0.02),
    "l2": LayerSpec(5, "tanh", l2=0.05),
    "l1 and l2": LayerSpec(5, "relu", l1=0.01, l2=0.03, batch_norm=True),
    "step": LayerSpec(5, "step"),
}


def _batches(steps: int) -> NDArray[np.int32]:
    per_epoch = -(-COUNT // BATCH_SIZE)
    made = np.full((per_epoch, BATCH_SIZE), -1, np.int32)
    made.reshape(-1)[:COUNT] = np.random.default_rng(2).permutation(COUNT)
    return np.concatenate([made] * (-(-steps // per_epoch)))[:steps]


def _twin(spec: NetworkSpec, config: TrainingConfig, task: str, parameters: Parameters) -> object:
    """The same network made of plain Keras layers, sharing no code with ours."""
    import keras

    layers: list[object] = [keras.Input((INPUTS,))]
    for layer in spec.layers:
        own = layer.activation in ("prelu", "step")
        layers.append(
            keras.layers.Dense(
                layer.units,
                activation=None if own or layer.batch_norm else layer.activation,
                use_bias=layer.use_bias,
                kernel_regularizer=keras.regularizers.L1L2(layer.l1, layer.l2),
            )
        )
        if layer.batch_norm:
            layers.append(keras.layers.BatchNormalization())
        if layer.activation == "prelu":
            layers.append(keras.layers.PReLU())
        elif layer.activation == "step":
            layers.append(keras.layers.Activation(lambda z: keras.ops.cast(z >= 0, "float32")))
        elif layer.batch_norm:
            layers.append(keras.layers.Activation(layer.activation))
    model = keras.Sequential(layers)
    weights = []
    for layer, made in zip(spec.layers, parameters, strict=True):
        weights += [made.kernel] + ([made.bias] if layer.use_bias else [])
        if made.norm is not None:
            weights += [made.norm.gamma, made.norm.beta, made.norm.mean, made.norm.variance]
        weights += [] if made.slope is None else [made.slope]
    model.set_weights(weights)
    metric = {"regression": "mean_absolute_error", "multilabel": keras.metrics.BinaryAccuracy()}.get(task, "accuracy")
    if task == "binary" and spec.layers[-1].units == 1:
        metric = keras.metrics.BinaryAccuracy()
    kind = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[config.optimizer]
    model.compile(kind(config.learning_rate), config.loss, metrics=[metric])
    return model


def _for_keras(loss: str, outputs: int, y: NDArray[np.generic]) -> NDArray[np.generic]:
    if y.ndim == 2 or loss == "sparse_categorical_crossentropy":
        return y
    return y[:, None].astype(np.float32) if outputs == 1 else np.eye(outputs, dtype=np.float32)[y]


def _compare(spec: NetworkSpec, config: TrainingConfig, task: str, y: NDArray[np.generic], steps: int = 20) -> None:
    backend = KerasBackend(spec, config, task=task)
    backend.set_data(X, y)
    twin = _twin(spec, config, task, backend.parameters())
    theirs = _for_keras(config.loss, spec.layers[-1].units, y)
    batches, losses, metrics = _batches(steps), [], []
    for batch in batches:
        rows = batch[batch >= 0]
        loss, metric = twin.train_on_batch(X[rows], theirs[rows])  # type: ignore[attr-defined]
        losses.append(float(loss))
        metrics.append(float(metric))
        twin.reset_metrics()  # type: ignore[attr-defined]
    scalars = [backend.run_steps(batches[:7]), backend.run_steps(batches[7:])]
    np.testing.assert_allclose(np.concatenate([s.loss for s in scalars]), losses, rtol=2e-4, atol=2e-6)
    np.testing.assert_allclose(np.concatenate([s.metric for s in scalars]), metrics, rtol=1e-4, atol=1e-6)
    for mine, other in zip(backend.model.get_weights(), twin.get_weights(), strict=True):  # type: ignore[attr-defined]
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=2e-5)
    seen = backend.evaluate(X, y)
    assert seen is not None
    np.testing.assert_allclose(seen, twin.evaluate(X, theirs, verbose=0), rtol=2e-4, atol=1e-5)  # type: ignore[attr-defined]
    _probe_equals_numpy(backend, y)
    backend.close()


def _probe_equals_numpy(backend: KerasBackend, y: NDArray[np.generic]) -> None:
    x, target = X[:3], y[:3]
    passed, gradients = backend.probe(x, target)
    doubles = tuple(layer.mapped(lambda array: array.astype(np.float64)) for layer in backend.parameters())
    names = backend.spec.activations
    exact_pass = forward(doubles, names, x.astype(np.float64))
    exact = backward(doubles, names, exact_pass, target, backend.config.loss)
    assert gradients.loss == pytest.approx(exact.loss, rel=1e-4)
    for k in range(len(names)):
        pairs = [
            (passed.pre_activations[k], exact_pass.pre_activations[k]), (passed.phi_input(k), exact_pass.phi_input(k)),
            (passed.activations[k], exact_pass.activations[k]),
            (gradients.pre_activations[k], exact.pre_activations[k]),
            (gradients.activations[k], exact.activations[k]),
        ]  # fmt: skip
        layer = backend.spec.layers[k]
        for place, (mine, other) in enumerate(
            zip(gradients.parameters[k].arrays, exact.parameters[k].arrays, strict=True)
        ):
            if place != 1 or layer.use_bias:  # without bias there is no gradient of one
                pairs.append((mine, other))
        for mine, other in pairs:
            np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-5 * max(1.0, float(np.abs(other).max())))


@pytest.mark.parametrize("case", CASES, ids=[" ".join(map(str, case[:4])) for case in CASES])
def test_each_loss_and_output_trains_as_keras(case: tuple[str, str, str, int, NDArray[np.generic]]) -> None:
    task, loss, activation, outputs, y = case
    spec = NetworkSpec((INPUTS,), (LayerSpec(5, "tanh"), LayerSpec(outputs, activation)))
    _compare(spec, small_config(loss=loss), task, y)


@pytest.mark.filterwarnings("ignore:Gradients do not exist:UserWarning")  # Keras of the layer with the step
@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_option_trains_as_keras(name: str) -> None:
    spec = NetworkSpec((INPUTS,), (LAYERS[name], LayerSpec(4, "relu"), LayerSpec(3, "softmax")))
    # Before a normalisation a bias has no influence: Adam would blow the rounding of its gradient, 0, up to steps.
    optimizer = "sgd" if LAYERS[name].batch_norm and LAYERS[name].use_bias else "adam"
    _compare(spec, small_config(optimizer=optimizer, learning_rate=0.02), "multiclass", CLASSES)


def test_dropout_drops_its_share_and_scales_what_stays() -> None:
    """A wide layer of ones behind zero weights: the output's z says how many of them were left."""
    units, rate = 400, 0.3
    spec = NetworkSpec((INPUTS,), (LayerSpec(units, "linear", dropout=rate), LayerSpec(1, "linear")))
    config = small_config(loss="mean_squared_error", optimizer="sgd", learning_rate=1e-12, batch_size=COUNT)
    backend = KerasBackend(spec, config, task="regression")
    first = backend.parameters()
    ones = tuple(
        replace(layer, kernel=np.full(layer.kernel.shape, value, np.float32), bias=np.full_like(layer.bias, bias))
        for layer, value, bias in zip(first, (0.0, 1 / units), (1.0, 0.0), strict=True)
    )
    backend.set_parameters(ones)
    backend.set_data(X, np.zeros((COUNT, 1), np.float32))
    every = np.arange(COUNT, dtype=np.int32)[None].repeat(6, axis=0)
    # The metric is the mean of |output|, the output the mean of 400 values that are 0 or 1/(1 − rate).
    metric = backend.run_steps(every).metric
    assert metric == pytest.approx(1.0, abs=0.02)
    assert len(set(metric.tolist())) == 6  # other units in each step
    # The variance of each output over the samples is rate / (1 − rate) / units: units fall out one by one.
    loss = backend.run_steps(every).loss
    assert loss - 1 == pytest.approx(rate / (1 - rate) / units, rel=1.2, abs=0.02)
    assert backend.forward(X).output == pytest.approx(1.0, abs=1e-5)  # nobody is dropped when it answers
    backend.close()


def test_dropout_depends_on_seed_and_step_not_on_chunks() -> None:
    spec = NetworkSpec((INPUTS,), (LayerSpec(8, "relu", dropout=0.5), LayerSpec(3, "softmax")))
    losses = []
    for seed, cuts in ((3, (4, 16)), (3, (20,)), (4, (20,))):
        backend = KerasBackend(spec, small_config(seed=seed))
        backend.reset(3)
        backend.set_data(X, CLASSES)
        start, made = 0, []
        for count in cuts:
            made.append(backend.run_steps(_batches(20)[start : start + count]).loss)
            start += count
        losses.append(np.concatenate(made))
        backend.close()
    np.testing.assert_array_equal(losses[0], losses[1])
    assert np.abs(losses[0] - losses[2]).max() > 0.01


def test_sizes_of_dropout_and_penalties_change_without_another_program() -> None:
    def spec(dropout: float, l2: float) -> NetworkSpec:
        return NetworkSpec((INPUTS,), (LayerSpec(8, "relu", dropout=dropout, l2=l2), LayerSpec(3, "softmax")))

    backend = KerasBackend(spec(0.5, 0.1), small_config())
    backend.set_data(X, CLASSES)
    backend.run_steps(_batches(5))
    model, weights = backend.model, backend.parameters()
    backend.adapt(spec(0.2, 0.01), small_config(learning_rate=0.02))
    assert backend.model is model
    for mine, other in zip(weights, backend.parameters(), strict=True):
        np.testing.assert_array_equal(mine.kernel, other.kernel)
    seen = backend.evaluate(X, CLASSES)
    assert seen is not None
    backend.adapt(spec(0.2, 2.0), small_config(learning_rate=0.02))
    more = backend.evaluate(X, CLASSES)
    assert more is not None
    added = (2.0 - 0.01) * float(np.square(backend.parameters()[0].kernel).sum())
    assert more[0] - seen[0] == pytest.approx(added, rel=1e-4)
    backend.close()


@pytest.mark.parametrize(
    "changes",
    [{"batch_size": 5}, {"momentum": 0.5}, {"learning_rate": 0.3}],
    ids=str,
)
def test_live_changes_keep_weights_and_what_the_optimizer_remembers(changes: dict[str, float]) -> None:
    config = small_config(optimizer="momentum")
    spec = NetworkSpec((INPUTS,), (LayerSpec(8, "tanh"), LayerSpec(3, "softmax")))
    backend = KerasBackend(spec, config)
    backend.set_data(X, CLASSES)
    backend.run_steps(_batches(9))
    weights, state = backend.parameters(), backend.optimizer_state()
    backend.adapt(spec, replace(config, **changes))  # type: ignore[arg-type]
    for mine, other in zip(weights, backend.parameters(), strict=True):
        np.testing.assert_array_equal(mine.kernel, other.kernel)
    after = backend.optimizer_state()
    assert after.keys() == state.keys()
    assert any(np.abs(value).max() > 0 for name, value in state.items() if "momentum" in name)
    for name, value in state.items():
        np.testing.assert_array_equal(value, after[name])
    backend.close()


def test_turning_on_dropout_and_taking_out_a_layer_keep_the_rest() -> None:
    before = NetworkSpec((INPUTS,), (LayerSpec(8, "tanh"), LayerSpec(5, "tanh"), LayerSpec(3, "softmax")))
    backend = KerasBackend(before, small_config())
    backend.set_data(X, CLASSES)
    backend.run_steps(_batches(9))
    old, memory = backend.parameters(), backend.optimizer_state()
    after = NetworkSpec((INPUTS,), (LayerSpec(8, "tanh", dropout=0.2), LayerSpec(5, "tanh"), LayerSpec(3, "softmax")))
    backend.adapt(after, small_config())
    for mine, other in zip(old, backend.parameters(), strict=True):
        np.testing.assert_array_equal(mine.kernel, other.kernel)
    np.testing.assert_array_equal(backend.optimizer_state()["iteration"], memory["iteration"])
    shorter = NetworkSpec((INPUTS,), (LayerSpec(8, "tanh"), LayerSpec(3, "softmax")))
    backend.adapt(shorter, small_config())
    new = backend.parameters()
    np.testing.assert_array_equal(new[0].kernel, old[0].kernel)
    np.testing.assert_array_equal(new[1].bias, old[2].bias)
    remembered = backend.optimizer_state()
    kernels = [name for name in remembered if "dense_1_kernel" in name]
    assert kernels
    for name in kernels:
        np.testing.assert_array_equal(remembered[name], memory[name])
    assert backend.run_steps(_batches(5)).diverged_at is None
    backend.close()


def test_grown_layers_keep_their_first_units() -> None:
    small = NetworkSpec((INPUTS,), (LayerSpec(4, "tanh"), LayerSpec(3, "softmax")))
    large = NetworkSpec((INPUTS,), (LayerSpec(7, "tanh"), LayerSpec(3, "softmax")))
    backend = KerasBackend(small, small_config())
    backend.set_data(X, CLASSES)
    backend.run_steps(_batches(9))
    old = backend.parameters()
    backend.adapt(large, small_config())
    new = backend.parameters()
    np.testing.assert_array_equal(new[0].kernel[:, :4], old[0].kernel)
    np.testing.assert_array_equal(new[1].kernel[:4], old[1].kernel)
    assert new[0].kernel.shape == (INPUTS, 7)
    backend.adapt(small, small_config())
    for mine, other in zip(old, backend.parameters(), strict=True):
        np.testing.assert_array_equal(mine.kernel, other.kernel)
    backend.close()


def test_a_refused_change_leaves_everything_as_it_was() -> None:
    spec = NetworkSpec((INPUTS,), (LayerSpec(4, "tanh"), LayerSpec(3, "softmax")))
    backend = KerasBackend(spec, small_config())
    backend.set_data(X, CLASSES)
    weights = backend.parameters()
    with pytest.raises(SpecError, match="classes must be from 0 to 1"):
        backend.adapt(NetworkSpec((INPUTS,), (LayerSpec(4, "tanh"), LayerSpec(2, "softmax"))), small_config())
    assert backend.spec == spec
    np.testing.assert_array_equal(backend.parameters()[0].kernel, weights[0].kernel)
    assert backend.run_steps(_batches(2)).diverged_at is None
    backend.close()


def test_rates_of_a_chunk_are_used_step_by_step() -> None:
    """SGD moves by rate times gradient: the first step with rate 0 leaves the weights, and says so."""
    spec = NetworkSpec((INPUTS,), (LayerSpec(4, "tanh"), LayerSpec(3, "softmax")))
    backend = KerasBackend(spec, small_config(optimizer="sgd"))
    backend.set_data(X, CLASSES)
    first = backend.parameters()
    made = backend.run_steps(_batches(1), np.zeros(1, np.float32))
    assert made.learning_rate.tolist() == [0.0]
    np.testing.assert_array_equal(backend.parameters()[0].kernel, first[0].kernel)
    _, gradients = backend.probe(X[_batches(2)[1]], CLASSES[_batches(2)[1]])
    backend.run_steps(_batches(2)[1:], np.array([0.5], np.float32))
    moved = backend.parameters()[0].kernel - first[0].kernel
    np.testing.assert_allclose(moved, -0.5 * gradients.parameters[0].kernel, rtol=1e-4, atol=1e-6)
    backend.close()


def test_a_class_loss_without_classes_is_refused() -> None:
    spec = NetworkSpec((INPUTS,), (LayerSpec(2, "softmax"),))
    with pytest.raises(SpecError, match="needs one class for each sample, and these data have targets"):
        KerasBackend(spec, small_config(), task="regression")
    one = NetworkSpec((INPUTS,), (LayerSpec(1, "sigmoid"),))
    with pytest.raises(SpecError, match="needs an output for each class, got 1"):
        KerasBackend(one, small_config(), task="binary")
