"""The words of a slide: title and sentence on the left, formulas on the right, as large as the band allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.formula import FormulaLine, FormulaView

#: Wanted sizes in parts of the base text size; a slide with more on it gets less.
TITLE, SENTENCE, FORMULA, CAPTION = 1.75, 1.3, 1.6, 0.86
MARGIN, GUTTER, LEADING = 1.1, 1.5, 0.35
#: Part of the width that title and sentence take; all of it where there are no formulas.
WORDS_SHARE = 0.37
MIN_TEXT_PX = 8.0
_WRAP = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop)


@dataclass(frozen=True, slots=True)
class WordsLayout:
    """Where title and sentence stand, logical pixels; ``size`` is the base text size they fit in."""

    size: float
    title: QRectF
    sentence: QRectF


def arrange_words(title: str, sentence: str, area: QRectF, size: float) -> WordsLayout:
    """Place title and sentence in an area, smaller where they would not fit.

    Args:
        title, sentence: the words; both wrap.
        area: where they must stay, logical pixels.
        size: the wanted base text size, logical pixels.
    """
    while True:
        bold, normal = ui_font(size * TITLE, bold=True), ui_font(size * SENTENCE)
        endless = QRectF(area.x(), area.y(), area.width(), 1e6)
        first = QFontMetricsF(bold).boundingRect(endless, _WRAP, title)
        top = QRectF(area.x(), area.y(), area.width(), first.height())
        endless.moveTop(top.bottom() + size * LEADING)
        second = QFontMetricsF(normal).boundingRect(endless, _WRAP, sentence)
        below = QRectF(area.x(), endless.y(), area.width(), second.height())
        widest = max(first.width(), second.width())
        if (below.bottom() <= area.bottom() and widest <= area.width() + 0.5) or size <= MIN_TEXT_PX:
            return WordsLayout(size, top, below)
        size *= 0.95


class LessonBand(QWidget):
    """Title, sentence and formulas of a slide, side by side; nothing is ever cut off."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lesson_band")
        self.setAccessibleName("Slide")
        self._theme = LIGHT
        self._text = 16.0
        self._title, self._sentence = "", ""
        self.formulas = FormulaView(self)
        self._words = WordsLayout(16.0, QRectF(), QRectF())

    @property
    def title(self) -> str:
        """The title shown."""
        return self._title

    @property
    def sentence(self) -> str:
        """The sentence shown."""
        return self._sentence

    @property
    def words(self) -> WordsLayout:
        """Where title and sentence stand."""
        return self._words

    def set_words(self, title: str, sentence: str) -> None:
        """Set title and sentence."""
        self._title, self._sentence = title, sentence
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        self._arrange()

    def set_formulas(self, lines: Sequence[FormulaLine]) -> None:
        """Set the formulas."""
        had = bool(self.formulas.lines)
        self.formulas.set_lines(lines)
        if had != bool(lines):
            self._arrange()

    def set_text_size(self, pixels: float) -> None:
        """Set the base text size in logical pixels."""
        self._text = pixels
        self.formulas.set_sizes(pixels * FORMULA, pixels * CAPTION)
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.formulas.set_theme(theme)
        self.update()

    def _arrange(self) -> None:
        margin, gutter = self._text * MARGIN, self._text * GUTTER
        width = max(1.0, self.width() - 2 * margin)
        height = max(1.0, self.height() - 0.6 * margin)
        left = width * WORDS_SHARE if self.formulas.lines else width
        self._words = arrange_words(
            self._title, self._sentence, QRectF(margin, 0.3 * margin, left, height), self._text
        )
        x = margin + left + gutter
        self.formulas.setGeometry(
            round(x), round(0.3 * margin), max(1, round(margin + width - x)), max(1, round(height))
        )
        self.formulas.setVisible(bool(self.formulas.lines))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(900, 220)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything anew."""
        self._arrange()
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint title and sentence."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = self._words
        painter.setPen(QColor(self._theme.text))
        painter.setFont(ui_font(words.size * TITLE, bold=True))
        painter.drawText(words.title, _WRAP, self._title)
        painter.setFont(ui_font(words.size * SENTENCE))
        painter.drawText(words.sentence, _WRAP, self._sentence)
        painter.end()
