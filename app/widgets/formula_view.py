"""The formulas of a slide, as large as there is room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.theme import LIGHT, Theme
from app.widgets.formula import FormulaLine, PlacedFormula, place
from app.widgets.slide_painting import paint_formulas


class FormulaView(QWidget):
    """Shows captioned formulas below each other, as large as asked where there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("formulas")
        self.setAccessibleName("Formulas")
        self._theme = LIGHT
        self._em, self._caption = 24.0, 14.0
        self._lines: tuple[FormulaLine, ...] = ()
        self._placed: tuple[PlacedFormula, ...] = ()

    @property
    def lines(self) -> tuple[FormulaLine, ...]:
        """What is shown."""
        return self._lines

    @property
    def placed(self) -> tuple[PlacedFormula, ...]:
        """Where it is shown."""
        return self._placed

    def set_lines(self, lines: Sequence[FormulaLine]) -> None:
        """Set what is shown."""
        self._lines = tuple(lines)
        self.setAccessibleDescription("; ".join(f"{line.caption}: {line.latex}" for line in self._lines))
        self._place()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_sizes(self, em: float, caption: float) -> None:
        """Set the wanted sizes of formulas (an em) and captions, logical pixels."""
        self._em, self._caption = em, caption
        self._place()

    def _place(self) -> None:
        self._placed = place(
            self._lines, max(1, self.width()), max(1, self.height()), self._em, self._caption
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(600, 200)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything anew."""
        self._place()
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint captions and formulas."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_formulas(painter, self._placed, self._theme)
        painter.end()
