"""Paints the units of every layer: images, grids and columns, with names and numbers where there is room."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from app.theme import ui_font
from app.widgets.hand_marks import paint_hand_marks
from app.widgets.layer_glyphs import paint_bars
from app.widgets.network_scene import Scene, color, input_names_width, rgb_of, unit_rgb, unit_scale
from app.widgets.network_shapes import paint_shapes
from app.widgets.network_waves import paint_level
from app.widgets.unit_images import IMAGE_SHARE, WeightImages, disc_image
from nnviz.picture.boxes import LayerBox
from nnviz.picture.colors import data_colors
from nnviz.picture.quantities import has_weight_images, number, unit_quantity_at, unit_values, weight_images
from nnviz.picture.timeline import UnitLook

#: Units of a grid smaller than this are painted as cells, logical pixels.
MIN_DISC_PITCH = 6.0
#: Numbers inside units are smaller than text, but not smaller than this: in multiples of the text size, and in pixels.
LEAST_NUMBER, LEAST_NUMBER_PX = 0.62, 9.0
#: The plate behind a grid stands out by this much, logical pixels, where neighbours leave room.
PLATE = 4.0
#: Smaller names cannot be read, logical pixels.
LEAST_NAME = 8.5
#: Pixels that images of weights have for a logical one in files that can be enlarged.
VECTOR_RATIO = 4.0
_weight_images = WeightImages()


def paint_units(painter: QPainter, scene: Scene) -> None:
    """Paint the units of every layer."""
    colors = data_colors(scene.theme.is_dark)
    paint_bars(painter, scene)
    for box, look in zip(scene.layout.boxes, scene.frame.units, strict=True):
        quantity = look.new if look.mix >= 0.5 else look.old
        if quantity == "weights" and has_weight_images(scene.snapshot, box.index):
            _paint_weights(painter, scene, box)
            continue
        if look.fills and box.kind == "column":
            rgb = unit_rgb(scene, box.index, replace(look, mix=1.0), colors)  # what rises in the units
        else:
            rgb = unit_rgb(scene, box.index, look, colors)
        if box.kind == "column":
            _paint_column(painter, scene, box, look, rgb)
        else:
            _paint_grid(painter, scene, box, rgb)
    _paint_biases(painter, scene)
    paint_hand_marks(painter, scene)


def dropped_units(scene: Scene, layer: int) -> NDArray[np.bool_] | None:
    """Return which units of a layer dropout switched off in this pass, (units,), or None for none."""
    dropped = scene.snapshot.dropped
    return None if dropped is None or layer == 0 else dropped[layer - 1]


def _plate(painter: QPainter, scene: Scene, box: LayerBox) -> None:
    """Paint a plate behind the units, so that edges passing below do not disturb them."""
    boxes = scene.layout.boxes
    left = boxes[box.index - 1]
    room = box.x - left.x - left.width if box.index else 4 * PLATE
    away = min(PLATE * max(1.0, scene.text / 16), 0.3 * room)
    area = QRectF(box.x, box.y, box.width, box.height).adjusted(-away, -away, away, away)
    # A rounded rectangle of this size with a translucent filling takes QPainter ten times as long.
    painter.fillRect(area.toAlignedRect(), color(rgb_of(scene.theme.surface), 0.88))
    painter.setPen(QPen(QColor(scene.theme.border), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(area.toAlignedRect()).adjusted(0.5, 0.5, -0.5, -0.5))


def _paint_grid(painter: QPainter, scene: Scene, box: LayerBox, rgb: NDArray[np.uint8]) -> None:
    area = QRectF(box.x, box.y, box.width, box.height)
    off = dropped_units(scene, box.index)
    painter.save()
    if box.kind == "image":
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        if scene.vector:
            paint_shapes(painter, scene, box, rgb)
        else:
            painter.drawImage(area, _cells(scene, box, rgb))
        painter.setPen(QPen(QColor(scene.theme.faint), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        painter.restore()
        return
    _plate(painter, scene, box)
    if scene.vector:
        paint_shapes(painter, scene, box, rgb, off, as_discs=box.pitch >= MIN_DISC_PITCH)
    elif box.pitch >= MIN_DISC_PITCH:
        # On whole device pixels and unscaled: a plain copy, where a shifted one would be filtered.
        ratio = painter.device().devicePixelRatioF()
        discs = disc_image(box, rgb, ratio, off, rgb_of(scene.theme.muted))
        discs.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(round(box.x * ratio) / ratio, round(box.y * ratio) / ratio), discs)
    else:
        if off is not None:  # too small for a cross: the cell is empty
            rgb = np.where(off[:, None], np.array(rgb_of(scene.theme.surface), np.uint8), rgb)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(area, _cells(scene, box, rgb))
    painter.restore()


def _cells(scene: Scene, box: LayerBox, rgb: NDArray[np.uint8]) -> QImage:
    """Return a picture of one pixel a unit."""
    cells = np.zeros((box.rows * box.columns, 3), np.uint8)
    cells[:] = np.array(rgb_of(scene.theme.surface), np.uint8)
    cells[: box.size] = rgb
    rgba = np.full((box.rows, box.columns, 4), 255, np.uint8)
    rgba[..., :3] = cells.reshape(box.rows, box.columns, 3)
    return QImage(rgba.data, box.columns, box.rows, 4 * box.columns, QImage.Format.Format_RGBA8888).copy()


def _paint_weights(painter: QPainter, scene: Scene, box: LayerBox) -> None:
    """Paint the incoming weights of the first layer's units as images, each where its unit stands."""
    palette = data_colors(scene.theme.is_dark).palette("weight")
    ratio = VECTOR_RATIO if scene.vector else painter.device().devicePixelRatioF()
    column = box.kind == "column"
    # Elided units stand further apart than they are wide; a grid fills its cells.
    side = min(box.pitch, 2 * box.radius / IMAGE_SHARE) if column else box.pitch
    cell = max(1, round(side * ratio))
    images = weight_images(scene.snapshot)[box.shown]
    columns = 1 if column else box.columns
    mosaic = _weight_images.mosaic(
        scene.snapshot.parameters[0].kernel, images, columns, unit_scale(scene, box.index, "weights"), palette,
        rgb_of(scene.theme.surface), cell,
    )
    off = dropped_units(scene, box.index)
    painter.save()
    if not column:
        _plate(painter, scene, box)
        painter.drawImage(QRectF(box.x, box.y, box.width, box.height), mosaic)
    for place, (unit, (x, y)) in enumerate(zip(box.shown, box.positions, strict=True)):
        area = QRectF(float(x) - side / 2, float(y) - side / 2, side, side)
        if column:
            painter.drawImage(area, mosaic, QRectF(0, place * cell, cell, cell))
            painter.setPen(QPen(QColor(scene.theme.faint), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(1, 1, -1, -1))
        if off is not None and off[unit]:
            painter.fillRect(area, color(rgb_of(scene.theme.surface), 0.7))
            _cross(painter, scene, float(x), float(y), side * 0.3)
    if box.gap_y is not None:
        _paint_gap(painter, scene, box)
    painter.restore()


def _cross(painter: QPainter, scene: Scene, x: float, y: float, reach: float) -> None:
    painter.setPen(QPen(QColor(scene.theme.muted), max(1.2, 0.16 * reach)))
    painter.drawLine(QPointF(x - reach, y - reach), QPointF(x + reach, y + reach))
    painter.drawLine(QPointF(x - reach, y + reach), QPointF(x + reach, y - reach))


def _paint_column(
    painter: QPainter, scene: Scene, box: LayerBox, look: UnitLook, rgb: NDArray[np.uint8]
) -> None:
    quantity = unit_quantity_at(scene.snapshot, box.index, look.new if look.mix >= 0.5 else look.old)
    values = unit_values(scene.snapshot, box.index, quantity)
    off = dropped_units(scene, box.index)
    painter.save()
    font_size = min(1.25 * scene.text, box.radius * 0.72)
    painter.setFont(ui_font(font_size))
    writes = values is not None and font_size >= max(LEAST_NUMBER * scene.text, LEAST_NUMBER_PX)
    outline = QPen(QColor(scene.theme.muted), max(0.8, min(1.2, box.radius * 0.16)) * max(1.0, scene.text / 20))
    empty = QColor(*data_colors(scene.theme.is_dark).signal.zero)
    dark, bright, middle = QColor("#101418"), QColor("#ffffff"), Qt.AlignmentFlag.AlignCenter
    radius = box.radius
    # As Python's numbers: NumPy's cost more than the painting.
    for unit, (x, y) in zip(box.shown.tolist(), box.positions.tolist(), strict=True):
        red, green, blue = rgb[unit].tolist()
        fill = QColor(red, green, blue)
        painter.setPen(outline)
        is_off = off is not None and bool(off[unit])
        rises = look.fills and look.mix < 1 and not is_off
        painter.setBrush(QColor(scene.theme.surface) if is_off else empty if rises else fill)
        painter.drawEllipse(QPointF(x, y), radius, radius)
        if rises:
            paint_level(painter, QPointF(x, y), radius - 0.6, look.mix, fill)
        if is_off:
            _cross(painter, scene, x, y, 0.68 * radius)
        elif writes and values is not None:
            painter.setPen(dark if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else bright)
            area = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
            painter.drawText(area, middle, short_number(float(values[unit])))
    if box.index == 0 and scene.feature_names:
        _paint_names(painter, scene, box)
    if box.gap_y is not None:
        _paint_gap(painter, scene, box)
    painter.restore()


def _paint_gap(painter: QPainter, scene: Scene, box: LayerBox) -> None:
    """Paint how many units are not shown where they would be, as much of it as the neighbours leave room for."""
    assert box.gap_y is not None
    boxes = scene.layout.boxes
    x = float(box.positions[0, 0])
    rooms = [
        right.x - left.x - left.width for left, right in itertools.pairwise(boxes)
        if box.index in (left.index, right.index)
    ]
    # Half of the way to the neighbours: they may have something to say as well.
    wide = 2 * box.radius + min([*rooms, 12 * scene.text])
    upper = float(box.positions[len(box.shown) // 2 - 1, 1]) + box.radius
    tall = 2 * (box.gap_y - upper)
    for size in (scene.text, 0.85 * scene.text, 9.0):
        metrics = QFontMetricsF(ui_font(size))
        for text in (f"⋮\n{box.hidden_count:,} more", f"⋮\n+{box.hidden_count:,}", f"+{box.hidden_count:,}"):
            lines = text.split("\n")
            if max(metrics.horizontalAdvance(line) for line in lines) <= wide and len(lines) * 1.25 * size <= tall:
                painter.setPen(QColor(scene.theme.text))
                painter.setFont(ui_font(size))
                area = QRectF(x - wide / 2, box.gap_y - tall / 2, wide, tall)
                width = max(metrics.horizontalAdvance(line) for line in lines) + 6
                # A plate, as edges pass below.
                height = len(lines) * 1.25 * size
                plate = QRectF(x - width / 2, box.gap_y - height / 2, width, height)
                painter.fillRect(plate, color(rgb_of(scene.theme.surface), 0.82))
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
                return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(scene.theme.muted))
    for step in (-1, 0, 1):
        painter.drawEllipse(QPointF(x, box.gap_y + step * 0.25 * tall), 1.3, 1.3)


def _paint_biases(painter: QPainter, scene: Scene) -> None:
    """Paint the bias units: always 1, square, so that they are not taken for units that compute."""
    painter.save()
    for bias in scene.layout.biases:
        side = 0.86 * bias.radius
        area = QRectF(bias.x - side, bias.y - side, 2 * side, 2 * side)
        painter.setPen(QPen(QColor(scene.theme.text), 1.3 * max(1.0, scene.text / 20)))
        painter.setBrush(QColor(scene.theme.raised))
        painter.drawRoundedRect(area, 0.3 * side, 0.3 * side)
        size = min(scene.text, 1.3 * side)
        if size >= 7:
            painter.setFont(ui_font(size, bold=True))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "1")
        right = _right_of(scene, bias.layer) - bias.x - side
        metrics = QFontMetricsF(ui_font(scene.text * 0.92))
        if right > metrics.horizontalAdvance("bias") + 14:
            painter.setFont(ui_font(scene.text * 0.92))
            painter.setPen(QColor(scene.theme.muted))
            wide, high = metrics.horizontalAdvance("bias") + 2, 1.4 * scene.text
            words = QRectF(bias.x + side + 5, bias.y - high / 2, wide, high)
            painter.fillRect(words.adjusted(-2, 0, 2, 0), color(rgb_of(scene.theme.surface), 0.85))
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, "bias")
    painter.restore()


def _right_of(scene: Scene, layer: int) -> float:
    """Return where the next layer begins, with its bias unit."""
    box = scene.layout.boxes[layer + 1]
    bias = scene.layout.bias_of(layer + 1)
    return box.x if bias is None else min(box.x, bias.x - bias.radius)


def _paint_names(painter: QPainter, scene: Scene, box: LayerBox) -> None:
    """Paint the names of the inputs left of their units, cut where they are too long."""
    size = min(scene.text, box.pitch * 0.8)
    if size < LEAST_NAME:
        return  # the pointer tells them
    painter.setFont(ui_font(size))
    painter.setPen(QColor(scene.theme.text))
    metrics = QFontMetricsF(painter.font())
    room = input_names_width(scene.feature_names, scene.text, scene.width) - 8.0
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
