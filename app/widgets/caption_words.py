"""What is said of a layer: in its caption, as much as there is room for, and in whole when the pointer rests on it."""

from __future__ import annotations

from PySide6.QtGui import QFontMetricsF

from nnviz.spec import LayerSpec, NetworkSpec

ACTIVATION_NAMES = {
    "relu": "ReLU", "softmax": "softmax", "sigmoid": "sigmoid", "tanh": "tanh", "linear": "linear",
    "leaky_relu": "leaky ReLU", "prelu": "PReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU",
    "softplus": "softplus", "step": "step",
}


def main_caption(layer: LayerSpec) -> str:
    """Return number and kind of a layer's units: ``64 ReLU``."""
    return f"{layer.units:,} {ACTIVATION_NAMES.get(layer.activation, layer.activation)}"


def extra_parts(layer: LayerSpec) -> list[str]:
    """Return what a layer has besides its units, a few words each."""
    parts = [
        "BN" if layer.batch_norm else "", f"dropout {layer.dropout:g}" if layer.dropout else "",
        "" if layer.use_bias else "no bias",
    ]
    return [part for part in parts if part]


def extra_caption(layer: LayerSpec) -> str:
    """Return what a layer has besides: ``BN · dropout 0.3 · no bias``, "" for a plain one."""
    return " · ".join(extra_parts(layer))


def fitting_extra(layer: LayerSpec, metrics: QFontMetricsF, room: float) -> str:
    """Return as much of ``extra_caption`` as fits, whole words only: half a number would be another number."""
    parts = extra_parts(layer)
    for count in range(len(parts), 0, -1):
        text = " · ".join(parts[:count]) + (" …" if count < len(parts) else "")
        if metrics.horizontalAdvance(text) <= room:
            return text
    return "…" if parts else ""


def layer_title(spec: NetworkSpec, layer: int) -> str:
    """Return the name of a layer, 0 the input: ``Input``, ``Dense 1``, ``Output``."""
    if layer == 0:
        return "Input"
    return "Output" if layer == len(spec.layers) else f"Dense {layer}"


def input_caption(spec: NetworkSpec, count: int) -> str:
    """Return the shape of the input, and of how many samples it is the mean."""
    shape = " × ".join(str(n) for n in spec.input_shape)
    if count > 1:
        return f"mean of {count:,}"
    return f"{shape} = {spec.input_size:,}" if "×" in shape else f"{spec.input_size:,} values"


def layer_words(spec: NetworkSpec, layer: int, count: int = 1) -> str:
    """Return all there is to say of a layer, a line each."""
    if layer == 0:
        shape = " × ".join(str(n) for n in spec.input_shape)
        lines = ["Input", f"{shape} = {spec.input_size:,} values" if "×" in shape else f"{spec.input_size:,} values"]
        return "\n".join([*lines, f"mean of {count:,} samples"] if count > 1 else lines)
    made = spec.layers[layer - 1]
    inputs = spec.sizes[layer - 1]
    lines = [
        layer_title(spec, layer),
        f"{made.units:,} {'unit' if made.units == 1 else 'units'}, "
        f"{ACTIVATION_NAMES.get(made.activation, made.activation)}; each has {inputs:,} weights"
        f"{' and a bias' if made.use_bias else ', no bias'}",
    ]
    if made.batch_norm:
        lines.append("batch normalisation: each z is normalised before the activation")
    if made.dropout:
        lines.append(f"dropout {made.dropout:g}: so many of its units are off in each training step")
    return "\n".join(lines)
