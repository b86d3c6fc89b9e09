"""Paints the name of each layer above it and the scale of its units below it."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPaintEngine, QPainter, QPen

from app.theme import Theme, ui_font
from app.widgets.caption_plan import (
    LINE,
    SMALL,
    CaptionPlan,
    Label,
    fitted,
    furniture_of,
    has_extra_row,
    plan_captions,
)
from app.widgets.caption_words import ACTIVATION_NAMES, extra_caption, fitting_extra, main_caption
from app.widgets.layer_glyphs import paint_glyphs
from app.widgets.network_scene import Scene, scale_y, unit_scale
from nnviz.picture.layout import Layout
from nnviz.picture.quantities import UNIT_QUANTITIES, number, unit_quantity_at, unit_values, why_absent
from nnviz.spec import NetworkSpec

__all__ = [
    "ACTIVATION_NAMES", "caption_plan", "extra_caption", "fitting_extra", "has_extra_row", "main_caption",
    "paint_headings", "plan_of",
]

SYMBOLS = {"z": "z", "n": "n", "a": "a", "da": "dL/da", "dz": "dL/dz", "a_after": "a", "weights": "w"}


def plan_of(spec: NetworkSpec, layout: Layout, width: float, height: float, text: float, count: int) -> CaptionPlan:
    """Return where the captions of a network stand above its layers."""
    centers = tuple(box.x + box.width / 2 for box in layout.boxes)
    return plan_captions(spec, centers, furniture_of(spec, width, height, text), width, text, count)


def caption_plan(scene: Scene) -> CaptionPlan:
    """Return where the captions of a scene stand."""
    return plan_of(scene.snapshot.spec, scene.layout, scene.width, scene.height, scene.text, scene.snapshot.count)


def paint_headings(painter: QPainter, scene: Scene) -> None:
    """Paint the name of each layer above it and the scale of its units below it."""
    plan = caption_plan(scene)
    painter.save()
    if painter.paintEngine().type() == QPaintEngine.Type.Raster:
        # The captions of a deep network are a hundred texts and signs, the same ones frame after frame.
        painter.drawImage(QPointF(0, 0), _strip(plan, scene.theme, scene.width, painter.device().devicePixelRatioF()))
    else:
        _paint_captions(painter, plan, scene.theme)
    if furniture_of(scene.snapshot.spec, scene.width, scene.height, scene.text).scales:
        for label in unit_scale_row(scene):
            _paint_label(painter, label, QColor(scene.theme.muted))
    _paint_reason(painter, scene)
    painter.restore()


def _paint_captions(painter: QPainter, plan: CaptionPlan, theme: Theme) -> None:
    for label in plan.labels:
        _paint_label(painter, label, QColor(theme.text if label.bold else theme.muted))
    painter.setPen(QPen(QColor(theme.faint), 1.2))
    for left, right, y in plan.brackets:
        painter.drawPolyline([QPointF(left, y - 3), QPointF(left, y), QPointF(right, y), QPointF(right, y - 3)])
    paint_glyphs(painter, theme, plan.glyphs)


@lru_cache(maxsize=6)
def _strip(plan: CaptionPlan, theme: Theme, width: int, ratio: float) -> QImage:
    """Return the captions as a picture of the upper edge of the view."""
    height = max(area.bottom() for area in plan.areas) + 4
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_captions(painter, plan, theme)
    painter.end()
    return image


def _paint_reason(painter: QPainter, scene: Scene) -> None:
    """Paint why the units have no colour, where the chosen quantity has no values."""
    if scene.frame.stage >= 0 or scene.frame.units[-1].new == "none":
        return
    quantity = scene.frame.units[-1].new
    reason = why_absent(scene.snapshot, quantity)
    if not reason:
        return
    boxes, size = scene.layout.boxes, scene.text
    middle = (boxes[0].x + boxes[0].width + boxes[-1].x) / 2
    y = furniture_of(scene.snapshot.spec, scene.width, scene.height, scene.text).top
    choices = [[f"Units: {UNIT_QUANTITIES[quantity]}: {reason}"], [f"Units: {reason}"], [reason]]
    for label in fitted([partial(list, one) for one in choices], [middle], size, scene.width - 2 * size, y):
        area = label.area.adjusted(-0.8 * size, -0.2 * size, 0.8 * size, 0.2 * size)
        painter.setPen(QPen(QColor(scene.theme.border), 1))
        painter.setBrush(QColor(scene.theme.raised))
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        _paint_label(painter, label, QColor(scene.theme.text))


def _paint_label(painter: QPainter, label: Label, color: QColor) -> None:
    painter.setFont(ui_font(label.size, bold=label.bold))
    painter.setPen(color)
    # Wider than the text was measured: a hair's breadth must not cost its last letter.
    painter.drawText(label.area.adjusted(-2, 0, 2, 0), Qt.AlignmentFlag.AlignCenter, label.text)


def unit_scale_row(scene: Scene) -> list[Label]:
    """Return the scale of each layer's units below it, or what all of them have in common, or why there is none."""
    snapshot, size = scene.snapshot, scene.text * SMALL
    y = scale_y(scene) - scene.second_row
    boxes = scene.layout.boxes
    centers = [box.x + box.width / 2 for box in boxes]
    shown = [look.new if look.mix >= 0.5 else look.old for look in scene.frame.units]
    told = [unit_quantity_at(snapshot, box.index, quantity) for box, quantity in zip(boxes, shown, strict=True)]
    if shown[-1] != "weights" and why_absent(snapshot, shown[-1]):
        return []  # said in words above the layers
    values: list[str] = []
    symbols: list[str] = []
    sizes: list[float] = []
    for box, quantity in zip(boxes, told, strict=True):
        symbol = "" if box.index == 0 else SYMBOLS.get(quantity, "")
        if quantity == "zero" and box.index:
            share = unit_values(snapshot, box.index, quantity)
            sizes.append(0.0 if share is None else float(np.mean(share)))
            values.append("" if share is None else f"{100 * sizes[-1]:.0f} %")
            symbols.append("" if share is None else "zero")
            continue
        held = unit_values(snapshot, box.index, quantity)
        if held is not None and not np.isfinite(held).any():
            symbol = ""  # dL/da of an output whose loss needs none
        sizes.append(unit_scale(scene, box.index, quantity) if symbol else 0.0)
        values.append(number(sizes[-1]) if symbol else "")
        symbols.append(symbol)
    mean = "mean " if snapshot.count > 1 else ""
    whole = [
        "" if not value else f"{value} {symbol}" if symbol == "zero"
        else f"|{'' if symbol == 'w' else mean}{symbol}| ≤ {value}"
        for symbol, value in zip(symbols, values, strict=True)
    ]
    # Right of the last layer there is room; to its left there is none to spare.
    last = len(boxes) - 1
    if whole[last] and scene.meaning.is_regression and symbols[last] in ("z", "a"):
        whole[last] += " (standardised)"
    placed = _row(scene, whole, centers, size, y)
    if placed:
        return placed
    kinds = {symbol for symbol in symbols if symbol}
    placed = _row(scene, values, centers, size, y)
    if placed and len(kinds) == 1:
        kind = kinds.pop()
        prefix = "zero" if kind == "zero" else f"|{mean}{kind}| ≤"
        first = placed[0]
        width = QFontMetricsF(ui_font(first.size)).horizontalAdvance(prefix)
        if first.area.x() - width - 8 >= 4:
            area = QRectF(first.area.x() - width - 8, y, width, LINE * size)
            return [Label(0, prefix, area, first.size), *placed]
    changes = [symbol != before for symbol, before in zip(symbols, ["", *symbols[:-1]], strict=True)]
    placed = _row(scene, [w if c else v for w, v, c in zip(whole, values, changes, strict=True)], centers, size, y)
    if placed:
        return placed
    return _in_the_middle(scene, _summaries(symbols, sizes, mean), size, y)


