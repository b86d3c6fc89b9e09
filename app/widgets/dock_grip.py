"""A thin handle in place of a dock's title: drag to move the panel, double click to float it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QWidget

from app.theme import LIGHT, Theme

HEIGHT = 10


class DockGrip(QWidget):
    """The title bar of a dock, reduced to three dots; it leaves the mouse to the dock."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setObjectName(f"{dock.objectName()}_grip")
        self.setAccessibleName(f"Move the panel {dock.windowTitle()}")
        self.setToolTip(
            f"{dock.windowTitle()}: drag to move this panel, double click to float it; "
            "close and open it in the menu View, Panels."
        )
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self._theme = LIGHT

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return a thin strip."""
        return QSize(40, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return a thin strip."""
        return QSize(24, HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Leave it to the dock."""
        event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Leave it to the dock."""
        event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Leave it to the dock."""
        event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Leave it to the dock."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint three dots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.faint))
        for place in (-1, 0, 1):
            painter.drawEllipse(QPointF(self.width() / 2 + 7 * place, self.height() / 2), 1.6, 1.6)
