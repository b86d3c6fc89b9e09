"""Whether the gradients on the screen are true: full checks on demand, and after one a cheap look at each picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.desks.sample_desk import SampleDesk
from app.desks.workbench import Workbench
from app.engine_messages import Failure
from nnviz.training.check_values import UNRESOLVED, Compared, GradientCheck, Trust
from nnviz.training.gradient_check import job_of
from nnviz.training.records import Snapshot

#: Samples of the training set whose mean gradient is checked beside that of the sample on the screen.
BATCH_COUNT = 8
#: After a check pictures are compared with NumPy at most this often; each costs some milliseconds of training.
COMPARE_INTERVAL_MS = 400
_WHAT = "Checking the gradients"


class CheckDesk(QObject):
    """Asks the engine for checks of gradients and remembers how they came out.

    Args:
        bench: has network, data and engine.
        samples: has the snapshot that is doubted.
        parent: Qt's.
    """

    #: GradientCheck; None where it was cancelled or could not be made.
    gradients_checked = Signal(object)
    #: Parts done, and of how many; 0 of 0 while the check waits to begin.
    check_progressed = Signal(int, int)
    #: Trust, or None.
    trust_changed = Signal(object)

    def __init__(self, bench: Workbench, samples: SampleDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._samples = bench, samples
        self._trust: Trust | None = None
        self._of: Snapshot | None = None  # the trust is in its network
        self._seen: Snapshot | None = None  # compared last
        self._asked: Snapshot | None = None  # being compared
        self._is_checking = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COMPARE_INTERVAL_MS)
        self._timer.timeout.connect(self._compare)
        samples.snapshot_changed.connect(self._snapshot_changed)
        orders = bench.engine.orders
        orders.check_progressed.connect(self.check_progressed)
        orders.gradients_checked.connect(self._checked)
        orders.gradients_compared.connect(self._compared)
        orders.failed.connect(self._failed)

    @property
    def trust(self) -> Trust | None:
        """How far the gradients on the screen can be trusted; None before the first check of this network."""
        return self._trust

    def check(self) -> None:
        """Compare the gradients on the screen in every way; one check at a time."""
        snapshot, bench = self._samples.snapshot, self._bench
        problem = "" if snapshot is None else _why_not(snapshot)
        if snapshot is None:
            problem = "There is no sample on the screen yet."
        elif not bench.engine.is_used:
            problem = "A check of the gradients needs TensorFlow, which is not used here."
        if problem or snapshot is None:
            bench.inform(problem)
            self.gradients_checked.emit(None)
        elif not self._is_checking:
            self._is_checking = True
            self.check_progressed.emit(0, 0)
            bench.engine.orders.check_gradients(snapshot, self._batch(snapshot))

    def cancel(self) -> None:
        """Give up the check in hand; ``gradients_checked`` tells of it with None."""
        self._bench.engine.orders.cancel_check()

    def _batch(self, snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray] | None:
        dataset = self._bench.dataset
        if dataset is None or dataset.train.x.shape[1] != snapshot.spec.input_size or not len(dataset.train):
            return None
        count = len(dataset.train)
        chosen = np.random.default_rng(snapshot.step).choice(count, min(BATCH_COUNT, count), replace=False)
        return dataset.train.x[chosen], dataset.train.y[chosen]

    def _checked(self, snapshot: Snapshot, check: GradientCheck | None) -> None:
        self._is_checking = False
        if check is not None:
            self._of = self._seen = snapshot
            self._set(Trust(check, snapshot.step, check.worst, check.verdict, self._is_shown(snapshot)))
            if not self._is_shown(snapshot):
                self._timer.start()
        self.gradients_checked.emit(check)

    def _failed(self, failure: Failure) -> None:
        self._asked = None
        if failure.what == _WHAT:
            self._is_checking = False
            self.gradients_checked.emit(None)

    # -- after a check -------------------------------------------------------------------------------------

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        trust, of = self._trust, self._of
        if trust is None or of is None:
            return
        if (snapshot.spec, snapshot.loss, snapshot.generation) != (of.spec, of.loss, of.generation):
            self._of = self._seen = None
            self._set(None)  # another network: nobody has asked Keras of it
            return
        is_seen = self._is_same(snapshot, self._seen)
        if trust.is_current != is_seen:
            self._set(replace(trust, is_current=is_seen))
        if not is_seen and not self._timer.isActive() and self._asked is None:
            self._timer.start()

    def _compare(self) -> None:
        snapshot = self._samples.snapshot
        if self._trust is None or snapshot is None or self._asked is not None or job_of(snapshot) is None:
            return
        self._asked = snapshot
        self._bench.engine.orders.compare_gradients(snapshot)

    def _compared(self, compared: Compared) -> None:
        self._asked = None
        trust, snapshot = self._trust, compared.snapshot
        if trust is None or compared.worst is None:
            return
        is_shown = self._is_shown(snapshot)
        verdict = compared.verdict
        if verdict == UNRESOLVED and trust.check.verdict != UNRESOLVED:
            # Too small to tell, as of a sample that is learnt: what was told before still holds.
            self._set(replace(trust, is_current=False))
            return
        self._seen = snapshot
        self._set(Trust(trust.check, snapshot.step, compared.worst, verdict, is_shown))
        if not is_shown:
            self._timer.start()

    def _is_shown(self, snapshot: Snapshot) -> bool:
        return self._is_same(self._samples.snapshot, snapshot)

    @staticmethod
    def _is_same(one: Snapshot | None, other: Snapshot | None) -> bool:
        """Whether two snapshots have the same gradients; another reference makes another snapshot of them."""
        return one is not None and other is not None and one.gradients is other.gradients

    def _set(self, trust: Trust | None) -> None:
        if trust != self._trust:
            self._trust = trust
            self.trust_changed.emit(trust)


def _why_not(snapshot: Snapshot) -> str:
    """Return why the gradients of a snapshot cannot be checked, or ""."""
    if job_of(snapshot) is not None:
        return ""
    if snapshot.count != 1:
        return "The gradients shown are a mean over samples; show a single sample to check them."
    return "A drawing has no right answer and so no gradients; choose a sample of the test set to check them."
