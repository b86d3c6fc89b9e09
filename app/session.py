"""The only mutable state of the application: data, network, sample, history; wires engine, inbox and timer."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.dataset_loader import DatasetLoader
from app.engine_messages import Built, EngineState, Failure, Saved
from app.engine_thread import EngineThread
from app.messages import Message
from nnviz.data.datasets import Dataset
from nnviz.errors import NnvizError
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.parameters import Parameters, glorot_uniform
from nnviz.spec import NetworkSpec, Plan, TrainingConfig, classifier
from nnviz.storage.bundled import load_bundled
from nnviz.storage.models import read_model
from nnviz.training.engine import Until
from nnviz.training.history import History
from nnviz.training.records import EpochRecord, Evaluation, Snapshot, StepRecords

REFRESH_INTERVAL_MS = 33
#: The picture of the network follows training at most this often; more would cost training speed, unseen.
LIVE_INTERVAL_S = 0.066
#: Text is refreshed this often, so that it can be read.
TEXT_INTERVAL_S = 0.25
#: Samples looked at in one go when the next wrong one is sought.
WRONG_BATCH = 200


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The network that is shown and that answers.

    Attributes:
        spec: its shape.
        parameters: its newest known weights.
        origin: ``"bundled"``, ``"file"`` or ``"yours"``.
        title: what the window calls it.
        step: steps of training the weights have had here.
    """

    spec: NetworkSpec
    parameters: Parameters
    origin: str
    title: str
    step: int = 0


