"""The words of a slide: title and sentence on the left, formulas on the right, as large as the band allows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.theme import LIGHT, Theme
from app.widgets.formula import FormulaLine
from app.widgets.formula_view import FormulaView
from app.widgets.slide_painting import CAPTION, FORMULA, WordsLayout, arrange_words, paint_words, split_band


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
        left, right = split_band(self.width(), self.height(), self._text, formulas=bool(self.formulas.lines))
        self._words = arrange_words(self._title, self._sentence, left, self._text)
        self.formulas.setGeometry(
            round(right.x()), round(right.y()), max(1, round(right.width())), max(1, round(right.height()))
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
        paint_words(painter, self._words, self._title, self._sentence, self._theme)
        painter.end()
