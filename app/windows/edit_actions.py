"""Undo and redo of the window: of the drawing or of the plan, whichever was used last."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from app.plan_history import PlanHistory
from app.widgets.digit_canvas import DigitCanvas


class EditActions(QObject):
    """Lets the two actions mean what the person did last, and say so.

    They act on the drawing once the canvas was used, on network and training once their panel was used; where the
    one has nothing to offer, on the other.

    Args:
        plans: edits of network and training.
        panel: where those are made.
        canvas: where strokes are made.
        parent: Qt's.
    """

    def __init__(
        self, plans: PlanHistory, panel: QWidget, canvas: DigitCanvas, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._actions: tuple[QAction, ...] = ()
        self._plans, self._panel, self._canvas = plans, panel, canvas
        self._drawing_was_last = False
        plans.changed.connect(self._show)
        plans.recorded.connect(self._plan_used)
        canvas.undo_available_changed.connect(self._drawing_used)
        canvas.redo_available_changed.connect(self._drawing_used)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_changed)

    def set_actions(self, undo: QAction, redo: QAction) -> None:
        """Set the actions whose texts and availability follow; the window connects their triggers."""
        self._actions = (undo, redo)
        self._show()

    @property
    def acts_on_drawing(self) -> bool:
        """Whether undo and redo are about strokes now."""
        strokes = self._canvas.can_undo or self._canvas.can_redo
        plans = self._plans.can_undo or self._plans.can_redo
        return strokes if self._drawing_was_last or not plans else False

    def undo(self) -> None:
        """Take the last stroke or the last edit back."""
        if self.acts_on_drawing:
            self._canvas.undo()
        else:
            self._plans.undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self.acts_on_drawing:
            self._canvas.redo()
        else:
            self._plans.redo()

    def _show(self) -> None:
        if self.acts_on_drawing:
            can = (self._canvas.can_undo, self._canvas.can_redo)
            texts = ("stroke", "stroke")
        else:
            can = (self._plans.can_undo, self._plans.can_redo)
            texts = (self._plans.undo_text, self._plans.redo_text)
        for action, word, possible, text in zip(self._actions, ("Undo", "Redo"), can, texts, strict=False):
            action.setEnabled(possible)
            action.setText(f"{word}: {text}" if possible and text else word)

    def _plan_used(self) -> None:
        self._drawing_was_last = False
        self._show()

    def _drawing_used(self) -> None:
        self._drawing_was_last = True
        self._show()

    def _focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is None:
            return
        if now is self._canvas or self._panel.isAncestorOf(now):
            self._drawing_was_last = now is self._canvas
            self._show()
