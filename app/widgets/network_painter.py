"""Paints one frame of the network: edges, units, names, legend. Functions over a painter, no state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QLinearGradient, QPainter, QPen

from app.theme import Theme, ui_font
from app.widgets.edge_pictures import PULSES, EdgePicture, EdgePictures
from nnviz.picture.colors import DataColors, data_colors, diverging_rgb, ink_rgb
from nnviz.picture.layout import LayerBox, Layout
from nnviz.picture.quantities import TITLES, edge_values, number, scale_of, unit_values
from nnviz.picture.timeline import EdgeLook, Frame, UnitLook
from nnviz.training.records import Snapshot

ACTIVATION_NAMES = {
    "relu": "ReLU", "softmax": "softmax", "sigmoid": "sigmoid", "tanh": "tanh", "linear": "linear",
    "leaky_relu": "leaky ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU", "softplus": "softplus",
}


#: Middle of the legend and top of the row of scales, from the bottom, in multiples of the text size.
LEGEND_ROW = 2.0
SCALE_ROW = 4.8
#: Room below the layers, in multiples of the text size.
BOTTOM_ROOM = 5.3


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All that a frame is painted from.

    Attributes:
        snapshot: the tensors.
        layout: places in logical pixels of the view, zoom applied.
        frame: which quantities show, and how much.
        pictures: the edges, or None while the first are being drawn.
        theme: colours of the application.
        class_names: names of the output units.
        width, height: size of the view in logical pixels.
        text: base text size in logical pixels.
        feature_names: names of inputs that are no image.
        second_row: height of a second row of scales, 0 where one row holds them all.
    """

    snapshot: Snapshot
    layout: Layout
    frame: Frame
    pictures: EdgePictures | None
    theme: Theme
    class_names: tuple[str, ...]
    width: int
    height: int
    text: float
    second_row: float = 0.0
    feature_names: tuple[str, ...] = ()


def names_width(names: tuple[str, ...], text: float) -> float:
    """Return the room that names of inputs need left of their units, in logical pixels; 0 without names."""
    metrics = QFontMetricsF(ui_font(text))
    widest = max((metrics.horizontalAdvance(name) for name in names), default=-8.0)
    return min(widest + 8.0, 13.0 * text)


def scale_y(scene: Scene) -> float:
    """Return the top of the row of scales below the layers."""
    return scene.height - SCALE_ROW * scene.text


def color(rgb: tuple[int, int, int] | NDArray[np.uint8], alpha: float = 1.0) -> QColor:
    """Return a QColor from three numbers and an opacity in [0, 1]."""
    made = QColor(int(rgb[0]), int(rgb[1]), int(rgb[2]))
    made.setAlphaF(min(1.0, max(0.0, alpha)))
    return made


def rgb_of(name: str) -> tuple[int, int, int]:
    """Return ``#rrggbb`` as three numbers."""
    made = QColor(name)
    return made.red(), made.green(), made.blue()


def unit_rgb(scene: Scene, layer: int, look: UnitLook, colors: DataColors) -> NDArray[np.uint8]:
    """Return the colours of the units of a layer as (units, 3) uint8, the two quantities of the look mixed."""

    def one(quantity: str) -> NDArray[np.float32]:
        values = unit_values(scene.snapshot, layer, quantity)
        if layer == 0 and scene.layout.boxes[0].kind == "image":
            if values is None:
                values = np.zeros(scene.layout.boxes[0].size, np.float32)
            return ink_rgb(values, colors).astype(np.float32)
        if values is None:
            values = np.zeros(scene.layout.boxes[layer].size, np.float32)
        # z and a share a scale, so that a ReLU is seen to keep what is positive and to drop the rest.
        return diverging_rgb(values, unit_scale(scene, layer, quantity), colors.palette(quantity)).astype(
            np.float32
        )

    new = one(look.new)
    if look.mix >= 1 or look.old == look.new:
        return new.astype(np.uint8)
    old = one(look.old)
    return np.rint(old + (new - old) * np.float32(look.mix)).astype(np.uint8)


