"""What the network gets: the numbers of an image, or each feature of a table before and after scaling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.data_marks import TEXT_PX, crisp, hairline
from nnviz.data.dataset import Scaling
from nnviz.data.describe import Histogram, Summary, table_number
from nnviz.picture.colors import data_colors, ink_rgb
from nnviz.picture.quantities import number
from nnviz.picture.ticks import significant

CELL_WIDTH_PX, CELL_HEIGHT_PX = 25, 17
ROW_PX = 62
#: The scale of standardised features ends here at most; what lies beyond is painted at its ends.
FARTHEST = 5.0


class FedPixels(QAbstractScrollArea):
    """The image that the network gets, as numbers on their colours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fed_pixels")
        self.setAccessibleName("Numbers that the network gets")
        self.setToolTip("Every number of the image as the network gets it, row by row. Scroll to see them all.")
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = LIGHT
        self._values: NDArray[np.float32] | None = None

    def set_values(self, values: NDArray[np.float32] | None) -> None:
        """Show numbers, (height, width); the place scrolled to stays. The first time the middle is shown."""
        fresh = values is not None and (self._values is None or self._values.shape != values.shape)
        self._values = values
        self._arrange()
        if fresh:
            for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
                bar.setValue((bar.maximum() + bar.minimum()) // 2)
        if values is not None:
            self.setAccessibleDescription(
                f"{values.size:,} numbers, mean {significant(float(values.mean()), 3)}, "
                f"deviation {significant(float(values.std()), 3)}"
            )
        self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.viewport().update()

    def cell_size(self) -> tuple[float, float]:
        """Return width and height of a number: larger where all of them fit."""
        if self._values is None:
            return CELL_WIDTH_PX, CELL_HEIGHT_PX
        rows, columns = self._values.shape
        wide = max(CELL_WIDTH_PX, min(self.viewport().width() / columns, 40))
        return wide, max(CELL_HEIGHT_PX, min(self.viewport().height() / rows, 28))

    def _arrange(self) -> None:
        rows, columns = (0, 0) if self._values is None else self._values.shape
        wide, high = self.cell_size()
        for bar, need, have, step in (
            (self.horizontalScrollBar(), columns * wide, self.viewport().width(), wide),
            (self.verticalScrollBar(), rows * high, self.viewport().height(), high),
        ):
            bar.setPageStep(have)
            bar.setSingleStep(int(step))
            bar.setRange(0, max(0, int(np.ceil(need)) - have))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the numbers in sight."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(self._theme.surface))
        if self._values is None:
            return
        wide, high = self.cell_size()
        left, top = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        rows, columns = self._values.shape
        # Colours between paper and ink would hide the numbers: the background stops at half.
        colors = data_colors(self._theme.is_dark)
        rgb = ink_rgb(self._values * 0.5, colors)
        painter.setFont(ui_font(10))
        light, dark = QColor("#ffffff"), QColor("#10141a")
        for row in range(int(top // high), min(rows, int((top + self.viewport().height()) // high) + 1)):
            for column in range(int(left // wide), min(columns, int((left + self.viewport().width()) // wide) + 1)):
                cell = QRectF(column * wide - left, row * high - top, wide, high)
                red, green, blue = rgb[row, column].tolist()
                painter.fillRect(cell, QColor(red, green, blue))
                value = float(self._values[row, column])
                bright = 0.299 * red + 0.587 * green + 0.114 * blue > 125
                ink = QColor(dark if bright else light)
                ink.setAlphaF(0.6 if value == 0 else 1.0)
                painter.setPen(ink)
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, short(value))

    def viewportEvent(self, event: QEvent) -> bool:
        """Say the number under the pointer in full."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._values is not None:
            wide, high = self.cell_size()
            row = int((event.pos().y() + self.verticalScrollBar().value()) // high)
            column = int((event.pos().x() + self.horizontalScrollBar().value()) // wide)
            rows, columns = self._values.shape
            words = self.toolTip()
            if row < rows and column < columns:
                place = row * columns + column
                words = f"x[{place}], row {row}, column {column}: {float(self._values[row, column]):.6g}"
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the scroll bars."""
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing can be seen."""
        return QSize(120, 90)


def short(value: float) -> str:
    """Write a number of [0, 1] in three letters: 0, .07, .93, 1; others with one digit after the point."""
    if value in (0.0, 1.0):
        return f"{value:.0f}"
    if 0 < value < 1:
        text = f"{value:.2f}"
        return text[1:] if text.startswith("0") else "1.0"
    return f"{value:.1f}".replace("-", "−")


class FedRows(QAbstractScrollArea):
    """Each feature before and after scaling: the sample's value in both, and where all samples lie."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fed_rows")
        self.setAccessibleName("Features as the network gets them")
        self.setToolTip(
            "Each feature as the network gets it: the histogram of the split, and a mark at the value of the sample "
            "that is shown. On the right that value, in the units of the table and as the network gets it."
        )
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = LIGHT
        self._names: tuple[str, ...] = ()
        self._scaling: Scaling | None = None
        self._summary: Summary | None = None
        self._histograms: tuple[Histogram, ...] = ()
        self._sample: NDArray[np.float32] | None = None

    def set_features(
        self, names: tuple[str, ...], scaling: Scaling | None, summary: Summary, histograms: tuple[Histogram, ...]
    ) -> None:
        """Show the features of a split; summary and histograms are of what the network gets."""
        self._names, self._scaling, self._summary, self._histograms = names, scaling, summary, histograms
        self._arrange()
        self.setAccessibleDescription("; ".join(self.words(k) for k in range(min(len(names), 40))))
        self.viewport().update()

    def set_sample(self, x: NDArray[np.float32] | None) -> None:
        """Mark the values of a sample, (features,), as the network gets it."""
        self._sample = x
        self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.viewport().update()

    def words(self, k: int) -> str:
        """Return what is known of a feature, in words."""
        shown = self._summary
        if shown is None:
            return self._names[k]
        mean, std, low, high = (float(v[k]) for v in (shown.mean, shown.std, shown.low, shown.high))
        return (
            f"{self._names[k]}: mean {_decimals(mean)}, deviation {_decimals(std)}, "
            f"{_decimals(low)} to {_decimals(high)}"
        )

    def _range(self, k: int) -> tuple[float, float]:
        """Return the ends of the scale: the same for all standardised features, its own for others."""
        if self._summary is None or not len(self._summary.low) or not np.isfinite(self._summary.low).all():
            return -1.0, 1.0
        if self._scaling is None:
            low, high = float(self._summary.low[k]), float(self._summary.high[k])
            return (low, high) if high > low else (low - 0.5, low + 0.5)
        far = max(float(np.abs(self._summary.low).max()), float(np.abs(self._summary.high).max()))
        far = min(max(float(np.ceil(far)), 2.0), FARTHEST)
        return -far, far

    def _arrange(self) -> None:
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(ROW_PX // 2)
        bar.setRange(0, max(0, len(self._names) * ROW_PX - self.viewport().height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in sight."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QColor(self._theme.surface))
        if self._summary is None:
            return
        top = self.verticalScrollBar().value()
        for k in range(top // ROW_PX, min(len(self._names), (top + self.viewport().height()) // ROW_PX + 1)):
            self._paint_row(painter, k, k * ROW_PX - top)

    def _paint_row(self, painter: QPainter, k: int, top: float) -> None:
        theme = self._theme
        width = self.viewport().width()
        area = QRectF(6, top + 18, width - 12, 22)
        strong, plain, small = ui_font(11, bold=True), ui_font(11), ui_font(TEXT_PX)
        value = None if self._sample is None or k >= len(self._sample) else float(self._sample[k])
        shown = ""
        if value is not None:
            shown = number(value)
            if self._scaling is not None:
                original = value * float(self._scaling.std[k]) + float(self._scaling.mean[k])
                shown = f"{table_number(original)}  →  {number(value)}"
        wide = QFontMetricsF(plain).horizontalAdvance(shown)
        name = QFontMetricsF(strong).elidedText(self._names[k], Qt.TextElideMode.ElideRight, area.width() - wide - 12)
        painter.setFont(strong)
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(area.left(), top + 13), name)
        painter.setFont(plain)
        painter.drawText(QPointF(area.right() - wide, top + 13), shown)

        low, high = self._range(k)

        def x_at(at: float) -> float:
            return area.left() + (min(max(at, low), high) - low) / (high - low) * area.width()

        histogram = self._histograms[k]
        most = max(int(histogram.counts.max()), 1)
        fill = QColor(theme.ramp[0])
        fill.setAlphaF(0.75)
        for count, left, right in zip(histogram.counts[0], histogram.edges[:-1], histogram.edges[1:], strict=True):
            if count:
                x, tall = x_at(float(left)), max(1.0, float(count) / most * area.height())
                painter.fillRect(
                    QRectF(x, area.bottom() - tall, max(1.0, x_at(float(right)) - x - 0.5), tall), fill
                )
        painter.setPen(hairline(theme.faint))
        painter.drawLine(QLineF(area.left(), crisp(area.bottom()), area.right(), crisp(area.bottom())))
        if low < 0 < high:
            x = crisp(x_at(0))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom() + 4))
        if value is not None:
            painter.setPen(QPen(QColor(theme.validation), 2))
            x = x_at(value)
            painter.drawLine(QLineF(x, area.top() + 1, x, area.bottom() + 4))
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        words = self.words(k)[len(self._names[k]) + 2 :]
        painter.drawText(QPointF(area.left(), top + 53), words)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say the whole name and the numbers of the feature under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = (event.pos().y() + self.verticalScrollBar().value()) // ROW_PX
            QToolTip.showText(event.globalPos(), self.words(row) if row < len(self._names) else self.toolTip(), self)
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the scroll bar."""
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing can be seen."""
        return QSize(120, 90)


def _decimals(value: float) -> str:
    """Write with two digits after the point; zero without a sign."""
    text = f"{value:.2f}"
    return ("0.00" if text == "-0.00" else text).replace("-", "−")
