"""What the diagrams of a page have in common: theme, text size, words while there is nothing to show, focus."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, ui_font

#: All sizes are of a text of so many logical pixels and grow with it.
USUAL_TEXT_PX = 13.0


class Diagram(QWidget):
    """A diagram that is painted by hand, in the window and in files; ``paint_shown`` paints what there is.

    Args:
        name: objectName.
        accessible: what a screen reader says.
        tip: a sentence: what it is, how it is read.
        parent: Qt's.
    """

    def __init__(self, name: str, accessible: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 250)
        self._theme = LIGHT
        self._empty = ""
        self._unit = 1.0

    @property
    def has_content(self) -> bool:
        """Whether there is anything to show."""
        raise NotImplementedError

    def paint_shown(self, painter: QPainter) -> None:
        """Paint what there is, in pixels of the usual text size, the upper left corner at (0, 0)."""
        raise NotImplementedError

    def picture_size(self) -> QSize:
        """Return the size of the diagram as a picture, logical pixels: all of the widget."""
        return self.size()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_text_size(self, pixels: float) -> None:
        """Set the size of the text in logical pixels; marks and margins grow with it."""
        self._unit = pixels / USUAL_TEXT_PX
        self.update()

    def paint(self, painter: QPainter) -> None:
        """Paint the diagram, its upper left corner at (0, 0); also for files."""
        painter.fillRect(QRectF(0, 0, self.width(), self.height()), QColor(self._theme.surface))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._unit, self._unit)
        if self.has_content:
            self.paint_shown(painter)
            return
        painter.setPen(QColor(self._theme.muted))
        painter.setFont(ui_font(13))
        how = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        whole = QRectF(0, 0, self.width() / self._unit, self.height() / self._unit)
        painter.drawText(whole.adjusted(12, 12, -12, -12), how, self._empty)

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(420, 260)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        painter = QPainter(self)
        self.paint(painter)
        painter.resetTransform()
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1.0, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))
        painter.end()
