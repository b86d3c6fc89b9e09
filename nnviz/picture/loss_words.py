"""A loss of one sample and its gradient as formulas with the sample's numbers, and in sentences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.forward import ForwardPass
from nnviz.maths.losses import BINARY, HUBER_DELTA, LOGIT_OUTPUTS, SPARSE, losses
from nnviz.picture.answers import Answer, OutputMeaning, answer_of, target_of
from nnviz.picture.quantities import number
from nnviz.training.records import Snapshot

LOSS_NAMES = {
    SPARSE: "cross-entropy", BINARY: "binary cross-entropy", "mean_squared_error": "mean squared error",
    "mean_absolute_error": "mean absolute error", "huber": "Huber loss",
}


def loss_after(snapshot: Snapshot) -> float | None:
    """Return the loss of the sample after the update, None where there was none or nothing is known to be right."""
    after = snapshot.forward_after
    # Of a mean it cannot be had from the means: the mean loss is not the loss of the mean.
    return None if after is None or snapshot.count > 1 else _loss(snapshot, after)


def _loss(snapshot: Snapshot, passed: ForwardPass) -> float | None:
    target = np.array([snapshot.label]) if snapshot.loss == SPARSE else target_of(snapshot)
    if target is None or target[0] is None:
        return None
    if snapshot.loss != SPARSE:
        target = np.asarray(target, np.float64)[None, :]
    z = passed.phi_input(len(snapshot.spec.layers) - 1).astype(np.float64)
    a = passed.output.astype(np.float64)
    return float(losses(snapshot.loss, snapshot.spec.activations[-1], z, a, target)[0])


def _right_row(answer: Answer) -> int:
    """Return the row of what is right, the first where several are."""
    return next((k for k, row in enumerate(answer.rows) if row.wanted), 0)


def short_formula(meaning: OutputMeaning, snapshot: Snapshot) -> str:
    """Return what the loss of this sample is, without numbers: ``−ln p(7)``, ``(ŷ − y)²``."""
    if snapshot.count > 1:
        return f"Σ Lᵢ / {snapshot.count:,}"  # the loss of a batch is the mean of its samples' losses
    answer = answer_of(meaning, snapshot)
    outputs = snapshot.forward.output.shape[1]
    right = answer.rows[_right_row(answer)].name if answer.rows else ""
    activation = snapshot.spec.activations[-1]
    if snapshot.loss == SPARSE:
        # Behind sigmoid Keras takes the logits too, as if there were a softmax; behind others it makes shares.
        other = f"−ln softmax(z)[{right}]" if activation in LOGIT_OUTPUTS else f"−ln(p({right}) / Σ p)"
        return f"−ln p({right})" if activation == "softmax" else other
    if snapshot.loss == BINARY:
        p = "σ(z)" if activation == "softmax" else "p"
        if outputs > 1:
            return f"mean of −ln {p} over {outputs} outputs"
        return f"−ln p({right})" if p == "p" else "−ln σ(z)"
    e = _error(snapshot)
    mean = "mean of " if outputs > 1 else ""
    if snapshot.loss == "mean_squared_error":
        return f"{mean}(ŷ − y)²"
    if snapshot.loss == "mean_absolute_error":
        return f"{mean}|ŷ − y|"
    if outputs > 1:
        return "mean of Huber(ŷ − y)"
    return "½(ŷ − y)²" if abs(float(e[0])) <= HUBER_DELTA else "|ŷ − y| − ½"


def _error(snapshot: Snapshot) -> NDArray[np.float64]:
    target = target_of(snapshot)
    output = snapshot.forward.output[0].astype(np.float64)
    return np.asarray(output if target is None else output - np.asarray(target, np.float64))


def loss_words(meaning: OutputMeaning, snapshot: Snapshot) -> tuple[str, str]:
    """Return (sentence, formula) of the loss of a snapshot that has gradients."""
    assert snapshot.gradients is not None
    answer, value = answer_of(meaning, snapshot), number(snapshot.gradients.loss)
    outputs = snapshot.forward.output.shape[1]
    formula = short_formula(meaning, snapshot)
    row = answer.rows[_right_row(answer)]
    if snapshot.loss == SPARSE or (snapshot.loss == BINARY and outputs == 1):
        sentence = f"The loss measures the surprise at the right answer, {row.name}, which was given {row.text}."
        if not formula.startswith("−ln p("):
            return sentence, f"L = {formula} = {value}"
        return sentence, f"L = {formula} = −ln {number(row.value)} = {value}"
    if snapshot.loss == BINARY:
        return (
            f"For each of {outputs} outputs the loss measures the surprise at what is right; "
            f"{_wrong_count(answer)} told wrongly.",
            f"L = {formula} = {value}",
        )
    e, target = _error(snapshot), target_of(snapshot)
    numbers = ""
    if outputs == 1 and target is not None:
        y_hat, y = number(float(snapshot.forward.output[0, 0])), number(float(target[0]))
        inner = f"{y_hat} − {y}" if not y.startswith("−") else f"{y_hat} + {y[1:]}"
        numbers = " = " + formula.replace("ŷ − y", inner)
    elif outputs > 1:
        numbers = f"    largest |ŷ − y| = {number(float(np.abs(e).max()))}"
    name = LOSS_NAMES[snapshot.loss]
    if meaning.is_regression:
        sentence = f"The {name} of the prediction {answer.said} against the truth {answer.truth}, " \
                   "in standard deviations of the target."
    else:
        sentence = f"The {name} between the outputs and what they should be."
    return sentence, f"L = {formula}{numbers} = {value}" if outputs == 1 else f"L = {formula} = {value}{numbers}"


def _wrong_count(answer: Answer) -> str:
    wrong = sum(row.says != row.wanted for row in answer.rows)
    return "none is" if wrong == 0 else "1 is" if wrong == 1 else f"{wrong} are"


def gradient_words(meaning: OutputMeaning, snapshot: Snapshot) -> tuple[str, str]:
    """Return (sentence, formula) of the gradient at the output of a snapshot that has gradients."""
    assert snapshot.gradients is not None
    activation, outputs = snapshot.spec.activations[-1], snapshot.forward.output.shape[1]
    dz = snapshot.gradients.pre_activations[-1][0]
    names = meaning.output_names(outputs)
    k = int(np.argmax(np.abs(np.nan_to_num(dz))))
    if snapshot.label is not None and outputs > 1:
        k = snapshot.label
    name = names[k] if k < len(names) else str(k)
    share = f" / {outputs}" if outputs > 1 else ""
    pair = (activation, snapshot.loss)
    if snapshot.loss == SPARSE and activation == "sigmoid":
        formula = "dL/dz = softmax(z) − y"
        sentence = f"Blame at the output: probability minus target. Only {name} should rise."
    elif pair == ("softmax", BINARY):
        formula = f"dL/dz = (σ(z) − y){share}" if share else "dL/dz = σ(z) − y"
        sentence = f"Blame at the output: probability minus target. {_which_way(name, float(dz[k]))}"
    elif pair == ("softmax", SPARSE):
        sentence, formula = f"Blame at the output: probability minus target. Only {name} should rise.", "dL/dz = p − y"
    elif pair == ("sigmoid", BINARY):
        formula = f"dL/dz = (p − y){share}" if share else "dL/dz = p − y"
        sentence = f"Blame at the output: probability minus target. {_which_way(name, float(dz[k]))}"
    elif pair == ("linear", "mean_squared_error"):
        formula = f"dL/dz = 2(ŷ − y){share}"
        sentence = f"Blame at the output: twice the error. {_which_way(name, float(dz[k]))}"
    elif pair == ("linear", "mean_absolute_error"):
        formula = f"dL/dz = sign(ŷ − y){share}"
        sentence = f"Blame at the output: only the sign of the error counts. {_which_way(name, float(dz[k]))}"
    elif pair == ("linear", "huber"):
        formula = f"dL/dz = clip(ŷ − y, −1, 1){share}"
        sentence = f"Blame at the output: the error, at most 1. {_which_way(name, float(dz[k]))}"
    else:
        formula = "dL/dz = dL/da · φ′(z)"
        sentence = f"Blame at the output: the loss's slope times that of {activation.replace('_', ' ')}. "
        sentence += _which_way(name, float(dz[k]))
    return sentence, f"{formula}    dL/dz[{name}] = {number(float(dz[k]))}"


def _which_way(name: str, dz: float) -> str:
    if dz == 0:
        return "No output is blamed."
    return f"The output of {name} should {'fall' if dz > 0 else 'rise'}."


def after_words(meaning: OutputMeaning, snapshot: Snapshot) -> tuple[str, str]:
    """Return (sentence, formula) of the same sample after the update."""
    if snapshot.forward_after is None or snapshot.gradients is None:
        return "", ""
    before, after = answer_of(meaning, snapshot), answer_of(meaning, snapshot, after=True)
    later = loss_after(snapshot)
    change = number(snapshot.gradients.loss)
    if later is not None:
        change += f" → {number(later)}"
    if meaning.is_regression:
        sentence = f"from {before.said} to {after.said}" + (f"; the truth is {before.truth}" if before.truth else "")
        return f"The same sample again: the prediction went {sentence}.", f"L = {change}"
    if meaning.task == "multilabel":
        moved = f"from {before.said} to {after.said}" if before.said != after.said else f"stays {after.said}"
        went = "went " if before.said != after.said else ""
        return f"The same sample again: the answer {went}{moved}.", f"L = {change}"
    k = _right_row(before)
    name, p, q = before.rows[k].name, before.rows[k].value, after.rows[k].value
    if before.rows[k].text.endswith("%"):
        moved = f"{100 * p:.2f} % to {100 * q:.2f} %"
    else:
        moved = f"{number(p)} to {number(q)}"
    return f"The same sample again: {name} went from {moved}.", f"L = {change}"
