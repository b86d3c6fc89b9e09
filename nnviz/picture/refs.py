"""What can be pointed at in the picture of a network: a unit or an edge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class UnitRef:
    """A unit; layer 0 is the input, 1 the first dense layer."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True, order=True)
class EdgeRef:
    """An edge into dense layer ``layer`` (1 the first): from ``source`` of the layer before to ``unit``.

    ``source`` −1 is the bias.
    """

    layer: int
    source: int
    unit: int


Ref = UnitRef | EdgeRef
