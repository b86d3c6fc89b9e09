"""Explanations of units and edges against Keras models, Keras optimizers and sums written out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnviz.errors import SpecError
from nnviz.maths.forward import ForwardPass, forward
from nnviz.maths.optimizers import CONSTANT_NAMES
from nnviz.maths.parameters import LayerParameters, Parameters, initial_parameters
from nnviz.picture.excite import most_exciting
from nnviz.picture.explain import explain_unit, phi_of
from nnviz.picture.explain_edge import explain_edge
from nnviz.picture.layout import arrange
from nnviz.picture.refs import BIAS, EdgeRef, UnitRef, fits
from nnviz.picture.walk import step, strongest_edge
from nnviz.spec import ACTIVATIONS, OPTIMIZERS, LayerSpec, NetworkSpec
from nnviz.training.optimizer_words import SLOT_WORDS
from nnviz.training.records import HandMarks, OptimizerStep, Snapshot
from tests.snapshots import sample_of, snapshot_of

SPEC = NetworkSpec((6,), (LayerSpec(9, "relu"), LayerSpec(7, "tanh"), LayerSpec(3, "softmax")))


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


def random_parameters(spec: NetworkSpec, seed: int = 5) -> Parameters:
    """Parameters whose biases, slopes and normalisations are not at their first values."""
    generator = np.random.default_rng(seed)

    def stirred(values: np.ndarray) -> np.ndarray:
        return (values + generator.uniform(0.05, 0.4, values.shape)).astype(np.float32)

    made = (layer.mapped(stirred) for layer in initial_parameters(spec, seed))
    return tuple(
        values if layer.use_bias else replace(values, bias=np.zeros_like(values.bias))
        for values, layer in zip(made, spec.layers, strict=True)
    )


def entry_of(parameters: Parameters, ref: EdgeRef) -> float:
    layer = parameters[ref.layer - 1]
    return float(layer.bias[ref.unit] if ref.source == BIAS else layer.kernel[ref.source, ref.unit])


def keras_model(keras: Any, spec: NetworkSpec, parameters: Parameters) -> Any:
    """Return a Keras model that answers with z, n and a of every layer."""
    layers = keras.layers
    x = before = keras.Input((spec.input_size,))
    told, made = [], []
    for layer in spec.layers:
        dense = layers.Dense(layer.units, use_bias=layer.use_bias)
        z = n = dense(before)
        made.append(dense)
        if layer.batch_norm:
            made.append(layers.BatchNormalization())
            n = made[-1](z)
        if layer.activation == "prelu":
            made.append(layers.PReLU())
            before = made[-1](n)
        else:
            before = layers.Activation(layer.activation)(n)
        told += [z, n, before]
    model = keras.Model(x, told)
    weights = iter(made)
    for layer, values in zip(spec.layers, parameters, strict=True):
        next(weights).set_weights([values.kernel, values.bias] if layer.use_bias else [values.kernel])
        if values.norm is not None:
            norm = values.norm
            next(weights).set_weights([norm.gamma, norm.beta, norm.mean, norm.variance])
        if values.slope is not None:
            next(weights).set_weights([values.slope])
    return model


def test_every_number_of_a_units_formula_is_the_one_keras_has(keras: Any) -> None:
    spec = NetworkSpec((6,), (
        LayerSpec(9, "relu", batch_norm=True), LayerSpec(7, "prelu"), LayerSpec(5, "gelu", use_bias=False),
        LayerSpec(3, "softmax"),
    ))  # fmt: skip
    parameters = random_parameters(spec)
    snapshot = snapshot_of(spec, parameters=parameters)
    told = [values.numpy()[0] for values in keras_model(keras, spec, parameters)(snapshot.sample[None, :])]
    for layer in range(1, 5):
        z, n, a = told[3 * layer - 3 : 3 * layer]
        before = snapshot.sample if layer == 1 else told[3 * layer - 4]
        for unit in range(spec.layers[layer - 1].units):
            made = explain_unit(snapshot, UnitRef(layer, unit))
            assert made.z == pytest.approx(z[unit], rel=1e-5, abs=1e-6)
            assert made.total == pytest.approx(z[unit], rel=1e-5, abs=1e-6)
            assert made.entered == pytest.approx(n[unit], rel=1e-5, abs=1e-6)
            assert made.a == pytest.approx(a[unit], rel=1e-5, abs=1e-6)
            assert made.phi == pytest.approx(a[unit], rel=1e-5, abs=1e-6)
            assert (made.reason, made.factor, made.is_input) == ("", 1.0, False)
            assert (made.bias is None) == (layer == 3)
            assert (made.norm is None) == (layer != 1)
            if made.norm is not None:
                norm = made.norm
                by_hand = norm.gamma * (made.z - norm.mean) / norm.deviation + norm.beta
                assert by_hand == pytest.approx(n[unit], rel=1e-4, abs=1e-5)
            products = before * parameters[layer - 1].kernel[:, unit]
            sizes = [abs(term.value) for term in made.terms]
            assert sizes == pytest.approx(np.sort(np.abs(products))[::-1][: len(sizes)], rel=1e-4, abs=1e-7)
            assert len(made.terms) + made.rest_count == len(products)


@pytest.mark.parametrize("name", [each for each in ACTIVATIONS if each != "step"])
def test_slope_and_curve_are_those_of_keras(keras: Any, name: str) -> None:
    tf = pytest.importorskip("tensorflow")
    spec = NetworkSpec((6,), (LayerSpec(5, name),))
    snapshot = snapshot_of(
        spec, parameters=random_parameters(spec), target=[0, 0, 1, 0, 0], loss="mean_squared_error", update=False
    )
    layer = snapshot.parameters[0]
    z = tf.constant(snapshot.forward.pre_activations[0])

    def phi(values: Any) -> Any:
        if name != "prelu":
            return keras.activations.get(name)(values)
        return tf.where(values > 0, values, layer.slope * values)

    for unit in range(5):
        made = explain_unit(snapshot, UnitRef(1, unit))
        column = tf.one_hot([unit], 5)
        with tf.GradientTape() as tape:
            shift = tf.Variable(0.0)
            a = tf.reduce_sum(phi(z + shift * column) * column)
        assert made.slope == pytest.approx(float(tape.gradient(a, shift)), rel=1e-4, abs=1e-6)
        for moved in (-1.5, 0.3, 2.0):
            wanted = float(tf.reduce_sum(phi(z + moved * column) * column))
            assert float(phi_of(made, np.array([made.entered + moved]))[0]) == pytest.approx(wanted, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_rule_gives_the_update_that_keras_applied(keras: Any, name: str) -> None:
    """Three steps of Keras' optimizer at real variables, explained from what it remembered."""
    kinds = keras.optimizers
    rate = 0.02
    optimizer = {
        "sgd": kinds.SGD, "adagrad": kinds.Adagrad, "rmsprop": kinds.RMSprop, "adam": kinds.Adam,
        "adamw": kinds.AdamW, "nadam": kinds.Nadam,
        "momentum": lambda r: kinds.SGD(r, momentum=0.8),
        "nesterov": lambda r: kinds.SGD(r, momentum=0.8, nesterov=True),
    }[name](rate)  # fmt: skip
    generator = np.random.default_rng(2)
    start = random_parameters(SPEC)
    variables = [keras.Variable(v, name=f"v{k}") for k, v in enumerate(w for layer in start for w in layer.arrays)]
    optimizer.build(variables)
    constants = {each: float(getattr(optimizer, each)) for each in CONSTANT_NAMES[name]}
    if name in ("momentum", "nesterov"):
        constants["momentum"] = 0.8

    def layers(arrays: list[np.ndarray]) -> Parameters:
        return tuple(LayerParameters(arrays[2 * k], arrays[2 * k + 1]) for k in range(3))

    def slots() -> tuple[tuple[str, Parameters], ...]:
        kept = {v.path.rpartition("/")[2]: np.array(v.numpy()) for v in optimizer.variables}
        return tuple(
            (word, layers([kept[f"v{k}_{slot}"] for k in range(6)])) for word, slot in SLOT_WORDS[name]
        )

    x = sample_of(SPEC, 3)
    for iteration in range(1, 4):
        gradients = [generator.normal(0, 0.1, v.shape).astype(np.float32) for v in variables]
        before, remembered = layers([np.array(v.numpy()) for v in variables]), slots()
        optimizer.apply(gradients, variables)
        after = layers([np.array(v.numpy()) for v in variables])
        update = tuple(a.mapped(np.subtract, b) for a, b in zip(after, before, strict=True))
        moment = OptimizerStep(
            name, iteration, rate, tuple(constants.items()), layers(gradients), remembered, slots()
        )
        snapshot = replace(
            snapshot_of(SPEC, parameters=before, x=x), update=update, update_batch_size=32, optimizer=moment
        )
        for ref in (EdgeRef(1, 4, 2), EdgeRef(1, BIAS, 2), EdgeRef(3, 6, 0), EdgeRef(3, BIAS, 1)):
            made = explain_edge(snapshot, ref)
            rule = made.rule
            assert rule is not None
            assert made.delta is not None
            assert rule.delta == pytest.approx(made.delta, rel=2e-5, abs=1e-7)
            assert made.w == entry_of(before, ref)
            assert made.new_w == pytest.approx(entry_of(after, ref), rel=1e-6)
            assert set(rule.after) == set(rule.result.after)
            for slot, value in rule.after.items():
                assert float(rule.result.after[slot]) == pytest.approx(value, rel=3e-5, abs=1e-9)


