"""The only mutable state of the application: data, network, sample, history; wires engine, inbox and timer."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.dataset_loader import DatasetLoader, LoadFailure
from app.engine_messages import Built, EngineState, Failure, Saved
from app.engine_thread import EngineThread
from app.messages import Message
from app.numpy_answer import fitting_loss, numpy_snapshot
from app.numpy_evaluation import NumpyEvaluation
from app.progress_meter import ProgressMeter
from app.samples import Samples
from app.session_values import OWN_TITLE, Kept, Network, Progress, SampleChoice
from nnviz.data.dataset import DatasetChoice, Option
from nnviz.data.datasets import Dataset
from nnviz.data.import_choice import OWN_PREFIX
from nnviz.errors import NnvizError, SpecError
from nnviz.maths.parameters import Parameters, add, initial_parameters
from nnviz.maths.surgery import carried_parameters
from nnviz.run import Run
from nnviz.spec import (
    MAX_EPOCHS,
    TASK_OUTPUT,
    LayerSpec,
    NetworkSpec,
    Plan,
    TrainingConfig,
    classifier,
    output_layer,
    recommended_plan,
)
from nnviz.storage.bundled import load_bundled
from nnviz.storage.models import read_model
from nnviz.training.engine import Until, check_trainable
from nnviz.training.history import History
from nnviz.training.keras_backend import CPU
from nnviz.training.records import ChangeRecord, Snapshot, StepRecords, metric_name

REFRESH_INTERVAL_MS = 33
#: The picture of the network follows training at most this often; more would cost training speed, unseen.
LIVE_INTERVAL_S = 0.066
#: Networks whose weights are kept for when an edit is undone.
KEPT_EDITS = 20


class Session(QObject):
    """Holds the state that the windows show, and asks the engine for changes.

    Args:
        use_engine: whether TensorFlow may be started; the digits front end needs none.
    """

    #: Dataset.
    dataset_changed = Signal(object)
    #: DownloadProgress of data that are being fetched; None when that is over.
    download_changed = Signal(object)
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
    #: Training stopped at a loss that was not finite: (that step, the step whose weights are kept).
    diverged = Signal(object)
    #: Names of the devices that TensorFlow can compute on, and which is in use.
    devices_changed = Signal(tuple, str)
    #: Whether a reset can be taken back.
    undo_available_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None, *, use_engine: bool = True) -> None:
        super().__init__(parent)
        self._spec = classifier()
        self._config = TrainingConfig()
        self._network: Network | None = None
        self.device = CPU
        self._devices: tuple[str, ...] = (CPU,)
        self._wanted_device = ""
        self._built: Built | None = None
        self._state: EngineState | None = None
        self._ready = False
        self._snapshot: Snapshot | None = None
        self._kept: Kept | None = None
        self._samples = Samples()
        self._meter = ProgressMeter()
        # Steps and epochs made before the engine began to count: a network that was put aside and came back.
        self._step_offset = 0
        self._epoch_offset = 0
        # Epochs that the person asked for; after the last, Train goes on for as many again.
        self._asked_epochs = self._config.epochs
        self._adopted: Parameters | None = None
        # Weights as they were before an edit of the network, newest first, for when the edit is undone.
        self._taken: dict[NetworkSpec, Parameters] = {}
        self._bundled: Network | None = None
        self._recommended = Plan(self._spec, self._config)
        self._awaited: Run | None = None  # its data are being read
        self._view_waits = True
        self._is_following = True
        self._held: Snapshot | None = None
        self._last_live = 0.0
        self._step_asked = False
        self.history = History(len(self._spec.layers))
        self._evaluation = NumpyEvaluation(self)
        self._evaluation.evaluated.connect(self.evaluated)
        self._loader = DatasetLoader(self)
        self._loader.loaded.connect(self._take_dataset)
        self._loader.failed.connect(self._take_problem)
        self._loader.progressed.connect(self.download_changed)
        self._loader.cancelled.connect(self._loading_cancelled)
        self._engine: EngineThread | None = None
        if use_engine:
            engine = EngineThread(self)
            engine.ready.connect(self._engine_ready)
            engine.devices_found.connect(self._engine_devices)
            engine.built.connect(self._engine_built)
            engine.state_changed.connect(self._engine_state)
            engine.failed.connect(self._engine_failed)
            engine.evaluated.connect(self.evaluated)
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
        return self._samples.dataset

    @property
    def run(self) -> Run | None:
        """Data set, network and training as they are set now; None while the first data are being read."""
        return None if self.dataset is None else Run(self.dataset.choice, self._spec, self._config)

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
        return self._samples.choice

    @property
    def is_ready(self) -> bool:
        """Whether TensorFlow is there, the data is read and the network is built."""
        return self._ready and self.dataset is not None and self._built is not None

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
            parameters = initial_parameters(self._spec, self._config.seed)
            self._set_network(Network(self._spec, parameters, "yours", "Your network, untrained"))
        else:
            accuracy = metadata.get("test_accuracy")
            title = "Bundled digit model"
            if isinstance(accuracy, float):
                title += f", {100 * accuracy:.1f} % on MNIST test"
            self._bundled = Network(spec, parameters, "bundled", title)
            self._set_network(self._bundled)
        if with_data:
            self._loader.load("mnist")
        if self._engine is not None:
            self._engine.start()
            self._timer.start()
        self._announce_progress()

    def stop(self) -> bool:
        """Stop everything; True when no thread is left."""
        self._timer.stop()
        self._evaluation.stop()
        self._loader.stop()
        return self._engine.shutdown() if self._engine is not None else True

    # -- data and sample -----------------------------------------------------------------------------------

    def set_dataset(self, choice: DatasetChoice | str) -> None:
        """Learn another data set of the registry; it is read in the background, until then the old one stays.

        Where it is not on this computer it is downloaded first; ``download_changed`` tells how far that is.
        """
        chosen = DatasetChoice(choice) if isinstance(choice, str) else choice
        same = self.dataset is not None and chosen.name == self.dataset.name
        if not same or (chosen.options and self.dataset is not None and chosen != self.dataset.choice):
            self.pause()
            if self._awaited is not None and self._awaited.dataset != chosen:
                self._awaited = None  # else it is tried again
            self._loader.load(chosen)

    def cancel_loading(self) -> None:
        """Give up the download in hand."""
        self._loader.cancel()

    def set_toy(self, count: int, noise: float, seed: int, classes: int | None = None) -> None:
        """Make the points that are learnt anew; weights, curves and a training in hand go on.

        Args:
            count: number of points, 100 to 100,000.
            noise: 0 to 0.5.
            seed: of the points, at least 0.
            classes: of blobs, 2 to 10: the network gets as many outputs, the weights before them stay. Ignored by
                other sets.
        """
        dataset = self.dataset
        if dataset is None or "noise" not in dataset.options:
            return
        options: dict[str, Option] = {"count": count, "noise": noise, "seed": seed}
        if "classes" in dataset.options:
            options["classes"] = dataset.options["classes"] if classes is None else classes
        self._awaited = None
        self._loader.load(DatasetChoice(dataset.name, options))

    def open_run(self, run: Run) -> None:
        """Take a run over: its data, its network and its training, from its seed; what was trained is put aside.

        A run that cannot be taken over changes nothing, a message says why.
        """
        dataset = self.dataset
        if dataset is None:
            self.message.emit(Message("info", "The first data are still being read; open the run in a few seconds."))
            return
        self.pause()
        if run.dataset == dataset.choice:
            self._take_run(run, dataset)
        else:
            self._awaited = run
            self._loader.load(run.dataset)

    def _take_run(self, run: Run, dataset: Dataset) -> None:
        try:
            check_trainable(run.spec, dataset, run.config)
        except NnvizError as error:
            self.message.emit(Message("error", f"The run cannot be opened: {error}"))
            self._keep_dataset()
            return
        self._put_aside(self._spec, self._config)
        self._spec, self._config, self._asked_epochs = run.spec, run.config, run.config.epochs
        self._adopted = None
        if dataset is not self.dataset:
            self._samples.take(dataset)
            self.dataset_changed.emit(dataset)
        self._start_history(len(run.spec.layers))
        self._built = None  # the engine still has the network from before: it is not asked about this one
        parameters = initial_parameters(run.spec, run.config.seed)
        self._set_network(Network(run.spec, parameters, "yours", OWN_TITLE))
        self.plan_changed.emit(run.plan)
        self._build_if_possible()
        if self.sample.kind == "test":
            self.choose_sample(0)
        self.message.emit(Message("info", f"The run was opened: {run.spec.title} on {dataset.title}. Train starts it."))

    def take_own_dataset(self, dataset: Dataset) -> None:
        """Learn data of the person's own, which were read elsewhere; what was trained before is put aside."""
        self.pause()
        self._awaited = None
        self._take_dataset(dataset)

    def _take_dataset(self, dataset: Dataset) -> None:
        self.download_changed.emit(None)
        awaited, self._awaited = self._awaited, None
        if awaited is not None:
            self._take_run(awaited, dataset)
            return
        before = self.dataset
        # Own data of the same name may have other columns: they are begun with anew.
        if before is not None and before.name == dataset.name and not dataset.name.startswith(OWN_PREFIX):
            self._renew_dataset(before, dataset)
            return
        if before is None and dataset.train.x.shape[1] == self._spec.input_size:
            self._samples.dataset = dataset  # a digit drawn meanwhile stays
            self.dataset_changed.emit(dataset)
        else:
            self._put_aside(self._spec, self._config)
            self._samples.take(dataset)
            self._built = None  # the network there is has no use for these samples
            self.dataset_changed.emit(dataset)
            self._built = None  # the engine still has the network for the data before: it is not asked
            self._begin_with(dataset)
        self._build_if_possible()
        if self.sample.kind == "test":
            self.choose_sample(0)

    def _renew_dataset(self, before: Dataset, dataset: Dataset) -> None:
        """Take the same data made anew; the weights stay, and where there are more or fewer classes so do outputs."""
        index, last = self.sample.index, self._spec.layers[-1]
        self._samples.take(dataset)
        self._samples.choose(index)
        if last.units == before.output_count != dataset.output_count:
            self._refit(replace(last, units=dataset.output_count), dataset)
        else:
            self.dataset_changed.emit(dataset)
            if self._engine is not None and self._built is not None:
                self._engine.change_dataset(dataset)
            else:
                self._build_if_possible()
        self.choose_sample(index)

    def _refit(self, output: LayerSpec, dataset: Dataset) -> None:
        """Give the network another output layer, with the weights that have a place in it; training goes on."""
        old, network, config = self._spec, self._network, self._config
        spec = NetworkSpec(old.input_shape, (*old.layers[:-1], output))
        asked = replace(config, epochs=self._asked_epochs)
        if Plan(old, asked) == self._recommended:
            self._recommended = Plan(spec, asked)
        was_training, has_learnt = self.is_training, self._has_learnt()
        # Nothing of the older network may be shown with the names of the new outputs.
        self._spec, self._built = spec, None
        self.dataset_changed.emit(dataset)
        if network is not None and network.spec == old:
            parameters = initial_parameters(spec, config.seed)
            if has_learnt:
                self._adopted = parameters = carried_parameters(network.parameters, old, spec, config.seed)
                self._step_offset, self._epoch_offset = self._steps(), len(self.history.epochs)
            self._set_network(replace(network, spec=spec, parameters=parameters))
        self._build_if_possible()
        self.plan_changed.emit(Plan(spec, config))
        if was_training and self._engine is not None:
            self._engine.train("end")

    def _begin_with(self, dataset: Dataset) -> None:
        """Fit input and output of the planned network to other data, and show it as it is before training."""
        asked = Plan(self._spec, replace(self._config, epochs=self._asked_epochs))
        if asked == self._recommended:
            self._recommend(dataset)  # nobody has changed it: what suits these data
        else:
            output = output_layer(dataset.task, dataset.output_count)
            self._spec = NetworkSpec(dataset.input_shape, (*self._spec.layers[:-1], output))
            self._config = replace(self._config, loss=TASK_OUTPUT[dataset.task][1])
        self._adopted = None
        self._start_history(len(self._spec.layers))
        if dataset.name == "mnist" and self._bundled is not None:
            self._set_network(self._bundled)
        else:
            parameters = initial_parameters(self._spec, self._config.seed)
            self._set_network(Network(self._spec, parameters, "yours", OWN_TITLE))
        self.plan_changed.emit(Plan(self._spec, self._config))

    def _recommend(self, dataset: Dataset) -> None:
        plan = recommended_plan(dataset.input_shape, dataset.output_count, len(dataset.train), dataset.task)
        self._recommended = plan
        self._spec, self._config, self._asked_epochs = plan.spec, plan.config, plan.config.epochs

    def _take_problem(self, failure: LoadFailure) -> None:
        action = "Retry" if failure.may_retry else ""
        self.message.emit(Message("error", failure.text, action=action, wish=failure.choice))
        if not failure.may_retry:
            self._awaited = None
        self._keep_dataset()

    def _loading_cancelled(self) -> None:
        self.message.emit(Message("info", "The download was cancelled; what was complete is kept."))
        self._awaited = None
        self._keep_dataset()

    def _keep_dataset(self) -> None:
        self.download_changed.emit(None)
        if self.dataset is not None:
            self.dataset_changed.emit(self.dataset)  # whoever showed the wish shows the fact again

    def choose_sample(self, index: int | None) -> None:
        """Show a sample of the test set; the index wraps around, None says that there is none."""
        if index is None:
            self.message.emit(Message("info", "The network classifies every sample of the test set rightly."))
        elif self._samples.choose(index):
            self.sample_changed.emit(self.sample)
            self._probe()

    def next_sample(self) -> None:
        """Show the next sample, the next wrong one where only those are wanted."""
        self.choose_sample(self._samples.next_index(1, self._network))

    def previous_sample(self) -> None:
        """Show the sample before."""
        self.choose_sample(self._samples.next_index(-1, self._network))

    def random_sample(self) -> None:
        """Show a sample by chance."""
        self.choose_sample(self._samples.random_index(self._network))

    def set_only_wrong(self, only: bool) -> None:
        """Choose whether next, previous and random pass over samples that are classified rightly."""
        self._samples.only_wrong = only
        if only and self._snapshot is not None and self._samples.is_right(self._snapshot.forward.output):
            self.next_sample()

    def set_drawing(self, image: NDArray[np.float32] | None) -> None:
        """Show a drawn digit, (28, 28) float32 in [0, 1]; None goes back to the sample of the test set."""
        before = self.sample
        if image is None:
            if before.kind == "drawing":
                self.choose_sample(before.index)
            return
        self._samples.draw(image)
        if before.kind != "drawing":
            self.sample_changed.emit(self.sample)
        self._probe()

    def _probe(self) -> None:
        """Show the sample at once, by NumPy with the newest weights; while training the engine's answer follows."""
        current, network = self._samples.current(), self._network
        if current is None or network is None or current[0].size != network.spec.input_size:
            return
        x, target = current
        generation = self._built.generation if self._built is not None else 0
        loss = self._config.loss if network.origin == "yours" else fitting_loss(network.spec, self.dataset)
        self._show(numpy_snapshot(network, x, target, loss, generation))
        # A drawing changes with every point and is answered here; Keras's own tensors are asked for at rest.
        if network.origin == "yours" and target is not None and self._built is not None:
            self._ask_for_snapshot()

    def _ask_for_snapshot(self) -> None:
        current = self._samples.current()
        if current is not None and self._engine is not None:
            self._engine.request_snapshot(*current)

    def _show(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._held = None
        self.snapshot_changed.emit(snapshot)

    # -- the plan: network and training values ---------------------------------------------------------------

    def set_plan(self, spec: NetworkSpec, config: TrainingConfig) -> None:
        """Set what is trained from now on.

        A network that was trained goes on: its weights stay where they have a place in the new one, training does not
        stop, and the curves mark where. One that was not is built anew, so that the same plan gives the same run.
        What cannot be trained is refused with a message, and the plan stays as it is.
        """
        old = Plan(self._spec, self._config)
        if Plan(spec, config) == old:
            return
        if self.dataset is not None:
            try:
                check_trainable(spec, self.dataset, config)
            except SpecError as error:
                text = str(error)
                self.message.emit(Message("error", f"{text[:1].upper()}{text[1:]}. The plan stays as it was."))
                self.plan_changed.emit(old)
                return
        self._asked_epochs = config.epochs
        self._spec, self._config = spec, config
        if self._engine is not None and self._built is not None and self._has_learnt():
            self._engine.adapt(spec, config, self._rest_for(old.spec, spec))
        else:
            self._adopted = None
            self._become_planned(spec)
            self._build_if_possible()
        self.plan_changed.emit(Plan(spec, config))

    def start_over(self, spec: NetworkSpec, config: TrainingConfig) -> bool:
        """Train another plan from its seed.

        Returns:
            Whether there was a trained network, which was put aside: ``undo_reset`` brings it back.
        """
        if self._engine is None or self._built is None:
            self.set_plan(spec, config)
            return False
        self._engine.pause()
        before = self._kept
        self._put_aside(self._spec, self._config)
        self._spec, self._config, self._asked_epochs = spec, config, config.epochs
        self._adopted = None
        network = self._network
        if network is not None and network.origin == "yours":
            self._start_history(len(spec.layers))
            parameters = initial_parameters(spec, config.seed)
            self._set_network(replace(network, spec=spec, parameters=parameters, step=0))
        self._build_if_possible()
        self.plan_changed.emit(Plan(spec, config))
        return self._kept is not before

    def _has_learnt(self) -> bool:
        """Whether the network in training is more than what its seed draws."""
        network = self._network
        is_trained = network is not None and network.origin == "yours" and self._steps() > 0
        return is_trained or self._adopted is not None

    def _rest_for(self, old: NetworkSpec, new: NetworkSpec) -> Parameters | None:
        """Return weights for what a change adds: those that an earlier change took away, if it is taken back."""
        network = self._network
        if old != new and network is not None and network.spec == old:
            self._taken = {old: network.parameters, **{k: v for k, v in self._taken.items() if k != old}}
            while len(self._taken) > KEPT_EDITS:
                self._taken.popitem()
        return self._taken.get(new)

    def _become_planned(self, spec: NetworkSpec) -> None:
        """Show the untrained network as planned, if it is the user's own that is shown."""
        network = self._network
        if network is not None and network.origin == "yours" and network.spec != spec:
            self._start_history(len(spec.layers))
            self._set_network(replace(network, spec=spec, parameters=initial_parameters(spec, self._config.seed)))

    def _put_aside(self, spec: NetworkSpec, config: TrainingConfig) -> None:
        network = self._network
        dataset = self.dataset
        if network is not None and dataset is not None and network.origin == "yours" and network.step > 0:
            steps, epochs = self._steps(), len(self.history.epochs)
            self._kept = Kept(network, dataset, self.history, Plan(spec, config), steps, epochs)
            self.undo_available_changed.emit(True)
            text = f"The network of {steps:,} steps was put aside; Undo reset in the menu Training brings it back."
            self.message.emit(Message("info", text))

    def undo_reset(self) -> None:
        """Take back the last reset: weights and curves return, the optimizer starts afresh."""
        kept, self._kept = self._kept, None
        self.undo_available_changed.emit(False)
        if kept is None or self._engine is None:
            return
        self._spec, self._config = kept.plan.spec, kept.plan.config
        self._built = None
        if kept.dataset is not self.dataset:
            self._samples.take(kept.dataset)
            self.dataset_changed.emit(kept.dataset)
        self.history = kept.history
        self._step_offset, self._epoch_offset = kept.steps, kept.epochs
        self._adopted = kept.network.parameters
        self._set_network(kept.network)
        if self.sample.label is None and self.sample.kind == "test":
            self.choose_sample(0)
        self._build_if_possible()
        self.plan_changed.emit(kept.plan)
        self.history_changed.emit()

    def open_model(self, path: Path) -> None:
        """Show a network from a ``.keras`` file and train on from its weights."""
        try:
            spec, parameters = read_model(path)
        except NnvizError as error:
            self.message.emit(Message("error", str(error)))
            return
        problem = self._why_not_shown(path, spec)
        if problem:
            self.message.emit(Message("error", problem))
            return
        self._put_aside(self._spec, self._config)
        shape = (28, 28) if self.dataset is None else self.dataset.input_shape
        self._spec = NetworkSpec(shape, spec.layers)
        self._config = replace(self._config, loss=fitting_loss(self._spec, self.dataset))
        self._adopted = parameters
        self._start_history(len(spec.layers))
        self._set_network(Network(self._spec, parameters, "file", f"Model {path.name}"))
        self.plan_changed.emit(Plan(self._spec, self._config))
        self._build_if_possible()

    def _why_not_shown(self, path: Path, spec: NetworkSpec) -> str:
        """Return why a network cannot be shown and trained on the data in use, or ""."""
        dataset = self.dataset
        inputs = 784 if dataset is None else dataset.train.x.shape[1]
        outputs = 10 if dataset is None else dataset.output_count
        possible = (outputs, 2) if dataset is not None and dataset.task == "binary" else (outputs,)
        title = "MNIST" if dataset is None else dataset.title
        if spec.input_size != inputs:
            size = spec.input_size
            return f"{path.name} takes {size:,} inputs, {title} has {inputs:,}. Open a model made for {title}."
        if spec.layers[-1].units not in possible:
            units = spec.layers[-1].units
            return f"{path.name} has {units:,} outputs, {title} needs {outputs:,}. Open a model made for {title}."
        return ""

    def _start_history(self, layers: int) -> None:
        task = "multiclass" if self.dataset is None else self.dataset.task
        self.history = History(layers, metric_name(task))
        self._taken.clear()
        self._step_offset, self._epoch_offset = 0, 0
        self.history_changed.emit()

    def _steps(self) -> int:
        """Return how many steps the network in training has had."""
        return self.history.step[-1].item() if len(self.history) else 0

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
        if self._engine is None or not self._ready or self.dataset is None:
            return
        self._built = None
        self._engine.load_dataset(self.dataset)
        self._engine.build(self._spec, self._config, self._adopted)

    # -- training --------------------------------------------------------------------------------------------

    def train(self, until: Until = "end") -> None:
        """Train on until ``"end"`` of all epochs or of this ``"epoch"``, or so many steps; after the end, go on."""
        if self._begin():
            assert self._engine is not None
            self._extend_where_finished(until)
            self._engine.train(until)

    def set_pace(self, steps_per_second: float) -> None:
        """Train in slow motion, at most so many steps a second with a picture of each; 0 as fast as can be."""
        if self._engine is not None:
            self._engine.set_pace(steps_per_second)

    def set_device(self, device: str) -> None:
        """Compute on another of the devices that ``devices_changed`` told; weights and curves go on."""
        if not self._ready:
            self._wanted_device = device  # known only when TensorFlow is there
            return
        if device not in self._devices:
            known = ", ".join(self._devices)
            self.message.emit(
                Message("error", f"There is no device {device}; TensorFlow finds {known}. {self.device} stays in use.")
            )
            return
        if self._engine is None or device == self.device:
            return
        self.device = device
        self.devices_changed.emit(self._devices, device)
        self.pause()
        self._engine.set_device(device)
        if self._has_learnt() and self._network is not None:
            self._adopted = self._network.parameters
            self._step_offset, self._epoch_offset = self._steps(), len(self.history.epochs)
        self._build_if_possible()

    def _extend_where_finished(self, until: Until) -> None:
        """Raise the epochs where all of them are over, so that the button does what it says."""
        state = self._state
        if state is None or not state.is_finished or self._engine is None:
            return
        if self._config.epochs > state.epoch:  # stopped early: go on to the epochs that were planned
            self._engine.set_epochs(self._config.epochs)
            return
        more = self._asked_epochs if until == "end" else 1
        wanted = min(MAX_EPOCHS, self._config.epochs + more)
        self._config = replace(self._config, epochs=wanted)
        self._engine.set_epochs(wanted)
        self.plan_changed.emit(Plan(self._spec, self._config))

    def pause(self) -> None:
        """Stop taking steps after the chunk in hand."""
        if self._engine is not None:
            self._engine.pause()

    def step(self) -> None:
        """Take one step, one batch, and show its update."""
        if self._begin():
            assert self._engine is not None
            self._step_asked = True
            self._extend_where_finished("step")
            self._engine.step()

    def step_on_sample(self) -> None:
        """Take one step whose batch is the sample that is shown."""
        current = self._samples.current()
        if current is None or current[1] is None:
            self.message.emit(Message("info", "A step needs a sample with a label; choose one of the test set."))
            return
        if self._begin():
            assert self._engine is not None
            self._step_asked = True
            self._engine.step_on_sample(current[0], current[1])

    def reset(self) -> None:
        """Start again from the seed; what was trained is put aside."""
        if self._engine is None or not self.is_ready:
            return
        self._engine.pause()
        self._put_aside(self._spec, self._config)
        self._adopted = None
        self._become_yours()
        self._engine.reset()
        if self._config.epochs != self._asked_epochs:
            self._config = replace(self._config, epochs=self._asked_epochs)
            self._engine.set_epochs(self._asked_epochs)
            self.plan_changed.emit(Plan(self._spec, self._config))

    def evaluate(self, split: str = "test") -> None:
        """Ask for loss and accuracy over a whole split; the answer comes as ``evaluated``."""
        network, dataset = self._network, self.dataset
        if network is not None and network.origin != "yours" and dataset is not None:
            self._evaluation.start(network, dataset, split)
        elif self._begin() and self._engine is not None:
            self._engine.evaluate(split)

    def save(self, path: Path) -> None:
        """Save the network as a ``.keras`` file; the answer comes as a message."""
        network = self._network
        if network is not None and network.origin != "yours":
            text = f"{network.title} is shown, which is on the disk already. Train your own network, then save it."
            self.message.emit(Message("info", text))
        elif self._begin() and self._engine is not None:
            self._engine.save(path)

    def follow(self, following: bool) -> None:
        """Choose whether snapshots of training replace the one that is shown (not while a step is animated)."""
        self._is_following = following
        if following:
            self._view_waits = True
            held, self._held = self._held, None
            if held is not None and self._samples.is_current(held.sample):
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
                self._network.title + ", trained on" if from_file and self._network else OWN_TITLE,
            )
        )

    def _set_network(self, network: Network) -> None:
        self._network = network
        if len(network.spec.layers) != self.history.kernel_rms.shape[1]:
            self._start_history(len(network.spec.layers))
        self.network_changed.emit(network)
        self._probe()

    # -- answers of the engine ---------------------------------------------------------------------------------

    def _engine_ready(self, _version: str) -> None:
        self._ready = True
        self._build_if_possible()
        self._announce_progress()

    def _engine_devices(self, devices: tuple[str, ...]) -> None:
        self._devices = devices
        self.devices_changed.emit(devices, self.device)
        if self._wanted_device:
            self.set_device(self._wanted_device)

    def _engine_built(self, built: Built) -> None:
        self._built = built
        network = self._network
        if network is not None and network.origin == "yours":
            if self._adopted is None:
                self._start_history(len(built.spec.layers))
            step = self._step_offset
            self._set_network(replace(network, spec=built.spec, parameters=built.parameters, step=step))
        self._announce_progress(force=True)

    def _engine_state(self, state: EngineState) -> None:
        before, self._state = self._state, state
        changed = before is None or state.phase != before.phase
        if before is not None and before.phase == "training" and state.phase == "idle" and not self._step_asked:
            # The last live picture is some steps old: what is shown at rest is the network as it is.
            self._ask_for_snapshot()
        if changed:
            self._meter.clear()
        self._announce_progress(force=changed)

    def _engine_failed(self, failure: Failure) -> None:
        self._step_asked = False
        self.message.emit(Message("error", failure.message, failure.traceback))
        if failure.diverged is not None:
            step, kept = failure.diverged
            self.diverged.emit((step + self._step_offset, kept + self._step_offset))

    def _engine_saved(self, saved: Saved) -> None:
        step = saved.step + self._step_offset
        self.message.emit(Message("info", f"Saved the network of step {step:,} to {saved.path}."))

    def _engine_finished(self, _state: object) -> None:
        self._announce_progress(force=True)

    def _drain(self) -> None:
        engine = self._engine
        if engine is None:
            return
        delivery = engine.inbox.drain()
        generation = self._built.generation if self._built is not None else -1
        news = [record for record in delivery.records if record.generation == generation]
        for record in news:
            if isinstance(record, ChangeRecord):
                self._take_change(record)
            elif isinstance(record, StepRecords):
                epoch = record.epoch + self._epoch_offset
                self.history.append(replace(record, first_step=record.first_step + self._step_offset, epoch=epoch))
            else:
                step, epoch = record.step + self._step_offset, record.epoch + self._epoch_offset
                self.history.append_epoch(replace(record, step=step, epoch=epoch))
                if record.stop_reason:
                    self.message.emit(Message("info", record.stop_reason))
        if news:
            self._meter.note(self._steps())
            self.history_changed.emit()
            self._announce_progress(force=not self.is_training)
        snapshot = delivery.snapshot
        if snapshot is not None and snapshot.generation == generation:
            self._take_snapshot(replace(snapshot, step=snapshot.step + self._step_offset))
        now = time.monotonic()
        due = self._view_waits and now - self._last_live >= LIVE_INTERVAL_S
        if self.is_training and due and self._is_following:
            self._view_waits = False
            self._last_live = now
            self._ask_for_snapshot()

    def _take_change(self, record: ChangeRecord) -> None:
        """Note where network or training were changed; from here on the engine's network is the one shown."""
        step = record.step + self._step_offset
        self.history.append_change(replace(record, step=step))
        if self._built is not None:
            self._built = replace(
                self._built, spec=record.after.spec, config=record.after.config, parameters=record.parameters
            )
        network = self._network
        if network is not None and network.origin == "yours" and record.before.spec != record.after.spec:
            self._network = replace(network, spec=record.after.spec, parameters=record.parameters, step=step)
            self.network_changed.emit(self._network)
            self._probe()

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        if not self.is_training:
            self._step_asked = False
        if self._network is not None and self._network.origin == "yours":
            if snapshot.spec != self._network.spec:
                return  # made before a change that has been taken in already
            parameters, step = snapshot.parameters, snapshot.step
            if snapshot.update is not None:
                parameters, step = add(parameters, snapshot.update), step + 1
            self._network = replace(self._network, parameters=parameters, step=step)
        if not self._samples.is_current(snapshot.sample):
            self._view_waits = True
        elif self._is_following:
            self._show(snapshot)
        else:
            self._held = snapshot  # a step is being animated: this one is shown when that is left

    def _announce_progress(self, force: bool = False) -> None:
        if self._meter.is_due() or force:
            self.progress_changed.emit(self.progress())

    def progress(self) -> Progress:
        """Return how far training is."""
        return self._meter.progress(
            self._state, self.phase, self._config.epochs, self._steps(), self._step_offset
        )
