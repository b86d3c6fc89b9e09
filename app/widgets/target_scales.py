"""The answer of a regression: each target on the range that it has in the training set, prediction and truth."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.answer_marks import paint_scale
from nnviz.picture.answers import Answer, OutputMeaning

SMALLEST_TEXT_PX = 9.0
LARGEST_TEXT_PX = 44.0
#: Height of a target in multiples of the text size: name and value, scale, ends of the scale, truth and error.
ROW_LINES = 7.4


class TargetScales(QWidget):
    """Shows every target's predicted value as a disc on a scale, the true value as a line with a triangle.

    The scale goes from the smallest to the largest value of the training set; what lies outside stands at its end.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("target_scales")
        self.setAccessibleName("Prediction")
        self.setToolTip(
            "The prediction (disc) and the true value (triangle) on the range of the training set; between them the "
            "error."
        )
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumSize(120, 110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = LIGHT
        self._meaning = OutputMeaning("regression")
        self._answer: Answer | None = None
        self._describe()

    @property
    def answer(self) -> Answer | None:
        """What is shown."""
        return self._answer

    def set_meaning(self, meaning: OutputMeaning) -> None:
        """Set names, units and ranges of the targets; an answer of other targets is dropped."""
        if not _is_same(self._meaning, meaning):
            self._answer = None
        self._meaning = meaning
        self._describe()
        self.update()

    def set_answer(self, answer: Answer | None) -> None:
        """Show the answer of a regression; None is the empty state.

        Raises:
            ValueError: the answer is of another task.
        """
        if answer is not None and answer.task != "regression":
            raise ValueError(f"scales are for regression, got an answer of the task {answer.task}")
        self._answer = answer
        self._describe()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def track(self, number: int) -> QRectF:
        """Return the scale of a target, in the widget's pixels."""
        row, text = self._row(number), self._text_px()
        return QRectF(row.left() + text * 0.7, row.top() + 2.3 * text, row.width() - 1.4 * text, 0.5 * text)

    def _count(self) -> int:
        return max(1, len(self._meaning.names))

    def _text_px(self) -> float:
        by_height = (self.height() - 4) / self._count() / ROW_LINES
        by_width = self.width() / 17.0
        return max(SMALLEST_TEXT_PX, min(by_height, by_width, LARGEST_TEXT_PX))

    def _row(self, number: int) -> QRectF:
        height = min(ROW_LINES * self._text_px(), (self.height() - 4) / self._count())
        top = (self.height() - height * self._count()) / 2
        return QRectF(1, top + number * height, self.width() - 2, height)

    def _describe(self) -> None:
        answer = self._answer
        self.setAccessibleDescription("No prediction yet." if answer is None else f"The network {answer.words}.")

    def sizeHint(self) -> QSize:
        """Return the size it likes best."""
        return QSize(240, 96 * self._count())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint every target."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number in range(self._count()):
            self._paint_target(painter, number)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.muted), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def _paint_target(self, painter: QPainter, number: int) -> None:
        theme, text, meaning = self._theme, self._text_px(), self._meaning
        row, track = self._row(number), self.track(number)
        output = None
        if self._answer is not None and number < len(self._answer.rows):
            output = self._answer.rows[number]
        line = 1.5 * text
        bold, small = ui_font(text, bold=True), ui_font(max(SMALLEST_TEXT_PX, text * 0.88))
        middle = Qt.AlignmentFlag.AlignVCenter
        first = QRectF(row.left(), row.top(), row.width(), line)
        value = "" if output is None else meaning.with_unit(output.text, number)
        metrics = QFontMetricsF(bold)
        room = first.width() - metrics.horizontalAdvance(value) - 0.8 * text
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        name = metrics.elidedText(meaning.name(number), Qt.TextElideMode.ElideRight, room)
        painter.drawText(first, middle | Qt.AlignmentFlag.AlignLeft, name)
        painter.drawText(first, middle | Qt.AlignmentFlag.AlignRight, value)
        if output is not None:
            paint_scale(painter, theme, track, output)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        ends = QRectF(row.left(), track.bottom() + 0.45 * text, row.width(), line)
        if ends.bottom() <= row.bottom():
            low, high = meaning.limits_of(number)
            painter.drawText(ends, middle | Qt.AlignmentFlag.AlignLeft, meaning.value_text(low, number))
            painter.drawText(ends, middle | Qt.AlignmentFlag.AlignRight, meaning.value_text(high, number))
        last = ends.translated(0, line)
        if output is not None and output.truth and last.bottom() <= row.bottom() + 2:
            painter.setPen(QColor(theme.text))
            truth, error = f"truth {meaning.with_unit(output.truth, number)}", f"error {output.error}"
            if QFontMetricsF(small).horizontalAdvance(f"{truth}  {error}") > last.width():
                truth = f"truth {output.truth}"
            painter.drawText(last, middle | Qt.AlignmentFlag.AlignLeft, truth)
            painter.drawText(last, middle | Qt.AlignmentFlag.AlignRight, error)


def _is_same(before: OutputMeaning, meaning: OutputMeaning) -> bool:
    """Return whether both are about the same targets: the same data were told of again."""
    if (before.task, before.names, before.units) != (meaning.task, meaning.names, meaning.units):
        return False
    if before.limits is None or meaning.limits is None:
        return before.limits is meaning.limits
    return np.array_equal(before.limits, meaning.limits)
