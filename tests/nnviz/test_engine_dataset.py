"""A training that goes on with other samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnviz.data.toy_sets import load_toy
from nnviz.errors import SpecError
from nnviz.maths.forward import forward
from nnviz.spec import LayerSpec, NetworkSpec, TrainingConfig
from nnviz.training.engine import TrainingRun, train
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.records import EpochRecord, StepRecords

SPEC = NetworkSpec((2,), (LayerSpec(8, "tanh"), LayerSpec(1, "sigmoid")))
CONFIG = TrainingConfig(learning_rate=0.01, batch_size=10, epochs=4, loss="binary_crossentropy")


@pytest.fixture
def run() -> TrainingRun:
    return TrainingRun(KerasBackend(SPEC, CONFIG, task="binary"), load_toy("gauss", 200, 0.1, 0))


def test_weights_and_steps_go_on_with_other_samples(run: TrainingRun) -> None:
    assert run.steps_per_epoch == 14
    list(train(run, "epoch"))
    for _ in range(3):
        list(train(run, "step"))
    before = run.backend.parameters()
    other = load_toy("gauss", 400, 0.4, 9)
    run.set_dataset(other)
    for mine, theirs in zip(run.backend.parameters(), before, strict=True):
        np.testing.assert_array_equal(mine.kernel, theirs.kernel)
    assert (run.step, run.epoch, run.step_in_epoch, run.steps_per_epoch) == (17, 2, 3, 28)
    # The loss of all new samples by NumPy, with the weights as they are: what evaluation must say of the new split.
    p = forward(before, SPEC.activations, other.test.x).output[:, 0].astype(np.float64)
    y = other.test.y
    wanted = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    evaluated = run.evaluate(run.dataset.split("test"))
    assert evaluated is not None
    assert evaluated[0] == pytest.approx(wanted, rel=1e-4)
    records = list(train(run, "end"))
    steps = [record for record in records if isinstance(record, StepRecords)]
    epochs = [record for record in records if isinstance(record, EpochRecord)]
    assert steps[0].first_step == 18
    assert sum(record.count for record in steps) == 25 + 2 * 28
    assert [record.epoch for record in epochs] == [2, 3, 4]
    assert run.is_finished
    assert run.step == run.total_steps == 98


def test_fewer_samples_end_an_epoch_that_has_had_more(run: TrainingRun) -> None:
    for _ in range(12):
        list(train(run, "step"))
    run.set_dataset(load_toy("gauss", 100, 0.1, 1))
    assert (run.steps_per_epoch, run.step_in_epoch) == (7, 7)
    records = list(train(run, "end"))
    assert isinstance(records[0], EpochRecord)
    assert np.isfinite([record.validation_loss for record in records if isinstance(record, EpochRecord)]).all()
    assert run.step == run.total_steps == 12 + 3 * 7


def test_samples_that_do_not_fit_are_refused_and_the_old_ones_stay(run: TrainingRun) -> None:
    kept = run.dataset
    wrong = load_toy("blobs", 200, 0.1, 0, 3)
    with pytest.raises(SpecError):
        run.set_dataset(wrong)
    with pytest.raises(SpecError, match="inputs"):
        run.set_dataset(replace(kept, train=replace(kept.train, x=np.zeros((140, 5), np.float32))))
    assert run.dataset is kept
    list(train(run, "epoch"))
    assert run.step == 14
