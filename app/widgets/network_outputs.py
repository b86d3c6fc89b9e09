"""Paints what the output says, right of its units, and the loss."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app.theme import ui_font
from app.widgets.network_scene import Scene
from nnviz.picture.quantities import number


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
