"""The sample that is shown, and its way through the network: at once by NumPy, then by the engine."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.desks.workbench import Workbench
from app.numpy_answer import fitting_loss, numpy_snapshot
from app.session_values import Network, SampleChoice
from nnviz.training.records import Snapshot

#: The picture of the network follows training at most this often; more would cost training speed, unseen.
LIVE_INTERVAL_S = 0.066
#: The same while a digit is being drawn, whose answer comes first, and how long after its last point that is so.
DRAWING_INTERVAL_S, DRAWING_S = 0.25, 0.4


class SampleDesk(QObject):
    """Chooses the sample and keeps the newest snapshot of it.

    Each network that is shown is answered for at once. While training runs the view paces the snapshots: another one
    is asked for when the last is on the screen (``view_is_ready``).

    Args:
        bench: has data, network and engine.
        parent: Qt's.
    """

    #: Snapshot of the sample now shown.
    snapshot_changed = Signal(object)
    #: SampleChoice.
    sample_changed = Signal(object)

    def __init__(self, bench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._snapshot: Snapshot | None = None
        self._held: Snapshot | None = None
        self._is_following = True
        self._view_waits = True
        self._asked_at = 0.0
        self._drawn_at = -math.inf
        self._expects_step = False
        # Least times between two pictures of the training that somebody wants, in seconds, by who.
        self._intervals: dict[str, float] = {}
        self._is_dropout_shown = False
        bench.network_changed.connect(self._network_changed)

    @property
    def snapshot(self) -> Snapshot | None:
        """The sample now shown on its way through the network."""
        return self._snapshot

    @property
    def choice(self) -> SampleChoice:
        """Which sample is shown."""
        return self._bench.samples.choice

    @property
    def live_interval_s(self) -> float:
        """Least time between two pictures of the training, in seconds."""
        return max((DRAWING_INTERVAL_S if self._is_being_drawn else LIVE_INTERVAL_S, *self._intervals.values()))

    @property
    def _is_being_drawn(self) -> bool:
        return time.monotonic() - self._drawn_at < DRAWING_S

    def slow_down(self, who: str, seconds: float) -> None:
        """Note in place that each picture costs more, so that at least so many seconds pass; 0 takes it back."""
        self._intervals[who] = seconds

    # -- which sample --------------------------------------------------------------------------------------

    def choose(self, index: int | None) -> None:
        """Show a sample of the test set; the index wraps around, None says that there is none."""
        if index is None:
            self._bench.inform("The network classifies every sample of the test set rightly.")
        elif self._bench.samples.choose(index):
            self.sample_changed.emit(self.choice)
            self.probe()

    def choose_first(self) -> None:
        """Show the first sample of new data; a digit that was drawn meanwhile stays."""
        if self.choice.kind == "test":
            self.choose(0)

    def choose_next(self, by: int) -> None:
        """Show the next sample (+1) or the one before (−1), the next wrong one where only those are wanted."""
        self.choose(self._bench.samples.next_index(by, self._bench.network))

    def choose_random(self) -> None:
        """Show a sample by chance."""
        self.choose(self._bench.samples.random_index(self._bench.network))

    def set_only_wrong(self, only: bool) -> None:
        """Choose whether samples that are classified rightly are passed over."""
        samples = self._bench.samples
        samples.only_wrong = only
        if only and self._snapshot is not None and samples.is_right(self._snapshot.forward.output):
            self.choose_next(1)

    def set_drawing(self, image: NDArray[np.float32] | None) -> None:
        """Show a drawn digit, (28, 28) float32 in [0, 1]; None goes back to the sample of the test set."""
        before = self.choice
        if image is None:
            if before.kind == "drawing":
                self.choose(before.index)
            return
        self._drawn_at = time.monotonic()
        self._bench.samples.draw(image)
        if before.kind != "drawing":
            self.sample_changed.emit(self.choice)
        self.probe()

    # -- its snapshot --------------------------------------------------------------------------------------

    def probe(self) -> None:
        """Show the sample at once, by NumPy with the newest weights; while training the engine's answer follows."""
        bench, current = self._bench, self._bench.samples.current()
        network = bench.network
        if current is None or network is None or current[0].size != network.spec.input_size:
            return
        x, target = current
        is_own = bench.own_network is not None
        loss = bench.planned.config.loss if is_own else fitting_loss(network.spec, bench.dataset)
        self._show(numpy_snapshot(network, x, target, loss, bench.engine.generation))
        # A drawing changes with every point and is answered here; Keras's own tensors are asked for at rest.
        if is_own and target is not None and bench.engine.built is not None:
            self._ask()

    def expect_step(self) -> None:
        """Note in place that a step by hand was asked for: the snapshot with its update comes of itself."""
        self._expects_step = True

    def forget_step(self) -> None:
        """Note in place that the step that was asked for cannot be made."""
        self._expects_step = False

    def ask_at_rest(self) -> None:
        """Ask for the network as it is when training ends: the last live picture is some steps old."""
        if not self._expects_step:
            self._ask()

    def ask_live(self) -> None:
        """Ask for a picture of the training, if the view has shown the last one and it is time."""
        now = time.monotonic()
        if self._is_following and self._view_waits and now - self._asked_at >= self.live_interval_s:
            self._view_waits = False
            self._asked_at = now
            self._ask()

    def note_arrival(self) -> None:
        """Note in place that a snapshot came from the engine; at rest it is the one of the step asked for."""
        if not self._bench.engine.is_training:
            self._expects_step = False

    def take(self, snapshot: Snapshot) -> None:
        """Show a snapshot of the engine, or hold it back while a step is animated; drop one of another sample.

        While a digit is being drawn in a training its next point is answered with the newest weights anyway.
        """
        if not self._bench.samples.is_current(snapshot.sample):
            self._view_waits = True
        elif not self._is_following:
            self._held = snapshot
        elif self._is_being_drawn and self._bench.engine.is_training and self.choice.kind == "drawing":
            self._view_waits = True
        else:
            self._show(snapshot)

    def show_step(self, snapshot: Snapshot) -> None:
        """Show a step that was made of the sample that is shown; nothing where another one is shown by now."""
        if self._bench.samples.is_current(snapshot.sample):
            self._show(snapshot)

    def follow(self, following: bool) -> None:
        """Choose whether snapshots of training replace the one that is shown (not while a step is animated)."""
        self._is_following = following
        if following:
            self._view_waits = True
            held, self._held = self._held, None
            if held is not None and self._bench.samples.is_current(held.sample):
                self._show(held)

    def prepare_newest(self) -> None:
        """Ask for a snapshot of the newest step, if training goes on; it is held back for ``show_newest``."""
        if self._bench.engine.is_training and not self._is_following:
            self._ask()

    def show_newest(self) -> None:
        """Show what is held back while a step is animated, if there is anything."""
        held, self._held = self._held, None
        if held is not None and self._bench.samples.is_current(held.sample):
            self._show(held)

    @property
    def is_dropout_shown(self) -> bool:
        """Whether the pass as in training is asked for, see ``set_dropout_shown``."""
        return self._is_dropout_shown

    def set_dropout_shown(self, shown: bool) -> None:
        """Choose in place whether the engine's snapshots are of the pass in training; another one follows."""
        if shown != self._is_dropout_shown:
            self._is_dropout_shown = shown
            self._bench.engine.orders.set_dropout_shown(shown)

    def pin_moment(self) -> None:
        """Measure changes of weights from those that are shown now on; the snapshot is told again with it."""
        snapshot = self._snapshot
        if snapshot is None or self._bench.own_network is None:
            self._bench.inform("Only a moment of your own network can be pinned: train it first.")
            return
        self._bench.reference.pin(snapshot)
        self._show(snapshot)

    def unpin_moment(self) -> None:
        """Measure changes of weights from the start again; the snapshot is told again with it."""
        if self._bench.reference.pinned is None:
            return
        self._bench.reference.unpin()
        if self._snapshot is not None:
            self._show(self._snapshot)

    def view_is_ready(self) -> None:
        """Note in place that the newest snapshot is on the screen and another may be made."""
        self._view_waits = True

    def _show(self, snapshot: Snapshot) -> None:
        bench = self._bench
        self._snapshot = bench.reference.attached(snapshot, is_own=bench.own_network is not None)
        self._held = None
        self.snapshot_changed.emit(self._snapshot)

    def _ask(self) -> None:
        current = self._bench.samples.current()
        if current is not None:
            self._bench.engine.orders.request_snapshot(*current)

    def _network_changed(self, _network: Network) -> None:
        self.probe()
