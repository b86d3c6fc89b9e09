"""The movement in the picture of the network: loop, reduced motion, and how old the picture is while training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QSignalBlocker
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from app.motion import reduces_motion, remember_motion
from app.session import Session
from app.session_values import Progress
from app.settings import Settings
from app.widgets.network_stage import NetworkStage
from app.widgets.view_header import ViewHeader


class Movement(QObject):
    """Connects the animation of a step with the session, the menu and the settings.

    Args:
        window: its docks glide unless motion is reduced.
        session: gives the newest step to a loop.
        stage: animates.
        header: has the look of the network.
        settings: where reduced motion is remembered.
    """

    def __init__(
        self, window: QMainWindow, session: Session, stage: NetworkStage, header: ViewHeader, settings: Settings
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._stage = window, session, stage
        self._header, self._settings = header, settings
        self._actions: dict[str, QAction] = {}
        stage.newest_wanted.connect(session.prepare_newest)
        stage.newest_requested.connect(session.show_newest)
        stage.looping_changed.connect(self._looping_changed)
        session.progress_changed.connect(self._progress_changed)

    def slots(self) -> dict[str, Callable[..., object]]:
        """Return what each action does, by its name in ``app.actions.DESKTOP``."""
        return {"loop_step": self._stage.set_looping, "reduce_motion": self._chosen}

    def set_actions(self, actions: dict[str, QAction]) -> None:
        """Set the actions that are kept at what holds, and begin with what is remembered."""
        self._actions = actions
        self._set_reduced(reduces_motion(self._settings))

    def _chosen(self, reduced: bool) -> None:
        remember_motion(self._settings, reduced)
        self._set_reduced(reduced)

    def _set_reduced(self, reduced: bool) -> None:
        action = self._actions.get("reduce_motion")
        if action is not None:
            with QSignalBlocker(action):
                action.setChecked(reduced)
        look = replace(self._stage.view.look, reduce_motion=reduced)
        self._stage.set_look(look)
        self._header.set_look(look)
        self._window.setAnimated(not reduced)

    def _looping_changed(self, looping: bool) -> None:
        with QSignalBlocker(self._actions["loop_step"]):
            self._actions["loop_step"].setChecked(looping)

    def _progress_changed(self, progress: Progress) -> None:
        self._stage.set_training(progress.step, progress.phase == "training")
