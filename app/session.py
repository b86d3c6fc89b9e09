"""The session of a window: its state, and the wishes that change it. The desks it is composed of do the work."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.desks.check_desk import CheckDesk
from app.desks.compare_desk import CompareDesk
from app.desks.data_desk import DataDesk
from app.desks.engine_link import EngineLink
from app.desks.engine_news import EngineNews
from app.desks.hand_desk import HandDesk
from app.desks.mean_desk import MeanDesk
from app.desks.plan_desk import PlanDesk
from app.desks.sample_desk import SampleDesk
from app.desks.teach_desk import TeachDesk
from app.desks.training_desk import TrainingDesk
from app.desks.workbench import Workbench
from app.session_values import Comparison, HandChanges, Network, Progress, SampleChoice
from app.teach_state import TeachState
from nnviz.data.dataset import Dataset, DatasetChoice
from nnviz.picture.means import Scope
from nnviz.picture.refs import EdgeRef
from nnviz.run import Run
from nnviz.spec import NetworkSpec, Plan, TrainingConfig
from nnviz.training.check_values import Trust
from nnviz.training.engine import Until
from nnviz.training.hand import WeightValues
from nnviz.training.history import History
from nnviz.training.records import HandMarks, Snapshot


class Session(QObject):
    """Holds the state that the windows show, and asks the engine for changes.

    No method waits for its effect, except ``stop``; signals tell of it. What cannot be done is told by ``message``.

    Args:
        use_engine: whether TensorFlow is started; the digits front end needs none.
        engine_when_taught: whether it may be started later, see ``load_keras``.

    Attributes:
        engine: the link to the thread that owns TensorFlow.
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
    #: Scope: whether one sample is shown or the mean over several.
    scope_changed = Signal(object)
    #: Comparison of two pictures, or None; told before the snapshot it goes with.
    comparison_changed = Signal(object)
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
    #: GradientCheck; None where the check was cancelled or could not be made.
    gradients_checked = Signal(object)
    #: Parts of a check that are done, and of how many; 0 of 0 while it waits to begin.
    check_progressed = Signal(int, int)
    #: Trust, or None: no check was made of this network.
    trust_changed = Signal(object)
    #: HandEdit: weights or units of the network that is shown were changed by hand.
    hand_edited = Signal(object)
    #: HandEdit: the engine did it; with the exact values before it.
    hand_confirmed = Signal(object)
    #: HandEdit: the engine could not do it; what is shown is as it was.
    hand_refused = Signal(object)
    #: HandChanges: all that is changed by hand now.
    hand_changed = Signal(object)
    #: Plan: it became that of the network that was edited by hand, from which training begins; no edit of a person.
    plan_adopted = Signal(object)
    #: The edits by hand so far were of a network that is no more.
    hand_forgotten = Signal()
    #: Whether a reset can be taken back.
    undo_available_changed = Signal(bool)

    #: Taught: a step was made of a drawing that a person labelled.
    taught = Signal(object)
    #: TeachState.
    teaching_changed = Signal(object)

    def __init__(
        self, parent: QObject | None = None, *, use_engine: bool = True, engine_when_taught: bool = False
    ) -> None:
        super().__init__(parent)
        self.engine = EngineLink(self, is_used=use_engine)
        self._bench = bench = Workbench(self.engine, self)
        # Connected before the desks: the windows hear of a network first, then of the sample in it.
        bench.dataset_changed.connect(self.dataset_changed)
        bench.network_changed.connect(self.network_changed)
        bench.plan_changed.connect(self.plan_changed)
        bench.history_changed.connect(self.history_changed)
        bench.undo_available_changed.connect(self.undo_available_changed)
        bench.message.connect(self.message)
        self.engine.devices_changed.connect(self.devices_changed)
        self._samples = SampleDesk(bench, self)
        self._means = MeanDesk(bench, self._samples, self)
        self._means.scope_changed.connect(self.scope_changed)
        self._compare = CompareDesk(bench, self._samples, self._means, self)
        self._compare.snapshot_changed.connect(self.snapshot_changed)
        self._compare.comparison_changed.connect(self.comparison_changed)
        self._samples.sample_changed.connect(self.sample_changed)
        self._data = DataDesk(bench, self._samples, self)
        self._data.download_changed.connect(self.download_changed)
        self._plans = PlanDesk(bench, self._samples, self)
        self._hand = HandDesk(bench, self._samples, self)
        self._hand.edited.connect(self.hand_edited)
        self._hand.confirmed.connect(self.hand_confirmed)
        self._hand.refused.connect(self.hand_refused)
        self._hand.changed.connect(self.hand_changed)
        self._hand.adopted.connect(self.plan_adopted)
        bench.hand_forgotten.connect(self.hand_forgotten)
        self._teaching = TeachDesk(bench, self._samples, starts_engine=engine_when_taught, parent=self)
        self._teaching.taught.connect(self.taught)
        self._teaching.changed.connect(self.teaching_changed)
        self._teaching.adopted.connect(self.plan_adopted)
        self._training = TrainingDesk(bench, self._samples, self._hand, self._teaching, self)
        self._training.evaluated.connect(self.evaluated)
        self._checks = CheckDesk(bench, self._samples, self)
        self._checks.gradients_checked.connect(self.gradients_checked)
        self._checks.check_progressed.connect(self.check_progressed)
        self._checks.trust_changed.connect(self.trust_changed)
        self._news = EngineNews(bench, self._samples, self._hand, self)
        self._news.progress_changed.connect(self.progress_changed)
        self._news.diverged.connect(self.diverged)

    # -- what is so ----------------------------------------------------------------------------------------

    @property
    def spec(self) -> NetworkSpec:
        """The network that training builds."""
        return self._bench.planned.spec

    @property
    def config(self) -> TrainingConfig:
        """How it is trained."""
        return self._bench.planned.config

    @property
    def dataset(self) -> Dataset | None:
        """The data, or None while it is being read."""
        return self._bench.dataset

    @property
    def run(self) -> Run | None:
        """Data set, network and training as they are set now; None while the first data are being read."""
        return None if self.dataset is None else Run(self.dataset.choice, self.spec, self.config)

    @property
    def network(self) -> Network | None:
        """The network that is shown and that answers."""
        return self._bench.network

    @property
    def history(self) -> History:
        """The scalars of every step and epoch of the network in training; another object after a reset."""
        return self._bench.position.history

    @property
    def snapshot(self) -> Snapshot | None:
        """The sample now shown on its way through the network, or the mean over several."""
        return self._compare.snapshot

    @property
    def scope(self) -> Scope:
        """Whether one sample is shown or the mean over several."""
        return self._means.scope

    @property
    def comparison(self) -> Comparison | None:
        """Which two pictures stand side by side, None for a single one."""
        return self._compare.comparison

    @property
    def sample(self) -> SampleChoice:
        """Which sample is shown."""
        return self._samples.choice

    @property
    def hand(self) -> HandChanges:
        """What of the network that is shown was changed by hand."""
        return self._hand.changes

    @property
    def device(self) -> str:
        """Where the steps are computed, as TensorFlow calls it: ``"CPU:0"``."""
        return self.engine.device

    @property
    def is_ready(self) -> bool:
        """Whether TensorFlow is there, the data is read and the network is built."""
        return self._training.is_ready

    @property
    def phase(self) -> str:
        """What the engine does: a phase of ``EngineState``, or ``"none"`` without an engine."""
        return self.engine.phase

    @property
    def is_training(self) -> bool:
        """Whether steps are being taken."""
        return self.engine.is_training

    def progress(self) -> Progress:
        """Return how far training is."""
        return self._news.progress()

    # -- life ----------------------------------------------------------------------------------------------

    def start(self, *, with_data: bool = True) -> None:
        """Show the bundled model, then read the data and start TensorFlow in the background."""
        self._data.start(with_data=with_data)
        self.engine.start()
        self._news.start()

    def stop(self) -> bool:
        """Stop everything and wait for it; True when no thread is left."""
        self._news.stop()
        self._teaching.stop()
        self._training.stop()
        self._means.stop()
        self._compare.stop()
        self._data.stop()
        return self.engine.stop()

    # -- data ----------------------------------------------------------------------------------------------

    def set_dataset(self, choice: DatasetChoice | str) -> None:
        """Learn another data set of the registry; it is read in the background, until then the old one stays.

        Where it is not on this computer it is downloaded first; ``download_changed`` tells how far that is.
        """
        self._data.load(DatasetChoice(choice) if isinstance(choice, str) else choice)

    def cancel_loading(self) -> None:
        """Give up the download in hand."""
        self._data.cancel()

    def set_toy(self, count: int, noise: float, seed: int, classes: int | None = None) -> None:
        """Make the points that are learnt anew; weights, curves and a training in hand go on.

        Args:
            count: number of points, 100 to 100,000.
            noise: 0 to 0.5.
            seed: of the points, at least 0.
            classes: of blobs, 2 to 10: the network gets as many outputs, the weights before them stay. Ignored by
                other sets.
        """
        self._data.renew_toy(count, noise, seed, classes)

    def take_own_dataset(self, dataset: Dataset) -> None:
        """Learn data of the person's own, which were read elsewhere; what was trained before is put aside."""
        self._data.take_own(dataset)

    def open_run(self, run: Run) -> None:
        """Take a run over: its data, its network and its training, from its seed; what was trained is put aside.

        A run that cannot be taken over changes nothing, a message says why.
        """
        self._data.open_run(run)

    # -- sample --------------------------------------------------------------------------------------------

    def choose_sample(self, index: int | None) -> None:
        """Show a sample of the test set; the index wraps around, None says that there is none."""
        self._means.leave()
        self._samples.choose(index)

    def next_sample(self) -> None:
        """Show the next sample, the next wrong one where only those are wanted."""
        self._means.leave()
        self._samples.choose_next(1)

    def previous_sample(self) -> None:
        """Show the sample before."""
        self._means.leave()
        self._samples.choose_next(-1)

    def random_sample(self) -> None:
        """Show a sample by chance."""
        self._means.leave()
        self._samples.choose_random()

    def set_only_wrong(self, only: bool) -> None:
        """Choose whether next, previous and random pass over samples that are classified rightly."""
        self._samples.set_only_wrong(only)

    def set_drawing(self, image: NDArray[np.float32] | None) -> None:
        """Show a drawn digit, (28, 28) float32 in [0, 1]; None goes back to the sample of the test set."""
        if image is not None:
            self._means.leave()
        self._samples.set_drawing(image)

    def follow(self, following: bool) -> None:
        """Choose whether snapshots of training replace the one that is shown (not while a step is animated)."""
        self._means.follow(following)
        self._samples.follow(following)

    def prepare_newest(self) -> None:
        """Have a snapshot of the newest step made, if training goes on, and held back for ``show_newest``."""
        self._samples.prepare_newest()

    def show_newest(self) -> None:
        """Show the snapshot that is held back while a step is animated, if there is one."""
        self._means.show_newest()
        self._samples.show_newest()

    def set_dropout_shown(self, shown: bool) -> None:
        """Show the pass of the sample as in training, with the units off that dropout switches off in the next step.

        Where there is no dropout, or no training of this network, the network's answer is shown as before.
        """
        self._samples.set_dropout_shown(shown)

    @property
    def is_dropout_shown(self) -> bool:
        """Whether the pass as in training is asked for."""
        return self._samples.is_dropout_shown

    def pin_moment(self) -> None:
        """Measure changes of weights from the weights shown now: ``Snapshot.reference`` is then "step N"."""
        self._samples.pin_moment()

    def unpin_moment(self) -> None:
        """Measure changes of weights from the start of training again."""
        self._samples.unpin_moment()

    @property
    def is_moment_pinned(self) -> bool:
        """Whether changes are measured from a pinned moment; a new training or a reset lets it go."""
        return self._bench.reference.pinned is not None

    def view_is_ready(self) -> None:
        """Note that the newest snapshot is on the screen and another may be made."""
        self._samples.view_is_ready()

    def set_scope(self, scope: Scope) -> None:
        """Show one sample, or the mean over several; choosing a sample goes back to one."""
        self._means.set_scope(scope)

    # -- two pictures side by side -------------------------------------------------------------------------

    def compare_samples(self) -> None:
        """Pin what is shown in a second picture; the first goes on with the samples that are chosen."""
        self._compare.pin()

    def compare_moments(self) -> None:
        """Show the sample through the network of the marked moment beside the present one."""
        self._compare.compare_moments()

    def end_comparison(self) -> None:
        """Go back to a single picture."""
        self._compare.close()

    # -- the plan: network and training values ---------------------------------------------------------------

    def set_plan(self, spec: NetworkSpec, config: TrainingConfig) -> None:
        """Set what is trained from now on.

        A network that was trained goes on: its weights stay where they have a place in the new one, training does not
        stop, and the curves mark where. One that was not is built anew, so that the same plan gives the same run.
        What cannot be trained is refused with a message, and the plan stays as it is.
        """
        self._plans.edit(Plan(spec, config))

    def start_over(self, spec: NetworkSpec, config: TrainingConfig) -> bool:
        """Train another plan from its seed.

        Returns:
            Whether there was a trained network, which was put aside: ``undo_reset`` brings it back.
        """
        return self._plans.start_over(Plan(spec, config))

    def undo_reset(self) -> None:
        """Take back the last reset: weights and curves return, the optimizer starts afresh."""
        self._plans.undo_reset()

    def open_model(self, path: Path) -> None:
        """Show a network from a ``.keras`` file and train on from its weights."""
        self._plans.open_model(path)

    def adopt_network(self, config: TrainingConfig) -> None:
        """Let training go on from the weights that are shown, not from the seed; also before the engine is ready."""
        self._plans.adopt_network(config)

    # -- by hand -----------------------------------------------------------------------------------------------

    def set_weight(self, ref: EdgeRef, value: float) -> None:
        """Set a weight, or a bias where ``source`` is −1, of the network that is shown; training goes on from it.

        ``hand_edited`` tells. What cannot be set is refused with a message.
        """
        self._hand.edit(((ref, value),))

    def set_hand(self, marks: HandMarks) -> None:
        """Silence and freeze units of the network that is shown: those of ``marks`` and no others."""
        self._hand.edit((), marks)

    def edit_by_hand(self, values: WeightValues, marks: HandMarks | None = None) -> None:
        """Set several weights at once, and the marks where they are given."""
        self._hand.edit(values, marks)

    def let_go(self) -> None:
        """Set every weight that was edited by hand to what it was before, and take all marks off."""
        self._hand.let_go()

    # -- teaching ----------------------------------------------------------------------------------------------

    @property
    def teaching(self) -> TeachState:
        """Where teaching stands."""
        return self._teaching.state

    def teach(self, label: int, rate: float, *, until_right: bool = False) -> bool:
        """Take a step of gradient descent on the drawing, or steps until the network says its label.

        ``taught`` tells of each, ``teaching_changed`` of what it cost; what cannot be taught is told by a message.
        Returns whether a step is being taken.
        """
        return self._teaching.teach(label, rate, until_right=until_right)

    def cancel_teaching(self) -> None:
        """Make no further step of those until it is right."""
        self._teaching.cancel()

    def undo_teaching(self) -> None:
        """Take the last taught step back, bit for bit."""
        self._teaching.undo()

    def forget_teaching(self) -> None:
        """Go back to the network before anything was taught; ``undo_teaching`` takes that back."""
        self._teaching.forget()

    def load_keras(self) -> None:
        """Begin to load TensorFlow for the next steps that are taught, where it may be used."""
        self._teaching.load_keras()

    def settle_teaching(self) -> None:
        """Let go what can be undone of teaching, for the next visitor; the network stays as it is."""
        self._teaching.settle()

    def show_step(self, snapshot: Snapshot) -> None:
        """Show a step that was made of the drawing that is shown."""
        self._samples.show_step(snapshot)

    def show_answer(self) -> None:
        """Show what the network says of the sample now, without the step that was shown."""
        self._samples.probe()

    # -- training --------------------------------------------------------------------------------------------

    def train(self, until: Until = "end") -> None:
        """Train on until ``"end"`` of all epochs or of this ``"epoch"``, or so many steps; after the end, go on."""
        self._training.train(until)

    def pause(self) -> None:
        """Stop taking steps after the chunk in hand."""
        self._training.pause()

    def step(self) -> None:
        """Take one step, one batch, and show its update."""
        self._training.step()

    def step_on_sample(self) -> None:
        """Take one step whose batch is the sample that is shown."""
        self._training.step_on_sample()

    def reset(self) -> None:
        """Start again from the seed; what was trained is put aside."""
        self._training.reset()

    def set_pace(self, steps_per_second: float) -> None:
        """Train in slow motion, at most so many steps a second with a picture of each; 0 as fast as can be."""
        self.engine.orders.set_pace(steps_per_second)

    def set_device(self, device: str) -> None:
        """Compute on another of the devices that ``devices_changed`` told; weights and curves go on."""
        self._training.set_device(device)

    def check_gradients(self) -> None:
        """Compare the gradients on the screen with TensorFlow's tape, NumPy and finite differences.

        The answer comes as ``gradients_checked``; from then on the gradients of each sample that is shown are compared
        with NumPy's, and ``trust_changed`` tells how it stands.
        """
        self._checks.check()

    def cancel_check(self) -> None:
        """Give up the check in hand."""
        self._checks.cancel()

    @property
    def trust(self) -> Trust | None:
        """How far the gradients on the screen can be trusted; None before the first check of this network."""
        return self._checks.trust

    def evaluate(self, split: str = "test") -> None:
        """Ask for loss and metric over a whole split; the answer comes as ``evaluated``."""
        self._training.evaluate(split)

    def save(self, path: Path) -> None:
        """Save the network as a ``.keras`` file; the answer comes as a message."""
        self._training.save(path)
