"""Where every unit of a network stands: columns, folded grids, elided columns, image tiles; and hit testing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nnviz.spec import NetworkSpec

#: Sizes are logical pixels of the view at zoom 1.
MARGIN_TOP = 58.0
MARGIN_BOTTOM = 66.0
MARGIN_LEFT = 28.0
MAX_PITCH = 44.0
MIN_COLUMN_PITCH = 15.0
MIN_NAMED_PITCH = 9.5
MAX_GRID_PITCH = 24.0
#: Units shown at each end of an elided layer.
ELIDED_EACH_SIDE = 6


@dataclass(frozen=True, slots=True, eq=False)
class LayerBox:
    """The place of one layer.

    Attributes:
        index: 0 for the input, 1 for the first dense layer.
        size: units (or input values) of the layer.
        kind: ``"image"``, ``"column"`` or ``"grid"``.
        x, y, width, height: bounding box in view pixels.
        pitch: distance between neighbouring units.
        radius: radius of a unit (half a pixel's side in an image).
        shown: indices of the units that are drawn, (shown,) int32, ascending.
        positions: their centres, (shown, 2) float32.
        rows, columns: the grid of an image or grid.
        gap_y: where an elided column is broken, or None.
    """

    index: int
    size: int
    kind: str
    x: float
    y: float
    width: float
    height: float
    pitch: float
    radius: float
    shown: NDArray[np.int32]
    positions: NDArray[np.float32]
    rows: int
    columns: int
    gap_y: float | None = None

    @property
    def hidden_count(self) -> int:
        """Units that are not drawn."""
        return self.size - len(self.shown)

    def moved(self, scale: float, dx: float, dy: float) -> LayerBox:
        """Return the box scaled about the origin, then shifted."""
        return replace(
            self,
            x=self.x * scale + dx,
            y=self.y * scale + dy,
            width=self.width * scale,
            height=self.height * scale,
            pitch=self.pitch * scale,
            radius=self.radius * scale,
            positions=(self.positions * np.float32(scale) + np.array([dx, dy], np.float32)),
            gap_y=None if self.gap_y is None else self.gap_y * scale + dy,
        )

    def unit_at(self, x: float, y: float) -> int | None:
        """Return the unit under a point, by arithmetic, or None."""
        slack = max(2.0, self.pitch * 0.1)
        if not (self.x - slack <= x <= self.x + self.width + slack):
            return None
        if not (self.y - slack <= y <= self.y + self.height + slack):
            return None
        if self.kind == "column":
            nearest = int(np.argmin(np.abs(self.positions[:, 1] - y)))
            close = abs(float(self.positions[nearest, 1]) - y) <= max(self.radius + slack, self.pitch / 2)
            return int(self.shown[nearest]) if close else None
        column = int((x - self.x) // self.pitch)
        row = int((y - self.y) // self.pitch)
        if not (0 <= column < self.columns and 0 <= row < self.rows):
            return None
        unit = row * self.columns + column
        return unit if unit < self.size else None

    def place_of(self, unit: int) -> tuple[float, float] | None:
        """Return the centre of a unit, or None where it is not drawn."""
        place = int(np.searchsorted(self.shown, unit))
        if place >= len(self.shown) or self.shown[place] != unit:
            return None
        return float(self.positions[place, 0]), float(self.positions[place, 1])


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The places of all layers in a view of ``width`` x ``height`` pixels; input first."""

    width: float
    height: float
    boxes: tuple[LayerBox, ...]

    def moved(self, scale: float, dx: float, dy: float) -> Layout:
        """Return the layout zoomed by ``scale`` about the origin, then shifted."""
        return Layout(self.width, self.height, tuple(box.moved(scale, dx, dy) for box in self.boxes))

    def hit(self, x: float, y: float) -> tuple[int, int] | None:
        """Return (layer, unit) under a point, layer 0 the input, or None."""
        for box in self.boxes:
            unit = box.unit_at(x, y)
            if unit is not None:
                return box.index, unit
        return None


def _column(
    index: int, size: int, center_x: float, top: float, height: float, max_pitch: float, max_radius: float
) -> LayerBox:
    pitch = min(height / size, max_pitch)
    radius = min(pitch * 0.38, 20.0, max_radius)
    used = pitch * size
    y0 = top + (height - used) / 2
    ys = y0 + pitch * (np.arange(size) + 0.5)
    positions = np.stack([np.full(size, center_x), ys], axis=1).astype(np.float32)
    return LayerBox(
        index, size, "column", center_x - radius, y0, 2 * radius, used, pitch, radius,
        np.arange(size, dtype=np.int32), positions, size, 1,
    )


def _elided(
    index: int, size: int, center_x: float, top: float, height: float, max_radius: float
) -> LayerBox:
    each = ELIDED_EACH_SIDE
    slots = 2 * each + 2  # the gap takes two places
    pitch = min(height / slots, MAX_PITCH)
    radius = min(pitch * 0.38, 20.0, max_radius)
    y0 = top + (height - pitch * slots) / 2
    places = np.concatenate([np.arange(each), np.arange(each + 2, slots)])
    ys = y0 + pitch * (places + 0.5)
    shown = np.concatenate([np.arange(each), np.arange(size - each, size)]).astype(np.int32)
    positions = np.stack([np.full(2 * each, center_x), ys], axis=1).astype(np.float32)
    return LayerBox(
        index, size, "column", center_x - radius, y0, 2 * radius, pitch * slots, pitch, radius,
        shown, positions, 2 * each, 1, gap_y=y0 + pitch * (each + 1),
    )


def _grid(
    index: int, size: int, center_x: float, top: float, height: float, columns: int, pitch: float, kind: str
) -> LayerBox:
    rows = math.ceil(size / columns)
    x0, y0 = center_x - columns * pitch / 2, top + (height - rows * pitch) / 2
    units = np.arange(size)
    xs = x0 + (units % columns + 0.5) * pitch
    ys = y0 + (units // columns + 0.5) * pitch
    radius = pitch / 2 if kind == "image" else pitch * 0.42
    return LayerBox(
        index, size, kind, x0, y0, columns * pitch, rows * pitch, pitch, radius,
        units.astype(np.int32), np.stack([xs, ys], axis=1).astype(np.float32), rows, columns,
    )


def _best_grid(size: int, height: float, max_width: float) -> tuple[int, float]:
    """Return the number of columns and the pitch that make the units largest within height and width."""
    best = (1, 0.0)
    for columns in range(1, 65):
        rows = math.ceil(size / columns)
        pitch = min(height / rows, max_width / columns, MAX_GRID_PITCH)
        # Powers of two fold evenly and read better, so a ragged grid must be clearly larger to win.
        worth = pitch * (1.0 if size % columns == 0 else 0.62)
        if worth > best[1] * 1.02:
            best = (columns, worth)
    columns = best[0]
    return columns, min(height / math.ceil(size / columns), max_width / columns, MAX_GRID_PITCH)


def output_margin(width: float) -> float:
    """Room right of the output layer for class names and probabilities, in view pixels."""
    return min(230.0, max(132.0, width * 0.17))


def _grid_of_all(_layer: int) -> str:
    return "grid"


def arrange(
    spec: NetworkSpec, width: float, height: float, *, fold_of: Callable[[int], str] = _grid_of_all,
    top: float = MARGIN_TOP, bottom: float = MARGIN_BOTTOM, right: float | None = None, left: float = 0.0,
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
    """
    usable_height = max(40.0, height - top - bottom)
    end = width - (output_margin(width) if right is None else right)
    layers = len(spec.sizes)
    is_image = len(spec.input_shape) == 2
    start_x = MARGIN_LEFT + (0.0 if is_image else left)
    span = max(60.0, end - start_x)
    share = span / layers

    def make(index: int, size: int, center_x: float) -> LayerBox:
        last = index == layers - 1
        room = 64.0 if last else MAX_PITCH
        # Inputs have names beside them, which a column keeps readable for longer than a grid.
        if usable_height / size >= (MIN_NAMED_PITCH if index == 0 else MIN_COLUMN_PITCH):
            return _column(index, size, center_x, top, usable_height, room, 0.25 * share)
        if fold_of(index) == "elided" and size > 2 * ELIDED_EACH_SIDE:
            return _elided(index, size, center_x, top, usable_height, 0.25 * share)
        # The widest layers may take half of their share, or their units become too small to see.
        columns, pitch = _best_grid(size, usable_height, (0.34 if size <= 200 else 0.5) * share)
        return _grid(index, size, center_x, top, usable_height, columns, pitch, "grid")

    boxes: list[LayerBox] = []
    if is_image:
        rows, columns = spec.input_shape
        pitch = min(usable_height * 0.8 / rows, min(0.27 * span, 1.15 * share) / columns)
        center = MARGIN_LEFT + columns * pitch / 2
        boxes.append(_grid(0, spec.input_size, center, top, usable_height, columns, pitch, "image"))
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
    return Layout(width, height, tuple(boxes))
