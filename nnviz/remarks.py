"""What is unusual about a plan, in a sentence each: it may be trained all the same, to see it fail.

The usual pairs of output and loss are those of the classic tables for MLPs (Géron, 2019, chapter 10).
"""

from __future__ import annotations

from nnviz.spec import TASK_OUTPUT, LayerSpec

#: Losses of numbers; each goes with a linear output.
NUMBER_LOSSES = ("mean_squared_error", "mean_absolute_error", "huber")
#: What an activation can give, where that is not every number.
_RANGE = {
    "sigmoid": "lies between 0 and 1", "softmax": "lies between 0 and 1", "tanh": "lies between −1 and 1",
    "relu": "is never below 0", "softplus": "is never below 0", "elu": "is never below −1",
    "selu": "is never below −1.76", "gelu": "is never below −0.17",
}  # fmt: skip
_NAMES = {
    "sparse_categorical_crossentropy": "cross-entropy", "binary_crossentropy": "binary cross-entropy",
    "mean_squared_error": "mean squared error", "mean_absolute_error": "mean absolute error", "huber": "Huber loss",
}  # fmt: skip


def output_problem(task: str, outputs: int, units: int, loss: str) -> str:
    """Return why a loss cannot be computed at all for these data, or "".

    Args:
        task: one of ``nnviz.spec.TASKS``.
        outputs: units that the task's usual output layer has, see ``Dataset.output_count``.
        units: units that the output layer has.
        loss: one of ``nnviz.spec.LOSSES``.
    """
    if loss != "sparse_categorical_crossentropy":
        return ""
    if task in ("multilabel", "regression"):
        what = "labels" if task == "multilabel" else "numbers"
        return f"cross-entropy needs one class for each sample, these data have {what}"
    classes = 2 if task == "binary" else outputs
    if units < classes:
        return f"cross-entropy needs an output for each of the {classes} classes, got {units}"
    return ""


def output_remark(task: str, units: int, activation: str, loss: str) -> str:
    """Return what is unusual about output and loss, one sentence, or "" where they suit the task.

    Args:
        task: one of ``nnviz.spec.TASKS``.
        units: units of the output layer.
        activation: its activation, one of ``nnviz.spec.ACTIVATIONS``.
        loss: one of ``nnviz.spec.LOSSES``.
    """
    if activation == "softmax" and units == 1:
        if loss == "binary_crossentropy":
            return "Softmax over one output is always 1; Keras takes the loss from the logit, so it falls all the same."
        return "Softmax over one output is always 1, so nothing is learnt."
    if activation == "step":
        return "Step has no gradient, so nothing is learnt."
    name = _NAMES[loss]
    if task == "regression":
        if loss == "binary_crossentropy":
            return (
                "Binary cross-entropy is for targets from 0 to 1; the standardised targets go beyond, "
                "and so the loss has no smallest value."
            )
        if activation in _RANGE:
            return f"The output of {_shown(activation)} {_RANGE[activation]}; the standardised targets go beyond."
        return ""
    if loss in NUMBER_LOSSES:
        if activation in ("sigmoid", "softmax"):
            return f"{_capital(name)} on classes: the gradient fades where the output is sure but wrong, so it is slow."
        return f"{_capital(name)} with {_shown(activation)} output fits classes as numbers: not probabilities."
    if activation not in ("sigmoid", "softmax"):
        return f"{_capital(_shown(activation))} output with {name}: not probabilities."
    if loss == "binary_crossentropy":
        if activation == "softmax":
            return "Keras takes this loss from the logits as if behind sigmoid; softmax ties the outputs together."
        if task == "multiclass":
            return "Sigmoid with binary cross-entropy: each class by itself; the outputs do not add up to 1."
        return ""
    if activation == "sigmoid":
        return "Keras takes this loss from the logits as if behind softmax; sigmoid outputs do not add up to 1."
    return ""


def suits(task: str, outputs: int, layer: LayerSpec, loss: str) -> bool:
    """Return whether output layer and loss are what a task suggests; two classes may have softmax over two outputs."""
    if task == "binary" and layer.units == 2:
        return (layer.activation, loss) == TASK_OUTPUT["multiclass"]
    return layer.units == outputs and (layer.activation, loss) == TASK_OUTPUT[task]


def layer_remark(layer: LayerSpec) -> str:
    """Return what is unusual about a hidden layer, one sentence, or ""."""
    if layer.activation == "step":
        return "Step has no gradient: this layer and those before it do not learn."
    if layer.kernel_initializer == "zeros":
        return "All weights start at 0: the units of this layer stay alike."
    if layer.activation == "selu" and layer.kernel_initializer != "lecun_normal":
        return "SELU keeps its scale only with the LeCun normal initializer."
    return ""


def _shown(activation: str) -> str:
    shown = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "prelu": "PReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU"}
    return shown.get(activation, activation)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
