"""What a card says of the unit or the edge under the pointer: exact values of the snapshot."""

from __future__ import annotations

import numpy as np

from app.widgets.network_captions import ACTIVATION_NAMES
from nnviz.picture.answers import OutputMeaning, answer_of, target_of
from nnviz.picture.explain_edge import explain_edge
from nnviz.picture.quantities import number
from nnviz.picture.refs import BIAS, EdgeRef, Ref
from nnviz.training.records import Snapshot

Card = tuple[tuple[str, str], ...]
NOTHING = OutputMeaning()


def _exact(value: float) -> str:
    """Write a value with all the digits that float32 carries, the true minus sign."""
    return f"{np.float32(value):.7g}".replace("-", "−")


def layer_name(snapshot: Snapshot, layer: int) -> str:
    """Return the name of a layer, 0 the input."""
    if layer == 0:
        return "Input"
    return "Output" if layer == len(snapshot.spec.layers) else f"Dense {layer}"


def unit_name(
    snapshot: Snapshot, layer: int, unit: int, meaning: OutputMeaning = NOTHING,
    feature_names: tuple[str, ...] = (),
) -> str:
    """Return the name of a unit: ``Dense 1, unit 17``, ``Input pixel, row 3, column 12``, ``Output “7”``."""
    if unit == BIAS:
        return f"Bias of {layer_name(snapshot, layer + 1)}"
    if layer == 0 and len(snapshot.spec.input_shape) == 2:
        row, column = divmod(unit, snapshot.spec.input_shape[1])
        return f"Input pixel, row {row}, column {column}"
    if layer == 0 and unit < len(feature_names):
        return f"Input “{feature_names[unit]}”"
    names = meaning.output_names(snapshot.spec.layers[-1].units)
    if layer == len(snapshot.spec.layers) and unit < len(names):
        return f"Output “{names[unit]}”"
    return f"{layer_name(snapshot, layer)}, unit {unit}"


def unit_card(
    snapshot: Snapshot, layer: int, unit: int, meaning: OutputMeaning = NOTHING,
    feature_names: tuple[str, ...] = (),
) -> Card:
    """Return the values of a unit; layer 0 is the input."""
    heading = (unit_name(snapshot, layer, unit, meaning, feature_names), "")
    gradients = snapshot.gradients
    if unit == BIAS:
        return (heading, ("a", "1"), ("weights", f"biases of {snapshot.spec.layers[layer].units:,} units"))
    if layer == 0:
        rows = [heading, ("x", _exact(float(snapshot.sample[unit])))]
        if gradients is not None:
            rows.append(("dL/dx", _exact(float(gradients.inputs[0, unit]))))
        return tuple(rows)
    k = layer - 1
    spec, parameters = snapshot.spec.layers[k], snapshot.parameters[k]
    name = ACTIVATION_NAMES.get(spec.activation, spec.activation)
    rows = [heading]
    if spec.use_bias:
        rows.append(("bias b", _exact(float(parameters.bias[unit]))))
    z = float(snapshot.forward.pre_activations[k][0, unit])
    rows.append(("z = x·W + b" if spec.use_bias else "z = x·W", _exact(z)))
    normalised, norm = snapshot.forward.normalised[k], parameters.norm
    if normalised is not None and norm is not None:
        rows += [
            ("mean, variance of z", f"{number(float(norm.mean[unit]))}, {number(float(norm.variance[unit]))}"),
            ("γ, β", f"{number(float(norm.gamma[unit]))}, {number(float(norm.beta[unit]))}"),
            ("n, z normalised", _exact(float(normalised[0, unit]))),
        ]
    if parameters.slope is not None:
        rows.append(("slope α", _exact(float(parameters.slope[unit]))))
    entered = "z" if normalised is None else "n"
    rows.append((f"a = {name}({entered})", _exact(float(snapshot.forward.activations[k][0, unit]))))
    if spec.dropout:
        rows.append(("dropout", f"{spec.dropout:g}, in training only"))
    if layer == len(snapshot.spec.layers):
        rows += _output_rows(snapshot, unit, meaning)
    if gradients is not None:
        da = float(gradients.activations[k][0, unit])
        if np.isfinite(da):
            rows.append(("dL/da", _exact(da)))
        rows.append(("dL/dz", _exact(float(gradients.pre_activations[k][0, unit]))))
    if snapshot.update is not None and spec.use_bias:
        rows.append(("Δb applied", _exact(float(snapshot.update[k].bias[unit]))))
    return tuple(rows)


