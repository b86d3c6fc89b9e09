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
#: Names of the optimizers, and what each remembers of every weight.
OPTIMIZER_WORDS = {
    "sgd": ("Gradient descent", "Gradient descent remembers nothing: each weight is given its gradient."),
    "momentum": ("Momentum", "Each weight keeps a share of its momentum m, and its gradient adds to it."),
    "nesterov": ("Nesterov", "Each weight keeps a share of its momentum m, and its gradient adds to it."),
    "adagrad": ("Adagrad", "Each weight adds up the squares of all its gradients, v."),
    "rmsprop": ("RMSprop", "Each weight remembers the mean square of its gradients of late, v."),
    "adam": ("Adam", "Each weight remembers the mean of its gradients of late, m, and of their squares, v."),
    "adamw": ("AdamW", "Each weight remembers the mean of its gradients of late, m, and of their squares, v."),
    "nadam": ("Nadam", "Each weight remembers the mean of its gradients of late, m, and of their squares, v."),
}
_MOMENTS = "m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²"
_ADAM = "η·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε)"
#: The rules in plain signs, as Keras applies them: (what is remembered, what is applied). Sources and exact forms:
#: ``nnviz.training.optimizer_words``.
OPTIMIZER_RULES = {
    "sgd": ("g = dL/dw", "Δw = −η·g"),
    "momentum": ("m ← μ·m − η·g", "Δw = m"),
    "nesterov": ("m ← μ·m − η·g", "Δw = μ·m − η·g"),
    "adagrad": ("v ← v + g²", "Δw = −η·g/√(v + ε)"),
    "rmsprop": ("v ← ρ·v + (1 − ρ)·g²", "Δw = −η·g/√(v + ε)"),
    "adam": (_MOMENTS, f"Δw = −{_ADAM}"),
    "adamw": (_MOMENTS, f"Δw = −η·λ·w − {_ADAM}"),
    "nadam": (_MOMENTS, "Δw = −η·(u(t+1)·m/(1 − Π·u(t+1)) + (1 − u(t))·g/(1 − Π))/(√v̂ + ε)"),
}


def stage_name(snapshot: Snapshot, kind: str, layer: int) -> str:
    """Return the name of a stage: ``Dense 2 · pre-activation z``; ``layer`` counts from 1."""
    here = layer_name(snapshot, layer)
    if kind == "optimizer" and snapshot.optimizer is not None:
        done = snapshot.optimizer
        kept = " and ".join(name for name, _ in done.after) or "nothing remembered"
        return f"Optimizer · {optimizer_name(done.name)}: {kept}"
    return {
        "input": "Input · the sample" if snapshot.count == 1 else f"Input · mean of {snapshot.count:,} samples",
        "sum": f"{here} · pre-activation z",
        "normalise": f"{here} · normalised n",
        "activation": f"{here} · activation a",
        "loss": "Loss L",
        "output_gradient": f"{here} · gradient dL/dz",
        "gradient": f"{here} · gradient dL/dW",
        "da": f"{here} · gradient dL/da",
        "dz": f"{here} · gradient dL/dz",
        "back": f"{here} · gradient dL/dz",
        "optimizer": "Optimizer",
        "update": "Update ΔW",
        "after": "New prediction",
    }[kind]


def optimizer_name(name: str) -> str:
    """Return the name of an optimizer as people write it."""
    return OPTIMIZER_WORDS.get(name, (name, ""))[0]


def summary(snapshot: Snapshot, meaning: OutputMeaning) -> str:
    """Return what the network says of the sample, and how far that is right."""
    if snapshot.count > 1:
        return f"The mean over {snapshot.count:,} samples on its way through the network. Press ▶ to watch it."
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
        text += f" with {best.text}"
    if answer.truth:
        text += ", rightly" if answer.is_right else f"; it is {answer.truth}"
    return text + ". Press ▶ to watch how it got there."


def stage_words(snapshot: Snapshot, kind: str, layer: int, meaning: OutputMeaning) -> tuple[str, str]:
    """Return (sentence, formula) of a stage with the numbers of the snapshot; ``layer`` counts from 1.

    What stands behind four spaces in the formula are figures, no part of it.
    """
    if kind == "input":
        return _input(snapshot)
    if kind == "sum":
        return _sum(snapshot, layer)
    if kind == "normalise":
        return _normalise(snapshot, layer)
    if kind == "activation":
        return _activation(snapshot, layer, meaning)
    if snapshot.gradients is None:
        return "", ""
    if kind == "loss":
        return _mean_loss(snapshot) if snapshot.count > 1 else loss_words(meaning, snapshot)
    if kind == "output_gradient":
        return _mean_blame(snapshot, layer) if snapshot.count > 1 else gradient_words(meaning, snapshot)
    if kind == "gradient":
        return _gradient(snapshot, layer)
    if kind == "da":
        return _back_to_activation(snapshot, layer)
    if kind == "dz":
        return _through_activation(snapshot, layer)
    if kind == "back":
        return _back(snapshot, layer)
    if kind == "optimizer":
        return _optimizer(snapshot)
    if kind == "update":
        return _update(snapshot)
    return _mean_after(snapshot, meaning) if snapshot.count > 1 else after_words(meaning, snapshot)


