"""Brings the desktop window into the state that a picture of it should show: two epochs learnt, one step taken."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.session import Session

POLL_INTERVAL_MS = 100
EPOCHS = 2


class Rehearsal(QObject):
    """Trains for real through the session, as a person would, and then rests."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._asked = False
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_INTERVAL_MS)
        self._timer.timeout.connect(self._next)
        self._timer.start()

    @property
    def is_over(self) -> bool:
        """Whether nothing more is going to be done."""
        return not self._timer.isActive()

    def _next(self) -> None:
        session = self._session
        if not session.is_ready or session.phase != "idle":
            return
        if len(session.history.epochs) < EPOCHS:
            session.train("epoch")
        elif not self._asked:
            self._asked = True
            session.step()
        elif session.snapshot is not None and session.snapshot.update is not None:
            self._timer.stop()
