"""Which pixel of an image lies at a place in a widget."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF


def pixel_in(frame: QRect | QRectF, shape: tuple[int, ...], position: QPointF) -> tuple[int, int] | None:
    """Return (row, column) of the pixel at a place, or None where the image is not.

    Args:
        frame: where the image lies in the widget.
        shape: its rows and columns.
        position: in the widget, logical pixels.
    """
    frame = QRectF(frame)
    if not frame.contains(position):
        return None
    rows, columns = shape[:2]
    row = int((position.y() - frame.top()) / frame.height() * rows)
    column = int((position.x() - frame.left()) / frame.width() * columns)
    return min(row, rows - 1), min(column, columns - 1)