def mean_of(snapshot: Snapshot) -> str:
    """Return of how many samples the numbers are the mean, "" of one."""
    return f"Mean over {snapshot.count:,} samples" if snapshot.count > 1 else ""


# -- forward -----------------------------------------------------------------------------------------------


def _input(snapshot: Snapshot) -> tuple[str, str]:
    x = snapshot.sample
    room = f"x ∈ [{number(float(x.min()))}, {number(float(x.max()))}]"
    if snapshot.count > 1:
        return f"{snapshot.count:,} samples enter; of each of {x.size:,} inputs their mean is shown.", room
    return f"The sample enters: {x.size:,} numbers, {int(np.count_nonzero(x)):,} of them not zero.", room


def _sum(snapshot: Snapshot, layer: int) -> tuple[str, str]:
    here, spec = layer_name(snapshot, layer), snapshot.spec.layers[layer - 1]
    before = "the input" if layer <= 1 else layer_name(snapshot, layer - 1)
    z = snapshot.forward.pre_activations[layer - 1][0]
    k = int(np.argmax(np.abs(z)))
    bias, formula = (", plus its bias", "x·W + b") if spec.use_bias else (" (it has no bias)", "x·W")
    sentence = f"{here}: each unit adds up what {before} sends it, times its weights{bias}."
    if snapshot.count > 1:
        sentence = (
            f"{here}, mean over {snapshot.count:,} samples: the sum of the mean inputs times the weights{bias}, "
            "exactly."
        )
    return sentence, f"z = {formula}    largest: z[{k}] = {number(float(z[k]))}"


def _normalise(snapshot: Snapshot, layer: int) -> tuple[str, str]:
    n = snapshot.forward.phi_input(layer - 1)[0]
    k = int(np.argmax(np.abs(n)))
    return (
        f"{layer_name(snapshot, layer)}: each sum is normalised by the mean and variance of past batches, then scaled "
        "and shifted.",
        f"n = γ(z − μ)/√(σ² + ε) + β    largest: n[{k}] = {number(float(n[k]))}",
    )


def _activation(snapshot: Snapshot, layer: int, meaning: OutputMeaning) -> tuple[str, str]:
    spec, last = snapshot.spec.layers[layer - 1], layer == len(snapshot.spec.layers)
    a, here = snapshot.forward.activations[layer - 1][0], layer_name(snapshot, layer)
    name = spec.activation
    if last and name in SHARES and snapshot.count == 1:
        return _shares(snapshot, meaning)
    if last and meaning.is_regression and name == "linear" and snapshot.count == 1:
        said = answer_of(meaning, snapshot).said
        return f"The sum is the answer, in standard deviations of the target: it predicts {said}.", "ŷ = z"
    formula = _activation_formula(name)
    if snapshot.count > 1:
        sentence = (
            f"{here}, mean over {snapshot.count:,} samples of the activation of each; that is not the activation of "
            "the mean sum."
        )
        if name == "linear":
            sentence = f"{here}, mean over {snapshot.count:,} samples: the mean sum is handed on as it is."
    elif name == "relu":
        alive = int(np.count_nonzero(a))
        sentence = f"ReLU keeps what is positive: {alive} of {a.size} units are active."
    else:
        sentence = f"{here}: {ACTIVATION_WORDS[name][0]}."
    if spec.batch_norm:
        sentence = f"Each sum is normalised. {sentence}"
        formula = "n = γ(z − μ)/√(σ² + ε) + β,  " + formula.replace("z", "n").replace("ᶻ", "ⁿ")
    if spec.dropout:
        sentence += f" {_dropout(snapshot, layer)}"
    return sentence, formula


def _activation_formula(name: str) -> str:
    if name == "relu":
        return "a = max(0, z)"
    return "aᵢ = e^zᵢ / Σⱼ e^zⱼ" if name == "softmax" else ACTIVATION_WORDS[name][1]


def _dropout(snapshot: Snapshot, layer: int) -> str:
    rate = snapshot.spec.layers[layer - 1].dropout
    off = None if snapshot.dropped is None else snapshot.dropped[layer - 1]
    if off is None:
        return f"Dropout of {100 * rate:g} % acts in training only."
    return (
        f"Dropout switched off {int(off.sum())} of {off.size} in this pass; what is left is multiplied by "
        f"{number(1 / (1 - rate))}."
    )


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


# -- backward ----------------------------------------------------------------------------------------------