def test_an_edge_tells_contribution_and_gradient() -> None:
    snapshot = snapshot_of(SPEC)
    made = explain_edge(snapshot, EdgeRef(2, 3, 5))
    a, w = snapshot.forward.activations[0][0, 3], snapshot.parameters[1].kernel[3, 5]
    assert (made.a, made.w) == (float(a), float(w))
    assert made.contribution == pytest.approx(float(a) * float(w))
    assert snapshot.gradients is not None
    assert made.dz == float(snapshot.gradients.pre_activations[1][0, 5])
    assert made.gradient == pytest.approx(made.a * made.dz, rel=1e-5, abs=1e-9)
    bias = explain_edge(snapshot, EdgeRef(2, BIAS, 5))
    assert (bias.a, bias.is_bias, bias.contribution) == (1.0, True, float(snapshot.parameters[1].bias[5]))
    assert bias.gradient == pytest.approx(made.dz)
    bare = explain_edge(snapshot_of(SPEC, label=None), EdgeRef(2, 3, 5))
    assert (bare.gradient, bare.delta, bare.new_w, bare.rule) == (None, None, None, None)


def test_means_silence_and_dropout_are_no_equality() -> None:
    snapshot = snapshot_of(SPEC)
    x = np.random.default_rng(1).uniform(-1, 1, (40, 6)).astype(np.float32)
    many = forward(snapshot.parameters, SPEC.activations, x)
    mean = ForwardPass(
        x.mean(axis=0, keepdims=True), tuple(z.mean(axis=0, keepdims=True) for z in many.pre_activations),
        tuple(a.mean(axis=0, keepdims=True) for a in many.activations),
    )
    made = explain_unit(replace(snapshot, forward=mean, count=40), UnitRef(2, 1))
    assert made.reason == "mean over 40 samples"
    assert made.slope is None
    assert made.total == pytest.approx(float(many.pre_activations[1][:, 1].mean()), abs=1e-6)  # linear: exact
    assert made.a == pytest.approx(float(many.activations[1][:, 1].mean()), abs=1e-7)
    silent = explain_unit(replace(snapshot, hand=HandMarks(silenced=frozenset({(1, 3)}))), UnitRef(1, 3))
    assert (silent.factor, silent.reason) == (0.0, "silenced by hand")
    spec = NetworkSpec((6,), (LayerSpec(4, "relu", dropout=0.5), LayerSpec(3, "softmax")))
    dropped = replace(snapshot_of(spec), dropped=(np.array([True, False, False, True]), None))
    assert explain_unit(dropped, UnitRef(1, 0)).factor == 0
    kept = explain_unit(dropped, UnitRef(1, 1))
    assert kept.factor == 2
    assert "0.5" in kept.reason