def _summaries(symbols: list[str], sizes: list[float], mean: str) -> list[str]:
    """Return between what the scales of all layers lie, the longest words first."""
    parts = []
    for symbol in dict.fromkeys(filter(None, symbols)):
        own = [value for value, other in zip(sizes, symbols, strict=True) if other == symbol]
        low, high = ((f"{100 * v:.0f} %" if symbol == "zero" else number(v)) for v in (min(own), max(own)))
        ends = low if low == high else f"{low} to {high}"
        name = "zero" if symbol == "zero" else f"|{'' if symbol == 'w' else mean}{symbol}| ≤"
        parts.append(f"{name} {ends}")
    text = "; ".join(parts)
    return [f"{text}, a scale for each layer", text] if parts else []


def _row(scene: Scene, texts: list[str], centers: list[float], size: float, y: float) -> list[Label]:
    """Return texts below the layers; the last one begins below its layer, as there is room on its right."""
    box = scene.layout.boxes[-1]
    labels = fitted([partial(list, texts)], centers, size, scene.width, y)
    if labels and not any(len(texts[-1]) > 16 for _ in labels):
        return labels
    before = fitted([partial(list, texts[:-1])], centers[:-1], size, scene.width, y)
    if not before and any(texts[:-1]):
        return []
    pixels = before[0].size if before else size
    left = max(box.x - 12.0, before[-1].area.right() + 8.0 if before else 4.0)
    width = QFontMetricsF(ui_font(pixels)).horizontalAdvance(texts[-1])
    if left > box.x + box.width or left + width > scene.width - 4:
        return []
    return [*before, Label(box.index, texts[-1], QRectF(left, y, width, LINE * size), pixels)]


def _in_the_middle(scene: Scene, choices: list[str], size: float, y: float) -> list[Label]:
    """Return the first of some sentences that fits into the view, in the middle of the hidden layers."""
    boxes = scene.layout.boxes
    middle = (boxes[0].x + boxes[-1].x + boxes[-1].width) / 2
    made = [[text] for text in choices]
    labels = fitted([partial(list, one) for one in made], [middle], size, scene.width, y)
    return [Label(-1, label.text, label.area, label.size) for label in labels]
