"""What a card says of the unit or the edge under the pointer: exact values of the snapshot."""

from __future__ import annotations

import numpy as np

from nnviz.picture.quantities import number
from nnviz.training.records import Snapshot

#: What an activation function does to the sum, in words and as a formula; softmax and ReLU have their own.
ACTIVATION_WORDS = {
    "linear": ("the sum is handed on as it is", "a = z"),
    "sigmoid": ("sigmoid bends the sum into the range from 0 to 1", "a = 1 / (1 + e⁻ᶻ)"),
    "tanh": ("tanh bends the sum into the range from −1 to 1", "a = tanh z"),
    "leaky_relu": ("leaky ReLU keeps what is positive and a fifth of what is negative", "a = max(z, 0.2·z)"),
    "elu": ("ELU keeps what is positive; what is negative levels off at −1", "a = z where z > 0, else eᶻ − 1"),
    "selu": (
        "SELU stretches what is positive; what is negative levels off at −1.76",
        "a = 1.0507·z where z > 0, else 1.7581·(eᶻ − 1)",
    ),
    "gelu": ("GELU weighs each sum by the share of a normal distribution that lies below it", "a = z·Φ(z)"),
    "softplus": ("softplus is a ReLU without the corner", "a = ln(1 + eᶻ)"),
}

Card = tuple[tuple[str, str], ...]


def _exact(value: float) -> str:
    """Write a value with all the digits that float32 carries, the true minus sign."""
    return f"{np.float32(value):.7g}".replace("-", "−")


def layer_name(snapshot: Snapshot, layer: int) -> str:
    """Return the name of a layer, 0 the input."""
    if layer == 0:
        return "Input"
    return "Output" if layer == len(snapshot.spec.layers) else f"Dense {layer}"


def unit_name(
    snapshot: Snapshot, layer: int, unit: int, class_names: tuple[str, ...] = (),
    feature_names: tuple[str, ...] = (),
) -> str:
    """Return the name of a unit: ``Dense 1, unit 17``, ``Input, pixel row 3, column 12``, ``Output “7”``."""
    if layer == 0 and len(snapshot.spec.input_shape) == 2:
        row, column = divmod(unit, snapshot.spec.input_shape[1])
        return f"Input pixel, row {row}, column {column}"
    if layer == 0 and unit < len(feature_names):
        return f"Input “{feature_names[unit]}”"
    if layer == len(snapshot.spec.layers) and unit < len(class_names):
        return f"Output “{class_names[unit]}”"
    return f"{layer_name(snapshot, layer)}, unit {unit}"


def unit_card(
    snapshot: Snapshot, layer: int, unit: int, class_names: tuple[str, ...] = (),
    feature_names: tuple[str, ...] = (),
) -> Card:
    """Return the values of a unit; layer 0 is the input."""
    heading = (unit_name(snapshot, layer, unit, class_names, feature_names), "")
    gradients = snapshot.gradients
    if layer == 0:
        rows = [heading, ("x", _exact(float(snapshot.sample[unit])))]
        if gradients is not None:
            rows.append(("dL/dx", _exact(float(gradients.inputs[0, unit]))))
        return tuple(rows)
    k = layer - 1
    z = float(snapshot.forward.pre_activations[k][0, unit])
    a = float(snapshot.forward.activations[k][0, unit])
    name = snapshot.spec.layers[k].activation.replace("_", " ")
    rows = [
        heading,
        ("bias b", _exact(float(snapshot.parameters[k].bias[unit]))),
        ("z = x·W + b", _exact(z)),
        (f"a = {name}(z)", _exact(a)),
    ]
    if gradients is not None:
        da = float(gradients.activations[k][0, unit])
        if np.isfinite(da):
            rows.append(("dL/da", _exact(da)))
        rows.append(("dL/dz", _exact(float(gradients.pre_activations[k][0, unit]))))
    if snapshot.update is not None:
        rows.append(("Δb applied", _exact(float(snapshot.update[k].bias[unit]))))
    return tuple(rows)


def edge_card(snapshot: Snapshot, layer: int, source: int, unit: int) -> Card:
    """Return the values of the edge from ``source`` to ``unit`` of dense layer ``layer`` (0 the first)."""
    w = float(snapshot.parameters[layer].kernel[source, unit])
    a = float(snapshot.forward.layer_input(layer)[0, source])
    left = f"{layer_name(snapshot, layer)} {source}"
    rows = [
        (f"{left} → {layer_name(snapshot, layer + 1)} {unit}", ""),
        ("weight w", _exact(w)),
        ("input a", _exact(a)),
        ("contribution a·w", _exact(a * w)),
    ]
    if snapshot.gradients is not None:
        rows.append(("dL/dw", _exact(float(snapshot.gradients.parameters[layer].kernel[source, unit]))))
    if snapshot.update is not None:
        delta = float(snapshot.update[layer].kernel[source, unit])
        rows.append(("Δw applied", _exact(delta)))
        rows.append(("new w", _exact(w + delta)))
    return tuple(rows)


