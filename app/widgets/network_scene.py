"""What a frame of the network is painted from, and the colours of its units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QFontMetricsF

from app.theme import Theme, ui_font
from app.widgets.edge_pictures import EdgePictures
from nnviz.picture.answers import SHARES, OutputMeaning
from nnviz.picture.colors import DataColors, diverging_rgb, ink_rgb
from nnviz.picture.layout import Layout
from nnviz.picture.quantities import has_weight_images, scale_of, unit_quantity_at, unit_values
from nnviz.picture.timeline import Frame, UnitLook
from nnviz.training.records import Snapshot

#: Middle of the legend and top of the row of scales, from the bottom, in multiples of the text size.
LEGEND_ROW = 2.0
SCALE_ROW = 4.8
#: Room below the layers, in multiples of the text size.
BOTTOM_ROOM = 5.6
#: Names of inputs take at most this share of the view.
NAMES_SHARE = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All that a frame is painted from.

    Attributes:
        snapshot: the tensors.
        layout: places in logical pixels of the view, zoom applied.
        frame: which quantities show, and how much.
        pictures: the edges, or None while the first are being drawn.
        theme: colours of the application.
        meaning: what the output units stand for.
        width, height: size of the view in logical pixels.
        text: base text size in logical pixels.
        feature_names: names of inputs that are no image.
        second_row: height of a second row of scales, 0 where one row holds them all.
        peer: shown beside it: the scales go over both, so that colours compare; None for none.
    """

    snapshot: Snapshot
    layout: Layout
    frame: Frame
    pictures: EdgePictures | None
    theme: Theme
    meaning: OutputMeaning
    width: int
    height: int
    text: float
    second_row: float = 0.0
    feature_names: tuple[str, ...] = ()
    vector: bool = False
    peer: Snapshot | None = None


def input_names_width(names: tuple[str, ...], text: float, width: float) -> float:
    """Return the room that names of inputs take left of their units in a view ``width`` wide, logical pixels."""
    return min(names_width(names, text), NAMES_SHARE * width)


def names_width(names: tuple[str, ...], text: float) -> float:
    """Return the room that names of inputs need left of their units, in logical pixels; 0 without names."""
    metrics = QFontMetricsF(ui_font(text))
    widest = max((metrics.horizontalAdvance(name) for name in names), default=-8.0)
    return min(widest + 8.0, 13.0 * text)


def scale_y(scene: Scene) -> float:
    """Return the top of the row of scales below the layers."""
    return scene.height - SCALE_ROW * scene.text


def color(rgb: tuple[int, int, int] | NDArray[np.uint8], alpha: float = 1.0) -> QColor:
    """Return a QColor from three numbers and an opacity in [0, 1]."""
    made = QColor(int(rgb[0]), int(rgb[1]), int(rgb[2]))
    made.setAlphaF(min(1.0, max(0.0, alpha)))
    return made


def rgb_of(name: str) -> tuple[int, int, int]:
    """Return ``#rrggbb`` as three numbers."""
    made = QColor(name)
    return made.red(), made.green(), made.blue()


def unit_rgb(scene: Scene, layer: int, look: UnitLook, colors: DataColors) -> NDArray[np.uint8]:
    """Return the colours of the units of a layer as (units, 3) uint8, the two quantities of the look mixed."""

    def one(quantity: str) -> NDArray[np.float32]:
        quantity = unit_quantity_at(scene.snapshot, layer, quantity)
        values = unit_values(scene.snapshot, layer, quantity)
        if values is None:
            values = np.zeros(scene.layout.boxes[layer].size, np.float32)
        if layer == 0 and scene.layout.boxes[0].kind == "image":
            return ink_rgb(values, colors).astype(np.float32)
        # z and a share a scale, so that a ReLU is seen to keep what is positive and to drop the rest.
        return diverging_rgb(values, unit_scale(scene, layer, quantity), colors.palette(quantity)).astype(
            np.float32
        )

    new = one(look.new)
    if look.mix >= 1 or look.old == look.new:
        return new.astype(np.uint8)
    old = one(look.old)
    return np.rint(old + (new - old) * np.float32(look.mix)).astype(np.uint8)


def unit_scale(scene: Scene, layer: int, quantity: str) -> float:
    """Return the magnitude that gets the full colour: the largest in the layer.

    Of a share, an output's or that of samples with activation 0, it is 1, of a regression the largest target, so
    that the colour compares.
    """
    snapshot = scene.snapshot
    if quantity == "zero":
        return 1.0
    if quantity == "weights" and has_weight_images(snapshot, layer):
        shown = (snapshot,) if scene.peer is None else (snapshot, scene.peer)
        return max(scale_of(each.parameters[layer - 1].kernel) for each in shown)
    largest = scale_of(unit_values(snapshot, layer, quantity))
    if scene.peer is not None:
        largest = max(largest, scale_of(unit_values(scene.peer, layer, quantity)))
    if layer == len(snapshot.spec.layers) and quantity in ("a", "a_after"):
        if snapshot.spec.activations[-1] in SHARES:
            return 1.0
        return max(largest, scene.meaning.largest_output())
    return largest
