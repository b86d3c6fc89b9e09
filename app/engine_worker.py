"""What runs in the engine's thread: one command after another, and between them, when training, chunks."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine_asides import Checker, TeacherRoom
from app.engine_listener import Listener
from app.engine_messages import Built, EngineState, Failure, Phase, Saved
from app.inbox import Inbox
from nnviz.data.datasets import Dataset, load
from nnviz.errors import NnvizError
from nnviz.maths.parameters import Parameters, check_shapes
from nnviz.maths.surgery import matching_layers
from nnviz.spec import NetworkSpec, Plan, TrainingConfig
from nnviz.training import engine, snapshots
from nnviz.training.engine import TrainingRun, Until
from nnviz.training.gradient_check import compare_with_numpy
from nnviz.training.hand import NO_MARKS, HandEdit
from nnviz.training.keras_backend import CPU, KerasBackend, Target, import_tensorflow, list_devices
from nnviz.training.records import (
    ChangeRecord,
    EpochRecord,
    HandMarks,
    HandRecord,
    Snapshot,
    StepRecords,
)
from nnviz.training.teach import TeachJob

Float32 = NDArray[np.float32]

#: How long the worker waits for room in the inbox before it looks for commands again.
ROOM_WAIT_S = 0.02
#: Of the engine's thread, on a scale where 0 is usual and 19 is least.
NICENESS = 5


def _yield_to_the_window() -> None:
    """Make the calling thread give way to the window's where both want a core; training loses next to nothing."""
    if hasattr(os, "setpriority") and sys.platform == "linux":  # where niceness belongs to the thread
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class EngineWorker:
    """Owns TensorFlow, the network and its training. ``post`` and ``stop`` may be called from any thread.

    Args:
        inbox: where records and snapshots go.
        listener: who is told of everything else.

    Attributes:
        checker: checks of gradients; they may be given up from any thread.
    """

    def __init__(self, inbox: Inbox, listener: Listener) -> None:
        self._inbox = inbox
        self._listener = listener
        self._commands: queue.SimpleQueue[tuple[str, Callable[[], None]] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._phase: Phase = "importing"
        self._generation = 0
        self._dataset: Dataset | None = None
        self._backend: KerasBackend | None = None
        self._run: TrainingRun | None = None
        self._training: Iterator[StepRecords | EpochRecord] | None = None
        self._sample: tuple[Float32, Target | None] | None = None
        self._device = CPU
        # After which a training of so many steps, or of one epoch, ends.
        self._last_step: int | None = None
        self._last_epoch: int | None = None
        self._pace = 0.0  # steps a second at most; 0 as many as there can be
        self._next_step_at = 0.0
        self._snapshot_wanted = False
        self._dropout_shown = False
        self._teachers = TeacherRoom()
        self.checker = Checker(self._stopping.is_set)

    def post(self, what: str, command: Callable[[], None]) -> None:
        """Have a method of this object called in the worker's thread; ``what`` names it should it fail."""
        self._commands.put((what, command))

    def stop(self) -> None:
        """End ``loop`` as soon as the chunk, the block of an evaluation or the import at hand is over."""
        self._stopping.set()
        self._inbox.close()
        self._commands.put(None)

    def loop(self) -> None:
        """Import TensorFlow, then do what is posted, until ``stop``."""
        _yield_to_the_window()
        self._set_phase("importing")
        self._guard("Starting TensorFlow", self._start)
        while not self._stopping.is_set():
            command = self._next_command()
            if command is not None:
                self._guard(*command)
            elif self._training is not None and self._inbox.wait_for_room(ROOM_WAIT_S):
                self._guard("Training", self._advance)
            if self._snapshot_wanted and self._training is None:
                self._snapshot_wanted = False
                self._guard("Looking at the sample", self._probe_idle)
        self._training = None
        self._drop_network()
        self._teachers.close()
        self._set_phase("stopped")

    def load_dataset(self, dataset: Dataset | str) -> None:
        """Take a data set, or load one of the registry; the next ``build`` is for it."""
        self.pause()
        loaded = load(dataset) if isinstance(dataset, str) else dataset
        self._dataset = loaded
        self._run = None
        self._sample, self._snapshot_wanted = None, False
        self._listener.on_dataset(loaded)
        self._set_phase("idle")

    def change_dataset(self, dataset: Dataset) -> None:
        """Go on with other samples of the same shape; weights and a training in hand stay."""
        self._sample, self._snapshot_wanted = None, False
        if self._run is None:
            self._dataset = dataset
            if self._backend is not None:
                self._begin_run()
        else:
            self._run.set_dataset(dataset)
            self._dataset = dataset
        self._listener.on_dataset(dataset)
        self._set_phase(self._phase)

    def set_device(self, device: str) -> None:
        """Compute on another device from the next ``build`` on."""
        if device not in list_devices():
            raise NnvizError(f"There is no device {device}; TensorFlow has {', '.join(list_devices())}.")
        self._device = device

    def set_pace(self, steps_per_second: float) -> None:
        """Make at most so many steps a second, one at a time, each with a snapshot; 0 as fast as can be."""
        self._pace = steps_per_second
        self._next_step_at = 0.0

    def adapt(self, spec: NetworkSpec, config: TrainingConfig, rest: Parameters | None) -> None:
        """Go on with another network or other values; a training goes on, and what was learnt is kept."""
        run = self._run
        if run is None:
            raise NnvizError(self._why_not_trainable())
        backend = run.backend
        before = Plan(backend.spec, backend.config)
        with self._during("compiling"):
            run.adapt(spec, config, rest)
        if self._sample is not None and self._sample[0].size != spec.input_size:
            self._sample = None
        self._snapshot_wanted = self._snapshot_wanted or self._sample is not None
        matches = matching_layers(before.spec, spec)
        self._inbox.put(
            ChangeRecord(self._generation, run.step, before, Plan(spec, config), backend.parameters(), matches)
        )
        self._set_phase(self._phase)  # the number of steps may be another

    def build(
        self, spec: NetworkSpec, config: TrainingConfig, parameters: Parameters | None, marks: HandMarks = NO_MARKS
    ) -> None:
        """Build a network and compile its training."""
        self.pause()
        # Everything that can be refused is looked at before the network there is goes.
        if self._dataset is not None:
            engine.check_trainable(spec, self._dataset, config)
        if parameters is not None:
            check_shapes(spec, parameters)
        self._set_phase("compiling")
        self._drop_network()
        task = "multiclass" if self._dataset is None else self._dataset.task
        self._backend = KerasBackend(spec, config, parameters, task, self._device)
        self._backend.set_marks(marks)
        self._begin_run()
        if self._run is not None:
            self._backend.warm_up()
        self._announce_network()

    def reset(self) -> None:
        """Start again from the seed's first weights."""
        self.pause()
        backend = self._network()
        backend.reset(backend.config.seed)
        self._begin_run()
        self._announce_network()

    def train(self, until: Until) -> None:
        """Begin to train; the loop makes the chunks."""
        run = self._trainable()
        self._compile(run.backend)
        self._training = engine.train(run, until)
        self._last_step = run.step + until if isinstance(until, int) else None
        self._last_epoch = run.epoch if until == "epoch" else None
        self._set_phase("training")

    def pause(self) -> None:
        """Stop making chunks; the training can be continued from where it is."""
        if self._training is not None:
            self._training = None
            self._set_phase("idle")

    def step(self) -> None:
        """Make one step, with a snapshot where a sample is known."""
        self.pause()
        run = self._trainable()
        self._compile(run.backend)
        self._step_and_look(run)
        self._after_step()

    def step_on_sample(self, sample: Float32, target: Target) -> None:
        """Make one step whose batch is this sample."""
        self.pause()
        if self._run is None:
            raise NnvizError(self._why_not_trainable())
        self._sample = sample, target
        self._compile(self._run.backend)
        record, snapshot = snapshots.step_on_sample(self._run, sample, target, dropout=self._dropout_shown)
        self._inbox.put(record)
        self._inbox.put_snapshot(snapshot)
        self._set_phase("idle")

    def request_snapshot(self, sample: Float32, target: Target | None) -> None:
        """Remember the sample; the loop makes the snapshot."""
        self._sample = sample, target
        self._snapshot_wanted = True

    def set_dropout_shown(self, shown: bool) -> None:
        """Make snapshots of the pass with the units off that dropout switches off, or of the network's answer."""
        if shown != self._dropout_shown:
            self._dropout_shown = shown
            self._snapshot_wanted = self._snapshot_wanted or self._sample is not None

    def teach(self, job: TeachJob) -> None:
        """Make one step of gradient descent on a sample, with the weights of the job: no network needs to be built."""
        teacher = self._teachers.ready(job.spec)
        if teacher is None:
            with self._during("compiling"):
                teacher = self._teachers.prepare(job.spec)
        taught = teacher.step(job.parameters, job.x, job.label, job.rate, step=job.step)
        self._listener.on_taught(job.serial, taught)

    def check_gradients(self, snapshot: Snapshot, batch: tuple[Float32, Any] | None) -> None:
        """Compare a snapshot's gradients in every way; a training goes on afterwards."""
        found = self.checker.check(self._backend, self._device, snapshot, batch, self._listener.on_check_progress)
        self._listener.on_gradients_checked(snapshot, found)

    def compare_gradients(self, snapshot: Snapshot) -> None:
        """Compare a snapshot's gradients with NumPy's."""
        self._listener.on_gradients_compared(compare_with_numpy(snapshot))

    def set_learning_rate(self, learning_rate: float) -> None:
        """Change the learning rate from the next step on."""
        self._network().set_learning_rate(learning_rate)

    def set_epochs(self, epochs: int) -> None:
        """Change the number of epochs; a finished training can go on."""
        self._network().set_epochs(epochs)
        if self._run is not None:
            self._run.go_on()
        self._set_phase(self._phase)

    def set_parameters(self, parameters: Parameters) -> None:
        """Set the weights; position and optimizer state stay."""
        self._network().set_parameters(parameters)
        self._snapshot_wanted = self._snapshot_wanted or self._sample is not None

    def edit_by_hand(self, edit: HandEdit) -> None:
        """Set weights, silence and freeze units; a training goes on. A ``HandRecord`` tells, also what is refused."""
        backend, run = self._network(), self._run
        before: tuple[float, ...] = ()
        try:
            if run is not None:
                before = run.edit(edit.values, edit.marks)
            else:
                backend.set_marks(edit.marks)
                before = backend.set_values(edit.values)
            if self._training is not None:
                self._compile(backend)
        finally:
            self._inbox.drop_snapshot()
            step = run.step if run is not None else 0
            self._inbox.put(
                HandRecord(self._generation, step, edit.serial, before, backend.parameters(), backend.marks)
            )
            self._snapshot_wanted = self._snapshot_wanted or self._sample is not None

    def evaluate(self, split: str) -> None:
        """Evaluate a split; a training goes on afterwards."""
        if self._run is None:
            raise NnvizError(self._why_not_trainable())
        with self._during("evaluating"):
            evaluation = engine.evaluate(self._run, split)
        if evaluation is not None:
            self._listener.on_evaluated(evaluation)

    def save(self, path: Path) -> None:
        """Save the model; a training goes on afterwards."""
        backend = self._network()
        with self._during("saving"):
            backend.save(path)
        step = self._run.step if self._run else 0
        self._listener.on_saved(Saved(path, self._generation, step, backend.marks))

    def _next_command(self) -> tuple[str, Callable[[], None]] | None:
        # A wanted snapshot of an idle network must not wait for the next command.
        may_block = self._training is None and not self._snapshot_wanted
        wait = self._next_step_at - time.monotonic() if self._training is not None and self._pace > 0 else 0.0
        try:
            if wait > 0:  # slow motion: the next step is not due yet
                return self._commands.get(timeout=wait)
            return self._commands.get(block=may_block)
        except queue.Empty:
            return None

    def _compile(self, backend: KerasBackend) -> None:
        """Compile what the next step needs, if anything: the first marks by hand need a program of their own."""
        if not backend.is_compiled and backend.sample_count:
            with self._during("compiling"):
                backend.warm_up()

    def _guard(self, what: str, command: Callable[[], None]) -> None:
        """Run a command; an exception goes to the listener and a training ends, the thread lives on."""
        try:
            command()
        except Exception as error:
            expected = isinstance(error, NnvizError)
            message = str(error) if expected else f"{type(error).__name__}: {error}"
            if what == "Training":
                self._training = None
            self._set_phase("training" if self._training is not None else "idle")
            diverged = (error.step, error.kept_step) if isinstance(error, engine.TrainingDivergedError) else None
            self._listener.on_failed(Failure(what, message, traceback.format_exc(), expected, diverged))

    def _start(self) -> None:
        version = import_tensorflow()
        self._listener.on_ready(version)
        self._listener.on_devices(list_devices())
        self._set_phase("idle")

    def _advance(self) -> None:
        assert self._run is not None
        assert self._training is not None
        if self._pace > 0:
            now = time.monotonic()
            if now < self._next_step_at:
                return  # a command came in between
            self._next_step_at = max(self._next_step_at, now) + 1 / self._pace
            self._snapshot_wanted = True
        if self._snapshot_wanted and not self._is_over(self._run):
            self._snapshot_wanted = False
            epoch = self._run.epoch
            self._step_and_look(self._run)
            if self._run.epoch != epoch:
                self._set_phase("training")
            if not self._is_over(self._run):
                return
        record = next(self._training, None)
        if record is None:
            self._after_step()
            return
        self._inbox.put(record)
        if isinstance(record, EpochRecord):
            self._set_phase("training")

    def _is_over(self, run: TrainingRun) -> bool:
        """Whether what was asked for is done, also by steps that were made for snapshots."""
        if run.is_finished or (self._last_step is not None and run.step >= self._last_step):
            return True
        return self._last_epoch is not None and run.epoch > self._last_epoch

    def _step_and_look(self, run: TrainingRun) -> None:
        if self._sample is None:
            for record in engine.train(run, "step"):
                self._inbox.put(record)
            return
        records, snapshot = snapshots.step_with_snapshot(run, *self._sample, dropout=self._dropout_shown)
        for record in records:
            self._inbox.put(record)
        self._inbox.put_snapshot(snapshot)

    def _after_step(self) -> None:
        self._training = None
        self._set_phase("idle")
        if self._run is not None and self._run.is_finished:
            self._listener.on_finished(self._state("idle"))

    def _probe_idle(self) -> None:
        if self._sample is None or self._backend is None:
            return
        step = self._run.step if self._run else 0
        self._inbox.put_snapshot(
            snapshots.probe_snapshot(self._backend, *self._sample, self._generation, step, dropout=self._dropout_shown)
        )

    def _begin_run(self) -> None:
        self._generation += 1
        self._run = None
        if self._dataset is not None:
            self._run = TrainingRun(
                self._network(), self._dataset, self._generation, cancelled=self._stopping.is_set
            )

    def _announce_network(self) -> None:
        backend = self._network()
        self._inbox.clear()
        if self._sample is not None and self._sample[0].size != backend.spec.input_size:
            self._sample = None
        self._snapshot_wanted = self._sample is not None
        self._listener.on_built(Built(self._generation, backend.spec, backend.config, backend.parameters()))
        self._set_phase("idle")

    def _drop_network(self) -> None:
        self._run = None
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    def _network(self) -> KerasBackend:
        if self._backend is None:
            raise NnvizError("There is no network yet: build one first.")
        return self._backend

    def _trainable(self) -> TrainingRun:
        if self._run is None:
            raise NnvizError(self._why_not_trainable())
        if self._run.is_finished:
            epochs = self._run.backend.config.epochs
            raise NnvizError(
                f"All {epochs} epochs are over: raise the number of epochs, or reset to begin again."
            )
        return self._run

    def _why_not_trainable(self) -> str:
        if self._dataset is None:
            return "There are no data yet: choose a data set first."
        if self._backend is None:
            return "There is no network yet: build one first."
        return f"The network was not built for {self._dataset.title}: build it again."

    @contextlib.contextmanager
    def _during(self, phase: Phase) -> Iterator[None]:
        """Tell of a phase while the block runs, and of the one before it afterwards."""
        before = self._phase
        self._set_phase(phase)
        try:
            yield
        finally:
            self._set_phase(before)

    def _set_phase(self, phase: Phase) -> None:
        self._phase = phase
        self._listener.on_state(self._state(phase))

    def _state(self, phase: Phase) -> EngineState:
        run = self._run
        if run is None:
            return EngineState(phase, self._generation, has_network=self._backend is not None)
        epoch = min(run.epoch, run.backend.config.epochs)
        return EngineState(
            phase, self._generation, epoch, run.step, run.steps_per_epoch, run.total_steps,
            run.is_finished, has_network=True,
        )  # fmt: skip
