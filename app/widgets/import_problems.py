"""What is wrong with a file or a choice, as a list; and the look of the tables around it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.theme import LIGHT, Theme
from nnviz.data.files import Problem

HEIGHT_PX = 76


class ProblemsList(QListWidget):
    """Problems, errors with a cross and in their colour; takes no room without any."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.setObjectName("import_problems")
        self.setAccessibleName("Problems")
        self.setToolTip("What is wrong with the file or the choice, and what to do.")
        self.setWordWrap(True)
        self.setFixedHeight(HEIGHT_PX)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_problems(self, problems: Sequence[Problem]) -> None:
        """Show problems, in their order."""
        self.clear()
        for problem in problems:
            is_error = problem.severity == "error"
            item = QListWidgetItem(f"{'✕' if is_error else '!'}  {problem.text}")
            item.setToolTip(problem.text)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{problem.severity}: {problem.text}")
            item.setData(Qt.ItemDataRole.UserRole, is_error)
            self.addItem(item)
        self._color()
        self.setVisible(bool(problems))

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._color()

    def _color(self) -> None:
        for row in range(self.count()):
            item = self.item(row)
            is_error = item.data(Qt.ItemDataRole.UserRole)
            item.setForeground(QColor(self._theme.bad if is_error else self._theme.text))


def style_of(theme: Theme) -> str:
    """Return the style sheet of the dialog."""
    return (
        f"QLabel#import_empty {{ border: 2px dashed {theme.border}; border-radius: 8px; padding: 48px; "
        f"color: {theme.muted}; }}"
        f"QTableView, QListWidget {{ background: {theme.surface}; border: 1px solid {theme.border}; "
        f"border-radius: 6px; gridline-color: {theme.border}; selection-background-color: {theme.hover}; "
        f"selection-color: {theme.text}; }}"
        f"QTableView::item {{ padding: 0 6px; }}"
        f"QTableView:focus, QListWidget:focus {{ border-color: {theme.accent}; }}"
        f"QHeaderView {{ background: {theme.surface}; }}"
        f"QHeaderView::section {{ background: {theme.raised}; color: {theme.muted}; border: 0; padding: 4px 6px; }}"
        f"QTableCornerButton::section {{ background: {theme.raised}; border: 0; }}"
    )
