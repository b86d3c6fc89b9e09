"""The places of layers and units in a view, and what is under a point."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nnviz.picture.refs import BIAS


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
        is_wide: whether the units are too many for a column, so that grid or elided column is a choice.
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
    is_wide: bool = False

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


@dataclass(frozen=True, slots=True)
class BiasPlace:
    """The place of a bias unit: it stands below a layer, is always 1, and its weights are the next layer's biases.

    Attributes:
        layer: the layer it stands with, 0 the input; the biases are those of dense layer ``layer + 1``.
        x, y, radius: in view pixels.
    """

    layer: int
    x: float
    y: float
    radius: float

    def moved(self, scale: float, dx: float, dy: float) -> BiasPlace:
        """Return the place scaled about the origin, then shifted."""
        return BiasPlace(self.layer, self.x * scale + dx, self.y * scale + dy, self.radius * scale)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The places of all layers in a view of ``width`` x ``height`` pixels; input first.

    Attributes:
        width, height: of the view.
        boxes: one a layer.
        biases: the bias units that are shown.
    """

    width: float
    height: float
    boxes: tuple[LayerBox, ...]
    biases: tuple[BiasPlace, ...] = ()

    def moved(self, scale: float, dx: float, dy: float) -> Layout:
        """Return the layout zoomed by ``scale`` about the origin, then shifted."""
        return Layout(
            self.width, self.height, tuple(box.moved(scale, dx, dy) for box in self.boxes),
            tuple(bias.moved(scale, dx, dy) for bias in self.biases),
        )

    def bias_of(self, layer: int) -> BiasPlace | None:
        """Return the bias unit that stands with a layer, 0 the input, or None where none is shown."""
        return next((bias for bias in self.biases if bias.layer == layer), None)

    def place_of(self, layer: int, unit: int) -> tuple[float, float] | None:
        """Return the centre of a unit, ``BIAS`` for the layer's bias unit, or None where it is not drawn."""
        if unit == BIAS:
            bias = self.bias_of(layer)
            return None if bias is None else (bias.x, bias.y)
        return self.boxes[layer].place_of(unit)

    def hit(self, x: float, y: float) -> tuple[int, int] | None:
        """Return (layer, unit) under a point, layer 0 the input, or None; a bias unit is (its layer, ``BIAS``)."""
        for bias in self.biases:
            if math.hypot(x - bias.x, y - bias.y) <= bias.radius + 2.0:
                return bias.layer, BIAS
        for box in self.boxes:
            unit = box.unit_at(x, y)
            if unit is not None:
                return box.index, unit
        return None
