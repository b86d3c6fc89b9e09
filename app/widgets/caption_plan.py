"""Where the captions of layers stand: names, kinds and signs that never touch, however deep the network."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from app.theme import ui_font
from app.widgets.caption_words import (
    extra_caption,
    fitting_extra,
    input_caption,
    layer_title,
    main_caption,
)
from nnviz.spec import NetworkSpec

#: Size of the second line, in multiples of the text size.
SMALL = 0.92
#: Height of a line, in multiples of the text size.
LINE = 1.35
#: Height of the row of signs, and the side of a sign, in multiples of the text size.
GLYPH_ROW, GLYPH = 1.8, 1.5
#: A sign smaller than this says nothing, logical pixels.
MIN_GLYPH = 11.0
#: Where the captions begin, and what they keep from the units and from each other, logical pixels.
FIRST_Y, BELOW, APART = 8.0, 10.0, 7.0
#: Text is made smaller before it is made shorter, but not smaller than this, logical pixels.
LEAST_TEXT = 10.0
#: Views lower than this, in multiples of the text size, have no room for scales and signs, nor for a third line.
LOW, LOW_FOR_THREE = 24.0, 34.0


@dataclass(frozen=True, slots=True)
class Furniture:
    """The room above and below the layers.

    Attributes:
        lines: of each caption, 1 to 3.
        glyphs: whether signs of what a layer does stand below its caption.
        scales: whether scales stand below the layers.
        top: height of all that stands above, logical pixels.
    """

    lines: int
    glyphs: bool
    scales: bool
    top: float


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A line of text: of which layer (−1 of several), where, how large."""

    layer: int
    text: str
    area: QRectF
    size: float
    bold: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """A sign of what a layer does: ``norm``, ``dropout`` or the name of its activation."""

    layer: int
    kind: str
    area: QRectF


@dataclass(frozen=True, slots=True, eq=False)
class CaptionPlan:
    """All that stands above the layers.

    Attributes:
        labels: the texts.
        brackets: (left, right, y) of lines that join layers with a caption in common.
        glyphs: the signs.
        areas: for each layer, the input first, what belongs to its caption, also where no text had room.
    """

    labels: tuple[Label, ...]
    brackets: tuple[tuple[float, float, float], ...]
    glyphs: tuple[Glyph, ...]
    areas: tuple[QRectF, ...]

    def layer_at(self, x: float, y: float) -> int | None:
        """Return the layer whose caption is under a point, 0 the input, or None."""
        return next((layer for layer, area in enumerate(self.areas) if area.contains(x, y)), None)

    def title_of(self, layer: int) -> QRectF | None:
        """Return where the first line of a layer's caption stands, or None where it has no room."""
        return next((label.area for label in self.labels if label.layer == layer and label.bold), None)


@lru_cache(maxsize=64)
def has_extra_row(spec: NetworkSpec, width: float, text: float) -> bool:
    """Whether what some layer has besides needs a line of its own, layers standing in a view this wide."""
    metrics = QFontMetricsF(ui_font(text * SMALL))
    # The layers share what the answer leaves; neighbours must not touch.
    room = 0.8 * width / len(spec.sizes) - text
    return any(
        metrics.horizontalAdvance(f"{main_caption(layer)} · {extra_caption(layer)}") > room
        for layer in spec.layers if extra_caption(layer)
    )


@lru_cache(maxsize=64)
def furniture_of(spec: NetworkSpec, width: float, height: float, text: float) -> Furniture:
    """Return what stands above and below the layers of a network in a view of this size."""
    low = height < LOW * text
    lines = 1 if low else 2
    # A third line for what its signs alone do not tell, where the words have some room.
    if height >= LOW_FOR_THREE * text and has_extra_row(spec, width, text) and width / len(spec.sizes) > 5.5 * text:
        lines = 3
    top = FIRST_Y + lines * LINE * text + (0.0 if low else GLYPH_ROW * text) + BELOW
    return Furniture(lines, not low, not low, top)


def glyph_kinds(spec: NetworkSpec, layer: int) -> tuple[str, ...]:
    """Return what happens between the sum and the output of a layer, in order; () for the input."""
    if layer == 0:
        return ()
    made = spec.layers[layer - 1]
    kinds = ["norm" if made.batch_norm else "", made.activation, "dropout" if made.dropout else ""]
    return tuple(kind for kind in kinds if kind)


