"""Paints what the colours of the edges mean, and their scale below each layer."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter

from app.theme import ui_font
from app.widgets.network_outputs import loss_area
from app.widgets.network_scene import LEGEND_ROW, Scene, color, scale_y
from nnviz.picture.absent import why_no_edges
from nnviz.picture.colors import data_colors
from nnviz.picture.quantities import TITLES, memory_sign, number


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
                  "update": "Δw", "change": "Δw", "memory": memory_sign(scene.snapshot)}[quantity]
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
    loss = loss_area(scene)
    end = scene.width - 10.0 if loss is None else loss.left() - 8.0
    painter.drawText(
        QRectF(text_x, y - half, end - text_x, 2 * half), align,
        _words(scene, shown, is_drawn=picture is not None, metrics=metrics, room=end - text_x),
    )
    painter.restore()


def _words(scene: Scene, shown: str, *, is_drawn: bool, metrics: QFontMetricsF, room: float) -> str:
    """Return what the edges show, as much of it as there is room for."""
    title = TITLES[shown]
    if not is_drawn:
        tries = [title + _why_absent(scene, shown), title]
    else:
        many, dashed = _how_many(scene), "dashed: negative"
        # That dashes are negative is told before how many there are: the choice above tells that, too.
        tries = [f"{title}{many}; {dashed}", f"{title}; {dashed}", dashed]
    for words in tries:
        if metrics.horizontalAdvance(words) <= room:
            return words
    return ""  # the choice above says it; half a word says nothing


def _how_many(scene: Scene) -> str:
    """Return how many edges are drawn: all, or the strongest so many of each layer, or of those that have more."""
    assert scene.pictures is not None
    top_k = scene.pictures.job.look.top_k
    totals = [n_in * n_out for n_in, n_out in itertools.pairwise(scene.snapshot.spec.sizes)]
    cut = [top_k is not None and total > top_k for total in totals]
    if not any(cut):
        return ", all edges"
    where = "each layer" if all(cut) else "larger layers"
    return f", strongest {top_k:,} of {where}"


def _why_absent(scene: Scene, quantity: str) -> str:
    """Return why there are no edges of a quantity, and what makes them; "" while they are being drawn."""
    why = "" if scene.pictures is None else why_no_edges(scene.snapshot, quantity)
    return f": {why}" if why else ""