def stage_words(snapshot: Snapshot, kind: str, layer: int, class_names: tuple[str, ...]) -> tuple[str, str]:
    """Return (sentence, formula) of a stage with the numbers of the snapshot; ``layer`` counts from 1."""
    spec = snapshot.spec
    last = len(spec.layers)
    here = layer_name(snapshot, layer)
    before = "input" if layer <= 1 else layer_name(snapshot, layer - 1)

    def class_name(index: int) -> str:
        return class_names[index] if index < len(class_names) else str(index)

    if kind == "input":
        x = snapshot.sample
        return (
            f"The sample enters: {x.size:,} numbers, {int(np.count_nonzero(x)):,} of them not zero.",
            f"x ∈ [{number(float(x.min()))}, {number(float(x.max()))}]",
        )
    if kind == "sum":
        z = snapshot.forward.pre_activations[layer - 1][0]
        k = int(np.argmax(np.abs(z)))
        return (
            f"{here}: each unit adds up what the {before} sends it, times its weights, plus its bias.",
            f"z = x·W + b    largest: z[{k}] = {number(float(z[k]))}",
        )
    if kind == "activation":
        a = snapshot.forward.activations[layer - 1][0]
        name = spec.layers[layer - 1].activation
        if name == "softmax":
            return (
                f"Softmax turns the logits into probabilities: {100 * float(a.max()):.1f} % for "
                f"{class_name(int(np.argmax(a)))}.",
                "aᵢ = e^zᵢ / Σⱼ e^zⱼ",
            )
        if name == "relu":
            alive = int(np.count_nonzero(a))
            return f"ReLU keeps what is positive: {alive} of {a.size} units are active.", "a = max(0, z)"
        words, formula = ACTIVATION_WORDS[name]
        return f"{here}: {words}.", formula
    gradients = snapshot.gradients
    if gradients is None or snapshot.label is None:
        return "", ""
    label = snapshot.label
    p = float(snapshot.forward.output[0, label])
    if kind == "loss":
        return (
            f"The loss measures the surprise at the right answer, {class_name(label)}, "
            f"which was given {100 * p:.1f} %.",
            f"L = −ln p({class_name(label)}) = −ln {number(p)} = {number(gradients.loss)}",
        )
    if kind == "output_gradient":
        return (
            f"Blame at the output: probability minus target. Only {class_name(label)} should rise.",
            f"dL/dz = p − y    dL/dz[{class_name(label)}] = "
            f"{number(float(gradients.pre_activations[last - 1][0, label]))}",
        )
    if kind == "gradient":
        g = gradients.parameters[layer - 1].kernel
        rms = float(np.sqrt(np.mean(np.square(g))))
        return (
            f"Each weight into {here} is blamed by what it carried times the blame of its unit.",
            f"dL/dW = xᵀ·dL/dz    RMS {number(rms)}",
        )
    if kind == "back":
        dz = gradients.pre_activations[layer - 1][0]
        name = spec.layers[layer - 1].activation
        formula = "dL/da = dL/dz·Wᵀ,  dL/dz = dL/da · φ′(z)"
        if name == "relu":
            return f"Blame flows back to {here}; it stops at the {int(np.sum(dz == 0))} units that were off.", formula
        return f"Blame flows back through the weights to {here}.", formula
    update = snapshot.update
    if update is None:
        return "", ""
    if kind == "update":
        largest = max(float(np.abs(part.kernel).max()) for part in update)
        what = "this sample" if snapshot.update_batch_size == 1 else f"the batch of {snapshot.update_batch_size}"
        return (
            f"The optimizer moved every weight a little, by the gradient of {what}.",
            f"W ← W + ΔW    largest |Δw| = {number(largest)}",
        )
    after = snapshot.forward_after
    if after is None:
        return "", ""
    q = float(after.output[0, label])
    return (
        f"The same sample again: {class_name(label)} went from {100 * p:.2f} % to {100 * q:.2f} %.",
        f"L = {number(gradients.loss)} → {number(float(-np.log(max(q, 1e-38))))}",
    )