def placed_texts(
    texts: Sequence[str], centers: Sequence[float], metrics: QFontMetricsF, width: float, y: float, height: float
) -> list[QRectF] | None:
    """Return where centred texts stand in a row of a view ``width`` wide, None where two would touch.

    Only the first and the last are shifted inwards from the edge of the view. An empty text takes no room.
    """
    placed: list[QRectF] = []
    end = 3.0 - APART
    for text, center in zip(texts, centers, strict=True):
        wide = metrics.horizontalAdvance(text) if text else 0.0
        left = min(max(4.0, center - wide / 2), max(4.0, width - 4.0 - wide))
        if text:
            if left < end + APART - 0.01:
                return None
            end = left + wide
        placed.append(QRectF(left, y, wide, height))
    return placed if end <= width else None


def fitted(
    choices: Sequence[Callable[[], Sequence[str]]], centers: Sequence[float], size: float, width: float, y: float,
    *, bold: bool = False,
) -> list[Label]:
    """Return the first of some rows of texts that fits at the size or a little smaller; [] where none does."""
    for choice in choices:
        texts = choice()
        for pixels in (size, max(LEAST_TEXT, round(0.85 * size))):
            if pixels > size:
                continue
            metrics = QFontMetricsF(ui_font(pixels, bold=bold))
            areas = placed_texts(texts, centers, metrics, width, y, LINE * size)
            if areas is not None:
                return [
                    Label(layer, text, area, pixels, bold)
                    for layer, (text, area) in enumerate(zip(texts, areas, strict=True)) if text
                ]
    return []


def _titles(spec: NetworkSpec) -> list[Callable[[], Sequence[str]]]:
    names = [layer_title(spec, layer) for layer in range(len(spec.sizes))]
    last = len(names) - 1

    def numbers(step: int, ends: tuple[str, str]) -> list[str]:
        inner = [str(k) if (k - 1) % step == 0 else "" for k in range(1, last)]
        return [ends[0], *inner, ends[1]]

    made: list[Callable[[], Sequence[str]]] = [lambda: names]
    if last > 1:
        made += [lambda: numbers(1, ("Input", "Output")), lambda: numbers(1, ("In", "Out"))]
        for step in (2, 3, 5):
            made.append(lambda step=step: numbers(step, ("In", "Out")))  # type: ignore[misc]
    made += [lambda: ["In", *[""] * (last - 1), "Out"]]
    return made


def _runs(words: Sequence[str]) -> list[tuple[int, int]]:
    """Return (first, last) of the runs of equal words."""
    made, start = [], 0
    for _, group in itertools.groupby(words):
        count = len(list(group))
        made.append((start, start + count - 1))
        start += count
    return made


def _kinds(
    spec: NetworkSpec, count: int, centers: Sequence[float], size: float, width: float, y: float
) -> tuple[list[Label], list[tuple[float, float, float]]]:
    """Return the second line: kinds of all layers, or once for neighbours of the same kind, or sizes only."""
    plain = [input_caption(spec, count), *(main_caption(layer) for layer in spec.layers)]
    whole = [
        plain[0],
        *(" · ".join(part for part in (main_caption(one), extra_caption(one)) if part) for one in spec.layers),
    ]
    labels = fitted([lambda: whole, lambda: plain], centers, size, width, y)
    if labels:
        return labels, []
    shorter = input_caption(spec, count) if count > 1 else f"{spec.input_size:,}"
    for row, joined in itertools.product((whole, plain), ("{} layers of {}", "{} × {}")):
        words = [shorter, *row[1:]]
        runs = _runs(words)
        if len(runs) == len(words):
            continue
        texts = [words[a] if a == b else joined.format(b - a + 1, words[a]) for a, b in runs]
        middles = [(centers[a] + centers[b]) / 2 for a, b in runs]
        labels = fitted([lambda texts=texts: texts], middles, size, width, y)  # type: ignore[misc]
        if labels:
            half = 0.32 * min(b - a for a, b in itertools.pairwise(centers))
            ends = [0.0, *(one.area.right() + 4 for one in labels)]
            starts = [*(one.area.left() - 4 for one in labels), width]
            brackets = [
                (max(centers[a] - half, ends[place]), min(centers[b] + half, starts[place + 1]), y + LINE * size)
                for place, (a, b) in enumerate(runs) if b > a
            ]
            owners = [a if a == b else -1 for a, b in runs]
            named = [Label(owners[one.layer], one.text, one.area, one.size) for one in labels]
            return named, brackets
    sizes = [f"{size:,}" for size in spec.sizes]
    outer = [sizes[0], *[""] * (len(sizes) - 2), sizes[-1]]
    return fitted([lambda: sizes, lambda: outer], centers, size, width, y), []


