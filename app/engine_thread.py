"""The engine as the window sees it: methods that return at once, signals that tell what became of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal

from app.engine_messages import Built, EngineState, Failure, Saved
from app.engine_worker import EngineWorker
from app.inbox import Inbox
from nnviz.data.datasets import Dataset
from nnviz.maths.parameters import Parameters
from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.training.check_values import Compared, GradientCheck
from nnviz.training.engine import Until
from nnviz.training.hand import NO_MARKS, HandEdit
from nnviz.training.keras_backend import Target
from nnviz.training.records import Evaluation, HandMarks, Snapshot
from nnviz.training.teach import Taught, TeachJob

Float32 = NDArray[np.float32]

#: Compiling recurses deeply, and a thread of macOS has only 512 KiB if nobody asks for more.
STACK_BYTES = 16 * 1024 * 1024
#: The import of TensorFlow cannot be interrupted and takes some seconds on a slow disk.
SHUTDOWN_TIMEOUT_MS = 30_000


class _Thread(QThread):
    def __init__(self, worker: EngineWorker, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName("engine")
        self.setStackSize(STACK_BYTES)
        self._worker = worker

    def run(self) -> None:
        self._worker.loop()


class EngineThread(QObject):
    """One long-lived thread that imports TensorFlow, builds, trains and probes.

    Every method may be called from the window at any time, also before ``start`` and while TensorFlow is
    being imported: what is asked is done in order. Nothing here blocks, except ``shutdown``. Connect the
    signals to methods of objects that live in the window's thread; never to lambdas, which would run in the
    engine's.

    Scalars, epochs and snapshots do not come by signal: drain ``inbox`` on a timer.

    Signals:
        ready: TensorFlow is there; its version.
        devices_found: where TensorFlow can compute, a tuple of names.
        dataset_loaded: a ``Dataset`` is in use.
        built: a ``Built``, after ``build`` and ``reset``.
        state_changed: an ``EngineState``, at every change of phase, epoch and position by hand.
        failed: a ``Failure``.
        evaluated: an ``Evaluation``.
        saved: a ``Saved``.
        finished: an ``EngineState``, at the end of all epochs.
        taught: the serial number of a ``TeachJob``, and a ``Taught``.
        check_progressed: parts of a check of gradients that are done, and of how many.
        gradients_checked: the ``Snapshot`` and its ``GradientCheck``, None where the check was cancelled.
        gradients_compared: a ``Compared``.
    """

    ready = Signal(str)
    devices_found = Signal(tuple)
    dataset_loaded = Signal(object)
    built = Signal(object)
    state_changed = Signal(object)
    failed = Signal(object)
    evaluated = Signal(object)
    saved = Signal(object)
    finished = Signal(object)
    taught = Signal(int, object)
    check_progressed = Signal(int, int)
    gradients_checked = Signal(object, object)
    gradients_compared = Signal(object)

    def __init__(self, parent: QObject | None = None, inbox: Inbox | None = None) -> None:
        super().__init__(parent)
        self.inbox = inbox or Inbox()
        self._worker = EngineWorker(self.inbox, self)
        self._thread = _Thread(self._worker, self)

    def start(self) -> None:
        """Start the thread; it imports TensorFlow first, which takes some seconds."""
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether the thread lives."""
        return self._thread.isRunning()

    def shutdown(self, timeout_ms: int = SHUTDOWN_TIMEOUT_MS) -> bool:
        """Stop the thread for good and wait for its end; blocks.

        In training that takes some 30 ms; while TensorFlow is being imported or a network compiled, until
        that is over. What was posted and not begun is dropped.

        Args:
            timeout_ms: how long to wait at most.

        Returns:
            Whether the thread has ended. If not, the application must not exit yet: Qt would abort it.
        """
        self._worker.stop()
        return bool(self._thread.wait(timeout_ms)) if self._thread.isRunning() else True

    def load_dataset(self, dataset: Dataset | str) -> None:
        """Use a data set, or load one of the registry by its name; training stops, ``build`` must follow."""
        self._worker.post("Loading the data", partial(self._worker.load_dataset, dataset))

    def change_dataset(self, dataset: Dataset) -> None:
        """Go on with other samples of the same shape; weights, position and a training in hand stay."""
        self._worker.post("Changing the data", partial(self._worker.change_dataset, dataset))

    def build(
        self, spec: NetworkSpec, config: TrainingConfig, parameters: Parameters | None = None,
        marks: HandMarks = NO_MARKS,
    ) -> None:
        """Build a network, with given weights or those of the seed, some units marked, and compile its training."""
        self._worker.post("Building the network", partial(self._worker.build, spec, config, parameters, marks))

    def adapt(self, spec: NetworkSpec, config: TrainingConfig, rest: Parameters | None = None) -> None:
        """Go on with another network or other values and keep what was learnt; a training goes on.

        A ``ChangeRecord`` in the inbox says where.

        Args:
            rest: weights of a network like ``spec`` for what the present one cannot fill; by default the seed's.
        """
        self._worker.post("Changing the network", partial(self._worker.adapt, spec, config, rest))

    def set_device(self, device: str) -> None:
        """Compute on another device from the next ``build`` on."""
        self._worker.post("Choosing the device", partial(self._worker.set_device, device))

    def set_pace(self, steps_per_second: float) -> None:
        """Make at most so many steps a second, each with a snapshot; 0 as fast as can be."""
        self._worker.post("Setting the pace", partial(self._worker.set_pace, steps_per_second))

    def train(self, until: Until = "end") -> None:
        """Train to the ``"end"`` of all epochs or of this ``"epoch"``, or so many steps."""
        self._worker.post("Training", partial(self._worker.train, until))

    def pause(self) -> None:
        """Stop training after the chunk at hand."""
        self._worker.post("Pausing", self._worker.pause)

    def step(self) -> None:
        """Stop training and make exactly one step; with a snapshot of the last sample asked for, if any."""
        self._worker.post("Making a step", self._worker.step)

    def step_on_sample(self, sample: Float32, target: Target) -> None:
        """Stop training and make one step whose batch is one sample (input size,); a snapshot follows."""
        self._worker.post("Making a step", partial(self._worker.step_on_sample, _frozen(sample), target))

    def teach(self, job: TeachJob) -> None:
        """Make one step of gradient descent on a sample with given weights; ``taught`` follows. Needs no network."""
        self._worker.post("Teaching", partial(self._worker.teach, job))

    def reset(self) -> None:
        """Put the network back to the seed's first weights and the training to its beginning."""
        self._worker.post("Resetting the network", self._worker.reset)

    def set_learning_rate(self, learning_rate: float) -> None:
        """Change the learning rate from the next step on."""
        command = partial(self._worker.set_learning_rate, learning_rate)
        self._worker.post("Setting the learning rate", command)

    def set_epochs(self, epochs: int) -> None:
        """Change the number of epochs; a finished training can then go on."""
        self._worker.post("Setting the epochs", partial(self._worker.set_epochs, epochs))

    def set_parameters(self, parameters: Parameters) -> None:
        """Set the weights; position and optimizer state stay, a snapshot follows if a sample is known."""
        self._worker.post("Setting the weights", partial(self._worker.set_parameters, parameters))

    def edit_by_hand(self, edit: HandEdit) -> None:
        """Set weights, silence and freeze units; position, optimizer state and a training in hand stay.

        A ``HandRecord`` in the inbox says where, and what the weights were exactly; a snapshot follows if a sample
        is known.
        """
        self._worker.post("Editing by hand", partial(self._worker.edit_by_hand, edit))

    def request_snapshot(self, sample: Float32, target: Target | None = None) -> None:
        """Ask for one snapshot of a sample (input size,); in training it comes with the next step's update.

        The sample is remembered for ``step``, ``set_parameters``, ``reset`` and ``build``.
        """
        command = partial(self._worker.request_snapshot, _frozen(sample), target)
        self._worker.post("Looking at the sample", command)

    def set_dropout_shown(self, shown: bool) -> None:
        """Choose whether snapshots are of the pass in training, with the units off that dropout switches off.

        They then have ``Snapshot.dropped``; networks without dropout are not concerned. One follows, if a sample is
        known and the choice is another.
        """
        self._worker.post("Looking at the sample", partial(self._worker.set_dropout_shown, shown))

    def check_gradients(self, snapshot: Snapshot, batch: tuple[Float32, NDArray[Any]] | None = None) -> None:
        """Compare a snapshot's gradients in every way, see ``KerasBackend.check_gradients``; training goes on after.

        Any network will do, also one that the engine has not built.
        """
        self._worker.checker.allow()  # here, not there: it may be given up before it begins
        self._worker.post("Checking the gradients", partial(self._worker.check_gradients, snapshot, batch))

    def cancel_check(self) -> None:
        """Give up the check in hand; ``gradients_checked`` tells of it with None."""
        self._worker.checker.cancel()

    def compare_gradients(self, snapshot: Snapshot) -> None:
        """Compare a snapshot's gradients with NumPy's; ``gradients_compared`` tells what came of it."""
        self._worker.post("Comparing the gradients", partial(self._worker.compare_gradients, snapshot))

    def evaluate(self, split: str = "test") -> None:
        """Evaluate ``"train"``, ``"validation"`` or ``"test"``; a training goes on afterwards."""
        self._worker.post("Evaluating", partial(self._worker.evaluate, split))

    def save(self, path: Path) -> None:
        """Save the network as a ``.keras`` file; a training goes on afterwards."""
        self._worker.post("Saving the network", partial(self._worker.save, Path(path)))

    # What the worker calls, in its thread. A signal emitted there reaches its receivers in theirs.

    def on_ready(self, version: str) -> None:
        """Emit ``ready``."""
        self.ready.emit(version)

    def on_devices(self, devices: tuple[str, ...]) -> None:
        """Emit ``devices_found``."""
        self.devices_found.emit(devices)

    def on_dataset(self, dataset: Dataset) -> None:
        """Emit ``dataset_loaded``."""
        self.dataset_loaded.emit(dataset)

    def on_built(self, built: Built) -> None:
        """Emit ``built``."""
        self.built.emit(built)

    def on_state(self, state: EngineState) -> None:
        """Emit ``state_changed``."""
        self.state_changed.emit(state)

    def on_failed(self, failure: Failure) -> None:
        """Emit ``failed``."""
        self.failed.emit(failure)

    def on_evaluated(self, evaluation: Evaluation) -> None:
        """Emit ``evaluated``."""
        self.evaluated.emit(evaluation)

    def on_saved(self, saved: Saved) -> None:
        """Emit ``saved``."""
        self.saved.emit(saved)

    def on_check_progress(self, done: int, total: int) -> None:
        """Emit ``check_progressed``."""
        self.check_progressed.emit(done, total)

    def on_gradients_checked(self, snapshot: Snapshot, check: GradientCheck | None) -> None:
        """Emit ``gradients_checked``."""
        self.gradients_checked.emit(snapshot, check)

    def on_gradients_compared(self, compared: Compared) -> None:
        """Emit ``gradients_compared``."""
        self.gradients_compared.emit(compared)

    def on_finished(self, state: EngineState) -> None:
        """Emit ``finished``."""
        self.finished.emit(state)

    def on_taught(self, serial: int, taught: Taught) -> None:
        """Emit ``taught``."""
        self.taught.emit(serial, taught)


def _frozen(sample: Float32) -> Float32:
    made = np.array(sample, np.float32).reshape(-1)
    made.flags.writeable = False
    return made
