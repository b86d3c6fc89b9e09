"""The image that the network sees, pixel by pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QToolTip, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.pixel_place import pixel_in

CAPTION_PX = 12
LEAST_CAPTION_PX = 9
#: From this many screen pixels to an image pixel on, hairlines show the grid.
GRID_FROM_PX = 7


class SeenImage(QWidget):
    """Shows a grey image as exact squares, with the value of the pixel under the pointer as a tool tip.

    With the keyboard, arrow keys walk over the pixels; the value is in the accessible description.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("seen_image")
        self.setAccessibleName("Input image")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip("What the network sees. Point at a pixel to read its value.")
        self.setMinimumSize(56, 56)
        self._theme = LIGHT
        self._image: NDArray[np.float32] | None = None
        self._caption = ""
        self._caption_px = CAPTION_PX
        self._picture: QImage | None = None
        self._grid: tuple[object, QPixmap] | None = None
        self._chosen: tuple[int, int] | None = None  # row, column, chosen with the keyboard

    def set_image(self, image: NDArray[np.floating] | None) -> None:
        """Show an image (height, width) in [0, 1], 0 paper and 1 ink; None or no pixels shows an empty frame.

        Raises:
            ValueError: it has not two dimensions.
        """
        if image is not None and image.ndim != 2:
            raise ValueError(f"an image must be (height, width), got shape {image.shape}")
        new = None if image is None or image.size == 0 else np.array(image, np.float32)
        if new is None and self._image is None:
            return
        if new is not None and self._image is not None and np.array_equal(new, self._image):
            return  # while training, the same sample comes again and again
        self._image = new
        self._render()

    def set_caption(self, text: str) -> None:
        """Set the line under the image; blank for none."""
        self._caption = text
        self.update()

    @property
    def caption(self) -> str:
        """The line under the image."""
        return self._caption

    def set_caption_size(self, pixels: float) -> None:
        """Set the text size of the line under the image in logical pixels; it takes 8 pixels more in height."""
        self._caption_px = max(LEAST_CAPTION_PX, round(pixels))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._render()

    def frame(self) -> QRect:
        """Return where the image lies, in whole pixels of the widget, so that all its pixels are equal."""
        rows, columns = (28, 28) if self._image is None else self._image.shape
        space = self.height() - (self._caption_px + 8 if self._caption else 0)
        unit = min(self.width() / columns, space / rows)
        if unit >= 1:
            unit = float(int(unit))
        width, height = max(1, round(unit * columns)), max(1, round(unit * rows))
        return QRect((self.width() - width) // 2, max(0, (space - height) // 2), width, height)

    def pixel_at(self, position: QPointF) -> tuple[int, int] | None:
        """Return (row, column) of the image pixel at a place in the widget, or None."""
        return None if self._image is None else pixel_in(self.frame(), self._image.shape, position)

    def describe_pixel(self, row: int, column: int) -> str:
        """Return the place and value of a pixel in words."""
        if self._image is None:
            return "No image yet."
        return f"Row {row}, column {column}: {self._image[row, column]:.3f}"

    def _render(self) -> None:
        if self._image is None:
            self._picture = None
        else:
            paper, ink = QColor(self._theme.raised), QColor(self._theme.text)
            low = np.array([paper.red(), paper.green(), paper.blue()], np.float32)
            high = np.array([ink.red(), ink.green(), ink.blue()], np.float32)
            share = np.nan_to_num(np.clip(self._image, 0, 1))[:, :, None]
            rows, columns = self._image.shape
            # As the window has its pixels: they need no conversion each time they are painted.
            bgra = np.full((rows, columns, 4), 255, np.uint8)
            bgra[..., 2::-1] = np.rint(low + share * (high - low)).astype(np.uint8)
            # A copy, because the image does not keep the array alive.
            self._picture = QImage(bgra.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()
        self.update()

    def _grid_picture(self, frame: QRect, picture: QImage) -> QPixmap:
        """Return the hairlines between the pixels; kept, because fifty lines take longer than all the rest."""
        key = (frame.size(), self.devicePixelRatioF(), self._theme.name, picture.size())
        if self._grid is None or self._grid[0] != key:
            pixmap = QPixmap(frame.size() * self.devicePixelRatioF())
            pixmap.setDevicePixelRatio(self.devicePixelRatioF())
            pixmap.fill(Qt.GlobalColor.transparent)
            line = QColor(self._theme.surface)
            line.setAlphaF(0.35)
            painter = QPainter(pixmap)
            painter.setPen(QPen(line, 1))
            unit = frame.width() / picture.width()
            for k in range(1, picture.width()):
                painter.drawLine(round(k * unit), 0, round(k * unit), frame.height() - 1)
            for k in range(1, picture.height()):
                painter.drawLine(0, round(k * unit), frame.width() - 1, round(k * unit))
            painter.end()
            self._grid = (key, pixmap)
        return self._grid[1]

    def sizeHint(self) -> QSize:
        """Return the size it likes best: four screen pixels to an image pixel."""
        return QSize(112, 112 + (self._caption_px + 8 if self._caption else 0))

    def event(self, event: QEvent) -> bool:
        """Show the value of the pixel under the pointer as a tool tip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.pixel_at(QPointF(event.pos()))
            text = self.toolTip() if place is None else self.describe_pixel(*place)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the pixels with the arrow keys."""
        moves = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
        }
        move = moves.get(Qt.Key(event.key())) if event.key() in moves else None
        if move is None or self._image is None:
            super().keyPressEvent(event)
            return
        rows, columns = self._image.shape
        row, column = self._chosen or (rows // 2, columns // 2)
        self._chosen = (min(max(row + move[0], 0), rows - 1), min(max(column + move[1], 0), columns - 1))
        text = self.describe_pixel(*self._chosen)
        self.setAccessibleDescription(text)
        frame = self.frame()
        unit = frame.width() / columns
        corner = QPointF(frame.left() + self._chosen[1] * unit, frame.top() + self._chosen[0] * unit)
        QToolTip.showText(self.mapToGlobal(corner.toPoint()), text, self)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pixels, the frame and the caption."""
        theme, frame = self._theme, self.frame()
        painter = QPainter(self)
        painter.fillRect(frame, QColor(theme.raised))
        if self._picture is not None:
            painter.drawImage(frame, self._picture)
            unit = frame.width() / self._picture.width()
            if unit >= GRID_FROM_PX:
                painter.drawPixmap(frame.topLeft(), self._grid_picture(frame, self._picture))
            if self._chosen is not None and self.hasFocus():
                row, column = self._chosen
                painter.setPen(QPen(QColor(theme.bad), 2))
                painter.drawRect(QRectF(frame.left() + column * unit, frame.top() + row * unit, unit, unit))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.muted if self.hasFocus() else theme.border), 1))
        painter.drawRect(frame.adjusted(0, 0, -1, -1))
        if self._caption:
            size = self._caption_px
            painter.setFont(ui_font(size))
            # Small letters say more than half the words.
            while size > LEAST_CAPTION_PX and painter.fontMetrics().horizontalAdvance(self._caption) > self.width():
                size -= 1
                painter.setFont(ui_font(size))
            painter.setPen(QColor(theme.muted))
            metrics = painter.fontMetrics()
            caption = metrics.elidedText(self._caption, Qt.TextElideMode.ElideRight, self.width())
            below = QRect(0, frame.bottom() + 4, self.width(), self._caption_px + 6)
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, caption)
        painter.end()
