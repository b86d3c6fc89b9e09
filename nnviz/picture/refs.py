"""What can be pointed at in the picture of a network: a unit or an edge."""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.errors import SpecError
from nnviz.spec import NetworkSpec


@dataclass(frozen=True, slots=True, order=True)
class UnitRef:
    """A unit; layer 0 is the input, 1 the first dense layer.

    ``unit`` −1 is the bias unit that stands with the layer: always 1, its weights are the next layer's biases.
    """

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

#: ``EdgeRef.source`` of a bias, ``UnitRef.unit`` of the bias unit: it stands with the layer before the one whose
#: biases it holds.
BIAS = -1


def fits(spec: NetworkSpec, ref: Ref) -> bool:
    """Whether a network has what is pointed at; a bias only where its layer learns one."""
    sizes = spec.sizes
    if isinstance(ref, UnitRef):
        if ref.unit == BIAS:
            return 0 <= ref.layer < len(spec.layers) and spec.layers[ref.layer].use_bias
        return 0 <= ref.layer < len(sizes) and 0 <= ref.unit < sizes[ref.layer]
    if not (1 <= ref.layer < len(sizes) and 0 <= ref.unit < sizes[ref.layer]):
        return False
    if ref.source == BIAS:
        return spec.layers[ref.layer - 1].use_bias
    return 0 <= ref.source < sizes[ref.layer - 1]


def check(spec: NetworkSpec, ref: Ref) -> None:
    """Check that a network has what is pointed at.

    Raises:
        SpecError: it has not.
    """
    if not fits(spec, ref):
        raise SpecError(f"{spec.title} has no {ref}")
