"""Histograms one below the other on one scale: a row for each class, so that none hides another."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.data_marks import TEXT_PX, group_color, hairline, paint_scale, split_colors
from nnviz.data.describe import Histogram
from nnviz.picture.ticks import significant

MARGIN_PX, TOP_PX, BOTTOM_PX = 10.0, 20.0, 34.0
ROW_PX, LARGEST_ROW_PX, LARGEST_SINGLE_PX = 42, 150, 300
NAME_PX = 16.0


class HistogramRows(QWidget):
    """Shows one feature's histogram by group; the bars are shares of each group, the tallest fills its row.

    The scale below is that of the table; above it is the value as the network gets it, where the two differ.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("histogram_rows")
        self.setAccessibleName("Histograms")
        self.setToolTip("How often values lie where, as a share of each class.")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = LIGHT
        self._histogram: Histogram | None = None
        self._unit = self._inner = ""
        self._scaling: tuple[float, float] | None = None
        self._shared_colors = 0

    def set_histogram(
        self, histogram: Histogram | None, unit: str, scaling: tuple[float, float] | None = None, inner: str = "",
        colors: int = 0,
    ) -> None:
        """Show a histogram.

        Args:
            histogram: its bins in the units of the table; None shows nothing.
            unit: what is written below the scale: the feature's name.
            scaling: mean and standard deviation that the network's values were made with; None for none.
            inner: what is written beside the upper scale.
            colors: how many groups share the colours, where there are more than rows; −1: the rows are the splits.
        """
        self._histogram, self._unit, self._scaling, self._inner = histogram, unit, scaling, inner
        self._shared_colors = colors
        rows = 0 if histogram is None else len(histogram.names)
        self.setMinimumHeight(round(self._top() + BOTTOM_PX) + rows * ROW_PX)
        if histogram is not None:
            counted = ", ".join(
                f"{name}: {int(n):,}" for name, n in zip(histogram.names, histogram.counts.sum(axis=1), strict=True)
            )
            self.setAccessibleDescription(
                f"{unit} from {significant(float(histogram.edges[0]))} to {significant(float(histogram.edges[-1]))}; "
                f"{counted}"
            )
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def _top(self) -> float:
        return TOP_PX + 14 if self._scaling is not None else 6.0

    def _area(self) -> QRectF:
        rows = 1 if self._histogram is None else len(self._histogram.names)
        most = LARGEST_ROW_PX * rows if rows > 1 else LARGEST_SINGLE_PX
        high = min(max(8.0, self.height() - self._top() - BOTTOM_PX), most)
        return QRectF(MARGIN_PX, self._top(), max(8.0, self.width() - 2 * MARGIN_PX), high)

    def bin_words(self, position: QPointF) -> str | None:
        """Return in words what the bin at a place in the widget holds; None where there is none."""
        shown, area = self._histogram, self._area()
        if shown is None or not area.contains(position):
            return None
        row = min(int((position.y() - area.top()) / area.height() * len(shown.names)), len(shown.names) - 1)
        low, high = float(shown.edges[0]), float(shown.edges[-1])
        value = low + (position.x() - area.left()) / area.width() * (high - low)
        k = min(max(int(shown.edges.searchsorted(value, "right")) - 1, 0), len(shown.edges) - 2)
        ends = " to ".join(significant(float(edge)) for edge in shown.edges[k : k + 2])
        return f"{shown.names[row]}, {ends}: {int(shown.counts[row, k]):,} ({100 * shown.shares[row, k]:.1f} %)"

    def event(self, event: QEvent) -> bool:
        """Say what the bin under the pointer holds."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.bin_words(QPointF(event.pos())) or self.toolTip(), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        painter = QPainter(self)
        theme, shown, area = self._theme, self._histogram, self._area()
        painter.fillRect(self.rect(), QColor(theme.surface))
        if shown is None:
            return
        low, high = float(shown.edges[0]), float(shown.edges[-1])
        paint_scale(painter, area, low, high, theme, area.bottom() + 14)
        font = ui_font(TEXT_PX)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        unit = metrics.elidedText(self._unit, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(QPointF(area.center().x() - metrics.horizontalAdvance(unit) / 2, area.bottom() + 28), unit)
        if self._scaling is not None:
            mean, std = self._scaling
            painter.drawText(QPointF(area.left(), 10), self._inner)
            paint_scale(
                painter, area, (low - mean) / std, (high - mean) / std, theme, area.top() - 5, grid=False, spacing=44
            )
            painter.setPen(hairline(theme.faint))
            painter.drawLine(QLineF(area.left(), area.top() - 0.5, area.right(), area.top() - 0.5))
        self._paint_rows(painter, area, shown, self._x_at(area, low, high), self._colors(shown))

    def _x_at(self, area: QRectF, low: float, high: float) -> Callable[[float], float]:
        return lambda value: area.left() + (value - low) / (high - low) * area.width()

    def _colors(self, shown: Histogram) -> list[QColor]:
        if self._shared_colors < 0:
            return list(split_colors(self._theme))
        count = max(self._shared_colors, len(shown.names))
        return [group_color(self._theme, k, count) for k in range(len(shown.names))]

    def _paint_rows(
        self, painter: QPainter, area: QRectF, shown: Histogram, x_at: Callable[[float], float], colors: list[QColor]
    ) -> None:
        shares = shown.shares
        row = area.height() / len(shown.names)
        strong, small = ui_font(11, bold=True), ui_font(TEXT_PX)
        metrics = QFontMetricsF(strong)
        for k, name in enumerate(shown.names):
            bottom = area.top() + (k + 1) * row
            long = row - NAME_PX - 2
            most = float(shares[k].max()) or 1.0
            fill = QColor(colors[k])
            fill.setAlphaF(0.8)
            for share, left, right in zip(shares[k], shown.edges[:-1], shown.edges[1:], strict=True):
                x = x_at(float(left))
                if share > 0:
                    high = max(1.0, share / most * long)
                    painter.fillRect(QRectF(x, bottom - high, max(1.0, x_at(float(right)) - x - 0.6), high), fill)
            painter.setPen(QPen(colors[k], 1))
            painter.drawLine(QLineF(area.left(), bottom - 0.5, area.right(), bottom - 0.5))
            count = f"{int(shown.counts[k].sum()):,}, tallest bar {100 * float(shares[k].max()):.0f} %"
            painter.setFont(small)
            room = area.width() - QFontMetricsF(small).horizontalAdvance(count) - 10
            painter.setFont(strong)
            painter.setPen(QColor(self._theme.text))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(area.left(), bottom - row + 12), text)
            painter.setFont(small)
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QPointF(area.left() + metrics.horizontalAdvance(text) + 6, bottom - row + 12), count)

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(272, max(300, self.minimumHeight()))
