"""What is said of each stage of the animation and of the whole, with the numbers of the snapshot."""

from __future__ import annotations

import numpy as np

from app.widgets.network_values import layer_name
from nnviz.maths.activations import LEAKY_SLOPE
from nnviz.picture.answers import SHARES, OutputMeaning, answer_of
from nnviz.picture.loss_words import after_words, gradient_words, loss_words
from nnviz.picture.quantities import number
from nnviz.training.records import Snapshot

#: What an activation function does to the sum, in words and as a formula; softmax and ReLU have their own.
ACTIVATION_WORDS = {
    "linear": ("the sum is handed on as it is", "a = z"),
    "step": ("the unit fires where the sum reaches 0", "a = 1 where z ≥ 0, else 0"),
    "sigmoid": ("sigmoid bends the sum into the range from 0 to 1", "a = 1 / (1 + e⁻ᶻ)"),
    "tanh": ("tanh bends the sum into the range from −1 to 1", "a = tanh z"),
    "leaky_relu": (
        "leaky ReLU keeps what is positive and a fifth of what is negative", f"a = max(z, {LEAKY_SLOPE:g}·z)",
    ),
    "prelu": ("PReLU keeps what is positive and scales the rest by a learnt slope α", "a = z where z > 0, else α·z"),
    "elu": ("ELU keeps what is positive; what is negative levels off at −1", "a = z where z > 0, else eᶻ − 1"),
    "selu": (
        "SELU stretches what is positive; what is negative levels off at −1.76",
        "a = 1.0507·z where z > 0, else 1.7581·(eᶻ − 1)",
    ),
    "gelu": ("GELU weighs each sum by the share of a normal distribution that lies below it", "a = z·Φ(z)"),
    "softplus": ("softplus is a ReLU without the corner", "a = ln(1 + eᶻ)"),
}  # fmt: skip


def summary(snapshot: Snapshot, meaning: OutputMeaning) -> str:
    """Return what the network says of the sample, and how far that is right."""
    answer = answer_of(meaning, snapshot)
    if meaning.is_regression:
        text = f"The network predicts {answer.said}"
        if answer.truth:
            error = f" (error {answer.rows[0].error})" if len(answer.rows) == 1 else ""
            text += f"; the truth is {answer.truth}{error}"
        return text + ". Press ▶ to watch how it got there."
    text = f"The network says {answer.said}"
    best = next((row for row in answer.rows if row.says), None)
    if meaning.task != "multilabel" and best is not None and best.text.endswith("%"):
        text += f" with {best.text.replace('%', ' %')}"
    if answer.truth:
        text += ", rightly" if answer.is_right else f"; it is {answer.truth}"
    return text + ". Press ▶ to watch how it got there."


def stage_words(snapshot: Snapshot, kind: str, layer: int, meaning: OutputMeaning) -> tuple[str, str]:
    """Return (sentence, formula) of a stage with the numbers of the snapshot; ``layer`` counts from 1."""
    here = layer_name(snapshot, layer)
    if kind == "input":
        x = snapshot.sample
        return (
            f"The sample enters: {x.size:,} numbers, {int(np.count_nonzero(x)):,} of them not zero.",
            f"x ∈ [{number(float(x.min()))}, {number(float(x.max()))}]",
        )
    if kind == "sum":
        return _sum(snapshot, layer)
    if kind == "activation":
        return _activation(snapshot, layer, meaning)
    gradients = snapshot.gradients
    if gradients is None:
        return "", ""
    if kind == "loss":
        return loss_words(meaning, snapshot)
    if kind == "output_gradient":
        return gradient_words(meaning, snapshot)
    if kind == "gradient":
        g = gradients.parameters[layer - 1].kernel
        rms = float(np.sqrt(np.mean(np.square(g))))
        return (
            f"Each weight into {here} is blamed by what it carried times the blame of its unit.",
            f"dL/dW = xᵀ·dL/dz    RMS {number(rms)}",
        )
    if kind == "back":
        return _back(snapshot, layer)
    if kind == "update":
        return _update(snapshot)
    return after_words(meaning, snapshot)


def _sum(snapshot: Snapshot, layer: int) -> tuple[str, str]:
    here, spec = layer_name(snapshot, layer), snapshot.spec.layers[layer - 1]
    before = "input" if layer <= 1 else layer_name(snapshot, layer - 1)
    z = snapshot.forward.pre_activations[layer - 1][0]
    k = int(np.argmax(np.abs(z)))
    bias, formula = (", plus its bias", "x·W + b") if spec.use_bias else (" (it has no bias)", "x·W")
    return (
        f"{here}: each unit adds up what the {before} sends it, times its weights{bias}.",
        f"z = {formula}    largest: z[{k}] = {number(float(z[k]))}",
    )


