"""Python's garbage is collected in the thread of the widgets."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from nnviz import garbage

INTERVAL_MS = 1000


class Collector(QObject):
    """Collects garbage once a second, from ``start`` on, where ``garbage.collected_by_hand`` leaves it to somebody.

    Python does it in whichever thread makes the object too many. Widgets that die in another thread than their own
    crash Qt: pyqtgraph has a collector for the same reason, which knows nothing of full collections that are not
    worth their time.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(garbage.collect_due)

    def start(self) -> None:
        """Take what is there now as there to stay, and begin."""
        garbage.settle()
        self._timer.start()
