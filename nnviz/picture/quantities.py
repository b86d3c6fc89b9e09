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
    "da": "gradient dL/da",
    "dz": "gradient dL/dz",
    "weights": "incoming weights",
    "zero": "how often zero",
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
    "weights": "incoming weights w",
    "zero": "share of samples with activation 0",
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


def live_values(snapshot: Snapshot, layer: int, quantity: str) -> tuple[Values | None, NDArray[np.intp] | None]:
    """Return the rows of ``edge_values`` that can be other than 0, and which inputs they belong to, None for all.

    Most pixels of a drawing are empty and about half of the ReLU units are off: contributions are made for the rest.
    """
    after = quantity == "contribution_after"
    passed = snapshot.forward_after if after else snapshot.forward
    if not (after or quantity == "contribution") or passed is None or (after and snapshot.update is None):
        return edge_values(snapshot, layer, quantity), None
    a = passed.layer_input(layer)[0]
    live = np.flatnonzero(a)
    kernel = snapshot.parameters[layer].kernel[live]
    if after and snapshot.update is not None:
        kernel = kernel + snapshot.update[layer].kernel[live]
    return np.asarray(a[live, None] * kernel), live


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
    """Return the values of the units of layer ``layer`` (0 the input), (units,), or None where there are none.

    Of a mean over samples they are means; ``"zero"`` is the share of samples whose activation is 0, in [0, 1].
    ``"weights"`` is no number of a unit but an image, see ``weight_images``: None.
    """
    if layer == 0:
        return None if quantity == "none" else snapshot.sample
    k = layer - 1
    if quantity == "zero":
        return None if snapshot.zero_shares is None else snapshot.zero_shares[k]
    if quantity == "da":
        return None if snapshot.gradients is None else snapshot.gradients.activations[k][0]
    if quantity == "z":
        return np.asarray(snapshot.forward.pre_activations[k][0])
    if quantity == "a":
        return np.asarray(snapshot.forward.activations[k][0])
    if quantity == "n":
        return np.asarray(snapshot.forward.phi_input(k)[0])
    if quantity == "dz":
        return None if snapshot.gradients is None else snapshot.gradients.pre_activations[k][0]
    if quantity == "a_after":
        after = snapshot.forward_after
        return None if after is None else after.activations[k][0]
    if quantity in ("none", "weights"):
        return None
    raise ValueError(f"unknown unit quantity {quantity!r}")


def has_weight_images(snapshot: Snapshot, layer: int) -> bool:
    """Whether the incoming weights of a layer's units are images: only the first layer's, of an input that is one."""
    return layer == 1 and len(snapshot.spec.input_shape) == 2


def weight_images(snapshot: Snapshot) -> Values:
    """Return the incoming weights of the first layer's units as images, (units, rows, columns).

    Raises:
        ValueError: the input is no image.
    """
    if not has_weight_images(snapshot, 1):
        raise ValueError(f"weights are images where the input is one, got an input of {snapshot.spec.input_shape}")
    kernel = snapshot.parameters[0].kernel
    return np.ascontiguousarray(kernel.T).reshape(kernel.shape[1], *snapshot.spec.input_shape)


def unit_quantity_at(snapshot: Snapshot, layer: int, quantity: str) -> str:
    """Return what the units of a layer really show where a quantity was chosen for all layers.

    Layers without images of weights show their activation instead.
    """
    if quantity == "weights" and not has_weight_images(snapshot, layer):
        return "x" if layer == 0 else "a"
    return quantity


def why_absent(snapshot: Snapshot, quantity: str) -> str:
    """Return why the units have no values of a quantity, in a few words, and what makes them; "" where they have."""
    if quantity in ("da", "dz") and snapshot.gradients is None:
        return "the sample has no label, hence no loss to be blamed for"
    if quantity == "zero" and snapshot.zero_shares is None:
        return "needs many samples; choose the mean over a batch"
    if quantity == "weights" and not has_weight_images(snapshot, 1):
        return "images only where the input is one; units show a"
    return ""


def scale_of(values: Values | None) -> float:
    """Return the largest magnitude among finite values, 0 where there is none: the end of the colour scale."""
    if values is None or not values.size:
        return 0.0
    low, high = float(values.min()), float(values.max())
    if np.isfinite(low) and np.isfinite(high):  # nearly always; NaN spreads to both
        return max(high, -low)
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
