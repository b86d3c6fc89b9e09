"""What is said of each stage where the picture is the mean over many samples, with the numbers of the means."""

from __future__ import annotations

import numpy as np

from nnviz.picture.answers import OutputMeaning, answer_of
from nnviz.picture.quantities import number
from nnviz.training.records import Snapshot


def mean_summary(snapshot: Snapshot, meaning: OutputMeaning) -> str:
    """Return what the picture of a mean shows: how many samples, how well they are told, what they get on average."""
    answer = answer_of(meaning, snapshot)
    text = f"The mean over {snapshot.count:,} test samples"
    if meaning.is_regression:
        return f"{text}: predicts {answer.said} on average; the truth is {answer.truth} on average."
    if snapshot.metric is not None:
        told = "labels" if meaning.task == "multilabel" else "samples"
        text += f", {100 * snapshot.metric:.1f} % of the {told} told rightly"
    if meaning.task == "multilabel":
        return f"{text}. The outputs are mean probabilities."
    best = max(answer.rows, key=lambda row: row.value)
    return f"{text}. The outputs are mean probabilities; {best.name} has the largest, {best.text.replace('%', ' %')}."


def mean_stage_words(snapshot: Snapshot, kind: str, layer: int, meaning: OutputMeaning) -> tuple[str, str]:
    """Return (sentence, formula) of a stage; ``layer`` counts from 1. Both are "" where there is no such stage."""
    count, last = f"{snapshot.count:,}", len(snapshot.spec.layers)
    here = "Output" if layer == last else f"Dense {layer}"
    if kind == "input":
        return f"{count} samples enter; what is shown is their mean.", "x̄ = Σ x / N"
    if kind == "sum":
        z = snapshot.forward.pre_activations[layer - 1][0]
        k = int(np.argmax(np.abs(z)))
        bias = " + b" if snapshot.spec.layers[layer - 1].use_bias else ""
        return (
            f"{here}: the mean of the sums is the sum of the means, exactly.",
            f"z̄ = ā·W{bias}    largest: z̄[{k}] = {number(float(z[k]))}".replace("ā", "x̄" if layer == 1 else "ā"),
        )
    if kind == "activation":
        sentence = f"{here}: the mean of the activations; it is not φ of the mean sum."
        if snapshot.zero_shares is not None:
            never = int(np.sum(snapshot.zero_shares[layer - 1] == 1))
            if never:
                sentence += f" {never} of {snapshot.spec.layers[layer - 1].units} are 0 for all samples."
        return sentence, "ā = Σ φ(z) / N"
    gradients = snapshot.gradients
    if gradients is None:
        return "", ""
    if kind == "loss":
        return f"The loss of the batch is the mean of the losses of {count} samples.", mean_loss_formula(snapshot)
    if kind == "output_gradient":
        return f"Blame at the output: the mean over {count} samples of each one's own.", "dL/dz = Σ dLᵢ/dzᵢ / N"
    if kind == "gradient":
        g = gradients.parameters[layer - 1].kernel
        rms = float(np.sqrt(np.mean(np.square(g))))
        return (
            f"Each weight into {here} gets the mean of the gradients of {count} samples: that of a step over them all.",
            f"dL/dW = Σ xᵢᵀ·dLᵢ/dzᵢ / N    RMS {number(rms)}",
        )
    if kind == "back":
        return f"Blame flows back to {here}, in each sample by itself; shown is the mean.", "dL/dz = Σ dLᵢ/dzᵢ / N"
    if kind == "update" and snapshot.update is not None:
        largest = max(float(np.abs(part.kernel).max()) for part in snapshot.update)
        return (
            f"The optimizer moved every weight a little, by the gradient of its own batch of "
            f"{snapshot.update_batch_size}.",
            f"W ← W + ΔW    largest |Δw| = {number(largest)}",
        )
    if kind == "after" and snapshot.forward_after is not None:
        before, after = snapshot.forward.output[0], snapshot.forward_after.output[0]
        k = int(np.argmax(np.abs(after - before)))
        row = answer_of(meaning, snapshot).rows[min(k, len(before) - 1)]
        return (
            f"The same {count} samples again: the largest change of a mean output is that of {row.name}.",
            f"{number(float(before[k]))} → {number(float(after[k]))}",
        )
    return "", ""


def mean_loss_formula(snapshot: Snapshot) -> str:
    """Return the loss of a mean with its number: ``L = Σ Lᵢ / 128 = 0.178``."""
    assert snapshot.gradients is not None
    return f"L = {short_mean_formula(snapshot)} = {number(snapshot.gradients.loss)}"


def short_mean_formula(snapshot: Snapshot) -> str:
    """Return what the loss of a mean is, without its number."""
    return f"Σ Lᵢ / {snapshot.count:,}"
