"""Signs of what a layer does to its sums: the curve of its activation, batch normalisation, dropout."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.theme import Theme
from app.widgets.caption_plan import Glyph
from app.widgets.caption_words import ACTIVATION_NAMES
from app.widgets.network_scene import Scene
from nnviz.maths.activations import activate

#: The curve of an activation is drawn for z from −REACH to REACH.
REACH = 3.0
#: The slope of PReLU is learnt, one for each unit; the sign shows that it is not flat.
SIGN_SLOPE = 0.25
SOFTMAX_BARS = (0.3, 1.0, 0.55)
GLYPH_WORDS = {
    "norm": "Batch normalisation: z becomes n = γ·(z − μ)/√(σ² + ε) + β before the activation.",
    "dropout": "Dropout: in each training step some of these units are switched off at random.",
    "softmax": "softmax: turns the sums into probabilities that add up to 1.",
}


def glyph_words(kind: str) -> str:
    """Return what a sign means, in a sentence."""
    return GLYPH_WORDS.get(kind, f"Activation function: {ACTIVATION_NAMES.get(kind, kind)}, a over z.")


@lru_cache(maxsize=32)
def activation_curve(name: str) -> tuple[tuple[float, float], ...]:
    """Return the curve of an activation in a square: (across, up), each in [0, 1], z from −``REACH`` to ``REACH``."""
    z = np.linspace(-REACH, REACH, 49)
    a = activate(name, z, np.array(SIGN_SLOPE))
    low, high = min(-1.0, float(a.min())), max(1.0, float(a.max()))
    if name == "step":  # a jump, not a slope
        z, a = np.array([-REACH, 0, 0, REACH]), np.array([0.0, 0, 1, 1])
    return tuple(zip(((z + REACH) / (2 * REACH)).tolist(), ((a - low) / (high - low)).tolist(), strict=True))


def paint_glyphs(painter: QPainter, theme: Theme, glyphs: tuple[Glyph, ...]) -> None:
    """Paint the signs of all layers."""
    painter.save()
    for glyph in glyphs:
        paint_glyph(painter, theme, glyph.kind, glyph.area)
    painter.restore()


def paint_glyph(painter: QPainter, theme: Theme, kind: str, area: QRectF) -> None:
    """Paint one sign into a square."""
    side = area.width()
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(area, 0.18 * side, 0.18 * side)
    inner = area.adjusted(0.16 * side, 0.16 * side, -0.16 * side, -0.16 * side)
    pen = QPen(QColor(theme.text), max(1.2, side * 0.075))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if kind == "norm":
        _paint_norm(painter, theme, inner, pen)
    elif kind == "dropout":
        _paint_dropout(painter, theme, inner, pen)
    elif kind == "softmax":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.text))
        step = inner.width() / len(SOFTMAX_BARS)
        for place, share in enumerate(SOFTMAX_BARS):
            height = share * inner.height()
            painter.drawRect(QRectF(inner.x() + (place + 0.15) * step, inner.bottom() - height, 0.7 * step, height))
    else:
        painter.setPen(QPen(QColor(theme.faint), 1))
        curve = activation_curve(kind)
        zero = inner.center().x()
        painter.drawLine(QPointF(zero, inner.top()), QPointF(zero, inner.bottom()))
        path = QPainterPath()
        for place, (across, up) in enumerate(curve):
            point = QPointF(inner.x() + across * inner.width(), inner.bottom() - up * inner.height())
            if place:
                path.lineTo(point)
            else:
                path.moveTo(point)
        painter.setPen(pen)
        painter.drawPath(path)


def _paint_norm(painter: QPainter, theme: Theme, inner: QRectF, pen: QPen) -> None:
    """Paint a bell curve with its mean: what values are brought to."""
    painter.setPen(QPen(QColor(theme.muted), pen.widthF() * 0.8))
    base = inner.bottom() - 0.02 * inner.height()
    painter.drawLine(QPointF(inner.left(), base), QPointF(inner.right(), base))
    painter.drawLine(QPointF(inner.center().x(), inner.top() + 0.3 * inner.height()), QPointF(inner.center().x(), base))
    path = QPainterPath()
    for place, t in enumerate(np.linspace(-1, 1, 25).tolist()):
        point = QPointF(
            inner.center().x() + t * inner.width() / 2, base - 0.92 * inner.height() * float(np.exp(-4.5 * t * t))
        )
        if place:
            path.lineTo(point)
        else:
            path.moveTo(point)
    painter.setPen(pen)
    painter.drawPath(path)


def _paint_dropout(painter: QPainter, theme: Theme, inner: QRectF, pen: QPen) -> None:
    """Paint three units, the middle one crossed out."""
    radius = inner.height() * 0.15
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.text))
    for share in (0.12, 0.88):
        painter.drawEllipse(QPointF(inner.center().x(), inner.top() + share * inner.height()), radius, radius)
    painter.setPen(pen)
    reach = radius * 1.15
    x, y = inner.center().x(), inner.center().y()
    painter.drawLine(QPointF(x - reach, y - reach), QPointF(x + reach, y + reach))
    painter.drawLine(QPointF(x - reach, y + reach), QPointF(x + reach, y - reach))


def paint_bars(painter: QPainter, scene: Scene) -> None:
    """Paint what a layer's values pass: left of it, where sums come in, a bar of batch normalisation; right of it,
    where activations go out, a dashed one of dropout.
    """
    painter.save()
    boxes, layers = scene.layout.boxes, scene.snapshot.spec.layers
    for box, layer in zip(boxes[1:], layers, strict=True):
        before = boxes[box.index - 1]
        room = box.x - before.x - before.width
        wide = min(3.0, 0.08 * room)
        if wide < 0.8:
            continue
        away = min(8.0, 0.3 * room)
        if layer.batch_norm:
            pen = QPen(QColor(scene.theme.muted), wide)
            painter.setPen(pen)
            x = box.x - away
            painter.drawLine(QPointF(x, box.y - 2), QPointF(x, box.y + box.height + 2))
        if layer.dropout:
            pen = QPen(QColor(scene.theme.muted), wide)
            pen.setDashPattern([2.0, 2.0])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            x = box.x + box.width + away
            painter.drawLine(QPointF(x, box.y - 2), QPointF(x, box.y + box.height + 2))
    painter.restore()
