"""Where every unit of a network stands: columns, folded grids, elided columns, image tiles, bias units."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnviz.picture.boxes import BiasPlace, LayerBox, Layout
from nnviz.spec import NetworkSpec

__all__ = ["BiasPlace", "LayerBox", "Layout", "arrange", "output_margin"]

#: Sizes are logical pixels of the view at zoom 1; those of units grow with the text of large views.
MARGIN_TOP = 58.0
MARGIN_BOTTOM = 66.0
MARGIN_LEFT = 28.0
MAX_PITCH = 44.0
#: Networks of a few units may take more of a view that would be empty otherwise.
MAX_ROOMY_PITCH = 84.0
MAX_OUTPUT_PITCH = 64.0
MIN_COLUMN_PITCH = 15.0
#: Inputs have names beside them, which a column keeps readable for longer than a grid.
MIN_NAMED_PITCH = 12.0
#: Outputs have rows of names, bars and numbers beside them.
MIN_OUTPUT_PITCH = 12.5
MAX_GRID_PITCH = 24.0
RADIUS_SHARE = 0.38
#: Of the circle in an ordinary column that has all the room it wants.
USUAL_RADIUS = 20.0
#: Units smaller than this cannot be told apart: the layer is elided, whatever was wished.
MIN_GRID_PITCH = 2.0
#: Distance of the units of an elided layer: large enough for circles that can be pointed at.
ELIDED_PITCH = 27.0
#: Of images of weights inside units, logical pixels.
MAX_IMAGE_PITCH = 150.0
ELIDED_IMAGE_PITCH = 66.0
#: Height of the gap of an elided layer: the count stands in it.
GAP = 48.0
BIAS_RADIUS = 10.0
BIAS_GAP = 10.0
#: A share of a layer's width that its units may take: more where they are many, or where the layers are.
GRID_SHARE, WIDE_GRID_SHARE = 0.34, 0.5
CROWDED = 60.0
#: Shares of the whole width: of an image as input, also beside images of weights, and of those.
TILE_SHARE, SMALL_TILE_SHARE, IMAGES_SHARE = 0.27, 0.17, 0.4


@dataclass(frozen=True, slots=True)
class _Room:
    """What a layer may take: its middle line, the height from ``top``, its share of the width, the size of units."""

    center: float
    top: float
    height: float
    share: float
    scale: float


def _column(index: int, size: int, room: _Room, max_pitch: float, max_radius: float) -> LayerBox:
    pitch = min(room.height / size, max_pitch)
    radius = min(pitch * RADIUS_SHARE, max_radius)
    used = pitch * size
    y0 = room.top + (room.height - used) / 2
    ys = y0 + pitch * (np.arange(size) + 0.5)
    positions = np.stack([np.full(size, room.center), ys], axis=1).astype(np.float32)
    return LayerBox(
        index, size, "column", room.center - radius, y0, 2 * radius, used, pitch, radius,
        np.arange(size, dtype=np.int32), positions, size, 1,
    )


def _elided(index: int, size: int, room: _Room, target: float, max_radius: float) -> LayerBox:
    """Place as many units of both ends as there is height for, at about the target pitch, at least one each."""
    gap = min(GAP * room.scale, 0.4 * room.height)
    each = max(1, min(int((room.height - gap) / (2 * target)), (size - 1) // 2))
    pitch = min((room.height - gap) / (2 * each), 1.4 * target)
    radius = min(pitch * RADIUS_SHARE, max_radius)
    used = 2 * each * pitch + gap
    y0 = room.top + (room.height - used) / 2
    upper = y0 + pitch * (np.arange(each) + 0.5)
    ys = np.concatenate([upper, upper + each * pitch + gap])
    shown = np.concatenate([np.arange(each), np.arange(size - each, size)]).astype(np.int32)
    positions = np.stack([np.full(2 * each, room.center), ys], axis=1).astype(np.float32)
    return LayerBox(
        index, size, "column", room.center - radius, y0, 2 * radius, used, pitch, radius,
        shown, positions, 2 * each, 1, gap_y=y0 + each * pitch + gap / 2, is_wide=True,
    )


def _grid(index: int, size: int, room: _Room, columns: int, pitch: float, kind: str) -> LayerBox:
    rows = math.ceil(size / columns)
    x0, y0 = room.center - columns * pitch / 2, room.top + (room.height - rows * pitch) / 2
    units = np.arange(size)
    xs = x0 + (units % columns + 0.5) * pitch
    ys = y0 + (units // columns + 0.5) * pitch
    radius = pitch / 2 if kind == "image" else pitch * 0.42
    return LayerBox(
        index, size, kind, x0, y0, columns * pitch, rows * pitch, pitch, radius,
        units.astype(np.int32), np.stack([xs, ys], axis=1).astype(np.float32), rows, columns,
        is_wide=kind == "grid",
    )


def _best_grid(size: int, height: float, max_width: float, max_pitch: float, even: float) -> tuple[int, float]:
    """Return the number of columns and the pitch that make the units largest within height and width.

    Args:
        size: units.
        height, max_width: the room.
        max_pitch: units need not be larger.
        even: what a grid with a ragged last row is worth beside one without, in [0, 1].
    """
    best, chosen = (1, 0.0), 0.0
    for columns in range(1, min(size, 96) + 1):
        pitch = min(height / math.ceil(size / columns), max_width / columns, max_pitch)
        worth = pitch * (1.0 if size % columns == 0 else even)
        if worth > chosen * 1.02:
            best, chosen = (columns, pitch), worth
    return best


def output_margin(width: float, scale: float = 1.0) -> float:
    """Return the room right of the output layer for class names and probabilities, in view pixels."""
    return min(230.0 * scale, max(min(132.0 * scale, 0.3 * width), width * 0.17))


def _grid_of_all(_layer: int) -> str:
    return "grid"


def arrange(
    spec: NetworkSpec, width: float, height: float, *, fold_of: Callable[[int], str] = _grid_of_all,
    top: float = MARGIN_TOP, bottom: float = MARGIN_BOTTOM, right: float | None = None, left: float = 0.0,
    scale: float = 1.0, bias: bool = False, images_in: int | None = None,
) -> Layout:
    """Place every layer of a network in a view.

    Args:
        spec: the network.
        width, height: size of the view in logical pixels.
        fold_of: what becomes of a layer, 0 the input, too wide for one column: ``"grid"`` (folded) or
            ``"elided"`` (its ends).
        top, bottom: room kept for headings and scales.
        left: room kept for the names of inputs that are no image.
        right: room kept for class names and probabilities; by default ``output_margin(width)``.
        scale: how much larger units are than in an ordinary view, 1.
        bias: whether a bias unit stands below each layer that is followed by one with biases.
        images_in: a dense layer, 1 the first, whose units hold images and are made as large as may be, or None.
    """
    bias_radius = BIAS_RADIUS * scale
    bias_room = 2 * bias_radius + BIAS_GAP * scale if bias else 0.0
    usable = max(40.0, height - top - bottom - bias_room)
    end = width - (output_margin(width, scale) if right is None else right)
    layers = len(spec.sizes)
    is_image = len(spec.input_shape) == 2
    start_x = MARGIN_LEFT * min(scale, width / 900 + 0.3) + (0.0 if is_image else left)
    span = max(60.0, end - start_x)
    share = span / layers
    if images_in is not None and layers > 2:
        # What the images leave: theirs, the input's and the room between.
        share = min(share, (1 - IMAGES_SHARE - SMALL_TILE_SHARE) * span / (layers - 1.5))
    # The largest layer says how much room there is for each unit; all layers have units of one size.
    inputs = 1 if is_image else spec.input_size
    roomy = min(MAX_ROOMY_PITCH * scale, max(MAX_PITCH * scale, 0.8 * usable / max(inputs, *spec.sizes[1:])))
    max_radius = min(max(USUAL_RADIUS * scale, 0.36 * roomy), 0.25 * share)

    def make(index: int, size: int, center_x: float) -> LayerBox:
        room = _Room(center_x, top, usable, share, scale)
        last = index == layers - 1
        large = index == images_in
        if large:
            pitch = MAX_IMAGE_PITCH * scale
            if fold_of(index) == "elided" and size > 8:
                return _elided(index, size, room, ELIDED_IMAGE_PITCH * scale, 0.2 * span)
            columns, pitch = _best_grid(size, usable, IMAGES_SHARE * span, pitch, 0.85)
            return _grid(index, size, room, columns, pitch, "grid")
        least = MIN_NAMED_PITCH if index == 0 else MIN_OUTPUT_PITCH if last else MIN_COLUMN_PITCH
        if usable / size >= least * scale:
            return _column(
                index, size, room, max(roomy, MAX_OUTPUT_PITCH * scale) if last else roomy, max_radius
            )
        part = GRID_SHARE if size <= 200 and share > CROWDED * scale else WIDE_GRID_SHARE
        columns, pitch = _best_grid(size, usable, part * share, MAX_GRID_PITCH * scale, 0.62)
        if (fold_of(index) == "elided" and size > 4) or pitch < MIN_GRID_PITCH:
            return _elided(index, size, room, ELIDED_PITCH * scale, max_radius)
        return _grid(index, size, room, columns, pitch, "grid")

    boxes: list[LayerBox] = []
    if is_image:
        rows, columns = spec.input_shape
        part = TILE_SHARE if images_in is None else SMALL_TILE_SHARE
        # In a deep network an equal share would leave the image too small to be recognised.
        room = min(part * span, max(1.15 * share, 0.12 * span, min(84.0 * scale, 0.2 * span)))
        pitch = min(usable * 0.8 / rows, room / columns)
        place = _Room(start_x + columns * pitch / 2, top, usable, share, scale)
        boxes.append(_grid(0, spec.input_size, place, columns, pitch, "image"))
    else:
        first = make(0, spec.input_size, 0.0)
        boxes.append(first.moved(1.0, start_x + first.width / 2, 0.0))
    widths = [make(index, size, 0.0).width for index, size in enumerate(spec.sizes) if index > 0]
    start = boxes[0].x + boxes[0].width
    # Equal room between layers, whatever the layers' own widths: that is where the edges live.
    room = (end - start - sum(widths)) / len(widths)
    x = start
    for index, (size, box_width) in enumerate(zip(spec.sizes[1:], widths, strict=True), start=1):
        x += room
        boxes.append(make(index, size, x + box_width / 2))
        x += box_width
    biases: list[BiasPlace] = []
    if bias:
        for layer, box in zip(spec.layers, boxes, strict=False):
            if layer.use_bias:
                radius = min(bias_radius, 0.32 * share)
                y = box.y + box.height + BIAS_GAP * scale + radius
                biases.append(BiasPlace(box.index, box.x + box.width / 2, y, radius))
    return Layout(width, height, tuple(boxes), tuple(biases))
