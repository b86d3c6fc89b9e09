"""Paints what the colours of the edges mean, and their scale below each layer."""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPainterPath, QPen

from app.theme import ui_font
from app.widgets.caption_plan import furniture_of, placed_texts
from app.widgets.edge_pictures import DENSE, EdgePicture
from app.widgets.network_outputs import loss_area
from app.widgets.network_scene import LEGEND_ROW, Scene, color, scale_y
from nnviz.picture.absent import why_no_edges
from nnviz.picture.colors import Diverging, data_colors, is_blame
from nnviz.picture.edges import edge_style
from nnviz.picture.scale_words import Tick, how_words, least_share, range_words, ticks, title_words

#: Sizes in multiples of the text size: words, labels of the bar, length and height of the bar.
WORDS, LABELS, BAR, BAR_WITH_LABELS, THICK = 0.92, 0.74, 7.4, 10.5, 0.6
#: Where the row begins, between words and bars, and between a bar and its signs; logical pixels.
LEFT_PX, GAP_PX, SIGN_GAP_PX = 16.0, 12.0, 6.0
#: Colours of one half of the bar: finer ones are not seen.
STOPS = 12


def paint_legend(painter: QPainter, scene: Scene) -> None:
    """Paint what the colours mean, with the scale of the edges under each layer's edges."""
    painter.save()
    painter.setFont(ui_font(scene.text * WORDS))
    painter.setPen(QColor(scene.theme.muted))
    metrics = QFontMetricsF(painter.font())
    _paint_scales(painter, scene, _scales(scene))
    shown = _shown(scene)
    picture = _picture_of(scene, shown)
    y, half = scene.height - LEGEND_ROW * scene.text, scene.text * 0.8
    look = None if scene.pictures is None else scene.pictures.job.look
    marks = () if look is None else ticks(look, _common_scale(scene, picture))
    length = scene.text * (BAR_WITH_LABELS if marks else BAR)
    bar = _paint_bar(painter, scene, shown, QPointF(LEFT_PX, y), length, 0.0 if look is None else least_share(look))
    _paint_marks(painter, scene, bar, marks)
    text_x = _end_of(bar, metrics) + GAP_PX
    loss = loss_area(scene)
    end = scene.width - 10.0 if loss is None else loss.left() - 8.0
    also = "" if (units := _of_units(scene, shown)) is None else f"units: {title_words(scene.snapshot, units)}"
    taken = metrics.horizontalAdvance("− + ") + scene.text * BAR + metrics.horizontalAdvance(also) + 4 * GAP_PX
    room = end - text_x - (taken if also else 0)
    words = _words(scene, shown, is_drawn=picture is not None, metrics=metrics, room=room)
    if also and not words:  # no room for both: the edges are told of
        also, words = "", _words(scene, shown, is_drawn=picture is not None, metrics=metrics, room=end - text_x)
    _paint_words(painter, scene, QRectF(text_x, y - half, end - text_x, 2 * half), words)
    if also and units is not None:
        start = text_x + metrics.horizontalAdvance(words) + 2 * GAP_PX
        text_x = _end_of(_paint_bar(painter, scene, units, QPointF(start, y), scene.text * BAR), metrics) + GAP_PX
        _paint_words(painter, scene, QRectF(text_x, y - half, end - text_x, 2 * half), also)
    painter.restore()


def _paint_words(painter: QPainter, scene: Scene, area: QRectF, words: str) -> None:
    painter.setFont(ui_font(scene.text * WORDS))
    painter.setPen(QColor(scene.theme.muted))
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


def _of_units(scene: Scene, shown: str) -> str | None:
    """Return the quantity of units whose colours are not those of the edges, the last layer's first; else None."""
    for look in reversed(scene.frame.units[1:]):
        quantity = look.new if look.mix > 0 else look.old
        if quantity != "none" and is_blame(quantity) != is_blame(shown):
            return quantity
    return None


def _shown(scene: Scene) -> str:
    """Return the quantity that the legend speaks of."""
    looks = scene.frame.edges
    if scene.frame.stage >= 0:
        # The stage's own quantity wins: the last layer that shows an overlay with a front.
        moving = [look.over for look in looks if look.pulse is not None]
        if moving:
            return moving[0]
    over = [look.over for look in looks if look.over]
    return over[-1] if over else looks[0].base


