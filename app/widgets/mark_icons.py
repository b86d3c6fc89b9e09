"""Small signs of a finding or a change: each kind has a shape of its own, so that colour is not all that tells."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.theme import LIGHT, Theme, ui_font

#: Kinds of marks, the gravest first, with what they are called.
KINDS: dict[str, str] = {
    "error": "Problem", "warning": "Warning", "change": "Change", "good": "Healthy", "idle": "Nothing to watch",
}


def mark_color(kind: str, theme: Theme) -> QColor:
    """Return the colour of a kind."""
    return QColor({"error": theme.bad, "warning": theme.warn, "good": theme.good}.get(kind, theme.muted))


def gravest(kinds: list[str]) -> str:
    """Return the gravest of some kinds."""
    order = list(KINDS)
    return min(kinds, key=lambda kind: order.index(kind) if kind in order else len(order))


def paint_mark(painter: QPainter, center: QPointF, kind: str, theme: Theme, radius: float = 7.0) -> None:
    """Paint a sign: a disc with × for a problem, a triangle with ! for a warning, a ring with ✓ for health, an
    empty ring where there is nothing to watch, a rhombus for a change and for whatever else.
    """
    color, ink = mark_color(kind, theme), QColor(theme.surface)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y, r = center.x(), center.y(), radius
    stroke = QPen(ink, max(1.4, r * 0.24))
    stroke.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    if kind == "error":
        painter.drawEllipse(center, r, r)
        painter.setPen(stroke)
        a = r * 0.38
        painter.drawLine(QPointF(x - a, y - a), QPointF(x + a, y + a))
        painter.drawLine(QPointF(x - a, y + a), QPointF(x + a, y - a))
    elif kind == "warning":
        path = QPainterPath(QPointF(x, y - r))
        path.lineTo(x + r * 1.08, y + r * 0.85)
        path.lineTo(x - r * 1.08, y + r * 0.85)
        path.closeSubpath()
        corner = QPen(color, r * 0.3)
        corner.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(corner)
        painter.drawPath(path)
        painter.setFont(ui_font(r * 1.45, bold=True))
        painter.setPen(ink)
        painter.drawText(QRectF(x - r, y - r * 0.85, 2 * r, 2 * r), Qt.AlignmentFlag.AlignCenter, "!")
    elif kind in ("good", "idle"):
        ring = QPen(color, max(1.4, r * 0.24))
        ring.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(ring)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(center, r * 0.9, r * 0.9)
        if kind == "idle":
            painter.restore()
            return
        tick = ((-0.4, 0.0), (-0.08, 0.34), (0.42, -0.34))
        painter.drawPolyline([QPointF(x + r * dx, y + r * dy) for dx, dy in tick])
    else:
        painter.drawPolygon([QPointF(x, y - r), QPointF(x + r, y), QPointF(x, y + r), QPointF(x - r, y)])
    painter.restore()


class MarkIcon(QWidget):
    """Shows one sign."""

    def __init__(self, parent: QWidget | None = None, pixels: int = 18) -> None:
        super().__init__(parent)
        self._kind, self._theme = "good", LIGHT
        self.setFixedSize(QSize(pixels, pixels))

    @property
    def kind(self) -> str:
        """Which sign is shown."""
        return self._kind

    def set_kind(self, kind: str) -> None:
        """Set which sign is shown."""
        self._kind = kind
        self.setAccessibleName(KINDS.get(kind, "Change"))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the sign."""
        painter = QPainter(self)
        paint_mark(painter, QPointF(self.width() / 2, self.height() / 2), self._kind, self._theme, self.width() * 0.42)
        painter.end()
