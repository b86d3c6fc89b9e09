"""Marks that the graph and the panels share: where a share is decided, where a value and its truth stand."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.theme import Theme
from nnviz.picture.answers import OutputRow


def paint_threshold(painter: QPainter, theme: Theme, track: QRectF, threshold: float) -> None:
    """Paint where on a bar it is decided: a line that stands out over and under it."""
    x = round(track.left() + threshold * track.width()) + 0.5
    over = min(4.0, max(2.0, 0.45 * track.height()))
    for tone, width in ((theme.surface, 3.0), (theme.text, 1.0)):
        painter.setPen(QPen(QColor(tone), width))
        painter.drawLine(QPointF(x, track.top() - over), QPointF(x, track.bottom() + over))


def paint_scale(painter: QPainter, theme: Theme, track: QRectF, row: OutputRow) -> None:
    """Paint a value on the range of its target: a disc for the prediction, a line with a triangle for the truth.

    The way between them is the error. What lies outside the range stands at its end.
    """
    radius = max(4.0, 0.85 * track.height())
    x = track.left() + row.share * track.width()
    y = float(round(track.center().y()))  # on whole pixels the thin lines are crisp
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.hover))
    painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
    if row.truth_share is not None:
        at = float(round(track.left() + row.truth_share * track.width()))
        painter.setBrush(QColor(theme.bad))
        painter.drawRect(QRectF(min(x, at), y - 1, abs(at - x), 2))
        painter.setBrush(QColor(theme.good))
        painter.drawRect(QRectF(at - 1, y - radius - 1, 2, 2 * radius + 2))
        half = 0.8 * radius
        painter.drawPolygon(QPolygonF([
            QPointF(at - half, y - radius - 1 - half), QPointF(at + half, y - radius - 1 - half),
            QPointF(at, y - radius + 1),
        ]))  # fmt: skip
    painter.setPen(QPen(QColor(theme.surface), 1.5))
    painter.setBrush(QColor(theme.accent))
    painter.drawEllipse(QPointF(x, y), radius, radius)
