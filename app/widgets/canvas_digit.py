"""The one of several digits on a paper that is shown elsewhere: where it lies, its ink and strokes, its outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.theme import Theme
from nnviz.data.pen import CANVAS_SIZE, Stroke
from nnviz.data.reading import on_paper

#: What the outline leaves free around the ink, ink pixels.
ROOM_PX = 2.0


@dataclass(frozen=True, slots=True)
class ShownDigit:
    """Which digit is shown.

    Attributes:
        number: the one picked, from 0 at the left; None: the last, nobody picked one.
        area: where its lines lie, in ink pixels; None where there is only one digit, or none.
        room: its part of the paper, as far as halfway to its neighbours, in ink pixels; None as above.
    """

    number: int | None = None
    area: QRectF | None = None
    room: QRectF | None = None

    def outline(self, pen_width: float) -> QRectF | None:
        """Return what its ink and that of a pen of this width fill, in ink pixels."""
        if self.area is None:
            return None
        room = pen_width / 2 + ROOM_PX
        return self.area.adjusted(-room, -room, room, room).intersected(QRectF(0, 0, CANVAS_SIZE, CANVAS_SIZE))

    def ink(self, ink: NDArray[np.uint8], pen_width: float) -> NDArray[np.uint8]:
        """Return its part of the ink, both (280, 280)."""
        outline = self.outline(pen_width)
        if outline is None:
            return ink
        box = outline.toAlignedRect()
        place = np.s_[max(0, box.top()) : box.bottom() + 1, max(0, box.left()) : box.right() + 1]
        kept = np.zeros_like(ink)
        kept[place] = ink[place]
        return kept

    def strokes(self, strokes: list[Stroke]) -> list[Stroke]:
        """Return its strokes, or its parts of strokes, each (points, 2) in ink pixels."""
        if self.area is None:
            return strokes
        # A little more, for ends that lie on the edge of the area.
        box = self.area.adjusted(-0.5, -0.5, 0.5, 0.5)
        edges = (box.left(), box.top(), box.right(), box.bottom())
        return [part for stroke in strokes for part in on_paper(stroke, edges)]

    def paint(self, painter: QPainter, paper: QRectF, pen_width: float, theme: Theme) -> None:
        """Paint a faint outline around the digit that was picked, on a paper in the widget's pixels."""
        box = self.outline(pen_width)
        if self.number is None or box is None:
            return
        scale = paper.width() / CANVAS_SIZE
        painter.setPen(QPen(QColor(theme.muted), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        place = QRectF(box.topLeft() * scale + paper.topLeft(), box.size() * scale)
        painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 6, 6)