@lru_cache(maxsize=32)
def plan_captions(
    spec: NetworkSpec, centers: tuple[float, ...], furniture: Furniture, width: float, text: float, count: int = 1
) -> CaptionPlan:
    """Place the captions of all layers.

    Args:
        spec: the network.
        centers: the middle of each layer, the input first, logical pixels.
        furniture: how many lines and signs there is room for.
        width: of the view.
        text: base text size.
        count: of how many samples the means are shown, 1 for a single one.
    """
    line = LINE * text
    labels = fitted(_titles(spec), centers, text, width, FIRST_Y, bold=True)
    brackets: list[tuple[float, float, float]] = []
    if furniture.lines >= 2:
        below, brackets = _kinds(spec, count, centers, text * SMALL, width, FIRST_Y + line)
        labels = labels + below
    gaps = [right - left for left, right in itertools.pairwise(centers)]
    apart = min(gaps) if gaps else width
    if furniture.lines >= 3:
        labels = labels + _extra_line(spec, labels, centers, apart, text, width)
    glyphs: list[Glyph] = []
    end = FIRST_Y + furniture.lines * line
    if furniture.glyphs:
        glyphs = _glyphs(spec, centers, apart, text, end + 0.5 * (GLYPH_ROW - GLYPH) * text)
        end += GLYPH_ROW * text
    areas = []
    for layer, center in enumerate(centers):
        left = gaps[layer - 1] / 2 if layer else min(7 * text, center)
        right = gaps[layer] / 2 if layer < len(gaps) else 7 * text
        # At most as wide as a caption is: what lies between two captions belongs to neither.
        left, right = min(left, 7 * text), min(right, 7 * text)
        areas.append(QRectF(center - left, 0.0, left + right, end))
    return CaptionPlan(tuple(labels), tuple(brackets), tuple(glyphs), tuple(areas))


def _extra_line(
    spec: NetworkSpec, labels: list[Label], centers: Sequence[float], apart: float, text: float, width: float
) -> list[Label]:
    """Return the third line, for layers whose second does not say already what they have besides."""
    size = text * SMALL
    metrics = QFontMetricsF(ui_font(size))
    said = {label.layer for label in labels if " · " in label.text}
    texts = [
        "", *("" if k in said else fitting_extra(layer, metrics, apart - APART) for k, layer in
              enumerate(spec.layers, start=1)),
    ]
    return fitted([lambda: texts], centers, size, width, FIRST_Y + 2 * LINE * text)


def _glyphs(spec: NetworkSpec, centers: Sequence[float], apart: float, text: float, y: float) -> list[Glyph]:
    """Return the signs of all layers, as many as stand side by side without touching those of the neighbours."""
    made = []
    for layer, center in enumerate(centers):
        kinds = list(glyph_kinds(spec, layer))
        while kinds:
            side = min(GLYPH * text, (apart - 4.0) / len(kinds) - 2.0)
            if side >= MIN_GLYPH or (len(kinds) == 1 and side >= 0.7 * MIN_GLYPH):
                x = center - (side + 2.0) * len(kinds) / 2
                for place, kind in enumerate(kinds):
                    area = QRectF(x + place * (side + 2.0) + 1.0, y + (GLYPH * text - side) / 2, side, side)
                    made.append(Glyph(layer, kind, area))
                break
            # What is told nowhere else stays: the caption names the activation.
            kinds.remove(spec.layers[layer - 1].activation if spec.layers[layer - 1].activation in kinds else kinds[0])
    return made
