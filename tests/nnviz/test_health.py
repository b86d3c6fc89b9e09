"""Each rule is provoked by a network that Keras really trains, and stays silent on runs that learn well."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from nnviz.data.datasets import Dataset, Split, load
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters, Parameters, initial_parameters
from nnviz.spec import LayerSpec, NetworkSpec, Plan, TrainingConfig, recommended_plan
from nnviz.training.activation_stats import activation_stats
from nnviz.training.engine import TrainingDivergedError, TrainingRun, train
from nnviz.training.findings import Finding
from nnviz.training.health import Watcher
from nnviz.training.history import History
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.records import ChangeRecord, EpochRecord, StepRecords

LOOK_EVERY = 40


@dataclass
class Run:
    """A training that was watched: what it left, and every finding there ever was in it."""

    history: History
    watcher: Watcher
    ever: dict[str, Finding] = field(default_factory=dict)
    diverged: TrainingDivergedError | None = None
    parameters: Parameters = ()

    def now(self, rule: str) -> Finding:
        found = [finding for finding in self.watcher.findings if finding.rule == rule]
        assert found, [finding.title for finding in self.watcher.findings]
        return found[0]

    @property
    def rules(self) -> set[str]:
        return {finding.rule for finding in self.watcher.findings}


def watched(plan: Plan, data: Dataset, parameters: Parameters | None = None, steps: int = 400) -> Run:
    """Train with Keras for so many steps, looking on as the window does."""
    backend = KerasBackend(plan.spec, plan.config, parameters, data.task)
    training = TrainingRun(backend, data)
    made = Run(History(len(plan.spec.layers)), Watcher(plan, len(data.validation)))
    x = (data.validation if len(data.validation) else data.train).x
    looked = 0
    try:
        for record in train(training):
            if isinstance(record, EpochRecord):
                made.history.append_epoch(record)
            else:
                made.history.append(record)
            made.watcher.watch(made.history)
            if training.step >= looked + LOOK_EVERY:
                looked = training.step
                made.watcher.look(activation_stats(backend.parameters(), plan.spec.activations, x, looked))
            made.ever.update({finding.rule: finding for finding in made.watcher.findings})
            if training.step >= steps:
                break
    except TrainingDivergedError as error:
        made.diverged = error
        made.watcher.note_divergence(error.step, error.kept_step)
    finally:
        made.parameters = backend.parameters()
        backend.close()
    return made


def digits(train_count: int = 2_000, validation_count: int = 500) -> Dataset:
    """Return the first digits of MNIST."""
    whole = load("mnist")
    train_split, validation = whole.train, whole.validation
    return replace(
        whole, train=Split(train_split.x[:train_count], train_split.y[:train_count]),
        validation=Split(validation.x[:validation_count], validation.y[:validation_count]),
    )


def network(
    data: Dataset, hidden: tuple[int, ...], activation: str, initializer: str = "glorot_uniform"
) -> NetworkSpec:
    """Return a classifier with hidden layers of one kind."""
    layers = [LayerSpec(units, activation, initializer) for units in hidden]
    return NetworkSpec(data.input_shape, (*layers, LayerSpec(len(data.class_names), "softmax", initializer)))


DIGITS = digits()
CONFIG = TrainingConfig(epochs=50)


# -- provoked ------------------------------------------------------------------------------------------------------


def test_a_huge_rate_that_ends_in_infinity() -> None:
    plan = Plan(network(DIGITS, (32, 16), "linear"), replace(CONFIG, optimizer="sgd", learning_rate=1000.0))
    run = watched(plan, DIGITS)
    assert run.diverged is not None
    finding = run.now("not_finite")
    assert finding.severity == "error"
    assert finding.first_step == run.diverged.step
    assert f"step {run.diverged.step:,}" in finding.why
    assert f"step {run.diverged.kept_step:,}" in finding.why
    assert all(np.isfinite(array).all() for layer in run.parameters for array in layer.arrays), "the kept weights"
    assert finding.fix is not None
    assert finding.fix.words == "Learning rate 1000 → 0.1"
    assert finding.fix.restart
    assert finding.fix.change(plan) == replace(plan, config=replace(plan.config, learning_rate=0.1))
    # It is over when training has gone on beyond that step.
    first, count = run.history.step[-1] + 1, 64
    tail = np.full(count, 1.0, np.float32)
    wide = np.full((count, 3), 0.1, np.float32)
    run.history.append(StepRecords(0, int(first), 1, tail, tail, wide, wide, tail))
    run.watcher.watch(run.history)
    assert "not_finite" not in run.rules


def test_a_loss_in_the_history_that_is_not_finite() -> None:
    plan = Plan(network(DIGITS, (8,), "relu"), CONFIG)
    history, watcher = History(2), Watcher(plan)
    loss = np.array([2.0, 1.5, math.nan, math.nan], np.float32)
    wide = np.full((4, 2), 0.1, np.float32)
    history.append(StepRecords(0, 1, 1, loss, loss, wide, wide, loss))
    watcher.watch(history)
    assert [finding.rule for finding in watcher.findings] == ["not_finite"]
    assert watcher.findings[0].first_step == 3
    append(history, np.ones(3))
    watcher.watch(history)
    assert watcher.findings == ()


def test_a_rate_too_large_for_the_batch() -> None:
    plan = Plan(network(DIGITS, (32, 16), "tanh"), replace(CONFIG, learning_rate=1.0))
    run = watched(plan, DIGITS)
    finding = run.now("learning_rate")
    assert finding.first_step == 1
    loss = dict(finding.numbers)["loss"]
    assert loss > 1.25 * math.log(10)
    assert loss == pytest.approx(run.history.loss[: len(run.history) // 32 * 32][-32:].mean(), rel=1e-5)
    assert "batches of 32" in finding.why
    assert finding.fix is not None
    assert finding.fix.words == "Learning rate 1 → 0.01"


def test_tiny_batches_are_made_larger() -> None:
    plan = Plan(network(DIGITS, (32,), "relu"), replace(CONFIG, learning_rate=0.005, batch_size=1))
    few = watched(plan, DIGITS, steps=64)
    # The loss rises again after a while: provoked by the last steps of a run that had been further.
    low, high = np.full(64, 0.05, np.float32), np.full(64, 2.0, np.float32)
    wide = np.full((64, 2), 0.1, np.float32)
    first = int(few.history.step[-1]) + 1
    for number, values in enumerate((low, high)):
        few.history.append(StepRecords(0, first + 64 * number, 1, values, values, wide, wide, values))
    few.watcher.watch(few.history)
    fix = few.now("learning_rate").fix
    assert fix is not None
    assert fix.words == "Batch size 1 → 32"


def test_gradients_explode_where_every_layer_makes_them_larger() -> None:
    spec = network(DIGITS, (64,) * 20, "linear", "he_normal")
    plan = Plan(spec, replace(CONFIG, optimizer="sgd", learning_rate=1e-6))
    run = watched(plan, DIGITS, steps=70)
    finding = run.now("exploding_gradients")
    assert finding.severity == "error"
    assert finding.layer is not None
    block = run.history.kernel_rms[: len(run.history) // 32 * 32][-32:, finding.layer - 1]
    norm = np.exp(np.log(block).mean()) * math.sqrt(
        spec.sizes[finding.layer - 1] * spec.sizes[finding.layer]
    )
    assert dict(finding.numbers)["gradient norm"] == pytest.approx(norm, rel=1e-4)
    assert finding.fix is not None
    assert "he normal → glorot uniform" in finding.fix.words


def test_gradients_vanish_in_eight_sigmoid_layers() -> None:
    spec = network(DIGITS, (32,) * 8, "sigmoid", "random_normal")
    plan = Plan(spec, replace(CONFIG, optimizer="sgd", learning_rate=0.1))
    run = watched(plan, DIGITS)
    finding = run.now("vanishing_gradients")
    assert (finding.layer, finding.first_step) == (1, 1)
    rms = run.history.kernel_rms[: len(run.history) // 32 * 32][-32:].mean(axis=0, dtype=np.float64)
    assert dict(finding.numbers)["ratio to the largest"] == pytest.approx(rms[0] / rms.max(), rel=1e-4)
    assert rms[0] / rms.max() < 1e-6
    stuck = run.now("no_progress")
    assert "Vanishing gradients in layer 1" in stuck.why
    assert stuck.fix == finding.fix
    assert finding.fix is not None
    assert finding.fix.restart
    assert "sigmoid → ReLU" in finding.fix.words


def test_dead_units_behind_a_large_negative_bias() -> None:
    spec = network(DIGITS, (32, 16), "relu")
    first, *rest = initial_parameters(spec, 0)
    dead = (LayerParameters(first.kernel, np.full(32, -50, np.float32)), *rest)
    plan = Plan(spec, CONFIG)
    run = watched(plan, DIGITS, dead)
    finding = run.now("dead_units")
    assert (finding.layer, finding.severity, finding.units) == (1, "error", tuple(range(32)))
    passed = forward(run.parameters, spec.activations, DIGITS.validation.x[:256])
    assert not passed.activations[0].any()
    assert finding.fix is not None
    assert finding.fix.words == "Activation of layer 1 ReLU → leaky ReLU"
    assert not finding.fix.restart, "the weights can be kept"
    assert "see: Dead ReLU units in layer 1" in run.now("no_progress").why
    run.watcher.set_plan(finding.fix.change(plan))
    assert 1 not in {f.layer for f in run.watcher.findings if f.rule == "dead_units"}


def test_some_dead_units_are_named_by_number() -> None:
    spec = network(DIGITS, (10,), "relu")
    first, *rest = initial_parameters(spec, 0)
    bias = np.zeros(10, np.float32)
    bias[:6] = -50
    stats = activation_stats((LayerParameters(first.kernel, bias), *rest), spec.activations, DIGITS.validation.x, 7)
    watcher = Watcher(Plan(spec, CONFIG))
    watcher.look(stats)
    (finding,) = watcher.findings
    assert (finding.units, finding.severity, finding.first_step) == (tuple(range(6)), "warning", 7)
    assert dict(finding.numbers)["share of units"] == 0.6
    watcher.look(activation_stats((first, *rest), spec.activations, DIGITS.validation.x, 9))
    assert watcher.findings == ()


@pytest.mark.parametrize("activation", [pytest.param("sigmoid", marks=pytest.mark.slow), "tanh"])
def test_units_saturate_behind_large_weights(activation: str) -> None:
    spec = network(DIGITS, (16, 8), activation)
    first, *rest = initial_parameters(spec, 0)
    # Rates far below what could bring them back in so few steps.
    plan = Plan(spec, replace(CONFIG, optimizer="sgd", learning_rate=0.01))
    run = watched(plan, DIGITS, (LayerParameters(400 * first.kernel, first.bias), *rest), steps=100)
    finding = run.now("saturated_units")
    assert finding.layer == 1
    a = forward(run.parameters, spec.activations, DIGITS.validation.x[:256]).activations[0]
    far = np.abs(a) > math.sqrt(0.95) if activation == "tanh" else np.abs(2 * a - 1) > math.sqrt(0.95)
    assert finding.units is not None
    assert set(np.flatnonzero(far.mean(axis=0) >= 0.97)) <= set(finding.units)
    assert set(finding.units) <= set(np.flatnonzero(far.mean(axis=0) >= 0.93))
    assert finding.fix is not None
    assert f"{activation} → ReLU" in finding.fix.words


@pytest.mark.parametrize("activation", [pytest.param("relu", marks=pytest.mark.slow), "tanh"])
def test_nothing_moves_from_zeros(activation: str) -> None:
    plan = Plan(network(DIGITS, (16, 8), activation, "zeros"), CONFIG)
    run = watched(plan, DIGITS)
    finding = run.now("no_progress")
    assert finding.first_step == 1
    assert "all weights began at 0" in finding.why
    assert finding.fix is not None
    healed = finding.fix.change(plan)
    assert "zeros" not in {layer.kernel_initializer for layer in healed.spec.layers}


def test_nothing_moves_at_a_tiny_rate() -> None:
    plan = Plan(network(DIGITS, (16, 8), "tanh"), replace(CONFIG, optimizer="sgd", learning_rate=1e-6))
    run = watched(plan, DIGITS)
    finding = run.now("no_progress")
    assert finding.fix is not None
    assert finding.fix.words == "Learning rate 0.000001 → 0.01"
    assert not finding.fix.restart


def test_few_samples_are_learnt_by_heart() -> None:
    data = digits(200, 500)
    plan = Plan(network(data, (64, 32), "relu"), replace(CONFIG, epochs=70))
    run = watched(plan, data, steps=500)
    finding = run.now("overfitting")
    validation = [epoch.validation_loss for epoch in run.history.epochs]
    best = run.history.epochs[int(np.argmin(validation))]
    assert finding.first_step == best.step
    assert dict(finding.numbers)["lowest validation loss"] == min(validation)
    assert min(validation[-5:]) > 1.1 * min(validation)
    assert finding.fix is not None
    assert finding.fix.words == "Dropout of layers 1 and 2 0 → 0.3"
    with_dropout = finding.fix.change(plan)
    assert [layer.dropout for layer in with_dropout.spec.layers] == [0.3, 0.3, 0.0]
    run.watcher.set_plan(with_dropout)
    assert run.now("overfitting").fix != finding.fix, "the next thing to try"


SICK = {
    "learning_rate": Plan(network(DIGITS, (32, 16), "tanh"), replace(CONFIG, learning_rate=1.0)),
    "exploding_gradients": Plan(
        network(DIGITS, (64,) * 20, "linear", "he_normal"), replace(CONFIG, optimizer="sgd", learning_rate=1e-6)
    ),
    "vanishing_gradients": Plan(
        network(DIGITS, (32,) * 8, "sigmoid", "random_normal"), replace(CONFIG, optimizer="sgd", learning_rate=0.1)
    ),
    "dead_units": Plan(network(DIGITS, (32, 16), "relu"), replace(CONFIG, learning_rate=0.3)),
    "saturated_units": Plan(network(DIGITS, (32, 16), "sigmoid"), replace(CONFIG, learning_rate=1.0)),
    "no_progress": Plan(network(DIGITS, (16, 8), "tanh", "zeros"), CONFIG),
}


@pytest.mark.slow
@pytest.mark.parametrize("rule", SICK)
def test_the_fix_mends_it(rule: str) -> None:
    plan = SICK[rule]
    finding = watched(plan, DIGITS).now(rule)
    for _ in range(3):
        assert finding.fix is not None
        plan = finding.fix.change(plan)
        healed = watched(plan, DIGITS)
        if rule not in healed.rules:
            break
        finding = healed.now(rule)
    assert rule not in healed.rules
    assert healed.history.loss[-32:].mean() < healed.history.loss[:8].mean() or rule == "exploding_gradients"


# -- silent --------------------------------------------------------------------------------------------------------


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "steps", "seed"),
    [
        ("iris", 500, 0), ("xor", 1_500, 0), pytest.param("wine", 500, 0, marks=SLOW),
        pytest.param("breast-cancer", 500, 0, marks=SLOW), pytest.param("iris", 500, 1, marks=SLOW),
        pytest.param("xor", 1_500, 1, marks=SLOW), pytest.param("circle", 1_500, 1, marks=SLOW),
    ],
)
def test_recommended_plans_are_healthy_from_beginning_to_end(name: str, steps: int, seed: int) -> None:
    data = load(name)
    plan = recommended_plan(data.input_shape, data.output_count, len(data.train), data.task)
    run = watched(replace(plan, config=replace(plan.config, seed=seed)), data, steps=steps)
    assert run.ever == {}
    assert run.history.loss[-32:].mean() < 0.35 * run.history.loss[0]


@pytest.mark.parametrize(
    ("activation", "optimizer", "rate"),
    [
        ("relu", "adam", 1e-3), pytest.param("tanh", "sgd", 0.1, marks=SLOW),
        pytest.param("sigmoid", "adam", 1e-3, marks=SLOW), pytest.param("relu", "rmsprop", 1e-3, marks=SLOW),
    ],
)
def test_digits_are_learnt_without_a_finding(activation: str, optimizer: str, rate: float) -> None:
    data = digits(6_000, 1_000)
    plan = recommended_plan(data.input_shape, 10, len(data.train))
    layers = (*(replace(layer, activation=activation) for layer in plan.spec.layers[:-1]), plan.spec.layers[-1])
    config = replace(plan.config, optimizer=optimizer, learning_rate=rate)
    run = watched(Plan(replace(plan.spec, layers=layers), config), data, steps=940)
    assert run.ever == {}
    assert run.history.epochs[-1].validation_metric > 0.9


def test_regression_is_learnt_without_a_finding() -> None:
    data = load("diabetes")
    plan = recommended_plan(data.input_shape, data.output_count, len(data.train), data.task)
    run = watched(replace(plan, config=replace(plan.config, epochs=15)), data)
    assert run.ever == {}


# -- reading -------------------------------------------------------------------------------------------------------


def append(history: History, loss: np.ndarray) -> None:
    first = int(history.step[-1]) + 1 if len(history) else 1
    values = loss.astype(np.float32)
    wide = np.full((len(values), history.layers), 0.1, np.float32)
    history.append(StepRecords(0, first, 1, values, values, wide, wide, values))


def test_pieces_give_what_the_whole_gives() -> None:
    """Read as it comes, 37 steps at a time, or all at once at the end: the same findings since the same steps."""
    plan = Plan(network(DIGITS, (32, 16), "tanh"), replace(CONFIG, learning_rate=0.3))
    done = watched(plan, DIGITS, steps=300).history
    whole, pieces = (Watcher(plan, len(DIGITS.validation)) for _ in range(2))
    whole.watch(done)
    assert whole.findings
    growing = History(done.layers)
    ends = list(done.epochs)
    for start in range(0, len(done), 37):
        part = slice(start, start + 37)
        growing.append(
            StepRecords(
                0, int(done.step[start]), int(done.epoch[start]), done.loss[part], done.metric[part],
                done.kernel_rms[part], done.bias_rms[part], done.learning_rate[part],
            )
        )  # fmt: skip
        while ends and ends[0].step <= growing.step[-1]:
            growing.append_epoch(ends.pop(0))
        pieces.watch(growing)
    assert {f.key: f.first_step for f in pieces.findings} == {f.key: f.first_step for f in whole.findings}


def test_another_history_is_another_run() -> None:
    plan = Plan(network(DIGITS, (8,), "relu"), CONFIG)
    watcher = Watcher(plan)
    sick = History(2)
    append(sick, np.full(400, 2.31))
    watcher.watch(sick)
    assert [finding.rule for finding in watcher.findings] == ["no_progress"]
    fresh = History(2)
    watcher.watch(fresh)
    assert watcher.findings == ()
    append(fresh, np.linspace(2.3, 0.3, 400))
    watcher.watch(fresh)
    assert watcher.findings == ()


def test_a_rise_is_forgiven_to_a_network_that_was_changed() -> None:
    old = Plan(network(DIGITS, (8,), "relu"), CONFIG)
    new = Plan(network(DIGITS, (8, 8), "relu"), CONFIG)
    history, watcher = History(2), Watcher(old)
    append(history, np.linspace(2.3, 0.2, 320))
    watcher.watch(history)
    risen = np.full(64, 1.5)
    copy = History(2)
    append(copy, np.concatenate([np.linspace(2.3, 0.2, 320), risen]))
    without = Watcher(old)
    without.watch(copy)
    assert [finding.rule for finding in without.findings] == ["learning_rate"]
    watcher.set_plan(new)
    parameters = initial_parameters(new.spec, 0)
    history.append_change(ChangeRecord(0, 320, old, new, parameters, (0, None, 1)))
    append(history, risen)
    watcher.watch(history)
    assert watcher.findings == ()


def test_warm_up_is_no_stand_still() -> None:
    spec = network(DIGITS, (8,), "relu")
    for epochs, rules in ((0.0, ["no_progress"]), (1.0, [])):
        history, watcher = History(2), Watcher(Plan(spec, replace(CONFIG, warmup_epochs=epochs)))
        append(history, np.full(400, 2.3))
        watcher.watch(history)
        assert [finding.rule for finding in watcher.findings] == rules
