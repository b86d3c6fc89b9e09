"""Snapshots of small networks for tests of the picture, made by NumPy from a seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.losses import dense_target
from nnviz.maths.parameters import Parameters, initial_parameters, subtract
from nnviz.spec import NetworkSpec, classifier
from nnviz.training.records import Snapshot


def sample_of(spec: NetworkSpec, seed: int = 0) -> np.ndarray:
    """Return one sample, (input size,) float32 in [0, 1], a third of it zero."""
    x = np.random.default_rng(seed).uniform(-0.5, 1, spec.input_size).clip(0, 1)
    return x.astype(np.float32)


def moved(parameters: Parameters, by: Parameters, rate: float) -> Parameters:
    """Return parameters − rate · by."""

    def step(w: np.ndarray, g: np.ndarray) -> np.ndarray:
        return np.asarray(w - rate * g, np.float32)

    return tuple(p.mapped(step, g) for p, g in zip(parameters, by, strict=True))


def snapshot_of(
    spec: NetworkSpec | None = None, *, label: int | None = 1, update: bool = True, seed: int = 0,
    target: Sequence[float] | None = None, loss: str = "sparse_categorical_crossentropy",
    parameters: Parameters | None = None, x: np.ndarray | None = None,
) -> Snapshot:
    """Return a snapshot; with a label or a target it has gradients, with ``update`` a step of gradient descent.

    Args:
        spec: the network, a classifier of three classes by default.
        label: the right class, for the losses of classes; ignored where there is a target.
        update: whether a step was taken.
        seed: of weights and sample.
        target: what each output should say, (outputs,).
        loss: of what the gradients are.
        parameters: weights other than the first ones.
        x: a sample other than a random one.
    """
    spec = spec or classifier((6, 6), (8, 5), 3)
    parameters = parameters or initial_parameters(spec, seed)
    x = (sample_of(spec, seed) if x is None else x.astype(np.float32))[None, :]
    passed = forward(parameters, spec.activations, x)
    wanted = None if target is None else np.asarray(target, np.float32)
    if label is None and wanted is None:
        return Snapshot(1, 0, spec, parameters, None, passed)
    if wanted is None:
        right = np.array([label], np.int32)
        if loss != "sparse_categorical_crossentropy":
            wanted = dense_target(right, spec.layers[-1].units)[0]
    else:
        label, right = None, wanted[None, :]
    if wanted is not None:
        right = wanted[None, :]
    use_bias = tuple(layer.use_bias for layer in spec.layers)
    gradients = backward(parameters, spec.activations, passed, right, loss, use_bias)
    if not update:
        return Snapshot(1, 0, spec, parameters, label, passed, gradients, target=wanted, loss=loss)
    after = moved(parameters, gradients.parameters, 0.1)
    return Snapshot(
        1, 0, spec, parameters, label, passed, gradients, subtract(after, parameters), 1,
        forward(after, spec.activations, x), target=wanted, loss=loss,
    )
