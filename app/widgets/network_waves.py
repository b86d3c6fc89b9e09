"""Paints the edges: pictures made beforehand, composited, with the pulses of the wave that runs over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.widgets.edge_pictures import PULSES, EdgePicture
from app.widgets.network_scene import Scene, color
from nnviz.picture.colors import data_colors
from nnviz.picture.timeline import EdgeLook


def paint_edges(painter: QPainter, scene: Scene) -> None:
    """Paint the edges: pictures made beforehand, composited."""
    if scene.pictures is None:
        return
    boxes = scene.layout.boxes
    for layer, look in enumerate(scene.frame.edges):
        left, right = boxes[layer], boxes[layer + 1]
        base = scene.pictures.get(layer, look.base)
        if base is not None and look.base_opacity > 0.004:
            _blit(painter, base, look.base_opacity, None)
        over = scene.pictures.get(layer, look.over) if look.over else None
        if over is not None and look.over_opacity > 0.004:
            x0, x1 = left.x, right.x + right.width
            span = x1 - x0
            clip = None
            if look.low > 0 or look.high < 1:
                clip = QRectF(x0 + span * look.low, 0, span * (look.high - look.low), scene.height)
            _blit(painter, over, look.over_opacity, clip)
            if look.pulse is not None:
                _pulses(painter, scene, over, look, x0, span)


def _blit(painter: QPainter, picture: EdgePicture, opacity: float, clip: QRectF | None) -> None:
    painter.save()
    if clip is not None:
        painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
    painter.setOpacity(min(1.0, opacity))
    # In the picture's own pixels: on a screen of the same ratio no pixel is scaled, which is a plain copy.
    painter.translate(picture.area.topLeft())
    painter.scale(picture.area.width() / picture.image.width(), picture.area.height() / picture.image.height())
    painter.drawImage(0, 0, picture.image)
    painter.restore()


def _pulses(
    painter: QPainter, scene: Scene, picture: EdgePicture, look: EdgeLook, x0: float, span: float
) -> None:
    """Paint dots on the strongest edges where the front is, as large as what they carry."""
    if picture.scale <= 0:
        return
    palette = data_colors(scene.theme.is_dark).palette(look.over)
    front = x0 + span * (look.pulse or 0.0)
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    strongest = picture.values[-PULSES:]
    for line, value, share in zip(picture.lines[-PULSES:], strongest, picture.shares(strongest), strict=True):
        ax, ay, bx, by = (float(v) for v in line)
        if bx <= ax or not ax <= front <= bx:
            continue
        y = ay + (by - ay) * (front - ax) / (bx - ax)
        rgb = palette.positive if value > 0 else palette.negative
        radius = 2.0 + 4.5 * float(share)
        painter.setBrush(color(rgb, 0.22))
        painter.drawEllipse(QPointF(front, y), radius * 2.1, radius * 2.1)
        painter.setBrush(color(rgb))
        painter.drawEllipse(QPointF(front, y), radius, radius)
    painter.restore()


def paint_highlight(painter: QPainter, scene: Scene, picture: EdgePicture, chosen: NDArray[np.intp]) -> None:
    """Paint some drawn edges again, strongly."""
    palette = data_colors(scene.theme.is_dark).palette(picture.quantity)
    painter.save()
    for index, share in zip(chosen, picture.shares(picture.values[chosen]).tolist(), strict=True):
        value = float(picture.values[index])
        pen = QPen(color(palette.positive if value > 0 else palette.negative), 1.2 + 2.8 * share)
        if value < 0:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        ax, ay, bx, by = (float(v) for v in picture.lines[index])
        painter.drawLine(QPointF(ax, ay), QPointF(bx, by))
    painter.restore()