def _picture_of(scene: Scene, quantity: str) -> EdgePicture | None:
    """Return the first picture of a quantity, or None where there is none."""
    if scene.pictures is None:
        return None
    found = (scene.pictures.get(layer, quantity) for layer in range(len(scene.frame.edges)))
    return next((picture for picture in found if picture is not None), None)


def _common_scale(scene: Scene, picture: EdgePicture | None) -> float | None:
    """Return the magnitude at the end of the scale of all layers, None where each has its own."""
    if scene.pictures is None or picture is None or scene.pictures.job.look.scale != "global":
        return None
    return picture.scale


def _scales(scene: Scene) -> list[tuple[str, str, float, float]]:
    """Return of the edges into each layer their range, in full and in short, and from where to where they reach."""
    scales: list[tuple[str, str, float, float]] = []
    if scene.pictures is None or scene.pictures.job.look.scale == "global":
        return scales  # the ends of the bar tell it once
    for look, (left, right), layer in zip(
        scene.frame.edges, itertools.pairwise(scene.layout.boxes), itertools.count(), strict=False
    ):
        is_over = look.over and look.over_opacity * (look.high - look.low) > 0.3
        quantity = look.over if is_over else look.base
        picture = scene.pictures.get(layer, quantity)
        if picture is not None:
            # What the threshold is, in numbers; where a logarithm ends, the bar tells.
            least = picture.least if scene.pictures.job.look.threshold > 0 else 0.0
            scales.append((
                range_words(scene.snapshot, quantity, picture.scale, least),
                range_words(scene.snapshot, quantity, picture.scale),
                left.x + left.width, right.x,
            ))
    return scales


def _paint_scales(painter: QPainter, scene: Scene, scales: list[tuple[str, str, float, float]]) -> None:
    """Paint the range of the edges into each layer, all of them shorter where there is no room, else none."""
    if not furniture_of(scene.snapshot.spec, scene.width, scene.height, scene.text).scales:
        return  # a low view has no row for them
    metrics = QFontMetricsF(painter.font())
    centers = [(start + end) / 2 for _, _, start, end in scales]
    for texts in ([full for full, *_ in scales], [short for _, short, *_ in scales]):
        placed = placed_texts(texts, centers, metrics, scene.width, scale_y(scene), scene.text * 1.35)
        if placed is not None:
            for room, text in zip(placed, texts, strict=True):
                painter.drawText(room.adjusted(-2, 0, 2, 0), Qt.AlignmentFlag.AlignCenter, text)
            return


def _paint_bar(
    painter: QPainter, scene: Scene, quantity: str, start: QPointF, length: float, least: float = 0.0
) -> QRectF:
    """Paint the colours from negative to positive as edges have them, with their ends; return the bar between them.

    Args:
        painter: of the view.
        scene: what is painted.
        quantity: whose colours.
        start: the left end, at half the height.
        length: of the bar.
        least: from which share of the magnitude edges are drawn.
    """
    painter.setFont(ui_font(scene.text * WORDS))
    painter.setPen(QColor(scene.theme.muted))
    metrics = QFontMetricsF(painter.font())
    half = scene.text * 0.8
    align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(QRectF(start.x(), start.y() - half, 40, 2 * half), align, "−")
    bar = QRectF(
        start.x() + metrics.horizontalAdvance("−") + SIGN_GAP_PX, start.y() - scene.text * THICK / 2,
        length, scene.text * THICK,
    )
    painter.drawText(QRectF(bar.right() + SIGN_GAP_PX, start.y() - half, 40, 2 * half), align, "+")
    palette = data_colors(scene.theme.is_dark).palette(quantity)
    outline = QPainterPath()
    outline.addRoundedRect(bar, bar.height() / 2, bar.height() / 2)
    painter.fillPath(outline, color(palette.zero))
    painter.fillPath(outline, _gradient(bar.left(), bar.right(), palette, least))
    return bar


def _end_of(bar: QRectF, metrics: QFontMetricsF) -> float:
    return bar.right() + SIGN_GAP_PX + metrics.horizontalAdvance("+")


