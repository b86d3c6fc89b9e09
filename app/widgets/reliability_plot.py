"""The reliability diagram: how often answers of each probability are right."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.theme import ui_font
from app.widgets.data_marks import crisp, hairline
from app.widgets.diagram import Diagram
from nnviz.maths.calibration import Reliability

LEFT_PX, TOP_PX, RIGHT_PX, BOTTOM_PX = 48, 30, 14, 40
#: Height of the strip with the number of answers in each bin, and the gap above it.
COUNTS_PX, GAP_PX = 44, 8
TEXT_PX = 11
#: The words above the bars take one line of this height, and three where the plot is narrower than this.
NARROW_PX, LINE_PX, LINES_PX = 420, 20, 52
#: Bars of fewer answers are pale: they say little.
FEW = 30
#: What the two kinds of bars are, in ever fewer words.
LEGENDS = (
    (f"{FEW} answers or more", "fewer: says little"), (f"≥ {FEW} answers", "fewer"), (f"≥ {FEW}", f"< {FEW}")
)
SWATCH_PX = 9.0
MARKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


class ReliabilityPlot(Diagram):
    """A bar for each bin of probability: as high as the share of its answers that is right.

    Were every probability what it says, all bars would end on the diagonal. Below stands how many answers each bin has,
    on a logarithmic scale. Left and right walk over the bins; the numbers are in the accessible description.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "reliability_plot", "Reliability diagram",
            "Each bar: of all answers with this probability, the share that is right. On the diagonal they agree. "
            f"Pale: fewer than {FEW} answers, which say little.", parent,
        )
        self._now: Reliability | None = None
        self._before: Reliability | None = None
        self._bin: int | None = None

    @property
    def reliability(self) -> Reliability | None:
        """What is shown."""
        return self._now

    def set_reliability(self, now: Reliability | None, before: Reliability | None = None, empty: str = "") -> None:
        """Show what was measured.

        Args:
            now: of the probabilities that are shown to people; None for none.
            before: of the same network before it was calibrated, drawn as rings; None for none.
            empty: what is said while there is nothing to show.
        """
        self._now, self._before, self._empty, self._bin = now, before, empty, None
        self.setAccessibleDescription(empty if now is None else f"expected calibration error {100 * now.error:.2f} %")
        self.update()

    def words(self, number: int) -> str:
        """Return what a bin holds, in words."""
        if self._now is None:
            return self._empty
        bins = len(self._now.counts)
        span = f"Probability {100 * number / bins:.0f} to {100 * (number + 1) / bins:.0f} %"
        count = int(self._now.counts[number])
        if not count:
            return f"{span}: no answers."
        right, mean = 100 * self._now.accuracy[number], 100 * self._now.confidence[number]
        return f"{span}: {count:,} answers, {mean:.1f} % in the mean, {right:.1f} % right."

    @property
    def has_content(self) -> bool:
        """Whether anything was measured."""
        return self._now is not None

    def paint_shown(self, painter: QPainter) -> None:
        """Paint bars, diagonal, numbers of answers and title."""
        if self._now is None:
            return
        area = self._area()
        self._paint_axes(painter, area)
        self._paint_bars(painter, area, self._now)
        if self._before is not None:
            self._paint_rings(painter, area, self._before)
        self._paint_counts(painter, area, self._now)
        self._paint_head(painter, area, self._now)

    def _area(self) -> QRectF:
        """Return where the bars lie, in pixels of the usual text size."""
        wide = self.width() / self._unit - LEFT_PX - RIGHT_PX
        top = TOP_PX + (LINES_PX if self._is_narrow else LINE_PX)
        high = self.height() / self._unit - top - BOTTOM_PX - COUNTS_PX - GAP_PX
        return QRectF(LEFT_PX, top, max(40.0, wide), max(40.0, high))

    @property
    def _is_narrow(self) -> bool:
        return self.width() / self._unit < NARROW_PX

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        theme = self._theme
        painter.setFont(ui_font(TEXT_PX))
        bottom = area.bottom() + GAP_PX + COUNTS_PX
        for value in MARKS:
            x, y = area.left() + value * area.width(), area.bottom() - value * area.height()
            painter.setPen(hairline(theme.border))
            painter.drawLine(QPointF(area.left(), crisp(y)), QPointF(area.right(), crisp(y)))
            painter.setPen(QColor(theme.muted))
            text = f"{100 * value:.0f}"
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, area.left() - 6, 16), right, text)
            painter.drawText(QRectF(x - 20, bottom + 3, 40, 16), Qt.AlignmentFlag.AlignHCenter, text)
        painter.drawText(
            QRectF(area.left(), bottom + 18, area.width(), 18), Qt.AlignmentFlag.AlignHCenter,
            "probability of the answer, %",
        )
        painter.setPen(QPen(QColor(theme.muted), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(area.bottomLeft(), area.topRight())

    def _paint_bars(self, painter: QPainter, area: QRectF, now: Reliability) -> None:
        theme, bins = self._theme, len(now.counts)
        wide = area.width() / bins
        for k in np.flatnonzero(now.counts).tolist():
            high = float(now.accuracy[k]) * area.height()
            box = QRectF(area.left() + k * wide + 1, area.bottom() - high, wide - 2, high)
            painter.fillRect(box, self._fill(few=bool(now.counts[k] < FEW)))
            # Where the bar would end if the probabilities were right.
            y = area.bottom() - float(now.confidence[k]) * area.height()
            painter.setPen(QPen(QColor(theme.text), 2.0))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            if k == self._bin:
                painter.setPen(QPen(QColor(theme.accent), 2.0))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box)

    def _fill(self, *, few: bool) -> QColor:
        fill = QColor(self._theme.training)
        fill.setAlphaF(0.45 if few else 0.9)
        return fill

    def _paint_legend(self, painter: QPainter, line: QRectF) -> None:
        """Say at the right end of a line what solid and pale bars are, in fewer words where it is short."""
        metrics, gap = QFontMetricsF(painter.font()), 5.0

        def wide(texts: tuple[str, str]) -> float:
            return sum(SWATCH_PX + gap + metrics.horizontalAdvance(text) for text in texts) + 2 * gap

        texts = next((texts for texts in LEGENDS if wide(texts) <= line.width()), LEGENDS[-1])
        x, middle = line.right() - wide(texts), line.center().y()
        for text, few in zip(texts, (False, True), strict=True):
            painter.fillRect(QRectF(x, middle - SWATCH_PX / 2, SWATCH_PX, SWATCH_PX), self._fill(few=few))
            x += SWATCH_PX + gap
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QPointF(x, middle + (metrics.ascent() - metrics.descent()) / 2), text)
            x += metrics.horizontalAdvance(text) + 2 * gap

    def _paint_rings(self, painter: QPainter, area: QRectF, before: Reliability) -> None:
        painter.setBrush(QColor(self._theme.surface))
        painter.setPen(QPen(QColor(self._theme.validation), 2.0))
        for k in np.flatnonzero(before.counts).tolist():
            x = area.left() + float(before.confidence[k]) * area.width()
            painter.drawEllipse(QPointF(x, area.bottom() - float(before.accuracy[k]) * area.height()), 3.5, 3.5)

    def _paint_counts(self, painter: QPainter, area: QRectF, now: Reliability) -> None:
        theme, wide = self._theme, area.width() / len(now.counts)
        base = area.bottom() + GAP_PX + COUNTS_PX
        most = np.log10(1 + float(now.counts.max()))
        fill = QColor(theme.muted)
        fill.setAlphaF(0.6)
        for k in np.flatnonzero(now.counts).tolist():
            high = float(np.log10(1 + now.counts[k])) / most * (COUNTS_PX - 4)
            painter.fillRect(QRectF(area.left() + k * wide + 1, base - high, wide - 2, high), fill)
        painter.setPen(hairline(theme.faint))
        painter.drawLine(QPointF(area.left(), crisp(base)), QPointF(area.right(), crisp(base)))
        painter.setPen(QColor(theme.muted))
        painter.setFont(ui_font(TEXT_PX))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, base - COUNTS_PX, area.left() - 6, COUNTS_PX), right, "number\n(log)")

    def _paint_head(self, painter: QPainter, area: QRectF, now: Reliability) -> None:
        theme = self._theme
        small, strong = ui_font(TEXT_PX), ui_font(12, bold=True)
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        axis = "right answers, %"
        above = QRectF(4, area.top() - TOP_PX + 4, area.right() - 4, 18)
        painter.drawText(above, left, axis)
        self._paint_legend(painter, above.adjusted(QFontMetricsF(small).horizontalAdvance(axis) + 12, 0, 0, 0))
        metrics = QFontMetricsF(strong)
        title = f"Calibration error {100 * now.error:.2f} %"
        painter.setFont(strong)
        painter.setPen(QColor(theme.text))
        x, y = 4.0, 2.0 + metrics.ascent()
        painter.drawText(QPointF(x, y), title)
        rows = [f"{now.count:,} answers, {100 * now.mean_accuracy:.2f} % right"]
        if self._before is not None:
            rows.append(f"before{' calibration' if self._is_narrow else ''} {100 * self._before.error:.2f} %")
        painter.setFont(small)
        metrics, wide = QFontMetricsF(small), metrics.horizontalAdvance(title)
        y += 4 if self._is_narrow else 0
        for number, text in enumerate(rows):
            if self._is_narrow:
                y += metrics.height() + 2
            else:
                x += wide + 12
            ring = 13.0 if number == 1 else 0.0
            if ring:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.validation), 2.0))
                painter.drawEllipse(QPointF(x + 4, y - metrics.ascent() / 2 + 1), 3.5, 3.5)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(x + ring, y), text)
            wide = metrics.horizontalAdvance(text)

    def event(self, event: QEvent) -> bool:
        """Say what the bin under the pointer holds."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._now is not None:
            area = self._area()
            across = (event.pos().x() / self._unit - area.left()) / area.width()
            number = int(across * len(self._now.counts))
            inside = 0 <= across < 1
            QToolTip.showText(event.globalPos(), self.words(number) if inside else self.toolTip(), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the bins."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not step or self._now is None:
            super().keyPressEvent(event)
            return
        last = len(self._now.counts) - 1
        self._bin = last if self._bin is None else min(max(self._bin + step, 0), last)
        self.setAccessibleDescription(self.words(self._bin))
        self.update()
