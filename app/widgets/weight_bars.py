"""Numbers of a layer as bars about zero, as many as there are: weights of a unit that sees no image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import LIGHT, Theme, ui_font
from nnviz.picture.colors import data_colors
from nnviz.picture.quantities import number, scale_of

ROW_PX, CAPTION_PX, GAP_PX = 34, 12.0, 5
#: Widest bar, logical pixels.
WIDEST_BAR = 56.0


class WeightBars(QWidget):
    """Rows of bars with one place for each unit of a layer, one row above the other: w, a and a·w.

    Arrow keys walk over the places; the values are in the tool tip and the accessible description.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("weight_bars")
        self.setAccessibleName("Weights")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self._rows: tuple[tuple[str, NDArray[np.float64]], ...] = ()
        self._names: tuple[str, ...] = ()
        self._chosen: int | None = None

    @property
    def rows(self) -> tuple[tuple[str, NDArray[np.float64]], ...]:
        """What is shown: a caption and (places,) values a row."""
        return self._rows

    def set_rows(self, rows: tuple[tuple[str, NDArray[np.floating]], ...], names: tuple[str, ...] = ()) -> None:
        """Show rows of the same length; names are those of the places, their numbers by default."""
        higher = len(rows) != len(self._rows)
        self._rows = tuple((caption, np.asarray(values, np.float64)) for caption, values in rows)
        self._names = names
        if self._chosen is not None and self._chosen >= self._count():
            self._chosen = None
        if higher:
            self.updateGeometry()
        self._describe()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def words(self, place: int) -> str:
        """Return name and values of a place."""
        name = self._names[place] if place < len(self._names) else f"unit {place}"
        return f"{name}: " + ", ".join(f"{caption} {number(float(v[place]))}" for caption, v in self._rows)

    def _count(self) -> int:
        return len(self._rows[0][1]) if self._rows else 0

    def _describe(self) -> None:
        if self._chosen is not None:
            self.setAccessibleDescription(self.words(self._chosen))
        else:
            ranges = ", ".join(
                f"{caption} from {number(float(v.min()))} to {number(float(v.max()))}" for caption, v in self._rows
                if v.size
            )
            self.setAccessibleDescription(f"{self._count():,} places: {ranges}")

    def place_at(self, x: float) -> int | None:
        """Return the place at a horizontal position, logical pixels, or None."""
        left, pitch = self._geometry()
        place = int((x - left) // pitch) if pitch else -1
        return place if 0 <= place < self._count() else None

    def _geometry(self) -> tuple[float, float]:
        """Return where the first bar begins, and how far the next is."""
        metrics = QFontMetricsF(ui_font(CAPTION_PX))
        left = max((metrics.horizontalAdvance(caption) for caption, _ in self._rows), default=0.0) + 8
        count = self._count()
        return left, min(WIDEST_BAR, max(0.0, self.width() - left) / count) if count else 0.0

    def sizeHint(self) -> QSize:
        """Return the height of all rows."""
        return QSize(240, len(self._rows) * (ROW_PX + GAP_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a row of bars about zero for each quantity, each row with its own scale."""
        painter = QPainter(self)
        painter.setFont(ui_font(CAPTION_PX))
        left, pitch = self._geometry()
        palette, theme = data_colors(self._theme.is_dark).signal, self._theme
        wide = pitch * self._count()
        for row, (caption, values) in enumerate(self._rows):
            top = row * (ROW_PX + GAP_PX)
            middle, scale = top + ROW_PX / 2, scale_of(values)
            painter.setPen(QColor(theme.muted))
            align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, top, left, ROW_PX), align, caption)
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.drawLine(QPointF(left, middle), QPointF(left + wide, middle))
            if not scale:
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            gap = 2.0 if pitch >= 16 else 1.0 if pitch >= 4 else 0.0
            for place, value in enumerate(values.tolist()):
                if not value or value != value:
                    continue
                long = max(0.5, abs(value) / scale * (ROW_PX / 2 - 1))
                painter.setBrush(QColor(*(int(c) for c in (palette.positive if value > 0 else palette.negative))))
                bar = QRectF(left + place * pitch, middle - long if value > 0 else middle, max(pitch - gap, 0.4), long)
                painter.drawRect(bar)
        if self._chosen is not None and self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(left + self._chosen * pitch - 1, 0, pitch + 1, self.height() - 1))
        elif self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Say the values under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(event.pos().x())
            QToolTip.showText(event.globalPos(), self.toolTip() if place is None else self.words(place), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the places."""
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if by is None or not self._count():
            super().keyPressEvent(event)
            return
        start = self._chosen if self._chosen is not None else (-1 if by > 0 else self._count())
        self._chosen = min(max(start + by, 0), self._count() - 1)
        self._describe()
        self.update()
