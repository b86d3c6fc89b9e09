"""Pictures as PNG, in memory; written by whoever has a path, atomically."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter

from nnviz.errors import SaveError


def png_bytes(image: QImage) -> bytes:
    """Return an image as PNG.

    Raises:
        SaveError: Qt cannot make a PNG of it (it is empty or too large).
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # WORKAROUND PySide6 6.11: the format of QImage.save is text at run time, bytes in its type hints.
    if not QImageWriter(buffer, QByteArray(b"png")).write(image):
        raise SaveError(f"No PNG can be made of a picture of {image.width()} x {image.height()} pixels.")
    return bytes(buffer.data().data())
