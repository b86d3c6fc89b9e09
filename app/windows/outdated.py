"""Takes a message away when what it says is over."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.errors import ErrorBar
from app.messages import Message
from app.session import Session
from app.session_values import Progress


class Outdated(QObject):
    """Withdraws the message of a training that diverged once training goes on, or other data are learnt.

    Args:
        session: trains; its messages are shown in ``bar`` by the window.
        bar: where messages are shown.
    """

    def __init__(self, session: Session, bar: ErrorBar) -> None:
        super().__init__(bar)
        self._bar = bar
        self._told: Message | None = None
        # The engine's word that it trains may be older than the divergence: it has to have stopped since.
        self._has_stopped = False
        session.diverged.connect(self._diverged)
        session.progress_changed.connect(self._progress_changed)
        session.dataset_changed.connect(self._withdraw)

    def _diverged(self, _steps: object) -> None:
        self._told, self._has_stopped = self._bar.current, False  # the session tells why first

    def _progress_changed(self, progress: Progress) -> None:
        if progress.phase == "idle":
            self._has_stopped = True
        elif progress.phase == "training" and self._has_stopped:
            self._withdraw()

    def _withdraw(self, _dataset: object = None) -> None:
        told, self._told = self._told, None
        if told is not None:
            self._bar.withdraw(told)
