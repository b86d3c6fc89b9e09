"""Two pictures side by side, and the marked moment: actions, and what the session says of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.session import Session
from app.session_values import Comparison
from app.widgets.network_stage import NetworkStage
from app.widgets.view_header import ViewHeader
from nnviz.training.records import Reference, Snapshot

#: What the button Compare offers, in this order.
MENU = ("compare", "compare_moments", "mark_moment", "forget_moment", "swap_pictures", "end_comparison")


class ComparePictures(QObject):
    """Connects the actions of comparing with session and stage.

    Args:
        session: makes the second picture.
        stage: shows it.
        header: has the button with the actions.
    """

    def __init__(self, session: Session, stage: NetworkStage, header: ViewHeader) -> None:
        super().__init__(stage)
        self._session, self._stage, self._header = session, stage, header
        self._actions: dict[str, QAction] = {}
        # What the actions last said: the moment, and whether a person marked it.
        self._told: tuple[Reference | None, bool] | None = None
        session.comparison_changed.connect(self._comparison_changed)
        session.snapshot_changed.connect(self._snapshot_changed)
        stage.pair.close_requested.connect(session.end_comparison)

    def slots(self) -> dict[str, Callable[..., object]]:
        """Return what each action does, by its name in ``app.actions.DESKTOP``."""
        session = self._session
        return {
            "compare": session.compare_samples, "compare_moments": session.compare_moments,
            "mark_moment": session.pin_moment, "forget_moment": session.unpin_moment,
            "swap_pictures": self._stage.pair.swap, "end_comparison": session.end_comparison,
            "show_all": self.back,
        }

    def set_actions(self, actions: dict[str, QAction]) -> None:
        """Take the actions of the window; the button offers some of them."""
        self._actions = {name: actions[name] for name in MENU}
        self._header.set_compare_actions(tuple(self._actions.values()))
        self._comparison_changed(self._session.comparison)

    def back(self) -> None:
        """Leave the animation; where there is none, end the comparison."""
        if self._stage.is_following and self._session.comparison is not None:
            self._session.end_comparison()
        else:
            self._stage.show_all()

    def _comparison_changed(self, comparison: Comparison | None) -> None:
        if comparison is None:
            self._stage.set_alone()
        else:
            self._stage.set_beside(
                comparison.first, comparison.second, comparison.first_snapshot, comparison.second_snapshot
            )
        for name in ("swap_pictures", "end_comparison"):
            self._actions[name].setEnabled(comparison is not None)

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        """Say with which moment the present one would be compared."""
        told = (snapshot.reference, self._session.is_moment_pinned)
        if told == self._told:
            return
        self._told = told
        reference = snapshot.reference
        self._actions["forget_moment"].setEnabled(self._session.is_moment_pinned)
        moment = "the start" if reference is None else reference.name
        self._actions["compare_moments"].setText(f"Compare now with {moment}")
        self._actions["compare_moments"].setEnabled(reference is not None)
