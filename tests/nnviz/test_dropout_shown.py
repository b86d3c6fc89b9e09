"""The pass as in training, with units off: against NumPy and against what the optimizer was really given."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from nnviz.maths.activations import activate
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.parameters import Parameters
from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.training.engine import TrainingRun, train
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.pacer import Pacer
from nnviz.training.records import Snapshot
from nnviz.training.snapshots import snapshot, step_on_sample, step_with_snapshot
from tests.tiny import CLASSES, INPUTS, blobs, small_config, small_spec

DATA = blobs()
SAMPLE, LABEL = DATA.test.x[0], int(DATA.test.y[0])
RATES = (0.4, 0.5)
SPEC = NetworkSpec((INPUTS,), (
    LayerSpec(40, "sigmoid", dropout=RATES[0]), LayerSpec(9, "tanh"), LayerSpec(30, "prelu", dropout=RATES[1]),
    LayerSpec(CLASSES, "softmax"),
))  # fmt: skip
NORMALISED = NetworkSpec((INPUTS,), (
    LayerSpec(20, "tanh", batch_norm=True, dropout=0.5), LayerSpec(CLASSES, "softmax"),
))  # fmt: skip


def _run(spec: NetworkSpec = SPEC) -> TrainingRun:
    made = TrainingRun(KerasBackend(spec, small_config()), DATA, generation=1, pacer=Pacer(fixed=4))
    list(train(made, 3))
    return made


@pytest.fixture(scope="module")
def run() -> Iterator[TrainingRun]:
    """One that is looked at and goes on; compiling it takes seconds."""
    made = _run()
    yield made
    made.backend.close()


def _flat(parameters: Parameters) -> np.ndarray:
    return np.concatenate([array.ravel() for layer in parameters for array in layer.arrays])


def _check_with_numpy(shown: Snapshot) -> None:
    """Inverted dropout (Keras): a = 0 for a unit that is off, φ(n) / (1 − rate) for the others."""
    assert shown.dropped is not None
    assert shown.gradients is not None
    factors = []
    for layer, mask in zip(shown.spec.layers, shown.dropped, strict=True):
        assert (mask is not None) == (layer.dropout > 0)
        factors.append(None if mask is None else np.where(mask, 0, 1 / (1 - layer.dropout)))
    doubles = tuple(layer.mapped(lambda array: array.astype(np.float64)) for layer in shown.parameters)
    passed = forward(doubles, shown.spec.activations, shown.forward.inputs.astype(np.float64), factors=tuple(factors))
    gradients = backward(doubles, shown.spec.activations, passed, np.array([LABEL]))
    assert shown.gradients.loss == pytest.approx(gradients.loss, rel=1e-5)
    for ours, theirs in (
        (shown.forward.activations, passed.activations),
        (shown.forward.pre_activations, passed.pre_activations),
        (shown.gradients.pre_activations, gradients.pre_activations),
        (shown.gradients.activations, gradients.activations),
    ):
        for mine, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(mine, other, rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(_flat(shown.gradients.parameters), _flat(gradients.parameters), rtol=1e-4, atol=1e-6)


def test_the_units_that_were_off_in_a_step_on_the_sample_are_those_that_are_shown(run: TrainingRun) -> None:
    """The compiled step dropped them itself; its gradient is that of the pass shown only if the masks are the same."""
    _, shown = step_on_sample(run, SAMPLE, LABEL, dropout=True)
    assert shown.optimizer is not None
    assert shown.gradients is not None
    np.testing.assert_allclose(
        _flat(shown.optimizer.gradient), _flat(shown.gradients.parameters), rtol=1e-4, atol=1e-7
    )
    _check_with_numpy(shown)


def test_a_dropped_unit_says_nothing_and_the_others_speak_up(run: TrainingRun) -> None:
    plain = snapshot(run, SAMPLE, LABEL)
    shown = snapshot(run, SAMPLE, LABEL, dropout=True)
    assert plain.dropped is None
    assert plain.forward.factors == (None,) * 4
    assert shown.dropped is not None
    first = shown.dropped[0]
    assert first is not None
    assert shown.dropped[1] is None
    # The first layer's z is the same with and without: dropout comes after it.
    phi = activate("sigmoid", plain.forward.pre_activations[0][0])
    np.testing.assert_allclose(shown.forward.activations[0][0], np.where(first, 0, phi / (1 - RATES[0])), rtol=1e-5)
    assert 4 < first.sum() < 30  # of 40, 16 expected
    assert shown.gradients is not None
    assert np.all(shown.gradients.pre_activations[0][0][first] == 0)
    _check_with_numpy(shown)


def test_each_step_draws_others_and_the_prediction_after_it_has_the_same_off(run: TrainingRun) -> None:
    _, one = step_with_snapshot(run, SAMPLE, LABEL, dropout=True)
    _, two = step_with_snapshot(run, SAMPLE, LABEL, dropout=True)
    for shown in (one, two):
        _check_with_numpy(shown)
        assert shown.forward_after is not None
        for factor, after in zip(shown.forward.factors, shown.forward_after.factors, strict=True):
            assert (factor is None) == (after is None)
            assert factor is None or after is None or np.array_equal(factor, after)
    assert one.dropped is not None
    assert two.dropped is not None
    assert not np.array_equal(one.dropped[0], two.dropped[0])


def test_looking_at_dropout_changes_no_step() -> None:
    weights = []
    for dropout in (False, True):
        run = _run()
        for _ in range(3):
            step_with_snapshot(run, SAMPLE, LABEL, dropout=dropout)
        weights.append(_flat(run.backend.parameters()))
        run.backend.close()
    np.testing.assert_array_equal(*weights)


def test_batch_normalisation_has_its_moving_mean_also_with_units_off() -> None:
    run = _run(NORMALISED)
    _check_with_numpy(snapshot(run, SAMPLE, LABEL, dropout=True))
    drawn = snapshot(run, SAMPLE, None, dropout=True)
    run.backend.close()
    assert drawn.dropped is not None
    assert drawn.gradients is None


def test_a_network_without_dropout_has_nothing_to_show() -> None:
    run = _run(small_spec())
    shown = snapshot(run, SAMPLE, LABEL, dropout=True)
    run.backend.close()
    assert shown.dropped is None
