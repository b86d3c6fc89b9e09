"""Paints the units of every layer: images, grids and columns, with names and numbers where there is room."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from app.theme import ui_font
from app.widgets.network_scene import Scene, color, names_width, rgb_of, unit_rgb
from app.widgets.network_shapes import paint_shapes
from nnviz.picture.colors import data_colors
from nnviz.picture.layout import LayerBox
from nnviz.picture.quantities import number, unit_values
from nnviz.picture.timeline import UnitLook

#: Steps of the share of a pixel that a disc covers: finer ones are not seen.
COVER_LEVELS = 32


def paint_units(painter: QPainter, scene: Scene) -> None:
    """Paint the units of every layer."""
    colors = data_colors(scene.theme.is_dark)
    for box, look in zip(scene.layout.boxes, scene.frame.units, strict=True):
        rgb = unit_rgb(scene, box.index, look, colors)
        if box.kind == "column":
            _paint_column(painter, scene, box, look, rgb)
        else:
            _paint_grid(painter, scene, box, rgb)


def _paint_grid(painter: QPainter, scene: Scene, box: LayerBox, rgb: NDArray[np.uint8]) -> None:
    if scene.vector:
        paint_shapes(painter, scene, box, rgb)
        return
    cells = np.zeros((box.rows * box.columns, 3), np.uint8)
    cells[:] = np.array(rgb_of(scene.theme.surface), np.uint8)
    cells[: box.size] = rgb
    rgba = np.full((box.rows, box.columns, 4), 255, np.uint8)
    rgba[..., :3] = cells.reshape(box.rows, box.columns, 3)
    image = QImage(rgba.data, box.columns, box.rows, 4 * box.columns, QImage.Format.Format_RGBA8888)
    area = QRectF(box.x, box.y, box.width, box.height)
    painter.save()
    if box.kind == "image":
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(area, image)
        painter.setPen(QPen(QColor(scene.theme.faint), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        painter.restore()
        return
    # A plate behind the units, so that edges passing below do not disturb them.
    painter.setPen(QPen(QColor(scene.theme.border), 1))
    painter.setBrush(color(rgb_of(scene.theme.surface), 0.88))
    painter.drawRoundedRect(area.adjusted(-4, -4, 4, 4), 6, 6)
    if box.pitch >= 6:
        # On whole device pixels and unscaled: a plain copy, where a shifted one would be filtered.
        ratio = painter.device().devicePixelRatioF()
        discs = _discs(box, rgb, ratio)
        discs.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(round(box.x * ratio) / ratio, round(box.y * ratio) / ratio), discs)
    else:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(area, image)
    painter.restore()


@lru_cache(maxsize=32)
def _disc_map(rows: int, columns: int, size: int, width: int, height: int) -> NDArray[Any]:
    """Return for each pixel of a grid which entry of ``_shades`` it shows, (height · width,): its unit's at the
    share of the pixel that the unit's disc covers.

    A clip path of hundreds of discs costs QPainter 5 ms a frame; looking colours up costs 0.1 ms.
    """
    x = (np.arange(width, dtype=np.float32) + 0.5) * (columns / width)
    y = (np.arange(height, dtype=np.float32) + 0.5) * (rows / height)
    column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    pitch = width / columns
    dx, dy = (x - column - 0.5) * pitch, (y - row - 0.5) * (height / rows)
    away = np.hypot(dx[None, :], dy[:, None])
    cover = np.clip(pitch * 0.42 - away + 0.5, 0, 1)
    unit = row[:, None] * columns + column[None, :]
    cover[unit >= size] = 0
    level = np.rint(cover * COVER_LEVELS).astype(np.intp)
    return np.asarray(np.minimum(unit, size - 1) * (COVER_LEVELS + 1) + level, np.intp).ravel()


def _shades(rgb: NDArray[np.uint8]) -> NDArray[Any]:
    """Return each colour premultiplied at every level of cover, as Qt packs it; (units · levels,)."""
    levels = np.arange(COVER_LEVELS + 1, dtype=np.uint32)
    packed = (levels * 255 // COVER_LEVELS << 24)[None, :].repeat(len(rgb), axis=0)
    for channel, shift in enumerate((16, 8, 0)):
        packed |= rgb[:, channel, None].astype(np.uint32) * levels // COVER_LEVELS << shift
    return np.asarray(packed, np.uint32).ravel()


def _discs(box: LayerBox, rgb: NDArray[np.uint8], ratio: float) -> QImage:
    """Return the units of a grid as discs in a picture that fits the box."""
    width, height = max(1, round(box.width * ratio)), max(1, round(box.height * ratio))
    pixels = _shades(rgb).take(_disc_map(box.rows, box.columns, box.size, width, height))
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()  # owns its memory; NumPy's goes with this call


def _paint_column(
    painter: QPainter, scene: Scene, box: LayerBox, look: UnitLook, rgb: NDArray[np.uint8]
) -> None:
    quantity = look.new if look.mix >= 0.5 else look.old
    values = unit_values(scene.snapshot, box.index, quantity)
    painter.save()
    font_size = min(scene.text, box.radius * 0.72)
    painter.setFont(ui_font(font_size))
    for unit, (x, y) in zip(box.shown, box.positions, strict=True):
        fill = rgb[unit]
        painter.setPen(QPen(QColor(scene.theme.muted), 1.2))
        painter.setBrush(color(fill))
        painter.drawEllipse(QPointF(float(x), float(y)), box.radius, box.radius)
        if box.radius >= 13 and values is not None:
            light = 0.299 * fill[0] + 0.587 * fill[1] + 0.114 * fill[2]
            painter.setPen(QColor("#101418") if light > 140 else QColor("#ffffff"))
            area = QRectF(float(x) - box.radius, float(y) - box.radius, 2 * box.radius, 2 * box.radius)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, short_number(float(values[unit])))
    if box.index == 0 and scene.feature_names:
        _paint_names(painter, scene, box)
    if box.gap_y is not None:
        painter.setPen(QColor(scene.theme.muted))
        painter.setFont(ui_font(scene.text))
        x = float(box.positions[0, 0])
        painter.drawText(
            QRectF(x - 60, box.gap_y - 20, 120, 40), Qt.AlignmentFlag.AlignCenter, f"⋮\n{box.hidden_count} more"
        )
    painter.restore()


def _paint_names(painter: QPainter, scene: Scene, box: LayerBox) -> None:
    """Paint the names of the inputs left of their units, cut where they are too long."""
    size = min(scene.text, box.pitch * 0.8)
    painter.setFont(ui_font(size))
    painter.setPen(QColor(scene.theme.text))
    metrics = QFontMetricsF(painter.font())
    room = names_width(scene.feature_names, scene.text) - 8.0
    for unit, (x, y) in zip(box.shown, box.positions, strict=True):
        if unit < len(scene.feature_names):
            name = metrics.elidedText(scene.feature_names[unit], Qt.TextElideMode.ElideRight, room)
            area = QRectF(float(x) - box.radius - 8 - room, float(y) - box.pitch / 2, room, box.pitch)
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)


def short_number(value: float) -> str:
    """Write a number for the inside of a unit: at most four signs."""
    if not np.isfinite(value):
        return number(value)
    size = abs(value)
    if size == 0:
        return "0"
    if size < 0.005:
        return "≈0"
    text = f"{value:.2f}" if size < 0.995 else f"{value:.1f}" if size < 99.95 else f"{value:.0f}"
    return text.replace("-", "−").replace("0.", ".", 1) if size < 1 else text.replace("-", "−")
