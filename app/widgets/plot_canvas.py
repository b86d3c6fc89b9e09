"""The plotting surface: curves, axes around them, a crosshair; plot_input.py adds mouse and keys."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.plot_axes import (
    MIN_LEFT_PX,
    AxesFrame,
    AxisSpec,
    left_margin,
    make_frame,
    paint_axes,
    plot_rect,
    value_marks,
)
from app.widgets.plot_curve import Curve
from app.widgets.plot_marks import PlotMarks

MIN_X_SPAN = 4.0
#: Room kept free at the right when a growing curve reaches the border: a picture that is rescaled at every
#: frame shimmers, because every pixel column gets other points.
HEADROOM = 0.125
PADDING = 0.06
#: Room for half a round mark at the right end.
EDGE = 0.01


class PlotCanvas(pg.GraphicsView):  # type: ignore[misc]
    """Draws curves; ranges follow the data until the user zooms or pans, and again after ``fit``."""

    #: The step the crosshair stands on (float), or None when it is hidden.
    cursor_moved = Signal(object)
    #: Whether both ranges follow the data.
    following_changed = Signal(bool)

    def __init__(self, spec: AxisSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.empty_text = ""
        self.curves: dict[str, Curve] = {}
        self._theme = LIGHT
        self._log = False
        self._follow_x = self._follow_y = True
        self._x: tuple[float, float] = (0.0, 100.0)
        self._y: tuple[float, float] = (0.0, 1.0)
        self._grown_to: float | None = None
        self._left = 0.0
        self._epochs: tuple[float, ...] = ()
        self._frame = AxesFrame(QRectF(0, 0, 8, 8))
        self._cursor: float | None = None
        self.marks = PlotMarks()
        self.focus_ring = False
        self._nothing_positive = False

        # A picture kept of the background would hold old axes.
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        # All changes end in viewport().update(); the scene's own requests come late and cost a second paint.
        self.setViewportUpdateMode(self.ViewportUpdateMode.NoViewportUpdate)
        self.box: Any = pg.ViewBox(enableMouse=False, enableMenu=False, border=None, defaultPadding=0.0)
        self.box.disableAutoRange()
        self.scene().addItem(self.box)
        self.setMinimumSize(96, 56)

    # -- values in --------------------------------

    def add_curve(self, curve: Curve) -> None:
        """Add a curve in place."""
        self.curves[curve.key] = curve
        curve.set_theme(self._theme)
        self.box.addItem(curve.line, ignoreBounds=True)
        if curve.dots is not None:
            self.box.addItem(curve.dots, ignoreBounds=True)

    def remove_curves(self) -> None:
        """Remove all curves in place."""
        for curve in self.curves.values():
            self.box.removeItem(curve.line)
            if curve.dots is not None:
                self.box.removeItem(curve.dots)
        self.curves.clear()

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        for curve in self.curves.values():
            curve.set_theme(theme)
        self.viewport().update()

    def set_log(self, log: bool) -> None:
        """Choose a logarithmic value axis; values that are not above 0 become gaps."""
        if log != self._log:
            self._log, self._follow_y, self._left = log, True, 0.0
            self.refresh()
            self._announce()

    @property
    def is_log(self) -> bool:
        """Whether the value axis is logarithmic."""
        return self._log

    def set_epochs(self, steps: Sequence[float]) -> None:
        """Mark the last step of each epoch on the step axis."""
        self._epochs = tuple(float(step) for step in steps)

    def set_marks(self, marks: Iterable[tuple[float, str, str]], source: str) -> None:
        """Mark steps, see ``PlotCore.set_marks``."""
        if self.marks.set(marks, source):
            self.viewport().update()

    @property
    def epochs(self) -> tuple[float, ...]:
        """The last step of each epoch."""
        return self._epochs

    @property
    def is_empty(self) -> bool:
        """Whether no curve has a point."""
        return all(len(curve.x) == 0 for curve in self.curves.values())

    @property
    def is_following(self) -> bool:
        """Whether both ranges follow the data."""
        return self._follow_x and self._follow_y

    @property
    def x_range(self) -> tuple[float, float]:
        """The steps shown."""
        return self._x

    @property
    def y_range(self) -> tuple[float, float]:
        """The values shown; log10 of them on a log axis."""
        return self._y

    @property
    def frame(self) -> AxesFrame:
        """The axes as painted."""
        return self._frame

    @property
    def cursor_x(self) -> float | None:
        """The step the crosshair stands on, None when it is hidden."""
        return self._cursor

    def set_x_range(self, low: float, high: float) -> None:
        """Show these steps and stop following the data in x."""
        middle, half = (low + high) / 2, max(high - low, MIN_X_SPAN) / 2
        self._x, self._follow_x = (middle - half, middle + half), False
        self.refresh()
        self._announce()

    def set_y_range(self, low: float, high: float) -> None:
        """Show these values (log10 of them on a log axis) and stop following the data in y."""
        if high > low:
            self._y, self._follow_y = (low, high), False
            self.refresh()
            self._announce()

    def fit(self) -> None:
        """Show all data, and follow it again."""
        self._follow_x = self._follow_y = True
        self._grown_to, self._left = None, 0.0
        self.refresh()
        self._announce()

    def forget_range(self) -> None:
        """Forget how far the step axis had grown: the next data is of another run."""
        self._grown_to, self._left = None, 0.0
        self._follow_x = self._follow_y = True
        self._announce()

    def set_cursor(self, x: float | None) -> None:
        """Put the crosshair on the data point nearest to step ``x``, or hide it."""
        if x is not None:
            found = self._nearest_step(x)
            x = found if found is not None else None
        if x != self._cursor:
            self._cursor = x
            self.viewport().update()
            self.cursor_moved.emit(x)

    # -- geometry --------------------------------

    def refresh(self) -> None:
        """Decimate, choose ranges, lay out the axes; called once for any number of changes."""
        self.prepare()
        self.viewport().update()

    def prepare(self) -> None:
        """Do what ``refresh`` does but for asking to be painted."""
        size = QSizeF(self.width(), self.height())
        for _ in range(2):
            rect = plot_rect(size, max(self._left, MIN_LEFT_PX), self.spec)
            columns = max(1, int(rect.width() * self.devicePixelRatioF()))
            if self._follow_x:
                self._x = self._data_x_range()
            points = {
                key: c.points(*self._x, columns, self._log) for key, c in self.curves.items() if len(c.x)
            }
            if self._follow_y:
                self._y = self._data_y_range(points)
            marks = value_marks(*self._y, rect.height(), self._log, self.spec)
            # Only ever wider: labels that change by a digit must not move the curves to and fro.
            left = max(self._left, left_margin(marks[0]))
            if left == self._left:
                break
            self._left = left
        rect = plot_rect(size, self._left, self.spec)
        self._frame = make_frame(rect, self._x, self._y, marks, self._epochs, self.spec)
        self.box.setGeometry(rect)
        self.box.setRange(xRange=self._x, yRange=self._y, padding=0, disableAutoRange=False)
        extent = QRectF(QPointF(self._x[0], self._y[0]), QPointF(self._x[1], self._y[1]))
        for key, curve in self.curves.items():
            px, py = points.get(key, (np.empty(0), np.empty(0)))
            curve.draw(px, py, columns, extent, (rect.width() / extent.width(), rect.height() / extent.height()))
        # Otherwise the box settles its transform during the paint, which asks for a second one.
        self.scene().prepareForPaint()

    def _data_x_range(self) -> tuple[float, float]:
        filled = [curve for curve in self.curves.values() if len(curve.x)]
        if not filled:
            return 0.0, 100.0
        first, last = min(float(c.x[0]) for c in filled), max(float(c.x[-1]) for c in filled)
        if self._grown_to is None or last < self._grown_to / (1 + HEADROOM) ** 2:
            self._grown_to = last * (1 + EDGE)
        elif last > self._grown_to:
            self._grown_to = last * (1 + HEADROOM)
        low = 0.0 if 0 <= first <= last * 0.05 + 1 else first
        return low, max(self._grown_to, low + MIN_X_SPAN)

    def _data_y_range(self, points: dict[str, tuple[Any, Any]]) -> tuple[float, float]:
        low, high = math.inf, -math.inf
        for px, py in points.values():
            inside = py[(px >= self._x[0]) & (px <= self._x[1]) & np.isfinite(py)]
            if len(inside):
                low, high = min(low, float(inside.min())), max(high, float(inside.max()))
        self._nothing_positive = self._log and low > high
        if low > high:
            return (-3.0, 0.0) if self._log else (0.0, 1.0)
        if high - low < 1e-12 * max(abs(high), 1e-30) or high == low:
            half = 0.5 if self._log else max(abs(high) * 0.1, 1e-9)
            low, high = low - half, high + half
        pad = (high - low) * PADDING
        low, high = low - pad, high + pad
        if not self._log:
            edge = (high - low) * 0.02  # a curve on the limit itself must not be cut in half
            if self.spec.low_limit is not None:
                low = max(low, self.spec.low_limit - edge)
            if self.spec.high_limit is not None:
                high = min(high, self.spec.high_limit + edge)
        return low, high

    def _to_pixel(self, x: float, y: float) -> QPointF:
        rect = self._frame.rect
        return QPointF(
            rect.left() + (x - self._x[0]) / (self._x[1] - self._x[0]) * rect.width(),
            rect.bottom() - (y - self._y[0]) / (self._y[1] - self._y[0]) * rect.height(),
        )

    def _step_at(self, pixel_x: float) -> float:
        rect = self._frame.rect
        return self._x[0] + (pixel_x - rect.left()) / rect.width() * (self._x[1] - self._x[0])

    def _reference(self) -> Curve | None:
        """Return the curve with the most points: the crosshair goes from point to point of it."""
        filled = [curve for curve in self.curves.values() if len(curve.x)]
        return max(filled, key=lambda curve: len(curve.x), default=None)

    def _nearest_step(self, x: float) -> float | None:
        reference = self._reference()
        if reference is None:
            return None
        index = reference.nearest(x)
        return None if index is None else float(reference.x[index])

    def _announce(self) -> None:
        self.following_changed.emit(self.is_following)

    # -- Qt --------------------------------

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint surface, grid, labels, or what an empty plot says."""
        painter.fillRect(rect, QColor(self._theme.surface))
        if not self.is_empty:
            paint_axes(painter, self._frame, self._theme)
        text = self.empty_text if self.is_empty else ""
        if self._nothing_positive and not self.is_empty:
            text = "No value above 0: a log scale has nothing to show."
        if text:
            painter.setFont(ui_font(12))
            painter.setPen(QColor(self._theme.muted))
            area = QRectF(self.rect()).adjusted(16, 4, -16, -12)
            if QFontMetricsF(painter.font()).horizontalAdvance(text) > area.width():
                text = text.replace(": ", ":\n", 1)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint marks, the crosshair and the focus ring."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.is_empty:
            self.marks.paint(painter, self._frame.rect, *self._x, self._theme)
        if self._cursor is not None and self._x[0] <= self._cursor <= self._x[1]:
            self._paint_cursor(painter, self._cursor)
        if self.focus_ring:
            painter.setPen(QPen(QColor(self._theme.accent), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 4, 4)

    def _paint_cursor(self, painter: QPainter, cursor: float) -> None:
        area = self._frame.rect
        line = QColor(self._theme.text)
        line.setAlphaF(0.55)
        painter.setPen(QPen(line, 1.0))
        x = float(int(self._to_pixel(cursor, 0).x())) + 0.5
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        for curve in self.curves.values():
            index = curve.nearest(cursor)
            if index is None:
                continue
            value = float(curve.y[index])
            value = (math.log10(value) if value > 0 else math.nan) if self._log else value
            if not math.isfinite(value):
                continue
            at = self._to_pixel(float(curve.x[index]), value)
            if area.adjusted(-4, -4, 4, 4).contains(at):
                painter.setPen(QPen(curve.stroke.color(self._theme), 1.5))
                painter.setBrush(QColor(self._theme.surface))
                painter.drawEllipse(at, 3.5, 3.5)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Lay out again."""
        super().resizeEvent(event)
        if event is not None:
            self._left = 0.0
            self.refresh()
