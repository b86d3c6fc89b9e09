"""Grids of units as shapes, for files that can be enlarged: SVG and PDF."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.widgets.network_scene import Scene, color, rgb_of
from nnviz.picture.boxes import LayerBox


def paint_shapes(
    painter: QPainter, scene: Scene, box: LayerBox, rgb: NDArray[np.uint8], off: NDArray[np.bool_] | None = None,
    *, as_discs: bool = False,
) -> None:
    """Paint an image or a grid of units as one shape a pixel or a unit.

    Args:
        painter: of the file.
        scene: what is painted.
        box: the layer.
        rgb: colours of its units, (units, 3).
        off: which units dropout switched off, (units,): rings with a cross, or empty cells.
        as_discs: whether units are discs, not cells.
    """
    painter.save()
    if not as_discs:
        if off is not None:
            rgb = np.where(off[:, None], np.array(rgb_of(scene.theme.surface), np.uint8), rgb)
        _paint_cells(painter, box, rgb)
        painter.restore()
        return
    ring = QPen(QColor(scene.theme.muted), max(1.0, 0.055 * box.pitch))
    for unit, (x, y) in zip(box.shown, box.positions, strict=True):
        middle, radius = QPointF(float(x), float(y)), box.radius
        if off is not None and off[unit]:
            painter.setPen(ring)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, radius, radius)
            reach = radius * 0.707
            for way in (1, -1):
                arm = QPointF(reach, way * reach)
                painter.drawLine(middle - arm, middle + arm)
            continue
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(rgb[unit]))
        painter.drawEllipse(middle, radius, radius)
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
