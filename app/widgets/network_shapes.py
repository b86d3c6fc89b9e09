"""Grids of units as shapes, for files that can be enlarged: SVG and PDF."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.widgets.network_scene import Scene, color, rgb_of
from nnviz.picture.layout import LayerBox

#: Units closer than this stand as squares, as on the screen.
SMALLEST_DISC = 6.0


def paint_shapes(painter: QPainter, scene: Scene, box: LayerBox, rgb: NDArray[np.uint8]) -> None:
    """Paint an image or a grid of units as one shape a pixel or a unit.

    Args:
        painter: of the file.
        scene: what is painted.
        box: the layer.
        rgb: colours of its units, (units, 3).
    """
    area = QRectF(box.x, box.y, box.width, box.height)
    theme = scene.theme
    painter.save()
    if box.kind == "image":
        _paint_cells(painter, box, rgb)
        painter.setPen(QPen(QColor(theme.faint), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        painter.restore()
        return
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.setBrush(color(rgb_of(theme.surface), 0.88))
    painter.drawRoundedRect(area.adjusted(-4, -4, 4, 4), 6, 6)
    if box.pitch < SMALLEST_DISC:
        _paint_cells(painter, box, rgb)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        for (x, y), fill in zip(box.positions, rgb[box.shown], strict=True):
            painter.setBrush(color(fill))
            painter.drawEllipse(QPointF(float(x), float(y)), box.radius, box.radius)
    painter.restore()


def _paint_cells(painter: QPainter, box: LayerBox, rgb: NDArray[np.uint8]) -> None:
    """Paint one square a unit; neighbours of one colour in a row become one, so that no seam is seen."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for row in range(box.rows):
        colors = rgb[row * box.columns : (row + 1) * box.columns]
        starts = np.flatnonzero(np.r_[True, (np.diff(colors.astype(int), axis=0) != 0).any(axis=1)])
        for start, end in zip(starts, [*starts[1:], len(colors)], strict=True):
            painter.setBrush(color(colors[start]))
            left, top = box.x + start * box.pitch, box.y + row * box.pitch
            painter.drawRect(QRectF(left, top, (end - start) * box.pitch, box.pitch))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
