"""Commands to the training: train, step, reset, measure, save; and where it is computed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from app.desks.hand_desk import HandDesk
from app.desks.sample_desk import SampleDesk
from app.desks.teach_desk import TeachDesk
from app.desks.workbench import Workbench
from app.numpy_evaluation import NumpyEvaluation
from nnviz.errors import NnvizError
from nnviz.training.engine import Until


class TrainingDesk(QObject):
    """Asks the engine for steps of the person's own network, which is shown from then on.

    Args:
        bench: has network, plan and engine.
        samples: has the sample, and waits for the snapshot of a step.
        hand: has edits of a network that the engine does not hold yet.
        teaching: has what such a network was taught.
        parent: Qt's.
    """

    #: Evaluation of a whole split.
    evaluated = Signal(object)

    def __init__(
        self, bench: Workbench, samples: SampleDesk, hand: HandDesk, teaching: TeachDesk,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bench = bench
        self._samples = samples
        self._hand = hand
        self._teaching = teaching
        self._evaluation = NumpyEvaluation(self)
        self._evaluation.evaluated.connect(self.evaluated)
        bench.engine.orders.evaluated.connect(self.evaluated)
        bench.engine.devices_changed.connect(self._devices_changed)
        # How far to train as soon as there is a network: Train was pressed too early to be obeyed at once.
        self._awaited: Until | None = None
        # Queued: whoever shows the network has done so by then.
        bench.engine.network_built.connect(self._train_as_asked, Qt.ConnectionType.QueuedConnection)

    @property
    def is_ready(self) -> bool:
        """Whether TensorFlow is there, the data are read and the network is built."""
        return self._bench.dataset is not None and self._bench.engine.built is not None

    def train(self, until: Until) -> None:
        """Train on to the ``"end"`` of all epochs or of this ``"epoch"``, or so many steps; after the end, go on.

        Where TensorFlow is still being loaded, or the network compiled, training begins when that is done.
        """
        if not self.is_ready and self._bench.engine.is_used:
            self._awaited = until
            self._bench.inform("Training begins as soon as TensorFlow is loaded and the network is compiled.")
        elif self._begin():
            self._extend_where_finished(until)
            self._bench.engine.orders.train(until)

    def pause(self) -> None:
        """Stop taking steps after the chunk in hand."""
        self._awaited = None
        self._bench.engine.orders.pause()

    def step(self) -> None:
        """Take one step, one batch, and show its update."""
        if self._begin():
            self._samples.expect_step()
            self._extend_where_finished("step")
            self._bench.engine.orders.step()

    def step_on_sample(self) -> None:
        """Take one step whose batch is the sample that is shown."""
        current = self._bench.samples.current()
        if current is None or current[1] is None:
            self._bench.inform("A step needs a sample with a label; choose one of the test set.")
        elif self._begin():
            self._samples.expect_step()
            self._bench.engine.orders.step_on_sample(current[0], current[1])

    def reset(self) -> None:
        """Start again from the seed; what was trained is put aside."""
        if not self.is_ready:
            return
        bench, orders = self._bench, self._bench.engine.orders
        orders.pause()
        bench.put_aside()
        bench.forget_hand()
        bench.first_weights = None
        bench.show_own()
        orders.reset()
        if bench.planned.forget_added_epochs():
            orders.set_epochs(bench.planned.config.epochs)
            bench.announce_plan()

    def set_device(self, device: str) -> None:
        """Compute elsewhere from now on; weights and curves go on, the optimizer starts afresh."""
        bench = self._bench
        try:
            is_another = bench.engine.choose_device(device)
        except NnvizError as error:
            bench.complain(str(error))
            return
        if is_another:
            if bench.has_learnt and bench.network is not None:
                bench.train_on_from(bench.network.parameters)
            bench.build()

    def evaluate(self, split: str) -> None:
        """Ask for loss and metric of ``"train"``, ``"validation"`` or ``"test"``; ``evaluated`` tells them."""
        bench = self._bench
        if bench.network is not None and bench.own_network is None and bench.dataset is not None:
            self._evaluation.start(bench.network, bench.dataset, split)
        elif self._begin():
            bench.engine.orders.evaluate(split)

    def save(self, path: Path) -> None:
        """Save the person's own network as a ``.keras`` file; a message tells what came of it."""
        network = self._bench.network
        if network is not None and self._bench.own_network is None and not self._hand.changes.count:
            text = f"{network.title} is shown, which is on the disk already. Train your own network, then save it."
            self._bench.inform(text)
        elif self._begin():
            self._bench.engine.orders.save(path)

    def stop(self) -> None:
        """Give up an evaluation in hand."""
        self._evaluation.stop()

    def _begin(self) -> bool:
        """Make the person's own network the one that is shown; False where there is none yet."""
        if not self.is_ready:
            self._bench.inform("TensorFlow is still being loaded; try again in a few seconds.")
            return False
        self._hand.carry_over()
        self._teaching.carry_over()
        self._bench.show_own()
        return True

    def _train_as_asked(self, _built: object) -> None:
        awaited, self._awaited = self._awaited, None
        if awaited is not None:
            self.train(awaited)

    def _extend_where_finished(self, until: Until) -> None:
        """Raise the epochs where all of them are over, so that the button does what it says."""
        bench, state = self._bench, self._bench.engine.state
        if state is None or not state.is_finished:
            return
        # Stopped early, training goes on to the epochs that were planned.
        was_stopped = bench.planned.config.epochs > state.epoch
        if not was_stopped:
            bench.planned.add_epochs(bench.planned.asked_epochs if until == "end" else 1)
        bench.engine.orders.set_epochs(bench.planned.config.epochs)
        if not was_stopped:
            bench.announce_plan()

    def _devices_changed(self, _devices: tuple[str, ...], _device: str) -> None:
        wanted = self._bench.engine.take_wanted_device()
        if wanted:
            self.set_device(wanted)