def _mean_loss(snapshot: Snapshot) -> tuple[str, str]:
    assert snapshot.gradients is not None
    return (
        f"The loss of a batch is the mean of the losses of its {snapshot.count:,} samples.",
        f"L = mean of Lᵢ over {snapshot.count:,} samples = {number(snapshot.gradients.loss)}",
    )


def _mean_blame(snapshot: Snapshot, layer: int) -> tuple[str, str]:
    assert snapshot.gradients is not None
    dz = snapshot.gradients.pre_activations[layer - 1][0]
    k = int(np.argmax(np.abs(np.nan_to_num(dz))))
    return (
        f"{mean_of(snapshot)} of the blame at the output: where it is positive, an output was too high on the whole.",
        f"dL/dz = mean of dLᵢ/dz    largest: dL/dz[{k}] = {number(float(dz[k]))}",
    )


def _gradient(snapshot: Snapshot, layer: int) -> tuple[str, str]:
    assert snapshot.gradients is not None
    here = layer_name(snapshot, layer)
    g = snapshot.gradients.parameters[layer - 1].kernel
    figures = f"RMS {number(float(np.sqrt(np.mean(np.square(g)))))}"
    if snapshot.count > 1:
        return (
            f"Each weight into {here} is blamed by what it carried times the blame of its unit, sample by sample; "
            f"the mean over {snapshot.count:,}.",
            f"dL/dW = mean of xᵀ·dL/dz    {figures}",
        )
    return (
        f"Each weight into {here} is blamed by what it carried times the blame of its unit.",
        f"dL/dW = xᵀ·dL/dz    {figures}",
    )


def _back_to_activation(snapshot: Snapshot, layer: int) -> tuple[str, str]:
    assert snapshot.gradients is not None
    da = snapshot.gradients.activations[layer - 1][0]
    k = int(np.argmax(np.abs(da)))
    after = layer_name(snapshot, layer + 1)
    mean = f" {mean_of(snapshot)}." if snapshot.count > 1 else ""
    return (
        f"Blame flows back through the weights: each unit of {layer_name(snapshot, layer)} gathers it from all units "
        f"of {after}.{mean}",
        f"dL/da = dL/dz·Wᵀ    largest: dL/da[{k}] = {number(float(da[k]))}",
    )


def _through_activation(snapshot: Snapshot, layer: int) -> tuple[str, str]:
    assert snapshot.gradients is not None
    here, spec = layer_name(snapshot, layer), snapshot.spec.layers[layer - 1]
    dz = snapshot.gradients.pre_activations[layer - 1][0]
    formula = "dL/dz = dL/da · φ′(z)"
    if spec.batch_norm:
        formula = "dL/dz = dL/da · φ′(n) · γ/√(σ² + ε)"
    if snapshot.count > 1:
        return (
            f"{mean_of(snapshot)}: in each the blame passes {here}'s activation by its slope there.",
            f"dL/dz = mean of dLᵢ/da · φ′(zᵢ)    RMS {number(_rms(dz))}",
        )
    if spec.activation == "relu":
        off = int(np.sum(dz == 0))
        return f"ReLU lets blame through where it was on; it stops at the {off} units of {here} that were off.", formula
    if spec.activation == "step":
        return f"Blame ends at {here}: the step is flat, its slope is 0, so nothing before it can learn.", formula
    if spec.activation == "linear":
        return f"The activation of {here} hands its sum on, so the blame of a and of z are the same.", formula
    return f"{here}: blame passes the activation by its slope: where that is flat, little gets through.", formula


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


# -- update ------------------------------------------------------------------------------------------------


def _optimizer(snapshot: Snapshot) -> tuple[str, str]:
    done = snapshot.optimizer
    if done is None:
        return "", ""
    sentence = OPTIMIZER_WORDS[done.name][1]
    if _has_penalty(snapshot):
        sentence += " The penalty on large weights is part of the gradient g."
    return sentence, f"{OPTIMIZER_RULES[done.name][0]}    step {done.iteration:,}, η = {number(done.learning_rate)}"


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
    rule = "W ← W + ΔW" if snapshot.optimizer is None else f"{OPTIMIZER_RULES[snapshot.optimizer.name][1]},  w ← w + Δw"
    return (
        f"The optimizer moved {every} a little, by the gradient of {what}"
        f"{' and the penalty on large weights' if _has_penalty(snapshot) else ''}.",
        f"{rule}    largest |Δw| = {number(largest)}",
    )


def _mean_after(snapshot: Snapshot, meaning: OutputMeaning) -> tuple[str, str]:
    _, formula = after_words(meaning, snapshot)
    assert snapshot.gradients is not None
    return (
        f"The same {snapshot.count:,} samples again with the new weights: the mean of their outputs.",
        formula if snapshot.forward_after is None else f"L = {number(snapshot.gradients.loss)} before",
    )


def _has_penalty(snapshot: Snapshot) -> bool:
    return any(layer.l1 or layer.l2 for layer in snapshot.spec.layers)


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
