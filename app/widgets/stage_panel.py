"""What is said of a stage: words in a room that never changes its size, and a formula in mathematical type."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QTextLayout,
    QTextOption,
)  # fmt: skip
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme
from app.widgets.formula import FormulaPicture, paint_formula
from app.widgets.formula_popup import FormulaPopup
from app.widgets.stage_numbers import StageFormula

#: Size of a formula's em in multiples of the text size, where there is room.
FORMULA_EM = 1.2
#: The pointer rests so long on a formula before its numbers are shown.
HOVER_MS = 250


class WordsLabel(QWidget):
    """Text of at most so many lines, cut by an ellipsis: its size is always the same, so nothing jumps."""

    def __init__(self, name: str, lines: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._lines = lines
        self._text = ""
        self._tone = "text"
        self._theme = LIGHT
        self._bold = False
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_style(self, *, bold: bool = False, tone: str = "text") -> None:
        """Set weight and colour, a name of ``Theme``."""
        self._bold, self._tone = bold, tone
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_lines(self, lines: int) -> None:
        """Set how many lines there are."""
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()
            self.update()

    def set_text_size(self, pixels: float) -> None:
        """Set the size of the text in logical pixels."""
        self.setStyleSheet(f"font-size: {round(pixels)}px;")
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """Return the whole text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Set the text; what is cut stands in the tool tip."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.setToolTip(text)
            self.update()

    @property
    def shown(self) -> tuple[str, ...]:
        """The lines as they are painted."""
        font = self.font()
        font.setBold(self._bold)
        layout = QTextLayout(self._text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        layout.setTextOption(option)
        layout.beginLayout()
        made: list[str] = []
        while len(made) < self._lines:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(max(1, self.width()))
            rest = self._text[line.textStart() :]
            if len(made) == self._lines - 1:
                made.append(self._metrics().elidedText(rest, Qt.TextElideMode.ElideRight, self.width()))
            else:
                made.append(rest[: line.textLength()].rstrip())
        layout.endLayout()
        return tuple(made)

    def _metrics(self) -> QFontMetrics:
        font = self.font()
        font.setBold(self._bold)
        return QFontMetrics(font)

    def sizeHint(self) -> QSize:
        """Return the room for all lines."""
        return QSize(120, self._lines * self.fontMetrics().lineSpacing() + 1)

    def minimumSizeHint(self) -> QSize:
        """Return a room that is too narrow, but not too low."""
        return QSize(40, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the lines."""
        painter = QPainter(self)
        font = self.font()
        font.setBold(self._bold)
        painter.setFont(font)
        painter.setPen(QColor(getattr(self._theme, self._tone)))
        height = self.fontMetrics().lineSpacing()
        for row, line in enumerate(self.shown):
            area = QRectF(0, row * height, self.width(), height)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, line)


class FormulaLabel(QWidget):
    """A formula with figures below it; hovering it, or Return, opens what its signs stand for at present.

    Until the formula is set in mathematical type it is written in plain signs. The room is always the same.
    """

    #: The numbers are looked at: (LaTeX of the formula filled in) is wanted, "" where there is none.
    filled_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage_formula")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._theme = LIGHT
        self._plain = ""
        self._latex = ""
        self._picture: FormulaPicture | None = None
        self._numbers: Callable[[], StageFormula] | None = None
        self._pixmap: tuple[tuple[object, ...], QPixmap] | None = None
        self._popup: FormulaPopup | None = None
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(HOVER_MS)
        self._delay.timeout.connect(self.open_numbers)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        if self._popup is not None:
            self._popup.set_theme(theme)
        self.update()

    def text(self) -> str:
        """Return the formula in plain signs, with its figures."""
        return self._plain

    @property
    def latex(self) -> str:
        """The formula as LaTeX, "" where there is none."""
        return self._latex

    @property
    def picture(self) -> FormulaPicture | None:
        """The formula in mathematical type; None while it is being set."""
        return self._picture

    @property
    def popup(self) -> FormulaPopup | None:
        """The open window with the numbers, or None."""
        return self._popup if self._popup is not None and self._popup.isVisible() else None

    def set_formula(
        self, plain: str, latex: str = "", numbers: Callable[[], StageFormula] | None = None
    ) -> None:
        """Set what is shown.

        Args:
            plain: in plain signs; what stands behind four spaces are figures, written below.
            latex: the same formula as LaTeX.
            numbers: makes what the signs stand for, when somebody looks.
        """
        if latex != self._latex:
            self._picture = None
        self._plain, self._latex, self._numbers = plain, latex, numbers
        tip = "Point here, or press Return, to see the present numbers." if numbers is not None else ""
        self.setAccessibleName(f"Formula {plain}" if plain else "Formula")
        self.setAccessibleDescription(tip)
        self.setCursor(Qt.CursorShape.WhatsThisCursor if numbers is not None else Qt.CursorShape.ArrowCursor)
        if self.popup is not None:
            self.open_numbers()
        self.update()

    def set_picture(self, picture: FormulaPicture | None) -> None:
        """Set the formula in mathematical type."""
        self._picture = picture
        self.update()

    def set_filled(self, latex: str, picture: FormulaPicture) -> None:
        """Give the open numbers the formula that was wanted."""
        if self._popup is not None:
            self._popup.set_filled(latex, picture)

    def open_numbers(self) -> None:
        """Show what the signs stand for at present."""
        if self._numbers is None:
            self.close_numbers()
            return
        if self._popup is None:
            self._popup = FormulaPopup(self.window())
            self._popup.set_theme(self._theme)
        made = self._numbers()
        self._popup.set_formula(made)
        self._popup.open_above(self.mapTo(self.window(), QPoint(self.width(), 0)))
        self.filled_wanted.emit(made.filled)

    def close_numbers(self) -> None:
        """Hide them."""
        self._delay.stop()
        if self._popup is not None:
            self._popup.hide()

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return the room for a fraction and a line of figures."""
        return QSize(200, 3 * self.fontMetrics().lineSpacing() + 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the formula, right-aligned, and its figures below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        formula, _, figures = self._plain.partition("    ")
        line = float(self.fontMetrics().lineSpacing())
        width, height = float(self.width()), float(self.height())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        room = QRectF(0, 0, width, height - line)
        metrics = self.fontMetrics()
        if self._picture is not None:
            painter.drawPixmap(QPointF(0, 0), self._drawn(room))
        else:
            painter.setPen(QColor(self._theme.text))
            painter.drawText(room, right, metrics.elidedText(formula, Qt.TextElideMode.ElideRight, round(width)))
        painter.setPen(QColor(self._theme.muted))
        below = QRectF(0, height - line, width, line)
        painter.drawText(below, right, metrics.elidedText(figures.strip(), Qt.TextElideMode.ElideRight, round(width)))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(self._theme.muted))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _drawn(self, room: QRectF) -> QPixmap:
        """Return the formula in its room as a picture of the screen's own pixels, kept until anything changes."""
        picture, ratio = self._picture, self.devicePixelRatioF()
        assert picture is not None
        key = (picture.svg, room.width(), room.height(), ratio, self._theme.text)
        if self._pixmap is None or self._pixmap[0] != key:
            em = FORMULA_EM * self.fontInfo().pixelSize()
            em = min(em, room.width() / picture.width, room.height() / picture.height)
            wide, tall = picture.width * em, picture.height * em
            made = QPixmap(round(room.width() * ratio), max(1, round(room.height() * ratio)))
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            area = QRectF(room.width() - wide - 1, (room.height() - tall) / 2, wide, tall)
            paint_formula(painter, picture, self._theme.text, area)
            painter.end()
            self._pixmap = (key, made)
        return self._pixmap[1]

    def enterEvent(self, event: QEnterEvent) -> None:
        """Open the numbers when the pointer rests here."""
        if self._numbers is not None:
            self._delay.start()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Close them."""
        self.close_numbers()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close the numbers."""
        self.close_numbers()
        self.update()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Close the numbers."""
        self.close_numbers()
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open and close the numbers with Return or Space, close them with Escape."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.popup is None:
                self.open_numbers()
            else:
                self.close_numbers()
        elif event.key() == Qt.Key.Key_Escape and self.popup is not None:
            self.close_numbers()
        else:
            super().keyPressEvent(event)
