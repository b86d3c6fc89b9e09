"""Edits by hand: weights that a person sets, units that are silenced or frozen; pure functions over parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.maths.parameters import Parameters
from nnviz.maths.surgery import matching_layers
from nnviz.picture.refs import EdgeRef
from nnviz.spec import NetworkSpec
from nnviz.training.records import HandMarks

#: The largest magnitude that a weight can be given by hand: far beyond what any network has, and its square is still
#: a float32.
MAX_WEIGHT = 1e6

#: Weights and biases with the values that they get.
WeightValues = tuple[tuple[EdgeRef, float], ...]
#: A weight or bias, what it was, and what it is from now on.
WeightEdit = tuple[EdgeRef, float, float]
NO_MARKS = HandMarks()


@dataclass(frozen=True, slots=True)
class HandEdit:
    """What a person changed at once, and what was there before.

    Attributes:
        serial: counts edits; says which answer of the engine belongs to which edit.
        weights: (weight or bias, its value before, its value from now on), each a float32.
        marks_before: silenced and frozen units before.
        marks: from now on.
    """

    serial: int
    weights: tuple[WeightEdit, ...]
    marks_before: HandMarks = NO_MARKS
    marks: HandMarks = NO_MARKS

    @property
    def refs(self) -> tuple[EdgeRef, ...]:
        """The weights that are changed."""
        return tuple(ref for ref, _before, _after in self.weights)

    @property
    def values_before(self) -> WeightValues:
        """The weights with what they were."""
        return tuple((ref, before) for ref, before, _after in self.weights)

    @property
    def values(self) -> WeightValues:
        """The weights with what they are from now on."""
        return tuple((ref, after) for ref, _before, after in self.weights)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is otherwise after it."""
        return not self.weights and self.marks == self.marks_before

    @property
    def inverse(self) -> HandEdit:
        """The edit that takes this one back."""
        weights = tuple((ref, after, before) for ref, before, after in self.weights)
        return HandEdit(self.serial, weights, self.marks, self.marks_before)

    def then(self, later: HandEdit) -> HandEdit:
        """Return this edit and a later one as one, without weights that are again what they were."""
        made = {ref: (before, after) for ref, before, after in self.weights}
        for ref, before, after in later.weights:
            made[ref] = (made[ref][0] if ref in made else before, after)
        weights = tuple((ref, before, after) for ref, (before, after) in made.items() if before != after)
        return HandEdit(self.serial, weights, self.marks_before, later.marks)

    def with_before(self, before: tuple[float, ...]) -> HandEdit:
        """Return the edit with other values before it, in the order of ``weights``."""
        weights = tuple(
            (ref, value, after) for (ref, _, after), value in zip(self.weights, before, strict=True)
        )
        return replace(self, weights=weights)


