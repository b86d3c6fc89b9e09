"""What a network answers, by NumPy at once: in the first seconds, to drawings, and where Keras does not hold it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.session_values import Network
from nnviz.data.datasets import Dataset
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.spec import TASK_OUTPUT, NetworkSpec
from nnviz.training.keras_backend import Target
from nnviz.training.records import Snapshot
from nnviz.training.snapshots import label_and_target


def numpy_snapshot(
    network: Network, x: NDArray[np.float32], target: Target | None, loss: str, generation: int
) -> Snapshot:
    """Return a sample, (input size,), on its way through a network; with gradients where its target is known."""
    spec, parameters = network.spec, network.parameters
    passed = forward(parameters, spec.activations, x[None, :], silenced=network.marks.silenced)
    gradients = None
    if target is not None:
        known = np.array([target], np.int32) if isinstance(target, int) else np.asarray(target, np.float32)[None, :]
        biases = tuple(layer.use_bias for layer in spec.layers)
        gradients = backward(parameters, spec.activations, passed, known, loss, biases)
    label, wanted = label_and_target(target, spec.layers[-1].units)
    return Snapshot(
        generation, network.step, spec, parameters, label, passed, gradients, target=wanted, loss=loss,
        hand=network.marks,
    )


def fitting_loss(spec: NetworkSpec, dataset: Dataset | None) -> str:
    """Return the usual loss for a network that does not say with which one it was trained."""
    task = "multiclass" if dataset is None else dataset.task
    if task == "binary" and spec.layers[-1].units > 1:
        task = "multiclass"
    return TASK_OUTPUT[task][1]
