"""Paints the name of each layer above it and the scale of its units below it."""

from __future__ import annotations

import itertools
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from app.theme import ui_font
from app.widgets.network_scene import Scene, scale_y, unit_scale
from nnviz.picture.quantities import number
from nnviz.spec import LayerSpec, NetworkSpec

ACTIVATION_NAMES = {
    "relu": "ReLU", "softmax": "softmax", "sigmoid": "sigmoid", "tanh": "tanh", "linear": "linear",
    "leaky_relu": "leaky ReLU", "prelu": "PReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU",
    "softplus": "softplus", "step": "step",
}
#: Size of the second line, in multiples of the text size.
SMALL = 0.92
#: Height of a line, and of the third one where the second would be too long, in multiples of the text size.
LINE = EXTRA_ROW = 1.35


def main_caption(layer: LayerSpec) -> str:
    """Return number and kind of a layer's units: ``64 ReLU``."""
    return f"{layer.units:,} {ACTIVATION_NAMES.get(layer.activation, layer.activation)}"


def _extras(layer: LayerSpec) -> list[str]:
    parts = [
        "BN" if layer.batch_norm else "", f"dropout {layer.dropout:g}" if layer.dropout else "",
        "" if layer.use_bias else "no bias",
    ]
    return [part for part in parts if part]


def extra_caption(layer: LayerSpec) -> str:
    """Return what a layer has besides: ``BN · dropout 0.3 · no bias``, "" for a plain one."""
    return " · ".join(_extras(layer))


def fitting_extra(layer: LayerSpec, metrics: QFontMetricsF, room: float) -> str:
    """Return as much of ``extra_caption`` as fits, whole words only: half a number would be another number."""
    parts = _extras(layer)
    for count in range(len(parts), 0, -1):
        text = " · ".join(parts[:count]) + (" …" if count < len(parts) else "")
        if metrics.horizontalAdvance(text) <= room:
            return text
    return "…" if parts else ""


@lru_cache(maxsize=64)
def has_extra_row(spec: NetworkSpec, width: float, text: float) -> bool:
    """Whether what some layer has besides needs a line of its own, layers standing in a view this wide."""
    metrics = QFontMetricsF(ui_font(text * SMALL))
    # The layers share what the answer leaves; neighbours must not touch.
    room = 0.8 * width / len(spec.sizes) - text
    return any(
        metrics.horizontalAdvance(f"{main_caption(layer)} · {extra_caption(layer)}") > room
        for layer in spec.layers if extra_caption(layer)
    )


def _captions(scene: Scene, index: int) -> tuple[str, str, str]:
    spec = scene.snapshot.spec
    if index == 0:
        shape = " × ".join(str(n) for n in spec.input_shape)
        size = spec.input_size
        return "Input", f"{shape} = {size:,}" if "×" in shape else f"{size:,} values", ""
    layer = spec.layers[index - 1]
    first = "Output" if index == len(spec.layers) else f"Dense {index}"
    second, extra = main_caption(layer), extra_caption(layer)
    if extra and not has_extra_row(spec, scene.width, scene.text):
        return first, f"{second} · {extra}", ""
    return first, second, extra


def paint_headings(painter: QPainter, scene: Scene) -> None:
    """Paint the name of each layer above it and the scale of its units below it."""
    theme, layers = scene.theme, len(scene.snapshot.spec.layers)
    painter.save()
    bold, small = ui_font(scene.text, bold=True), ui_font(scene.text * SMALL)
    line = scene.text * LINE
    centers = [box.x + box.width / 2 for box in scene.layout.boxes]
    apart = min(right - left for left, right in itertools.pairwise(centers))
    for box, look in zip(scene.layout.boxes, scene.frame.units, strict=True):
        center = box.x + box.width / 2
        first, second, extra = _captions(scene, box.index)
        room = 9.0 * scene.text
        rows = 3 if has_extra_row(scene.snapshot.spec, scene.width, scene.text) else 2
        top = max(6.0, min(10.0, box.y - rows * line - 8))
        area = QRectF(center - room, top, 2 * room, line)
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, first)
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        painter.drawText(area.translated(0, line), Qt.AlignmentFlag.AlignCenter, second)
        if extra:
            # It must not touch the neighbour's; the card of a unit has all of it.
            layer = scene.snapshot.spec.layers[box.index - 1]
            text = fitting_extra(layer, QFontMetricsF(small), apart - scene.text)
            painter.drawText(area.translated(0, 2 * line), Qt.AlignmentFlag.AlignCenter, text)
        quantity = look.new if look.mix >= 0.5 else look.old
        if quantity not in ("none", "x"):
            scale = unit_scale(scene, box.index, quantity)
            symbol = {"z": "z", "n": "n", "a": "a", "da": "dL/da", "dz": "dL/dz", "a_after": "a"}[quantity]
            text = f"|{symbol}| ≤ {number(scale)}"
            y = scale_y(scene) - scene.second_row
            below = QRectF(center - 90, y, 180, line)
            align = Qt.AlignmentFlag.AlignCenter
            if box.index == layers:  # there is room on the right, and none to spare on the left
                below, align = QRectF(box.x - 12, y, 170, line), Qt.AlignmentFlag.AlignLeft
                if scene.meaning.is_regression and symbol in "az":
                    text += " (standardised)"
            painter.drawText(below, align, text)
    painter.restore()
