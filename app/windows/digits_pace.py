"""The answer first, then the graph: a new picture of it begins when the last one is on the screen."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.widgets.network_view import NetworkView
from nnviz.training.records import Snapshot

#: The next picture begins after this time even where the last was not painted (a view that is hidden, say).
PATIENCE_MS = 60


class GraphPace(QObject):
    """Gives a view the newest snapshot as often as it can paint one.

    A pen tells of more points a second than the graph can be painted for; without this they would queue up, and ink
    and answer would wait behind pictures that nobody sees.

    Args:
        view: paints the graph.
    """

    def __init__(self, view: NetworkView) -> None:
        super().__init__(view)
        self._view = view
        self._next: Snapshot | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._begin_next)
        view.snapshot_painted.connect(self._painted)

    @property
    def is_resting(self) -> bool:
        """Whether the view has the newest snapshot."""
        return self._next is None

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot now, or when the one in hand is painted; a still newer one replaces it."""
        if self._timer.isActive():
            self._next = snapshot
        else:
            self._begin(snapshot)

    def show_now(self, snapshot: Snapshot) -> None:
        """Show a snapshot now, whatever is in hand: a step that is about to be played."""
        self._begin(snapshot)

    def _begin(self, snapshot: Snapshot) -> None:
        self._next = None
        self._timer.start(PATIENCE_MS)
        self._view.set_snapshot(snapshot)

    def _painted(self) -> None:
        # Not in the middle of painting: at the next turn, after what came meanwhile.
        if self._timer.isActive():
            self._timer.start(0)

    def _begin_next(self) -> None:
        if self._next is not None:
            self._begin(self._next)
