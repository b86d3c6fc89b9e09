"""Looks for the samples that excite units most, in a thread, again whenever the weights changed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background
from nnviz.data.dataset import Dataset
from nnviz.maths.parameters import Parameters
from nnviz.picture.excite import Excitement, most_exciting
from nnviz.picture.refs import UnitRef
from nnviz.training.records import Snapshot

#: While the weights change a unit is looked at again at most this often.
SEARCH_MS = 4000


class SampleSearch(QObject):
    """Passes the test samples forward for the units wanted; what was found for the same weights is told at once."""

    #: Excitement of a unit.
    found = Signal(object)
    #: A sentence for the window.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._units: tuple[UnitRef, ...] = ()
        self._snapshot: Snapshot | None = None
        self._dataset: Dataset | None = None
        self._answers: dict[UnitRef, tuple[Parameters, Excitement]] = {}
        self._work = Background(self)
        self._work.done.connect(self._take)
        self._work.failed.connect(self._fail)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SEARCH_MS)
        self._pause.timeout.connect(self._next)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._work.is_busy or bool(self._missing())

    def look(self, units: tuple[UnitRef, ...], snapshot: Snapshot | None, dataset: Dataset | None) -> None:
        """Look for what excites these units of the network of a snapshot, in the test split of a data set."""
        if snapshot is None or (self._snapshot is not None and self._snapshot.spec != snapshot.spec):
            self._answers.clear()
        known = set(self._units)
        self._units, self._snapshot, self._dataset = units, snapshot, dataset
        for unit in units:
            if unit in self._answers:
                self.found.emit(self._answers[unit][1])
        if not self._pause.isActive() or set(units) - known - self._answers.keys():
            self._next()

    def clear(self) -> None:
        """Forget all that was found and asked for: the data are others."""
        self._work.clear()
        self._answers.clear()
        self._units = ()

    def stop(self) -> None:
        """End the thread; nothing is used afterwards."""
        self._pause.stop()
        self._work.stop()

    def _missing(self) -> list[UnitRef]:
        """Return the units of which nothing is known for the newest weights, those of which nothing is known first."""
        snapshot, dataset = self._snapshot, self._dataset
        if snapshot is None or dataset is None or dataset.test.x.shape[1] != snapshot.spec.input_size:
            return []  # the network may be that of other data, for a moment
        answers = self._answers
        due = [u for u in self._units if u not in answers or answers[u][0] is not snapshot.parameters]
        return sorted(due, key=lambda unit: unit in answers)

    def _next(self) -> None:
        missing, snapshot, dataset = self._missing(), self._snapshot, self._dataset
        if not missing or self._work.is_busy or snapshot is None or dataset is None:
            return
        unit, x = missing[0], dataset.test.x

        def work(given_up: Callable[[], bool]) -> object:
            return snapshot, most_exciting(
                snapshot.spec, snapshot.parameters, x, unit, silenced=snapshot.hand.silenced, given_up=given_up
            )

        self._work.ask(unit, work)

    def _take(self, _unit: object, answer: object) -> None:
        now = self._snapshot
        if isinstance(answer, tuple) and isinstance(answer[1], Excitement) and now is not None:
            of, found = answer
            if of.spec == now.spec:  # else the network is another by now
                self._answers[found.ref] = of.parameters, found
                if found.ref in self._units:
                    self.found.emit(found)
        if any(unit not in self._answers for unit in self._units):
            self._next()  # nothing is known yet: no pause
        else:
            self._pause.start()

    def _fail(self, _unit: object, words: str) -> None:
        self.failed.emit(f"What excites the unit could not be found: {words}")
