"""Axes and grid of a plot: computed once a refresh, painted in pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app.theme import Theme, ui_font
from nnviz.picture.ticks import linear_ticks, log_ticks, step_text, with_step

TICK_TEXT_PX = 10
RIGHT_PX = 14.0
BOTTOM_PX = 20.0
TOP_PX = 6.0
UNIT_TOP_PX = 16.0
MIN_LEFT_PX = 40.0
X_LABEL_PX = 64
Y_LABEL_PX = 34
Y_TOUCH_PX = 13
EPOCH_TICK_PX = 6.0
#: Closer epoch marks than this say nothing.
EPOCH_SPACING_PX = 4.0


@dataclass(frozen=True, slots=True)
class AxisSpec:
    """What the axes mean.

    Attributes:
        unit: written above the value axis, may be empty.
        value_text: writes a value of the linear value axis, given the distance of its marks.
        low_limit: values never lie below; the automatic range does not go (much) further.
        high_limit: values never lie above.
    """

    unit: str = ""
    value_text: Callable[[float, float], str] = with_step
    low_limit: float | None = None
    high_limit: float | None = None


@dataclass(frozen=True, slots=True)
class AxesFrame:
    """All that is painted behind and around the curves, in pixels of the canvas."""

    rect: QRectF
    x_marks: tuple[tuple[float, str], ...] = ()
    y_marks: tuple[tuple[float, str], ...] = ()
    y_minor: tuple[float, ...] = ()
    epochs: tuple[float, ...] = ()
    unit: str = ""
    texts: tuple[str, ...] = field(default=())


def plot_rect(size: QSizeF, left: float, spec: AxisSpec) -> QRectF:
    """Return where the curves go on a canvas of this size."""
    top = UNIT_TOP_PX if spec.unit else TOP_PX
    return QRectF(
        left, top, max(8.0, size.width() - left - RIGHT_PX), max(8.0, size.height() - top - BOTTOM_PX)
    )


def value_marks(
    low: float, high: float, height: float, log: bool, spec: AxisSpec
) -> tuple[list[tuple[float, str]], list[float]]:
    """Return labelled and unlabelled marks of the value axis, in its own unit (log10 where ``log``)."""
    # A few labels more than comfortable, but never so many that they touch.
    most = min(max(5, int(height / Y_LABEL_PX)), max(2, int(height / Y_TOUCH_PX)))
    if log:
        return log_ticks(low, high, most)
    values, step = linear_ticks(low, high, most)
    kept = [
        v
        for v in values
        if (spec.low_limit is None or v >= spec.low_limit - step * 1e-6)
        and (spec.high_limit is None or v <= spec.high_limit + step * 1e-6)
    ]
    return [(v, spec.value_text(v, step)) for v in kept], []


def left_margin(marks: Sequence[tuple[float, str]]) -> float:
    """Return the room for the labels of the value axis, in steps of 8 pixels so that it seldom changes."""
    metrics = QFontMetricsF(ui_font(TICK_TEXT_PX))
    widest = max((metrics.horizontalAdvance(text) for _, text in marks), default=0.0)
    return max(MIN_LEFT_PX, -(-(widest + 14) // 8) * 8.0)


def make_frame(
    rect: QRectF,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    marks: tuple[list[tuple[float, str]], list[float]],
    epochs: Sequence[float],
    spec: AxisSpec,
) -> AxesFrame:
    """Place the marks in pixels."""

    def x_at(value: float) -> float:
        return rect.left() + (value - x_range[0]) / (x_range[1] - x_range[0]) * rect.width()

    def y_at(value: float) -> float:
        return rect.bottom() - (value - y_range[0]) / (y_range[1] - y_range[0]) * rect.height()

    values, step = linear_ticks(*x_range, max(2, int(rect.width() / X_LABEL_PX)))
    # Steps are whole numbers: between two of them there is nothing to label.
    values = [v for v in values if v >= 0 and (step >= 1 or abs(v - round(v)) < 1e-6)]
    inside = [x_at(e) for e in epochs if x_range[0] <= e <= x_range[1]]
    if len(inside) > 1 and (inside[-1] - inside[0]) / (len(inside) - 1) < EPOCH_SPACING_PX:
        inside = []
    return AxesFrame(
        rect=rect,
        x_marks=tuple((x_at(v), step_text(v, step)) for v in values),
        y_marks=tuple((y_at(v), text) for v, text in marks[0]),
        y_minor=tuple(y_at(v) for v in marks[1]),
        epochs=tuple(inside),
        unit=spec.unit,
    )


def paint_axes(painter: QPainter, frame: AxesFrame, theme: Theme) -> None:
    """Paint grid, marks and labels."""
    rect = frame.rect
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    minor, major = QColor(theme.border), QColor(theme.border)
    minor.setAlphaF(0.38)
    painter.setPen(_hairline(minor))
    painter.drawLines([_across(rect, y) for y in frame.y_minor])
    painter.setPen(_hairline(major))
    painter.drawLines([_across(rect, y) for y, _ in frame.y_marks])
    painter.setPen(_hairline(QColor(theme.faint)))
    painter.drawLine(_across(rect, rect.bottom()))
    painter.drawLines(
        [QLineF(_snap(x), rect.bottom(), _snap(x), rect.bottom() + 3) for x, _ in frame.x_marks]
    )
    painter.setPen(_hairline(QColor(theme.muted)))
    painter.drawLines(
        [QLineF(_snap(x), rect.bottom() - EPOCH_TICK_PX, _snap(x), rect.bottom()) for x in frame.epochs]
    )

    font = ui_font(TICK_TEXT_PX)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    rise = metrics.capHeight() / 2
    for y, text in frame.y_marks:
        painter.drawText(QPointF(rect.left() - 6 - metrics.horizontalAdvance(text), y + rise), text)
    baseline = rect.bottom() + 14
    edge = 4.0 + metrics.horizontalAdvance("step") + 6
    for x, text in frame.x_marks:
        wide = metrics.horizontalAdvance(text)
        left = min(x - wide / 2, rect.right() + RIGHT_PX - wide - 2)
        if left >= edge:
            painter.drawText(QPointF(left, baseline), text)
    painter.drawText(QPointF(4, baseline), "step")
    if frame.unit:
        painter.drawText(QPointF(8, 10), frame.unit)


def _across(rect: QRectF, y: float) -> QLineF:
    return QLineF(rect.left(), _snap(y), rect.right(), _snap(y))


def _snap(value: float) -> float:
    """Return the middle of the pixel, so that a hairline is one pixel and not two grey ones."""
    return float(int(value)) + 0.5


def _hairline(color: QColor) -> QPen:
    pen = QPen(color, 1.0)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
