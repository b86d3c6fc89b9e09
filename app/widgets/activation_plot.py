"""The activation function of a unit with its present point and slope."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.network_captions import ACTIVATION_NAMES
from nnviz.picture.colors import data_colors
from nnviz.picture.explain import UnitExplanation, phi_of
from nnviz.picture.quantities import number
from nnviz.picture.ticks import linear_ticks, with_step

HEIGHT_PX = 128
TEXT_PX = 11.0
POINTS = 161
#: Half the range of z that is shown at least.
LEAST_HALF = 4.0
#: Length of the tangent, logical pixels to either side.
TANGENT_PX = 34.0


class ActivationPlot(QWidget):
    """Plots φ, marks where the unit is on it, and draws the tangent there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("activation_plot")
        self.setAccessibleName("Activation function")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self._unit: UnitExplanation | None = None

    def set_unit(self, unit: UnitExplanation) -> None:
        """Show the function of a unit that is no input."""
        self._unit = unit
        name = ACTIVATION_NAMES.get(unit.activation, unit.activation)
        slope = "" if unit.slope is None else f", slope {number(unit.slope)}"
        words = f"{name} at {self._sign()} {number(unit.entered)}: {number(unit.a)}{slope}"
        held = ", the z of all other units held" if unit.softmax is not None else ""
        means = f"; the point is of means over {unit.count:,} samples, beside the curve" if unit.count > 1 else ""
        self.setAccessibleDescription(f"{words}{held}{means}")
        self.setToolTip(f"{words}{held}{means}.")
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Return z (or n) and φ of it, (points,) each."""
        unit = self._unit
        if unit is None:
            return np.zeros(0), np.zeros(0)
        half = max(LEAST_HALF, 1.25 * abs(unit.entered)) if math.isfinite(unit.entered) else LEAST_HALF
        z = np.linspace(-half, half, POINTS)
        return z, phi_of(unit, z)

    def _sign(self) -> str:
        return "z" if self._unit is None or self._unit.norm is None else "n"

    def sizeHint(self) -> QSize:
        """Return a height for a glance."""
        return QSize(240, HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axes, curve, tangent and point."""
        unit, theme = self._unit, self._theme
        if unit is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(TEXT_PX))
        metrics = QFontMetricsF(painter.font())
        z, a = self.curve()
        low, high = float(a.min()), float(a.max())
        if math.isfinite(unit.a):
            low, high = min(low, unit.a, 0.0), max(high, unit.a)
        if high - low < 1e-12:
            high = low + 1.0
        room = (high - low) * 0.08
        low, high = low - room, high + room
        ticks_y, step_y = linear_ticks(low, high, 3)
        ticks_x, step_x = linear_ticks(float(z[0]), float(z[-1]), 5)
        left = max(metrics.horizontalAdvance(with_step(y, step_y)) for y in ticks_y) + 8 if ticks_y else 8.0
        area = QRectF(left, 4, self.width() - left - 6, self.height() - metrics.height() - 8)

        def at(x: float, y: float) -> QPointF:
            return QPointF(
                area.left() + (x - z[0]) / (z[-1] - z[0]) * area.width(),
                area.bottom() - (y - low) / (high - low) * area.height(),
            )

        grid = QPen(QColor(theme.border), 1)
        for y in ticks_y:
            place = at(0, y).y()
            painter.setPen(QPen(QColor(theme.faint), 1) if abs(y) < 1e-12 else grid)
            painter.drawLine(QPointF(area.left(), place), QPointF(area.right(), place))
            painter.setPen(QColor(theme.muted))
            painter.drawText(
                QRectF(0, place - 9, left - 5, 18), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                with_step(y, step_y),
            )
        for x in ticks_x:
            place = at(x, 0).x()
            painter.setPen(QPen(QColor(theme.faint), 1) if abs(x) < 1e-12 else grid)
            painter.drawLine(QPointF(place, area.top()), QPointF(place, area.bottom()))
            painter.setPen(QColor(theme.muted))
            painter.drawText(
                QRectF(place - 24, area.bottom() + 2, 48, metrics.height()), Qt.AlignmentFlag.AlignHCenter,
                with_step(x, step_x),
            )
        painter.setClipRect(area.adjusted(-6, -4, 6, 4))
        painter.setPen(QPen(QColor(theme.text), 1.6))
        painter.drawPolyline(QPolygonF([at(float(x), float(y)) for x, y in zip(z, a, strict=True)]))
        if math.isfinite(unit.entered) and math.isfinite(unit.a):
            self._paint_point(painter, unit, at)
        painter.end()

    def _paint_point(self, painter: QPainter, unit: UnitExplanation, at: object) -> None:
        place = at(unit.entered, unit.a)  # type: ignore[operator]
        palette = data_colors(self._theme.is_dark).signal
        rgb = palette.positive if unit.a > 0 else palette.negative if unit.a < 0 else palette.zero
        mark = QColor(*(int(part) for part in rgb))
        if unit.slope is not None and not unit.reason:
            beside = at(unit.entered + 1, unit.a + unit.slope)  # type: ignore[operator]
            way = beside - place
            long = math.hypot(way.x(), way.y())
            pen = QPen(QColor(self._theme.validation), 2)
            painter.setPen(pen)
            painter.drawLine(place - way * (TANGENT_PX / long), place + way * (TANGENT_PX / long))
        painter.setPen(QPen(QColor(self._theme.text), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush if unit.count > 1 else mark)
        painter.drawEllipse(place, 5.0, 5.0)
