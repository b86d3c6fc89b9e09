"""Paints the name of each layer above it and the scale of its units below it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.theme import ui_font
from app.widgets.network_scene import Scene, scale_y, unit_scale
from nnviz.picture.quantities import number


ACTIVATION_NAMES = {
    "relu": "ReLU", "softmax": "softmax", "sigmoid": "sigmoid", "tanh": "tanh", "linear": "linear",
    "leaky_relu": "leaky ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU", "softplus": "softplus",
}


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
