"""The learning rate over the steps, a low strip below a plot whose step axis it shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.plot_axes import TICK_TEXT_PX
from app.widgets.plot_canvas import PlotCanvas
from app.widgets.plot_curve import Float64, GrowingColumn
from nnviz.picture.decimate import min_max_decimate
from nnviz.picture.ticks import significant

HEIGHT_PX = 26
#: Where the plot above is low.
LOW_HEIGHT_PX = 15
MARGIN_PX = 4.0


class RateStrip(QWidget):
    """Paints the learning rate from 0 to its largest value, with the value at the crosshair or the latest one.

    Args:
        canvas: the plot above; its range of steps and its crosshair are the strip's.
    """

    def __init__(self, canvas: PlotCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rate_strip")
        self.setAccessibleName("Learning rate")
        self.setToolTip("The learning rate of each step, from 0 (below) to the largest so far (above).")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT_PX)
        self._theme = LIGHT
        self._canvas = canvas
        self._steps, self._rates = GrowingColumn(), GrowingColumn()
        self._painted: object = None
        canvas.viewport().installEventFilter(self)
        canvas.cursor_moved.connect(self._moved)

    @property
    def steps(self) -> Float64:
        """Steps of the points, (n,), rising."""
        return self._steps.values

    @property
    def rates(self) -> Float64:
        """Learning rates of the points, (n,)."""
        return self._rates.values

    @property
    def varies(self) -> bool:
        """Whether the learning rate has not been the same in all steps."""
        rates = self._rates.values
        return bool(len(rates)) and float(rates.min()) != float(rates.max())

    def append(self, steps: ArrayLike, rates: ArrayLike) -> None:
        """Append steps (n,), rising, and their learning rates (n,)."""
        self._steps.append(np.asarray(steps, np.float64))
        self._rates.append(np.asarray(rates, np.float64))
        self.update()

    def set_low(self, low: bool) -> None:
        """Take less height, for the sake of the plot above."""
        self.setFixedHeight(LOW_HEIGHT_PX if low else HEIGHT_PX)
        self.update()

    def clear(self) -> None:
        """Drop all points."""
        for column in (self._steps, self._rates):
            column.set(np.empty(0))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def value(self) -> float | None:
        """Return the learning rate at the crosshair, or the latest one; None without points."""
        if not len(self.steps):
            return None
        cursor = self._canvas.cursor_x
        if cursor is None:
            return float(self.rates[-1])
        index = int(np.searchsorted(self.steps, cursor))
        return float(self.rates[min(index, len(self.steps) - 1)])

    def paint(self, painter: QPainter) -> None:
        """Paint with any painter, from (0, 0)."""
        theme, area = self._theme, self._area()
        painter.fillRect(QRectF(0, 0, self.width(), self.height()), QColor(theme.surface))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = ui_font(TICK_TEXT_PX)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        painter.drawText(
            QRectF(0, 0, area.left() - 6, self.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, "rate",
        )
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.drawLine(QPointF(area.left(), area.bottom() + 0.5), QPointF(area.right(), area.bottom() + 0.5))
        value = self.value()
        if value is None:
            return
        line = self._line(area)
        painter.setPen(QPen(QColor(theme.training), 1.2))
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in line]))
        text = significant(value, 3)
        width = metrics.horizontalAdvance(text) + 8
        # In the corner that the line leaves free.
        is_high = bool(len(line)) and line[-1][1] < area.center().y()
        low, high = 0.0, self.height() - metrics.height()
        box = QRectF(area.right() - width, high if is_high else low, width, metrics.height())
        ground = QColor(theme.surface)
        ground.setAlphaF(0.85)
        painter.fillRect(box, ground)
        painter.setPen(QColor(theme.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignHCenter, text)

    def _area(self) -> QRectF:
        rect = self._canvas.frame.rect
        margin = MARGIN_PX if self.height() > LOW_HEIGHT_PX else 2.0
        return QRectF(rect.left(), margin, rect.width(), self.height() - 2 * margin)

    def _line(self, area: QRectF) -> list[tuple[float, float]]:
        """Return the points of the line in pixels: at most two a column."""
        low, high = self._canvas.x_range
        top = float(self.rates.max())
        x, y = min_max_decimate(self.steps, self.rates, low, high, max(1, int(area.width())))
        inside = (x >= low) & (x <= high)
        xs = area.left() + (x[inside] - low) / (high - low) * area.width()
        ys = area.bottom() - y[inside] / (top or 1.0) * area.height()
        return list(zip(xs.tolist(), ys.tolist(), strict=True))

    def _moved(self, _step: object) -> None:
        self.update()

    # -- Qt --------------------------------

    def sizeHint(self) -> QSize:
        """Return the height; the width is whatever there is."""
        return QSize(240, self.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the plot above when it is painted with another range of steps."""
        if event.type() == QEvent.Type.Paint:
            now = (self._canvas.x_range, self._canvas.frame.rect)
            if now != self._painted:
                self._painted = now
                self.update()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        painter = QPainter(self)
        self.paint(painter)
        painter.end()
