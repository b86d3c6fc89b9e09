"""What the signs of a formula stand for at present: a card over the window, with the numbers filled in."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.formula import FormulaPicture, paint_formula
from app.widgets.stage_numbers import StageFormula
from nnviz.picture.quantities import number

MARGIN = 12.0
COLUMN_GAP = 18.0
HEADINGS = ("", "", "shape", "RMS", "largest")
#: The filled formula is at most so wide, logical pixels.
WIDEST = 640.0


class FormulaPopup(QWidget):
    """A table of the signs, and below it the formula of the unit or weight that matters most.

    Args:
        parent: lies below it, as a rule the whole window; it takes neither focus nor pointer.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("formula_numbers")
        self.setAccessibleName("Present numbers of the formula")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = LIGHT
        self._made: StageFormula | None = None
        self._filled: FormulaPicture | None = None
        self._corner = QPoint()
        self._text = float(parent.fontInfo().pixelSize())
        self.hide()

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The table as it is written: sign, meaning, shape, RMS, largest."""
        if self._made is None:
            return ()
        return tuple(
            (s.sign, s.meaning, s.shape, number(s.rms), "" if s.largest is None else number(s.largest))
            for s in self._made.symbols
        )

    @property
    def filled(self) -> FormulaPicture | None:
        """The formula with the numbers in mathematical type; None while it is being set."""
        return self._filled

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_formula(self, made: StageFormula) -> None:
        """Set what is told; the filled formula comes by ``set_filled`` when it is set."""
        if self._made is None or made.filled != self._made.filled:
            self._filled = None
        self._made = made
        self.setAccessibleDescription("; ".join(" ".join(filter(None, row)) for row in self.rows))
        self._fit()

    def set_filled(self, latex: str, picture: FormulaPicture) -> None:
        """Set the formula with the numbers, unless another one is told by now."""
        if self._made is not None and latex == self._made.filled:
            self._filled = picture
            self._fit()

    def open_above(self, corner: QPoint) -> None:
        """Show with the lower right corner at a point of the parent, moved into the parent."""
        self._corner = corner
        self._fit()
        self.show()
        self.raise_()

    def _fit(self) -> None:
        size = self.sizeHint()
        self.resize(size)
        x, y = self._corner.x() - size.width(), self._corner.y() - size.height() - 6
        parent = self.parentWidget()
        right = x if parent is None else parent.width() - size.width() - 4
        self.move(max(4, min(x, right)), max(4, y))
        self.update()

    def _em(self) -> float:
        em = 1.25 * self._text
        return em if self._filled is None else min(em, WIDEST / self._filled.width)

    def _line(self) -> float:
        return 1.55 * self._text

    def _columns(self) -> list[float]:
        metrics = QFontMetricsF(ui_font(self._text))
        table = (HEADINGS, *self.rows)
        return [max(metrics.horizontalAdvance(row[k]) for row in table) for k in range(len(HEADINGS))]

    def sizeHint(self) -> QSize:
        """Return the size that holds table and formula."""
        columns = self._columns()
        wide = sum(columns) + COLUMN_GAP * (len(columns) - 1)
        tall = (1 + len(self.rows)) * self._line() if self.rows else 0.0
        made = self._made
        if made is not None and made.filled:
            metrics = QFontMetricsF(ui_font(self._text))
            wide = max(wide, metrics.horizontalAdvance(made.of))
            tall += 1.2 * self._line()
            picture = self._filled
            wide = max(wide, 300.0 if picture is None else picture.width * self._em())
            tall += 2.6 * self._text if picture is None else max(2.6 * self._text, picture.height * self._em())
        return QSize(round(wide + 2 * MARGIN), round(tall + 2 * MARGIN))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the table and the formula."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, line = self._theme, self._line()
        painter.fillRect(self.rect(), QColor(theme.raised))
        painter.setPen(QColor(theme.border))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setFont(ui_font(self._text))
        columns, y = self._columns(), MARGIN
        for place, row in enumerate((HEADINGS, *self.rows) if self.rows else ()):
            x = MARGIN
            for column, (text, width) in enumerate(zip(row, columns, strict=True)):
                strong = place > 0 and column != 1
                painter.setPen(QColor(theme.text if strong else theme.muted))
                side = Qt.AlignmentFlag.AlignLeft if column < 2 else Qt.AlignmentFlag.AlignRight
                painter.drawText(QRectF(x, y, width + 1, line), side | Qt.AlignmentFlag.AlignVCenter, text)
                x += width + COLUMN_GAP
            y += line
        made = self._made
        if made is None or not made.filled:
            return
        painter.setPen(QColor(theme.muted))
        room = QRectF(MARGIN, y + 0.1 * line, self.width() - 2 * MARGIN, line)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, made.of)
        if self._filled is not None:
            em = self._em()
            wide, tall = self._filled.width * em, self._filled.height * em
            free = self.height() - MARGIN - (y + 1.2 * line)
            top = y + 1.2 * line + max(0.0, (free - tall) / 2)
            paint_formula(painter, self._filled, theme.text, QRectF(MARGIN, top, wide, tall))
