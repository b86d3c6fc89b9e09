"""Paints the edges: pictures made beforehand, composited, with front and pulses of the wave that runs over them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen, QPixmap, QRadialGradient

from app.widgets.edge_pictures import PULSES, EdgePicture
from app.widgets.network_scene import Scene, color
from nnviz.picture.colors import data_colors
from nnviz.picture.timeline import EdgeLook, pulse_at

#: Puts the edges of a picture on a painter with an opacity, within a part of the view or wholly.
Put = Callable[[QPainter, EdgePicture, float, QRectF | None], None]

#: Fainter than this nothing is painted.
UNSEEN = 0.004
#: Width of the soft edge of the front, as a share of the way and at most in logical pixels; painted in so many strips.
SOFT_SHARE, SOFT_PX, SOFT_STRIPS = 0.12, 56.0, 7
#: How strongly the front glows, and how wide, in widths of its soft edge.
GLOW, GLOW_WIDTH = 0.16, 1.6
#: Sizes of a pulse, logical pixels of its core: of the weakest that is painted and what the strongest has more.
PULSE_PX, PULSE_MORE_PX = 1.6, 4.4
#: Shares below this carry too little to be followed.
PULSE_LEAST = 0.06
#: Radius of a pulse with its halo in multiples of its core's.
HALO = 2.4
#: Steps of brightness and size that pulses are drawn in beforehand: finer ones are not seen.
PULSE_LEVELS = 12
#: The golden ratio's part: phases of neighbours by strength lie far apart, and never change.
PHASE_STEP = 0.6180339887498949


def paint_edges(painter: QPainter, scene: Scene, put: Put | None = None) -> None:
    """Paint the edges: pictures made beforehand, composited, or whatever ``put`` makes of them."""
    put = put or _blit
    if scene.pictures is None:
        return
    boxes = scene.layout.boxes
    for layer, look in enumerate(scene.frame.edges):
        left, right = boxes[layer], boxes[layer + 1]
        base = scene.pictures.get(layer, look.base)
        if base is not None and look.base_opacity > UNSEEN:
            put(painter, base, look.base_opacity, None)
        over = scene.pictures.get(layer, look.over) if look.over else None
        if over is not None and look.over_opacity > UNSEEN:
            # The way is what is seen of it: within their layers the edges lie below units and tiles.
            start, end = left.x + left.width, right.x
            _paint_over(painter, scene, over, look, start, max(1.0, end - start), put)
            if look.flash > UNSEEN:  # once more: every edge lights up as strongly as it moved
                put(painter, over, look.over_opacity * look.flash, None)
            if look.pulse is not None:
                _paint_pulses(painter, scene, over, look)


def _blit(painter: QPainter, picture: EdgePicture, opacity: float, clip: QRectF | None) -> None:
    """Paint a picture, or what of it lies between the sides of ``clip``, to whole device pixels."""
    area, image = picture.area, picture.image
    if area.width() <= 0:
        return
    ratio = image.width() / area.width()
    left, right = 0, image.width()
    if clip is not None:
        left = max(left, round((clip.left() - area.x()) * ratio))
        right = min(right, round((clip.right() - area.x()) * ratio))
    if left >= right:
        return
    painter.save()
    painter.setOpacity(min(1.0, opacity))
    # In the picture's own pixels: on a screen of the same ratio no pixel is scaled, which is a plain copy.
    painter.translate(area.topLeft())
    painter.scale(1 / ratio, area.height() / image.height())
    if right - left == image.width():
        painter.drawImage(QPoint(0, 0), image)  # a part of it is taken through Qt's slower way
    else:
        painter.drawImage(QPoint(left, 0), image, QRect(left, 0, right - left, image.height()))
    painter.restore()


def _paint_over(
    painter: QPainter, scene: Scene, picture: EdgePicture, look: EdgeLook, x0: float, span: float, put: Put
) -> None:
    """Paint the part of a picture that the front has revealed; the front itself is soft and glows."""
    if look.low <= 0 and look.high >= 1:
        put(painter, picture, look.over_opacity, None)
        return
    front = x0 + span * (look.low if look.backward else look.high)
    soft = min(SOFT_SHARE * span, SOFT_PX)
    # The edge softens behind the front, so that nothing shows before it has come; at both ends of the way it is hard.
    way = (look.high - look.low) * span
    soft = min(soft, way, span - way)
    height, sign = float(scene.height), 1.0 if look.backward else -1.0
    inner = front + sign * soft
    low, high = (inner, picture.area.right()) if look.backward else (picture.area.left(), inner)
    put(painter, picture, look.over_opacity, QRectF(low, 0, high - low, height))
    if soft < 1:
        return
    places = [inner - sign * soft * k / SOFT_STRIPS for k in range(SOFT_STRIPS + 1)]
    for strip, (near, far) in enumerate(itertools.pairwise(places)):
        share = 1 - (strip + 0.5) / SOFT_STRIPS
        put(painter, picture, look.over_opacity * share, QRectF(min(near, far), 0, abs(far - near), height))
    _paint_glow(painter, scene, picture, front, soft, look)


def _paint_glow(
    painter: QPainter, scene: Scene, picture: EdgePicture, front: float, soft: float, look: EdgeLook
) -> None:
    """Paint a faint light where the front is, between the first and the last edge."""
    if not len(picture.lines):
        return
    ys = picture.lines[:, 1::2]
    top, bottom = float(ys.min()) - 6, float(ys.max()) + 6
    half = soft * GLOW_WIDTH / 2
    palette = data_colors(scene.theme.is_dark).palette(look.over)
    light = QLinearGradient(QPointF(front - half, 0), QPointF(front + half, 0))
    light.setColorAt(0, color(palette.positive, 0))
    light.setColorAt(0.5, color(palette.positive, GLOW * look.over_opacity))
    light.setColorAt(1, color(palette.positive, 0))
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(light)
    painter.drawRoundedRect(QRectF(front - half, top, 2 * half, bottom - top), half, half)
    painter.restore()


def _paint_pulses(painter: QPainter, scene: Scene, picture: EdgePicture, look: EdgeLook) -> None:
    """Paint a light on each of the strongest edges: larger and brighter the more it carries, each in its own time."""
    if picture.scale <= 0 or look.pulse is None:
        return
    palette = data_colors(scene.theme.is_dark).palette(look.over)
    ratio = painter.device().devicePixelRatioF()
    painter.save()
    lines, values = picture.lines[-PULSES:], picture.values[-PULSES:]
    shares = picture.shares(values).tolist()
    for rank, (line, value, share) in enumerate(zip(lines, values, shares, strict=True)):
        if share < PULSE_LEAST:
            continue
        place, bright = pulse_at(look.pulse, (rank * PHASE_STEP) % 1.0)
        if bright <= 0:
            continue
        if look.backward:
            place = 1 - place
        ax, ay, bx, by = (float(v) for v in line)
        rgb = palette.positive if value > 0 else palette.negative
        light = _light(rgb, round(share * PULSE_LEVELS), ratio)
        half = light.width() / ratio / 2
        painter.setOpacity(bright * (0.45 + 0.55 * share))
        painter.drawPixmap(QPointF(ax + (bx - ax) * place - half, ay + (by - ay) * place - half), light)
    painter.restore()


@lru_cache(maxsize=256)
def _light(rgb: tuple[int, int, int], level: int, ratio: float) -> QPixmap:
    """Return a pulse: a core with a halo that fades; painting it anew each time would take most of a frame."""
    core = PULSE_PX + PULSE_MORE_PX * level / PULSE_LEVELS
    radius = core * HALO
    size = int(np.ceil(2 * radius * ratio)) + 2
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(size / 2, size / 2)
    halo = QRadialGradient(middle, radius * ratio)
    halo.setColorAt(0, color(rgb, 0.5))
    halo.setColorAt(1 / HALO, color(rgb, 0.32))
    halo.setColorAt(1, color(rgb, 0))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(halo)
    painter.drawEllipse(middle, radius * ratio, radius * ratio)
    painter.setBrush(QColor(*rgb))
    painter.drawEllipse(middle, core * ratio, core * ratio)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def paint_level(painter: QPainter, center: QPointF, radius: float, level: float, fill: QColor) -> None:
    """Fill a round unit from below up to a share of its height, as its sum arrives."""
    # The angle from the bottom at which the level cuts the circle; Qt counts sixteenths of a degree from three o'clock.
    half = math.degrees(math.acos(1 - 2 * min(1.0, max(0.0, level))))
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    area = QRectF(center.x() - radius, center.y() - radius, 2 * radius, 2 * radius)
    painter.drawChord(area, round((270 - half) * 16), round(2 * half * 16))
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
