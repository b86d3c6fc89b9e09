"""Edges become pictures, one a layer and quantity; what did not change since the last time is not drawn again."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from app.widgets.view_text import line_scale
from nnviz.picture import edges, raster, raster_numpy
from nnviz.picture.bias_edges import ChosenEdges, bias_values, with_biases
from nnviz.picture.boxes import BiasPlace
from nnviz.picture.colors import Diverging, data_colors
from nnviz.picture.focus import focused, touches
from nnviz.picture.hits import LineFinder
from nnviz.picture.layout import LayerBox, Layout
from nnviz.picture.look import Look
from nnviz.picture.quantities import live_values, scale_of
from nnviz.picture.refs import BIAS, Ref
from nnviz.training.records import Snapshot

#: How many of the strongest edges of a layer carry pulses.
PULSES = 36
#: More edges than this a layer are drawn fainter and thinner, so that they do not become one blot.
DENSE = 3000
#: Edges a layer that NumPy draws while the rasteriser is being compiled: a twentieth of a second.
FEW = 600
#: A job is little that chooses edges from so many values and draws them on a view of so many device pixels.
LITTLE_VALUES, LITTLE_PIXELS = 250_000, 3_000_000
#: Room above and below the ends of the lines, logical pixels: half the width of the widest.
MARGIN = 4.0
#: An edge that is seen is found within this distance of its middle, whatever lies around it, logical pixels.
AT_ONCE = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class EdgeJob:
    """What is to be drawn.

    Attributes:
        snapshot: whose tensors.
        layout: where, in logical pixels of the view.
        width, height: size of the view in logical pixels.
        ratio: device pixels of a logical one.
        dark: which palette.
        look: how the edges are shown.
        quantities: which pictures.
        focus: when not empty, only the edges of these units and these edges are drawn.
        peer: shown beside it: the scales go over both, so that colours compare; None for none.
    """

    snapshot: Snapshot
    layout: Layout
    width: int
    height: int
    ratio: float
    dark: bool
    look: Look
    quantities: tuple[str, ...]
    focus: frozenset[Ref] = frozenset()
    peer: Snapshot | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EdgePicture:
    """The edges into one dense layer, for one quantity.

    Attributes:
        quantity: what the values are.
        image: premultiplied picture, device pixels.
        area: where it lies in the view, logical pixels, on whole device pixels.
        lines: (n, 4) ends of the drawn edges, logical pixels, weakest first.
        sources, units: (n,) indices of the unit at each end.
        values: (n,) values of the quantity.
        scale: the magnitude drawn strongest.
        total: number of edges that could have been drawn.
        least: the magnitude below which no edge is drawn, 0 where there is no such.
        mapping: how magnitudes become opacity and width, see ``edges.share_of``.
        finder: finds the drawn edges near a point.
        strength: (n,) in [−1, 1], opacity and sign as drawn.
        widths: (n,) as drawn, logical pixels.
        dash: lengths of a dash and of its gap in negative edges, logical pixels; (0, 0) where none is dashed.
    """

    quantity: str
    image: QImage
    area: QRectF
    lines: NDArray[np.float32]
    sources: NDArray[np.intp]
    units: NDArray[np.intp]
    values: NDArray[np.float32]
    scale: float
    total: int
    least: float
    mapping: str
    finder: LineFinder
    recipe: _Recipe
    strength: NDArray[np.float32]
    widths: NDArray[np.float32]
    dash: tuple[float, float]

    def shares(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return how far magnitudes reach on this picture's scale, in [0, 1]."""
        return edges.share_of(values, self.scale, self.mapping)

    def nearest(self, x: float, y: float, reach: float) -> tuple[int, float] | None:
        """Return the index of the drawn edge that a point means, and its distance in logical pixels, or None.

        Among edges near the point the strongest, drawn last, is the one that is seen; but one that is hit is meant.

        Args:
            x, y: the point, logical pixels of the view.
            reach: how near an edge must be, logical pixels.
        """
        near, distance = self.finder.near(x, y, reach)
        if not len(near):
            return None
        place = int(np.argmin(distance)) if distance.min() <= AT_ONCE else len(near) - 1
        return int(near[place]), float(distance[place])


@dataclass(frozen=True, slots=True, eq=False)
class EdgePictures:
    """Finished pictures: one a dense layer and quantity, and the job they came from.

    ``is_provisional``: only few edges are drawn yet, until the rasteriser is ready.
    """

    job: EdgeJob
    pictures: dict[tuple[int, str], EdgePicture]
    is_provisional: bool = False

    def get(self, layer: int, quantity: str) -> EdgePicture | None:
        """Return the picture of the edges into dense layer ``layer`` (0 the first), or None."""
        return self.pictures.get((layer, quantity))