@lru_cache(maxsize=16)
def _gradient(left: float, right: float, palette: Diverging, least: float) -> QLinearGradient:
    """Return the colours of the edges along the bar, as strong as edges are drawn; none below the threshold."""
    gradient = QLinearGradient(QPointF(left, 0), QPointF(right, 0))
    shares = np.linspace(least, 1, STOPS).astype(np.float32)
    opacity = np.abs(edge_style(shares, 1.0)[0]) / np.abs(edge_style(np.ones(1, np.float32), 1.0)[0])
    if least <= 0:
        opacity[0] = 0  # a weight of 0 is not drawn
    for share, alpha in zip(shares.tolist(), opacity.tolist(), strict=True):
        gradient.setColorAt(0.5 - share / 2, color(palette.negative, alpha))
        gradient.setColorAt(0.5 + share / 2, color(palette.positive, alpha))
    if least > 0:
        inner = max(0.0, least - 1e-3)
        gradient.setColorAt(0.5 - inner / 2, color(palette.negative, 0.0))
        gradient.setColorAt(0.5 + inner / 2, color(palette.positive, 0.0))
    return gradient


def _paint_marks(painter: QPainter, scene: Scene, bar: QRectF, marks: tuple[Tick, ...]) -> None:
    """Paint marks below the bar and what they say, on both halves; labels that would touch another are left out."""
    painter.setFont(ui_font(scene.text * LABELS))
    metrics = QFontMetricsF(painter.font())
    painter.setPen(QPen(QColor(scene.theme.muted), 1))
    taken: list[QRectF] = []
    # From the ends to the middle: the ends matter most.
    for tick in reversed(marks):
        for side in (1, -1) if tick.share > 0 else (1,):
            x = bar.center().x() + side * tick.share * bar.width() / 2
            painter.drawLine(QPointF(x, bar.bottom() + 1), QPointF(x, bar.bottom() + 3))
            label = f"−{tick.label}" if side < 0 and tick.is_value and tick.label else tick.label
            width = metrics.horizontalAdvance(label)
            room = QRectF(max(4.0, x - width / 2), bar.bottom() + 3, width, metrics.height())
            if label and not any(room.adjusted(-3, 0, 3, 0).intersects(other) for other in taken):
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, label)
                taken.append(room)


def _words(scene: Scene, shown: str, *, is_drawn: bool, metrics: QFontMetricsF, room: float) -> str:
    """Return what the edges show, as much of it as there is room for."""
    title = title_words(scene.snapshot, shown)
    if not is_drawn:
        tries = [title + _why_absent(scene, shown), title]
    else:
        assert scene.pictures is not None
        many, dashed = _how_many(scene), _dashes(scene, shown)
        how = how_words(scene.pictures.job.look, _common_scale(scene, _picture_of(scene, shown)))
        # That dashes are negative is told before how many there are: the choice above tells that, too.
        tries = [
            *("; ".join([title + many, dashed, *how[:count]]) for count in range(len(how), -1, -1)),
            *("; ".join([title, dashed, *how[:count]]) for count in range(len(how), -1, -1)), dashed,
        ]
        tries.sort(key=len, reverse=True)
    for words in tries:
        if metrics.horizontalAdvance(words) <= room:
            return words
    return ""  # the choice above says it; half a word says nothing


def _dashes(scene: Scene, shown: str) -> str:
    """Return what dashes mean; where thousands of edges lie, none are dashed."""
    assert scene.pictures is not None
    pictures = [scene.pictures.get(layer, shown) for layer in range(len(scene.frame.edges))]
    dashed = {len(picture.values) <= DENSE for picture in pictures if picture is not None}
    if dashed == {False}:
        return "too many to be dashed"
    return "dashed: negative" + (", where edges are few" if len(dashed) > 1 else "")


def _how_many(scene: Scene) -> str:
    """Return how many edges are drawn: all, or the strongest so many of each layer, or of those that have more."""
    assert scene.pictures is not None
    if scene.pictures.is_provisional:
        return ", drawing…"
    job = scene.pictures.job
    top_k = job.look.top_k
    whose = " of the selection" if job.focus else ""
    totals = [n_in * n_out for n_in, n_out in itertools.pairwise(scene.snapshot.spec.sizes)]
    cut = [top_k is not None and total > top_k for total in totals]
    if not any(cut):
        return f", all edges{whose}"
    where = "each layer" if all(cut) else "larger layers"
    return f", strongest {top_k:,}{whose} of {where}" if not whose else f", strongest {top_k:,}{whose}"


def _why_absent(scene: Scene, quantity: str) -> str:
    """Return why there are no edges of a quantity, and what makes them; "" while they are being drawn."""
    if scene.pictures is None:
        return ": drawing…"
    why = why_no_edges(scene.snapshot, quantity)
    return f": {why}" if why else ""
