"""The answer of a classifier as bars, one a class or label."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, text_width, ui_font
from app.widgets.answer_marks import paint_threshold
from nnviz.picture.answers import Answer, percent

#: Height of a row, in logical pixels, at which the text has its usual 13 pixels.
USUAL_ROW_PX = 24.0
SMALLEST_TEXT_PX = 9.0
LARGEST_TEXT_PX = 44.0
#: Names take at most this share of the width.
NAME_SHARE = 0.38
#: Text shrinks until the bars have at least this share of the width.
SMALLEST_BAR_SHARE = 0.3


@lru_cache(maxsize=64)
def _widths(names: tuple[str, ...], text: float) -> tuple[float, float]:
    """Return the width of the widest name and of the widest percentage, in bold, for a size of text."""
    metrics = QFontMetricsF(ui_font(text, bold=True))
    return max((metrics.horizontalAdvance(name) for name in names), default=0.0), metrics.horizontalAdvance("100.0 %")


class ProbabilityBars(QWidget):
    """Shows the probability of every class; the largest stands out, the right class carries a mark.

    The mark is a triangle before the name, and its colour says whether the guess is right. Where each bar is
    decided by itself (labels, one output for two classes) a line on it shows where, and several may stand out and
    be marked.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("probability_bars")
        self.setAccessibleName("Probabilities")
        self.setToolTip("How probable the network finds each class; the triangle marks the right one.")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumSize(120, 130)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = LIGHT
        self._names: tuple[str, ...] = tuple("0123456789")
        self._values: NDArray[np.float64] | None = None
        #: What should be said, and what the network says.
        self._wanted: frozenset[int] = frozenset()
        self._says: frozenset[int] = frozenset()
        self._texts: tuple[str, ...] = ()
        self._threshold: float | None = None
        self._is_truth_known = False
        self._measured: tuple[tuple[int, int, tuple[str, ...]], float] | None = None
        self._describe()

    @property
    def winner(self) -> int | None:
        """The class of the largest probability, or None."""
        return None if self._values is None else int(np.argmax(self._values))

    def set_probabilities(self, values: NDArray[np.floating] | None) -> None:
        """Show probabilities (classes,) in [0, 1]; None is the empty state.

        Raises:
            ValueError: there is not one number for each class.
        """
        if values is not None and np.shape(values) != (len(self._names),):
            raise ValueError(f"expected {len(self._names)} probabilities, got shape {np.shape(values)}")
        # A network that has diverged gives NaN: that is shown as it is, not as a bar.
        self._values = None if values is None else np.array(values, np.float64)
        self._texts = () if values is None else tuple(percent(float(value)) for value in values)
        self._says = frozenset() if values is None else frozenset([int(np.argmax(values))])
        self._threshold = None
        self._describe()
        self.update()

    def set_answer(self, answer: Answer | None) -> None:
        """Show an answer of classes or labels; None is the empty state, the names stay.

        Raises:
            ValueError: the answer is one of a regression.
        """
        if answer is None:
            self._values, self._texts, self._says, self._wanted = None, (), frozenset(), frozenset()
            self._is_truth_known = False
        else:
            if answer.task == "regression":
                raise ValueError("bars are for classes and labels, got the answer of a regression")
            rows = answer.rows
            self._names = tuple(row.name for row in rows)
            self._values = np.array([row.value for row in rows], np.float64)
            self._texts = tuple(row.text for row in rows)
            self._says = frozenset(k for k, row in enumerate(rows) if row.says)
            self._wanted = frozenset(k for k, row in enumerate(rows) if row.wanted)
            self._threshold = rows[0].threshold if rows else None
            self._is_truth_known = answer.is_right is not None
        self._describe()
        self.update()

    def set_class_names(self, names: Sequence[str]) -> None:
        """Set the names of the classes in order; probabilities of another number of classes are dropped."""
        self._names = tuple(str(name) for name in names)
        if self._values is not None and len(self._values) != len(self._names):
            self._values, self._texts, self._says, self._threshold = None, (), frozenset(), None
        if any(label >= len(self._names) for label in self._wanted):
            self._wanted = frozenset()
        self._describe()
        self.update()

    def set_label(self, label: int | None) -> None:
        """Mark the right class, or none.

        Raises:
            ValueError: there is no such class.
        """
        if label is not None and not 0 <= label < len(self._names):
            raise ValueError(f"the label must be from 0 to {len(self._names) - 1}, got {label}")
        self._wanted = frozenset() if label is None else frozenset([label])
        self._is_truth_known = label is not None
        self._describe()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def bar(self, number: int) -> QRectF:
        """Return the filled part of the bar of a class, in the widget's pixels; its width is 0 at 0 %."""
        track = self._track(number)
        value = 0.0 if self._values is None else float(np.nan_to_num(self._values[number]))
        track.setWidth(min(max(value, 0.0), 1.0) * track.width())
        return track

    @property
    def _is_each_by_itself(self) -> bool:
        return self._threshold is not None and len(self._names) != 2

    def _row(self, number: int) -> QRectF:
        count = max(1, len(self._names))
        # Rows grow with the widget up to a size that a hall can read, then the block stays in the middle.
        height = min((self.height() - 4) / count, self._largest_row())
        top = (self.height() - height * count) / 2
        return QRectF(0, top + number * height, self.width(), height)

    def _largest_row(self) -> float:
        return min(LARGEST_TEXT_PX * USUAL_ROW_PX / 13.0, max(22.0, self.width() / 5.0))

    def _text_px(self) -> float:
        # Painting asks for it some forty times; it hangs on the size and the names only.
        key = (self.width(), self.height(), self._names)
        if self._measured is None or self._measured[0] != key:
            self._measured = (key, self._measure())
        return self._measured[1]

    def _measure(self) -> float:
        by_height = min(self._row(0).height() * 13.0 / USUAL_ROW_PX, LARGEST_TEXT_PX)
        text = max(by_height, SMALLEST_TEXT_PX)
        while text > SMALLEST_TEXT_PX:
            _, left, right = self._columns(text)
            if right - left >= SMALLEST_BAR_SHARE * self.width():
                break
            text = max(SMALLEST_TEXT_PX, text - 1.0)
        return text

    def _columns(self, text: float) -> tuple[float, float, float]:
        """Return (left of the names, left of the bars, right of the bars) for a size of text."""
        names, percent = _widths(self._names, text)
        gap = text * 0.6
        name_left = text * 0.95  # room for the triangle
        bar_left = name_left + min(names, NAME_SHARE * self.width()) + gap
        bar_right = self.width() - percent - gap
        return name_left, bar_left, max(bar_left + 4, bar_right)

    def _track(self, number: int) -> QRectF:
        row = self._row(number)
        _, left, right = self._columns(self._text_px())
        thick = max(3.0, min(row.height() * 0.34, 22.0))
        return QRectF(left, row.center().y() - thick / 2, right - left, thick)

    def _describe(self) -> None:
        if self._values is None:
            text = "No prediction yet."
        elif not np.isfinite(self._values).all():
            text = "The network's output is not a number."
        else:
            best = np.argsort(-self._values, kind="stable")[:2].tolist()
            if self._is_each_by_itself:
                best = sorted(self._says)
            text = ", ".join(f"{self._names[k]} {self._texts[k]}" for k in best) or "none"
        if self._wanted:
            what = "right class" if len(self._wanted) == 1 and not self._is_each_by_itself else "right"
            text = f"{text.rstrip('.')}; {what}: {', '.join(self._names[k] for k in sorted(self._wanted))}"
        self.setAccessibleDescription(text)

    def sizeHint(self) -> QSize:
        """Return the size it likes best."""
        return QSize(240, round(USUAL_ROW_PX * len(self._names)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a row a class."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self._text_px()
        plain, bold = ui_font(text), ui_font(text, bold=True)
        name_left, bar_left, _ = self._columns(text)
        # Full tracks would be ten boxes; a faint line is enough to aim at.
        faint, other = QColor(theme.hover), QColor(theme.muted)
        other.setAlphaF(0.55)
        for number, name in enumerate(self._names):
            row, track, bar = self._row(number), self._track(number), self.bar(number)
            wins = number in self._says
            radius = track.height() / 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faint)
            painter.drawRoundedRect(track, radius, radius)
            if bar.width() >= 0.5:
                astray = wins and self._is_each_by_itself and self._is_truth_known and number not in self._wanted
                painter.setBrush(QColor(theme.bad if astray else theme.accent) if wins else other)
                if bar.width() >= 2 * radius:
                    painter.drawRoundedRect(bar, radius, radius)
                else:
                    # Below its own thickness a rounded bar would look longer than it is: the track cuts it.
                    painter.save()
                    painter.setClipRect(bar)
                    painter.drawRoundedRect(QRectF(bar.x(), bar.y(), 2 * radius, bar.height()), radius, radius)
                    painter.restore()
            if self._threshold is not None and self._values is not None:
                paint_threshold(painter, theme, track, self._threshold)
                painter.setPen(Qt.PenStyle.NoPen)
            if number in self._wanted:
                right = self._values is None or wins
                painter.setBrush(QColor(theme.good if right else theme.bad))
                y, half = row.center().y(), text * 0.32
                painter.drawPolygon(QPolygonF([
                    QPointF(1, y - half), QPointF(1 + half * 1.5, y), QPointF(1, y + half),
                ]))
            painter.setFont(bold if wins else plain)
            painter.setPen(QColor(theme.text if wins else theme.muted))
            room = bar_left - name_left - text * 0.3
            shown = name
            if text_width(name, text, wins) > room:
                shown = QFontMetricsF(painter.font()).elidedText(name, Qt.TextElideMode.ElideRight, room)
            middle = Qt.AlignmentFlag.AlignVCenter
            cell = QRectF(name_left, row.top(), bar_left - name_left, row.height())
            painter.drawText(cell, middle | Qt.AlignmentFlag.AlignLeft, shown)
            if self._values is not None:
                value = self._texts[number]
                painter.drawText(row.adjusted(0, 0, -1, 0), middle | Qt.AlignmentFlag.AlignRight, value)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.muted), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()
