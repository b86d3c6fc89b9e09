"""How a person wants the network to be shown: one frozen value, from the choices above the view to the painter."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from nnviz.errors import SpecError
from nnviz.picture.quantities import EDGE_QUANTITIES, UNIT_QUANTITIES

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
        dropout: whether a pass shows which units dropout would switch off in training.

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
    dropout: bool = False

    def __post_init__(self) -> None:
        for name, value, known in (
            ("edges", self.edges, tuple(EDGE_QUANTITIES)), ("units", self.units, tuple(UNIT_QUANTITIES)),
            ("scale", self.scale, SCALES), ("mapping", self.mapping, MAPPINGS), ("fold", self.fold, FOLDS),
            *((f"fold of layer {layer}", fold, FOLDS) for layer, fold in self.folds),
        ):
            if value not in known:
                raise SpecError(f"{name} must be one of {', '.join(known)}, got {value!r}")
        for name in ("bias", "reduce_motion", "dropout"):
            if not isinstance(getattr(self, name), bool):
                raise SpecError(f"{name} must be true or false, got {getattr(self, name)!r}")
        if isinstance(self.threshold, bool) or not isinstance(self.threshold, int | float):
            raise SpecError(f"threshold must be a number, got {self.threshold!r}")
        if not 0 <= self.threshold < 1:
            raise SpecError(f"threshold must be in [0, 1), got {self.threshold:g}")
        if self.top_k is not None and (isinstance(self.top_k, bool) or not isinstance(self.top_k, int)):
            raise SpecError(f"top_k must be a whole number or None for all, got {self.top_k!r}")
        if self.top_k is not None and self.top_k < 1:
            raise SpecError(f"top_k must be at least 1 or None for all, got {self.top_k}")

    def fold_of(self, layer: int) -> str:
        """Return how a layer is shown where it is too wide for a column; 0 is the input."""
        return dict(self.folds).get(layer, self.fold)

    def with_fold(self, layer: int, fold: str) -> Look:
        """Return the look with another fold of one layer."""
        others = tuple(pair for pair in self.folds if pair[0] != layer)
        return replace(self, folds=tuple(sorted((*others, (layer, fold)))))

    def with_fold_everywhere(self, fold: str) -> Look:
        """Return the look with one fold for all layers."""
        return replace(self, fold=fold, folds=())

    def to_json(self) -> str:
        """Return the value as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a value written by ``to_json``; what is absent takes its default.

        Raises:
            SpecError: the text is not JSON of this form, or a word or a number is none of those allowed.
        """
        try:
            data = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise SpecError(f"this look is not valid JSON: {error}") from None
        if not isinstance(data, dict):
            raise SpecError(f"a look must be an object, got {text[:80]}")
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise SpecError(f"a look has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        if "folds" in data:
            data["folds"] = _folds(data["folds"])
        return cls(**data)


def _folds(data: Any) -> tuple[tuple[int, str], ...]:
    """Return the folds of layers as they were before JSON made lists of them."""
    made = []
    for pair in data if isinstance(data, list) else [data]:
        if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) is not int or pair[0] < 0:
            raise SpecError(f"folds must be a list of [layer, fold], got {data!r}")
        made.append((pair[0], pair[1]))
    return tuple(made)
