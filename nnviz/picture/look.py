"""How a person wants the network to be shown: one frozen value, from the choices above the view to the painter."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nnviz.errors import SpecError

#: How a layer too wide for one column is shown.
FOLDS = ("grid", "elided")
#: Over what the scale of the edges goes: each pair of layers by itself, or all of them together.
SCALES = ("layer", "global")
#: How a magnitude becomes opacity and width.
MAPPINGS = ("linear", "log")


@dataclass(frozen=True, slots=True)
class Look:
    """What the picture of a network shows outside the animation, and how.

    Attributes:
        edges: quantity of the edges, a key of ``quantities.EDGE_QUANTITIES``.
        top_k: edges drawn of each pair of layers, the strongest; None for all.
        threshold: share of the scale in [0, 1) below which an edge is not drawn; 0 draws all that are chosen.
        scale: one of ``SCALES``.
        mapping: one of ``MAPPINGS``.
        units: quantity of the units, a key of ``quantities.UNIT_QUANTITIES``.
        fold: how wide layers are shown, one of ``FOLDS``.
        folds: layers that are shown otherwise, (layer, fold), layer 0 the input.
        bias: whether biases are drawn as a unit of their own.
        reduce_motion: whether movement becomes steps.

    Raises:
        SpecError: a word or a number is none of these.
    """

    edges: str = "contribution"
    top_k: int | None = 300
    threshold: float = 0.0
    scale: str = "layer"
    mapping: str = "linear"
    units: str = "a"
    fold: str = "grid"
    folds: tuple[tuple[int, str], ...] = ()
    bias: bool = False
    reduce_motion: bool = False

    def __post_init__(self) -> None:
        for name, value, known in (
            ("scale", self.scale, SCALES), ("mapping", self.mapping, MAPPINGS), ("fold", self.fold, FOLDS),
            *((f"fold of layer {layer}", fold, FOLDS) for layer, fold in self.folds),
        ):
            if value not in known:
                raise SpecError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        if not 0 <= self.threshold < 1:
            raise SpecError(f"threshold must be in [0, 1), got {self.threshold:g}")
        if self.top_k is not None and self.top_k < 1:
            raise SpecError(f"top_k must be at least 1 or None for all, got {self.top_k}")

    def fold_of(self, layer: int) -> str:
        """Return how a layer is shown where it is too wide for a column; 0 is the input."""
        return dict(self.folds).get(layer, self.fold)

    def with_fold(self, layer: int, fold: str) -> Look:
        """Return the look with another fold of one layer."""
        others = tuple(pair for pair in self.folds if pair[0] != layer)
        return replace(self, folds=tuple(sorted((*others, (layer, fold)))))
