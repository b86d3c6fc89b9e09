"""A picture of one number a pixel: as ink, or as a difference about zero; pixels can be read and chosen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import LIGHT, Theme
from app.widgets.pixel_place import pixel_in
from nnviz.picture.colors import data_colors, diverging_rgb, ink_rgb
from nnviz.picture.ticks import significant


def picture_of(values: NDArray[np.floating], dark: bool, scale: float | None = None) -> QImage:
    """Return numbers, (height, width), as an image of as many pixels.

    Args:
        values: from 0 (paper) to 1 (ink); differences where ``scale`` is given.
        dark: whether the background is.
        scale: magnitude that gets the full colour of a difference.
    """
    colors = data_colors(dark)
    rgb = ink_rgb(values, colors) if scale is None else diverging_rgb(values, scale, colors.signal)
    rgb = np.ascontiguousarray(rgb)
    height, width = values.shape
    # A copy, because the image does not keep the array alive.
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class PixelPicture(QWidget):
    """Shows the picture as large as fits, in whole screen pixels where it can; a click or Enter chooses a pixel."""

    #: Row · width + column.
    pixel_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(84, 84)
        self._theme = LIGHT
        self._values: NDArray[np.float64] | None = None
        self._scale: float | None = None
        self._image: QImage | None = None
        self._chosen: int | None = None

    @property
    def values(self) -> NDArray[np.float64] | None:
        """What is shown, (height, width)."""
        return self._values

    def set_values(self, values: NDArray[np.floating] | None, scale: float | None = None) -> None:
        """Show numbers, (height, width); a scale says that they are differences; None shows nothing."""
        self._values = None if values is None else np.asarray(values, np.float64)
        self._scale = scale
        self._image = None
        self.update()

    def set_chosen(self, pixel: int | None) -> None:
        """Mark a pixel, row · width + column."""
        self._chosen = pixel
        self._describe()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._image = None
        self.update()

    def frame(self) -> QRect:
        """Return where the picture lies."""
        rows, columns = (28, 28) if self._values is None else self._values.shape
        unit = min((self.width() - 2) / columns, (self.height() - 2) / rows)
        unit = float(int(unit)) if unit >= 1 else unit
        width, height = max(1, round(unit * columns)), max(1, round(unit * rows))
        return QRect((self.width() - width) // 2, 1, width, height)

    def pixel_at(self, position: QPointF) -> int | None:
        """Return the pixel at a place in the widget, row · width + column, or None."""
        if self._values is None:
            return None
        place = pixel_in(self.frame(), self._values.shape, position)
        return None if place is None else place[0] * self._values.shape[1] + place[1]

    def words(self, pixel: int) -> str:
        """Return place and value of a pixel in words."""
        if self._values is None:
            return ""
        row, column = divmod(pixel, self._values.shape[1])
        return f"Row {row}, column {column}: {significant(float(self._values[row, column]), 3)}"

    def _describe(self) -> None:
        if self._chosen is not None and self._values is not None and self._chosen < self._values.size:
            self.setAccessibleDescription(self.words(self._chosen))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        if self._values is None:
            painter.setPen(QPen(QColor(self._theme.border), 1))
            painter.drawRect(self.frame().adjusted(-1, -1, 0, 0))
            return
        if self._image is None:
            self._image = picture_of(self._values, self._theme.is_dark, self._scale)
        frame = self.frame()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, frame.width() < self._image.width())
        painter.drawImage(frame, self._image)
        painter.setPen(QPen(QColor(self._theme.accent if self.hasFocus() else self._theme.border), 1))
        painter.drawRect(frame.adjusted(-1, -1, 0, 0))
        if self._chosen is not None and self._chosen < self._values.size:
            rows, columns = self._values.shape
            row, column = divmod(self._chosen, columns)
            side = QRectF(
                frame.left() + column * frame.width() / columns, frame.top() + row * frame.height() / rows,
                frame.width() / columns, frame.height() / rows,
            ).adjusted(-1.5, -1.5, 1.5, 1.5)
            # Two rims: one of them stands out on any colour.
            for color, width in ((self._theme.surface, 4), (self._theme.validation, 2)):
                painter.setPen(QPen(QColor(color), width))
                painter.drawRect(side)

    def event(self, event: QEvent) -> bool:
        """Say the value of the pixel under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            pixel = self.pixel_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.toolTip() if pixel is None else self.words(pixel), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a pixel."""
        pixel = self.pixel_at(event.position())
        if pixel is not None and event.button() == Qt.MouseButton.LeftButton:
            self.set_chosen(pixel)
            self.pixel_chosen.emit(pixel)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the pixels with the arrow keys; each is chosen at once."""
        steps = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._values is None:
            super().keyPressEvent(event)
            return
        rows, columns = self._values.shape
        row, column = divmod(self._chosen or 0, columns)
        row, column = min(max(row + step[0], 0), rows - 1), min(max(column + step[1], 0), columns - 1)
        self.set_chosen(row * columns + column)
        self.pixel_chosen.emit(row * columns + column)

    def sizeHint(self) -> QSize:
        """Return the size it likes best."""
        return QSize(226, 226)
