"""How many samples each class has in each split, as bars with numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.data_marks import split_colors
from nnviz.data.describe import SPLIT_NAMES, SPLITS

HEAD_PX = 40.0
#: A bar for each split and its number beside it.
ROW_PX, LARGEST_ROW_PX = 54, 62
MARGIN_PX = 4.0


class CountBars(QWidget):
    """Three bars a class, on one scale: training, validation, test."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("count_bars")
        self.setAccessibleName("Samples of each class")
        self.setToolTip("How many samples of each class there are to train, to validate and to test.")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = LIGHT
        self._names: tuple[str, ...] = ()
        self._counts: NDArray[np.int64] = np.zeros((0, len(SPLITS)), np.int64)
        self._totals = (0, 0, 0)

    def set_counts(self, names: tuple[str, ...], counts: NDArray[np.int64], totals: tuple[int, int, int]) -> None:
        """Show counts, (groups, 3) in the order of ``SPLITS``, and the samples in each split."""
        self._names, self._counts, self._totals = names, counts, totals
        self.setMinimumHeight(round(HEAD_PX) + len(names) * ROW_PX)
        self.setAccessibleDescription("; ".join(self.words(k) for k in range(len(names))))
        self.update()

    def words(self, group: int) -> str:
        """Return the counts of a group in words, with their shares of the splits."""
        parts = [
            f"{SPLIT_NAMES[name].lower()} {int(count):,} ({100 * int(count) / max(total, 1):.1f} %)"
            for name, count, total in zip(SPLITS, self._counts[group], self._totals, strict=True)
        ]
        return f"{self._names[group]}: {', '.join(parts)}"

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def _row_height(self) -> float:
        return min(LARGEST_ROW_PX, max(ROW_PX, (self.height() - HEAD_PX) / max(1, len(self._names))))

    def event(self, event: QEvent) -> bool:
        """Say the counts of the class under the pointer, with their shares."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = int((event.pos().y() - HEAD_PX) // self._row_height())
            inside = event.pos().y() >= HEAD_PX and row < len(self._names)
            QToolTip.showText(event.globalPos(), self.words(row) if inside else self.toolTip(), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small, strong = ui_font(11), ui_font(12, bold=True)
        metrics = QFontMetricsF(small)
        x, y = MARGIN_PX, 12.0
        painter.setFont(small)
        for split, color, total in zip(SPLITS, split_colors(theme), self._totals, strict=True):
            text = f"{SPLIT_NAMES[split]} {total:,}"
            if x > MARGIN_PX and x + 12 + metrics.horizontalAdvance(text) > self.width():
                x, y = MARGIN_PX, y + 16
            painter.fillRect(QRectF(x, y - 8, 8, 8), color)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(x + 12, y), text)
            x += metrics.horizontalAdvance(text) + 26
        most = int(self._counts.max()) if self._counts.size else 0
        number_width = metrics.horizontalAdvance(f"{most:,}") + 6
        long = max(20.0, self.width() - 2 * MARGIN_PX - number_width)
        row = self._row_height()
        name_metrics = QFontMetricsF(strong)
        for k, name in enumerate(self._names):
            top = HEAD_PX + k * row
            painter.setFont(strong)
            painter.setPen(QColor(theme.text))
            room = self.width() - 2 * MARGIN_PX
            painter.drawText(
                QPointF(MARGIN_PX, top + 8), name_metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            )
            pitch = (row - 20) / len(SPLITS)
            painter.setFont(ui_font(min(11.0, pitch - 1)))
            for s, color in enumerate(split_colors(theme)):
                count = int(self._counts[k, s])
                bar = QRectF(MARGIN_PX, top + 13 + s * pitch, long * count / max(most, 1), pitch - 2)
                painter.fillRect(bar, color)
                painter.setPen(QColor(theme.muted))
                rise = QFontMetricsF(painter.font()).capHeight() / 2
                painter.drawText(QPointF(bar.right() + 5, bar.center().y() + rise), f"{count:,}")

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(272, max(300, self.minimumHeight()))
