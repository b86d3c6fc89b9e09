"""The tools beside the paper: take back, do again, eraser, pen, clear; big enough for a finger."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme

#: Least side of a button, logical pixels: a finger's width.
BUTTON_PX = 44


class DigitTools(QWidget):
    """Buttons in rows; setters never emit."""

    undo_requested = Signal()
    redo_requested = Signal()
    clear_requested = Signal()
    eraser_toggled = Signal(bool)
    thick_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("digit_tools")
        self.setAccessibleName("Drawing tools")
        self.undo_button = self._tool("undo_button", "Undo the last stroke", "Undo the last stroke (Ctrl+Z).")
        self.redo_button = self._tool("redo_button", "Redo the stroke", "Redo the stroke (Ctrl+Shift+Z).")
        self.erase_button = self._tool(
            "erase_button", "Eraser", "Erase instead of drawing (E); so do the right button and a pen's other end."
        )
        self.erase_button.setCheckable(True)
        self.thick_button = self._tool(
            "thick_button", "Thick pen", "Draw with a thick pen instead of a thin one (P); the network reads both."
        )
        self.thick_button.setCheckable(True)
        self.clear_button = QPushButton("Clear", self)
        self.clear_button.setObjectName("clear_button")
        self.clear_button.setAccessibleName("Clear the drawing")
        self.clear_button.setToolTip("Clear the drawing; Undo brings it back (Delete).")
        # As high as its row, whatever the style adds to a tool button.
        self.clear_button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self._rows = 0
        self.set_rows(1)
        self.set_button_size(BUTTON_PX)
        self.undo_button.clicked.connect(self.undo_requested)
        self.redo_button.clicked.connect(self.redo_requested)
        self.clear_button.clicked.connect(self.clear_requested)
        self.erase_button.toggled.connect(self.eraser_toggled)
        self.thick_button.toggled.connect(self.thick_toggled)
        self.set_available(undo=False, redo=False)
        self.set_theme(LIGHT)

    def _tool(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def set_rows(self, rows: int) -> None:
        """Put the buttons in one row, or in two where the place is narrow."""
        if rows == self._rows:
            return
        self._rows = rows
        buttons = (self.undo_button, self.redo_button, self.erase_button, self.thick_button)
        for button in (*buttons, self.clear_button):
            self._grid.removeWidget(button)
        for number, button in enumerate(buttons):
            self._grid.addWidget(button, 0, number)
        if rows == 1:
            self._grid.addWidget(self.clear_button, 0, 4)
        else:
            self._grid.addWidget(self.clear_button, 1, 0, 1, 4)
        for column in range(4):
            self._grid.setColumnStretch(column, 1)
        self._grid.setColumnStretch(4, 2 if rows == 1 else 0)

    def set_button_size(self, pixels: float, text: float = 0.0) -> None:
        """Set the height of the buttons and the least size of their text in logical pixels."""
        # The application's style sheet has a least size of its own, so this one must be a style too.
        inner, letters = round(pixels) - 12, round(max(pixels * 0.34, text))
        self.setStyleSheet(
            f"QToolButton {{ min-width: 20px; min-height: {inner}px; padding: 5px 4px; }}"
            f"QPushButton {{ min-height: {inner}px; padding: 5px 4px; font-size: {letters}px; }}"
        )
        side = round(pixels * 0.5)
        for button in (self.undo_button, self.redo_button, self.erase_button, self.thick_button):
            button.setIconSize(QSize(side, side))

    def set_available(self, *, undo: bool, redo: bool) -> None:
        """Set what can be undone and done again."""
        self.undo_button.setEnabled(undo)
        self.redo_button.setEnabled(redo)

    def set_eraser(self, on: bool) -> None:
        """Set whether the eraser is chosen."""
        with QSignalBlocker(self.erase_button):
            self.erase_button.setChecked(on)

    def set_thick(self, on: bool) -> None:
        """Set whether the thick pen is chosen."""
        with QSignalBlocker(self.thick_button):
            self.thick_button.setChecked(on)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        for button, name in (
            (self.undo_button, "undo"), (self.redo_button, "redo"), (self.erase_button, "erase"),
            (self.thick_button, "pen"),
        ):
            button.setIcon(icon(name, theme.text))