@dataclass(frozen=True, slots=True)
class SampleChoice:
    """Which sample is shown.

    Attributes:
        kind: ``"test"`` (a sample of the test set) or ``"drawing"``.
        index: its place in the test set.
        label: its class, None for a drawing.
    """

    kind: str = "test"
    index: int = 0
    label: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far training is, for people to read.

    Attributes:
        phase: of the engine: ``"importing"``, ``"idle"``, ``"compiling"``, ``"training"``, …
        epoch: epochs begun, 0 before the first.
        epochs: epochs wanted.
        step, total_steps: steps done and wanted.
        steps_per_epoch: steps of one pass over the training set.
        steps_per_second: over the last second or so, 0 when not training.
        remaining: seconds to the end at that speed, or None.
    """

    phase: str
    epoch: int
    epochs: int
    step: int
    total_steps: int
    steps_per_epoch: int
    steps_per_second: float
    remaining: float | None


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """What a reset puts aside, so that it can be taken back."""

    network: Network
    history: History
    spec: NetworkSpec
    config: TrainingConfig


class Session(QObject):
    """Holds the state that the windows show, and asks the engine for changes.

    Args:
        use_engine: whether TensorFlow may be started; the digits front end needs none.
    """

    #: Dataset.
    dataset_changed = Signal(object)
    #: Network: another one, or another origin (not every step).
    network_changed = Signal(object)
    #: Snapshot of the sample now shown.
    snapshot_changed = Signal(object)
    #: SampleChoice.
    sample_changed = Signal(object)
    #: Plan: what the next training builds.
    plan_changed = Signal(object)
    #: New steps or epochs are in ``history``.
    history_changed = Signal()
    #: Progress, at most four times a second, and at every change of phase.
    progress_changed = Signal(object)
    #: Message for the person at the window.
    message = Signal(object)
    #: Evaluation of a whole split.
    evaluated = Signal(object)
    #: Whether a reset can be taken back.
    undo_available_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None, *, use_engine: bool = True) -> None:
        super().__init__(parent)
        self._spec = classifier()
        self._config = TrainingConfig()
        self._dataset: Dataset | None = None
        self._network: Network | None = None
        self._built: Built | None = None
        self._state: EngineState | None = None
        self._ready = False
        self._sample = SampleChoice()
        self._drawing: NDArray[np.float32] | None = None
        self._only_wrong = False
        self._snapshot: Snapshot | None = None
        self._kept: _Kept | None = None
        self._adopted: Parameters | None = None
        self._view_waits = True
        self._is_following = True
        self._held: Snapshot | None = None
        self._random = np.random.default_rng()
        self._rate_marks: list[tuple[float, int]] = []
        self._last_progress = 0.0
        self._last_live = 0.0
        self._history_generation = -1
        self.history = History(len(self._spec.layers))
        self._loader = DatasetLoader(self)
        self._loader.loaded.connect(self._take_dataset)
        self._loader.failed.connect(self._take_problem)
        self._engine: EngineThread | None = None
        if use_engine:
            engine = EngineThread(self)
            engine.ready.connect(self._engine_ready)
            engine.built.connect(self._engine_built)
            engine.state_changed.connect(self._engine_state)
            engine.failed.connect(self._engine_failed)
            engine.evaluated.connect(self._engine_evaluated)
            engine.saved.connect(self._engine_saved)
            engine.finished.connect(self._engine_finished)
            self._engine = engine
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_INTERVAL_MS)
        self._timer.timeout.connect(self._drain)

    # -- what is so ----------------------------------------------------------------------------------------

    @property
    def spec(self) -> NetworkSpec:
        """The network that training builds."""
        return self._spec

    @property
    def config(self) -> TrainingConfig:
        """How it is trained."""
        return self._config

    @property
    def dataset(self) -> Dataset | None:
        """The data, or None while it is being read."""
        return self._dataset

    @property
    def network(self) -> Network | None:
        """The network that is shown and that answers."""
        return self._network

    @property
    def snapshot(self) -> Snapshot | None:
        """The sample now shown on its way through the network."""
        return self._snapshot

    @property
    def sample(self) -> SampleChoice:
        """Which sample is shown."""
        return self._sample

    @property
    def is_ready(self) -> bool:
        """Whether TensorFlow is there, the data is read and the network is built."""
        return self._ready and self._dataset is not None and self._built is not None

    @property
    def phase(self) -> str:
        """What the engine does."""
        if self._engine is None:
            return "none"
        return self._state.phase if self._state is not None else "importing"

    @property
    def is_training(self) -> bool:
        """Whether steps are being taken."""
        return self.phase == "training"

    # -- life ----------------------------------------------------------------------------------------------

    def start(self, *, with_data: bool = True) -> None:
        """Show the bundled model, then read the data and start TensorFlow in the background."""
        try:
            spec, parameters, metadata = load_bundled()
        except NnvizError as error:
            self.message.emit(Message("error", str(error)))
            parameters = glorot_uniform(self._spec, self._config.seed)
            self._set_network(Network(self._spec, parameters, "yours", "Your network, untrained"))
        else:
            accuracy = metadata.get("test_accuracy")
            title = "Bundled digit model"
            if isinstance(accuracy, float):
                title += f", {100 * accuracy:.1f} % on MNIST test"
            self._set_network(Network(spec, parameters, "bundled", title))
        if with_data:
            self._loader.load("mnist")
        if self._engine is not None:
            self._engine.start()
            self._timer.start()
        self._announce_progress()

    def stop(self) -> bool:
        """Stop everything; True when no thread is left."""
        self._timer.stop()
        self._loader.stop()
        return self._engine.shutdown() if self._engine is not None else True

    # -- data and sample -----------------------------------------------------------------------------------

    def _take_dataset(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self.dataset_changed.emit(dataset)
        self._build_if_possible()
        if self._sample.kind == "test":
            self.choose_sample(0)

    def _take_problem(self, text: str) -> None:
        self.message.emit(Message("error", text))

    def choose_sample(self, index: int) -> None:
        """Show a sample of the test set; the index wraps around."""
        if self._dataset is None:
            return
        index %= len(self._dataset.test)
        self._sample = SampleChoice("test", index, int(self._dataset.test.y[index]))
        self.sample_changed.emit(self._sample)
        self._probe()

    def next_sample(self) -> None:
        """Show the next sample, the next wrong one where only those are wanted."""
        self._move(1)

    def previous_sample(self) -> None:
        """Show the sample before."""
        self._move(-1)

    def random_sample(self) -> None:
        """Show a sample by chance."""
        if self._dataset is None:
            return
        start = int(self._random.integers(len(self._dataset.test)))
        if self._only_wrong:
            self._seek_wrong(start, 1)
        else:
            self.choose_sample(start)

    def set_only_wrong(self, only: bool) -> None:
        """Choose whether next, previous and random pass over samples that are classified rightly."""
        self._only_wrong = only
        if only and self._snapshot is not None and self._sample.label == self._snapshot.predicted:
            self._move(1)

    def _move(self, by: int) -> None:
        start = self._sample.index + by if self._sample.kind == "test" else self._sample.index
        if self._only_wrong:
            self._seek_wrong(start, by)
        else:
            self.choose_sample(start)

    def _seek_wrong(self, start: int, by: int) -> None:
        dataset, network = self._dataset, self._network
        if dataset is None or network is None:
            return
        count = len(dataset.test)
        order = (start + by * np.arange(count)) % count
        for first in range(0, count, WRONG_BATCH):
            part = order[first : first + WRONG_BATCH]
            output = forward(network.parameters, network.spec.activations, dataset.test.x[part]).output
            wrong = np.flatnonzero(output.argmax(axis=1) != dataset.test.y[part])
            if len(wrong):
                self.choose_sample(int(part[wrong[0]]))
                return
        self.message.emit(Message("info", f"The network classifies all {count:,} test samples rightly."))

    def set_drawing(self, image: NDArray[np.float32] | None) -> None:
        """Show a drawn digit, (28, 28) float32 in [0, 1]; None goes back to the sample of the test set."""
        if image is None:
            self._drawing = None
            if self._sample.kind == "drawing":
                self.choose_sample(self._sample.index)
            return
        self._drawing = np.ascontiguousarray(image.reshape(-1), np.float32)
        if self._sample.kind != "drawing":
            self._sample = replace(self._sample, kind="drawing", label=None)
            self.sample_changed.emit(self._sample)
        self._probe()

    def _current(self) -> tuple[NDArray[np.float32], int | None] | None:
        if self._sample.kind == "drawing":
            return None if self._drawing is None else (self._drawing, None)
        if self._dataset is None:
            return None
        return self._dataset.test.x[self._sample.index], self._sample.label

    def _probe(self) -> None:
        """Show the sample at once, by NumPy with the newest weights; while training the engine's answer follows."""
        current, network = self._current(), self._network
        if current is None or network is None or current[0].size != network.spec.input_size:
            return
        x, label = current
        passed = forward(network.parameters, network.spec.activations, x[None, :])
        gradients = None
        if label is not None:
            gradients = backward(
                network.parameters, network.spec.activations, passed, np.array([label], np.int32)
            )
        generation = self._built.generation if self._built is not None else 0
        self._show(
            Snapshot(generation, network.step, network.spec, network.parameters, label, passed, gradients)
        )
        if network.origin == "yours" and self._engine is not None and self._built is not None:
            self._engine.request_snapshot(x, label)

    def _show(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._held = None
        self.snapshot_changed.emit(snapshot)

    # -- the plan: network and training values ---------------------------------------------------------------

    def set_plan(self, spec: NetworkSpec, config: TrainingConfig) -> None:
        """Set what is trained next; a network that was trained is put aside, not lost."""
        if spec == self._spec and config == self._config:
            return
        old_spec, old_config = self._spec, self._config
        live = replace(config, learning_rate=old_config.learning_rate, epochs=old_config.epochs) == old_config
        self._spec, self._config = spec, config
        if spec == old_spec and live and self._engine is not None and self._built is not None:
            if config.learning_rate != old_config.learning_rate:
                self._engine.set_learning_rate(config.learning_rate)
            if config.epochs != old_config.epochs:
                self._engine.set_epochs(config.epochs)
        else:
            self._put_aside(old_spec, old_config)
            self._adopted = None
            self._build_if_possible()
        self.plan_changed.emit(Plan(spec, config))

    def _put_aside(self, spec: NetworkSpec, config: TrainingConfig) -> None:
        network = self._network
        if network is not None and network.origin == "yours" and network.step > 0:
            self._kept = _Kept(network, self.history, spec, config)
            self.undo_available_changed.emit(True)
            self.message.emit(
                Message("info", f"The network trained for {network.step:,} steps was put aside; Undo brings it back.")
            )

    def undo_reset(self) -> None:
        """Take back the last reset: weights and curves return, the optimizer starts afresh."""
        kept, self._kept = self._kept, None
        self.undo_available_changed.emit(False)
        if kept is None or self._engine is None:
            return
        self._spec, self._config = kept.spec, kept.config
        self._built = None
        self.history = kept.history
        self._set_network(kept.network)
        self._engine.build(kept.spec, kept.config, kept.network.parameters)
        self.plan_changed.emit(Plan(kept.spec, kept.config))
        self.history_changed.emit()

    def open_model(self, path: Path) -> None:
        """Show a network from a ``.keras`` file and train on from its weights."""
        try:
            spec, parameters = read_model(path)
        except NnvizError as error:
            self.message.emit(Message("error", str(error)))
            return
        if self._dataset is not None and spec.input_size != self._dataset.train.x.shape[1]:
            self.message.emit(
                Message(
                    "error",
                    f"{path.name} takes {spec.input_size:,} inputs, {self._dataset.title} has "
                    f"{self._dataset.train.x.shape[1]:,}. Open a model made for {self._dataset.title}.",
                )
            )
            return
        self._put_aside(self._spec, self._config)
        self._spec = NetworkSpec(self._dataset.input_shape, spec.layers) if self._dataset is not None else spec
        self._built = None
        self.history = History(len(spec.layers))
        self._set_network(Network(self._spec, parameters, "file", f"Model {path.name}"))
        self.plan_changed.emit(Plan(self._spec, self._config))
        self.history_changed.emit()
        if self._engine is not None and self._dataset is not None:
            self._engine.build(self._spec, self._config, parameters)

    def adopt_network(self, config: TrainingConfig) -> None:
        """Let training go on from the weights that are shown, not from the seed; also before the engine is ready."""
        network = self._network
        if network is None:
            return
        self._spec, self._config, self._adopted = network.spec, config, network.parameters
        self._network = replace(network, origin="yours")
        self._build_if_possible()
        self.plan_changed.emit(Plan(self._spec, config))

    def _build_if_possible(self) -> None:
        if self._engine is None or not self._ready or self._dataset is None:
            return
        self._built = None
        self._engine.load_dataset(self._dataset)
        self._engine.build(self._spec, self._config, self._adopted)

    # -- training --------------------------------------------------------------------------------------------

    def train(self, until: Until = "end") -> None:
        """Train on until ``"end"`` of all epochs or of this ``"epoch"``."""
        if self._begin():
            assert self._engine is not None
            self._engine.train(until)

    def pause(self) -> None:
        """Stop taking steps after the chunk in hand."""
        if self._engine is not None:
            self._engine.pause()

    def step(self) -> None:
        """Take one step, one batch, and show its update."""
        if self._begin():
            assert self._engine is not None
            self._engine.step()

    def step_on_sample(self) -> None:
        """Take one step whose batch is the sample that is shown."""
        current = self._current()
        if current is None or current[1] is None:
            self.message.emit(Message("info", "A step needs a sample with a label; choose one of the test set."))
            return
        if self._begin():
            assert self._engine is not None
            self._engine.step_on_sample(current[0], current[1])

    def reset(self) -> None:
        """Start again from the seed; what was trained is put aside."""
        if self._engine is None or not self.is_ready:
            return
        self._engine.pause()
        self._put_aside(self._spec, self._config)
        self._become_yours()
        self._engine.reset()

    def evaluate(self, split: str = "test") -> None:
        """Ask for loss and accuracy over a whole split; the answer comes as ``evaluated``."""
        if self._begin():
            assert self._engine is not None
            self._engine.evaluate(split)

    def save(self, path: Path) -> None:
        """Save the network as a ``.keras`` file; the answer comes as a message."""
        if self._begin():
            assert self._engine is not None
            self._engine.save(path)

    def follow(self, following: bool) -> None:
        """Choose whether snapshots of training replace the one that is shown (not while a step is animated)."""
        self._is_following = following
        if following:
            self._view_waits = True
            held, self._held = self._held, None
            if held is not None and self._is_current(held):
                self._show(held)

    def view_is_ready(self) -> None:
        """Note that the newest snapshot is on the screen and another may be made."""
        self._view_waits = True

    def _begin(self) -> bool:
        """Make the user's own network the one that is shown; False where there is none yet."""
        if not self.is_ready:
            self.message.emit(Message("info", "TensorFlow is still being loaded; try again in a few seconds."))
            return False
        self._become_yours()
        return True

    def _become_yours(self) -> None:
        built = self._built
        if built is None or (self._network is not None and self._network.origin == "yours"):
            return
        from_file = self._network is not None and self._network.origin == "file"
        self._set_network(
            Network(
                built.spec, built.parameters, "yours",
                self._network.title + ", trained on" if from_file and self._network else "Your network",
            )
        )

    def _set_network(self, network: Network) -> None:
        self._network = network
        if len(network.spec.layers) != self.history_layers:
            self.history = History(len(network.spec.layers))
        self.network_changed.emit(network)
        self._probe()

    @property
    def history_layers(self) -> int:
        """Number of layers whose gradients the history holds."""
        return int(self.history.kernel_rms.shape[1])

    # -- answers of the engine ---------------------------------------------------------------------------------

    def _engine_ready(self, _version: str) -> None:
        self._ready = True
        self._build_if_possible()
        self._announce_progress()

    def _engine_built(self, built: Built) -> None:
        self._built = built
        network = self._network
        if network is not None and network.origin == "yours" and network.parameters is not built.parameters:
            kept_step = network.step if self.history.step.size else 0
            fresh = not _same(network.parameters, built.parameters)
            if fresh:
                kept_step = 0
                self.history = History(len(built.spec.layers))
                self.history_changed.emit()
            self._set_network(replace(network, spec=built.spec, parameters=built.parameters, step=kept_step))
        self._announce_progress()

    def _engine_state(self, state: EngineState) -> None:
        changed = self._state is None or state.phase != self._state.phase
        self._state = state
        if changed:
            self._rate_marks.clear()
        self._announce_progress(force=changed)

    def _engine_failed(self, failure: Failure) -> None:
        self.message.emit(Message("error", failure.message, failure.traceback))

    def _engine_evaluated(self, evaluation: Evaluation) -> None:
        self.evaluated.emit(evaluation)

    def _engine_saved(self, saved: Saved) -> None:
        self.message.emit(Message("info", f"Saved the network of step {saved.step:,} to {saved.path}."))

    def _engine_finished(self, _state: object) -> None:
        self._announce_progress(force=True)

    def _drain(self) -> None:
        engine = self._engine
        if engine is None:
            return
        delivery = engine.inbox.drain()
        records, snapshot = delivery.records, delivery.snapshot
        generation = self._built.generation if self._built is not None else -1
        news = False
        for record in records:
            if record.generation != generation:
                continue
            if isinstance(record, StepRecords):
                self.history.append(record)
                self._history_generation = generation
                if self._network is not None:
                    self._network = replace(self._network, step=record.last_step)
            elif isinstance(record, EpochRecord):
                self.history.append_epoch(record)
            news = True
        if news:
            self._rate_marks.append((time.monotonic(), len(self.history)))
            self._rate_marks = self._rate_marks[-60:]
            self.history_changed.emit()
            self._announce_progress()
        if snapshot is not None and snapshot.generation == generation:
            self._take_snapshot(snapshot)
        now = time.monotonic()
        due = self._view_waits and now - self._last_live >= LIVE_INTERVAL_S
        if self.is_training and due and self._is_following:
            current = self._current()
            if current is not None:
                self._view_waits = False
                self._last_live = now
                engine.request_snapshot(*current)

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        if self._network is not None and self._network.origin == "yours":
            parameters = snapshot.parameters
            if snapshot.update is not None:
                parameters = tuple(
                    type(old)(old.kernel + move.kernel, old.bias + move.bias)
                    for old, move in zip(snapshot.parameters, snapshot.update, strict=True)
                )
            self._network = replace(
                self._network, parameters=parameters, step=max(snapshot.step, self._network.step)
            )
        if not self._is_current(snapshot):
            self._view_waits = True
        elif self._is_following:
            self._show(snapshot)
        else:
            self._held = snapshot  # a step is being animated: this one is shown when that is left

    def _is_current(self, snapshot: Snapshot) -> bool:
        current = self._current()
        return current is not None and np.array_equal(current[0], snapshot.sample)

    def _announce_progress(self, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._last_progress < TEXT_INTERVAL_S:
            return
        self._last_progress = now
        self.progress_changed.emit(self.progress())

    def progress(self) -> Progress:
        """Return how far training is."""
        state, rate, remaining = self._state, 0.0, None
        if state is None:
            return Progress(self.phase, 0, self._config.epochs, 0, 0, 0, 0.0, None)
        marks = [mark for mark in self._rate_marks if mark[0] > time.monotonic() - 1.5]
        if state.phase == "training" and len(marks) > 1 and marks[-1][0] > marks[0][0]:
            rate = (marks[-1][1] - marks[0][1]) / (marks[-1][0] - marks[0][0])
            if rate > 0:
                remaining = max(0, state.total_steps - len(self.history)) / rate
        # The engine tells its position at changes of phase only; the steps that arrived are newer.
        step = max(state.step, len(self.history)) if state.generation == self._history_generation else state.step
        return Progress(
            state.phase, state.epoch, self._config.epochs, step, state.total_steps, state.steps_per_epoch,
            rate, remaining,
        )


def _same(a: Parameters, b: Parameters) -> bool:
    return len(a) == len(b) and all(
        x.kernel.shape == y.kernel.shape and np.array_equal(x.kernel, y.kernel)
        and np.array_equal(x.bias, y.bias)
        for x, y in zip(a, b, strict=True)
    )
