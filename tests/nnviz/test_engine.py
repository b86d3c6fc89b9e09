"""The generator: order, position, epochs, chunk sizes, snapshots."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from nnviz.errors import SpecError
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.training.engine import TrainingDivergedError, TrainingRun, check_trainable, epoch_order, evaluate, train
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.pacer import Pacer
from nnviz.training.records import EpochRecord, StepRecords
from nnviz.training.snapshots import snapshot, step_on_sample, step_with_snapshot
from tests.tiny import BATCH_SIZE, STEPS_PER_EPOCH, TRAIN_COUNT, blobs, small_config, small_spec

DATA = blobs()
SAMPLE, LABEL = DATA.test.x[0], int(DATA.test.y[0])


def _run(pacer: Pacer | None = None, **changes: object) -> TrainingRun:
    backend = KerasBackend(small_spec(), small_config(**changes))
    return TrainingRun(backend, DATA, generation=4, pacer=pacer)


@pytest.fixture
def run() -> Iterator[TrainingRun]:
    made = _run(Pacer(fixed=4))
    yield made
    made.backend.close()


def _weights(run: TrainingRun) -> np.ndarray:
    return np.concatenate([array.ravel() for array in run.backend.model.get_weights()])


def _losses(records: list[StepRecords | EpochRecord]) -> np.ndarray:
    return np.concatenate([record.loss for record in records if isinstance(record, StepRecords)])


def test_an_epoch_sees_every_sample_once_in_an_order_of_its_own() -> None:
    first, second = (epoch_order(TRAIN_COUNT, 3, epoch, shuffle=True) for epoch in (1, 2))
    assert sorted(first) == list(range(TRAIN_COUNT)) == sorted(second)
    assert list(first) != list(second)
    np.testing.assert_array_equal(first, np.random.default_rng([3, 1]).permutation(TRAIN_COUNT))
    assert list(epoch_order(5, 3, 1, shuffle=False)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("other", [Pacer(fixed=1), Pacer(fixed=5), Pacer(fixed=500), Pacer()])
def test_the_size_of_the_chunks_has_no_influence(other: Pacer) -> None:
    results = []
    for pacer in (Pacer(fixed=3), other):
        run = _run(pacer)
        results.append((_losses(list(train(run))), _weights(run)))
        run.backend.close()
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_records_count_steps_and_chunks_end_with_the_epoch(run: TrainingRun) -> None:
    records = list(train(run))
    steps = [record for record in records if isinstance(record, StepRecords)]
    assert [record.count for record in steps] == [4, 4, 4, 1, 4, 4, 4, 1]
    assert [record.epoch for record in steps] == [1] * 4 + [2] * 4
    numbers = [n for record in steps for n in range(record.first_step, record.last_step + 1)]
    assert numbers == list(range(1, 2 * STEPS_PER_EPOCH + 1))
    ends = [record for record in records if isinstance(record, EpochRecord)]
    assert [(end.epoch, end.step, end.generation) for end in ends] == [(1, 13, 4), (2, 26, 4)]
    assert run.is_finished
    assert list(train(run)) == []


def test_epoch_record_is_what_fit_reports() -> None:
    import keras

    run = _run(shuffle=False)
    layers = [keras.layers.Dense(x.units, activation=x.activation) for x in run.backend.spec.layers]
    twin = keras.Sequential([keras.Input((6,)), *layers])
    twin.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    twin.set_weights(run.backend.model.get_weights())
    fitted = twin.fit(
        DATA.train.x, DATA.train.y, batch_size=BATCH_SIZE, epochs=2, shuffle=False, verbose=0,
        validation_data=(DATA.validation.x, DATA.validation.y),
    ).history  # fmt: skip
    ends = [record for record in train(run) if isinstance(record, EpochRecord)]
    assert [end.loss for end in ends] == pytest.approx(fitted["loss"], rel=1e-3)
    assert [end.metric for end in ends] == pytest.approx(fitted["accuracy"], abs=1e-6)
    assert [end.validation_loss for end in ends] == pytest.approx(fitted["val_loss"], rel=1e-3)
    assert [end.validation_metric for end in ends] == pytest.approx(fitted["val_accuracy"], abs=1e-6)
    run.backend.close()


def test_a_run_paused_stepped_and_dropped_anywhere_is_the_same_run(run: TrainingRun) -> None:
    straight = _run(Pacer(fixed=6))
    expected = _losses(list(train(straight)))
    records: list[StepRecords | EpochRecord] = []
    records += itertools.islice(train(run), 2)  # and the generator is dropped
    records += train(run, "step")
    before = _weights(run)
    assert run.step == 9
    np.testing.assert_array_equal(_weights(run), before)  # paused: nothing happens
    records += train(run, "epoch")
    assert (run.epoch, run.step_in_epoch) == (2, 0)
    records += train(run)
    np.testing.assert_array_equal(_losses(records), expected)
    assert [record.epoch for record in records if isinstance(record, EpochRecord)] == [1, 2]
    np.testing.assert_array_equal(_weights(run), _weights(straight))
    straight.backend.close()


def test_dropped_between_the_last_step_and_the_epochs_record_the_record_comes_later(run: TrainingRun) -> None:
    list(itertools.islice(train(run), 4))
    assert run.is_at_epoch_end
    first, *rest = train(run, "step")
    assert isinstance(first, EpochRecord)
    assert [record.first_step for record in rest if isinstance(record, StepRecords)] == [14]


def test_step_is_one_batch(run: TrainingRun) -> None:
    (record,) = train(run, "step")
    assert isinstance(record, StepRecords)
    assert (record.count, record.first_step) == (1, 1)
    assert int(run.backend.optimizer.iterations.numpy()) == 1


def test_snapshot_changes_nothing_and_has_the_gradients_of_the_sample(run: TrainingRun) -> None:
    before = _weights(run)
    seen = snapshot(run, SAMPLE, LABEL)
    np.testing.assert_array_equal(_weights(run), before)
    names = run.backend.spec.activations
    exact = backward(
        seen.parameters, names, forward(seen.parameters, names, SAMPLE[None]), np.array([LABEL])
    )
    assert seen.gradients is not None
    ours, theirs = seen.gradients.parameters[0].kernel, exact.parameters[0].kernel
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-6)
    assert (seen.step, seen.generation, seen.label, seen.source) == (0, 4, LABEL, "keras")
    assert snapshot(run, SAMPLE, None).gradients is None


def test_step_with_snapshot_is_the_step_that_training_would_have_made(run: TrainingRun) -> None:
    straight = _run(Pacer(fixed=6))
    expected = _losses(list(train(straight)))
    losses, sizes = [], []
    while not run.is_finished:
        before = _weights(run)
        records, seen = step_with_snapshot(run, SAMPLE, LABEL)
        losses += [record for record in records if isinstance(record, StepRecords)]
        sizes.append(seen.update_batch_size)
        assert seen.update is not None
        assert seen.forward_after is not None
        update = np.concatenate([x.ravel() for layer in seen.update for x in (layer.kernel, layer.bias)])
        np.testing.assert_array_equal(update, _weights(run) - before)
        np.testing.assert_array_equal(seen.forward_after.output, run.backend.forward(SAMPLE[None]).output)
        assert seen.step == run.step - 1
    np.testing.assert_array_equal(_losses(list(losses)), expected)
    assert sizes == ([BATCH_SIZE] * 12 + [TRAIN_COUNT % BATCH_SIZE]) * 2
    with pytest.raises(SpecError, match="no step left"):
        step_with_snapshot(run, SAMPLE, LABEL)
    straight.backend.close()


def test_step_on_sample_lowers_its_loss_and_keeps_the_place_in_the_epoch(run: TrainingRun) -> None:
    list(train(run, "step"))
    record, seen = step_on_sample(run, SAMPLE, LABEL)
    assert (record.first_step, record.count, seen.update_batch_size) == (2, 1, 1)
    assert seen.gradients is not None
    assert record.loss[0] == pytest.approx(seen.gradients.loss, rel=1e-4)
    assert seen.forward_after is not None
    assert seen.forward_after.output[0, LABEL] > seen.forward.output[0, LABEL]
    assert (run.step_in_epoch, run.step, run.total_steps) == (1, 2, 2 * STEPS_PER_EPOCH + 1)
    assert [r.count for r in train(run, "epoch") if isinstance(r, StepRecords)] == [4, 4, 4]


def test_divergence_stops_before_the_chunk_and_says_the_step() -> None:
    backend = KerasBackend(small_spec("relu"), small_config(learning_rate=0.25))
    run = TrainingRun(backend, DATA, pacer=Pacer(fixed=1))
    run.backend.set_parameters(
        tuple(type(x)(x.kernel * np.float32(1e30), x.bias) for x in run.backend.parameters())
    )
    before = _weights(run)
    expected = r"step 1 \(epoch 1\).*step 0 are kept.*below 0.25"
    with pytest.raises(TrainingDivergedError, match=expected) as caught:
        list(train(run))
    assert (caught.value.step, caught.value.kept_step, run.step) == (1, 0, 0)
    np.testing.assert_array_equal(_weights(run), before)
    run.backend.close()


def test_more_epochs_continue_a_finished_run(run: TrainingRun) -> None:
    list(train(run))
    run.backend.set_epochs(3)
    assert [r.epoch for r in train(run) if isinstance(r, EpochRecord)] == [3]


def test_evaluation_counts_right_answers(run: TrainingRun) -> None:
    list(train(run))
    seen = evaluate(run, "test")
    assert seen is not None
    right = run.backend.forward(DATA.test.x).output.argmax(axis=1) == DATA.test.y
    assert seen.metric == pytest.approx(right.mean())
    assert (seen.count, seen.step, seen.split) == (30, 26, "test")


def test_a_cancelled_epoch_end_is_made_up_for() -> None:
    cancelled = [True]
    backend = KerasBackend(small_spec(), small_config())
    run = TrainingRun(backend, DATA, cancelled=lambda: cancelled[0])
    assert not any(isinstance(record, EpochRecord) for record in train(run))
    assert run.step == STEPS_PER_EPOCH
    cancelled[0] = False
    assert isinstance(next(train(run)), EpochRecord)
    backend.close()


def test_pacer_aims_at_its_time_and_grows_by_doubling() -> None:
    pacer = Pacer(seconds=0.1)
    taken = []
    for _ in range(8):
        taken.append(pacer.steps)
        pacer.took(pacer.steps, pacer.steps * 0.002)
    assert taken == [1, 2, 4, 8, 16, 32, 50, 50]
    pacer.took(50, 10.0)
    assert pacer.steps == 1


def test_a_step_between_two_chunks_does_not_slow_them_down() -> None:
    pacer = Pacer(seconds=1.0)
    run = _run(pacer)
    chunks = train(run)
    for _ in range(3):
        next(chunks)
    paced = pacer.steps
    assert paced > 1
    step_with_snapshot(run, SAMPLE, LABEL)
    assert pacer.steps == paced
    run.backend.close()


def test_a_network_that_does_not_fit_the_data_is_refused() -> None:
    from nnviz.spec import classifier

    with pytest.raises(SpecError, match="Blobs has 6 inputs, 5-4-3 takes 5"):
        check_trainable(classifier((5,), (4,), 3), DATA, small_config())
    with pytest.raises(SpecError, match="Blobs has 3 classes, 6-4-2 has 2 outputs"):
        check_trainable(classifier((6,), (4,), 2), DATA, small_config())
