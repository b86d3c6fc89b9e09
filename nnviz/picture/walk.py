"""Walking over the picture of a network with the keyboard: which unit or edge comes next."""

from __future__ import annotations

import numpy as np

from nnviz.picture.layout import Layout
from nnviz.picture.quantities import Values, edge_values
from nnviz.picture.refs import BIAS, EdgeRef, Ref, UnitRef
from nnviz.training.records import Snapshot

#: Where one can go: to the neighbouring unit or layer, by a row of a grid, to the ends of the layer.
WAYS = ("up", "down", "left", "right", "row_up", "row_down", "first", "last")
#: Units that a "row" has in a column.
_COLUMN_ROW = 10


def step(layout: Layout, snapshot: Snapshot, at: Ref | None, way: str, quantity: str = "contribution") -> Ref:
    """Return what comes next from ``at`` in a direction; at an end it is ``at`` itself.

    Left and right lead to the unit of the neighbouring layer that is connected most strongly, to the nearest where
    all edges are 0. From nowhere one comes to the output unit of the largest value. From an edge, left and right lead
    to its ends, up and down to the other edges into its unit. Only units that are drawn are walked over.

    Args:
        layout: which units are drawn, and where.
        snapshot: what is shown.
        at: a unit or an edge, or None.
        way: one of ``WAYS``.
        quantity: of the edges that are shown; where there is no such tensor the weight decides.
    """
    if at is None:
        last = len(snapshot.spec.layers)
        return UnitRef(last, int(np.argmax(snapshot.forward.output[0])))
    if isinstance(at, EdgeRef):
        return _from_edge(layout, snapshot, at, way)
    if way in ("left", "right"):
        return _across(layout, snapshot, at, 1 if way == "right" else -1, quantity)
    return _along(layout, at, way)


def strongest_edge(layout: Layout, snapshot: Snapshot, at: UnitRef, quantity: str = "contribution") -> EdgeRef | None:
    """Return the strongest drawn edge into a unit, of an input or a bias unit the strongest out of it; None for none.

    Arguments as in ``step``.
    """
    if at.layer == 0 or at.unit == BIAS:
        target = _across(layout, snapshot, at, 1, quantity)
        return None if target == at else EdgeRef(target.layer, at.unit, target.unit)
    source = _across(layout, snapshot, at, -1, quantity)
    return EdgeRef(at.layer, source.unit, at.unit)


def _along(layout: Layout, at: UnitRef, way: str) -> UnitRef:
    box = layout.boxes[at.layer]
    place = int(np.searchsorted(box.shown, at.unit))
    row = box.columns if box.kind != "column" else _COLUMN_ROW
    last = len(box.shown) - 1
    if at.unit == BIAS:  # it stands below the others
        place = last + 1
    by = {"up": -1, "down": 1, "row_up": -row, "row_down": row, "first": -place, "last": last - place}[way]
    if place + by > last and way == "down" and layout.bias_of(at.layer) is not None:
        return UnitRef(at.layer, BIAS)
    return UnitRef(at.layer, int(box.shown[min(max(place + by, 0), last)]))


def _across(layout: Layout, snapshot: Snapshot, at: UnitRef, by: int, quantity: str) -> UnitRef:
    layer = at.layer + by
    if not 0 <= layer < len(layout.boxes) or (at.unit == BIAS and by < 0):
        return at
    there, kernel = layout.boxes[layer], min(at.layer, layer)  # edges into dense layer ``kernel`` from 0
    values: Values | None
    if at.unit == BIAS:
        values = snapshot.parameters[kernel].bias
    else:
        table = edge_values(snapshot, kernel, quantity)
        if table is None or not np.abs(table[at.unit] if by > 0 else table[:, at.unit]).any():
            table = snapshot.parameters[kernel].kernel
        values = table[at.unit] if by > 0 else table[:, at.unit]
    size = np.nan_to_num(np.abs(values[there.shown].astype(np.float64)))
    if size.any():
        return UnitRef(layer, int(there.shown[int(np.argmax(size))]))
    here = layout.boxes[at.layer].place_of(at.unit)
    y = layout.height / 2 if here is None else here[1]
    return UnitRef(layer, int(there.shown[int(np.argmin(np.abs(there.positions[:, 1] - y)))]))


def _from_edge(layout: Layout, snapshot: Snapshot, at: EdgeRef, way: str) -> Ref:
    if way == "right":
        return UnitRef(at.layer, at.unit)
    if way == "left":
        return at if at.source == BIAS else UnitRef(at.layer - 1, at.source)
    sources = [int(unit) for unit in layout.boxes[at.layer - 1].shown]
    if snapshot.spec.layers[at.layer - 1].use_bias:
        sources.append(BIAS)  # below the units
    place = sources.index(at.source) if at.source in sources else 0
    last = len(sources) - 1
    by = {"up": -1, "down": 1, "row_up": -_COLUMN_ROW, "row_down": _COLUMN_ROW, "first": -place, "last": last - place}
    return EdgeRef(at.layer, sources[min(max(place + by[way], 0), last)], at.unit)
