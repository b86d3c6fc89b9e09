"""How large each layer's gradient is at one step, as bars on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, ui_font
from nnviz.picture.ticks import scientific, superscript

WIDTH_PX = 232
LEFT_PX = 8.0
VALUE_PX = 70.0
TOP_PX = 16.0
BOTTOM_PX = 20.0
#: Rows at least this high have room for the layer's name above its bars.
NAMED_ROW_PX = 38.0
#: Lower rows have no room for numbers.
NUMBERED_ROW_PX = 22.0
TEXT_PX = 10
#: Rows do not grow beyond this: bars that stand together can be compared.
MAX_ROW_PX = 60.0
#: A shorter scale would turn small differences into large ones.
MIN_DECADES = 3


class GradientBars(QWidget):
    """Two bars a layer: kernel filled, bias hatched. 0 and NaN have no bar, but say so."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gradient_bars")
        self.setAccessibleName("Gradient RMS per weight of each layer")
        self._theme = LIGHT
        self._names: tuple[str, ...] = ()
        self._kernel: NDArray[np.float64] = np.empty(0)
        self._bias: NDArray[np.float64] = np.empty(0)
        self._when = ""
        self._low, self._high = -4, 0
        self._fresh = True
        self.setFixedWidth(WIDTH_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setToolTip(
            "Root mean square of the gradient of the loss with respect to one weight (filled) "
            "and one bias (hatched) of each layer, so that a large layer does not look strong for its size."
        )

    def set_layers(self, names: Sequence[str]) -> None:
        """Name the layers; their values become empty."""
        self._names = tuple(names)
        self._kernel = self._bias = np.empty(0)
        self._fresh = True
        self.update()

    def set_values(self, kernel: ArrayLike, bias: ArrayLike, when: str) -> None:
        """Show the RMS of dL/dW and dL/db of each layer, (layers,) each, at the step that ``when`` names."""
        self._kernel = np.asarray(kernel, dtype=np.float64)
        self._bias = np.asarray(bias, dtype=np.float64)
        self._when = when
        both = np.concatenate((self._kernel, self._bias))
        both = both[np.isfinite(both) & (both > 0)]
        if len(both):
            low, high = math.floor(math.log10(both.min())), math.ceil(math.log10(both.max()))
            low = min(low, high - MIN_DECADES)
            # The scale only grows: bars that jump because their scale did say nothing about the gradient.
            self._low = low if self._fresh else min(low, self._low)
            self._high = high if self._fresh else max(high, self._high)
            self._fresh = False
        parts = [
            f"{name}: kernel {scientific(k, 3)}, bias {scientific(b, 3)}"
            for name, k, b in zip(self._names, self._kernel.tolist(), self._bias.tolist(), strict=True)
        ]
        self.setAccessibleDescription("; ".join([when, *parts]))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self.update()

    @property
    def decades(self) -> tuple[int, int]:
        """The powers of ten at the ends of the scale."""
        return self._low, self._high

    def bar_length(self, value: float, width: float) -> float:
        """Return the length of a bar in pixels of ``width``; 0 for what has no logarithm."""
        if not (math.isfinite(value) and value > 0):
            return 0.0
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return min(max(share, 0.0), 1.0) * width

    def sizeHint(self) -> QSize:
        """Return the fixed width and a comfortable height."""
        return QSize(WIDTH_PX, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        painter = QPainter(self)
        self.paint(painter)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """Paint with any painter, from (0, 0)."""
        theme = self._theme
        painter.fillRect(self.rect(), QColor(theme.surface))
        if not len(self._kernel):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font, strong = ui_font(TEXT_PX), ui_font(TEXT_PX, bold=True)
        metrics = QFontMetricsF(font)
        right = self.width() - VALUE_PX
        area = QRectF(LEFT_PX, TOP_PX, right - LEFT_PX, self.height() - TOP_PX - BOTTOM_PX)
        area.setHeight(min(area.height(), MAX_ROW_PX * len(self._names)))
        self._paint_scale(painter, area, metrics)
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QPointF(LEFT_PX, 10), f"RMS per weight, {self._when}")

        row = area.height() / len(self._names)
        named, numbered = row >= NAMED_ROW_PX, row >= NUMBERED_ROW_PX
        thick = min(14.0, (row - (16 if named else 4)) / 2 - 1)
        for layer, name in enumerate(self._names):
            top = area.top() + layer * row + (3 if named else 1)
            if named:
                painter.setFont(font)
                painter.setPen(QColor(theme.muted))
                text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, self.width() - LEFT_PX - 4)
                painter.drawText(QPointF(LEFT_PX, top + 9), text)
                top += 13
            color = theme.layer_color(layer, len(self._names))
            for number, value in enumerate((float(self._kernel[layer]), float(self._bias[layer]))):
                bar = QRectF(
                    area.left(), top + number * (thick + 2), self.bar_length(value, area.width()), thick
                )
                self._paint_bar(painter, bar, color, hatched=number == 1)
                if numbered or value == 0 or not math.isfinite(value):
                    painter.setFont(strong)
                    bad = not math.isfinite(value)
                    painter.setPen(QColor(theme.bad if bad else theme.text))
                    painter.drawText(
                        QPointF(right + 6, bar.center().y() + metrics.capHeight() / 2), scientific(value, 3)
                    )

    def _paint_bar(self, painter: QPainter, bar: QRectF, color: QColor, *, hatched: bool) -> None:
        if bar.width() <= 0:
            return
        if not hatched:
            painter.fillRect(bar, color)
            return
        weak = QColor(color)
        weak.setAlphaF(0.25)
        painter.fillRect(bar, weak)
        painter.setPen(QPen(color, 1.0))
        painter.setBrush(QBrush(color, Qt.BrushStyle.BDiagPattern))
        painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_scale(self, painter: QPainter, area: QRectF, metrics: QFontMetricsF) -> None:
        """Paint a line a decade; labels where there is room."""
        count = self._high - self._low
        stride = max(1, math.ceil(count * 30 / area.width()))
        painter.setFont(ui_font(TEXT_PX))
        for decade in range(self._low, self._high + 1):
            x = int(area.left() + (decade - self._low) / count * area.width()) + 0.5
            painter.setPen(QPen(QColor(self._theme.border), 1.0))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            if (decade - self._low) % stride == 0:
                text = f"10{superscript(decade)}"
                painter.setPen(QColor(self._theme.muted))
                left = max(2.0, x - metrics.horizontalAdvance(text) / 2)
                painter.drawText(QPointF(left, area.bottom() + 14), text)
