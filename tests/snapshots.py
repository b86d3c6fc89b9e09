"""Snapshots of small networks for tests of the picture, made by NumPy from a seed."""

from __future__ import annotations

import numpy as np

from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters, Parameters, glorot_uniform
from nnviz.spec import NetworkSpec, classifier
from nnviz.training.records import Snapshot


def sample_of(spec: NetworkSpec, seed: int = 0) -> np.ndarray:
    """Return one sample, (input size,) float32 in [0, 1], a third of it zero."""
    x = np.random.default_rng(seed).uniform(-0.5, 1, spec.input_size).clip(0, 1)
    return x.astype(np.float32)


def moved(parameters: Parameters, by: Parameters, rate: float) -> Parameters:
    """Return parameters − rate · by."""
    return tuple(
        LayerParameters(
            (p.kernel - rate * g.kernel).astype(np.float32), (p.bias - rate * g.bias).astype(np.float32)
        )
        for p, g in zip(parameters, by, strict=True)
    )


def snapshot_of(
    spec: NetworkSpec | None = None, *, label: int | None = 1, update: bool = True, seed: int = 0
) -> Snapshot:
    """Return a snapshot; with a label it has gradients, with ``update`` a step of gradient descent."""
    spec = spec or classifier((6, 6), (8, 5), 3)
    parameters = glorot_uniform(spec, seed)
    x = sample_of(spec, seed)[None, :]
    passed = forward(parameters, spec.activations, x)
    if label is None:
        return Snapshot(1, 0, spec, parameters, None, passed)
    gradients = backward(parameters, spec.activations, passed, np.array([label]))
    if not update:
        return Snapshot(1, 0, spec, parameters, label, passed, gradients)
    after = moved(parameters, gradients.parameters, 0.1)
    delta = tuple(
        LayerParameters(new.kernel - old.kernel, new.bias - old.bias)
        for new, old in zip(after, parameters, strict=True)
    )
    return Snapshot(
        1, 0, spec, parameters, label, passed, gradients, delta, 1, forward(after, spec.activations, x)
    )
