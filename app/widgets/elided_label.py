"""A line of text that is cut where it has no room, with the whole of it on hover."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

#: Fewer of a word say nothing.
FEWEST_LETTERS = 6


class ElidedLabel(QLabel):
    """A label that ends in an ellipsis where it has no room, instead of in the middle of a letter."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def shown_text(self) -> str:
        """Return what of the text there is room for."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much of the text as fits."""
        painter, text = QPainter(self), self.shown_text()
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class PartsLabel(ElidedLabel):
    """Parts of a line, the most important first: the last are left out where there is no room, instead of cut."""

    BETWEEN = "  ·  "

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._parts: tuple[str, ...] = ()

    def set_parts(self, parts: Sequence[str]) -> None:
        """Set the parts; all of them are the text."""
        self._parts = tuple(parts)
        self.setText(self.BETWEEN.join(parts))

    def shown_text(self) -> str:
        """Return the parts that there is room for; the first is cut where even it has none, but not to nothing."""
        for count in range(len(self._parts), 0, -1):
            text = self.BETWEEN.join(self._parts[:count])
            if self.fontMetrics().horizontalAdvance(text) <= self.width():
                return text
        cut = super().shown_text()
        return cut if len(cut) >= FEWEST_LETTERS else ""
