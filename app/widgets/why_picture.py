"""The image that the network sees, with what each pixel says drawn on it; exact values under the pointer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.pixel_place import pixel_in
from app.widgets.why_marks import overlay_image, palette_of
from nnviz.picture.colors import data_colors

#: The ink below the colours is paler than it is drawn, so that the colours can be told.
INK_SHARE = 0.55
#: Share of a tall window's height that the picture takes at most.
SHARE, LEAST_PX = 0.38, 280
HINT = "Draw a digit to see why."


class WhyPicture(QWidget):
    """A grey image with coloured pixels on it; the pointer, or the arrow keys, choose one to be read."""

    #: (row, column) under the pointer or chosen by key, None for none.
    pointed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why_picture")
        self.setAccessibleName("Drawing with what each pixel says")
        self.setToolTip("Point at a pixel, or walk with the arrow keys, to read its exact value below.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(112, 112)
        self._theme = LIGHT
        self._image: NDArray[np.floating] | None = None
        self._values: NDArray[np.floating] | None = None
        self._scale, self._is_blame = 0.0, True
        self._ink: QImage | None = None
        self._overlay: tuple[int, QImage] | None = None
        self._chosen: tuple[int, int] | None = None
        self._share, self._least = SHARE, LEAST_PX
        self._hint = HINT

    @property
    def hint(self) -> str:
        """What is said while there is no image."""
        return self._hint

    def set_hint(self, words: str) -> None:
        """Set what is said while there is no image; blank asks for a digit."""
        self._hint = words or HINT
        self.update()

    def set_height(self, share: float, least: int) -> None:
        """Set how high it is at most: a share of the window's height, or so many logical pixels if that is less."""
        self._share, self._least = share, least
        self.updateGeometry()

    def set_values(
        self, image: NDArray[np.floating] | None, values: NDArray[np.floating] | None, scale: float, *, is_blame: bool
    ) -> None:
        """Show an image (height, width) in [0, 1] and a value for each of its pixels; None shows a hint."""
        self._image, self._values = image, None if image is None else values
        self._scale, self._is_blame = scale, is_blame
        self._ink = self._overlay = None
        if image is None:
            self._chosen = None
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._ink = self._overlay = None
        self.update()

    @property
    def chosen(self) -> tuple[int, int] | None:
        """The pixel that is read, (row, column)."""
        return self._chosen

    def frame(self) -> QRect:
        """Return where the image lies: all pixels of one whole size."""
        rows, columns = (28, 28) if self._image is None else self._image.shape
        unit = max(1, min((self.width() - 2) // columns, (self.height() - 2) // rows))
        width, height = unit * columns, unit * rows
        return QRect((self.width() - width) // 2, 1, width, height)

    def pixel_at(self, position: QPointF) -> tuple[int, int] | None:
        """Return (row, column) at a place in the widget, or None."""
        return None if self._image is None else pixel_in(self.frame(), self._image.shape, position)

    def _choose(self, pixel: tuple[int, int] | None) -> None:
        if pixel != self._chosen:
            self._chosen = pixel
            self.pointed.emit(pixel)
            self.update()

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def hasHeightForWidth(self) -> bool:
        """Say that it is square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return a height for which it is square, not higher than a small screen leaves."""
        return min(width, max(self._least, round(self.window().height() * self._share)))

    def sizeHint(self) -> QSize:
        """Return eight screen pixels to an image pixel."""
        return QSize(226, 226)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the pixel under the pointer."""
        self._choose(self.pixel_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Read the pixel under a finger."""
        self._choose(self.pixel_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Read none."""
        self._choose(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the pixels with the arrow keys."""
        moves = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None or self._image is None:
            super().keyPressEvent(event)
            return
        rows, columns = self._image.shape
        row, column = self._chosen or (rows // 2, columns // 2)
        self._choose((min(max(row + move[0], 0), rows - 1), min(max(column + move[1], 0), columns - 1)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ink, colours, and the pixel that is read."""
        theme, frame = self._theme, self.frame()
        painter = QPainter(self)
        colors = data_colors(theme.is_dark)
        painter.fillRect(frame, QColor(*colors.paper))
        if self._image is None:
            painter.setFont(ui_font(13))
            painter.setPen(QColor(theme.muted))
            how = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(frame.adjusted(8, 8, -8, -8), how, self._hint)
        else:
            painter.drawImage(frame, self._ink_picture())
            unit = frame.width() // self._image.shape[1]
            if self._values is not None:
                painter.drawImage(frame, self._colored(max(1, round(unit * self.devicePixelRatioF()))))
            if self._chosen is not None:
                row, column = self._chosen
                side = QRectF(frame.left() + column * unit, frame.top() + row * unit, unit, unit)
                # Two rims: one of them stands out on any colour.
                for color, width in ((theme.surface, 4), (theme.text, 2)):
                    painter.setPen(QPen(QColor(color), width))
                    painter.drawRect(side.adjusted(-1, -1, 1, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.border), 1))
        painter.drawRect(frame.adjusted(-1, -1, 0, 0))
        painter.end()

    def _ink_picture(self) -> QImage:
        if self._ink is None:
            assert self._image is not None
            colors = data_colors(self._theme.is_dark)
            paper, ink = np.array(colors.paper, np.float32), np.array(colors.ink, np.float32)
            share = np.clip(np.nan_to_num(self._image), 0, 1)[:, :, None] * np.float32(INK_SHARE)
            rgb = np.ascontiguousarray(np.rint(paper + share * (ink - paper)).astype(np.uint8))
            height, width = self._image.shape
            self._ink = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        return self._ink

    def _colored(self, cell: int) -> QImage:
        if self._overlay is None or self._overlay[0] != cell:
            assert self._values is not None
            palette = palette_of(self._is_blame, self._theme.is_dark)
            self._overlay = (cell, overlay_image(self._values, self._scale, palette, cell))
        return self._overlay[1]