def test_what_a_network_has_and_what_not() -> None:
    spec = NetworkSpec((2,), (LayerSpec(3, use_bias=False), LayerSpec(1, "linear")))
    there = [UnitRef(0, 1), UnitRef(2, 0), UnitRef(1, BIAS), EdgeRef(1, 1, 2), EdgeRef(2, BIAS, 0)]
    absent = [
        UnitRef(0, 2), UnitRef(3, 0), UnitRef(0, BIAS), UnitRef(2, BIAS), UnitRef(1, -2), EdgeRef(0, 0, 0),
        EdgeRef(1, 2, 0), EdgeRef(1, BIAS, 0), EdgeRef(2, 3, 0), EdgeRef(1, -2, 0),
    ]
    assert all(fits(spec, ref) for ref in there)
    assert not any(fits(spec, ref) for ref in absent)
    snapshot = snapshot_of(spec, target=[1.0], loss="mean_squared_error")
    with pytest.raises(SpecError, match=r"2-3-1 has no UnitRef\(layer=3, unit=0\)"):
        explain_unit(snapshot, UnitRef(3, 0))
    with pytest.raises(SpecError, match="has no EdgeRef"):
        explain_edge(snapshot, EdgeRef(1, BIAS, 0))
    assert explain_unit(snapshot, UnitRef(1, BIAS)).a == 1


