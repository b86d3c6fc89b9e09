"""Which of several digits is shown: each character of a line in large type can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QWidget

from app.theme import LIGHT, Theme

#: Height of the line under the digit picked, as a share of the line of text.
LINE_SHARE = 0.06
#: Digits on a paper are never more.
MOST = 5


class DigitPick(QAbstractButton):
    """Lies over a digit of a line of text; underlined while that digit is the one shown."""

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"digit_pick_{number}")
        self.setAccessibleName(f"Digit {number + 1}")
        self.setToolTip("Show this digit: its image, its bars, its graph, why, and teaching.")
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = LIGHT

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be clicked."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Show it no more."""
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line below, thin under the pointer, and the focus; the digit itself is the text below."""
        painter = QPainter(self)
        thick = max(2.0, LINE_SHARE * self.height())
        if self.isChecked() or self.underMouse():
            color = QColor(self._theme.accent if self.isChecked() else self._theme.muted)
            high = thick if self.isChecked() else 1.0
            inset = 0.12 * self.width()
            painter.fillRect(QRectF(inset, self.height() - thick, self.width() - 2 * inset, high), color)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1.0, Qt.PenStyle.DotLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class DigitPicks(QWidget):
    """Buttons over the digits of a line of text, one of them picked; arrow keys go from one to the next.

    It covers the line, which places the buttons (``place``).
    """

    #: The digit with this number, from 0 at the left, should be shown.
    pick_requested = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("digit_picks")
        self._parts: tuple[str, ...] = ()
        # All at once: Tab comes to them in the order of their making.
        self._buttons = [DigitPick(number, self) for number in range(MOST)]
        self._group = QButtonGroup(self)
        for number, button in enumerate(self._buttons):
            self._group.addButton(button, number)
        # Clicks only: what is set is no wish.
        self._group.idClicked.connect(self.pick_requested)
        self.hide()

    @property
    def buttons(self) -> tuple[DigitPick, ...]:
        """The buttons of the digits that can be picked, from the left."""
        return tuple(self._buttons[: len(self._parts)])

    def set_digits(self, parts: Sequence[str], picked: int) -> None:
        """Offer digits; fewer than two offer nothing.

        Args:
            parts: what is said of each, from the left, at most ``MOST``.
            picked: which is shown.
        """
        offered = tuple(parts) if len(parts) > 1 else ()
        if offered == self._parts and (not offered or self._buttons[picked].isChecked()):
            return  # every point of a stroke asks
        self._parts = offered
        for number, button in enumerate(self._buttons):
            button.setVisible(number < len(self._parts))
            if number < len(self._parts):
                button.setAccessibleName(f"Digit {number + 1} of {len(self._parts)}: {self._parts[number]}")
                button.setChecked(number == picked)
        self.setVisible(bool(self._parts))

    def place(self, spans: Sequence[tuple[float, float]], height: int) -> None:
        """Place the buttons.

        Args:
            spans: where each begins and ends from left to right, in logical pixels.
            height: of the line.
        """
        for button, (left, right) in zip(self.buttons, spans, strict=True):
            button.setGeometry(QRect(round(left), 0, max(1, round(right) - round(left)), height))

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        for button in self._buttons:
            button.set_theme(theme)
