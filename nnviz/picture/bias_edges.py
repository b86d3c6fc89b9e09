"""The edges of the bias units: what the bias of a unit is worth, as an edge from a unit that is always 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.picture.boxes import BiasPlace, LayerBox
from nnviz.picture.quantities import Values
from nnviz.picture.refs import BIAS
from nnviz.training.records import Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class ChosenEdges:
    """Edges into one dense layer that are drawn, weakest first.

    Attributes:
        lines: (n, 4) ends, logical pixels.
        sources: (n,) index of the unit in the layer before, ``BIAS`` for its bias unit.
        units: (n,) index of the unit.
        values: (n,) of the quantity.
    """

    lines: NDArray[np.float32]
    sources: NDArray[np.intp]
    units: NDArray[np.intp]
    values: NDArray[np.float32]


def bias_values(snapshot: Snapshot, layer: int, quantity: str) -> Values | None:
    """Return what the biases of dense layer ``layer`` (0 the first) are worth in an edge quantity, (units,).

    A bias is the weight of an input that is always 1: its contribution is b itself. None where the layer has no bias
    or the snapshot no such tensor, as in ``edge_values``.

    Raises:
        ValueError: there is no such quantity.
    """
    if not snapshot.spec.layers[layer].use_bias:
        return None
    bias = snapshot.parameters[layer].bias
    if quantity in ("weight", "contribution"):
        return bias
    if quantity == "gradient":
        return None if snapshot.gradients is None else snapshot.gradients.parameters[layer].bias
    if quantity == "update":
        return None if snapshot.update is None else snapshot.update[layer].bias
    if quantity == "change":
        reference = snapshot.reference
        return None if reference is None else np.asarray(bias - reference.parameters[layer].bias)
    if quantity == "memory":
        done = snapshot.optimizer
        # As for the weights: the first of its memories; plain gradient descent knows only the gradient.
        return None if done is None else (done.after[0][1] if done.after else done.gradient)[layer].bias
    if quantity == "contribution_after":
        return None if snapshot.update is None else np.asarray(bias + snapshot.update[layer].bias)
    raise ValueError(f"unknown edge quantity {quantity!r}")


def with_biases(
    edges: ChosenEdges, place: BiasPlace | None, box: LayerBox, values: Values | None, least: float = 0.0
) -> ChosenEdges:
    """Return the edges into a layer with those of the bias unit before it among them.

    The biases are no part of the choice of the strongest weights: whoever shows the bias unit wants to see its edges.

    Args:
        edges: the weights that are drawn, weakest first.
        place: where the bias unit stands; without one the edges stay as they are.
        box: where the layer stands.
        values: of the biases of its units, see ``bias_values``, (units,); without them the edges stay as they are.
        least: magnitude below which an edge is not drawn; 0 is never drawn.
    """
    if place is None or values is None:
        return edges
    chosen = np.asarray(values, np.float32)[box.shown]
    with np.errstate(invalid="ignore"):
        kept = np.flatnonzero((np.abs(chosen) > 0) & (np.abs(chosen) >= least))
    start = np.broadcast_to(np.array([place.x, place.y], np.float32), (len(kept), 2))
    made = ChosenEdges(
        np.concatenate([start, box.positions[kept]], axis=1).astype(np.float32),
        np.full(len(kept), BIAS, np.intp), box.shown[kept].astype(np.intp), chosen[kept],
    )
    values_of_all = np.concatenate([edges.values, made.values]).astype(np.float32)
    order = np.argsort(np.abs(values_of_all), kind="stable")
    return ChosenEdges(
        np.concatenate([edges.lines, made.lines])[order].astype(np.float32),
        np.concatenate([edges.sources, made.sources])[order],
        np.concatenate([edges.units, made.units])[order], values_of_all[order],
    )
