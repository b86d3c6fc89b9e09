"""What a snapshot tells of the optimizer, against Keras's published rules, written out here in float64."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.parameters import Parameters
from nnviz.spec import OPTIMIZERS, LayerSpec, NetworkSpec, TrainingConfig
from nnviz.training.engine import TrainingRun, epoch_order, train
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.pacer import Pacer
from nnviz.training.records import OptimizerStep
from nnviz.training.schedules import learning_rates
from nnviz.training.snapshots import step_on_sample, step_with_snapshot
from tests.tiny import BATCH_SIZE, CLASSES, INPUTS, STEPS_PER_EPOCH, blobs, small_config, small_spec

DATA = blobs()
SAMPLE, LABEL = DATA.test.x[0], int(DATA.test.y[0])
PENALISED = NetworkSpec((INPUTS,), (
    LayerSpec(7, "prelu", l1=0.003, l2=0.02), LayerSpec(5, "tanh", use_bias=False), LayerSpec(CLASSES, "softmax"),
))  # fmt: skip
Array = np.ndarray
Slots = dict[str, Array]


def _run(spec: NetworkSpec, config: TrainingConfig) -> TrainingRun:
    return TrainingRun(KerasBackend(spec, config), DATA, generation=1, pacer=Pacer(fixed=4))


def _flat(parameters: Parameters) -> Array:
    return np.concatenate([array.ravel().astype(np.float64) for layer in parameters for array in layer.arrays])


def _sgd(g: Array, w: Array, rate: float, t: int, c: dict[str, float], s: Slots) -> tuple[Array, Slots]:
    return -rate * g, {}


def _momentum(g: Array, w: Array, rate: float, t: int, c: dict[str, float], s: Slots) -> tuple[Array, Slots]:
    m = c["momentum"] * s["momentum"] - rate * g
    return (c["momentum"] * m - rate * g if "nesterov" in c else m), {"momentum": m}


def _adagrad(g: Array, w: Array, rate: float, t: int, c: dict[str, float], s: Slots) -> tuple[Array, Slots]:
    total = s["accumulator"] + g**2
    return -rate * g / np.sqrt(total + c["epsilon"]), {"accumulator": total}


def _rmsprop(g: Array, w: Array, rate: float, t: int, c: dict[str, float], s: Slots) -> tuple[Array, Slots]:
    v = c["rho"] * s["v"] + (1 - c["rho"]) * g**2
    return -rate * g / np.sqrt(v + c["epsilon"]), {"v": v}


def _moments(g: Array, c: dict[str, float], s: Slots) -> Slots:
    b1, b2 = c["beta_1"], c["beta_2"]
    return {"m": b1 * s["m"] + (1 - b1) * g, "v": b2 * s["v"] + (1 - b2) * g**2}


def _adam(g: Array, w: Array, rate: float, t: int, c: dict[str, float], s: Slots) -> tuple[Array, Slots]:
    after = _moments(g, c, s)
    alpha = rate * np.sqrt(1 - c["beta_2"] ** t) / (1 - c["beta_1"] ** t)
    move = -alpha * after["m"] / (np.sqrt(after["v"]) + c["epsilon"])
    return move - rate * c.get("weight_decay", 0.0) * w, after


def _nadam(g: Array, w: Array, rate: float, t: int, c: dict[str, float], s: Slots) -> tuple[Array, Slots]:
    after = _moments(g, c, s)
    u = [c["beta_1"] * (1 - 0.5 * c["schedule_decay"] ** i) for i in range(t + 2)]
    product = np.prod(u[1 : t + 1])
    assert c["u_product"] == pytest.approx(product, rel=1e-5)
    m = u[t + 1] * after["m"] / (1 - product * u[t + 1]) + (1 - u[t]) * g / (1 - product)
    return -rate * m / (np.sqrt(after["v"] / (1 - c["beta_2"] ** t)) + c["epsilon"]), after


RULES: dict[str, Callable[..., tuple[Array, Slots]]] = {
    "sgd": _sgd, "momentum": _momentum, "nesterov": _momentum, "adagrad": _adagrad, "rmsprop": _rmsprop,
    "adam": _adam, "adamw": _adam, "nadam": _nadam,
}  # fmt: skip


def _follows_the_rule(step: OptimizerStep, parameters: Parameters, update: Parameters) -> None:
    before = {name: _flat(values) for name, values in step.before}
    w, rate, constants = _flat(parameters), step.learning_rate, dict(step.constants)
    move, after = RULES[step.name](_flat(step.gradient), w, rate, step.iteration, constants, before)
    # The update is the difference of two float32 weights: rounded to 1.2e-7 of the weight.
    rounding = 2e-7 * (np.abs(w) + np.abs(move))
    off = np.abs(_flat(update) - move)
    assert np.all(off <= 1e-5 * np.abs(move) + rounding), off.max()
    told = {name: _flat(values) for name, values in step.after}
    assert told.keys() == before.keys() == after.keys()
    for name, values in after.items():
        np.testing.assert_allclose(told[name], values, rtol=2e-5, atol=1e-9)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_rule_with_the_numbers_of_a_shown_step_gives_its_update(optimizer: str) -> None:
    assert set(RULES) == set(OPTIMIZERS)
    run = _run(PENALISED, small_config(optimizer=optimizer))
    seen = []
    for _ in range(3):
        _, shown = step_with_snapshot(run, SAMPLE, LABEL)
        assert shown.optimizer is not None
        assert shown.update is not None
        _follows_the_rule(shown.optimizer, shown.parameters, shown.update)
        seen.append(shown.optimizer)
    list(train(run, 5))  # unseen ones between
    _, shown = step_on_sample(run, SAMPLE, LABEL)
    assert shown.optimizer is not None
    assert shown.update is not None
    _follows_the_rule(shown.optimizer, shown.parameters, shown.update)
    run.backend.close()
    assert [step.iteration for step in seen] == [1, 2, 3]
    assert shown.optimizer.iteration == 9
    for earlier, later in itertools.pairwise(seen):
        for (_, after), (_, before) in zip(earlier.after, later.before, strict=True):
            np.testing.assert_array_equal(_flat(after), _flat(before))
    assert not any(array.flags.writeable for layer in shown.optimizer.gradient for array in layer.arrays)


def test_the_gradient_given_to_the_optimizer_is_that_of_the_batch_with_its_penalties() -> None:
    run = _run(PENALISED, small_config())
    list(train(run, 2))
    _, shown = step_with_snapshot(run, SAMPLE, LABEL)
    run.backend.close()
    rows = epoch_order(len(DATA.train), 3, 1, shuffle=True)[2 * BATCH_SIZE : 3 * BATCH_SIZE]
    doubles = tuple(layer.mapped(lambda array: array.astype(np.float64)) for layer in shown.parameters)
    passed = forward(doubles, PENALISED.activations, DATA.train.x[rows].astype(np.float64))
    wanted = backward(
        doubles, PENALISED.activations, passed, DATA.train.y[rows],
        use_bias=tuple(layer.use_bias for layer in PENALISED.layers),
    ).parameters  # fmt: skip
    first = doubles[0].kernel
    penalised = replace(wanted[0], kernel=wanted[0].kernel + 0.003 * np.sign(first) + 0.04 * first)
    assert shown.optimizer is not None
    np.testing.assert_allclose(_flat(shown.optimizer.gradient), _flat((penalised, *wanted[1:])), rtol=1e-4, atol=1e-7)


def test_the_learning_rate_told_is_that_of_the_step() -> None:
    config = small_config(schedule="exponential", decay_factor=0.1, decay_epochs=1.0)
    run = _run(small_spec(), config)
    list(train(run, 4))
    _, shown = step_with_snapshot(run, SAMPLE, LABEL)
    run.backend.close()
    assert shown.optimizer is not None
    assert shown.optimizer.learning_rate == pytest.approx(learning_rates(config, 4, 1, STEPS_PER_EPOCH)[0])
    assert shown.optimizer.learning_rate < config.learning_rate


def test_what_a_snapshot_tells_stays_as_it_was() -> None:
    """Its arrays are TensorFlow's own memory: later steps, new weights and a reset must not reach them."""
    run = _run(small_spec(), small_config())
    _, shown = step_with_snapshot(run, SAMPLE, LABEL)
    assert shown.optimizer is not None
    told = [shown.parameters, shown.optimizer.gradient, shown.optimizer.before[0][1], shown.optimizer.after[1][1]]
    kept = [_flat(values) for values in told]
    list(train(run, 30))
    run.backend.set_parameters(told[1])
    list(train(run, 1))
    run.backend.reset(9)
    list(train(run, 5))
    run.backend.close()
    for values, before in zip(told, kept, strict=True):
        np.testing.assert_array_equal(_flat(values), before)