def weight_value(value: object) -> float:
    """Return a number as the float32 that the network will hold.

    Raises:
        SpecError: it is no finite number of a magnitude up to ``MAX_WEIGHT``.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SpecError(f"a weight must be a number, got {value!r}")
    if not math.isfinite(value) or abs(value) > MAX_WEIGHT:
        raise SpecError(f"a weight must be a finite number from −{MAX_WEIGHT:,.0f} to {MAX_WEIGHT:,.0f}, got {value:g}")
    return float(np.float32(value))


def check_edge(spec: NetworkSpec, ref: EdgeRef) -> None:
    """Check that a network has this weight, or bias where ``source`` is −1.

    Raises:
        SpecError: it has not.
    """
    if not 1 <= ref.layer <= len(spec.layers):
        raise SpecError(f"layer must be from 1 to {len(spec.layers)}, got {ref.layer} ({spec.title})")
    n_in, layer = spec.sizes[ref.layer - 1], spec.layers[ref.layer - 1]
    if not 0 <= ref.unit < layer.units:
        raise SpecError(f"unit must be from 0 to {layer.units - 1:,}, got {ref.unit:,} (layer {ref.layer})")
    if not -1 <= ref.source < n_in:
        raise SpecError(f"source must be from −1, the bias, to {n_in - 1:,}, got {ref.source:,} (layer {ref.layer})")
    if ref.source == -1 and not layer.use_bias:
        raise SpecError(f"layer {ref.layer} of {spec.title} has no bias to set")


def check_marks(spec: NetworkSpec, marks: HandMarks) -> None:
    """Check that units can be silenced and frozen in a network.

    Raises:
        SpecError: there is no such unit; or an output is silenced: its activation is the answer, which has no
            meaning where it is held at 0 (the other probabilities would not add up to 1).
    """
    for name, units in (("silenced", marks.silenced), ("frozen", marks.frozen)):
        for layer, unit in sorted(units):
            if not 1 <= layer <= len(spec.layers) or not 0 <= unit < spec.layers[layer - 1].units:
                raise SpecError(f"{name} must be units of {spec.title}, got unit {unit:,} of layer {layer}")
            if name == "silenced" and layer == len(spec.layers):
                raise SpecError(f"silenced must be hidden units, got unit {unit:,} of the output layer {layer}")


def value_of(parameters: Parameters, ref: EdgeRef) -> float:
    """Return a weight, or a bias where ``source`` is −1."""
    layer = parameters[ref.layer - 1]
    return float(layer.bias[ref.unit] if ref.source == -1 else layer.kernel[ref.source, ref.unit])


def with_values(parameters: Parameters, values: WeightValues) -> Parameters:
    """Return parameters with some weights and biases set; arrays of other layers are shared, not copied."""
    made = list(parameters)
    for k in {ref.layer - 1 for ref, _value in values}:
        kernel, bias = parameters[k].kernel, parameters[k].bias
        of_layer = [(ref, value) for ref, value in values if ref.layer - 1 == k]
        if any(ref.source >= 0 for ref, _value in of_layer):
            kernel = kernel.copy()
        if any(ref.source < 0 for ref, _value in of_layer):
            bias = bias.copy()
        for ref, value in of_layer:
            if ref.source < 0:
                bias[ref.unit] = value
            else:
                kernel[ref.source, ref.unit] = value
        kernel.flags.writeable = bias.flags.writeable = False
        made[k] = replace(parameters[k], kernel=kernel, bias=bias)
    return tuple(made)


def incoming(spec: NetworkSpec, layer: int, unit: int) -> tuple[EdgeRef, ...]:
    """Return the weights into a unit of dense layer ``layer`` (1 the first), without its bias."""
    return tuple(EdgeRef(layer, source, unit) for source in range(spec.sizes[layer - 1]))


def carried_marks(marks: HandMarks, old: NetworkSpec, new: NetworkSpec) -> HandMarks:
    """Return the marks of the units that still are there in a new network, under the numbers of their layers now.

    Layers go on as ``nnviz.maths.surgery.matching_layers`` says; of a layer that got smaller the first units stay.
    """
    places = {match + 1: place for place, match in enumerate(matching_layers(old, new), 1) if match is not None}

    def carried(units: frozenset[tuple[int, int]], last: int) -> frozenset[tuple[int, int]]:
        moved = ((places[layer], unit) for layer, unit in units if layer in places)
        return frozenset((place, unit) for place, unit in moved if place <= last and unit < new.layers[place - 1].units)

    depth = len(new.layers)
    return HandMarks(carried(marks.silenced, depth - 1), carried(marks.frozen, depth))


def mask_rows(spec: NetworkSpec, marks: HandMarks) -> NDArray[np.bool_]:
    """Return which units are silenced and which frozen, (2, units of all dense layers in order)."""
    starts = np.cumsum([0, *(layer.units for layer in spec.layers)])
    rows = np.zeros((2, starts[-1]), np.bool_)
    for row, units in zip(rows, (marks.silenced, marks.frozen), strict=True):
        for layer, unit in units:
            row[starts[layer - 1] + unit] = True
    return rows


def without_silenced(parameters: Parameters, marks: HandMarks) -> Parameters:
    """Return parameters that answer alike without a mark: the weights out of each silenced unit are 0.

    What a silenced unit adds to the next layer is 0·w, so that with w = 0 the answer is the same whatever its
    activation.
    """
    made = list(parameters)
    for layer in sorted({layer for layer, _unit in marks.silenced}):
        units = sorted(unit for of, unit in marks.silenced if of == layer)
        kernel = made[layer].kernel.copy()  # of the layer behind: numbers of layers begin with 1
        kernel[units] = 0
        kernel.flags.writeable = False
        made[layer] = replace(made[layer], kernel=kernel)
    return tuple(made)
