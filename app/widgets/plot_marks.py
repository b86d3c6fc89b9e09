"""Marks on the step axis of a plot: a dashed line from top to bottom with a sign at its head."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.theme import Theme
from app.widgets.mark_icons import gravest, mark_color, paint_mark

HEAD_RADIUS_PX = 5.5
#: How near to a mark the pointer must be for its words.
REACH_PX = 7.0
#: Marks nearer to each other than this share a sign.
APART_PX = 13.0


class PlotMark(NamedTuple):
    """Something that happened at a step.

    Attributes:
        step: where.
        text: what, a few words.
        kind: ``"error"``, ``"warning"`` or ``"change"``.
    """

    step: float
    text: str
    kind: str


class PlotMarks:
    """The marks of a plot, by who made them. Mutable."""

    def __init__(self) -> None:
        self._by_source: dict[str, tuple[PlotMark, ...]] = {}
        self._all: tuple[PlotMark, ...] = ()

    @property
    def all(self) -> tuple[PlotMark, ...]:
        """Every mark, in the order of the steps."""
        return self._all

    def set(self, marks: Iterable[tuple[float, str, str]], source: str) -> bool:
        """Replace the marks of one source; return whether anything changed."""
        made = tuple(PlotMark(float(step), text, kind) for step, text, kind in marks)
        if made == self._by_source.get(source, ()):
            return False
        self._by_source[source] = made
        self._all = tuple(sorted((mark for each in self._by_source.values() for mark in each), key=lambda m: m.step))
        return True

    def groups(self, area: QRectF, low: float, high: float) -> list[tuple[float, list[PlotMark]]]:
        """Return the pixel and the marks of every sign on an axis from ``low`` to ``high`` steps across ``area``."""
        found: list[tuple[float, list[PlotMark]]] = []
        for mark in self._all:
            if not low <= mark.step <= high:
                continue
            x = area.left() + (mark.step - low) / (high - low) * area.width()
            if found and x - found[-1][0] < APART_PX:
                found[-1][1].append(mark)
            else:
                found.append((x, [mark]))
        return found

    def words_at(self, x: float, area: QRectF, low: float, high: float) -> str:
        """Return what the marks at a pixel say, a line each; "" where there is none."""
        lines: list[str] = []
        for _, marks in self.groups(area, low, high):
            places = [area.left() + (mark.step - low) / (high - low) * area.width() for mark in marks]
            if places[0] - REACH_PX <= x <= places[-1] + REACH_PX:
                lines += [f"step {mark.step:,.0f}: {mark.text}" for mark in marks]
        return "\n".join(dict.fromkeys(lines))

    def paint(self, painter: QPainter, area: QRectF, low: float, high: float, theme: Theme) -> None:
        """Paint lines and signs."""
        painter.save()
        for x, marks in self.groups(area, low, high):
            kind = gravest([mark.kind for mark in marks])
            color = mark_color(kind, theme)
            color.setAlphaF(0.75)
            pen = QPen(color, 1.0)
            pen.setDashPattern([4, 3])
            painter.setPen(pen)
            at = float(int(x)) + 0.5
            painter.drawLine(QPointF(at, area.top() + HEAD_RADIUS_PX), QPointF(at, area.bottom()))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            left, right = area.left() + HEAD_RADIUS_PX, area.right() - HEAD_RADIUS_PX
            paint_mark(painter, QPointF(min(max(at, left), right), area.top() + HEAD_RADIUS_PX + 1), kind, theme,
                       HEAD_RADIUS_PX)
        painter.restore()
