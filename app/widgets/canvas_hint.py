"""What an empty paper says, and how ink and images get their colours."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.theme import Theme, ui_font

HINT = "Draw a digit here"
#: Twenty pictures a second are enough for a slow pulse.
HINT_INTERVAL_MS = 50
HINT_PERIOD_S = 2.6
#: Opacity of the hint, in the colour of text, where it is strongest and faintest: a contrast of 4.5 in both themes.
STRONGEST, FAINTEST = 0.72, 0.6


def ink_colors(theme: Theme) -> NDArray[np.uint32]:
    """Return the colour of ink of each strength, (256,) premultiplied ARGB."""
    ink = QColor(theme.text)
    alpha = np.arange(256, dtype=np.uint32)
    colors = alpha << np.uint32(24)
    for channel, shift in ((ink.red(), 16), (ink.green(), 8), (ink.blue(), 0)):
        premultiplied = (alpha * np.uint32(channel) + np.uint32(127)) // np.uint32(255)
        colors |= premultiplied << np.uint32(shift)
    return colors


def guest_image(image: NDArray[np.floating], colors: NDArray[np.uint32]) -> QImage:
    """Return an image (height, width) in [0, 1] in the colours of ink."""
    strength = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    pixels = np.ascontiguousarray(colors[strength])
    height, width = pixels.shape
    # A copy, because the image does not keep the array alive.
    return QImage(
        pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
    ).copy()


def hint_area(paper: QRectF) -> QRectF:
    """Return where the hint of an empty paper stands, in the widget's pixels."""
    height = 4 * _text_size(paper)
    return QRectF(paper.x(), paper.center().y() - height / 2, paper.width(), height)


def paint_hint(
    painter: QPainter, paper: QRectF, theme: Theme, phase: float | None, text: str = HINT, *, at_bottom: bool = False
) -> None:
    """Paint words on the paper.

    Args:
        painter: of the widget.
        paper: where the paper lies.
        theme: colours.
        phase: seconds of the pulse, or None for words that stand still.
        text: the words.
        at_bottom: at the lower edge instead of in the middle.
    """
    strength = 1.0 if at_bottom else STRONGEST
    if phase is not None:
        strength = FAINTEST + (STRONGEST - FAINTEST) * (0.5 + 0.5 * math.cos(2 * math.pi * phase / HINT_PERIOD_S))
    painter.save()
    painter.setFont(ui_font(_text_size(paper)))
    painter.setOpacity(strength)
    painter.setPen(QColor(theme.text))
    across, wrap = Qt.AlignmentFlag.AlignHCenter, Qt.TextFlag.TextWordWrap
    down = Qt.AlignmentFlag.AlignBottom if at_bottom else Qt.AlignmentFlag.AlignVCenter
    room = paper.adjusted(8, 8, -8, -8)
    if at_bottom:
        # What is shown above may reach down to the words.
        behind = QColor(theme.raised)
        behind.setAlphaF(0.85)
        words = painter.boundingRect(room, across | down | wrap, text).adjusted(-8, -2, 8, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(behind)
        painter.drawRoundedRect(words, 6, 6)
        painter.setPen(QColor(theme.text))
    painter.drawText(room, across | down | wrap, text)
    painter.restore()


def _text_size(paper: QRectF) -> float:
    return float(min(max(paper.width() / 18, 11.0), 40.0))