@dataclass(frozen=True, slots=True, eq=False)
class _Recipe:
    """All that a picture depends on: two that are the same make the same picture."""

    values: NDArray[np.floating]
    # Of which inputs those are, None for all; what is left out is 0.
    live: NDArray[np.intp] | None
    left: LayerBox
    right: LayerBox
    layer: int
    scale: float
    least: float
    mapping: str
    top_k: int | None
    focus: frozenset[Ref]
    size: tuple[int, int]
    ratio: float
    palette: Diverging
    is_provisional: bool
    bias_place: BiasPlace | None
    biases: NDArray[np.floating] | None

    def is_same(self, other: _Recipe) -> bool:
        for name in _RECIPE:
            mine, its = getattr(self, name), getattr(other, name)
            if mine is its:
                continue
            if isinstance(mine, np.ndarray) or isinstance(its, np.ndarray):
                # NaN differs from itself: then the picture is drawn again, which costs no more than time.
                same = np.array_equal(mine, its)
            elif isinstance(mine, LayerBox):
                same = (
                    mine.x == its.x and mine.width == its.width
                    and np.array_equal(mine.positions, its.positions) and np.array_equal(mine.shown, its.shown)
                )
            else:
                same = mine == its
            if not same:
                return False
        return True


_RECIPE = tuple(field.name for field in fields(_Recipe))

Chosen = tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]


Table = tuple[NDArray[np.floating], NDArray[np.intp] | None]


def _shown(left: LayerBox, right: LayerBox, values: NDArray[np.floating], live: NDArray[np.intp] | None) -> Table:
    """Return the part of a layer's values whose units are drawn, and its rows' places in ``left.shown``, None for all.

    Args:
        left, right: the layers.
        values: (inputs, units).
        live: of which inputs those are, None for all.
    """
    if not (left.hidden_count or right.hidden_count):
        return values, live
    if live is None:
        return values[np.ix_(left.shown, right.shown)], None
    _, rows, places = np.intersect1d(live, left.shown, assume_unique=True, return_indices=True)
    return values[np.ix_(rows, right.shown)], places


def _choose(recipe: _Recipe) -> Chosen:
    """Choose the edges to draw between two layers; return their ends, units and values, weakest first."""
    left, right = recipe.left, recipe.right
    table, places = _shown(left, right, recipe.values, recipe.live)
    if recipe.focus:
        sources = left.shown if places is None else left.shown[places]
        mask = focused(recipe.focus, recipe.layer, sources[:, None], right.shown[None, :])
        table = np.where(mask, table, np.float32(0))
    top_k = recipe.top_k
    if recipe.is_provisional:
        top_k = min(FEW, FEW if top_k is None else top_k)
    rows, columns, chosen = edges.top_k(table, top_k)
    first = int(np.searchsorted(np.abs(chosen), recipe.least))
    rows, columns, chosen = rows[first:], columns[first:], chosen[first:]
    if places is not None:
        rows = places[rows]
    lines = np.concatenate([left.positions[rows], right.positions[columns]], axis=1).astype(np.float32)
    weights = ChosenEdges(lines, left.shown[rows].astype(np.intp), right.shown[columns].astype(np.intp), chosen)
    biases = recipe.biases
    if biases is not None and recipe.focus:
        looked_at = focused(recipe.focus, recipe.layer, np.array(BIAS), np.arange(len(biases)))
        biases = np.where(looked_at, biases, np.float32(0))
    both = with_biases(weights, recipe.bias_place, right, biases, recipe.least)
    return both.lines, both.sources, both.units, both.values


def _peer_scale(job: EdgeJob, layer: int, quantity: str, left: LayerBox, right: LayerBox) -> float:
    """Return the largest magnitude that the snapshot shown beside has between two layers, 0 without one."""
    if job.peer is None:
        return 0.0
    values, live = live_values(job.peer, layer, quantity)
    bias = None if job.layout.bias_of(layer) is None else bias_values(job.peer, layer, quantity)
    return max(
        0.0 if values is None else scale_of(_shown(left, right, values, live)[0]),
        0.0 if bias is None else scale_of(bias[right.shown]),
    )


