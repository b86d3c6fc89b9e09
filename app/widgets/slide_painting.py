"""A slide of a lesson, painted: the same for the window and for a file; nothing here knows a widget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app.theme import Theme, ui_font
from app.widgets.formula import FormulaLine, PlacedFormula, paint_formula, place
from nnviz.picture.layout import LayerBox, Layout

#: Base text size: this part of the slide's height.
TEXT_PART = 1 / 38
#: The network's own words are shorter and stand between layers.
VIEW_TEXT = 0.94
#: Shares of the height: of the words, and of the line at the foot at most; that in text sizes.
BAND_PART, FOOT_PART, FOOT_TEXT = 0.295, 0.07, 1.75
#: Wanted sizes in parts of the base text size; a slide with more on it gets less.
TITLE, SENTENCE, FORMULA, CAPTION, FOOT = 1.75, 1.3, 1.9, 0.96, 0.82
MARGIN, GUTTER, LEADING = 1.1, 1.5, 0.35
#: Part of the width that title and sentence take; all of it where there are no formulas.
WORDS_SHARE = 0.37
MIN_TEXT_PX = 8.0
#: Stands between the parts of the line at the foot.
FOOT_BETWEEN = "   ·   "
#: Rings round units and the line along an edge, in text sizes.
RING_WIDTH, HALO_WIDTH = 0.13, 0.3
_WRAP = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop)


@dataclass(frozen=True, slots=True)
class WordsLayout:
    """Where title and sentence stand, logical pixels; ``size`` is the base text size they fit in."""

    size: float
    title: QRectF
    sentence: QRectF


@dataclass(frozen=True, slots=True, eq=False)
class SlideWords:
    """All of a slide that is not the network.

    Attributes:
        title, sentence: what is said.
        lines: the formulas.
        units: (layer, unit) pairs that are ringed.
        edge: (dense layer from 1, source, unit) that is marked, or None.
        foot: of which lesson and network it is.
        number: ``7 / 18``.
    """

    title: str
    sentence: str
    lines: tuple[FormulaLine, ...] = ()
    units: tuple[tuple[int, int], ...] = ()
    edge: tuple[int, int, int] | None = None
    foot: str = ""
    number: str = ""


def foot_height(text: float, height: float) -> float:
    """Return the height of the line at the foot of a slide of some height, for a base text size; logical pixels."""
    return min(text * FOOT_TEXT, height * FOOT_PART)


def words_height(text: float, height: float) -> float:
    """Return the height of all that stands below the network on a slide, see ``foot_height``."""
    return height * BAND_PART + foot_height(text, height)


def arrange_words(title: str, sentence: str, area: QRectF, size: float) -> WordsLayout:
    """Place title and sentence in an area, smaller where they would not fit.

    Args:
        title, sentence: the words; both wrap.
        area: where they must stay, logical pixels.
        size: the wanted base text size, logical pixels.
    """
    while True:
        bold, normal = ui_font(size * TITLE, bold=True), ui_font(size * SENTENCE)
        endless = QRectF(area.x(), area.y(), area.width(), 1e6)
        first = QFontMetricsF(bold).boundingRect(endless, _WRAP, title)
        top = QRectF(area.x(), area.y(), area.width(), first.height())
        endless.moveTop(top.bottom() + size * LEADING)
        second = QFontMetricsF(normal).boundingRect(endless, _WRAP, sentence)
        below = QRectF(area.x(), endless.y(), area.width(), second.height())
        widest = max(first.width(), second.width())
        if (below.bottom() <= area.bottom() and widest <= area.width() + 0.5) or size <= MIN_TEXT_PX:
            return WordsLayout(size, top, below)
        size *= 0.95


def split_band(width: float, height: float, text: float, *, formulas: bool) -> tuple[QRectF, QRectF]:
    """Return where the words and where the formulas stand in a band of some size; logical pixels."""
    margin = text * MARGIN
    inner, high = max(1.0, width - 2 * margin), max(1.0, height - 0.6 * margin)
    left = inner * WORDS_SHARE if formulas else inner
    x = margin + left + text * GUTTER
    return QRectF(margin, 0.3 * margin, left, high), QRectF(x, 0.3 * margin, max(1.0, margin + inner - x), high)


def paint_words(painter: QPainter, words: WordsLayout, title: str, sentence: str, theme: Theme) -> None:
    """Paint title and sentence."""
    painter.setPen(QColor(theme.text))
    painter.setFont(ui_font(words.size * TITLE, bold=True))
    painter.drawText(words.title, _WRAP, title)
    painter.setFont(ui_font(words.size * SENTENCE))
    painter.drawText(words.sentence, _WRAP, sentence)


def paint_formulas(painter: QPainter, formulas: Sequence[PlacedFormula], theme: Theme) -> None:
    """Paint formulas with their captions."""
    for placed in formulas:
        font = ui_font(placed.caption_px)
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        words = QFontMetricsF(font).elidedText(
            placed.line.caption, Qt.TextElideMode.ElideRight, placed.caption.width()
        )
        painter.drawText(placed.caption, Qt.AlignmentFlag.AlignVCenter, words)
        if placed.line.picture is not None:
            paint_formula(painter, placed.line.picture, theme.text, placed.formula)


def paint_marks(
    painter: QPainter, layout: Layout, units: Sequence[tuple[int, int]], edge: tuple[int, int, int] | None,
    theme: Theme, text: float,
) -> None:
    """Paint rings round units and a line along an edge, where a layout has them."""

    def radius(box: LayerBox) -> float:
        return max(box.radius * 1.3, 0.42 * text)

    # A halo in the colour of the ground keeps the ring apart from what lies below it.
    for tone, width in ((theme.surface, HALO_WIDTH), (theme.text, RING_WIDTH)):
        painter.setPen(QPen(QColor(tone), width * text))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if edge is not None and edge[0] < len(layout.boxes):
            before, behind = layout.boxes[edge[0] - 1], layout.boxes[edge[0]]
            a, b = before.place_of(edge[1]), behind.place_of(edge[2])
            if a is not None and b is not None:
                start, end = QPointF(*a), QPointF(*b)
                way = (end - start) / max(1e-6, math.hypot(end.x() - start.x(), end.y() - start.y()))
                # From ring to ring: the units' own values stay readable.
                painter.drawLine(start + way * radius(before), end - way * radius(behind))
        for layer, unit in units:
            place_of = layout.boxes[layer].place_of(unit) if layer < len(layout.boxes) else None
            if place_of is not None:
                painter.drawEllipse(QPointF(*place_of), radius(layout.boxes[layer]), radius(layout.boxes[layer]))


def paint_slide(painter: QPainter, slide: SlideWords, area: QRectF, height: float, theme: Theme, text: float) -> None:
    """Paint all that stands below the network of a slide.

    Args:
        painter: of an image or a file; its unit is a logical pixel.
        slide: what is painted.
        area: below the network, as wide as the slide.
        height: of the whole slide.
        theme: colours.
        text: base text size, logical pixels.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    foot = foot_height(text, height)
    left, right = split_band(area.width(), area.height() - foot, text, formulas=bool(slide.lines))
    painter.save()
    painter.translate(area.topLeft())
    paint_words(painter, arrange_words(slide.title, slide.sentence, left, text), slide.title, slide.sentence, theme)
    painter.translate(right.topLeft())
    placed = place(slide.lines, right.width(), right.height(), text * FORMULA, text * CAPTION)
    paint_formulas(painter, placed, theme)
    painter.restore()
    row = QRectF(area.left() + text * MARGIN, area.bottom() - foot, area.width() - 2 * text * MARGIN, foot)
    paint_foot(painter, row, slide.foot, slide.number, theme, text)


def paint_foot(painter: QPainter, row: QRectF, words: str, number: str, theme: Theme, text: float) -> None:
    """Paint the line at the foot: words on the left, a number at the right end."""
    font, bold = ui_font(text * FOOT), ui_font(text * FOOT, bold=True)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setFont(bold)
    painter.setPen(QColor(theme.text))
    painter.drawText(row, middle | Qt.AlignmentFlag.AlignRight, number)
    room = row.width() - QFontMetricsF(bold).horizontalAdvance("888 / 888 ") - text
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    shown = foot_words(words, QFontMetricsF(font), room)
    painter.drawText(row, middle | Qt.AlignmentFlag.AlignLeft, shown)


def foot_words(words: str, metrics: QFontMetricsF, room: float) -> str:
    """Return what of the line at the foot there is room for: a whole part says more than the beginning of all."""
    parts = words.split(FOOT_BETWEEN)
    fitting = (text for text in (words, parts[-1], parts[0]) if metrics.horizontalAdvance(text) <= room)
    return next(fitting, metrics.elidedText(parts[0], Qt.TextElideMode.ElideRight, room))
