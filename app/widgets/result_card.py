"""A picture to keep: what was drawn, what the network saw of it, and what it says, with a bar for every class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from app.theme import Theme, ui_font
from app.widgets.canvas_hint import guest_image, ink_colors
from nnviz.picture.answers import percent

#: Size in logical pixels; the picture has ``SCALE`` times as many.
WIDTH, HEIGHT, SCALE = 960, 540, 2
_MARGIN = 32.0


@dataclass(frozen=True, slots=True)
class Result:
    """What a card shows.

    Attributes:
        ink: the drawing, (side, side) uint8, 0 paper and 255 ink.
        image: what the network sees, (28, 28) in [0, 1].
        probabilities: (classes,) of the softmax output.
        class_names: a name for each.
        headline: the answer in a few characters.
        remark: a few words more; blank for none.
        seen: caption of ``image``.
        model: which network answered.
    """

    ink: NDArray[np.uint8]
    image: NDArray[np.floating]
    probabilities: NDArray[np.floating]
    class_names: tuple[str, ...]
    headline: str
    remark: str
    seen: str
    model: str


def render_card(result: Result, theme: Theme) -> QImage:
    """Return the card, ``WIDTH`` x ``HEIGHT`` logical pixels at a device pixel ratio of ``SCALE``."""
    card = QImage(WIDTH * SCALE, HEIGHT * SCALE, QImage.Format.Format_RGB32)
    card.setDevicePixelRatio(SCALE)
    card.fill(QColor(theme.surface))
    painter = QPainter(card)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paper = QRectF(_MARGIN, _MARGIN, HEIGHT - 2 * _MARGIN - 40, HEIGHT - 2 * _MARGIN - 40)
    left = paper.right() + 2 * _MARGIN
    seen = QRectF(left, _MARGIN, 140, 140)
    _paint_images(painter, theme, result, paper, seen)
    beside = QRectF(seen.right() + _MARGIN, _MARGIN, WIDTH - _MARGIN - seen.right() - _MARGIN, 140)
    _paint_headline(painter, theme, result, beside)
    bars = QRectF(left, seen.bottom() + 44, WIDTH - _MARGIN - left, paper.bottom() - seen.bottom() - 44)
    _paint_bars(painter, theme, result, bars)
    painter.setFont(ui_font(14))
    painter.setPen(QColor(theme.muted))
    foot = QRectF(_MARGIN, HEIGHT - _MARGIN - 24, WIDTH - 2 * _MARGIN, 24)
    painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, f"Read by: {result.model}")
    painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, "nnviz")
    painter.end()
    return card


def _paint_images(painter: QPainter, theme: Theme, result: Result, paper: QRectF, seen: QRectF) -> None:
    painter.setPen(QColor(theme.border))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(paper, 8, 8)
    painter.drawRect(seen)
    colors = ink_colors(theme)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(paper, guest_image(result.ink / 255, colors))
    # The pixels are the message: no smoothing.
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
    painter.drawImage(seen, guest_image(result.image, colors))
    painter.setFont(ui_font(13))
    painter.setPen(QColor(theme.muted))
    below = QRectF(seen.x() - 20, seen.bottom() + 4, seen.width() + 40, 20)
    painter.drawText(below, Qt.AlignmentFlag.AlignCenter, result.seen)


def _paint_headline(painter: QPainter, theme: Theme, result: Result, area: QRectF) -> None:
    text, size = result.headline, 120.0
    if result.remark:
        below = QRectF(area.x(), area.bottom() - 26, area.width(), 26)
        area, size = area.adjusted(0, 0, 0, -26), 96.0
        painter.setFont(ui_font(17))
        painter.setPen(QColor(theme.muted))
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, result.remark)
    painter.setFont(ui_font(size, bold=True))
    while size > 20 and painter.fontMetrics().horizontalAdvance(text) > area.width():
        size -= 4
        painter.setFont(ui_font(size, bold=True))
    painter.setPen(QColor(theme.text))
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _paint_bars(painter: QPainter, theme: Theme, result: Result, area: QRectF) -> None:
    count = len(result.probabilities)
    line = area.height() / count
    size = min(18.0, line * 0.72)
    best = int(np.argmax(result.probabilities))
    name_width = max(_width(name, size) for name in result.class_names) + 12
    number_width = _width(">99.9 %", size) + 12
    for row, (name, value) in enumerate(zip(result.class_names, result.probabilities, strict=True)):
        top = area.y() + row * line
        strong = row == best
        color = QColor(theme.text if strong else theme.muted)
        painter.setFont(ui_font(size, bold=strong))
        painter.setPen(color)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(area.x(), top, name_width, line), middle | Qt.AlignmentFlag.AlignLeft, name)
        number = QRectF(area.right() - number_width, top, number_width, line)
        painter.drawText(number, middle | Qt.AlignmentFlag.AlignRight, percent(float(value)))
        thick = min(12.0, line * 0.45)
        wide = area.width() - name_width - number_width
        track = QRectF(area.x() + name_width, top + (line - thick) / 2, wide, thick)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.hover))
        painter.drawRoundedRect(track, thick / 2, thick / 2)
        if value > 0.005:
            track.setWidth(max(thick, wide * min(float(value), 1.0)))
            painter.setBrush(color)
            painter.drawRoundedRect(track, thick / 2, thick / 2)


def _width(text: str, size: float) -> float:
    """Return the width of a text in bold type, logical pixels."""
    return QFontMetricsF(ui_font(size, bold=True)).horizontalAdvance(text)