def _draw_one(quantity: str, recipe: _Recipe) -> EdgePicture | None:
    """Draw the edges into one layer; None where they lie outside the view."""
    lines, sources, units, chosen = _choose(recipe)
    ratio, (width, height) = recipe.ratio, recipe.size
    left, right = recipe.left, recipe.right
    # Only what lies between the layers, on whole device pixels: then painting it is a plain copy.
    x0 = max(0, int(np.floor(left.x * ratio)))
    x1 = min(width, int(np.ceil((right.x + right.width) * ratio)))
    y0 = max(0, int(np.floor((lines[:, 1::2].min() - MARGIN) * ratio))) if len(lines) else 0
    y1 = min(height, int(np.ceil((lines[:, 1::2].max() + MARGIN) * ratio))) if len(lines) else 1
    if x1 <= x0:
        return None
    y1 = max(y1, y0 + 1)
    image = QImage(x1 - x0, y1 - y0, QImage.Format.Format_ARGB32_Premultiplied)
    pixels = np.frombuffer(image.bits(), np.uint8).reshape(y1 - y0, x1 - x0, 4)
    # Of a large view, which is looked at from further away, lines are wider and dashes longer.
    thick = ratio * line_scale(width / ratio, height / ratio)
    dense = None
    if len(chosen) > DENSE:
        shares = edges.share_of(chosen, recipe.scale, recipe.mapping)
        dense = edges.dense_style(shares, float(np.ptp(lines[:, 1::2])))
    strength, widths = edges.edge_style(chosen, recipe.scale, ratio=thick, dense=dense, mapping=recipe.mapping)
    device = lines * np.float32(ratio) - np.array([x0, y0, x0, y0], np.float32)
    rasterise: Callable[..., object] = raster_numpy.rasterise if recipe.is_provisional else raster.rasterise
    rasterise(
        device, strength, widths, x1 - x0, y1 - y0, recipe.palette, ratio=thick, dashed=dense is None, out=pixels
    )
    # Spelt out for files of lines; the raster has the same numbers.
    dash = (0.0, 0.0) if dense else (raster.DASH_ON * thick / ratio, raster.DASH_OFF * thick / ratio)
    area = QRectF(x0 / ratio, y0 / ratio, (x1 - x0) / ratio, (y1 - y0) / ratio)
    return EdgePicture(
        quantity, image, area, lines, sources, units, chosen, recipe.scale, left.size * right.size, recipe.least,
        recipe.mapping, LineFinder(lines), recipe, strength, widths / np.float32(ratio), dash,
    )


def is_little(job: EdgeJob) -> bool:
    """Whether a job takes a millisecond or two, so that a thread would be told of it and heard again hardly sooner."""
    look, quantity = job.look, job.quantities[0]
    if look.top_k is None or look.top_k > DENSE or job.focus or job.peer is not None or len(job.quantities) > 1:
        return False
    values = 0
    for layer, (inputs, units) in enumerate(itertools.pairwise(job.snapshot.spec.sizes)):
        is_live = quantity == "contribution"
        values += units * (int(np.count_nonzero(job.snapshot.forward.layer_input(layer))) if is_live else inputs)
    return values <= LITTLE_VALUES and job.width * job.height * job.ratio**2 <= LITTLE_PIXELS


def draw(job: EdgeJob, previous: EdgePictures | None = None, is_ready: bool = True) -> EdgePictures:
    """Draw all pictures of a job; runs in any thread.

    Args:
        job: what.
        previous: pictures made before; those that would be made again are taken from there.
        is_ready: whether to draw all edges, compiling the rasteriser first if need be; else the ``FEW`` strongest
            of each layer at once.
    """
    pictures: dict[tuple[int, str], EdgePicture] = {}
    look, boxes = job.look, job.layout.boxes
    size = (round(job.width * job.ratio), round(job.height * job.ratio))
    for quantity in job.quantities:
        tables = [live_values(job.snapshot, layer, quantity) for layer in range(len(boxes) - 1)]
        pairs = list(itertools.pairwise(boxes))
        # A bias counts as a weight where its unit is shown, for the scale too.
        biases = [
            None if job.layout.bias_of(layer) is None else bias_values(job.snapshot, layer, quantity)
            for layer in range(len(pairs))
        ]
        scales = [
            0.0 if values is None else max(
                scale_of(_shown(left, right, values, live)[0]), 0.0 if bias is None else scale_of(bias[right.shown]),
                _peer_scale(job, layer, quantity, left, right),
            )
            for layer, ((values, live), bias, (left, right)) in enumerate(zip(tables, biases, pairs, strict=True))
        ]
        for layer, ((values, live), (left, right)) in enumerate(zip(tables, pairs, strict=True)):
            if values is None or not touches(job.focus, layer):
                continue
            scale = max(scales) if look.scale == "global" else scales[layer]
            recipe = _Recipe(
                values, live, left, right, layer, scale, edges.floor_of(scale, look.threshold, look.mapping),
                look.mapping, look.top_k, job.focus, size, job.ratio, data_colors(job.dark).palette(quantity),
                not is_ready, job.layout.bias_of(layer), biases[layer],
            )
            old = None if previous is None else previous.get(layer, quantity)
            made = old if old is not None and old.recipe.is_same(recipe) else _draw_one(quantity, recipe)
            if made is not None:
                pictures[layer, quantity] = made
    return EdgePictures(job, pictures, not is_ready)
