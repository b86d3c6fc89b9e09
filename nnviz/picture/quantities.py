"""The tensors behind the picture: what an edge or a unit of a snapshot is worth, by the name of the quantity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.picture.ticks import superscript
from nnviz.training.records import Snapshot

Values = NDArray[np.floating]

#: Edge quantities a person may choose, with their names on screen.
EDGE_QUANTITIES: dict[str, str] = {
    "contribution": "contribution a·w",
    "weight": "weight w",
    "gradient": "gradient dL/dw",
    "update": "update Δw",
    "change": "change of w",
}
#: Unit quantities a person may choose, with their names on screen.
UNIT_QUANTITIES: dict[str, str] = {
    "a": "activation a",
    "z": "pre-activation z",
    "dz": "gradient dL/dz",
}
#: Every quantity with the words of the legend.
TITLES: dict[str, str] = {
    **EDGE_QUANTITIES,
    "contribution_after": "contribution a·w after the update",
    "memory": "what the optimizer remembers",
    "x": "input x",
    "z": "pre-activation z",
    "n": "normalised pre-activation n",
    "a": "activation a",
    "da": "gradient dL/da",
    "dz": "gradient dL/dz",
    "a_after": "activation a after the update",
    "none": "",
}


def edge_values(snapshot: Snapshot, layer: int, quantity: str) -> Values | None:
    """Return the (inputs, units) values of the edges into dense layer ``layer`` (0 the first), or None.

    None means that the snapshot holds no such tensor: no label, hence no gradient; no step taken, hence no update.
    """
    if quantity == "weight":
        return snapshot.parameters[layer].kernel
    if quantity == "contribution":
        return np.asarray(snapshot.forward.layer_input(layer)[0][:, None] * snapshot.parameters[layer].kernel)
    if quantity == "gradient":
        return None if snapshot.gradients is None else snapshot.gradients.parameters[layer].kernel
    if quantity == "update":
        return None if snapshot.update is None else snapshot.update[layer].kernel
    if quantity == "change":
        if snapshot.reference is None:
            return None
        return np.asarray(snapshot.parameters[layer].kernel - snapshot.reference.parameters[layer].kernel)
    if quantity == "memory":
        done = snapshot.optimizer
        if done is None:
            return None
        # The first of its memories has the sign of the way it goes; plain gradient descent knows only the gradient.
        return (done.after[0][1] if done.after else done.gradient)[layer].kernel
    if quantity == "contribution_after":
        if snapshot.update is None or snapshot.forward_after is None:
            return None
        kernel = snapshot.parameters[layer].kernel + snapshot.update[layer].kernel
        return np.asarray(snapshot.forward_after.layer_input(layer)[0][:, None] * kernel)
    raise ValueError(f"unknown edge quantity {quantity!r}")


def memory_sign(snapshot: Snapshot) -> str:
    """Return the sign of what ``edge_values`` gives as ``"memory"``: m of the momentum family, v of squares, or g."""
    done = snapshot.optimizer
    if done is None or not done.after:
        return "g"
    return {"accumulator": "v", "momentum": "m"}.get(done.after[0][0], done.after[0][0])


def edge_value(snapshot: Snapshot, layer: int, source: int, unit: int, quantity: str) -> float | None:
    """Return one entry of ``edge_values`` without making the whole table."""
    if quantity == "contribution":
        a = snapshot.forward.layer_input(layer)[0, source]
        return float(a * snapshot.parameters[layer].kernel[source, unit])
    values = edge_values(snapshot, layer, quantity)
    return None if values is None else float(values[source, unit])


def unit_values(snapshot: Snapshot, layer: int, quantity: str) -> Values | None:
    """Return the values of the units of layer ``layer`` (0 the input), (units,), or None where there are none."""
    if layer == 0:
        return None if quantity == "none" else snapshot.sample
    k = layer - 1
    if quantity == "z":
        return np.asarray(snapshot.forward.pre_activations[k][0])
    if quantity == "a":
        return np.asarray(snapshot.forward.activations[k][0])
    if quantity == "n":
        return np.asarray(snapshot.forward.phi_input(k)[0])
    if quantity == "da":
        return None if snapshot.gradients is None else snapshot.gradients.activations[k][0]
    if quantity == "dz":
        return None if snapshot.gradients is None else snapshot.gradients.pre_activations[k][0]
    if quantity == "a_after":
        after = snapshot.forward_after
        return None if after is None else after.activations[k][0]
    if quantity == "none":
        return None
    raise ValueError(f"unknown unit quantity {quantity!r}")


def scale_of(values: Values | None) -> float:
    """Return the largest magnitude among finite values, 0 where there is none: the end of the colour scale."""
    if values is None:
        return 0.0
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size else 0.0


def number(value: float) -> str:
    """Write a number with sensible digits: 0.0312, −1.84, 312, 3.1×10⁻⁵, ∞; minus is the true sign."""
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size == 0:
        text = "0"
    elif size >= 10_000 or size < 0.0005:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa}×10{superscript(int(exponent))}"
    elif size >= 100:
        text = f"{value:.0f}"
    elif size >= 10:
        text = f"{value:.1f}"
    elif size >= 1:
        text = f"{value:.2f}"
    elif size >= 0.1:
        text = f"{value:.3f}"
    else:
        text = f"{value:.4f}"
    return text.replace("-", "−")
