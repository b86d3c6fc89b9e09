"""Which edges belong to the units and edges that a person looks at."""

from __future__ import annotations

from collections.abc import Set

import numpy as np
from numpy.typing import NDArray

from nnviz.picture.refs import Ref, UnitRef

Mask = NDArray[np.bool_]


def focused(focus: Set[Ref], layer: int, sources: NDArray[np.integer], units: NDArray[np.integer]) -> Mask:
    """Return which edges into dense layer ``layer`` (0 the first) are looked at.

    Those into and out of each unit of the focus, and each edge of it.

    Args:
        focus: units and edges; empty for all edges.
        layer: which.
        sources: index of each edge's unit in the layer before, −1 its bias unit.
        units: index of each edge's unit; must broadcast with ``sources``.

    Returns:
        Of the shape of both broadcast.
    """
    if not focus:
        return np.ones(np.broadcast_shapes(np.shape(sources), np.shape(units)), np.bool_)
    mask = np.zeros(np.broadcast_shapes(np.shape(sources), np.shape(units)), np.bool_)
    for ref in focus:
        if isinstance(ref, UnitRef):
            if ref.layer == layer:
                mask |= np.asarray(sources) == ref.unit
            elif ref.layer == layer + 1:
                mask |= np.asarray(units) == ref.unit
        elif ref.layer == layer + 1:
            mask |= (np.asarray(sources) == ref.source) & (np.asarray(units) == ref.unit)
    return mask


def touches(focus: Set[Ref], layer: int) -> bool:
    """Whether any edge into dense layer ``layer`` (0 the first) is looked at."""
    return not focus or any(
        ref.layer == layer + 1 or (isinstance(ref, UnitRef) and ref.layer == layer) for ref in focus
    )
