"""The confusion matrix: which class is taken for which, and how often."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.theme import Theme, ui_font
from app.widgets.data_marks import hairline
from app.widgets.diagram import Diagram
from app.widgets.network_scene import rgb_of

TEXT_PX, LEAST_TEXT_PX = 11.0, 7.0
#: Above the cells: title, words and names of the columns; at the sides and below.
TOP_PX, EDGE_PX, RECALL_PX, ROW_PX = 62, 6, 46, 18
#: Names of the rows take this share of the width at most, and a cell is no higher than so much of its width.
NAMES_SHARE, HIGHEST = 0.3, 1.3
#: How strong the colour of the rarest mistake is, and how much stronger that of the most frequent one.
LEAST_TINT, MORE_TINT = 0.16, 0.74
MOST_SAID = 3


def mistakes_words(counts: NDArray[np.int64], names: tuple[str, ...]) -> str:
    """Return which classes are most often taken for which others, in a sentence; "" where there are no mistakes.

    Args:
        counts: (classes, classes): row the right class, column the answer.
        names: of the classes.
    """
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    places = [int(place) for place in np.argsort(-wrong, axis=None, kind="stable")[:MOST_SAID] if wrong.flat[place]]
    if not places:
        return "" if not counts.sum() else "Not a single one is taken for another."
    times = int(wrong.flat[places[0]])
    said = []
    for number, place in enumerate(places):
        right, answer = names[place // len(names)], names[place % len(names)]
        first = number == 0
        said.append(
            f"{right} {'taken ' if first else ''}for {answer} "
            f"({wrong.flat[place]:,}{' time' + 's' * (times != 1) if first else ''})"
        )
    return f"Most often: {', '.join(said)}."


class ConfusionPlot(Diagram):
    """A row for each right class, a column for each answer; right answers on the diagonal, mistakes in red beside it.

    The arrow keys walk over the cells; what they hold is in the accessible description.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "confusion_plot", "Confusion matrix",
            "Row: the right class; column: the answer. Point at a cell, or walk with the arrow keys.", parent,
        )
        self._counts: NDArray[np.int64] | None = None
        self._names: tuple[str, ...] = ()
        self._cell: tuple[int, int] | None = None

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """What is shown."""
        return self._counts

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self._names

    def set_counts(self, counts: NDArray[np.int64] | None, names: tuple[str, ...] = (), empty: str = "") -> None:
        """Show a matrix.

        Args:
            counts: (classes, classes): row the right class, column the answer; None for none.
            names: of the classes.
            empty: what is said while there is nothing to show.
        """
        self._counts, self._names, self._empty, self._cell = counts, names, empty, None
        self.setAccessibleDescription(empty if counts is None else f"{self._share()}. {mistakes_words(counts, names)}")
        self.update()

    def words(self, row: int, column: int) -> str:
        """Return what a cell holds, in words."""
        if self._counts is None:
            return self._empty
        count, of = int(self._counts[row, column]), int(self._counts[row].sum())
        share = f" ({100 * count / of:.1f} %)" if of else ""
        how = "read rightly" if row == column else f"taken for {self._names[column]}"
        return f"{self._names[row]} {how}: {count:,} of {of:,}{share}"

    def _share(self) -> str:
        counts = self._counts
        if counts is None or not counts.sum():
            return "No answers"
        return f"{100 * float(np.trace(counts)) / float(counts.sum()):.2f} % right"

    # -- painting ------------------------------------------------------------------------------------------------

    @property
    def has_content(self) -> bool:
        """Whether there is a matrix."""
        return self._counts is not None

    def paint_shown(self, painter: QPainter) -> None:
        """Paint the matrix with its title and names."""
        if self._counts is None:
            return
        area = self._area()
        self._paint_head(painter, self._counts)
        self._paint_names(painter, area, self._counts)
        self._paint_cells(painter, area, self._counts)

    def picture_size(self) -> QSize:
        """Return the size of the matrix as a picture: without what is empty below it."""
        return QSize(self.width(), min(self.height(), math.ceil((self._area().bottom() + EDGE_PX) * self._unit)))

    def _area(self) -> QRectF:
        """Return where the cells lie, in pixels of the usual text size."""
        wide, high = self.width() / self._unit, self.height() / self._unit
        metrics = QFontMetricsF(ui_font(TEXT_PX, bold=True))
        longest = max((metrics.horizontalAdvance(name) for name in self._names), default=0.0)
        left = EDGE_PX + min(longest, NAMES_SHARE * wide) + 8
        count = max(1, len(self._names))
        cell = max(2.0, (wide - left - RECALL_PX - EDGE_PX) / count)
        row = min(HIGHEST * cell, max(2.0, (high - TOP_PX - EDGE_PX) / count))
        return QRectF(left, TOP_PX, count * cell, count * row)

    def _box(self, area: QRectF, row: int, column: int) -> QRectF:
        wide, high = area.width() / len(self._names), area.height() / len(self._names)
        return QRectF(area.left() + column * wide, area.top() + row * high, wide, high)

    def _paint_head(self, painter: QPainter, counts: NDArray[np.int64]) -> None:
        strong, small = ui_font(12, bold=True), ui_font(TEXT_PX)
        painter.setFont(strong)
        painter.setPen(QColor(self._theme.text))
        base = 2.0 + QFontMetricsF(strong).ascent()
        painter.drawText(QPointF(4, base), self._share())
        painter.setFont(small)
        painter.setPen(QColor(self._theme.muted))
        x = 16 + QFontMetricsF(strong).horizontalAdvance(self._share())
        painter.drawText(QPointF(x, base), f"of {int(counts.sum()):,}")
        painter.drawText(QPointF(4, base + ROW_PX), "row: right class, column: answer")

    def _paint_names(self, painter: QPainter, area: QRectF, counts: NDArray[np.int64]) -> None:
        theme, of = self._theme, counts.sum(axis=1)
        bold, small = ui_font(TEXT_PX, bold=True), ui_font(TEXT_PX)
        metrics = QFontMetricsF(bold)
        middle, right = Qt.AlignmentFlag.AlignCenter, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(area.right(), area.top() - ROW_PX, RECALL_PX, ROW_PX), right, "right")
        for number, name in enumerate(self._names):
            across, down = self._box(area, 0, number), self._box(area, number, 0)
            painter.setFont(bold)
            painter.setPen(QColor(theme.text))
            short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, area.left() - EDGE_PX - 8)
            painter.drawText(QRectF(EDGE_PX, down.top(), area.left() - EDGE_PX - 8, down.height()), right, short)
            short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, across.width() - 2)
            painter.drawText(QRectF(across.left(), area.top() - ROW_PX, across.width(), ROW_PX), middle, short)
            if of[number] and down.height() >= LEAST_TEXT_PX:
                painter.setFont(small)
                painter.setPen(QColor(theme.muted))
                share = f"{100 * counts[number, number] / of[number]:.1f} %"
                painter.drawText(QRectF(area.right(), down.top(), RECALL_PX, down.height()), right, share)

    def _paint_cells(self, painter: QPainter, area: QRectF, counts: NDArray[np.int64]) -> None:
        theme, most = self._theme, max(1, int((counts - np.diag(np.diag(counts))).max()))
        of = np.maximum(counts.sum(axis=1), 1)
        right_text, wrong_text = self._text_size(area, int(counts.max())), self._text_size(area, most)
        for row in range(len(counts)):
            for column in range(len(counts)):
                count, box = int(counts[row, column]), self._box(area, row, column)
                if count:
                    right = row == column
                    strength = count / of[row] if right else LEAST_TINT + MORE_TINT * float(np.sqrt(count / most))
                    tone = _mixed(theme.surface, theme.training if right else theme.bad, float(strength))
                    painter.fillRect(box, tone)
                    if text := right_text if right else wrong_text:
                        painter.setFont(ui_font(text))
                        painter.setPen(QColor(_readable(tone, theme)))
                        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))
                painter.setPen(hairline(theme.border))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box)
        if self._cell is not None:
            painter.setPen(QPen(QColor(theme.text), 2.0))
            painter.drawRect(self._box(area, *self._cell))

    def _text_size(self, area: QRectF, largest: int) -> float:
        """Return the text size in which numbers up to one fit their cells, 0 where there is none."""
        box, widest = self._box(area, 0, 0), str(largest)
        size = TEXT_PX
        while size >= LEAST_TEXT_PX:
            metrics = QFontMetricsF(ui_font(size))
            if metrics.horizontalAdvance(widest) <= box.width() - 2 and metrics.height() <= box.height() + 2:
                return size
            size -= 0.5
        return 0.0

    # -- Qt ----------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Say what the cell under the pointer holds."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._counts is not None:
            area, count = self._area(), len(self._names)
            column = int((event.pos().x() / self._unit - area.left()) // (area.width() / count))
            row = int((event.pos().y() / self._unit - area.top()) // (area.height() / count))
            inside = 0 <= row < count and 0 <= column < count
            QToolTip.showText(event.globalPos(), self.words(row, column) if inside else self.toolTip(), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the cells."""
        keys = Qt.Key
        steps: dict[Qt.Key, tuple[int, int]] = {
            keys.Key_Left: (0, -1), keys.Key_Right: (0, 1), keys.Key_Up: (-1, 0), keys.Key_Down: (1, 0),
        }
        step = steps.get(keys(event.key()))
        if step is None or self._counts is None or not len(self._names):
            super().keyPressEvent(event)
            return
        last = len(self._names) - 1
        if self._cell is not None:
            self._cell = (min(max(self._cell[0] + step[0], 0), last), min(max(self._cell[1] + step[1], 0), last))
        else:
            self._cell = (0, 0)
        self.setAccessibleDescription(self.words(*self._cell))
        self.update()


def _mixed(ground: str, tone: str, share: float) -> QColor:
    """Return a colour on a ground, at an opacity in [0, 1]."""
    under, over = np.array(rgb_of(ground)), np.array(rgb_of(tone))
    return QColor(*np.rint(under + share * (over - under)).astype(int).tolist())


def _readable(ground: QColor, theme: Theme) -> str:
    """Return the theme's colour of text, or that of its surface, whichever can be read better on a ground."""
    def contrast(tone: str) -> float:
        light, dark = sorted((_luminance(rgb_of(ground.name())), _luminance(rgb_of(tone))), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    return max((theme.text, theme.surface), key=contrast)


def _luminance(color: tuple[int, int, int]) -> float:
    """Return the relative luminance of WCAG 2.1 in [0, 1]."""
    parts = np.array(color) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
