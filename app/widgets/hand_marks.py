"""Marks in the picture of what was done to units by hand: silenced ones are crossed out, frozen ones have a lock."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.widgets.network_scene import Scene, color, rgb_of
from nnviz.picture.boxes import LayerBox

#: A lock smaller than this is a blot, a larger one hides the number in the unit; logical pixels of its width.
MIN_LOCK, MAX_LOCK = 5.0, 11.0
#: Units smaller than this have no room for a lock of that size: they are framed.
MIN_RADIUS = 4.0


def paint_hand_marks(painter: QPainter, scene: Scene) -> None:
    """Paint a cross over each silenced unit and a lock at each frozen one; nothing where there are none."""
    marks = scene.snapshot.hand
    if not marks.count:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for box in scene.layout.boxes[1:]:
        for layer, unit in sorted(marks.silenced):
            if layer == box.index:
                _cross(painter, scene, box, unit)
        for layer, unit in sorted(marks.frozen):
            if layer == box.index:
                _lock(painter, scene, box, unit)
    painter.restore()


def _place(box: LayerBox, unit: int) -> QPointF | None:
    place = box.place_of(unit)
    return None if place is None else QPointF(*place)


def _cross(painter: QPainter, scene: Scene, box: LayerBox, unit: int) -> None:
    """Veil the unit and cross it out, in ink with a rim of the ground so that it is seen on every colour."""
    center = _place(box, unit)
    if center is None:
        return
    radius = max(box.radius, 2.5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(rgb_of(scene.theme.surface), 0.72))
    painter.drawEllipse(center, radius + 0.5, radius + 0.5)
    reach = radius * 0.95
    lines = [
        QLineF(center.x() - reach, center.y() - reach, center.x() + reach, center.y() + reach),
        QLineF(center.x() - reach, center.y() + reach, center.x() + reach, center.y() - reach),
    ]
    width = float(np.clip(radius * 0.18, 1.2, 2.6))
    for ink, extra in ((scene.theme.surface, 2.0), (scene.theme.text, 0.0)):
        painter.setPen(QPen(QColor(ink), width + extra, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLines(lines)


def _lock(painter: QPainter, scene: Scene, box: LayerBox, unit: int) -> None:
    """Paint a small padlock at the lower right of the unit, on a disc of the ground."""
    center = _place(box, unit)
    if center is None:
        return
    radius = max(box.radius, 2.5)
    if radius < MIN_RADIUS:
        painter.setPen(QPen(QColor(scene.theme.text), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(center.x() - radius - 1, center.y() - radius - 1, 2 * radius + 2, 2 * radius + 2))
        return
    width = float(np.clip(radius * 0.62, MIN_LOCK, MAX_LOCK))
    at = QPointF(center.x() + radius * 0.72, center.y() + radius * 0.72)
    painter.setPen(QPen(QColor(scene.theme.border), 0.8))
    painter.setBrush(QColor(scene.theme.surface))
    painter.drawEllipse(at, width * 0.88, width * 0.88)
    body = QRectF(at.x() - width * 0.42, at.y() - width * 0.1, width * 0.84, width * 0.62)
    shackle = QPainterPath()
    arc = QRectF(at.x() - width * 0.26, at.y() - width * 0.58, width * 0.52, width * 0.62)
    shackle.moveTo(arc.left(), body.top())
    shackle.lineTo(arc.left(), arc.center().y())
    shackle.arcTo(arc, 180, -180)
    shackle.lineTo(arc.right(), body.top())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(scene.theme.text), max(1.0, width * 0.14)))
    painter.drawPath(shackle)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(scene.theme.text))
    painter.drawRoundedRect(body, width * 0.1, width * 0.1)