def unit_scale(scene: Scene, layer: int, quantity: str) -> float:
    """Return the magnitude that gets the full colour: the largest in the layer (1 for a softmax output)."""
    if layer == len(scene.snapshot.spec.layers) and quantity in ("a", "a_after"):
        return 1.0 if scene.snapshot.spec.activations[-1] == "softmax" else scale_of(
            unit_values(scene.snapshot, layer, quantity)
        )
    return scale_of(unit_values(scene.snapshot, layer, quantity))


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
    painter.drawImage(picture.area, picture.image)
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
    for line, value in zip(picture.lines[-PULSES:], picture.values[-PULSES:], strict=True):
        ax, ay, bx, by = (float(v) for v in line)
        if bx <= ax or not ax <= front <= bx:
            continue
        y = ay + (by - ay) * (front - ax) / (bx - ax)
        share = abs(float(value)) / picture.scale
        rgb = palette.positive if value > 0 else palette.negative
        radius = 2.0 + 4.5 * share
        painter.setBrush(color(rgb, 0.22))
        painter.drawEllipse(QPointF(front, y), radius * 2.1, radius * 2.1)
        painter.setBrush(color(rgb))
        painter.drawEllipse(QPointF(front, y), radius, radius)
    painter.restore()


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
def _disc_map(
    rows: int, columns: int, size: int, width: int, height: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return for each pixel of a grid its unit and how much of the pixel the unit's disc covers, in [0, 1].

    A clip path of hundreds of discs costs QPainter 5 ms a frame; looking colours up costs 0.1 ms.
    """
    x = (np.arange(width, dtype=np.float32) + 0.5) * (columns / width)
    y = (np.arange(height, dtype=np.float32) + 0.5) * (rows / height)
    column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    pitch = width / columns
    dx, dy = (x - column - 0.5) * pitch, (y - row - 0.5) * (height / rows)
    away = np.hypot(dx[None, :], dy[:, None])
    cover = np.clip(pitch * 0.42 - away + 0.5, 0, 1).astype(np.float32)
    unit = row[:, None] * columns + column[None, :]
    cover[unit >= size] = 0
    return np.minimum(unit, size - 1), cover


def _discs(box: LayerBox, rgb: NDArray[np.uint8], ratio: float) -> QImage:
    """Return the units of a grid as discs in a picture that fits the box."""
    width, height = max(1, round(box.width * ratio)), max(1, round(box.height * ratio))
    unit, cover = _disc_map(box.rows, box.columns, box.size, width, height)
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3] = rgb[:, ::-1][unit] * cover[..., None]
    pixels[..., 3] = cover * 255
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


def paint_outputs(painter: QPainter, scene: Scene) -> None:
    """Paint class names, probability bars and the loss right of the output layer."""
    box = scene.layout.boxes[-1]
    snapshot = scene.snapshot
    softmax = snapshot.spec.activations[-1] == "softmax"
    state = scene.frame.probabilities
    after = snapshot.forward_after
    passed = after if state == "after" and after is not None else snapshot.forward
    output = passed.output[0]
    shown = state != "none" and softmax
    winner = int(np.argmax(output))
    theme = scene.theme
    left = box.x + box.width + 10
    size = max(9.0, min(scene.text * 1.25, box.pitch * 0.62))
    right = min(float(scene.width) - 12, left + 320 * scene.text / 13)
    painter.save()
    normal, bold = ui_font(size), ui_font(size, bold=True)
    metrics = QFontMetricsF(bold)
    names = [scene.class_names[unit] if unit < len(scene.class_names) else str(unit) for unit in box.shown]
    name_width = min(max(metrics.horizontalAdvance(name) for name in names), 120.0)
    figures = min(size, scene.text * 1.05)
    plain, strong = ui_font(figures), ui_font(figures, bold=True)
    value_width = QFontMetricsF(strong).horizontalAdvance("100.0%")
    bar_left = left + name_width + 10
    bar_right = right - value_width - 8
    for place, (unit, (_, y)) in enumerate(zip(box.shown, box.positions, strict=True)):
        row = QRectF(left, float(y) - box.pitch / 2, name_width + 4, box.pitch)
        best = shown and unit == winner
        is_label = snapshot.label == unit
        painter.setFont(bold if best or is_label else normal)
        painter.setPen(QColor(theme.text if best or is_label or not shown else theme.muted))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, names[place])
        if is_label:
            # The right class: underlined, so that it can be told without any colour.
            width = metrics.horizontalAdvance(names[place])
            painter.fillRect(QRectF(left, float(y) + size * 0.58, width, 2), QColor(theme.text))
        if not shown:
            continue
        thick = max(4.0, min(size * 0.6, box.pitch * 0.4))
        if bar_right - bar_left > 16:
            track = QRectF(bar_left, float(y) - thick / 2, bar_right - bar_left, thick)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(track, thick / 2, thick / 2)
            filled = QRectF(track)
            filled.setWidth(max(thick if output[unit] > 0.005 else 0.0, track.width() * float(output[unit])))
            wrong = best and snapshot.label is not None and not is_label
            tone = theme.bad if wrong else theme.accent if best else theme.muted
            painter.setBrush(QColor(tone))
            painter.drawRoundedRect(filled, thick / 2, thick / 2)
        painter.setFont(strong if best else plain)
        painter.setPen(QColor(theme.text if best else theme.muted))
        text = f"{100 * float(output[unit]):.1f}%"
        painter.drawText(
            QRectF(right - value_width - 2, row.y(), value_width + 2, row.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text,
        )
    painter.restore()


def paint_headings(painter: QPainter, scene: Scene) -> None:
    """Paint the name of each layer above it and the scale of its units below it."""
    theme, snapshot = scene.theme, scene.snapshot
    layers = len(snapshot.spec.layers)
    painter.save()
    bold, small = ui_font(scene.text, bold=True), ui_font(scene.text * 0.92)
    line = scene.text * 1.35
    for box, look in zip(scene.layout.boxes, scene.frame.units, strict=True):
        center = box.x + box.width / 2
        if box.index == 0:
            shape = " × ".join(str(n) for n in snapshot.spec.input_shape)
            first, second = "Input", f"{shape} = {box.size:,}" if "×" in shape else f"{box.size:,} values"
        else:
            layer = snapshot.spec.layers[box.index - 1]
            first = "Output" if box.index == layers else f"Dense {box.index}"
            name = ACTIVATION_NAMES.get(layer.activation, layer.activation)
            second = f"{layer.units:,} {name}"
        room = 6.2 * scene.text
        area = QRectF(center - room, max(6.0, min(10.0, box.y - 2 * line - 8)), 2 * room, line)
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, first)
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        painter.drawText(area.translated(0, line), Qt.AlignmentFlag.AlignCenter, second)
        quantity = look.new if look.mix >= 0.5 else look.old
        if quantity not in ("none", "x"):
            scale = unit_scale(scene, box.index, quantity)
            symbol = {"z": "z", "a": "a", "dz": "dL/dz", "a_after": "a"}[quantity]
            text = f"|{symbol}| ≤ {number(scale)}"
            y = scale_y(scene) - scene.second_row
            below = QRectF(center - 90, y, 180, line)
            align = Qt.AlignmentFlag.AlignCenter
            if box.index == layers:  # there is room on the right, and none to spare on the left
                below, align = QRectF(box.x - 12, y, 170, line), Qt.AlignmentFlag.AlignLeft
            painter.drawText(below, align, text)
    painter.restore()


def paint_legend(painter: QPainter, scene: Scene) -> None:
    """Paint what the colours mean, with the scale of the edges under each layer's edges."""
    theme = scene.theme
    boxes = scene.layout.boxes
    painter.save()
    painter.setFont(ui_font(scene.text * 0.92))
    painter.setPen(QColor(theme.muted))
    metrics = QFontMetricsF(painter.font())
    shown = ""
    for layer, look in enumerate(scene.frame.edges):
        quantity = look.over if look.over and look.over_opacity * (look.high - look.low) > 0.3 else look.base
        if look.over:
            shown = look.over
        elif not shown:
            shown = look.base
        picture = scene.pictures.get(layer, quantity) if scene.pictures else None
        if picture is None:
            continue
        left, right = boxes[layer], boxes[layer + 1]
        center = (left.x + left.width + right.x) / 2
        symbol = {"contribution": "a·w", "contribution_after": "a·w", "weight": "w", "gradient": "dL/dw",
                  "update": "Δw"}[quantity]
        room = QRectF(center - 120, scale_y(scene), 240, scene.text * 1.35)
        text = f"|{symbol}| ≤ {number(picture.scale)}"
        if metrics.horizontalAdvance(text) < right.x - left.x - left.width + 40:
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
    current = scene.frame.edges
    if scene.frame.stage >= 0:
        # The stage's own quantity wins: the last layer that shows an overlay with a front.
        moving = [look.over for look in current if look.pulse is not None]
        if moving:
            shown = moving[0]
    palette = data_colors(theme.is_dark).palette(shown)
    y = scene.height - LEGEND_ROW * scene.text
    half = scene.text * 0.8
    x = 16.0
    bar = QRectF(x + metrics.horizontalAdvance("−") + 6, y - scene.text * 0.3, scene.text * 7.4, scene.text * 0.6)
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    gradient.setColorAt(0, color(palette.negative))
    gradient.setColorAt(0.5, color(palette.zero))
    gradient.setColorAt(1, color(palette.positive))
    row = QRectF(x, y - half, 40, 2 * half)
    align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(row, align, "−")
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
    painter.setPen(QColor(theme.muted))
    painter.drawText(QRectF(bar.right() + 6, y - half, 40, 2 * half), align, "+")
    text_x = bar.right() + 12 + scene.text * 1.2
    picture = scene.pictures.get(0, shown) if scene.pictures else None
    words = TITLES[shown]
    if picture is not None:
        top_k = scene.pictures.job.top_k if scene.pictures else None
        words += f", strongest {top_k:,} of each layer" if top_k is not None else ", all edges"
    words += "; dashed: negative" if picture is not None else _why_absent(scene, shown)
    painter.drawText(QRectF(text_x, y - half, scene.width - text_x - 10, 2 * half), align, words)
    painter.restore()


def _why_absent(scene: Scene, quantity: str) -> str:
    """Return why there are no edges of a quantity, and what makes them; "" while they are being drawn."""
    if scene.pictures is None or edge_values(scene.snapshot, 0, quantity) is not None:
        return ""
    if quantity == "update":
        return ": none yet; press Step to let the optimizer make one"
    return ": a drawing has no right answer to be blamed for; choose a test sample"


def paint_loss(painter: QPainter, scene: Scene) -> None:
    """Paint the loss of the sample where the output ends."""
    snapshot = scene.snapshot
    if snapshot.gradients is None or snapshot.label is None or scene.frame.loss <= 0.01:
        return
    theme = scene.theme
    label = snapshot.label
    name = scene.class_names[label] if label < len(scene.class_names) else str(label)
    text = f"loss {number(snapshot.gradients.loss)}  =  −ln p({name})"
    if scene.frame.probabilities == "after" and snapshot.forward_after is not None:
        p = float(snapshot.forward_after.output[0, label])
        text = f"loss {number(snapshot.gradients.loss)}  →  {number(-np.log(max(p, 1e-38)))}"
    painter.save()
    painter.setOpacity(scene.frame.loss)
    font = ui_font(scene.text * 1.08, bold=True)
    painter.setFont(font)
    width = QFontMetricsF(font).horizontalAdvance(text) + 24
    height = scene.text * 2.0
    area = QRectF(scene.width - width - 12, scene.height - height - 10, width, height)
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(area, height / 2, height / 2)
    painter.setPen(QColor(theme.text))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def paint_card(painter: QPainter, scene: Scene, at: QPointF, lines: tuple[tuple[str, str], ...]) -> None:
    """Paint the exact values of what is under the pointer on a card beside it; the first line is its heading."""
    theme = scene.theme
    painter.save()
    bold, normal = ui_font(scene.text, bold=True), ui_font(scene.text)
    heading = QFontMetricsF(bold)
    metrics = QFontMetricsF(normal)
    line = scene.text * 1.5
    names = max((metrics.horizontalAdvance(name) for name, _ in lines[1:]), default=0.0)
    values = max((metrics.horizontalAdvance(value) for _, value in lines[1:]), default=0.0)
    width = max(heading.horizontalAdvance(lines[0][0]), names + values + 20) + 24
    height = line * len(lines) + 16
    x, y = at.x() + 16, at.y() + 16
    if x + width > scene.width - 6:
        x = at.x() - width - 12
    if y + height > scene.height - 6:
        y = at.y() - height - 12
    x, y = max(6.0, x), max(6.0, y)
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(QRectF(x, y, width, height), 8, 8)
    for place, (name, value) in enumerate(lines):
        row = QRectF(x + 12, y + 8 + place * line, width - 24, line)
        painter.setFont(bold if place == 0 else normal)
        painter.setPen(QColor(theme.text if place == 0 else theme.muted))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(QColor(theme.text))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, value)
    painter.restore()


def paint_highlight(painter: QPainter, scene: Scene, picture: EdgePicture, chosen: NDArray[np.intp]) -> None:
    """Paint some drawn edges again, strongly."""
    palette = data_colors(scene.theme.is_dark).palette(picture.quantity)
    painter.save()
    for index in chosen:
        value = float(picture.values[index])
        share = abs(value) / picture.scale if picture.scale else 0.0
        pen = QPen(color(palette.positive if value > 0 else palette.negative), 1.2 + 2.8 * share)
        if value < 0:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        ax, ay, bx, by = (float(v) for v in picture.lines[index])
        painter.drawLine(QPointF(ax, ay), QPointF(bx, by))
    painter.restore()
