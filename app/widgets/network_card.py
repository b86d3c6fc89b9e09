"""Paints the card of exact values beside the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app.theme import ui_font
from app.widgets.network_scene import Scene


def paint_card(painter: QPainter, scene: Scene, at: QPointF, lines: tuple[tuple[str, ...], ...]) -> None:
    """Paint the exact values of what is under the pointer on a card beside it; the first line is its heading.

    Each line has a name and as many values as there are columns.
    """
    theme = scene.theme
    painter.save()
    bold, normal = ui_font(scene.text, bold=True), ui_font(scene.text)
    heading = QFontMetricsF(bold)
    metrics = QFontMetricsF(normal)
    line = scene.text * 1.5
    names = max((metrics.horizontalAdvance(name) for name, *_ in lines[1:]), default=0.0)
    # Columns stand nearer to each other than a value to its name.
    columns = max(len(row) for row in lines) - 1
    values = []
    for k in range(1, columns + 1):
        widest = max((metrics.horizontalAdvance(row[k]) for row in lines[1:] if len(row) > k), default=0.0)
        values.append(widest + (20 if k == 1 else 12))
    width = max(heading.horizontalAdvance(lines[0][0]), names + sum(values)) + 24
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
    for place, (name, *cells) in enumerate(lines):
        row = QRectF(x + 12, y + 8 + place * line, width - 24, line)
        painter.setFont(bold if place == 0 else normal)
        painter.setPen(QColor(theme.text if place == 0 else theme.muted))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(QColor(theme.text))
        for column, value in enumerate(cells):
            cell = row.adjusted(0, 0, -sum(values[column + 1 :]), 0)
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, value)
    painter.restore()