def _activation(snapshot: Snapshot, layer: int, meaning: OutputMeaning) -> tuple[str, str]:
    spec, last = snapshot.spec.layers[layer - 1], layer == len(snapshot.spec.layers)
    a = snapshot.forward.activations[layer - 1][0]
    name = spec.activation
    if last and name in SHARES:
        return _shares(snapshot, meaning)
    if last and meaning.is_regression and name == "linear":
        said = answer_of(meaning, snapshot).said
        return f"The sum is the answer, in standard deviations of the target: it predicts {said}.", "ŷ = z"
    if name == "relu":
        alive = int(np.count_nonzero(a))
        sentence = f"ReLU keeps what is positive: {alive} of {a.size} units are active."
        formula = "a = max(0, z)"
    else:
        words, formula = ACTIVATION_WORDS[name]
        sentence = f"{layer_name(snapshot, layer)}: {words}."
    if spec.batch_norm:
        sentence = f"Each sum is normalised. {sentence}"
        formula = "n = γ(z − μ)/√(σ² + ε) + β,  " + formula.replace("z", "n").replace("ᶻ", "ⁿ")
    if spec.dropout:
        sentence += f" Dropout of {100 * spec.dropout:g} % acts in training only."
    return sentence, formula


def _shares(snapshot: Snapshot, meaning: OutputMeaning) -> tuple[str, str]:
    answer = answer_of(meaning, snapshot)
    best = max(answer.rows, key=lambda row: (row.says, row.value))
    if snapshot.spec.activations[-1] == "softmax":
        return (
            f"Softmax turns the logits into probabilities: {100 * best.value:.1f} % for {best.name}.",
            "aᵢ = e^zᵢ / Σⱼ e^zⱼ",
        )
    formula = ACTIVATION_WORDS["sigmoid"][1]
    if meaning.is_regression:
        return f"Sigmoid bends the sum into the range from 0 to 1: it predicts {answer.said}.", formula
    if meaning.task == "multilabel":
        return f"Sigmoid turns each logit into a probability of its own; above ½: {answer.said}.", formula
    if len(snapshot.forward.output[0]) == 1:
        row = answer.rows[-1]
        way = "above" if row.says else "not above"
        return (
            f"Sigmoid turns the logit into the probability of {row.name}: {100 * row.value:.1f} %, {way} ½, "
            f"so it says {answer.said}.",
            formula,
        )
    return f"Sigmoid turns each logit into a share; the largest, {best.name}, wins with {best.text}.", formula


def _back(snapshot: Snapshot, layer: int) -> tuple[str, str]:
    assert snapshot.gradients is not None
    here, spec = layer_name(snapshot, layer), snapshot.spec.layers[layer - 1]
    dz = snapshot.gradients.pre_activations[layer - 1][0]
    formula = "dL/da = dL/dz·Wᵀ,  dL/dz = dL/da · φ′(z)"
    if spec.batch_norm:
        formula = "dL/da = dL/dz·Wᵀ,  dL/dz = dL/da · φ′(n) · γ/√(σ² + ε)"
    if spec.activation == "relu":
        return f"Blame flows back to {here}; it stops at the {int(np.sum(dz == 0))} units that were off.", formula
    if spec.activation == "step":
        return f"Blame ends at {here}: the step is flat, its slope is 0, so nothing before it can learn.", formula
    return f"Blame flows back through the weights to {here}.", formula


def _update(snapshot: Snapshot) -> tuple[str, str]:
    update = snapshot.update
    if update is None:
        return "", ""
    largest = max(float(np.abs(part.kernel).max()) for part in update)
    what = "this sample" if snapshot.update_batch_size == 1 else f"the batch of {snapshot.update_batch_size}"
    layers = snapshot.spec.layers
    also = [word for word, has in (
        ("γ and β", any(layer.batch_norm for layer in layers)),
        ("slope α", any(layer.activation == "prelu" for layer in layers)),
    ) if has]  # fmt: skip
    every = "every weight" + "".join(f", every {word}" for word in also)
    penalty = any(layer.l1 or layer.l2 for layer in layers)
    return (
        f"The optimizer moved {every} a little, by the gradient of {what}"
        f"{' and the penalty on large weights' if penalty else ''}.",
        f"W ← W + ΔW    largest |Δw| = {number(largest)}",
    )


