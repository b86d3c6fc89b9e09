"""How groups of samples are told apart in plots of the data: a colour and a shape each; and scales beside the plots."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from app.theme import Theme, ui_font
from nnviz.picture.ticks import linear_ticks, with_step

TEXT_PX = 10
SHAPES = ("circle", "square", "triangle", "diamond", "cross", "wedge")


def group_color(theme: Theme, group: int, groups: int) -> QColor:
    """Return the colour of a group: from the ramp, which keeps clear of the colours of weights and gradients."""
    return theme.layer_color(group, groups)


def split_colors(theme: Theme) -> tuple[QColor, QColor, QColor]:
    """Return the colours of training, validation and test: the first two are those of the curves."""
    return QColor(theme.training), QColor(theme.validation), QColor(theme.ramp[0])


def marker(shape: str, size: float) -> QPainterPath:
    """Return a shape of ``SHAPES`` about (0, 0), about ``size`` logical pixels wide."""
    path, r = QPainterPath(), size / 2
    if shape == "circle":
        path.addEllipse(QPointF(0, 0), r, r)
    elif shape == "square":
        path.addRect(QRectF(-r * 0.88, -r * 0.88, r * 1.76, r * 1.76))
    elif shape == "cross":
        arm = r * 0.42
        corners = [(-arm, -r), (arm, -r), (arm, -arm), (r, -arm), (r, arm), (arm, arm), (arm, r), (-arm, r),
                   (-arm, arm), (-r, arm), (-r, -arm), (-arm, -arm)]
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
        path.closeSubpath()
    else:
        sides, turn = {"triangle": (3, -90), "wedge": (3, 90), "diamond": (4, 0)}[shape]
        angles = [math.radians(turn + 360 * k / sides) for k in range(sides)]
        r *= 1.15
        path.addPolygon(QPolygonF([QPointF(r * math.cos(a), r * math.sin(a)) for a in angles]))
        path.closeSubpath()
    return path


def hairline(color: str, alpha: float = 1.0) -> QPen:
    """Return a pen one pixel wide on any scale."""
    made = QColor(color)
    made.setAlphaF(alpha)
    pen = QPen(made, 1.0)
    pen.setCosmetic(True)
    return pen


def crisp(value: float) -> float:
    """Return the middle of the pixel, so that a hairline is one pixel and not two grey ones."""
    return math.floor(value) + 0.5


def paint_scale(
    painter: QPainter, rect: QRectF, low: float, high: float, theme: Theme, baseline: float,
    *, grid: bool = True, place: Callable[[float], float] | None = None, spacing: float = 42.0,
) -> None:
    """Paint the marks of a horizontal scale.

    Args:
        painter: where.
        rect: the plot; low is at its left edge, high at its right.
        low: value at the left edge.
        high: value at the right edge, above ``low``.
        theme: colours.
        baseline: of the text, in pixels.
        grid: whether hairlines cross the plot.
        place: changes a value before it is placed between low and high; None does not.
        spacing: pixels that a label needs.
    """
    values, step = linear_ticks(low, high, max(2, int(rect.width() / spacing)))
    painter.setFont(ui_font(TEXT_PX))
    metrics = QFontMetricsF(ui_font(TEXT_PX))
    for value in values:
        at = value if place is None else place(value)
        x = rect.left() + (at - low) / (high - low) * rect.width()
        if grid:
            painter.setPen(hairline(theme.border))
            painter.drawLine(QLineF(crisp(x), rect.top(), crisp(x), rect.bottom()))
        text = with_step(value, step)
        width = metrics.horizontalAdvance(text)
        left = min(max(x - width / 2, rect.left() - 8), rect.right() + 8 - width)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QPointF(left, baseline), text)


def widened(low: float, high: float, share: float = 0.05) -> tuple[float, float]:
    """Return a range with some room at both ends; a range of one value, or of none, becomes one about it."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return -1.0, 1.0
    if high <= low:
        room = max(abs(low) * 0.05, 0.5)
        return low - room, high + room
    return low - (high - low) * share, high + (high - low) * share
