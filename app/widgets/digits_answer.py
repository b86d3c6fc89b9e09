"""The answer in big type, and under it the two best guesses with their probabilities, always."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.digit_picks import DigitPicks
from nnviz.picture.answers import percent

#: Of what is said in the line of words, what takes most room.
LONGEST_REMARK = "Too many: draw at most five."
#: Its text is no smaller than this, logical pixels.
LEAST_REMARK_PX = 12


@dataclass(frozen=True, slots=True)
class Guess:
    """A class and its probability.

    Attributes:
        name: of the class; blank where nothing is drawn and every class has the same.
        probability: in [0, 1].
    """

    name: str
    probability: float


class GuessBars(QWidget):
    """A row for each guess: name, bar, percent. It keeps its place while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("guess_bars")
        self.setAccessibleName("Best guesses")
        self.setToolTip("The two classes with the highest probabilities of the softmax output.")
        self._theme = LIGHT
        self._text = 16.0
        self._guesses: tuple[Guess, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def guesses(self) -> tuple[Guess, ...]:
        """What is shown, the best first."""
        return self._guesses

    def set_guesses(self, guesses: tuple[Guess, ...]) -> None:
        """Show guesses, the best first; those without a name are pale."""
        if guesses == self._guesses:
            return
        self._guesses = guesses
        said = ", ".join(f"{guess.name} {percent(guess.probability)}" for guess in guesses if guess.name)
        self.setAccessibleDescription(said or "none yet")
        self.update()

    def set_text_size(self, pixels: float) -> None:
        """Set the text size in logical pixels."""
        self._text = pixels
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of two rows."""
        return QSize(round(10 * self._text), round(2 * 1.55 * self._text))

    def minimumSizeHint(self) -> QSize:
        """Return the size of two narrow rows."""
        return QSize(round(7 * self._text), round(2 * 1.55 * self._text))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint both rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, size, line = self._theme, self._text, self.height() / 2
        strong, plain = ui_font(size, bold=True), ui_font(size)
        name_width = QFontMetricsF(strong).horizontalAdvance("0") + 0.6 * size
        number_width = QFontMetricsF(strong).horizontalAdvance("100.0 %") + 0.4 * size
        for row in range(2):
            guess = self._guesses[row] if row < len(self._guesses) else None
            top = row * line
            best = row == 0 and guess is not None and bool(guess.name)
            color = QColor(theme.text if best else theme.muted)
            painter.setFont(strong if best else plain)
            painter.setPen(color)
            left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            if guess is not None:
                painter.drawText(QRectF(0, top, name_width, line), left, guess.name)
                number = QRectF(self.width() - number_width, top, number_width, line)
                painter.drawText(number, right, percent(guess.probability))
            thick = 0.5 * size
            track = QRectF(name_width, top + (line - thick) / 2, self.width() - name_width - number_width, thick)
            if track.width() <= thick:
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(track, thick / 2, thick / 2)
            if guess is not None and guess.probability > 0.005:
                track.setWidth(max(thick, track.width() * min(guess.probability, 1.0)))
                painter.setBrush(color)
                painter.drawRoundedRect(track, thick / 2, thick / 2)
        painter.end()


class Headline(QLabel):
    """A line in the largest type that its width allows, up to a size; it asks for no width of its own.

    Where it says several digits each of them can be picked, see ``picks``.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._largest = 48.0
        self._color = ""
        self._parts: tuple[str, ...] = ()
        self.picks = DigitPicks(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_largest(self, pixels: float) -> None:
        """Set the largest text size in logical pixels."""
        self._largest = pixels
        self.setMinimumHeight(round(QFontMetrics(ui_font(pixels, bold=True)).height() * 0.92))
        self._fit()

    def set_line(self, text: str, color: str = "") -> None:
        """Show a text, in a colour of its own where one is given."""
        if (text, color) != (self.text(), self._color):
            self._color = color
            if text != self.text():
                self._parts = ()  # of the line before
            self.setText(text)
            self._fit()

    def set_digits(self, parts: tuple[str, ...], picked: int) -> None:
        """Let digits of the line be picked.

        Args:
            parts: what the line says of each, from left to right; fewer than two: none can be picked.
            picked: which is shown, from 0.
        """
        self._parts = parts if len(parts) > 1 else ()
        self.picks.set_digits(self._parts, picked)
        self._place_picks()

    def _place_picks(self) -> None:
        self.picks.setGeometry(self.rect())
        if not self._parts:
            return
        self.ensurePolished()
        metrics, text = QFontMetricsF(self.font()), self.text()
        gap = metrics.horizontalAdvance(" ") / 2 if " " in text else 0.0
        spans, end = [], 0
        for part in self._parts:
            start = text.index(part, end)
            end = start + len(part)
            left, right = metrics.horizontalAdvance(text[:start]), metrics.horizontalAdvance(text[:end])
            spans.append((max(0.0, left - gap), right + gap))
        self.picks.place(spans, self.height())

    def _fit(self) -> None:
        wide = QFontMetricsF(ui_font(self._largest, bold=True)).horizontalAdvance(self.text() or "0")
        size = self._largest * min(1.0, max(1, self.width()) / (wide * 1.02))
        sheet = f"font-size: {max(12, int(size))}px; font-weight: 600;"
        if self._color:
            sheet += f" color: {self._color};"
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)
        self._place_picks()

    def sizeHint(self) -> QSize:
        """Return the height of the largest text: what is said moves nothing."""
        return QSize(0, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        """Return its height; the text fits any width."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the text to the new width."""
        super().resizeEvent(event)
        self._fit()


class DigitsAnswer(QWidget):
    """The answer row: what the network says in big type, a line of words, and the two best guesses."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answer_row")
        self._theme = LIGHT
        self._is_empty = False
        self._text = 16.0
        self.answer = Headline(self)
        self.answer.setObjectName("answer")
        self.answer.setAccessibleName("Answer of the network")
        self.second = QLabel("", self)
        self.second.setObjectName("second_guess")
        self.second.setAccessibleName("Remark on the answer")
        self.second.setProperty("role", "muted")
        self.second.setWordWrap(True)
        self.second.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.bars = GuessBars(self)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addStretch(1)
        box.addWidget(self.answer)
        box.addWidget(self.second)
        box.addWidget(self.bars)
        box.addStretch(1)

    @property
    def picks(self) -> DigitPicks:
        """Where several digits are said: the buttons that pick one."""
        return self.answer.picks

    def set_answer(
        self, headline: str, remark: str, guesses: tuple[Guess, ...], parts: tuple[str, ...] = (), picked: int = 0
    ) -> None:
        """Show an answer.

        Args:
            headline: in big type, a few characters.
            remark: a line of words under it; where it is blank its line stays free: nothing moves while somebody draws.
            guesses: the two best, the best first.
            parts: of several digits, what the headline says of each.
            picked: which of them the guesses are of.
        """
        self._is_empty = False
        self._show(headline, remark, guesses)
        self.answer.set_digits(parts, picked)

    def set_empty(self, headline: str, remark: str, classes: int) -> None:
        """Show, paler than an answer, a hint and the same share for each of so many classes: nothing is drawn."""
        self._is_empty = True
        self._show(headline, remark, (Guess("", 1 / classes),) * 2)
        self.answer.set_digits((), 0)

    def _show(self, headline: str, remark: str, guesses: tuple[Guess, ...]) -> None:
        self.answer.set_line(headline, self._theme.muted if self._is_empty else "")
        self.second.setText(remark)
        self.bars.set_guesses(guesses)

    def set_text_sizes(self, headline: float, text: float) -> None:
        """Set the sizes of the headline and of everything else, in logical pixels."""
        self.answer.set_largest(headline)
        self._text = text
        self._reserve()
        self.bars.set_text_size(text)

    def _reserve(self) -> None:
        """Keep the room of the longest remark, a smaller one or more lines in a narrow row: a shorter moves nothing."""
        wide = QFontMetricsF(ui_font(self._text)).horizontalAdvance(LONGEST_REMARK)
        size = max(LEAST_REMARK_PX, int(self._text * min(1.0, self.width() / (wide * 1.02))))
        sheet = f"font-size: {size}px;"
        if sheet != self.second.styleSheet():
            self.second.setStyleSheet(sheet)
        how = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
        room = QRect(0, 0, max(1, self.width()), 1000)
        # The size hint of a label that wraps is not of the width that it gets.
        self.second.setFixedHeight(QFontMetrics(ui_font(size)).boundingRect(room, how, LONGEST_REMARK).height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep as many lines for the remark as it takes in the new width."""
        super().resizeEvent(event)
        self._reserve()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.bars.set_theme(theme)
        self.picks.set_theme(theme)
        self.answer.set_line(self.answer.text(), theme.muted if self._is_empty else "")