def test_most_exciting_samples_are_those_of_the_largest_activation() -> None:
    parameters = random_parameters(SPEC)
    x = np.random.default_rng(9).normal(0, 1, (611, 6)).astype(np.float32)
    ref = UnitRef(1, 4)
    found = most_exciting(SPEC, parameters, x, ref)
    assert found is not None
    one_by_one = np.array([max(0.0, float(row @ parameters[0].kernel[:, 4] + parameters[0].bias[4])) for row in x])
    assert found.samples.tolist() == np.argsort(-one_by_one, kind="stable")[:8].tolist()
    assert found.values == pytest.approx(np.sort(one_by_one)[::-1][:8], rel=1e-5)
    assert (found.zeros, found.count) == (int((one_by_one == 0).sum()), 611)
    deep = most_exciting(SPEC, parameters, x, UnitRef(2, 0), silenced=frozenset({(1, 4)}))
    assert deep is not None
    cut = tuple(
        replace(layer, kernel=np.where(np.arange(9)[:, None] == 4, 0, layer.kernel)) if k == 1 else layer
        for k, layer in enumerate(parameters)
    )
    wanted = forward(cut, SPEC.activations, x).activations[1][:, 0]
    assert deep.samples.tolist() == np.argsort(-wanted, kind="stable")[:8].tolist()
    assert most_exciting(SPEC, parameters, x, ref, given_up=lambda: True) is None
    never = most_exciting(SPEC, parameters, np.zeros((5, 6), np.float32), UnitRef(0, 1))
    assert never is not None
    assert (len(never.samples), never.zeros) == (0, 5)


def test_keys_walk_over_what_is_drawn() -> None:
    snapshot = snapshot_of(SPEC)
    layout = arrange(SPEC, 900, 560)
    start = step(layout, snapshot, None, "down")
    assert start == UnitRef(3, snapshot.predicted)
    products = np.abs(snapshot.forward.activations[1][0] * snapshot.parameters[2].kernel[:, snapshot.predicted])
    assert step(layout, snapshot, start, "left") == UnitRef(2, int(np.argmax(products)))
    assert step(layout, snapshot, start, "right") == start
    assert step(layout, snapshot, UnitRef(2, 3), "up") == UnitRef(2, 2)
    assert step(layout, snapshot, UnitRef(2, 0), "up") == UnitRef(2, 0)
    assert step(layout, snapshot, UnitRef(2, 3), "first") == UnitRef(2, 0)
    assert step(layout, snapshot, UnitRef(2, 3), "last") == UnitRef(2, 6)
    edge = strongest_edge(layout, snapshot, start if isinstance(start, UnitRef) else UnitRef(3, 0))
    assert edge == EdgeRef(3, int(np.argmax(products)), snapshot.predicted)
    assert step(layout, snapshot, EdgeRef(3, 2, 1), "left") == UnitRef(2, 2)
    assert step(layout, snapshot, EdgeRef(3, 2, 1), "right") == UnitRef(3, 1)
    assert step(layout, snapshot, EdgeRef(3, 2, 1), "down") == EdgeRef(3, 3, 1)
    assert step(layout, snapshot, EdgeRef(3, 2, 1), "last") == EdgeRef(3, BIAS, 1)


def test_keys_pass_over_units_that_are_elided() -> None:
    spec = NetworkSpec((6,), (LayerSpec(300), LayerSpec(3, "softmax")))
    snapshot: Snapshot = snapshot_of(spec)
    layout = arrange(spec, 900, 400, fold_of=lambda _layer: "elided")
    shown = layout.boxes[1].shown.tolist()
    assert len(shown) < 300
    at, seen = UnitRef(1, shown[0]), [shown[0]]
    for _ in range(len(shown) - 1):
        following = step(layout, snapshot, at, "down")
        assert isinstance(following, UnitRef)
        at = following
        seen.append(at.unit)
    assert seen == shown
    left = step(layout, snapshot, UnitRef(2, 1), "left")
    assert isinstance(left, UnitRef)
    assert left.unit in shown


@pytest.mark.parametrize(("name", "momentum"), [("adamw", 0.9), ("nadam", 0.9), ("momentum", 0.0)])
def test_a_step_of_the_real_training_is_explained(keras: Any, name: str, momentum: float) -> None:
    from nnviz.training.engine import TrainingRun
    from nnviz.training.keras_backend import KerasBackend
    from nnviz.training.pacer import Pacer
    from nnviz.training.snapshots import step_with_snapshot
    from tests.tiny import blobs, small_config, small_spec

    data = blobs()
    backend = KerasBackend(small_spec(), small_config(optimizer=name, momentum=momentum))
    run = TrainingRun(backend, data, generation=1, pacer=Pacer(fixed=4))
    for _ in range(2):
        _, shown = step_with_snapshot(run, data.test.x[0], int(data.test.y[0]))
    backend.close()
    for ref in (EdgeRef(1, 3, 2), EdgeRef(2, BIAS, 1), EdgeRef(3, 4, 0)):
        made = explain_edge(shown, ref)
        assert made.rule is not None
        assert made.rule.iteration == 2
        assert made.delta is not None
        assert made.rule.delta == pytest.approx(made.delta, rel=2e-5, abs=2e-7 * abs(made.w) + 1e-9)
