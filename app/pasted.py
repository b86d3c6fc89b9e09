"""A picture on the clipboard as ink."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.errors import ErrorBar
from app.messages import Message
from nnviz.data.pen import CANVAS_SIZE
from nnviz.data.photo import SIDE, ink_of_picture, on_canvas

#: Pictures with a longer side are made smaller by Qt first: NumPy takes seconds for a photo of 48 megapixels.
LARGEST_SIDE_PX = 4 * SIDE
NO_PICTURE = Message("note", "There is no picture on the clipboard.")
BLANK_PICTURE = Message("note", "There is nothing to be read on the picture on the clipboard; the paper is as it was.")


def canvas_ink(picture: QImage) -> NDArray[np.uint8]:
    """Return the ink of a picture fitted to the canvas, (280, 280); what is transparent is white paper."""
    if max(picture.width(), picture.height()) > LARGEST_SIDE_PX:
        picture = picture.scaled(
            LARGEST_SIDE_PX, LARGEST_SIDE_PX, Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    if picture.hasAlphaChannel():
        white = QImage(picture.size(), QImage.Format.Format_RGB32)
        white.fill(0xFFFFFFFF)
        painter = QPainter(white)
        painter.drawImage(0, 0, picture)
        painter.end()
        picture = white
    gray = _bytes(picture.convertToFormat(QImage.Format.Format_Grayscale8), 1)[..., 0]
    return on_canvas(ink_of_picture(gray), CANVAS_SIZE)


def clipboard_ink(messages: ErrorBar) -> NDArray[np.uint8] | None:
    """Return the ink of the picture on the clipboard fitted to the canvas; None, and a note, where there is none."""
    picture = QApplication.clipboard().image()
    if picture.isNull():
        messages.show_message(NO_PICTURE)
        return None
    ink = canvas_ink(picture)
    if not ink.any():
        messages.show_message(BLANK_PICTURE)
        return None
    for note in (NO_PICTURE, BLANK_PICTURE):
        messages.withdraw(note)
    return ink


def _bytes(picture: QImage, channels: int) -> NDArray[np.uint8]:
    """Return the pixels, (height, width, channels), without the padding of the rows; a copy."""
    line = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return line[:, : picture.width() * channels].reshape(picture.height(), picture.width(), channels).copy()
