"""The engine through its real thread and signals."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from app.engine_messages import Built, EngineState, Failure, Saved
from app.engine_thread import EngineThread
from app.inbox import Inbox
from nnviz.data.datasets import Dataset
from nnviz.maths.parameters import LayerParameters, glorot_uniform
from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.training.records import EpochRecord, Evaluation, Snapshot, StepRecords
from tests.tiny import INPUTS, STEPS_PER_EPOCH, blobs, small_config, small_spec

DATA = blobs()
SAMPLE, LABEL = DATA.test.x[0], int(DATA.test.y[0])
WAIT_MS = 60_000  # never waited for when all is well


class Watcher(QObject):
    """Keeps what the engine says, and drains the inbox as a window would."""

    def __init__(self, engine: EngineThread) -> None:
        super().__init__()
        self.engine = engine
        self.built: list[Built] = []
        self.states: list[EngineState] = []
        self.failures: list[Failure] = []
        self.facts: list[object] = []
        self.finished = 0
        self.records: list[StepRecords | EpochRecord] = []
        self.snapshots: list[Snapshot] = []
        self.foreign_calls = 0
        engine.built.connect(self.on_built)
        engine.state_changed.connect(self.on_state)
        engine.failed.connect(self.on_failed)
        engine.evaluated.connect(self.on_fact)
        engine.saved.connect(self.on_fact)
        engine.dataset_loaded.connect(self.on_fact)
        engine.finished.connect(self.on_finished)

    def _note_thread(self) -> None:
        self.foreign_calls += QThread.currentThread() is not self.thread()

    @Slot(object)
    def on_built(self, built: Built) -> None:
        self._note_thread()
        self.built.append(built)

    @Slot(object)
    def on_state(self, state: EngineState) -> None:
        self._note_thread()
        self.states.append(state)

    @Slot(object)
    def on_failed(self, failure: Failure) -> None:
        self.failures.append(failure)

    @Slot(object)
    def on_fact(self, fact: object) -> None:
        self.facts.append(fact)

    @Slot(object)
    def on_finished(self, _state: EngineState) -> None:
        self.finished += 1

    def drain(self) -> None:
        delivery = self.engine.inbox.drain()
        self.records += delivery.records
        if delivery.snapshot is not None:
            self.snapshots.append(delivery.snapshot)

    @property
    def steps(self) -> int:
        self.drain()
        return sum(record.count for record in self.records if isinstance(record, StepRecords))

    @property
    def phase(self) -> str:
        return self.states[-1].phase if self.states else ""


class Bench:
    """An engine, its watcher, and waiting."""

    def __init__(self, qtbot: QtBot, inbox: Inbox | None = None) -> None:
        self.qtbot = qtbot
        self.engine = EngineThread(inbox=inbox)
        self.watcher = Watcher(self.engine)
        self.engine.start()

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def build(self, data: Dataset = DATA, **changes: object) -> None:
        count = len(self.watcher.built)
        self.engine.load_dataset(data)
        self.engine.build(small_spec(), small_config(**changes))
        self.until(lambda: len(self.watcher.built) > count and self.watcher.phase == "idle")

    def idle_after(self, steps: int) -> None:
        self.until(lambda: self.watcher.phase == "idle" and self.watcher.steps >= steps)

    def failure(self) -> Failure:
        self.until(lambda: bool(self.watcher.failures))
        return self.watcher.failures.pop(0)

    def snapshot(self) -> Snapshot:
        def arrived() -> bool:
            self.watcher.drain()
            return bool(self.watcher.snapshots)

        self.until(arrived)
        seen = self.watcher.snapshots[-1]
        self.watcher.snapshots.clear()
        return seen


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot)
    yield made
    assert made.engine.shutdown(WAIT_MS)
    assert not made.engine.is_running
    assert made.watcher.foreign_calls == 0
    assert made.watcher.failures == []


def test_trains_to_the_end_and_says_so(bench: Bench) -> None:
    with bench.qtbot.waitSignal(bench.engine.ready, timeout=WAIT_MS) as heard:
        pass
    assert heard.args is not None
    assert heard.args[0].startswith("2.")
    bench.build()
    built = bench.watcher.built[-1]
    np.testing.assert_array_equal(built.parameters[0].kernel, glorot_uniform(small_spec(), 3)[0].kernel)
    bench.engine.train()
    bench.until(lambda: bench.watcher.finished == 1)
    bench.watcher.drain()
    assert bench.watcher.steps == 2 * STEPS_PER_EPOCH
    assert {record.generation for record in bench.watcher.records} == {built.generation}
    assert [r.epoch for r in bench.watcher.records if isinstance(r, EpochRecord)] == [1, 2]
    last = bench.watcher.states[-1]
    assert (last.phase, last.step, last.total_steps, last.is_finished) == ("idle", 26, 26, True)
    phases = [state.phase for state in bench.watcher.states]
    assert phases.index("importing") < phases.index("compiling") < phases.index("training")
    bench.engine.train()
    failure = bench.failure()
    assert (failure.what, failure.expected) == ("Training", True)
    assert "All 2 epochs are over" in failure.message
    bench.engine.set_epochs(3)
    bench.engine.train()
    bench.until(lambda: bench.watcher.finished == 2)
    assert bench.watcher.steps == 3 * STEPS_PER_EPOCH


def test_pause_step_epoch_reset(bench: Bench) -> None:
    bench.build(epochs=10_000)
    generation = bench.watcher.built[-1].generation
    bench.engine.train()
    bench.until(lambda: bench.watcher.steps > 3)
    bench.engine.pause()
    bench.until(lambda: bench.watcher.phase == "idle")
    state, steps = bench.watcher.states[-1], bench.watcher.steps
    assert state.step == steps
    bench.engine.step()
    bench.idle_after(steps + 1)
    assert bench.watcher.steps == steps + 1
    bench.engine.train("epoch")
    bench.until(lambda: bench.watcher.phase == "idle" and bench.watcher.steps > steps + 1)
    assert bench.watcher.steps % STEPS_PER_EPOCH == 0
    assert bench.watcher.finished == 0
    bench.engine.reset()
    bench.until(lambda: bench.watcher.built[-1].generation == generation + 1)
    np.testing.assert_array_equal(
        bench.watcher.built[-1].parameters[1].kernel, bench.watcher.built[0].parameters[1].kernel
    )
    bench.until(lambda: bench.watcher.states[-1].generation == generation + 1)
    assert bench.watcher.states[-1].step == 0


def test_snapshots_idle_stepping_and_training(bench: Bench) -> None:
    bench.build(epochs=10_000)
    bench.engine.request_snapshot(SAMPLE)
    seen = bench.snapshot()
    assert (seen.step, seen.gradients, seen.update) == (0, None, None)
    bench.engine.request_snapshot(SAMPLE, LABEL)
    seen = bench.snapshot()
    assert seen.gradients is not None
    assert seen.update is None
    np.testing.assert_array_equal(seen.sample, SAMPLE)
    bench.engine.step()
    seen = bench.snapshot()
    assert (seen.step, seen.update_batch_size) == (0, 8)
    assert seen.update is not None
    assert np.abs(seen.update[0].kernel).max() > 0
    bench.engine.train()
    bench.until(lambda: bench.watcher.steps > 5)
    bench.engine.request_snapshot(SAMPLE, LABEL)
    seen = bench.snapshot()
    assert seen.update is not None
    assert seen.step > 5
    assert bench.watcher.phase == "training"
    bench.engine.pause()
    bench.until(lambda: bench.watcher.phase == "idle")
    steps = [r for r in bench.watcher.records if isinstance(r, StepRecords)]
    assert [r.first_step for r in steps[1:]] == [r.last_step + 1 for r in steps[:-1]]
    before = bench.watcher.steps
    bench.engine.step_on_sample(SAMPLE, LABEL)
    seen = bench.snapshot()
    assert (seen.update_batch_size, seen.step) == (1, before)
    assert bench.watcher.steps == before + 1


def test_a_snapshot_asked_for_before_there_is_a_network_comes_with_it(bench: Bench) -> None:
    bench.engine.request_snapshot(SAMPLE, LABEL)
    bench.engine.build(small_spec(), small_config())
    assert bench.snapshot().step == 0
    bench.engine.train()
    assert "no data yet" in bench.failure().message


def test_learning_rate_weights_evaluation_and_saving(bench: Bench, tmp_path: Path) -> None:
    bench.build(optimizer="sgd", epochs=10_000)
    zero = tuple(LayerParameters(x.kernel * 0, x.bias) for x in glorot_uniform(small_spec(), 0))
    bench.engine.request_snapshot(SAMPLE, LABEL)
    bench.snapshot()
    bench.engine.set_parameters(zero)
    np.testing.assert_allclose(bench.snapshot().forward.output, 1 / 3, rtol=1e-6)
    bench.engine.set_learning_rate(0.5)
    bench.engine.step_on_sample(SAMPLE, LABEL)
    seen = bench.snapshot()
    assert seen.update is not None
    assert seen.gradients is not None
    expected = -0.5 * seen.gradients.parameters[-1].bias
    np.testing.assert_allclose(seen.update[-1].bias, expected, rtol=1e-4)
    bench.engine.train()
    bench.engine.evaluate("test")
    bench.engine.save(tmp_path / "network.keras")
    bench.until(lambda: len(bench.watcher.facts) == 3)
    _, evaluation, saved = bench.watcher.facts
    assert isinstance(evaluation, Evaluation)
    assert evaluation.count == 30
    assert isinstance(saved, Saved)
    assert saved.path.is_file()
    bench.until(lambda: bench.watcher.phase == "training")
    bench.engine.set_learning_rate(-1.0)
    assert "learning_rate must be above 0" in bench.failure().message
    bench.until(lambda: bench.watcher.phase == "training")


def test_a_build_that_fails_leaves_the_network_and_the_thread(bench: Bench) -> None:
    bench.build()
    bench.engine.build(NetworkSpec((INPUTS,), (LayerSpec(2, "softmax"),)), small_config())
    failure = bench.failure()
    assert failure.what == "Building the network"
    assert failure.expected
    assert "Blobs has 3 classes, 6-2 has 2 outputs" in failure.message
    assert "SpecError" in failure.traceback
    bench.engine.build(NetworkSpec((5,), (LayerSpec(3, "softmax"),)), small_config())
    assert "Blobs has 6 inputs, 5-3 takes 5" in bench.failure().message
    bench.engine.step()
    bench.idle_after(1)
    assert len(bench.watcher.built) == 1


def test_data_that_are_not_there_are_a_failure_and_others_need_a_build(bench: Bench) -> None:
    bench.engine.load_dataset("nothing-like-it")
    assert "no data set 'nothing-like-it'" in bench.failure().message
    bench.build()
    bench.engine.load_dataset(blobs(50))
    bench.engine.step()
    assert "not built for Blobs" in bench.failure().message


def test_divergence_stops_training_and_keeps_the_weights(bench: Bench) -> None:
    bench.build(epochs=10_000)
    first = glorot_uniform(small_spec(), 0)
    spoiled = (*first[:-1], LayerParameters(np.full_like(first[-1].kernel, np.inf), first[-1].bias))
    bench.engine.set_parameters(spoiled)
    bench.engine.request_snapshot(SAMPLE)
    bench.engine.train()
    failure = bench.failure()
    assert (failure.what, failure.expected) == ("Training", True)
    assert "step 1 (epoch 1)" in failure.message
    bench.until(lambda: bench.watcher.phase == "idle")
    bench.engine.request_snapshot(SAMPLE)
    np.testing.assert_array_equal(bench.snapshot().parameters[-1].kernel, spoiled[-1].kernel)


def test_a_full_inbox_holds_training_up_but_not_its_commands(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Inbox(max_steps=40))
    bench.build(epochs=10_000)
    bench.engine.train()
    bench.until(lambda: bench.engine.inbox.pending_steps >= 40)
    bench.engine.evaluate("test")
    bench.until(lambda: len(bench.watcher.facts) == 2)  # the data and the evaluation
    assert 40 <= bench.engine.inbox.pending_steps < 40 + STEPS_PER_EPOCH
    bench.engine.pause()
    bench.until(lambda: bench.watcher.phase == "idle")
    assert bench.watcher.steps == bench.watcher.states[-1].step
    assert bench.engine.shutdown(WAIT_MS)


def test_shutdown_in_the_middle_of_training_and_of_nothing(qtbot: QtBot) -> None:
    bench = Bench(qtbot)
    bench.build(epochs=10_000)
    bench.engine.train()
    bench.until(lambda: bench.watcher.steps > 20)
    assert bench.engine.shutdown(WAIT_MS)
    assert bench.engine.shutdown(WAIT_MS)
    never_started = EngineThread()
    assert never_started.shutdown(WAIT_MS)
    assert all("engine" not in thread.name for thread in threading.enumerate())


SHUTDOWN_WHILE_IMPORTING = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from app.engine_thread import EngineThread
application = QCoreApplication([])
engine = EngineThread()
engine.start()
QTimer.singleShot(300, application.quit)
application.exec()
print("importing" if engine.is_running else "over", engine.shutdown(60_000), engine.is_running)
"""


@pytest.mark.slow
def test_shutdown_while_tensorflow_is_imported_ends_cleanly() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHUTDOWN_WHILE_IMPORTING],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["importing", "True", "False"]
    assert done.stderr == ""