def _output_rows(snapshot: Snapshot, unit: int, meaning: OutputMeaning) -> list[tuple[str, str]]:
    """Return what an output unit's activation says, and what it should be."""
    rows, target = [], target_of(snapshot)
    if meaning.is_regression:
        row = answer_of(meaning, snapshot).rows[unit]
        rows.append(("predicts", meaning.with_unit(row.text, unit)))
        if row.truth:
            rows += [("truth", meaning.with_unit(row.truth, unit)), ("error", meaning.with_unit(row.error, unit))]
    if target is not None:
        rows.append(("target y", _exact(float(target[unit]))))
    return rows


def edge_name(
    snapshot: Snapshot, ref: EdgeRef, meaning: OutputMeaning = NOTHING, feature_names: tuple[str, ...] = ()
) -> str:
    """Return the name of an edge: ``Dense 1, unit 3 → Output “7”``, ``Bias → Dense 1, unit 3``."""
    right = unit_name(snapshot, ref.layer, ref.unit, meaning, feature_names)
    left = "Bias" if ref.source == BIAS else unit_name(snapshot, ref.layer - 1, ref.source, meaning, feature_names)
    return f"{left} → {right}"


def edge_card(snapshot: Snapshot, layer: int, source: int, unit: int) -> Card:
    """Return the values of the edge from ``source`` (−1: the bias) to ``unit`` of dense layer ``layer`` (0 the first).
    """
    edge = explain_edge(snapshot, EdgeRef(layer + 1, source, unit))
    left = "Bias" if edge.is_bias else f"{layer_name(snapshot, layer)} {source}"
    rows = [(f"{left} → {layer_name(snapshot, layer + 1)} {unit}", "")]
    sign = "b" if edge.is_bias else "w"
    if edge.is_bias:
        rows.append(("bias b", _exact(edge.w)))
    else:
        rows += [
            ("weight w", _exact(edge.w)), ("input a", _exact(edge.a)), ("contribution a·w", _exact(edge.contribution)),
        ]
    if edge.gradient is not None:
        rows.append((f"dL/d{sign}", _exact(edge.gradient)))
    if edge.delta is not None:
        rows += [(f"Δ{sign} applied", _exact(edge.delta)), (f"new {sign}", _exact(edge.w + edge.delta))]
    return tuple(rows)


def name_of(
    snapshot: Snapshot, ref: Ref, meaning: OutputMeaning = NOTHING, feature_names: tuple[str, ...] = ()
) -> str:
    """Return the name of a unit or an edge."""
    if isinstance(ref, EdgeRef):
        return edge_name(snapshot, ref, meaning, feature_names)
    return unit_name(snapshot, ref.layer, ref.unit, meaning, feature_names)


def said_of(
    snapshot: Snapshot, ref: Ref, meaning: OutputMeaning = NOTHING, feature_names: tuple[str, ...] = ()
) -> str:
    """Return name and values of a unit or an edge as a screen reader says them.

    ``Dense 1, unit 17: z −0.31, a 0``; ``Dense 1, unit 3 → Output “7”: w 0.12, a·w 0.03, dL/dw −0.002``.
    """
    values: list[tuple[str, float]]
    if isinstance(ref, EdgeRef):
        edge = explain_edge(snapshot, ref)
        values = [("b", edge.w)] if edge.is_bias else [("w", edge.w), ("a·w", edge.contribution)]
        values += [] if edge.gradient is None else [("dL/db" if edge.is_bias else "dL/dw", edge.gradient)]
    elif ref.unit == BIAS:
        values = [("a", 1.0)]
    elif ref.layer == 0:
        values = [("x", float(snapshot.sample[ref.unit]))]
    else:
        passed, k = snapshot.forward, ref.layer - 1
        values = [
            ("z", float(passed.pre_activations[k][0, ref.unit])), ("a", float(passed.activations[k][0, ref.unit])),
        ]
    means = f", mean over {snapshot.count:,} samples" if snapshot.count > 1 else ""
    told = ", ".join(f"{sign} {number(value)}" for sign, value in values)
    return f"{name_of(snapshot, ref, meaning, feature_names)}: {told}{means}"
