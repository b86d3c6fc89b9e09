"""Captioned formulas below each other, as high as they need: for panels that scroll."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.formula import FormulaPicture, Typesetter, paint_formula
from app.widgets.inspector_formulas import Line

#: Wanted size of an em, and the smallest a wide formula is shrunk to, logical pixels.
EM_PX, LEAST_EM_PX = 15.0, 9.5
CAPTION_PX = 12.0
_AFTER_CAPTION, _AFTER_FORMULA = 3.0, 9.0


class FormulaList(QWidget):
    """Shows formulas set by a ``Typesetter``; the old ones stay until all of the new ones are set."""

    def __init__(self, typesetter: Typesetter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("formula_list")
        self.setAccessibleName("Formulas with their numbers")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._typesetter = typesetter
        self._theme = LIGHT
        self._wanted: tuple[Line, ...] = ()
        self._shown: tuple[Line, ...] = ()
        self._pictures: tuple[FormulaPicture | None, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is to be shown."""
        return self._wanted

    @property
    def shown(self) -> tuple[Line, ...]:
        """What is shown: ``lines`` as soon as they are set."""
        return self._shown

    def set_lines(self, lines: tuple[Line, ...]) -> None:
        """Set what is to be shown; whoever owns the typesetter asks it for ``formulas``."""
        if lines == self._wanted:
            return
        self._wanted = lines
        self.setAccessibleDescription("; ".join(f"{line.caption}: {line.said}" for line in lines if line.said))
        self.refresh()

    def formulas(self) -> tuple[str, ...]:
        """Return the LaTeX of all that is to be shown."""
        return tuple(line.latex for line in self._wanted)

    def refresh(self) -> None:
        """Show what was wanted, if all of it is set by now."""
        if self._shown == self._wanted or not all(self._typesetter.is_known(line.latex) for line in self._wanted):
            return
        self._shown = self._wanted
        self._pictures = tuple(self._typesetter.get(line.latex) for line in self._shown)
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def _placed(self, width: float) -> tuple[list[tuple[QRectF, QRectF]], float]:
        """Return where each caption and formula stands, and the height of all."""
        metrics = QFontMetricsF(ui_font(CAPTION_PX))
        places, y = [], 0.0
        for line, picture in zip(self._shown, self._pictures, strict=True):
            caption = QRectF(0, y, width, 0)
            if line.caption:
                flags = Qt.TextFlag.TextWordWrap
                caption = metrics.boundingRect(QRectF(0, y, width, 1000), flags, line.caption)
                caption.setWidth(width)
                y = caption.bottom() + _AFTER_CAPTION
            em = EM_PX
            if picture is not None and picture.width * em > width:
                em = max(LEAST_EM_PX, width / picture.width)
            wide, tall = (0.0, 0.0) if picture is None else (picture.width * em, picture.height * em)
            places.append((caption, QRectF(0, y, wide, tall)))
            y += tall + _AFTER_FORMULA
        return places, max(0.0, y - _AFTER_FORMULA)

    def hasHeightForWidth(self) -> bool:
        """Return that a narrow list is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height that all lines need."""
        return round(self._placed(max(1, width))[1] + 0.5)

    def sizeHint(self) -> QSize:
        """Return a comfortable width and the height for it."""
        width = self.width() if self.width() > 100 else 300
        return QSize(240, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Return a width in which formulas can still be read."""
        return QSize(160, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint captions and formulas."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(CAPTION_PX))
        painter.setPen(QColor(self._theme.muted))
        places, _ = self._placed(self.width())
        for line, picture, (caption, area) in zip(self._shown, self._pictures, places, strict=True):
            if line.caption:
                painter.drawText(caption, Qt.TextFlag.TextWordWrap, line.caption)
            if picture is not None:
                paint_formula(painter, picture, self._theme.text, area)
        painter.end()
